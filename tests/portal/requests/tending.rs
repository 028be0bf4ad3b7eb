//! What nobody starts: reminders and the end.

use super::*;
use chrono::Duration;

async fn tend(app: &TestApp) -> Vec<(String, Vec<String>)> {
    while tenantry::jobs::tend_requests_once(app.app()).await.unwrap() {}
    let mut sent: Vec<(String, Vec<String>)> = app
        .deliver()
        .await
        .into_iter()
        .map(|mail| (mail.subject(), mail.to))
        .collect();
    sent.sort();
    sent
}

/// Leaves only the request that the test makes.
fn alone(app: &TestApp) {
    app.sql(|conn| {
        diesel::update(requests::table)
            .set((
                requests::state.eq("withdrawn"),
                requests::due_at.eq(None::<tenantry::db::types::Ts>),
            ))
            .execute(conn)
    });
}

#[actix_web::test]
async fn reminders_go_out_after_three_and_ten_days_and_after_fourteen_it_ends() {
    let app = TestApp::start().await;
    alone(&app);
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    app.deliver().await;
    let asked = "Ravi Users asks for the Admin role for Vera viewer at acme".to_owned();
    for (days, mails) in [(2, 0), (1, 2), (1, 0), (6, 2), (3, 0)] {
        app.advance(Duration::days(days));
        let sent = tend(&app).await;
        assert_eq!(sent.len(), mails, "{days} more days: {sent:?}");
        assert!(sent.iter().all(|(subject, _)| *subject == asked));
    }
    app.advance(Duration::days(1));
    let sent = tend(&app).await;
    let subject = "Not approved: Admin role for Vera viewer at acme".to_owned();
    assert_eq!(
        sent,
        [
            (subject.clone(), vec!["ravi@acme.example".into()]),
            (subject, vec![VERA.into()])
        ]
    );
    assert_eq!(state(&app, &path), "expired");
    assert!(tend(&app).await.is_empty(), "it ends once");
    let visitor = app.signed_in(&anna());
    let fields = [("decision", "approve"), ("words", "Yes")];
    let late = visitor.post(&format!("{path}/decision"), &fields).await;
    let page = visitor.follow(late).await;
    assert!(
        page.words().contains("This request expired"),
        "{}",
        page.words()
    );
    assert_eq!(admins(&app, VERA), 0);
    assert_eq!(
        (
            events(&app, "request.reminded").len(),
            events(&app, "request.expired").len()
        ),
        (2, 1)
    );
}

#[actix_web::test]
async fn what_the_account_has_approved_reminds_the_operators() {
    let app = TestApp::start().await;
    alone(&app);
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    app.deliver().await;
    app.advance(Duration::days(3));
    let to: Vec<String> = tend(&app)
        .await
        .into_iter()
        .flat_map(|(_, to)| to)
        .collect();
    assert_eq!(to, ["olga@acme.example", "pat@globex.example"]);
}

#[actix_web::test]
async fn an_expired_request_can_be_made_again() {
    let app = TestApp::start().await;
    alone(&app);
    let ravi = app.signed_in("ravi@acme.example");
    let first = ask_for_vera(&ravi).await;
    app.advance(Duration::days(15));
    tend(&app).await;
    let second = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    assert_ne!(first, second);
}

#[actix_web::test]
async fn a_request_is_over_when_its_time_is_and_not_when_the_job_comes_by() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let path = ask_for_vera(&ravi).await;
    let dock = cast::project("dock-4").to_string();
    let sent = ask(&ravi, "sam@acme.example", &dock).await;
    let other = sent.location().unwrap();
    press(&app.signed_in(&anna()), &other, "Approve", "Yes").await;
    assert_eq!(state(&app, &other), "approved");
    app.advance(Duration::days(14));
    let says = "This request expired at 09:00 UTC: nobody had decided.";
    let yes = [("decision", "approve"), ("words", "Yes")];
    let visitor = app.signed_in(&anna());
    let page = visitor.get(&path).await;
    assert!(!page.body.contains("/decision"), "{}", page.words());
    assert!(page.words().contains("Expired"), "{}", page.words());
    for decision in ["approve", "refuse"] {
        let fields = [("decision", decision), ("words", "Yes")];
        let late = visitor.post(&format!("{path}/decision"), &fields).await;
        let page = visitor.follow(late).await;
        assert!(page.words().contains(says), "{}", page.words());
    }
    let pat = app.signed_in("pat@globex.example");
    let decision = format!("{}/decision", operator_page(&other));
    let late = pat.post(&decision, &yes).await;
    let page = pat.follow(late).await;
    assert!(page.words().contains(says), "{}", page.words());
    let list = pat.get("/operator/requests").await;
    assert!(!list.words().contains("Sam South"), "{}", list.words());
    let ravi = app.signed_in("ravi@acme.example");
    let late = ravi.post(&format!("{path}/withdraw"), &[]).await;
    let page = ravi.follow(late).await;
    assert!(page.words().contains(says), "{}", page.words());
    assert_eq!(
        (admins(&app, VERA), admins(&app, "sam@acme.example")),
        (0, 0)
    );
    // The same can be asked for at once.
    let again = ask_for_vera(&ravi).await;
    assert_ne!(again, path);
    assert_eq!(
        (state(&app, &path).as_str(), state(&app, &again).as_str()),
        ("expired", "waiting")
    );
    assert_eq!(events(&app, "request.expired").len(), 1);
}
