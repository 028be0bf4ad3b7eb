//! Addresses that only take forms, typed or reloaded: they lead to the page above, and tell nothing of anybody's account.

use actix_web::http::Method;
use std::collections::BTreeSet;
use tenantry::routes;

use crate::support::app::TestApp;

/// A pattern of the table with words in the place of its names.
fn filled(pattern: &str) -> String {
    pattern.replace(['{', '}'], "")
}

/// The nearest page above an address of the table.
fn above(pattern: &str, pages: &BTreeSet<&str>) -> String {
    let mut path = pattern;
    while let Some((shorter, _)) = path.rsplit_once('/') {
        path = shorter;
        if pages.contains(path) {
            return filled(path);
        }
    }
    "/".to_owned()
}

#[actix_web::test]
async fn a_typed_address_that_only_takes_forms_leads_to_the_page_above_it_whoever_asks() {
    let app = TestApp::start().await;
    let rows = routes::table();
    let pages = rows.iter().filter(|row| row.method == Method::GET);
    let pages: BTreeSet<&str> = pages.map(|row| row.path).collect();
    let (nobody, ravi) = (app.visitor(), app.signed_in("ravi@acme.example"));
    let mut tried = 0;
    for row in &rows {
        // A word beside the name of a page is that page's own matter.
        if pages.contains(row.path) {
            continue;
        }
        let path = filled(row.path);
        for visitor in [&nobody, &ravi] {
            let answer = visitor.get(&path).await;
            assert_eq!(answer.status, 303, "{path}");
            assert_eq!(answer.location(), Some(above(row.path, &pages)), "{path}");
            assert_eq!(answer.header("allow"), Some("POST"), "{path}");
        }
        let put = ravi.ask(Method::PUT, &path).send().await;
        assert_eq!(put.status, 405, "{path}");
        assert_eq!(put.header("allow"), Some("POST"), "{path}");
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}

#[actix_web::test]
async fn a_typed_address_that_only_takes_forms_tells_strangers_nothing_of_an_account() {
    let app = TestApp::start().await;
    let gil = app.signed_in("gil@globex.example");
    let ravi = app.signed_in("ravi@acme.example");
    for rest in ["user-management/import/check", "ownership/withdraw"] {
        let theirs = gil.get(&format!("/accounts/acme/{rest}")).await;
        let none = gil.get(&format!("/accounts/nowhere/{rest}")).await;
        assert_eq!(theirs.status, none.status);
        let (theirs, none) = (gil.follow(theirs).await, gil.follow(none).await);
        assert_eq!((theirs.status, none.status), (404, 404), "{rest}");
        let stranger = app.visitor().open(&format!("/accounts/acme/{rest}")).await;
        assert!(stranger.page().has("input[name=password]"), "{rest}");
    }
    let page = ravi.open("/accounts/acme/user-management/import/check");
    assert_eq!(page.await.page().h1(), "Import users");
}
