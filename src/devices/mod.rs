//! Devices: things that belong to one organization, each with an identifier that is unique in the account (rules 1
//! and 5). Added one by one or from a file, changed, moved between organizations by who manages both, and deleted.

mod forms;
pub mod handlers;
mod importing;
mod listing;
mod model;
mod moving;
pub mod pages;

pub use forms::{Details, State, Typed};
pub use importing::{Outcome, Plan, Verdict};
pub use model::{Changed, Device, NewDevice, Taken};
