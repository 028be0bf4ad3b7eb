//! The written decisions about requests, kept for good.

use diesel::prelude::*;

use super::model::Request;
use crate::db::Conn;
use crate::db::schema::request_decisions;
use crate::db::types::{DecisionId, RequestId, Ts, UserId};
use crate::error::Result;
use crate::sessions::proving::Proof;

/// A written approval or refusal.
#[derive(Clone, Debug, Queryable)]
pub struct Decision {
    /// Who.
    pub decider: UserId,
    /// `account`, `request` or `operator`.
    pub part: String,
    /// `approved` or `refused`.
    pub verdict: String,
    /// What they wrote.
    pub words: String,
    /// How they proved who they are.
    pub method: String,
    /// When.
    pub at: Ts,
}

/// What was written about it, in order.
pub(super) fn decisions(conn: &mut Conn, request: RequestId) -> Result<Vec<Decision>> {
    Ok(request_decisions::table
        .filter(request_decisions::request_id.eq(request))
        .order(request_decisions::id.asc())
        .select((
            request_decisions::decider_id,
            request_decisions::part,
            request_decisions::verdict,
            request_decisions::words,
            request_decisions::method,
            request_decisions::at,
        ))
        .limit(100)
        .load(conn)?)
}

/// Who has approved in the account's name.
pub(super) fn approved(decisions: &[Decision]) -> Vec<UserId> {
    decisions
        .iter()
        .filter(|one| one.part == "account" && one.verdict == "approved")
        .map(|one| one.decider)
        .collect()
}

/// The Owner whose request was an approval when they made it.
pub(super) fn by_asking(decisions: &[Decision]) -> Option<UserId> {
    let own = |one: &&Decision| one.part == "request" && one.verdict == "approved";
    decisions.iter().find(own).map(|one| one.decider)
}

/// A decision to be kept for good.
pub(super) struct Written<'a> {
    pub id: DecisionId,
    pub decider: UserId,
    pub part: &'static str,
    pub approved: bool,
    pub words: &'a str,
    pub proof: Proof,
}

pub(super) fn write_down(
    conn: &mut Conn,
    request: &Request,
    written: &Written<'_>,
    now: Ts,
) -> Result<()> {
    let verdict = if written.approved {
        "approved"
    } else {
        "refused"
    };
    diesel::insert_into(request_decisions::table)
        .values((
            request_decisions::id.eq(written.id),
            request_decisions::account_id.eq(request.account),
            request_decisions::request_id.eq(request.id),
            request_decisions::decider_id.eq(written.decider),
            request_decisions::part.eq(written.part),
            request_decisions::verdict.eq(verdict),
            request_decisions::words.eq(written.words),
            request_decisions::method.eq(written.proof.method),
            request_decisions::proven_at.eq(written.proof.at),
            request_decisions::at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}
