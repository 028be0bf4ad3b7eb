//! A colleague vouches for somebody whose sign-in is locked (beyond E; rule 12, S1).

use crate::support::app::TestApp;
use crate::support::cast::{self, At, PASSWORD, holder, user};
use crate::support::visitor::{Answer, Visitor};
use chrono::Duration;
use diesel::prelude::*;
use futures_util::future::join_all;
use tenantry::db::schema::{audit_events, users};
use tenantry::db::types::{AccountId, UserId};

const SAM: &str = "sam@acme.example";

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}", user(email))
}

fn vouch_for(email: &str) -> String {
    format!("{}/vouch", page_of(email))
}

/// Ten wrong passwords, from somewhere.
async fn lock(app: &TestApp, email: &str) {
    let stranger = app.visitor();
    for _ in 0..10 {
        let fields = [("email", email), ("password", "wrong password here")];
        stranger.post("/sign-in", &fields).await;
    }
}

/// Everybody is locked for a quarter of an hour.
fn lock_all(app: &TestApp) {
    let until = app.now().plus(Duration::minutes(15));
    app.sql(|conn| {
        diesel::update(users::table)
            .set(users::locked_until.eq(Some(until)))
            .execute(conn)
    });
}

fn is_locked(app: &TestApp, email: &str) -> bool {
    let until: Option<tenantry::db::types::Ts> = app.sql(|conn| {
        users::table
            .filter(users::id.eq(user(email)))
            .select(users::locked_until)
            .first(conn)
    });
    until.is_some_and(|until| until > app.now())
}

/// Chain, who, about whom.
fn vouched(app: &TestApp) -> Vec<(AccountId, Option<UserId>, Option<UserId>)> {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("user.vouched_for"))
            .order(audit_events::id)
            .select((
                audit_events::chain_id,
                audit_events::actor_id,
                audit_events::target_id,
            ))
            .load(conn)
    })
}

async fn press(visitor: &Visitor<'_>, email: &str) -> Answer {
    let page = visitor.get(&vouch_for(email)).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page.page().form("Vouch for them").tick("sure", "yes");
    visitor.submit(&page, &form).await
}

#[actix_web::test]
async fn beyond_e_a_colleague_who_may_as_much_vouches_and_the_lock_ends() {
    let app = TestApp::start().await;
    let vera = app.signed_in(&holder("viewer", At::Account));
    let open = vera.get(&page_of(SAM)).await;
    assert!(!open.words().contains("Vouch"), "nothing is locked");
    lock(&app, SAM).await;
    app.deliver().await;
    let before: Option<String> = app.sql(|conn| {
        users::table
            .filter(users::id.eq(user(SAM)))
            .select(users::password_hash)
            .first(conn)
    });

    let page = vera.get(&page_of(SAM)).await;
    assert_eq!(page.page().link("Vouch for them"), vouch_for(SAM));
    // From the list as well; who manages them ends the lock at once, and an Auditor vouches for nobody.
    let locked = "/accounts/acme/user-management?status=locked";
    let list = vera.get(locked).await;
    assert_eq!(list.page().link("Vouch for them"), vouch_for(SAM));
    for other in ["ravi@acme.example", &holder("auditor", At::Account)] {
        let list = app.signed_in(other).get(locked).await;
        assert!(list.words().contains("Sam South"), "{}", list.words());
        assert!(!list.words().contains("Vouch"), "{}", list.words());
    }
    let page = vera.get(&vouch_for(SAM)).await;
    assert_eq!(page.page().h1(), "Vouch for Sam South");
    let form = page.page().form("Vouch for them");
    let unsure = vera.submit(&page, &form).await;
    assert_eq!(unsure.status, 422);
    assert_eq!(
        unsure.page().error_summary()[0].0,
        "Vouch only for somebody whom you have spoken with"
    );
    assert!(is_locked(&app, SAM));
    let done = press(&vera, SAM).await;
    assert_eq!(done.location().as_deref(), Some(page_of(SAM).as_str()));
    let said = vera.follow(done).await.words();
    assert!(
        said.contains("You vouched for Sam South: they can sign in again"),
        "{said}"
    );
    assert!(!is_locked(&app, SAM));

    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [SAM]);
    assert_eq!(
        mail.subject(),
        "Vera viewer at acme vouched for you: your sign-in is unlocked"
    );
    let text = mail.text();
    assert!(text.contains("Vouched by: Vera viewer at acme"), "{text}");
    assert!(text.contains("/forgot-password"), "{text}");
    let who = user(&holder("viewer", At::Account));
    let written = vouched(&app);
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].0, cast::account("acme"));
    assert_eq!((written[0].1, written[0].2), (Some(who), Some(user(SAM))));

    let after: Option<String> = app.sql(|conn| {
        users::table
            .filter(users::id.eq(user(SAM)))
            .select(users::password_hash)
            .first(conn)
    });
    assert_eq!(after, before, "no password is set");
    let sam = app.visitor();
    sam.post("/sign-in", &[("email", SAM), ("password", PASSWORD)])
        .await;
    assert!(!sam.get("/me").await.asks_to_sign_in());

    // The same form again finds nothing to end.
    let again = vera.submit(&page, &form.tick("sure", "yes")).await;
    let said = vera.follow(again).await.words();
    assert!(said.contains("was not locked any more"), "{said}");
    let shown = vera.get(&vouch_for(SAM)).await;
    assert_eq!(shown.location().as_deref(), Some(page_of(SAM).as_str()));
    assert!(app.deliver().await.is_empty());
    assert_eq!(vouched(&app).len(), 1);
}

#[actix_web::test]
async fn beyond_e_nobody_vouches_for_who_may_more_for_oneself_or_as_auditor_or_guest() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        // An Owner who does not run the platform, as Olga does.
        let anna = holder("admin", At::Account);
        cast::give(conn, &anna, "owner", At::Account);
        Ok(())
    });
    lock_all(&app);
    let at = |role: &str| holder(role, At::Account);
    let olga = "olga@acme.example".to_owned();
    let north = holder("viewer", At::North);
    let lee = "lee@globex.example".to_owned();
    for (who, about, status) in [
        (at("viewer"), SAM.to_owned(), 200),
        (at("viewer"), at("viewer"), 403),
        (at("viewer"), at("manager"), 403),
        (at("viewer"), at("admin"), 403),
        (at("viewer"), at("user_management"), 403),
        (at("viewer"), olga.clone(), 403),
        (at("viewer"), lee.clone(), 409),
        (at("viewer"), "dana@acme.example".to_owned(), 409),
        (at("viewer"), "ines@acme.example".to_owned(), 403),
        (at("manager"), at("viewer"), 200),
        (at("manager"), at("operations"), 200),
        (at("manager"), at("auditor"), 403),
        (at("manager"), at("admin"), 403),
        // Who manages users may give what others hold, though they do not hold it.
        (at("user_management"), at("manager"), 200),
        (at("user_management"), at("admin"), 403),
        // An Owner may all that Olga may here, and does not run the platform.
        (at("admin"), at("user_management"), 200),
        (at("admin"), olga.clone(), 403),
        (olga.clone(), at("admin"), 200),
        (at("auditor"), SAM.to_owned(), 403),
        (at("billing"), SAM.to_owned(), 403),
        (lee.clone(), north.clone(), 403),
        // What one does not see does not exist.
        (SAM.to_owned(), north.clone(), 404),
        (north.clone(), SAM.to_owned(), 404),
        // What holds in a part of the account only is less than what holds in all of it.
        (north, at("viewer"), 404),
        ("gil@globex.example".to_owned(), SAM.to_owned(), 404),
    ] {
        let visitor = app.signed_in(&who);
        let page = visitor.get(&vouch_for(&about)).await;
        assert_eq!(page.status, status, "{who} for {about}: {}", page.words());
        assert!(!page.words().contains("Globex") || who.ends_with("globex.example"));
        if status != 200 {
            let sent = visitor.post(&vouch_for(&about), &[("sure", "yes")]).await;
            assert_eq!(sent.status, status, "{who} for {about}");
            assert!(is_locked(&app, &about), "{who} for {about}");
        }
    }
    assert!(vouched(&app).is_empty());
    assert!(app.deliver().await.is_empty());
}

#[actix_web::test]
async fn s22_in_a_frozen_account_whoever_proved_long_ago_vouches_with_their_password() {
    let app = TestApp::start().await;
    let vera = app.signed_in(&holder("viewer", At::Account));
    app.advance(Duration::minutes(11));
    lock(&app, SAM).await;
    app.sql(|conn| {
        use tenantry::db::schema::accounts;
        diesel::update(accounts::table.find(cast::account("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let page = vera.get(&vouch_for(SAM)).await;
    let form = page.page().form("Vouch for them").tick("sure", "yes");
    let wrong = form.clone().fill("password", "not it at all");
    let again = vera.submit(&page, &wrong).await;
    assert_eq!(again.status, 422, "{}", again.words());
    assert!(is_locked(&app, SAM));
    let done = vera.submit(&page, &form.fill("password", PASSWORD)).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(!is_locked(&app, SAM));
    assert_eq!(vouched(&app).len(), 1);
}

#[actix_web::test]
async fn beyond_e_vouching_takes_a_fresh_proof_and_a_wrong_one_ends_no_lock() {
    let app = TestApp::start().await;
    let vera = app.signed_in(&holder("viewer", At::Account));
    let fresh = {
        lock_all(&app);
        vera.get(&vouch_for(SAM)).await
    };
    assert!(!fresh.page().has("input[type=password]"));
    app.advance(Duration::minutes(11));
    lock_all(&app);
    let page = vera.get(&vouch_for(SAM)).await;
    assert!(page.page().has("input[name=password]"));
    let form = page.page().form("Vouch for them").tick("sure", "yes");
    for (typed, said) in [
        ("", "Enter your password"),
        ("not it at all", "This password is not right"),
    ] {
        let sent = vera
            .submit(&page, &form.clone().fill("password", typed))
            .await;
        assert_eq!(sent.status, 422);
        assert_eq!(sent.page().error_summary()[0].0, said);
        assert!(
            sent.page().has("input[name=sure][checked]"),
            "what was ticked stays"
        );
        assert!(is_locked(&app, SAM));
    }
    let done = vera.submit(&page, &form.fill("password", PASSWORD)).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(!is_locked(&app, SAM));
}

#[actix_web::test]
async fn one_vouches_three_times_a_day_and_is_vouched_for_as_often() {
    let app = TestApp::start().await;
    let (vera, mia) = (
        app.signed_in(&holder("viewer", At::Account)),
        app.signed_in(&holder("manager", At::Account)),
    );
    let other = holder("viewer", At::Dock4);
    for _ in 0..3 {
        lock_all(&app);
        assert_eq!(press(&vera, SAM).await.status, 303);
        app.deliver_one().await;
    }
    lock_all(&app);
    for (visitor, email, said) in [
        (&vera, SAM, "You have vouched 3 times in 24 hours"),
        (
            &vera,
            other.as_str(),
            "You have vouched 3 times in 24 hours",
        ),
        (&mia, SAM, "Sam South was vouched for 3 times in 24 hours"),
    ] {
        let refused = press(visitor, email).await;
        assert_eq!(refused.status, 409);
        assert!(refused.words().contains(said), "{}", refused.words());
        assert!(is_locked(&app, email));
    }
    assert_eq!(press(&mia, &other).await.status, 303);
    app.advance(Duration::hours(25));
    lock_all(&app);
    let vera = app.signed_in(&holder("viewer", At::Account));
    assert_eq!(press(&vera, SAM).await.status, 303);
}

#[actix_web::test]
async fn of_many_who_vouch_at_once_one_ends_the_lock() {
    let app = TestApp::start().await;
    lock_all(&app);
    let vera = app.signed_in(&holder("viewer", At::Account));
    let path = vouch_for(SAM);
    let fields = [("sure", "yes")];
    let answers = join_all((0..12).map(|_| vera.post(&path, &fields))).await;
    assert!(answers.iter().all(|answer| answer.status == 303));
    assert_eq!(vouched(&app).len(), 1);
    assert_eq!(app.deliver().await.len(), 1);
}
