//! How long the page of an import is kept: then it goes, with the names and addresses on it. What it did stays in the audit
//! log, person by person.

use diesel::prelude::*;

use super::storing::Stage;
use crate::db::Conn;
use crate::db::schema::{people_import_rows as rows, people_imports as imports};
use crate::db::types::{ImportId, Ts};
use crate::error::Result;

/// How long.
pub(super) const KEPT: chrono::Duration = chrono::Duration::days(30);

/// Throws away some rows of the oldest import whose time is over, and at last the import; how many rows and imports.
pub fn purge(conn: &mut Conn, now: Ts, most: i64) -> Result<i64> {
    let ended = [Stage::Done.as_str(), Stage::Undone.as_str()];
    let over: Option<ImportId> = imports::table
        .filter(imports::state.eq_any(ended))
        .filter(imports::created_at.le(now.plus(-KEPT)))
        .order((imports::created_at.asc(), imports::id.asc()))
        .select(imports::id)
        .first(conn)
        .optional()?;
    let Some(import) = over else {
        return Ok(0);
    };
    let lines: Vec<i64> = rows::table
        .filter(rows::import_id.eq(import))
        .order(rows::line.asc())
        .limit(most)
        .select(rows::line)
        .load(conn)?;
    if let Some(last) = lines.last() {
        let these = rows::table
            .filter(rows::import_id.eq(import))
            .filter(rows::line.le(*last));
        diesel::delete(these).execute(conn)?;
        return Ok(most);
    }
    diesel::delete(imports::table.filter(imports::id.eq(import))).execute(conn)?;
    Ok(1)
}
