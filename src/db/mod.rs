//! The database: one source for SQLite and PostgreSQL, behind two doors.
//!
//! [`Db::read`] gives one consistent snapshot, [`Db::write`] one durable transaction. Both own the wait for a
//! connection and the thread; nothing awaits inside. On SQLite all writes go through one thread that commits what
//! is waiting together (group commit); on PostgreSQL they run SERIALIZABLE and are run again when the database asks.
//! Closures are therefore re-runnable: no mail, no HTTP, no clock, no new ids inside.

mod among;
#[expect(missing_docs, reason = "what the derive makes cannot be given any")]
mod conn;
pub mod connect;
mod fixed;
mod heavy;
pub mod lease;
pub mod migrate;
pub mod or_never;
#[expect(missing_docs, reason = "tables and columns are told in the migrations")]
pub mod schema;
mod sqlite;
mod transaction;
pub mod types;
pub mod violation;

pub use among::{Among, among};
pub use conn::{Conn, MultiBackend};
pub use fixed::fixed;
pub use transaction::{read_in, write_in};

use diesel::r2d2::Pool;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Database;
use crate::error::{Error, Result};

/// The database of one installation; cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

enum Inner {
    Sqlite(sqlite::Sqlite),
    Postgres(Pool<connect::Manager>),
}

/// Whether every statement of a read is bounded: such reads may run on the worker's own thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Indexed and limited; the statement plans are tested.
    Bounded,
    /// Searches and exports: on the bounded pool of blocking threads.
    Unbounded,
    /// What holds a whole file in memory, such as the preview of an import: one after the other on a thread of their
    /// own, so that several at once take no more memory than one, and what one gave back the next one has.
    Heavy,
}

impl Db {
    /// Opens a migrated database. `connections` bounds the pool (PostgreSQL: all; SQLite: unbounded readers).
    pub fn open(database: &Database, connections: u32) -> Result<Self> {
        let inner = match database {
            Database::Sqlite(path) => Inner::Sqlite(sqlite::Sqlite::open(path, connections)?),
            Database::Postgres(_) => {
                Inner::Postgres(pool(database.clone(), connect::Use::Write, connections))
            }
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Runs `f` in one read-only snapshot.
    pub async fn read<T, F>(&self, cost: Cost, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let pool = match (&*self.inner, cost) {
            (Inner::Sqlite(sqlite), Cost::Bounded) => return sqlite.read_here(f),
            (Inner::Sqlite(sqlite), _) => sqlite.readers().clone(),
            (Inner::Postgres(pool), _) => pool.clone(),
        };
        let threads = match cost {
            Cost::Heavy => heavy::threads()?,
            _ => tokio::runtime::Handle::current(),
        };
        on_pool(&threads, move || transaction::read_on(&pool, f)).await
    }

    /// Runs `f` in one transaction and answers after it is durable; an error rolls everything back.
    pub async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Conn) -> Result<T> + Send + 'static,
    {
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.write(f).await,
            Inner::Postgres(pool) => {
                let (threads, pool) = (tokio::runtime::Handle::current(), pool.clone());
                on_pool(&threads, move || transaction::with_retries(&pool, f)).await
            }
        }
    }

    /// The same as [`Db::write`] from a thread that may wait: commands and tests.
    pub fn write_now<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Conn) -> Result<T> + Send + 'static,
    {
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.write_now(f),
            Inner::Postgres(pool) => transaction::with_retries(pool, f),
        }
    }

    /// The same as [`Db::read`] from a thread that may wait: commands and tests.
    pub fn read_now<T, F>(&self, f: F) -> Result<T>
    where
        F: FnOnce(&mut Conn) -> Result<T>,
    {
        match &*self.inner {
            Inner::Sqlite(sqlite) => transaction::read_on(sqlite.readers(), f),
            Inner::Postgres(pool) => transaction::read_on(pool, f),
        }
    }
}

pub(crate) fn pool(
    database: Database,
    purpose: connect::Use,
    connections: u32,
) -> Pool<connect::Manager> {
    let on_postgres = matches!(database, Database::Postgres(_));
    Pool::builder()
        .max_size(connections.max(1))
        .min_idle(Some(0))
        .connection_timeout(Duration::from_secs(5))
        // The transaction's beginning is the test.
        .test_on_check_out(false)
        .max_lifetime(on_postgres.then_some(Duration::from_secs(1800)))
        .idle_timeout(Some(Duration::from_secs(60)))
        .thread_pool(thread_pool())
        .build_unchecked(connect::Manager::new(database, purpose))
}

/// r2d2 keeps a pool of threads to open connections; one for the process is enough.
fn thread_pool() -> Arc<scheduled_thread_pool::ScheduledThreadPool> {
    static ONE: std::sync::OnceLock<Arc<scheduled_thread_pool::ScheduledThreadPool>> =
        std::sync::OnceLock::new();
    ONE.get_or_init(|| {
        Arc::new(
            scheduled_thread_pool::ScheduledThreadPool::builder()
                .num_threads(1)
                .build(),
        )
    })
    .clone()
}

async fn on_pool<T, F>(threads: &tokio::runtime::Handle, f: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    match threads.spawn_blocking(f).await {
        Ok(result) => result,
        Err(cause) => Err(Error::Internal(Box::new(cause))),
    }
}
