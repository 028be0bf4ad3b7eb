//! The migrations of both databases, compiled in.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::{self, Use};
use super::{Conn, MultiBackend};
use crate::config::Database;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Held on PostgreSQL while migrating, so that of two that start at once one migrates and the other waits.
const LOCK: i64 = 0x7465_6e61_6e74_7279;

/// What migrating found and did.
#[derive(Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Names of the migrations that ran now; empty when the schema was current.
    pub ran: Vec<String>,
}

/// Brings the schema up to date. Errors are sentences for the operator; a database from a newer version is refused
/// and left as it is.
pub fn run(database: &Database) -> Result<Migrated, String> {
    let mut conn = connect::open(database, Use::Write)
        .map_err(|e| format!("the database cannot be opened: {e}"))?;
    connect::sqlite_version(&mut conn)?;
    if let Conn::Postgres(inner) = &mut conn {
        diesel::sql_query("SELECT pg_advisory_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(LOCK)
            .execute(inner)
            .map_err(|e| e.to_string())?;
    }
    refuse_newer(&mut conn)?;
    let ran = match &mut conn {
        Conn::Sqlite(inner) => inner.run_pending_migrations(SQLITE).map(|v| names(&v)),
        Conn::Postgres(inner) => inner.run_pending_migrations(POSTGRES).map(|v| names(&v)),
    };
    ran.map(|ran| Migrated { ran })
        .map_err(|e| format!("a migration failed: {e}"))
    // The lock goes with the connection.
}

fn names(versions: &[MigrationVersion<'_>]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

/// The table that diesel keeps of what ran.
mod history {
    diesel::table! {
        __diesel_schema_migrations (version) {
            version -> diesel::sql_types::Text,
        }
    }
    pub(super) use __diesel_schema_migrations::{table, version};
}

/// Whether every migration compiled in has run, and none besides: what readiness asks. Only reads.
pub fn is_current(conn: &mut Conn) -> Result<bool, String> {
    let applied: Vec<String> = history::table
        .select(history::version)
        .order(history::version)
        .load(conn)
        .map_err(|e| e.to_string())?;
    Ok(applied == known()?)
}

fn known() -> Result<Vec<String>, String> {
    let all: Vec<Box<dyn Migration<MultiBackend>>> =
        SQLITE.migrations().map_err(|e| e.to_string())?;
    let mut known: Vec<String> = all.iter().map(|m| m.name().version().to_string()).collect();
    known.sort();
    Ok(known)
}

fn applied(conn: &mut Conn) -> Result<Vec<String>, String> {
    let found = match conn {
        Conn::Sqlite(inner) => inner.applied_migrations().map(|v| names(&v)),
        Conn::Postgres(inner) => inner.applied_migrations().map(|v| names(&v)),
    };
    found.map_err(|e| e.to_string())
}

fn refuse_newer(conn: &mut Conn) -> Result<(), String> {
    let known = known()?;
    match applied(conn)?
        .into_iter()
        .find(|version| !known.contains(version))
    {
        None => Ok(()),
        Some(version) => Err(format!(
            "the database is from a newer version of Tenantry (it has migration {version}, which this program does not know); start that version, or restore a backup"
        )),
    }
}
