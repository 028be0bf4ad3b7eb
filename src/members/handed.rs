//! Logins that nobody has proven: whoever came in by a link that was copied and handed over may be whoever handed it over
//! (S15). They get a role that lets do much only if that would be nothing gained for any of those.

use diesel::prelude::*;

use super::giving::could;
use super::model::Status;
use crate::access::give::is_powerful;
use crate::access::grant::Scoped;
use crate::access::refusal::Refusal;
use crate::access::role::Role;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{links, memberships, users};
use crate::db::types::{AccountId, Ts, UserId};
use crate::error::Result;

/// Whoever may know the password of a login that nobody has proven: a copied link is only ever shown to who sent it, and
/// each that was used, into whichever account, could have set it.
pub fn handed_by(conn: &mut Conn, user: UserId) -> Result<Vec<UserId>> {
    let senders: Vec<Option<UserId>> = links::table
        .filter(links::user_id.eq(user))
        .filter(links::purpose.eq("welcome"))
        .filter(links::used_at.is_not_null())
        .select(links::sent_by)
        .distinct()
        .load(conn)?;
    Ok(senders.into_iter().flatten().collect())
}

/// Why a role that lets do much is not for this person yet, in a sentence; none: it can be. What is given to whoever is
/// still invited is asked about when they come in ([`activate`](super::activate)).
pub fn why_unproven(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    (role, scope, to): (&Role, &Scoped, UserId),
    now: Ts,
) -> Result<Option<String>> {
    if !is_powerful(app.roles(), role, scope.level()) {
        return Ok(None);
    }
    type Row = (Option<Ts>, String, String, String);
    let person: Option<Row> = memberships::table
        .inner_join(users::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(to))
        .select((
            users::verified_at,
            memberships::status,
            memberships::first_name,
            memberships::last_name,
        ))
        .first(conn)
        .optional()?;
    let Some((None, status, first, last)) = person else {
        return Ok(None);
    };
    if status != Status::Active.as_str() {
        return Ok(None);
    }
    for by in handed_by(conn, to)? {
        if !could(conn, app, account, by, (role, scope, to), now)? {
            return Ok(Some(format!(
                "{first} {last} came in by a link that was handed over, and nothing shows yet that the address is theirs. Send them a password reset mail from their page: once they have used it, they can get the role {role}."
            )));
        }
    }
    Ok(None)
}

/// The same before a role is stored, on whichever way it comes.
///
/// # Errors
/// The gate "role", with the sentence.
pub(super) fn refuse_unproven(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    given: (&Role, &Scoped, UserId),
    now: Ts,
) -> Result<()> {
    match why_unproven(conn, app, account, given, now)? {
        Some(sentence) => Err(Refusal::new("role", sentence).into()),
        None => Ok(()),
    }
}
