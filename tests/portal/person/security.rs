//! Another password while one is signed in, and the browsers that one is known in (ux 6.29; S19).

use actix_web::http::Method;
use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, known_devices, sessions, users};

use crate::support::app::TestApp;
use crate::support::cast::{self, At, PASSWORD, holder, user};
use crate::support::smtp::link_in;
use crate::support::visitor::{Answer, Visitor};

const SAM: &str = "sam@acme.example";
const MINE: &str = "/me/security";
const NEW: &str = "nine dry cardboard kites";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

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

fn sessions_of(app: &TestApp, email: &str) -> i64 {
    app.sql(|conn| {
        sessions::table
            .filter(sessions::user_id.eq(user(email)))
            .count()
            .get_result(conn)
    })
}

fn browsers_of(app: &TestApp, email: &str) -> i64 {
    app.sql(|conn| {
        known_devices::table
            .filter(known_devices::user_id.eq(user(email)))
            .count()
            .get_result(conn)
    })
}

fn hash_of(app: &TestApp, email: &str) -> Option<String> {
    app.sql(|conn| {
        users::table
            .filter(users::id.eq(user(email)))
            .select(users::password_hash)
            .first(conn)
    })
}

/// Signs in as a browser does that says who it is.
async fn sign_in(visitor: &Visitor<'_>, agent: &str, password: &str) -> Answer {
    visitor
        .ask(Method::POST, "/sign-in")
        .header("user-agent", agent)
        .fields(&[("email", SAM), ("password", password)])
        .send()
        .await
}

async fn change(visitor: &Visitor<'_>, now: &str, new: &str) -> Answer {
    let page = visitor.get(MINE).await;
    let form = page
        .page()
        .form("Change password")
        .fill("password", now)
        .fill("new_password", new);
    visitor.submit(&page, &form).await
}

async fn is_in(visitor: &Visitor<'_>) -> bool {
    !visitor.get("/me").await.asks_to_sign_in()
}

#[actix_web::test]
async fn rule_13_a_new_password_ends_every_other_session_and_is_told_to_the_person() {
    let app = TestApp::start().await;
    let (sam, phone) = (app.visitor(), app.visitor());
    assert_eq!(sign_in(&sam, FIREFOX, PASSWORD).await.status, 303);
    assert_eq!(sign_in(&phone, "curl/8", PASSWORD).await.status, 303);
    app.visitor()
        .post("/forgot-password", &[("email", SAM)])
        .await;
    let asked = app.deliver_one().await;
    assert_eq!(browsers_of(&app, SAM), 2);

    let done = change(&sam, PASSWORD, NEW).await;
    assert_eq!(done.location().as_deref(), Some(MINE), "{}", done.words());
    let shown = sam.follow(done).await.words();
    assert!(
        shown.contains("Your password was changed. 1 other session ended."),
        "{shown}"
    );
    assert!(shown.contains("Last changed on 2 Mar 2026"), "{shown}");
    assert!(is_in(&sam).await && !is_in(&phone).await);
    assert_eq!(sessions_of(&app, SAM), 1);
    assert_eq!(browsers_of(&app, SAM), 0, "browsers are strange after it");
    let notice = app.deliver_one().await;
    assert_eq!(notice.to, [SAM]);
    assert_eq!(notice.subject(), "Your Tenantry password was changed");
    let written = events(&app, "password.changed");
    assert_eq!(written.len(), 1);
    assert!(written[0].contains("\"sessions_ended\":1"), "{written:?}");
    // A link to reset it that was asked for before does nothing any more.
    let path = url::Url::parse(&link_in(&asked)).unwrap().path().to_owned();
    assert_eq!(app.visitor().open(&path).await.status, 410);

    let (old, new) = (app.visitor(), app.visitor());
    assert_eq!(sign_in(&old, FIREFOX, PASSWORD).await.status, 422);
    assert_eq!(sign_in(&new, FIREFOX, NEW).await.status, 303);
}

#[actix_web::test]
async fn the_password_of_now_is_asked_for_however_young_the_session_is() {
    let app = TestApp::start().await;
    let sam = app.signed_in(SAM);
    let before = hash_of(&app, SAM);
    for (typed, said) in [
        ("", "Enter your password"),
        ("not it at all", "This password is not right"),
    ] {
        let again = change(&sam, typed, NEW).await;
        assert_eq!(again.status, 422);
        assert_eq!(
            again.page().error_summary(),
            [(said.to_owned(), "password".to_owned())]
        );
        assert!(!again.body.contains(NEW), "no password comes back");
    }
    // Guessing here locks like guessing at the sign-in page.
    for _ in 0..9 {
        change(&sam, "not it at all", NEW).await;
    }
    let locked = change(&sam, PASSWORD, NEW).await;
    assert_eq!(locked.status, 422);
    assert!(
        locked.words().contains("Your sign-in is locked"),
        "{}",
        locked.words()
    );
    assert_eq!(hash_of(&app, SAM), before);
    assert!(events(&app, "password.changed").is_empty());
}

#[actix_web::test]
async fn a_password_that_may_not_be_is_refused_beside_its_field() {
    let app = TestApp::start().await;
    let sam = app.signed_in(SAM);
    let before = hash_of(&app, SAM);
    for (new, said) in [
        ("short", "Use at least 12 characters; this has 5."),
        (PASSWORD, "Choose another password than the one you have"),
        ("", "Use at least 12 characters; this has 0."),
    ] {
        let again = change(&sam, PASSWORD, new).await;
        assert_eq!(again.status, 422, "{new}");
        assert_eq!(
            again.page().error_summary(),
            [(said.to_owned(), "new_password".to_owned())]
        );
    }
    let guessable = change(&sam, PASSWORD, "password1234").await;
    assert_eq!(guessable.status, 422);
    assert_eq!(hash_of(&app, SAM), before);
    let nobody = app
        .visitor()
        .post("/me/security/password", &[("password", PASSWORD)])
        .await;
    assert!(nobody.asks_to_sign_in());
}

#[actix_web::test]
async fn of_two_changes_at_once_both_need_the_password_of_their_moment() {
    let app = TestApp::start().await;
    let (one, two) = (app.signed_in(SAM), app.signed_in(SAM));
    assert_eq!(change(&one, PASSWORD, NEW).await.status, 303);
    let late = change_blindly(&two).await;
    assert!(late.asks_to_sign_in(), "the other session has ended");
    assert_eq!(
        change(&one, PASSWORD, "another ten wet stones")
            .await
            .status,
        422
    );
}

async fn change_blindly(visitor: &Visitor<'_>) -> Answer {
    let fields = [("password", PASSWORD), ("new_password", NEW)];
    visitor.post("/me/security/password", &fields).await
}

#[actix_web::test]
async fn s19_one_sees_the_browsers_one_is_known_in_and_forgets_one_or_all() {
    let app = TestApp::start().await;
    let (sam, phone) = (app.visitor(), app.visitor());
    sign_in(&phone, "something else", PASSWORD).await;
    app.advance(Duration::hours(2));
    sign_in(&sam, FIREFOX, PASSWORD).await;
    let page = sam.get(MINE).await;
    let rows = page
        .page()
        .texts("section[aria-labelledby=browsers] tbody tr");
    assert_eq!(rows.len(), 2);
    assert!(
        rows[0].contains("Firefox on Linux") && rows[0].contains("This browser"),
        "the last used first: {rows:?}"
    );
    assert!(
        rows[1].contains("An unknown browser") && rows[1].contains("2 hours ago"),
        "{rows:?}"
    );
    let forms = page.page().forms();
    let forget: Vec<_> = forms
        .iter()
        .filter(|form| form.fields.iter().any(|(name, _)| name == "browser"))
        .collect();
    let gone = sam.submit(&page, forget[1]).await;
    let said = sam.follow(gone).await.words();
    assert!(said.contains("1 browser forgotten."), "{said}");
    assert_eq!(browsers_of(&app, SAM), 1);
    assert!(is_in(&phone).await, "who is signed in stays so");
    let again = sam.submit(&page, forget[1]).await;
    let said = sam.follow(again).await.words();
    assert!(said.contains("was not known any more"), "{said}");
    assert_eq!(events(&app, "browser.forgotten").len(), 1);
    // Without a choice: all.
    sam.post("/me/security/browsers", &[]).await;
    assert_eq!(browsers_of(&app, SAM), 0);
    assert!(is_in(&sam).await);
    assert!(
        sam.get(MINE)
            .await
            .words()
            .contains("A browser is known once you sign in")
    );
}

#[actix_web::test]
async fn nobody_forgets_a_browser_of_somebody_else() {
    let app = TestApp::start().await;
    let sam = app.visitor();
    sign_in(&sam, FIREFOX, PASSWORD).await;
    let id: tenantry::db::types::BrowserId = app.sql(|conn| {
        known_devices::table
            .filter(known_devices::user_id.eq(user(SAM)))
            .select(known_devices::id)
            .first(conn)
    });
    let vera = app.signed_in(&holder("viewer", At::Dock4));
    let id = id.to_string();
    for field in [id.as_str(), ""] {
        let sent = vera
            .post("/me/security/browsers", &[("browser", field)])
            .await;
        assert_eq!(sent.status, 303);
    }
    assert_eq!(browsers_of(&app, SAM), 1);
    assert!(events(&app, "browser.forgotten").is_empty());
    for bad in ["x", "user_01h455vb4pex5vsknk084sn02q"] {
        let sent = sam.post("/me/security/browsers", &[("browser", bad)]).await;
        assert_eq!(sent.status, 404);
    }
}

#[actix_web::test]
async fn s19_a_browser_that_was_forgotten_is_locked_out_with_the_address() {
    let app = TestApp::start().await;
    let sam = app.visitor();
    sign_in(&sam, FIREFOX, PASSWORD).await;
    let stranger = app.visitor();
    stranger.at_address("198.51.100.9");
    for _ in 0..10 {
        sign_in(&stranger, "curl/8", "wrong password here").await;
    }
    assert_eq!(
        sign_in(&sam, FIREFOX, PASSWORD).await.status,
        303,
        "a known browser has a count of its own"
    );
    sam.post("/me/security/browsers", &[]).await;
    sam.post("/sign-out", &[]).await;
    assert_eq!(sign_in(&sam, FIREFOX, PASSWORD).await.status, 422);
}
