//! Threads of their own for password hashes, and a queue that refuses rather than grows.
//!
//! A hash takes a third of a second of a core by design. On the threads of requests or of the database a flood
//! of sign-ins would stop every page; here it fills a short queue, and the threads are nice enough to let pages
//! go first.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Too much is waiting; try again after so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// Seconds until it is worth another try, for `Retry-After`.
    pub retry_after: u32,
}

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "too many passwords are being checked; try again in {} s",
            self.retry_after
        )
    }
}
impl std::error::Error for Busy {}

/// What a thread is to do, and how it tells whether anybody still waits.
struct Job {
    run: Box<dyn FnOnce() + Send>,
    refuse: Box<dyn FnOnce(Busy) + Send>,
    since: Instant,
}

struct Queue {
    waiting: VecDeque<Job>,
    open: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    threads: NonZeroUsize,
    longest_wait: Duration,
    /// How long one job takes of late, in microseconds.
    mean: AtomicU64,
}

/// The threads; they end when this is dropped.
pub(super) struct Pool(Arc<Shared>);

impl Pool {
    /// Starts the threads. `guess` is how long a job takes, until it is known better.
    pub(super) fn start(
        threads: NonZeroUsize,
        longest_wait: Duration,
        guess: Duration,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue {
                waiting: VecDeque::new(),
                open: true,
            }),
            wake: Condvar::new(),
            threads,
            longest_wait,
            mean: AtomicU64::new(micros(guess)),
        });
        // Made first, so that threads already started end if a later one cannot be.
        let pool = Self(Arc::clone(&shared));
        for number in 0..threads.get() {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    /// Runs `work` on one of the threads. Work whose caller has gone meanwhile is not done.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let answer = self.submit(Instant::now(), work)?;
        // A job that panicked answers nothing.
        answer.await.unwrap_or(Err(Busy { retry_after: 1 }))
    }

    fn submit<T: Send + 'static>(
        &self,
        since: Instant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, Busy>>, Busy> {
        let (to, answer) = oneshot::channel();
        let to = Arc::new(Mutex::new(Some(to)));
        let refuse = {
            let to = Arc::clone(&to);
            move |busy| {
                if let Some(to) = lock(&to).take() {
                    drop(to.send(Err(busy)));
                }
            }
        };
        let run = move || {
            let to = lock(&to).take();
            if let Some(to) = to.filter(|to| !to.is_closed()) {
                drop(to.send(Ok(work())));
            }
        };
        self.0.push(Job {
            run: Box::new(run),
            refuse: Box::new(refuse),
            since,
        })?;
        Ok(answer)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        lock(&self.0.queue).open = false;
        self.0.wake.notify_all();
    }
}

impl Shared {
    /// Takes a job if those before it will be done in time. The first in an empty queue is always taken: were the
    /// mean ever too high, nothing else would bring it down.
    fn push(&self, job: Job) -> Result<(), Busy> {
        let mut queue = lock(&self.queue);
        let wait = self.wait_behind(queue.waiting.len());
        if !queue.waiting.is_empty() && wait > self.longest_wait {
            return Err(busy(wait));
        }
        queue.waiting.push_back(job);
        drop(queue);
        self.wake.notify_one();
        Ok(())
    }

    fn wait_behind(&self, jobs: usize) -> Duration {
        let jobs = u64::try_from(jobs).unwrap_or(u64::MAX);
        let threads = u64::try_from(self.threads.get()).unwrap_or(1);
        let mean = self.mean.load(Ordering::Relaxed);
        // The job itself has one ahead of it on every thread at worst.
        Duration::from_micros(mean.saturating_mul(jobs.saturating_add(1)) / threads.max(1))
    }

    fn work(&self) {
        // Niceness is of the thread on Linux. A system that refuses it only makes pages wait a little more.
        let _ = rustix::process::nice(10);
        while let Some(job) = self.next() {
            if job.since.elapsed() > self.longest_wait {
                (job.refuse)(busy(self.longest_wait));
                continue;
            }
            let start = Instant::now();
            // A panic ends the job and not the thread: its caller gets no answer, and the next one does.
            if catch_unwind(AssertUnwindSafe(job.run)).is_ok() {
                self.learn(start.elapsed());
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = lock(&self.queue);
        loop {
            if !queue.open {
                return None;
            }
            if let Some(job) = queue.waiting.pop_front() {
                return Some(job);
            }
            queue = self
                .wake
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Moves the mean an eighth of the way; two threads at once may lose one step, which does not matter.
    fn learn(&self, took: Duration) {
        let mean = self.mean.load(Ordering::Relaxed);
        self.mean.store(
            (mean / 8 * 7).saturating_add(micros(took) / 8),
            Ordering::Relaxed,
        );
    }
}

/// A lock that a panic elsewhere does not take away: nothing in here is left half-done by one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(8)
}

fn busy(wait: Duration) -> Busy {
    let seconds = u32::try_from(wait.as_secs())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    Busy {
        retry_after: seconds.min(30),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn pool(wait: Duration, guess: Duration) -> Pool {
        Pool::start(NonZeroUsize::MIN, wait, guess).unwrap()
    }

    /// A job that runs until it is told to end.
    fn block(pool: &Pool) -> (mpsc::Sender<()>, oneshot::Receiver<Result<(), Busy>>) {
        let (end, ended) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let answer = pool.submit(Instant::now(), move || {
            begun.send(()).unwrap();
            let _ = ended.recv();
        });
        begins.recv().unwrap();
        (end, answer.unwrap())
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_says_when_to_come_back() {
        let pool = pool(Duration::from_secs(10), Duration::from_secs(4));
        let (end, first) = block(&pool);
        let waiting: Vec<_> = (0..2)
            .map(|number| pool.submit(Instant::now(), move || number).unwrap())
            .collect();
        // Two wait at 4 s each and one runs: a third would wait 12 s.
        assert_eq!(pool.run(|| ()).await, Err(Busy { retry_after: 13 }));
        end.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
        for (number, answer) in waiting.into_iter().enumerate() {
            assert_eq!(answer.await.unwrap(), Ok(number));
        }
    }

    #[tokio::test]
    async fn who_has_waited_too_long_is_refused_before_the_work() {
        let pool = pool(Duration::from_secs(10), Duration::from_millis(1));
        let long_ago = Instant::now().checked_sub(Duration::from_secs(11)).unwrap();
        let late = pool.submit(long_ago, || panic!("must not run")).unwrap();
        assert_eq!(late.await.unwrap(), Err::<(), _>(Busy { retry_after: 11 }));
    }

    #[tokio::test]
    async fn work_whose_caller_has_gone_is_not_done() {
        let pool = pool(Duration::from_secs(10), Duration::from_millis(1));
        let (end, _first) = block(&pool);
        drop(
            pool.submit(Instant::now(), || panic!("must not run"))
                .unwrap(),
        );
        end.send(()).unwrap();
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn a_panic_costs_its_own_caller_only() {
        let pool = pool(Duration::from_secs(10), Duration::from_millis(1));
        assert_eq!(
            pool.run::<()>(|| panic!("as told")).await,
            Err(Busy { retry_after: 1 })
        );
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }

    #[test]
    fn the_threads_are_nice_and_end_with_the_pool() {
        let pool = pool(Duration::from_secs(10), Duration::from_millis(1));
        let nice = pool
            .submit(Instant::now(), || rustix::process::nice(0).unwrap())
            .unwrap();
        assert!(nice.blocking_recv().unwrap().unwrap() >= 10);
        let shared = Arc::downgrade(&pool.0);
        drop(pool);
        let end = Instant::now() + Duration::from_secs(5);
        while shared.strong_count() > 0 {
            assert!(Instant::now() < end, "a thread lives on");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
