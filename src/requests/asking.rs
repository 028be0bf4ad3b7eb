//! Looking at a wish for the role Admin: for whom, where, whether one may ask, and whether it is needed (rule 18).

use chrono::Duration;
use diesel::prelude::*;

use super::approvers::approvers;
use super::model::reach;
use super::rule::{Approver, Case};
use crate::access::extent::Extent;
use crate::access::grant::{Grant, Scoped};
use crate::access::permission::{Key, Visible};
use crate::access::place::{Organization, Whole};
use crate::access::refusal::Refusal;
use crate::access::resolve::{self, Branch, Place};
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::access::standing::grants_of;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{memberships, requests};
use crate::db::types::{AccountId, RequestId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Found};
use crate::organizations;
use crate::users;
use crate::web::field::address_key;
use crate::web::view::moment;

/// Whoever sees the account.
pub(super) type Asking = Scope<Whole, Visible>;

/// The one role that is asked for today.
pub(super) const ROLE: Builtin = Builtin::Admin;

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
            asker: requester,
            by_asking: None,
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
    let key = address_key(email);
    if key.is_empty() || key == address_key(&scope.person().email) {
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
    (target, below): (members::Target, bool),
) -> Result<Considered> {
    let account = scope.account();
    let mut found = place(conn, app, scope, target)?;
    if below {
        found = found.with_below();
        if !found.scope.is_below() {
            let message = "Only an organization has something below it. Untick this";
            return Ok(Considered::No("below", message.into()));
        }
    }
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
    let same = (account.id, &found, subject.id);
    let below = found.scope.is_below();
    let open = of_same(conn, same)?.into_iter();
    let mut open = open.filter(|one| one.until > scope.now() && (one.below || !below));
    if let Some(open) = open.next() {
        return Ok(Considered::Open(open.id));
    }
    if too_many(conn, scope)? {
        let message =
            format!("You have asked for {MOST_A_DAY} roles within a day. Ask for more tomorrow");
        return Ok(Considered::No("reason", message));
    }
    let approvers = approvers(conn, account.id, &found.standing(), scope.now())?;
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
        archived: false,
    }
}

/// For somebody else only whoever manages users there asks.
fn may_ask_there(app: &App, scope: &Asking, found: &Found) -> Result<()> {
    let here = resolve::resolve(app.roles(), scope.grants(), &found.standing(), scope.now());
    if here.permissions.contains_key(Key::UsersManage) {
        return Ok(());
    }
    let sentence = format!(
        "You cannot manage users in {}, so you can ask for a role there only for yourself.",
        found.name
    );
    let place = members::Target::of(scope.account().id, &found.scope);
    Err(Refusal::new("role", sentence)
        .lacking((Key::UsersManage, place.to_string()))
        .to(scope))
}

/// Says so where the person can do everything there already, and without an end.
fn holds_already(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    subject: &Subject,
    found: &Found,
) -> Result<Option<String>> {
    let now = scope.now();
    let theirs = grants_of(conn, scope.account().id, subject.id)?;
    let person = (scope.account().id, subject.id);
    if let Some(until) = reaches_further(conn, person, &found.scope, now)? {
        return Ok(Some(further(&subject.name, &found.name, until)));
    }
    let endless: Vec<Grant> = (theirs.into_iter())
        .filter(|grant| grant.ends_at.is_none())
        .collect();
    let there = resolve::resolve(app.roles(), &endless, &found.standing(), now);
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

/// What is wanted: without an end, and as far below as it says.
const fn wanted(scope: &Scoped) -> Extent {
    Extent {
        below: scope.is_below(),
        starts_at: None,
        ends_at: None,
    }
}

/// Until when somebody holds Admin here with everything below, where it is asked for without: one grant cannot say both,
/// and nobody is to lose what they hold by being given more.
pub(super) fn reaches_further(
    conn: &mut Conn,
    (account, person): (AccountId, UserId),
    scope: &Scoped,
    now: Ts,
) -> Result<Option<Ts>> {
    let held = grants_of(conn, account, person)?.into_iter();
    let mut held = held.filter(|held| held.role == ROLE.into() && held.scope.is_at(scope));
    let other = held.find(|held| !wanted(scope).covers(&Extent::of(held), now));
    Ok(other.and_then(|held| held.ends_at))
}

/// Whether somebody is Admin at just this place already, as far and as long as is asked for: what else was approved
/// meanwhile says it too, and no grant would come of this.
pub(super) fn is_covered(
    conn: &mut Conn,
    (account, person): (AccountId, UserId),
    scope: &Scoped,
    now: Ts,
) -> Result<bool> {
    let held = grants_of(conn, account, person)?.into_iter();
    let mut held = held.filter(|held| held.role == ROLE.into() && held.scope.is_at(scope));
    Ok(held.any(|held| Extent::of(&held).covers(&wanted(scope), now)))
}

/// The same in words.
pub(super) fn further(name: &str, place: &str, until: Ts) -> String {
    format!(
        "{name} is Admin of {place} and everything below it until {}. Ask for it with everything below: approved, that has no end.",
        moment(until)
    )
}

/// A request that nobody has closed.
#[derive(Clone, Copy, Debug, Queryable)]
pub(super) struct Open {
    /// Its id.
    pub(super) id: RequestId,
    /// Until when it can be decided.
    pub(super) until: Ts,
    /// Whether it asks for everything below, too.
    pub(super) below: bool,
}

/// The requests for the role at just this place that nobody has closed: one for the place alone, and one for it with
/// everything below, that first. What is asked for in the narrow one is in the wide one; not the other way round.
pub(super) fn of_same(
    conn: &mut Conn,
    (account, found, person): (AccountId, &Found, UserId),
) -> Result<Vec<Open>> {
    Ok(requests::table
        .filter(requests::scope_id.eq(found.scope.id(account)))
        .filter(requests::user_id.eq(person))
        .filter(requests::role.eq(ROLE.key()))
        .filter(requests::due_at.is_not_null())
        .order(requests::below.desc())
        .limit(2)
        .select((requests::id, requests::expires_at, requests::below))
        .load(conn)?)
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
