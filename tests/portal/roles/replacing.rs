//! Another role in the place of one, for who holds both: nobody ends up with less of it, nor with more, than both were
//! together (rule 19).

use chrono::Duration;

use super::deleting::review;
use super::*;
use crate::support::cast::{At, holder};

/// Gives Sam a role on South, perhaps with everything below it, perhaps until an end.
fn on_south(app: &TestApp, role: &str, below: bool, ends_at: Option<Ts>) {
    let south = cast::organization("south");
    app.sql(|conn| {
        cast::give_on(conn, SAM, role, south, below);
        let grant = cast::grant_id(SAM, role, south.uuid());
        diesel::update(grants::table.filter(grants::id.eq(grant)))
            .set(grants::ends_at.eq(ends_at))
            .execute(conn)
    });
}

/// What Sam holds on South: role, whether everything below, and the end.
fn left(app: &TestApp) -> Vec<(String, bool, Option<Ts>)> {
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(SAM)))
            .filter(grants::organization_id.eq(cast::organization("south")))
            .filter(grants::project_id.is_null())
            .order(grants::role.asc())
            .select((grants::role, grants::below, grants::ends_at))
            .load(conn)
    })
}

async fn delete(visitor: &Visitor<'_>, review: &Answer) -> Answer {
    let done = visitor
        .submit(review, &review.page().form("Delete role"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    done
}

#[actix_web::test]
async fn what_lasts_longer_and_what_reaches_further_are_never_made_less() {
    let app = TestApp::start().await;
    let friday = app.now().plus(Duration::days(4));
    on_south(&app, "viewer", false, None);
    on_south(&app, &night(), true, Some(friday));
    let before = left(&app);
    let olga = app.signed_in(OLGA);
    let page = review(&olga, "viewer").await;
    says(
        &page,
        &[
            "This cannot be done",
            "Sam South holds Viewer on South already, without end, and Night shift with everything below, until 6 Mar 2026",
            "No one role says both",
        ],
    );
    assert!(!page.body.contains(">Delete role</button>"));
    let path = format!("{}/delete", page_of("Night shift"));
    let forged = [("replacement", "viewer"), ("confirmed", "yes")];
    assert_eq!(
        olga.post(&path, &forged).await.status,
        200,
        "looked at again"
    );
    assert_eq!(left(&app), before);
    // Another role is not held there, and comes as Night shift was.
    let page = review(&olga, "billing").await;
    delete(&olga, &page).await;
    assert_eq!(
        left(&app),
        [
            ("billing".into(), true, Some(friday)),
            ("viewer".into(), false, None)
        ]
    );
}

#[actix_web::test]
async fn a_role_held_for_longer_than_the_one_that_replaces_it_makes_that_last() {
    let app = TestApp::start().await;
    let friday = app.now().plus(Duration::days(4));
    on_south(&app, "viewer", false, Some(friday));
    on_south(&app, &night(), false, None);
    let olga = app.signed_in(OLGA);
    let page = review(&olga, "viewer").await;
    says(
        &page,
        &[
            "Sam South holds Viewer on South already, until 6 Mar 2026, 09:00 UTC: from now on without end.",
        ],
    );
    delete(&olga, &page).await;
    assert_eq!(left(&app), [("viewer".into(), false, None)]);
    let events = events(&app, "role.changed");
    let longer = events.iter().find(|event| event["role"] == "viewer");
    let longer = longer.unwrap_or_else(|| panic!("{events:?}"));
    assert!(longer["ends_at"].is_null() && longer["ended_at_before"].is_string());
    app.advance(Duration::days(5));
    let sam = app.signed_in(SAM);
    let south = sam.get("/accounts/acme/organizations/south/members").await;
    assert_eq!(south.status, 200, "{}", south.words());
}

#[actix_web::test]
async fn a_role_that_begins_later_does_not_cover_one_that_is_held_now() {
    let app = TestApp::start().await;
    let (soon, later) = (
        app.now().plus(Duration::days(2)),
        app.now().plus(Duration::days(9)),
    );
    let vera = holder("billing", At::Dock4);
    app.sql(|conn| {
        cast::give_between(conn, SAM, "viewer", At::South, (Some(soon), None));
        cast::give_between(conn, SAM, &night(), At::South, (None, Some(later)));
        // With a time between them that neither covers.
        cast::give_between(conn, &vera, "viewer", At::South, (Some(later), None));
        cast::give_between(conn, &vera, &night(), At::South, (None, Some(soon)));
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    says(&review(&olga, "viewer").await, &["This cannot be done"]);
    app.sql(|conn| {
        let theirs = grants::table.filter(grants::user_id.eq(user(&vera)));
        diesel::delete(theirs.filter(grants::role.eq("viewer"))).execute(conn)
    });
    let page = review(&olga, "viewer").await;
    delete(&olga, &page).await;
    assert_eq!(left(&app), [("viewer".into(), false, None)]);
    let sam = app.signed_in(SAM);
    let south = sam.get("/accounts/acme/organizations/south/members").await;
    assert_eq!(south.status, 200, "now, as before: {}", south.words());
}

#[actix_web::test]
async fn a_replacement_that_was_edited_since_the_review_is_looked_at_first() {
    let app = TestApp::start().await;
    let day = app.sql(|conn| Ok(cast::insert_role(conn, "acme", "Gate keeper", "users.view")));
    app.sql(|conn| {
        cast::give(conn, SAM, &night(), At::South);
        // Invited, and not in yet: the preview tells nothing of them.
        cast::give(conn, "dana@acme.example", &night(), At::Dock4);
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let page = review(&olga, &day.to_string()).await;
    app.sql(|conn| {
        diesel::update(custom_roles::table.filter(custom_roles::id.eq(day)))
            .set(custom_roles::permissions.eq("users.view devices.manage"))
            .execute(conn)
    });
    let late = olga.submit(&page, &page.page().form("Delete role")).await;
    assert_eq!(late.status, 200, "{}", late.words());
    says(&late, &["Somebody changed one of the roles"]);
    assert_eq!(own_roles(&app).len(), 2, "nothing was done");
    delete(&olga, &late).await;
}

#[actix_web::test]
async fn a_role_that_is_also_held_otherwise_since_the_review_is_looked_at_again() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, &night(), At::South);
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let page = review(&olga, "viewer").await;
    on_south(&app, "viewer", false, None);
    let late = olga.submit(&page, &page.page().form("Delete role")).await;
    assert_eq!(late.status, 200, "{}", late.words());
    says(&late, &["This is how it stands now", "loses Night shift"]);
    delete(&olga, &late).await;
    assert_eq!(left(&app), [("viewer".into(), false, None)]);
}

#[actix_web::test]
async fn who_gets_a_role_after_its_edit_was_looked_at_is_looked_at_too() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, &night(), At::South);
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let form = edit(&olga, "Night shift").await;
    let sent = form
        .page()
        .form("Review changes")
        .tick("permission", "inbound.write");
    let page = olga.submit(&form, &sent).await;
    says(&page, &["1 person holds this role."]);
    app.sql(|conn| {
        cast::give(conn, &holder("viewer", At::North), &night(), At::North);
        Ok(())
    });
    let before = own_roles(&app);
    let late = olga.submit(&page, &page.page().form("Submit")).await;
    assert_eq!(late.status, 200, "{}", late.words());
    says(&late, &["meanwhile", "2 people hold this role."]);
    assert_eq!(own_roles(&app), before, "nothing was done");
    // And for whom another role gave the same when it was looked at.
    app.sql(|conn| {
        cast::give(conn, SAM, "operations", At::South);
        Ok(())
    });
    let later = olga.submit(&late, &late.page().form("Submit")).await;
    assert_eq!(later.status, 200, "{}", later.words());
    assert_eq!(own_roles(&app), before, "nothing was done");
    let done = olga.submit(&later, &later.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_ne!(own_roles(&app), before);
}
