//! The outbox on a real database: SQLite always, PostgreSQL when `TEST_DATABASE_URL` names one.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::cell::Cell;
use std::sync::{Arc, Mutex};

use super::*;
use crate::db::Conn;
use crate::db::schema::{links, outbox, users};
use crate::db::types::{InstanceId, LinkId, UserId};
use crate::mail::outbox::*;

const SQLITE: &str = include_str!("../../../migrations/sqlite/2026-11-21-000000_foundation/up.sql");
const POSTGRES: &str =
    include_str!("../../../migrations/postgres/2026-11-21-000000_foundation/up.sql");

const SQLITE_NOTICES: &str =
    include_str!("../../../migrations/sqlite/2026-11-22-001530_notices_off/up.sql");
const POSTGRES_NOTICES: &str =
    include_str!("../../../migrations/postgres/2026-11-22-001530_notices_off/up.sql");

pub fn sqlite(path: &str) -> Conn {
    let mut conn = SqliteConnection::establish(path).unwrap();
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;")
        .unwrap();
    conn.batch_execute(SQLITE).unwrap();
    conn.batch_execute(SQLITE_NOTICES).unwrap();
    Conn::Sqlite(conn)
}

/// A schema of its own, gone with the connection's end only if the database is; tests are few and small.
fn postgres() -> Option<(Conn, String)> {
    let url = std::env::var("TEST_DATABASE_URL").ok()?;
    let mut conn = PgConnection::establish(&url).unwrap();
    let schema = format!("mail_{}", uuid::Uuid::now_v7().simple());
    conn.batch_execute(&format!(
        "CREATE SCHEMA {schema}; SET search_path TO {schema};"
    ))
    .unwrap();
    conn.batch_execute(POSTGRES).unwrap();
    conn.batch_execute(POSTGRES_NOTICES).unwrap();
    Some((Conn::Postgres(conn), schema))
}

fn on_both(test: fn(&mut Conn)) {
    test(&mut sqlite(":memory:"));
    if let Some((mut conn, schema)) = postgres() {
        test(&mut conn);
        on_pg(&mut conn, &format!("DROP SCHEMA {schema} CASCADE"));
    }
}

fn on_pg(conn: &mut Conn, sql: &str) {
    diesel::sql_query(sql).execute(conn).unwrap();
}

pub fn mail(conn: &mut Conn, link: Option<LinkId>, due_at: Ts) -> MailId {
    let id = MailId::new();
    let new = NewMail {
        id,
        account: None,
        link,
        reader: None,
        recipient: "ada@example.com".to_owned(),
        letter: welcome(),
        sealed_token: Some(b"sealed".to_vec()),
        message_id: head().message_id(id),
        due_at,
        created_at: noon(),
    };
    enqueue(conn, new).unwrap();
    id
}

#[derive(Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
struct NewLinkRow {
    id: LinkId,
    purpose: &'static str,
    user_id: UserId,
    email: &'static str,
    token_hash: Vec<u8>,
    created_at: Ts,
    expires_at: Ts,
    used_at: Option<Ts>,
    superseded_at: Option<Ts>,
    withdrawn_at: Option<Ts>,
    managed_at: Ts,
    sends: i64,
}

fn link(conn: &mut Conn, purpose: &'static str, expires_at: Ts, over: [bool; 3]) -> LinkId {
    let id = LinkId::new();
    let user = a_user(conn);
    let [used, superseded, withdrawn] = over.map(|over| over.then(noon));
    let row = NewLinkRow {
        id,
        purpose,
        user_id: user,
        email: "ada@example.com",
        token_hash: id.uuid().as_bytes().to_vec(),
        created_at: noon(),
        expires_at,
        used_at: used,
        superseded_at: superseded,
        withdrawn_at: withdrawn,
        managed_at: noon(),
        sends: 1,
    };
    diesel::insert_into(links::table)
        .values(&row)
        .execute(conn)
        .unwrap();
    id
}

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
struct UserRow {
    id: UserId,
    email: String,
    email_key: String,
    first_name: &'static str,
    last_name: &'static str,
    operator: bool,
    version: i64,
    created_at: Ts,
}

fn a_user(conn: &mut Conn) -> UserId {
    let id = UserId::new();
    let email = format!("{id}@example.com");
    let row = UserRow {
        id,
        email_key: email.clone(),
        email,
        first_name: "Ada",
        last_name: "Lovelace",
        operator: false,
        version: 1,
        created_at: noon(),
    };
    diesel::insert_into(users::table)
        .values(&row)
        .execute(conn)
        .unwrap();
    id
}

fn want(owner: InstanceId, now: Ts) -> Claim {
    Claim {
        owner,
        now,
        lease: chrono::Duration::minutes(5),
        limit: 50,
    }
}

/// Claims without ever renewing.
pub fn claimed(conn: &mut Conn, owner: InstanceId, now: Ts) -> Vec<Claimed> {
    claim(conn, &want(owner, now), &|_, _| Ok(None)).unwrap()
}

fn ids(mails: &[Claimed]) -> Vec<MailId> {
    mails.iter().map(|mail| mail.id).collect()
}

type State = (
    String,
    Option<Vec<u8>>,
    String,
    i64,
    Ts,
    Option<InstanceId>,
    Option<String>,
    Option<Ts>,
);

fn state(conn: &mut Conn, id: MailId) -> State {
    outbox::table
        .find(id)
        .select((
            outbox::state,
            outbox::sealed_token,
            outbox::params,
            outbox::attempts,
            outbox::due_at,
            outbox::leased_by,
            outbox::last_error,
            outbox::sent_at,
        ))
        .first(conn)
        .unwrap()
}

fn one(mail: MailId, end: End) -> [Outcome; 1] {
    [Outcome { mail, end }]
}

#[test]
fn what_is_due_is_claimed_once_in_order_until_the_lease_ends() {
    on_both(|conn| {
        let (us, them) = (InstanceId::new(), InstanceId::new());
        let late = mail(conn, None, hours(0));
        let early = mail(conn, None, hours(-1));
        mail(conn, None, hours(1));
        let ours = claimed(conn, us, noon());
        assert_eq!(ids(&ours), [early, late]);
        assert_eq!(ours[0].letter(), Some(welcome()));
        assert_eq!(ours[0].message_id, head().message_id(early));
        assert_eq!(ours[0].attempts, 1);
        assert!(claimed(conn, them, noon()).is_empty());
        let later = noon().plus(chrono::Duration::minutes(6));
        let theirs = claimed(conn, them, later);
        assert_eq!(ids(&theirs), [early, late], "after a crash others go on");
        assert_eq!(
            theirs[0].message_id, ours[0].message_id,
            "the same Message-ID on each try"
        );
        assert_eq!(theirs[0].attempts, 2);
    });
}

#[test]
fn two_processes_claim_at_once_and_neither_waits() {
    let Some((mut one, schema)) = postgres() else {
        return;
    };
    let url = std::env::var("TEST_DATABASE_URL").unwrap();
    let mut two = Conn::Postgres(PgConnection::establish(&url).unwrap());
    on_pg(&mut two, &format!("SET search_path TO {schema}"));
    on_pg(&mut two, "SET lock_timeout TO '2s'");
    let mails = [0; 4].map(|_| mail(&mut one, None, noon()));
    for conn in [&mut one, &mut two] {
        on_pg(conn, "BEGIN ISOLATION LEVEL SERIALIZABLE");
    }
    let few = Claim {
        limit: 3,
        ..want(InstanceId::new(), noon())
    };
    let mut all = ids(&claim(&mut one, &few, &|_, _| Ok(None)).unwrap());
    all.extend(ids(&claimed(&mut two, InstanceId::new(), noon())));
    assert_eq!(all, mails, "each mail by one of them");
    on_pg(&mut two, "ROLLBACK");
    on_pg(&mut one, "COMMIT");
    on_pg(&mut one, &format!("DROP SCHEMA {schema} CASCADE"));
}

#[test]
fn a_claim_takes_no_more_than_its_limit() {
    on_both(|conn| {
        for _ in 0..7 {
            mail(conn, None, noon());
        }
        let few = Claim {
            limit: 5,
            ..want(InstanceId::new(), noon())
        };
        assert_eq!(claim(conn, &few, &|_, _| Ok(None)).unwrap().len(), 5);
        assert_eq!(claim(conn, &few, &|_, _| Ok(None)).unwrap().len(), 2);
    });
}

#[test]
fn what_became_of_mails_is_written_in_one_go() {
    on_both(|conn| {
        let us = InstanceId::new();
        let carried = link(conn, "reset", hours(1), [false; 3]);
        let sent = mail(conn, Some(carried), noon());
        let [later, failed, released] = [0; 3].map(|_| mail(conn, None, noon()));
        assert_eq!(claimed(conn, us, noon()).len(), 4);
        let outcomes = [
            one(sent, End::Sent),
            one(
                later,
                End::Retry {
                    due: hours(3),
                    why: "451\r\nbusy".to_owned(),
                },
            ),
            one(
                failed,
                End::Failed {
                    why: "550 no".repeat(500),
                },
            ),
            one(released, End::Released),
        ]
        .concat();
        let marked = mark(conn, us, hours(0), &outcomes).unwrap();
        assert_eq!(marked.delivered, [carried]);
        assert_eq!(marked.failed, [failed]);
        let row = state(conn, sent);
        assert_eq!(
            (row.0.as_str(), row.1, row.2.as_str(), row.5, row.7),
            ("sent", None, "{}", None, Some(noon()))
        );
        let row = state(conn, later);
        assert_eq!(
            (row.0.as_str(), row.3, row.4, row.5),
            ("queued", 1, hours(3), None)
        );
        assert_eq!(row.6.as_deref(), Some("451 busy"));
        assert!(row.1.is_some() && row.2.contains("Acme"));
        let row = state(conn, failed);
        assert_eq!(
            (row.0.as_str(), row.6.unwrap().chars().count()),
            ("failed", 500)
        );
        let row = state(conn, released);
        assert_eq!((row.0.as_str(), row.3, row.5), ("queued", 0, None));
        assert_eq!(ids(&claimed(conn, InstanceId::new(), noon())), [released]);
        assert_eq!(mark(conn, us, noon(), &[]).unwrap(), Marked::default());
    });
}

#[test]
fn whoever_lost_the_lease_can_only_say_sent() {
    on_both(|conn| {
        let (slow, quick) = (InstanceId::new(), InstanceId::new());
        let id = mail(conn, None, noon());
        claimed(conn, slow, noon());
        claimed(conn, quick, hours(1));
        let end = End::Failed {
            why: "x".to_owned(),
        };
        let lost = mark(conn, slow, hours(1), &one(id, end)).unwrap();
        assert_eq!(lost, Marked::default());
        mark(conn, slow, hours(1), &one(id, End::Released)).unwrap();
        mark(
            conn,
            slow,
            hours(1),
            &one(
                id,
                End::Retry {
                    due: hours(9),
                    why: "x".to_owned(),
                },
            ),
        )
        .unwrap();
        let row = state(conn, id);
        assert_eq!(
            (row.0.as_str(), row.4, row.5),
            ("queued", noon(), Some(quick))
        );
        mark(conn, slow, hours(1), &one(id, End::Sent)).unwrap();
        assert_eq!(state(conn, id).0, "sent");
        mark(
            conn,
            quick,
            hours(1),
            &one(
                id,
                End::Retry {
                    due: hours(9),
                    why: "x".to_owned(),
                },
            ),
        )
        .unwrap();
        assert_eq!(state(conn, id).0, "sent", "what is out is out");
    });
}

#[test]
fn a_dead_link_is_never_delivered() {
    on_both(|conn| {
        let ended = [
            link(conn, "welcome", hours(40), [true, false, false]),
            link(conn, "welcome", hours(40), [false, true, false]),
            link(conn, "invitation", hours(40), [false, false, true]),
            link(conn, "reset", hours(0), [false; 3]),
            link(conn, "unlock", hours(-1), [false; 3]),
            link(conn, "welcome", hours(-1), [false; 3]),
        ];
        let dead = ended.map(|link| mail(conn, Some(link), noon()));
        let good = link(conn, "reset", hours(1), [false; 3]);
        let live = mail(conn, Some(good), noon());
        let taken = claimed(conn, InstanceId::new(), noon());
        assert_eq!(ids(&taken), [live]);
        assert_eq!(taken[0].expires_at, Some(hours(1)));
        for id in dead {
            let row = state(conn, id);
            assert_eq!(
                (row.0.as_str(), row.1, row.2.as_str(), row.5),
                ("dropped", None, "{}", None)
            );
        }
    });
}

#[test]
fn what_is_taken_back_never_leaves_unless_it_is_on_its_way_out() {
    on_both(|conn| {
        let leaving = mail(conn, None, noon());
        claimed(conn, InstanceId::new(), noon());
        let waiting = mail(conn, None, noon());
        let out = withdraw(conn, &[leaving, waiting]).unwrap();
        assert_eq!(out, [waiting]);
        assert_eq!(state(conn, leaving).0, "queued");
        assert_eq!(state(conn, waiting).0, "dropped");
        assert!(ids(&claimed(conn, InstanceId::new(), noon())).is_empty());
        assert!(withdraw(conn, &[waiting]).unwrap().is_empty());
    });
}

#[test]
fn a_welcome_with_little_time_left_gets_a_fresh_link() {
    on_both(|conn| {
        let enough = link(conn, "welcome", hours(25), [false; 3]);
        let short = link(conn, "welcome", hours(23), [false; 3]);
        let over = link(conn, "invitation", hours(-5), [false; 3]);
        let reset = link(conn, "reset", hours(1), [false; 3]);
        let fresh = link(conn, "welcome", hours(48), [false; 3]);
        let mails = [enough, short, over, reset].map(|link| mail(conn, Some(link), noon()));
        let asked = Cell::new(0);
        let renew = |_: &mut Conn, stale: &Stale| {
            asked.set(asked.get() + 1);
            assert!(stale.link == short || stale.link == over);
            assert!(mails.contains(&stale.mail));
            Ok(Some(Renewed {
                link: fresh,
                sealed_token: b"new".to_vec(),
                expires_at: hours(48),
            }))
        };
        let taken = claim(conn, &want(InstanceId::new(), noon()), &renew).unwrap();
        assert_eq!((taken.len(), asked.get()), (4, 2));
        for renewed in &taken[1..3] {
            assert_eq!(
                (renewed.link, renewed.expires_at),
                (Some(fresh), Some(hours(48)))
            );
            assert_eq!(renewed.sealed_token.as_deref(), Some(b"new".as_slice()));
            assert_eq!(
                state(conn, renewed.id).1.as_deref(),
                Some(b"new".as_slice())
            );
        }
        assert_eq!(taken[0].link, Some(enough));
    });
}

#[test]
fn a_short_welcome_that_may_not_be_renewed_goes_out_while_it_lives() {
    on_both(|conn| {
        let short = link(conn, "welcome", hours(2), [false; 3]);
        let id = mail(conn, Some(short), noon());
        assert_eq!(ids(&claimed(conn, InstanceId::new(), noon())), [id]);
    });
}

#[test]
fn pauses_grow_and_end_after_two_days() {
    let middle = JITTER / 2;
    let minutes: Vec<i64> = (1..20)
        .map(|n| pause(n, middle).unwrap().num_minutes())
        .collect();
    assert_eq!(minutes[..6], [1, 5, 15, 60, 180, 180]);
    let total: i64 = minutes.iter().sum();
    assert!((44 * 60..=48 * 60).contains(&total), "{total}");
    assert_eq!(pause(20, middle), None);
    for random in [0, 1, 400, 401, u32::MAX] {
        let seconds = pause(1, random).unwrap().num_seconds();
        assert!((48..=72).contains(&seconds), "{seconds}");
    }
    assert_eq!(pause(1, 0).unwrap().num_seconds(), 48);
    assert_eq!(pause(1, 400).unwrap().num_seconds(), 72);
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

#[test]
fn looking_for_work_reads_an_index_of_what_is_queued() {
    use diesel::connection::InstrumentationEvent;
    let mut conn = sqlite(":memory:");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            log.lock().unwrap().push(query.to_string());
        }
    });
    claimed(&mut conn, InstanceId::new(), noon());
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1, "an empty outbox costs one statement");
    let plan: Vec<Plan> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {}", asked[0]))
        .load(&mut conn)
        .unwrap();
    let plan: Vec<&str> = plan.iter().map(|step| step.detail.as_str()).collect();
    assert_eq!(plan, ["SEARCH outbox USING INDEX outbox_due (due_at<?)"]);
}
