//! Another address to sign in with (ux §7.7; S1): wanted by the person or begun by a manager of their home, confirmed at
//! the new address, and stopped or taken back from the old one for 7 days. What a manager began is made only if they could
//! still begin it then.
//!
//! Whoever begins it is never told whether the new address has a login already: the answer is the same, and the mail to
//! that address differs. Two that are begun overtake one another; of two confirmations one comes first.

mod asking;
mod confirming;
mod giving_way;
pub mod handlers;
mod model;
pub mod pages;
mod telling;
mod undoing;

pub use asking::{
    Fresh, Started, Waiting, end_of, start, start_own, taken_back_until, waiting, withdraw,
    withdraw_own,
};
pub use confirming::{Confirmed, Told, confirm};
pub use model::{Over, Side, Stored, open, purge};
pub use undoing::{Answer, Answered, answer};

/// How long a change can be confirmed at the new address.
pub const CONFIRM: chrono::Duration = chrono::Duration::hours(24);
/// How long it can be taken back from the old one.
pub const UNDO: chrono::Duration = chrono::Duration::days(7);
