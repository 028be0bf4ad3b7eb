//! The end of a membership and its return: shut out, let in again, removed (rules 11 and 14; S2, S3).

use diesel::prelude::*;

use super::model::Status;
use crate::db::Conn;
use crate::db::schema::{links, memberships, users};
use crate::db::types::{AccountId, LinkId, OrganizationId, Ts, UserId};
use crate::error::Result;

/// Where a membership has its home inside the account: the organization in which it was made, or the account alone.
pub fn home_organization(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
) -> Result<Option<OrganizationId>> {
    Ok(memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select(memberships::home_organization_id)
        .first(conn)?)
}

/// Whether the account is the proven home of the person's login, whose sessions it may end.
pub fn is_home(conn: &mut Conn, account: AccountId, user: UserId) -> Result<bool> {
    let home: Option<AccountId> = users::table
        .filter(users::id.eq(user))
        .select(users::home_account_id)
        .first(conn)?;
    Ok(home == Some(account))
}

/// Whether somebody has no proven home, and is an active member of no account.
pub fn is_nowhere(conn: &mut Conn, user: UserId) -> Result<bool> {
    let home: Option<AccountId> = users::table
        .filter(users::id.eq(user))
        .select(users::home_account_id)
        .first(conn)?;
    let active = memberships::table
        .filter(memberships::user_id.eq(user))
        .filter(memberships::status.eq(Status::Active.as_str()));
    let is_somewhere: bool = diesel::select(diesel::dsl::exists(active)).get_result(conn)?;
    Ok(home.is_none() && !is_somewhere)
}

/// Shuts a member out. Roles stay as they are and open nothing while the membership is not active; what was asked for
/// them ends, since the role Admin never comes back with them (S4, rule 18); the last Owner is kept. Who may is asked
/// before.
pub fn deactivate(
    conn: &mut Conn,
    (account, user): (AccountId, UserId),
    (by, reason): (UserId, Option<&str>),
    now: Ts,
) -> Result<()> {
    let one = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user));
    diesel::update(one)
        .set((
            memberships::status.eq(Status::Deactivated.as_str()),
            memberships::deactivated_at.eq(Some(now)),
            memberships::deactivated_by.eq(Some(by)),
            memberships::deactivation_reason.eq(reason),
            memberships::version.eq(memberships::version + 1),
        ))
        .execute(conn)?;
    let because = "they were deactivated";
    crate::requests::withdraw_void(conn, (user, Some(account)), because, now)?;
    super::keep_an_owner(conn, account, now)
}

/// Lets a member in again. Whoever never came in, or has to come in anew since the address was proven elsewhere or is
/// another one, is invited, until a new link brings them in; and so is a guest whose home keeps its people to itself (S1,
/// rule 10). Says how they stand now.
pub fn reactivate(conn: &mut Conn, (account, user): (AccountId, UserId)) -> Result<Status> {
    let (password, home): (Option<String>, Option<AccountId>) = users::table
        .filter(users::id.eq(user))
        .select((users::password_hash, users::home_account_id))
        .first(conn)?;
    let joined: Option<Ts> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select(memberships::joined_at)
        .first(conn)?;
    let elsewhere = home.filter(|home| *home != account);
    let closed = super::is_exclusive(conn, elsewhere)?;
    let status = if password.is_some() && joined.is_some() && !closed {
        Status::Active
    } else {
        Status::Invited
    };
    let one = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user));
    diesel::update(one)
        .set((
            memberships::status.eq(status.as_str()),
            memberships::deactivated_at.eq(None::<Ts>),
            memberships::deactivated_by.eq(None::<UserId>),
            memberships::deactivation_reason.eq(None::<String>),
            memberships::version.eq(memberships::version + 1),
        ))
        .execute(conn)?;
    Ok(status)
}

/// Takes a membership out of the account, with what is left of its roles. The login and its other accounts are not
/// touched; the last Owner is kept.
pub fn remove(conn: &mut Conn, (account, user): (AccountId, UserId), now: Ts) -> Result<()> {
    super::leave(conn, (account, user), now)?;
    super::keep_an_owner(conn, account, now)
}

/// The person's login has another address to which nobody at the old one has agreed: wherever they are a guest, they are
/// invited anew, and come in when they accept (S1). Says where. The last Owner of an account is kept, so that the change
/// waits for the old address then. What was asked, approved or offered for the person was not for whoever reads the new
/// mailbox: it ends everywhere, or whoever changed the address came to the role by it (rules 17 and 18).
///
/// # Errors
/// A refusal, where an account would be left without an Owner.
pub fn invite_again(conn: &mut Conn, user: UserId, now: Ts) -> Result<Vec<AccountId>> {
    let because = "their login got another address, and nobody at the old one agreed";
    crate::requests::withdraw_void(conn, (user, None), because, now)?;
    crate::ownership::withdraw_for(conn, user, because, now)?;
    let visits = || {
        memberships::table
            .filter(memberships::user_id.eq(user))
            .filter(memberships::kind.eq("guest"))
            .filter(memberships::status.eq(Status::Active.as_str()))
    };
    let mut accounts: Vec<AccountId> = visits().select(memberships::account_id).load(conn)?;
    accounts.sort_unstable();
    diesel::update(visits())
        .set((
            memberships::status.eq(Status::Invited.as_str()),
            memberships::version.eq(memberships::version + 1),
        ))
        .execute(conn)?;
    // Where they are shut out, they come in anew once they are let in again.
    let shut_out = memberships::table
        .filter(memberships::user_id.eq(user))
        .filter(memberships::kind.eq("guest"))
        .filter(memberships::status.eq(Status::Deactivated.as_str()));
    diesel::update(shut_out)
        .set(memberships::joined_at.eq(None::<Ts>))
        .execute(conn)?;
    for account in &accounts {
        super::keep_an_owner(conn, *account, now)?;
        // The invitation can be answered from now on for as long as one that has just been sent (S14).
        let newest: Option<LinkId> = links::table
            .filter(links::account_id.eq(account))
            .filter(links::user_id.eq(user))
            .order((links::created_at.desc(), links::id.desc()))
            .select(links::id)
            .first(conn)
            .optional()?;
        if let Some(newest) = newest {
            diesel::update(links::table.filter(links::id.eq(newest)))
                .set(links::managed_at.eq(now))
                .execute(conn)?;
        }
    }
    Ok(accounts)
}
