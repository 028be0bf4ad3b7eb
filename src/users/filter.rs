//! The sections and filters of User Management.

use crate::access::grant::Scoped;
use crate::web::list::{Filter, List, Sort, Values};

/// User Management, as a list.
pub static LIST: List = List {
    name: "users",
    filters: &[
        Filter {
            name: "status",
            label: "Status",
            values: Values::These(&[
                ("active", "Active"),
                ("invited", "Invited"),
                ("inactive", "Inactive"),
                ("locked", "Locked"),
            ]),
            select: false,
        },
        named("link", "Link"),
        named("role", "Role"),
        named("organization", "Organization"),
        named("project", "Project"),
        named("source", "Source"),
        Filter {
            name: "seen_before",
            label: "Last signed in before",
            values: Values::Day,
            select: true,
        },
    ],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[
        Sort {
            name: "email",
            falling: false,
        },
        Sort {
            name: "joined",
            falling: true,
        },
        Sort {
            name: "seen",
            falling: true,
        },
        Sort {
            name: "ends",
            falling: false,
        },
        Sort {
            name: "deactivated",
            falling: true,
        },
        Sort {
            name: "unlocks",
            falling: false,
        },
    ],
};

/// What says in the query that only those are meant whose link has expired.
pub const EXPIRED: (&str, &str) = ("link", "expired");

/// The people of one project, as a list.
pub static OF_PROJECT: List = List {
    name: "project-users",
    filters: &[],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[],
};

const fn named(name: &'static str, label: &'static str) -> Filter {
    Filter {
        name,
        label,
        values: Values::Named,
        select: true,
    }
}

/// The sections and filters of User Management.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// Active Users: everybody who is not shut out, whether in already, invited or locked.
    #[default]
    Current,
    /// Everybody, however they stand: never asked for in a query.
    Anybody,
    /// Only those who have come in.
    Active,
    /// Only those who have not.
    Invited,
    /// Inactive Users.
    Inactive,
    /// Only those whose sign-in is locked now.
    Locked,
}

impl Which {
    /// From the query.
    pub fn parse(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "invited" => Self::Invited,
            "inactive" => Self::Inactive,
            "locked" => Self::Locked,
            _ => Self::Current,
        }
    }

    /// In the query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current | Self::Anybody => "",
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Inactive => "inactive",
            Self::Locked => "locked",
        }
    }
}

/// What somebody holds a role by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was given for just that place.
    Direct,
    /// It holds in every organization of a group.
    Group,
    /// It holds on an organization with everything below it, and so in each of its sub-accounts.
    Below,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Group, Self::Below];

    /// By what a grant with this scope is held.
    pub const fn of(scope: &Scoped) -> Self {
        match scope {
            Scoped::Group(_) => Self::Group,
            Scoped::Organization { below: true, .. } => Self::Below,
            Scoped::Account | Scoped::Organization { .. } | Scoped::Project { .. } => Self::Direct,
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Direct => "Direct",
            Self::Group => "From a group",
            Self::Below => "From sub-account rule",
        }
    }

    /// From the query.
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|source| source.as_str() == text)
    }

    /// In the query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Below => "below",
        }
    }
}
