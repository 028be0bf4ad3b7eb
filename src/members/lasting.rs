//! Another end for a role that is held, or none: asked like giving and taking, and written down.

use serde_json::json;

use super::handed::refuse_unproven;
use super::model::{Condition, Held};
use super::naming::name_own;
use super::places::located;
use super::{lacks, may, storing};
use crate::access::gate::Demand;
use crate::access::give::{Act, can_be_given_by};
use crate::access::permission::Key;
use crate::access::place::Place;
use crate::access::refusal::Refusal;
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::types::{ChangeId, Ts};
use crate::error::{Error, Result};

/// Whether the acting person may let this role last longer than now. To end it sooner needs what taking it needs; to
/// last longer is to give it, which for some roles nobody does directly.
///
/// # Errors
/// They may not even end it sooner: the page that names the gate.
pub fn may_last<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    held: &Held,
) -> Result<bool> {
    let owner = held.role == Builtin::Owner.into();
    if owner || !may(conn, app, scope, (Act::Take, held))? {
        let lacks = lacks(conn, app, scope, (Act::Take, held))?;
        return Err(refused(scope, held, (false, lacks)));
    }
    may(conn, app, scope, (Act::Give, held))
}

/// Whether one end is further away than another.
pub(super) fn is_longer(ends_at: Option<Ts>, than: Option<Ts>) -> bool {
    match (ends_at, than) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(new), Some(old)) => new > old,
    }
}

/// Gives a role this end, or none. Ownership has none, so that no account is left without (rule 14). Says whether the
/// acting person could give it its former end again.
pub fn lasts_until<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    what: (&Held, Option<Ts>),
) -> Result<bool> {
    change(conn, app, scope, what, None)
}

/// The same; `undone` is the change that is taken back by it.
pub(super) fn change<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (held, ends_at): (&Held, Option<Ts>),
    undone: Option<ChangeId>,
) -> Result<bool> {
    let longer = may_last(conn, app, scope, held)?;
    if is_longer(ends_at, held.ends_at) {
        // To last longer is to be given for that time; to end earlier only takes away (S22).
        scope.refuse_frozen()?;
        if !longer {
            let lacks = lacks(conn, app, scope, (Act::Give, held))?;
            return Err(refused(scope, held, (true, lacks)));
        }
        if held.condition != Condition::Open {
            let sentence =
                "The place is archived or deleted: a role there can end earlier, and not later.";
            return Err(Error::Conflict(sentence.into()));
        }
        let given = (&held.role, &held.scope, held.user);
        refuse_unproven(conn, app, scope.account().id, given, scope.now())?;
    }
    if held.ends_at.is_some_and(|end| end <= scope.now()) {
        return Err(Error::Conflict(
            "This role has ended meanwhile. Give it again instead.".into(),
        ));
    }
    storing::lasts_until(conn, held.grant, ends_at, scope.now())?;
    let place = held.place.as_deref().unwrap_or(&scope.account().name);
    let mut details = json!({
        "role": held.role.as_str(), "scope": held.scope.level().as_str(), "place": place,
        "ended_at_before": held.ends_at, "ends_at": ends_at,
    });
    if let (Some(id), Some(details)) = (undone, details.as_object_mut()) {
        details.insert("change".to_owned(), json!(id));
        details.insert("undo".to_owned(), json!(true));
    }
    name_own(&mut details, [&held.role]);
    let event = scope
        .event(Action::RolesChanged)
        .on(Target::user(held.user))
        .details(details);
    audit::record(conn, &located(event, &held.scope))?;
    Ok(longer || !is_longer(held.ends_at, ends_at))
}

fn refused<P: Place, A: Demand>(
    scope: &Scope<P, A>,
    held: &Held,
    (longer, lacks): (bool, Option<(Key, String)>),
) -> Error {
    let role = held.role.label();
    let sentence = if held.role == Builtin::Owner.into() {
        "Ownership has no end: an account without an Owner could come of it.".to_owned()
    } else if longer {
        format!(
            "You cannot let the role {role} last longer. Given by: {}.",
            can_be_given_by(&held.role)
        )
    } else {
        format!("You cannot change when the role {role} ends.")
    };
    let lacks = lacks.filter(|_| held.role != Builtin::Owner.into());
    Refusal::new("role", sentence).lacking(lacks).to(scope)
}
