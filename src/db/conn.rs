//! One connection type for both databases.

use diesel::{PgConnection, SqliteConnection};

/// A live connection to either database; queries are written once against it.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL through libpq.
    Postgres(PgConnection),
    /// SQLite, compiled in.
    Sqlite(SqliteConnection),
}

/// Runs one query on whichever database is live: for upsert and batch insert, which the common type lacks, and for the
/// statements of the pages that are asked for most, since the common type writes a statement's text at each use.
#[macro_export]
macro_rules! on_each {
    ($conn:expr, |$c:ident| $query:expr) => {
        match $conn {
            $crate::db::Conn::Postgres($c) => $query,
            $crate::db::Conn::Sqlite($c) => $query,
        }
    };
}
