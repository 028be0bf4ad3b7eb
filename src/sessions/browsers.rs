//! Browsers in which somebody has signed in: each has a count of wrong passwords of its own, so that strangers lock
//! nobody out of theirs (S19).

use diesel::prelude::*;

use super::model::Attempt;
use crate::access::visit::Visit;
use crate::audit::{self, Event};
use crate::db::Conn;
use crate::db::schema::known_devices;
use crate::db::types::{BrowserId, Ts, UserId};
use crate::error::Result;

/// Makes the browser known to this person, or finds that it is.
pub(super) fn know(
    conn: &mut Conn,
    visit: &Visit,
    attempt: &Attempt,
    user: UserId,
    now: Ts,
) -> Result<BrowserId> {
    if let Some(device) = visit.device() {
        let known = known_devices::table
            .filter(known_devices::id.eq(device))
            .filter(known_devices::user_id.eq(user));
        if diesel::update(known)
            .set((
                known_devices::last_used_at.eq(now),
                known_devices::user_agent.eq(Some(visit.user_agent())),
            ))
            .execute(conn)?
            == 1
        {
            return Ok(device);
        }
    }
    diesel::insert_into(known_devices::table)
        .values((
            known_devices::id.eq(attempt.device),
            known_devices::user_id.eq(user),
            known_devices::created_at.eq(now),
            known_devices::last_used_at.eq(now),
            known_devices::user_agent.eq(Some(visit.user_agent())),
        ))
        .execute(conn)?;
    Ok(attempt.device)
}

/// Makes every browser of a person a strange one (S19).
pub fn forget_browsers(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(known_devices::table.filter(known_devices::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// A browser that is known.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Its id; its cookie holds it, signed.
    pub id: BrowserId,
    /// The browser in words.
    pub words: String,
    /// When its person first signed in with it.
    pub since: Ts,
    /// When they last did.
    pub last_used_at: Ts,
}

/// How many are listed.
const LISTED: i64 = 100;

/// The browsers that a person is known in, the last used first.
pub fn browsers_of(conn: &mut Conn, user: UserId) -> Result<Vec<Browser>> {
    let rows: Vec<(BrowserId, Option<String>, Ts, Ts)> = known_devices::table
        .filter(known_devices::user_id.eq(user))
        .limit(LISTED)
        .select((
            known_devices::id,
            known_devices::user_agent,
            known_devices::created_at,
            known_devices::last_used_at,
        ))
        .load(conn)?;
    let shown = |(id, agent, since, last_used_at): (BrowserId, Option<String>, Ts, Ts)| Browser {
        id,
        words: crate::web::browser::words(agent.as_deref().unwrap_or_default()),
        since,
        last_used_at,
    };
    let mut all: Vec<Browser> = rows.into_iter().map(shown).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.last_used_at));
    Ok(all)
}

/// Makes one of a person's browsers a strange one, or all of them, and writes it down when there was any; how many there
/// were. Whoever is signed in stays so.
pub fn forget(
    conn: &mut Conn,
    user: UserId,
    one: Option<BrowserId>,
    event: Event,
) -> Result<usize> {
    let theirs = known_devices::table.filter(known_devices::user_id.eq(user));
    let gone = match one {
        Some(id) => diesel::delete(theirs.filter(known_devices::id.eq(id))).execute(conn)?,
        None => diesel::delete(theirs).execute(conn)?,
    };
    if gone > 0 {
        let event = event.details(serde_json::json!({ "browsers": gone }));
        audit::record(conn, &event)?;
    }
    Ok(gone)
}
