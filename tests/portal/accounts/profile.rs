//! Account Profile (ux 6.16), and the form that two people change at once.

use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::visitor::{Answer, Visitor};
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events};

const PROFILE: &str = "/accounts/acme/profile";

fn stored(app: &TestApp) -> (String, String, bool, i64) {
    app.sql(|conn| {
        accounts::table
            .filter(accounts::slug.eq("acme"))
            .select((
                accounts::name,
                accounts::country,
                accounts::notifications,
                accounts::version,
            ))
            .first(conn)
    })
}

fn changes(app: &TestApp) -> Vec<String> {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("account.changed"))
            .order(audit_events::id)
            .select(audit_events::details)
            .load(conn)
    })
}

/// Opens the profile and sends it with these fields in place of what is there.
async fn save(visitor: &Visitor<'_>, fields: &[(&str, &str)]) -> Answer {
    let page = visitor.get(PROFILE).await;
    assert_eq!(page.status, 200, "{}", page.words());
    send(visitor, &page, fields).await
}

async fn send(visitor: &Visitor<'_>, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let mut form = page.page().form("Save changes");
    for (name, value) in fields {
        form = if form
            .offered
            .iter()
            .any(|choice| choice.name == *name && choice.value == *value)
        {
            form.tick(name, value)
        } else {
            form.fill(name, value)
        };
    }
    visitor.submit(page, &form).await
}

#[actix_web::test]
async fn an_owner_changes_the_profile_and_the_log_has_what_changed() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(PROFILE).await.page();
    assert_eq!(page.h1(), "Account Profile");
    let words = page.words();
    for label in [
        "Company name",
        "Country",
        "Email notifications",
        "Enable",
        "Disable",
        "Turns off notices. Security and sign-in mail is always sent",
        "Time zone",
        "Support contact",
    ] {
        assert!(words.contains(label), "{label} in {words}");
    }
    let fields = [
        ("company_name", "Acme Works"),
        ("country", "FR"),
        ("notifications", "off"),
        ("time_zone", "Europe/Paris"),
        ("support", "help@acme.example"),
    ];
    let saved = save(&olga, &fields).await;
    assert_eq!(
        saved.location().as_deref(),
        Some(PROFILE),
        "{}",
        saved.words()
    );
    assert_eq!(stored(&app), ("Acme Works".into(), "FR".into(), false, 2));
    let changes = changes(&app);
    assert_eq!(changes.len(), 1);
    assert!(changes[0].contains(r#""name":"Acme Works""#), "{changes:?}");
    assert!(
        !changes[0].contains("help@acme"),
        "an address in {changes:?}"
    );
    let again = olga.follow(saved).await;
    assert!(again.words().contains("The profile was saved."));
    assert!(
        again.words().contains("help@acme.example"),
        "whom to write to stands at the foot"
    );
}

#[actix_web::test]
async fn saving_what_is_there_already_changes_nothing() {
    let app = TestApp::start().await;
    let before = stored(&app);
    let olga = app.signed_in("olga@acme.example");
    let saved = save(&olga, &[]).await;
    assert_eq!(saved.status, 303);
    assert_eq!((stored(&app), changes(&app).len()), (before, 0));
}

#[actix_web::test]
async fn a_profile_that_cannot_be_saved_comes_back_as_it_was_typed() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let fields = [
        ("company_name", ""),
        ("support", "not an address"),
        ("word", "own"),
        ("word_singular", "<b>"),
        ("word_plural", "Oasen"),
    ];
    let again = save(&olga, &fields).await;
    assert_eq!(again.status, 422);
    let page = again.page();
    let wrong: Vec<String> = page
        .error_summary()
        .into_iter()
        .map(|(_, field)| field)
        .collect();
    assert_eq!(wrong, ["company_name", "support", "word_singular"]);
    let form = page.form("Save changes");
    assert!(
        form.fields
            .contains(&("word_plural".into(), "Oasen".into()))
    );
    assert!(
        form.fields
            .contains(&("support".into(), "not an address".into()))
    );
    assert!(page.title().starts_with("Error: "));
}

#[actix_web::test]
async fn who_may_only_look_is_told_why_and_whom_to_ask() {
    let app = TestApp::start().await;
    let vera = app.signed_in(&cast::holder("viewer", At::Account));
    let page = vera.get(PROFILE).await;
    assert_eq!(page.status, 200);
    let words = page.words();
    assert!(
        words.contains(
            "Only Owners and Admins can change the profile. Ask: Anna admin at acme, Olga Owner."
        ),
        "{words}"
    );
    assert!(words.contains("Reservation, Reservations"), "{words}");
    assert!(!page.page().has("main form"));
    assert_eq!(
        vera.post(PROFILE, &[("company_name", "Mine")]).await.status,
        403
    );
    let bill = app.signed_in(&cast::holder("billing", At::Account));
    assert_eq!(bill.get(PROFILE).await.status, 403);
}

#[actix_web::test]
async fn every_short_address_leads_to_its_page_in_the_account() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    for (short, page) in [
        ("/user-management", "/accounts/acme/user-management"),
        (
            "/reservation-users",
            "/accounts/acme/user-management#project-users",
        ),
        ("/roles", "/accounts/acme/roles"),
        ("/account/organizations", "/accounts/acme/organizations"),
        ("/account/profile", PROFILE),
    ] {
        let answer = olga.get(short).await;
        assert_eq!(answer.status, 302, "{short}");
        assert_eq!(answer.location().as_deref(), Some(page), "{short}");
        let page = page.split('#').next().unwrap();
        assert_eq!(olga.get(page).await.status, 200, "{page}");
    }
    let users = olga.get("/accounts/acme/user-management").await;
    assert!(users.page().has("#project-users"));
}

#[actix_web::test]
async fn the_short_address_and_the_side_lead_to_the_profile() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    assert_eq!(
        olga.get("/account/profile").await.location().as_deref(),
        Some(PROFILE)
    );
    assert_eq!(
        olga.get("/accounts/acme")
            .await
            .page()
            .link("Account Profile"),
        PROFILE
    );
    let bill = app.signed_in(&cast::holder("billing", At::Account));
    let links = bill.get("/accounts/acme").await.page().links();
    assert!(!links.iter().any(|(_, href)| href == PROFILE), "{links:?}");
}

#[actix_web::test]
async fn of_two_who_save_at_once_the_second_sees_both_versions_and_nothing_is_overwritten() {
    let app = TestApp::start().await;
    let (olga, anna) = (
        app.signed_in("olga@acme.example"),
        app.signed_in(&cast::holder("admin", At::Account)),
    );
    let (first, second) = (olga.get(PROFILE).await, anna.get(PROFILE).await);
    let done = send(
        &olga,
        &first,
        &[("company_name", "Acme One"), ("country", "FR")],
    )
    .await;
    assert_eq!(done.status, 303);
    app.advance(chrono::Duration::minutes(5));
    let clash = send(&anna, &second, &[("company_name", "Acme Two")]).await;
    assert_eq!(clash.status, 409, "{}", clash.words());
    assert_eq!(stored(&app).0, "Acme One");
    let page = clash.page();
    assert_eq!(page.h1(), "Someone changed this first");
    let words = page.words();
    for says in [
        "Olga Owner changed it 5 minutes ago (2 Mar 2026, 09:00 UTC)",
        "Nothing of yours was saved",
        "Acme One",
        "Acme Two",
        "France",
        "Germany",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    assert!(
        !words.contains("Email notifications"),
        "what is the same is left out: {words}"
    );
    assert_eq!(page.link("Keep it as it is now"), PROFILE);

    // Knowingly: the same form again, with the version that was shown.
    let over = anna.submit(&clash, &page.form("Save mine over it")).await;
    assert_eq!(over.status, 303, "{}", over.words());
    assert_eq!(stored(&app), ("Acme Two".into(), "DE".into(), true, 3));
}

#[actix_web::test]
async fn a_clash_can_clash_again() {
    let app = TestApp::start().await;
    let (olga, anna) = (
        app.signed_in("olga@acme.example"),
        app.signed_in(&cast::holder("admin", At::Account)),
    );
    let page = anna.get(PROFILE).await;
    save(&olga, &[("company_name", "One")]).await;
    let first = send(&anna, &page, &[("company_name", "Mine")]).await;
    save(&olga, &[("company_name", "Two")]).await;
    let second = anna
        .submit(&first, &first.page().form("Save mine over it"))
        .await;
    assert_eq!(second.status, 409);
    assert!(second.words().contains("Two") && second.words().contains("Mine"));
    assert_eq!(stored(&app).0, "Two");
    let done = anna
        .submit(&second, &second.page().form("Save mine over it"))
        .await;
    assert_eq!((done.status, stored(&app).0.as_str()), (303, "Mine"));
}

#[actix_web::test]
async fn a_form_that_lost_its_version_overwrites_nothing() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(PROFILE).await;
    for version in ["", "x", "99999999999999999999", "7"] {
        let sent = send(
            &olga,
            &page,
            &[("company_name", "Mine"), ("version", version)],
        )
        .await;
        assert_eq!(sent.status, 409, "{version:?}: {}", sent.words());
    }
    assert_eq!(stored(&app).0, "Acme");
}

#[actix_web::test]
async fn a_frozen_account_shows_its_profile_and_the_plan_refuses_the_change() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let refused = save(&olga, &[("company_name", "Mine")]).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.words().contains("The gate that refused: plan."),
        "{}",
        refused.words()
    );
}

#[actix_web::test]
async fn answers_to_the_accounts_mails_go_to_its_support_contact_and_times_are_its_own() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    save(
        &olga,
        &[
            ("support", "help@acme.example"),
            ("time_zone", "Asia/Tokyo"),
        ],
    )
    .await;
    let dana = cast::user("dana@acme.example");
    app.advance(chrono::Duration::minutes(2));
    let sent = olga
        .post(&format!("/accounts/acme/users/{dana}/resend"), &[])
        .await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let mail = app.deliver_one().await;
    assert_eq!(
        mail.header("Reply-To").as_deref(),
        Some("help@acme.example")
    );
    let text = mail.text();
    assert!(
        text.contains("Questions? Write to help@acme.example."),
        "{text}"
    );
    assert!(text.contains("4 March 2026, 18:02 JST"), "{text}");
}
