//! Accounts: their profile, and the form that two people change at once.

mod profile;
