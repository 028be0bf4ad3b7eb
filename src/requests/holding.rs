//! What somebody holds already of what is asked for them: nothing is asked for twice, and nobody loses by being given
//! more.

use super::asking::{Asking, Subject};
use crate::access::extent::{Extent, Spell};
use crate::access::grant::{Grant, Scoped};
use crate::access::resolve;
use crate::access::role::{Builtin, Role};
use crate::access::standing::grants_of;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{AccountId, Ts, UserId};
use crate::error::Result;
use crate::members::Found;

/// "is Admin of North", "has Operations in Dock 4".
pub(super) fn holds((key, label): (&str, &str), place: &str) -> String {
    if key == Builtin::Admin.key() || key == Builtin::Owner.key() {
        format!("is {label} of {place}")
    } else {
        format!("has {label} in {place}")
    }
}

/// The same of oneself.
fn you_hold(role: &Role, place: &str) -> String {
    if *role == Builtin::Admin.into() || *role == Builtin::Owner.into() {
        format!("You are {role} of {place}")
    } else {
        format!("You have {role} in {place}")
    }
}

/// Says so where the person can do everything there already, and without an end.
pub(super) fn holds_already(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    (subject, found, role): (&Subject, &Found, &Role),
) -> Result<Option<String>> {
    let now = scope.now();
    let theirs = grants_of(conn, scope.account().id, subject.id)?;
    let person = (scope.account().id, subject.id);
    let key = role.as_str();
    if let Some(spell) = reaches_further(conn, person, (key, &found.scope), now)? {
        let holds = holds((key, role.label()), &found.name);
        return Ok(Some(further(&subject.name, &holds, spell)));
    }
    let endless: Vec<Grant> = (theirs.into_iter())
        .filter(|grant| grant.ends_at.is_none())
        .collect();
    let there = resolve::resolve(app.roles(), &endless, &found.standing(), now);
    let you = subject.id == scope.person().id;
    let named = |role: &Role| {
        if you {
            you_hold(role, &found.name)
        } else {
            let holds = holds((role.as_str(), role.label()), &found.name);
            format!("{} {holds}", subject.name)
        }
    };
    let high = [Builtin::Owner, Builtin::Admin].map(Role::from);
    let held = high.iter().find(|role| there.holds(*role));
    if *role == Builtin::Admin.into() {
        return Ok(held.map(|role| format!("{} already", named(role))));
    }
    if there.holds(role) {
        return Ok(Some(format!("{} already", named(role))));
    }
    let gives = app.roles().permissions(role, found.scope.level());
    Ok(gives.is_subset(there.permissions).then(|| {
        let who = if you { "You" } else { &subject.name };
        let place = &found.name;
        format!("{who} can do everything in {place} already that {role} lets do")
    }))
}

/// What is wanted: without an end, and as far below as it says.
const fn wanted(scope: &Scoped) -> Extent {
    Extent {
        below: scope.is_below(),
        starts_at: None,
        ends_at: None,
    }
}

/// When somebody holds the role here with everything below, where it is asked for without, from now on and for good: one
/// grant cannot say both, and nobody is to lose what they hold by being given more.
pub(super) fn reaches_further(
    conn: &mut Conn,
    (account, person): (AccountId, UserId),
    (role, scope): (&str, &Scoped),
    now: Ts,
) -> Result<Option<Spell>> {
    let held = grants_of(conn, account, person)?.into_iter();
    let held = held.filter(|held| held.role.as_str() == role && held.scope.is_at(scope));
    let wanted = wanted(scope);
    // What is held from now on and for good is all of what is wanted, and more: that is no hindrance but enough.
    let apart = |held: &Extent| !wanted.covers(held, now) && !held.covers(&wanted, now);
    let other = held.map(|held| Extent::of(&held)).find(apart);
    Ok(other.and_then(|held| held.spell(now)))
}

/// Whether somebody holds the role at just this place already, as far and as long as is asked for: what else was approved
/// meanwhile says it too, and no grant would come of this.
pub(super) fn is_covered(
    conn: &mut Conn,
    (account, person): (AccountId, UserId),
    (role, scope): (&str, &Scoped),
    now: Ts,
) -> Result<bool> {
    let held = grants_of(conn, account, person)?.into_iter();
    let mut held = held.filter(|held| held.role.as_str() == role && held.scope.is_at(scope));
    Ok(held.any(|held| Extent::of(&held).covers(&wanted(scope), now)))
}

/// The same in words.
pub(super) fn further(name: &str, holds: &str, spell: Spell) -> String {
    format!(
        "{name} {holds} and everything below it {spell}. Ask for it with everything below: approved, that holds at once and has no end."
    )
}
