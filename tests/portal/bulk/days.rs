//! From which day on, and until which, roles hold that are given by *Add role* and *Add to Reservation*, to one person or
//! to several (beyond D; ux 7.9).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, grants};
use tenantry::db::types::{ChangeId, GrantId, Ts};

use super::{BULK, RAVI, SAM, agree, on_dock, rows, says, select};
use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::visitor::{Answer, Visitor};

const DOCK: &str = "/accounts/acme/organizations/north/projects/dock-4";

fn ts(text: &str) -> Ts {
    Ts::new(text.parse().unwrap())
}

/// Beginning and end of what somebody holds on Dock 4.
fn during(app: &TestApp, email: &str) -> Vec<(Option<Ts>, Option<Ts>)> {
    let scope = GrantId::from_uuid(cast::project("dock-4").uuid());
    app.sql(|conn| {
        grants::table
            .filter(grants::scope_id.eq(scope))
            .filter(grants::user_id.eq(user(email)))
            .select((grants::starts_at, grants::ends_at))
            .load(conn)
    })
}

/// The form with Dock 4 and Viewer, from one day until another.
async fn choose(
    visitor: &Visitor<'_>,
    act: &str,
    people: &[&str],
    (first, last): (&str, &str),
) -> Answer {
    let page = select(visitor, act, people).await;
    let form = page.page().form("Review");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let form = form.tick("role", "viewer").fill("starts_on", first);
    visitor.submit(&page, &form.fill("ends_on", last)).await
}

#[actix_web::test]
async fn rule_4_roles_added_to_one_or_to_several_hold_from_their_first_day_to_their_last() {
    let bill = holder("billing", At::North);
    for (act, people) in [("give", vec![SAM]), ("join", vec![SAM, &bill])] {
        let app = TestApp::start().await;
        let ravi = app.signed_in(RAVI);
        let review = choose(&ravi, act, &people, ("2026-03-09", "2026-03-10")).await;
        assert_eq!(review.status, 200, "{}", review.words());
        let line = "Gets Viewer on Dock 4 from 9 March 2026 until 10 March 2026, the last day.";
        assert_eq!(
            review.words().matches(line).count(),
            people.len(),
            "{}",
            review.words()
        );
        says(&agree(&ravi, &review).await, &[line]);
        let days = (
            Some(ts("2026-03-09T00:00:00Z")),
            Some(ts("2026-03-11T00:00:00Z")),
        );
        for email in &people {
            assert_eq!(during(&app, email), [days], "{act} {email}");
        }
        let mail = app.deliver().await.swap_remove(0);
        assert_eq!(mail.subject(), "You can soon work on Dock 4");
        let events: Vec<String> = app.sql(|conn| {
            audit_events::table
                .filter(audit_events::action.eq("role.changed"))
                .select(audit_events::details)
                .load(conn)
        });
        assert_eq!(events.len(), people.len());
        assert!(
            events[0].contains("2026-03-09T00:00:00") && events[0].contains("2026-03-11T00:00:00"),
            "{events:?}"
        );
        assert_eq!(app.signed_in(SAM).get(DOCK).await.status, 404);
        app.advance(Duration::days(8));
        assert_eq!(app.signed_in(SAM).get(DOCK).await.status, 200);
        app.advance(Duration::days(2));
        assert_eq!(app.signed_in(SAM).get(DOCK).await.status, 404);
    }
}

#[actix_web::test]
async fn an_end_before_the_start_is_corrected_beside_its_field_and_nothing_is_done() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = rows(&app);
    for (act, first, last, field) in [
        ("give", "2026-04-02", "2026-04-01", "ends_on"),
        ("join", "2026-04-02", "2026-04-01", "ends_on"),
        ("give", "2026-03-01", "", "starts_on"),
        ("join", "", "soon", "ends_on"),
    ] {
        let again = choose(&ravi, act, &[SAM], (first, last)).await;
        assert_eq!(again.status, 422, "{}", again.words());
        let summary = again.page().error_summary();
        assert!(
            summary.len() == 1 && summary[0].1 == field,
            "{act} {first} {last}: {summary:?}"
        );
        let form = again.page().form("Review");
        let dock = cast::project("dock-4").to_string();
        for (name, value) in [
            ("starts_on", first),
            ("ends_on", last),
            ("role", "viewer"),
            ("place", &dock),
        ] {
            let typed = (name.to_owned(), value.to_owned());
            assert!(form.fields.contains(&typed), "{typed:?} in {form:?}");
        }
    }
    // What is agreed to is asked once more: nobody gets around the form.
    let review = choose(&ravi, "give", &[SAM], ("", "2026-04-01")).await;
    let form = review.page().form("Submit").fill("starts_on", "2026-04-02");
    let again = ravi.submit(&review, &form).await;
    assert_eq!(again.status, 422, "{}", again.words());
    assert_eq!(rows(&app), before);
    assert!(on_dock(&app, SAM).is_empty());
}

#[actix_web::test]
async fn days_other_than_those_of_the_review_are_looked_at_again_and_a_day_that_is_over_is_refused()
{
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let review = choose(&ravi, "give", &[SAM], ("", "2026-03-03")).await;
    let form = review.page().form("Submit");
    let longer = form.clone().fill("ends_on", "2027-03-03");
    let again = ravi.submit(&review, &longer).await;
    assert_eq!(again.status, 200, "{}", again.words());
    says(&again, &["until 3 March 2027, the last day."]);
    assert!(on_dock(&app, SAM).is_empty(), "nobody looked at that");
    app.advance(Duration::days(3));
    let ravi = app.signed_in(RAVI);
    let late = ravi.submit(&review, &form).await;
    assert_eq!(late.status, 422, "{}", late.words());
    assert_eq!(late.page().error_summary()[0].1, "ends_on");
    assert!(on_dock(&app, SAM).is_empty());
}

#[actix_web::test]
async fn a_role_that_one_holds_for_another_time_stays_and_is_told() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    let ravi = app.signed_in(RAVI);
    let review = choose(&ravi, "give", &[SAM, &vera], ("", "2026-03-31")).await;
    says(
        &review,
        &[
            "1 will be done, 1 skipped.",
            "Gets Viewer on Dock 4 until 31 March 2026, the last day.",
            "Holds this on Dock 4 already. Viewer: held already without an end; change it on their page.",
        ],
    );
    agree(&ravi, &review).await;
    assert_eq!(during(&app, &vera), [(None, None)]);
    // And for the same time it is only held.
    let review = choose(&ravi, "give", &[SAM], ("", "2026-03-31")).await;
    says(&review, &["Holds this on Dock 4 already."]);
    assert!(
        !review.words().contains("held already"),
        "{}",
        review.words()
    );
}

#[actix_web::test]
async fn what_is_taken_away_asks_for_no_days() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let vera = holder("viewer", At::Dock4);
    let dock = cast::project("dock-4").to_string();
    for (act, asks) in [
        ("give", true),
        ("join", true),
        ("take", false),
        ("leave", false),
    ] {
        let page = select(&ravi, act, &[&vera]).await.page();
        assert_eq!(
            page.has("#starts_on") && page.has("#ends_on"),
            asks,
            "{act}"
        );
    }
    let fields = [
        ("act", "take"),
        ("change", &ChangeId::new().to_string()),
        ("person", &user(&vera).to_string()),
        ("place", &dock),
        ("role", "viewer"),
        ("starts_on", "nonsense"),
    ];
    let review = ravi.post(BULK, &fields).await;
    assert_eq!(review.status, 200, "{}", review.words());
    says(&review, &["Loses Viewer on Dock 4"]);
}
