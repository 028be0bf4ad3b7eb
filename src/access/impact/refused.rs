//! Whether somebody may bring a change about (S11): a move or a change of a group gives nobody a role that the one who
//! makes it could not give.

use std::collections::BTreeSet;

use super::{Picture, Spot};
use crate::access::give::{self, Actor};
use crate::access::grant::Grant;
use crate::access::resolve::{Place, reaches, resolve};
use crate::access::role::{Role, RoleTable};
use crate::db::types::{Ts, UserId};

/// A role that the change would give, and why the actor may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Who would get it.
    pub user: UserId,
    /// Where.
    pub spot: Spot,
    /// Which role.
    pub role: Role,
    /// The gate that refuses, and its sentence.
    pub because: give::Refusal,
}

/// Every role that the change would give at these spots and that the actor, with the grants that they hold **before**
/// it, could not give there.
///
/// It looks further than the preview: a grant that begins tomorrow counts, and so does one of somebody who is invited
/// or shut out, for all of them would be rights without anybody giving them. Nothing is given where the same person
/// holds the same role already, for at least as long.
pub fn refused(
    table: &RoleTable,
    (actor, grants): (UserId, &[Grant]),
    before: &Picture,
    after: &Picture,
    spots: &[Spot],
    now: Ts,
) -> Vec<Refused> {
    let mut all = Vec::new();
    for spot in spots {
        let (was, will) = (before.place(*spot), after.place(*spot));
        let here = resolve(table, grants, &was, now);
        let actor = Actor {
            user: actor,
            here: &here,
            roles: table,
        };
        for (user, member) in &after.people {
            let had = before.people.get(user).map_or(&[][..], |m| &m.grants);
            let given = given(had, &member.grants, (&was, &will), now);
            all.extend(given.into_iter().filter_map(|role| {
                let because = actor.may_give(&role, *user).err()?;
                Some(Refused {
                    user: *user,
                    spot: *spot,
                    role,
                    because,
                })
            }));
        }
    }
    all
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
