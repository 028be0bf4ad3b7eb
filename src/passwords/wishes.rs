//! Wishes of strangers and what becomes of them.
//!
//! A request for a mail looks nobody up: it stores a wish under the address that was typed. The mail job looks it
//! up later and mails the address that is *stored*. So a known and an unknown address cost the request the same.

use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::{JobScope, OpenScope, OpeningLinks};
use crate::access::visit::Visit;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event};
use crate::db::Conn;
use crate::db::schema::{accounts, mail_wishes, memberships, users};
use crate::db::types::{AccountId, EventId, LinkId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{
    Account, Asked, Exclusive, Letter, Locked, NewLink as NewLinkFacts, Origin,
};
use crate::mail::{self, outbox};
use crate::members::{self, Status};
use crate::sessions::{self, Budget};
use crate::web::field;
use crate::welcome::{self, Fresh, NewLink, Next, Purpose};

/// What somebody wants to be mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A link to set a new password.
    Reset,
    /// A link to end a lock.
    Unlock,
    /// A new link in place of an old one.
    Link,
}

impl Wish {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Unlock => "unlock",
            Self::Link => "link",
        }
    }
}

/// Stores a wish.
pub fn wish(conn: &mut Conn, wish: Wish, email_key: &str, visit: &Visit, now: Ts) -> Result<()> {
    diesel::insert_into(mail_wishes::table)
        .values((
            mail_wishes::id.eq(EventId::new()),
            mail_wishes::wish.eq(wish.as_str()),
            mail_wishes::email_key.eq(email_key),
            mail_wishes::address.eq(visit.address()),
            mail_wishes::user_agent.eq(visit.user_agent()),
            mail_wishes::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// A stranger asks for a mail: stored within the limits, silently dropped above. The answer is the same.
pub fn request(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<OpeningLinks>,
    what: Wish,
    email_key: &str,
) -> Result<()> {
    let now = scope.now();
    let from_here = sessions::spend(conn, app, Budget::MailsFrom(scope.visit().address()), now)?;
    let to_there = sessions::spend(conn, app, Budget::MailsTo(email_key), now)?;
    if from_here && to_there {
        wish(conn, what, email_key, scope.visit(), now)?;
    }
    Ok(())
}

/// Why a new link is not sent now, and when it can be asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// One was asked for within the minute.
    Minute(Ts),
    /// As many were asked for as there are in a day.
    Day(Ts),
    /// Too many mails were asked for from this network.
    Network(Ts),
}

/// Somebody asks for a new link to what an address is invited to: at most one a minute and five a day, whether or not
/// anybody is invited under it. Says when to ask again, where nothing is stored.
pub fn request_link(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<OpeningLinks>,
    email_key: &str,
) -> Result<Option<Wait>> {
    let wait = spend_link(conn, app, scope, email_key)?;
    if wait.is_none() {
        wish(conn, Wish::Link, email_key, scope.visit(), scope.now())?;
    }
    Ok(wait)
}

/// Takes one new link from what an address gets and a client causes; if that is used up, says until when. A manager who is
/// asked for one is asked no more often than it could be had.
pub fn spend_link(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<OpeningLinks>,
    email_key: &str,
) -> Result<Option<Wait>> {
    let (now, client) = (scope.now(), Budget::MailsFrom(scope.visit().address()));
    if let Some(until) = sessions::is_over_budget(conn, app, client, now)? {
        return Ok(Some(Wait::Network(until)));
    }
    sessions::spend(conn, app, client, now)?;
    spend_of_address(conn, app, email_key, now)
}

/// Takes one new link from what an address gets in a minute and in a day; if that is used up, says until when.
fn spend_of_address(conn: &mut Conn, app: &App, email_key: &str, now: Ts) -> Result<Option<Wait>> {
    let day = Budget::LinksInADay(email_key);
    if let Some(until) = sessions::is_over_budget(conn, app, day, now)? {
        return Ok(Some(Wait::Day(until)));
    }
    let minute = Budget::LinksInAMinute(email_key);
    if let Some(until) = sessions::is_over_budget(conn, app, minute, now)? {
        return Ok(Some(Wait::Minute(until)));
    }
    sessions::spend(conn, app, minute, now)?;
    sessions::spend(conn, app, day, now)?;
    Ok(None)
}

type WishRow = (EventId, String, String, String, String);

/// The person behind an address, as mails need them.
struct Person {
    user: UserId,
    first_name: String,
    email: String,
    has_password: bool,
    locked_until: Option<Ts>,
    home: Option<AccountId>,
}

fn person(conn: &mut Conn, email_key: &str) -> Result<Option<Person>> {
    type Row = (
        UserId,
        String,
        String,
        Option<String>,
        Option<Ts>,
        Option<AccountId>,
    );
    let row: Option<Row> = users::table
        .filter(users::email_key.eq(email_key))
        .select((
            users::id,
            users::first_name,
            users::email,
            users::password_hash,
            users::locked_until,
            users::home_account_id,
        ))
        .first(conn)
        .optional()?;
    Ok(
        row.map(|(user, first_name, email, password, locked_until, home)| {
            let has_password = password.is_some();
            Person {
                user,
                first_name,
                email,
                has_password,
                locked_until,
                home,
            }
        }),
    )
}

/// Turns some wishes into links and mails; how many wishes were looked at. The tokens made here may differ when the
/// transaction runs again: nothing outside of it has seen them.
pub fn grant_wishes(conn: &mut Conn, app: &App, job: &JobScope, most: i64) -> Result<usize> {
    let wishes: Vec<WishRow> = mail_wishes::table
        .order(mail_wishes::id.asc())
        .limit(most)
        .select((
            mail_wishes::id,
            mail_wishes::wish,
            mail_wishes::email_key,
            mail_wishes::address,
            mail_wishes::user_agent,
        ))
        .load(conn)?;
    for (id, what, email_key, address, user_agent) in &wishes {
        // Taken by exactly one instance: whoever deletes it.
        if diesel::delete(mail_wishes::table.filter(mail_wishes::id.eq(id))).execute(conn)? == 0 {
            continue;
        }
        let Some(person) = person(conn, email_key)? else {
            continue;
        };
        let from = Origin {
            browser: crate::web::browser::words(user_agent),
            ip: address.clone(),
        };
        match what.as_str() {
            // Whoever never finished their welcome gets that again, as often as a new link is to be had.
            "reset" if !person.has_password && person.home.is_none() => {
                if spend_of_address(conn, app, email_key, job.now())?.is_none() {
                    welcome_again(conn, app, &person, job.now())?;
                }
            }
            "reset" => reset_link(conn, app, &person, from, job.now())?,
            "unlock" => unlock_link(conn, app, &person, from, job.now())?,
            _ => welcome_again(conn, app, &person, job.now())?,
        }
    }
    Ok(wishes.len())
}

/// A reset link.
fn reset_link(conn: &mut Conn, app: &App, person: &Person, from: Origin, now: Ts) -> Result<()> {
    let asked = Letter::ResetPassword(Asked {
        person: person.first_name.clone(),
        from: Some(from),
        by: None,
    });
    let link = mail_link(
        conn,
        app,
        (person, Purpose::Reset),
        app.config().limits.reset_link,
        asked,
        now,
    )?;
    let chain = crate::sessions::chain(conn, person.user, None)?;
    let event = Event::new(chain, Action::PasswordResetRequested, now)
        .by(Actor::Anonymous)
        .on(audit::Target::user(person.user))
        .details(json!({ "link": link.to_string() }));
    audit::record(conn, &event)?;
    Ok(())
}

fn unlock_link(conn: &mut Conn, app: &App, person: &Person, from: Origin, now: Ts) -> Result<()> {
    // Unlocked meanwhile: nothing to say.
    let Some(until) = person.locked_until.filter(|until| *until > now) else {
        return Ok(());
    };
    let letter = Letter::Locked(Locked {
        person: person.first_name.clone(),
        at: now,
        until,
        from: Some(from),
        by: None,
    });
    mail_link(
        conn,
        app,
        (person, Purpose::Unlock),
        app.config().limits.unlock_link,
        letter,
        now,
    )?;
    Ok(())
}

/// Mints a link that is about the login itself and mails it.
fn mail_link(
    conn: &mut Conn,
    app: &App,
    (person, purpose): (&Person, Purpose),
    life: std::time::Duration,
    letter: Letter,
    now: Ts,
) -> Result<LinkId> {
    let fresh = Fresh::mailed(app.sealer());
    let new = NewLink {
        purpose,
        user: person.user,
        account: None,
        email: &person.email,
        expires_at: now.plus(sessions::span(life)),
        sent_by: None,
        mailed: true,
    };
    welcome::mint(conn, &fresh, &new, now)?;
    post(conn, app, (&fresh, None), &person.email, letter, now)?;
    Ok(fresh.link)
}

/// Full name of whoever invited somebody into an account, or took the invitation over.
fn inviter(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Option<String>> {
    let name: Option<(String, String)> = memberships::table
        .inner_join(users::table.on(users::id.nullable().eq(memberships::invited_by)))
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select((users::first_name, users::last_name))
        .first(conn)
        .optional()?;
    Ok(name.map(|(first, last)| format!("{first} {last}")))
}

/// Puts a letter with a link into the outbox.
pub(crate) fn post(
    conn: &mut Conn,
    app: &App,
    (fresh, account): (&Fresh, Option<AccountId>),
    email: &str,
    letter: Letter,
    now: Ts,
) -> Result<()> {
    let closed = matches!(letter, Letter::HomeExclusive(_));
    let mail = outbox::NewMail {
        id: fresh.mail,
        account,
        link: Some(fresh.link),
        reader: None,
        recipient: email.to_owned(),
        letter,
        sealed_token: (!closed).then(|| fresh.sealed.clone()),
        message_id: mail::letterhead(app.config()).message_id(fresh.mail),
        due_at: now,
        created_at: now,
    };
    outbox::enqueue(conn, mail)?;
    Ok(())
}

/// After this long without a manager having sent a link, the person has to ask the manager (S14).
pub(crate) const ON_ONES_OWN: chrono::Duration = chrono::Duration::days(30);

/// A new welcome or invitation link for every account that still waits for the person, or the question to its manager.
fn welcome_again(conn: &mut Conn, app: &App, person: &Person, now: Ts) -> Result<()> {
    let waiting: Vec<(AccountId, String, Option<String>, String, String)> = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::user_id.eq(person.user))
        .filter(memberships::status.eq(Status::Invited.as_str()))
        .limit(20)
        .select((
            accounts::id,
            accounts::name,
            accounts::support,
            accounts::time_zone,
            accounts::plan,
        ))
        .load(conn)?;
    for (account, name, support, time_zone, plan) in waiting {
        let Some(last) = welcome::newest(conn, account, person.user)? else {
            continue;
        };
        // It was meant for the address that it went to. Where their home has given them another one since, a manager of
        // this account has to send it anew (rule 10, S1).
        let key = |email| field::email(email).ok().map(|email| email.key);
        if key(&last.email) != key(&person.email) {
            continue;
        }
        match welcome::next(conn, (account, person.user), now)? {
            None => continue,
            // In a frozen account nobody sends one.
            Some(Next::Ask) if plan == "frozen" => continue,
            Some(Next::Ask) => {
                welcome::ask(conn, app, (account, person.user), (None, now))?;
                continue;
            }
            Some(Next::Link) => {}
        }
        let elsewhere = person.home.filter(|home| *home != account);
        let closed = members::is_exclusive(conn, elsewhere)?;
        let has_login = person.has_password && person.home.is_some();
        let purpose = if has_login {
            Purpose::Invitation
        } else {
            Purpose::Welcome
        };
        let fresh = Fresh::mailed(app.sealer());
        let expires_at = now.plus(sessions::span(app.config().limits.welcome_link));
        let (user, email) = (person.user, person.email.as_str());
        let new = NewLink {
            purpose,
            user,
            account: Some(account),
            email,
            expires_at,
            sent_by: None,
            mailed: true,
        };
        let name = Account {
            name,
            support,
            time_zone: Some(time_zone),
        };
        // No link works where the home keeps its people, and the person alone is told: whoever invited them sees a new
        // link like any other (S16).
        let letter = if closed {
            welcome::mint(conn, &fresh.closed(), &new, now)?;
            Letter::HomeExclusive(Exclusive {
                inviter: inviter(conn, account, user)?.unwrap_or_else(|| name.name.clone()),
                account: name,
                person: person.first_name.clone(),
            })
        } else {
            welcome::mint(conn, &fresh, &new, now)?;
            Letter::NewLink(NewLinkFacts {
                account: name,
                person: person.first_name.clone(),
                manager: None,
                sets_password: !has_login,
            })
        };
        welcome::set_expiry(conn, account, user, Some(expires_at))?;
        post(conn, app, (&fresh, Some(account)), email, letter, now)?;
        let event = Event::new(account, Action::LinkRequested, now)
            .by(Actor::Anonymous)
            .on(audit::Target::user(user))
            .details(json!({ "link": fresh.link.to_string() }));
        audit::record(conn, &event)?;
    }
    Ok(())
}
