//! Who works on a project, and how many.

use diesel::dsl::not;
use diesel::prelude::*;

use std::collections::BTreeMap;

use super::model::{Listed, Worker};
use crate::access::custom;
use crate::access::gate::Demand;
use crate::access::permission::UsersView;
use crate::access::place::{Organization, Project};
use crate::access::resolve::Place;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::schema::{custom_roles, grants, memberships};
use crate::db::types::{ProjectId, UserId};
use crate::error::Result;
use crate::members::counts;

/// The people with a role given on just this project, or on another one of the account whose people the acting person may
/// see, by name, one row a role: at most `most` rows.
pub fn people<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Project, A>,
    (on, most): (ProjectId, i64),
) -> Result<Vec<Worker>> {
    Ok(grants::table
        .left_join(custom_roles::table.on(custom_roles::id.nullable().eq(grants::custom_role_id)))
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .filter(grants::account_id.eq(scope.account().id))
        .filter(grants::scope_id.eq(on))
        .filter(
            grants::ends_at
                .is_null()
                .or(grants::ends_at.gt(scope.now())),
        )
        .order((grants::sort_key.asc(), grants::user_id.asc()))
        .limit(most)
        .select((
            memberships::user_id,
            memberships::first_name,
            memberships::last_name,
            memberships::email,
            memberships::status,
            memberships::kind,
            memberships::locked_until,
            grants::role,
            custom_roles::name.nullable(),
        ))
        .load(conn)?)
}

/// The roles that these people were given on just this project, or on such another one.
pub fn roles_of<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Project, A>,
    (on, people): (ProjectId, &[UserId]),
) -> Result<Vec<(UserId, Role)>> {
    let ended = grants::ends_at.le(scope.now());
    let rows: Vec<(UserId, String, Option<custom::Row>)> = grants::table
        .left_join(custom_roles::table.on(custom_roles::id.nullable().eq(grants::custom_role_id)))
        .filter(grants::scope_id.eq(on))
        .filter(grants::account_id.eq(scope.account().id))
        .filter(grants::user_id.eq_any(people))
        .filter(grants::ends_at.is_null().or(not(ended)))
        .order((grants::user_id.asc(), grants::role.asc()))
        .select((grants::user_id, grants::role, custom::COLUMNS.nullable()))
        .load(conn)?;
    let known = |(user, role, own): (UserId, String, Option<custom::Row>)| {
        Some((user, custom::of_grant(&role, own)?))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// How many people have a role on each of these projects of a list, as far as the person may see who they are: by what
/// reaches the organization, also for those below it (rule 5), or by what reaches the very project, while it is active.
pub fn counted<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    rows: &[Listed],
    active: bool,
) -> Result<BTreeMap<ProjectId, i64>> {
    let everywhere = scope.also(UsersView);
    let here = scope.organization();
    let may = |row: &&Listed| {
        let itself = || Place::Project {
            id: row.id,
            within: here.branch(),
        };
        let inside = active && row.organization_id == here.id;
        everywhere || (inside && scope.holds_at(UsersView, &itself()))
    };
    let ids: Vec<ProjectId> = rows.iter().filter(may).map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    counts::people_in(conn, &ids)
}
