//! Where the rows go: all of them or none, on either database.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::path::{Path, PathBuf};

use crate::commands::Failed;
use crate::config::Database;
use crate::db::connect::{self, Use};
use crate::db::{Conn, migrate, write_in};
use crate::error::Result;

/// Runs `store` on the empty database, and lets the database look at what it got.
///
/// PostgreSQL stores everything in one transaction. SQLite stores into a file beside, without a journal and with
/// its indexes made at the end, which takes the place of the empty database when it is whole.
pub(super) fn fill(
    database: &Database,
    store: impl FnOnce(&mut Conn) -> Result<()>,
) -> Result<(), Failed> {
    let broke = |cause: crate::error::Error| Failed::Broke(cause.to_string());
    match database {
        Database::Postgres(_) => {
            let mut conn = connect::open(database, Use::Write)
                .map_err(|cause| Failed::Broke(cause.to_string()))?;
            write_in(&mut conn, |conn| {
                store(conn)?;
                conn.batch_execute("ANALYZE")?;
                Ok(())
            })
            .map_err(broke)
        }
        Database::Sqlite(path) => beside(path, store),
    }
}

fn beside(path: &Path, store: impl FnOnce(&mut Conn) -> Result<()>) -> Result<(), Failed> {
    let new = with(path, ".filling");
    remove(&new);
    let filled = fill_file(&new, store);
    if filled.is_err() {
        remove(&new);
        return filled;
    }
    let moved = std::fs::File::open(&new)
        .and_then(|file| file.sync_all())
        .and_then(|()| {
            // The log of the empty database must not be read into the full one.
            remove(path);
            std::fs::rename(&new, path)
        });
    moved
        .map_err(|cause| Failed::Broke(format!("{} cannot take its place: {cause}", new.display())))
}

/// Indexes of the schema, as the database keeps them.
#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    sql: String,
}

fn fill_file(path: &Path, store: impl FnOnce(&mut Conn) -> Result<()>) -> Result<(), Failed> {
    let database = Database::Sqlite(path.to_owned());
    migrate::run(&database).map_err(|why| Failed::Refused(vec![why]))?;
    let mut conn =
        connect::open(&database, Use::Write).map_err(|cause| Failed::Broke(cause.to_string()))?;
    fill_sqlite(&mut conn, store).map_err(|cause| Failed::Broke(cause.to_string()))
}

fn fill_sqlite(conn: &mut Conn, store: impl FnOnce(&mut Conn) -> Result<()>) -> Result<()> {
    // A file that nobody else knows and that is thrown away when anything goes wrong: no journal, no waiting for
    // the disk. Sorting for the indexes happens in files, so that memory stays bounded.
    conn.batch_execute(
        "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
         PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -96000; PRAGMA temp_store = FILE;",
    )?;
    // By one of them each membership finds the roles that it keeps, as soon as there is a grant.
    let indexes: Vec<Index> = match conn {
        Conn::Sqlite(inner) => diesel::sql_query(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND name <> 'grants_of_user'",
        )
        .load(inner)?,
        Conn::Postgres(_) => Vec::new(),
    };
    for index in &indexes {
        conn.batch_execute(&format!("DROP INDEX {}", index.name))?;
    }
    write_in(conn, store)?;
    for index in &indexes {
        conn.batch_execute(&index.sql)?;
    }
    // No statistics: no other installation has any on SQLite, and those of tables that are still empty would have it
    // walk them once they are full.
    conn.batch_execute(
        "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL; SELECT count(*) FROM installation;",
    )?;
    Ok(())
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Takes a database away with its log; what is not there is as good as gone.
fn remove(path: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(with(path, end));
    }
}
