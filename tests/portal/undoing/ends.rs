//! Another end of a role, and ends that were set meanwhile (beyond D).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, grants};
use tenantry::db::types::{GrantId, Ts};
use tenantry::jobs::tend_roles_once;

use super::{LEE, MEMBERS, OLGA, RAVI, change, rights, undo};
use crate::support::app::TestApp;
use crate::support::cast::{self, At, user};
use crate::support::visitor::{Answer, Visitor};

const SAM: &str = "sam@acme.example";

fn role(role: &str) -> GrantId {
    cast::grant_id(SAM, role, cast::project("dock-9").uuid())
}

/// Another last day for a role that Sam has on Dock 9; what came of it.
async fn set(visitor: &Visitor<'_>, grant: GrantId, day: &str) -> Answer {
    let path = format!("/accounts/acme/users/{}/role-ends?role={grant}", user(SAM));
    let page = visitor.get(&path).await;
    let form = page.page().form("Save changes").fill("ends_on", day);
    let done = visitor.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    visitor.follow(done).await
}

#[actix_web::test]
async fn another_end_of_a_role_is_taken_back_to_the_very_one_before() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let (now, end) = (app.now(), app.now().plus(Duration::hours(100)));
    app.sql(|conn| {
        // Sam was told of the end, and has asked for more time.
        diesel::update(grants::table.filter(grants::id.eq(role("viewer"))))
            .set((
                grants::ends_at.eq(Some(end)),
                grants::notice_at.eq(None::<Ts>),
                grants::more_asked_at.eq(Some(now)),
            ))
            .execute(conn)
    });
    let before = rights(&app);
    for day in ["2026-09-30", "", "2026-03-04"] {
        let flash = set(&ravi, role("viewer"), day).await;
        assert_ne!(rights(&app), before, "{day}");
        let done = undo(&ravi, &flash).await;
        assert_eq!(done.status, 303, "{day}: {}", done.words());
        let shown = ravi.follow(done).await;
        let says = "The change was taken back: the role ends as it did before it.";
        assert!(shown.words().contains(says), "{}", shown.words());
        assert_eq!(rights(&app), before, "{day}");
        assert_eq!(undo(&ravi, &flash).await.status, 404);
    }
    let told: Vec<String> = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("role.changed"))
            .order(audit_events::id.asc())
            .select(audit_events::details)
            .load(conn)
    });
    assert_eq!(told.len(), 6, "{told:?}");
    assert_eq!(
        told.iter()
            .filter(|it| it.contains("\"undo\":true"))
            .count(),
        3
    );
}

#[actix_web::test]
async fn an_end_that_somebody_else_set_since_stays_and_both_are_told() {
    let app = TestApp::start().await;
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in(OLGA));
    let flash = set(&ravi, role("viewer"), "2026-09-30").await;
    assert_eq!(undo(&olga, &flash).await.status, 404);
    set(&olga, role("viewer"), "2026-10-31").await;
    let after = rights(&app);
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    let says = "It was left at: Viewer on Dock 9 until 30 Sep 2026, the last day. Now it is: Viewer on Dock 9 until 31 Oct 2026, the last day.";
    assert!(refused.words().contains(says), "{}", refused.words());
    assert_eq!(rights(&app), after);
}

#[actix_web::test]
async fn rule_17_whoever_cannot_give_a_role_is_offered_no_way_back_to_a_later_end() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "admin", At::Dock9);
        Ok(())
    });
    // Admin is given by request, also by an Owner.
    let olga = app.signed_in(OLGA);
    let flash = set(&olga, role("admin"), "2026-09-30").await;
    assert!(!flash.body.contains(">Undo<"), "{}", flash.words());
}

#[actix_web::test]
async fn rule_17_a_later_end_comes_back_only_by_whoever_could_give_the_role_now() {
    let app = TestApp::start().await;
    let anna = cast::holder("admin", At::Dock4);
    app.sql(|conn| {
        cast::give(conn, SAM, "user_management", At::Dock4);
        Ok(())
    });
    let visitor = app.signed_in(&anna);
    let role = cast::grant_id(SAM, "user_management", cast::project("dock-4").uuid());
    let flash = set(&visitor, role, "2026-09-30").await;
    app.sql(|conn| {
        // From now on Anna manages people there, and gives nobody that role.
        diesel::update(grants::table.filter(grants::user_id.eq(user(&anna))))
            .set(grants::role.eq("user_management"))
            .execute(conn)
    });
    let after = rights(&app);
    let refused = undo(&visitor, &flash).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert_eq!(rights(&app), after);
}

#[actix_web::test]
async fn a_change_of_somebodys_roles_is_not_taken_back_over_an_end_that_was_set_since() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let flash = change(&ravi).await;
    let end = app.now().plus(Duration::days(30));
    let lees = |end: Option<Ts>| {
        app.sql(|conn| {
            let lees = grants::table.filter(grants::user_id.eq(user(LEE)));
            diesel::update(lees.filter(grants::role.eq("billing")))
                .set(grants::ends_at.eq(end))
                .execute(conn)
        })
    };
    lees(Some(end));
    let after = rights(&app);
    let refused = undo(&ravi, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    let says = "It was left at: Billing on North without an end. Now it is: Billing on North until 1 Apr 2026, 09:00 UTC.";
    assert!(refused.words().contains(says), "{}", refused.words());
    assert_eq!(rights(&app), after);
    lees(None);
    assert_eq!(undo(&ravi, &flash).await.status, 303);
}

#[actix_web::test]
async fn what_was_changed_where_one_manages_nobody_is_not_told() {
    let app = TestApp::start().await;
    let uma = cast::holder("user_management", At::North);
    let visitor = app.signed_in(&uma);
    let page = visitor.get(&format!("{MEMBERS}/{}", user(LEE))).await;
    let form = page.page().form("Review changes").tick("role", "billing");
    let review = visitor.submit(&page, &form).await;
    let done = visitor.submit(&review, &review.page().form("Submit")).await;
    let flash = visitor.follow(done).await;
    app.sql(|conn| {
        cast::give(conn, LEE, "billing", At::South);
        Ok(())
    });
    let refused = undo(&visitor, &flash).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert!(!refused.words().contains("South"), "{}", refused.words());
    assert!(refused.words().contains("Somebody changed this since"));
}

#[actix_web::test]
async fn a_role_elsewhere_that_ends_by_itself_stands_in_the_way_of_no_undo() {
    let app = TestApp::start().await;
    let soon = app.now().plus(Duration::minutes(4));
    app.sql(|conn| {
        cast::give_between(conn, LEE, "viewer", At::Dock9, (None, Some(soon)));
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let flash = change(&ravi).await;
    app.advance(Duration::minutes(5));
    while tend_roles_once(app.app()).await.unwrap() {}
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
}
