//! Taking back what was done to somebody: exactly the former rights come back, once, in time, and by whoever did it
//! (beyond H; rules 11, 14, 17; S6).

use chrono::Duration;
use diesel::prelude::*;
use std::collections::BTreeMap;
use tenantry::db::schema::{audit_events, dormant_grants, grants, memberships};
use tenantry::db::types::{GrantId, Ts};
use tenantry::members::Status;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::dump;
use crate::support::visitor::{Answer, Visitor};

mod added;
mod ends;
mod given;
mod meanwhile;
mod members;
mod withdrawn;

const RAVI: &str = "ravi@acme.example";
const OLGA: &str = "olga@acme.example";
const LEE: &str = "lee@globex.example";
const MEMBERS: &str = "/accounts/acme/organizations/north/members";

/// Every right and everything that lists are made of.
fn rights(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut rows = app.sql(|conn| Ok(dump::rows(conn, &[])));
    rows.retain(|table, _| {
        [
            "grants",
            "dormant_grants",
            "memberships",
            "organization_people",
            "people_counts",
        ]
        .contains(&table.as_str())
    });
    assert_eq!(rows.len(), 5, "{:?}", rows.keys());
    rows
}

/// Lee loses Viewer on North, and gets Billing and, with everything below it, Operations.
async fn change(visitor: &Visitor<'_>) -> Answer {
    let page = visitor.get(&format!("{MEMBERS}/{}", user(LEE))).await;
    let form = page.page().form("Review changes");
    let form = form.untick("role", "viewer").tick("role", "billing");
    let form = form.tick("below", "operations.below");
    let review = visitor.submit(&page, &form).await;
    let form = review.page().form("Submit");
    let done = visitor.submit(&review, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    visitor.follow(done).await
}

async fn remove(visitor: &Visitor<'_>) -> Answer {
    let path = format!("/accounts/acme/users/{}/remove", user(LEE));
    let page = visitor.get(&path).await;
    let form = page.page().form("Remove guest");
    let done = visitor.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    visitor.follow(done).await
}

async fn undo(visitor: &Visitor<'_>, flash: &Answer) -> Answer {
    visitor.submit(flash, &flash.page().form("Undo")).await
}

fn here(app: &TestApp) -> i64 {
    app.sql(|conn| {
        memberships::table
            .filter(memberships::account_id.eq(cast::account("acme")))
            .filter(memberships::user_id.eq(user(LEE)))
            .count()
            .get_result(conn)
    })
}

#[actix_web::test]
async fn a_change_of_roles_is_taken_back_with_the_very_grants_that_were_there() {
    let app = TestApp::start().await;
    let before = rights(&app);
    let ravi = app.signed_in(RAVI);
    let flash = change(&ravi).await;
    assert_ne!(rights(&app), before);
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let shown = ravi.follow(done).await;
    assert!(
        shown.words().contains("The change was taken back"),
        "{}",
        shown.words()
    );
    assert_eq!(rights(&app), before);
    // A second time there is nothing to take back.
    assert_eq!(undo(&ravi, &flash).await.status, 404);
    assert_eq!(rights(&app), before);
    let told: String = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("role.changed"))
            .order(audit_events::id.desc())
            .select(audit_events::details)
            .first(conn)
    });
    assert!(
        told.contains("\"undo\":true") && told.contains("viewer") && told.contains("billing"),
        "{told}"
    );
}

#[actix_web::test]
async fn a_guest_who_was_removed_is_back_as_they_were_and_is_told() {
    let app = TestApp::start().await;
    let before = rights(&app);
    let ravi = app.signed_in(RAVI);
    let flash = remove(&ravi).await;
    assert_eq!(here(&app), 0);
    assert_eq!(
        app.deliver_one().await.subject(),
        "Your access to Acme has ended"
    );
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
    assert_eq!(
        app.deliver_one().await.subject(),
        "You have access to Acme again"
    );
    let lee = app.signed_in(LEE);
    let north = lee.get("/accounts/acme/organizations/north").await;
    assert_eq!(north.status, 200, "{}", north.words());
}

#[actix_web::test]
async fn a_guest_whose_removal_was_taken_back_before_its_mail_had_left_is_told_nothing() {
    let app = TestApp::start().await;
    let before = rights(&app);
    let ravi = app.signed_in(RAVI);
    let flash = remove(&ravi).await;
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
    assert!(app.deliver().await.is_empty());
}

#[actix_web::test]
async fn what_waited_for_a_removed_guest_and_what_was_said_about_ends_is_back_too() {
    let app = TestApp::start().await;
    let (now, end) = (app.now(), app.now().plus(Duration::days(5)));
    app.sql(|conn| {
        cast::give_between(conn, LEE, "billing", At::North, (None, Some(end)));
        // Lee was told of the end, and has asked for more time.
        diesel::update(grants::table.filter(grants::user_id.eq(user(LEE))))
            .filter(grants::ends_at.eq(end))
            .set((
                grants::notice_at.eq(None::<Ts>),
                grants::more_asked_at.eq(now),
            ))
            .execute(conn)?;
        // Another role waits since a reactivation that could not give it.
        diesel::insert_into(dormant_grants::table)
            .values((
                dormant_grants::id.eq(GrantId::new()),
                dormant_grants::account_id.eq(cast::account("acme")),
                dormant_grants::user_id.eq(user(LEE)),
                dormant_grants::role.eq("admin"),
                dormant_grants::organization_id.eq(cast::organization("north")),
                dormant_grants::below.eq(true),
                dormant_grants::ends_at.eq(end),
                dormant_grants::dormant_at.eq(now),
            ))
            .execute(conn)
    });
    let before = rights(&app);
    // Ravi could not take Admin away: he does not remove whom it waits for (rule 17).
    let olga = app.signed_in(OLGA);
    let flash = remove(&olga).await;
    let gone = rights(&app);
    assert_ne!(gone["dormant_grants"], before["dormant_grants"]);
    let done = undo(&olga, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
}

#[actix_web::test]
async fn a_guest_who_was_shut_out_when_they_were_removed_is_back_shut_out() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    app.sql(|conn| {
        diesel::update(memberships::table)
            .filter(memberships::account_id.eq(cast::account("acme")))
            .filter(memberships::user_id.eq(user(LEE)))
            .set((
                memberships::status.eq(Status::Deactivated.as_str()),
                memberships::deactivated_at.eq(app.now()),
                memberships::deactivated_by.eq(user(OLGA)),
                memberships::deactivation_reason.eq("The work is done"),
            ))
            .execute(conn)
    });
    let before = rights(&app);
    let flash = remove(&ravi).await;
    app.deliver().await;
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let shown = ravi.follow(done).await;
    assert!(
        shown.words().contains("they are inactive, as they were"),
        "{}",
        shown.words()
    );
    assert_eq!(rights(&app), before);
    assert!(app.deliver().await.is_empty(), "nobody has access again");
    let lee = app.signed_in(LEE);
    let north = lee.get("/accounts/acme/organizations/north").await;
    assert_eq!(north.status, 404, "{}", north.words());
}

#[actix_web::test]
async fn it_is_taken_back_by_whoever_did_it_alone_and_for_ten_minutes() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let flash = change(&ravi).await;
    let after = rights(&app);
    let form = flash.page().form("Undo");
    let id = form.fields.iter().find(|(name, _)| name == "change");
    let id = id.map(|(_, id)| id.clone()).unwrap_or_default();
    let path = |email: &str| format!("/accounts/acme/users/{}/undo", user(email));
    let fields = [("change", id.as_str())];
    for (visitor, path) in [
        (app.signed_in(OLGA), path(LEE)),
        (app.signed_in(RAVI), path("sam@acme.example")),
        (
            app.signed_in("gil@globex.example"),
            path(LEE).replace("acme", "globex"),
        ),
        (app.signed_in(&holder("viewer", At::Account)), path(LEE)),
    ] {
        let refused = visitor.post(&path, &fields).await;
        assert!(
            [403, 404].contains(&refused.status),
            "{path}: {}",
            refused.words()
        );
    }
    for (id, status) in [("", 409), ("nonsense", 404)] {
        let none = ravi.post(&path(LEE), &[("change", id)]).await;
        assert_eq!(none.status, status, "{id}: {}", none.words());
    }
    app.advance(Duration::minutes(10));
    let late = app.signed_in(RAVI).post(&path(LEE), &fields).await;
    assert_eq!(late.status, 409, "{}", late.words());
    assert!(late.words().contains("10 minutes"), "{}", late.words());
    assert_eq!(rights(&app), after);
}

#[actix_web::test]
async fn what_was_changed_since_is_not_run_over() {
    let app = TestApp::start().await;
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in(OLGA));
    let flash = change(&ravi).await;
    let page = olga.get(&format!("{MEMBERS}/{}", user(LEE))).await;
    let form = page.page().form("Review changes").untick("role", "billing");
    let review = olga.submit(&page, &form).await;
    olga.submit(&review, &review.page().form("Submit")).await;
    let now = rights(&app);
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert_eq!(rights(&app), now);
    // Invited again meanwhile, somebody who was removed is not brought back over it.
    let flash = remove(&ravi).await;
    app.sql(|conn| {
        let lee = (LEE, "Lee", "Guest");
        cast::belong(conn, "acme", lee, true, Status::Invited);
        Ok(())
    });
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
}

#[actix_web::test]
async fn who_is_called_otherwise_since_is_not_brought_back_under_the_old_name() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let flash = remove(&ravi).await;
    let lee = app.signed_in(LEE);
    let page = lee.get("/me").await;
    let form = page.page().form("Save changes").fill("last_name", "Host");
    assert_eq!(lee.submit(&page, &form).await.status, 303);
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert_eq!(here(&app), 0);
}

#[actix_web::test]
async fn rule_17_who_may_not_take_these_roles_any_more_takes_nothing_back() {
    let app = TestApp::start().await;
    let uma = holder("user_management", At::North);
    let visitor = app.signed_in(&uma);
    let page = visitor.get(&format!("{MEMBERS}/{}", user(LEE))).await;
    let form = page.page().form("Review changes").untick("role", "viewer");
    let review = visitor.submit(&page, &form).await;
    let done = visitor.submit(&review, &review.page().form("Submit")).await;
    let flash = visitor.follow(done).await;
    app.sql(|conn| {
        // From now on Uma manages the people of Dock 4 and of nothing else.
        diesel::delete(
            tenantry::db::schema::grants::table
                .filter(tenantry::db::schema::grants::user_id.eq(user(&uma))),
        )
        .execute(conn)?;
        cast::give(conn, &uma, "user_management", At::Dock4);
        Ok(())
    });
    let after = rights(&app);
    let refused = undo(&visitor, &flash).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert_eq!(rights(&app), after);
}

#[actix_web::test]
async fn roles_of_several_people_on_an_organization_are_taken_back_from_the_page_of_the_result() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = rights(&app);
    let sam = user("sam@acme.example").to_string();
    let fields = [("act", "give"), ("person", sam.as_str())];
    let choose = ravi
        .post("/accounts/acme/user-management/bulk", &fields)
        .await;
    let form = choose.page().form("Review");
    let form = form.tick("place", &cast::organization("north").to_string());
    let review = ravi.submit(&choose, &form.tick("role", "viewer")).await;
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    let result = ravi.follow(done).await;
    assert_ne!(rights(&app), before);
    let stranger = app.signed_in(OLGA);
    let refused = undo(&stranger, &result).await;
    assert_eq!(refused.status, 404, "{}", refused.words());
    let done = undo(&ravi, &result).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
}

/// Sam gets Viewer on North, with others at once; the page of what came of it.
async fn given_on_north(ravi: &Visitor<'_>) -> Answer {
    let sam = user("sam@acme.example").to_string();
    let fields = [("act", "give"), ("person", sam.as_str())];
    let choose = ravi
        .post("/accounts/acme/user-management/bulk", &fields)
        .await;
    let form = choose.page().form("Review");
    let form = form.tick("place", &cast::organization("north").to_string());
    let review = ravi.submit(&choose, &form.tick("role", "viewer")).await;
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    ravi.follow(done).await
}

#[actix_web::test]
async fn an_end_that_somebody_else_set_since_is_not_run_over() {
    use tenantry::db::schema::grants;
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let result = given_on_north(&ravi).await;
    let end = app.now().plus(Duration::days(30));
    app.sql(|conn| {
        let sams = grants::table.filter(grants::user_id.eq(user("sam@acme.example")));
        diesel::update(sams.filter(grants::organization_id.eq(cast::organization("north"))))
            .set(grants::ends_at.eq(Some(end)))
            .execute(conn)
    });
    let now = rights(&app);
    let refused = undo(&ravi, &result).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert!(
        refused.words().contains("Somebody changed these roles"),
        "{}",
        refused.words()
    );
    assert_eq!(rights(&app), now);
}

#[actix_web::test]
async fn a_role_that_ends_by_itself_stands_in_the_way_of_no_undo() {
    use tenantry::db::schema::grants;
    for is_tended in [false, true] {
        let app = TestApp::start().await;
        let soon = app.now().plus(Duration::minutes(4));
        app.sql(|conn| {
            let end = (None, Some(soon));
            cast::give_between(conn, "sam@acme.example", "billing", At::North, end);
            Ok(())
        });
        let ravi = app.signed_in(RAVI);
        let result = given_on_north(&ravi).await;
        app.advance(Duration::minutes(5));
        if is_tended {
            app.sql(|conn| {
                let sams = grants::table.filter(grants::user_id.eq(user("sam@acme.example")));
                diesel::delete(sams.filter(grants::role.eq("billing"))).execute(conn)
            });
        }
        let done = undo(&ravi, &result).await;
        assert_eq!(done.status, 303, "{is_tended}: {}", done.words());
    }
}
