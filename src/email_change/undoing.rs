//! What the link to the old address does: agree, stop, take back.

use diesel::prelude::*;

use super::giving_way::{self, Way};
use super::model::{self, Side};
use crate::access::gate::{OpenScope, OpeningLinks};
use crate::audit::{self, Action, Actor, Event, Personal, Target};
use crate::db::Conn;
use crate::db::schema::email_changes;
use crate::error::Result;
use crate::passwords;
use crate::sessions;

/// What the person at the old address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is right: what they are a guest of stays theirs, and what waits for them.
    Agree,
    /// It is not: stop it, or take it back.
    Stop,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Written down.
    Agreed,
    /// Nothing will change.
    Stopped,
    /// One signs in with the old address again; every session has ended.
    Undone {
        /// How many invitations of somebody else by this address have ended.
        invitations: usize,
    },
    /// Somebody else has proven by now that the old address is theirs.
    Taken,
    /// The link does nothing (any more).
    Gone,
}

/// Writes the answer down; of two at once one comes first, and the other finds it so.
pub fn answer(
    conn: &mut Conn,
    scope: &OpenScope<OpeningLinks>,
    (token, said): (&str, Answer),
) -> Result<Answered> {
    let now = scope.now();
    let Some(change) = model::open(conn, Side::Old, token)? else {
        return Ok(Answered::Gone);
    };
    if change.over_for(Side::Old, now).is_some() {
        return Ok(Answered::Gone);
    }
    let (user, login) = (change.user, model::login(conn, change.user)?);
    let (email, formerly) = match said {
        Answer::Stop if change.confirmed_at.is_some() => (&change.old_email, &login.email),
        _ => (&change.new_email, &change.old_email),
    };
    let event = |action| {
        Event::new(login.chain(), action, now)
            .by(Actor::User(user))
            .on(Target::user(user))
            .about(&login.first_name, &login.last_name, email)
            .personal(Personal {
                formerly: Some(formerly.clone()),
                ..Personal::default()
            })
            .at_visit(scope.visit())
    };
    match (said, change.confirmed_at) {
        // It has happened, and what needed the word of the old address has had its consequence.
        (Answer::Agree, Some(_)) => Ok(Answered::Gone),
        (Answer::Agree, None) => {
            if change.agreed_at.is_none() {
                let one = email_changes::table.filter(email_changes::id.eq(change.id));
                diesel::update(one)
                    .set(email_changes::agreed_at.eq(Some(now)))
                    .execute(conn)?;
                audit::record(conn, &event(Action::EmailChangeAgreed))?;
            }
            Ok(Answered::Agreed)
        }
        (Answer::Stop, None) => {
            model::end(conn, change.id, "stopped", now)?;
            audit::record(conn, &event(Action::EmailChangeStopped))?;
            Ok(Answered::Stopped)
        }
        (Answer::Stop, Some(_)) => {
            let invitations = match giving_way::free(conn, scope, (&change.old_key, user))? {
                Way::Free(invitations) => invitations,
                Way::Taken => return Ok(Answered::Taken),
            };
            // Whatever was changed after it, by whoever held the new address, goes with it.
            let later = email_changes::table
                .filter(email_changes::user_id.eq(user))
                .filter(email_changes::created_at.ge(change.created_at))
                .filter(email_changes::ended_at.is_null());
            diesel::update(later)
                .set((
                    email_changes::ended_at.eq(Some(now)),
                    email_changes::ending.eq(Some("undone")),
                ))
                .execute(conn)?;
            model::store(conn, user, (&change.old_email, &change.old_key), now)?;
            // The password may be known to whoever held the new address: they chose it since, or knew it before.
            if passwords::forget(conn, user)? {
                let reset = passwords::Wish::Reset;
                passwords::wish(conn, reset, &change.old_key, scope.visit(), now)?;
            }
            sessions::end_all(conn, user)?;
            sessions::forget_browsers(conn, user)?;
            audit::record(conn, &event(Action::EmailChangeUndone))?;
            Ok(Answered::Undone { invitations })
        }
    }
}
