//! Where somebody lands who has just come in.

use super::model::{Condition, held_by};
use crate::access::grant::Scoped;
use crate::db::Conn;
use crate::db::types::{AccountId, ProjectId, Ts, UserId};
use crate::error::Result;

/// The project that all of somebody's current roles are on, if it is one: there they land (ux 7.3).
pub fn lands_on(
    conn: &mut Conn,
    (account, user): (AccountId, UserId),
    now: Ts,
) -> Result<Option<ProjectId>> {
    let mut only = None;
    for held in held_by(conn, account, user)? {
        let current = held.starts_at.is_none_or(|start| start <= now)
            && held.ends_at.is_none_or(|end| now < end);
        // What is deleted or archived by now is no place to land on.
        if !current || matches!(held.condition, Condition::Deleted | Condition::Asleep) {
            continue;
        }
        match held.scope {
            Scoped::Project { id, .. } if only.is_none_or(|other| other == id) => only = Some(id),
            _ => return Ok(None),
        }
    }
    Ok(only)
}
