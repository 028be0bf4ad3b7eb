//! Projects: the units of work in an organization, under the word that the account chose for them (rule 1, S8, S9).

pub mod adding;
pub mod blocks;
pub mod grid;
pub mod handlers;
mod model;
pub mod pages;
mod roster;
pub mod settings;

pub use model::{
    LIST, Listed, NewProject, Only, SlugTaken, Worker, create, description, free_slug, in_places,
    one_in_places, page, sees_all, some_in_places, visible_name,
};
pub use roster::{counted, people, roles_of};
