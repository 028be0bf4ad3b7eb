//! Paths, acts and what is missing, in words.

use crate::access::explain::{Act, Missing};
use crate::access::grant::{Level, Scoped};
use crate::access::place::Account;
use crate::access::resolve::{Path, Way};
use crate::db::types::{GrantId, GroupId, UserId};
use crate::members::{Held, Status, during};
use crate::requests::Reason;
use crate::web::urls;
use crate::web::view::{day, moment};

use super::finding::{Spot, Subject};

/// "on Dock 4", "of group West", "on the whole account".
pub fn at(held: &Held, account: &Account) -> String {
    let place = held.place.as_deref().unwrap_or(&account.name);
    match held.scope {
        Scoped::Account => "on the whole account".into(),
        Scoped::Group(_) => format!("of group {place}"),
        Scoped::Organization { below: true, .. } => format!("on {place} and everything below it"),
        Scoped::Organization { .. } | Scoped::Project { .. } => format!("on {place}"),
    }
}

/// "User Management on Dock 4"; "Owner of group West (inherited by South)".
pub fn path(path: &Path, held: &Held, (spot, account): (&Spot, &Account)) -> String {
    let role = format!("{} {}", held.role, at(held, account));
    match path.way {
        Way::Direct => role,
        Way::Account | Way::Group(_) | Way::Ancestor(_) | Way::Organization(_) => {
            format!("{role} (inherited by {})", spot.name)
        }
    }
}

/// Where a role at a place comes from.
pub fn source(way: Way, held: &Held, account: &Account) -> String {
    let from = held.place.as_deref().unwrap_or(&account.name);
    match way {
        Way::Direct => "Direct".into(),
        Way::Account => format!("From {from}, the whole account"),
        Way::Group(_) => format!("From group {from}"),
        Way::Ancestor(_) => format!("From {from} and everything below it"),
        Way::Organization(_) => format!("From {from}"),
    }
}

/// "given by Ravi Patel on 3 May 2026, until 31 May 2026, the last day".
pub fn given(held: &Held, names: &[(UserId, String)], account: &Account) -> String {
    let giver = names.iter().find(|(id, _)| Some(*id) == held.given_by);
    let mut text = match giver {
        Some((_, name)) => format!("given by {name} on {}", day(held.given_at)),
        None => format!("given on {}", day(held.given_at)),
    };
    if let Some(at) = held.ends_at {
        let end = during::end_in_words(at, &account.time_zone);
        text.push_str(&format!(", until {end}"));
    }
    text
}

/// Why it is held, and the request that says so, where it was asked for.
pub fn because(held: &Held, reasons: &[Reason], account: &Account) -> Option<(String, String)> {
    let found = reasons.iter().find(|reason| reason.grant == held.grant)?;
    let request = urls::request(&account.slug, found.request);
    Some((found.reason.clone(), request))
}

/// Whoever it is about, in a sentence.
pub fn whom(subject: &Subject) -> &str {
    if subject.you { "you" } else { &subject.name }
}

/// An act that would end the access.
pub fn act(act: Act, subject: &Subject, (spot, account): (&Spot, &Account)) -> Option<String> {
    match act {
        Act::Take(grant) => {
            let held = of(subject, grant)?;
            let role = format!("{} {}", held.role, at(held, account));
            Some(format!("Take {role} away from {}.", whom(subject)))
        }
        Act::LeaveGroup(group) => {
            let group = group_name(subject, group)?;
            let organization = spot.organization.as_deref()?;
            Some(format!(
                "Take {organization} out of group {group}. That changes what everybody with a role on the group can do in {organization}."
            ))
        }
    }
}

fn group_name(subject: &Subject, group: GroupId) -> Option<&str> {
    let mut held = subject.held.iter();
    let held = held.find(|held| held.scope == Scoped::Group(group))?;
    held.place.as_deref()
}

/// The role behind a grant.
pub fn of(subject: &Subject, grant: GrantId) -> Option<&Held> {
    subject.held.iter().find(|held| held.grant == grant)
}

/// What stands in the way, in a sentence.
pub fn missing(
    missing: Missing,
    subject: &Subject,
    (spot, account): (&Spot, &Account),
) -> Option<String> {
    let role =
        |grant| of(subject, grant).map(|held| format!("{} {}", held.role, at(held, account)));
    Some(match missing {
        Missing::NotActive => not_active(subject, account)?,
        Missing::NotBegun(grant, from) => format!("{} begins on {}.", role(grant)?, moment(from)),
        Missing::Ended(grant, at) => {
            let role = role(grant)?;
            format!(
                "{role} ended on {}. It ran out; nobody took it away.",
                moment(at)
            )
        }
        Missing::Archived(grant) => format!(
            "{} would give it, but {} is archived: roles on it alone do nothing.",
            role(grant)?,
            spot.name
        ),
        Missing::Lacks(grant) => format!("{} does not include it.", role(grant)?),
        Missing::Elsewhere(grant) => {
            format!(
                "{} includes it, but does not reach {}.",
                role(grant)?,
                spot.name
            )
        }
    })
}

/// Why no role of theirs counts at all.
pub fn not_active(subject: &Subject, account: &Account) -> Option<String> {
    let name = &subject.name;
    match subject.status {
        Status::Active => None,
        Status::Invited => Some(format!(
            "{name} is invited and has not come in yet. Roles count from then on."
        )),
        Status::Deactivated => Some(format!(
            "{name} is inactive in {}: no role counts.",
            account.name
        )),
    }
}

/// Where a role of this kind would have to be held.
pub fn on(level: Level, (spot, account): (&Spot, &Account)) -> String {
    match level {
        Level::Account => format!("the whole account {}", account.name),
        Level::Organization => spot
            .organization
            .clone()
            .unwrap_or_else(|| spot.name.clone()),
        Level::Group | Level::Project => spot.name.clone(),
    }
}
