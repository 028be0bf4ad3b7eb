//! Who holds a role on the whole account: whom to ask, and whom to tell.

use diesel::prelude::*;

use super::model::Status;
use crate::access::give::key_to_give;
use crate::access::permission::Key;
use crate::access::role::{Builtin, Role};
use crate::db::Conn;
use crate::db::schema::{grants, memberships, users};
use crate::db::types::{AccountId, Ts, UserId};
use crate::error::Result;

/// How many are told of something that concerns the account.
const TOLD: i64 = 10;
/// How many are named whom one may ask.
const NAMED: usize = 3;
/// As many are looked up: somebody may hold two roles, and two may have one name.
const LOOKED_UP: i64 = 9;

/// Whom to ask when a gate refused: up to three people who manage users in the whole account.
pub fn who_can_help(conn: &mut Conn, account: AccountId, now: Ts) -> Result<Vec<String>> {
    let roles = [Builtin::Owner, Builtin::Admin, Builtin::UserManagement];
    who_hold(conn, account, &roles, now)
}

/// The same without whoever asks, where it takes somebody else.
pub fn who_else_can_help(
    conn: &mut Conn,
    (account, me): (AccountId, UserId),
    now: Ts,
) -> Result<Vec<String>> {
    let roles = [Builtin::Owner, Builtin::Admin, Builtin::UserManagement];
    but(conn, (account, &[me]), &roles, now)
}

/// Whom to ask about a role that somebody else has to give or take: only people whose own role lets them, and neither who
/// asks nor who it is about, since nobody does it to themselves.
pub fn who_decides(
    conn: &mut Conn,
    (account, apart): (AccountId, &[UserId]),
    role: &Role,
    now: Ts,
) -> Result<Vec<String>> {
    let roles: &[Builtin] = match key_to_give(role) {
        Some(Key::OwnershipTransfer) => &[Builtin::Owner],
        Some(Key::UsersManage) if role.custom_id().is_none() => {
            &[Builtin::Owner, Builtin::Admin, Builtin::UserManagement]
        }
        _ => &[Builtin::Owner, Builtin::Admin],
    };
    but(conn, (account, apart), roles, now)
}

/// Up to three who hold one of these roles, without these people.
fn but(
    conn: &mut Conn,
    (account, apart): (AccountId, &[UserId]),
    roles: &[Builtin],
    now: Ts,
) -> Result<Vec<String>> {
    let mut found = first(conn, account, (roles, LOOKED_UP), now)?;
    found.retain(|(_, id, _)| !apart.contains(id));
    Ok(named(found))
}

/// Active people who hold one of these roles on the whole account now, by name: ten at most.
pub fn holders(
    conn: &mut Conn,
    account: AccountId,
    roles: &[Builtin],
    now: Ts,
) -> Result<Vec<UserId>> {
    let found = first(conn, account, (roles, TOLD), now)?;
    Ok(found.into_iter().map(|(_, id, _)| id).collect())
}

/// Up to three active people by name who hold one of these roles on the whole account now.
pub fn who_hold(
    conn: &mut Conn,
    account: AccountId,
    roles: &[Builtin],
    now: Ts,
) -> Result<Vec<String>> {
    Ok(named(first(conn, account, (roles, LOOKED_UP), now)?))
}

/// The first few names, each once.
fn named(found: Vec<(String, UserId, String)>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, _, name) in found {
        if !names.contains(&name) && names.len() < NAMED {
            names.push(name);
        }
    }
    names
}

/// The first of them by name, each once: what they are sorted by, who they are, and their name. One range of an index
/// for each role: together they would be looked for among all who hold any role on the account, thousands perhaps.
fn first(
    conn: &mut Conn,
    account: AccountId,
    (roles, most): (&[Builtin], i64),
    now: Ts,
) -> Result<Vec<(String, UserId, String)>> {
    let mut found = Vec::new();
    for role in roles {
        let rows: Vec<(String, UserId, String, String)> = grants::table
            .inner_join(
                memberships::table.on(memberships::user_id
                    .eq(grants::user_id)
                    .and(memberships::account_id.eq(grants::account_id))),
            )
            .inner_join(users::table.on(users::id.eq(grants::user_id)))
            .filter(grants::account_id.eq(account))
            .filter(grants::scope_id.eq(account))
            .filter(grants::role.eq(role.key()))
            .filter(memberships::status.eq(Status::Active.as_str()))
            .filter(grants::starts_at.is_null().or(grants::starts_at.le(now)))
            .filter(grants::ends_at.is_null().or(grants::ends_at.gt(now)))
            .order((grants::sort_key.asc(), grants::user_id.asc()))
            .limit(most)
            .select((
                grants::sort_key,
                users::id,
                users::first_name,
                users::last_name,
            ))
            .load(conn)?;
        let named = |(key, id, first, last)| (key, id, format!("{first} {last}"));
        found.extend(rows.into_iter().map(named));
    }
    found.sort();
    found.dedup();
    found.truncate(usize::try_from(most).unwrap_or_default());
    Ok(found)
}
