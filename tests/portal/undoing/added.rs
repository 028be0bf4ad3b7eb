//! Somebody who was added to the account (rule 7, ux 7.3).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, links, memberships, outbox, users};
use tenantry::db::types::UserId;
use tenantry::members::Status;

use super::{OLGA, RAVI, rights, undo};
use crate::support::app::TestApp;
use crate::support::cast;
use crate::support::visitor::{Answer, Visitor};

const NEW: &str = "/accounts/acme/user-management/new";
const NORA: &str = "nora@new.example";

/// Add New User up to its second page, and then *Submit*.
async fn add(visitor: &Visitor<'_>, email: &str) -> (Answer, Answer) {
    let first = visitor.get(NEW).await;
    let form = first.page().form("Add User").fill("first_name", "Nora");
    let form = form.fill("last_name", "New").fill("email", email);
    let second = visitor.submit(&first, &form).await;
    let flash = submit(visitor, &second).await;
    (second, flash)
}

async fn submit(visitor: &Visitor<'_>, second: &Answer) -> Answer {
    let form = second.page().form("Submit").tick("role", "viewer");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let done = visitor.submit(second, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    visitor.follow(done).await
}

/// The way in that the page after *Submit* shows.
fn way_in(flash: &Answer) -> String {
    let link = flash.page().text("#welcome-link");
    url::Url::parse(&link).unwrap().path().to_owned()
}

/// How many of Nora's links are alive, and how her mails stand.
fn left(app: &TestApp) -> (i64, Vec<String>) {
    app.sql(|conn| {
        let alive = links::table
            .filter(links::email.eq(NORA))
            .filter(links::used_at.is_null())
            .filter(links::superseded_at.is_null())
            .filter(links::withdrawn_at.is_null());
        let mails = outbox::table.filter(outbox::recipient.eq(NORA));
        Ok((
            alive.count().get_result(conn)?,
            mails.select(outbox::state).load(conn)?,
        ))
    })
}

#[actix_web::test]
async fn whoever_was_added_a_moment_ago_is_not_and_their_mail_never_leaves() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = rights(&app);
    let (_, flash) = add(&ravi, NORA).await;
    let says = "Nora New added to Dock 4. Welcome mail queued to nora@new.example.";
    assert!(flash.words().contains(says), "{}", flash.words());
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let shown = ravi.follow(done).await;
    let says = "Nora New was not added to Acme after all. The mail had not left, and is not sent.";
    assert!(shown.words().contains(says), "{}", shown.words());
    assert_eq!(rights(&app), before);
    assert_eq!(left(&app), (0, vec!["dropped".to_owned()]));
    assert!(app.deliver().await.is_empty());
    let opened = app.visitor().open(&way_in(&flash)).await;
    assert!(!opened.body.contains("new-password"), "{}", opened.words());
    assert_eq!(undo(&ravi, &flash).await.status, 404);
    let withdrawn: i64 = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("user.invite_revoked"))
            .count()
            .get_result(conn)
    });
    assert_eq!(withdrawn, 1);
    // They can be added again, and that can be taken back, too.
    let (_, flash) = add(&ravi, NORA).await;
    assert_eq!(undo(&ravi, &flash).await.status, 303);
    assert_eq!(rights(&app), before);
}

#[actix_web::test]
async fn whoever_was_added_in_several_places_is_in_none_of_them() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = rights(&app);
    let first = ravi.get(NEW).await;
    let form = first.page().form("Add User").fill("first_name", "Nora");
    let form = form.fill("last_name", "New").fill("email", NORA);
    let second = ravi.submit(&first, &form).await;
    let form = second.page().form("Submit").tick("role", "viewer");
    let form = form
        .forge("place2", &cast::organization("south").to_string())
        .forge("role2", "billing")
        .fill("ends_on", "2026-04-30");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let done = ravi.submit(&second, &form).await;
    let flash = ravi.follow(done).await;
    let says = "Nora New added to Dock 4, South.";
    assert!(flash.words().contains(says), "{}", flash.words());
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
}

#[actix_web::test]
async fn after_the_mail_has_left_its_link_is_void() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = rights(&app);
    let (_, flash) = add(&ravi, NORA).await;
    app.deliver_one().await;
    let done = undo(&ravi, &flash).await;
    let shown = ravi.follow(done).await;
    let says = "not added to Acme after all. The link that was mailed no longer works.";
    assert!(shown.words().contains(says), "{}", shown.words());
    assert_eq!(rights(&app), before);
    assert_eq!(left(&app).0, 0);
}

#[actix_web::test]
async fn the_form_sent_twice_is_taken_back_once_from_either_answer() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = rights(&app);
    let (second, flash) = add(&ravi, NORA).await;
    let again = submit(&ravi, &second).await;
    let done = undo(&ravi, &again).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
    assert_eq!(undo(&ravi, &flash).await.status, 404);
}

#[actix_web::test]
async fn an_addition_to_the_account_is_taken_back_by_whoever_made_it_and_in_time() {
    let app = TestApp::start().await;
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in(OLGA));
    let (_, flash) = add(&ravi, NORA).await;
    let after = rights(&app);
    assert_eq!(undo(&olga, &flash).await.status, 404);
    app.advance(Duration::minutes(10));
    let late = undo(&app.signed_in(RAVI), &flash).await;
    assert_eq!(late.status, 409, "{}", late.words());
    assert_eq!(rights(&app), after);
    assert_eq!(left(&app).0, 1, "the invitation stands");
}

#[actix_web::test]
async fn who_has_come_in_or_got_other_roles_since_is_not_sent_away() {
    let app = TestApp::start().await;
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in(OLGA));
    let (_, flash) = add(&ravi, NORA).await;
    let nora: UserId = app.sql(|conn| {
        let named = users::table.filter(users::email_key.eq(NORA));
        named.select(users::id).first(conn)
    });
    let id = nora.to_string();
    let fields = [("user", id.as_str()), ("role", "billing")];
    let given = olga
        .post("/accounts/acme/organizations/south/members/add", &fields)
        .await;
    assert_eq!(given.status, 303, "{}", given.words());
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    let says = "It was left at: nothing. Now it is: Billing on South without an end.";
    assert!(refused.words().contains(says), "{}", refused.words());
    // In: that is no invitation any more.
    let (_, flash) = add(&ravi, "nils@new.example").await;
    app.sql(|conn| {
        let nils = memberships::table.filter(memberships::email_key.eq("nils@new.example"));
        diesel::update(nils)
            .set(memberships::status.eq(Status::Active.as_str()))
            .execute(conn)
    });
    let after = rights(&app);
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert_eq!(rights(&app), after);
}
