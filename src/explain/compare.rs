//! Two people beside each other: their roles place by place, and what each may do at one place.

use super::asking::{Asked, field, named};
use super::check::note;
use super::finding::{Asker, Spot, Subject, people, places, spot};
use super::pages::{ComparePage, Compared, ComparedPlace, ComparedRight};
use super::words;
use crate::access::grant::Scoped;
use crate::access::permission::PermissionSet;
use crate::access::resolve;
use crate::db::Conn;
use crate::error::Result;
use crate::members::{Condition, Held, Status};
use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::urls;

/// How many places are written out.
const MOST: usize = 200;

/// The page.
pub fn page(
    conn: &mut Conn,
    asker: &Asker<'_>,
    shell: Shell,
    asked: &Asked,
) -> Result<ComparePage> {
    let (account, slug) = (&asker.account().name, &asker.account().slug);
    let mut errors = Errors::new();
    let sent = !asked.find && asked.person.is_some() && asked.other.is_some();
    let stranger = format!("There is nobody like that in {account}, or you cannot see them");
    let one = field(
        &mut errors,
        ("person", asked.person.as_ref()),
        (sent, "Choose a person", &stranger),
        |id| Subject::find(conn, asker, id),
    )?;
    let other = field(
        &mut errors,
        ("other", asked.other.as_ref()),
        (sent, "Choose another person", &stranger),
        |id| Subject::find(conn, asker, id),
    )?;
    let nowhere = format!("There is no such place in {account}, or you cannot see it");
    let at = field(
        &mut errors,
        ("where", asked.place.as_ref()),
        (false, "", &nowhere),
        |id| spot(conn, asker, id),
    )?;
    let compared = match (&one, &other) {
        (Some(one), Some(other)) if !asked.find && errors.is_empty() => {
            Some(compare(asker, (one, other), at.as_ref()))
        }
        _ => None,
    };
    Ok(ComparePage {
        tabs: super::handlers::tabs(slug, 3),
        action: urls::access_compare(slug),
        people: people(conn, asker, (&asked.q, one.as_ref()))?,
        others: people(conn, asker, (&asked.other_q, other.as_ref()))?,
        places: places(conn, asker, &asked.place_q)?.choose(at.as_ref()),
        note: note(asker),
        shell: shell.with_errors(&errors),
        errors,
        compared,
    })
}

fn compare(asker: &Asker<'_>, (one, other): (&Subject, &Subject), at: Option<&Spot>) -> Compared {
    let account = asker.account();
    let mut places = by_place(asker, one, other);
    let more = places.len().saturating_sub(MOST);
    places.truncate(MOST);
    let inactive = [one, other].into_iter();
    Compared {
        one: one.name.clone(),
        other: other.name.clone(),
        inactive: inactive
            .filter_map(|subject| words::not_active(subject, account))
            .collect(),
        places,
        more,
        spot: at.map(|spot| spot.name.clone()),
        rights: at
            .map(|spot| rights(asker, (one, other), spot))
            .unwrap_or_default(),
    }
}

/// Their roles that are in force, by the place that they are given on.
fn by_place(asker: &Asker<'_>, one: &Subject, other: &Subject) -> Vec<ComparedPlace> {
    let mut scopes: Vec<(Scoped, &Held)> = Vec::new();
    for held in current(asker, one).chain(current(asker, other)) {
        if !scopes.iter().any(|(known, _)| *known == held.scope) {
            scopes.push((held.scope, held));
        }
    }
    let account = asker.account();
    let roles = |subject, scope| {
        let here = current(asker, subject).filter(|held| held.scope == scope);
        let mut labels: Vec<&str> = here.map(|held| held.role.label()).collect();
        labels.sort_unstable();
        labels.join(", ")
    };
    let row = |(scope, held): (Scoped, &Held)| {
        let (one, other) = (roles(one, scope), roles(other, scope));
        let name = held.place.clone().unwrap_or_else(|| account.name.clone());
        let row = ComparedPlace {
            name,
            kind: kind(held, &account.word_singular),
            same: one == other,
            one,
            other,
        };
        (scope.level(), row)
    };
    let mut rows: Vec<_> = scopes.into_iter().map(row).collect();
    rows.sort_by(|(a, one), (b, other)| {
        (one.same, a, &one.name).cmp(&(other.same, b, &other.name))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

fn current<'a>(asker: &Asker<'_>, subject: &'a Subject) -> impl Iterator<Item = &'a Held> {
    let now = asker.now;
    subject.held.iter().filter(move |held| {
        held.starts_at.is_none_or(|start| start <= now) && held.ends_at.is_none_or(|end| now < end)
    })
}

fn kind(held: &Held, word: &str) -> String {
    match held.scope {
        Scoped::Account => "Whole account".into(),
        Scoped::Group(_) => "Group of organizations".into(),
        Scoped::Organization { below: true, .. } => "Organization and everything below it".into(),
        Scoped::Organization { .. } => "Organization".into(),
        Scoped::Project { .. } => {
            let kind = match &held.within {
                Some(organization) => format!("{word} in {organization}"),
                None => word.to_owned(),
            };
            if held.condition == Condition::Asleep {
                format!("{kind}, archived: roles on it alone do nothing")
            } else {
                kind
            }
        }
    }
}

/// What either may do at the place, by the resolver.
fn rights(
    asker: &Asker<'_>,
    (one, other): (&Subject, &Subject),
    spot: &Spot,
) -> Vec<ComparedRight> {
    let held = |subject: &Subject| {
        if subject.status != Status::Active {
            return PermissionSet::EMPTY;
        }
        let found = resolve::resolve(asker.roles, &subject.grants(), &spot.place, asker.now);
        if spot.archived {
            found.inert().permissions
        } else {
            found.permissions
        }
    };
    let (one, other) = (held(one), held(other));
    let right = |key| ComparedRight {
        label: named(asker.account(), asker.catalogue, key).0,
        one: one.contains(key),
        other: other.contains(key),
    };
    let mut rights: Vec<ComparedRight> = one.union(other).iter().map(right).collect();
    rights.sort_by_key(|right| right.one == right.other);
    rights
}
