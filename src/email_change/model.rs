//! Rows of changes, and how each stands.

use diesel::prelude::*;

use crate::auth::token::TokenHash;
use crate::db::Conn;
use crate::db::schema::{accounts, email_changes, users};
use crate::db::types::{AccountId, LinkId, Ts, UserId};
use crate::error::Result;

/// Which mailbox a link came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The new address: it confirms.
    New,
    /// The old one: it agrees, stops, takes back.
    Old,
}

/// A change whose link somebody holds.
#[derive(Clone, Debug, Queryable)]
pub struct Stored {
    /// Its id; public name of the link to the new address.
    pub id: LinkId,
    /// Public name of the link to the old address.
    pub undo_id: LinkId,
    /// Whose address it is.
    pub user: UserId,
    /// The account whose manager began it.
    pub account: Option<AccountId>,
    /// Its name.
    pub account_name: Option<String>,
    /// Who began it.
    pub started_by: UserId,
    /// The address before.
    pub old_email: String,
    /// Folded.
    pub old_key: String,
    /// The address that is wanted.
    pub new_email: String,
    /// Folded.
    pub new_key: String,
    /// When it was begun.
    pub created_at: Ts,
    /// Until when it can be confirmed.
    pub confirm_until: Ts,
    /// Until when it can be taken back.
    pub undo_until: Ts,
    /// When the old address agreed.
    pub agreed_at: Option<Ts>,
    /// When the new address confirmed.
    pub confirmed_at: Option<Ts>,
    /// When it ended otherwise.
    pub ended_at: Option<Ts>,
    /// How.
    pub ending: Option<String>,
    /// When it was refused, since whoever began it might not begin it any more.
    pub refused_at: Option<Ts>,
}

/// Why a link does nothing (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// There never was one.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was confirmed before.
    Confirmed,
    /// It was stopped from the old address.
    Stopped,
    /// It was taken back from the old address.
    Undone,
    /// Another change was begun after it.
    Overtaken,
    /// The new address has a login of its own.
    Taken,
    /// Whoever began it took it back.
    Withdrawn,
    /// Whoever began it for the person might not begin it any more when it was to be made.
    Refused,
}

impl Stored {
    /// Why the link of this side does nothing; none while it does.
    pub fn over_for(&self, side: Side, now: Ts) -> Option<Over> {
        if self.ended_at.is_some() {
            return Some(match self.ending.as_deref() {
                Some("stopped") => Over::Stopped,
                Some("undone") => Over::Undone,
                Some("overtaken") => Over::Overtaken,
                Some("taken") => Over::Taken,
                _ if self.refused_at.is_some() => Over::Refused,
                _ => Over::Withdrawn,
            });
        }
        match (side, self.confirmed_at) {
            (Side::New, Some(_)) => Some(Over::Confirmed),
            (Side::New, None) | (Side::Old, None) if self.confirm_until <= now => {
                Some(Over::Expired)
            }
            (Side::Old, Some(_)) if self.undo_until <= now => Some(Over::Expired),
            _ => None,
        }
    }

    /// Public name of this side's link.
    pub fn link(&self, side: Side) -> LinkId {
        match side {
            Side::New => self.id,
            Side::Old => self.undo_id,
        }
    }
}

/// The change that this token of this side belongs to, however it stands. Opening consumes nothing.
pub fn open(conn: &mut Conn, side: Side, token: &str) -> Result<Option<Stored>> {
    let hash = TokenHash::of(token).to_vec();
    let mut query = email_changes::table
        .left_join(accounts::table)
        .select((
            email_changes::id,
            email_changes::undo_id,
            email_changes::user_id,
            email_changes::account_id,
            accounts::name.nullable(),
            email_changes::started_by,
            email_changes::old_email,
            email_changes::old_key,
            email_changes::new_email,
            email_changes::new_key,
            email_changes::created_at,
            email_changes::confirm_until,
            email_changes::undo_until,
            email_changes::agreed_at,
            email_changes::confirmed_at,
            email_changes::ended_at,
            email_changes::ending,
            email_changes::refused_at,
        ))
        .into_boxed::<crate::db::MultiBackend>();
    query = match side {
        Side::New => query.filter(email_changes::confirm_hash.eq(hash)),
        Side::Old => query.filter(
            email_changes::undo_hash
                .eq(hash.clone())
                .or(email_changes::told_hash.eq(hash)),
        ),
    };
    Ok(query.first(conn).optional()?)
}

/// Ends a change; false when it had ended before.
pub(super) fn end(conn: &mut Conn, id: LinkId, how: &str, now: Ts) -> Result<bool> {
    let alive = email_changes::table
        .filter(email_changes::id.eq(id))
        .filter(email_changes::ended_at.is_null());
    Ok(diesel::update(alive)
        .set((
            email_changes::ended_at.eq(Some(now)),
            email_changes::ending.eq(Some(how)),
        ))
        .execute(conn)?
        == 1)
}

/// Ends what of a person's has not been confirmed yet; how many there were.
pub(super) fn end_waiting(conn: &mut Conn, user: UserId, how: &str, now: Ts) -> Result<usize> {
    let waiting = email_changes::table
        .filter(email_changes::user_id.eq(user))
        .filter(email_changes::confirmed_at.is_null())
        .filter(email_changes::ended_at.is_null());
    Ok(diesel::update(waiting)
        .set((
            email_changes::ended_at.eq(Some(now)),
            email_changes::ending.eq(Some(how)),
        ))
        .execute(conn)?)
}

/// A person as far as a change is about them.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Login {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub email_key: String,
    pub home: Option<AccountId>,
}

impl Login {
    pub(super) fn chain(&self) -> AccountId {
        self.home.unwrap_or(crate::audit::INSTALLATION)
    }
}

pub(super) fn login(conn: &mut Conn, user: UserId) -> Result<Login> {
    Ok(users::table
        .filter(users::id.eq(user))
        .select((
            users::first_name,
            users::last_name,
            users::email,
            users::email_key,
            users::home_account_id,
        ))
        .first(conn)?)
}

/// Somebody else whose address it is.
pub(super) fn other(conn: &mut Conn, key: &str, user: UserId) -> Result<Option<UserId>> {
    Ok(users::table
        .filter(users::email_key.eq(key))
        .filter(users::id.ne(user))
        .select(users::id)
        .first(conn)
        .optional()?)
}

/// Stores the address that one signs in with from now on, proven just now; every list shows it, no link that was mailed
/// to the one before works, and a lock of the one before has no meaning any more.
pub(super) fn store(
    conn: &mut Conn,
    user: UserId,
    (email, key): (&str, &str),
    now: Ts,
) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(user)))
        .set((
            users::email.eq(email),
            users::email_key.eq(key),
            users::verified_at.eq(Some(now)),
            users::version.eq(users::version + 1),
        ))
        .execute(conn)?;
    crate::welcome::end_all(conn, user, now)?;
    crate::sessions::clear(conn, user, now)?;
    Ok(())
}

/// Throws away changes that nobody can take back any more, a week after; how many there were.
pub fn purge(conn: &mut Conn, now: Ts, most: i64) -> Result<usize> {
    let over: Vec<LinkId> = email_changes::table
        .filter(email_changes::undo_until.le(now.plus(-super::UNDO)))
        .limit(most)
        .select(email_changes::id)
        .load(conn)?;
    Ok(
        diesel::delete(email_changes::table.filter(email_changes::id.eq_any(over)))
            .execute(conn)?,
    )
}
