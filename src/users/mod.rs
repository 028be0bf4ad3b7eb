//! User Management: the people of an account, adding them, one person (rules 7, 8, 9, 11; S6, S16, S18).

mod adding;
//H pub mod forms;
//H pub mod handlers;
mod inviting;
mod model;
//H pub mod pages;

pub use adding::{Added, Existing, NewPerson, Submit, add};
//H pub use inviting::{Resent, cancel, copy_link, resend, unlock};
pub use model::{Filter, Listed, Reach, Shown, find, list, reach};
