//! Where somebody is signed in, and the mails about their login that a manager may have sent (rules 12, 13, 26; S1, S6).

use crate::support::app::TestApp;
use crate::support::cast::{self, At, PASSWORD, holder, user};
use crate::support::mmdb;
use crate::support::smtp::link_in;
use crate::support::visitor::Visitor;
use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, sessions};
use tenantry::sessions::GeoIp;

const SAM: &str = "sam@acme.example";
const LEE: &str = "lee@globex.example";
const MINE: &str = "/me/security";

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}", user(email))
}

fn count(app: &TestApp, email: &str) -> i64 {
    app.sql(|conn| {
        sessions::table
            .filter(sessions::user_id.eq(user(email)))
            .count()
            .get_result(conn)
    })
}

fn events(app: &TestApp, action: &str) -> Vec<String> {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq(action))
            .filter(audit_events::chain_id.eq(cast::account("acme")))
            .order(audit_events::id)
            .select(audit_events::details)
            .load(conn)
    })
}

async fn is_in(visitor: &Visitor<'_>) -> bool {
    !visitor.get("/me").await.asks_to_sign_in()
}

#[actix_web::test]
async fn one_sees_where_one_is_signed_in_and_ends_one_or_all_others() {
    let app = TestApp::start().await;
    let (desk, phone) = (app.signed_in(SAM), app.signed_in(SAM));
    app.advance(Duration::minutes(30));
    let laptop = app.signed_in(SAM);
    let page = laptop.get(MINE).await;
    assert_eq!(page.page().h1(), "Security");
    let rows = page.page().texts("table.rows tbody tr");
    assert_eq!(rows.len(), 3);
    assert!(
        rows[0].contains("This browser"),
        "the newest first: {rows:?}"
    );
    assert!(!rows[0].contains("Sign out"));
    assert!(
        rows[1].contains("Last used") || rows[1].contains("30 minutes ago"),
        "{rows:?}"
    );
    assert!(rows[1].contains("192.0.2.1"), "{rows:?}");
    let forms = page.page().forms();
    let one = forms
        .iter()
        .find(|form| form.fields.iter().any(|(name, _)| name == "session"))
        .unwrap();
    let ended = laptop.submit(&page, one).await;
    assert!(
        laptop
            .follow(ended)
            .await
            .words()
            .contains("1 session ended.")
    );
    assert_eq!(count(&app, SAM), 2);
    let again = laptop.submit(&page, one).await;
    let said = laptop.follow(again).await.words();
    assert!(
        said.contains("You were not signed in there any more."),
        "{said}"
    );
    let page = laptop.get(MINE).await;
    let others = laptop
        .submit(&page, &page.page().form("Sign out others"))
        .await;
    assert_eq!(others.status, 303);
    assert!(is_in(&laptop).await);
    assert!(!is_in(&desk).await && !is_in(&phone).await);
    assert!(!laptop.get(MINE).await.page().has("form.push"));
    assert_eq!(events(&app, "session.ended").len(), 2);
}

#[actix_web::test]
async fn nobody_ends_a_session_of_somebody_else_by_its_id() {
    let app = TestApp::start().await;
    let (sam, vera) = (
        app.signed_in(SAM),
        app.signed_in(&holder("viewer", At::Dock4)),
    );
    let id: tenantry::db::types::SessionId = app.sql(|conn| {
        sessions::table
            .filter(sessions::user_id.eq(user(SAM)))
            .select(sessions::id)
            .first(conn)
    });
    let id = id.to_string();
    vera.post(MINE, &[("session", &id)]).await;
    // Nor a manager under the name of another person.
    let ravi = app.signed_in("ravi@acme.example");
    let ines = format!("{}/sessions", page_of("ines@acme.example"));
    ravi.post(&ines, &[("session", &id)]).await;
    assert!(is_in(&sam).await);
    assert!(events(&app, "session.ended").is_empty());
    for bad in ["x", "user_01h455vb4pex5vsknk084sn02q"] {
        assert_eq!(sam.post(MINE, &[("session", bad)]).await.status, 404);
    }
}

#[actix_web::test]
async fn sessions_that_are_over_are_not_listed() {
    let app = TestApp::start().await;
    let _old = app.signed_in(SAM);
    app.advance(Duration::hours(13));
    let sam = app.signed_in(SAM);
    let rows = sam.get(MINE).await.page().texts("table.rows tbody tr");
    assert_eq!(rows.len(), 1, "{rows:?}");
}

#[actix_web::test]
async fn a_manager_signs_somebody_out_here_or_everywhere_and_sees_no_network_address() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let empty = ravi.get(&page_of(SAM)).await;
    assert!(empty.words().contains("Not signed in anywhere now."));
    let (one, two) = (app.signed_in(SAM), app.signed_in(SAM));
    let page = ravi.get(&page_of(SAM)).await;
    assert!(!page.words().contains("192.0.2.1"), "{}", page.words());
    let forms = page.page().forms();
    let first = forms
        .iter()
        .find(|form| form.fields.iter().any(|(name, _)| name == "session"))
        .unwrap();
    let ended = ravi.submit(&page, first).await;
    let said = ravi.follow(ended).await.words();
    assert!(
        said.contains("Sam South was signed out: 1 session ended."),
        "{said}"
    );
    assert_eq!(count(&app, SAM), 1);
    assert_ne!(is_in(&one).await, is_in(&two).await);
    let page = ravi.get(&page_of(SAM)).await;
    let all = ravi
        .submit(&page, &page.page().form("Sign out everywhere"))
        .await;
    assert_eq!(all.location().as_deref(), Some(page_of(SAM).as_str()));
    assert!(!is_in(&one).await && !is_in(&two).await);
    assert_eq!(events(&app, "session.ended").len(), 2);
    let none = ravi.post(&format!("{}/sessions", page_of(SAM)), &[]).await;
    let said = ravi.follow(none).await.words();
    assert!(said.contains("was not signed in there any more"), "{said}");
}

#[actix_web::test]
async fn with_a_file_of_places_sessions_say_from_about_where_and_a_manager_sees_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("places.mmdb");
    for (town, country, said) in [
        (
            Some("Rotterdam"),
            Some("Netherlands"),
            "Rotterdam, Netherlands",
        ),
        (None, Some("Netherlands"), "Netherlands"),
        (None, None, ""),
    ] {
        std::fs::write(&file, mmdb::file([198, 51, 100], town, country)).unwrap();
        let app = TestApp::with(&[("TENANTRY_GEOIP_FILE", file.to_str().unwrap())]).await;
        let sam = app.visitor();
        sam.at_address("198.51.100.7");
        sam.sign_in(SAM).await;
        app.advance(Duration::minutes(1));
        let elsewhere = app.visitor();
        elsewhere.at_address("2001:db8::1");
        elsewhere.sign_in(SAM).await;
        let mine = sam.get(MINE).await;
        let rows = mine.page().texts("table.rows td[data-l=From]");
        assert_eq!(
            rows,
            ["2001:db8::1", format!("198.51.100.7 {said}").trim_end()]
        );
        let managed = app.signed_in("ravi@acme.example").get(&page_of(SAM)).await;
        let places = managed.page().texts("section[aria-labelledby=sessions] tbody th small, section[aria-labelledby=sessions] tbody th .muted");
        let expected: &[&str] = if said.is_empty() { &[] } else { &[said] };
        assert_eq!(places, expected);
        assert!(!managed.body.contains("198.51.100.7"));
    }
}

#[test]
fn what_is_no_file_of_places_refuses_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("places.mmdb");
    std::fs::write(&file, "town,country").unwrap();
    let error = GeoIp::new(Some(file)).load().unwrap_err();
    assert!(
        error.contains("places.mmdb is no MaxMind DB file"),
        "{error}"
    );
}

#[actix_web::test]
async fn sessions_and_mails_of_a_guests_login_belong_to_their_home() {
    let app = TestApp::start().await;
    let (lee, ravi) = (app.signed_in(LEE), app.signed_in("ravi@acme.example"));
    let page = ravi.get(&page_of(LEE)).await;
    for hidden in [
        "Sessions",
        "Sign out everywhere",
        "Send password reset mail",
    ] {
        assert!(
            !page.words().contains(hidden),
            "{hidden} in {}",
            page.words()
        );
    }
    for verb in ["sessions", "reset-mail", "unlock-mail"] {
        let sent = ravi.post(&format!("{}/{verb}", page_of(LEE)), &[]).await;
        assert_eq!(sent.status, 409, "{verb}");
        assert!(!sent.words().contains("Globex"));
        let dana = format!("{}/{verb}", page_of("dana@acme.example"));
        assert_eq!(ravi.post(&dana, &[]).await.status, 409, "{verb}");
    }
    assert!(is_in(&lee).await);
    assert!(app.deliver().await.is_empty());
    let vera = app.signed_in(&holder("viewer", At::Account));
    let page = vera.get(&page_of(SAM)).await;
    assert!(!page.words().contains("Sign out everywhere"));
}

#[actix_web::test]
async fn a_reset_mail_of_a_manager_goes_to_the_person_alone() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&page_of(SAM)).await;
    let form = page.page().form("Send password reset mail");
    let sent = ravi.submit(&page, &form).await;
    let shown = ravi.follow(sent).await;
    assert!(shown.words().contains("on its way to sam@acme.example"));
    assert!(!shown.body.contains("/reset-password/"));
    let first = app.deliver_one().await;
    assert_eq!(first.to, [SAM]);
    assert_eq!(first.subject(), "Reset your Tenantry password");
    for part in [first.text(), first.html()] {
        assert!(
            part.contains("Ravi Users (Acme) had this link sent to you"),
            "{part}"
        );
        assert!(!part.contains("192.0.2.1"), "nobody's address: {part}");
    }
    // The newest alone works, and it does what it is for.
    ravi.submit(&page, &form).await;
    let second = app.deliver_one().await;
    let path = |link: &str| url::Url::parse(link).unwrap().path().to_owned();
    let sam = app.visitor();
    let dead = sam.open(&path(&link_in(&first))).await;
    assert_eq!(dead.status, 410);
    let choose = sam.open(&path(&link_in(&second))).await;
    let form = choose.page().form("Change password");
    let done = sam
        .submit(&choose, &form.fill("password", "nine dry cardboard kites"))
        .await;
    assert_eq!(done.status, 200, "{}", done.words());
    assert_eq!(events(&app, "password.reset_requested").len(), 2);
    let inactive = page_of("ines@acme.example");
    let refused = ravi.post(&format!("{inactive}/reset-mail"), &[]).await;
    assert_eq!(refused.status, 409);
}

#[actix_web::test]
async fn rule_12_an_unlock_mail_of_a_manager_ends_the_lock_when_it_is_used() {
    let app = TestApp::start().await;
    let stranger = app.visitor();
    for _ in 0..10 {
        let fields = [("email", SAM), ("password", "wrong password here")];
        stranger.post("/sign-in", &fields).await;
    }
    app.deliver().await;
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&page_of(SAM)).await;
    assert!(page.words().contains("Locked"));
    let form = page.page().form("Send unlock mail");
    let sent = ravi.submit(&page, &form).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [SAM]);
    assert!(
        mail.text().contains("Sent by: Ravi Users (Acme)"),
        "{}",
        mail.text()
    );
    assert!(ravi.get(&page_of(SAM)).await.words().contains("Locked"));
    let path = url::Url::parse(&link_in(&mail)).unwrap().path().to_owned();
    let sam = app.visitor();
    let opened = sam.open(&path).await;
    sam.submit(&opened, &opened.page().form("Unlock my sign-in"))
        .await;
    sam.post("/sign-in", &[("email", SAM), ("password", PASSWORD)])
        .await;
    assert!(is_in(&sam).await);
    let late = ravi.submit(&page, &form).await;
    let said = ravi.follow(late).await.words();
    assert!(said.contains("was not locked any more"), "{said}");
    assert!(app.deliver().await.is_empty());
}
