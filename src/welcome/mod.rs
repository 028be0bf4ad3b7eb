//! Mailed and copied links: opened without being used up, used once, replaced by newer ones (rules 9, 10; S1, S14–S18).

//H pub mod handlers;
mod model;
//H pub mod pages;

pub use model::{
    Fresh, Managed, NewLink, Opened, Purpose, State, consume, delivered, mint, newest, open,
    set_expiry, withdraw,
};
