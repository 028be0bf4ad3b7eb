//! The facts of the mail about an import of people.

use serde::{Deserialize, Serialize};

use super::Account;

/// Facts of the notice that an import of people is finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The account.
    pub account: Account,
    /// First name of whoever ordered it.
    pub person: String,
    /// How many were invited.
    pub invited: i64,
    /// How many who were here got roles.
    pub changed: i64,
    /// How many rows had nothing to do.
    pub skipped: i64,
    /// How many rows were not carried out.
    pub failed: i64,
    /// Path of its page, beginning with `/`.
    pub path: String,
}
