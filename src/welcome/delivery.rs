//! What became of the links of who is invited, for a list: whether the mail went out, and whether the link was handed over.

use diesel::prelude::*;
use std::cmp::Reverse;

use crate::db::schema::{links, outbox};
use crate::db::types::{AccountId, LinkId, MailId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::Result;
use crate::mail::templates::REMINDER;

/// The newest link of somebody, and its mail.
#[derive(Clone, Debug, Queryable)]
pub struct Delivery {
    /// Whose.
    pub user: UserId,
    made: (Ts, LinkId, Option<MailId>),
    /// When its password was set.
    pub used_at: Option<Ts>,
    /// When it was last shown to be handed over.
    pub handed_at: Option<Ts>,
    /// When a newer one was asked for.
    pub asked_at: Option<Ts>,
    /// The manager who sent it; none: the person asked for it.
    pub sent_by: Option<UserId>,
    /// `queued`, `sent`, `failed` or `dropped`; none: it was not mailed.
    pub mail_state: Option<String>,
    /// What the mail server said last.
    pub mail_error: Option<String>,
}

/// What became of the newest link of each of these people into the account: one statement. Of whom no link is left that
/// was neither replaced nor withdrawn, nothing is told.
pub fn deliveries(conn: &mut Conn, account: AccountId, people: &[UserId]) -> Result<Vec<Delivery>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let mut all: Vec<Delivery> = links::table
        .left_join(
            outbox::table.on(outbox::link_id
                .eq(links::id.nullable())
                .and(outbox::template.ne(REMINDER))),
        )
        .filter(links::account_id.eq(account))
        .filter(among(links::user_id, people))
        .filter(links::superseded_at.is_null())
        .filter(links::withdrawn_at.is_null())
        .select((
            links::user_id,
            (links::created_at, links::id, outbox::id.nullable()),
            links::used_at,
            links::handed_at,
            links::asked_at,
            links::sent_by,
            outbox::state.nullable(),
            outbox::last_error.nullable(),
        ))
        .load(conn)?;
    // One or two a person: put in order here, the newest first.
    all.sort_by_key(|one| Reverse((one.user, one.made)));
    all.dedup_by_key(|one| one.user);
    Ok(all)
}

/// Notes that a link was shown to be handed over.
pub fn handed(conn: &mut Conn, link: LinkId, now: Ts) -> Result<()> {
    diesel::update(links::table.filter(links::id.eq(link)))
        .set(links::handed_at.eq(Some(now)))
        .execute(conn)?;
    Ok(())
}
