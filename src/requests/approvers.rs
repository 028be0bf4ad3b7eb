//! Who stands where: the Owners and Admins whose grants reach a scope, those who may give a role there, and the
//! operators.

use diesel::prelude::*;

use super::rule::Approver;
use crate::access::explain::reached_from;
use crate::access::give::{Actor, key_to_give};
use crate::access::grant::{Grant, Level, Scoped};
use crate::access::resolve::{self, Place};
use crate::access::role::{Builtin, Role};
use crate::access::standing::grants_of;
use crate::app::App;
use crate::db::schema::{grants, memberships, users};
use crate::db::types::{
    AccountId, GrantId, GroupId, Id, OrganizationId, ProjectId, Ts, UserId, kind,
};
use crate::db::{Conn, MultiBackend, among};
use crate::error::Result;
use crate::members::Status;

type Row = (
    (GrantId, UserId, String, bool, Option<Ts>, Option<Ts>),
    (
        Option<GroupId>,
        Option<OrganizationId>,
        Option<ProjectId>,
        String,
    ),
    (String, String, String),
);

/// The ids of every scope that could reach the place.
fn scopes(account: AccountId, place: &Place) -> Vec<Id<kind::Grant>> {
    let mut all = vec![account.uuid()];
    let (branch, project) = match place {
        Place::Account => (None, None),
        Place::Group(group) => {
            all.push(group.uuid());
            (None, None)
        }
        Place::Organization(branch) | Place::Subtree(branch) => (Some(branch), None),
        Place::Project { id, within } => (Some(within), Some(id)),
    };
    if let Some(branch) = branch {
        all.push(branch.organization.uuid());
        all.extend(branch.ancestors.iter().map(Id::uuid));
        all.extend(branch.groups.iter().map(Id::uuid));
    }
    all.extend(project.map(Id::uuid));
    all.into_iter().map(Id::from_uuid).collect()
}

/// The Owners and Admins whose current grant reaches the place, by name; only active members of the account.
pub(super) fn approvers(
    conn: &mut Conn,
    account: AccountId,
    place: &Place,
    now: Ts,
) -> Result<Vec<Approver>> {
    let roles = [Builtin::Owner.key(), Builtin::Admin.key()];
    let rows: Vec<Row> = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(grants::account_id.eq(account))
        .filter(grants::role.eq_any(roles))
        .filter(grants::scope_id.eq_any(scopes(account, place)))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select((
            (
                grants::id,
                grants::user_id,
                grants::role,
                grants::below,
                grants::starts_at,
                grants::ends_at,
            ),
            (
                grants::group_id,
                grants::organization_id,
                grants::project_id,
                grants::scope,
            ),
            (users::first_name, users::last_name, users::email),
        ))
        .load(conn)?;
    let mut all: Vec<Approver> = Vec::new();
    for row in rows {
        let Some(one) = approver(row, place, now) else {
            continue;
        };
        match all.iter_mut().find(|known| known.user == one.user) {
            Some(known) => {
                known.owner |= one.owner;
                known.admin |= one.admin;
            }
            None => all.push(one),
        }
    }
    all.sort_by(|one, other| (&one.name, one.user).cmp(&(&other.name, other.user)));
    Ok(all)
}

/// The holder of this grant, if it counts now and reaches the place.
fn approver((grant, at, who): Row, place: &Place, now: Ts) -> Option<Approver> {
    let (id, user, role, below, starts_at, ends_at) = grant;
    let (group, organization, project, level) = at;
    let role = Builtin::parse(&role)?;
    let scope = Scoped::from_columns(&level, group, organization, project, below)?;
    let grant = Grant {
        id,
        role: role.into(),
        scope,
        starts_at,
        ends_at,
        asleep: false,
    };
    if !grant.in_force(now) || resolve::reaches(&scope, place).is_none() {
        return None;
    }
    Some(named(user, who, Some(role)))
}

/// Somebody by first name, last name and address, who stands there by this role.
fn named(
    user: UserId,
    (first_name, last, email): (String, String, String),
    role: Option<Builtin>,
) -> Approver {
    Approver {
        user,
        name: format!("{first_name} {last}"),
        first_name,
        email,
        owner: role == Some(Builtin::Owner),
        admin: role == Some(Builtin::Admin),
    }
}

/// Something that would be given: a role, where, to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gift<'a> {
    pub account: AccountId,
    /// Where the grant would stand.
    pub place: &'a Place,
    pub role: &'a Role,
    pub person: UserId,
}

/// Those who are asked stand as near as there are so many.
const ENOUGH: usize = 3;
/// As many are asked at most.
const MOST: usize = 10;
/// As many of one role at one scope are looked at.
const AT_EACH: i64 = 10;

/// Whether this person could give it now, by the rule that decides giving (rule 17). That they are an active member is
/// asked elsewhere: of who acts by the gate, of others where they are looked up.
pub(super) fn may_give(
    conn: &mut Conn,
    app: &App,
    gift: &Gift<'_>,
    who: UserId,
    now: Ts,
) -> Result<bool> {
    let grants = grants_of(conn, gift.account, who)?;
    let here = resolve::resolve(app.roles(), &grants, gift.place, now);
    let actor = Actor {
        user: who,
        here: &here,
        roles: app.roles(),
    };
    Ok(actor.may_give(gift.role, gift.person).is_ok())
}

/// The scopes that reach a place, the nearest first. The groups that an organization is in are as near as each other, and
/// looked at together: there may be dozens.
fn by_nearness(place: &Place) -> Vec<Vec<Scoped>> {
    let mut all: Vec<Vec<Scoped>> = Vec::new();
    for scope in reached_from(place).into_iter().rev() {
        let is_group = |scope: &Scoped| matches!(scope, Scoped::Group(_));
        match all.last_mut() {
            Some(groups) if is_group(&scope) && groups.iter().all(is_group) => groups.push(scope),
            _ => all.push(vec![scope]),
        }
    }
    all
}

/// Whom to ask for a role that is given directly: the nearest of those who may give it, these apart. Those on the place
/// itself come first, and from further out only as long as there are fewer than [`ENOUGH`]; each is a range of an index.
/// An Owner stands on the account and may give any such role, so that somebody is found unless all of them are concerned.
pub(super) fn givers(
    conn: &mut Conn,
    app: &App,
    gift: &Gift<'_>,
    apart: &[UserId],
    now: Ts,
) -> Result<Vec<Approver>> {
    let mut all: Vec<Approver> = Vec::new();
    let Some(key) = key_to_give(gift.role) else {
        return Ok(all);
    };
    for scopes in by_nearness(gift.place) {
        let table = app.roles();
        let level = scopes.first().map_or(Level::Account, Scoped::level);
        let gives = |role: &Builtin| {
            let held = table.permissions(&(*role).into(), level);
            held.contains_key(key)
        };
        for role in Builtin::ALL.into_iter().rev().filter(gives) {
            for one in holders(conn, gift.account, (&scopes, role), now)? {
                // Each is a look at their roles: no more than are asked.
                if all.len() >= MOST {
                    return Ok(all);
                }
                let known = apart.contains(&one.user) || all.iter().any(|it| it.user == one.user);
                if !known && may_give(conn, app, gift, one.user, now)? {
                    all.push(one);
                }
            }
        }
        if all.len() >= ENOUGH {
            break;
        }
    }
    Ok(all)
}

/// The first active members by name who hold the role at just one of these scopes now.
fn holders(
    conn: &mut Conn,
    account: AccountId,
    (scopes, role): (&[Scoped], Builtin),
    now: Ts,
) -> Result<Vec<Approver>> {
    let mut query = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .into_boxed::<MultiBackend>()
        .filter(grants::account_id.eq(account))
        .filter(grants::role.eq(role.key()))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .filter(grants::starts_at.is_null().or(grants::starts_at.le(now)))
        .filter(grants::ends_at.is_null().or(grants::ends_at.gt(now)));
    query = match scopes {
        [scope] => query.filter(grants::scope_id.eq(scope.id(account))),
        _ => {
            let ids: Vec<GrantId> = scopes.iter().map(|scope| scope.id(account)).collect();
            query.filter(among(grants::scope_id, &ids))
        }
    };
    if scopes.iter().any(Scoped::is_below) {
        query = query.filter(grants::below.eq(true));
    }
    let rows: Vec<(UserId, (String, String, String))> = query
        .order((grants::sort_key.asc(), grants::user_id.asc()))
        .limit(AT_EACH)
        .select((
            users::id,
            (users::first_name, users::last_name, users::email),
        ))
        .load(conn)?;
    let holder = |(user, who)| named(user, who, Some(role));
    Ok(rows.into_iter().map(holder).collect())
}

/// Whoever acts, if they may give it: they count also where others stand nearer.
pub(super) fn giver(
    conn: &mut Conn,
    app: &App,
    gift: &Gift<'_>,
    who: UserId,
    now: Ts,
) -> Result<Option<Approver>> {
    let row: Option<(String, String, String)> = memberships::table
        .inner_join(users::table)
        .filter(memberships::account_id.eq(gift.account))
        .filter(memberships::user_id.eq(who))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select((users::first_name, users::last_name, users::email))
        .first(conn)
        .optional()?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(may_give(conn, app, gift, who, now)?.then(|| named(who, row, None)))
}

/// Somebody who runs the platform.
#[derive(Clone, Debug)]
pub(super) struct Operator {
    pub user: UserId,
    pub first_name: String,
    pub email: String,
}

/// The operators who are in office: each is an active member at home.
pub(super) fn operators(conn: &mut Conn) -> Result<Vec<Operator>> {
    let rows: Vec<(UserId, String, String)> = users::table
        .filter(users::operator)
        // A range over the index of operators, which there are few of.
        .filter(users::id.gt(UserId::nil()))
        .select((users::id, users::first_name, users::email))
        .load(conn)?;
    let ids: Vec<UserId> = rows.iter().map(|(id, ..)| *id).collect();
    let active: Vec<UserId> = memberships::table
        .inner_join(users::table)
        .filter(among(memberships::user_id, &ids))
        .filter(users::home_account_id.eq(memberships::account_id.nullable()))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select(memberships::user_id)
        .distinct()
        .load(conn)?;
    let can_sign_in = rows.into_iter().filter(|(id, ..)| active.contains(id));
    Ok(can_sign_in
        .map(|(user, first_name, email)| Operator {
            user,
            first_name,
            email,
        })
        .collect())
}
