//! Deleting roles, and what comes in their place.

use chrono::Duration;
use futures_util::future::join_all;
use tenantry::db::schema::{dormant_grants, outbox};

use super::*;
use crate::support::cast::{At, holder};

async fn delete_page(visitor: &Visitor<'_>) -> Answer {
    let page = visitor.get(&page_of("Night shift")).await;
    let page = visitor.get(&page.page().link("Delete role")).await;
    assert_eq!(page.status, 200, "{}", page.words());
    page
}

/// From the page that asks what comes in its place to the review.
pub(super) async fn review(visitor: &Visitor<'_>, replacement: &str) -> Answer {
    let page = delete_page(visitor).await;
    let form = page
        .page()
        .form("Review changes")
        .tick("replacement", replacement);
    let review = visitor.submit(&page, &form).await;
    assert_eq!(review.status, 200, "{}", review.words());
    review
}

#[actix_web::test]
async fn a_role_that_nobody_holds_is_deleted_once_that_was_looked_at() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let page = delete_page(&olga).await;
    says(
        &page,
        &["Night shift is gone for good.", "Nobody holds it."],
    );
    assert_eq!(own_roles(&app).len(), 1);
    let done = olga.submit(&page, &page.page().form("Delete role")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(own_roles(&app).is_empty());
    let [event] = events(&app, "custom_role.deleted").try_into().unwrap();
    assert_eq!(event["before"]["name"], "Night shift");
    let list = olga.follow(done).await;
    says(
        &list,
        &[
            "The role Night shift was deleted.",
            "no role of its own yet",
        ],
    );
    assert_eq!(olga.get(&page_of("Night shift")).await.status, 404);
}

#[actix_web::test]
async fn rule_19_a_role_in_use_is_deleted_only_with_another_in_its_place() {
    let app = TestApp::start().await;
    let end = app.now().plus(Duration::days(3));
    let vera = holder("viewer", At::Dock4);
    app.sql(|conn| {
        cast::give_between(conn, SAM, &night(), At::Dock9, (None, Some(end)));
        cast::give(conn, SAM, &night(), At::North);
        cast::give(conn, &vera, &night(), At::Dock4);
        // Invited, and not in yet.
        cast::give(conn, "dana@acme.example", &night(), At::Dock4);
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let page = delete_page(&olga).await;
    says(
        &page,
        &["3 people hold this role. It is held 4 times in all."],
    );
    let none = olga
        .submit(&page, &page.page().form("Review changes"))
        .await;
    assert_eq!(none.status, 422);
    says(&none, &["Choose which role its holders get instead"]);
    let form = page.page().form("Review changes");
    // Neither itself, nor one of another account, nor one that is asked for, nor ownership.
    for (other, status) in [
        (night(), 404),
        (cast::role("Day shift").to_string(), 403),
        ("king".into(), 403),
        ("admin".into(), 403),
        ("owner".into(), 403),
    ] {
        let forged = form
            .clone()
            .untick("replacement", "")
            .forge("replacement", &other);
        let forged = forged.forge("confirmed", "yes");
        assert_eq!(olga.submit(&page, &forged).await.status, status, "{other}");
    }
    let review = review(&olga, "viewer").await;
    says(
        &review,
        &[
            "Who holds it gets Viewer instead",
            "North: gains Viewer",
            "Dock 4: loses Night shift",
        ],
    );
    let viewer = ("viewer".to_owned(), None::<Ts>);
    let before: Vec<_> = held(&app, SAM);
    assert_eq!(
        before.iter().filter(|(role, ..)| *role == night()).count(),
        2
    );
    let done = olga
        .submit(&review, &review.page().form("Delete role"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(own_roles(&app).is_empty());
    let ends = |email: &str| -> Vec<(String, Option<Ts>)> {
        let all = held(&app, email).into_iter();
        all.map(|(role, _, ends_at)| (role, ends_at)).collect()
    };
    // Sam was Viewer of Dock 9 already, for good, and merely loses the other.
    assert_eq!(ends(SAM), [viewer.clone(), viewer.clone()]);
    assert_eq!(ends(&vera), std::slice::from_ref(&viewer));
    assert_eq!(ends("dana@acme.example"), [viewer]);
    let changed = events(&app, "role.changed");
    assert_eq!(changed.len(), 4);
    assert!(
        changed
            .iter()
            .all(|event| event["role_names"][night()] == "Night shift")
    );
    let [event] = events(&app, "custom_role.deleted").try_into().unwrap();
    assert_eq!(
        (&event["replacement"], &event["people"]),
        (&"viewer".into(), &3.into())
    );
    // Told as of any other change, once a place: Sam and Vera, and not Dana, who has not come in.
    let told: i64 = app.sql(|conn| {
        outbox::table
            .filter(outbox::template.eq("roles_changed"))
            .count()
            .get_result(conn)
    });
    assert_eq!(told, 3);
    // The page of a person still says what it was called.
    let person = olga
        .get(&format!("/accounts/acme/users/{}", user(SAM)))
        .await;
    says(&person, &["Night shift"]);
}

#[actix_web::test]
async fn the_end_of_a_role_stays_the_end_of_what_replaces_it() {
    let app = TestApp::start().await;
    let end = app.now().plus(Duration::days(3));
    app.sql(|conn| {
        cast::give_between(conn, SAM, &night(), At::South, (None, Some(end)));
        let south = cast::organization("south");
        cast::give_on(conn, &holder("viewer", At::Dock4), &night(), south, true);
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let review = review(&olga, "operations").await;
    let done = olga
        .submit(&review, &review.page().form("Delete role"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    let new = held(&app, SAM)
        .into_iter()
        .find(|(role, ..)| role == "operations");
    assert_eq!(new.and_then(|(_, _, ends_at)| ends_at), Some(end));
    let below: bool = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(&holder("viewer", At::Dock4))))
            .filter(grants::role.eq("operations"))
            .select(grants::below)
            .first(conn)
    });
    assert!(below, "with everything below, as before");
}

#[actix_web::test]
async fn what_came_since_the_review_is_looked_at_first() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, &night(), At::South);
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let review = review(&olga, "viewer").await;
    app.sql(|conn| {
        cast::give(conn, &holder("viewer", At::North), &night(), At::North);
        Ok(())
    });
    let late = olga
        .submit(&review, &review.page().form("Delete role"))
        .await;
    assert_eq!(late.status, 200);
    says(
        &late,
        &[
            "gave it or took it away meanwhile",
            "2 people hold this role",
        ],
    );
    assert_eq!(own_roles(&app).len(), 1);
    let done = olga.submit(&late, &late.page().form("Delete role")).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

/// Puts a role to sleep for Sam, as a reactivation does that could not give it.
fn waiting(app: &TestApp, role: &str) {
    app.sql(|conn| {
        diesel::insert_into(dormant_grants::table)
            .values((
                dormant_grants::id.eq(GrantId::new()),
                dormant_grants::account_id.eq(cast::account("acme")),
                dormant_grants::user_id.eq(user(SAM)),
                dormant_grants::role.eq(role),
                dormant_grants::below.eq(false),
                dormant_grants::dormant_at.eq(app.now()),
            ))
            .execute(conn)
    });
}

#[actix_web::test]
async fn s4_a_role_that_waits_for_somebody_who_came_back_is_told_and_waits_no_more() {
    let app = TestApp::start().await;
    waiting(&app, &night());
    let olga = app.signed_in(OLGA);
    let sam = format!("/accounts/acme/users/{}", user(SAM));
    says(&olga.get(&sam).await, &["Night shift"]);
    let page = delete_page(&olga).await;
    says(
        &page,
        &[
            "Nobody holds it.",
            "It waits for 1 person who was reactivated, until somebody confirms it: that ends",
        ],
    );
    assert_eq!(
        olga.submit(&page, &page.page().form("Delete role"))
            .await
            .status,
        303
    );
    let left: i64 = app.sql(|conn| dormant_grants::table.count().get_result(conn));
    assert_eq!(left, 0);
    assert_eq!(olga.get(&sam).await.status, 200);
}

#[actix_web::test]
async fn s4_what_waits_for_somebody_who_came_back_is_replaced_too() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, &holder("viewer", At::North), &night(), At::North);
        Ok(())
    });
    waiting(&app, &night());
    let olga = app.signed_in(OLGA);
    let page = review(&olga, "billing").await;
    says(
        &page,
        &[
            "It waits for 1 person who was reactivated, until somebody confirms it: Billing waits in its place.",
        ],
    );
    let done = olga.submit(&page, &page.page().form("Delete role")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let left: Vec<String> = app.sql(|conn| {
        dormant_grants::table
            .select(dormant_grants::role)
            .load(conn)
    });
    assert_eq!(left, ["billing"]);
    let sam = olga
        .get(&format!("/accounts/acme/users/{}", user(SAM)))
        .await;
    assert_eq!(sam.status, 200);
    says(&sam, &["Billing"]);
}

#[actix_web::test]
async fn of_fifty_deletions_and_fifty_grants_at_once_no_role_is_held_that_is_gone() {
    let app = TestApp::start().await;
    let (olga, anna) = (
        app.signed_in(OLGA),
        app.signed_in(&holder("admin", At::Account)),
    );
    let page = delete_page(&olga).await;
    let delete = page.page().form("Delete role");
    let people = [
        SAM.to_owned(),
        holder("viewer", At::North),
        holder("billing", At::Dock4),
    ];
    let path = "/accounts/acme/organizations/south/members/add";
    let key = night();
    let fields: Vec<[(&str, String); 2]> = people
        .iter()
        .map(|email| [("user", user(email).to_string()), ("role", key.clone())])
        .collect();
    let fields: Vec<Vec<(&str, &str)>> = fields
        .iter()
        .map(|two| {
            two.iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect()
        })
        .collect();
    let deletions = join_all((0..50).map(|_| olga.submit(&page, &delete)));
    let grants_ = join_all((0..50).map(|n| anna.post(path, &fields[n % fields.len()])));
    let (deleted, given) = futures_util::future::join(deletions, grants_).await;
    for answer in deleted.iter().chain(&given) {
        let told = [200, 303, 403, 404, 409, 422, 503];
        assert!(
            told.contains(&answer.status),
            "{}: {}",
            answer.status,
            answer.words()
        );
    }
    let gone = own_roles(&app).is_empty();
    let held: i64 = app.sql(|conn| {
        grants::table
            .filter(grants::role.eq(night()))
            .count()
            .get_result(conn)
    });
    assert_eq!(gone, held == 0, "gone: {gone}, held {held} times");
    assert_eq!(olga.get("/accounts/acme/user-management").await.status, 200);
}
