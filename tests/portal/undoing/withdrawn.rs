//! The withdrawal of an invitation (ux 5; rules 9 and 10; S16, S22).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{accounts, links, memberships, users};
use tenantry::members::Status;

use super::{OLGA, RAVI, rights, undo};
use crate::support::app::TestApp;
use crate::support::cast::{self, At, DANA_TOKEN, PASSWORD, holder, user};
use crate::support::record::how_many;
use crate::support::smtp::{Message, link_in};
use crate::support::visitor::{Answer, Visitor};

const DANA: &str = "dana@acme.example";

/// Where the link in a mail leads.
fn path_of(mail: &Message) -> String {
    url::Url::parse(&link_in(mail)).unwrap().path().to_owned()
}

/// *Withdraw invitation*, as far as the page after it.
async fn withdraw(visitor: &Visitor<'_>) -> Answer {
    let page = format!("/accounts/acme/users/{}", user(DANA));
    let page = visitor.get(&page).await;
    let form = page.page().form("Withdraw invitation");
    let done = visitor.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let flash = visitor.follow(done).await;
    let says = "The invitation of Dana Invited was withdrawn. Its link stopped working.";
    assert!(flash.words().contains(says), "{}", flash.words());
    flash
}

/// How many links of Dana's work.
fn alive(app: &TestApp) -> i64 {
    let now = app.now();
    app.sql(|conn| {
        links::table
            .filter(links::user_id.eq(user(DANA)))
            .filter(links::used_at.is_null())
            .filter(links::superseded_at.is_null())
            .filter(links::withdrawn_at.is_null())
            .filter(links::expires_at.gt(now))
            .count()
            .get_result(conn)
    })
}

fn here(app: &TestApp) -> i64 {
    app.sql(|conn| {
        let dana = memberships::table.filter(memberships::user_id.eq(user(DANA)));
        dana.count().get_result(conn)
    })
}

#[actix_web::test]
async fn a_withdrawn_invitation_is_back_as_it_was_with_a_new_link() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let mut before = rights(&app);
    let flash = withdraw(&ravi).await;
    assert_eq!((here(&app), alive(&app)), (0, 0));
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let shown = ravi.follow(done).await;
    for says in [
        "The withdrawal was taken back: Dana Invited is invited again, with the roles they had.",
        "A new link was sent to dana@acme.example; it works until",
    ] {
        assert!(shown.words().contains(says), "{}", shown.words());
    }
    assert_eq!(alive(&app), 1);
    assert_eq!(how_many(&app, "user.invite_restored"), 1);
    let mut after = rights(&app);
    let others = |rows: &mut Vec<String>| rows.retain(|row| !row.contains("link_expires_at"));
    others(before.get_mut("memberships").unwrap());
    others(after.get_mut("memberships").unwrap());
    assert_eq!(after, before);
    // The old link says that there is a newer one, and that one leads in.
    let old = app.visitor();
    let old = old.open(&format!("/welcome/{DANA_TOKEN}")).await;
    assert!(old.words().contains("newer link"), "{}", old.words());
    let mail = app.deliver_one().await;
    assert_eq!(mail.subject(), "Your new link for Acme");
    let dana = app.visitor();
    let page = dana.open(&path_of(&mail)).await;
    let form = page.page().form("Set password and sign in");
    let set = dana.submit(&page, &form.fill("password", PASSWORD)).await;
    assert_eq!(set.status, 303, "{}", set.words());
    dana.sign_in(DANA).await;
    let dock = "/accounts/acme/organizations/north/projects/dock-4";
    assert_eq!(dana.get(dock).await.status, 200);
    // A second time there is nothing to take back.
    assert_eq!(undo(&ravi, &flash).await.status, 404);
}

#[actix_web::test]
async fn a_withdrawal_is_taken_back_by_whoever_made_it_in_time_and_while_they_may() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let flash = withdraw(&ravi).await;
    let form = flash.page().form("Undo");
    for other in [OLGA.to_owned(), holder("viewer", At::Account)] {
        let other = app.signed_in(&other);
        let status = other.submit(&flash, &form).await.status;
        assert!([403, 404].contains(&status), "{status}");
    }
    app.advance(Duration::minutes(10));
    let late = undo(&ravi, &flash).await;
    assert_eq!(late.status, 409, "{}", late.words());
    assert_eq!((here(&app), alive(&app)), (0, 0));
}

#[actix_web::test]
async fn whoever_was_added_anew_since_a_withdrawal_keeps_what_they_were_given_then() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let flash = withdraw(&ravi).await;
    let fields = [
        ("first_name", "Dana"),
        ("last_name", "Ruiz"),
        ("email", DANA),
        ("page", "single"),
        ("place", &cast::project("dock-9").to_string()),
        ("role", "billing"),
        (
            "submission",
            &tenantry::db::types::SubmissionId::new().to_string(),
        ),
    ];
    let new = "/accounts/acme/user-management/new/roles";
    assert_eq!(ravi.post(new, &fields).await.status, 303);
    let before = rights(&app);
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert_eq!(rights(&app), before);
    assert_eq!(alive(&app), 1);
}

#[actix_web::test]
async fn rule_9_of_an_old_invitation_no_link_goes_out_before_its_roles_are_confirmed() {
    let app = TestApp::start().await;
    app.advance(Duration::hours(60));
    let ravi = app.signed_in(RAVI);
    let flash = withdraw(&ravi).await;
    let shown = ravi.follow(undo(&ravi, &flash).await).await;
    let says = "Their link no longer works. The invitation is old: confirm its roles";
    assert!(shown.words().contains(says), "{}", shown.words());
    assert_eq!((here(&app), alive(&app)), (1, 0));
    assert!(app.deliver().await.is_empty());
    let href = format!("/accounts/acme/users/{}/resend", user(DANA));
    let links = shown.page().links();
    assert!(
        links.contains(&("Resend".to_owned(), href.clone())),
        "{links:?}"
    );
    let person = ravi
        .get(&format!("/accounts/acme/users/{}", user(DANA)))
        .await;
    let row = person
        .page()
        .texts("section[aria-labelledby=invitations] tbody tr");
    let back = "which was taken back: no link works until one is sent again";
    assert!(
        row.first().is_some_and(|newest| newest.contains(back)),
        "{row:?}"
    );
    let confirm = ravi.get(&href).await;
    assert_eq!(confirm.status, 200, "{}", confirm.words());
}

#[actix_web::test]
async fn s22_a_frozen_account_withdraws_an_invitation_and_does_not_take_that_back() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let flash = withdraw(&ravi).await;
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert!(refused.words().contains("The gate that refused: plan."));
    assert_eq!(here(&app), 0);
}

#[actix_web::test]
async fn s16_that_a_home_keeps_its_people_to_itself_is_not_told_by_taking_a_withdrawal_back() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let globex = accounts::table.filter(accounts::slug.eq("globex"));
        diesel::update(globex)
            .set(accounts::exclusive.eq(true))
            .execute(conn)?;
        diesel::update(users::table.find(user(DANA)))
            .set(users::home_account_id.eq(Some(cast::account("globex"))))
            .execute(conn)?;
        diesel::update(memberships::table.filter(memberships::user_id.eq(user(DANA))))
            .set((
                memberships::kind.eq("guest"),
                memberships::status.eq(Status::Invited.as_str()),
            ))
            .execute(conn)
    });
    let ravi = app.signed_in(RAVI);
    let flash = withdraw(&ravi).await;
    let shown = ravi.follow(undo(&ravi, &flash).await).await;
    let says = "A new link was sent to dana@acme.example; it works until";
    assert!(shown.words().contains(says), "{}", shown.words());
    let mail = app.deliver_one().await;
    assert!(!mail.text().contains("/welcome/"), "{}", mail.text());
}

#[actix_web::test]
async fn whoever_found_a_home_elsewhere_since_a_withdrawal_is_invited_anew_as_a_guest() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let flash = withdraw(&ravi).await;
    app.sql(|conn| {
        diesel::update(users::table.find(user(DANA)))
            .set(users::home_account_id.eq(Some(cast::account("globex"))))
            .execute(conn)
    });
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert_eq!((here(&app), alive(&app)), (0, 0));
}
