//! People who were added to a reservation (rule 8, ux 7.9).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, dormant_grants, grants};
use tenantry::db::types::{GrantId, Ts};

use super::{OLGA, RAVI, rights, undo};
use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::visitor::{Answer, Visitor};

const SAM: &str = "sam@acme.example";
const DOCK: &str = "/accounts/acme/organizations/north/projects/dock-4";

/// *Add Users*: these people, with these roles, on Dock 4; the page that says so.
async fn add(visitor: &Visitor<'_>, people: &[&str], roles: &[&str]) -> Answer {
    let ids: Vec<String> = people.iter().map(|who| user(who).to_string()).collect();
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("user", id.as_str())).collect();
    fields.extend(roles.iter().map(|role| ("role", *role)));
    fields.push(("seen", "yes"));
    let done = visitor.post(&format!("{DOCK}/users/add"), &fields).await;
    assert_eq!(done.status, 303, "{}", done.words());
    visitor.follow(done).await
}

/// Ends the role that Sam has on Dock 4 with this day.
fn end(app: &TestApp, at: Ts) {
    app.sql(|conn| {
        let dock = GrantId::from_uuid(cast::project("dock-4").uuid());
        let sams = grants::table.filter(grants::user_id.eq(user(SAM)));
        diesel::update(sams.filter(grants::scope_id.eq(dock)))
            .set(grants::ends_at.eq(Some(at)))
            .execute(conn)
    });
}

#[actix_web::test]
async fn whoever_was_added_to_a_reservation_is_off_it_again_and_is_never_mailed() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = rights(&app);
    let mona = holder("manager", At::Account);
    let flash = add(&ravi, &[SAM, &mona], &["operations", "billing"]).await;
    assert!(flash.words().contains("added to Dock 4."));
    assert_ne!(rights(&app), before);
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.location().as_deref(), Some(&*format!("{DOCK}/users")));
    let shown = ravi.follow(done).await;
    assert!(
        shown.words().contains("The change was taken back"),
        "{}",
        shown.words()
    );
    assert_eq!(rights(&app), before);
    assert!(app.deliver().await.is_empty(), "nobody is told of nothing");
    let told: Vec<String> = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("role.changed"))
            .select(audit_events::details)
            .load(conn)
    });
    assert_eq!(told.len(), 2, "one event for each: {told:?}");
    assert!(told.iter().all(|it| it.contains("\"undo\":true")));
    // It is done once.
    assert_eq!(undo(&ravi, &flash).await.status, 404);
}

#[actix_web::test]
async fn of_whom_the_mail_has_reached_they_are_told_that_it_is_over() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let flash = add(&ravi, &[SAM], &["viewer"]).await;
    app.deliver_one().await;
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [SAM]);
    assert!(mail.text().contains("Dock 4"), "{}", mail.text());
}

#[actix_web::test]
async fn what_they_held_there_before_stays_when_an_addition_is_taken_back() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "viewer", At::Dock4);
        Ok(())
    });
    let before = rights(&app);
    let ravi = app.signed_in(RAVI);
    let flash = add(&ravi, &[SAM], &["viewer", "billing"]).await;
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
    // Where nothing was given, there is nothing to take back.
    let flash = add(&ravi, &[SAM], &["viewer"]).await;
    assert!(!flash.body.contains(">Undo<"), "{}", flash.words());
}

#[actix_web::test]
async fn an_addition_is_taken_back_by_whoever_made_it_in_time_and_not_over_what_came_since() {
    let app = TestApp::start().await;
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in(OLGA));
    let flash = add(&ravi, &[SAM], &["viewer"]).await;
    let after = rights(&app);
    assert_eq!(undo(&olga, &flash).await.status, 404);
    // Until another day since.
    end(&app, app.now().plus(Duration::days(3)));
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    app.sql(|conn| {
        let sams = grants::table.filter(grants::user_id.eq(user(SAM)));
        diesel::update(sams)
            .set(grants::ends_at.eq(None::<Ts>))
            .execute(conn)
    });
    assert_eq!(rights(&app), after);
    app.advance(Duration::minutes(10));
    let late = undo(&app.signed_in(RAVI), &flash).await;
    assert_eq!(late.status, 409, "{}", late.words());
    assert!(late.words().contains("10 minutes"), "{}", late.words());
    assert_eq!(rights(&app), after);
}

#[actix_web::test]
async fn rule_17_who_may_not_take_the_roles_any_more_takes_no_addition_back() {
    let app = TestApp::start().await;
    let anna = holder("admin", At::North);
    let visitor = app.signed_in(&anna);
    app.sql(|conn| {
        cast::give(conn, SAM, "viewer", At::North);
        Ok(())
    });
    let flash = add(&visitor, &[SAM], &["user_management"]).await;
    app.sql(|conn| {
        // From now on Anna manages people on Dock 4, and gives nobody that role.
        diesel::delete(grants::table.filter(grants::user_id.eq(user(&anna)))).execute(conn)?;
        cast::give(conn, &anna, "user_management", At::Dock4);
        Ok(())
    });
    let after = rights(&app);
    let refused = undo(&visitor, &flash).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert_eq!(rights(&app), after);
}

#[actix_web::test]
async fn s4_a_role_that_waited_waits_again_once_the_same_that_was_given_anew_is_taken_back() {
    let app = TestApp::start().await;
    let wait = |project: Option<&str>| {
        app.sql(|conn| {
            let row = (
                dormant_grants::id.eq(GrantId::new()),
                dormant_grants::account_id.eq(cast::account("acme")),
                dormant_grants::user_id.eq(user(SAM)),
                dormant_grants::role.eq("billing"),
                dormant_grants::organization_id.eq(Some(cast::organization("north"))),
                dormant_grants::project_id.eq(project.map(cast::project)),
                dormant_grants::below.eq(false),
                dormant_grants::dormant_at.eq(app.now()),
            );
            diesel::insert_into(dormant_grants::table)
                .values(row)
                .execute(conn)
        })
    };
    wait(Some("dock-4"));
    wait(None);
    let before = rights(&app);
    let ravi = app.signed_in(RAVI);
    let waiting = || app.sql(|conn| dormant_grants::table.count().get_result::<i64>(conn));
    // By the page of the reservation.
    let flash = add(&ravi, &[SAM], &["billing"]).await;
    assert_eq!(waiting(), 1);
    assert_eq!(undo(&ravi, &flash).await.status, 303);
    assert_eq!(rights(&app), before);
    // In bulk, which passes by the same change as the grid.
    let (sam, dock) = (user(SAM).to_string(), cast::project("dock-4").to_string());
    let fields = [
        ("act", "give"),
        ("change", "change_01jd0000000000000000000000"),
        ("person", sam.as_str()),
        ("place", dock.as_str()),
        ("role", "billing"),
    ];
    let path = "/accounts/acme/user-management/bulk";
    let review = ravi.post(path, &fields).await;
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    let result = ravi.follow(done).await;
    assert_eq!(waiting(), 1);
    let asked = ravi.get(&result.page().link("Undo")).await;
    let done = ravi.submit(&asked, &asked.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
    // On the organization.
    let fields = [("user", sam.as_str()), ("role", "billing"), ("seen", "yes")];
    let done = ravi.post(&format!("{}/add", super::MEMBERS), &fields).await;
    let flash = ravi.follow(done).await;
    assert_eq!(waiting(), 1);
    assert_eq!(undo(&ravi, &flash).await.status, 303);
    assert_eq!(rights(&app), before);
}
