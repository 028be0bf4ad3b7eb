//! Where somebody is signed in, and the end of it (rule 26).

use diesel::prelude::*;
use serde_json::json;

use super::locks::span;
use crate::app::App;
use crate::audit::{self, Event};
use crate::db::Conn;
use crate::db::schema::sessions;
use crate::db::types::{SessionId, Ts, UserId};
use crate::error::Result;

/// A session that is alive.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its public id.
    pub id: SessionId,
    /// When it began.
    pub created_at: Ts,
    /// When it was last used, to within five minutes.
    pub last_seen_at: Ts,
    /// The browser in words.
    pub browser: String,
    /// The network address that it began from.
    pub address: String,
    /// About where that is, where the operator's file has it.
    pub place: Option<String>,
}

type Row = (SessionId, Ts, Ts, Ts, String, String);

/// The sessions of a person that are alive, the newest first.
pub fn of_user(conn: &mut Conn, app: &App, user: UserId, now: Ts) -> Result<Vec<Listed>> {
    let limits = &app.config().limits;
    let rows: Vec<Row> = sessions::table
        .filter(sessions::user_id.eq(user))
        .order(sessions::created_at.desc())
        .limit(i64::from(limits.sessions_per_user))
        .select((
            sessions::id,
            sessions::created_at,
            sessions::last_seen_at,
            sessions::expires_at,
            sessions::user_agent,
            sessions::address,
        ))
        .load(conn)?;
    let idle = span(limits.session_idle);
    let alive = |row: &Row| row.3 > now && row.2.plus(idle) > now;
    Ok(rows
        .into_iter()
        .filter(alive)
        .map(|(id, created_at, last_seen_at, _, agent, address)| Listed {
            id,
            created_at,
            last_seen_at,
            browser: crate::web::browser::words(&agent),
            place: app.geoip().place(&address),
            address,
        })
        .collect())
}

/// Which sessions of a person end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(SessionId),
    /// All but this one.
    Others(SessionId),
    /// All.
    All,
}

/// Ends them and writes it down, when there were any; how many there were. Whoever wants it has been asked whether they
/// may, and brings the event.
pub fn sign_out(conn: &mut Conn, user: UserId, which: Which, event: Event) -> Result<usize> {
    let theirs = sessions::table.filter(sessions::user_id.eq(user));
    let ended = match which {
        Which::One(id) => diesel::delete(theirs.filter(sessions::id.eq(id))).execute(conn)?,
        Which::Others(id) => diesel::delete(theirs.filter(sessions::id.ne(id))).execute(conn)?,
        Which::All => diesel::delete(theirs).execute(conn)?,
    };
    if ended > 0 {
        audit::record(conn, &event.details(json!({ "sessions_ended": ended })))?;
    }
    Ok(ended)
}
