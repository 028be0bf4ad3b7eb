//! What people are called in an account: by what was typed there until they come in (S1, S16), whatever their login says.

use diesel::prelude::*;
use std::collections::BTreeMap;

use crate::audit;
use crate::db::schema::{memberships, users};
use crate::db::types::{AccountId, UserId};
use crate::db::{Conn, among};
use crate::error::Result;

/// Called by account and person.
pub type Called = BTreeMap<(AccountId, UserId), String>;

/// Called of these people as this account knows them. Whoever is unknown there is left out.
pub fn names(
    conn: &mut Conn,
    account: AccountId,
    ids: Vec<UserId>,
) -> Result<Vec<(UserId, String)>> {
    let pairs = ids.into_iter().map(|id| (account, id)).collect();
    let found = names_in(conn, pairs)?;
    Ok(found
        .into_iter()
        .map(|((_, id), name)| (id, name))
        .collect())
}

/// The same of several accounts. Whoever is there no more is called as the newest of its audit events about them has it,
/// and an operator as their login: two statements besides, and only then.
pub fn names_in(conn: &mut Conn, mut pairs: Vec<(AccountId, UserId)>) -> Result<Called> {
    pairs.sort_unstable();
    pairs.dedup();
    let mut found = Called::new();
    for part in [members, operators, gone] {
        let missing: Vec<_> = pairs
            .iter()
            .filter(|pair| !found.contains_key(pair))
            .copied()
            .collect();
        if missing.is_empty() {
            break;
        }
        let named = part(conn, &missing)?;
        found.extend(named.into_iter().filter(|(pair, _)| missing.contains(pair)));
    }
    Ok(found)
}

fn apart(pairs: &[(AccountId, UserId)]) -> (Vec<AccountId>, Vec<UserId>) {
    let mut accounts: Vec<AccountId> = pairs.iter().map(|(account, _)| *account).collect();
    accounts.dedup();
    (accounts, pairs.iter().map(|(_, user)| *user).collect())
}

fn members(conn: &mut Conn, pairs: &[(AccountId, UserId)]) -> Result<Called> {
    let (accounts, people) = apart(pairs);
    let rows: Vec<(AccountId, UserId, String, String)> = memberships::table
        .filter(among(memberships::user_id, &people))
        .filter(memberships::account_id.eq_any(accounts))
        .select((
            memberships::account_id,
            memberships::user_id,
            memberships::first_name,
            memberships::last_name,
        ))
        .load(conn)?;
    let named = |(account, user, first, last)| ((account, user), format!("{first} {last}"));
    Ok(rows.into_iter().map(named).collect())
}

fn operators(conn: &mut Conn, pairs: &[(AccountId, UserId)]) -> Result<Called> {
    let (_, people) = apart(pairs);
    let rows: Vec<(UserId, String, String)> = users::table
        .filter(among(users::id, &people))
        .filter(users::operator.eq(true))
        .select((users::id, users::first_name, users::last_name))
        .load(conn)?;
    let mut all = Called::new();
    for (account, user) in pairs {
        if let Some((_, first, last)) = rows.iter().find(|(id, ..)| id == user) {
            all.insert((*account, *user), format!("{first} {last}"));
        }
    }
    Ok(all)
}

fn gone(conn: &mut Conn, pairs: &[(AccountId, UserId)]) -> Result<Called> {
    let (accounts, people) = apart(pairs);
    let rows = audit::called(conn, &accounts, &people)?;
    // The newest is the first.
    let mut all = Called::new();
    for (account, user, name) in rows {
        all.entry((account, user)).or_insert(name);
    }
    Ok(all)
}
