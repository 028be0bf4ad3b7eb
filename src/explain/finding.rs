//! Who asks, how much of the account they see, and the people and places that they may ask about.

use diesel::prelude::*;

use crate::access::catalogue::Catalogue;
use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::grant::{Grant, Scoped};
use crate::access::permission::Key;
use crate::access::place::{Account, Whole};
use crate::access::resolve::{self, Place};
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::access::standing::Standing;
use crate::app::App;
use crate::db::schema::{groups, organizations, projects};
use crate::db::types::{AccountId, GroupId, OrganizationId, ProjectId, Ts, UserId};
use crate::db::{Conn, MultiBackend};
use crate::error::{Error, Result};
use crate::members::{self, Held, Status, Target};
use crate::users::{self, Listed, Reach};
use crate::web::field::fold;
use crate::web::page::Page;
use crate::web::view::Choice;

/// How many people, and places of a kind, a list to choose from has before it becomes a search.
pub const MOST: usize = 50;

/// Whoever asks, in the account.
pub struct Asker<'a> {
    /// Who, where, with which grants.
    pub standing: &'a Standing,
    /// When.
    pub now: Ts,
    /// What each role may do.
    pub roles: &'a RoleTable,
    /// What else there is to ask about.
    pub catalogue: &'a Catalogue,
    /// Where in the account they see whose roles these are (S6).
    pub reach: Reach,
    /// The roles that there are in the account.
    pub known: AccountRoles,
}

impl<'a> Asker<'a> {
    /// Somebody who sees users somewhere. Who sees the whole account's users, or its audit log, sees everything.
    pub fn of<A: Demand>(
        conn: &mut Conn,
        app: &'a App,
        scope: &'a Scope<Whole, A>,
    ) -> Result<Self> {
        let roles = app.roles();
        let mut audits = resolve::holding(roles, scope.grants(), Key::AuditView, scope.now());
        let reach = if audits.any(|grant| grant.scope == Scoped::Account) {
            Reach::Account
        } else {
            users::reach_of(conn, roles, scope, Key::UsersView)?
        };
        Ok(Self {
            standing: scope.standing(),
            now: scope.now(),
            roles,
            catalogue: app.catalogue(),
            reach,
            known: AccountRoles::load(conn, scope.account().id)?,
        })
    }

    /// Somebody who asks about themselves alone.
    pub fn themselves(
        conn: &mut Conn,
        app: &'a App,
        standing: &'a Standing,
        now: Ts,
    ) -> Result<Self> {
        Ok(Self {
            standing,
            now,
            roles: app.roles(),
            catalogue: app.catalogue(),
            reach: Reach::nowhere(),
            known: AccountRoles::load(conn, standing.account.id)?,
        })
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.standing.account
    }

    /// Whether nothing in the account is kept from them.
    pub fn sees_all(&self) -> bool {
        self.reach == Reach::Account
    }
}

/// Somebody whom the question is about.
pub struct Subject {
    /// Who.
    pub id: UserId,
    /// First and last name.
    pub name: String,
    /// How they stand in the account.
    pub status: Status,
    /// Whether it is whoever asks.
    pub you: bool,
    /// Their roles, as far as whoever asks may see them.
    pub held: Vec<Held>,
    /// Whether these are all.
    pub complete: bool,
}

impl Subject {
    /// The roles as the resolver knows them.
    pub fn grants(&self) -> Vec<Grant> {
        let grant = |held: &Held| Grant {
            id: held.grant,
            role: held.role.clone(),
            scope: held.scope,
            starts_at: held.starts_at,
            ends_at: held.ends_at,
            asleep: false,
        };
        self.held.iter().map(grant).collect()
    }

    /// Whoever asks, about themselves.
    pub fn oneself(conn: &mut Conn, asker: &Asker<'_>) -> Result<Self> {
        let person = &asker.standing.person;
        Ok(Self {
            id: person.id,
            name: person.name.clone(),
            status: Status::Active,
            you: true,
            held: members::counting_of(conn, asker.account().id, person.id)?,
            complete: true,
        })
    }

    /// The person with this id; whoever is outside of what the asker sees is not there.
    pub fn find(conn: &mut Conn, asker: &Asker<'_>, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<UserId>() else {
            return Ok(None);
        };
        if id == asker.standing.person.id {
            return Self::oneself(conn, asker).map(Some);
        }
        let account = asker.account().id;
        let Some(row) = users::one_of(conn, account, &asker.reach, id)? else {
            return Ok(None);
        };
        let mut held = members::counting_of(conn, account, id)?;
        held.retain(|held| asker.reach.holds(&held.scope));
        Ok(Some(Self {
            id,
            name: format!("{} {}", row.first_name, row.last_name),
            status: Status::parse(&row.status)?,
            you: false,
            held,
            complete: asker.sees_all(),
        }))
    }
}

/// People to choose from.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Them.
    pub choices: Vec<Choice>,
    /// Whether there are too many for one list, or they have been searched.
    pub searched: bool,
    /// What was searched for.
    pub q: String,
    /// What is said of those who are not among them.
    pub rest: &'static str,
}

/// The people that one may ask about: those whose name or address begins so. The one chosen stays among them.
pub fn people(
    conn: &mut Conn,
    asker: &Asker<'_>,
    (q, chosen): (&str, Option<&Subject>),
) -> Result<People> {
    let found = users::askable(conn, asker.account().id, &asker.reach, (q, MOST))?;
    let is_chosen = |id: UserId| chosen.is_some_and(|subject| subject.id == id);
    let choice = |row: &Listed| {
        let state = match row.status.as_str() {
            "invited" => ", invited",
            "deactivated" => ", inactive",
            _ => "",
        };
        let label = format!("{} ({}{state})", users::showing::name(row), row.email);
        Choice::new(row.id.to_string(), label, is_chosen(row.id))
    };
    let mut choices: Vec<Choice> = found.rows.iter().map(choice).collect();
    if let Some(subject) = chosen.filter(|_| !choices.iter().any(|choice| choice.chosen)) {
        choices.insert(0, Choice::new(subject.id.to_string(), &subject.name, true));
    }
    Ok(People {
        choices,
        searched: found.more || !q.is_empty(),
        q: q.to_owned(),
        rest: users::rest(found.more),
    })
}

/// A place that one asks about.
#[derive(Clone, Debug)]
pub struct Spot {
    /// As a form names it.
    pub target: Target,
    /// As the resolver knows it.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// Name of the organization that it is or lies in.
    pub organization: Option<String>,
    /// Whether it is a project that is closed.
    pub archived: bool,
    /// Whether the organization that it is or lies in can only be read.
    pub read_only: bool,
}

/// The place of this typed id, if whoever asks can see it (S5).
pub fn spot(conn: &mut Conn, asker: &Asker<'_>, text: &str) -> Result<Option<Spot>> {
    let Some(target) = Target::parse(text) else {
        return Ok(None);
    };
    let spot = match located(conn, asker.account(), target) {
        Ok(spot) => spot,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(is_visible(conn, asker, &spot.place)?.then_some(spot))
}

fn is_visible(conn: &mut Conn, asker: &Asker<'_>, place: &Place) -> Result<bool> {
    let grants = &asker.standing.grants;
    let mut current = grants.iter().filter(|grant| grant.in_force(asker.now));
    if current.any(|grant| resolve::reaches(&grant.scope, place).is_some()) {
        return Ok(true);
    }
    match place {
        Place::Account => Ok(true),
        Place::Organization(branch) => {
            let here = crate::access::place::Organization {
                id: branch.organization,
                slug: String::new(),
                name: String::new(),
                ancestors: branch.ancestors.clone(),
                groups: branch.groups.clone(),
                archived: false,
            };
            crate::organizations::holds_something_visible(conn, &here, grants, asker.now)
        }
        Place::Group(_) | Place::Subtree(_) | Place::Project { .. } => Ok(false),
    }
}

/// The place inside the account. Unlike for giving roles, a closed project is one.
fn located(conn: &mut Conn, account: &Account, target: Target) -> Result<Spot> {
    let Target::Project(id) = target else {
        let found = members::place_of(conn, account.id, &account.name, target)?;
        return Ok(Spot {
            target,
            place: found.place,
            name: found.name,
            organization: found.organization,
            archived: false,
            read_only: found.archived,
        });
    };
    let (organization, name, status): (OrganizationId, String, String) = projects::table
        .filter(projects::account_id.eq(account.id))
        .filter(projects::id.eq(id))
        .select((projects::organization_id, projects::name, projects::status))
        .first(conn)?;
    let home = Target::Organization(organization);
    let home = members::place_of(conn, account.id, &account.name, home)?;
    let Place::Organization(within) = home.place else {
        return Err(Error::internal("an organization is no organization"));
    };
    Ok(Spot {
        target,
        place: Place::Project { id, within },
        name,
        organization: home.organization,
        archived: status != "active",
        read_only: home.archived,
    })
}

/// Places to choose from, by kind.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The kind, and the places of it.
    pub groups: Vec<(String, Vec<Choice>)>,
    /// Whether there are too many for one list, or they have been searched.
    pub searched: bool,
    /// What was searched for.
    pub q: String,
}

impl Places {
    /// Marks the chosen one, which stays among them.
    pub fn choose(mut self, chosen: Option<&Spot>) -> Self {
        let Some(spot) = chosen else {
            return self;
        };
        let value = spot.target.to_string();
        let mut all = self.groups.iter_mut().flat_map(|(_, choices)| choices);
        match all.find(|choice| choice.value == value) {
            Some(choice) => choice.chosen = true,
            None => {
                let one = Choice::new(value, &spot.name, true);
                self.groups.insert(0, ("Chosen".into(), vec![one]));
            }
        }
        self
    }
}

/// The places where whoever asks sees users, whose names begin so; and the account.
pub fn places(conn: &mut Conn, asker: &Asker<'_>, q: &str) -> Result<Places> {
    let account = asker.account();
    let key = fold(q);
    let choice = |value: String, label: String| Choice::new(value, label, false);
    let whole = choice(account.id.to_string(), account.name.clone());
    let groups = Page::cut(groups_in(conn, account.id, &asker.reach, &key)?, MOST);
    let organizations = Page::cut(
        organizations_in(conn, account.id, &asker.reach, &key)?,
        MOST,
    );
    let projects = Page::cut(projects_in(conn, account.id, &asker.reach, &key)?, MOST);
    let more = groups.more || organizations.more || projects.more;
    let groups = groups.rows.into_iter();
    let organizations = organizations.rows.into_iter();
    let projects = projects.rows.into_iter();
    let mut all = vec![
        ("Whole account".to_owned(), vec![whole]),
        (
            "Groups of organizations".to_owned(),
            groups
                .map(|(id, name)| choice(id.to_string(), name))
                .collect(),
        ),
        (
            "Organizations".to_owned(),
            organizations
                .map(|(id, name)| choice(id.to_string(), name))
                .collect(),
        ),
        (
            account.word_plural.clone(),
            projects
                .map(|(id, name, home)| choice(id.to_string(), format!("{name} ({home})")))
                .collect(),
        ),
    ];
    all.retain(|(_, choices): &(_, Vec<Choice>)| !choices.is_empty());
    Ok(Places {
        groups: all,
        searched: more || !q.is_empty(),
        q: q.to_owned(),
    })
}

fn groups_in(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    key: &str,
) -> Result<Vec<(GroupId, String)>> {
    let mut query = groups::table
        .select((groups::id, groups::name))
        .into_boxed::<MultiBackend>()
        .filter(groups::account_id.eq(account));
    if let Reach::Places { groups: these, .. } = reach {
        query = query.filter(groups::id.eq_any(these.clone()));
    }
    if !key.is_empty() {
        query = query.filter(groups::name_key.between(key.to_owned(), format!("{key}\u{10ffff}")));
    }
    Ok(query
        .order((groups::name_key.asc(), groups::id.asc()))
        .limit(Page::<()>::fetch(MOST))
        .load(conn)?)
}

fn organizations_in(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    key: &str,
) -> Result<Vec<(OrganizationId, String)>> {
    let mut query = organizations::table
        .select((organizations::id, organizations::name))
        .into_boxed::<MultiBackend>()
        .filter(organizations::account_id.eq(account))
        .filter(organizations::status.eq("active"));
    if let Reach::Places {
        organizations: these,
        ..
    } = reach
    {
        query = query.filter(organizations::id.eq_any(these.clone()));
    }
    if !key.is_empty() {
        query = query
            .filter(organizations::name_key.between(key.to_owned(), format!("{key}\u{10ffff}")));
    }
    Ok(query
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(Page::<()>::fetch(MOST))
        .load(conn)?)
}

fn projects_in(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    key: &str,
) -> Result<Vec<(ProjectId, String, String)>> {
    let mut query = projects::table
        .inner_join(organizations::table)
        .select((projects::id, projects::name, organizations::name))
        .into_boxed::<MultiBackend>()
        .filter(projects::account_id.eq(account))
        .filter(projects::status.eq("active"))
        .filter(organizations::status.eq("active"));
    if let Reach::Places {
        organizations: in_these,
        projects: these,
        ..
    } = reach
    {
        let mine = projects::organization_id.eq_any(in_these.clone());
        query = query.filter(mine.or(projects::id.eq_any(these.clone())));
    }
    if !key.is_empty() {
        query =
            query.filter(projects::name_key.between(key.to_owned(), format!("{key}\u{10ffff}")));
    }
    Ok(query
        .order((projects::name_key.asc(), projects::id.asc()))
        .limit(Page::<()>::fetch(MOST))
        .load(conn)?)
}
