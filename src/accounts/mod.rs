//! Accounts: the customer companies. Where `/` leads, choosing one, its front page (rules 2, 3; S3, S5, S7, S16).

pub mod handlers;
mod model;
pub mod pages;
pub mod profile;
pub mod shortcuts;
mod switching;

pub use model::{
    Mine, Roles, Setup, Waiting, home, is_home_exclusive, mine, named, only, roles_of, setup,
    waiting,
};
