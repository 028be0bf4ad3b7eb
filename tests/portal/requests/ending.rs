//! A request ends with the membership of whom it is for: no approval waits for who is invited or let in again (rule 18,
//! S4).

use super::*;
use crate::support::record::status;

const OLGA: &str = "olga@acme.example";
const RAVI: &str = "ravi@acme.example";
const LEE: &str = "lee@globex.example";
const DANA: &str = "dana@acme.example";

fn act(email: &str, what: &str) -> String {
    format!("/accounts/acme/users/{}/{what}", user(email))
}

/// Opens the page that asks, and presses its button.
async fn sure(visitor: &Visitor<'_>, path: &str, button: &str) {
    let page = visitor.get(path).await;
    let done = visitor.submit(&page, &page.page().form(button)).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

/// Ravi adds this person to Dock 4 again, as a Viewer.
async fn add_again(app: &TestApp, email: &str) {
    let submission = tenantry::db::types::SubmissionId::new().to_string();
    let place = cast::project("dock-4").to_string();
    let fields = [
        ("first_name", "The"),
        ("last_name", "Same"),
        ("email", email),
        ("page", "single"),
        ("place", place.as_str()),
        ("role", "viewer"),
        ("submission", submission.as_str()),
    ];
    let path = "/accounts/acme/user-management/new/roles";
    let again = app.signed_in(RAVI).post(path, &fields).await;
    assert_eq!(again.status, 303, "{}", again.words());
    assert_eq!(status(app, email), "invited");
}

/// The operator confirms by a page that was opened before.
async fn confirm_late(app: &TestApp, asks: &Answer) -> String {
    let pat = app.signed_in("pat@globex.example");
    let form = asks.page().form("Confirm").fill("words", "Yes");
    let late = pat.submit(asks, &form).await;
    assert_eq!(late.status, 303, "{}", late.words());
    pat.follow(late).await.words()
}

/// What the log says of the requests that ended.
fn because(app: &TestApp) -> Vec<String> {
    let details = events(app, "request.withdrawn").into_iter();
    let details = details.map(|one| serde_json::from_str::<serde_json::Value>(&one).unwrap());
    let mut all: Vec<String> = details
        .map(|one| one["because"].as_str().unwrap_or_default().to_owned())
        .collect();
    all.sort();
    all
}

#[actix_web::test]
async fn rule_18_an_approval_for_a_guest_who_was_removed_is_not_there_when_they_are_added_again() {
    let app = TestApp::start().await;
    let north = cast::organization("north").to_string();
    let path = ask(&app.signed_in(RAVI), LEE, &north)
        .await
        .location()
        .unwrap();
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    assert_eq!(state(&app, &path), "approved");
    let pat = app.signed_in("pat@globex.example");
    let asks = pat.get(&operator_page(&path)).await;
    sure(&app.signed_in(OLGA), &act(LEE, "remove"), "Remove guest").await;
    add_again(&app, LEE).await;
    let words = confirm_late(&app, &asks).await;
    assert!(words.contains("This request ended at 09:00 UTC"), "{words}");
    let lee = app.signed_in(LEE);
    let acme = cast::account("acme").to_string();
    let accept = [("account", acme.as_str()), ("answer", "accept")];
    assert_eq!(lee.post("/me/invitation", &accept).await.status, 303);
    assert_eq!(status(&app, LEE), "active");
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, LEE)),
        ("withdrawn", 0)
    );
    assert_eq!(because(&app), ["they are in the account no longer"]);
    // It can be asked for anew.
    let anew = ask(&app.signed_in(RAVI), LEE, &north).await;
    assert_eq!(state(&app, &anew.location().unwrap()), "waiting");
}

#[actix_web::test]
async fn rule_18_an_approval_for_who_was_invited_goes_with_the_invitation() {
    let app = TestApp::start().await;
    let path = format!("{LIST}/{}", cast::request(DANA));
    assert_eq!(state(&app, &path), "approved");
    let pat = app.signed_in("pat@globex.example");
    let asks = pat.get(&operator_page(&path)).await;
    let ravi = app.signed_in(RAVI);
    assert_eq!(ravi.post(&act(DANA, "cancel"), &[]).await.status, 303);
    add_again(&app, DANA).await;
    confirm_late(&app, &asks).await;
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, DANA)),
        ("withdrawn", 0)
    );
}

#[actix_web::test]
async fn s4_an_approval_does_not_come_back_with_who_is_deactivated_and_reactivated() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let path = ask_for_vera(&ravi).await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    let pat = app.signed_in("pat@globex.example");
    let asks = pat.get(&operator_page(&path)).await;
    sure(&ravi, &act(VERA, "deactivate"), "Deactivate User").await;
    assert_eq!(because(&app), ["they were deactivated"]);
    sure(&ravi, &act(VERA, "reactivate"), "Reactivate User").await;
    confirm_late(&app, &asks).await;
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, VERA)),
        ("withdrawn", 0)
    );
}

#[actix_web::test]
async fn s3_who_asked_and_is_shut_out_or_gone_is_not_told_of_the_decision() {
    for button in ["Approve", "Refuse"] {
        let app = TestApp::with(&[("TENANTRY_ADMIN_GRANTS", "existing-admin")]).await;
        app.sql(|conn| {
            cast::give(conn, LEE, "user_management", At::North);
            Ok(())
        });
        let (olga, north) = (app.signed_in(OLGA), cast::organization("north"));
        let by_ravi = ask_for_vera(&app.signed_in(RAVI)).await;
        let rita = holder("reporting", At::North);
        let by_lee = ask(&app.signed_in(LEE), &rita, &north.to_string()).await;
        let by_lee = by_lee.location().unwrap();
        sure(&olga, &act(RAVI, "deactivate"), "Deactivate User").await;
        sure(&olga, &act(LEE, "remove"), "Remove guest").await;
        app.deliver().await;
        for (path, person) in [(by_ravi, VERA), (by_lee, rita.as_str())] {
            press(&app.signed_in(&anna()), &path, button, "So it is.").await;
            let sent = app.deliver().await;
            let mut to: Vec<&str> = sent.iter().map(|mail| mail.to[0].as_str()).collect();
            to.sort_unstable();
            assert!(to.contains(&person), "{button}: {to:?}");
            assert!(
                !to.contains(&RAVI) && !to.contains(&LEE),
                "{button}: {to:?}"
            );
        }
    }
}

#[actix_web::test]
async fn s3_who_asked_and_is_shut_out_is_not_told_that_nobody_decided() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    sure(
        &app.signed_in(OLGA),
        &act(RAVI, "deactivate"),
        "Deactivate User",
    )
    .await;
    app.advance(chrono::Duration::days(14));
    app.deliver().await;
    while tenantry::jobs::tend_requests_once(app.app()).await.unwrap() {}
    assert_eq!(state(&app, &path), "expired");
    let sent = app.deliver().await;
    let about = sent
        .iter()
        .filter(|mail| mail.text().contains("Vera viewer"));
    let to: Vec<&str> = about
        .flat_map(|mail| &mail.to)
        .map(String::as_str)
        .collect();
    assert!(to.contains(&VERA), "{to:?}");
    assert!(!to.contains(&RAVI), "{to:?}");
}
