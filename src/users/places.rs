//! Where the acting person may give roles, and which: what the forms offer. The rule itself is asked when a role is
//! given; nothing here allows anything.

use diesel::prelude::*;

use super::model::{Reach, reach_of};
use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::give::{Actor, Refusal, can_be_given_by};
use crate::access::grant::{Grant, Level};
use crate::access::permission::{Key, PermissionSet};
use crate::access::place::{Place, Whole};
use crate::access::resolve::{Path, Resolution, Way};
use crate::access::role::{Builtin, Role, RoleTable};
use crate::access::scope::Scope;
use crate::db::schema::{groups, organizations};
use crate::db::types::{GroupId, OrganizationId, Ts, UserId};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::members::Target;
use crate::projects::Only;
use crate::web::field::fold;
use crate::web::view::Choice;

/// How many places of a kind the form lists.
pub const MOST: i64 = 500;

/// The places where the acting person manages users, for a select: groups of choices, projects first.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Label of the group, and the places in it.
    pub groups: Vec<(String, Vec<Choice>)>,
    /// Whether there are more than are listed.
    pub more: bool,
    /// Whether there is no project among them, whatever is searched for.
    pub no_projects: bool,
    /// Those that were chosen before and are not listed.
    beside: Vec<Choice>,
    /// What was searched for.
    q: String,
}

impl Places {
    /// The groups, with this one chosen: it is among them wherever in the list it would stand.
    pub fn choosing(&self, value: &str) -> Vec<(String, Vec<Choice>)> {
        let mut groups = self.groups.clone();
        if let Some(one) = self.beside.iter().find(|one| one.value == value) {
            groups.insert(0, ("Chosen".into(), vec![one.clone()]));
        }
        for choice in groups.iter_mut().flat_map(|(_, choices)| choices) {
            choice.chosen = choice.value == value;
        }
        groups
    }

    /// What was searched for, where there are too many for one list, or there has been a search.
    pub fn search(&self) -> Option<String> {
        (self.more || !self.q.is_empty()).then(|| self.q.clone())
    }

    /// What stands beside the list, where it is not all of them; else this.
    pub fn hint(&self, all: &'static str) -> &'static str {
        match (self.q.is_empty(), self.more) {
            (true, false) => all,
            (true, true) => "Not all places are listed: search for the one that you need.",
            (false, true) => {
                "Not all that begin with this are listed: search for more of the name."
            }
            (false, false) if self.groups.iter().all(|(label, _)| label == WHOLE) => {
                "No place here has a name that begins with this."
            }
            (false, false) => "Those are listed whose names begin with this.",
        }
    }
}

/// The group of the account itself.
const WHOLE: &str = "Whole account";

/// There is no project yet in which somebody could be added.
pub struct NoProjects {
    /// That it is so.
    pub text: String,
    /// Where one is created, by whoever may: words, and where.
    pub create: Option<(String, String)>,
    /// Whom to ask, where they may not.
    pub ask: Vec<String>,
}

/// Lists those whose names begin so, none chosen; these, of which some may be chosen, can be chosen in any case.
pub fn places<A: Demand>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Whole, A>,
    sought: (&str, &[&str]),
) -> Result<Places> {
    let reach = reach_of(conn, roles, scope, Key::UsersManage)?;
    places_in(conn, scope, (&reach, reach == Reach::Account), sought)
}

/// Lists the places inside a reach; `whole` is whether the account itself is one of them.
pub fn places_in<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    (reach, whole): (&Reach, bool),
    (q, chosen): (&str, &[&str]),
) -> Result<Places> {
    let account = scope.account();
    let choice = |value: String, label: String| Choice::new(value, label, false);
    let mut all = Places {
        q: q.to_owned(),
        ..Places::default()
    };
    let one_more = MOST.saturating_add(1);
    let key = fold(q);
    let mut projects = if key.is_empty() {
        crate::projects::in_places(conn, account.id, reach, one_more)?
    } else {
        let named = Some(Only::Named(key.clone()));
        crate::projects::some_in_places(conn, account.id, reach, (named, one_more))?
    };
    all.more |= cut(&mut projects);
    all.no_projects = projects.is_empty() && key.is_empty();
    let mut by_organization: Vec<(String, Vec<Choice>)> = Vec::new();
    projects.sort_by(|a, b| a.organization.cmp(&b.organization));
    for project in projects {
        let label = format!("{} in {}", account.word_plural, project.organization);
        let one = choice(project.id.to_string(), project.name);
        match by_organization
            .last_mut()
            .filter(|(last, _)| *last == label)
        {
            Some((_, choices)) => choices.push(one),
            None => by_organization.push((label, vec![one])),
        }
    }
    all.groups = by_organization;
    let mut found = organizations_in(conn, scope, reach, (&key, &[]))?;
    all.more |= cut(&mut found);
    let choices = found
        .into_iter()
        .map(|(id, name)| choice(id.to_string(), name));
    all.groups.push(("Organizations".into(), choices.collect()));
    let mut found = groups_in(conn, scope, reach, (&key, &[]))?;
    all.more |= cut(&mut found);
    let choices = found
        .into_iter()
        .map(|(id, name)| choice(id.to_string(), name));
    all.groups
        .push(("Groups of organizations".into(), choices.collect()));
    if whole {
        let account = choice(account.id.to_string(), account.name.clone());
        all.groups.push((WHOLE.into(), vec![account]));
    }
    all.groups.retain(|(_, choices)| !choices.is_empty());
    if all.search().is_some() {
        all.beside = beside(conn, scope, reach, (&all.groups, chosen))?;
    }
    Ok(all)
}

/// Those of the chosen places that are not listed: with one statement for each kind, and none where there are none.
fn beside<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    reach: &Reach,
    (listed, chosen): (&[(String, Vec<Choice>)], &[&str]),
) -> Result<Vec<Choice>> {
    let listed = |value: &str| {
        let mut all = listed.iter().flat_map(|(_, choices)| choices);
        all.any(|choice| choice.value == value)
    };
    let (mut projects, mut organizations, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for value in chosen.iter().filter(|value| !listed(value)) {
        match Target::parse(value) {
            Some(Target::Project(id)) => projects.push(id),
            Some(Target::Organization(id)) => organizations.push(id),
            Some(Target::Group(id)) => groups.push(id),
            _ => {}
        }
    }
    let mut all = Vec::new();
    if !projects.is_empty() {
        let these = Some(Only::These(projects));
        let account = scope.account().id;
        let found = crate::projects::some_in_places(conn, account, reach, (these, MOST))?;
        all.extend(found.into_iter().map(|project| {
            let label = format!("{} ({})", project.name, project.organization);
            Choice::new(project.id.to_string(), label, false)
        }));
    }
    if !organizations.is_empty() {
        let found = organizations_in(conn, scope, reach, ("", &organizations))?;
        let found = found.into_iter();
        all.extend(found.map(|(id, name)| Choice::new(id.to_string(), name, false)));
    }
    if !groups.is_empty() {
        let found = groups_in(conn, scope, reach, ("", &groups))?;
        let found = found.into_iter();
        all.extend(found.map(|(id, name)| Choice::new(id.to_string(), name, false)));
    }
    Ok(all)
}

/// Organizations in which the acting person may create a project, by name: short name and name, two at most.
pub fn creatable<A: Demand>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Whole, A>,
) -> Result<Vec<(String, String)>> {
    let mut query = organizations::table
        .select((organizations::slug, organizations::name))
        .into_boxed::<MultiBackend>()
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::status.eq("active"));
    if let Reach::Places {
        organizations: these,
        ..
    } = reach_of(conn, roles, scope, Key::ProjectsManage)?
    {
        query = query.filter(organizations::id.eq_any(these));
    }
    Ok(query
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(2)
        .load(conn)?)
}

/// Cuts to what is listed; true when something was cut.
fn cut<T>(rows: &mut Vec<T>) -> bool {
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    more
}

fn organizations_in<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    reach: &Reach,
    (key, only): (&str, &[OrganizationId]),
) -> Result<Vec<(OrganizationId, String)>> {
    let mut query = organizations::table
        .select((organizations::id, organizations::name))
        .into_boxed::<MultiBackend>()
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::status.eq("active"));
    if let Reach::Places {
        organizations: these,
        ..
    } = reach
    {
        query = query.filter(organizations::id.eq_any(these.clone()));
    }
    if !only.is_empty() {
        query = query.filter(organizations::id.eq_any(only.to_vec()));
    }
    if !key.is_empty() {
        let last = format!("{key}\u{10ffff}");
        query = query.filter(organizations::name_key.between(key.to_owned(), last));
    }
    Ok(query
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(MOST.saturating_add(1))
        .load(conn)?)
}

fn groups_in<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    reach: &Reach,
    (key, only): (&str, &[GroupId]),
) -> Result<Vec<(GroupId, String)>> {
    let mut query = groups::table
        .select((groups::id, groups::name))
        .into_boxed::<MultiBackend>()
        .filter(groups::account_id.eq(scope.account().id));
    if let Reach::Places { groups: these, .. } = reach {
        query = query.filter(groups::id.eq_any(these.clone()));
    }
    if !only.is_empty() {
        query = query.filter(groups::id.eq_any(only.to_vec()));
    }
    if !key.is_empty() {
        let last = format!("{key}\u{10ffff}");
        query = query.filter(groups::name_key.between(key.to_owned(), last));
    }
    Ok(query
        .order((groups::name_key.asc(), groups::id.asc()))
        .limit(MOST.saturating_add(1))
        .load(conn)?)
}

/// The acting person's best rights anywhere in the account, as if they were held at one place: for a form in which the
/// place is still to be chosen.
pub fn best(roles: &RoleTable, grants: &[Grant], now: Ts) -> Resolution {
    let paths: Vec<Path> = grants
        .iter()
        .filter(|grant| grant.in_force(now))
        .map(|grant| Path {
            grant: grant.id,
            role: grant.role.clone(),
            way: Way::Direct,
            gives: roles.permissions(&grant.role, grant.scope.level()),
        })
        .collect();
    let permissions = paths
        .iter()
        .fold(PermissionSet::EMPTY, |held, path| held.union(path.gives));
    Resolution {
        level: Level::Account,
        permissions,
        paths,
    }
}

/// The roles as checkboxes, each with its sentence; those that whoever holds `here` cannot give are shown with the
/// reason and cannot be ticked. A role that cannot be held at such a place at all is left out. `request` is where the
/// role that is only given by request is asked for; none: the person is not in the account yet, and nobody asks for
/// them before they are.
pub fn givable<P: Place, A: Demand>(
    scope: &Scope<P, A>,
    (known, here, request): (&AccountRoles, &Resolution, Option<&str>),
    chosen: &[String],
) -> Vec<Choice> {
    let actor = Actor {
        user: UserId::nil(),
        here,
        roles: scope.role_table(),
    };
    // Somebody else than the acting person, whoever that will be.
    let somebody = UserId::new();
    let choice = |role: Role| {
        let refusal = actor.may_give(&role, somebody).err();
        if matches!(refusal, Some(Refusal::Scope(..))) {
            return None;
        }
        let mut choice = Choice::new(
            role.as_str(),
            role.label(),
            refusal.is_none() && chosen.iter().any(|key| key == role.as_str()),
        );
        let why_not = match refusal {
            None if role == Builtin::Owner.into() => {
                "Is offered to somebody who has come in: open Ownership in the account.".to_owned()
            }
            None => String::new(),
            Some(Refusal::Request(_)) => match request {
                Some(href) => {
                    choice.instead = Some(("Request Admin role", href.to_owned()));
                    "Needs approval.".to_owned()
                }
                None => "Needs approval: request it after adding, with Request Admin role on their page."
                    .to_owned(),
            },
            Some(_) => format!("Given by: {}.", can_be_given_by(&role)),
        };
        let hint = format!(
            "{} {why_not}",
            scope.account().says_of(scope.role_table(), &role)
        );
        choice.refused = !why_not.is_empty();
        choice.hint = hint.trim().to_owned();
        Some(choice)
    };
    known.all().filter_map(choice).collect()
}
