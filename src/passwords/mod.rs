//! Forgot, reset, unlock: the ways back in that need no support (rules 12, 13; S19).

pub mod handlers;
mod model;
pub mod pages;
mod sending;
mod wishes;

pub use model::{Changed, change, forget, reset, set, unlock, verified};
pub use sending::{mail_reset, mail_unlock};
pub(crate) use wishes::ON_ONES_OWN;
pub use wishes::{Wait, Wish, grant_wishes, request, request_link, spend_link, wish};
