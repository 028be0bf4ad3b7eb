//! *Reservation Users* on User Management (ux 6.9): the projects of an account one below the other, each with its people
//! and their roles. It is the grid of the project's own page ([`grid`]), and posts there; the first
//! blocks are open, the others fetch theirs when they are opened. A block shows the first people by name, and leads to the
//! page that has all of them.

pub mod file;
mod firsts;
mod listing;

pub use listing::{LIST, PER_PAGE};

use super::Listed;
use super::grid::Spot;
use super::pages::{Grid, ProjectPerson, one_line};
use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::resolve::{self, Branch, Place};
use crate::access::role::{Role, RoleTable};
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::types::{OrganizationId, ProjectId};
use crate::error::{Error, Result};
use crate::members::{self, Held};
use crate::users::{self, Reach};
use crate::web::list::{Asked, Found};
use crate::web::urls;
use crate::web::view::people;

/// Blocks that are open from the start.
const OPEN: usize = 3;
/// People of a block; whoever comes after them is on the project's own page.
const SHOWN: usize = 7;

/// A project in the section.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its id, in addresses.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// The organization it lies in.
    pub place: String,
    /// How many people have a role on it: "12 people".
    pub people: String,
    /// Its own page of users.
    pub href: String,
    /// Where users are added, for whoever may; the page to come back to belongs behind it.
    pub add: Option<String>,
    /// Whether it is open.
    pub open: bool,
    /// Its people; none: they are fetched when it is opened.
    pub body: Option<Body>,
}

/// The people of a block.
#[derive(Clone, Debug)]
pub struct Body {
    /// With a box for each role, for whoever may change roles there.
    pub grid: Option<Grid>,
    /// Or as a list.
    pub people: Vec<ProjectPerson>,
    /// How many of them are shown, when there are more.
    pub more: Option<usize>,
}

/// What the section is read for.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The roles of the account.
    pub known: &'a AccountRoles,
    /// Where the reader may see people.
    pub see: &'a Reach,
    /// Only those of this organization.
    pub organization: Option<OrganizationId>,
    /// Search and page.
    pub asked: &'a Asked<ProjectId>,
    /// The block that was opened.
    pub open: Option<ProjectId>,
    /// The page on which the section stands.
    pub page: &'a str,
}

/// Reads the section: as many statements for many blocks, people and roles as for few.
pub fn read<A: Demand>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Whole, A>,
    wanted: &Wanted<'_>,
) -> Result<Found<Block, ProjectId>> {
    let account = scope.account();
    let places = (wanted.see, wanted.organization);
    let found = listing::page(conn, account.id, places, wanted.asked)?;
    let first = found.rows.iter().take(OPEN).map(|(row, _)| row.id);
    let mut open: Vec<ProjectId> = first.collect();
    if let Some(also) = wanted.open
        && !open.contains(&also)
        && found.rows.iter().any(|(row, _)| row.id == also)
    {
        open.push(also);
    }
    let held = firsts::firsts(conn, account.id, &open, SHOWN, scope.now())?;
    let mut organizations: Vec<OrganizationId> = found
        .rows
        .iter()
        .map(|(row, _)| row.organization_id)
        .collect();
    organizations.sort_unstable();
    organizations.dedup();
    let branches = crate::organizations::branches(conn, scope.grants(), &organizations)?;
    let mut blocks = Vec::new();
    for (row, count) in &found.rows {
        let found = branches
            .iter()
            .find(|it| it.organization == row.organization_id);
        let within = found.cloned().ok_or(Error::NotFound)?;
        let spot = Reader {
            roles,
            known: wanted.known,
            scope,
            wanted,
            row,
            count: *count,
            within,
        };
        let shown = open.contains(&row.id).then_some(held.as_slice());
        blocks.push(spot.block(shown)?);
    }
    Ok(found.with(blocks))
}

/// The page on which the section stands, with a block open, as far as to its id; which belongs behind a `#` once more.
pub fn opening(page: &str) -> String {
    let sign = if page.contains('?') { '&' } else { '?' };
    format!("{page}{sign}open=")
}

/// One project of the section, and who looks at it.
struct Reader<'a, A: Demand> {
    roles: &'a RoleTable,
    known: &'a AccountRoles,
    scope: &'a Scope<Whole, A>,
    wanted: &'a Wanted<'a>,
    row: &'a Listed,
    count: i64,
    within: Branch,
}

impl<A: Demand> Reader<'_, A> {
    fn block(&self, held: Option<&[firsts::Row]>) -> Result<Block> {
        let (row, account) = (self.row, self.scope.account());
        let manages = self.scope.holds_at(UsersManage, &self.place());
        let (organization, project) = (&row.organization_slug, &row.slug);
        let add = || urls::add_project_users(&account.slug, organization, project);
        Ok(Block {
            name: row.name.clone(),
            place: row.organization.clone(),
            people: people(self.count),
            href: urls::project_users(&account.slug, organization, project),
            add: manages.then(add),
            open: held.is_some(),
            body: match held {
                Some(held) => Some(self.body(held, manages)?),
                None => None,
            },
            id: row.id,
        })
    }

    /// Where the project stands, for the resolver.
    fn place(&self) -> Place {
        Place::Project {
            id: self.row.id,
            within: self.within.clone(),
        }
    }

    fn body(&self, rows: &[firsts::Row], manages: bool) -> Result<Body> {
        let (row, scope) = (self.row, self.scope);
        let account = scope.account();
        let scoped = Scoped::Project {
            id: row.id,
            organization: row.organization_id,
        };
        let (mut people, mut held): (Vec<users::Listed>, Vec<Held>) = (Vec::new(), Vec::new());
        for (_, person, role) in rows.iter().filter(|(project, ..)| *project == row.id) {
            if people.iter().all(|known| known.id != person.id) {
                people.push(person.clone());
            }
            let there = (scoped, row.name.as_str());
            held.push(members::held_there(self.known, there, role.clone())?);
        }
        people.sort_unstable_by(|a, b| (&a.sort_key, a.id).cmp(&(&b.sort_key, b.id)));
        held.sort_by(|one, other| (one.user, &one.role).cmp(&(other.user, &other.role)));
        let more = usize::try_from(self.count).is_ok_and(|count| count > people.len());
        let more = (more && people.len() == SHOWN).then_some(people.len());
        // Of nobody there is no grid: that nobody is there is said instead.
        if !manages || people.is_empty() {
            let line = |person: &users::Listed| self.line(person, &held);
            return Ok(Body {
                people: people.iter().map(line).collect(),
                grid: None,
                more,
            });
        }
        let here = resolve::resolve(self.roles, scope.grants(), &self.place(), scope.now());
        let spot = Spot {
            account: &account.slug,
            zone: &account.time_zone,
            me: scope.person().id,
            here: &here,
            now: scope.now(),
            table: self.roles,
            known: self.known,
        };
        Ok(Body {
            people: Vec::new(),
            grid: Some(Grid {
                heads: spot.heads(),
                rows: spot.rows(&people, &held),
                place: row.name.clone(),
                action: urls::project_users(&account.slug, &row.organization_slug, &row.slug),
                back: Some(format!(
                    "{}{id}#{id}",
                    opening(self.wanted.page),
                    id = row.id
                )),
                about_roles: urls::roles(&account.slug),
                ask: urls::new_request_at(&account.slug, &row.id),
                pages: false,
            }),
            more,
        })
    }

    /// A row without boxes.
    fn line(&self, person: &users::Listed, held: &[Held]) -> ProjectPerson {
        let own = held.iter().filter(|held| held.user == person.id);
        let roles: Vec<Role> = own.map(|held| held.role.clone()).collect();
        let (account, me) = (&self.scope.account().slug, self.scope.person().id);
        one_line(account, me, person, &roles, self.scope.now())
    }
}
