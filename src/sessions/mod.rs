//! Signing in and out, and what keeps strangers from guessing: locks, budgets, known browsers (rules 12, 26; S15,
//! S19, S21; security: the same answer and the same work for every kind of unknown).

mod browsers;
mod chain;
mod completing;
mod geoip;
pub mod handlers;
mod listing;
mod locks;
mod model;
pub mod pages;
pub mod proving;

pub use browsers::{Browser, browsers_of, forget, forget_browsers};
pub use chain::chain;
pub use geoip::GeoIp;
pub use listing::{Listed, Which, of_user, sign_out};
pub(crate) use locks::span;
pub use locks::{Budget, LINKS, VOUCHES, clear, forget_ended, is_over_budget, spend};
pub use model::{
    Attempt, Outcome, Presented, begin, decide, end, end_all, end_others, present, touch_later,
};
