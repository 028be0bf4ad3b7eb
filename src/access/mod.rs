//! Who may do what where: the permission catalogue, the built-in roles, grants, and the pure resolver.

pub mod behalf;
pub mod catalogue;
pub mod custom;
pub mod door;
pub mod explain;
pub mod extent;
pub mod gate;
pub mod give;
pub mod grant;
pub mod impact;
mod job;
pub mod operating;
pub mod part;
pub mod permission;
mod permission_set;
pub mod place;
pub mod refusal;
pub mod resolve;
pub mod role;
pub mod scope;
pub mod slugs;
pub mod standing;
pub mod visit;
pub mod wanting;
