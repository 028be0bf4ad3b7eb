//! Projects: the units of work in an organization, under the word that the account chose for them (rule 1, S8, S9).

//H pub mod forms;
//H pub mod handlers;
mod model;
//H pub mod pages;

pub use model::{Listed, NewProject, SlugTaken, create, in_organization, in_places, people};
