//! One's own pages: what one says of oneself, and where one is signed in (ux 6.29).

pub mod profile;
pub mod security;
