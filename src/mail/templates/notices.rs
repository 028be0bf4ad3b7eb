//! The facts of notices to whoever manages people: an import is finished, a guest has left.

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

/// Facts of the notice that a guest left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The account.
    pub account: Account,
    /// First name of whoever is told.
    pub person: String,
    /// Full name of who left.
    pub who: String,
    /// Path of the account's people, beginning with `/`.
    pub path: String,
}
