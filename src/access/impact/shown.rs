//! An impact in words, for `templates/shared/impact.html`: "12 people gain access to South", and each person beneath.

use diesel::prelude::*;
use std::collections::BTreeMap;

use super::{Affected, Change, Count, Impact, Refused, Spot};
use crate::access::catalogue::Catalogue;
use crate::access::permission::{AnyKey, PermissionSet};
use crate::access::role::Role;
use crate::db::Conn;
use crate::db::schema::{memberships, organizations, projects, users};
use crate::db::types::{AccountId, OrganizationId, ProjectId, UserId};
use crate::error::Result;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Sentences about each place: how many people gain and lose there.
    pub sums: Vec<String>,
    /// "and 12 more places"; none when all are told.
    pub more_places: Option<String>,
    /// Who, by name.
    pub people: Vec<PersonShown>,
    /// "and 12 more people"; none when all are told.
    pub more_people: Option<String>,
}

/// What changes for one person.
#[derive(Clone, Debug)]
pub struct PersonShown {
    /// First and last name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// One sentence for each place.
    pub lines: Vec<String>,
}

/// Names of everything that is told.
struct Names {
    account: String,
    organizations: BTreeMap<OrganizationId, String>,
    projects: BTreeMap<ProjectId, String>,
    people: BTreeMap<UserId, (String, String)>,
}

impl Names {
    fn of_place(&self, spot: Spot) -> &str {
        let name = match spot {
            Spot::Account => Some(&self.account),
            Spot::Organization(id) => self.organizations.get(&id),
            Spot::Project { id, .. } => self.projects.get(&id),
        };
        let gone = match spot {
            Spot::Organization(_) => "an organization that is deleted",
            _ => "a place that is gone",
        };
        name.map_or(gone, String::as_str)
    }
}

/// Puts an impact into words; three statements for the names, whatever its size.
pub fn words(
    conn: &mut Conn,
    (account, name): (AccountId, &str),
    catalogue: &Catalogue,
    impact: &Impact,
) -> Result<Shown> {
    let told = impact.affected.iter().flat_map(|one| &one.changes);
    let spots = told
        .map(|change| change.spot)
        .chain(impact.counts.iter().map(|(spot, _)| *spot))
        .collect();
    let people = impact.affected.iter().map(|one| one.user).collect();
    let names = names(conn, (account, name), spots, people)?;
    let sums = impact
        .counts
        .iter()
        .flat_map(|(spot, count)| sentences(names.of_place(*spot), count));
    let mut people: Vec<PersonShown> = impact
        .affected
        .iter()
        .map(|one| person(&names, catalogue, one))
        .collect();
    people.sort_by(|a, b| (&a.name, &a.email).cmp(&(&b.name, &b.email)));
    let more = |number: usize, one: &str, many: &str| {
        (number > 0).then(|| format!("and {number} more {}", if number == 1 { one } else { many }))
    };
    Ok(Shown {
        sums: sums.collect(),
        more_places: more(
            impact.places.saturating_sub(impact.counts.len()),
            "place",
            "places",
        ),
        people,
        more_people: more(impact.more(), "person", "people"),
    })
}

fn names(
    conn: &mut Conn,
    (account, name): (AccountId, &str),
    spots: Vec<Spot>,
    people: Vec<UserId>,
) -> Result<Names> {
    let (mut in_tree, mut at_work) = (Vec::new(), Vec::new());
    for spot in spots {
        match spot {
            Spot::Account => {}
            Spot::Organization(id) => in_tree.push(id),
            Spot::Project { id, .. } => at_work.push(id),
        }
    }
    let organizations: Vec<(OrganizationId, String)> = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::id.eq_any(in_tree))
        .filter(organizations::status.ne("deleted"))
        .select((organizations::id, organizations::name))
        .load(conn)?;
    let projects: Vec<(ProjectId, String)> = projects::table
        .filter(projects::account_id.eq(account))
        .filter(projects::id.eq_any(at_work))
        .select((projects::id, projects::name))
        .load(conn)?;
    // By the names that the account knows: of whoever is only invited, what was typed (S16).
    let people: Vec<(UserId, String, String, String)> = memberships::table
        .inner_join(users::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq_any(people))
        .select((
            users::id,
            memberships::first_name,
            memberships::last_name,
            users::email,
        ))
        .load(conn)?;
    let named = |(id, first, last, email)| (id, (format!("{first} {last}"), email));
    Ok(Names {
        account: name.to_owned(),
        organizations: organizations.into_iter().collect(),
        projects: projects.into_iter().collect(),
        people: people.into_iter().map(named).collect(),
    })
}

/// "12 people gain access to South."
fn sentences(place: &str, count: &Count) -> Vec<String> {
    let say = |number: usize, one: &str, many: &str, rest: &str| {
        let words = match number {
            0 => return None,
            1 => format!("1 person {one}"),
            _ => format!("{number} people {many}"),
        };
        Some(format!("{words} {rest} {place}."))
    };
    [
        say(count.enter, "gains", "gain", "access to"),
        say(count.leave, "loses", "lose", "access to"),
        say(count.gain, "gains", "gain", "a role or a permission in"),
        say(count.lose, "loses", "lose", "a role or a permission in"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn person(names: &Names, catalogue: &Catalogue, one: &Affected) -> PersonShown {
    let (name, email) = names
        .people
        .get(&one.user)
        .cloned()
        .unwrap_or_else(|| ("Somebody".into(), String::new()));
    let mut lines: Vec<String> = one
        .changes
        .iter()
        .map(|change| line(names.of_place(change.spot), catalogue, change))
        .collect();
    if one.more > 0 {
        let places = if one.more == 1 { "place" } else { "places" };
        lines.push(format!("and the like in {} more {places}", one.more));
    }
    PersonShown { name, email, lines }
}

/// "South: gains Viewer (View users, View devices)."
fn line(place: &str, catalogue: &Catalogue, change: &Change) -> String {
    let part = |verb: &str, roles: &[Role], keys: PermissionSet| {
        let roles: Vec<&str> = roles.iter().map(Role::label).collect();
        let keys = labels(catalogue, keys);
        match (roles.is_empty(), keys.is_empty()) {
            (true, true) => None,
            (true, false) => Some(format!("{verb} {keys}")),
            (false, true) => Some(format!(
                "{verb} {} (nothing that another role does not give)",
                roles.join(", ")
            )),
            (false, false) => Some(format!("{verb} {} ({keys})", roles.join(", "))),
        }
    };
    let parts = [
        part("gains", &change.gains, change.may),
        part("loses", &change.loses, change.may_not),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let end = if change.leaves {
        ", and has no access any more"
    } else {
        ""
    };
    format!("{place}: {}{end}.", parts.join("; "))
}

/// What some permissions are called.
fn labels(catalogue: &Catalogue, keys: PermissionSet) -> String {
    let label = |key| match key {
        AnyKey::Portal(key) => Some(key.label().to_owned()),
        AnyKey::Product(key) => catalogue.get(key).map(|product| product.label.clone()),
    };
    keys.iter().filter_map(label).collect::<Vec<_>>().join(", ")
}

/// Why a change is refused (S11), in sentences: at most as many as are told.
pub fn refusals(
    conn: &mut Conn,
    account: (AccountId, &str),
    refused: &[Refused],
    most: usize,
) -> Result<Vec<String>> {
    let told = refused.get(..most).unwrap_or(refused);
    let spots = told.iter().map(|one| one.brought.spot).collect();
    let people = told.iter().map(|one| one.brought.user).collect();
    let names = names(conn, account, spots, people)?;
    let sentence = |one: &Refused| {
        let who = names.people.get(&one.brought.user);
        let who = who.map_or("Somebody", |(name, _)| name.as_str());
        format!(
            "{who} would get the role {} in {}. {}",
            one.brought.role,
            names.of_place(one.brought.spot),
            one.because
        )
    };
    let mut all: Vec<String> = told.iter().map(sentence).collect();
    let more = refused.len().saturating_sub(told.len());
    if more > 0 {
        all.push(format!("And {more} more like these."));
    }
    Ok(all)
}
