//! The sealer: gives events their place in the chain.
//!
//! Ids are made before the commit, so an event with a smaller id may come to light after one with a greater id was
//! sealed. That is fine: `seq` is the order of sealing, the id and the instant tell when something was begun.

use super::canonical::{self, Bytes32, COLUMNS, Key, Stored};
use crate::db::schema::{audit_events, audit_heads};
use crate::db::types::{AccountId, EventId, Guid, InstanceId, Instant, Ts};
use crate::db::{Conn, MultiBackend, among, lease};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The sealer's row among the leases.
pub const LEASE: &str = "audit-sealer";

/// How long a sealer that has gone silent keeps the others waiting.
const LEASE_LENGTH: chrono::Duration = chrono::Duration::seconds(30);

/// Rows in one statement, well below the smallest limit of bound values (32,766; four to a row).
const ROWS_AT_ONCE: usize = 500;

/// Chains in one log line.
const HEADS_IN_A_LINE: usize = 16;

/// Where a chain stood after a batch: the number of its last event and that event's seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The chain.
    pub chain: AccountId,
    /// Its sealed events, which is the number of the last.
    pub events: i64,
    /// The last seal.
    pub seal: Bytes32,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.chain, self.events, hex(&self.seal))
    }
}

/// What one batch did. Nothing is logged inside the transaction, which may yet be rolled back and run again: call
/// [`log`](Self::log) once it is committed.
#[must_use = "log it once the transaction is committed"]
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Events sealed. As many as the limit: there may be more.
    pub events: usize,
    /// The chains that grew.
    pub heads: Vec<Head>,
}

impl Sealed {
    /// Writes count and heads into the log: what the log holds outside the database's reach, a chain cut short later
    /// can be told from. Long batches take several lines.
    pub fn log(&self) {
        for line in self.lines() {
            tracing::info!(sealed = self.events, heads = line, "audit events sealed");
        }
    }

    /// `chain:number of the last event:its seal`, up to 16 chains to a line.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.heads.chunks(HEADS_IN_A_LINE).map(|heads| {
            heads
                .iter()
                .map(Head::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        })
    }
}

/// Whether any event waits for its seal. One look into a small index: ask this first, and an idle installation
/// writes nothing.
pub fn unsealed(conn: &mut Conn) -> QueryResult<bool> {
    let waiting: Option<EventId> = audit_events::table
        .filter(audit_events::seq.is_null())
        .select(audit_events::id)
        .order(audit_events::id)
        .first(conn)
        .optional()?;
    Ok(waiting.is_some())
}

/// Seals up to `limit` events, oldest id first. Call it in a write transaction and nothing else there; again while it
/// seals as many as the limit. Seals nothing, and writes nothing, while no event waits or another instance holds the
/// lease.
///
/// The lease's row stays locked to the end of the transaction, so two sealers never work at once, whatever their
/// clocks say; should one ever, the index over (chain, seq) refuses the second. For the same reason PostgreSQL's READ
/// COMMITTED is enough here, and keeps the sealer out of the way of serializable transactions that write events.
///
/// A head that does not fit its chain (cut back by hand) ends in that index's refusal: nothing is sealed over it,
/// the events wait, and [`verify`](super::verify()) names the fault.
pub fn seal_some(
    conn: &mut Conn,
    key: &Bytes32,
    owner: InstanceId,
    now: Ts,
    limit: i64,
) -> QueryResult<Sealed> {
    if !unsealed(conn)? || !lease::hold(conn, (LEASE, LEASE_LENGTH), owner, now)? {
        return Ok(Sealed::default());
    }
    let events: Vec<Stored> = audit_events::table
        .filter(audit_events::seq.is_null())
        .order(audit_events::id)
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    let mut heads = heads_of(conn, &events)?;
    let key = Key::new(key);
    let marks: Vec<Mark> = events
        .iter()
        .filter_map(|event| {
            let head = heads.get_mut(&event.chain)?;
            let (seq, previous) = (head.events + 1, head.seal);
            let seal = key.seal(event, seq, &previous);
            (head.events, head.seal) = (seq, seal);
            Some(Mark {
                id: event.id,
                seq,
                previous,
                seal,
            })
        })
        .collect();
    for some in marks.chunks(ROWS_AT_ONCE) {
        write_marks(conn, some)?;
    }
    let heads: Vec<Head> = heads.into_values().collect();
    for some in heads.chunks(ROWS_AT_ONCE) {
        write_heads(conn, some, now)?;
    }
    Ok(Sealed {
        events: marks.len(),
        heads,
    })
}

/// Where each chain of these events stands; a new chain begins here.
fn heads_of(conn: &mut Conn, events: &[Stored]) -> QueryResult<BTreeMap<AccountId, Head>> {
    let chains: BTreeSet<AccountId> = events.iter().map(|event| event.chain).collect();
    let chains: Vec<AccountId> = chains.into_iter().collect();
    let mut heads: BTreeMap<AccountId, Head> = chains
        .iter()
        .map(|&chain| {
            (
                chain,
                Head {
                    chain,
                    events: 0,
                    seal: canonical::FIRST,
                },
            )
        })
        .collect();
    let known: Vec<(AccountId, i64, Vec<u8>)> = audit_heads::table
        .filter(among(audit_heads::chain_id, &chains))
        .select((
            audit_heads::chain_id,
            audit_heads::events,
            audit_heads::seal,
        ))
        .load(conn)?;
    for (chain, events, seal) in known {
        let seal = seal
            .try_into()
            .map_err(|_| damaged("the seal in audit_heads has not 32 bytes"))?;
        heads.insert(
            chain,
            Head {
                chain,
                events,
                seal,
            },
        );
    }
    Ok(heads)
}

fn damaged(what: &'static str) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(what.into())
}

/// The place of an event in its chain, to be written into its row.
struct Mark {
    id: EventId,
    seq: i64,
    previous: Bytes32,
    seal: Bytes32,
}

/// Many rows, each with values of its own, in one statement.
fn write_marks(conn: &mut Conn, marks: &[Mark]) -> QueryResult<()> {
    let mut query = diesel::sql_query(marks_sql(marks.len())).into_boxed::<MultiBackend>();
    for mark in marks {
        query = query
            .bind::<Guid, _>(mark.id)
            .bind::<BigInt, _>(mark.seq)
            .bind::<Binary, _>(mark.previous.to_vec())
            .bind::<Binary, _>(mark.seal.to_vec());
    }
    let written = query.execute(conn)?;
    if written == marks.len() {
        Ok(())
    } else {
        // Each was read a moment ago and none can be deleted: whatever this is, nothing of it shall stay.
        Err(diesel::result::Error::RollbackTransaction)
    }
}

/// Raw, because diesel has no update from a list of values; the same text on both databases. Two things keep SQLite
/// going by key (a test reads its plan), where it would otherwise index the list and walk the whole table: COALESCE,
/// which cannot be indexed, and no `seq IS NULL`; the trigger refuses a second seal anyway.
pub(super) fn marks_sql(rows: usize) -> String {
    format!(
        "WITH mark (id, seq, previous, seal) AS (VALUES {}) UPDATE audit_events \
         SET seq = mark.seq, previous = mark.previous, seal = mark.seal \
         FROM mark WHERE audit_events.id = COALESCE(mark.id, mark.id)",
        fours(rows)
    )
}

/// `($1, $2, $3, $4), ($5, …`: rows of four bound values.
fn fours(rows: usize) -> String {
    let rows: Vec<String> = (0..rows)
        .map(|row| row * 4)
        .map(|at| format!("(${}, ${}, ${}, ${})", at + 1, at + 2, at + 3, at + 4))
        .collect();
    rows.join(", ")
}

/// Raw for the same reason: many rows, new or not, in one statement.
fn write_heads(conn: &mut Conn, heads: &[Head], now: Ts) -> QueryResult<()> {
    let sql = format!(
        "INSERT INTO audit_heads (chain_id, events, seal, sealed_at) VALUES {} ON CONFLICT (chain_id) DO UPDATE \
         SET events = excluded.events, seal = excluded.seal, sealed_at = excluded.sealed_at",
        fours(heads.len())
    );
    let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
    for head in heads {
        query = query
            .bind::<Guid, _>(head.chain)
            .bind::<BigInt, _>(head.events)
            .bind::<Binary, _>(head.seal.to_vec())
            .bind::<Instant, _>(now);
    }
    query.execute(conn)?;
    Ok(())
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
