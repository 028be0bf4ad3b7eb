//! An organization's settings: name, short name, description, metadata; and from here, moving, archiving and deleting.

pub mod handlers;
pub mod metadata;
mod model;

pub use model::{Checked, Saved, Settings, Typed, load, save};
