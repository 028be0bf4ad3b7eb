//! Sign-up: a company makes an account of its own, where the operator allows it (ux 6.3, 7.2; S1).
//!
//! The form looks nobody up: it stores what was typed, hash and all, and the mail job mails the address one of two
//! letters. The link in it leads to a page that asks for address and password again, since a scanner opens links; with
//! both right, login, account and Owner come into being in one transaction.

mod answering;
pub mod handlers;
mod model;
pub mod pages;

pub use answering::{answer_some, is_waiting};
pub use model::{Confirm, Confirmed, Stored, Wanted, confirm, found, want};

/// How long the link of a sign-up works.
pub const LIFE: chrono::Duration = chrono::Duration::hours(24);
