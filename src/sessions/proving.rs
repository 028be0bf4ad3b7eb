//! A fresh proof: a dangerous act asks for the password again when it was last given too long ago (rule 25).
//!
//! The form of such an act has a field for the password whenever the proof is old ([`is_needed`]). Its handler calls
//! [`bring`] before the transaction, where the hash is worked out, [`prove`] inside it, and [`Brought::keep`] after
//! it: a good proof renews the session's key. What was typed besides is never lost; the act goes on with the same
//! click.

use actix_web::HttpRequest;
use diesel::prelude::*;

use super::chain::chain;
use super::locks::{self, Budget};
use super::model::{Failure, fail, which_counter};
use crate::access::door::Door;
use crate::access::scope::Acting;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event};
use crate::auth::{password, session, token::Token};
use crate::db::Conn;
use crate::db::schema::{sessions, users};
use crate::db::types::{Ts, UserId};
use crate::error::{Error, Result};
use crate::web::form::Form;

/// The field of the password, in every form that may ask for it.
pub const FIELD: &str = "password";

/// What came with the form to prove who is there.
#[derive(Debug)]
pub struct Brought {
    proof: Presented,
    key: Token,
}

/// The part of it that goes into the transaction.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Whether the password is the right one; none when nothing was typed.
    right: Option<bool>,
    /// The stored hash that it was compared with, if there was one.
    compared: Option<String>,
    /// Hash of the session's next key.
    key_hash: Vec<u8>,
}

/// Who is there is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// When.
    pub at: Ts,
    /// By what: `password` just now, or the `session`, whose own proof is young enough.
    pub method: &'static str,
}

/// What [`prove`] came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proven {
    /// Go on.
    Yes(Proof),
    /// Ask for the password, with this beside the field.
    Ask(&'static str),
}

/// Whether a form has to ask for the password.
pub fn is_needed(app: &App, scope: &impl Acting) -> bool {
    !scope.session().is_fresh(app, scope.now())
}

/// Takes the password out of the form and works out whether it is right, in the pool that hashes. One read behind
/// the same door as the act; nothing is decided yet.
///
/// # Errors
/// Those of the door, too many failures from this client, or a hash that nobody has time for.
pub async fn bring<D>(app: &App, door: D, form: &Form) -> Result<Brought>
where
    D: Door,
    D::Scope: Acting,
{
    let key = Token::new();
    let typed = form.text(FIELD)?;
    let (right, compared) = if typed.is_empty() {
        (None, None)
    } else {
        let inner = app.clone();
        let stored = app
            .read_before_write(door, move |conn, scope| stored(conn, &inner, scope))
            .await?;
        let readable = typed.len() <= password::MAX_BYTES;
        let tried = if readable { typed } else { String::new() };
        let right = app.hasher().verify(tried, stored.clone()).await? && readable;
        (Some(right), stored)
    };
    let key_hash = session::hash_of(&key.text());
    Ok(Brought {
        proof: Presented {
            right,
            compared,
            key_hash,
        },
        key,
    })
}

/// The person's hash. A client over its budget of failures is turned away before any work.
fn stored(conn: &mut Conn, app: &App, scope: &impl Acting) -> Result<Option<String>> {
    let failures = Budget::Failures(scope.visit().address());
    if let Some(until) = locks::is_over_budget(conn, app, failures, scope.now())? {
        let seconds = (until.utc() - scope.now().utc()).num_seconds();
        return Err(Error::TooMany {
            retry_after: u32::try_from(seconds.clamp(1, 86_400)).unwrap_or(600),
        });
    }
    Ok(users::table
        .filter(users::id.eq(scope.person().id))
        .select(users::password_hash)
        .first(conn)?)
}

impl Presented {
    /// Whether a password was typed, and it is the right one. Nothing is decided by it: a lock has its word, too.
    pub fn is_right(&self) -> bool {
        self.right == Some(true)
    }
}

impl Brought {
    /// The part that goes into the transaction; a re-run sees the same.
    pub fn presented(&self) -> Presented {
        self.proof.clone()
    }

    /// Hands the browser the session's new key, once the transaction has stored it.
    ///
    /// # Errors
    /// A failure of ours.
    pub fn keep(&self, request: &HttpRequest, proof: Option<&Proof>) -> Result<()> {
        match proof {
            Some(proof) if proof.method == PASSWORD => session::begin(request, &self.key),
            _ => Ok(()),
        }
    }
}

const PASSWORD: &str = "password";
pub(crate) const MISSING: &str = "Enter your password";
const WRONG: &str = "This password is not right";
const CHANGED: &str = "Your password was changed meanwhile. Enter it again";
const LOCKED: &str =
    "Your sign-in is locked after too many wrong passwords. A mail to end the lock is on its way";

/// Looks at the proof inside the transaction of the act. A failure is counted like one at the sign-in page, so that
/// whoever finds a browser open cannot guess here; it is to be committed (S21). A success renews the session's key.
///
/// # Errors
/// Those of the database.
pub fn prove(
    conn: &mut Conn,
    app: &App,
    scope: &impl Acting,
    presented: &Presented,
) -> Result<Proven> {
    let (now, session) = (scope.now(), scope.session());
    let Some(right) = presented.right else {
        return Ok(if session.is_fresh(app, now) {
            let at = session.proven_at;
            let method = "session";
            Proven::Yes(Proof { at, method })
        } else {
            Proven::Ask(MISSING)
        });
    };
    let id = scope.person().id;
    type Row = (String, String, Option<String>);
    let (email, email_key, stored): Row = users::table
        .filter(users::id.eq(id))
        .select((users::email, users::email_key, users::password_hash))
        .first(conn)?;
    if right && stored != presented.compared {
        return Ok(Proven::Ask(CHANGED));
    }
    let visit = scope.visit();
    let (key, counter) = which_counter(conn, app, (visit, now), &email_key, Some(id))?;
    if !right || counter.is_locked(now) {
        let was_locked = counter.is_locked(now);
        let failure = Failure {
            email_key: &email_key,
            email: &email,
            again: true,
        };
        fail(conn, app, (visit, now), &failure, (&key, counter, Some(id)))?;
        return Ok(Proven::Ask(if was_locked { LOCKED } else { WRONG }));
    }
    locks::forget(conn, &key)?;
    renew(conn, scope, presented)?;
    let event = Event::new(chain(conn, id, None)?, Action::ProofOk, now)
        .by(Actor::User(id))
        .on(audit::Target::session(session.id))
        .at_visit(visit);
    audit::record(conn, &event)?;
    Ok(Proven::Yes(Proof {
        at: now,
        method: PASSWORD,
    }))
}

/// The session goes on under another key; whoever had the old one is out.
fn renew(conn: &mut Conn, scope: &impl Acting, presented: &Presented) -> Result<()> {
    let (session, user): (_, UserId) = (scope.session().id, scope.person().id);
    let changed = diesel::update(
        sessions::table
            .filter(sessions::id.eq(session))
            .filter(sessions::user_id.eq(user)),
    )
    .set((
        sessions::key_hash.eq(&presented.key_hash),
        sessions::proven_at.eq(Some(scope.now())),
    ))
    .execute(conn)?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::internal("the session of a proof is gone"))
    }
}
