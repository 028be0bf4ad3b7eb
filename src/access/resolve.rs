//! The resolver: from grants and a place to permissions, with the why. Pure: it reads nothing and knows no clock.
//!
//! It is given the grants of one person in one account, and trusts whoever loaded them for two things: that they
//! are of that person and of the account of the place, and that the person's membership of that account is
//! **active**. Invited and deactivated memberships carry no right, whatever is granted beside them; so the door that
//! loads grants (`access::scope`) joins the membership, and hands over no grants where it is not active.

use super::grant::{Grant, Level, Scoped};
use super::permission::{AnyKey, Key, PermissionSet};
use super::role::{Role, RoleTable};
use crate::db::types::{GrantId, GroupId, OrganizationId, ProjectId, Ts};

/// An organization, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The organization.
    pub organization: OrganizationId,
    /// Its ancestors, its parent first and the root last.
    pub ancestors: Vec<OrganizationId>,
    /// The groups that it is in. Those of its ancestors do not count: a group reaches the organizations in it.
    pub groups: Vec<GroupId>,
}

/// What is looked at: a place in the account of the grants, with the chain above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The account itself.
    Account,
    /// A group, as a scope to give a role at: all its organizations, now and later.
    Group(GroupId),
    /// An organization.
    Organization(Branch),
    /// An organization with everything below it, now and later, as a scope to give a role at or a parent to create
    /// under. It is reached only by what reaches all of it: more than the organization alone.
    Subtree(Branch),
    /// A project.
    Project {
        /// The project.
        id: ProjectId,
        /// The organization that it is in.
        within: Branch,
    },
}

impl Place {
    /// At which kind of scope a role would be given here.
    pub const fn level(&self) -> Level {
        match self {
            Self::Account => Level::Account,
            Self::Group(_) => Level::Group,
            Self::Organization(_) | Self::Subtree(_) => Level::Organization,
            Self::Project { .. } => Level::Project,
        }
    }
}

/// How a grant reaches a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is given on this very place.
    Direct,
    /// It is given on the account.
    Account,
    /// It is given on a group that the organization is in.
    Group(GroupId),
    /// It is given on an organization above, and everything below it.
    Ancestor(OrganizationId),
    /// It is given on the organization that the project is in.
    Organization(OrganizationId),
}

/// One grant that reaches the place: a part of the why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The grant.
    pub grant: GrantId,
    /// Its role.
    pub role: Role,
    /// How it reaches the place.
    pub way: Way,
    /// What it gives there.
    pub gives: PermissionSet,
}

/// What a person may do at a place, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The kind of the place.
    pub level: Level,
    /// The union of what all paths give.
    pub permissions: PermissionSet,
    /// Every current grant that reaches the place, in the order of the grants.
    pub paths: Vec<Path>,
}

impl Resolution {
    /// Whether the person holds this role here, by whatever way.
    pub fn holds(&self, role: impl Into<Role>) -> bool {
        let role = role.into();
        self.paths.iter().any(|path| path.role == role)
    }

    /// Names of the roles held here, each once, in the order of the alphabet.
    pub fn role_labels(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = self.paths.iter().map(|path| path.role.label()).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    /// The same on a project that is archived: roles given on just this place stay visible, and do nothing.
    #[must_use]
    pub fn inert(mut self) -> Self {
        for path in &mut self.paths {
            if path.way == Way::Direct {
                path.gives = PermissionSet::EMPTY;
            }
        }
        self.permissions = self
            .paths
            .iter()
            .fold(PermissionSet::EMPTY, |held, path| held.union(path.gives));
        self
    }

    /// The paths that give this permission here.
    pub fn why(&self, key: impl Into<AnyKey>) -> impl Iterator<Item = &Path> {
        let key = key.into();
        self.paths
            .iter()
            .filter(move |path| path.gives.contains(key))
    }
}

/// How a grant given at this scope reaches the place; none if it does not. Says nothing of time.
pub fn reaches(scope: &Scoped, place: &Place) -> Option<Way> {
    match (scope, place) {
        (Scoped::Account, Place::Account) => Some(Way::Direct),
        (Scoped::Account, _) => Some(Way::Account),
        (Scoped::Group(group), Place::Group(here)) => (group == here).then_some(Way::Direct),
        (
            Scoped::Group(group),
            Place::Organization(branch) | Place::Project { within: branch, .. },
        ) => branch.groups.contains(group).then_some(Way::Group(*group)),
        (Scoped::Organization { id, below }, Place::Organization(branch)) => {
            along(*id, *below, branch, Way::Direct)
        }
        (Scoped::Organization { id, below: true }, Place::Subtree(branch)) => {
            along(*id, true, branch, Way::Direct)
        }
        (Scoped::Organization { id, below }, Place::Project { within, .. }) => {
            along(*id, *below, within, Way::Organization(*id))
        }
        (Scoped::Project { id, .. }, Place::Project { id: here, .. }) => {
            (id == here).then_some(Way::Direct)
        }
        // Nothing below the account reaches it or a group; a project's grant reaches that project alone; and a
        // group or a single organization is not everything below one.
        (Scoped::Group(_), Place::Account | Place::Subtree(_))
        | (Scoped::Organization { .. }, Place::Account | Place::Group(_))
        | (Scoped::Organization { below: false, .. }, Place::Subtree(_))
        | (
            Scoped::Project { .. },
            Place::Account | Place::Group(_) | Place::Organization(_) | Place::Subtree(_),
        ) => None,
    }
}

/// How a grant on an organization comes to this branch: `there` if it is the very one.
fn along(id: OrganizationId, below: bool, branch: &Branch, there: Way) -> Option<Way> {
    if id == branch.organization {
        Some(there)
    } else {
        (below && branch.ancestors.contains(&id)).then_some(Way::Ancestor(id))
    }
}

/// The grants that count now and reach the place, each with its way.
fn reaching<'a>(
    grants: &'a [Grant],
    place: &'a Place,
    now: Ts,
) -> impl Iterator<Item = (&'a Grant, Way)> {
    let current = grants.iter().filter(move |grant| grant.in_force(now));
    current.filter_map(|grant| reaches(&grant.scope, place).map(|way| (grant, way)))
}

/// What the grants allow at the place: the union over all that count now and reach it. This is what each request
/// asks; [`resolve`] says the why too.
pub fn permissions(table: &RoleTable, grants: &[Grant], place: &Place, now: Ts) -> PermissionSet {
    reaching(grants, place, now).fold(PermissionSet::EMPTY, |held, (grant, _)| {
        held.union(table.permissions(&grant.role, grant.scope.level()))
    })
}

/// What the grants allow at the place, with every path that gives it.
pub fn resolve(table: &RoleTable, grants: &[Grant], place: &Place, now: Ts) -> Resolution {
    let path = |(grant, way): (&Grant, Way)| Path {
        grant: grant.id,
        role: grant.role.clone(),
        way,
        gives: table.permissions(&grant.role, grant.scope.level()),
    };
    let paths: Vec<Path> = reaching(grants, place, now).map(path).collect();
    let permissions = paths
        .iter()
        .fold(PermissionSet::EMPTY, |held, path| held.union(path.gives));
    Resolution {
        level: place.level(),
        permissions,
        paths,
    }
}

/// The grants that count now and give this permission at their own scope, which is not archived if it is a project: where somebody holds it, for pages that
/// open for whoever holds it anywhere in the account.
pub fn holding<'a>(
    table: &'a RoleTable,
    grants: &'a [Grant],
    key: Key,
    now: Ts,
) -> impl Iterator<Item = &'a Grant> {
    grants.iter().filter(move |grant| {
        grant.in_force(now)
            && !grant.asleep
            && table
                .permissions(&grant.role, grant.scope.level())
                .contains_key(key)
    })
}

/// A row of what lies above the grants: this organization stands, at any distance, above an organization that this
/// grant reaches.
///
/// One statement finds all rows of a person: it starts from the organizations that the grants name (as scope, as the
/// project's home, or through the group) and walks up to their parents. Rows for the starting organizations
/// themselves do no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Above {
    /// The grant.
    pub grant: GrantId,
    /// An organization above what the grant reaches.
    pub organization: OrganizationId,
}

/// Whether the place can be seen: a current grant reaches it, or anything inside it. So the account is visible to
/// whoever holds any grant in it, and an organization to whoever holds one on it, on a project in it, or below it.
/// `above` needs to be complete only for grants that are current. What is not visible does not exist.
pub fn visible(grants: &[Grant], above: &[Above], place: &Place, now: Ts) -> bool {
    let mut current = grants.iter().filter(|grant| grant.in_force(now));
    current.any(|grant| reaches(&grant.scope, place).is_some() || inside(grant, above, place))
}

/// Whether the grant reaches something inside the place.
fn inside(grant: &Grant, above: &[Above], place: &Place) -> bool {
    match place {
        Place::Account => true,
        Place::Organization(branch) | Place::Subtree(branch) => {
            let here = branch.organization;
            let in_project =
                matches!(grant.scope, Scoped::Project { organization, .. } if organization == here);
            in_project
                || above
                    .iter()
                    .any(|row| row.grant == grant.id && row.organization == here)
        }
        // A project holds no other place, and a group is a list, not a place that is entered.
        Place::Group(_) | Place::Project { .. } => false,
    }
}

#[cfg(test)]
pub(super) mod tests;
