//! The portal from outside: one binary for all tests of the product.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod access;
mod accounts;
mod adding;
mod blocks;
mod bulk;
mod catalogues;
mod choosing;
mod commands;
mod cut_off;
mod devices;
mod docs;
mod ending;
mod explain;
mod forged_roles;
mod giving;
mod grid;
mod groups;
mod guide;
mod handed_over;
mod handover;
mod hostile;
mod house;
mod importing;
mod inert;
mod inviting;
mod journeys;
mod kill;
mod last_owner;
mod listed_roles;
mod lists;
mod looking;
mod mail;
mod members;
mod migrations;
mod new_links;
mod notifications;
mod people;
mod person;
mod places;
mod plans;
mod projects;
mod racing;
mod refusals;
mod reminders;
mod requests;
mod roles;
mod sessions;
mod support;
mod switching;
mod tabs;
mod told;
mod tree;
mod undoing;
mod unsaved;
mod until;
mod users;
mod views;
mod welcome;
mod without_mail;
