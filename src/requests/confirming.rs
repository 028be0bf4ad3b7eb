//! The operators' part: they see what an account has approved, and confirm or refuse it (S13).

use diesel::prelude::*;

use super::approvers::operators;
use super::deciding::{Decide, Decided, File, Mover, file, give, ready, refuse, worded};
use super::decisions::{Written, write_down};
use super::late::already;
use super::mailing;
use super::making::about;
use super::model::{self, State, Turn, turn};
use super::rule::{Confirming, confirming};
use crate::access::operating::OperatingScope;
use crate::access::refusal::Refusal;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::db::schema::accounts;
use crate::db::types::{AccountId, RequestId, Ts, UserId};
use crate::error::{Error, Result};
use crate::sessions::proving::Proof;

/// What the account calls a project, and several.
pub(super) fn words_of(conn: &mut Conn, account: AccountId) -> Result<(String, String)> {
    Ok(accounts::table
        .find(account)
        .select((accounts::word_singular, accounts::word_plural))
        .first(conn)?)
}

/// What an operator sees of a request: only those that the account has approved under the policy that asks them.
pub(super) fn for_operator(
    conn: &mut Conn,
    app: &App,
    id: RequestId,
    now: Ts,
) -> Result<(File, model::AccountName)> {
    let (request, account) = model::of_operators(conn, id, now)?;
    let named = (account.name.as_str(), None);
    let file = file(conn, app, request, named, now)?;
    let was_approved = file.decisions.iter().any(|one| one.verdict == "approved");
    if file.request.state == State::Approved || (!file.request.state.is_open() && was_approved) {
        Ok((file, account))
    } else {
        Err(Error::NotFound)
    }
}

/// Whether this operator may confirm; the ids are those of all operators.
pub(super) fn confirms(conn: &mut Conn, file: &File, me: UserId) -> Result<Confirming> {
    let all: Vec<UserId> = operators(conn)?.iter().map(|one| one.user).collect();
    Ok(confirming(&file.case(), me, &all))
}

/// An operator confirms or refuses. The account's approval has to count still: where it does not, the request goes
/// back to the account.
pub(super) fn confirm(
    conn: &mut Conn,
    app: &App,
    scope: &OperatingScope,
    wish: &Decide,
) -> Result<(Decided, Option<Proof>)> {
    let (me, now) = (scope.person(), scope.now());
    let (file, account) = for_operator(conn, app, wish.request, now)?;
    let request = &file.request;
    if !request.state.is_open() {
        return Ok((Decided::Not(already(conn, &file, me.id, now)?), None));
    }
    let standing = confirms(conn, &file, me.id)?;
    if let Some(sentence) = standing.barred() {
        return Err(operator_refused(scope, "approval", sentence));
    }
    if account.plan == "frozen" {
        return Err(Refusal::frozen(&account.name).to(scope));
    }
    let (words, proof) = match ready(conn, app, scope, &file, wish)? {
        Ok(ready) => ready,
        Err(not) => return Ok((not, None)),
    };
    let case = file.case();
    if wish.approve && !case.is_complete() {
        put_back(conn, app, scope, &file)?;
        return Ok((Decided::PutBack, Some(proof)));
    }
    let written = Written {
        id: wish.decision,
        decider: me.id,
        part: "operator",
        approved: wish.approve,
        words: &words,
        proof,
    };
    write_down(conn, request, &written, now)?;
    let action = if wish.approve {
        Action::RequestApproved
    } else {
        Action::RequestRefused
    };
    let alone = [("only_operator", standing == Confirming::Alone)];
    let event = scope.event(request.account, action);
    audit::record(conn, &worded(event, request, &words, &alone))?;
    let given = file.found.as_ref().zip(file.role.as_ref());
    let Some((found, role)) = given.filter(|_| wish.approve) else {
        refuse(conn, app, request, (me, &words), now)?;
        return Ok((Decided::Refused, Some(proof)));
    };
    let mover = Mover {
        person: me,
        now,
        grant: wish.grant,
        event: scope.event(request.account, Action::RoleGranted),
    };
    // The account answers for the grant, by whoever approved it there last and still could.
    let Some(by) = case.answering() else {
        return Err(Error::internal("an approval that nobody answers for"));
    };
    give(conn, app, (request, found, role), (&case, by), &mover)?;
    Ok((Decided::Granted, Some(proof)))
}

fn operator_refused(scope: &OperatingScope, gate: &'static str, sentence: &str) -> Error {
    Refusal::new(gate, sentence).to(scope)
}

/// Whoever approved can no longer approve: the account is asked again.
fn put_back(conn: &mut Conn, app: &App, scope: &OperatingScope, file: &File) -> Result<()> {
    let to = Turn {
        state: State::Waiting,
        by: None,
        grant: None,
    };
    turn(conn, &file.request, &to, scope.now())?;
    let event = scope.event(file.request.account, Action::RequestReopened);
    audit::record(conn, &about(event, &file.request))?;
    let to_ask = file.case().to_ask();
    mailing::wanted(conn, app, &file.request, &to_ask, scope.now())
}
