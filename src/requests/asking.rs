//! Asking for the role Admin, and taking that back (rule 18; S13).

use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::approvers::approvers;
use super::deciding::{self, Mover};
use super::model::{self, COLUMNS, Request, Row, State, Turn, Written, reach, read};
use super::rule::{Approver, Case};
use super::{mailing, tending};
use crate::access::permission::{Key, Visible};
use crate::access::place::{Organization, Whole};
use crate::access::refusal::Refusal;
use crate::access::resolve::{self, Branch, Place};
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::access::standing::grants_of;
use crate::app::App;
use crate::audit::{self, Action, Event, Target};
use crate::db::schema::{memberships, requests};
use crate::db::types::{DecisionId, GrantId, Id, RequestId, Ts, UserId, kind};
use crate::db::{Conn, violation};
use crate::error::{Error, Result};
use crate::members::{self, Found};
use crate::organizations;
use crate::sessions::proving::{Presented, Proof, Proven, prove};
use crate::users;
use crate::web::field::fold;

/// Whoever sees the account.
pub(super) type Asking = Scope<Whole, Visible>;

/// The one role that is asked for today.
const ROLE: Role = Role::Builtin(Builtin::Admin);

/// How many requests one person can make in a day: each of them mails every Admin.
const MOST_A_DAY: usize = 20;

/// For whom a role is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Who.
    pub id: UserId,
    /// First and last name.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// A request as it would be: everything but the reason.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For whom.
    pub subject: Subject,
    /// Where.
    pub found: Found,
    /// Every Owner and Admin there.
    pub(super) approvers: Vec<Approver>,
}

impl Wanted {
    /// What the rule looks at.
    pub(super) fn case(&self, app: &App, requester: UserId) -> Case<'_> {
        Case {
            policy: app.config().admin_grants,
            requester,
            person: self.subject.id,
            approvers: &self.approvers,
            approved: &[],
        }
    }
}

/// What a wish for a role comes to.
#[derive(Clone, Debug)]
pub enum Considered {
    /// It can be asked for.
    Good(Box<Wanted>),
    /// Somebody has asked for it already, and it is open.
    Open(RequestId),
    /// Beside this field stands why not.
    No(&'static str, String),
}

/// Whether the acting person may ask for somebody else somewhere in the account.
pub(super) fn asks_for_others(app: &App, scope: &Asking) -> bool {
    let held = resolve::holding(app.roles(), scope.grants(), Key::UsersManage, scope.now());
    held.into_iter().next().is_some()
}

/// The person with this id: oneself, or whoever lies where one manages users. Anybody else is not found.
pub(super) fn subject(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    id: UserId,
) -> Result<(Subject, bool)> {
    let me = scope.person();
    if id == me.id {
        let subject = Subject {
            id,
            name: me.name.clone(),
            email: me.email.clone(),
        };
        return Ok((subject, true));
    }
    let reach = reach(conn, app, scope)?;
    let shown = users::find(conn, scope, &reach, id)?;
    let subject = Subject {
        id,
        name: format!("{} {}", shown.row.first_name, shown.row.last_name),
        email: shown.row.email,
    };
    Ok((subject, shown.row.status != "deactivated"))
}

/// Whom an address names, if it is somebody for whom one may ask.
fn by_address(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    email: &str,
) -> Result<std::result::Result<Subject, String>> {
    let nobody = "No user whom you manage has this address. Check it for a slip of the keyboard";
    let key = fold(email);
    if key.is_empty() || key == fold(&scope.person().email) {
        return Ok(Ok(subject(conn, app, scope, scope.person().id)?.0));
    }
    if !asks_for_others(app, scope) {
        return Ok(Err(nobody.into()));
    }
    let id: Option<UserId> = memberships::table
        .filter(memberships::account_id.eq(scope.account().id))
        .filter(memberships::email_key.eq(key))
        .select(memberships::user_id)
        .first(conn)
        .optional()?;
    let found = id.map(|id| subject(conn, app, scope, id)).transpose();
    Ok(match found {
        Ok(Some((subject, true))) => Ok(subject),
        Ok(Some((subject, false))) => Err(format!(
            "{} is inactive in {}. Reactivate them first",
            subject.name,
            scope.account().name
        )),
        Ok(None) | Err(Error::NotFound) => Err(nobody.into()),
        Err(error) => return Err(error),
    })
}

/// The place, if the acting person can see it; any other is not found.
pub(super) fn place(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    target: members::Target,
) -> Result<Found> {
    let account = scope.account();
    let found = members::place_of(conn, account.id, &account.name, target)?;
    if sees(conn, app, scope, &found)? {
        Ok(found)
    } else {
        Err(Error::NotFound)
    }
}

/// Looks at a wish: who, where, whether one may ask for it, and whether it is needed.
pub(super) fn consider(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    email: &str,
    target: members::Target,
) -> Result<Considered> {
    let account = scope.account();
    let found = place(conn, app, scope, target)?;
    let subject = match by_address(conn, app, scope, email)? {
        Ok(subject) => subject,
        Err(message) => return Ok(Considered::No("person", message)),
    };
    if subject.id != scope.person().id {
        may_ask_there(app, scope, &found)?;
    }
    if let Some(message) = holds_already(conn, app, scope, &subject, &found)? {
        return Ok(Considered::No("place", message));
    }
    if let Some(open) = open(conn, account.id, &found, subject.id)? {
        return Ok(Considered::Open(open));
    }
    if too_many(conn, scope)? {
        let message =
            format!("You have asked for {MOST_A_DAY} roles within a day. Ask for more tomorrow");
        return Ok(Considered::No("reason", message));
    }
    let approvers = approvers(conn, account.id, &found.place, scope.now())?;
    Ok(Considered::Good(Box::new(Wanted {
        subject,
        found,
        approvers,
    })))
}

/// Whether the place is visible to the acting person: a grant reaches it or something inside it (S5).
fn sees(conn: &mut Conn, app: &App, scope: &Asking, found: &Found) -> Result<bool> {
    let here = resolve::resolve(app.roles(), scope.grants(), &found.place, scope.now());
    if !here.paths.is_empty() {
        return Ok(true);
    }
    match &found.place {
        Place::Account => Ok(true),
        Place::Organization(branch) => {
            let place = named(branch, &found.name);
            organizations::holds_something_visible(conn, &place, scope.grants(), scope.now())
        }
        Place::Group(_) | Place::Subtree(_) | Place::Project { .. } => Ok(false),
    }
}

fn named(branch: &Branch, name: &str) -> Organization {
    Organization {
        id: branch.organization,
        slug: String::new(),
        name: name.to_owned(),
        ancestors: branch.ancestors.clone(),
        groups: branch.groups.clone(),
    }
}

/// For somebody else only whoever manages users there asks.
fn may_ask_there(app: &App, scope: &Asking, found: &Found) -> Result<()> {
    let here = resolve::resolve(app.roles(), scope.grants(), &found.place, scope.now());
    if here.permissions.contains_key(Key::UsersManage) {
        return Ok(());
    }
    let sentence = format!(
        "You cannot manage users in {}, so you can ask for a role there only for yourself.",
        found.name
    );
    Err(Refusal {
        shell: Some(scope.shell("Not allowed")),
        ..Refusal::new("role", sentence)
    }
    .into())
}

/// Says so where the person can do everything there already.
fn holds_already(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    subject: &Subject,
    found: &Found,
) -> Result<Option<String>> {
    let theirs = grants_of(conn, scope.account().id, subject.id)?;
    let there = resolve::resolve(app.roles(), &theirs, &found.place, scope.now());
    let role = [Builtin::Owner, Builtin::Admin]
        .into_iter()
        .find(|role| there.holds(*role));
    let who = if subject.id == scope.person().id {
        "You are"
    } else {
        &format!("{} is", subject.name)
    };
    Ok(role.map(|role| format!("{who} {} of {} already", role.label(), found.name)))
}

fn open(
    conn: &mut Conn,
    account: crate::db::types::AccountId,
    found: &Found,
    person: UserId,
) -> Result<Option<RequestId>> {
    Ok(requests::table
        .filter(requests::scope_id.eq(scope_id(account, found)))
        .filter(requests::user_id.eq(person))
        .filter(requests::role.eq(ROLE.as_str()))
        .filter(requests::due_at.is_not_null())
        .select(requests::id)
        .first(conn)
        .optional()?)
}

fn scope_id(account: crate::db::types::AccountId, found: &Found) -> Id<kind::Grant> {
    use crate::access::grant::Scoped;
    Id::from_uuid(match found.scope {
        Scoped::Account => account.uuid(),
        Scoped::Group(id) => id.uuid(),
        Scoped::Organization { id, .. } => id.uuid(),
        Scoped::Project { id, .. } => id.uuid(),
    })
}

fn too_many(conn: &mut Conn, scope: &Asking) -> Result<bool> {
    let most = i64::try_from(MOST_A_DAY).unwrap_or(i64::MAX);
    let made: Vec<Ts> = requests::table
        .filter(requests::requester_id.eq(scope.person().id))
        .order(requests::id.desc())
        .limit(most)
        .select(requests::created_at)
        .load(conn)?;
    let since = scope.now().plus(-Duration::hours(24));
    Ok(made.len() == MOST_A_DAY && made.last().is_some_and(|oldest| *oldest > since))
}

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
    let case = wanted.case(app, scope.person().id);
    let mut proof = None;
    if case.request_counts() {
        match prove(conn, app, scope, &ask.presented)? {
            Proven::Yes(yes) => proof = Some(yes),
            Proven::Ask(why) => return Ok((Asked::Ask(why), None)),
        }
    }
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
        model::write_down(conn, &request, &written, scope.now())?;
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
    let granted = deciding::account_approved(conn, app, (&request, &wanted.found), &case, &mover)?;
    let asked = if granted {
        Asked::Granted
    } else {
        Asked::Waiting
    };
    Ok((asked, proof))
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
    let within = project.and(found.organization.as_ref());
    diesel::insert_into(requests::table)
        .values((
            requests::id.eq(ask.id),
            requests::account_id.eq(scope.account().id),
            requests::requester_id.eq(scope.person().id),
            requests::user_id.eq(wanted.subject.id),
            requests::role.eq(ROLE.as_str()),
            requests::scope.eq(found.scope.level().as_str()),
            requests::scope_id.eq(scope_id(scope.account().id, found)),
            requests::group_id.eq(group),
            requests::organization_id.eq(organization),
            requests::project_id.eq(project),
            requests::place.eq(&found.name),
            requests::within.eq(within),
            requests::reason.eq(&ask.reason),
            requests::policy.eq(app.config().admin_grants.as_str()),
            requests::state.eq(State::Waiting.as_str()),
            requests::created_at.eq(now),
            requests::expires_at.eq(now.plus(tending::life())),
            requests::reminders.eq(0_i64),
            requests::due_at.eq(Some(now.plus(tending::first_reminder()))),
        ))
        .execute(conn)
        .map_err(taken)?;
    let row: Row = requests::table
        .filter(requests::id.eq(ask.id))
        .select(COLUMNS)
        .first(conn)?;
    read(row)
}

/// Somebody stored the same wish a moment before.
fn taken(cause: diesel::result::Error) -> Error {
    let same = ["scope_id", "user_id", "role"];
    if violation::is_unique(&cause, "requests_open", "requests", &same) {
        Error::Conflict("Somebody asked for just this a moment ago. Look at Requests.".into())
    } else {
        cause.into()
    }
}

/// An event about a request: whom it is for, which role, where.
pub(super) fn about(event: Event, request: &Request) -> Event {
    use crate::access::grant::Scoped;
    let event = event.on(Target::request(request.id)).details(json!({
        "person": request.person.to_string(), "role": request.role.as_str(),
        "scope": request.scope.level().as_str(), "place": request.place,
    }));
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
        return Err(Refusal {
            shell: Some(scope.shell("Not allowed")),
            ..Refusal::new("approval", sentence)
        }
        .into());
    }
    if !request.state.is_open() {
        let file = deciding::file(conn, request, &scope.account().name, scope.now())?;
        let why = deciding::already(conn, &file, scope.person().id, scope.now())?;
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
