//! Names: changed by who manages users, and by oneself (S1, S6, S16).

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::visitor::{Answer, Visitor};
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events, memberships, users};
use tenantry::members::Status;

const SAM: &str = "sam@acme.example";
const LEE: &str = "lee@globex.example";

fn name_page(email: &str) -> String {
    format!("/accounts/acme/users/{}/name", user(email))
}

async fn save(visitor: &Visitor<'_>, page: &Answer, first: &str, last: &str) -> Answer {
    let form = page.page().form("Save changes");
    let form = form.fill("first_name", first).fill("last_name", last);
    visitor.submit(page, &form).await
}

fn login_name(app: &TestApp, email: &str) -> (String, String) {
    app.sql(|conn| {
        users::table
            .filter(users::id.eq(user(email)))
            .select((users::first_name, users::last_name))
            .first(conn)
    })
}

/// Name and sort keys in an account.
fn called(app: &TestApp, account: &str, email: &str) -> (String, String, String) {
    app.sql(|conn| {
        memberships::table
            .filter(memberships::account_id.eq(cast::account(account)))
            .filter(memberships::user_id.eq(user(email)))
            .select((
                memberships::first_name,
                memberships::sort_key,
                memberships::last_key,
            ))
            .first(conn)
    })
}

/// Details and personal part of each change of a person, oldest first.
fn changes(app: &TestApp) -> Vec<(String, Option<String>)> {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("user.changed"))
            .order(audit_events::id)
            .select((audit_events::details, audit_events::personal))
            .load(conn)
    })
}

#[actix_web::test]
async fn a_user_manager_changes_a_name_and_lists_orders_and_the_log_follow() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let shown = ravi
        .get(&format!("/accounts/acme/users/{}", user(SAM)))
        .await;
    let href = shown.page().link("Change name");
    assert_eq!(href, name_page(SAM));
    let page = ravi.get(&href).await;
    assert_eq!(page.page().h1(), "Change name");
    let saved = save(&ravi, &page, " Aaron ", "Zulu").await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    let shown = ravi.follow(saved).await;
    assert_eq!(shown.page().h1(), "Aaron Zulu");
    assert!(shown.words().contains("The name was saved: Aaron Zulu."));
    assert_eq!(login_name(&app, SAM), ("Aaron".into(), "Zulu".into()));
    let expected = ("Aaron".into(), "aaron zulu".into(), "zulu".into());
    assert_eq!(called(&app, "acme", SAM), expected);
    let list = ravi.get("/accounts/acme/user-management").await.page();
    assert!(list.texts("tbody th a")[0].contains("Aaron Zulu"));
    let own = app.signed_in(SAM).get("/me").await;
    assert!(
        own.page()
            .text(".user-menu summary b")
            .contains("Aaron Zulu")
    );
    let changes = changes(&app);
    assert_eq!(changes.len(), 1);
    let (details, personal) = &changes[0];
    assert!(details.contains("first_name") && details.contains("last_name"));
    assert!(
        !details.contains("Aaron"),
        "a name under the seal: {details}"
    );
    let personal = personal.as_deref().unwrap();
    for says in ["Aaron Zulu", "Sam South", "Ravi Users"] {
        assert!(personal.contains(says), "{says} in {personal}");
    }
}

#[actix_web::test]
async fn whoever_changes_their_own_name_is_called_so_in_every_account_they_are_in() {
    let app = TestApp::start().await;
    let lee = app.signed_in(LEE);
    let page = lee.get("/me").await;
    assert_eq!(page.page().h1(), "Your profile");
    assert!(page.words().contains("Parent Account Globex"));
    let saved = save(&lee, &page, "Leonie", "Guest").await;
    assert_eq!(saved.location().as_deref(), Some("/me"));
    assert!(
        lee.follow(saved)
            .await
            .words()
            .contains("Your name was saved.")
    );
    assert_eq!(login_name(&app, LEE).0, "Leonie");
    for account in ["acme", "globex"] {
        assert_eq!(called(&app, account, LEE).1, "leonie guest", "{account}");
    }
    let chain = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("user.changed"))
            .select(audit_events::chain_id)
            .load::<tenantry::db::types::AccountId>(conn)
    });
    assert_eq!(chain, [cast::account("globex")], "the home's chain, once");
    let again = lee.get("/me").await;
    let same = save(&lee, &again, "Leonie", "Guest").await;
    assert!(lee.follow(same).await.words().contains("nothing changed"));
    assert_eq!(changes(&app).len(), 1);
}

#[actix_web::test]
async fn a_guests_name_belongs_to_their_home() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let shown = ravi
        .get(&format!("/accounts/acme/users/{}", user(LEE)))
        .await;
    let links = shown.page().links();
    assert!(!links.iter().any(|(words, _)| words == "Change name"));
    let fields = [("first_name", "Mine"), ("last_name", "Now")];
    for answer in [
        ravi.get(&name_page(LEE)).await,
        ravi.post(&name_page(LEE), &fields).await,
    ] {
        assert_eq!(answer.status, 409);
        assert!(answer.words().contains("managed by another account"));
        assert!(!answer.words().contains("Globex"));
    }
    assert_eq!(login_name(&app, LEE).0, "Lee");
    assert!(changes(&app).is_empty());
}

#[actix_web::test]
async fn whoever_is_invited_is_called_otherwise_here_and_their_login_is_not_touched() {
    let app = TestApp::start().await;
    let dana = "dana@acme.example";
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let page = uma.get(&name_page(dana)).await;
    assert!(page.words().contains("until they come in"));
    let saved = save(&uma, &page, "Danae", "Invited").await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    assert_eq!(called(&app, "acme", dana).0, "Danae");
    assert_eq!(login_name(&app, dana).0, "Dana");
}

#[actix_web::test]
async fn of_two_new_names_at_once_the_second_sees_both() {
    let app = TestApp::start().await;
    let (ravi, sam) = (app.signed_in("ravi@acme.example"), app.signed_in(SAM));
    let (first, second) = (sam.get("/me").await, ravi.get(&name_page(SAM)).await);
    assert_eq!(save(&sam, &first, "Samuel", "South").await.status, 303);
    app.advance(chrono::Duration::minutes(5));
    let clash = save(&ravi, &second, "Sammy", "South").await;
    assert_eq!(clash.status, 409, "{}", clash.words());
    let page = clash.page();
    assert_eq!(page.h1(), "Someone changed this first");
    for says in ["Sam South changed it 5 minutes ago", "Samuel", "Sammy"] {
        assert!(page.words().contains(says), "{says} in {}", page.words());
    }
    assert_eq!(login_name(&app, SAM).0, "Samuel");
    let over = ravi.submit(&clash, &page.form("Save mine over it")).await;
    assert_eq!(over.status, 303, "{}", over.words());
    assert_eq!(login_name(&app, SAM).0, "Sammy");
    // And the other way round: one's own form, overtaken by a manager.
    let clash = save(&sam, &first, "Sam", "South").await;
    assert_eq!(clash.status, 409);
    assert!(clash.words().contains("Ravi Users changed it"));
}

#[actix_web::test]
async fn a_password_set_meanwhile_overtakes_no_name() {
    let app = TestApp::start().await;
    let sam = app.signed_in(SAM);
    let page = sam.get("/me").await;
    app.sql(|conn| {
        diesel::update(users::table.filter(users::id.eq(user(SAM))))
            .set(users::version.eq(users::version + 1))
            .execute(conn)
    });
    assert_eq!(save(&sam, &page, "Samuel", "South").await.status, 303);
}

#[actix_web::test]
async fn a_name_that_cannot_be_stored_comes_back_as_it_was_typed() {
    let app = TestApp::start().await;
    let (ravi, sam) = (app.signed_in("ravi@acme.example"), app.signed_in(SAM));
    let long = "x".repeat(10_000);
    for (visitor, path) in [(&ravi, name_page(SAM)), (&sam, "/me".to_owned())] {
        for bad in ["", "  ", "\u{202e}evil", "!!", "a\u{0}b", &long] {
            let page = visitor.get(&path).await;
            let again = save(visitor, &page, bad, "South").await;
            assert_eq!(again.status, 422, "{bad:?}");
            assert_eq!(again.page().error_summary()[0].1, "first_name");
            assert!(again.page().title().starts_with("Error: "));
            let form = again.page().form("Save changes");
            assert!(form.fields.contains(&("last_name".into(), "South".into())));
        }
    }
    assert_eq!(login_name(&app, SAM).0, "Sam");
}

#[actix_web::test]
async fn about_oneself_the_page_of_a_manager_leads_to_the_profile() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let own = ravi.get(&name_page("ravi@acme.example")).await;
    assert_eq!(own.location().as_deref(), Some("/me"));
    let shown = ravi
        .get(&format!(
            "/accounts/acme/users/{}",
            user("ravi@acme.example")
        ))
        .await;
    assert_eq!(shown.page().link("Change name"), "/me");
    let fields = [("first_name", "Mine"), ("last_name", "Now")];
    let posted = ravi.post(&name_page("ravi@acme.example"), &fields).await;
    assert_eq!(posted.status, 403);
}

#[actix_web::test]
async fn in_a_frozen_account_the_plan_refuses_new_names() {
    let app = TestApp::start().await;
    let (ravi, sam) = (app.signed_in("ravi@acme.example"), app.signed_in(SAM));
    let (one, two) = (ravi.get(&name_page(SAM)).await, sam.get("/me").await);
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    for refused in [
        save(&ravi, &one, "Samuel", "South").await,
        save(&sam, &two, "Samuel", "South").await,
    ] {
        assert_eq!(refused.status, 403);
        assert!(refused.words().contains("The gate that refused: plan."));
    }
    assert_eq!(login_name(&app, SAM).0, "Sam");
}

#[actix_web::test]
async fn s3_whoever_is_shut_out_at_home_gives_themself_no_other_name() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::belong(conn, "globex", (SAM, "Sam", "South"), true, Status::Active);
        Ok(())
    });
    let sam = app.signed_in(SAM);
    let page = sam.get("/me").await;
    app.sql(|conn| {
        diesel::update(memberships::table)
            .filter(memberships::account_id.eq(cast::account("acme")))
            .filter(memberships::user_id.eq(user(SAM)))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
    let before = called(&app, "acme", SAM);
    let refused = save(&sam, &page, "Else", "Where").await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert_eq!(called(&app, "acme", SAM), before);
    assert_eq!(changes(&app).len(), 0);
}
