//! Many at once: one outcome, and everybody else is told whose it was.

use super::*;
use futures_util::future::join_all;
use tenantry::db::schema::{outbox, request_decisions};

const AT_ONCE: usize = 50;

fn decided(app: &TestApp, path: &str) -> i64 {
    let id = id_of(path);
    app.sql(|conn| {
        request_decisions::table
            .filter(request_decisions::request_id.eq(id))
            .count()
            .get_result(conn)
    })
}

#[actix_web::test]
async fn of_fifty_approvals_at_once_one_makes_the_grant() {
    let app = TestApp::with(&[("TENANTRY_ADMIN_GRANTS", "existing-admin")]).await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let (first, second) = (app.signed_in(&anna()), app.signed_in("olga@acme.example"));
    let decision = format!("{path}/decision");
    let seen = seen(&first, &path).await;
    let fields = yes(&seen);
    let tries = (0..AT_ONCE).map(|n| if n % 2 == 0 { &first } else { &second });
    let answers = join_all(tries.map(|visitor| visitor.post(&decision, &fields))).await;
    assert!(
        answers
            .iter()
            .all(|answer| [303, 503].contains(&answer.status))
    );
    assert_eq!((admins(&app, VERA), decided(&app, &path)), (1, 1));
    assert_eq!(events(&app, "role.granted").len(), 1);
}

#[actix_web::test]
async fn beyond_c_two_people_who_approve_often_at_once_count_once_each() {
    let app = TestApp::with(&[("TENANTRY_ADMIN_GRANTS", "two-person")]).await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let visitor = app.signed_in(&anna());
    let decision = format!("{path}/decision");
    let seen = seen(&visitor, &path).await;
    let fields = yes(&seen);
    let tries = (0..AT_ONCE).map(|_| visitor.post(&decision, &fields));
    let answers = join_all(tries).await;
    assert!(
        answers
            .iter()
            .all(|answer| [303, 503].contains(&answer.status))
    );
    assert_eq!(
        (admins(&app, VERA), decided(&app, &path)),
        (0, 1),
        "one person is one approval"
    );
    let olga = app.signed_in("olga@acme.example");
    join_all((0..AT_ONCE).map(|_| olga.post(&decision, &fields))).await;
    assert_eq!((admins(&app, VERA), decided(&app, &path)), (1, 2));
}

#[actix_web::test]
async fn approval_against_withdrawal_has_one_winner() {
    for round in 0..5 {
        let app = TestApp::with(&[("TENANTRY_ADMIN_GRANTS", "existing-admin")]).await;
        let ravi = app.signed_in("ravi@acme.example");
        let path = ask_for_vera(&ravi).await;
        let visitor = app.signed_in(&anna());
        let (decision, withdrawal) = (format!("{path}/decision"), format!("{path}/withdraw"));
        let seen = seen(&visitor, &path).await;
        let fields = &yes(&seen);
        let tries = (0..AT_ONCE).map(|n| {
            let (visitor, decision, withdrawal, ravi) = (&visitor, &decision, &withdrawal, &ravi);
            async move {
                if (n + round) % 2 == 0 {
                    visitor.post(decision, fields).await
                } else {
                    ravi.post(withdrawal, &[]).await
                }
            }
        });
        let answers = join_all(tries).await;
        assert!(
            answers
                .iter()
                .all(|answer| [303, 503].contains(&answer.status))
        );
        let granted = state(&app, &path) == "granted";
        assert_eq!(admins(&app, VERA), i64::from(granted));
        assert_eq!(decided(&app, &path), i64::from(granted));
        assert_eq!(
            events(&app, "request.withdrawn").len(),
            usize::from(!granted)
        );
    }
}

/// The parts of the decisions on a request, each once.
fn parts(app: &TestApp, path: &str) -> Vec<(String, String)> {
    let id = id_of(path);
    app.sql(|conn| {
        request_decisions::table
            .filter(request_decisions::request_id.eq(id))
            .order(request_decisions::part.asc())
            .select((request_decisions::part, request_decisions::verdict))
            .load(conn)
    })
}

#[actix_web::test]
async fn rule_18_of_fifty_approvals_withdrawals_and_grants_by_an_operator_at_once_one_outcome_stands()
 {
    for round in 0..6 {
        // As installed: the account approves, an operator grants.
        let app = TestApp::start().await;
        let ravi = app.signed_in("ravi@acme.example");
        let path = ask_for_vera(&ravi).await;
        let (visitor, pat) = (app.signed_in(&anna()), app.signed_in("pat@globex.example"));
        let (decision, withdrawal) = (format!("{path}/decision"), format!("{path}/withdraw"));
        let confirmation = format!("{}/decision", operator_page(&path));
        // What an operator looks at is the same.
        let seen = seen(&visitor, &path).await;
        let fields = &yes(&seen);
        // In half of the rounds the account has approved before the others begin.
        if round % 2 == 0 {
            assert_eq!(visitor.post(&decision, fields).await.status, 303);
        }
        let tries = (0..AT_ONCE).map(|n| {
            let (visitor, pat, ravi) = (&visitor, &pat, &ravi);
            let (decision, withdrawal, confirmation) = (&decision, &withdrawal, &confirmation);
            async move {
                match (n + round) % 3 {
                    0 => visitor.post(decision, fields).await,
                    1 => pat.post(confirmation, fields).await,
                    _ => ravi.post(withdrawal, &[]).await,
                }
            }
        });
        let answers = join_all(tries).await;
        // What the account has not approved is not there for an operator.
        let told = [303, 404, 503];
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert!(
            statuses.iter().all(|status| told.contains(status)),
            "{statuses:?}"
        );
        let (end, decided) = (state(&app, &path), parts(&app, &path));
        let approved = ("account".to_owned(), "approved".to_owned());
        let confirmed = ("operator".to_owned(), "approved".to_owned());
        let granted = end == "granted";
        match end.as_str() {
            "granted" => assert_eq!(decided, [approved, confirmed], "round {round}"),
            "withdrawn" => assert!(
                decided.is_empty() || decided == [approved],
                "round {round}: {decided:?}"
            ),
            other => panic!("round {round} ended {other}: {statuses:?}"),
        }
        assert_eq!(admins(&app, VERA), i64::from(granted), "round {round}");
        assert_eq!(events(&app, "role.granted").len(), usize::from(granted));
        let withdrawn = events(&app, "request.withdrawn").len();
        assert_eq!(withdrawn, usize::from(!granted), "round {round}");
    }
}

#[actix_web::test]
async fn the_same_request_sent_fifty_times_is_one() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let north = cast::organization("north").to_string();
    let fields = [("person", VERA), ("place", north.as_str()), ("reason", WHY)];
    let answers = join_all((0..AT_ONCE).map(|_| ravi.post(LIST, &fields))).await;
    let mut leads: Vec<String> = answers.iter().filter_map(Answer::location).collect();
    leads.dedup();
    assert_eq!(leads.len(), 1, "all lead to the one: {leads:?}");
    let mails: i64 = app.sql(|conn| {
        outbox::table
            .filter(outbox::template.eq("request_wanted"))
            .count()
            .get_result(conn)
    });
    assert_eq!(mails, 2);
}
