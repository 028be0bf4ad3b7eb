//! What somebody is told who comes too late: by whom it was decided, and when.

use super::deciding::File;
use super::model::{self, State};
use crate::db::Conn;
use crate::db::types::{Ts, UserId};
use crate::error::Result;
use crate::web::view::{clock, moment};

/// "Lee already approved this at 14:05."
pub(super) fn already(conn: &mut Conn, file: &File, me: UserId, now: Ts) -> Result<String> {
    let request = &file.request;
    if request.state == State::Expired {
        let at = when(request.expires_at, now);
        return Ok(format!("This request expired{at}: nobody had decided."));
    }
    if request.state == State::Withdrawn && request.decided_by.is_none() {
        let at = request.decided_at.map(|at| when(at, now));
        return Ok(format!(
            "This request ended{}: the person was deactivated, left, or got another address.",
            at.unwrap_or_default()
        ));
    }
    let own = file.decisions.iter().rev().find(|one| one.decider == me);
    let at = own
        .filter(|_| request.state.is_open())
        .map(|one| one.at)
        .or(request.decided_at);
    let at = at.map(|at| when(at, now)).unwrap_or_default();
    let did = match request.state {
        State::Waiting | State::Approved | State::Granted => "approved",
        State::Refused => "refused",
        State::Withdrawn | State::Expired => "withdrew",
    };
    let by = match (own, request.decided_by) {
        (Some(_), _) if request.state.is_open() => Some(me),
        (_, by) => by,
    };
    let who = match by {
        Some(by) if by == me => "You".to_owned(),
        Some(by) => model::name(conn, request, by)?,
        None => "Somebody".to_owned(),
    };
    Ok(format!("{who} already {did} this{at}."))
}

/// " at 14:05 UTC" where it was a moment ago, else with its day.
fn when(at: Ts, now: Ts) -> String {
    if at.plus(chrono::Duration::hours(12)) > now {
        format!(" at {}", clock(at))
    } else {
        format!(" on {}", moment(at))
    }
}
