//! Giving back what was taken: the one door for roles that return by an Undo (beyond H). The very grants come back, with
//! their ids, givers and times, so that none of what is asked of a new role is asked of them again, but for what would
//! make of the return something that nobody has given.

use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use super::giving::columns;
use super::handed::unproven;
use super::model::Held;
use super::since::changed;
use super::storing::{self, Row, Said};
use crate::access::gate::Demand;
use crate::access::give::key_to_give;
use crate::access::grant::Scoped;
use crate::access::place::Place;
use crate::access::refusal::Refusal;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::schema::{email_changes, group_organizations, memberships};
use crate::db::types::{AccountId, OrganizationId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::Result;
use crate::organizations;

/// A role that comes back, as it was held.
#[derive(Debug)]
pub(super) struct Return {
    /// The grant.
    pub(super) held: Held,
    /// How far it [reached](reached) when it went.
    pub(super) reached: Option<String>,
    /// What was said about its end.
    pub(super) said: Option<Said>,
}

/// How far a role reaches that nobody gives directly, as a short text; none: it does not matter. A change of the tree or of
/// a group asks about those who hold such a role at that moment (S11). Where it is away then and comes back afterwards, it
/// would reach what nobody has approved (rule 18). Whoever takes another role, and brings it back, could give it.
pub(super) fn reached(
    conn: &mut Conn,
    account: AccountId,
    (role, scope): (&Role, &Scoped),
) -> Result<Option<String>> {
    if key_to_give(role).is_some() {
        return Ok(None);
    }
    let mut all: Vec<OrganizationId> = match *scope {
        Scoped::Group(id) => group_organizations::table
            .filter(group_organizations::account_id.eq(account))
            .filter(group_organizations::group_id.eq(id))
            .select(group_organizations::organization_id)
            .load(conn)?,
        Scoped::Organization { id, below: true } => {
            organizations::with_descendants(conn, vec![id])?
        }
        _ => return Ok(None),
    };
    all.sort_unstable();
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    Ok(Some(format!("{:x}", Sha256::digest(all.join(" ")))))
}

/// Gives these roles back; `at` is when they were taken. Their people are in the account again by now.
///
/// # Errors
/// A conflict: somebody's login has another address since, and nobody at the old one agreed, or a role that is given on
/// request would reach other organizations than it did. The gate "role": it lets do much, and somebody came in by a link
/// that was handed over (S15).
pub(super) fn give_back<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (at, all): (Ts, &[Return]),
) -> Result<()> {
    let account = scope.account().id;
    let mut people: Vec<UserId> = all.iter().map(|one| one.held.user).collect();
    people.sort_unstable();
    people.dedup();
    if people.is_empty() {
        return Ok(());
    }
    if changed_hands(conn, &people, at)? {
        return Err(changed());
    }
    let mut of_a_kind: BTreeMap<(&Role, Scoped), Vec<UserId>> = BTreeMap::new();
    for one in all {
        let held = &one.held;
        if reached(conn, account, (&held.role, &held.scope))? != one.reached {
            return Err(changed());
        }
        let alike = of_a_kind.entry((&held.role, held.scope)).or_default();
        alike.push(held.user);
    }
    for ((role, place), people) in of_a_kind {
        let given = (role, &place, people.as_slice());
        let unproven = unproven(conn, app, account, given, scope.now())?;
        if let Some((_, why)) = unproven.into_iter().next() {
            return Err(Refusal::new("role", why).to(scope));
        }
    }
    let keys: Vec<(UserId, String)> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(among(memberships::user_id, &people))
        .select((memberships::user_id, memberships::sort_key))
        .load(conn)?;
    let keys: BTreeMap<UserId, String> = keys.into_iter().collect();
    for one in all {
        let sort_key = keys.get(&one.held.user).ok_or_else(changed)?;
        insert(conn, (account, sort_key), &one.held)?;
        if let Some(said) = one.said {
            storing::say_again(conn, one.held.grant, said)?;
        }
    }
    Ok(())
}

/// Whether a manager gave one of these logins another mailbox since, and nobody at the old one agreed: whoever reads it
/// comes to no role by somebody else's Undo (rule 17).
fn changed_hands(conn: &mut Conn, people: &[UserId], since: Ts) -> Result<bool> {
    let changes: i64 = email_changes::table
        .filter(among(email_changes::user_id, people))
        .filter(email_changes::confirmed_at.ge(since))
        .filter(email_changes::account_id.is_not_null())
        .filter(email_changes::agreed_at.is_null())
        .count()
        .get_result(conn)?;
    Ok(changes > 0)
}

fn insert(conn: &mut Conn, (account, sort_key): (AccountId, &str), held: &Held) -> Result<()> {
    let (group, organization, project, scope_id) = columns(account, &held.scope);
    let row = Row {
        id: held.grant,
        account,
        user: held.user,
        role: &held.role,
        scope: held.scope.level().as_str(),
        scope_id,
        group,
        organization,
        project,
        below: held.is_below(),
        starts_at: held.starts_at,
        ends_at: held.ends_at,
        sort_key,
        given_by: held.given_by,
    };
    storing::insert(conn, &row, held.given_at)
}
