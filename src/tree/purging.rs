//! Purging: what was deleted more than 30 days ago goes for good, but for its audit events (S23).

use diesel::prelude::*;
use serde_json::json;

use crate::access::slugs::{self, Named};
use crate::audit::{self, Action, Event, Target};
use crate::db::Conn;
use crate::db::schema::{device_imports, devices, group_organizations, organizations, projects};
use crate::db::types::{AccountId, OrganizationId, Ts};
use crate::error::Result;
use crate::members::people;

/// For how many days a deleted organization can be had back.
pub const KEPT_DAYS: i64 = 30;

type Row = (OrganizationId, AccountId, String, String);

/// Whether there is any to purge.
pub fn is_any_over(conn: &mut Conn, now: Ts) -> Result<bool> {
    let over = now.plus(-chrono::Duration::days(KEPT_DAYS));
    let first: Option<OrganizationId> = organizations::table
        .filter(organizations::deleted_at.le(over))
        .select(organizations::id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// Purges organizations whose time is over, at most `most`; says how many there were. One goes whole or not at all.
pub fn purge_some(conn: &mut Conn, now: Ts, most: i64) -> Result<usize> {
    let over = now.plus(-chrono::Duration::days(KEPT_DAYS));
    // What stood below a deleted one was deleted before it, and so goes before it.
    let rows: Vec<Row> = organizations::table
        .filter(organizations::deleted_at.le(over))
        .filter(organizations::status.eq("deleted"))
        .order((organizations::deleted_at.asc(), organizations::id.asc()))
        .limit(most)
        .select((
            organizations::id,
            organizations::account_id,
            organizations::name,
            organizations::slug,
        ))
        .load(conn)?;
    for row in &rows {
        purge(conn, row, now)?;
    }
    Ok(rows.len())
}

fn purge(conn: &mut Conn, (id, account, name, slug): &Row, now: Ts) -> Result<()> {
    people::purged(conn, *id)?;
    diesel::delete(group_organizations::table.filter(group_organizations::organization_id.eq(id)))
        .execute(conn)?;
    diesel::delete(device_imports::table.filter(device_imports::organization_id.eq(id)))
        .execute(conn)?;
    diesel::delete(devices::table.filter(devices::organization_id.eq(id))).execute(conn)?;
    diesel::delete(projects::table.filter(projects::organization_id.eq(id))).execute(conn)?;
    slugs::forget(conn, Named::Organization(*account, *id))?;
    // One that was deleted at the same instant may still stand below it: at the top, for the moment that it has left.
    diesel::update(organizations::table.filter(organizations::parent_id.eq(id)))
        .set(organizations::parent_id.eq(None::<OrganizationId>))
        .execute(conn)?;
    diesel::delete(organizations::table.filter(organizations::id.eq(id))).execute(conn)?;
    let event = Event::new(*account, Action::OrganizationPurged, now)
        .in_organization(*id)
        .on(Target::organization(*id))
        .details(json!({ "name": name, "slug": slug }));
    audit::record(conn, &event)?;
    Ok(())
}
