//! Which organization is meant: the selected one, the one that an address names; and which roles one has there.

use diesel::prelude::*;
use std::collections::BTreeMap;

use super::model::{DEEPEST, Listed, Seen, in_account, seen};
use crate::access::grant::{Grant, Scoped};
use crate::access::permission::PermissionSet;
use crate::access::resolve::{self, Branch};
use crate::access::role::{Role, RoleTable};
use crate::access::slugs::{self, Named};
use crate::access::standing::Standing;
use crate::db::Conn;
use crate::db::schema::{group_organizations, organizations};
use crate::db::types::{AccountId, GroupId, OrganizationId, Ts};
use crate::error::Result;
use crate::web::naming::{candidates, first_free};

/// The selected organization (S7): what *Set Organization* stored last, as long as it can be seen, else the first by
/// name.
pub fn selected(conn: &mut Conn, standing: &Standing, now: Ts) -> Result<Option<Listed>> {
    let seen = seen(conn, &standing.grants, now)?;
    if matches!(&seen, Seen::These(these) if these.is_empty()) {
        return Ok(None);
    }
    if let Some(id) = standing.selected {
        let stored = in_account(standing.account.id, &seen)
            .filter(organizations::id.eq(id))
            .first(conn)
            .optional()?;
        if stored.is_some() {
            return Ok(stored);
        }
    }
    Ok(in_account(standing.account.id, &seen)
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .first(conn)
        .optional()?)
}

/// The organization with this slug, if the person may see it.
pub fn visible_named(
    conn: &mut Conn,
    standing: &Standing,
    slug: &str,
    now: Ts,
) -> Result<Option<Listed>> {
    let seen = seen(conn, &standing.grants, now)?;
    Ok(in_account(standing.account.id, &seen)
        .filter(organizations::slug.eq(slug.to_owned()))
        .first(conn)
        .optional()?)
}

/// Where these organizations stand, in that order, as far as grants like these make it matter: what lies above, if one
/// reaches everything below something, and the groups, if one is on a group.
pub fn branches(
    conn: &mut Conn,
    grants: &[Grant],
    these: &[OrganizationId],
) -> Result<Vec<Branch>> {
    let from_above =
        |grant: &Grant| matches!(grant.scope, Scoped::Organization { below: true, .. });
    let parents = if grants.iter().any(from_above) {
        parents(conn, these)?
    } else {
        BTreeMap::new()
    };
    let from_group = |grant: &Grant| matches!(grant.scope, Scoped::Group(_));
    let groups = if grants.iter().any(from_group) {
        groups(conn, these)?
    } else {
        BTreeMap::new()
    };
    let branch = |id: &OrganizationId| Branch {
        organization: *id,
        ancestors: above(&parents, *id),
        groups: groups.get(id).cloned().unwrap_or_default(),
    };
    Ok(these.iter().map(branch).collect())
}

/// What somebody holds at an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldThere {
    /// The labels of the roles; empty where only something inside is reached.
    pub roles: String,
    /// What they allow.
    pub permissions: PermissionSet,
}

/// The grants that count now.
fn current(grants: &[Grant], now: Ts) -> Vec<Grant> {
    let current = grants.iter().filter(|grant| grant.in_force(now));
    current.cloned().collect()
}

/// What these grants give at each of these organizations, in that order.
pub fn held_in(
    conn: &mut Conn,
    table: &RoleTable,
    grants: &[Grant],
    these: &[OrganizationId],
    now: Ts,
) -> Result<Vec<HeldThere>> {
    let current = current(grants, now);
    let branches = branches(conn, &current, these)?.into_iter();
    let held = |branch| {
        let place = resolve::Place::Organization(branch);
        HeldThere {
            permissions: resolve::permissions(table, &current, &place, now),
            roles: labels(&current, place),
        }
    };
    Ok(branches.map(held).collect())
}

/// The labels of the roles that these grants give at each of these organizations, in that order; empty where only
/// something inside is reached.
pub fn roles_in(
    conn: &mut Conn,
    grants: &[Grant],
    these: &[OrganizationId],
    now: Ts,
) -> Result<Vec<String>> {
    let current = current(grants, now);
    let branches = branches(conn, &current, these)?.into_iter();
    Ok(branches
        .map(|branch| labels(&current, resolve::Place::Organization(branch)))
        .collect())
}

fn labels(current: &[Grant], place: resolve::Place) -> String {
    let mut roles: Vec<Role> = current
        .iter()
        .filter(|grant| resolve::reaches(&grant.scope, &place).is_some())
        .map(|grant| grant.role.clone())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    let labels: Vec<&str> = roles.iter().map(Role::label).collect();
    labels.join(", ")
}

fn above(
    parents: &BTreeMap<OrganizationId, OrganizationId>,
    id: OrganizationId,
) -> Vec<OrganizationId> {
    std::iter::successors(parents.get(&id), |parent| parents.get(parent))
        .take(DEEPEST)
        .copied()
        .collect()
}

/// How deep the organization stands: 1 at the top.
pub fn depth(conn: &mut Conn, id: OrganizationId) -> Result<usize> {
    let parents = parents(conn, &[id])?;
    Ok(above(&parents, id).len().saturating_add(1))
}

/// Who is directly above whom, from these upward: one statement a level.
pub fn parents(
    conn: &mut Conn,
    these: &[OrganizationId],
) -> Result<BTreeMap<OrganizationId, OrganizationId>> {
    let mut all = BTreeMap::new();
    let mut level = these.to_vec();
    for _ in 0..DEEPEST {
        if level.is_empty() {
            break;
        }
        let rows: Vec<(OrganizationId, Option<OrganizationId>)> = organizations::table
            .filter(organizations::id.eq_any(&level))
            .filter(organizations::parent_id.is_not_null())
            .select((organizations::id, organizations::parent_id))
            .load(conn)?;
        let found = rows
            .into_iter()
            .filter_map(|(id, parent)| Some((id, parent?)));
        level.clear();
        for (id, parent) in found {
            all.insert(id, parent);
            level.push(parent);
        }
        level.retain(|id| !all.contains_key(id));
        level.sort_unstable();
        level.dedup();
    }
    Ok(all)
}

/// The groups that each of these is in.
pub fn groups(
    conn: &mut Conn,
    these: &[OrganizationId],
) -> Result<BTreeMap<OrganizationId, Vec<GroupId>>> {
    let rows: Vec<(OrganizationId, GroupId)> = group_organizations::table
        .filter(group_organizations::organization_id.eq_any(these))
        .select((
            group_organizations::organization_id,
            group_organizations::group_id,
        ))
        .load(conn)?;
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (organization, group) in rows {
        all.entry(organization).or_default().push(group);
    }
    Ok(all)
}

/// The slug itself or, if another organization of the account has or had it, the same with the first number that is
/// free.
pub fn free_slug(
    conn: &mut Conn,
    account: AccountId,
    this: OrganizationId,
    slug: &str,
) -> Result<String> {
    let wanted = candidates(slug);
    let mut taken: Vec<String> = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::slug.eq_any(&wanted))
        .filter(organizations::id.ne(this))
        .select(organizations::slug)
        .load(conn)?;
    taken.extend(slugs::taken(
        conn,
        Named::Organization(account, this),
        &wanted,
    )?);
    Ok(first_free(wanted, &taken, slug))
}
