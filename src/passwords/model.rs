//! New passwords, and the end of locks by a mailed link.

use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::{OpenScope, OpeningLinks, SignedInScope};
use crate::access::visit::Visit;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event};
use crate::db::Conn;
use crate::db::schema::{known_devices, users};
use crate::db::types::{MailId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{Happened, Letter, Origin};
use crate::mail::{self, outbox};
use crate::sessions;
use crate::sessions::proving::{self, Presented, Proof, Proven, prove};
use crate::welcome::{self, Opened};

/// Sets a new password by a reset link: once. Ends every session and lock, makes every browser strange, and tells
/// the person. False when the link was taken meanwhile.
pub fn reset(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<OpeningLinks>,
    (link, hash): (&Opened, &str),
    mail: MailId,
) -> Result<bool> {
    let now = scope.now();
    if !welcome::consume(conn, link.id, now)? {
        return Ok(false);
    }
    set(conn, link.user, hash, now)?;
    verified(conn, link.user, now)?;
    crate::members::settle_home(conn, link.user, now)?;
    let ended = sessions::end_all(conn, link.user)?;
    sessions::clear(conn, link.user, now)?;
    let chain = sessions::chain(conn, link.user, None)?;
    let event = Event::new(chain, Action::PasswordResetDone, now)
        .by(Actor::User(link.user))
        .on(audit::Target::user(link.user))
        .details(json!({ "sessions_ended": ended }))
        .at_visit(scope.visit());
    audit::record(conn, &event)?;
    let to = (link.email.as_str(), link.first_name.as_str());
    tell(conn, app, (to, scope.visit()), (mail, now))?;
    Ok(true)
}

/// What became of a change of one's own password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is another one; so many other sessions have ended.
    Done(usize),
    /// The password of now is asked for, with this beside the field.
    Ask(&'static str),
}

/// Sets another password for oneself, proven by the one of now, however young the session's own proof is. Ends every other
/// session and every link to reset it, makes every browser strange, and tells the person.
pub fn change(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    (presented, hash, mail): (&Presented, Option<&str>, MailId),
) -> Result<(Changed, Option<Proof>)> {
    let (now, user) = (scope.now(), scope.person().id);
    let proof = match prove(conn, app, scope, presented)? {
        Proven::Ask(why) => return Ok((Changed::Ask(why), None)),
        Proven::Yes(proof) => proof,
    };
    let Some(hash) = hash.filter(|_| presented.is_right()) else {
        return Ok((Changed::Ask(proving::MISSING), Some(proof)));
    };
    set(conn, user, hash, now)?;
    welcome::end_resets(conn, user, now)?;
    let ended = sessions::end_others(conn, user, scope.session().id)?;
    let (first_name, last_name, email): (String, String, String) = users::table
        .filter(users::id.eq(user))
        .select((users::first_name, users::last_name, users::email))
        .first(conn)?;
    let chain = sessions::chain(conn, user, None)?;
    let event = Event::new(chain, Action::PasswordChanged, now)
        .by(Actor::User(user))
        .on(audit::Target::user(user))
        .about(&first_name, &last_name, &email)
        .details(json!({ "sessions_ended": ended }))
        .at_visit(scope.visit());
    audit::record(conn, &event)?;
    tell(
        conn,
        app,
        ((&email, &first_name), scope.visit()),
        (mail, now),
    )?;
    Ok((Changed::Done(ended), Some(proof)))
}

/// The notice that the password is another one (mail 8).
fn tell(
    conn: &mut Conn,
    app: &App,
    ((email, first_name), visit): ((&str, &str), &Visit),
    (id, now): (MailId, Ts),
) -> Result<()> {
    let from = Origin {
        browser: crate::web::browser::words(visit.user_agent()),
        ip: visit.address().to_owned(),
    };
    let notice = outbox::NewMail {
        id,
        account: None,
        link: None,
        reader: None,
        recipient: email.to_owned(),
        letter: Letter::PasswordChanged(Happened {
            person: first_name.to_owned(),
            at: now,
            from,
        }),
        sealed_token: None,
        message_id: mail::letterhead(app.config()).message_id(id),
        due_at: now,
        created_at: now,
    };
    outbox::enqueue(conn, notice)?;
    Ok(())
}

/// The stored hash, if there is one.
pub fn hash_of(conn: &mut Conn, user: UserId) -> Result<Option<String>> {
    Ok(users::table
        .filter(users::id.eq(user))
        .select(users::password_hash)
        .first(conn)?)
}

/// Stores a password; browsers that were known before it are strange after it (S19).
pub fn set(conn: &mut Conn, user: UserId, hash: &str, now: Ts) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(user)))
        .set((
            users::password_hash.eq(Some(hash)),
            users::password_set_at.eq(Some(now)),
            users::version.eq(users::version + 1),
        ))
        .execute(conn)?;
    diesel::delete(known_devices::table.filter(known_devices::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// Makes the password void; true when there was one. A link sets another.
pub fn forget(conn: &mut Conn, user: UserId) -> Result<bool> {
    let known = users::table
        .filter(users::id.eq(user))
        .filter(users::password_hash.is_not_null());
    let gone = diesel::update(known).set((
        users::password_hash.eq(None::<String>),
        users::version.eq(users::version + 1),
    ));
    Ok(gone.execute(conn)? > 0)
}

/// Notes that the address was proven, if it was not before.
pub fn verified(conn: &mut Conn, user: UserId, now: Ts) -> Result<()> {
    diesel::update(
        users::table
            .filter(users::id.eq(user))
            .filter(users::verified_at.is_null()),
    )
    .set(users::verified_at.eq(Some(now)))
    .execute(conn)?;
    Ok(())
}

/// Ends the lock by the mailed link: may be pressed again while the link lives. True when there was a lock.
pub fn unlock(conn: &mut Conn, scope: &OpenScope<OpeningLinks>, link: &Opened) -> Result<bool> {
    let now = scope.now();
    let was_locked = sessions::clear(conn, link.user, now)?;
    if was_locked {
        let chain = sessions::chain(conn, link.user, None)?;
        let event = Event::new(chain, Action::UserUnlocked, now)
            .by(Actor::User(link.user))
            .on(audit::Target::user(link.user))
            .at_visit(scope.visit());
        audit::record(conn, &event)?;
    }
    Ok(was_locked)
}
