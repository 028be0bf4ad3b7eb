//! Roles: what each may do and who can give it, as a page (rules 16, 17, 20), made from the very table that the gates
//! ask, so that it cannot say anything else; and the roles that an account makes for itself (rule 19).

mod forms;
pub mod handlers;
mod meeting;
mod model;
pub mod pages;
mod preview;
mod rule;
