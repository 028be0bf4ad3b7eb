//! What the database refuses, and what `verify` finds where it was made not to.

use super::*;

/// One chain of six sealed events and one that waits.
fn chain_of_six(conn: &mut Conn) -> AccountId {
    let chain = AccountId::new();
    record_some(conn, chain, 6);
    assert_eq!(seal_all(conn).events, 6);
    record_some(conn, chain, 1);
    assert!(verify(conn, &KEY).unwrap().is_sound());
    chain
}

/// What `verify` finds after somebody with the database's own rights dropped the triggers and did this.
fn after(conn: &mut Conn, deed: &str) -> Report {
    let mut found = None;
    let undone = conn.transaction::<(), diesel::result::Error, _>(|conn| {
        conn.batch_execute(match conn {
            Conn::Postgres(_) => "DROP TRIGGER audit_events_keep ON audit_events",
            Conn::Sqlite(_) => "DROP TRIGGER audit_events_keep; DROP TRIGGER audit_events_fixed",
        })?;
        conn.batch_execute(deed)?;
        found = Some(verify(conn, &KEY)?);
        Err(diesel::result::Error::RollbackTransaction)
    });
    found.ok_or((undone, deed)).unwrap()
}

/// The one fault of the one chain.
fn only_fault(report: &Report, chain: AccountId) -> String {
    assert!(!report.is_sound() && report.faulty == 1, "{report}");
    let faulty = report.told.iter().find(|told| !told.is_sound()).unwrap();
    assert_eq!((faulty.chain, faulty.faults), (chain, 1), "{report}");
    assert!(
        report.to_string().contains(&format!("{chain}: NOT SOUND")),
        "{report}"
    );
    faulty.told.concat()
}

#[test]
fn the_database_refuses_every_change_but_sealing_and_erasing() {
    on_both(|conn| {
        chain_of_six(conn);
        for deed in [
            "UPDATE audit_events SET details = '{}' WHERE seq = 3",
            "UPDATE audit_events SET details = '{}' WHERE seq IS NULL",
            "UPDATE audit_events SET action = 'sign_out' WHERE seq = 3",
            "UPDATE audit_events SET actor_id = NULL WHERE seq = 3",
            "UPDATE audit_events SET project_id = organization_id WHERE seq = 3",
            "UPDATE audit_events SET digest = salt WHERE seq = 3",
            "UPDATE audit_events SET seq = 99 WHERE seq = 6",
            "UPDATE audit_events SET seq = NULL, previous = NULL, seal = NULL WHERE seq = 6",
            "UPDATE audit_events SET seal = previous WHERE seq = 3",
            "UPDATE audit_events SET personal = '{}' WHERE seq = 3",
            "UPDATE audit_events SET salt = digest WHERE seq = 3",
            "DELETE FROM audit_events WHERE seq = 6",
            "DELETE FROM audit_events WHERE seq IS NULL",
            "DELETE FROM audit_events",
        ] {
            let refused = conn.batch_execute(deed).unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{deed}: {refused}");
        }
        let report = verify(conn, &KEY).unwrap();
        assert!(
            report.is_sound() && report.sealed == 6 && report.unsealed == 1,
            "{report}"
        );
    });
}

#[test]
fn personal_data_can_be_erased_and_the_chain_still_holds() {
    on_both(|conn| {
        chain_of_six(conn);
        conn.batch_execute("UPDATE audit_events SET personal = NULL, salt = NULL WHERE seq IN (2, 5) OR seq IS NULL")
            .unwrap();
        let report = verify(conn, &KEY).unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.told[0].erased, 2);
        // An event that was erased while it waited is sealed like any other.
        assert_eq!(seal_all(conn).events, 1);
        let report = verify(conn, &KEY).unwrap();
        assert!(report.is_sound() && report.told[0].erased == 3, "{report}");
        // What is gone does not come back as something else.
        let refused = conn.batch_execute("UPDATE audit_events SET personal = '{}' WHERE seq = 2");
        assert!(refused.is_err());
    });
}

#[test]
fn a_changed_event_is_named() {
    on_both(|conn| {
        let chain = chain_of_six(conn);
        for what in [
            "details = '{}'",
            "details = details || ' '",
            "action = 'user.created'",
            "actor_kind = 'operator'",
            "actor_id = NULL",
            "target_id = actor_id",
            "target_kind = 'account'",
            "organization_id = project_id",
            "project_id = NULL",
            "request_id = NULL",
            "at = (SELECT at FROM audit_events WHERE seq = 1)",
            "personal = NULL, salt = NULL, digest = seal",
        ] {
            let report = after(
                conn,
                &format!("UPDATE audit_events SET {what} WHERE seq = 3"),
            );
            let fault = only_fault(&report, chain);
            assert!(
                fault.starts_with("Event 3 (event_") && fault.contains("does not fit its seal"),
                "{what}: {fault}"
            );
        }
        for (what, says) in [
            ("personal = '{}'", "carries personal data other than those"),
            ("salt = digest", "carries personal data other than those"),
            ("salt = NULL", "without their salt"),
            ("seal = NULL", "has a number, but no seal"),
        ] {
            let report = after(
                conn,
                &format!("UPDATE audit_events SET {what} WHERE seq = 3"),
            );
            let fault = only_fault(&report, chain);
            assert!(
                fault.starts_with("Event 3 (event_") && fault.contains(says),
                "{what}: {fault}"
            );
        }
    });
}

#[test]
fn removed_moved_and_cut_off_events_are_found() {
    on_both(|conn| {
        let chain = chain_of_six(conn);
        for (deed, says) in [
            (
                "DELETE FROM audit_events WHERE seq = 3",
                "Event 3 is missing.",
            ),
            (
                "DELETE FROM audit_events WHERE seq IN (1, 2)",
                "Events 1 to 2 are missing.",
            ),
            (
                "DELETE FROM audit_events WHERE seq > 4",
                "The head stands at event 6, but the last is 4: the end of the chain was cut off.",
            ),
            (
                "DELETE FROM audit_events WHERE seq IS NOT NULL",
                "The head stands at event 6, but the last is 0: the end of the chain was cut off.",
            ),
            (
                "UPDATE audit_heads SET events = 4",
                "The head stands at event 4, but the last is 6: the head was set back",
            ),
            (
                "DELETE FROM audit_heads",
                "The chain has events up to 6, but no head.",
            ),
        ] {
            let fault = only_fault(&after(conn, deed), chain);
            assert!(fault.starts_with(says), "{deed}: {fault}");
        }
        let report = after(
            conn,
            "UPDATE audit_heads SET seal = (SELECT seal FROM audit_events WHERE seq = 3)",
        );
        let fault = only_fault(&report, chain);
        assert_eq!(fault, "The head holds another seal than the last event, 6.");

        // A hole closed by hand: the next event is tied to what is gone, and its own number is sealed in.
        let report = after(
            conn,
            "DELETE FROM audit_events WHERE seq = 3; UPDATE audit_events SET seq = seq - 1 WHERE seq = 4; \
             UPDATE audit_events SET seq = seq - 1 WHERE seq = 5; UPDATE audit_events SET seq = seq - 1 WHERE seq = 6; \
             UPDATE audit_heads SET events = 5",
        );
        assert_eq!(report.told[0].faults, 4, "{report}");
        // Two events that changed places.
        let report = after(
            conn,
            "UPDATE audit_events SET seq = 99 WHERE seq = 2; UPDATE audit_events SET seq = 2 WHERE seq = 3; \
             UPDATE audit_events SET seq = 3 WHERE seq = 99",
        );
        assert!(!report.is_sound() && report.told[0].faults >= 2, "{report}");
        // An event put in before the first.
        let report = after(
            conn,
            "UPDATE audit_events SET seq = 0, seal = digest, previous = digest WHERE seq IS NULL",
        );
        assert!(
            report
                .to_string()
                .contains("Event 0 stands where 1 belongs"),
            "{report}"
        );
        // A seal without a number.
        let report = after(
            conn,
            "UPDATE audit_events SET seal = digest WHERE seq IS NULL",
        );
        assert_eq!(
            only_fault(&report, chain),
            "1 of the events that wait carry a seal, but no number."
        );
    });
}

/// Said in every report; the log is what tells it.
#[test]
fn a_chain_cut_back_together_with_its_head_is_beyond_proof() {
    on_both(|conn| {
        chain_of_six(conn);
        let report = after(
            conn,
            "DELETE FROM audit_events WHERE seq > 4; \
             UPDATE audit_heads SET events = 4, seal = (SELECT seal FROM audit_events WHERE seq = 4)",
        );
        assert!(report.is_sound());
        assert!(
            report
                .to_string()
                .contains("cannot be told from the database alone")
        );
    });
}

#[test]
fn nothing_is_sealed_over_a_head_that_was_set_back() {
    on_both(|conn| {
        chain_of_six(conn);
        conn.batch_execute("DELETE FROM audit_heads").unwrap();
        let refused =
            conn.transaction(|conn| seal_some(conn, &KEY, InstanceId::nil(), at(200), 10));
        assert!(refused.is_err());
        assert!(unsealed(conn).unwrap());
    });
}

#[test]
fn another_secret_fits_no_event_and_the_report_stays_short() {
    let mut conn = sqlite();
    record_some(&mut conn, INSTALLATION, 50);
    assert_eq!(seal_all(&mut conn).events, 50);
    let report = verify(&mut conn, &[1; 32]).unwrap();
    assert_eq!((report.told[0].faults, report.told[0].told.len()), (50, 20));
    assert!(
        report
            .to_string()
            .contains("\n  - and 30 more of this chain\n"),
        "{report}"
    );
}

#[test]
fn a_row_of_garbage_is_named_and_hides_no_other() {
    // SQLite alone takes such a value.
    let mut conn = sqlite();
    let chain = chain_of_six(&mut conn);
    let report = after(
        &mut conn,
        "UPDATE audit_events SET at = 'soon' WHERE seq = 3",
    );
    assert_eq!(
        only_fault(&report, chain),
        "Event 3 cannot be read: a column holds what no event can."
    );
    let report = after(
        &mut conn,
        "UPDATE audit_events SET at = 'soon' WHERE seq = 3; UPDATE audit_events SET details = '' WHERE seq = 5",
    );
    assert_eq!(report.told[0].faults, 2, "{report}");
}
