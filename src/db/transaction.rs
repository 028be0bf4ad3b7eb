//! Transactions, spelled out for each database.

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use std::time::Duration;

use super::Conn;
use crate::error::{Error, Result};

type Manager = <Conn as Connection>::TransactionManager;

/// How often PostgreSQL may ask to run a transaction again before the person is asked to.
const RETRIES: u32 = 8;

/// One snapshot, nothing written.
pub fn read_in<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    begin(
        conn,
        "BEGIN",
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    )?;
    finish(conn, f)
}

/// One transaction that may write. SQLite takes the write lock at once: a later upgrade would fail instead of wait.
pub fn write_in<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    begin(
        conn,
        "BEGIN IMMEDIATE",
        "BEGIN ISOLATION LEVEL SERIALIZABLE",
    )?;
    finish(conn, f)
}

fn begin(conn: &mut Conn, on_sqlite: &str, on_postgres: &str) -> Result<(), DieselError> {
    match conn {
        Conn::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, on_sqlite),
        Conn::Postgres(inner) => AnsiTransactionManager::begin_transaction_sql(inner, on_postgres),
    }
}

fn finish<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    match f(conn) {
        Ok(value) => {
            Manager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one to report; a connection that cannot roll back is thrown away by its pool.
            if let Err(cause) = Manager::rollback_transaction(conn) {
                tracing::warn!(%cause, "could not roll back");
            }
            Err(error)
        }
    }
}

/// [`write_in`], run again with growing, scattered pauses while PostgreSQL asks for it; then 503, or what it was if it
/// breaks a key every time.
pub(super) fn with_retries<T>(
    conn: &mut Conn,
    mut f: impl FnMut(&mut Conn) -> Result<T>,
) -> Result<T> {
    for attempt in 0..=RETRIES {
        match write_in(conn, &mut f) {
            Err(error) if error.broke_a_key() && attempt == RETRIES => return Err(error),
            Err(error) if error.asks_for_retry() => std::thread::sleep(pause(attempt)),
            other => return other,
        }
    }
    Err(Error::Unavailable { retry_after: 1 })
}

fn pause(attempt: u32) -> Duration {
    let mut byte = [0_u8; 1];
    // Without randomness the pauses are merely regular.
    let _ = getrandom::fill(&mut byte);
    let [scatter] = byte;
    Duration::from_micros((500_u64 << attempt.min(6)) + 40 * u64::from(scatter))
}
