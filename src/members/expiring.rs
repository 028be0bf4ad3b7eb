//! The end of roles whose time is over. They open nothing any more from their end on (rule 4); what follows is the row,
//! and that the log says *expired* and not *taken away*.

use diesel::prelude::*;
use serde_json::json;

use crate::access::role::Role;
use crate::audit::{self, Action, Event, Target};
use crate::db::Conn;
use crate::db::schema::grants;
use crate::db::types::{AccountId, GrantId, OrganizationId, ProjectId, Ts, UserId};
use crate::error::Result;

type Row = (
    GrantId,
    AccountId,
    UserId,
    String,
    String,
    Option<OrganizationId>,
    Option<ProjectId>,
    Option<Ts>,
);

/// Takes away those of these grants that have ended, and writes each down.
pub(super) fn expire(conn: &mut Conn, these: &[GrantId], now: Ts) -> Result<()> {
    let rows: Vec<Row> = grants::table
        .filter(grants::id.eq_any(these))
        .filter(grants::ends_at.le(now))
        .select((
            grants::id,
            grants::account_id,
            grants::user_id,
            grants::role,
            grants::scope,
            grants::organization_id,
            grants::project_id,
            grants::ends_at,
        ))
        .load(conn)?;
    let ended: Vec<GrantId> = rows.iter().map(|row| row.0).collect();
    super::storing::remove(conn, &ended)?;
    for (_, account, user, role, scope, organization, project, ended_at) in rows {
        let role = Role::parse(&role).map_or(role.clone(), |role| role.as_str().to_owned());
        let event = Event::new(account, Action::RoleExpired, now)
            .on(Target::user(user))
            .in_organization(organization)
            .in_project(project)
            .details(json!({ "role": role, "scope": scope, "ended_at": ended_at }));
        audit::record(conn, &event)?;
    }
    Ok(())
}
