//! Storing a request, and taking it back (rule 18; S13).

use diesel::prelude::*;
use serde_json::json;

use super::asking::{Asking, Wanted, of_same};
use super::deciding::{self, Mover};
use super::decisions::{Written, write_down};
use super::late::already;
use super::model::{self, COLUMNS, Request, Row, State, Turn, policy_of, read};
use super::{mailing, tending};
use crate::access::refusal::Refusal;
use crate::access::role::Builtin;
use crate::app::App;
use crate::audit::{self, Action, Event, Target};
use crate::db::schema::{memberships, requests};
use crate::db::types::{DecisionId, GrantId, RequestId};
use crate::db::{Conn, violation};
use crate::error::{Error, Result};
use crate::sessions::proving::{Presented, Proof, Proven, prove};

/// A request to be stored; its ids are made before the transaction.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The request's id.
    pub id: RequestId,
    /// Of the decision, where an Owner's request is one.
    pub decision: DecisionId,
    /// Of the grant, where that decision is the last.
    pub grant: GrantId,
    /// Why.
    pub reason: String,
    /// The proof of who asks, needed where the request counts as an approval.
    pub presented: Presented,
}

/// What asking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It waits for others.
    Waiting,
    /// It counted as the account's approval, and that was the last: the role is given.
    Granted,
    /// The password is needed.
    Ask(&'static str),
}

/// Stores a request, tells whom it has to be told to, and where an Owner has nobody to ask, decides it (S13).
pub(super) fn create(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    wanted: &Wanted,
    ask: &Ask,
) -> Result<(Asked, Option<Proof>)> {
    let mut case = wanted.case(app, scope.person().id);
    let mut proof = None;
    if case.asking_counts() {
        match prove(conn, app, scope, &ask.presented)? {
            Proven::Yes(yes) => proof = Some(yes),
            Proven::Ask(why) => return Ok((Asked::Ask(why), None)),
        }
    }
    close_over(conn, app, scope, wanted)?;
    let request = insert(conn, app, scope, wanted, ask)?;
    audit::record(conn, &about(scope.event(Action::RequestCreated), &request))?;
    if let Some(proof) = proof {
        let written = Written {
            id: ask.decision,
            decider: scope.person().id,
            part: "request",
            approved: true,
            words: &ask.reason,
            proof,
        };
        write_down(conn, &request, &written, scope.now())?;
        case.by_asking = Some(scope.person().id);
    }
    if !case.is_complete() {
        mailing::wanted(conn, app, &request, &case.to_ask(), scope.now())?;
        return Ok((Asked::Waiting, proof));
    }
    let event = about(scope.event(Action::RequestApproved), &request)
        .details(json!({ "by": "the request of an Owner, where nobody else could approve" }));
    audit::record(conn, &event)?;
    let mover = Mover {
        person: scope.person(),
        now: scope.now(),
        grant: ask.grant,
        event: scope.event(Action::RoleGranted),
    };
    let given = (&request, &wanted.found, &wanted.role);
    let granted = deciding::account_approved(conn, app, given, &case, &mover)?;
    let asked = if granted {
        Asked::Granted
    } else {
        Asked::Waiting
    };
    Ok((asked, proof))
}

/// A request for the same whose time is over makes room, whether or not the job has come by.
fn close_over(conn: &mut Conn, app: &App, scope: &Asking, wanted: &Wanted) -> Result<()> {
    let of = (wanted.subject.id, wanted.role.as_str());
    let same = (scope.account().id, &wanted.found, of);
    for open in of_same(conn, same)? {
        let request = model::find(conn, app, scope, open.id)?;
        if request.state == State::Expired {
            tending::expire(conn, app, &request, scope.now())?;
        }
    }
    Ok(())
}

fn insert(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    wanted: &Wanted,
    ask: &Ask,
) -> Result<Request> {
    use crate::access::grant::Scoped;
    let (found, now) = (&wanted.found, scope.now());
    let (group, organization, project) = match found.scope {
        Scoped::Account => (None, None, None),
        Scoped::Group(id) => (Some(id), None, None),
        Scoped::Organization { id, .. } => (None, Some(id), None),
        Scoped::Project { id, organization } => (None, Some(organization), Some(id)),
    };
    // Whoever knows the place by its name alone does not learn where it lies.
    let within = project.and(found.organization.as_ref());
    let within = within.filter(|_| !wanted.hidden);
    let below = found.scope.is_below();
    // Its own name: how far the role reaches is said beside it.
    let named = found.organization.as_ref().filter(|_| below);
    let named = named.unwrap_or(&found.name);
    let person_key: String = memberships::table
        .filter(memberships::account_id.eq(scope.account().id))
        .filter(memberships::user_id.eq(wanted.subject.id))
        .select(memberships::sort_key)
        .first(conn)?;
    let role = &wanted.role;
    let role_name = role.custom_id().map(|_| role.label());
    let admin = *role == Builtin::Admin.into();
    let policy = policy_of(admin, app.config().admin_grants);
    diesel::insert_into(requests::table)
        .values((
            requests::id.eq(ask.id),
            requests::account_id.eq(scope.account().id),
            requests::requester_id.eq(scope.person().id),
            requests::user_id.eq(wanted.subject.id),
            requests::role.eq(role.as_str()),
            requests::scope.eq(found.scope.level().as_str()),
            requests::scope_id.eq(found.scope.id(scope.account().id)),
            requests::group_id.eq(group),
            requests::organization_id.eq(organization),
            requests::project_id.eq(project),
            requests::below.eq(below),
            requests::place.eq(named),
            requests::within.eq(within),
            requests::reason.eq(&ask.reason),
            requests::policy.eq(policy.as_str()),
            requests::state.eq(State::Waiting.as_str()),
            requests::created_at.eq(now),
            requests::expires_at.eq(now.plus(tending::life())),
            requests::reminders.eq(0_i64),
            requests::due_at.eq(Some(now.plus(tending::first_reminder()))),
            requests::person_key.eq(person_key),
            requests::role_name.eq(role_name),
        ))
        .execute(conn)
        .map_err(taken)?;
    let row: Row = requests::table
        .filter(requests::id.eq(ask.id))
        .select(COLUMNS)
        .first(conn)?;
    read(row, now)
}

/// Somebody stored the same wish a moment before.
fn taken(cause: diesel::result::Error) -> Error {
    let same = ["scope_id", "user_id", "role", "below"];
    if violation::is_unique(&cause, "requests_open", "requests", &same) {
        Error::Conflict("Somebody asked for just this a moment ago. Look at Requests.".into())
    } else {
        cause.into()
    }
}

/// An event about a request: whom it is for, which role, where.
pub(super) fn about(event: Event, request: &Request) -> Event {
    use crate::access::grant::Scoped;
    let role = &request.role;
    let mut details = json!({
        "person": request.person.to_string(), "role": role.key(),
        "scope": request.scope.level().as_str(), "place": request.place,
        "below": request.scope.is_below(),
    });
    if let (true, Some(details)) = (role.is_own(), details.as_object_mut()) {
        let name = json!({ role.key(): role.label() });
        details.insert("role_names".to_owned(), name);
    }
    let event = event.on(Target::request(request.id)).details(details);
    match request.scope {
        Scoped::Account | Scoped::Group(_) => event,
        Scoped::Organization { id, .. } => event.in_organization(id),
        Scoped::Project { id, organization } => event.in_organization(organization).in_project(id),
    }
}

/// Takes a request back. Only whoever made it can; where it was decided before, says by whom and when.
pub(super) fn withdraw(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    id: RequestId,
) -> Result<std::result::Result<(), String>> {
    let request = model::find(conn, app, scope, id)?;
    if request.requester != scope.person().id {
        let sentence = "Only the person who asked can withdraw a request.";
        return Err(Refusal::new("approval", sentence).to(scope));
    }
    if !request.state.is_open() {
        let named = (scope.account().name.as_str(), None);
        let file = deciding::file(conn, app, request, named, scope.now())?;
        let why = already(conn, &file, scope.person().id, scope.now())?;
        return Ok(Err(why));
    }
    let to = Turn {
        state: State::Withdrawn,
        by: Some(scope.person().id),
        grant: None,
    };
    model::turn(conn, &request, &to, scope.now())?;
    audit::record(
        conn,
        &about(scope.event(Action::RequestWithdrawn), &request),
    )?;
    Ok(Ok(()))
}
