//! Organizations: the isolated workspaces of an account. Listing them, making one, choosing one (rules 1–5, S5, S7, S8).

//H pub mod forms;
//H pub mod handlers;
mod model;
//H pub mod pages;

pub use model::{
    Listed, NewOrganization, create, first_visible, holds_something_visible, page, select,
    visible_at, with_descendants,
};
