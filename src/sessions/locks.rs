//! Counters of failures. A counter belongs to a folded address, known or not, or in a known browser to that address
//! in that browser: so strangers can lock neither the person's own browser nor learn who exists (S19).

use diesel::prelude::*;

use crate::app::App;
use crate::auth::client;
use crate::db::Conn;
use crate::db::schema::{budgets, lock_counters, users};
use crate::db::types::{BrowserId, Ts, UserId};
use crate::error::Result;

/// The counter's key: an HMAC, so that the table holds no addresses.
pub(super) fn lock_key(app: &App, email_key: &str, device: Option<BrowserId>) -> Vec<u8> {
    let about = match device {
        None => format!("a{email_key}"),
        Some(device) => format!("b{device}{email_key}"),
    };
    app.secret().mac("lock counters", about.as_bytes()).to_vec()
}

/// A counter as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counter {
    pub failures: i64,
    pub locked_until: Option<Ts>,
}

impl Counter {
    pub(super) fn is_locked(&self, now: Ts) -> bool {
        self.locked_until.is_some_and(|until| until > now)
    }
}

pub(super) fn counter(conn: &mut Conn, key: &[u8], now: Ts) -> Result<Counter> {
    let row: Option<(i64, Option<Ts>)> = lock_counters::table
        .filter(lock_counters::key.eq(key))
        .select((lock_counters::failures, lock_counters::locked_until))
        .first(conn)
        .optional()?;
    Ok(match row {
        // The counter restarts when the lock ends.
        Some((_, Some(until))) if until <= now => Counter::default(),
        Some((failures, locked_until)) => Counter {
            failures,
            locked_until,
        },
        None => Counter::default(),
    })
}

/// Counts one more failure; true when this one locked.
pub(super) fn count(
    conn: &mut Conn,
    app: &App,
    (key, user): (&[u8], Option<UserId>),
    before: Counter,
    now: Ts,
) -> Result<bool> {
    let limits = &app.config().limits;
    let failures = before.failures.saturating_add(1);
    let locks = failures >= i64::from(limits.lock_after);
    let locked_until = locks.then(|| now.plus(span(limits.lock_length)));
    let row = (
        lock_counters::user_id.eq(user),
        lock_counters::failures.eq(failures),
        lock_counters::last_failure_at.eq(now),
        lock_counters::locked_until.eq(locked_until),
    );
    if diesel::update(lock_counters::table.filter(lock_counters::key.eq(key)))
        .set(row)
        .execute(conn)?
        == 0
    {
        diesel::insert_into(lock_counters::table)
            .values((
                lock_counters::key.eq(key),
                lock_counters::user_id.eq(user),
                lock_counters::failures.eq(failures),
                lock_counters::last_failure_at.eq(now),
                lock_counters::locked_until.eq(locked_until),
            ))
            .execute(conn)?;
    }
    // The same statement for an unknown address: it finds nobody.
    let shown = user.unwrap_or(UserId::nil());
    let latest = lock_counters::table
        .filter(lock_counters::user_id.eq(shown))
        .filter(lock_counters::locked_until.gt(now))
        .order(lock_counters::locked_until.desc())
        .limit(1)
        .select(lock_counters::locked_until)
        .single_value();
    // A lock of another counter stands: the person is shown as locked, and has the ways out, until the last one has ended.
    diesel::update(users::table.filter(users::id.eq(shown)))
        .set(users::locked_until.eq(latest))
        .execute(conn)?;
    Ok(locks)
}

/// A setting's duration, as times are counted with.
pub(crate) fn span(time: std::time::Duration) -> chrono::Duration {
    chrono::Duration::from_std(time).unwrap_or(chrono::Duration::MAX)
}

/// After a success the counter restarts. It was not locked, so that the person is as locked as before: in other browsers.
pub(super) fn forget(conn: &mut Conn, key: &[u8]) -> Result<()> {
    diesel::delete(lock_counters::table.filter(lock_counters::key.eq(key))).execute(conn)?;
    Ok(())
}

/// Ends every lock of a person: by the mailed link, a manager, an operator, or a completed reset. True when there
/// was one.
pub fn clear(conn: &mut Conn, user: UserId, now: Ts) -> Result<bool> {
    let locked: Option<Option<Ts>> = users::table
        .filter(users::id.eq(user))
        .select(users::locked_until)
        .first(conn)
        .optional()?;
    let counters = lock_counters::table.filter(lock_counters::user_id.eq(user));
    let standing = counters.filter(lock_counters::locked_until.gt(now));
    let stands: bool = diesel::select(diesel::dsl::exists(standing)).get_result(conn)?;
    diesel::delete(counters).execute(conn)?;
    diesel::update(users::table.filter(users::id.eq(user)))
        .set(users::locked_until.eq(None::<Ts>))
        .execute(conn)?;
    Ok(stands || locked.flatten().is_some_and(|until| until > now))
}

/// Takes a lock that has ended by itself off the login, so that lists of who is locked stay short; how many there were.
pub fn forget_ended(conn: &mut Conn, now: Ts, most: i64) -> Result<usize> {
    let ended: Vec<UserId> = users::table
        .filter(users::locked_until.le(now))
        .limit(most)
        .select(users::id)
        .load(conn)?;
    diesel::update(users::table.filter(users::id.eq_any(&ended)))
        .set(users::locked_until.eq(None::<Ts>))
        .execute(conn)?;
    Ok(ended.len())
}

/// What a window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget<'a> {
    /// Failed sign-ins of one client.
    Failures(&'a str),
    /// Mails that strangers cause to one address.
    MailsTo(&'a str),
    /// Mails that one client causes.
    MailsFrom(&'a str),
    /// New links for the invitations of one address, in a minute.
    LinksInAMinute(&'a str),
    /// And in a day.
    LinksInADay(&'a str),
    /// Locks that somebody has ended by vouching.
    VouchesBy(UserId),
    /// Locks of somebody that were ended so.
    VouchesFor(UserId),
}

/// New links that a person gets in a day for asking, for each invitation.
pub const LINKS: i64 = 5;

/// How often somebody vouches, and is vouched for, in a day.
pub const VOUCHES: i64 = 3;

impl Budget<'_> {
    fn key(self, app: &App) -> Vec<u8> {
        let about = match self {
            Self::Failures(client) => format!("f{}", network(client)),
            Self::MailsTo(email_key) => format!("t{email_key}"),
            Self::MailsFrom(client) => format!("m{}", network(client)),
            Self::LinksInAMinute(email_key) => format!("l{email_key}"),
            Self::LinksInADay(email_key) => format!("d{email_key}"),
            Self::VouchesBy(user) => format!("v{user}"),
            Self::VouchesFor(user) => format!("w{user}"),
        };
        app.secret().mac("budgets", about.as_bytes()).to_vec()
    }

    fn most(self, app: &App) -> (i64, chrono::Duration) {
        let limits = &app.config().limits;
        match self {
            Self::Failures(_) => (
                i64::from(limits.address_failures),
                span(limits.address_window),
            ),
            Self::MailsTo(_) => (
                i64::from(limits.mails_per_address),
                chrono::Duration::hours(1),
            ),
            Self::MailsFrom(_) => (
                i64::from(limits.mails_per_client),
                chrono::Duration::hours(1),
            ),
            Self::LinksInAMinute(_) => (1, chrono::Duration::minutes(1)),
            Self::LinksInADay(_) => (LINKS, chrono::Duration::hours(24)),
            Self::VouchesBy(_) | Self::VouchesFor(_) => (VOUCHES, chrono::Duration::hours(24)),
        }
    }
}

/// One customer's network: whoever has one address of it has all.
fn network(address: &str) -> String {
    address.parse().map_or_else(
        |_| address.to_owned(),
        |address| client::network(address).to_string(),
    )
}

/// Until when the budget is used up, if it is.
pub fn is_over_budget(
    conn: &mut Conn,
    app: &App,
    budget: Budget<'_>,
    now: Ts,
) -> Result<Option<Ts>> {
    let row: Option<(i64, Ts)> = budgets::table
        .filter(budgets::key.eq(budget.key(app)))
        .filter(budgets::resets_at.gt(now))
        .select((budgets::used, budgets::resets_at))
        .first(conn)
        .optional()?;
    let (most, _) = budget.most(app);
    Ok(row
        .filter(|(used, _)| *used >= most)
        .map(|(_, resets_at)| resets_at))
}

/// Takes one from the budget; false when it was used up already.
pub fn spend(conn: &mut Conn, app: &App, budget: Budget<'_>, now: Ts) -> Result<bool> {
    let key = budget.key(app);
    let (most, window) = budget.most(app);
    let row: Option<(i64, Ts)> = budgets::table
        .filter(budgets::key.eq(&key))
        .select((budgets::used, budgets::resets_at))
        .first(conn)
        .optional()?;
    let (used, resets_at, known) = match row {
        Some((used, resets_at)) if resets_at > now => (used, resets_at, true),
        Some(_) => (0, now.plus(window), true),
        None => (0, now.plus(window), false),
    };
    let used = used.saturating_add(1);
    let row = (budgets::used.eq(used), budgets::resets_at.eq(resets_at));
    if known {
        diesel::update(budgets::table.filter(budgets::key.eq(&key)))
            .set(row)
            .execute(conn)?;
    } else {
        diesel::insert_into(budgets::table)
            .values((budgets::key.eq(&key), row.0, row.1))
            .execute(conn)?;
    }
    Ok(used <= most)
}
