//! Whether somebody may bring a change about (S11): a move or a change of a group gives nobody a role that the one who
//! makes it could not give.

use std::collections::{BTreeMap, BTreeSet};

use super::{Picture, Spot};
use crate::access::give::{self, Actor};
use crate::access::grant::Grant;
use crate::access::resolve::{Place, Resolution, reaches, resolve};
use crate::access::role::{Role, RoleTable};
use crate::db::types::{Ts, UserId};

/// A role that comes to a place by a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Who would get it.
    pub user: UserId,
    /// Where.
    pub spot: Spot,
    /// Which role.
    pub role: Role,
}

/// Why a role may not come by a change: its text is a sentence for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// The one who makes the change could not give it.
    Giver(give::Refusal),
    /// Nobody has proven the login that would get it (S15).
    Unproven(String),
}

impl std::fmt::Display for Because {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Giver(refusal) => refusal.fmt(f),
            Self::Unproven(sentence) => f.write_str(sentence),
        }
    }
}

/// A role that the change would give, and why it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The role, where and for whom.
    pub brought: Brought,
    /// Why not.
    pub because: Because,
}

/// Every role that the change would give at these spots.
///
/// It looks further than the preview: a grant that begins tomorrow counts, and so does one of somebody who is invited
/// or shut out, for all of them would be rights without anybody giving them. Nothing is given where the same person
/// holds the same role already, for at least as long.
pub fn brought(before: &Picture, after: &Picture, spots: &[Spot], now: Ts) -> Vec<Brought> {
    let mut all = Vec::new();
    for spot in spots {
        let (was, will) = (before.place(*spot), after.place(*spot));
        for (user, member) in &after.people {
            let had = before.people.get(user).map_or(&[][..], |m| &m.grants);
            let given = given(had, &member.grants, (&was, &will), now);
            all.extend(given.into_iter().map(|role| Brought {
                user: *user,
                spot: *spot,
                role,
            }));
        }
    }
    all
}

/// Those of them that the actor, with the grants that they hold **before** the change, could not give there.
pub fn refused(
    table: &RoleTable,
    (actor, grants): (UserId, &[Grant]),
    before: &Picture,
    brought: &[Brought],
    now: Ts,
) -> Vec<Refused> {
    let mut heres: BTreeMap<Spot, Resolution> = BTreeMap::new();
    let one = |brought: &Brought| {
        let here = heres
            .entry(brought.spot)
            .or_insert_with(|| resolve(table, grants, &before.place(brought.spot), now));
        let actor = Actor {
            user: actor,
            here,
            roles: table,
        };
        let because = actor.may_give(&brought.role, brought.user).err()?;
        Some(Refused {
            brought: brought.clone(),
            because: Because::Giver(because),
        })
    };
    brought.iter().filter_map(one).collect()
}

/// The roles that come to a place by the change: of grants that reach it only afterwards, now or one day.
fn given(had: &[Grant], has: &[Grant], (was, will): (&Place, &Place), now: Ts) -> BTreeSet<Role> {
    let kept = |new: &Grant| {
        had.iter().any(|old| {
            old.role == new.role
                && old.in_force(now)
                && reaches(&old.scope, was).is_some()
                && old
                    .ends_at
                    .is_none_or(|end| new.ends_at.is_some_and(|other| other <= end))
        })
    };
    let stood =
        |grant: &Grant| had.iter().any(|old| old == grant) && reaches(&grant.scope, was).is_some();
    has.iter()
        .filter(|grant| grant.ends_at.is_none_or(|end| now < end))
        .filter(|grant| grant.role.levels().contains(&grant.scope.level()))
        .filter(|grant| reaches(&grant.scope, will).is_some())
        .filter(|grant| !stood(grant) && !kept(grant))
        .map(|grant| grant.role.clone())
        .collect()
}
