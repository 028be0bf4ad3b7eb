//! Mailed and copied links: opened without being used up, used once, replaced by newer ones (rules 9, 10; S1, S14–S18).

mod accepting;
mod carried;
pub mod handlers;
mod model;
pub mod pages;

pub(crate) use carried::{carry, drop, no_referrer, token};
pub use model::{
    Fresh, Managed, NewLink, Opened, Purpose, State, consume, delivered, mint, newest, open, renew,
    set_expiry, supersede, withdraw,
};
