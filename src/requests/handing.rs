//! Requests of somebody who leaves: those for others go on in somebody else's name, their own end (rule 15).

use diesel::prelude::*;

use super::making::about;
use super::model::{COLUMNS, Request, Row, State, Turn, approved, decisions, read, turn};
use crate::access::gate::Demand;
use crate::access::place::Place;
use crate::access::scope::Scope;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::db::schema::requests;
use crate::db::types::{AccountId, UserId};
use crate::error::Result;

/// Requests that hang on somebody and wait for a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hanging {
    /// Theirs, for somebody else.
    pub for_others: usize,
    /// For themselves, whoever asked.
    pub for_them: usize,
}

/// More than anybody has open in earnest: a person asks for one role at a place once.
const MOST: i64 = 500;

/// The requests that this person made, or that are for them, and wait.
fn open(conn: &mut Conn, account: AccountId, of: UserId) -> Result<Vec<Request>> {
    let rows: Vec<Row> = requests::table
        .filter(requests::account_id.eq(account))
        .filter(requests::due_at.is_not_null())
        .filter(requests::requester_id.eq(of).or(requests::user_id.eq(of)))
        .order((requests::created_at.asc(), requests::id.asc()))
        .limit(MOST)
        .select(COLUMNS)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

/// How many there are.
pub fn hanging(conn: &mut Conn, account: AccountId, of: UserId) -> Result<Hanging> {
    let open = open(conn, account, of)?;
    let for_them = open.iter().filter(|one| one.person == of).count();
    Ok(Hanging {
        for_others: open.len().saturating_sub(for_them),
        for_them,
    })
}

/// Puts `to` in the place of `from` as who asks, where they neither are the one it is for nor have approved it: nobody
/// decides about what they asked for themselves. All other open requests of `from`, and those for them, are withdrawn.
/// How many go on.
pub fn hand_over<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    (from, to): (UserId, UserId),
) -> Result<usize> {
    let mut moved = 0_usize;
    for request in open(conn, scope.account().id, from)? {
        let has_decided = approved(&decisions(conn, request.id)?).contains(&to);
        if request.person != from && request.person != to && !has_decided {
            let one = requests::table.filter(requests::id.eq(request.id));
            diesel::update(one)
                .set(requests::requester_id.eq(to))
                .execute(conn)?;
            let event = about(scope.event(Action::RequestHandedOver), &request);
            audit::record(conn, &event)?;
            moved = moved.saturating_add(1);
            continue;
        }
        let withdrawn = Turn {
            state: State::Withdrawn,
            by: Some(scope.person().id),
            grant: None,
        };
        if turn(conn, &request, &withdrawn, scope.now())? {
            let event = about(scope.event(Action::RequestWithdrawn), &request);
            audit::record(conn, &event)?;
        }
    }
    Ok(moved)
}
