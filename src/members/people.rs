//! The index of people: who holds a role on an organization, on a project in it, or somewhere below it, in the order
//! of their names, so that a page of them is read and nothing is sorted. Nothing is decided by it: what somebody may
//! do is asked of the grants.
//!
//! It follows what it is made of in the same transaction:
//!
//! - grants and names: by `storing.rs`, the only file that writes grants;
//! - the tree: whoever changes an organization's parent calls [`moved`], whoever deletes one for now [`hidden`], whoever
//!   brings it back [`restored`], whoever ends it for good [`purged`];
//! - groups: whoever puts an organization into a group or takes it out calls [`grouped`].
//!
//! Every test of the portal ends by holding the index against what it should be (`rebuilding.rs`).

use diesel::prelude::*;

use super::counts;
use crate::db::Conn;
use crate::db::schema::{
    grants, group_organizations, memberships, organization_groups, organization_people,
    organizations, users,
};
use crate::db::types::{GroupId, Guid, OrganizationId, UserId};
use crate::error::{Error, Result};
use crate::on_each;

/// No tree is deeper than this.
const DEEPEST: usize = 64;
/// Organizations of one statement.
const AT_ONCE: usize = 500;

/// The organization and everything above it, itself first; empty if it is deleted: its people are in no list.
fn chain(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<OrganizationId>> {
    let one = |conn: &mut Conn, id: OrganizationId| -> Result<(String, Option<OrganizationId>)> {
        let query = organizations::table
            .filter(organizations::id.eq(id))
            .select((organizations::status, organizations::parent_id));
        Ok(on_each!(conn, |c| query.first(c))?)
    };
    let (status, mut parent) = one(conn, organization)?;
    if status == "deleted" {
        return Ok(Vec::new());
    }
    let mut all = vec![organization];
    while let Some(id) = parent {
        if all.len() >= DEEPEST {
            return Err(Error::internal("the organization tree is too deep"));
        }
        all.push(id);
        parent = one(conn, id)?.1;
    }
    Ok(all)
}

/// The organizations above this parent, itself first; for [`moved`].
fn above(conn: &mut Conn, parent: Option<OrganizationId>) -> Result<Vec<OrganizationId>> {
    parent.map_or_else(|| Ok(Vec::new()), |parent| chain(conn, parent))
}

type Row = (
    diesel::dsl::Eq<organization_people::ancestor_organization_id, OrganizationId>,
    diesel::dsl::Eq<organization_people::sort_key, String>,
    diesel::dsl::Eq<organization_people::user_id, UserId>,
    diesel::dsl::Eq<organization_people::organization_id, OrganizationId>,
);

/// Brings the rows of one person in one organization in line with the grants.
pub fn keep(
    conn: &mut Conn,
    organization: OrganizationId,
    user: UserId,
    sort_key: &str,
) -> Result<()> {
    let query = grants::table
        .filter(grants::organization_id.eq(organization))
        .filter(grants::user_id.eq(user))
        .select(grants::user_id);
    let held: Option<UserId> = on_each!(conn, |c| query.first(c).optional())?;
    if held.is_none() {
        return forget(conn, organization, user, sort_key);
    }
    let rows: Vec<Row> = chain(conn, organization)?
        .into_iter()
        .map(|ancestor| {
            (
                organization_people::ancestor_organization_id.eq(ancestor),
                organization_people::sort_key.eq(sort_key.to_owned()),
                organization_people::user_id.eq(user),
                organization_people::organization_id.eq(organization),
            )
        })
        .collect();
    // A deleted one has none; and SQLite tells of no rows what it told of the statement before.
    if rows.is_empty() {
        return Ok(());
    }
    let table = || diesel::insert_into(organization_people::table);
    // Most stand below nothing: the statement for one row stays prepared.
    let new = match <[Row; 1]>::try_from(rows) {
        Ok([row]) => {
            let insert = table().values(row).on_conflict_do_nothing();
            on_each!(conn, |c| insert.execute(c))?
        }
        Err(rows) => {
            let insert = table().values(rows).on_conflict_do_nothing();
            on_each!(conn, |c| insert.execute(c))?
        }
    };
    // All of them, or none if they were there before.
    if new > 0 {
        counts::change(conn, organization, 1)?;
    }
    Ok(())
}

/// Takes the rows of one person in one organization away.
pub(super) fn forget(
    conn: &mut Conn,
    organization: OrganizationId,
    user: UserId,
    sort_key: &str,
) -> Result<()> {
    let chain = chain(conn, organization)?;
    let rows = organization_people::table
        .filter(organization_people::ancestor_organization_id.eq_any(chain))
        .filter(organization_people::sort_key.eq(sort_key))
        .filter(organization_people::user_id.eq(user))
        .filter(organization_people::organization_id.eq(organization));
    if diesel::delete(rows).execute(conn)? > 0 {
        counts::change(conn, organization, -1)?;
    }
    Ok(())
}

/// An organization, with everything below it, stands under another parent (or none) now: `from` was its parent until
/// this transaction. To be called after the new parent is stored.
pub fn moved(
    conn: &mut Conn,
    organization: OrganizationId,
    from: Option<OrganizationId>,
) -> Result<()> {
    let now: Option<OrganizationId> = organizations::table
        .filter(organizations::id.eq(organization))
        .select(organizations::parent_id)
        .first(conn)?;
    let (old, new) = (above(conn, from)?, above(conn, now)?);
    let left: Vec<OrganizationId> = old.iter().copied().filter(|id| !new.contains(id)).collect();
    let below = crate::organizations::with_descendants(conn, vec![organization])?;
    for some in below.chunks(AT_ONCE) {
        let people = organization_people::table
            .filter(organization_people::organization_id.eq_any(some))
            .filter(organization_people::ancestor_organization_id.eq_any(&left));
        diesel::delete(people).execute(conn)?;
        let groups = organization_groups::table
            .filter(organization_groups::organization_id.eq_any(some))
            .filter(organization_groups::ancestor_organization_id.eq_any(&left));
        diesel::delete(groups).execute(conn)?;
    }
    for ancestor in new.into_iter().filter(|id| !old.contains(id)) {
        copy(conn, organization, ancestor)?;
    }
    Ok(())
}

/// Whoever is in or below `organization` is below `ancestor` too.
fn copy(conn: &mut Conn, organization: OrganizationId, ancestor: OrganizationId) -> Result<()> {
    let people = organization_people::table
        .filter(organization_people::ancestor_organization_id.eq(organization))
        .select((
            ancestor.into_sql::<Guid>(),
            organization_people::sort_key,
            organization_people::user_id,
            organization_people::organization_id,
        ))
        .insert_into(organization_people::table)
        .into_columns((
            organization_people::ancestor_organization_id,
            organization_people::sort_key,
            organization_people::user_id,
            organization_people::organization_id,
        ));
    on_each!(conn, |c| people.execute(c))?;
    let groups = organization_groups::table
        .filter(organization_groups::ancestor_organization_id.eq(organization))
        .select((
            ancestor.into_sql::<Guid>(),
            organization_groups::group_id,
            organization_groups::organization_id,
        ))
        .insert_into(organization_groups::table)
        .into_columns((
            organization_groups::ancestor_organization_id,
            organization_groups::group_id,
            organization_groups::organization_id,
        ));
    on_each!(conn, |c| groups.execute(c))?;
    Ok(())
}

/// An organization is deleted for now: its people are in no list any more, neither its own nor one above it. Their
/// grants stay, for [`restored`]. An organization with others below it is not deleted at all.
pub fn hidden(conn: &mut Conn, organization: OrganizationId) -> Result<()> {
    let people =
        organization_people::table.filter(organization_people::organization_id.eq(organization));
    diesel::delete(people).execute(conn)?;
    let groups =
        organization_groups::table.filter(organization_groups::organization_id.eq(organization));
    diesel::delete(groups).execute(conn)?;
    counts::hidden(conn, organization)
}

/// A deleted organization is back: to be called after its state and its parent are stored.
pub fn restored(conn: &mut Conn, organization: OrganizationId) -> Result<()> {
    for ancestor in chain(conn, organization)? {
        let people = grants::table
            .filter(grants::organization_id.eq(organization))
            .select((
                ancestor.into_sql::<Guid>(),
                grants::sort_key,
                grants::user_id,
                organization.into_sql::<Guid>(),
            ))
            .distinct()
            .insert_into(organization_people::table)
            .into_columns((
                organization_people::ancestor_organization_id,
                organization_people::sort_key,
                organization_people::user_id,
                organization_people::organization_id,
            ));
        let people = on_each!(conn, |c| people.execute(c))?;
        if ancestor == organization {
            counts::change(conn, organization, i64::try_from(people).unwrap_or(0))?;
        }
    }
    let groups: Vec<GroupId> = group_organizations::table
        .filter(group_organizations::organization_id.eq(organization))
        .select(group_organizations::group_id)
        .load(conn)?;
    for group in groups {
        grouped(conn, group, organization)?;
    }
    Ok(())
}

/// Takes away everything of an organization that members keep, before its own row goes: the grants on it and on its
/// projects, its rows in the index, and that somebody has selected it or calls it home (S2, S23).
pub fn purged(conn: &mut Conn, organization: OrganizationId) -> Result<()> {
    hidden(conn, organization)?;
    counts::purged(conn, organization)?;
    let above_others = organization_people::table
        .filter(organization_people::ancestor_organization_id.eq(organization));
    diesel::delete(above_others).execute(conn)?;
    diesel::delete(grants::table.filter(grants::organization_id.eq(organization))).execute(conn)?;
    super::dormant::gone_with_organization(conn, organization)?;
    let account: crate::db::types::AccountId = organizations::table
        .filter(organizations::id.eq(organization))
        .select(organizations::account_id)
        .first(conn)?;
    let selected = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::selected_organization_id.eq(organization));
    diesel::update(selected)
        .set(memberships::selected_organization_id.eq(None::<OrganizationId>))
        .execute(conn)?;
    let home = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::home_organization_id.eq(organization));
    diesel::update(home)
        .set(memberships::home_organization_id.eq(None::<OrganizationId>))
        .execute(conn)?;
    let at_home = users::table
        .filter(users::home_account_id.eq(account))
        .filter(users::home_organization_id.eq(organization));
    diesel::update(at_home)
        .set(users::home_organization_id.eq(None::<OrganizationId>))
        .execute(conn)?;
    Ok(())
}

/// Brings the rows of one organization in one group in line with the ticks of that group: to be called after each.
pub fn grouped(conn: &mut Conn, group: GroupId, organization: OrganizationId) -> Result<()> {
    let ticked: Option<GroupId> = group_organizations::table
        .filter(group_organizations::group_id.eq(group))
        .filter(group_organizations::organization_id.eq(organization))
        .select(group_organizations::group_id)
        .first(conn)
        .optional()?;
    if ticked.is_none() {
        let rows = organization_groups::table
            .filter(organization_groups::group_id.eq(group))
            .filter(organization_groups::organization_id.eq(organization));
        diesel::delete(rows).execute(conn)?;
        return Ok(());
    }
    let rows: Vec<_> = chain(conn, organization)?
        .into_iter()
        .map(|ancestor| {
            (
                organization_groups::ancestor_organization_id.eq(ancestor),
                organization_groups::group_id.eq(group),
                organization_groups::organization_id.eq(organization),
            )
        })
        .collect();
    let insert = diesel::insert_into(organization_groups::table)
        .values(rows)
        .on_conflict_do_nothing();
    on_each!(conn, |c| insert.execute(c))?;
    Ok(())
}
