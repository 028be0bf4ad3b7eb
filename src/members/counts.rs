//! How many people there are on each project and in each organization: kept in the transactions that give and take
//! roles, so that no page counts them. Whoever is invited or shut out is one of them while they hold a role there.
//!
//! Organizations are counted by the index of people (`people.rs`), projects by the one door to the grants
//! (`storing.rs`). Every test of the portal ends by holding the counts against what they should be (`rebuilding.rs`).

use diesel::prelude::*;
use std::collections::BTreeMap;

use crate::db::schema::{grants, people_counts, projects};
use crate::db::types::{GrantId, Id, Kind, OrganizationId, ProjectId, UserId};
use crate::db::{Conn, among, fixed};
use crate::error::Result;
use crate::on_each;

/// Projects of one statement.
const AT_ONCE: usize = 500;

/// A project or an organization, in a column that holds both.
const fn scope<K: Kind>(id: Id<K>) -> GrantId {
    GrantId::from_uuid(id.uuid())
}

/// How many people each of these projects or organizations has: one statement for all of them.
pub fn people_in<K: Kind>(conn: &mut Conn, ids: &[Id<K>]) -> Result<BTreeMap<Id<K>, i64>> {
    let scopes: Vec<GrantId> = ids.iter().copied().map(scope).collect();
    let rows: Vec<(GrantId, i64)> = people_counts::table
        .filter(among(people_counts::scope_id, &scopes))
        .select((people_counts::scope_id, people_counts::people))
        .load(conn)?;
    let found: BTreeMap<GrantId, i64> = rows.into_iter().collect();
    let count = |id: &Id<K>| (*id, found.get(&scope(*id)).copied().unwrap_or(0));
    Ok(ids.iter().map(count).collect())
}

/// So many more, or fewer.
pub(super) fn change<K: Kind>(conn: &mut Conn, id: Id<K>, by: i64) -> Result<()> {
    let row = people_counts::table.filter(people_counts::scope_id.eq(scope(id)));
    let more = people_counts::people.eq(people_counts::people + by);
    let update = diesel::update(row).set(more);
    let update = fixed(update.returning(people_counts::scope_id));
    let known: Vec<GrantId> = on_each!(conn, |c| update.load(c))?;
    if known.is_empty() {
        diesel::insert_into(people_counts::table)
            .values((
                people_counts::scope_id.eq(scope(id)),
                people_counts::people.eq(by),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// How many roles somebody holds on just this project.
fn held(conn: &mut Conn, project: ProjectId, user: UserId) -> Result<i64> {
    let query = grants::table
        .filter(grants::scope_id.eq(scope(project)))
        .filter(grants::user_id.eq(user))
        .count();
    Ok(on_each!(conn, |c| query.get_result(c))?)
}

/// Somebody has got a role on a project: to be called after it is stored.
pub fn came(conn: &mut Conn, project: ProjectId, user: UserId) -> Result<()> {
    if held(conn, project, user)? == 1 {
        change(conn, project, 1)?;
    }
    Ok(())
}

/// Somebody has lost a role on a project, or several at once: to be called after they are gone.
pub fn went(conn: &mut Conn, project: ProjectId, user: UserId) -> Result<()> {
    if held(conn, project, user)? == 0 {
        change(conn, project, -1)?;
    }
    Ok(())
}

/// An organization is deleted for now: nobody is in it.
pub(super) fn hidden(conn: &mut Conn, organization: OrganizationId) -> Result<()> {
    let row = people_counts::table.filter(people_counts::scope_id.eq(scope(organization)));
    diesel::delete(row).execute(conn)?;
    Ok(())
}

/// An organization goes for good, and its projects with it: to be called before they do.
pub(super) fn purged(conn: &mut Conn, organization: OrganizationId) -> Result<()> {
    let inside: Vec<ProjectId> = projects::table
        .filter(projects::organization_id.eq(organization))
        .select(projects::id)
        .load(conn)?;
    for some in inside.chunks(AT_ONCE) {
        let rows = people_counts::table.filter(people_counts::scope_id.eq_any(some));
        diesel::delete(rows).execute(conn)?;
    }
    hidden(conn, organization)
}
