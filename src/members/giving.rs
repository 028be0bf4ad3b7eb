//! Giving roles: the place, the rule, the row and the event. The only way somebody gets a role; the row is stored by `storing.rs`.

use diesel::prelude::*;
use serde_json::json;

use super::handed::refuse_unproven;
use super::model::Held;
use super::naming::name_own;
use super::places::{Found, Target, located, standing_of};
use super::stays::Stays;
use super::storing::{Row, insert, remove};
use crate::access::extent::Extent;
use crate::access::gate::Demand;
use crate::access::give::{self, Actor};
use crate::access::grant::Scoped;
use crate::access::permission::Key;
use crate::access::place::Place as GatePlace;
use crate::access::refusal::Refusal;
use crate::access::resolve::{self, Resolution};
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::access::standing::grants_of;
use crate::access::wanting::Wish;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::db::schema::{grants, memberships};
use crate::db::types::{
    AccountId, GrantId, GroupId, Id, OrganizationId, ProjectId, Ts, UserId, kind,
};
use crate::error::{Error, Result};
use crate::on_each;
use crate::web::urls;

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
    /// It was held already, and stays as it is; where that is for another time than was wanted, for which.
    Already(Option<Stays>),
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

/// The page that names the gate which keeps a role of this place from being given or taken.
pub(super) fn refused<P: GatePlace, A: Demand>(
    scope: &Scope<P, A>,
    found: &Found,
    refusal: &give::Refusal,
) -> Error {
    let account = scope.account();
    let place = Target::of(account.id, &found.scope);
    let lacks = |key: Key| (key, place.to_string());
    let request = || Wish {
        role: Builtin::Admin.into(),
        href: urls::new_request_at(&account.slug, &place),
    };
    let sentence = format!("{refusal} The place is {}.", found.name);
    Refusal::new(refusal.gate(), sentence)
        .lacking(refusal.missing().map(lacks))
        .requested((refusal.gate() == "approval").then(request))
        .to(scope)
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
    may_give(app, scope, found, &role, to)?;
    let new = New {
        account: scope.account().id,
        role: (role, grant),
        to,
        by: scope.person().id,
        during,
    };
    let given = store(conn, app, found, &new, scope.now())?;
    if given == Given::New {
        let event = scope.event(Action::RoleGranted);
        audit::record(conn, &granted(event, found, &new))?;
    }
    Ok(given)
}

/// Whether the acting person may give the role there, by rule 17; a page that shows what would be given asks the same
/// as the act.
///
/// # Errors
/// The page that names the gate, or "not found".
pub fn may_give<P: GatePlace, A: Demand>(
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
    role: &Role,
    to: UserId,
) -> Result<()> {
    scope.refuse_frozen()?;
    let here = act(app, scope, found)?;
    let actor = Actor {
        user: scope.person().id,
        here: &here,
        roles: app.roles(),
    };
    actor
        .may_give(role, to)
        .map_err(|refusal| refused(scope, found, &refusal))?;
    // Nobody is made an Owner by being added: both sides prove anew who they are, and the other one accepts (S12).
    if *role == Builtin::Owner.into() {
        let sentence = "Ownership is offered to somebody who has come in, and they accept it: open Ownership in the account.";
        return Err(Refusal::new("approval", sentence).to(scope));
    }
    Ok(())
}

/// A role that is to be held from now on.
#[derive(Clone, Debug)]
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
/// is the business of `requests`, which alone calls this; `event` says who made the last of them. What is approved has
/// no end, and takes the place of the same role here that has one.
pub fn give_approved(
    conn: &mut Conn,
    app: &App,
    found: &Found,
    new: &New,
    event: audit::Event,
    now: Ts,
) -> Result<Given> {
    let ended = make_room(conn, found, new, now)?;
    let given = store(conn, app, found, new, now)?;
    if given == Given::New {
        let mut event = granted(event, found, new);
        if let (Some(end), Some(details)) = (ended, event.details.as_object_mut()) {
            details.insert("ended_at_before".to_owned(), json!(end));
        }
        audit::record(conn, &event)?;
    }
    Ok(given)
}

/// Takes away what is held here of the role, where what was approved is more; says when it would have ended.
fn make_room(conn: &mut Conn, found: &Found, new: &New, now: Ts) -> Result<Option<Ts>> {
    let Some((old, there)) = held_here(conn, found, new)? else {
        return Ok(None);
    };
    let wanted = wanted(found, new);
    if there.is_over(now) || there.covers(&wanted, now) {
        return Ok(None);
    }
    if !wanted.covers(&there, now) {
        let spell = there.spell(now).map(|spell| format!(", {spell}"));
        return Err(Error::Conflict(format!(
            "{} is held here with everything below it already{}. Ask for it with everything below.",
            new.role.0,
            spell.unwrap_or_default()
        )));
    }
    remove(conn, &[old])?;
    Ok(there.ends_at)
}

/// The event of a role given.
fn granted(event: audit::Event, found: &Found, new: &New) -> audit::Event {
    let (role, _) = &new.role;
    let mut details = json!({
        "role": role.as_str(), "scope": found.scope.level().as_str(), "place": found.name,
    });
    name_own(&mut details, [role]);
    let (starts_at, ends_at) = new.during;
    for (name, at) in [("starts_at", starts_at), ("ends_at", ends_at)] {
        if let (Some(at), Some(details)) = (at, details.as_object_mut()) {
            details.insert(name.to_owned(), json!(at));
        }
    }
    let event = event.on(audit::Target::user(new.to)).details(details);
    located(event, &found.scope)
}

/// A grant of a role at a place: how far it reaches, and for how long.
type HeldAlready = (GrantId, bool, Option<Ts>, Option<Ts>);

/// The same role as it is held at the same place already: how far it reaches, and for how long.
fn held_here(conn: &mut Conn, found: &Found, new: &New) -> Result<Option<(GrantId, Extent)>> {
    let query = grants::table
        .filter(grants::scope_id.eq(found.scope.id(new.account)))
        .filter(grants::user_id.eq(new.to))
        .filter(grants::role.eq(new.role.0.as_str()))
        .select((
            grants::id,
            grants::below,
            grants::starts_at,
            grants::ends_at,
        ));
    let held: Option<HeldAlready> = on_each!(conn, |c| query.first(c).optional())?;
    Ok(held.map(|(grant, below, starts_at, ends_at)| {
        let extent = Extent {
            below,
            starts_at,
            ends_at,
        };
        (grant, extent)
    }))
}

/// How far the new role reaches, and for how long.
const fn wanted(found: &Found, new: &New) -> Extent {
    let (starts_at, ends_at) = new.during;
    Extent {
        below: found.scope.is_below(),
        starts_at,
        ends_at,
    }
}

/// Stores the role, unless it is held already. On an organization with everything below it takes the place of the same
/// role on the organization alone, where that lasts no longer. An archived organization takes none.
pub(super) fn store(
    conn: &mut Conn,
    app: &App,
    found: &Found,
    new: &New,
    now: Ts,
) -> Result<Given> {
    let (group, organization, project, scope_id) = columns(new.account, &found.scope);
    let (role, grant) = (&new.role.0, new.role.1);
    found.refuse_archived()?;
    let wanted = wanted(found, new);
    let below = wanted.below;
    if let Some((old, there)) = held_here(conn, found, new)? {
        if there.is_over(now) {
            super::expiring::expire(conn, &[old], now)?;
        } else if there.below || !wanted.below {
            return Ok(Given::Already(Stays::of(old, &there, new.during, now)));
        } else if wanted.covers(&there, now) {
            remove(conn, &[old])?;
        } else {
            // One grant cannot say both, and nobody loses what they hold by being given more.
            return Err(Error::Conflict(format!(
                "{role} is held on this organization alone already, for longer than it is to be held with everything below. Take that away first, or give this for as long."
            )));
        }
    }
    let query = memberships::table
        .filter(memberships::account_id.eq(new.account))
        .filter(memberships::user_id.eq(new.to))
        .select(memberships::sort_key);
    let sort_key: String = on_each!(conn, |c| query.first(c))?;
    refuse_unproven(conn, app, new.account, (role, &found.scope, new.to), now)?;
    super::dormant::given_anew(conn, found, new)?;
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
            below,
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
pub(super) fn columns(account: AccountId, scope: &Scoped) -> Columns {
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
    match held.given_by {
        Some(giver) => could_give(conn, app, account, (giver, held), now),
        None => Ok(true),
    }
}

/// Whether this person could give such a role to its holder now, or bring it about by approving it.
pub fn could_give(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    (giver, held): (UserId, &Held),
    now: Ts,
) -> Result<bool> {
    let what = (&held.role, &held.scope, held.user);
    could(conn, app, account, giver, what, now)
}

/// [`could_give`], of a role that nobody holds yet.
pub(super) fn could(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    giver: UserId,
    (role, scope, to): (&Role, &Scoped, UserId),
    now: Ts,
) -> Result<bool> {
    let active: i64 = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(giver))
        .filter(memberships::status.eq("active"))
        .count()
        .get_result(conn)?;
    if active == 0 {
        return Ok(false);
    }
    let Some(place) = standing_of(conn, account, scope)? else {
        return Ok(false);
    };
    let grants = grants_of(conn, account, giver)?;
    let here = resolve::resolve(app.roles(), &grants, &place, now);
    let actor = Actor {
        user: giver,
        here: &here,
        roles: app.roles(),
    };
    Ok(match actor.may_give(role, to) {
        // It came by an approval: whoever approved must be able to approve still.
        Err(give::Refusal::Request(_)) => actor.may_approve(),
        answer => answer.is_ok(),
    })
}
