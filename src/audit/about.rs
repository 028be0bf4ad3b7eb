//! The newest events about one thing, as a page tells them.

use diesel::prelude::*;
use serde_json::Value;

use super::{Action, Anything, Personal, Target};
use crate::db::schema::audit_events;
use crate::db::types::{AccountId, Id, OrganizationId, ProjectId, Ts, UserId};
use crate::db::{Conn, MultiBackend};

/// An event.
#[derive(Clone, Debug)]
pub struct Told {
    /// When.
    pub at: Ts,
    /// What; none: this version does not know it.
    pub action: Option<Action>,
    /// `user`, `operator`, `system` or `anonymous`.
    pub actor_kind: String,
    /// Who did it.
    pub actor: Option<UserId>,
    /// What else there is to know.
    pub details: Value,
    /// What it says about people; empty once that was erased.
    pub personal: Personal,
}

type Row = (Ts, String, String, Option<UserId>, String, Option<String>);

/// The newest events about the target in an account's chain: all, or those of these organizations and projects.
pub fn about(
    conn: &mut Conn,
    (chain, target): (AccountId, Target),
    within: Option<(&[OrganizationId], &[ProjectId])>,
    most: i64,
) -> QueryResult<Vec<Told>> {
    let mut query = audit_events::table
        .filter(audit_events::target_id.eq(target.id.map(Id::<Anything>::from_uuid)))
        .filter(audit_events::chain_id.eq(chain))
        .order(audit_events::id.desc())
        .limit(most)
        .select((
            audit_events::at,
            audit_events::action,
            audit_events::actor_kind,
            audit_events::actor_id,
            audit_events::details,
            audit_events::personal,
        ))
        .into_boxed::<MultiBackend>();
    if let Some((organizations, projects)) = within {
        query = query.filter(
            audit_events::organization_id
                .eq_any(organizations.to_vec())
                .or(audit_events::project_id.eq_any(projects.to_vec())),
        );
    }
    let rows: Vec<Row> = query.load(conn)?;
    let told = |(at, action, actor_kind, actor, details, personal): Row| Told {
        at,
        action: Action::from_name(&action),
        actor_kind,
        actor,
        details: serde_json::from_str(&details).unwrap_or_default(),
        personal: personal
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default(),
    };
    Ok(rows.into_iter().map(told).collect())
}
