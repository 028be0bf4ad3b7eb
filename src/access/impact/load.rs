//! Reads what a change can touch: the account's tree and groups, and everything that the people hold whom it may
//! concern. One statement for each, and one for every few hundred people.

use diesel::prelude::*;
use std::collections::BTreeMap;

use super::picture::{Member, Node, Picture};
use crate::access::custom;
use crate::access::grant::{Grant, Scoped};
use crate::access::role::Role;
use crate::db::schema::{custom_roles, grants, group_organizations, memberships, organizations};
use crate::db::types::{AccountId, GrantId, GroupId, OrganizationId, ProjectId, Ts, UserId};
use crate::db::{Conn, MultiBackend};
use crate::error::{Error, Result};

/// How many ids one statement names.
const AT_ONCE: usize = 500;

/// Whom a change may concern.
#[derive(Clone, Debug)]
pub enum Holders<'a> {
    /// A move: whoever holds a role on one of these with everything below it.
    Below(&'a [OrganizationId]),
    /// A change of a group: whoever holds a role on it.
    Group(GroupId),
    /// A change of a role: whoever holds it.
    Role(Role),
    /// These people.
    Of(&'a [UserId]),
}

/// The account's tree and groups, with these people and all that they hold.
pub fn picture(conn: &mut Conn, account: AccountId, holders: &Holders<'_>) -> Result<Picture> {
    let tree = tree(conn, account)?;
    let ids = ids(conn, account, holders)?;
    let people = people(conn, account, &ids)?;
    Ok(Picture { tree, people })
}

/// The organizations of the account that are not deleted, with their groups.
pub fn tree(conn: &mut Conn, account: AccountId) -> Result<BTreeMap<OrganizationId, Node>> {
    let rows = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::status.ne("deleted"))
        .select((organizations::id, organizations::parent_id))
        .load(conn)?;
    grown(conn, account, rows)
}

/// The same with those that are deleted and can come back.
pub fn whole_tree(conn: &mut Conn, account: AccountId) -> Result<BTreeMap<OrganizationId, Node>> {
    let rows = organizations::table
        .filter(organizations::account_id.eq(account))
        .select((organizations::id, organizations::parent_id))
        .load(conn)?;
    grown(conn, account, rows)
}

fn grown(
    conn: &mut Conn,
    account: AccountId,
    rows: Vec<(OrganizationId, Option<OrganizationId>)>,
) -> Result<BTreeMap<OrganizationId, Node>> {
    let node = |(id, parent)| {
        let groups = Vec::new();
        (id, Node { parent, groups })
    };
    let mut tree: BTreeMap<OrganizationId, Node> = rows.into_iter().map(node).collect();
    let groups: Vec<(OrganizationId, GroupId)> = group_organizations::table
        .filter(group_organizations::account_id.eq(account))
        .select((
            group_organizations::organization_id,
            group_organizations::group_id,
        ))
        .load(conn)?;
    for (organization, group) in groups {
        if let Some(node) = tree.get_mut(&organization) {
            node.groups.push(group);
        }
    }
    Ok(tree)
}

fn ids(conn: &mut Conn, account: AccountId, holders: &Holders<'_>) -> Result<Vec<UserId>> {
    let all = grants::table
        .filter(grants::account_id.eq(account))
        .select(grants::user_id)
        .distinct()
        .into_boxed::<MultiBackend>();
    let mut found = match holders {
        Holders::Of(these) => these.to_vec(),
        Holders::Group(group) => all.filter(grants::group_id.eq(*group)).load(conn)?,
        Holders::Role(role) => all
            .filter(grants::role.eq(role.as_str().to_owned()))
            .load(conn)?,
        Holders::Below(these) => all
            .filter(grants::scope.eq("organization"))
            .filter(grants::below.eq(true))
            .filter(grants::organization_id.eq_any(these.to_vec()))
            .load(conn)?,
    };
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

type Row = (
    (UserId, GrantId, String, String, bool),
    Option<custom::Row>,
    Option<GroupId>,
    Option<OrganizationId>,
    Option<ProjectId>,
    (Option<Ts>, Option<Ts>),
);

/// What these people hold, and whether it counts.
fn people(conn: &mut Conn, account: AccountId, ids: &[UserId]) -> Result<BTreeMap<UserId, Member>> {
    let mut all: BTreeMap<UserId, Member> = BTreeMap::new();
    for these in ids.chunks(AT_ONCE) {
        let statuses: Vec<(UserId, String)> = memberships::table
            .filter(memberships::account_id.eq(account))
            .filter(memberships::user_id.eq_any(these))
            .select((memberships::user_id, memberships::status))
            .load(conn)?;
        for (user, status) in statuses {
            all.entry(user).or_default().active = status == "active";
        }
        let rows: Vec<Row> = grants::table
            .left_join(
                custom_roles::table.on(custom_roles::id.nullable().eq(grants::custom_role_id)),
            )
            .filter(grants::account_id.eq(account))
            .filter(grants::user_id.eq_any(these))
            .order(grants::id.asc())
            .select((
                (
                    grants::user_id,
                    grants::id,
                    grants::role,
                    grants::scope,
                    grants::below,
                ),
                custom::COLUMNS.nullable(),
                grants::group_id,
                grants::organization_id,
                grants::project_id,
                (grants::starts_at, grants::ends_at),
            ))
            .load(conn)?;
        for row in rows {
            let (user, grant) = grant(row)?;
            all.entry(user).or_default().grants.push(grant);
        }
    }
    Ok(all)
}

fn grant(row: Row) -> Result<(UserId, Grant)> {
    let (grant, own, group, organization, project, (starts_at, ends_at)) = row;
    let (user, id, role, level, below) = grant;
    let role = custom::of_grant(&role, own)
        .ok_or_else(|| Error::internal(format!("grant {id} has an unknown role")))?;
    let scope = Scoped::from_columns(&level, group, organization, project, below)
        .ok_or_else(|| Error::internal(format!("grant {id} has no one scope")))?;
    let grant = Grant {
        id,
        role,
        scope,
        starts_at,
        ends_at,
        asleep: false,
    };
    Ok((user, grant))
}
