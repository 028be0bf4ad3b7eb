//! What the audit log tells of one person in this account, for whoever reads it (rule 27; ux 6.12).

use serde_json::Value;

use super::model::{Reach, reach_of};
use super::named::names;
use crate::access::gate::Somewhere;
use crate::access::permission::{Key, Permission};
use crate::access::place::Whole;
use crate::access::role::{Builtin, RoleTable};
use crate::access::scope::Scope;
use crate::audit::{self, Target, Told};
use crate::db::Conn;
use crate::db::types::{Ts, UserId};
use crate::error::Result;

/// How many events a person's page tells.
const TOLD: i64 = 20;

/// One event in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Ts,
    /// Who did what.
    pub words: String,
    /// Which role, where; which address.
    pub details: Option<String>,
}

/// The newest events about the person, as far as the reader holds `audit.view`: none, where they hold it nowhere. Of a
/// part of the account only what happened in that part is told.
pub fn history<A: Permission>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Whole, Somewhere<A>>,
    id: UserId,
) -> Result<Option<Vec<Line>>> {
    let about = (scope.account().id, Target::user(id));
    let told = match reach_of(conn, roles, scope, Key::AuditView)? {
        Reach::Account => audit::about(conn, about, None, TOLD)?,
        Reach::Places {
            organizations,
            projects,
            ..
        } => {
            if organizations.is_empty() && projects.is_empty() {
                return Ok(None);
            }
            audit::about(conn, about, Some((&organizations, &projects)), TOLD)?
        }
    };
    let mut unnamed: Vec<UserId> = told
        .iter()
        .filter(|one| one.personal.actor_name.is_none())
        .filter_map(|one| one.actor)
        .collect();
    unnamed.sort_unstable();
    unnamed.dedup();
    let known = names(conn, scope.account().id, unnamed)?;
    Ok(Some(told.iter().map(|one| line(one, &known)).collect()))
}

fn line(told: &Told, known: &[(UserId, String)]) -> Line {
    let stored = told.personal.actor_name.clone();
    let found = || {
        let actor = told.actor?;
        let one = known.iter().find(|(id, _)| *id == actor)?;
        Some(one.1.clone())
    };
    let who = stored.or_else(found);
    let who = who.unwrap_or_else(|| match told.actor_kind.as_str() {
        "system" => "The portal".to_owned(),
        _ => "Somebody".to_owned(),
    });
    let is = |key: &str| told.details.get(key).and_then(Value::as_bool) == Some(true);
    let what = match told.action {
        Some(audit::Action::RoleRevoked) if is("waits") => {
            "set a role aside until somebody who may give it confirms it"
        }
        Some(audit::Action::RoleRevoked) if is("waiting") => "discarded a role that waited",
        action => action.map_or("did something", audit::Action::sentence),
    };
    Line {
        at: told.at,
        words: format!("{who} {what}"),
        details: details(told),
    }
}

/// Which role, where: "Viewer on Dock 4"; before and after, where several changed; and what it was called before.
fn details(told: &Told) -> Option<String> {
    let text = |key: &str| told.details.get(key).and_then(Value::as_str);
    let on = |what: String| match text("place") {
        Some(place) => format!("{what} on {place}"),
        None => what,
    };
    if let Some(role) = text("role") {
        return Some(on(label(told, role)));
    }
    let list = |key: &str| Some(labels(told, told.details.get(key)?.as_array()?));
    if let (Some(before), Some(after)) = (list("before"), list("after")) {
        return Some(on(format!("{before} → {after}")));
    }
    let before = told.personal.formerly.as_deref()?;
    Some(format!("before: {before}"))
}

/// What a role was called when it happened.
fn label(told: &Told, role: &str) -> String {
    let names = told.details.get("role_names");
    let own = names.and_then(|names| names.get(role)?.as_str());
    let label = Builtin::parse(role).map(Builtin::label).or(own);
    label.unwrap_or(role).to_owned()
}

fn labels(told: &Told, roles: &[Value]) -> String {
    let roles = roles.iter().filter_map(Value::as_str);
    let labels: Vec<String> = roles.map(|role| label(told, role)).collect();
    if labels.is_empty() {
        "no role".to_owned()
    } else {
        labels.join(", ")
    }
}
