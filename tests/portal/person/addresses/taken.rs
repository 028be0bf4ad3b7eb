//! An address that somebody else has got meanwhile: whoever has proven it keeps it, and nobody else does.

use super::{LEE, NEW, SAM, address, begun, choose_again, events, invite_again, press};
use crate::support::app::TestApp;
use crate::support::cast::{self, PASSWORD, Person, user};
use diesel::prelude::*;
use tenantry::db::schema::{memberships, users};
use tenantry::db::types::UserId;

#[actix_web::test]
async fn an_address_that_found_an_owner_meanwhile_stays_theirs() {
    let app = TestApp::start().await;
    let (new, old) = begun(&app).await;
    app.sql(|conn| {
        Person::of("globex", NEW, "Samuel", "Other").insert(conn);
        Ok(())
    });
    let taken = press(&app.visitor(), &new, "Confirm the address").await;
    assert_eq!(taken.status, 410);
    assert_eq!(taken.page().h1(), "This address has a login already");
    assert_eq!(address(&app, SAM).0, SAM);
    assert_eq!(app.visitor().open(&old).await.status, 410);
    // And the other way round: the old address is somebody's by the time it is to come back.
    let app = TestApp::start().await;
    let (new, old) = begun(&app).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    app.sql(|conn| {
        diesel::update(users::table.filter(users::id.eq(user(LEE))))
            .set((users::email.eq(SAM), users::email_key.eq(SAM)))
            .execute(conn)
    });
    let taken = press(&app.visitor(), &old, "Take it back").await;
    assert_eq!(taken.status, 410);
    assert_eq!(address(&app, SAM).0, NEW);
}

/// Invites this address to Dock 4 as a Viewer.
async fn invite(app: &TestApp, email: &str) {
    let ravi = app.signed_in("ravi@acme.example");
    let first = ravi.get("/accounts/acme/user-management/new").await;
    let form = first
        .page()
        .form("Add User")
        .fill("first_name", "Somebody")
        .fill("last_name", "Else")
        .fill("email", email);
    let second = ravi.submit(&first, &form).await;
    let dock = cast::project("dock-4").to_string();
    let form = second.page().form("Submit").fill("place", &dock);
    let done = ravi.submit(&second, &form.tick("role", "viewer")).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

#[actix_web::test]
async fn s1_nobody_keeps_a_login_by_inviting_its_former_address() {
    let app = TestApp::start().await;
    let (new, old) = begun(&app).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    invite(&app, SAM).await;
    let intruder: UserId = app.sql(|conn| {
        users::table
            .filter(users::email_key.eq(SAM))
            .select(users::id)
            .first(conn)
    });
    assert_ne!(intruder, user(SAM), "a login of its own");
    app.deliver().await;

    let back = press(&app.visitor(), &old, "Take it back").await;
    assert_eq!(back.page().h1(), "The change is taken back");
    let words = back.words();
    assert!(words.contains("has ended"), "{words}");
    assert_eq!(address(&app, SAM).0, SAM);
    let left: i64 = app.sql(|conn| {
        memberships::table
            .filter(memberships::user_id.eq(intruder))
            .count()
            .get_result(conn)
    });
    assert_eq!(left, 0, "the invitation has ended");
    let revoked = events(&app, "user.invite_revoked");
    assert_eq!(revoked.len(), 1);
    assert_eq!(revoked[0].0, cast::account("acme"));
    // One signs in with it again, and it can be invited again.
    choose_again(&app).await;
    let fields = [("email", SAM), ("password", PASSWORD)];
    assert_eq!(app.visitor().post("/sign-in", &fields).await.status, 303);
}

#[actix_web::test]
async fn s1_whoever_has_proven_a_former_address_keeps_it() {
    let app = TestApp::start().await;
    let (new, old) = begun(&app).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    invite(&app, SAM).await;
    app.sql(|conn| {
        diesel::update(users::table.filter(users::email_key.eq(SAM)))
            .set(users::verified_at.eq(Some(cast::morning())))
            .execute(conn)
    });
    let taken = press(&app.visitor(), &old, "Take it back").await;
    assert_eq!(taken.status, 410);
    assert_eq!(address(&app, SAM).0, NEW);
}

#[actix_web::test]
async fn rule_10_only_the_address_that_an_invitation_was_sent_to_answers_it() {
    let app = TestApp::start().await;
    // Acme sends Lee another invitation, and Globex changes the address meanwhile.
    app.sql(|conn| {
        diesel::update(memberships::table)
            .filter(memberships::account_id.eq(cast::account("acme")))
            .filter(memberships::user_id.eq(user(LEE)))
            .set(memberships::status.eq("invited"))
            .execute(conn)
    });
    let ravi = app.signed_in("ravi@acme.example");
    invite_again(&ravi, LEE).await;
    app.deliver_one().await;
    let lee = app.signed_in(LEE);
    let waiting = format!("/me/invitation?account={}", cast::account("acme"));
    assert_eq!(lee.get(&waiting).await.status, 200, "it is theirs");
    app.sql(|conn| {
        diesel::update(users::table.find(user(LEE)))
            .set((users::email.eq(NEW), users::email_key.eq(NEW)))
            .execute(conn)
    });
    let refused = lee.follow(lee.get(&waiting).await).await.words();
    assert!(
        refused.contains("sent to another address than the one you sign in with now"),
        "{refused}"
    );
    let id = cast::account("acme").to_string();
    let fields = [("account", id.as_str()), ("answer", "accept")];
    lee.post("/me/invitation", &fields).await;
    let acme = "/accounts/acme/organizations/north";
    assert_eq!(lee.get(acme).await.status, 404, "and it opens nothing");
}
