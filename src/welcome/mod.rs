//! Mailed and copied links: opened without being used up, used once, replaced by newer ones (rules 9, 10; S1, S14–S18).

mod accepting;
mod carried;
mod delivery;
pub mod handlers;
mod joining;
mod managed;
mod minting;
mod model;
pub mod new_link;
pub mod pages;
pub mod pending;
mod reminding;
mod renewing;
mod sent;
mod undelivered;

pub(crate) use carried::{arrive, drop, find, quietly, token};
pub use delivery::{Delivery, deliveries, handed};
pub use joining::Gone;
pub(crate) use joining::{mail_ids, tell, welcomed};
pub use managed::{Managed, newest};
pub use minting::{Fresh, NewLink, end_resets, mint};
pub use model::{
    Opened, Purpose, State, consume, delivered, end_all, open, renew, replaced, set_expiry,
    supersede, withdraw,
};
pub use reminding::{REMINDED_AT_ONCE, is_any_to_remind, remind};
pub use renewing::{Next, ask, next};
pub use sent::{Sent, sent};
pub use undelivered::came_back;
