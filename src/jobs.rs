//! Work that no person started: sending mail, sealing audit events, throwing away what is over. Every process runs
//! these; the database decides who does what.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::access::gate::Job;
use crate::app::App;
use crate::audit;
use crate::config::Transport as Way;
use crate::db::Conn;
use crate::db::schema::{budgets, leases, lock_counters, sessions};
use crate::db::types::Ts;
use crate::error::Result;
use crate::mail::outbox::{Claim, Claimed, Outcome, Renewed, Stale};
use crate::mail::transport::Transport;
use crate::mail::worker::{self, Deps, Store};
use crate::mail::{self, outbox};
use crate::web::urls;
use crate::{members, notifications, passwords, requests, sessions as rooms, tree, users, welcome};

/// How long the sealer waits when nobody rings.
const SEAL_EVERY: Duration = Duration::from_millis(900);
/// Events sealed in one transaction: well below 50 ms.
const SEAL_AT_ONCE: i64 = 500;
/// How often what is over is thrown away.
const PURGE_EVERY: Duration = Duration::from_secs(600);
/// How often imports are looked for when nobody rings.
const IMPORT_EVERY: Duration = Duration::from_secs(5);
/// How often requests and roles that end are looked after.
const TEND_EVERY: Duration = Duration::from_secs(300);
/// Rows thrown away in one transaction.
const PURGE_AT_ONCE: i64 = 1000;

/// Starts all jobs; they end when `stop` says so, each after what it is doing.
pub fn start(app: &App, stop: &watch::Receiver<bool>) -> Result<Vec<JoinHandle<()>>, String> {
    Ok(vec![
        tokio::spawn(worker::run(mail_deps(app, transport(app)?, stop))),
        tokio::spawn(seal(app.clone(), stop.clone())),
        tokio::spawn(purge(app.clone(), stop.clone())),
        tokio::spawn(tend_requests(app.clone(), stop.clone())),
        tokio::spawn(tend_roles(app.clone(), stop.clone())),
        tokio::spawn(remind(app.clone(), stop.clone())),
        tokio::spawn(import_people(app.clone(), stop.clone())),
    ])
}

/// The way out that is configured.
fn transport(app: &App) -> Result<Transport, String> {
    match &app.config().mail.transport {
        Way::Smtp(url) => Transport::smtp(url).map_err(|e| format!("SMTP_URL: {}", e.0)),
        Way::Directory(path) => Transport::directory(path.clone())
            .map_err(|e| format!("the mail folder {} cannot be made: {e}", path.display())),
        Way::Memory => Ok(Transport::memory().0),
    }
}

/// What the mail worker works with: its two ways to the database are transactions behind the job's gate.
pub fn mail_deps(app: &App, transport: Transport, stop: &watch::Receiver<bool>) -> Deps {
    let (claiming, marking, opening, clock) = (app.clone(), app.clone(), app.clone(), app.clone());
    let stopping = app.clone();
    Deps {
        store: Store {
            claim: Box::new(move |limit| {
                let app = claiming.clone();
                Box::pin(async move { claim(&app, limit).await.map_err(|cause| cause.to_string()) })
            }),
            mark: Box::new(move |outcomes| {
                let app = marking.clone();
                Box::pin(async move {
                    mark(&app, outcomes)
                        .await
                        .map_err(|cause| cause.to_string())
                })
            }),
        },
        transport,
        head: mail::letterhead(app.config()),
        stop_notices: Box::new(move |stop| {
            urls::unsubscribe(&notifications::mint(stopping.secret(), stop))
        }),
        unseal: Box::new(move |about, sealed| opening.sealer().open(about, sealed)),
        now: Box::new(move || clock.now()),
        signal: Arc::clone(app.mail_bell()),
        stop: stop.clone(),
    }
}

/// Claims what is due. Wishes of strangers become mails first.
async fn claim(app: &App, limit: i64) -> Result<Vec<Claimed>> {
    let idle = app.clone();
    if !app
        .db()
        .read(crate::db::Cost::Bounded, move |conn| {
            waiting(conn, idle.now())
        })
        .await?
    {
        return Ok(Vec::new());
    }
    let inner = app.clone();
    let lease = chrono::Duration::from_std(worker::LEASE).unwrap_or_default();
    app.write(Job::named("mail"), move |conn, job| {
        passwords::grant_wishes(conn, &inner, job, limit)?;
        crate::sign_up::answer_some(conn, &inner, job, limit)?;
        let want = Claim {
            owner: inner.instance(),
            now: job.now(),
            lease,
            limit,
        };
        let renew = |conn: &mut Conn, stale: &Stale| renew(conn, &inner, stale);
        Ok(outbox::claim(conn, &want, &renew)?)
    })
    .await
}

/// Whether there is anything to claim: an idle installation writes nothing.
fn waiting(conn: &mut Conn, now: Ts) -> Result<bool> {
    use crate::db::schema::{mail_wishes, outbox};
    let wished: Option<crate::db::types::EventId> = mail_wishes::table
        .select(mail_wishes::id)
        .first(conn)
        .optional()?;
    if wished.is_some() || crate::sign_up::is_waiting(conn)? {
        return Ok(true);
    }
    // The state is written out, not bound: only so is the index of what waits looked into, and not every mail there is.
    let due: Option<crate::db::types::MailId> = outbox::table
        .filter(sql::<Bool>("outbox.state = 'queued'"))
        .filter(outbox::due_at.le(now))
        .select(outbox::id)
        .first(conn)
        .optional()?;
    Ok(due.is_some())
}

/// A link with too little time left gets a fresh token and a fresh life (S18). The tokens are made inside: a re-run
/// makes others, and nothing outside has seen them.
fn renew(conn: &mut Conn, app: &App, stale: &Stale) -> QueryResult<Option<Renewed>> {
    let token = crate::auth::token::Token::new();
    let expires_at = stale
        .now
        .plus(rooms::span(app.config().limits.welcome_link));
    if !welcome::renew(conn, stale.link, &token.hash(), (expires_at, stale.now))? {
        return Ok(None);
    }
    let sealed_token = app
        .sealer()
        .seal(stale.mail.uuid().as_bytes(), token.text().as_bytes());
    Ok(Some(Renewed {
        link: stale.link,
        sealed_token,
        expires_at,
    }))
}

/// Writes down what became of mails; the copied tokens of delivered links are forgotten.
async fn mark(app: &App, outcomes: Vec<Outcome>) -> Result<()> {
    let (owner, inner) = (app.instance(), app.clone());
    let in_files = matches!(app.config().mail.transport, Way::Directory(_));
    app.write(Job::named("mail"), move |conn, job| {
        let marked = outbox::mark(conn, owner, job.now(), &outcomes)?;
        welcome::came_back(conn, &inner, &marked.failed, job.now())?;
        // A file in a folder has reached nobody: the link is still to be handed over.
        if in_files {
            return Ok(());
        }
        Ok(welcome::delivered(conn, &marked.delivered)?)
    })
    .await
}

/// Waits until rung, timed out or stopped.
async fn rest(bell: &tokio::sync::Notify, stop: &mut watch::Receiver<bool>, longest: Duration) {
    tokio::select! {
        () = bell.notified() => {}
        () = tokio::time::sleep(longest) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Seals events into their chains within a second of their commit.
async fn seal(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        match seal_once(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(cause) => tracing::warn!(%cause, "the sealer rests"),
        }
        if *stop.borrow() {
            return;
        }
        rest(app.audit_bell(), &mut stop, SEAL_EVERY).await;
        // Events come in crowds: sealed together they cost a commit less each.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Seals some; true when there may be more.
pub async fn seal_once(app: &App) -> Result<bool> {
    if !app
        .db()
        .read(crate::db::Cost::Bounded, |conn| Ok(audit::unsealed(conn)?))
        .await?
    {
        return Ok(false);
    }
    let (key, owner) = (app.secret().key(audit::KEY_PURPOSE), app.instance());
    let (now, db) = (app.now(), app.db());
    let sealed = db
        .write(move |conn| Ok(audit::seal_some(conn, &key, owner, now, SEAL_AT_ONCE)?))
        .await?;
    sealed.log();
    Ok(i64::try_from(sealed.events).is_ok_and(|events| events >= SEAL_AT_ONCE))
}

/// Reminds of requests that wait, and ends those that nobody decided.
async fn tend_requests(app: App, mut stop: watch::Receiver<bool>) {
    let never = tokio::sync::Notify::new();
    while !*stop.borrow() {
        match tend_requests_once(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(cause) => tracing::warn!(%cause, "requests are not looked after"),
        }
        rest(&never, &mut stop, TEND_EVERY).await;
    }
}

/// Looks after some; true when there may be more.
pub async fn tend_requests_once(app: &App) -> Result<bool> {
    let now = app.now();
    let due = move |conn: &mut Conn| requests::due(conn, now);
    if !app.db().read(crate::db::Cost::Bounded, due).await? {
        return Ok(false);
    }
    let inner = app.clone();
    let done = app
        .write(Job::named("requests"), move |conn, job| {
            requests::tend(conn, &inner, job.now())
        })
        .await?;
    Ok(done >= requests::AT_ONCE)
}

/// Writes down roles that have ended, and tells of those that will.
async fn tend_roles(app: App, mut stop: watch::Receiver<bool>) {
    let never = tokio::sync::Notify::new();
    while !*stop.borrow() {
        match tend_roles_once(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(cause) => tracing::warn!(%cause, "roles that end are not looked after"),
        }
        rest(&never, &mut stop, TEND_EVERY).await;
    }
}

/// Looks after some; true when there may be more.
pub async fn tend_roles_once(app: &App) -> Result<bool> {
    let now = app.now();
    let due = move |conn: &mut Conn| members::due(conn, now);
    if !app.db().read(crate::db::Cost::Bounded, due).await? {
        return Ok(false);
    }
    let inner = app.clone();
    let done = app
        .write(Job::named("roles"), move |conn, job| {
            members::tend(conn, &inner, job.now())
        })
        .await?;
    Ok(done >= members::AT_ONCE)
}

/// Reminds people of links into an account that end soon.
async fn remind(app: App, mut stop: watch::Receiver<bool>) {
    let never = tokio::sync::Notify::new();
    while !*stop.borrow() {
        match remind_once(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(cause) => tracing::warn!(%cause, "nobody is reminded of links"),
        }
        rest(&never, &mut stop, TEND_EVERY).await;
    }
}

/// Reminds some; true when there may be more.
pub async fn remind_once(app: &App) -> Result<bool> {
    let now = app.now();
    let due = move |conn: &mut Conn| welcome::is_any_to_remind(conn, now);
    if !app.db().read(crate::db::Cost::Bounded, due).await? {
        return Ok(false);
    }
    let inner = app.clone();
    let done = app
        .write(Job::named("reminders"), move |conn, job| {
            welcome::remind(conn, &inner, job.now())
        })
        .await?;
    Ok(done >= welcome::REMINDED_AT_ONCE)
}

/// Carries out imports of people.
async fn import_people(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match users::importing::work(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(cause) => tracing::warn!(%cause, "imports of people rest"),
        }
        rest(app.import_bell(), &mut stop, IMPORT_EVERY).await;
    }
}

/// Throws away pages of imports whose time is over; how many rows. An idle installation writes nothing.
pub async fn purge_imports(app: &App) -> Result<i64> {
    app.write(Job::named("purge"), |conn, job| {
        users::importing::purge(conn, job.now(), PURGE_AT_ONCE)
    })
    .await
}

/// Throws away sessions, counters and windows that are over.
async fn purge(app: App, mut stop: watch::Receiver<bool>) {
    let never = tokio::sync::Notify::new();
    while !*stop.borrow() {
        let inner = app.clone();
        let purged = app
            .write(Job::named("purge"), move |conn, job| {
                purge_some(conn, &inner, job.now())
            })
            .await;
        match purged {
            Ok(most) if most >= PURGE_AT_ONCE => continue,
            Ok(_) => {}
            Err(cause) => tracing::warn!(%cause, "the purge rests"),
        }
        match purge_imports(&app).await {
            Ok(purged) if purged > 0 => continue,
            Ok(_) => {}
            Err(cause) => tracing::warn!(%cause, "the purge of imports rests"),
        }
        match purge_organizations(&app).await {
            Ok(purged) if purged > 0 => continue,
            Ok(_) => {}
            Err(cause) => tracing::warn!(%cause, "the purge of organizations rests"),
        }
        rest(&never, &mut stop, PURGE_EVERY).await;
    }
}

/// The lease of the purge of deleted organizations, and how long one that has gone silent keeps others waiting.
const ORGANIZATIONS_LEASE: (&str, chrono::Duration) =
    ("purge-organizations", chrono::Duration::seconds(60));

/// Purges the deleted organization whose time is over longest, if this instance holds the lease: one at a time, so that
/// nobody waits for long. An idle installation writes nothing.
pub async fn purge_organizations(app: &App) -> Result<usize> {
    let idle = app.clone();
    let bounded = crate::db::Cost::Bounded;
    let due = move |conn: &mut Conn| tree::is_any_over(conn, idle.now());
    if !app.db().read(bounded, due).await? {
        return Ok(0);
    }
    let owner = app.instance();
    app.write(Job::named("purge"), move |conn, job| {
        if crate::db::lease::hold(conn, ORGANIZATIONS_LEASE, owner, job.now())? {
            tree::purge_some(conn, job.now(), 1)
        } else {
            Ok(0)
        }
    })
    .await
}

/// A bounded number of each; the largest number says whether there is more.
fn purge_some(conn: &mut Conn, app: &App, now: Ts) -> Result<i64> {
    let idle = now.plus(-rooms::span(app.config().limits.session_length));
    let over: Vec<Vec<u8>> = sessions::table
        .filter(sessions::expires_at.le(now))
        .limit(PURGE_AT_ONCE)
        .select(sessions::key_hash)
        .load(conn)?;
    diesel::delete(sessions::table.filter(sessions::key_hash.eq_any(&over))).execute(conn)?;
    let windows: Vec<Vec<u8>> = budgets::table
        .filter(budgets::resets_at.le(now))
        .limit(PURGE_AT_ONCE)
        .select(budgets::key)
        .load(conn)?;
    diesel::delete(budgets::table.filter(budgets::key.eq_any(&windows))).execute(conn)?;
    let counters: Vec<Vec<u8>> = lock_counters::table
        .filter(lock_counters::last_failure_at.le(idle))
        .filter(
            lock_counters::locked_until
                .is_null()
                .or(lock_counters::locked_until.le(now)),
        )
        .limit(PURGE_AT_ONCE)
        .select(lock_counters::key)
        .load(conn)?;
    diesel::delete(lock_counters::table.filter(lock_counters::key.eq_any(&counters)))
        .execute(conn)?;
    diesel::delete(leases::table.filter(leases::until.le(idle))).execute(conn)?;
    let locks = rooms::forget_ended(conn, now, PURGE_AT_ONCE)?;
    let changes = crate::email_change::purge(conn, now, PURGE_AT_ONCE)?;
    let most = over.len().max(windows.len()).max(counters.len());
    let most = most.max(changes).max(locks);
    Ok(i64::try_from(most).unwrap_or(i64::MAX))
}
