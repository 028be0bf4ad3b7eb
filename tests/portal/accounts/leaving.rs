//! Leaving an account as a guest, and laying down one's own roles (rule 14, S12, S22).

use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events, grants, memberships};
use tenantry::db::types::OrganizationId;

fn acme(page: &str) -> String {
    format!("/me/{page}?account={}", cast::account("acme"))
}

fn held(app: &TestApp, email: &str) -> i64 {
    app.sql(|conn| {
        grants::table
            .filter(grants::account_id.eq(cast::account("acme")))
            .filter(grants::user_id.eq(cast::user(email)))
            .count()
            .get_result(conn)
    })
}

fn is_in(app: &TestApp, email: &str) -> bool {
    app.sql(|conn| {
        memberships::table
            .filter(memberships::account_id.eq(cast::account("acme")))
            .filter(memberships::user_id.eq(cast::user(email)))
            .count()
            .get_result::<i64>(conn)
    }) == 1
}

fn freeze(app: &TestApp) {
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
}

#[actix_web::test]
async fn s12_a_guest_sees_what_ends_and_leaves_and_the_account_hears_of_it() {
    let app = TestApp::start().await;
    freeze(&app);
    let lee = app.signed_in("lee@globex.example");
    let page = lee
        .get(&lee.get("/me/accounts").await.page().link("Leave Acme"))
        .await;
    let words = page.words();
    for says in [
        "Viewer in North",
        "You will not see Acme any more",
        "you have to be invited again",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    let left = lee
        .follow(lee.submit(&page, &page.page().form("Leave Acme")).await)
        .await;
    assert!(left.words().contains("You left Acme."), "{}", left.words());
    assert!(!is_in(&app, "lee@globex.example") && held(&app, "lee@globex.example") == 0);
    assert_eq!(
        lee.get("/accounts/acme/organizations/north").await.status,
        404
    );
    assert_eq!(lee.get("/accounts/globex").await.status, 200);
    let told: i64 = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("user.left"))
            .filter(audit_events::chain_id.eq(cast::account("acme")))
            .count()
            .get_result(conn)
    });
    assert_eq!(told, 1);
    let mails = app.deliver().await;
    let to_olga = mails
        .iter()
        .find(|mail| mail.to == ["olga@acme.example"])
        .unwrap();
    assert_eq!(to_olga.subject(), "Lee Guest left Acme");
    assert!(!to_olga.text().contains("Globex"));
}

#[actix_web::test]
async fn nobody_leaves_their_home_or_an_account_that_they_are_not_in() {
    let app = TestApp::start().await;
    let sam = app.signed_in("sam@acme.example");
    let words = sam.get(&acme("leave")).await.words();
    assert!(words.contains("Acme is your home account"), "{words}");
    let id = cast::account("acme").to_string();
    assert_eq!(
        sam.post("/me/leave", &[("account", &id)])
            .await
            .location()
            .as_deref(),
        Some("/me/accounts")
    );
    assert!(is_in(&app, "sam@acme.example"));
    let gil = app.signed_in("gil@globex.example");
    for page in ["leave", "roles"] {
        let elsewhere = gil.follow(gil.get(&acme(page)).await).await;
        assert!(
            elsewhere
                .words()
                .contains("You do not belong to that account"),
            "{}",
            elsewhere.words()
        );
        assert!(!elsewhere.words().contains("Acme"));
        let sent = gil.post(&format!("/me/{page}"), &[("account", &id)]).await;
        assert_eq!(sent.location().as_deref(), Some("/me/accounts"));
    }
}

#[actix_web::test]
async fn s12_roles_of_ones_own_are_laid_down_even_in_a_frozen_account() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, "sam@acme.example", "billing", At::Dock4);
        Ok(())
    });
    freeze(&app);
    let sam = app.signed_in("sam@acme.example");
    let page = sam.get(&acme("roles")).await;
    let form = page.page().form("Lay down");
    assert_eq!(sam.submit(&page, &form).await.status, 422);
    let billing = form
        .offered
        .iter()
        .find(|choice| page.body.contains(&choice.value))
        .unwrap()
        .clone();
    let laid = sam
        .follow(sam.submit(&page, &form.tick("grant", &billing.value)).await)
        .await;
    assert!(
        laid.words().contains("You laid down a role in Acme."),
        "{}",
        laid.words()
    );
    assert_eq!(held(&app, "sam@acme.example"), 1);
    // The log of the organization tells of it, too (rule 27).
    let places: Vec<Option<OrganizationId>> = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("role.revoked"))
            .select(audit_events::organization_id)
            .load(conn)
    });
    assert!(matches!(places.as_slice(), [Some(_)]), "{places:?}");
}

#[actix_web::test]
async fn a_role_of_somebody_elses_is_not_laid_down() {
    let app = TestApp::start().await;
    let (sam, id) = (
        app.signed_in("sam@acme.example"),
        cast::account("acme").to_string(),
    );
    let theirs = cast::grant_id(
        "ravi@acme.example",
        "user_management",
        cast::account("acme").uuid(),
    );
    let sent = sam
        .post(
            "/me/roles",
            &[("account", &id), ("grant", &theirs.to_string())],
        )
        .await;
    assert_eq!(sent.status, 422);
    assert_eq!(held(&app, "ravi@acme.example"), 1);
}

#[actix_web::test]
async fn s12_the_last_owner_neither_lays_ownership_down_nor_leaves() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&acme("roles")).await;
    let form = page.page().form("Lay down");
    let owner = form.offered[0].value.clone();
    let refused = olga.submit(&page, &form.tick("grant", &owner)).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert!(
        refused.words().contains("without an Owner"),
        "{}",
        refused.words()
    );
    assert_eq!(held(&app, "olga@acme.example"), 1);
    // As a guest who owns it alone.
    app.sql(|conn| {
        diesel::update(memberships::table)
            .filter(memberships::user_id.eq(cast::user("olga@acme.example")))
            .set(memberships::kind.eq("guest"))
            .execute(conn)
    });
    let page = olga.get(&acme("leave")).await;
    assert!(
        page.words().contains("The last Owner cannot leave"),
        "{}",
        page.words()
    );
    let refused = olga.submit(&page, &page.page().form("Leave Acme")).await;
    assert_eq!(refused.status, 403);
    assert!(is_in(&app, "olga@acme.example") && held(&app, "olga@acme.example") == 1);
}
