//! The end of a membership and its return: shut out, let in again, removed (rules 11 and 14; S2, S3).

use diesel::prelude::*;

use super::model::Status;
use crate::db::Conn;
use crate::db::schema::{memberships, users};
use crate::db::types::{AccountId, OrganizationId, Ts, UserId};
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

/// Shuts a member out. Roles stay as they are and open nothing while the membership is not active; the last Owner is
/// kept. Who may is asked before.
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
    super::keep_an_owner(conn, account, now)
}

/// Lets a member in again; whoever never set a password is invited as at first, until a new link brings them in.
/// Says how they stand now.
pub fn reactivate(conn: &mut Conn, (account, user): (AccountId, UserId)) -> Result<Status> {
    let password: Option<String> = users::table
        .filter(users::id.eq(user))
        .select(users::password_hash)
        .first(conn)?;
    let status = if password.is_some() {
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
    super::leave(conn, account, user)?;
    super::keep_an_owner(conn, account, now)
}
