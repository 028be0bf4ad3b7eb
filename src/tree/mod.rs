//! The tree of an account's organizations: looking at it (Sub-accounts), adding to it, moving in it, and taking
//! organizations out of it and back (rules 5 and 6, S5, S11, S23).
//!
//! The rows are those of `organizations`; this room comes after `members`, whose index of people follows the tree.

pub mod chooser;
pub mod ending;
pub mod moving;
pub mod nodes;
pub mod purging;
pub mod shelf;
pub mod shelved;
pub mod sub_accounts;

pub use purging::{KEPT_DAYS, is_any_over, purge_some};
