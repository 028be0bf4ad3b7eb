//! Grants: a person holds a role at a scope, perhaps from some instant on, perhaps until another.

use super::role::Role;
use crate::db::types::{AccountId, GrantId, GroupId, OrganizationId, ProjectId, Ts};

/// The kind of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The whole account.
    Account,
    /// A group of organizations.
    Group,
    /// An organization.
    Organization,
    /// A project.
    Project,
}

impl Level {
    /// From the widest to the narrowest.
    pub const ALL: [Level; 4] = [
        Self::Account,
        Self::Group,
        Self::Organization,
        Self::Project,
    ];

    /// As the table of grants and the API write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Group => "group",
            Self::Organization => "organization",
            Self::Project => "project",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

/// Where a grant is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scoped {
    /// On the account: reaches everything in it.
    Account,
    /// On a group: reaches each organization in it, and their projects, now and later.
    Group(GroupId),
    /// On an organization: reaches it and its projects.
    Organization {
        /// The organization.
        id: OrganizationId,
        /// Whether it reaches everything below the organization too.
        below: bool,
    },
    /// On a project: reaches it alone.
    Project {
        /// The project.
        id: ProjectId,
        /// The organization that the project is in.
        organization: OrganizationId,
    },
}

impl Scoped {
    /// The id that a row about this scope has in `scope_id`: that of the place itself.
    pub const fn id(&self, account: AccountId) -> GrantId {
        GrantId::from_uuid(match self {
            Self::Account => account.uuid(),
            Self::Group(id) => id.uuid(),
            Self::Organization { id, .. } => id.uuid(),
            Self::Project { id, .. } => id.uuid(),
        })
    }

    /// From the columns of the table of grants; none if they do not belong together.
    pub fn from_columns(
        level: &str,
        group: Option<GroupId>,
        organization: Option<OrganizationId>,
        project: Option<ProjectId>,
        below: bool,
    ) -> Option<Self> {
        match (Level::parse(level)?, group, organization, project) {
            (Level::Account, None, None, None) => Some(Self::Account),
            (Level::Group, Some(id), None, None) => Some(Self::Group(id)),
            (Level::Organization, None, Some(id), None) => Some(Self::Organization { id, below }),
            (Level::Project, None, Some(organization), Some(id)) => {
                Some(Self::Project { id, organization })
            }
            _ => None,
        }
    }

    /// Whether it is on an organization with everything below it.
    pub const fn is_below(&self) -> bool {
        matches!(self, Self::Organization { below: true, .. })
    }

    /// Whether both are given on the same place, however far they reach below it.
    pub fn is_at(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Organization { id, .. }, Self::Organization { id: there, .. }) => id == there,
            _ => self == other,
        }
    }

    /// What kind of scope it is.
    pub const fn level(&self) -> Level {
        match self {
            Self::Account => Level::Account,
            Self::Group(_) => Level::Group,
            Self::Organization { .. } => Level::Organization,
            Self::Project { .. } => Level::Project,
        }
    }
}

/// A role held at a scope. A grant does not say whose it is, nor in which account: whoever loads grants loads those
/// of one person in one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The role.
    pub role: Role,
    /// Where.
    pub scope: Scoped,
    /// From this instant on; none: since it was given.
    pub starts_at: Option<Ts>,
    /// Before this instant; none: until it is taken.
    pub ends_at: Option<Ts>,
    /// Whether it is on an archived project: it is shown, and opens nothing.
    pub asleep: bool,
}

impl Grant {
    /// Whether it counts now: it has begun, has not ended, and its role can be held at such a scope at all (a row
    /// that makes somebody the Owner of a project gives nothing).
    pub fn in_force(&self, now: Ts) -> bool {
        self.starts_at.is_none_or(|start| start <= now)
            && self.ends_at.is_none_or(|end| now < end)
            && self.role.levels().contains(&self.scope.level())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::role::Builtin;
    use super::*;
    use chrono::{DateTime, Duration};

    #[test]
    fn the_columns_make_a_scope_only_together() {
        let (group, organization, project) =
            (GroupId::new(), OrganizationId::new(), ProjectId::new());
        let read = |level, g: bool, o: bool, p: bool| {
            Scoped::from_columns(
                level,
                g.then_some(group),
                o.then_some(organization),
                p.then_some(project),
                true,
            )
        };
        assert_eq!(read("account", false, false, false), Some(Scoped::Account));
        assert_eq!(
            read("group", true, false, false),
            Some(Scoped::Group(group))
        );
        let below = Scoped::Organization {
            id: organization,
            below: true,
        };
        assert_eq!(read("organization", false, true, false), Some(below));
        let on_project = Scoped::Project {
            id: project,
            organization,
        };
        assert_eq!(read("project", false, true, true), Some(on_project));
        for level in Level::ALL {
            assert_eq!(Level::parse(level.as_str()), Some(level));
            assert_eq!(read(level.as_str(), true, true, true), None);
        }
        assert_eq!(read("project", false, false, true), None);
        assert_eq!(read("galaxy", false, false, false), None);
    }

    #[test]
    fn a_grant_counts_from_its_start_until_just_before_its_end() {
        let now = Ts::new(DateTime::from_timestamp(1_000, 0).unwrap());
        let tick = Duration::microseconds(1);
        let grant = |starts_at, ends_at| Grant {
            id: GrantId::new(),
            role: Role::Builtin(Builtin::Viewer),
            scope: Scoped::Account,
            starts_at,
            ends_at,
            asleep: false,
        };
        assert!(grant(None, None).in_force(now));
        assert!(grant(Some(now), None).in_force(now));
        assert!(!grant(Some(now.plus(tick)), None).in_force(now));
        assert!(!grant(None, Some(now)).in_force(now));
        assert!(grant(None, Some(now.plus(tick))).in_force(now));
        assert!(!grant(Some(now), Some(now)).in_force(now));
    }

    #[test]
    fn an_owner_below_the_account_counts_for_nothing() {
        let now = Ts::new(DateTime::from_timestamp(1_000, 0).unwrap());
        let scope = Scoped::Organization {
            id: OrganizationId::new(),
            below: true,
        };
        let role = Role::Builtin(Builtin::Owner);
        let id = GrantId::new();
        assert!(
            !Grant {
                id,
                role,
                scope,
                starts_at: None,
                ends_at: None,
                asleep: false,
            }
            .in_force(now)
        );
    }
}
