//! The portal of a test answers, keeps its cast, and hears its statements.

use crate::support::app::TestApp;
use crate::support::smtp::link_in;
use crate::support::{cast, dump, statements};
use diesel::prelude::*;

#[actix_web::test]
async fn the_portal_answers_with_its_headers() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let health = visitor.get("/healthz").await;
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    let nowhere = visitor.get("/no-such-page").await;
    assert_eq!(nowhere.status, 404);
    assert_eq!(nowhere.page().h1(), "Page not found");
    assert!(nowhere.header("content-security-policy").is_some());
}

#[actix_web::test]
async fn each_test_finds_the_same_cast() {
    let (one, two) = (TestApp::start().await, TestApp::start().await);
    let count = |conn: &mut tenantry::db::Conn| {
        tenantry::db::schema::users::table
            .count()
            .get_result::<i64>(conn)
    };
    assert_eq!(one.sql(count), 32);
    let name = |conn: &mut tenantry::db::Conn| {
        diesel::update(tenantry::db::schema::users::table)
            .set(tenantry::db::schema::users::first_name.eq("X"))
            .execute(conn)
    };
    assert_eq!(one.sql(name), 32);
    let olga = cast::user("olga@acme.example");
    let first = two.sql(|conn| {
        let one =
            tenantry::db::schema::users::table.filter(tenantry::db::schema::users::id.eq(olga));
        one.select(tenantry::db::schema::users::first_name)
            .first::<String>(conn)
    });
    assert_eq!(first, "Olga");
    let rows = two.sql(|conn| Ok(dump::rows(conn, &["users.first_name"])));
    assert_eq!(rows["users"].len(), 32);
    assert!(!rows["users"].concat().contains("first_name"));
    assert!(rows["accounts"].concat().contains("Reservations"));
}

#[actix_web::test]
async fn an_installation_can_be_empty() {
    let app = TestApp::unclaimed().await;
    let rows = app.sql(|conn| Ok(dump::rows(conn, &[])));
    assert!(rows.values().all(Vec::is_empty), "{rows:?}");
    assert!(app.deliver().await.is_empty());
}

#[actix_web::test]
async fn statements_are_heard() {
    statements::listen();
    let app = TestApp::start().await;
    let ask = app.app().db().read(tenantry::db::Cost::Bounded, |conn| {
        Ok(tenantry::db::schema::accounts::table
            .count()
            .get_result::<i64>(conn)?)
    });
    let (count, heard) = statements::during(&app, ask).await;
    assert_eq!(count.unwrap(), 2);
    assert_eq!(heard.len(), 1, "{heard:?}");
    if !app.is_postgres() {
        let plan = app.sql(|conn| Ok(statements::plan(conn, &heard[0])));
        assert!(plan[0].starts_with("SCAN accounts"), "{plan:?}");
    }
}

#[actix_web::test]
async fn a_visitor_signs_in_keeps_the_cookie_and_leaves_again() {
    let app = TestApp::start().await;
    let (by_page, by_hand) = (
        app.visitor(),
        app.signed_in("mia.manager.north@acme.example"),
    );
    assert_eq!(by_page.get("/sign-in").await.status, 200);
    by_page.sign_in("mia.manager.north@acme.example").await;
    for visitor in [&by_page, &by_hand] {
        // Whoever is in has no need of the page.
        assert_eq!(
            visitor.get("/sign-in").await.location().as_deref(),
            Some("/")
        );
    }
    assert!(by_page.cookie("session").is_some());
    let page = by_page.get("/sign-out").await;
    let gone = by_page.submit(&page, &page.page().form("Sign out")).await;
    assert_eq!(gone.status, 303, "{}", gone.words());
    assert_eq!(by_page.get("/sign-in").await.status, 200);
    assert_eq!(by_hand.get("/sign-in").await.status, 303);
}

#[actix_web::test]
async fn mail_is_delivered_by_hand() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let asked = visitor
        .post("/forgot-password", &[("email", "ravi@acme.example")])
        .await;
    assert!(asked.status < 400, "{}", asked.words());
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, ["ravi@acme.example"]);
    let link = link_in(&mail);
    let path = link
        .strip_prefix(app.app().config().public_url.origin())
        .unwrap();
    assert!(path.starts_with("/reset-password/"), "{link}");
    let page = visitor.open(path).await;
    assert_eq!(page.status, 200, "{}", page.words());
    assert!(
        !page.path.contains(path),
        "the token is still in the address: {}",
        page.path
    );
    assert!(app.deliver().await.is_empty(), "each mail goes once");
}

#[actix_web::test]
async fn time_place_and_cookies_are_the_tests_to_change() {
    let app = TestApp::start().await;
    let path = format!("/welcome/{}", cast::DANA_TOKEN);
    let works = app.visitor().open(&path).await;
    assert_eq!(works.status, 200, "{}", works.words());
    app.advance(chrono::Duration::hours(25));
    let over = app.visitor().open(&path).await;
    assert_ne!(
        over.page().h1(),
        works.page().h1(),
        "the link works for 48 hours"
    );

    let visitor = app.visitor();
    visitor.at_address("203.0.113.9");
    visitor.sign_in("gil@globex.example").await;
    let from: String = app.sql(|conn| {
        use tenantry::db::schema::sessions;
        sessions::table.select(sessions::address).first(conn)
    });
    assert_eq!(from, "203.0.113.9");
    visitor.forget("session");
    assert!(visitor.get("/accounts").await.asks_to_sign_in());
}
