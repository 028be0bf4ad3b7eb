//! Telling people that they hold other roles (ux §8, mails 14 and 15): the one place where that is worked out, from what
//! they held before an act and what they hold after it, whatever the act was. One notice a person and place.
//!
//! Nobody is told of their own acts, nor whoever has not come in yet: that one has their welcome. Who is shut out is told
//! of nothing. The mails are the notices that the account and their readers turn off (`outbox::enqueue`).

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::during;
use super::model::{Held, Status};
use super::places::Found;
use super::there::held_on;
use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::place::{Account, Place};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::schema::{grants, organizations, projects};
use crate::db::types::{AccountId, GrantId, MailId, OrganizationId, ProjectId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::Result;
use crate::mail::templates::{self, Letter};
use crate::mail::{self, outbox};
use crate::notifications::{self, Kind};
use crate::users::{self, Listed, showing};
use crate::web::urls;

/// A mail that was queued about somebody's roles at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Who is told.
    pub user: UserId,
    /// Of which place, as grants name it.
    pub place: GrantId,
    /// By which mail.
    pub mail: MailId,
}

/// What somebody held at one place, and what they hold there now.
#[derive(Default)]
struct Shift<'a> {
    before: Vec<&'a Held>,
    after: Vec<&'a Held>,
}

/// What makes a role another one to its holder: which grant it is says nothing.
type Sense<'a> = (&'a str, bool, Option<Ts>, Option<Ts>);

fn senses<'a>(held: &[&'a Held], now: Ts) -> Vec<Sense<'a>> {
    let one = |held: &&'a Held| {
        let starts_at = held.starts_at.filter(|start| now < *start);
        (held.role.as_str(), held.is_below(), starts_at, held.ends_at)
    };
    let mut all: Vec<Sense<'a>> = held.iter().map(one).collect();
    all.sort_unstable();
    all
}

impl<'a> Shift<'a> {
    fn is_none(&self, now: Ts) -> bool {
        senses(&self.before, now) == senses(&self.after, now)
    }

    /// The scope of the place, and its name where a role says it.
    fn place(&self) -> Option<(&'a Scoped, Option<&'a str>)> {
        let held = self.after.first().or_else(|| self.before.first())?;
        Some((&held.scope, held.place.as_deref()))
    }

    /// From when on and until when all of it is held now, if that is the same.
    fn during(&self, now: Ts) -> Option<super::During> {
        let one = |held: &&Held| (held.starts_at.filter(|start| now < *start), held.ends_at);
        let first = self.after.first().map(one)?;
        self.after
            .iter()
            .all(|held| one(held) == first)
            .then_some(first)
    }
}

/// What changed for whom where, of all that was held before and after.
fn shifts<'a>(
    account: AccountId,
    (before, after): (&'a [Held], &'a [Held]),
    now: Ts,
) -> BTreeMap<(UserId, GrantId), Shift<'a>> {
    let mut all: BTreeMap<_, Shift<'a>> = BTreeMap::new();
    let current = |held: &&Held| !held.extent().is_over(now);
    for held in before.iter().filter(current) {
        let shift = all.entry((held.user, held.scope.id(account)));
        shift.or_default().before.push(held);
    }
    for held in after.iter().filter(current) {
        let shift = all.entry((held.user, held.scope.id(account)));
        shift.or_default().after.push(held);
    }
    all.retain(|_, shift| !shift.is_none(now));
    all
}

/// Queues the notices about what these people held before and hold after an act of the acting person; says which. Who
/// and where is in `untold` is left out: they were never told of what is taken back.
pub fn tell<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (before, after): (&[Held], &[Held]),
    untold: &[Told],
) -> Result<Vec<Told>> {
    let (account, now) = (scope.account(), scope.now());
    let mut shifts = shifts(account.id, (before, after), now);
    let is_untold = |(user, place): &(UserId, GrantId)| {
        let mut untold = untold.iter();
        untold.any(|told| (told.user, told.place) == (*user, *place))
    };
    shifts.retain(|key, _| key.0 != scope.person().id && !is_untold(key));
    if shifts.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<UserId> = shifts.keys().map(|(user, _)| *user).collect();
    ids.dedup();
    let mut people = users::these(conn, account.id, &ids)?;
    people.retain(|row| row.status == Status::Active.as_str());
    let names = Names::load(conn, account, shifts.values())?;
    let mut told = Vec::new();
    for ((user, place), shift) in &shifts {
        let person = people.iter().find(|row| row.id == *user);
        let named = shift.place().and_then(|at| names.of(account, at));
        let (Some(person), Some(named)) = (person, named) else {
            continue;
        };
        let mail = MailId::new();
        let new = outbox::NewMail {
            id: mail,
            account: Some(account.id),
            link: None,
            reader: Some(*user),
            recipient: person.email.clone(),
            letter: letter(scope, person, (shift, named)),
            sealed_token: None,
            message_id: mail::letterhead(app.config()).message_id(mail),
            due_at: now,
            created_at: now,
        };
        if outbox::enqueue(conn, new)? {
            told.push(Told {
                user: *user,
                place: *place,
                mail,
            });
        }
    }
    Ok(told)
}

/// What to say: whoever held nothing on a project can now work there; everybody else has other roles.
fn letter<P: Place, A: Demand>(
    scope: &Scope<P, A>,
    person: &Listed,
    (shift, named): (&Shift<'_>, Named),
) -> Letter {
    let (account, now) = (scope.account(), scope.now());
    let by = scope.person().name.clone();
    let during = shift.during(now);
    if named.is_project && shift.before.is_empty() {
        let plain = during.is_some();
        return Letter::Added(templates::Added {
            account: account.into(),
            person: person.first_name.clone(),
            adder: by,
            organization: named.organization,
            project: named.place,
            roles: labels(&shift.after, account, (now, plain)),
            during: during.unwrap_or_default(),
            path: named.path,
        });
    }
    Letter::RolesChanged(templates::RolesChanged {
        account: account.into(),
        person: person.first_name.clone(),
        by,
        organization: named.organization,
        project: named.place,
        before: labels(&shift.before, account, (now, false)),
        after: labels(&shift.after, account, (now, false)),
        path: named.path,
    })
}

/// The roles in words, by name; `plain` leaves their days to be said beside.
fn labels(held: &[&Held], account: &Account, (now, plain): (Ts, bool)) -> Vec<String> {
    let mut held = held.to_vec();
    held.sort_unstable_by(|one, other| one.role.cmp(&other.role));
    let label = |held: &Held| {
        let mut label = held.role.label().to_owned();
        if held.is_below() {
            label.push_str(" with everything below it");
        }
        let starts_at = held.starts_at.filter(|start| now < *start);
        let days = during::days((starts_at, held.ends_at), &account.time_zone);
        match days {
            Some(days) if !plain => format!("{label} ({days})"),
            _ => label,
        }
    };
    held.into_iter().map(label).collect()
}

/// A place, as a notice names it.
struct Named {
    organization: String,
    place: templates::Project,
    path: String,
    is_project: bool,
}

/// The names of organizations and projects, and the slugs of their addresses.
struct Names {
    organizations: Vec<(OrganizationId, String, String)>,
    projects: Vec<(ProjectId, OrganizationId, String, String)>,
}

impl Names {
    /// Reads them, in one statement of each kind. What is deleted is not there: nobody is told of roles that open
    /// nothing.
    fn load<'a>(
        conn: &mut Conn,
        account: &Account,
        shifts: impl Iterator<Item = &'a Shift<'a>>,
    ) -> Result<Self> {
        let (mut homes, mut these) = (Vec::new(), Vec::new());
        for (scope, _) in shifts.filter_map(Shift::place) {
            match *scope {
                Scoped::Account | Scoped::Group(_) => {}
                Scoped::Organization { id, .. } => homes.push(id),
                Scoped::Project { id, organization } => {
                    homes.push(organization);
                    these.push(id);
                }
            }
        }
        homes.sort_unstable();
        homes.dedup();
        these.sort_unstable();
        these.dedup();
        let mut all = Self {
            organizations: Vec::new(),
            projects: Vec::new(),
        };
        if !homes.is_empty() {
            all.organizations = organizations::table
                .filter(organizations::account_id.eq(account.id))
                .filter(among(organizations::id, &homes))
                .filter(organizations::status.ne("deleted"))
                .select((organizations::id, organizations::name, organizations::slug))
                .load(conn)?;
        }
        if !these.is_empty() {
            all.projects = projects::table
                .filter(projects::account_id.eq(account.id))
                .filter(among(projects::id, &these))
                .filter(projects::status.eq("active"))
                .select((
                    projects::id,
                    projects::organization_id,
                    projects::name,
                    projects::slug,
                ))
                .load(conn)?;
        }
        Ok(all)
    }

    fn organization(&self, id: OrganizationId) -> Option<(&String, &String)> {
        let found = self.organizations.iter().find(|(own, ..)| *own == id);
        found.map(|(_, name, slug)| (name, slug))
    }

    /// How a notice names the place of this scope. The page of a group is for whoever arranges groups: who holds a role
    /// there begins in the account.
    fn of(&self, account: &Account, (scope, name): (&Scoped, Option<&str>)) -> Option<Named> {
        let slug = &account.slug;
        let (word, name, organization, path) = match *scope {
            Scoped::Account => ("Account", account.name.clone(), None, urls::account(slug)),
            Scoped::Group(_) => ("Group", name?.to_owned(), None, urls::account(slug)),
            Scoped::Organization { id, .. } => {
                let (name, own) = self.organization(id)?;
                let path = urls::organization(slug, own);
                ("Organization", name.clone(), None, path)
            }
            Scoped::Project { id, organization } => {
                let (home, within) = self.organization(organization)?;
                let found = self.projects.iter().find(|(own, ..)| *own == id);
                let (.., name, own) = found?;
                let path = urls::project(slug, within, own);
                let word = account.word_singular.as_str();
                (word, name.clone(), Some(home.clone()), path)
            }
        };
        Some(Named {
            is_project: organization.is_some(),
            organization: organization.unwrap_or_default(),
            place: templates::Project {
                word: word.to_owned(),
                name,
            },
            path,
        })
    }
}

/// What these people hold on just this place, each role as far below it as it reaches: to tell them of it.
pub fn held_at<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    found: &Found,
    people: &[UserId],
) -> Result<Vec<Held>> {
    let (account, now) = (scope.account().id, scope.now());
    let Scoped::Organization { id, .. } = found.scope else {
        return held_on(conn, account, (found.scope, &found.name), people, now);
    };
    let alone = Scoped::Organization { id, below: false };
    let mut held = held_on(conn, account, (alone, &found.name), people, now)?;
    let wide: Vec<GrantId> = grants::table
        .filter(grants::account_id.eq(account))
        .filter(grants::scope_id.eq(alone.id(account)))
        .filter(among(grants::user_id, people))
        .filter(grants::below.eq(true))
        .select(grants::id)
        .load(conn)?;
    for one in &mut held {
        if wide.contains(&one.grant) {
            one.scope = Scoped::Organization { id, below: true };
        }
    }
    Ok(held)
}

/// Who of these people will be told by mail, each by a notice of this kind: for a page that shows an act before it is
/// done.
pub fn foretold(conn: &mut Conn, account: &Account, people: &[(&Listed, Kind)]) -> Result<String> {
    if !account.notifications {
        return Ok("Nobody is told by mail: email notifications of the account are off.".into());
    }
    let is_here = |row: &Listed| row.status == Status::Active.as_str();
    let active: Vec<_> = people.iter().filter(|(row, _)| is_here(row)).collect();
    let mut unwilling = Vec::new();
    for kind in [Kind::Added, Kind::RolesChanged] {
        let of_kind = active.iter().filter(|(_, its)| *its == kind);
        let ids: Vec<UserId> = of_kind.map(|(row, _)| row.id).collect();
        if !ids.is_empty() {
            unwilling.extend(notifications::unwilling(conn, (account.id, kind), &ids)?);
        }
    }
    let told = active
        .iter()
        .filter(|(row, _)| !unwilling.contains(&row.id));
    let told: Vec<String> = told.map(|(row, _)| showing::name(row)).collect();
    Ok(if told.is_empty() {
        "Nobody is told by mail.".into()
    } else {
        format!("Told by mail: {}.", told.join(", "))
    })
}
