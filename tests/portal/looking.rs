//! What a page says before anybody has to ask: who can change what one only sees (ux 5), which roles end with somebody
//! (ux 6.13), and who has asked for more time.

use diesel::prelude::*;
use tenantry::db::schema::grants;
use tenantry::db::types::{GrantId, Ts};

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};

const LIST: &str = "/accounts/acme/user-management";
const SECTION: &str = "/accounts/acme/user-management/projects";
const DOCK_4: &str = "/accounts/acme/organizations/north/projects/dock-4/users";
const SAM: &str = "sam@acme.example";
const LEE: &str = "lee@globex.example";

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}", user(email))
}

#[actix_web::test]
async fn whoever_only_looks_is_told_who_can_change_what_they_see() {
    let app = TestApp::start().await;
    let says = "Only people with User Management can change this. Ask: Anna admin at acme, Olga Owner, Ravi Users.";
    for reader in [
        holder("viewer", At::Account),
        holder("auditor", At::Account),
        holder("viewer", At::Dock4),
    ] {
        let visitor = app.signed_in(&reader);
        for path in [LIST, SECTION, DOCK_4] {
            let page = visitor.get(path).await;
            if page.status == 200 {
                assert!(page.words().contains(says), "{path}: {}", page.words());
            }
        }
    }
    let vera = app.signed_in(&holder("viewer", At::Account));
    for path in [LIST, SECTION, DOCK_4] {
        assert_eq!(vera.get(path).await.status, 200, "{path}");
    }
    // Whoever changes something there is not told so.
    for (manager, paths) in [
        ("ravi@acme.example".to_owned(), [LIST, SECTION, DOCK_4]),
        (
            holder("user_management", At::Dock4),
            [LIST, SECTION, DOCK_4],
        ),
    ] {
        let visitor = app.signed_in(&manager);
        for path in paths {
            let page = visitor.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            let says = "Only people with User Management can change this";
            assert!(!page.words().contains(says), "{manager} {path}");
        }
    }
}

#[actix_web::test]
async fn before_somebody_is_shut_out_or_removed_their_roles_are_named() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "billing", At::Dock4);
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&format!("{}/deactivate", page_of(SAM))).await;
    let words = page.words();
    let says = "These roles open nothing from then on: Billing · Dock 4 Viewer · Dock 9";
    assert!(words.contains(says), "{words}");
    assert!(!words.contains("that you do not see"), "{words}");
    let page = ravi.get(&format!("{}/remove", page_of(LEE))).await;
    let words = page.words();
    assert!(words.contains("These roles end: Viewer · North"), "{words}");
}

#[actix_web::test]
async fn s6_of_roles_out_of_sight_nothing_is_named_and_nothing_counted() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let (dock_4, dock_9) = (At::Dock4, At::Dock9);
        let uma = holder("user_management", At::Dock4);
        cast::give(conn, &uma, "user_management", dock_9);
        cast::give(conn, SAM, "billing", dock_4);
        // On the organization itself she sees nothing.
        cast::give(conn, SAM, "reporting", At::South);
        Ok(())
    });
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let page = uma.get(&format!("{}/deactivate", page_of(SAM))).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let words = page.words();
    assert!(
        words.contains("Billing · Dock 4 Viewer · Dock 9"),
        "{words}"
    );
    assert!(
        words.contains("Whatever they hold in places that you do not see"),
        "{words}"
    );
    assert!(!words.contains("Reporting"), "{words}");
}

#[actix_web::test]
async fn beyond_d_whoever_can_give_more_time_sees_on_the_persons_page_that_it_was_asked_for() {
    let app = TestApp::start().await;
    let grant: GrantId = app.sql(|conn| {
        cast::give(conn, SAM, "billing", At::Dock4);
        let ends: Ts = Ts::new("2026-03-31T22:00:00Z".parse().unwrap());
        let mine = grants::table
            .filter(grants::user_id.eq(user(SAM)))
            .filter(grants::role.eq("billing"));
        let id: GrantId = mine.select(grants::id).first(conn)?;
        diesel::update(grants::table.filter(grants::id.eq(id)))
            .set(grants::ends_at.eq(Some(ends)))
            .execute(conn)?;
        Ok(id)
    });
    let ravi = app.signed_in("ravi@acme.example");
    let says = "; asked for more time on 2 Mar 2026";
    assert!(!ravi.get(&page_of(SAM)).await.words().contains(says));
    let sam = app.signed_in(SAM);
    let page = sam.get(&format!("/me/more-time?role={grant}")).await;
    let form = page.page().form("Ask for more time");
    assert_eq!(sam.submit(&page, &form).await.status, 303);
    let words = ravi.get(&page_of(SAM)).await.words();
    assert!(words.contains(says), "{words}");
    // Whoever only looks has nothing to do with it.
    let vera = app.signed_in(&holder("viewer", At::Account));
    assert!(!vera.get(&page_of(SAM)).await.words().contains(says));
    // Another end answers it.
    let ends = format!("{}/role-ends?role={grant}", page_of(SAM));
    let page = ravi.get(&ends).await;
    let form = page.page().form("Save changes");
    let done = ravi
        .submit(&page, &form.fill("ends_on", "2026-04-30"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(!ravi.get(&page_of(SAM)).await.words().contains(says));
}
