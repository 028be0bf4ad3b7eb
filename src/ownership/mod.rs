//! Ownership of an account: offered by an Owner, accepted by the other side, and laid down in the same act when the
//! Owner says so (rules 14, 16, 17; S12). An offer stands for 14 days and can be taken back.

pub mod handlers;
mod model;
pub mod pages;
mod settling;

pub use model::{LIFE, NewOffer, Offered, Open, Owners, offer, owners, withdraw};
pub(crate) use model::{withdraw_for, withdraw_void};
pub use pages::OfferShown;
pub use settling::{Gone, Settled, Waiting, settle, waiting_for, waiting_offer};
