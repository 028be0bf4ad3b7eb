//! One's own pages: what one says of oneself, where one is signed in, and one's password (ux 6.29).

pub mod branding;
pub mod password;
pub mod profile;
pub mod security;
