//! Account Profile: what a company says about itself, and how it calls a project (rules 24; S9; ux 6.16).

mod form;
pub mod handlers;
mod model;
mod page;

pub use form::{Checked, Typed, WORDS};
pub use model::{Profile, Saved, load, save};
pub use page::COVERS;
