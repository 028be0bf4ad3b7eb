//! Why somebody may do something at a place, what would end it, and why not. Pure, like the resolver, and made of the
//! resolver's own answers: it cannot say anything else than what decides.

use super::custom::AccountRoles;
use super::grant::{Grant, Level, Scoped};
use super::permission::AnyKey;
use super::resolve::{self, Branch, Path, Place, Way};
use super::role::{Role, RoleTable};
use crate::db::types::{GrantId, GroupId, Ts};

/// What is asked: this permission, at this place, now.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The permission.
    pub key: AnyKey,
    /// The place, with everything above it and the groups around it.
    pub place: &'a Place,
    /// Whether it is a project that is archived: roles given on just this place do nothing.
    pub archived: bool,
    /// When.
    pub now: Ts,
    /// The roles that there are in the account.
    pub roles: &'a AccountRoles,
}

/// Of whom it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Their grants in the account, current or not, as far as whoever asks may see them.
    pub grants: &'a [Grant],
    /// Whether these are all of their grants.
    pub complete: bool,
    /// Whether their membership is active: only then does a grant carry a right.
    pub active: bool,
}

/// The answer, before any why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// They may.
    Yes,
    /// They may not.
    No,
    /// No grant that can be seen gives it, and there may be others.
    CannotSay,
}

/// A single act that ends some of somebody's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// This grant is taken away.
    Take(GrantId),
    /// The organization asked about, or the one the project is in, is taken out of this group.
    LeaveGroup(GroupId),
}

/// Something that stands between a person and the permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The membership is not active.
    NotActive,
    /// A grant would give it from this moment on.
    NotBegun(GrantId, Ts),
    /// A grant gave it until this moment.
    Ended(GrantId, Ts),
    /// A grant on the place itself would give it, were the place not archived.
    Archived(GrantId),
    /// A grant reaches the place, and its role does not include the permission.
    Lacks(GrantId),
    /// A grant gives the permission, and does not reach the place.
    Elsewhere(GrantId),
}

/// A role that would give the permission, and the narrowest kind of scope at which it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The role.
    pub role: Role,
    /// Where it would have to be held: on the place itself, or on something around it.
    pub level: Level,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Yes, no, or neither.
    pub answer: Answer,
    /// Every grant that gives it now, in the order of the grants. With a membership that is not active: those that
    /// would.
    pub paths: Vec<Path>,
    /// The [smallest change](smallest_change) that would end it; empty unless the answer is yes.
    pub change: Vec<Act>,
    /// What is missing; empty when the answer is yes.
    pub missing: Vec<Missing>,
    /// Which roles would give it; empty when the answer is yes.
    pub remedies: Vec<Remedy>,
}

/// Explains. The answer is yes exactly if the resolver gives the permission to the person at the place.
pub fn explain(table: &RoleTable, subject: &Subject<'_>, asked: &Question<'_>) -> Explanation {
    let found = resolve::resolve(table, subject.grants, asked.place, asked.now);
    let found = if asked.archived { found.inert() } else { found };
    let paths: Vec<Path> = found.why(asked.key).cloned().collect();
    if subject.active && !paths.is_empty() {
        return Explanation {
            answer: Answer::Yes,
            change: smallest_change(&paths),
            paths,
            missing: Vec::new(),
            remedies: Vec::new(),
        };
    }
    let remedies = remedies(table, asked);
    // Whatever else they hold: nobody can do at such a place what no role gives there.
    let settled = subject.complete || !subject.active || remedies.is_empty();
    Explanation {
        answer: if settled {
            Answer::No
        } else {
            Answer::CannotSay
        },
        paths,
        change: Vec::new(),
        missing: missing(table, subject, asked),
        remedies,
    }
}

/// The smallest change that ends what these paths give: the smallest number of single [acts](Act), and among equally
/// small ones that which concerns the fewest others.
///
/// Every path has to end. A grant that comes by way of a group ends here with the grant, or with the organization's
/// place in the group; any other only with the grant. So several grants by the same group are one act, the group
/// left. For a single one both would do, and the grant is taken: that concerns this person alone, whereas a group left
/// changes what everybody with a role on the group can do. There is no third way of the same size, so the change is
/// the only one of its kind. It changes nothing but the person's grants and the groups: not the tree, the roles, or
/// the membership.
pub fn smallest_change(paths: &[Path]) -> Vec<Act> {
    let through = |group: GroupId| {
        let same = move |path: &&Path| path.way == Way::Group(group);
        paths.iter().filter(same).count()
    };
    let mut acts: Vec<Act> = Vec::new();
    for path in paths {
        let act = match path.way {
            Way::Group(group) if through(group) > 1 => Act::LeaveGroup(group),
            _ => Act::Take(path.grant),
        };
        if !acts.contains(&act) {
            acts.push(act);
        }
    }
    acts
}

/// What stands in the way, the nearest first: the membership, then grants that would do at another time, those that
/// reach the place and fall short, and those that hold elsewhere.
fn missing(table: &RoleTable, subject: &Subject<'_>, asked: &Question<'_>) -> Vec<Missing> {
    let mut all: Vec<(u8, Missing)> = Vec::new();
    if !subject.active {
        all.push((0, Missing::NotActive));
    }
    for grant in subject.grants {
        let gives = table
            .permissions(&grant.role, grant.scope.level())
            .contains(asked.key);
        let reaches = resolve::reaches(&grant.scope, asked.place).is_some();
        let entry = match (grant.in_force(asked.now), gives, reaches) {
            (true, true, true) if asked.archived && subject.active => {
                (1, Missing::Archived(grant.id))
            }
            (true, false, true) => (3, Missing::Lacks(grant.id)),
            (true, true, false) => (4, Missing::Elsewhere(grant.id)),
            (false, true, true) => match at_another_time(grant, asked.now) {
                // It will begin, and do nothing.
                Some((rank, Missing::NotBegun(id, _)))
                    if asked.archived && grant.scope.level() == Level::Project =>
                {
                    (rank, Missing::Archived(id))
                }
                Some(at) => at,
                None => continue,
            },
            _ => continue,
        };
        all.push(entry);
    }
    all.sort_by_key(|(rank, _)| *rank);
    all.into_iter().map(|(_, missing)| missing).collect()
}

/// A grant that would count at another time; none if it never can (a role that cannot be held at such a scope, an end
/// before the start).
fn at_another_time(grant: &Grant, now: Ts) -> Option<(u8, Missing)> {
    match (grant.starts_at, grant.ends_at) {
        // It never counts, whatever wrote it.
        (Some(start), Some(end)) if end <= start => None,
        (_, Some(end)) if end <= now => Some((2, Missing::Ended(grant.id, end))),
        (Some(start), _) if start > now => Some((1, Missing::NotBegun(grant.id, start))),
        _ => None,
    }
}

/// The roles that would give the permission at the place, each with the narrowest kind of scope at which it does.
pub fn remedies(table: &RoleTable, asked: &Question<'_>) -> Vec<Remedy> {
    let around: &[Level] = match asked.place.level() {
        Level::Project if asked.archived => &[Level::Organization, Level::Account],
        Level::Project => &[Level::Project, Level::Organization, Level::Account],
        Level::Organization => &[Level::Organization, Level::Account],
        Level::Group => &[Level::Group, Level::Account],
        Level::Account => &[Level::Account],
    };
    let remedy = |role: Role| {
        let gives = |level: &&Level| table.permissions(&role, **level).contains(asked.key);
        let level = *around.iter().find(gives)?;
        Some(Remedy { role, level })
    };
    asked.roles.all().filter_map(remedy).collect()
}

/// The roles that give the permission when held at a scope of this kind.
pub fn giving(table: &RoleTable, roles: &AccountRoles, key: AnyKey, level: Level) -> Vec<Role> {
    let gives = |role: &Role| table.permissions(role, level).contains(key);
    roles.all().filter(gives).collect()
}

/// Every scope whose grants reach the place, from the widest to the narrowest: [`resolve::reaches`] the other way
/// round. On the organization itself grants with and without "everything below" do, and only the latter is named.
pub fn reached_from(place: &Place) -> Vec<Scoped> {
    let along = |branch: &Branch| {
        let above = branch.ancestors.iter().rev();
        above
            .map(|id| Scoped::Organization {
                id: *id,
                below: true,
            })
            .collect::<Vec<_>>()
    };
    let here = |branch: &Branch, below| Scoped::Organization {
        id: branch.organization,
        below,
    };
    let groups = |branch: &Branch| -> Vec<Scoped> {
        branch.groups.iter().copied().map(Scoped::Group).collect()
    };
    let mut all = vec![Scoped::Account];
    match place {
        Place::Account => {}
        Place::Group(id) => all.push(Scoped::Group(*id)),
        Place::Organization(branch) => {
            all.extend(groups(branch));
            all.extend(along(branch));
            all.push(here(branch, false));
        }
        Place::Subtree(branch) => {
            all.extend(along(branch));
            all.push(here(branch, true));
        }
        Place::Project { id, within } => {
            all.extend(groups(within));
            all.extend(along(within));
            all.push(here(within, false));
            all.push(Scoped::Project {
                id: *id,
                organization: within.organization,
            });
        }
    }
    all
}

#[cfg(test)]
mod tests;
