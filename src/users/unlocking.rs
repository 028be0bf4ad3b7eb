//! A lock that ends before its time: a manager ends it, or a colleague who has access vouches (rule 12, beyond E; S1, S6).
//!
//! Ending a lock gives whoever guesses a password ten more tries. A manager answers for their people; a colleague has to
//! be known: the login of both has its home here, they see the person, may do there whatever the person may (or could give
//! it), prove who they are, and do it few times a day.

use diesel::prelude::*;
use serde_json::json;

use super::logins::managed_here;
use super::model::{Shown, manageable};
use super::showing;
use crate::access::gate::{Demand, Somewhere};
use crate::access::permission::{Key, UsersManage, UsersView};
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::resolve;
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Event, Target};
use crate::db::Conn;
use crate::db::schema::users;
use crate::db::types::{MailId, Ts, UserId};
use crate::error::{Error, Result};
use crate::mail::templates::{self, Letter};
use crate::mail::{self, outbox};
use crate::members;
use crate::sessions::proving::{Presented, Proof, Proven, prove};
use crate::sessions::{self, Budget};

type Manager = Scope<Whole, Somewhere<UsersManage>>;
type Colleague = Scope<Whole, Somewhere<UsersView>>;

/// Ends the lock and writes it down; true when there was one.
fn end_lock(conn: &mut Conn, shown: &Shown, event: Event, now: Ts) -> Result<bool> {
    let row = &shown.row;
    let was_locked = sessions::clear(conn, row.id, now)?;
    if was_locked {
        let event =
            event
                .on(Target::user(row.id))
                .about(&row.first_name, &row.last_name, &row.email);
        audit::record(conn, &event)?;
    }
    Ok(was_locked)
}

/// Ends a lock of somebody whose home is here (rule 12, S1). Says whose, and whether there was one.
pub fn unlock(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<(String, bool)> {
    let shown = manageable(conn, app.roles(), scope, id)?;
    let name = showing::name(&shown.row);
    if shown.row.kind != "home" || !shown.home_here {
        return Err(Error::Conflict(format!(
            "The login of {name} is managed by another account. They can end the lock by the link in their mail."
        )));
    }
    let event = scope.event(Action::UserUnlocked);
    let was_locked = end_lock(conn, &shown, event, scope.now())?;
    Ok((name, was_locked))
}

/// What an operator's command did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlocked {
    /// The lock has ended.
    Ended,
    /// There was none.
    NotLocked,
    /// Nobody signs in with the address.
    Nobody,
}

/// Ends the lock of whoever signs in with this address, given by its key: an operator's command, behind the door of the
/// machine (rule 12). It is written down where their sign-ins are (S21).
pub fn unlock_address(conn: &mut Conn, key: &str, now: Ts) -> Result<Unlocked> {
    let person: Option<(UserId, String, String, String)> = users::table
        .filter(users::email_key.eq(key))
        .select((users::id, users::first_name, users::last_name, users::email))
        .first(conn)
        .optional()?;
    let Some((id, first, last, email)) = person else {
        return Ok(Unlocked::Nobody);
    };
    if !sessions::clear(conn, id, now)? {
        return Ok(Unlocked::NotLocked);
    }
    let chain = sessions::chain(conn, id, None)?;
    let event = Event::new(chain, Action::UserUnlocked, now)
        .on(Target::user(id))
        .details(json!({ "by": "command" }))
        .about(&first, &last, &email);
    audit::record(conn, &event)?;
    Ok(Unlocked::Ended)
}

/// Whether the acting person can vouch for anybody at all, as far as their own roles say it: an Auditor changes nothing.
pub fn vouches<A: Demand>(scope: &Scope<Whole, A>) -> bool {
    let (roles, now) = (scope.role_table(), scope.now());
    let mut seeing = resolve::holding(roles, scope.grants(), Key::UsersView, now);
    seeing.any(|grant| grant.role != Builtin::Auditor.into())
}

/// The person, if the acting person may vouch for them: for whoever is locked.
///
/// # Errors
/// Not found where the acting person does not see them; a conflict about oneself and where another account manages the
/// login; a refusal where the acting person may less than they.
pub fn vouchable(conn: &mut Conn, app: &App, scope: &Colleague, id: UserId) -> Result<Shown> {
    let shown = managed_here(conn, app, scope, id)?;
    if !members::is_home(conn, scope.account().id, scope.person().id)? {
        let account = &scope.account().name;
        let sentence =
            format!("Only people whose own login is managed by {account} can vouch here.");
        return Err(refused(conn, scope, sentence));
    }
    if !vouches(scope) {
        let sentence = "An Auditor changes nothing, and so cannot vouch for anybody.";
        return Err(refused(conn, scope, sentence.to_owned()));
    }
    if !is_matched(conn, app, scope, &shown)? {
        let name = showing::name(&shown.row);
        let sentence =
            format!("{name} may do things that you may not, so you cannot vouch for them.");
        return Err(refused(conn, scope, sentence));
    }
    Ok(shown)
}

/// Whether the person may do nothing that the acting person may not: nobody opens a way to more than they have.
fn is_matched(conn: &mut Conn, app: &App, scope: &Colleague, shown: &Shown) -> Result<bool> {
    let operator: bool = users::table
        .filter(users::id.eq(shown.row.id))
        .select(users::operator)
        .first(conn)?;
    if operator && !scope.person().operator {
        return Ok(false);
    }
    for held in members::held_by(conn, scope.account().id, shown.row.id)? {
        if !members::matches(conn, app, scope, &held)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn refused(conn: &mut Conn, scope: &Colleague, sentence: String) -> Error {
    let ask = members::who_can_help(conn, scope.account().id, scope.now()).unwrap_or_default();
    Refusal::new("role", sentence).asking(ask).to(scope)
}

/// What became of vouching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vouched {
    /// The lock has ended.
    Done,
    /// There was none any more.
    NotLocked,
    /// The password is asked for, with this beside the field.
    Ask(&'static str),
}

/// Vouches for somebody who is locked: ends the lock, sets no password, and tells them who did it.
///
/// # Errors
/// As [`vouchable`]; a conflict when it was done too often.
pub fn vouch(
    conn: &mut Conn,
    app: &App,
    scope: &Colleague,
    (id, presented, mail): (UserId, &Presented, MailId),
) -> Result<(Vouched, Option<Proof>)> {
    let shown = vouchable(conn, app, scope, id)?;
    let now = scope.now();
    if !showing::is_locked(&shown.row, now) {
        return Ok((Vouched::NotLocked, None));
    }
    let limits = [Budget::VouchesBy(scope.person().id), Budget::VouchesFor(id)];
    for limit in limits {
        if sessions::is_over_budget(conn, app, limit, now)?.is_some() {
            return Err(Error::Conflict(too_often(limit, &shown)));
        }
    }
    let proof = match prove(conn, app, scope, presented)? {
        Proven::Ask(why) => return Ok((Vouched::Ask(why), None)),
        Proven::Yes(proof) => proof,
    };
    end_lock(conn, &shown, scope.event(Action::UserVouchedFor), now)?;
    for limit in limits {
        sessions::spend(conn, app, limit, now)?;
    }
    tell(conn, app, scope, (mail, &shown))?;
    Ok((Vouched::Done, Some(proof)))
}

fn too_often(limit: Budget<'_>, shown: &Shown) -> String {
    let most = sessions::VOUCHES;
    let who = match limit {
        Budget::VouchesBy(_) => "You have vouched".to_owned(),
        _ => format!("{} was vouched for", showing::name(&shown.row)),
    };
    format!(
        "{who} {most} times in 24 hours, which is the most. The link in their mail ends the lock, and so does somebody \
         who manages users."
    )
}

/// Tells the person who vouched for them.
fn tell(
    conn: &mut Conn,
    app: &App,
    scope: &Colleague,
    (id, shown): (MailId, &Shown),
) -> Result<()> {
    let new = outbox::NewMail {
        id,
        account: Some(scope.account().id),
        link: None,
        reader: None,
        recipient: shown.row.email.clone(),
        letter: Letter::Unlocked(templates::Unlocked {
            account: scope.account().into(),
            person: shown.row.first_name.clone(),
            by: scope.person().name.clone(),
            at: scope.now(),
        }),
        sealed_token: None,
        message_id: mail::letterhead(app.config()).message_id(id),
        due_at: scope.now(),
        created_at: scope.now(),
    };
    outbox::enqueue(conn, new)?;
    Ok(())
}
