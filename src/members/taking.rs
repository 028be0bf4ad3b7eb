//! Taking roles away, and asking who may change which role.

use serde_json::json;

use super::giving::{Found, Target, place_of};
use super::model::Held;
use crate::access::gate::Demand;
use crate::access::give::{Act, Actor};
use crate::access::grant::Scoped;
use crate::access::place::Place;
use crate::access::resolve;
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::error::{Error, Result};

/// Whether the acting person may give, or take away, just this role now (rule 17). A role at a place that is gone or
/// archived opens nothing: whoever reaches it otherwise may do both.
pub fn may<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (act, held): (Act, &Held),
) -> Result<bool> {
    let Some(place) = standing_of(conn, scope, held)? else {
        return Ok(true);
    };
    let here = resolve::resolve(app.roles(), scope.grants(), &place, scope.now());
    let actor = Actor {
        user: scope.person().id,
        here: &here,
    };
    Ok(match act {
        Act::Give => actor.may_give(held.role, held.user),
        Act::Take => actor.may_take(held.role, held.user),
    }
    .is_ok())
}

/// Whether the acting person may bring just this role back to life now: the place is there, and rule 17 lets them give
/// it. Narrower than [`may`]: an archived place could come back later, and the role with it.
pub fn may_restore<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    held: &Held,
) -> Result<bool> {
    Ok(standing_of(conn, scope, held)?.is_some() && may(conn, app, scope, (Act::Give, held))?)
}

/// Where a held role stands, as the resolver asks it: "everything below" is the whole subtree. None when the place is
/// gone or archived.
fn standing_of<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    held: &Held,
) -> Result<Option<resolve::Place>> {
    let account = scope.account();
    let target = Target::of(account.id, &held.scope);
    let found = match place_of(conn, account.id, &account.name, target) {
        Ok(found) => found,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = Found {
        scope: held.scope,
        ..found
    };
    Ok(Some(found.standing()))
}

/// Takes a role away and writes it down. Who may is asked before; the last Owner keeps theirs (rule 14).
pub fn revoke<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    held: &Held,
) -> Result<()> {
    super::storing::remove(conn, &[held.grant])?;
    if held.role == Builtin::Owner.into() {
        super::keep_an_owner(conn, scope.account().id, scope.now())?;
    }
    let place = held.place.as_deref().unwrap_or(&scope.account().name);
    let mut event = scope
        .event(Action::RoleRevoked)
        .on(audit::Target::user(held.user))
        .details(json!({
            "role": held.role.as_str(), "scope": held.scope.level().as_str(), "place": place,
        }));
    match held.scope {
        Scoped::Organization { id, .. } => event = event.in_organization(id),
        Scoped::Project { id, organization } => {
            event = event.in_organization(organization).in_project(id);
        }
        Scoped::Account | Scoped::Group(_) => {}
    }
    audit::record(conn, &event)?;
    Ok(())
}
