//! The links that somebody was sent into an account, with what became of their mail.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{links, outbox};
use crate::db::types::{AccountId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::REMINDER;

/// A link into an account with what became of its mail, as the history of a person's invitations tells it.
#[derive(Clone, Debug, Queryable)]
pub struct Sent {
    /// What it is for, as stored.
    pub purpose: String,
    /// When it was made.
    pub created_at: Ts,
    /// Its last moment.
    pub expires_at: Ts,
    /// When it was used.
    pub used_at: Option<Ts>,
    /// When a newer one took its place.
    pub superseded_at: Option<Ts>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Ts>,
    /// The manager who sent it; none: the person asked for it.
    pub sent_by: Option<UserId>,
    /// `queued`, `sent`, `failed` or `dropped`.
    pub mail_state: Option<String>,
    /// What the mail server said last.
    pub mail_error: Option<String>,
}

/// The newest links of a person into an account.
pub fn sent(conn: &mut Conn, account: AccountId, user: UserId, most: i64) -> Result<Vec<Sent>> {
    Ok(links::table
        .left_join(
            outbox::table.on(outbox::link_id
                .eq(links::id.nullable())
                .and(outbox::template.ne(REMINDER))),
        )
        .filter(links::account_id.eq(account))
        .filter(links::user_id.eq(user))
        .order((
            links::created_at.desc(),
            links::id.desc(),
            outbox::id.desc(),
        ))
        .limit(most)
        .select((
            links::purpose,
            links::created_at,
            links::expires_at,
            links::used_at,
            links::superseded_at,
            links::withdrawn_at,
            links::sent_by,
            outbox::state.nullable(),
            outbox::last_error.nullable(),
        ))
        .load(conn)?)
}
