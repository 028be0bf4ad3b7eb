//! Transactions, spelled out for each database.

use diesel::connection::{AnsiTransactionManager, TransactionManager, TransactionManagerStatus};
use diesel::prelude::*;
use diesel::r2d2::{Pool, PooledConnection};
use diesel::result::Error as DieselError;
use std::time::Duration;

use super::Conn;
use super::connect::{Manager, Use};
use crate::error::{Error, Result};

type AnyManager = <Conn as Connection>::TransactionManager;

/// How often PostgreSQL may ask to run a transaction again before the person is asked to.
const RETRIES: u32 = 8;

/// One snapshot, nothing written.
pub fn read_in<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    begin(conn, Use::Read)?;
    finish(conn, f)
}

/// One transaction that may write. SQLite takes the write lock at once: a later upgrade would fail instead of wait.
pub fn write_in<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    begin(conn, Use::Write)?;
    finish(conn, f)
}

/// [`read_in`] on a connection of the pool.
pub(super) fn read_on<T>(
    pool: &Pool<Manager>,
    f: impl FnOnce(&mut Conn) -> Result<T>,
) -> Result<T> {
    finish(&mut *begun(pool, Use::Read)?, f)
}

/// A connection of the pool with a transaction begun on it. The beginning is what tells whether the connection was cut off
/// meanwhile: nothing ran on it yet, so another one takes its place, and no statement is spent on asking.
fn begun(pool: &Pool<Manager>, purpose: Use) -> Result<PooledConnection<Manager>> {
    // All of them may have been cut off at once; the next is a new one.
    for _ in 0..=pool.max_size() {
        let mut conn = pool.get().map_err(|cause| {
            tracing::warn!(%cause, "no database connection to be had");
            Error::Unavailable { retry_after: 5 }
        })?;
        match begin(&mut conn, purpose) {
            Ok(()) => return Ok(conn),
            Err(cause) => {
                tracing::info!(%cause, "a database connection was lost, another one is taken");
                // The pool throws it away.
                *AnyManager::transaction_manager_status_mut(&mut *conn) =
                    TransactionManagerStatus::InError;
            }
        }
    }
    tracing::warn!("no database connection to be had: each was lost");
    Err(Error::Unavailable { retry_after: 5 })
}

fn begin(conn: &mut Conn, purpose: Use) -> Result<(), DieselError> {
    let (on_sqlite, on_postgres) = match purpose {
        Use::Read => ("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        Use::Write => ("BEGIN IMMEDIATE", "BEGIN ISOLATION LEVEL SERIALIZABLE"),
    };
    match conn {
        Conn::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, on_sqlite),
        Conn::Postgres(inner) => AnsiTransactionManager::begin_transaction_sql(inner, on_postgres),
    }
}

fn finish<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    match f(conn) {
        Ok(value) => {
            AnyManager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one to report; a connection that cannot roll back is thrown away by its pool.
            if let Err(cause) = AnyManager::rollback_transaction(conn) {
                tracing::warn!(%cause, "could not roll back");
            }
            Err(error)
        }
    }
}

/// [`write_in`] on a connection of the pool, run again with growing, scattered pauses while PostgreSQL asks for it; then 503, or what it was if it
/// breaks a key every time.
pub(super) fn with_retries<T>(
    pool: &Pool<Manager>,
    mut f: impl FnMut(&mut Conn) -> Result<T>,
) -> Result<T> {
    for attempt in 0..=RETRIES {
        let done = finish(&mut *begun(pool, Use::Write)?, &mut f);
        match done {
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
