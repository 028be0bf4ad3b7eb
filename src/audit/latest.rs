//! The newest event about something: who changed it last, and when.

use diesel::prelude::*;

use super::{Action, Anything, Personal, Target};
use crate::db::Conn;
use crate::db::schema::audit_events;
use crate::db::types::{AccountId, Id, ProjectId, Ts};

/// An event as a page tells it in passing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    /// When.
    pub at: Ts,
    /// Name of who did it, as it was then; none once it was erased.
    pub actor_name: Option<String>,
}

/// The newest of these events about the target, in the account's chain.
pub fn latest(
    conn: &mut Conn,
    chain: AccountId,
    target: Target,
    actions: &[Action],
) -> QueryResult<Option<Latest>> {
    let names: Vec<&str> = actions.iter().map(|action| action.name()).collect();
    let row: Option<(Ts, Option<String>)> = audit_events::table
        .filter(audit_events::target_id.eq(target.id.map(Id::<Anything>::from_uuid)))
        .filter(audit_events::chain_id.eq(chain))
        .filter(audit_events::action.eq_any(names))
        .order(audit_events::id.desc())
        .select((audit_events::at, audit_events::personal))
        .first(conn)
        .optional()?;
    Ok(row.map(|(at, personal)| {
        let personal: Option<Personal> = personal.and_then(|text| serde_json::from_str(&text).ok());
        Latest {
            at,
            actor_name: personal.and_then(|personal| personal.actor_name),
        }
    }))
}

/// Whether any event in this project tells of the target.
pub fn happened_in(
    conn: &mut Conn,
    chain: AccountId,
    project: ProjectId,
    target: Target,
) -> QueryResult<bool> {
    let events = audit_events::table
        .filter(audit_events::target_id.eq(target.id.map(Id::<Anything>::from_uuid)))
        .filter(audit_events::chain_id.eq(chain))
        .filter(audit_events::project_id.eq(project));
    diesel::select(diesel::dsl::exists(events)).get_result(conn)
}
