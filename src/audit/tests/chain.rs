//! Writing, sealing, checking.

use super::*;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn events_are_sealed_chain_by_chain_and_verify() {
    on_both(|conn| {
        let (one, two) = (AccountId::new(), AccountId::new());
        record_some(conn, one, 3);
        record(conn, &Event::new(INSTALLATION, Action::SystemStart, at(0))).unwrap();
        record_some(conn, two, 2);

        let before = verify(conn, &KEY).unwrap();
        assert!(
            before.is_sound() && before.sealed == 0 && before.unsealed == 6,
            "{before}"
        );

        let sealed = seal_all(conn);
        let heads: Vec<_> = sealed
            .heads
            .iter()
            .map(|head| (head.chain, head.events))
            .collect();
        assert_eq!(
            (sealed.events, heads),
            (6, vec![(INSTALLATION, 1), (one, 3), (two, 2)])
        );
        assert!(!unsealed(conn).unwrap());

        record_some(conn, one, 2);
        assert!(unsealed(conn).unwrap());
        assert_eq!(seal_all(conn).events, 2);
        record_some(conn, two, 1);

        let report = verify(conn, &KEY).unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!((report.chains, report.sealed, report.unsealed), (3, 8, 1));
        let shown = report.to_string();
        assert!(
            shown.contains(&format!(
                "{one}: sound; 5 events, 5 sealed, 0 waiting; last: 5 "
            )),
            "{shown}"
        );
        assert!(
            shown.contains("3 chains, 9 events, 1 waiting for their seal: sound."),
            "{shown}"
        );
        assert!(shown.ends_with(report::LIMITS));
    });
}

#[test]
fn a_batch_seals_no_more_than_it_was_asked_for_in_the_order_of_ids() {
    on_both(|conn| {
        let chain = AccountId::new();
        let events: Vec<_> = (0..5).map(|seconds| full(chain, seconds)).collect();
        // The first to be begun is the last to come to light.
        for event in events.iter().skip(1) {
            record(conn, event).unwrap();
        }
        let some = |conn: &mut Conn| {
            seal_some(conn, &KEY, InstanceId::nil(), at(0), 3)
                .unwrap()
                .events
        };
        assert_eq!(some(conn), 3);
        record(conn, &events[0]).unwrap();
        assert_eq!((some(conn), some(conn)), (2, 0));

        let order: Vec<EventId> = audit_events::table
            .select(audit_events::id)
            .order(audit_events::seq)
            .load(conn)
            .unwrap();
        let expected: Vec<_> = [1, 2, 3, 0, 4]
            .map(|place: usize| events[place].id)
            .to_vec();
        assert_eq!(order, expected);
        assert!(verify(conn, &KEY).unwrap().is_sound());
    });
}

#[test]
fn one_instance_seals_until_its_lease_runs_out() {
    on_both(|conn| {
        let (mine, other) = (InstanceId::new(), InstanceId::new());
        let mut seal = |owner, seconds| {
            record_some(conn, INSTALLATION, 1);
            seal_some(conn, &KEY, owner, at(seconds), 10)
                .unwrap()
                .events
        };
        assert_eq!(seal(mine, 0), 1);
        assert_eq!(seal(other, 1), 0, "held");
        assert_eq!(seal(mine, 20), 2, "renewed to 50");
        assert_eq!(seal(other, 49), 0, "still held");
        assert_eq!(seal(other, 50), 2, "taken over");
        assert_eq!(seal(mine, 51), 0, "lost");
    });
}

struct Counter(Arc<AtomicUsize>);
impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_batch_takes_six_statements_however_many_events_and_chains() {
    on_both(|conn| {
        for chain in [AccountId::new(), AccountId::new(), INSTALLATION] {
            record_some(conn, chain, 60);
        }
        let statements = Arc::new(AtomicUsize::new(0));
        conn.set_instrumentation(Counter(Arc::clone(&statements)));
        let owner = InstanceId::new();
        assert_eq!(
            seal_some(conn, &KEY, owner, at(0), 500).unwrap().events,
            180
        );
        // Is there any, the lease, the events, the heads; then the events and the heads again, written.
        assert_eq!(statements.swap(0, Ordering::Relaxed), 6);
        assert_eq!(seal_some(conn, &KEY, owner, at(1), 500).unwrap().events, 0);
        assert_eq!(
            statements.load(Ordering::Relaxed),
            1,
            "nothing to do, nothing written"
        );
    });
}

#[test]
fn sealing_finds_its_rows_by_key() {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }
    let mut conn = sqlite();
    for rows in [1, 2, 50, 500] {
        let steps: Vec<Step> =
            diesel::sql_query(format!("EXPLAIN QUERY PLAN {}", seal::marks_sql(rows)))
                .load(&mut conn)
                .unwrap();
        let plan: Vec<_> = steps.into_iter().map(|step| step.detail).collect();
        assert!(
            plan.iter()
                .any(|step| step.starts_with("SEARCH audit_events USING PRIMARY KEY")),
            "{plan:#?}"
        );
    }
}

#[test]
fn a_long_chain_is_checked_in_pieces_and_a_long_batch_written_in_pieces() {
    let mut conn = sqlite();
    let chain = AccountId::new();
    conn.transaction(|conn| {
        record_some(conn, chain, 2_300);
        QueryResult::Ok(())
    })
    .unwrap();
    assert_eq!(seal_all(&mut conn).events, 2_300);
    let report = verify(&mut conn, &KEY).unwrap();
    assert!(report.is_sound() && report.sealed == 2_300, "{report}");
}

/// Several processes before one PostgreSQL, their clocks so far apart that each takes the lease from the other.
#[test]
fn sealers_at_once_make_one_chain() {
    let Some(server) = OnServer::new() else {
        return;
    };
    let chain = AccountId::new();
    std::thread::scope(|scope| {
        for worker in 0..4_i64 {
            let server = &server;
            scope.spawn(move || {
                let (mut conn, owner) = (server.connect(), InstanceId::new());
                for round in 0..25 {
                    record_some(&mut conn, chain, 4);
                    let now = at((round * 4 + worker) * 60);
                    let sealed = conn
                        .transaction(|conn| seal_some(conn, &KEY, owner, now, 7))
                        .unwrap();
                    assert!(sealed.events <= 7);
                }
            });
        }
    });
    let mut conn = server.connect();
    while seal_some(&mut conn, &KEY, InstanceId::new(), at(1_000_000), 50)
        .unwrap()
        .events
        > 0
    {
        conn.batch_execute("DELETE FROM leases").unwrap();
    }
    let report = verify(&mut conn, &KEY).unwrap();
    assert!(
        report.is_sound() && report.sealed == 400 && report.unsealed == 0,
        "{report}"
    );
}

#[test]
fn the_log_names_every_chain_of_a_batch_in_lines_of_bounded_length() {
    let head = |_| Head {
        chain: AccountId::new(),
        events: 7,
        seal: [0xab; 32],
    };
    let sealed = Sealed {
        events: 40,
        heads: (0..40).map(head).collect(),
    };
    let lines: Vec<String> = sealed.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines
            .iter()
            .map(|line| line.split(' ').count())
            .sum::<usize>(),
        40
    );
    assert!(lines[0].starts_with(&format!("{}:7:abab", sealed.heads[0].chain)));
    assert!(lines.iter().all(|line| line.len() < 2_048));
}

#[test]
fn an_event_says_who_what_where_and_from_where() {
    let event = Event::new(INSTALLATION, Action::SignInFail, at(0))
        .by(Actor::Anonymous)
        .on(Target::address())
        .in_project(None)
        .from_visit(Some("192.0.2.1"), Some(&"é".repeat(300)), None)
        .personal(Personal {
            email: Some("x@example.com".into()),
            ..Personal::default()
        });
    assert_eq!(
        event.personal.address.as_deref(),
        Some("192.0.2.1"),
        "kept beside the rest"
    );
    assert_eq!(
        event
            .personal
            .user_agent
            .as_ref()
            .map(|text| text.chars().count()),
        Some(256)
    );
    let logged = format!("{event:?}");
    assert!(
        !logged.contains("example.com") && !logged.contains("192.0.2.1"),
        "{logged}"
    );
}
