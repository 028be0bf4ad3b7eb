//! Beginning a change: by the person, who proves again who they are, or by a manager of their home.

use diesel::prelude::*;
use serde_json::json;

use super::model::{self, Login};
use super::telling::{Mailed, post};
use crate::access::gate::{SignedInScope, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::{Account, Whole};
use crate::access::refusal::Refusal;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Personal, Target};
use crate::auth::seal::Sealer;
use crate::db::Conn;
use crate::db::schema::{accounts, email_changes, users as logins};
use crate::db::types::{AccountId, LinkId, Ts, UserId};
use crate::error::{Error, Result};
use crate::mail::templates::{AddressChange, HasLogin, Letter};
use crate::members;
use crate::sessions::proving::{Presented, Proof, Proven, prove};
use crate::users;
use crate::web::field::Email;
use crate::web::view::moment;

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Both tokens of a change and the names of their links.
#[derive(Clone, Debug)]
pub struct Fresh {
    id: LinkId,
    undo_id: LinkId,
    new: Mailed,
    old: Mailed,
}

impl Fresh {
    /// Made before the transaction, the same when it runs again.
    pub fn new(sealer: &Sealer) -> Self {
        Self {
            id: LinkId::new(),
            undo_id: LinkId::new(),
            new: Mailed::new(sealer),
            old: Mailed::new(sealer),
        }
    }
}

/// What became of the wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// Both mails are on their way.
    Sent,
    /// It is the address already.
    Same,
    /// The password is asked for, with this beside the field.
    Ask(&'static str),
}

/// Who wants it, and where that is written down.
struct Begin<'a> {
    user: UserId,
    login: Login,
    account: Option<&'a Account>,
    by: (UserId, &'a str),
    event: Event,
}

/// One wants another address for oneself.
pub fn start_own(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    (email, presented, fresh): (&Email, &Presented, &Fresh),
) -> Result<(Started, Option<Proof>)> {
    let user = scope.person().id;
    let login = model::login(conn, user)?;
    if let Some(name) = frozen(conn, login.home)? {
        return Err(Refusal::frozen(&name).to(scope));
    }
    if login.home.is_none() {
        let why = "Open the link in the mail that was sent to you first: it shows that the address of now is yours.";
        return Err(Error::Conflict(why.into()));
    }
    if !members::is_at_home(conn, user)? {
        let why = "Your home has ended your access, and the address is its own: only whoever manages users there can change it.";
        return Err(Error::Conflict(why.into()));
    }
    let proof = match prove(conn, app, scope, presented)? {
        Proven::Ask(why) => return Ok((Started::Ask(why), None)),
        Proven::Yes(proof) => proof,
    };
    if login.email_key == email.key {
        return Ok((Started::Same, Some(proof)));
    }
    let event = own_event(scope, login.chain(), Action::EmailChangeRequested);
    let begin = Begin {
        user,
        login,
        account: None,
        by: (user, ""),
        event,
    };
    store(conn, app, &begin, (email, fresh, scope.now()))?;
    Ok((Started::Sent, Some(proof)))
}

/// Name of the person's home, where its plan keeps everything as it is.
pub(super) fn frozen(conn: &mut Conn, home: Option<AccountId>) -> Result<Option<String>> {
    let Some(home) = home else { return Ok(None) };
    let (name, plan): (String, String) = accounts::table
        .filter(accounts::id.eq(home))
        .select((accounts::name, accounts::plan))
        .first(conn)?;
    Ok((plan == "frozen").then_some(name))
}

fn own_event(scope: &SignedInScope, chain: AccountId, action: Action) -> Event {
    let name = Personal {
        actor_name: Some(scope.person().name.clone()),
        ..Personal::default()
    };
    Event::new(chain, action, scope.now())
        .by(Actor::User(scope.person().id))
        .personal(name)
        .at_visit(scope.visit())
}

/// A manager of the person's home wants another address for them. Who may is asked here.
pub fn start(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (id, email, presented, fresh): (UserId, &Email, &Presented, &Fresh),
) -> Result<(Started, Option<Proof>)> {
    users::readdressable(conn, app, scope, id)?;
    let proof = match prove(conn, app, scope, presented)? {
        Proven::Ask(why) => return Ok((Started::Ask(why), None)),
        Proven::Yes(proof) => proof,
    };
    let login = model::login(conn, id)?;
    if login.email_key == email.key {
        return Ok((Started::Same, Some(proof)));
    }
    let by = scope.person();
    let begin = Begin {
        user: id,
        login,
        account: Some(scope.account()),
        by: (by.id, &by.name),
        event: scope.event(Action::EmailChangeRequested),
    };
    store(conn, app, &begin, (email, fresh, scope.now()))?;
    Ok((Started::Sent, Some(proof)))
}

/// The row, both mails and the event. Whether the new address has a login costs the same to ask either way, and only
/// the mail to it differs.
fn store(
    conn: &mut Conn,
    app: &App,
    begin: &Begin<'_>,
    (email, fresh, now): (&Email, &Fresh, Ts),
) -> Result<()> {
    let (user, login) = (begin.user, &begin.login);
    model::end_waiting(conn, user, "overtaken", now)?;
    let (confirm_until, undo_until) = (now.plus(super::CONFIRM), now.plus(super::UNDO));
    diesel::insert_into(email_changes::table)
        .values((
            email_changes::id.eq(fresh.id),
            email_changes::undo_id.eq(fresh.undo_id),
            email_changes::user_id.eq(user),
            email_changes::account_id.eq(begin.account.map(|account| account.id)),
            email_changes::started_by.eq(begin.by.0),
            email_changes::old_email.eq(&login.email),
            email_changes::old_key.eq(&login.email_key),
            email_changes::new_email.eq(&email.shown),
            email_changes::new_key.eq(&email.key),
            email_changes::confirm_hash.eq(fresh.new.hash.to_vec()),
            email_changes::undo_hash.eq(fresh.old.hash.to_vec()),
            email_changes::created_at.eq(now),
            email_changes::confirm_until.eq(confirm_until),
            email_changes::undo_until.eq(undo_until),
        ))
        .execute(conn)?;
    let facts = AddressChange {
        account: begin.account.map(Into::into),
        person: login.first_name.clone(),
        by: begin.account.map(|_| begin.by.1.to_owned()),
        new: email.shown.clone(),
        confirm_until,
        undo_until,
    };
    let holder: Option<String> = logins::table
        .filter(logins::email_key.eq(&email.key))
        .select(logins::first_name)
        .first(conn)
        .optional()?;
    let (letter, with_key) = match holder {
        Some(person) => (Letter::AddressTaken(HasLogin { person }), false),
        None => (Letter::ConfirmNewAddress(facts.clone()), true),
    };
    let account = begin.account.map(|account| account.id);
    let to_new = (&fresh.new, with_key);
    post(conn, app, (to_new, account), (&email.shown, letter), now)?;
    let letter = Letter::AddressChanging(facts);
    post(
        conn,
        app,
        ((&fresh.old, true), account),
        (&login.email, letter),
        now,
    )?;
    let event = begin
        .event
        .clone()
        .on(Target::user(user))
        .details(json!({ "by_manager": begin.account.is_some() }))
        .about(&login.first_name, &login.last_name, &email.shown)
        .personal(Personal {
            formerly: Some(login.email.clone()),
            ..Personal::default()
        });
    audit::record(conn, &event)?;
    Ok(())
}

/// A change that waits to be confirmed.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The address that is wanted.
    pub email: String,
    /// Until when it can be confirmed.
    pub until: String,
}

/// The person's change that waits, if there is one.
pub fn waiting(conn: &mut Conn, user: UserId, now: Ts) -> Result<Option<Waiting>> {
    let row: Option<(String, Ts)> = email_changes::table
        .filter(email_changes::user_id.eq(user))
        .filter(email_changes::confirmed_at.is_null())
        .filter(email_changes::ended_at.is_null())
        .filter(email_changes::confirm_until.gt(now))
        .select((email_changes::new_email, email_changes::confirm_until))
        .first(conn)
        .optional()?;
    Ok(row.map(|(email, until)| Waiting {
        email,
        until: moment(until),
    }))
}

/// One takes one's own wish back. False when nothing waited.
pub fn withdraw_own(conn: &mut Conn, scope: &SignedInScope) -> Result<bool> {
    let user = scope.person().id;
    let login = model::login(conn, user)?;
    let event = own_event(scope, login.chain(), Action::EmailChangeStopped);
    take_back(conn, (user, &login), event, scope.now())
}

/// A manager takes it back.
pub fn withdraw(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<bool> {
    users::readdressable(conn, app, scope, id)?;
    let login = model::login(conn, id)?;
    let event = scope.event(Action::EmailChangeStopped);
    take_back(conn, (id, &login), event, scope.now())
}

/// What this account wanted for the person is forgotten: it is not their home any more.
pub fn end_of(conn: &mut Conn, (user, home): (UserId, AccountId), now: Ts) -> Result<()> {
    let theirs: Option<LinkId> = email_changes::table
        .filter(email_changes::user_id.eq(user))
        .filter(email_changes::account_id.eq(Some(home)))
        .filter(email_changes::confirmed_at.is_null())
        .filter(email_changes::ended_at.is_null())
        .select(email_changes::id)
        .first(conn)
        .optional()?;
    if theirs.is_some() {
        let login = model::login(conn, user)?;
        let event = Event::new(home, Action::EmailChangeStopped, now);
        take_back(conn, (user, &login), event, now)?;
    }
    Ok(())
}

/// Until when whoever has the address before can take it back; none: nobody can.
pub fn taken_back_until(conn: &mut Conn, user: UserId, now: Ts) -> Result<Option<Ts>> {
    Ok(email_changes::table
        .filter(email_changes::user_id.eq(user))
        .filter(email_changes::confirmed_at.is_not_null())
        .filter(email_changes::ended_at.is_null())
        .filter(email_changes::undo_until.gt(now))
        .order(email_changes::undo_until.desc())
        .select(email_changes::undo_until)
        .first(conn)
        .optional()?)
}

fn take_back(
    conn: &mut Conn,
    (user, login): (UserId, &Login),
    event: Event,
    now: Ts,
) -> Result<bool> {
    if model::end_waiting(conn, user, "withdrawn", now)? == 0 {
        return Ok(false);
    }
    let event = event.on(Target::user(user));
    audit::record(
        conn,
        &event.about(&login.first_name, &login.last_name, &login.email),
    )?;
    Ok(true)
}
