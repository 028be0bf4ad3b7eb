//! Requests of somebody who leaves: those for others go on in somebody else's name, if that one may ask and others can
//! still decide; their own end (rules 15 and 18).

use diesel::prelude::*;

use super::deciding::{File, file};
use super::making::about;
use super::model::{COLUMNS, Request, Row, State, Turn, read, turn};
use super::rule::{Approver, Case};
use crate::access::gate::Demand;
use crate::access::permission::Key;
use crate::access::place::Place;
use crate::access::resolve;
use crate::access::scope::Scope;
use crate::access::standing::grants_of;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::db::schema::requests;
use crate::db::types::{AccountId, RequestId, Ts, UserId};
use crate::error::Result;

/// Requests that hang on somebody and wait for a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hanging {
    /// Which they are.
    pub these: Vec<RequestId>,
    /// Theirs, for somebody else.
    pub for_others: usize,
    /// For themselves, whoever asked.
    pub for_them: usize,
    /// Of those for somebody else, how many stay in their name: the one who would take over could not decide about what
    /// they asked for themself, and is needed for that.
    pub staying: usize,
    /// Who can decide about the others, by name.
    pub deciders: Vec<String>,
}

/// More than anybody has open in earnest: a person asks for one role at a place once.
const MOST: i64 = 500;

/// The requests that this person made, or that are for them, and wait.
fn open(conn: &mut Conn, (account, of): (AccountId, UserId), now: Ts) -> Result<Vec<Request>> {
    let rows: Vec<Row> = requests::table
        .filter(requests::account_id.eq(account))
        .filter(requests::due_at.is_not_null())
        .filter(requests::expires_at.gt(now))
        .filter(requests::requester_id.eq(of).or(requests::user_id.eq(of)))
        .order((requests::created_at.asc(), requests::id.asc()))
        .limit(MOST)
        .select(COLUMNS)
        .load(conn)?;
    rows.into_iter().map(|row| read(row, now)).collect()
}

/// How many there are; `to` is who would take them over.
pub fn hanging(
    conn: &mut Conn,
    app: &App,
    (account, name): (AccountId, &str),
    (of, to): (UserId, Option<UserId>),
    now: Ts,
) -> Result<Hanging> {
    let mut all = Hanging::default();
    for request in open(conn, (account, of), now)? {
        all.these.push(request.id);
        if request.person == of {
            all.for_them = all.for_them.saturating_add(1);
            continue;
        }
        all.for_others = all.for_others.saturating_add(1);
        let Some(to) = to else { continue };
        let file = file(conn, app, request, (name, None), now)?;
        match deciders(&file, (of, to)) {
            Some(names) => all.deciders.extend(names),
            None => all.staying = all.staying.saturating_add(1),
        }
    }
    all.these.sort_unstable();
    all.deciders.sort_unstable();
    all.deciders.dedup();
    Ok(all)
}

/// Who can decide about a request that goes on in the name of `to` once `from` has left; none: not enough people, so
/// that it would wait for nobody. That `to` is an Owner never counts as an approval: they have asked for nothing.
fn deciders(file: &File, (from, to): (UserId, UserId)) -> Option<Vec<String>> {
    if file.request.person == to || file.approved.contains(&to) {
        return None;
    }
    let left: Vec<Approver> = file
        .approvers
        .iter()
        .filter(|one| one.user != from)
        .cloned()
        .collect();
    let case = Case {
        requester: to,
        approvers: &left,
        ..file.case()
    };
    let enough = case.others().count() >= case.needed();
    if file.request.state == State::Approved {
        return enough.then(|| vec!["an operator of the platform".to_owned()]);
    }
    let names = case.to_ask().into_iter().map(|one| one.name.clone());
    enough.then(|| names.collect())
}

/// Whether somebody may ask for others where the request is about (rule 18).
fn may_ask(conn: &mut Conn, app: &App, file: &File, (who, now): (UserId, Ts)) -> Result<bool> {
    let Some(found) = &file.found else {
        return Ok(false);
    };
    let grants = grants_of(conn, file.request.account, who)?;
    let here = resolve::resolve(app.roles(), &grants, &found.standing(), now);
    Ok(here.permissions.contains_key(Key::UsersManage))
}

/// What became of the requests of somebody who leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandedOver {
    /// How many go on in somebody else's name.
    pub moved: usize,
    /// How many stay in theirs.
    pub stayed: usize,
}

/// Puts `to` in the place of `from` as who asks for others, where `to` may ask for that and somebody else is left to
/// decide: nobody decides about what they asked for themselves. The others stay in the name of `from`, so that `to`
/// still decides about them. Those for `from` are withdrawn.
pub fn hand_over<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (from, to): (UserId, UserId),
) -> Result<HandedOver> {
    let (account, now) = (scope.account(), scope.now());
    let mut all = HandedOver::default();
    for request in open(conn, (account.id, from), now)? {
        if request.person != from {
            let named = (account.name.as_str(), None);
            let file = file(conn, app, request, named, now)?;
            if deciders(&file, (from, to)).is_none() || !may_ask(conn, app, &file, (to, now))? {
                all.stayed = all.stayed.saturating_add(1);
                continue;
            }
            let one = requests::table.filter(requests::id.eq(file.request.id));
            diesel::update(one)
                .set((
                    requests::requester_id.eq(to),
                    requests::asked_by.eq(Some(file.request.asker())),
                ))
                .execute(conn)?;
            let event = about(scope.event(Action::RequestHandedOver), &file.request);
            audit::record(conn, &event)?;
            all.moved = all.moved.saturating_add(1);
            continue;
        }
        let withdrawn = Turn {
            state: State::Withdrawn,
            by: Some(scope.person().id),
            grant: None,
        };
        if turn(conn, &request, &withdrawn, now)? {
            let event = about(scope.event(Action::RequestWithdrawn), &request);
            audit::record(conn, &event)?;
        }
    }
    Ok(all)
}
