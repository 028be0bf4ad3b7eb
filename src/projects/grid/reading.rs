//! The grid as it stands: people, their roles on just this project, and which of these whoever looks may change.

use super::pages::{Cell, GridRow, RoleHead};
use super::posted::value;
use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::give::{Actor, Refusal};
use crate::access::grant::{Level, Scoped};
use crate::access::place::Project;
use crate::access::resolve::Resolution;
use crate::access::role::{Role, RoleTable};
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::types::{Ts, UserId};
use crate::error::Result;
use crate::members::{self, Held, during};
use crate::projects::pages::one_line;
use crate::users::Listed;

/// The roles that a project can have.
pub fn columns(known: &AccountRoles) -> impl Iterator<Item = Role> {
    let all = known.all();
    all.filter(|role| role.levels().contains(&Level::Project))
}

/// The project, as a grant names it.
pub(super) const fn scoped(project: &Project) -> Scoped {
    Scoped::Project {
        id: project.id,
        organization: project.organization.id,
    }
}

/// What these people hold on just this project.
pub(super) fn held<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Project, A>,
    people: &[UserId],
) -> Result<Vec<Held>> {
    let project = scope.place();
    let place = (scoped(project), project.name.as_str());
    members::held_on(conn, scope.account().id, place, people, scope.now())
}

/// A project as whoever looks sees it: what they may do there decides which boxes are theirs.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// The account, in URLs.
    pub account: &'a str,
    /// Its time zone, of whose days roles last.
    pub zone: &'a str,
    /// Whoever looks.
    pub me: UserId,
    /// What they may do on the project.
    pub here: &'a Resolution,
    /// Now.
    pub now: Ts,
    /// What each role may do.
    pub table: &'a RoleTable,
    /// The roles that there are in the account.
    pub known: &'a AccountRoles,
}

impl<'a> Spot<'a> {
    /// The project of the gate.
    pub fn of<A: Demand>(scope: &'a Scope<Project, A>, known: &'a AccountRoles) -> Self {
        Self {
            account: &scope.account().slug,
            zone: &scope.account().time_zone,
            me: scope.person().id,
            here: scope.resolution(),
            now: scope.now(),
            table: scope.role_table(),
            known,
        }
    }

    const fn actor(&self) -> Actor<'a> {
        Actor {
            user: self.me,
            here: self.here,
            roles: self.table,
        }
    }

    /// Heads of the columns.
    pub fn heads(&self) -> Vec<RoleHead> {
        let (actor, somebody) = (self.actor(), UserId::new());
        let head = |role: Role| {
            let (note, asks) = match actor.may_give(&role, somebody) {
                Ok(()) => ("", false),
                Err(Refusal::Request(_)) => ("by request", true),
                Err(Refusal::Composers(..)) => ("more than you hold", false),
                Err(_) => ("given by Admins", false),
            };
            RoleHead {
                label: role.label().to_owned(),
                key: role.as_str().to_owned(),
                note,
                asks,
            }
        };
        columns(self.known).map(head).collect()
    }

    /// The rows of these people, who hold these roles on just the project.
    pub fn rows(&self, people: &[Listed], held: &[Held]) -> Vec<GridRow> {
        let row = |person: &Listed| self.row(person, held);
        people.iter().map(row).collect()
    }

    fn row(&self, person: &Listed, held: &[Held]) -> GridRow {
        let actor = self.actor();
        let own: Vec<&Held> = held.iter().filter(|held| held.user == person.id).collect();
        let cell = |role: Role| {
            let has = own.iter().find(|held| held.role == role);
            let may = match has {
                Some(_) => actor.may_take(&role, person.id),
                None => actor.may_give(&role, person.id),
            };
            Cell {
                value: value(person.id, &role),
                label: role.label().to_owned(),
                ticked: has.is_some(),
                locked: may.is_err(),
                note: has
                    .map(|held| note(held, self.zone, self.now))
                    .unwrap_or_default(),
            }
        };
        let roles: Vec<Role> = own.iter().map(|held| held.role.clone()).collect();
        GridRow {
            person: one_line(self.account, self.me, person, &roles, self.now),
            id: (person.id != self.me).then(|| person.id.to_string()),
            seen: own
                .iter()
                .map(|held| value(person.id, &held.role))
                .collect(),
            cells: columns(self.known).map(cell).collect(),
        }
    }
}

/// The rows of these people on the project of the gate.
pub fn rows<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Project, A>,
    (people, known): (&[Listed], &AccountRoles),
) -> Result<Vec<GridRow>> {
    let ids: Vec<UserId> = people.iter().map(|row| row.id).collect();
    let held = held(conn, scope, &ids)?;
    Ok(Spot::of(scope, known).rows(people, &held))
}

fn note(held: &Held, zone: &str, now: Ts) -> String {
    let from = held.starts_at.filter(|start| *start > now);
    let from = from.map(|start| format!("from {}", during::start_in_words(start, zone)));
    let until = held.ends_at;
    let until = until.map(|end| format!("until {}", during::end_in_words(end, zone)));
    let all: Vec<String> = from.into_iter().chain(until).collect();
    all.join(", ")
}
