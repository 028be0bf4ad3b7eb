//! What every page shares: responses, the frame, fields, headers, static files.

pub mod assets;
pub mod browser;
pub mod clash;
pub mod cookies;
pub mod countries;
pub mod csv;
pub mod field;
pub mod flash;
pub mod form;
pub mod headers;
pub mod health;
pub mod html;
pub mod import;
pub mod last_place;
pub mod list;
pub mod naming;
pub mod page;
pub mod refused;
pub mod shell;
pub mod upload;
pub mod urls;
pub mod view;
pub mod word;
pub mod zones;
