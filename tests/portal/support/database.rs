//! A migrated database for one test: SQLite, or PostgreSQL when `TEST_DATABASE_URL` names a server. Gone after the
//! test.

use super::{postgres, sqlite};

/// One test's own database on whichever kind this run tests.
pub enum Database {
    /// A file in a folder of its own.
    Sqlite(sqlite::Database),
    /// A database on the server of `TEST_DATABASE_URL`.
    Postgres(postgres::Database),
}

impl Database {
    /// A fresh, migrated database. `migrate` fills an empty one, named by its URL, once per
    /// process; every later call with the same function gets a copy.
    pub fn fresh(migrate: fn(&str)) -> Self {
        match std::env::var("TEST_DATABASE_URL") {
            Ok(server) => Self::Postgres(postgres::Database::fresh(&server, migrate)),
            Err(_) => Self::Sqlite(sqlite::Database::fresh(migrate)),
        }
    }

    /// An empty database, as an operator makes one.
    pub fn empty() -> Self {
        Self::fresh(nothing)
    }

    /// What `DATABASE_URL` would say.
    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite(database) => database.url(),
            Self::Postgres(database) => database.url(),
        }
    }

    /// Does this run test PostgreSQL?
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// Makes nothing; on SQLite an empty file.
fn nothing(url: &str) {
    if let Some(file) = url.strip_prefix("sqlite:") {
        std::fs::write(file, []).unwrap();
    }
}
