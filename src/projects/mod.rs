//! Projects: the units of work in an organization, under the word that the account chose for them (rule 1, S8, S9).

pub mod adding;
pub mod handlers;
mod model;
pub mod pages;

pub use model::{
    Listed, NewProject, SlugTaken, Worker, create, free_slug, in_places, page, people, visible_name,
};
