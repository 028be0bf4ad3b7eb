//! Help: short pages in plain words about what the portal does now, for anybody.

pub mod handlers;
pub mod pages;
