//! Roles of several people at one place: who gets and who loses what, and who stays as they are. What is left is one
//! change, which `members` stores as a whole and can take back.

use sha2::{Digest, Sha256};
use std::slice;

use super::{Done, Outcome};
use crate::access::gate::Somewhere;
use crate::access::give::is_powerful;
use crate::access::permission::UsersManage;
use crate::access::place::{Account, Whole};
use crate::access::refusal::Refusal;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{GrantId, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Change, During, Found, Held, Status, Stays, Target, during};
use crate::users::Listed;

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Which roles, where.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The place.
    pub target: Target,
    /// The roles; none, where they are taken: all that are held there.
    pub roles: Vec<Role>,
    /// Whether they are taken away.
    pub takes: bool,
    /// From when on, and until when, they are given.
    pub during: During,
}

/// What it comes to.
#[derive(Debug)]
pub struct Planned {
    /// The place.
    pub found: Found,
    /// What changes, for those with whom anything does.
    pub changes: Vec<Change>,
    /// What it comes to for each of the people, in their order.
    pub outcomes: Vec<Outcome>,
    /// Tells what it comes to for each from what it would after any change; sent along with the agreement. None for
    /// whom nothing is done with.
    pub marks: Vec<Option<String>>,
}

/// Tells one change of a person's roles from another, also where a role of the account has other content by then.
fn mark(change: &Change) -> String {
    let lost: Vec<GrantId> = change.loses.iter().map(|held| held.grant).collect();
    let gets: Vec<&Role> = change.gets.iter().map(|(role, _)| role).collect();
    let (user, after, days) = (change.user, change.after(), change.during);
    let text = format!("{user} {gets:?} {lost:?} {after:?} {days:?}");
    format!("{:x}", Sha256::digest(text))
}

/// Works it out, with an id for each role that is given. Reads as many statements for many people as for one.
///
/// # Errors
/// The place is not there, or cannot be seen; a conflict when nobody gets a role there.
pub fn plan(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (wish, grants): (&Wish, &[GrantId]),
    people: &[Listed],
) -> Result<Planned> {
    let account = scope.account();
    let found = members::place_of(conn, account.id, &account.name, wish.target)?;
    members::act(app, scope, &found)?;
    if !wish.takes {
        found.refuse_archived()?;
    }
    let ids: Vec<UserId> = people.iter().map(|person| person.id).collect();
    let mut held = members::by_grants(conn, account.id, &ids)?;
    held.retain(|held| {
        Target::of(account.id, &held.scope) == wish.target
            && held.ends_at.is_none_or(|end| scope.now() < end)
    });
    held.sort_by(|one, other| (one.user, &one.role).cmp(&(other.user, &other.role)));
    let mut unproven = Vec::new();
    for role in wish.roles.iter().filter(|_| !wish.takes) {
        let given = (role, &found.scope, ids.as_slice());
        let some = members::unproven(conn, app, account.id, given, scope.now())?;
        unproven.extend(some.into_iter().map(|(user, why)| (user, role, why)));
    }
    let mut grants = grants.iter().copied();
    let (mut changes, mut outcomes, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for person in people {
        let own: Vec<&Held> = held.iter().filter(|held| held.user == person.id).collect();
        let asked = change(wish, &found, (person, &own), &mut grants);
        let kept = kept(wish, (scope, account), &own);
        let not_yet = |change: &Change| {
            let gets = |role: &Role| change.gets.iter().any(|(got, _)| got == role);
            let mut theirs = unproven.iter().filter(|(user, ..)| *user == change.user);
            theirs
                .find(|(_, role, _)| gets(role))
                .map(|(.., why)| why.clone())
        };
        let asked = match asked.and_then(|change| match not_yet(&change) {
            Some(why) => Err(Refusal::new("role", why).told()),
            None => Ok(change),
        }) {
            Ok(change) => match Change::ask(app, scope, &found, slice::from_ref(&change)) {
                Ok(()) => Ok(change),
                Err(Error::Forbidden(refusal)) => Err(refusal.told()),
                Err(error) => return Err(error),
            },
            Err(why) => Err(why),
        };
        marks.push(asked.as_ref().ok().map(mark));
        outcomes.push(match asked {
            Ok(change) => {
                let done = Done {
                    text: format!("{}{kept}", words(&change, &found.name, account)),
                    names: named(&change)
                        .map(|role| {
                            let much = is_powerful(app.roles(), role, found.scope.level());
                            (role.label().to_owned(), much)
                        })
                        .collect(),
                    ..Done::default()
                };
                changes.push(change);
                Outcome::Done(Box::new(done))
            }
            Err(why) => Outcome::Skipped(format!("{why}{kept}")),
        });
    }
    Ok(Planned {
        found,
        changes,
        outcomes,
        marks,
    })
}

/// What one person would get or lose, or why nothing.
fn change(
    wish: &Wish,
    found: &Found,
    (person, held): (&Listed, &[&Held]),
    grants: &mut impl Iterator<Item = GrantId>,
) -> std::result::Result<Change, String> {
    let owner = Role::from(Builtin::Owner);
    let meant = |role: &Role| wish.roles.is_empty() || wish.roles.contains(role);
    let loses: Vec<Held> = held
        .iter()
        .filter(|held| wish.takes && meant(&held.role))
        .map(|held| (*held).clone())
        .collect();
    if wish.roles.contains(&owner) || loses.iter().any(|held| held.role == owner) {
        return Err("Ownership is passed on by itself: open Ownership in the account.".into());
    }
    if let Some(wide) = loses.iter().find(|held| held.scope != found.scope) {
        return Err(format!(
            "{} holds on everything below {}, too: change it in the Members of {}.",
            wide.role.label(),
            found.name,
            found.name
        ));
    }
    let before: Vec<Role> = held.iter().map(|held| held.role.clone()).collect();
    let inactive = person.status == Status::Deactivated.as_str();
    if !wish.takes && inactive {
        return Err("Is inactive: reactivate them first.".into());
    }
    let new = wish.roles.iter().filter(|role| !before.contains(role));
    let gets: Vec<(Role, GrantId)> = if wish.takes {
        Vec::new()
    } else {
        new.cloned().zip(grants).collect()
    };
    if gets.is_empty() && loses.is_empty() {
        return Err(match (wish.takes, wish.roles.is_empty()) {
            (true, true) => format!("Holds no role on {} itself.", found.name),
            (true, false) => format!("Does not hold this on {}.", found.name),
            (false, _) => format!("Holds this on {} already.", found.name),
        });
    }
    Ok(Change {
        user: person.id,
        before,
        gets,
        during: wish.during,
        loses,
    })
}

/// What of these roles is held for a time only, and stays so: behind what is done.
fn kept(wish: &Wish, (scope, account): (&Manager, &Account), held: &[&Held]) -> String {
    let words = |held: &&Held| {
        let stays = Stays::of(held.grant, &held.extent(), wish.during, scope.now())?;
        Some(stays.words(&held.role, &account.time_zone))
    };
    let own = held.iter().filter(|held| wish.roles.contains(&held.role));
    let all: Vec<String> = own.filter_map(words).collect();
    if wish.takes || all.is_empty() {
        return String::new();
    }
    format!(" {}; change it on their page.", all.join("; "))
}

/// The roles that somebody gets or loses: never both.
fn named(change: &Change) -> impl Iterator<Item = &Role> {
    let loses = change.loses.iter().map(|held| &held.role);
    change.gets.iter().map(|(role, _)| role).chain(loses)
}

fn words(change: &Change, place: &str, account: &Account) -> String {
    let names: Vec<&str> = named(change).map(Role::label).collect();
    let names = names.join(", ");
    if change.loses.is_empty() {
        let days = during::days(change.during, &account.time_zone);
        let days = days.map_or_else(String::new, |days| format!(" {days}"));
        return format!("Gets {names} on {place}{days}.");
    }
    let left = change.after().is_empty();
    let then = if left {
        ", and then holds no role there"
    } else {
        ""
    };
    format!("Loses {names} on {place}{then}.")
}
