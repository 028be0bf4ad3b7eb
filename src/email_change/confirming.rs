//! What the link to the new address does.

use diesel::prelude::*;
use serde_json::json;

use super::model::{self, Side, Stored};
use crate::access::gate::{OpenScope, OpeningLinks};
use crate::audit::{self, Action, Actor, Event, Personal, Target};
use crate::db::Conn;
use crate::db::schema::{email_changes, memberships};
use crate::error::Result;
use crate::members::{self, Status};

/// What became of a confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// One signs in with the new address from now on.
    Yes,
    /// It has a login of its own by now; nothing changed.
    Taken,
    /// The link does nothing (any more).
    Gone,
}

/// Makes the new address the one to sign in with: of fifty that try at the same moment, one does.
///
/// # Errors
/// A refusal where an account in which the person is a guest would lose its last Owner: the old address has to agree
/// before (rule 14, S1). It rolls everything back.
pub fn confirm(conn: &mut Conn, scope: &OpenScope<OpeningLinks>, token: &str) -> Result<Confirmed> {
    let now = scope.now();
    let Some(change) = model::open(conn, Side::New, token)? else {
        return Ok(Confirmed::Gone);
    };
    if change.over_for(Side::New, now).is_some() {
        return Ok(Confirmed::Gone);
    }
    let (user, login) = (change.user, model::login(conn, change.user)?);
    if login.email_key != change.old_key || !starter_is_there(conn, &change)? {
        model::end(conn, change.id, "withdrawn", now)?;
        return Ok(Confirmed::Gone);
    }
    if model::is_taken(conn, &change.new_key, user)? {
        model::end(conn, change.id, "taken", now)?;
        return Ok(Confirmed::Taken);
    }
    diesel::update(email_changes::table.filter(email_changes::id.eq(change.id)))
        .set(email_changes::confirmed_at.eq(Some(now)))
        .execute(conn)?;
    model::store(conn, user, (&change.new_email, &change.new_key), now)?;
    let event = |chain, action| {
        Event::new(chain, action, now)
            .by(Actor::User(user))
            .on(Target::user(user))
            .at_visit(scope.visit())
    };
    let changed = event(login.chain(), Action::EmailChanged)
        .details(json!({ "by_manager": change.account.is_some() }))
        .about(&login.first_name, &login.last_name, &change.new_email)
        .personal(Personal {
            formerly: Some(change.old_email.clone()),
            ..Personal::default()
        });
    audit::record(conn, &changed)?;
    if change.account.is_some() && change.agreed_at.is_none() {
        for account in members::invite_again(conn, user, now)? {
            let again = event(account, Action::UserInvitedAgain).by(Actor::System);
            let (first, last) = (&login.first_name, &login.last_name);
            audit::record(conn, &again.about(first, last, &change.new_email))?;
        }
    }
    Ok(Confirmed::Yes)
}

/// Whether the manager who began it still is in the account: what somebody began who has left ends with them.
fn starter_is_there(conn: &mut Conn, change: &Stored) -> Result<bool> {
    let Some(account) = change.account else {
        return Ok(true);
    };
    let status: Option<String> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(change.started_by))
        .select(memberships::status)
        .first(conn)
        .optional()?;
    Ok(status.as_deref() == Some(Status::Active.as_str()))
}
