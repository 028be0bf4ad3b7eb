//! Why somebody holds a role that was asked for: the reason stays with the request.

use diesel::prelude::*;

use crate::access::grant::Scoped;
use crate::access::permission::Key;
use crate::access::role::{Builtin, RoleTable};
use crate::access::standing::Standing;
use crate::db::schema::requests;
use crate::db::types::{GrantId, GroupId, OrganizationId, ProjectId, RequestId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::Result;
use crate::members::Held;
use crate::users;

/// Why a role is held.
#[derive(Clone, Debug)]
pub struct Reason {
    /// The grant.
    pub grant: GrantId,
    /// The request that it came by.
    pub request: RequestId,
    /// What whoever asked wrote.
    pub reason: String,
}

type Row = (
    (RequestId, Option<GrantId>, String, UserId),
    (
        String,
        Option<GroupId>,
        Option<OrganizationId>,
        Option<ProjectId>,
        bool,
    ),
);

/// The reasons for those of a person's roles that were asked for, as far as the one who looks gets to see the request:
/// they asked, it is their own, or they manage users where the role holds. None is looked for where no role is of a kind
/// that is asked for.
pub fn reasons(
    conn: &mut Conn,
    (roles, standing, now): (&RoleTable, &Standing, Ts),
    (person, held): (UserId, &[Held]),
) -> Result<Vec<Reason>> {
    let asked = held
        .iter()
        .filter(|held| held.role != Builtin::Owner.into());
    let asked: Vec<GrantId> = asked.map(|held| held.grant).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    // The grants are of this account, and so are the requests that they came by: a person's own are few, an account's many.
    let rows: Vec<Row> = requests::table
        .filter(requests::user_id.eq(person))
        .filter(among(requests::grant_id.assume_not_null(), &asked))
        .select((
            (
                requests::id,
                requests::grant_id,
                requests::reason,
                requests::requester_id,
            ),
            (
                requests::scope,
                requests::group_id,
                requests::organization_id,
                requests::project_id,
                requests::below,
            ),
        ))
        .load(conn)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let me = standing.person.id;
    let key = (Key::UsersManage, now);
    let reach = users::reach_by(conn, roles, &standing.grants, key)?;
    let sees = |requester: UserId, scope: Option<Scoped>| {
        person == me || requester == me || scope.is_some_and(|scope| reach.holds(&scope))
    };
    let reason = |((request, grant, reason, requester), place): Row| {
        let (level, group, organization, project, below) = place;
        let scope = Scoped::from_columns(&level, group, organization, project, below);
        sees(requester, scope).then_some(Reason {
            grant: grant?,
            request,
            reason,
        })
    };
    Ok(rows.into_iter().filter_map(reason).collect())
}
