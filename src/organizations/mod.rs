//! Organizations: the isolated workspaces of an account. Listing them, making one, choosing one (rules 1–5, S5, S7, S8).

mod arriving;
mod choosing;
mod front;
pub mod handlers;
pub mod keeping;
mod listing;
mod model;
pub mod pages;
pub mod settings;

pub use arriving::{Arrival, arrived};
pub use choosing::{
    HeldThere, branches, depth, free_slug, groups, held_in, parents, roles_in, selected,
    visible_named,
};
pub use listing::{LIST, page, page_of};
pub use model::{
    DEEPEST, Listed, MOST_COUNTED, NewOrganization, Seen, SlugTaken, counted, create,
    first_visible, holds_something_visible, seen, seen_below, select, visible_at, visible_to,
    with_descendants,
};
