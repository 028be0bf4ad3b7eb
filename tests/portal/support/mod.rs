//! What the tests stand on: the portal and its cast, databases, a mail server, a browser, and eyes for HTML.

pub mod app;
pub mod axe;
pub mod browser;
pub mod cast;
pub mod database;
pub mod dump;
pub mod html;
mod mailbox;
pub mod mmdb;
pub mod postgres;
pub mod process;
mod proofs;
pub mod record;
pub mod routes;
pub mod smtp;
pub mod sqlite;
pub mod statements;
pub mod visitor;
mod webdriver;
