//! The worker from the row to the server.

use diesel::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::outbox::{claimed, sqlite};
use super::sink::{Manners, Sink};
use super::*;
use crate::db::Conn;
use crate::db::schema::outbox as table;
use crate::db::types::InstanceId;
use crate::mail::outbox::{NewMail, enqueue, mark};
use crate::mail::smtp::{Patience, Smtp};
use crate::mail::transport::Transport;
use crate::mail::worker::{Deps, Store, run};

/// A process with its database, its clock and its worker.
struct Process {
    conn: Arc<Mutex<Conn>>,
    clock: Arc<Mutex<Ts>>,
    signal: Arc<Notify>,
    stop: watch::Sender<bool>,
    worker: JoinHandle<()>,
    /// How many calls of the store fail before one works again.
    away: Arc<AtomicUsize>,
}

fn answer<T>(away: &AtomicUsize, value: impl FnOnce() -> T) -> Result<T, String> {
    let broken = away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
        left.checked_sub(1)
    });
    if broken.is_ok() {
        Err("the database is away".to_owned())
    } else {
        Ok(value())
    }
}

fn store(conn: &Arc<Mutex<Conn>>, clock: &Arc<Mutex<Ts>>, away: &Arc<AtomicUsize>) -> Store {
    let owner = InstanceId::new();
    let parts = || (Arc::clone(conn), Arc::clone(clock), Arc::clone(away));
    let (claiming, marking) = (parts(), parts());
    Store {
        claim: Box::new(move |_| {
            let (conn, clock, away) = &claiming;
            let now = *clock.lock().unwrap();
            let mails = answer(away, || claimed(&mut conn.lock().unwrap(), owner, now));
            Box::pin(async move { mails })
        }),
        mark: Box::new(move |outcomes| {
            let (conn, clock, away) = &marking;
            let now = *clock.lock().unwrap();
            let done = answer(away, || {
                mark(&mut conn.lock().unwrap(), owner, now, &outcomes).unwrap();
            });
            Box::pin(async move { done })
        }),
    }
}

fn smtp(sink: &Sink) -> Transport {
    let smtp = Smtp::open(&sink.url()).unwrap().with_patience(Patience {
        command: Duration::from_millis(300),
        message: Duration::from_millis(300),
    });
    Transport::Smtp(Box::new(smtp))
}

fn start(conn: Arc<Mutex<Conn>>, transport: Transport) -> Process {
    let clock = Arc::new(Mutex::new(noon()));
    let away = Arc::new(AtomicUsize::new(0));
    let signal = Arc::new(Notify::new());
    let (stop, stopped) = watch::channel(false);
    let told = Arc::clone(&clock);
    let deps = Deps {
        store: store(&conn, &clock, &away),
        transport,
        head: head(),
        stop_notices: Box::new(|_| STOP.to_owned()),
        unseal: Box::new(|about, sealed| {
            assert!(sealed != b"panic", "as if the program had an error");
            let (subject, token) = sealed.split_at_checked(16)?;
            (subject == about).then(|| token.to_vec())
        }),
        now: Box::new(move || *told.lock().unwrap()),
        signal: Arc::clone(&signal),
        stop: stopped,
    };
    Process {
        conn,
        clock,
        signal,
        stop,
        worker: tokio::spawn(run(deps)),
        away,
    }
}

impl Process {
    fn with(transport: Transport) -> Self {
        start(Arc::new(Mutex::new(sqlite(":memory:"))), transport)
    }

    /// Puts a mail into the outbox and calls the worker.
    fn post(&self, recipient: &str, sealed: Option<&[u8]>) -> MailId {
        let id = MailId::new();
        let own: Vec<u8> = id
            .uuid()
            .as_bytes()
            .iter()
            .copied()
            .chain(TOKEN.bytes())
            .collect();
        let new = NewMail {
            id,
            account: None,
            link: None,
            reader: None,
            recipient: recipient.to_owned(),
            letter: welcome(),
            sealed_token: Some(sealed.map_or(own, <[u8]>::to_vec)),
            message_id: head().message_id(id),
            due_at: noon(),
            created_at: noon(),
        };
        enqueue(&mut self.conn.lock().unwrap(), new).unwrap();
        self.signal.notify_one();
        id
    }

    fn state(&self, id: MailId) -> (String, i64, Option<InstanceId>) {
        table::table
            .find(id)
            .select((table::state, table::attempts, table::leased_by))
            .first(&mut *self.conn.lock().unwrap())
            .unwrap()
    }

    fn count(&self, state: &str) -> i64 {
        let conn = &mut *self.conn.lock().unwrap();
        table::table
            .filter(table::state.eq(state))
            .count()
            .get_result(conn)
            .unwrap()
    }

    fn later(&self, by: chrono::Duration) {
        let mut clock = self.clock.lock().unwrap();
        *clock = clock.plus(by);
        self.signal.notify_one();
    }

    async fn until(&self, what: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !what(self) {
            assert!(began.elapsed() < Duration::from_secs(10), "this never came");
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn end(self) -> Arc<Mutex<Conn>> {
        self.stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(5), self.worker)
            .await
            .unwrap()
            .unwrap();
        self.conn
    }
}

#[tokio::test]
async fn what_is_posted_arrives_once_and_leaves_no_token() {
    let sink = Sink::start(Manners::default()).await;
    let process = Process::with(smtp(&sink));
    for n in 0..120 {
        process.post(&format!("p{n}@example.com"), None);
    }
    process.until(|process| process.count("sent") == 120).await;
    let conn = process.end().await;
    let mut seen: Vec<String> = sink.received().into_iter().map(|mail| mail.to).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((seen.len(), sink.received().len()), (120, 120));
    assert!(
        sink.received()
            .iter()
            .all(|mail| mail.body.contains("/welcome/"))
    );
    let kept: i64 = table::table
        .filter(table::sealed_token.is_not_null())
        .count()
        .get_result(&mut *conn.lock().unwrap())
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn two_workers_never_send_the_same_mail() {
    let sink = Sink::start(Manners::default()).await;
    let one = Process::with(smtp(&sink));
    let two = start(Arc::clone(&one.conn), smtp(&sink));
    for n in 0..200 {
        one.post(&format!("p{n}@example.com"), None);
        two.signal.notify_one();
    }
    one.until(|process| process.count("sent") == 200).await;
    assert_eq!(sink.received().len(), 200);
    one.end().await;
    two.end().await;
}

#[tokio::test]
async fn a_deferred_mail_comes_again_with_the_same_message_id() {
    let sink = Sink::start(Manners {
        message: Some("451 later"),
        ..Manners::default()
    })
    .await;
    let process = Process::with(smtp(&sink));
    let id = process.post("ada@example.com", None);
    process
        .until(|process| process.state(id) == ("queued".to_owned(), 1, None))
        .await;
    *sink.manners.lock().unwrap() = Manners::default();
    process.later(chrono::Duration::seconds(40));
    sleep(Duration::from_millis(50)).await;
    assert!(
        sink.received().is_empty(),
        "not before a minute, less a fifth"
    );
    process.later(chrono::Duration::seconds(40));
    process.until(|process| process.state(id).0 == "sent").await;
    process.end().await;
    let seen = sink.seen.lock().unwrap().clone();
    assert_eq!((seen.len(), sink.received().len()), (2, 1));
    let wanted = format!("Message-ID: {}", head().message_id(id));
    assert!(seen.iter().all(|mail| mail.contains(&wanted)), "{seen:?}");
}

#[tokio::test]
async fn mail_waits_for_a_server_that_is_down_and_then_arrives_once() {
    let sink = Sink::start(Manners {
        greeting: Some("421 down"),
        ..Manners::default()
    })
    .await;
    let process = Process::with(smtp(&sink));
    let mails: Vec<MailId> = (0..50)
        .map(|n| process.post(&format!("p{n}@example.com"), None))
        .collect();
    process
        .until(|process| {
            mails
                .iter()
                .all(|id| process.state(*id).1 >= 1 && process.state(*id).2.is_none())
        })
        .await;
    *sink.manners.lock().unwrap() = Manners::default();
    process.later(chrono::Duration::hours(24));
    process.until(|process| process.count("sent") == 50).await;
    assert_eq!(sink.received().len(), 50);
    process.end().await;
}

#[tokio::test]
async fn a_mail_that_cannot_be_written_fails_alone() {
    let (transport, mailbox) = Transport::memory();
    let process = Process::with(transport);
    let bad = [
        process.post("ada@example.com", Some(b"panic")),
        process.post("ada@example.com", Some(b"sealed with another secret")),
        process.post("not an address", None),
    ];
    let good = process.post("ada@example.com", None);
    process
        .until(|process| process.count("sent") == 1 && process.count("failed") == 3)
        .await;
    assert!(bad.iter().all(|id| process.state(*id).0 == "failed"));
    assert_eq!(process.state(good).0, "sent");
    assert_eq!(mailbox.lock().unwrap().len(), 1);
    process.end().await;
}

#[tokio::test]
async fn a_database_that_goes_away_doubles_nothing() {
    let sink = Sink::start(Manners::default()).await;
    let process = Process::with(smtp(&sink));
    process
        .until(|process| Arc::strong_count(&process.conn) > 1)
        .await;
    sleep(Duration::from_millis(50)).await;
    // The claim works, the first mark does not.
    let away = Arc::clone(&process.away);
    let seen = Arc::clone(&sink.seen);
    let id = process.post("ada@example.com", None);
    while seen.lock().unwrap().is_empty() {
        away.store(0, Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
    away.store(1, Ordering::SeqCst);
    process.until(|process| process.state(id).0 == "sent").await;
    assert_eq!(sink.seen.lock().unwrap().len(), 1);
    process.end().await;
}

#[tokio::test]
async fn a_stop_ends_soon_and_gives_back_what_was_not_begun() {
    let sink = Sink::start(Manners {
        hangs_after_message: true,
        ..Manners::default()
    })
    .await;
    let process = Process::with(smtp(&sink));
    let mails: Vec<MailId> = (0..50)
        .map(|n| process.post(&format!("p{n}@example.com"), None))
        .collect();
    while sink.seen.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    let conn = process.end().await;
    assert!(began.elapsed() < Duration::from_secs(2));
    let conn = &mut *conn.lock().unwrap();
    let leased: i64 = table::table
        .filter(table::leased_by.is_not_null())
        .count()
        .get_result(conn)
        .unwrap();
    let untouched: i64 = table::table
        .filter(table::attempts.eq(0))
        .count()
        .get_result(conn)
        .unwrap();
    assert_eq!(leased, 0);
    assert!(untouched >= 40, "{untouched} of {}", mails.len());
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_token_and_no_whole_address_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // With only one subscriber alive, a call site first met on another test's thread would be switched off for good.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);
    let sink = Sink::start(Manners {
        recipient: Some(("refused", "550 refused@example.com is unknown")),
        ..Manners::default()
    })
    .await;
    let process = Process::with(smtp(&sink));
    process.post("ada@example.com", None);
    process.post("refused@example.com", None);
    process.post("other@example.com", Some(b"panic"));
    process
        .until(|process| process.count("sent") == 1 && process.count("failed") == 2)
        .await;
    process.end().await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("mail sent")
            && text.contains("a…@example.com")
            && text.contains("r…@example.com"),
        "{text}"
    );
    assert!(
        !text.contains(TOKEN) && !text.contains("ada@") && !text.contains("refused@"),
        "{text}"
    );
}

/// Not a test but a measurement: `cargo test --lib mail::tests::worker::mails_a_second -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn mails_a_second() {
    let sink = Sink::start(Manners::default()).await;
    let process = Process::with(Transport::smtp(&sink.url()).unwrap());
    const COUNT: i64 = 5_000;
    {
        let conn = &mut *process.conn.lock().unwrap();
        for n in 0..COUNT {
            let id = MailId::new();
            let sealed = id
                .uuid()
                .as_bytes()
                .iter()
                .copied()
                .chain(TOKEN.bytes())
                .collect();
            let new = NewMail {
                id,
                account: None,
                link: None,
                reader: None,
                recipient: format!("p{n}@example.com"),
                letter: welcome(),
                sealed_token: Some(sealed),
                message_id: head().message_id(id),
                due_at: noon(),
                created_at: noon(),
            };
            enqueue(conn, new).unwrap();
        }
    }
    process.signal.notify_one();
    let began = Instant::now();
    while process.count("sent") < COUNT {
        sleep(Duration::from_millis(20)).await;
        assert!(began.elapsed() < Duration::from_secs(60));
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{COUNT} mails in {seconds:.2} s: {:.0} a second",
        f64::from(5_000) / seconds
    );
    process.end().await;
}
