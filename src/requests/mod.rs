//! Requests: a role is asked for, approved and then granted by the approval itself (rule 18; S13).
//!
//! Whoever manages users asks for somebody, or a person for themself; neither of them approves. The role Admin, which
//! nobody gives directly, is approved in writing by an Admin or Owner of the place; who else has to is the
//! installation's policy ([`rule`] counts). Any other is approved by one of those who may give it to that person there
//! (rule 17). The last approval that it takes makes the grant in the same transaction. What was written is kept for good.

mod approvers;
mod asking;
mod confirming;
mod deciding;
mod decisions;
pub mod forms;
mod handing;
pub mod handlers;
mod hindering;
mod holding;
mod late;
mod listing;
mod mailing;
mod making;
mod model;
pub mod pages;
mod people;
mod place;
mod reasons;
pub mod rule;
mod seeing;
mod showing;
mod tending;
mod voiding;

pub use asking::{Considered, Subject, Wanted};
pub use deciding::{Decide, Decided};
pub use handing::{HandedOver, Hanging, hand_over, hanging};
pub use making::{Ask, Asked};
pub use model::{Request, State};
pub use reasons::{Reason, reasons};
pub use tending::{AT_ONCE, due, tend};
pub(crate) use voiding::withdraw_void;
