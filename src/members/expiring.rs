//! The end of roles whose time is over. They open nothing any more from their end on (rule 4); what follows is the row,
//! and that the log says *expired* and not *taken away*. And before it, the notice to whoever holds such a role.

use diesel::prelude::*;
use serde_json::json;

use super::model::{Condition, Held, by_grants};
use super::naming::name_own;
use crate::access::custom;
use crate::access::place::Account;
use crate::app::App;
use crate::audit::{self, Action, Event, Target};
use crate::db::schema::{accounts, custom_roles, grants};
use crate::db::types::{AccountId, GrantId, MailId, OrganizationId, ProjectId, Ts, UserId};
use crate::db::{Conn, lease};
use crate::error::Result;
use crate::mail::templates::{Lasting, Letter};
use crate::web::urls;
use crate::welcome;

/// The job's row among the leases, and how long one that has gone silent keeps the others waiting.
const LEASE: (&str, chrono::Duration) = ("roles", chrono::Duration::seconds(30));
/// Roles in one transaction, of each kind: it stays below 50 ms.
pub const AT_ONCE: i64 = 50;

type Row = (
    GrantId,
    AccountId,
    UserId,
    (String, Option<custom::Row>),
    String,
    Option<OrganizationId>,
    Option<ProjectId>,
    Option<Ts>,
);

/// Takes away those of these grants that have ended, and writes each down.
pub(super) fn expire(conn: &mut Conn, these: &[GrantId], now: Ts) -> Result<()> {
    let rows: Vec<Row> = grants::table
        .left_join(custom_roles::table.on(custom_roles::id.nullable().eq(grants::custom_role_id)))
        .filter(grants::id.eq_any(these))
        .filter(grants::ends_at.le(now))
        .select((
            grants::id,
            grants::account_id,
            grants::user_id,
            (grants::role, custom::COLUMNS.nullable()),
            grants::scope,
            grants::organization_id,
            grants::project_id,
            grants::ends_at,
        ))
        .load(conn)?;
    let ended: Vec<GrantId> = rows.iter().map(|row| row.0).collect();
    super::storing::remove(conn, &ended)?;
    for (_, account, user, role, scope, organization, project, ended_at) in rows {
        let (role, own) = role;
        let mut details = json!({ "role": role, "scope": scope, "ended_at": ended_at });
        name_own(&mut details, &custom::of_grant(&role, own));
        let event = Event::new(account, Action::RoleExpired, now)
            .on(Target::user(user))
            .in_organization(organization)
            .in_project(project)
            .details(details);
        audit::record(conn, &event)?;
    }
    Ok(())
}

/// Whether any role is over, or anybody is to be told of an end: an idle installation writes nothing.
pub fn due(conn: &mut Conn, now: Ts) -> Result<bool> {
    let over: Option<GrantId> = grants::table
        .filter(grants::ends_at.is_not_null())
        .filter(grants::ends_at.le(now))
        .select(grants::id)
        .first(conn)
        .optional()?;
    if over.is_some() {
        return Ok(true);
    }
    let near: Option<GrantId> = grants::table
        .filter(grants::notice_at.is_not_null())
        .filter(grants::notice_at.le(now))
        .select(grants::id)
        .first(conn)
        .optional()?;
    Ok(near.is_some())
}

/// Writes down the end of roles that are over, and tells of those that will be, the oldest first; how many, of the
/// larger of both. One process at a time does it. The last Owner is never among them: an ownership with an end counts
/// for nothing (rule 14), and none is given.
pub fn tend(conn: &mut Conn, app: &App, now: Ts) -> Result<i64> {
    if !lease::hold(conn, LEASE, app.instance(), now)? {
        return Ok(0);
    }
    let over: Vec<GrantId> = grants::table
        .filter(grants::ends_at.is_not_null())
        .filter(grants::ends_at.le(now))
        .order(grants::ends_at.asc())
        .limit(AT_ONCE)
        .select(grants::id)
        .load(conn)?;
    if !over.is_empty() {
        expire(conn, &over, now)?;
    }
    let near: Vec<(GrantId, AccountId, UserId)> = grants::table
        .filter(grants::notice_at.is_not_null())
        .filter(grants::notice_at.le(now))
        .order(grants::notice_at.asc())
        .limit(AT_ONCE)
        .select((grants::id, grants::account_id, grants::user_id))
        .load(conn)?;
    let told: Vec<GrantId> = near.iter().map(|row| row.0).collect();
    diesel::update(grants::table.filter(grants::id.eq_any(&told)))
        .set(grants::notice_at.eq(None::<Ts>))
        .execute(conn)?;
    for (grant, account, user) in near {
        announce(conn, app, (grant, account, user), now)?;
    }
    let most = over.len().max(told.len());
    Ok(i64::try_from(most).unwrap_or(i64::MAX))
}

/// Tells whoever holds a role that it will end, where they are active.
fn announce(
    conn: &mut Conn,
    app: &App,
    (grant, account, user): (GrantId, AccountId, UserId),
    now: Ts,
) -> Result<()> {
    let account: Account = accounts::table
        .filter(accounts::id.eq(account))
        .select(Account::columns())
        .first(conn)?;
    let held = by_grants(conn, account.id, &[user])?;
    // Where the place is closed nothing ends that anybody has, and nobody could let it last longer.
    let mut held = held.into_iter();
    let held = held.find(|held| held.grant == grant && held.condition == Condition::Open);
    let Some((held, ends_at)) = held.and_then(|held| Some((held.clone(), held.ends_at?))) else {
        return Ok(());
    };
    let letter = |person: String| {
        Letter::RoleEnding(Lasting {
            account: (&account).into(),
            person,
            who: None,
            role: held.role.label().to_owned(),
            place: place(&held, &account),
            ends_at,
            path: urls::more_time(grant),
        })
    };
    welcome::tell(
        conn,
        app,
        (&account, now),
        &[user],
        &letter,
        &[MailId::new()],
    )?;
    Ok(())
}

/// "Dock 4 in North", "Acme".
pub(super) fn place(held: &Held, account: &Account) -> String {
    match (&held.place, &held.within) {
        (Some(place), Some(within)) => format!("{place} in {within}"),
        (Some(place), None) => place.clone(),
        (None, _) => account.name.clone(),
    }
}
