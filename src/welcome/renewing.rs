//! What follows when somebody wants a new link in place of an old one: they get it by themselves, or whoever stands behind
//! the invitation is asked to send it (rule 9, S14).

use diesel::prelude::*;
use serde_json::json;

use super::joining::{NOBODY_JOINS, mail_ids, tell};
use super::managed::newest;
use super::model::{Opened, State};
use super::undelivered::{INSTEAD, stands_behind};
use crate::access::place::Account;
use crate::access::refusal::Refusal;
use crate::access::role::Builtin;
use crate::access::visit::Visit;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Target};
use crate::db::Conn;
use crate::db::schema::{accounts, links, memberships, users};
use crate::db::types::{AccountId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{Letter, LinkWanted};
use crate::members::{self, Status};
use crate::passwords;
use crate::web::{field, urls};

/// How a new link is had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// By oneself, at the address that was invited.
    Link,
    /// From a manager, who is asked.
    Ask,
}

/// How whoever is invited has a new link; none: they do not wait for one. From a manager where the account says so, where
/// none has stood behind the invitation for too long, and where the login has another address by now.
pub fn next(
    conn: &mut Conn,
    (account, user): (AccountId, UserId),
    now: Ts,
) -> Result<Option<Next>> {
    let waits: Option<(bool, Option<String>, String)> = memberships::table
        .inner_join(accounts::table)
        .inner_join(users::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::status.eq(Status::Invited.as_str()))
        .select((
            accounts::links_by_manager,
            users::password_hash,
            users::email_key,
        ))
        .first(conn)
        .optional()?;
    let Some((by_manager, password, email)) = waits else {
        return Ok(None);
    };
    let Some(last) = newest(conn, account, user)? else {
        return Ok(None);
    };
    // Whoever has set a password signs in with it; there is nothing to send.
    if last.withdrawn_at.is_some() || last.used_at.is_some() && password.is_some() {
        return Ok(None);
    }
    let old = last.managed_at.plus(passwords::ON_ONES_OWN) <= now;
    let moved = !field::email(&last.email).is_ok_and(|to| to.key == email);
    Ok(Some(if by_manager || old || moved {
        Next::Ask
    } else {
        Next::Link
    }))
}

/// What the page of a link that does not work any more offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// Nothing: it works, or there is nothing to wait for.
    Nothing,
    /// A new one.
    Link,
    /// To ask for one: whom, by name.
    Ask(String),
}

impl Offer {
    /// Whom one asks.
    pub fn whom(&self) -> Option<&str> {
        match self {
            Self::Ask(whom) => Some(whom),
            Self::Nothing | Self::Link => None,
        }
    }
}

/// What is offered to whoever holds the token of this link. Who is named stands in the mails that they got; in place of
/// whoever is gone the account is named, and nobody else of it.
pub fn offer(conn: &mut Conn, app: &App, link: &Opened, now: Ts) -> Result<Offer> {
    let over = matches!(link.state, State::Expired | State::Superseded);
    let Some((account, name)) = link.account.as_ref().filter(|_| over) else {
        return Ok(Offer::Nothing);
    };
    Ok(match next(conn, (*account, link.user), now)? {
        None => Offer::Nothing,
        Some(Next::Link) => Offer::Link,
        Some(Next::Ask) => {
            let behind = manages_still(conn, app, (*account, link.user), now)?;
            Offer::Ask(behind.map_or_else(|| name.clone(), |(_, name)| name))
        }
    })
}

/// Whoever stands behind the invitation, with their name, if they manage the person still.
fn manages_still(
    conn: &mut Conn,
    app: &App,
    (account, user): (AccountId, UserId),
    now: Ts,
) -> Result<Option<(UserId, String)>> {
    for one in stands_behind(conn, account, user)? {
        if members::manages(conn, app, account, (one, user), now)? {
            let (first, last): (String, String) = users::table
                .filter(users::id.eq(one))
                .select((users::first_name, users::last_name))
                .first(conn)?;
            return Ok(Some((one, format!("{first} {last}"))));
        }
    }
    Ok(None)
}

/// Asks whoever stands behind the invitation to send a new link; if they cannot any more, those who manage the account's
/// users. The newest link says that it was asked for, until there is a newer one.
///
/// # Errors
/// The gate "plan": in a frozen account nobody sends one.
pub fn ask(
    conn: &mut Conn,
    app: &App,
    (account, user): (AccountId, UserId),
    (from, now): (Option<&Visit>, Ts),
) -> Result<()> {
    let Some(last) = newest(conn, account, user)? else {
        return Ok(());
    };
    let (first, name, account): (String, String, Account) = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select((
            memberships::first_name,
            memberships::last_name,
            Account::columns(),
        ))
        .first(conn)?;
    if account.is_frozen() {
        return Err(Refusal::by_plan(&account.name, NOBODY_JOINS).into());
    }
    diesel::update(links::table.filter(links::id.eq(last.id)))
        .set(links::asked_at.eq(Some(now)))
        .execute(conn)?;
    let behind = manages_still(conn, app, (account.id, user), now)?;
    let stands_in = behind.is_none();
    let people = match behind {
        Some((one, _)) => vec![one],
        None => {
            let roles = [Builtin::Owner, Builtin::Admin, Builtin::UserManagement];
            members::holders(conn, account.id, &roles, now)?
        }
    };
    let letter = |person: String| {
        Letter::LinkWanted(LinkWanted {
            account: (&account).into(),
            person,
            stands_in,
            who: format!("{first} {name}"),
            email: last.email.clone(),
            path: urls::user(&account.slug, user),
        })
    };
    // Made inside: a re-run makes others, and nothing outside has seen them.
    let mails = mail_ids();
    let few = mails.get(..INSTEAD).unwrap_or(&mails);
    let told = tell(conn, app, (&account, now), &people, &letter, few)?;
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    let event = Event::new(account.id, Action::LinkWanted, now)
        .by(Actor::Anonymous)
        .on(Target::user(user))
        .details(json!({ "link": last.id.to_string(), "asked": told }))
        .about(&first, &name, &last.email);
    let event = match from {
        Some(visit) => event.at_visit(visit),
        None => event,
    };
    audit::record(conn, &event)?;
    Ok(())
}
