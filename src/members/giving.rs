//! Giving roles: the place, the rule, the row and the event. The only way somebody gets a role; the row is stored by `storing.rs`.

use diesel::prelude::*;
use serde_json::json;

use super::model::Held;
use super::storing::{Row, insert};
use crate::access::gate::Demand;
use crate::access::give::{self, Actor};
use crate::access::grant::Scoped;
use crate::access::place::Place as GatePlace;
use crate::access::refusal::Refusal;
use crate::access::resolve::{self, Branch, Place, Resolution};
use crate::access::role::{Builtin, Role};
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
            let (organization, name): (OrganizationId, String) = projects::table
                .filter(projects::account_id.eq(account))
                .filter(projects::id.eq(id))
                .filter(projects::status.eq("active"))
                .select((projects::organization_id, projects::name))
                .first(conn)?;
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
pub(super) fn standing_of(
    conn: &mut Conn,
    account: AccountId,
    scope: &Scoped,
) -> Result<Option<Place>> {
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
    let (name, status, mut parent): (String, String, Option<OrganizationId>) = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::id.eq(id))
        .select((
            organizations::name,
            organizations::status,
            organizations::parent_id,
        ))
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
    if role == Builtin::Owner.into() && is_active(conn, scope.account().id, to)? {
        let sentence =
            "Ownership is offered, and the other side accepts it: open Ownership in the account.";
        return Err(Refusal {
            shell: Some(scope.shell("Not allowed")),
            ..Refusal::new("approval", sentence)
        }
        .into());
    }
    let new = New {
        account: scope.account().id,
        role: (role, grant),
        to,
        by: scope.person().id,
        during,
    };
    if store(conn, found, &new, scope.now())? == Given::Already {
        return Ok(Given::Already);
    }
    let event = scope.event(Action::RoleGranted);
    audit::record(conn, &granted(event, found, role, to))?;
    Ok(Given::New)
}

/// A role that is to be held from now on.
#[derive(Clone, Copy, Debug)]
pub struct New {
    /// In which account.
    pub account: AccountId,
    /// The role, and the id of its grant.
    pub role: (Role, GrantId),
    /// Who gets it.
    pub to: UserId,
    /// Who answers for it: the giver, or whoever approved it in the account's name.
    pub by: UserId,
    /// From when on, and until when.
    pub during: During,
}

/// Gives a role that was asked for and approved: the approval is the grant (rule 18). Whether the approvals are there
/// is the business of `requests`, which alone calls this; `event` says who made the last of them.
pub fn give_approved(
    conn: &mut Conn,
    found: &Found,
    new: &New,
    event: audit::Event,
    now: Ts,
) -> Result<Given> {
    let given = store(conn, found, new, now)?;
    if given == Given::New {
        audit::record(conn, &granted(event, found, new.role.0, new.to))?;
    }
    Ok(given)
}

/// The event of a role given.
fn granted(event: audit::Event, found: &Found, role: Role, to: UserId) -> audit::Event {
    let event = event.on(audit::Target::user(to)).details(json!({
        "role": role.as_str(), "scope": found.scope.level().as_str(), "place": found.name,
    }));
    match found.scope {
        Scoped::Account | Scoped::Group(_) => event,
        Scoped::Organization { id, .. } => event.in_organization(id),
        Scoped::Project { id, organization } => event.in_organization(organization).in_project(id),
    }
}

/// Stores the role, unless it is held already. An archived organization takes none.
fn store(conn: &mut Conn, found: &Found, new: &New, now: Ts) -> Result<Given> {
    let (group, organization, project, scope_id) = columns(new.account, &found.scope);
    let (role, grant) = new.role;
    if found.archived {
        let name = found.organization.as_deref().unwrap_or(&found.name);
        return Err(Error::Conflict(format!(
            "{name} is archived: nobody gets a role there until it is opened again."
        )));
    }
    let held: i64 = grants::table
        .filter(grants::scope_id.eq(scope_id))
        .filter(grants::user_id.eq(new.to))
        .filter(grants::role.eq(role.as_str()))
        .count()
        .get_result(conn)?;
    if held > 0 {
        return Ok(Given::Already);
    }
    let sort_key: String = memberships::table
        .filter(memberships::account_id.eq(new.account))
        .filter(memberships::user_id.eq(new.to))
        .select(memberships::sort_key)
        .first(conn)?;
    insert(
        conn,
        &Row {
            id: grant,
            account: new.account,
            user: new.to,
            role,
            scope: found.scope.level().as_str(),
            scope_id,
            group,
            organization,
            project,
            below: matches!(found.scope, Scoped::Organization { below: true, .. }),
            starts_at: new.during.0,
            ends_at: new.during.1,
            sort_key: &sort_key,
            given_by: Some(new.by),
        },
        now,
    )?;
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

/// Whether somebody is in the account already, and not only invited.
fn is_active(conn: &mut Conn, account: AccountId, user: UserId) -> Result<bool> {
    let active = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::status.eq("active"));
    Ok(diesel::select(diesel::dsl::exists(active)).get_result(conn)?)
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
    let Some(place) = standing_of(conn, account, &held.scope)? else {
        return Ok(false);
    };
    let grants = grants_of(conn, account, giver)?;
    let here = resolve::resolve(app.roles(), &grants, &place, now);
    let actor = Actor {
        user: giver,
        here: &here,
    };
    Ok(match actor.may_give(held.role, held.user) {
        // It came by an approval: whoever approved must be able to approve still.
        Err(give::Refusal::Request(_)) => actor.may_approve(),
        answer => answer.is_ok(),
    })
}
