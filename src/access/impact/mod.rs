//! The preview of a change: who gains and loses what, where. One answer for a move in the tree, a change of a group, a
//! changed role and a removed grant, worked out by the resolver that decides on every request.
//!
//! [`load`] draws the [`Picture`] of what a change can touch; the change is drawn as a second one ([`Picture::moved`],
//! [`Picture::joined`], [`Picture::without`] …) or as another table of roles; [`compare`] tells them apart; [`refused`]
//! says whether the actor may bring that about (S11); [`shown`] puts it into words.

pub mod load;
mod picture;
mod refused;
pub mod shown;

pub use picture::{Member, Node, Picture, Spot};
pub use refused::{Because, Brought, Refused, brought, refused};

use std::collections::{BTreeMap, BTreeSet};

use super::grant::{Grant, Scoped};
use super::permission::PermissionSet;
use super::resolve::{Place, reaches};
use super::role::{Role, RoleTable};
use crate::db::types::{Ts, UserId};

/// Rights as they are or as they would be.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Tree, groups and grants.
    pub picture: &'a Picture,
    /// What each role may do.
    pub roles: &'a RoleTable,
}

/// How much of an impact is told in detail; what is counted is always all of it.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// People told one by one.
    pub people: usize,
    /// Places told for each of them, and places told on their own.
    pub places: usize,
}

impl Most {
    /// What a page shows.
    pub const PAGE: Self = Self {
        people: 50,
        places: 10,
    };
    /// Everything.
    pub const ALL: Self = Self {
        people: usize::MAX,
        places: usize::MAX,
    };
}

/// What changes for one person at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub spot: Spot,
    /// Roles that they hold there only afterwards.
    pub gains: Vec<Role>,
    /// Roles that they hold there only before.
    pub loses: Vec<Role>,
    /// Permissions that they have there only afterwards.
    pub may: PermissionSet,
    /// Permissions that they have there only before.
    pub may_not: PermissionSet,
    /// Whether they had none there before.
    pub enters: bool,
    /// Whether they have none there afterwards.
    pub leaves: bool,
}

/// What changes for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Who.
    pub user: UserId,
    /// Where and what, in the order of the places; at most as many as were asked for.
    pub changes: Vec<Change>,
    /// At how many places more.
    pub more: usize,
}

/// How many people a change concerns at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// They had nothing there, and get something.
    pub enter: usize,
    /// They had something there, and lose all.
    pub leave: usize,
    /// They have something there before and after, and gain.
    pub gain: usize,
    /// They have something there before and after, and lose.
    pub lose: usize,
}

impl Count {
    fn add(&mut self, change: &Change) {
        let stays = !change.enters && !change.leaves;
        let more = !change.gains.is_empty() || !change.may.is_empty();
        let less = !change.loses.is_empty() || !change.may_not.is_empty();
        self.enter += usize::from(change.enters);
        self.leave += usize::from(change.leaves);
        self.gain += usize::from(stays && more);
        self.lose += usize::from(stays && less);
    }
}

/// Who gains and loses what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// How many people are concerned.
    pub people: usize,
    /// People who gain something somewhere.
    pub gaining: usize,
    /// People who lose something somewhere.
    pub losing: usize,
    /// At how many places something changes for somebody, projects of their own not counted.
    pub places: usize,
    /// How many people at each of the first places, in the order in which they were asked for.
    pub counts: Vec<(Spot, Count)>,
    /// The first people, in the order of their ids.
    pub affected: Vec<Affected>,
}

impl Impact {
    /// Whether nothing changes for anybody.
    pub fn is_none(&self) -> bool {
        self.people == 0
    }

    /// People who are concerned and not told one by one.
    pub fn more(&self) -> usize {
        self.people.saturating_sub(self.affected.len())
    }
}

/// What a person's grants come to at a place.
fn held(
    roles: &RoleTable,
    grants: &[Grant],
    place: &Place,
    now: Ts,
) -> (BTreeSet<Role>, PermissionSet) {
    let current = grants.iter().filter(|grant| grant.in_force(now));
    let here = current.filter(|grant| reaches(&grant.scope, place).is_some());
    here.fold(
        (BTreeSet::new(), PermissionSet::EMPTY),
        |(mut held, may), grant| {
            held.insert(grant.role.clone());
            let gives = roles.permissions(&grant.role, grant.scope.level());
            (held, may.union(gives))
        },
    )
}

fn grants_of<'a>(side: &Side<'a>, user: UserId) -> &'a [Grant] {
    let member = side.picture.people.get(&user);
    member
        .filter(|member| member.active)
        .map_or(&[], |member| &member.grants)
}

/// Tells two sides apart at these spots, for everybody in either picture. Projects on which a person holds a role of
/// their own are looked at with the organization that they are in; all other projects go with it.
pub fn compare(before: &Side<'_>, after: &Side<'_>, spots: &[Spot], now: Ts, most: Most) -> Impact {
    compare_each(before, after, spots, (now, most), |_, _| ())
}

/// [`compare`], and everybody with whom anything changes is looked at by `each`, with all of it, told or not.
pub fn compare_each(
    before: &Side<'_>,
    after: &Side<'_>,
    spots: &[Spot],
    (now, most): (Ts, Most),
    mut each: impl FnMut(UserId, &[Change]),
) -> Impact {
    let drawn: Vec<(Spot, Place, Place)> = spots
        .iter()
        .map(|spot| {
            (
                *spot,
                before.picture.place(*spot),
                after.picture.place(*spot),
            )
        })
        .collect();
    let everybody: BTreeSet<UserId> = [before, after]
        .iter()
        .flat_map(|side| side.picture.people.keys().copied())
        .collect();
    let here: BTreeSet<Spot> = spots.iter().copied().collect();
    let mut impact = Impact::default();
    let mut counts: BTreeMap<Spot, Count> = BTreeMap::new();
    for user in everybody {
        let grants = (grants_of(before, user), grants_of(after, user));
        let own = own_projects(before, after, grants, &here);
        let changes = drawn.iter().chain(&own).filter_map(|(spot, was, will)| {
            let was = held(before.roles, grants.0, was, now);
            let will = held(after.roles, grants.1, will, now);
            difference(*spot, was, will)
        });
        let changes: Vec<Change> = changes.collect();
        if !changes.is_empty() {
            each(user, &changes);
        }
        tell(&mut impact, &mut counts, user, changes, most);
    }
    impact.places = counts.len();
    impact.counts = spots
        .iter()
        .filter_map(|spot| Some((*spot, *counts.get(spot)?)))
        .take(most.places)
        .collect();
    impact
}

/// Adds one person's changes to what is told.
fn tell(
    impact: &mut Impact,
    counts: &mut BTreeMap<Spot, Count>,
    user: UserId,
    mut changes: Vec<Change>,
    most: Most,
) {
    if changes.is_empty() {
        return;
    }
    for change in &changes {
        if !matches!(change.spot, Spot::Project { .. }) {
            counts.entry(change.spot).or_default().add(change);
        }
    }
    let any = |these: fn(&Change) -> bool| usize::from(changes.iter().any(these));
    impact.people += 1;
    impact.gaining += any(|one| !one.gains.is_empty() || !one.may.is_empty());
    impact.losing += any(|one| !one.loses.is_empty() || !one.may_not.is_empty());
    if impact.affected.len() < most.people {
        let more = changes.len().saturating_sub(most.places);
        changes.truncate(most.places);
        impact.affected.push(Affected {
            user,
            changes,
            more,
        });
    }
}

/// The projects on which a person holds a role of their own, within the organizations that are looked at.
fn own_projects(
    before: &Side<'_>,
    after: &Side<'_>,
    grants: (&[Grant], &[Grant]),
    here: &BTreeSet<Spot>,
) -> Vec<(Spot, Place, Place)> {
    let projects: BTreeSet<Spot> = grants
        .0
        .iter()
        .chain(grants.1)
        .filter_map(|grant| match grant.scope {
            Scoped::Project { id, organization } => Some(Spot::Project { id, organization }),
            _ => None,
        })
        .collect();
    let looked_at = |spot: &Spot| match *spot {
        Spot::Project { organization, .. } => {
            here.contains(&Spot::Organization(organization)) && !here.contains(spot)
        }
        _ => false,
    };
    projects
        .into_iter()
        .filter(looked_at)
        .map(|spot| (spot, before.picture.place(spot), after.picture.place(spot)))
        .collect()
}

fn difference(
    spot: Spot,
    (had, could): (BTreeSet<Role>, PermissionSet),
    (has, can): (BTreeSet<Role>, PermissionSet),
) -> Option<Change> {
    if had == has && could == can {
        return None;
    }
    Some(Change {
        spot,
        gains: has.difference(&had).cloned().collect(),
        loses: had.difference(&has).cloned().collect(),
        may: can.except(could),
        may_not: could.except(can),
        enters: had.is_empty(),
        leaves: has.is_empty(),
    })
}

#[cfg(test)]
mod tests;
