//! What a gate says to whoever does not pass it: which role they have there, which it takes, and who can help.

use super::Demand;
use crate::access::custom::AccountRoles;
use crate::access::grant::{Level, Scoped};
use crate::access::permission::Key;
use crate::access::place::Place;
use crate::access::refusal::Refusal;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::access::wanting::{Wish, smallest};
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::web::urls;

/// The typed id of the place that was asked for. What may be held anywhere in the account is asked of the account.
fn asked_at<P: Place, A: Demand>(scope: &Scope<P, A>) -> String {
    let place = scope.place();
    match (place.project(), place.organization()) {
        (Some(project), _) => project.id.to_string(),
        (None, Some(organization)) => organization.id.to_string(),
        (None, None) => scope.account().id.to_string(),
    }
}

/// The page that says which gate refused, what is held, what is needed and who can help.
pub(super) fn refusal<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    key: Key,
    app: &App,
) -> Result<Refusal> {
    let place = scope.place().name(scope.account());
    let label = scope.account().says(key.label());
    let held = scope.resolution().role_labels();
    let sentence = if held.is_empty() {
        let there = if in_parts(scope) {
            "Your roles are on parts of it only"
        } else {
            "You have no role here"
        };
        format!("“{label}” in {place} takes a role that you do not have. {there}.")
    } else {
        let held = held.join(", ");
        format!("Your role in {place} does not include “{label}”. You have {held} here.")
    };
    let level = scope.resolution().level;
    let roles = AccountRoles::load(conn, scope.account().id)?;
    let having = |role: &Role| app.roles().permissions(role, level).contains_key(key);
    let lacking: Vec<String> = roles
        .all()
        .filter(having)
        .map(|role| role.label().to_owned())
        .collect();
    Ok(Refusal {
        gate: "role",
        sentence,
        needed: Some(format!("It takes one of: {}.", lacking.join(", "))),
        why: Some(urls::why(
            &scope.account().slug,
            key.as_str(),
            &asked_at::<P, A>(scope),
        )),
        ask: crate::members::who_can_help(conn, scope.account().id, scope.now())?,
        lacks: None,
        request: where_to_ask(scope, (key, &roles), app),
        shell: Some(scope.shell("Not allowed")),
    })
}

/// Whether somebody without a role on the place holds one on something in it.
fn in_parts<P: Place, A: Demand>(scope: &Scope<P, A>) -> bool {
    let mut held = scope.grants().iter();
    let place = scope.place();
    match (place.project(), place.organization()) {
        (Some(_), _) => false,
        (None, None) => {
            let whole = scope.resolution().level == Level::Account;
            whole && held.any(|grant| grant.in_force(scope.now()))
        }
        (None, Some(here)) => held.any(|grant| {
            let inside =
                matches!(grant.scope, Scoped::Project { organization, .. } if organization == here.id);
            inside && grant.in_force(scope.now())
        }),
    }
}

/// The smallest role that would open the page, where it is asked for; none where nothing can be asked for. The account
/// has an Owner who may give any role, and whoever is refused is not that one: so somebody can always approve.
fn where_to_ask<P: Place, A: Demand>(
    scope: &Scope<P, A>,
    (key, roles): (Key, &AccountRoles),
    app: &App,
) -> Option<Wish> {
    let account = scope.account();
    let organization = scope.place().organization();
    let project = scope.place().project();
    // Where nobody gets a role nobody asks for one.
    let closed = organization.is_some_and(|it| it.archived) || project.is_some_and(|it| !it.active);
    if account.is_frozen() || closed {
        return None;
    }
    let role = smallest(app.roles(), roles, key, scope.resolution().level)?;
    let place = asked_at::<P, A>(scope);
    let href = urls::new_request_role(&account.slug, role.as_str(), &place);
    Some(Wish { role, href })
}

/// A refusal for want of a permission, made behind the gate, says whom to ask and leads to the question what is missing;
/// any other answer as it is.
pub(super) fn explained<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    error: Error,
) -> Error {
    let Error::Forbidden(mut refusal) = error else {
        return error;
    };
    if let Some((key, place)) = refusal.lacks.take() {
        let slug = &scope.account().slug;
        refusal.why = Some(urls::why(slug, key.as_str(), &place));
        if refusal.ask.is_empty() {
            // Who refused is known: a page that cannot name anybody is still an answer.
            refusal.ask = who_may(conn, scope, key).unwrap_or_default();
        }
    }
    Error::Forbidden(refusal)
}

/// People who hold the permission in the whole account.
fn who_may<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    key: Key,
) -> Result<Vec<String>> {
    let mut roles = Builtin::ALL.to_vec();
    let may = |role: &Builtin| {
        let table = scope.role_table();
        let held = table.permissions(&(*role).into(), Level::Account);
        held.contains_key(key)
    };
    roles.retain(may);
    crate::members::who_hold(conn, scope.account().id, &roles, scope.now())
}
