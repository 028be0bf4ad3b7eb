//! Opening connections: what each database needs to be told first.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::ManageConnection;
use std::path::Path;

use super::Conn;
use crate::config::Database;

/// Ours, from SQLite's on: earlier ones lose data when two connections write and checkpoint (WAL-reset race).
const SQLITE_AT_LEAST: (i32, i32, i32) = (3, 51, 3);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Reads only; SQLite refuses a write on it.
    Read,
    /// Everything.
    Write,
}

/// Opens a connection; the message of the database's own client is kept.
pub fn open(database: &Database, purpose: Use) -> ConnectionResult<Conn> {
    match database {
        Database::Postgres(url) => Ok(Conn::Postgres(PgConnection::establish(url)?)),
        Database::Sqlite(path) => sqlite(path, purpose),
    }
}

fn sqlite(path: &Path, purpose: Use) -> ConnectionResult<Conn> {
    let path = path
        .to_str()
        .ok_or_else(|| ConnectionError::BadConnection("the database's path is not UTF-8".into()))?;
    let mut conn = SqliteConnection::establish(path)?;
    // The timeout first: connections opening at once over a log left behind wait for each other. Checkpoints are
    // made by a thread of their own. FULL: a commit that was answered survives a power cut.
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4000; PRAGMA wal_autocheckpoint = 0;",
    )
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    if purpose == Use::Read {
        conn.batch_execute("PRAGMA query_only = ON")
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
    }
    Ok(Conn::Sqlite(conn))
}

/// Refuses a SQLite with the known corruption race; says which one is compiled in.
pub fn sqlite_version(conn: &mut Conn) -> Result<String, String> {
    use diesel::dsl::sql;
    use diesel::sql_types::Text;
    let Conn::Sqlite(inner) = conn else {
        return Ok(String::new());
    };
    let version: String = diesel::select(sql::<Text>("sqlite_version()"))
        .get_result(inner)
        .map_err(|e| e.to_string())?;
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<i32>().unwrap_or(0));
    let found = (
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    );
    if found < SQLITE_AT_LEAST {
        Err(format!(
            "SQLite {version} is too old: 3.51.3 or newer is needed"
        ))
    } else {
        Ok(version)
    }
}

/// Connections for r2d2's pool.
pub struct Manager {
    database: Database,
    purpose: Use,
}

impl Manager {
    /// Opens connections of this purpose.
    pub fn new(database: Database, purpose: Use) -> Self {
        Self { database, purpose }
    }
}

/// Why a connection of the pool could not be had.
#[derive(Debug)]
pub struct Failed(String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Failed {}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = Failed;

    fn connect(&self) -> Result<Conn, Failed> {
        open(&self.database, self.purpose).map_err(|e| Failed(e.to_string()))
    }

    // Not asked: what begins a transaction finds out (`transaction.rs`).
    fn is_valid(&self, _: &mut Conn) -> Result<(), Failed> {
        Ok(())
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        // A panic inside a door may leave a transaction open: such a connection is thrown away.
        std::thread::panicking() || diesel::r2d2::R2D2Connection::is_broken(conn)
    }
}
