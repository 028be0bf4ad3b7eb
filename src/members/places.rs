//! Places that roles are given on: how a form names them, what is found there, and where they stand.

use diesel::prelude::*;

use crate::access::grant::{Level, Scoped};
use crate::access::resolve::{Branch, Place};
use crate::audit;
use crate::db::Conn;
use crate::db::schema::{group_organizations, groups, organizations, projects};
use crate::db::types::{AccountId, GroupId, OrganizationId, ProjectId};
use crate::error::{Error, Result};
use crate::on_each;

/// A place that roles can be given on, as a form names it: the typed id of an account, group, organization or project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The whole account.
    Account(AccountId),
    /// A group.
    Group(GroupId),
    /// An organization.
    Organization(OrganizationId),
    /// A project.
    Project(ProjectId),
}

impl Target {
    /// The place of a grant's scope.
    pub const fn of(account: AccountId, scope: &Scoped) -> Self {
        match *scope {
            Scoped::Account => Self::Account(account),
            Scoped::Group(id) => Self::Group(id),
            Scoped::Organization { id, .. } => Self::Organization(id),
            Scoped::Project { id, .. } => Self::Project(id),
        }
    }

    /// Which kind of place it is.
    pub const fn level(self) -> Level {
        match self {
            Self::Account(_) => Level::Account,
            Self::Group(_) => Level::Group,
            Self::Organization(_) => Level::Organization,
            Self::Project(_) => Level::Project,
        }
    }

    /// From a form's value.
    pub fn parse(text: &str) -> Option<Self> {
        (text.parse().map(Self::Account))
            .or_else(|_| text.parse().map(Self::Group))
            .or_else(|_| text.parse().map(Self::Organization))
            .or_else(|_| text.parse().map(Self::Project))
            .ok()
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(id) => id.fmt(f),
            Self::Group(id) => id.fmt(f),
            Self::Organization(id) => id.fmt(f),
            Self::Project(id) => id.fmt(f),
        }
    }
}

/// A place found in the account: where it stands, and what it is called.
#[derive(Clone, Debug)]
pub struct Found {
    /// As a grant names it.
    pub scope: Scoped,
    /// As the resolver knows it.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// Name of the organization that it is or lies in.
    pub organization: Option<String>,
    /// Whether that organization is archived: it is read, and nobody gets a role on it or in it.
    pub archived: bool,
}

impl Found {
    /// Where a grant with this scope stands: with "everything below" it is the whole subtree.
    pub fn standing(&self) -> Place {
        match (&self.place, self.scope) {
            (Place::Organization(branch), Scoped::Organization { below: true, .. }) => {
                Place::Subtree(branch.clone())
            }
            (place, _) => place.clone(),
        }
    }

    /// An archived organization is read and not changed: nobody gets a role on it or in it.
    pub fn refuse_archived(&self) -> Result<()> {
        self.why_archived()
            .map_or(Ok(()), |why| Err(Error::Conflict(why)))
    }

    /// Why nobody gets a role here, in a sentence, if it is archived.
    pub fn why_archived(&self) -> Option<String> {
        let name = self.organization.as_deref().unwrap_or(&self.name);
        self.archived.then(|| {
            format!("{name} is archived: nobody gets a role there until it is opened again.")
        })
    }

    /// The same with everything below it, now and later; only an organization has that.
    #[must_use]
    pub fn with_below(self) -> Self {
        let Scoped::Organization { id, .. } = self.scope else {
            return self;
        };
        Self {
            scope: Scoped::Organization { id, below: true },
            name: format!("{} and everything below it", self.name),
            ..self
        }
    }
}

/// The event with the organization and the project that a role with this scope lies in.
pub(super) fn located(event: audit::Event, scope: &Scoped) -> audit::Event {
    match *scope {
        Scoped::Account | Scoped::Group(_) => event,
        Scoped::Organization { id, .. } => event.in_organization(id),
        Scoped::Project { id, organization } => event.in_organization(organization).in_project(id),
    }
}

/// Looks the place up inside the account; another account's is not found.
pub fn place_of(
    conn: &mut Conn,
    account: AccountId,
    account_name: &str,
    target: Target,
) -> Result<Found> {
    match target {
        Target::Account(id) if id == account => Ok(Found {
            scope: Scoped::Account,
            place: Place::Account,
            name: account_name.to_owned(),
            organization: None,
            archived: false,
        }),
        Target::Account(_) => Err(Error::NotFound),
        Target::Group(id) => {
            let name = groups::table
                .filter(groups::account_id.eq(account))
                .filter(groups::id.eq(id))
                .select(groups::name)
                .first(conn)?;
            Ok(Found {
                scope: Scoped::Group(id),
                place: Place::Group(id),
                name,
                organization: None,
                archived: false,
            })
        }
        Target::Organization(id) => {
            let home = above(conn, account, id)?.open()?;
            Ok(Found {
                scope: Scoped::Organization { id, below: false },
                place: Place::Organization(home.branch),
                organization: Some(home.name.clone()),
                name: home.name,
                archived: home.status == "archived",
            })
        }
        Target::Project(id) => {
            let query = projects::table
                .filter(projects::account_id.eq(account))
                .filter(projects::id.eq(id))
                .filter(projects::status.eq("active"))
                .select((projects::organization_id, projects::name));
            let (organization, name): (OrganizationId, String) =
                on_each!(conn, |c| query.first(c))?;
            let home = above(conn, account, organization)?.open()?;
            let within = home.branch;
            Ok(Found {
                scope: Scoped::Project { id, organization },
                place: Place::Project { id, within },
                name,
                organization: Some(home.name),
                archived: home.status == "archived",
            })
        }
    }
}

/// Where a held role stands, as the resolver asks it ("everything below" is the whole subtree), whatever became of the
/// place: what is archived or deleted can come back, and the role with it. None when it was purged.
pub fn standing_of(conn: &mut Conn, account: AccountId, scope: &Scoped) -> Result<Option<Place>> {
    let place = match *scope {
        Scoped::Account => Ok(Place::Account),
        Scoped::Group(id) => groups::table
            .filter(groups::account_id.eq(account))
            .filter(groups::id.eq(id))
            .select(groups::id)
            .first(conn)
            .map(Place::Group)
            .map_err(Error::from),
        Scoped::Organization { id, below } => above(conn, account, id).map(|home| {
            if below {
                Place::Subtree(home.branch)
            } else {
                Place::Organization(home.branch)
            }
        }),
        Scoped::Project { id, organization } => {
            above(conn, account, organization).map(|home| Place::Project {
                id,
                within: home.branch,
            })
        }
    };
    match place {
        Ok(place) => Ok(Some(place)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An organization in whatever state it is.
struct Home {
    /// With everything above it and the groups it is in.
    branch: Branch,
    name: String,
    status: String,
}

impl Home {
    /// A deleted one is not found.
    fn open(self) -> Result<Self> {
        if self.status == "deleted" {
            return Err(Error::NotFound);
        }
        Ok(self)
    }
}

/// The organization of the account, and where it stands.
fn above(conn: &mut Conn, account: AccountId, id: OrganizationId) -> Result<Home> {
    let query = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::id.eq(id))
        .select((
            organizations::name,
            organizations::status,
            organizations::parent_id,
        ));
    let (name, status, mut parent): (String, String, Option<OrganizationId>) =
        on_each!(conn, |c| query.first(c))?;
    let mut ancestors = Vec::new();
    while let Some(above) = parent {
        ancestors.push(above);
        let query = organizations::table
            .filter(organizations::id.eq(above))
            .select(organizations::parent_id);
        parent = on_each!(conn, |c| query.first(c))?;
    }
    let query = group_organizations::table
        .filter(group_organizations::organization_id.eq(id))
        .select(group_organizations::group_id);
    let groups = on_each!(conn, |c| query.load(c))?;
    Ok(Home {
        branch: Branch {
            organization: id,
            ancestors,
            groups,
        },
        name,
        status,
    })
}
