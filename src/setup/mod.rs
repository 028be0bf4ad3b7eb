//! First run: a fresh installation, claimed with the one-time link that the process printed; whoever claims it is
//! its first operator and the Owner of its first account. Also whether the installation is ready at all.

pub mod handlers;
mod model;
pub mod pages;

pub use handlers::readyz;
pub(crate) use model::open_account;
pub use model::{Claim, Claimed, Found, claim, found, is_claimed, is_ready, may_claim, new_link};
