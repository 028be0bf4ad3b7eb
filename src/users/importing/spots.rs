//! The places that the rows of a file name, each looked up once: where people can be added, and what the acting person
//! may do there.

use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use crate::access::gate::Somewhere;
use crate::access::grant::Scoped;
use crate::access::permission::{Key, UsersManage};
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::resolve::Resolution;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{organizations, projects};
use crate::db::types::{OrganizationId, ProjectId};
use crate::error::{Error, Result};
use crate::members::{self, Found, Target};
use crate::users::Reach;
use crate::web::field::fold;
use crate::web::import;

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// More places than a file names in earnest; each is looked up on its own.
pub(super) const MOST: usize = 200;

/// A place that people can be added to.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// As a form names it.
    pub(super) target: Target,
    /// As it was found.
    pub(super) found: Found,
    /// What the acting person may do there.
    pub(super) here: Resolution,
}

impl Spot {
    /// Its name, with the organization that it lies in.
    pub(super) fn name(&self) -> String {
        match (&self.found.scope, &self.found.organization) {
            (Scoped::Project { .. }, Some(organization)) => {
                format!("{} / {}", organization, self.found.name)
            }
            _ => self.found.name.clone(),
        }
    }
}

/// The places by the folded words of the cells that name them; or why there is none.
pub(super) type Spots = BTreeMap<String, std::result::Result<Spot, String>>;

/// Looks up what these cells name: an id, the name of a project or an organization, or both with a stroke between.
pub(super) fn find(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    reach: &Reach,
    cells: &BTreeMap<String, String>,
) -> Result<Spots> {
    let named = Named::load(conn, scope, reach, cells)?;
    let mut spots = Spots::new();
    for (key, shown) in cells {
        let target = match Target::parse(shown.trim()) {
            Some(target) => Ok(target),
            None => named.one(key, shown, scope),
        };
        let spot = match target {
            Ok(target) => spot(conn, app, scope, target, shown)?,
            Err(why) => Err(why),
        };
        spots.insert(key.clone(), spot);
    }
    Ok(spots)
}

/// One place, as far as the acting person manages users in it.
fn spot(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    target: Target,
    shown: &str,
) -> Result<std::result::Result<Spot, String>> {
    match known(conn, app, scope, target) {
        Err(Error::NotFound) => Ok(Err(nowhere(scope, shown))),
        other => other,
    }
}

/// The same, where it was chosen from a list of ours: one that the acting person does not see is not found.
pub(super) fn known(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    target: Target,
) -> Result<std::result::Result<Spot, String>> {
    let account = scope.account();
    let found = members::place_of(conn, account.id, &account.name, target)?;
    let here = members::act(app, scope, &found)?;
    if !here.permissions.contains_key(Key::UsersManage) {
        let why = format!("You cannot manage users in {}.", found.name);
        return Ok(Err(Refusal::new("role", why).told()));
    }
    if found.archived {
        let name = found.organization.as_deref().unwrap_or(&found.name);
        return Ok(Err(format!("{name} is archived")));
    }
    Ok(Ok(Spot {
        target,
        found,
        here,
    }))
}

fn nowhere(scope: &Manager, shown: &str) -> String {
    let word = scope.account().word_singular.to_lowercase();
    format!(
        "You manage no {word} or organization called “{}”",
        import::shown(shown)
    )
}

/// Projects and organizations inside the reach, by the folded names that cells have.
struct Named {
    projects: Vec<(ProjectId, OrganizationId, String, String)>,
    organizations: Vec<(OrganizationId, String)>,
}

impl Named {
    /// Two statements, whatever the number of names.
    fn load(
        conn: &mut Conn,
        scope: &Manager,
        reach: &Reach,
        cells: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        for key in cells.keys() {
            names.insert(key.clone());
            names.extend(parts(key).map(|(_, project)| project));
        }
        let account = scope.account().id;
        let mut found: Vec<(ProjectId, OrganizationId, String, String)> = projects::table
            .inner_join(organizations::table)
            .filter(projects::account_id.eq(account))
            .filter(projects::name_key.eq_any(&names))
            .filter(projects::status.eq("active"))
            .filter(organizations::status.eq("active"))
            .select((
                projects::id,
                projects::organization_id,
                projects::name_key,
                organizations::name_key,
            ))
            .load(conn)?;
        found.retain(|(id, organization, ..)| {
            let (id, organization) = (*id, *organization);
            reach.holds(&Scoped::Project { id, organization })
        });
        let mut homes: Vec<(OrganizationId, String)> = organizations::table
            .filter(organizations::account_id.eq(account))
            .filter(organizations::name_key.eq_any(&names))
            .filter(organizations::status.eq("active"))
            .select((organizations::id, organizations::name_key))
            .load(conn)?;
        homes.retain(|(id, _)| {
            reach.holds(&Scoped::Organization {
                id: *id,
                below: false,
            })
        });
        Ok(Self {
            projects: found,
            organizations: homes,
        })
    }

    /// The one place of this name.
    fn one(&self, key: &str, shown: &str, scope: &Manager) -> std::result::Result<Target, String> {
        let account = scope.account();
        let is = |wanted: &str, within: Option<&str>| {
            let found = self.projects.iter().filter(move |(_, _, name, home)| {
                name == wanted && within.is_none_or(|within| home == within)
            });
            found
                .map(|(id, ..)| Target::Project(*id))
                .collect::<Vec<_>>()
        };
        let mut found = is(key, None);
        let homes = self.organizations.iter().filter(|(_, name)| name == key);
        found.extend(homes.map(|(id, _)| Target::Organization(*id)));
        if fold(&account.name) == key {
            found.push(Target::Account(account.id));
        }
        if found.is_empty()
            && let Some((home, project)) = parts(key)
        {
            found = is(&project, Some(&home));
        }
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(nowhere(scope, shown)),
            _ => Err(format!(
                "Several places are called “{}”: write the organization and a stroke before it, or its id",
                import::shown(shown)
            )),
        }
    }
}

/// "Berlin / Gate 2": the organization, and the project in it.
fn parts(key: &str) -> Option<(String, String)> {
    let (home, project) = key.split_once('/')?;
    Some((home.trim().to_owned(), project.trim().to_owned()))
}
