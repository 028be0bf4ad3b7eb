//! What nobody starts: reminders after 3 and 10 days, and the end after 14 (rule 18).

use chrono::Duration;
use diesel::prelude::*;

use super::deciding::file;
use super::making::about;
use super::model::{COLUMNS, Request, Row, State, Turn, read, turn};
use super::{mailing, model};
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::db::Conn;
use crate::db::lease;
use crate::db::schema::requests;
use crate::db::types::{RequestId, Ts};
use crate::error::Result;

/// The job's row among the leases.
const LEASE: &str = "requests";
/// How long a job that has gone silent keeps the others waiting.
const LEASE_LENGTH: Duration = Duration::seconds(30);
/// Requests in one transaction: each may mean a dozen mails, and a chunk stays below 50 ms.
pub const AT_ONCE: i64 = 10;

/// How long a request can be decided.
pub(super) fn life() -> Duration {
    Duration::days(14)
}

/// When somebody is reminded first.
pub(super) fn first_reminder() -> Duration {
    Duration::days(3)
}

/// When a request is due next: for a reminder, or for its end.
pub(super) fn next(request: &Request) -> Ts {
    match request.reminders {
        0 => request.created_at.plus(first_reminder()),
        1 => request.created_at.plus(Duration::days(10)),
        _ => request.expires_at,
    }
}

/// Whether any request is due: an idle installation writes nothing.
pub fn due(conn: &mut Conn, now: Ts) -> Result<bool> {
    let first: Option<RequestId> = requests::table
        .filter(requests::due_at.is_not_null())
        .filter(requests::due_at.le(now))
        .select(requests::id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// Reminds of requests and ends those that are over, oldest first; how many. Call it in a write transaction, again
/// while it gives as many as it takes at once. One process at a time does it.
pub fn tend(conn: &mut Conn, app: &App, now: Ts) -> Result<i64> {
    if !lease::hold(conn, (LEASE, LEASE_LENGTH), app.instance(), now)? {
        return Ok(0);
    }
    let rows: Vec<Row> = requests::table
        .filter(requests::due_at.is_not_null())
        .filter(requests::due_at.le(now))
        .order((requests::due_at.asc(), requests::id.asc()))
        .limit(AT_ONCE)
        .select(COLUMNS)
        .load(conn)?;
    let mut done = 0;
    for row in rows {
        let request = read(row, now)?;
        if request.expires_at <= now {
            expire(conn, app, &request, now)?;
        } else {
            remind(conn, app, &request, now)?;
        }
        done += 1;
    }
    Ok(done)
}

/// Writes down that a request is over.
pub(super) fn expire(conn: &mut Conn, app: &App, request: &Request, now: Ts) -> Result<()> {
    let to = Turn {
        state: State::Expired,
        by: None,
        grant: None,
    };
    turn(conn, request, &to, now)?;
    let event = Event::new(request.account, Action::RequestExpired, now);
    audit::record(conn, &about(event, request))?;
    mailing::expired(conn, app, request, now)
}

/// Reminds whoever can decide; of several reminders that were missed, one is sent.
fn remind(conn: &mut Conn, app: &App, request: &Request, now: Ts) -> Result<()> {
    let late = request.created_at.plus(Duration::days(10)) <= now;
    let reminders = if late { 2 } else { 1 };
    let reminded = Request {
        reminders,
        ..request.clone()
    };
    let open = requests::table
        .filter(requests::id.eq(request.id))
        .filter(requests::due_at.is_not_null());
    diesel::update(open)
        .set((
            requests::reminders.eq(reminders),
            requests::due_at.eq(Some(next(&reminded))),
        ))
        .execute(conn)?;
    let event = Event::new(request.account, Action::RequestReminded, now);
    audit::record(conn, &about(event, request))?;
    if request.state == State::Approved {
        return mailing::to_operators(conn, app, &reminded, now);
    }
    let name = model::account_of(conn, request.account)?.name;
    let file = file(conn, app, reminded, (&name, None), now)?;
    mailing::wanted(conn, app, &file.request, &file.case().to_ask(), now)
}
