//! What was changed, for as long as it can be taken back: kept under what it was about, a place or a person, and found by
//! whoever changed it alone. It opens nothing: no query for access reads it.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::access::gate::Demand;
use crate::access::place::Place;
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::schema::role_changes;
use crate::db::types::{ChangeId, GrantId, Ts};
use crate::error::{Error, Result};

/// For how long a change can be taken back.
const UNDO: chrono::Duration = chrono::Duration::minutes(10);
/// For how long it is known what was changed: longer than that, so that whoever comes too late is told so.
const KEPT: chrono::Duration = chrono::Duration::hours(24);

/// Keeps it, and forgets what is old.
pub(super) fn keep<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    (id, about): (ChangeId, GrantId),
    what: &impl Serialize,
) -> Result<()> {
    let (account, now) = (scope.account().id, scope.now());
    diesel::insert_into(role_changes::table)
        .values((
            role_changes::id.eq(id),
            role_changes::account_id.eq(account),
            role_changes::scope_id.eq(about),
            role_changes::changed_by.eq(scope.person().id),
            role_changes::at.eq(now),
            role_changes::lines.eq(serde_json::to_string(what)?),
        ))
        .execute(conn)?;
    // What can no longer be taken back need not be known any more.
    let old = role_changes::table
        .filter(role_changes::account_id.eq(account))
        .filter(role_changes::at.lt(now.plus(-KEPT)));
    diesel::delete(old).execute(conn)?;
    Ok(())
}

/// What was kept, and when it was changed.
///
/// # Errors
/// Not found: it is not one of the acting person's own about this. A conflict: it is too late.
pub(super) fn kept<T: DeserializeOwned, P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    (id, about): (ChangeId, GrantId),
) -> Result<(Ts, T)> {
    let (at, what): (Ts, String) = role_changes::table
        .filter(role_changes::id.eq(id))
        .filter(role_changes::account_id.eq(scope.account().id))
        .filter(role_changes::scope_id.eq(about))
        .filter(role_changes::changed_by.eq(scope.person().id))
        .select((role_changes::at, role_changes::lines))
        .first(conn)?;
    if at.plus(UNDO) <= scope.now() {
        return Err(Error::Conflict(
            "A change can be taken back for 10 minutes, and these are over. Change the roles again instead.".into(),
        ));
    }
    Ok((at, serde_json::from_str(&what)?))
}

/// What the acting person last did about this, for as long as it is known.
pub(super) fn last<T: DeserializeOwned, P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    about: GrantId,
) -> Result<Option<(ChangeId, T)>> {
    let last: Option<(ChangeId, String)> = role_changes::table
        .filter(role_changes::account_id.eq(scope.account().id))
        .filter(role_changes::scope_id.eq(about))
        .filter(role_changes::changed_by.eq(scope.person().id))
        .order((role_changes::at.desc(), role_changes::id.desc()))
        .select((role_changes::id, role_changes::lines))
        .first(conn)
        .optional()?;
    last.map(|(id, what)| Ok((id, serde_json::from_str(&what)?)))
        .transpose()
}

/// It was taken back, which is done once.
pub(super) fn forget<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    id: ChangeId,
) -> Result<()> {
    let one = role_changes::table
        .filter(role_changes::account_id.eq(scope.account().id))
        .filter(role_changes::id.eq(id));
    diesel::delete(one).execute(conn)?;
    Ok(())
}
