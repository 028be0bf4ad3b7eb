//! Notices, and who does not want them (rule 24; ux 6.30 and §8 "Two classes"). The account's switch silences all of
//! them; below it each person chooses for each account and kind, on a page of their own or by the link at the end of any
//! notice, for which nobody has to sign in. Service mail is no notice, and asks nobody here.

pub mod handlers;
mod kind;
pub mod mine;
mod model;
mod token;

pub use kind::Kind;
pub use model::{goes, unwilling};
pub use token::{Stop, mint};
