//! What came of it, kept for a day: a page that can be opened again, and the sign that a form was sent already.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::Conn;
use crate::db::schema::bulk_acts;
use crate::db::types::{AccountId, ChangeId, Ts, UserId};
use crate::error::{Error, Result};
use crate::on_each;

/// For how long.
const KEPT: chrono::Duration = chrono::Duration::hours(24);

/// What came of it, person by person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Which act it was, as it is posted.
    pub deed: String,
    /// Where it is taken back, where that can be done.
    pub undo: Option<String>,
    /// The place whose roles were changed, where they are taken back from this very page.
    #[serde(default)]
    pub place: Option<String>,
    /// The people.
    pub lines: Vec<Line>,
}

/// What came of it for one person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Who; none: they were not there any more.
    pub user: Option<UserId>,
    /// Their name then.
    pub name: String,
    /// Whether it was done.
    pub done: bool,
    /// What was done, or why not.
    pub text: String,
}

/// Keeps it, and forgets what is old.
pub fn keep(
    conn: &mut Conn,
    (id, record): (ChangeId, &Record),
    (account, by): (AccountId, UserId),
    now: Ts,
) -> Result<()> {
    let row = diesel::insert_into(bulk_acts::table).values((
        bulk_acts::id.eq(id),
        bulk_acts::account_id.eq(account),
        bulk_acts::done_by.eq(by),
        bulk_acts::at.eq(now),
        bulk_acts::outcome.eq(serde_json::to_string(record)?),
    ));
    // Two that send the same form at once: PostgreSQL runs the later one again, and it finds the first.
    let stored = on_each!(conn, |c| row.on_conflict_do_nothing().execute(c))?;
    if stored == 0 {
        return Err(Error::Conflict("This form was sent already.".into()));
    }
    let old = bulk_acts::table
        .filter(bulk_acts::account_id.eq(account))
        .filter(bulk_acts::at.lt(now.plus(-KEPT)));
    diesel::delete(old).execute(conn)?;
    Ok(())
}

/// What came of an act of this person; another's is not there.
pub fn kept(
    conn: &mut Conn,
    (account, by): (AccountId, UserId),
    id: ChangeId,
) -> Result<Option<Record>> {
    let found: Option<String> = bulk_acts::table
        .filter(bulk_acts::id.eq(id))
        .filter(bulk_acts::account_id.eq(account))
        .filter(bulk_acts::done_by.eq(by))
        .select(bulk_acts::outcome)
        .first(conn)
        .optional()?;
    found
        .map(|text| Ok(serde_json::from_str(&text)?))
        .transpose()
}
