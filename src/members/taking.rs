//! Taking roles away, and asking who may change which role.

use serde_json::json;

use super::model::Held;
use super::naming::name_own;
use super::places::{Target, located, standing_of};
use crate::access::gate::Demand;
use crate::access::give::{Act, Actor, Refusal};
use crate::access::permission::Key;
use crate::access::place::Place;
use crate::access::resolve;
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::error::Result;

/// What rule 17 says when the acting person gives, or takes away, just this role now, also where its place is archived or
/// deleted and could come back, and whether they see that place; none: it is gone.
type Asked = Option<(std::result::Result<(), Refusal>, bool)>;

fn asked<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (act, held): (Act, &Held),
) -> Result<Asked> {
    let Some(place) = standing_of(conn, scope.account().id, &held.scope)? else {
        return Ok(None);
    };
    let here = resolve::resolve(app.roles(), scope.grants(), &place, scope.now());
    let actor = Actor {
        user: scope.person().id,
        here: &here,
        roles: app.roles(),
    };
    let asked = match act {
        Act::Give => actor.may_give(&held.role, held.user),
        Act::Take => actor.may_take(&held.role, held.user),
    };
    Ok(Some((asked, !here.paths.is_empty())))
}

/// Whether the acting person may give, or take away, just this role now (rule 17).
pub fn may<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    what: (Act, &Held),
) -> Result<bool> {
    Ok(matches!(asked(conn, app, scope, what)?, Some((Ok(()), _))))
}

/// Which permission they lack for it, where it is one, and at which place, if they see that.
pub fn lacks<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (act, held): (Act, &Held),
) -> Result<Option<(Key, String)>> {
    let Some((Err(refusal), true)) = asked(conn, app, scope, (act, held))? else {
        return Ok(None);
    };
    let place = Target::of(scope.account().id, &held.scope);
    Ok(refusal.missing().map(|key| (key, place.to_string())))
}

/// Whether the acting person may stand behind a role that somebody else gave: they could give it now, or approve it.
pub fn may_confirm<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    held: &Held,
) -> Result<bool> {
    if may(conn, app, scope, (Act::Give, held))? {
        return Ok(true);
    }
    if held.role != Builtin::Admin.into() {
        return Ok(false);
    }
    let what = (scope.person().id, held);
    super::could_give(conn, app, scope.account().id, what, scope.now())
}

/// Whether the acting person may do, where this role holds, everything that it allows there, or could give it. What they
/// only read as an Auditor does not count.
pub fn matches<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    held: &Held,
) -> Result<bool> {
    let Some(place) = standing_of(conn, scope.account().id, &held.scope)? else {
        // Purged: it opens nothing any more.
        return Ok(true);
    };
    let mut acting = scope.grants().to_vec();
    acting.retain(|grant| grant.role != Builtin::Auditor.into());
    let here = resolve::permissions(app.roles(), &acting, &place, scope.now());
    let there = app.roles().permissions(&held.role, held.scope.level());
    Ok(there.is_subset(here) || may(conn, app, scope, (Act::Give, held))?)
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
    let mut details = json!({
        "role": held.role.as_str(), "scope": held.scope.level().as_str(), "place": place,
    });
    name_own(&mut details, [&held.role]);
    let event = scope
        .event(Action::RoleRevoked)
        .on(audit::Target::user(held.user))
        .details(details);
    audit::record(conn, &located(event, &held.scope))?;
    Ok(())
}
