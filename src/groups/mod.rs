//! Groups: named sets of an account's organizations; a role given on a group reaches every organization in it, now
//! and later (rule 4, S11).

mod changing;
pub mod handlers;
mod model;
pub mod pages;

pub use changing::preview;
pub use model::{
    LIST, Listed, NameTaken, Tickable, changeable, create, delete, find, holders, inside,
    organization_purged, organizations_in, page, rename, tick, tickable,
};
