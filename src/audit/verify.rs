//! The check of every chain, from its first event to its head.

use super::canonical::{self, Bytes32, COLUMNS, Key, NOTHING_PERSONAL, Stored};
use super::report::{ChainReport, Report};
use crate::db::schema::{audit_events as e, audit_heads};
use crate::db::types::AccountId;
use crate::db::{Conn, MultiBackend};
use diesel::prelude::*;
use diesel::result::Error;

/// Events held in memory at a time.
const CHUNK: i64 = 1_000;

/// Checks every chain: numbers from 1 without a gap, each event tied to the seal before it, every seal right, personal
/// data (where they are still kept) those that were sealed, and the head at the last event. Takes the memory of a
/// thousand events, however many there are.
///
/// Call it in one read: it compares rows read by several statements, so the sealer must not move meanwhile.
pub fn verify(conn: &mut Conn, key: &Bytes32) -> QueryResult<Report> {
    let key = Key::new(key);
    let mut report = Report::default();
    let mut next = next_chain(conn, None)?;
    while let Some(chain) = next {
        report.add(verify_chain(conn, &key, chain)?);
        next = next_chain(conn, Some(chain))?;
    }
    Ok(report)
}

/// The chain after this one, in the order of ids, that has an event or a head.
fn next_chain(conn: &mut Conn, after: Option<AccountId>) -> QueryResult<Option<AccountId>> {
    let mut of_event = e::table
        .select(e::chain_id)
        .order(e::chain_id)
        .into_boxed::<MultiBackend>();
    let mut of_head = audit_heads::table
        .select(audit_heads::chain_id)
        .order(audit_heads::chain_id)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        of_event = of_event.filter(e::chain_id.gt(after));
        of_head = of_head.filter(audit_heads::chain_id.gt(after));
    }
    let of_event: Option<AccountId> = of_event.first(conn).optional()?;
    let of_head: Option<AccountId> = of_head.first(conn).optional()?;
    Ok(of_event.into_iter().chain(of_head).min())
}

fn verify_chain(conn: &mut Conn, key: &Key, chain: AccountId) -> QueryResult<ChainReport> {
    let mut walk = Walk {
        key,
        seq: 0,
        seal: Some(canonical::FIRST.to_vec()),
        report: ChainReport::new(chain),
    };
    // Numbers begin at 1; whatever stands below was put there by hand, and must be seen.
    let mut after = i64::MIN;
    loop {
        let rows = chunk(conn, chain, after)?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        for (seq, row) in rows {
            walk.step(seq, row);
        }
    }
    let head: Option<(i64, Vec<u8>)> = audit_heads::table
        .filter(audit_heads::chain_id.eq(chain))
        .select((audit_heads::events, audit_heads::seal))
        .first(conn)
        .optional()?;
    walk.arrive(head);
    tail(conn, &mut walk.report)?;
    Ok(walk.report)
}

/// What the sealer wrote into an event, and what may be erased of it.
#[derive(Queryable)]
struct Marks {
    previous: Option<Vec<u8>>,
    seal: Option<Vec<u8>>,
    personal: Option<String>,
    salt: Option<Vec<u8>>,
}

/// An event with its marks; none where the row holds what no event can.
type Row = Option<(Stored, Marks)>;

/// The next events of the chain, each with its number.
fn chunk(conn: &mut Conn, chain: AccountId, after: i64) -> QueryResult<Vec<(i64, Row)>> {
    let rows = e::table
        .filter(e::chain_id.eq(chain).and(e::seq.gt(after)))
        .order(e::seq)
        .limit(CHUNK)
        .select((
            e::seq.assume_not_null(),
            COLUMNS,
            (e::previous, e::seal, e::personal, e::salt),
        ))
        .load::<(i64, Stored, Marks)>(conn);
    match rows {
        Ok(rows) => Ok(rows
            .into_iter()
            .map(|(seq, event, marks)| (seq, Some((event, marks))))
            .collect()),
        // SQLite keeps any bytes in any column: one row that cannot be read must not hide the others.
        Err(Error::DeserializationError(_)) => one_by_one(conn, chain, after),
        Err(other) => Err(other),
    }
}

fn one_by_one(conn: &mut Conn, chain: AccountId, after: i64) -> QueryResult<Vec<(i64, Row)>> {
    let numbers: Vec<i64> = e::table
        .filter(e::chain_id.eq(chain).and(e::seq.gt(after)))
        .order(e::seq)
        .limit(CHUNK)
        .select(e::seq.assume_not_null())
        .load(conn)?;
    let mut rows = Vec::with_capacity(numbers.len());
    for seq in numbers {
        let row = e::table
            .filter(e::chain_id.eq(chain).and(e::seq.eq(seq)))
            .select((COLUMNS, (e::previous, e::seal, e::personal, e::salt)))
            .first::<(Stored, Marks)>(conn);
        match row {
            Ok(row) => rows.push((seq, Some(row))),
            Err(Error::DeserializationError(_)) => rows.push((seq, None)),
            Err(other) => return Err(other),
        }
    }
    Ok(rows)
}

/// A walk along one chain.
struct Walk<'k> {
    key: &'k Key,
    /// Number of the last event seen.
    seq: i64,
    /// Its seal; none where it is not known, so that one fault is not told twice.
    seal: Option<Vec<u8>>,
    report: ChainReport,
}

impl Walk<'_> {
    fn step(&mut self, seq: i64, row: Row) {
        self.report.sealed += 1;
        self.place(seq);
        self.seq = seq;
        let Some((event, marks)) = row else {
            self.report.fault(format!(
                "Event {seq} cannot be read: a column holds what no event can."
            ));
            self.seal = None;
            return;
        };
        let name = format!(
            "Event {seq} ({}, {}, {:?})",
            event.id, event.action, event.at
        );
        self.tie(&name, seq, &event, &marks);
        self.people(&name, &event, &marks);
        self.seal = marks.seal;
    }

    /// The number follows the one before it.
    fn place(&mut self, seq: i64) {
        let expected = self.seq.saturating_add(1);
        if seq == expected {
            return;
        }
        self.report.fault(if seq < expected {
            format!("Event {seq} stands where {expected} belongs: numbers begin at 1 and none comes twice.")
        } else if seq == expected.saturating_add(1) {
            format!("Event {expected} is missing.")
        } else {
            format!("Events {expected} to {} are missing.", seq - 1)
        });
        self.seal = None;
    }

    /// The event is tied to the one before it, and its seal is right.
    fn tie(&mut self, name: &str, seq: i64, event: &Stored, marks: &Marks) {
        let (Some(previous), Some(seal)) = (&marks.previous, &marks.seal) else {
            self.report.fault(format!(
                "{name} has a number, but no seal or no seal of the event before it."
            ));
            return;
        };
        if self.seal.as_ref().is_some_and(|last| last != previous) {
            self.report.fault(format!(
                "{name} is not tied to the event before it: that one carries another seal."
            ));
        }
        if !self.key.fits(event, seq, previous, seal) {
            self.report.fault(format!(
                "{name} does not fit its seal: it was changed after sealing, or sealed with another secret."
            ));
        }
    }

    /// The personal data are those that were sealed, or erased.
    fn people(&mut self, name: &str, event: &Stored, marks: &Marks) {
        let nothing = event.digest == NOTHING_PERSONAL;
        match (&marks.personal, &marks.salt) {
            (None, _) if nothing => {}
            (None, _) => self.report.erased += 1,
            (Some(text), Some(salt))
                if !nothing && event.digest == canonical::digest(salt, text) => {}
            (Some(_), Some(_)) => self.report.fault(format!(
                "{name} carries personal data other than those that were sealed."
            )),
            (Some(_), None) => self.report.fault(format!(
                "{name} carries personal data without their salt: they cannot be checked."
            )),
        }
    }

    /// The head stands at the last event.
    fn arrive(&mut self, head: Option<(i64, Vec<u8>)>) {
        let seq = self.seq;
        match head {
            None if self.report.sealed == 0 => {}
            None => self
                .report
                .fault(format!("The chain has events up to {seq}, but no head.")),
            Some((events, _)) if events > seq => self.report.fault(format!(
                "The head stands at event {events}, but the last is {seq}: the end of the chain was cut off."
            )),
            Some((events, _)) if events < seq => self.report.fault(format!(
                "The head stands at event {events}, but the last is {seq}: the head was set back, or events were put \
                 in behind it."
            )),
            Some((_, seal)) if self.seal.as_ref().is_some_and(|last| *last != seal) => self
                .report
                .fault(format!("The head holds another seal than the last event, {seq}.")),
            Some(_) => {}
        }
        self.report.last = self
            .seal
            .take()
            .filter(|_| self.report.sealed > 0)
            .map(|seal| (seq, seal));
    }
}

/// The events that wait for their seal.
fn tail(conn: &mut Conn, report: &mut ChainReport) -> QueryResult<()> {
    let waiting: i64 = e::table
        .filter(e::chain_id.eq(report.chain).and(e::seq.is_null()))
        .count()
        .get_result(conn)?;
    report.unsealed = u64::try_from(waiting).unwrap_or(0);
    let half: i64 = e::table
        .filter(e::chain_id.eq(report.chain).and(e::seq.is_null()))
        .filter(e::seal.is_not_null().or(e::previous.is_not_null()))
        .count()
        .get_result(conn)?;
    if half > 0 {
        report.fault(format!(
            "{half} of the events that wait carry a seal, but no number."
        ));
    }
    Ok(())
}
