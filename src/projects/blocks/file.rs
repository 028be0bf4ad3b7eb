//! The section as a file: who holds which role on which project, one row a role.

use super::{firsts, listing};
use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::types::{OrganizationId, ProjectId};
use crate::error::Result;
use crate::members::{self, Held};
use crate::users::{Listed, Reach, showing};
use crate::web::list::csv::{Cell, Field};
use crate::web::list::{Asked, Found};

/// Its columns.
pub const FIELDS: &[Field] = &[
    ("project", "Project"),
    ("organization", "Organization"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("email", "Email address"),
    ("status", "Status"),
    ("role", "Role"),
    ("starts_at", "Access starts"),
    ("ends_at", "Access ends"),
    ("project_id", "Project id"),
    ("id", "Id"),
];

/// Projects of a portion: each is a part of its one statement.
const AT_ONCE: usize = 100;

/// The rows of the next projects: as many statements for many people as for few.
pub fn rows<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    places: (&Reach, Option<OrganizationId>),
    asked: &Asked<ProjectId>,
) -> Result<Found<Vec<Cell>, ProjectId>> {
    let (account, now) = (scope.account().id, scope.now());
    let asked = asked.clone().always(AT_ONCE);
    let found = listing::page(conn, account, places, &asked)?;
    let ids: Vec<ProjectId> = found.rows.iter().map(|(row, _)| row.id).collect();
    let held = firsts::firsts(conn, account, &ids, usize::MAX, now)?;
    let known = AccountRoles::load(conn, account)?;
    let mut rows = Vec::new();
    for (project, _) in &found.rows {
        let scoped = Scoped::Project {
            id: project.id,
            organization: project.organization_id,
        };
        let mut here: Vec<(&Listed, Held)> = Vec::new();
        for (_, person, role) in held.iter().filter(|(id, ..)| *id == project.id) {
            let there = (scoped, project.name.as_str());
            here.push((person, members::held_there(&known, there, role.clone())?));
        }
        here.sort_unstable_by(|(one, a), (other, b)| {
            let one = (&one.sort_key, one.id, &a.role);
            one.cmp(&(&other.sort_key, other.id, &b.role))
        });
        let row = |(person, held): &(&Listed, Held)| -> Vec<Cell> {
            vec![
                project.name.as_str().into(),
                project.organization.as_str().into(),
                person.first_name.as_str().into(),
                person.last_name.as_str().into(),
                person.email.as_str().into(),
                showing::status(person, now).label.into(),
                held.role.label().into(),
                held.starts_at.into(),
                held.ends_at.into(),
                project.id.to_string().into(),
                person.id.to_string().into(),
            ]
        };
        rows.extend(here.iter().map(row));
    }
    Ok(found.with(rows))
}
