//! The pages of an organization's people: the list, adding somebody, changing somebody's roles.

mod add;
mod index;
mod roles;

pub use add::{create, new};
pub use index::index;
pub use roles::{change, edit};
