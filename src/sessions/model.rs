//! Rows of sessions, and the one decision about a sign-in.
//!
//! An attempt is: one read (the same statements for every kind of address), one hash (a dummy's, where there is
//! nothing to verify), one write (the same shape). What the page answers depends on the outcome alone.

use diesel::prelude::*;
use serde_json::json;

use super::browsers::know;
use super::chain::chain;
use super::completing::{Joined, complete};
use super::locks::{self, Budget, Counter};
use crate::access::gate::{OpenScope, SigningIn};
use crate::access::visit::Visit;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event};
use crate::db::schema::{accounts, known_devices, memberships, sessions, users};
use crate::db::types::{AccountId, BrowserId, SessionId, Ts, UserId};
use crate::db::{Conn, fixed};
use crate::error::{Error, Result};
use crate::members::Status;
use crate::on_each;

/// What an address comes to, before the password is looked at.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The stored hash, if there is one.
    pub hash: Option<String>,
}

/// Looks an address up. A client over its budget of failures is turned away here, before any work (429).
pub fn present(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<SigningIn>,
    email_key: &str,
) -> Result<Presented> {
    let now = scope.now();
    if let Some(until) =
        locks::is_over_budget(conn, app, Budget::Failures(scope.visit().address()), now)?
    {
        let seconds = (until.utc() - now.utc()).num_seconds().clamp(1, 86_400);
        return Err(Error::TooMany {
            retry_after: u32::try_from(seconds).unwrap_or(600),
        });
    }
    let hash: Option<Option<String>> = users::table
        .filter(users::email_key.eq(email_key))
        .select(users::password_hash)
        .first(conn)
        .optional()?;
    Ok(Presented {
        hash: hash.flatten(),
    })
}

/// The counter that this browser counts on: its own, where the person has signed in before in it and it has failed
/// less than the limit; the address's otherwise.
pub(super) fn which_counter(
    conn: &mut Conn,
    app: &App,
    (visit, now): (&Visit, Ts),
    email_key: &str,
    user: Option<UserId>,
) -> Result<(Vec<u8>, Counter)> {
    let device = visit.device().unwrap_or(BrowserId::nil());
    let known: i64 = known_devices::table
        .filter(known_devices::id.eq(device))
        .filter(known_devices::user_id.eq(user.unwrap_or(UserId::nil())))
        .count()
        .get_result(conn)?;
    let own = locks::lock_key(app, email_key, Some(device));
    let in_browser = locks::counter(conn, &own, now)?;
    let general = locks::lock_key(app, email_key, None);
    let of_address = locks::counter(conn, &general, now)?;
    let is_own = known > 0 && in_browser.failures < i64::from(app.config().limits.lock_after);
    Ok(if is_own {
        (own, in_browser)
    } else {
        (general, of_address)
    })
}

/// One attempt, made before the transaction.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The folded address.
    pub email_key: String,
    /// The address as typed, for the audit log.
    pub email: String,
    /// Whether the password was the right one.
    pub right: bool,
    /// The stored hash that it was compared with, if there was one.
    pub compared: Option<String>,
    /// A new hash to store, when the stored one is of an old cost.
    pub rehash: Option<String>,
    /// Hash of the key of the session that a success begins.
    pub key_hash: Vec<u8>,
    /// Its public id.
    pub session: SessionId,
    /// The browser, if it turns out to be a new one for this person.
    pub device: BrowserId,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// In: this browser is known from now on.
    In {
        /// Who.
        user: UserId,
        /// Their browser.
        device: BrowserId,
        /// What was joined by this very sign-in.
        joined: Option<Joined>,
    },
    /// No: one sentence for all reasons.
    No,
    /// The password was right, but every account of the person is closed to them; their names.
    Ended(Vec<String>),
    /// Another hash is stored by now than the one that was compared: nothing was written, and it is to be compared again.
    Overtaken,
}

type UserRow = (UserId, String, String, Option<AccountId>, Option<String>);

/// Writes down what became of an attempt, whatever it was (S21), and begins the session of a good one.
pub fn decide(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<SigningIn>,
    attempt: &Attempt,
) -> Result<Outcome> {
    let now = scope.now();
    let user: Option<UserRow> = users::table
        .filter(users::email_key.eq(&attempt.email_key))
        .select((
            users::id,
            users::first_name,
            users::last_name,
            users::home_account_id,
            users::password_hash,
        ))
        .first(conn)
        .optional()?;
    // A password that was changed meanwhile has ended every session; none begins with the old one after that.
    let stored = user.as_ref().and_then(|(.., hash)| hash.as_ref());
    if attempt.right && stored != attempt.compared.as_ref() {
        return Ok(Outcome::Overtaken);
    }
    let id = user.as_ref().map(|(id, ..)| *id);
    let (key, counter) = which_counter(conn, app, (scope.visit(), now), &attempt.email_key, id)?;
    let Some((id, first, last, home, _)) =
        user.filter(|_| attempt.right && !counter.is_locked(now))
    else {
        let failure = Failure {
            email_key: &attempt.email_key,
            email: &attempt.email,
            again: false,
        };
        fail(
            conn,
            app,
            (scope.visit(), now),
            &failure,
            (&key, counter, id),
        )?;
        return Ok(Outcome::No);
    };
    locks::forget(conn, &key)?;
    let joined = complete(conn, app, scope, id, home)?;
    let (open, ended) = doors(conn, id)?;
    let chain = chain(conn, id, joined.map(|it| it.account))?;
    let event = |action| {
        Event::new(chain, action, now)
            .by(Actor::User(id))
            .on(audit::Target::user(id))
            .about(&first, &last, &attempt.email)
            .at_visit(scope.visit())
    };
    if open == 0 && !ended.is_empty() {
        audit::record(
            conn,
            &event(Action::SignInFail).details(json!({ "reason": "inactive" })),
        )?;
        return Ok(Outcome::Ended(ended));
    }
    let device = know(conn, scope.visit(), attempt, id, now)?;
    insert_session(conn, app, scope.visit(), attempt, (id, device, now))?;
    let update = diesel::update(users::table.filter(users::id.eq(id)))
        .set(users::last_sign_in_at.eq(Some(now)));
    let update = fixed(update.returning(users::id));
    let _: Vec<UserId> = on_each!(conn, |c| update.load(c))?;
    crate::members::signed_in(conn, id, now)?;
    if let Some(hash) = &attempt.rehash {
        diesel::update(users::table.filter(users::id.eq(id)))
            .set(users::password_hash.eq(Some(hash)))
            .execute(conn)?;
    }
    audit::record(conn, &event(Action::SignInOk))?;
    Ok(Outcome::In {
        user: id,
        device,
        joined,
    })
}

/// A password that was not right, or came while sign-in was locked.
pub(super) struct Failure<'a> {
    /// The folded address.
    pub email_key: &'a str,
    /// The address as typed.
    pub email: &'a str,
    /// Whether somebody who is signed in was asked once more.
    pub again: bool,
}

/// A failure: counted, written down, and where it locked, the person is mailed a way out. An unknown address gets
/// the same rows.
pub(super) fn fail(
    conn: &mut Conn,
    app: &App,
    (visit, now): (&Visit, Ts),
    failure: &Failure<'_>,
    (key, counter, user): (&[u8], Counter, Option<UserId>),
) -> Result<()> {
    locks::spend(conn, app, Budget::Failures(visit.address()), now)?;
    let was_locked = counter.is_locked(now);
    // A lock is not extended by further failures.
    let locked = !was_locked && locks::count(conn, app, (key, user), counter, now)?;
    let chain = chain(conn, user.unwrap_or(UserId::nil()), None)?;
    let reason = match (was_locked, user) {
        (true, _) => "locked",
        (false, Some(_)) => "password",
        (false, None) => "unknown",
    };
    let target = user.map_or(audit::Target::address(), audit::Target::user);
    let event = |action| {
        Event::new(chain, action, now)
            .by(Actor::Anonymous)
            .on(target)
            .personal(audit::Personal {
                email: Some(failure.email.to_owned()),
                ..Default::default()
            })
            .at_visit(visit)
    };
    let failed = if failure.again {
        Action::ProofFailed
    } else {
        Action::SignInFail
    };
    audit::record(conn, &event(failed).details(json!({ "reason": reason })))?;
    if locked {
        let unlock = crate::passwords::Wish::Unlock;
        crate::passwords::wish(conn, unlock, failure.email_key, visit, now)?;
        audit::record(conn, &event(Action::SignInLocked))?;
    }
    Ok(())
}

/// How many accounts are open to the person, and the names of those that are closed. An invitation that waits is a door,
/// too: it is answered signed in, and lets into nothing else. Not for whoever was shut out by a home that keeps its
/// people to itself (S3, rule 10).
fn doors(conn: &mut Conn, user: UserId) -> Result<(usize, Vec<String>)> {
    // Whether it is the home and exclusive is unknown of whoever has no home: then nothing keeps them in.
    let rows: Vec<(String, String, Option<bool>)> = memberships::table
        .inner_join(accounts::table)
        .inner_join(users::table)
        .filter(memberships::user_id.eq(user))
        .select((
            memberships::status,
            accounts::name,
            users::home_account_id
                .eq(accounts::id.nullable())
                .and(accounts::exclusive),
        ))
        .limit(200)
        .load(conn)?;
    let (closed, active) = (Status::Deactivated.as_str(), Status::Active.as_str());
    let kept_in = rows
        .iter()
        .any(|(status, _, keeps)| status == closed && *keeps == Some(true));
    let open = rows
        .iter()
        .filter(|(status, ..)| status == active || status != closed && !kept_in)
        .count();
    let shut = rows.into_iter().filter(|(status, ..)| status == closed);
    Ok((open, shut.map(|(_, name, _)| name).collect()))
}

fn insert_session(
    conn: &mut Conn,
    app: &App,
    visit: &Visit,
    attempt: &Attempt,
    (user, device, now): (UserId, BrowserId, Ts),
) -> Result<()> {
    let limits = &app.config().limits;
    if let Some(old) = visit.session() {
        diesel::delete(sessions::table.filter(sessions::key_hash.eq(old))).execute(conn)?;
    }
    let over: Vec<SessionId> = sessions::table
        .filter(sessions::user_id.eq(user))
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .offset(i64::from(limits.sessions_per_user.saturating_sub(1)))
        .limit(1000)
        .select(sessions::id)
        .load(conn)?;
    if !over.is_empty() {
        diesel::delete(sessions::table.filter(sessions::id.eq_any(over))).execute(conn)?;
    }
    diesel::insert_into(sessions::table)
        .values((
            sessions::key_hash.eq(&attempt.key_hash),
            sessions::id.eq(attempt.session),
            sessions::user_id.eq(user),
            sessions::device_id.eq(Some(device)),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::expires_at.eq(now.plus(locks::span(limits.session_length))),
            sessions::user_agent.eq(visit.user_agent()),
            sessions::address.eq(visit.address()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Begins the session of somebody who has proven themselves otherwise: by claiming a fresh installation.
pub fn begin(
    conn: &mut Conn,
    app: &App,
    visit: &Visit,
    (user, attempt): (UserId, &Attempt),
    now: Ts,
) -> Result<BrowserId> {
    let device = know(conn, visit, attempt, user, now)?;
    insert_session(conn, app, visit, attempt, (user, device, now))?;
    Ok(device)
}

/// Signs out: the row is gone, the key opens nothing.
pub fn end(conn: &mut Conn, app: &App, scope: &OpenScope<SigningIn>) -> Result<()> {
    let Some((person, session)) = scope.person(conn, app)? else {
        return Ok(());
    };
    diesel::delete(sessions::table.filter(sessions::id.eq(session.id))).execute(conn)?;
    let chain = chain(conn, person.id, None)?;
    let event = Event::new(chain, Action::SignOut, scope.now())
        .by(Actor::User(person.id))
        .on(audit::Target::session(session.id))
        .at_visit(scope.visit());
    audit::record(conn, &event)?;
    Ok(())
}

/// Ends every session of a person but this one; how many there were.
pub fn end_others(conn: &mut Conn, user: UserId, this: SessionId) -> Result<usize> {
    let others = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::id.ne(this));
    Ok(diesel::delete(others).execute(conn)?)
}

/// Ends every session of a person; how many there were.
pub fn end_all(conn: &mut Conn, user: UserId) -> Result<usize> {
    Ok(diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn)?)
}

/// Writes "last seen", off the request's way: at most once in five minutes for a session (P17).
pub fn touch_later(app: &App, id: SessionId) {
    let now = app.now();
    let app = app.clone();
    actix_web::rt::spawn(async move {
        let touch = move |conn: &mut Conn| {
            let one = sessions::table.filter(sessions::id.eq(id));
            diesel::update(one)
                .set(sessions::last_seen_at.eq(now))
                .execute(conn)?;
            Ok(())
        };
        if let Err(cause) = app.db().write(touch).await {
            tracing::warn!(%cause, "last seen");
        }
    });
}
