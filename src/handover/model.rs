//! What hangs on a leaver, and handing it over.

use diesel::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

use crate::access::gate::Somewhere;
use crate::access::give::Act;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::db::schema::{grants, memberships, people_imports};
use crate::db::types::{GrantId, ImportId, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Condition, Held, Status, Target};
use crate::requests;
use crate::users::{self, Ending, Listed};

pub(super) type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Roles that one page hands over; each is looked up on its own.
pub(super) const MOST: usize = 100;

/// The roles that keep a place running: who holds one alone leaves it without anybody.
const KEEPING: [Builtin; 4] = [
    Builtin::Owner,
    Builtin::Admin,
    Builtin::Manager,
    Builtin::UserManagement,
];

/// A role of the leaver.
#[derive(Clone, Debug)]
pub(super) struct Hung {
    /// It.
    pub(super) held: Held,
    /// Whether it keeps the place running, and nobody else who is active holds it just there.
    pub(super) only: bool,
    /// Why it is not handed over to the chosen person; none: it can be.
    pub(super) barred: Option<String>,
}

/// What hangs on somebody.
#[derive(Clone, Debug)]
pub(super) struct Hanging {
    /// The leaver, proven to be one whom the acting person may deactivate.
    pub(super) ending: Ending,
    /// Their roles inside of the acting person's reach.
    pub(super) roles: Vec<Hung>,
    /// Whether there are more roles than are shown.
    pub(super) more: bool,
    /// Who waits for an invitation that they stand behind.
    pub(super) invitations: Vec<UserId>,
    /// Requests of theirs that wait for a decision.
    pub(super) asked: requests::Hanging,
    /// Whether an import of theirs is at work.
    pub(super) importing: bool,
}

impl Hanging {
    /// Whether there is nothing to hand over.
    pub(super) fn is_empty(&self) -> bool {
        let asked = self.asked.for_others == 0;
        self.roles.is_empty() && self.invitations.is_empty() && asked && !self.importing
    }
}

/// What hangs on the person; `to` is who would take it over.
pub(super) fn hanging(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (id, to): (UserId, Option<UserId>),
) -> Result<Hanging> {
    let ending = users::ending(conn, app, scope, id)?;
    let account = scope.account().id;
    let reach = users::reach(conn, app.roles(), scope)?;
    let mut held = members::counting_of(conn, account, id)?;
    held.retain(|held| reach.holds(&held.scope) && held.extent().is_current(scope.now()));
    let more = held.len() > MOST;
    held.truncate(MOST);
    let others = others(conn, scope, id, &held)?;
    let theirs = match to {
        Some(to) => members::held_by(conn, account, to)?,
        None => Vec::new(),
    };
    let mut roles = Vec::new();
    for held in held {
        let keeps = KEEPING.iter().any(|role| held.role == (*role).into());
        let only = keeps && !others.contains(&(held.scope.id(account), held.role.as_str().into()));
        let barred = match (closed(&held), to) {
            (None, Some(to)) => barred(conn, app, scope, &held, (to, &theirs))?,
            (closed, _) => closed.map(str::to_owned),
        };
        roles.push(Hung { held, only, barred });
    }
    let named = (account, scope.account().name.as_str());
    let asked = requests::hanging(conn, app, named, (id, to), scope.now())?;
    let importing: Option<ImportId> = people_imports::table
        .filter(people_imports::account_id.eq(account))
        .filter(people_imports::imported_by.eq(id))
        .filter(people_imports::state.eq("working"))
        .select(people_imports::id)
        .first(conn)
        .optional()?;
    Ok(Hanging {
        ending,
        roles,
        more,
        invitations: users::stood_behind(conn, account, id)?,
        asked,
        importing: importing.is_some(),
    })
}

/// Which of the roles that keep a place running somebody else holds at these places: one statement.
fn others(
    conn: &mut Conn,
    scope: &Manager,
    id: UserId,
    held: &[Held],
) -> Result<BTreeSet<(GrantId, String)>> {
    let places: Vec<GrantId> = held
        .iter()
        .map(|held| held.scope.id(scope.account().id))
        .collect();
    let found: Vec<(GrantId, String)> = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .filter(grants::account_id.eq(scope.account().id))
        .filter(grants::scope_id.eq_any(places))
        .filter(grants::role.eq_any(KEEPING.map(Builtin::key)))
        .filter(grants::user_id.ne(id))
        .filter(
            grants::ends_at
                .is_null()
                .or(grants::ends_at.gt(scope.now())),
        )
        .filter(
            grants::starts_at
                .is_null()
                .or(grants::starts_at.le(scope.now())),
        )
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select((grants::scope_id, grants::role))
        .distinct()
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// Why nobody gets this role now: what is archived takes no new people.
fn closed(held: &Held) -> Option<&'static str> {
    match held.condition {
        Condition::Asleep | Condition::ReadOnly => {
            Some("The place is archived: the role stays with them.")
        }
        Condition::Open | Condition::Deleted => None,
    }
}

/// Why the acting person does not hand this role over to that one, by rules 17 and 18; none: they may.
fn barred(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    held: &Held,
    (to, theirs): (UserId, &[Held]),
) -> Result<Option<String>> {
    let never = if to == scope.person().id {
        Some("You cannot give roles to yourself.")
    } else if held.ends_at.is_some() {
        Some("It has an end, and is not handed over.")
    } else if held.role == Builtin::Owner.into() {
        Some("Ownership is offered on the page Ownership, and accepted.")
    } else if held.role == Builtin::Admin.into() {
        Some("The role Admin is asked for and approved: make a request for them.")
    } else {
        None
    };
    if let Some(never) = never {
        return Ok(Some(never.to_owned()));
    }
    let mut same = theirs
        .iter()
        .filter(|one| one.role == held.role && one.scope.is_at(&held.scope));
    let for_a_time = |one: &&Held| {
        let extent = one.extent();
        !extent.is_over(scope.now()) && !extent.covers(&held.extent(), scope.now())
    };
    if same.any(|one| for_a_time(&one) && one.is_below() == held.is_below()) {
        return Ok(Some(
            "They hold it there already, for a time only: change when it ends instead.".into(),
        ));
    }
    let given = Held {
        user: to,
        ..held.clone()
    };
    if !members::may(conn, app, scope, (Act::Give, &given))? {
        return Ok(Some("You cannot give this role there.".into()));
    }
    let given = (&held.role, &held.scope, to);
    members::why_unproven(conn, app, scope.account().id, given, scope.now())
}

/// Somebody who can take over: active, inside of the reach, and not the leaver.
pub(super) fn successor(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (leaver, to): (UserId, UserId),
) -> Result<Option<Listed>> {
    let reach = users::reach(conn, app.roles(), scope)?;
    let found = users::one_of(conn, scope.account().id, &reach, to)?;
    Ok(found.filter(|row| row.status == Status::Active.as_str() && row.id != leaver))
}

/// What is to be handed over; its ids are made before the transaction.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Who leaves.
    pub(super) leaver: UserId,
    /// Who takes over.
    pub(super) to: UserId,
    /// The grants of the roles that are ticked, each with the id of the new one.
    pub(super) roles: Vec<(GrantId, GrantId)>,
    /// Why they leave.
    pub(super) reason: Option<String>,
}

/// What was handed over.
#[derive(Clone, Debug)]
pub(super) struct Handed {
    /// The leaver.
    pub(super) ending: Ending,
    /// How many roles.
    pub(super) roles: usize,
    /// How many invitations, and how many of their roles could not be.
    pub(super) invitations: users::TakenOver,
    /// How many requests, and how many stay in the leaver's name.
    pub(super) requests: requests::HandedOver,
}

/// Hands over and deactivates: all of it, or nothing.
pub(super) fn hand_over(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    order: &Order,
) -> Result<Handed> {
    let account = scope.account();
    let hanging = hanging(conn, app, scope, (order.leaver, Some(order.to)))?;
    let former = members::held_by(conn, account.id, order.to)?;
    let mut roles = 0_usize;
    for (old, new) in &order.roles {
        let hung = hanging.roles.iter().find(|hung| hung.held.grant == *old);
        let hung = hung.filter(|hung| hung.barred.is_none()).ok_or_else(|| {
            Error::Conflict(
                "The roles have changed since you opened the page. Open it again.".into(),
            )
        })?;
        let target = Target::of(account.id, &hung.held.scope);
        let found = members::place_of(conn, account.id, &account.name, target)?;
        let found = if hung.held.is_below() {
            found.with_below()
        } else {
            found
        };
        let given = [(hung.held.role.clone(), *new)];
        let placed = users::place(
            conn,
            app,
            scope,
            &found,
            (order.to, false),
            (given.as_slice(), (None, None)),
        )?;
        // Held already for a time only, it would end with nobody left to hold it: the page says so before.
        if let Some((role, _)) = placed.stays.first() {
            return Err(Error::Conflict(format!(
                "{role} is held there already, for a time only. Change when it ends first, or leave it unticked."
            )));
        }
        roles = roles.saturating_add(1);
    }
    let held = members::held_by(conn, account.id, order.to)?;
    members::tell(conn, app, scope, (&former, &held), &[])?;
    let invitations = users::take_over(conn, app, scope, (order.leaver, order.to))?;
    let requests = requests::hand_over(conn, app, scope, (order.leaver, order.to))?;
    let reason = order.reason.as_deref();
    let ending = users::deactivate(conn, app, scope, (order.leaver, reason))?;
    let row = &ending.shown.row;
    let event = scope
        .event(Action::UserHandedOver)
        .on(audit::Target::user(order.leaver))
        .details(json!({
            "to": order.to.to_string(), "roles": roles, "invitations": invitations.people,
            "requests": requests.moved, "requests_left": requests.stayed,
        }))
        .about(&row.first_name, &row.last_name, &row.email);
    audit::record(conn, &event)?;
    Ok(Handed {
        ending,
        roles,
        invitations,
        requests,
    })
}
