//! Organizations: the isolated workspaces of an account. Listing them, making one, choosing one (rules 1–5, S5, S7, S8).

mod choosing;
pub mod handlers;
pub mod keeping;
mod model;
pub mod pages;

pub use choosing::{branches, free_slug, roles_in, selected, visible_named};
pub use model::{
    LIST, Listed, NewOrganization, Seen, SlugTaken, create, first_visible, holds_something_visible,
    page, seen_below, select, visible_at, with_descendants,
};
