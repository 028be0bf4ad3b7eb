//! Giving roles: the place, the rule, the row and the event. The only way somebody gets a role; the row is stored by `storing.rs`.

use diesel::prelude::*;
use serde_json::json;

use super::model::Held;
use super::storing::{Row, insert};
use crate::access::gate::Demand;
use crate::access::give::Actor;
use crate::access::grant::Scoped;
use crate::access::place::Place as GatePlace;
use crate::access::refusal::Refusal;
use crate::access::resolve::{self, Branch, Place, Resolution};
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::access::standing::grants_of;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::db::schema::{
    grants, group_organizations, groups, memberships, organizations, projects,
};
use crate::db::types::{
    AccountId, GrantId, GroupId, Id, OrganizationId, ProjectId, Ts, UserId, kind,
};
use crate::error::{Error, Result};

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
            })
        }
        Target::Organization(id) => {
            let (branch, name) = branch(conn, account, id)?;
            Ok(Found {
                scope: Scoped::Organization { id, below: false },
                place: Place::Organization(branch),
                organization: Some(name.clone()),
                name,
            })
        }
        Target::Project(id) => {
            let (organization, name): (OrganizationId, String) = projects::table
                .filter(projects::account_id.eq(account))
                .filter(projects::id.eq(id))
                .filter(projects::status.eq("active"))
                .select((projects::organization_id, projects::name))
                .first(conn)?;
            let (within, home) = branch(conn, account, organization)?;
            Ok(Found {
                scope: Scoped::Project { id, organization },
                place: Place::Project { id, within },
                name,
                organization: Some(home),
            })
        }
    }
}

/// The organization with everything above it and the groups it is in.
fn branch(conn: &mut Conn, account: AccountId, id: OrganizationId) -> Result<(Branch, String)> {
    let (name, mut parent): (String, Option<OrganizationId>) = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::id.eq(id))
        .filter(organizations::status.ne("deleted"))
        .select((organizations::name, organizations::parent_id))
        .first(conn)?;
    let mut ancestors = Vec::new();
    while let Some(above) = parent {
        ancestors.push(above);
        parent = organizations::table
            .filter(organizations::id.eq(above))
            .select(organizations::parent_id)
            .first(conn)?;
    }
    let groups = group_organizations::table
        .filter(group_organizations::organization_id.eq(id))
        .select(group_organizations::group_id)
        .load(conn)?;
    Ok((
        Branch {
            organization: id,
            ancestors,
            groups,
        },
        name,
    ))
}

/// What the acting person may do at the place, worked out from their grants in this transaction. A place that they
/// cannot see at all does not exist for them. The gate that let them in may stand before any place of the account.
pub fn act<P: GatePlace, A: Demand>(
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
) -> Result<Resolution> {
    let here = resolve::resolve(app.roles(), scope.grants(), &found.standing(), scope.now());
    if here.paths.is_empty() {
        Err(Error::NotFound)
    } else {
        Ok(here)
    }
}

/// What `give` did with one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// It is held now.
    New,
    /// It was held already.
    Already,
}

/// Gives one role at a place to a member of the account, if rule 17 lets the acting person do that.
pub fn give<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
    role: (Role, GrantId),
    to: UserId,
) -> Result<Given> {
    give_during(conn, app, scope, found, (role, (None, None)), to)
}

/// From when on, and until when.
pub type During = (Option<Ts>, Option<Ts>);

/// [`give`], with a beginning and an end.
pub fn give_during<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
    ((role, grant), during): ((Role, GrantId), During),
    to: UserId,
) -> Result<Given> {
    let here = act(app, scope, found)?;
    let actor = Actor {
        user: scope.person().id,
        here: &here,
    };
    actor.may_give(role, to).map_err(|refusal| {
        let sentence = format!("{refusal} The place is {}.", found.name);
        Error::from(Refusal {
            shell: Some(scope.shell("Not allowed")),
            ..Refusal::new(refusal.gate(), sentence)
        })
    })?;
    let (group, organization, project, scope_id) = columns(scope.account().id, &found.scope);
    let held: i64 = grants::table
        .filter(grants::scope_id.eq(scope_id))
        .filter(grants::user_id.eq(to))
        .filter(grants::role.eq(role.as_str()))
        .count()
        .get_result(conn)?;
    if held > 0 {
        return Ok(Given::Already);
    }
    let sort_key: String = memberships::table
        .filter(memberships::account_id.eq(scope.account().id))
        .filter(memberships::user_id.eq(to))
        .select(memberships::sort_key)
        .first(conn)?;
    insert(
        conn,
        &Row {
            id: grant,
            account: scope.account().id,
            user: to,
            role,
            scope: found.scope.level().as_str(),
            scope_id,
            group,
            organization,
            project,
            below: matches!(found.scope, Scoped::Organization { below: true, .. }),
            starts_at: during.0,
            ends_at: during.1,
            sort_key: &sort_key,
            given_by: Some(scope.person().id),
        },
        scope.now(),
    )?;
    let mut event = scope
        .event(Action::RoleGranted)
        .on(audit::Target::user(to))
        .details(json!({
            "role": role.as_str(), "scope": found.scope.level().as_str(), "place": found.name,
        }));
    if let Some(id) = organization {
        event = event.in_organization(id);
    }
    if let Some(id) = project {
        event = event.in_project(id);
    }
    audit::record(conn, &event)?;
    Ok(Given::New)
}

type Columns = (
    Option<GroupId>,
    Option<OrganizationId>,
    Option<ProjectId>,
    Id<kind::Grant>,
);

/// The columns of a grant's scope; the scope's own id is of whichever kind the scope is.
fn columns(account: AccountId, scope: &Scoped) -> Columns {
    match *scope {
        Scoped::Account => (None, None, None, Id::from_uuid(account.uuid())),
        Scoped::Group(id) => (Some(id), None, None, Id::from_uuid(id.uuid())),
        Scoped::Organization { id, .. } => (None, Some(id), None, Id::from_uuid(id.uuid())),
        Scoped::Project { id, organization } => {
            (None, Some(organization), Some(id), Id::from_uuid(id.uuid()))
        }
    }
}

/// Whether whoever gave this role could give it now (S14). A grant that nobody gave is the installation's own.
pub fn still_allowed(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    held: &Held,
    now: Ts,
) -> Result<bool> {
    let Some(giver) = held.given_by else {
        return Ok(true);
    };
    let active: i64 = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(giver))
        .filter(memberships::status.eq("active"))
        .count()
        .get_result(conn)?;
    if active == 0 {
        return Ok(false);
    }
    let target = Target::of(account, &held.scope);
    let found = match place_of(conn, account, "", target) {
        Ok(found) => found,
        // The place is gone or archived: nothing to check the role against, and nothing that it would open.
        Err(Error::NotFound) => return Ok(true),
        Err(error) => return Err(error),
    };
    let found = Found {
        scope: held.scope,
        ..found
    };
    let grants = grants_of(conn, account, giver)?;
    let here = resolve::resolve(app.roles(), &grants, &found.standing(), now);
    Ok(Actor {
        user: giver,
        here: &here,
    }
    .may_give(held.role, held.user)
    .is_ok())
}
