//! Several accounts of one person: the switcher, where a switch lands, and the rule of a home that keeps its people.

use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::visitor::{Answer, Visitor};
use actix_web::http::Method;
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events};
use tenantry::members::Status;

const SECURITY: &str = "/accounts/acme/security";

async fn menu(visitor: &Visitor<'_>, query: &str) -> Answer {
    let ask = visitor.ask(Method::GET, &format!("/me/accounts{query}"));
    ask.header("hx-request", "true").send().await
}

/// Makes Sam a guest of many accounts.
fn many(app: &TestApp, count: usize) {
    app.sql(|conn| {
        for n in 0..count {
            let slug = format!("client-{n}");
            cast::insert_account(conn, &slug, &format!("Client {n}"), ("Project", "Projects"));
            cast::belong(
                conn,
                &slug,
                ("sam@acme.example", "Sam", "South"),
                true,
                Status::Active,
            );
            cast::give_at(conn, &slug, "sam@acme.example", "viewer");
        }
        Ok(())
    });
}

#[actix_web::test]
async fn the_menu_lists_the_accounts_with_the_role_in_each_and_marks_the_selected_one() {
    let app = TestApp::start().await;
    let lee = app.signed_in("lee@globex.example");
    let list = menu(&lee, "?at=acme").await;
    let page = list.page();
    assert_eq!(page.texts("a").len(), 2, "{}", list.body);
    assert!(
        page.text("a[aria-current]").contains("Acme Selected"),
        "{}",
        list.body
    );
    assert!(
        list.words().contains("Viewer in organizations"),
        "{}",
        list.words()
    );
    assert!(!page.has("form"), "two accounts need no search");
    assert!(!list.body.contains("<html"));
    let whole = lee.get("/accounts/acme").await.page();
    assert_eq!(whole.link("All accounts"), "/me/accounts");
    assert_eq!(
        whole.link("Switch account"),
        "/accounts?return=/accounts/acme"
    );
}

#[actix_web::test]
async fn with_more_than_seven_accounts_there_is_a_filter() {
    let app = TestApp::start().await;
    many(&app, 7);
    let sam = app.signed_in("sam@acme.example");
    assert!(
        menu(&sam, "?at=acme")
            .await
            .page()
            .has("form input[name=q]")
    );
    let found = menu(&sam, "?at=acme&q=client+3").await;
    assert_eq!(
        found.page().texts("a"),
        ["Client 3 Viewer"],
        "{}",
        found.body
    );
    let none = menu(&sam, "?q=zzz").await;
    assert!(
        none.words().contains("No account matches ‘zzz’."),
        "{}",
        none.words()
    );
    let page = sam.get("/me/accounts?q=client+3").await;
    assert!(
        page.words().contains("Client 3")
            && !page
                .page()
                .texts("main tbody tr")
                .join(" ")
                .contains("Client 4")
    );
}

#[actix_web::test]
async fn switching_leads_to_the_organization_last_used_in_that_account() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_organization(conn, "globex", "annex", "Annex");
        cast::give(conn, "lee@globex.example", "viewer", At::South);
        Ok(())
    });
    let lee = app.signed_in("lee@globex.example");
    for place in [
        "/accounts/acme/organizations/south",
        "/accounts/globex/organizations/hub",
    ] {
        assert_eq!(lee.get(place).await.status, 200);
    }
    let to = |answer: Answer| answer.location().unwrap();
    assert_eq!(
        to(lee.get("/?account=acme").await),
        "/accounts/acme/organizations/south"
    );
    assert_eq!(
        to(lee.get("/?account=globex").await),
        "/accounts/globex/organizations/hub"
    );
    assert_eq!(to(lee.get("/").await), "/accounts/globex/organizations/hub");
    // Without a cookie: the selected one, or the first by name.
    lee.forget("place");
    assert_eq!(
        to(lee.get("/?account=acme").await),
        "/accounts/acme/organizations/north"
    );
}

#[actix_web::test]
async fn a_forged_last_place_opens_nothing() {
    let app = TestApp::start().await;
    let sam = app.signed_in("sam@acme.example");
    let cookie = |value: &str| {
        actix_web::cookie::Cookie::build("place", value.to_owned())
            .path("/")
            .finish()
    };
    for value in [
        "globex.hub",
        "acme.north",
        "//x.example",
        "acme.north/globex.hub",
    ] {
        sam.keep(cookie(value));
        let to = sam.get("/").await.location().unwrap();
        assert_eq!(to, "/accounts/acme/organizations/south", "{value}");
    }
}

#[actix_web::test]
async fn owners_alone_decide_whether_people_may_be_guests_elsewhere() {
    let app = TestApp::start().await;
    let anna = app.signed_in(&cast::holder("admin", At::Account));
    assert_eq!(anna.get(SECURITY).await.status, 403);
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(SECURITY).await;
    let form = page.page().form("Save changes");
    assert_eq!(
        olga.submit(&page, &form.clone().untick("elsewhere", "allowed"))
            .await
            .status,
        422
    );
    let saved = olga
        .submit(&page, &form.clone().tick("elsewhere", "closed"))
        .await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    let exclusive: bool = app.sql(|conn| {
        accounts::table
            .filter(accounts::slug.eq("acme"))
            .select(accounts::exclusive)
            .first(conn)
    });
    assert!(exclusive);
    let details: String = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("settings.changed"))
            .select(audit_events::details)
            .first(conn)
    });
    assert!(
        details.contains(r#""after":{"exclusive":true}"#),
        "{details}"
    );
    // The page that was opened before is overtaken.
    let clash = olga.submit(&page, &form).await;
    assert_eq!(clash.status, 409);
    assert!(
        clash.words().contains("Not allowed") && clash.words().contains("Allowed"),
        "{}",
        clash.words()
    );
}
