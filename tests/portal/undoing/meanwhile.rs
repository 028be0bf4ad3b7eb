//! What happened between an act and its *Undo*: nobody comes to a right by the return that they could not have been given
//! (rules 10, 17 and 18; S11).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::grants;

use super::{LEE, MEMBERS, OLGA, RAVI, here, remove, undo};
use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::visitor::{Answer, Visitor};
use crate::tree::moving;

const SAM: &str = "sam@acme.example";

fn is_admin(app: &TestApp) -> bool {
    let theirs = grants::table
        .filter(grants::user_id.eq(user(SAM)))
        .filter(grants::role.eq("admin"));
    app.sql(|conn| diesel::select(diesel::dsl::exists(theirs)).get_result(conn))
}

/// Takes Admin from Sam on the page of his roles at this place, where this box is ticked.
async fn take(visitor: &Visitor<'_>, path: &str, (name, value): (&str, &str)) -> Answer {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page.page().form("Review changes").untick(name, value);
    let review = visitor.submit(&page, &form).await;
    let form = review.page().form("Submit");
    let done = visitor.submit(&review, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    visitor.follow(done).await
}

#[actix_web::test]
async fn rule_18_an_admin_who_was_taken_away_does_not_come_back_over_what_moved_below_meanwhile() {
    for moved in [false, true] {
        let app = TestApp::start().await;
        app.sql(|conn| {
            cast::give_on(conn, SAM, "admin", cast::organization("north"), true);
            Ok(())
        });
        let anna = app.signed_in(&holder("admin", At::Account));
        // While he holds it nobody can move South there.
        let refused = moving::preview(&anna, "south", "north").await;
        assert!(
            refused
                .words()
                .contains("would get the role Admin in South"),
            "{}",
            refused.words()
        );
        let path = format!("{MEMBERS}/{}", user(SAM));
        let flash = take(&anna, &path, ("below", "admin.below")).await;
        assert!(!is_admin(&app));
        if moved {
            let page = moving::preview(&anna, "south", "north").await;
            let done = moving::submit(&anna, &page).await;
            assert_eq!(done.status, 303, "{}", done.words());
        }
        let back = undo(&anna, &flash).await;
        assert_eq!(
            back.status,
            if moved { 409 } else { 303 },
            "{}",
            back.words()
        );
        assert_eq!(is_admin(&app), !moved);
    }
}

#[actix_web::test]
async fn rule_18_nor_over_what_came_into_a_group_meanwhile() {
    for ticked in [false, true] {
        let app = TestApp::start().await;
        app.sql(|conn| {
            cast::give_on_group(conn, SAM, "admin", cast::group("Coast"));
            Ok(())
        });
        let anna = app.signed_in(&holder("admin", At::Account));
        let group = cast::group("Coast");
        let path = format!("/accounts/acme/groups/{group}/access/{}", user(SAM));
        let flash = take(&anna, &path, ("role", "admin")).await;
        assert!(!is_admin(&app));
        if ticked {
            app.sql(|conn| {
                cast::tick(conn, group, cast::organization("south"));
                Ok(())
            });
        }
        let back = undo(&anna, &flash).await;
        assert_eq!(
            back.status,
            if ticked { 409 } else { 303 },
            "{}",
            back.words()
        );
        assert_eq!(is_admin(&app), !ticked);
    }
}

/// Olga invites Lee again, a minute after Ravi removed him.
async fn invite_again(app: &TestApp) {
    app.advance(Duration::minutes(1));
    let olga = app.signed_in(OLGA);
    let place = cast::project("dock-4").to_string();
    let submission = tenantry::db::types::SubmissionId::new().to_string();
    let fields = [
        ("first_name", "Lee"),
        ("last_name", "Globex"),
        ("email", LEE),
        ("page", "single"),
        ("place", place.as_str()),
        ("role", "viewer"),
        ("submission", submission.as_str()),
    ];
    let new = "/accounts/acme/user-management/new/roles";
    let added = olga.post(new, &fields).await;
    assert_eq!(added.status, 303, "{}", added.words());
    assert_eq!(here(app), 1);
    app.advance(Duration::minutes(1));
}

#[actix_web::test]
async fn rule_10_nobody_is_joined_to_an_account_again_by_an_undo_after_they_said_no() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let flash = remove(&ravi).await;
    invite_again(&app).await;
    let lee = app.signed_in(LEE);
    let acme = cast::account("acme").to_string();
    let page = lee.get(&format!("/me/invitation?account={acme}")).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let no = lee.submit(&page, &page.page().form("Decline")).await;
    assert_eq!(no.status, 303, "{}", no.words());
    assert_eq!(here(&app), 0);
    let back = undo(&ravi, &flash).await;
    assert_eq!(back.status, 409, "{}", back.words());
    assert_eq!(here(&app), 0);
}
