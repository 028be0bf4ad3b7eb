//! The database: one source for SQLite and PostgreSQL, behind two doors.

mod conn;
pub mod schema;
pub mod types;

pub use conn::{Conn, MultiBackend};
