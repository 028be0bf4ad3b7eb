//! What somebody has turned off: asked where a notice is queued, and changed by them alone.

use diesel::prelude::*;
use serde_json::json;

use super::Kind;
use super::token::Stop;
use crate::access::gate::SignedInScope;
use crate::access::place::Account;
use crate::access::visit::Visit;
use crate::audit::{self, Action, Actor, Event, Target};
use crate::db::schema::{accounts, memberships, notices_off, users};
use crate::db::types::{AccountId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::{Error, Result};
use crate::members::Status;
use crate::on_each;
use crate::web::naming::looks_like_slug;

/// Whether a notice goes out at all: unless the account's switch silences everything, or this person this kind.
pub fn goes(conn: &mut Conn, stop: &Stop) -> QueryResult<bool> {
    let off = notices_off::account_id
        .eq(accounts::id)
        .and(notices_off::user_id.eq(stop.person))
        .and(notices_off::kind.eq(stop.kind.key()));
    let found: Option<(bool, Option<String>)> = accounts::table
        .left_join(notices_off::table.on(off))
        .filter(accounts::id.eq(stop.account))
        .select((accounts::notifications, notices_off::kind.nullable()))
        .first(conn)
        .optional()?;
    Ok(found.is_some_and(|(sends, off)| sends && off.is_none()))
}

/// Those of these people who have turned a kind off in an account: for whoever is told beforehand who will get a mail.
pub fn unwilling(
    conn: &mut Conn,
    (account, kind): (AccountId, Kind),
    people: &[UserId],
) -> Result<Vec<UserId>> {
    Ok(notices_off::table
        .filter(notices_off::account_id.eq(account))
        .filter(among(notices_off::user_id, people))
        .filter(notices_off::kind.eq(kind.key()))
        .select(notices_off::user_id)
        .load(conn)?)
}

/// What a person has turned off in these accounts. Of a kind that this version does not know nothing is said.
pub(super) fn turned_off(
    conn: &mut Conn,
    person: UserId,
    these: &[AccountId],
) -> Result<Vec<(AccountId, Kind)>> {
    let rows: Vec<(AccountId, String)> = notices_off::table
        .filter(among(notices_off::account_id, these))
        .filter(notices_off::user_id.eq(person))
        .select((notices_off::account_id, notices_off::kind))
        .load(conn)?;
    let known = |(account, kind): (AccountId, String)| Some((account, Kind::parse(&kind)?));
    Ok(rows.into_iter().filter_map(known).collect())
}

/// What a person has turned off in one account, in the order of the page.
pub(super) fn off_in(conn: &mut Conn, account: AccountId, person: UserId) -> Result<Vec<Kind>> {
    let rows = turned_off(conn, person, &[account])?;
    let is_off = |kind: &Kind| rows.iter().any(|(_, off)| off == kind);
    Ok(Kind::ALL.into_iter().filter(is_off).collect())
}

/// The account of this name, if one is active there.
///
/// # Errors
/// Not found, for everybody else.
pub(super) fn one_of_mine(conn: &mut Conn, scope: &SignedInScope, slug: &str) -> Result<Account> {
    if !looks_like_slug(slug) {
        return Err(Error::NotFound);
    }
    Ok(memberships::table
        .inner_join(accounts::table)
        .filter(memberships::user_id.eq(scope.person().id))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .filter(accounts::slug.eq(slug))
        .select(Account::columns())
        .first(conn)?)
}

/// The account and the person of a link.
///
/// # Errors
/// Not found, when either is gone.
pub(super) fn parties(conn: &mut Conn, stop: &Stop) -> Result<(Account, Reader)> {
    let account = accounts::table
        .filter(accounts::id.eq(stop.account))
        .select(Account::columns())
        .first(conn)?;
    Ok((account, reader(conn, stop.person)?))
}

/// Somebody who gets notices.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Reader {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
}

fn reader(conn: &mut Conn, id: UserId) -> Result<Reader> {
    Ok(users::table
        .filter(users::id.eq(id))
        .select((users::first_name, users::last_name, users::email))
        .first(conn)?)
}

/// Where a choice was made.
#[derive(Clone, Copy)]
pub(super) struct Choosing<'a> {
    pub visit: &'a Visit,
    pub now: Ts,
    /// By the link of a mail, which nobody has to be signed in for.
    pub by_mail: bool,
}

/// From now on exactly these kinds are off. Says whether that changed anything. A frozen account is no hindrance: nobody
/// has to get mails because of somebody's bill.
pub(super) fn choose(
    conn: &mut Conn,
    (account, person): (AccountId, UserId),
    off: &[Kind],
    on: &Choosing<'_>,
) -> Result<bool> {
    let was = off_in(conn, account, person)?;
    let gone: Vec<&str> = keys(&was, off);
    let come: Vec<&str> = keys(off, &was);
    if gone.is_empty() && come.is_empty() {
        return Ok(false);
    }
    let back = notices_off::table
        .filter(notices_off::account_id.eq(account))
        .filter(notices_off::user_id.eq(person))
        .filter(notices_off::kind.eq_any(&gone));
    diesel::delete(back).execute(conn)?;
    for kind in &come {
        let row = (
            notices_off::account_id.eq(account),
            notices_off::user_id.eq(person),
            notices_off::kind.eq(*kind),
            notices_off::since.eq(on.now),
        );
        let insert = diesel::insert_into(notices_off::table).values(row);
        on_each!(conn, |c| insert.execute(c))?;
    }
    let who = reader(conn, person)?;
    let event = Event::new(account, Action::NoticesChosen, on.now)
        .by(Actor::User(person))
        .on(Target::user(person))
        .details(json!({ "off": come, "on": gone, "by_mail": on.by_mail }))
        .about(&who.first_name, &who.last_name, &who.email)
        .personal(audit::Personal {
            actor_name: Some(format!("{} {}", who.first_name, who.last_name)),
            ..audit::Personal::default()
        })
        .at_visit(on.visit);
    audit::record(conn, &event)?;
    Ok(true)
}

/// The keys of those of `these` that are not among `others`.
fn keys(these: &[Kind], others: &[Kind]) -> Vec<&'static str> {
    let only = these.iter().filter(|kind| !others.contains(kind));
    only.map(|kind| kind.key()).collect()
}
