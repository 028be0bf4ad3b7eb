//! Who stands where: the Owners and Admins whose grants reach a scope, and the operators.

use diesel::prelude::*;

use super::rule::Approver;
use crate::access::grant::{Grant, Scoped};
use crate::access::resolve::{self, Place};
use crate::access::role::Builtin;
use crate::db::schema::{grants, memberships, users};
use crate::db::types::{
    AccountId, GrantId, GroupId, Id, OrganizationId, ProjectId, Ts, UserId, kind,
};
use crate::db::{Conn, among};
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
    let (first_name, last, email) = who;
    Some(Approver {
        user,
        name: format!("{first_name} {last}"),
        first_name,
        email,
        owner: role == Builtin::Owner,
        admin: role == Builtin::Admin,
    })
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
