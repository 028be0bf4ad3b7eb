//! What the link to the new address does.

use diesel::prelude::*;
use serde_json::json;

use super::asking;
use super::model::{self, Login, Side, Stored};
use super::telling::{Mailed, post};
use crate::access::behalf::OnBehalf;
use crate::access::door::Door;
use crate::access::gate::{OpenScope, OpeningLinks, Somewhere};
use crate::access::permission::UsersManage;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Personal, Target};
use crate::auth::seal::Sealer;
use crate::db::Conn;
use crate::db::schema::{accounts, email_changes, users as logins};
use crate::error::{Error, Result};
use crate::mail::templates::{AddressChange, Letter};
use crate::members;
use crate::users;

/// What became of a confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// One signs in with the new address from now on.
    Yes,
    /// It has a login of its own by now; nothing changed.
    Taken,
    /// The link does nothing (any more).
    Gone,
    /// Whoever began it might not begin it now; nothing changed.
    Refused,
}

/// The key of the mail that tells the old address, made before the transaction.
#[derive(Clone, Debug)]
pub struct Told(Mailed);

impl Told {
    /// The same when the transaction runs again.
    pub fn new(sealer: &Sealer) -> Self {
        Self(Mailed::new(sealer))
    }
}

/// Makes the new address the one to sign in with: of fifty that try at the same moment, one does.
///
/// # Errors
/// A refusal where an account in which the person is a guest would lose its last Owner: the old address has to agree
/// before (rule 14, S1). It rolls everything back.
pub fn confirm(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<OpeningLinks>,
    (token, told): (&str, &Told),
) -> Result<Confirmed> {
    let now = scope.now();
    let Some(change) = model::open(conn, Side::New, token)? else {
        return Ok(Confirmed::Gone);
    };
    if change.over_for(Side::New, now).is_some() {
        return Ok(Confirmed::Gone);
    }
    let (user, login) = (change.user, model::login(conn, change.user)?);
    if login.email_key != change.old_key {
        model::end(conn, change.id, "withdrawn", now)?;
        return Ok(Confirmed::Gone);
    }
    if !is_still_theirs_to_begin(conn, app, scope, (&change, &login))? {
        refuse(conn, scope, (&change, &login))?;
        return Ok(Confirmed::Refused);
    }
    if model::other(conn, &change.new_key, user)?.is_some() {
        model::end(conn, change.id, "taken", now)?;
        return Ok(Confirmed::Taken);
    }
    diesel::update(email_changes::table.filter(email_changes::id.eq(change.id)))
        .set((
            email_changes::confirmed_at.eq(Some(now)),
            email_changes::told_hash.eq(Some(told.0.hash.to_vec())),
        ))
        .execute(conn)?;
    model::store(conn, user, (&change.new_email, &change.new_key), now)?;
    let event = |chain, action| {
        Event::new(chain, action, now)
            .by(Actor::User(user))
            .on(Target::user(user))
            .at_visit(scope.visit())
    };
    let changed = event(login.chain(), Action::EmailChanged)
        .details(json!({ "by_manager": change.account.is_some() }))
        .about(&login.first_name, &login.last_name, &change.new_email)
        .personal(Personal {
            formerly: Some(change.old_email.clone()),
            ..Personal::default()
        });
    audit::record(conn, &changed)?;
    tell_old(conn, app, (&change, &login, told), now)?;
    if change.account.is_some() && change.agreed_at.is_none() {
        for account in members::invite_again(conn, user, now)? {
            let again = event(account, Action::UserInvitedAgain).by(Actor::System);
            let (first, last) = (&login.first_name, &login.last_name);
            audit::record(conn, &again.about(first, last, &change.new_email))?;
        }
    }
    Ok(Confirmed::Yes)
}

/// Whether whoever began it could begin it at this moment. The person may have been shut out at home meanwhile, whose
/// address it is; the plan may be frozen. A manager may have left, or lost their role; and the person may have come to a
/// role that the manager could not take away, which whoever reads the new mailbox would hold.
fn is_still_theirs_to_begin(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<OpeningLinks>,
    (change, login): (&Stored, &Login),
) -> Result<bool> {
    let Some(account) = change.account else {
        let is_frozen = asking::frozen(conn, login.home)?.is_some();
        return Ok(!is_frozen && members::is_at_home(conn, change.user)?);
    };
    let request = scope.visit().request_id();
    let door = OnBehalf::<Somewhere<UsersManage>>::of(change.started_by, account, request);
    let may = door.enter(conn, app, scope.now()).and_then(|manager| {
        // A plan that is frozen meanwhile takes no change that a manager makes (S22).
        OnBehalf::may_write(&manager)?;
        users::readdressable(conn, app, &manager, change.user)
    });
    match may {
        Ok(_) => Ok(true),
        Err(Error::NotFound | Error::Forbidden(_) | Error::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Ends it, and writes down that it was refused.
fn refuse(
    conn: &mut Conn,
    scope: &OpenScope<OpeningLinks>,
    (change, login): (&Stored, &Login),
) -> Result<()> {
    let now = scope.now();
    model::end(conn, change.id, "withdrawn", now)?;
    diesel::update(email_changes::table.filter(email_changes::id.eq(change.id)))
        .set(email_changes::refused_at.eq(Some(now)))
        .execute(conn)?;
    let event = Event::new(login.chain(), Action::EmailChangeRefused, now)
        .by(Actor::System)
        .on(Target::user(change.user))
        .details(json!({ "begun_by": change.started_by.to_string() }))
        .about(&login.first_name, &login.last_name, &login.email)
        .at_visit(scope.visit());
    audit::record(conn, &event)?;
    Ok(())
}

/// Tells the old address that it has happened, and how to take it back.
fn tell_old(
    conn: &mut Conn,
    app: &App,
    (change, login, told): (&Stored, &Login, &Told),
    now: crate::db::types::Ts,
) -> Result<()> {
    let (account, by) = match change.account {
        None => (None, None),
        Some(id) => {
            let account: crate::access::place::Account = accounts::table
                .filter(accounts::id.eq(id))
                .select(crate::access::place::Account::columns())
                .first(conn)?;
            let (first, last): (String, String) = logins::table
                .filter(logins::id.eq(change.started_by))
                .select((logins::first_name, logins::last_name))
                .first(conn)?;
            (Some((&account).into()), Some(format!("{first} {last}")))
        }
    };
    let letter = Letter::AddressChanged(AddressChange {
        account,
        person: login.first_name.clone(),
        by,
        new: change.new_email.clone(),
        confirm_until: change.confirm_until,
        undo_until: change.undo_until,
    });
    let to = (change.old_email.as_str(), letter);
    post(conn, app, ((&told.0, true), change.account), to, now)
}
