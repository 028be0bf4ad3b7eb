//! The last Owner: one function that guards every path (rule 14).

use diesel::dsl::exists;
use diesel::prelude::*;

use super::model::Status;
use crate::access::refusal::Refusal;
use crate::access::role::Builtin;
use crate::db::Conn;
use crate::db::schema::{grants, memberships, users};
use crate::db::types::{AccountId, Ts};
use crate::error::{Error, Result};

/// Refuses, inside the transaction and after the change, if it left the account without an Owner: an active member
/// whose ownership has begun and has no end, and whose login has a home, so that its address is proven: whoever came in by a
/// link that was handed over has to come in anew where the address is proven elsewhere first (S1, S15). An ownership with an end does not count, so
/// nothing expires away either.
/// Called by every function of this room that takes a role, ends a grant, or changes or removes a membership; an error
/// rolls the whole act back, and two acts that pass each other are put in order by the database. Offers of ownership
/// that cannot stand after the change are taken back with it.
///
/// # Errors
/// A refusal that names the rule, when nobody would be left.
pub fn keep_an_owner(conn: &mut Conn, account: AccountId, now: Ts) -> Result<()> {
    let owners = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(grants::scope_id.eq(account))
        .filter(grants::account_id.eq(account))
        .filter(grants::role.eq(Builtin::Owner.key()))
        .filter(grants::ends_at.is_null())
        .filter(grants::starts_at.is_null().or(grants::starts_at.le(now)))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .filter(users::home_account_id.is_not_null());
    let kept: bool = diesel::select(exists(owners)).get_result(conn)?;
    if kept {
        return crate::ownership::withdraw_void(conn, account, now);
    }
    let sentence = "This would leave the account without an Owner who has proven their address. Make somebody else an Owner first, then try again.";
    Err(Error::from(Refusal::new("role", sentence)))
}
