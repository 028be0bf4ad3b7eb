//! A link as whoever manages people sees it: its state, its mail, and the token to copy.

use diesel::prelude::*;

use crate::auth::seal::Sealer;
use crate::db::Conn;
use crate::db::schema::{links, outbox};
use crate::db::types::{AccountId, LinkId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::REMINDER;

/// A link as the manager's page shows it.
#[derive(Clone, Debug, Queryable)]
pub struct Managed {
    /// Its id.
    pub id: LinkId,
    /// What it is for, as stored.
    pub purpose: String,
    /// When it was made.
    pub created_at: Ts,
    /// Its last moment.
    pub expires_at: Ts,
    /// When it was used.
    pub used_at: Option<Ts>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Ts>,
    /// The token to copy, sealed under the link's id, while its mail is on its way.
    pub copy_sealed: Option<Vec<u8>>,
    /// How many were sent so far, this one included.
    pub sends: i64,
    /// When a manager last sent one.
    pub managed_at: Ts,
    /// The manager who sent this one; none when the person asked for it.
    pub sent_by: Option<UserId>,
    /// The address it was mailed to.
    pub email: String,
    /// When a newer one was asked for.
    pub asked_at: Option<Ts>,
    /// `queued`, `sent`, `failed` or `dropped`.
    pub mail_state: Option<String>,
    /// What the mail server said last.
    pub mail_error: Option<String>,
}

impl Managed {
    /// The token to copy, while it is kept: for whoever sent the link and for nobody else, so that it is known who let
    /// in whoever comes by it (S15).
    pub fn copied(&self, sealer: &Sealer, by: UserId) -> Option<String> {
        if self.sent_by != Some(by) {
            return None;
        }
        unsealed(sealer, self.id, self.copy_sealed.as_deref()?)
    }

    /// Whether it still works.
    pub fn is_live(&self, now: Ts) -> bool {
        self.used_at.is_none() && self.withdrawn_at.is_none() && self.expires_at > now
    }
}

pub(super) fn unsealed(sealer: &Sealer, link: LinkId, sealed: &[u8]) -> Option<String> {
    let plain = sealer.open(link.uuid().as_bytes(), sealed)?;
    String::from_utf8(plain).ok()
}

/// The newest link of a person into an account, with the state of its mail.
pub fn newest(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Option<Managed>> {
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
        .select((
            links::id,
            links::purpose,
            links::created_at,
            links::expires_at,
            links::used_at,
            links::withdrawn_at,
            links::copy_sealed,
            links::sends,
            links::managed_at,
            links::sent_by,
            links::email,
            links::asked_at,
            outbox::state.nullable(),
            outbox::last_error.nullable(),
        ))
        .first(conn)
        .optional()?)
}
