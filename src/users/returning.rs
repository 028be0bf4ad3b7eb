//! Reactivating people: which roles come back, which wait, and confirming those that wait (rule 11, S4).

use diesel::prelude::*;
use serde_json::json;

use super::ending::may_end;
use super::inviting::{Again, mint};
use super::model::{Shown, manageable, reach};
use crate::access::gate::Somewhere;
use crate::access::give::Act;
use crate::access::grant::Scoped;
use crate::access::permission::{Permission, UsersManage};
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::schema::{grants, memberships, organizations, projects};
use crate::db::types::{GrantId, OrganizationId, ProjectId, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Dormant, Held, Status};

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// What a reactivation would bring back.
#[derive(Clone, Debug)]
pub struct Returning {
    /// Who.
    pub shown: Shown,
    /// Roles that the acting person may give now: they come back, unless unticked.
    pub back: Vec<Held>,
    /// Roles that they may not give, or not to a login that nobody has proven: they wait for somebody who may.
    pub waiting: Vec<Held>,
    /// Those of all these whose place is closed: they open nothing until it is opened again.
    pub closed: Vec<GrantId>,
}

/// The inactive person and what would come back.
///
/// # Errors
/// As [`super::ending`]; a conflict when they are not inactive.
pub fn returning(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Returning> {
    let shown = may_end(conn, app, scope, id)?;
    if Status::parse(&shown.row.status)? != Status::Deactivated {
        let (first, last) = (&shown.row.first_name, &shown.row.last_name);
        return Err(Error::Conflict(format!("{first} {last} is not inactive.")));
    }
    let (mut back, mut waiting) = (Vec::new(), Vec::new());
    for held in members::held_by(conn, scope.account().id, id)? {
        let given = (&held.role, &held.scope, id);
        let account = scope.account().id;
        // To come back is to be given anew, also to a login that nobody has proven (S15).
        let comes = members::may(conn, app, scope, (Act::Give, &held))?
            && members::why_unproven(conn, app, account, given, scope.now())?.is_none();
        if comes {
            back.push(held);
        } else {
            waiting.push(held);
        }
    }
    let closed = closed(conn, back.iter().chain(&waiting))?;
    Ok(Returning {
        shown,
        back,
        waiting,
        closed,
    })
}

/// Those of these roles whose project or organization is closed: two statements.
fn closed<'a>(conn: &mut Conn, held: impl Iterator<Item = &'a Held>) -> Result<Vec<GrantId>> {
    let mut places = Vec::new();
    for held in held {
        match held.scope {
            Scoped::Account | Scoped::Group(_) => {}
            Scoped::Organization { id, .. } => places.push((held.grant, id, None)),
            Scoped::Project { id, organization } => {
                places.push((held.grant, organization, Some(id)));
            }
        }
    }
    let within: Vec<OrganizationId> = places.iter().map(|(_, within, _)| *within).collect();
    let on: Vec<ProjectId> = places.iter().filter_map(|(.., on)| *on).collect();
    let organizations: Vec<OrganizationId> = organizations::table
        .filter(organizations::id.eq_any(within))
        .filter(organizations::status.ne("active"))
        .select(organizations::id)
        .load(conn)?;
    let projects: Vec<ProjectId> = projects::table
        .filter(projects::id.eq_any(on))
        .filter(projects::status.ne("active"))
        .select(projects::id)
        .load(conn)?;
    places.retain(|(_, within, on)| {
        organizations.contains(within) || on.is_some_and(|on| projects.contains(&on))
    });
    Ok(places.into_iter().map(|(grant, ..)| grant).collect())
}

/// What was shown and chosen on the page.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Every role that the page showed.
    pub seen: Vec<GrantId>,
    /// Those that are to come back.
    pub keep: Vec<GrantId>,
}

/// How somebody came back.
#[derive(Clone, Debug)]
pub struct Returned {
    /// Who.
    pub shown: Shown,
    /// Whether they are invited again because they have no password yet.
    pub invited: bool,
    /// How many roles wait.
    pub waiting: usize,
}

/// Reactivates: what the acting person may give and kept comes back, what they unticked is taken away, the rest waits.
pub fn reactivate(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (id, again): (UserId, &Again),
    chosen: &Chosen,
) -> Result<Returned> {
    let Returning {
        shown,
        back,
        waiting,
        closed: _,
    } = returning(conn, app, scope, id)?;
    let there: Vec<GrantId> = back.iter().chain(&waiting).map(|held| held.grant).collect();
    if there.len() != chosen.seen.len() || !there.iter().all(|id| chosen.seen.contains(id)) {
        return Err(Error::Conflict(
            "The roles of this person changed since you opened the page. Open it again.".into(),
        ));
    }
    let account = scope.account().id;
    for held in &waiting {
        members::set_aside(conn, scope, held)?;
    }
    let mut kept = 0_usize;
    for held in &back {
        if chosen.keep.contains(&held.grant) {
            kept = kept.saturating_add(1);
        } else if members::may(conn, app, scope, (Act::Take, held))? {
            members::revoke(conn, scope, held)?;
        } else {
            return Err(Error::Conflict(
                "One of the unticked roles cannot be taken away by you. Leave it ticked.".into(),
            ));
        }
    }
    let status = members::reactivate(conn, (account, id))?;
    // Whoever lets them in again could give what comes back, and stands behind it from now on.
    stand_behind(conn, scope, (id, &chosen.keep))?;
    if status == Status::Invited {
        invites(conn, scope, id)?;
        mint(conn, app, scope, (again, true), &shown)?;
    }
    let row = &shown.row;
    let event = scope
        .event(Action::UserReactivated)
        .on(Target::user(id))
        .details(json!({ "roles_back": kept, "roles_waiting": waiting.len() }))
        .about(&row.first_name, &row.last_name, &row.email);
    audit::record(conn, &event)?;
    Ok(Returned {
        invited: status == Status::Invited,
        waiting: waiting.len(),
        shown,
    })
}

/// From now on the acting person has given these roles.
fn stand_behind(conn: &mut Conn, scope: &Manager, (id, kept): (UserId, &[GrantId])) -> Result<()> {
    let me = scope.person().id;
    let theirs = grants::table
        .filter(grants::account_id.eq(scope.account().id))
        .filter(grants::user_id.eq(id))
        .filter(grants::id.eq_any(kept));
    diesel::update(theirs)
        .set((
            grants::given_by.eq(Some(me)),
            grants::given_at.eq(scope.now()),
        ))
        .execute(conn)?;
    Ok(())
}

/// From now on the acting person has invited this one.
fn invites(conn: &mut Conn, scope: &Manager, id: UserId) -> Result<()> {
    let membership = memberships::table
        .filter(memberships::account_id.eq(scope.account().id))
        .filter(memberships::user_id.eq(id));
    diesel::update(membership)
        .set(memberships::invited_by.eq(Some(scope.person().id)))
        .execute(conn)?;
    Ok(())
}

/// Roles of the person that wait inside the reader's reach, each with whether the reader may give it back now, and
/// whether they may discard it. A place that is archived or gone is told only to those who reach the whole account.
pub fn waiting<A: Permission>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<A>>,
    id: UserId,
) -> Result<Vec<(Dormant, bool, bool)>> {
    let mut all = Vec::new();
    let see = reach(conn, app.roles(), scope)?;
    for dormant in members::dormant_of(conn, scope.account().id, id)? {
        if !see.holds(&dormant.scope) {
            continue;
        }
        let held = dormant.as_held(scope.now());
        let mine = dormant.place.is_some() && members::may(conn, app, scope, (Act::Give, &held))?;
        let discards = members::may(conn, app, scope, (Act::Take, &held))?;
        all.push((dormant, mine, discards));
    }
    Ok(all)
}

/// The waiting role of somebody whom the acting person manages.
fn one_waiting(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (id, grant): (UserId, GrantId),
) -> Result<(Shown, Dormant)> {
    let shown = manageable(conn, app.roles(), scope, id)?;
    let all = members::dormant_of(conn, scope.account().id, id)?;
    let dormant = all.into_iter().find(|dormant| dormant.id == grant);
    let dormant =
        dormant.ok_or_else(|| Error::Conflict("This role does not wait any more.".into()))?;
    Ok((shown, dormant))
}

/// Gives a waiting role back, by somebody who may give it now.
pub fn confirm_waiting(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    which: (UserId, GrantId),
) -> Result<(Shown, Dormant)> {
    let (shown, dormant) = one_waiting(conn, app, scope, which)?;
    members::wake(conn, app, scope, &dormant)?;
    Ok((shown, dormant))
}

/// Takes a waiting role off the list, by somebody who may take it now.
pub fn discard_waiting(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    which: (UserId, GrantId),
) -> Result<(Shown, Dormant)> {
    let (shown, dormant) = one_waiting(conn, app, scope, which)?;
    members::discard(conn, app, scope, &dormant)?;
    Ok((shown, dormant))
}
