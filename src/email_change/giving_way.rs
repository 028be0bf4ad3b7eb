//! An address that comes back to its login finds that somebody else was invited with it meanwhile: that login, which
//! nobody has proven, gives way. Otherwise whoever took a login over could keep it by inviting its former address.

use diesel::prelude::*;
use serde_json::json;

use super::model;
use crate::access::gate::{OpenScope, OpeningLinks};
use crate::audit::{self, Action, Actor, Event, Target};
use crate::db::Conn;
use crate::db::schema::{memberships, users};
use crate::db::types::{AccountId, Ts, UserId};
use crate::error::Result;
use crate::{members, sessions, welcome};

/// What the address gives way to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Nobody else has it, any more: this many invitations have ended.
    Free(usize),
    /// Somebody has proven that it is theirs.
    Taken,
}

/// Frees the address for this person. Of another login with it, which nobody has proven, every membership ends, each
/// with an event in its own account by whoever takes the address back; whoever wants them there invites them anew.
///
/// # Errors
/// A refusal, where an account would be left without an Owner (rule 14).
pub(super) fn free(
    conn: &mut Conn,
    scope: &OpenScope<OpeningLinks>,
    (key, user): (&str, UserId),
) -> Result<Way> {
    let Some(other) = model::other(conn, key, user)? else {
        return Ok(Way::Free(0));
    };
    let verified: Option<Ts> = users::table
        .filter(users::id.eq(other))
        .select(users::verified_at)
        .first(conn)?;
    if verified.is_some() {
        return Ok(Way::Taken);
    }
    let now = scope.now();
    let invited: Vec<(AccountId, String, String)> = memberships::table
        .filter(memberships::user_id.eq(other))
        .order(memberships::account_id)
        .select((
            memberships::account_id,
            memberships::first_name,
            memberships::last_name,
        ))
        .load(conn)?;
    for (account, first, last) in &invited {
        let held = members::held_by(conn, *account, other)?;
        let roles: Vec<&str> = held.iter().map(|held| held.role.as_str()).collect();
        let mut details = json!({ "roles": roles, "address_returned": true });
        members::name_own(&mut details, held.iter().map(|held| &held.role));
        welcome::withdraw(conn, *account, other, now)?;
        members::remove(conn, (*account, other), now)?;
        let event = Event::new(*account, Action::UserInviteRevoked, now)
            .by(Actor::User(user))
            .on(Target::user(other))
            .about(first, last, key)
            .details(details)
            .at_visit(scope.visit());
        audit::record(conn, &event)?;
    }
    sessions::end_all(conn, other)?;
    // Nobody signs in with it and no mail reaches it (RFC 2606); the row stays for what the log says of it.
    let nobody = format!("{other}@nobody.invalid");
    diesel::update(users::table.filter(users::id.eq(other)))
        .set((
            users::email.eq(&nobody),
            users::email_key.eq(&nobody),
            users::password_hash.eq(None::<String>),
            users::version.eq(users::version + 1),
        ))
        .execute(conn)?;
    Ok(Way::Free(invited.len()))
}
