//! Looking at a wish for a role: for whom, which, where, whether one may ask, and whether it is needed (rule 18).

use chrono::Duration;
use diesel::prelude::*;

use super::approvers::{Gift, approvers, givers, may_give};
use super::holding::holds_already;
use super::model::{policy_of, reach};
use super::place::is_visible;
use super::rule::{Approver, Case};
use crate::access::custom::AccountRoles;
use crate::access::permission::{Key, Visible};
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::resolve;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::access::wanting::is_requested;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{memberships, requests};
use crate::db::types::{AccountId, RequestId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Found};
use crate::users;
use crate::web::field::address_key;

/// Whoever sees the account.
pub(super) type Asking = Scope<Whole, Visible>;

/// How many requests one person can make in a day: each of them mails every Admin, or those who may give the role.
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
    /// Which role.
    pub role: Role,
    /// Where.
    pub found: Found,
    /// Whether whoever asks knows the place by its name alone (S4).
    pub hidden: bool,
    /// Of the role Admin every Owner and Admin there; of any other the nearest of those who may give it.
    pub(super) approvers: Vec<Approver>,
}

impl Wanted {
    /// What the rule looks at.
    pub(super) fn case(&self, app: &App, requester: UserId) -> Case<'_> {
        let admin = self.role == Builtin::Admin.into();
        Case {
            direct: !admin,
            policy: policy_of(admin, app.config().admin_grants),
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
    /// The acting person may give it to somebody else at once: nothing has to be asked for.
    Give(Subject, String),
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
    if is_own(scope, email) {
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

/// The place, if the acting person can see it, and whether they know it by its name alone: one that they lack to
/// deactivate people is named to them (S4), and User Management there is all that they can ask for, for themselves. Any
/// other is not found.
pub(super) fn place(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    sought: &Sought<'_>,
) -> Result<(Found, bool)> {
    let account = scope.account();
    let found = members::place_of(conn, account.id, &account.name, sought.target)?;
    if is_visible(conn, app, scope.grants(), (&found, scope.now()))? {
        return Ok((found, false));
    }
    let manages = sought.role == Builtin::UserManagement.key();
    match sought.target {
        members::Target::Project(id)
            if manages
                && is_own(scope, sought.email)
                && users::is_lacked(conn, app.roles(), scope, id)? =>
        {
            Ok((found, true))
        }
        _ => Err(Error::NotFound),
    }
}

/// Whether the address of whom it is for is the acting person's own, or none is given.
fn is_own(scope: &Asking, email: &str) -> bool {
    let key = address_key(email);
    key.is_empty() || key == address_key(&scope.person().email)
}

/// What is asked for: who, which role, where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sought<'a> {
    /// The address of whom it is for; empty: oneself.
    pub(super) email: &'a str,
    /// The role, as a form names it.
    pub(super) role: &'a str,
    /// The place.
    pub(super) target: members::Target,
    /// Whether with everything below it.
    pub(super) below: bool,
}

/// The role that a form names. Owner is none: it is offered, and accepted (rule 17).
fn role_of(conn: &mut Conn, scope: &Asking, key: &str) -> Result<Role> {
    let roles = AccountRoles::load_for(conn, scope.account().id, [key])?;
    let role = roles.sent(key)?;
    if is_requested(&role) {
        return Ok(role);
    }
    let sentence = "Nobody asks for ownership: it is offered to somebody who has come in, and they accept it. Open Ownership in the account.";
    Err(Refusal::new("approval", sentence).to(scope))
}

/// Looks at a wish: who, which role, where, whether one may ask for it, and whether it is needed.
pub(super) fn consider(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    sought: &Sought<'_>,
) -> Result<Considered> {
    let account = scope.account();
    let (mut found, hidden) = place(conn, app, scope, sought)?;
    let role = role_of(conn, scope, sought.role)?;
    if sought.below {
        found = found.with_below();
        if !found.scope.is_below() {
            let message = "Only an organization has something below it. Untick this";
            return Ok(Considered::No("below", message.into()));
        }
    }
    let subject = match by_address(conn, app, scope, sought.email)? {
        Ok(subject) => subject,
        Err(message) => return Ok(Considered::No("person", message)),
    };
    if subject.id != scope.person().id {
        may_ask_there(app, scope, &found)?;
    }
    if let Some(message) = holds_already(conn, app, scope, (&subject, &found, &role))? {
        return Ok(Considered::No("place", message));
    }
    let same = (account.id, &found, (subject.id, role.as_str()));
    let below = found.scope.is_below();
    let open = of_same(conn, same)?.into_iter();
    let mut open = open.filter(|one| one.until > scope.now() && (one.below || !below));
    if let Some(open) = open.next() {
        return Ok(Considered::Open(open.id));
    }
    let approvers = if role == Builtin::Admin.into() {
        approvers(conn, account.id, &found.standing(), scope.now())?
    } else {
        match of_givers(conn, app, scope, (&subject, &role, &found))? {
            Ok(givers) => givers,
            Err(considered) => return Ok(considered),
        }
    };
    if too_many(conn, scope)? {
        let message =
            format!("You have asked for {MOST_A_DAY} roles within a day. Ask for more tomorrow");
        return Ok(Considered::No("reason", message));
    }
    Ok(Considered::Good(Box::new(Wanted {
        subject,
        role,
        found,
        hidden,
        approvers,
    })))
}

/// Whom to ask for a role that is given directly; or why nobody is asked.
fn of_givers(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    (subject, role, found): (&Subject, &Role, &Found),
) -> Result<std::result::Result<Vec<Approver>, Considered>> {
    let (account, me, now) = (scope.account(), scope.person().id, scope.now());
    if let Some(why) = found.why_archived() {
        return Ok(Err(Considered::No("place", why)));
    }
    let standing = found.standing();
    let gift = Gift {
        account: account.id,
        place: &standing,
        role,
        person: subject.id,
    };
    let place = &found.name;
    if may_give(conn, app, &gift, me, now)? {
        let given = (role, &found.scope, subject.id);
        return Ok(Err(
            match members::why_unproven(conn, app, account.id, given, now)? {
                Some(why) => Considered::No("person", why),
                None => {
                    let message = format!(
                        "You can give {} {role} in {place} yourself, at once: nothing has to be requested",
                        subject.name
                    );
                    Considered::Give(subject.clone(), message)
                }
            },
        ));
    }
    let givers = givers(conn, app, &gift, &[me], now)?;
    if !givers.is_empty() {
        return Ok(Ok(givers));
    }
    let apart = [me, subject.id];
    let turn_to = members::who_decides(conn, (account.id, &apart), role, now)?;
    let turn_to = if turn_to.is_empty() {
        "those who run the portal".to_owned()
    } else {
        turn_to.join(", ")
    };
    let message = format!(
        "Nobody else could approve {role} in {place} now, so nothing was asked for. Turn to {turn_to}"
    );
    Ok(Err(Considered::No("place", message)))
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

/// The requests for a role at just this place that nobody has closed: one for the place alone, and one for it with
/// everything below, that first. What is asked for in the narrow one is in the wide one; not the other way round.
pub(super) fn of_same(
    conn: &mut Conn,
    (account, found, (person, role)): (AccountId, &Found, (UserId, &str)),
) -> Result<Vec<Open>> {
    Ok(requests::table
        .filter(requests::scope_id.eq(found.scope.id(account)))
        .filter(requests::user_id.eq(person))
        .filter(requests::role.eq(role))
        .filter(requests::due_at.is_not_null())
        .order(requests::below.desc())
        .limit(2)
        .select((requests::id, requests::expires_at, requests::below))
        .load(conn)?)
}

/// Whether the acting person has asked often enough for a day. What they took over from somebody else they have not asked.
fn too_many(conn: &mut Conn, scope: &Asking) -> Result<bool> {
    let most = i64::try_from(MOST_A_DAY).unwrap_or(i64::MAX);
    let made: Vec<Ts> = requests::table
        .filter(requests::requester_id.eq(scope.person().id))
        .filter(requests::asked_by.is_null())
        .order(requests::id.desc())
        .limit(most)
        .select(requests::created_at)
        .load(conn)?;
    let since = scope.now().plus(-Duration::hours(24));
    Ok(made.len() == MOST_A_DAY && made.last().is_some_and(|oldest| *oldest > since))
}
