//! What the tests stand on: databases, a mail server, a browser, and eyes for HTML.

pub mod axe;
pub mod browser;
pub mod database;
pub mod html;
pub mod postgres;
pub mod process;
mod proofs;
pub mod smtp;
pub mod sqlite;
mod webdriver;
