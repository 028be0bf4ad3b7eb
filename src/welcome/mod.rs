//! Mailed and copied links: opened without being used up, used once, replaced by newer ones (rules 9, 10; S1, S14–S18).

mod accepting;
mod carried;
pub mod handlers;
mod joining;
mod minting;
mod model;
pub mod pages;
pub mod pending;
mod sent;

pub(crate) use carried::{carry, drop, no_referrer, token};
pub use joining::Gone;
pub(crate) use joining::{mail_ids, tell};
pub use minting::{Fresh, NewLink, mint};
pub use model::{
    Managed, Opened, Purpose, State, consume, delivered, end_all, newest, open, renew, set_expiry,
    supersede, withdraw,
};
pub use sent::{Sent, sent};
