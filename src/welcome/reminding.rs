//! One reminder of a link into an account, a day before it ends (mail 3).
//!
//! The link stays the one that it is. Its token is known to nobody any more once its mail is out, so the reminder carries
//! a key of its own to the same link; whichever is used first uses the link up.

use diesel::prelude::*;

use super::model::Purpose;
use crate::access::place::Account;
use crate::app::App;
use crate::auth::token::Token;
use crate::db::Conn;
use crate::db::schema::{accounts, links, memberships, outbox, users};
use crate::db::types::{AccountId, LinkId, MailId, Ts};
use crate::error::Result;
use crate::mail::templates::{Letter, REMINDER, Reminder};
use crate::mail::{self, outbox as post};
use crate::members::{self, Status};
use crate::on_each;

/// How long before the link ends.
const BEFORE: chrono::Duration = chrono::Duration::hours(24);
/// How many links one transaction looks at.
pub const REMINDED_AT_ONCE: usize = 50;

/// When to remind of a link that ends then; none where it does not live that long from now on.
pub(super) fn remind_at(expires_at: Ts, now: Ts) -> Option<Ts> {
    Some(expires_at.plus(-BEFORE)).filter(|at| *at > now)
}

/// Links that are due.
fn due(conn: &mut Conn, now: Ts, most: i64) -> Result<Vec<LinkId>> {
    Ok(links::table
        .filter(links::remind_at.is_not_null())
        .filter(links::remind_at.le(now))
        .order(links::remind_at.asc())
        .limit(most)
        .select(links::id)
        .load(conn)?)
}

/// Whether there is any link to remind of: an idle installation writes nothing.
pub fn is_any_to_remind(conn: &mut Conn, now: Ts) -> Result<bool> {
    Ok(!due(conn, now, 1)?.is_empty())
}

/// Reminds of some; how many links were looked at. Each is taken by exactly one instance, and once.
pub fn remind(conn: &mut Conn, app: &App, now: Ts) -> Result<usize> {
    let most = i64::try_from(REMINDED_AT_ONCE).unwrap_or(i64::MAX);
    let found = due(conn, now, most)?;
    for link in &found {
        let waiting = links::table
            .filter(links::id.eq(link))
            .filter(links::remind_at.is_not_null());
        let taken = diesel::update(waiting)
            .set(links::remind_at.eq(None::<Ts>))
            .execute(conn)?;
        if taken == 1
            && let Some(waits) = waits(conn, *link, now)?
        {
            send(conn, app, &waits, now)?;
        }
    }
    Ok(found.len())
}

/// A link that still waits to be used, and for whom.
#[derive(Debug, Queryable)]
struct Waits {
    link: LinkId,
    purpose: String,
    email: String,
    first_name: String,
    home: Option<AccountId>,
    account: Account,
}

/// The link, if it still works, its person is still invited, and its mail has gone out: whom it has never reached there
/// is nothing to remind of.
fn waits(conn: &mut Conn, link: LinkId, now: Ts) -> Result<Option<Waits>> {
    let query = links::table
        .inner_join(users::table)
        .inner_join(accounts::table)
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(links::user_id)
                .and(memberships::account_id.nullable().eq(links::account_id))),
        )
        .inner_join(
            outbox::table.on(outbox::link_id
                .eq(links::id.nullable())
                .and(outbox::template.ne(REMINDER))),
        )
        .filter(links::id.eq(link))
        .filter(links::used_at.is_null())
        .filter(links::superseded_at.is_null())
        .filter(links::withdrawn_at.is_null())
        .filter(links::expires_at.gt(now))
        .filter(memberships::status.eq(Status::Invited.as_str()))
        .filter(outbox::state.eq("sent"))
        .select((
            links::id,
            links::purpose,
            links::email,
            memberships::first_name,
            users::home_account_id,
            Account::columns(),
        ));
    let found: Option<Waits> = on_each!(conn, |c| query.first(c).optional())?;
    let Some(waits) = found else { return Ok(None) };
    let elsewhere = waits.home.filter(|home| *home != waits.account.id);
    // Whose home keeps its people to itself has no link that works (S16).
    Ok((!members::is_exclusive(conn, elsewhere)?).then_some(waits))
}

fn send(conn: &mut Conn, app: &App, waits: &Waits, now: Ts) -> Result<()> {
    // Made inside: a re-run makes others, and nothing outside has seen them.
    let (id, token) = (MailId::new(), Token::new());
    diesel::update(links::table.filter(links::id.eq(waits.link)))
        .set(links::reminder_hash.eq(Some(token.hash().to_vec())))
        .execute(conn)?;
    let elsewhere = waits.home.is_some_and(|home| home != waits.account.id);
    let mail = post::NewMail {
        id,
        account: Some(waits.account.id),
        link: Some(waits.link),
        reader: None,
        recipient: waits.email.clone(),
        letter: Letter::Reminder(Reminder {
            account: (&waits.account).into(),
            person: waits.first_name.clone(),
            sets_password: waits.purpose == Purpose::Welcome.as_str() && !elsewhere,
        }),
        sealed_token: Some(
            app.sealer()
                .seal(id.uuid().as_bytes(), token.text().as_bytes()),
        ),
        message_id: mail::letterhead(app.config()).message_id(id),
        due_at: now,
        created_at: now,
    };
    post::enqueue(conn, mail)?;
    Ok(())
}
