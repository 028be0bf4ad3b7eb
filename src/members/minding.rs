//! Who may act on somebody's membership.

use super::model::held_by;
use super::places::standing_of;
use crate::access::permission::Key;
use crate::access::resolve::{self, Place};
use crate::access::standing::grants_of;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::memberships;
use crate::db::types::{AccountId, Ts, UserId};
use crate::error::Result;
use diesel::prelude::*;

/// Whether somebody, being active, manages users in the whole account or at a place where the other holds a role (S6).
pub fn manages(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    (manager, user): (UserId, UserId),
    now: Ts,
) -> Result<bool> {
    let active = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(manager))
        .filter(memberships::status.eq("active"));
    if manager == user || !diesel::select(diesel::dsl::exists(active)).get_result(conn)? {
        return Ok(false);
    }
    let grants = grants_of(conn, account, manager)?;
    let may = |place: &Place| {
        resolve::permissions(app.roles(), &grants, place, now).contains_key(Key::UsersManage)
    };
    if may(&Place::Account) {
        return Ok(true);
    }
    for held in held_by(conn, account, user)? {
        if standing_of(conn, account, &held.scope)?.is_some_and(|place| may(&place)) {
            return Ok(true);
        }
    }
    Ok(false)
}
