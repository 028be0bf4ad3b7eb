//! Roles: what each may do and who can give it, as a page (rules 16, 17, 20). Made from the very table that the gates
//! ask, so that it cannot say anything else.

pub mod handlers;
pub mod pages;
