//! Rows of sign-ups, and the account that one of them becomes.

use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::{OpenScope, SigningUp};
use crate::access::role::{Builtin, Role};
use crate::accounts::free_slug;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Target};
use crate::auth::token::TokenHash;
use crate::db::Conn;
use crate::db::schema::{sign_ups, users};
use crate::db::types::{AccountId, BrowserId, GrantId, Id, LinkId, Ts, UserId};
use crate::error::Result;
use crate::members::{self, Joining, Status};
use crate::sessions::{self, Attempt, Budget};
use crate::users::NewPerson;

/// What the form asks for, checked; with the hash made before the transaction.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its id.
    pub id: LinkId,
    /// Who.
    pub person: NewPerson,
    /// Their password's hash.
    pub hash: String,
    /// Company name.
    pub company: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// Stores a sign-up within the limits of mails for strangers; above them it is silently dropped, and the answer is
/// the same.
pub fn want(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<SigningUp>,
    wanted: &Wanted,
) -> Result<()> {
    let now = scope.now();
    let key = &wanted.person.email.key;
    let from_here = sessions::spend(conn, app, Budget::MailsFrom(scope.visit().address()), now)?;
    let to_there = sessions::spend(conn, app, Budget::MailsTo(key), now)?;
    if !(from_here && to_there) {
        return Ok(());
    }
    diesel::insert_into(sign_ups::table)
        .values((
            sign_ups::id.eq(wanted.id),
            sign_ups::email.eq(&wanted.person.email.shown),
            sign_ups::email_key.eq(key),
            sign_ups::first_name.eq(&wanted.person.first_name),
            sign_ups::last_name.eq(&wanted.person.last_name),
            sign_ups::password_hash.eq(&wanted.hash),
            sign_ups::company.eq(&wanted.company),
            sign_ups::country.eq(&wanted.country),
            sign_ups::state.eq("wished"),
            sign_ups::created_at.eq(now),
            sign_ups::expires_at.eq(now.plus(super::LIFE)),
        ))
        .execute(conn)?;
    Ok(())
}

/// A sign-up whose link somebody holds.
#[derive(Clone, Debug, Queryable)]
pub struct Stored {
    /// Its id.
    pub id: LinkId,
    /// The address, as typed.
    pub email: String,
    /// The folded address.
    pub email_key: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The password's hash.
    pub password_hash: String,
    /// Company name.
    pub company: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// The sign-up that this token belongs to, while it lives.
pub fn found(conn: &mut Conn, token: &str, now: Ts) -> Result<Option<Stored>> {
    Ok(sign_ups::table
        .filter(sign_ups::token_hash.eq(TokenHash::of(token).to_vec()))
        .filter(sign_ups::expires_at.gt(now))
        .select((
            sign_ups::id,
            sign_ups::email,
            sign_ups::email_key,
            sign_ups::first_name,
            sign_ups::last_name,
            sign_ups::password_hash,
            sign_ups::company,
            sign_ups::country,
        ))
        .first(conn)
        .optional()?)
}

/// Everything that confirming needs, made before the transaction.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// The token of the link.
    pub token: String,
    /// Whether address and password were those of the form.
    pub right: bool,
    /// The id that the person gets if the address is new.
    pub user: UserId,
    /// The account's id.
    pub account: AccountId,
    /// The account's name in URLs, as its name suggests.
    pub slug: String,
    /// The grant that makes them its Owner.
    pub grant: GrantId,
    /// The session that follows.
    pub attempt: Attempt,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// The account is there, under this slug, and the browser is known.
    Made(String, BrowserId),
    /// Address or password were not right: counted.
    Wrong,
    /// The link does not work (any more), or the address has found a home meanwhile.
    Gone,
}

/// Makes login, account, membership and ownership; of two at once one wins.
pub fn confirm(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<SigningUp>,
    new: &Confirm,
) -> Result<Confirmed> {
    let now = scope.now();
    let Some(stored) = found(conn, &new.token, now)? else {
        return Ok(Confirmed::Gone);
    };
    if !new.right {
        sessions::spend(conn, app, Budget::Failures(scope.visit().address()), now)?;
        return Ok(Confirmed::Wrong);
    }
    let known: Option<(UserId, Option<AccountId>)> = users::table
        .filter(users::email_key.eq(&stored.email_key))
        .select((users::id, users::home_account_id))
        .first(conn)
        .optional()?;
    let here = sign_ups::table.filter(sign_ups::email_key.eq(&stored.email_key));
    diesel::delete(here).execute(conn)?;
    if known.is_some_and(|(_, home)| home.is_some()) {
        return Ok(Confirmed::Gone);
    }
    let slug = free_slug(conn, new.account, &new.slug)?;
    let about = (
        stored.company.as_str(),
        slug.as_str(),
        stored.country.as_str(),
    );
    crate::setup::open_account(conn, new.account, about, now)?;
    let user = match known {
        Some((user, _)) => user,
        None => insert_user(conn, new.user, &stored, now)?,
    };
    join(conn, (user, new), &stored, now)?;
    // What somebody else may have set or opened before the address was proven ends here.
    crate::passwords::set(conn, user, &stored.password_hash, now)?;
    sessions::end_all(conn, user)?;
    crate::passwords::verified(conn, user, now)?;
    members::home_of(conn, user, new.account, now)?;
    record(conn, scope, (user, new.account), (&stored, &slug))?;
    let device = sessions::begin(conn, app, scope.visit(), (user, &new.attempt), now)?;
    Ok(Confirmed::Made(slug, device))
}

fn insert_user(conn: &mut Conn, id: UserId, stored: &Stored, now: Ts) -> Result<UserId> {
    diesel::insert_into(users::table)
        .values((
            users::id.eq(id),
            users::email.eq(&stored.email),
            users::email_key.eq(&stored.email_key),
            users::first_name.eq(&stored.first_name),
            users::last_name.eq(&stored.last_name),
            users::operator.eq(false),
            users::version.eq(1_i64),
            users::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

/// The first Owner of an account: nobody gives it.
fn join(conn: &mut Conn, (user, new): (UserId, &Confirm), stored: &Stored, now: Ts) -> Result<()> {
    let joining = Joining {
        account: new.account,
        user,
        first_name: &stored.first_name,
        last_name: &stored.last_name,
        email: (&stored.email, &stored.email_key),
        guest: false,
        home: None,
        status: Status::Active,
        invited_by: None,
        submission: None,
        link_expires_at: None,
    };
    members::insert_membership(conn, &joining, now)?;
    let sort_key = members::sort_key(&stored.first_name, &stored.last_name);
    let row = members::Row {
        id: new.grant,
        account: new.account,
        user,
        role: &Role::from(Builtin::Owner),
        scope: "account",
        scope_id: Id::from_uuid(new.account.uuid()),
        group: None,
        organization: None,
        project: None,
        below: false,
        starts_at: None,
        ends_at: None,
        sort_key: &sort_key,
        given_by: None,
    };
    members::insert(conn, &row, now)
}

fn record(
    conn: &mut Conn,
    scope: &OpenScope<SigningUp>,
    (user, account): (UserId, AccountId),
    (stored, slug): (&Stored, &str),
) -> Result<()> {
    let event = |action, target| {
        Event::new(account, action, scope.now())
            .by(Actor::User(user))
            .on(target)
            .about(&stored.first_name, &stored.last_name, &stored.email)
            .at_visit(scope.visit())
    };
    let opened = json!({ "name": stored.company, "slug": slug, "signed_up": true });
    let made = event(Action::AccountCreated, Target::account(account));
    audit::record(conn, &made.details(opened))?;
    let owner = json!({ "role": "owner", "scope": "account", "place": stored.company });
    let given = event(Action::RoleGranted, Target::user(user));
    audit::record(conn, &given.details(owner))?;
    audit::record(conn, &event(Action::EmailVerified, Target::user(user)))?;
    audit::record(conn, &event(Action::SignInOk, Target::user(user)))?;
    Ok(())
}
