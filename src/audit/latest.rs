//! The newest event about something: who changed it last, and when.

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Action, Anything, Personal, Target};
use crate::db::Conn;
use crate::db::schema::audit_events;
use crate::db::types::{AccountId, Id, ProjectId, Ts, UserId};

/// An event as a page tells it in passing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    /// When.
    pub at: Ts,
    /// Name of who did it, as it was then; none once it was erased.
    pub actor_name: Option<String>,
}

/// The newest of these events about the target, in the account's chain: anywhere in it, or in one project.
pub fn latest(
    conn: &mut Conn,
    (chain, within): (AccountId, Option<ProjectId>),
    target: Target,
    actions: &[Action],
) -> QueryResult<Option<Latest>> {
    let names: Vec<&str> = actions.iter().map(|action| action.name()).collect();
    let anywhere = within.is_none().into_sql::<Bool>();
    let row: Option<(Ts, Option<String>)> = audit_events::table
        .filter(anywhere.or(audit_events::project_id.eq(within).assume_not_null()))
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

/// More events than tell what the people of a page were called.
const CALLED: i64 = 1_000;

/// What these people are called by the events of these chains about them, the newest first: by what was done to them, or
/// by what they did to themselves.
pub fn called(
    conn: &mut Conn,
    chains: &[AccountId],
    people: &[UserId],
) -> QueryResult<Vec<(AccountId, UserId, String)>> {
    let about = people.iter().map(|id| Id::<Anything>::from_uuid(id.uuid()));
    type Row = (
        AccountId,
        Option<Id<Anything>>,
        Option<UserId>,
        Option<String>,
    );
    let rows: Vec<Row> = audit_events::table
        .filter(audit_events::target_id.eq_any(about.collect::<Vec<_>>()))
        .filter(audit_events::chain_id.eq_any(chains))
        .filter(audit_events::personal.like("%_name\":%"))
        .order(audit_events::id.desc())
        .limit(CALLED)
        .select((
            audit_events::chain_id,
            audit_events::target_id,
            audit_events::actor_id,
            audit_events::personal,
        ))
        .load(conn)?;
    let named = |(chain, target, actor, personal): Row| {
        let user = UserId::from_uuid(target?.uuid());
        let personal: Personal = serde_json::from_str(&personal?).ok()?;
        let own = personal.actor_name.filter(|_| actor == Some(user));
        Some((chain, user, personal.target_name.or(own)?))
    };
    Ok(rows.into_iter().filter_map(named).collect())
}
