//! Many at once: one outcome, and everybody else is told whose it was.

use super::*;
use futures_util::future::join_all;
use tenantry::db::schema::{outbox, request_decisions};

const AT_ONCE: usize = 50;
const YES: [(&str, &str); 2] = [("decision", "approve"), ("words", "Yes")];

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
    let tries = (0..AT_ONCE).map(|n| if n % 2 == 0 { &first } else { &second });
    let answers = join_all(tries.map(|visitor| visitor.post(&decision, &YES))).await;
    assert!(
        answers
            .iter()
            .all(|answer| [303, 503].contains(&answer.status))
    );
    assert_eq!((admins(&app, VERA), decided(&app, &path)), (1, 1));
    assert_eq!(events(&app, "role.granted").len(), 1);
}

#[actix_web::test]
async fn two_people_who_approve_often_at_once_count_once_each() {
    let app = TestApp::with(&[("TENANTRY_ADMIN_GRANTS", "two-person")]).await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let visitor = app.signed_in(&anna());
    let decision = format!("{path}/decision");
    let tries = (0..AT_ONCE).map(|_| visitor.post(&decision, &YES));
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
    join_all((0..AT_ONCE).map(|_| olga.post(&decision, &YES))).await;
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
        let tries = (0..AT_ONCE).map(|n| {
            let (visitor, decision, withdrawal, ravi) = (&visitor, &decision, &withdrawal, &ravi);
            async move {
                if (n + round) % 2 == 0 {
                    visitor.post(decision, &YES).await
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
