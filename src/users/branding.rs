//! Portal Branding Account: whose logo and colours a person sees. Home, unless they chose another account that they are
//! active in; the choice is theirs alone, since no page tells an account which others its people are in (S1).

use diesel::prelude::*;
use serde_json::json;

use super::naming::own;
use crate::access::gate::SignedInScope;
use crate::audit::{self, Action, Actor, Event, Target};
use crate::db::Conn;
use crate::db::schema::{memberships, users};
use crate::db::types::{AccountId, UserId};
use crate::error::{Error, Result};
use crate::members::Status;

/// Whose branding the person sees: what they chose while they are active there, else their home; none before they have
/// one.
pub fn brand_of(conn: &mut Conn, id: UserId) -> Result<Option<AccountId>> {
    let (home, chosen): (Option<AccountId>, Option<AccountId>) = users::table
        .left_join(
            memberships::table.on(memberships::user_id
                .eq(users::id)
                .and(
                    memberships::account_id
                        .nullable()
                        .eq(users::branding_account_id),
                )
                .and(memberships::status.eq(Status::Active.as_str()))),
        )
        .filter(users::id.eq(id))
        .select((users::home_account_id, memberships::account_id.nullable()))
        .first(conn)?;
    Ok(chosen.or(home))
}

/// Chooses one; false: it was so already.
///
/// # Errors
/// Not found, unless the person is active there.
pub fn brand_by(conn: &mut Conn, scope: &SignedInScope, account: AccountId) -> Result<bool> {
    let id = scope.person().id;
    let active: i64 = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(id))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .count()
        .get_result(conn)?;
    if active == 0 {
        return Err(Error::NotFound);
    }
    if brand_of(conn, id)? == Some(account) {
        return Ok(false);
    }
    diesel::update(users::table.filter(users::id.eq(id)))
        .set(users::branding_account_id.eq(Some(account)))
        .execute(conn)?;
    let (names, home) = own(conn, id)?;
    let chain = home.map_or(audit::INSTALLATION, |(home, ..)| home);
    // Which account it is stays out of the chain: it is read by people who do not know of the others.
    let event = Event::new(chain, Action::UserChanged, scope.now())
        .by(Actor::User(id))
        .at_visit(scope.visit())
        .on(Target::user(id))
        .details(json!({ "changed": ["branding"] }))
        .about(&names.first, &names.last, &scope.person().email);
    audit::record(conn, &event)?;
    Ok(true)
}
