//! Requests that end since whom they are for is not there any more as they were asked for: whoever left or was shut out,
//! and a login that somebody else may read the mail of by now (rules 17 and 18).

use diesel::prelude::*;
use serde_json::json;

use super::making::about;
use super::model::{COLUMNS, Row, State, Turn, read, turn};
use crate::audit::{self, Action, Event};
use crate::db::schema::requests;
use crate::db::types::{AccountId, Ts, UserId};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;

/// Withdraws every open request for this person, in this account or in all: what was approved for them once is not there
/// when they are invited or let in again, nor for whoever holds their login next. Called wherever a membership ends or a
/// login changes hands, in the same transaction.
pub(crate) fn withdraw_void(
    conn: &mut Conn,
    (user, account): (UserId, Option<AccountId>),
    because: &str,
    now: Ts,
) -> Result<()> {
    let mut query = requests::table
        .filter(requests::user_id.eq(user))
        .filter(requests::due_at.is_not_null())
        .filter(requests::expires_at.gt(now))
        .order(requests::id.asc())
        .select(COLUMNS)
        .into_boxed::<MultiBackend>();
    if let Some(account) = account {
        query = query.filter(requests::account_id.eq(account));
    }
    let rows: Vec<Row> = query.load(conn)?;
    for row in rows {
        let request = read(row, now)?;
        let withdrawn = Turn {
            state: State::Withdrawn,
            by: None,
            grant: None,
        };
        if turn(conn, &request, &withdrawn, now)? {
            let event = Event::new(request.account, Action::RequestWithdrawn, now);
            let mut event = about(event, &request);
            if let Some(details) = event.details.as_object_mut() {
                details.insert("because".into(), json!(because));
            }
            audit::record(conn, &event)?;
        }
    }
    Ok(())
}
