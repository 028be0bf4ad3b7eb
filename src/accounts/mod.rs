//! Accounts: the customer companies. Where `/` leads, choosing one, its front page (rules 2, 3; S3, S5, S7, S16).

pub mod handlers;
pub mod mine;
mod model;
pub mod pages;
pub mod profile;
pub mod security;
pub mod shortcuts;
mod switching;

pub use model::{
    HomeRules, Mine, Roles, Setup, Waiting, free_slug, home, home_rules, mine, name_of, named,
    only, roles_of, setup, waiting,
};
