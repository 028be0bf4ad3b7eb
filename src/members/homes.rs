//! Which account is the home of a login, and what that makes of its other memberships (S1, S2).

use diesel::prelude::*;

use super::model::Status;
use crate::audit::{self, Action, Actor, Event, Target};
use crate::db::Conn;
use crate::db::schema::{memberships, users};
use crate::db::types::{AccountId, OrganizationId, Ts, UserId};
use crate::error::Result;

/// The first proof of an address makes the account that it was proven for the home; every other pending welcome
/// turns into an invitation to be accepted (S1), and where they were in by one that was handed over, that is written down.
/// True when `account` became the home.
pub fn home_of(conn: &mut Conn, user: UserId, account: AccountId, now: Ts) -> Result<bool> {
    let homeless = users::table
        .filter(users::id.eq(user))
        .filter(users::home_account_id.is_null());
    let within: Option<OrganizationId> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select(memberships::home_organization_id)
        .first(conn)
        .optional()?
        .flatten();
    let became = diesel::update(homeless)
        .set((
            users::home_account_id.eq(Some(account)),
            users::home_organization_id.eq(within),
        ))
        .execute(conn)?
        == 1;
    if became {
        // The name that the home typed is the login's, whoever was first to type one.
        let (first, last): (String, String) = memberships::table
            .filter(memberships::account_id.eq(account))
            .filter(memberships::user_id.eq(user))
            .select((memberships::first_name, memberships::last_name))
            .first(conn)?;
        diesel::update(users::table.filter(users::id.eq(user)))
            .set((users::first_name.eq(first), users::last_name.eq(last)))
            .execute(conn)?;
        fall_back(conn, (user, account), now)?;
    }
    Ok(became)
}

/// Wherever else this address stands, nobody had proven it: to be accepted. No Owner that counted is lost by it
/// (`keep_an_owner`).
fn fall_back(conn: &mut Conn, (user, home): (UserId, AccountId), now: Ts) -> Result<()> {
    let elsewhere = |status: Status| {
        memberships::table
            .filter(memberships::user_id.eq(user))
            .filter(memberships::account_id.ne(home))
            .filter(memberships::status.eq(status.as_str()))
    };
    let email: String = users::table
        .filter(users::id.eq(user))
        .select(users::email)
        .first(conn)?;
    let in_there: Vec<(AccountId, String, String)> = elsewhere(Status::Active)
        .order(memberships::account_id.asc())
        .select((
            memberships::account_id,
            memberships::first_name,
            memberships::last_name,
        ))
        .load(conn)?;
    for status in [Status::Active, Status::Invited] {
        diesel::update(elsewhere(status))
            .set((
                memberships::kind.eq("guest"),
                memberships::status.eq(Status::Invited.as_str()),
            ))
            .execute(conn)?;
    }
    // And where it is shut out, once it is let in again.
    diesel::update(elsewhere(Status::Deactivated))
        .set((
            memberships::kind.eq("guest"),
            memberships::joined_at.eq(None::<Ts>),
        ))
        .execute(conn)?;
    for (account, first, last) in in_there {
        let event = Event::new(account, Action::UserInvitedAgain, now)
            .by(Actor::System)
            .on(Target::user(user))
            .about(&first, &last, &email);
        audit::record(conn, &event)?;
    }
    Ok(())
}

/// Where the address of a login is proven otherwise than by a welcome, the account that it came into first becomes the
/// home, so that no proven login is without one (S2). Whoever is in no account yet gets it with the first that they
/// complete; nothing happens where the address is not proven, or there is a home.
pub fn settle_home(conn: &mut Conn, user: UserId, now: Ts) -> Result<()> {
    let first: Option<AccountId> = memberships::table
        .inner_join(users::table)
        .filter(memberships::user_id.eq(user))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .filter(memberships::kind.eq("home"))
        .filter(users::home_account_id.is_null())
        .filter(users::verified_at.is_not_null())
        .order((memberships::joined_at.asc(), memberships::account_id.asc()))
        .select(memberships::account_id)
        .first(conn)
        .optional()?;
    if let Some(account) = first {
        home_of(conn, user, account, now)?;
    }
    Ok(())
}

/// Makes another account, in which somebody is, their home: there they are at home from now on, within the organization in
/// which they were added if any (S2), and a guest where they were. An operator's act; who may is asked before.
pub fn move_home(conn: &mut Conn, user: UserId, (old, new): (AccountId, AccountId)) -> Result<()> {
    for (account, kind) in [(old, "guest"), (new, "home")] {
        let one = memberships::table
            .filter(memberships::account_id.eq(account))
            .filter(memberships::user_id.eq(user));
        diesel::update(one)
            .set((
                memberships::kind.eq(kind),
                memberships::version.eq(memberships::version + 1),
            ))
            .execute(conn)?;
    }
    let within = super::home_organization(conn, new, user)?;
    diesel::update(users::table.filter(users::id.eq(user)))
        .set((
            users::home_account_id.eq(Some(new)),
            users::home_organization_id.eq(within),
            users::version.eq(users::version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// How somebody stands in an account; none: they are not in it.
pub fn status_of(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Option<Status>> {
    let status: Option<String> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select(memberships::status)
        .first(conn)
        .optional()?;
    status.as_deref().map(Status::parse).transpose()
}
