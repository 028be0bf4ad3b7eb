//! What every page shares: responses, the frame, fields, headers, static files.

pub mod assets;
pub mod field;
pub mod headers;
pub mod health;
