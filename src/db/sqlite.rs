//! SQLite: readers on the workers' own threads, one writer that commits what is waiting together, and a thread
//! that moves the log into the file so that no request has to.

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::r2d2::Pool;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

use super::connect::{self, Use};
use super::{Conn, read_in, write_in};
use crate::config::Database;
use crate::error::{Error, Result};

/// A group is at most this many closures …
const GROUP: usize = 64;
/// … or this long.
const GROUP_TIME: Duration = Duration::from_millis(5);
/// Closures that may wait; beyond, the answer is 503.
const WAITING: usize = 4096;
/// How long the checkpointer rests.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Sqlite {
    serial: u64,
    path: PathBuf,
    readers: Pool<connect::Manager>,
    writer: SyncSender<Box<dyn Work>>,
    /// Dropping it ends the checkpointer.
    _checkpoints: SyncSender<()>,
}

thread_local! {
    /// This thread's read connections, one for each open database (tests open several).
    static READERS: RefCell<Vec<(u64, Conn)>> = const { RefCell::new(Vec::new()) };
}

impl Sqlite {
    pub(super) fn open(path: &Path, readers: u32) -> Result<Self> {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        let database = Database::Sqlite(path.to_owned());
        let conn = connect::open(&database, Use::Write)
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
        let (writer, jobs) = sync_channel(WAITING);
        let owner = Writer {
            conn,
            database: database.clone(),
        };
        spawn("db-write", move || owner.run(&jobs))?;
        let mut log = connect::open(&database, Use::Write)
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
        let (checkpoints, stop) = sync_channel::<()>(1);
        spawn("db-checkpoint", move || {
            while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(CHECKPOINT_EVERY) {
                if let Err(cause) = log.batch_execute("PRAGMA wal_checkpoint(PASSIVE)") {
                    tracing::warn!(%cause, "checkpoint");
                }
            }
        })?;
        Ok(Self {
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            path: path.to_owned(),
            readers: super::pool(database, Use::Read, readers),
            writer,
            _checkpoints: checkpoints,
        })
    }

    pub(super) fn readers(&self) -> &Pool<connect::Manager> {
        &self.readers
    }

    /// Reads on this very thread: only for reads of which every statement is bounded.
    pub(super) fn read_here<T>(&self, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        READERS.with_borrow_mut(|open| {
            // Taken out while in use, put back after: a panic in `f` must not hand an open transaction on.
            let mut conn = match open.iter().position(|(serial, _)| *serial == self.serial) {
                Some(at) => open.swap_remove(at).1,
                None => connect::open(&Database::Sqlite(self.path.clone()), Use::Read)
                    .map_err(|cause| Error::Internal(Box::new(cause)))?,
            };
            let result = read_in(&mut conn, f);
            open.push((self.serial, conn));
            result
        })
    }

    pub(super) async fn write<T, F>(&self, verb: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.submit(verb)?
            .await
            .unwrap_or_else(|_| Err(Error::internal("the writer is gone")))
    }

    pub(super) fn write_now<T, F>(&self, verb: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.submit(verb)?
            .blocking_recv()
            .unwrap_or_else(|_| Err(Error::internal("the writer is gone")))
    }

    fn submit<T, F>(&self, verb: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: FnMut(&mut Conn) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            verb,
            outcome: None,
            reply,
        };
        match self.writer.try_send(Box::new(job)) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(Error::Unavailable { retry_after: 2 }),
            Err(TrySendError::Disconnected(_)) => Err(Error::internal("the writer is gone")),
        }
    }
}

fn spawn(name: &str, f: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(f)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    Ok(())
}

/// How a closure ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// It said no: its savepoint is rolled back.
    Refused,
    /// It broke off somewhere: the connection cannot be trusted any more.
    Panicked,
}

/// A closure on its way through the writer.
trait Work: Send {
    fn attempt(&mut self, conn: &mut Conn) -> Verdict;
    /// Answers with the outcome, or with what went wrong at the commit.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

struct Job<T, F> {
    verb: F,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Work for Job<T, F>
where
    T: Send,
    F: FnMut(&mut Conn) -> Result<T> + Send,
{
    fn attempt(&mut self, conn: &mut Conn) -> Verdict {
        match catch_unwind(AssertUnwindSafe(|| (self.verb)(conn))) {
            Ok(outcome) => {
                let verdict = if outcome.is_ok() {
                    Verdict::Good
                } else {
                    Verdict::Refused
                };
                self.outcome = Some(outcome);
                verdict
            }
            Err(_) => {
                self.outcome = Some(Err(Error::internal("a verb panicked")));
                Verdict::Panicked
            }
        }
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let outcome = match failure {
            Some(error) => Err(error),
            None => self
                .outcome
                .unwrap_or_else(|| Err(Error::internal("a verb did not run"))),
        };
        // The client may be gone; what was committed stays.
        let _ = self.reply.send(outcome);
    }
}

/// The writer thread: its connection, and how to open another when a verb broke off in the middle.
struct Writer {
    conn: Conn,
    database: Database,
}

impl Writer {
    fn run(mut self, jobs: &Receiver<Box<dyn Work>>) {
        while let Ok(first) = jobs.recv() {
            let mut done = Vec::new();
            match self.together(first, jobs, &mut done) {
                Ok(()) => done.into_iter().for_each(|job| job.answer(None)),
                Err(cause) => {
                    tracing::warn!(%cause, jobs = done.len(), "a group of writes failed; each runs once more alone");
                    self.reopen();
                    done.into_iter().for_each(|job| self.alone(job));
                }
            }
        }
        let _ = self.conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// Runs `first` and what is waiting behind it as savepoints of one transaction. All jobs taken are in `done`,
    /// whatever happens.
    fn together(
        &mut self,
        first: Box<dyn Work>,
        jobs: &Receiver<Box<dyn Work>>,
        done: &mut Vec<Box<dyn Work>>,
    ) -> Result<()> {
        let began = Instant::now();
        let mut next = Some(first);
        write_in(&mut self.conn, |conn| {
            while let Some(job) = next.take() {
                let ended = savepoint(conn, job, done)?;
                if ended == Verdict::Panicked {
                    return Err(Error::internal("a verb panicked"));
                }
                if done.len() < GROUP && began.elapsed() < GROUP_TIME {
                    next = jobs.try_recv().ok();
                }
            }
            Ok(())
        })
        .inspect_err(|_| done.extend(next.take()))
    }

    fn alone(&mut self, mut job: Box<dyn Work>) {
        let mut verdict = Verdict::Refused;
        let ran = write_in(&mut self.conn, |conn| {
            verdict = job.attempt(conn);
            if verdict == Verdict::Good {
                Ok(())
            } else {
                Err(Error::NotFound)
            }
        });
        match (verdict, ran) {
            (Verdict::Good, Err(cause)) => {
                tracing::error!(%cause, "a write failed twice");
                self.reopen();
                job.answer(Some(Error::Unavailable { retry_after: 10 }));
            }
            (Verdict::Panicked, _) => {
                self.reopen();
                job.answer(None);
            }
            _ => job.answer(None),
        }
    }

    /// A fresh connection; the old one takes its open transaction with it.
    fn reopen(&mut self) {
        match connect::open(&self.database, Use::Write) {
            Ok(conn) => self.conn = conn,
            Err(cause) => {
                tracing::error!(%cause, "the writer's connection could not be opened again")
            }
        }
    }
}

/// Runs one job under a savepoint that is released or rolled back by how it ended; the job is put into `done`.
fn savepoint(
    conn: &mut Conn,
    mut job: Box<dyn Work>,
    done: &mut Vec<Box<dyn Work>>,
) -> Result<Verdict> {
    let mut verdict = Verdict::Refused;
    let ran = conn.transaction::<(), diesel::result::Error, _>(|conn| {
        verdict = job.attempt(conn);
        if verdict == Verdict::Good {
            Ok(())
        } else {
            Err(diesel::result::Error::RollbackTransaction)
        }
    });
    done.push(job);
    match ran {
        Ok(()) | Err(diesel::result::Error::RollbackTransaction) => Ok(verdict),
        Err(cause) => Err(cause.into()),
    }
}
