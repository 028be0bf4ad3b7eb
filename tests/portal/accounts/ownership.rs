//! Ownership: offered, accepted by the other side, laid down in the same act (rules 14, 16, 17; S12).

use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::visitor::{Answer, Visitor};
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events, grants, memberships, ownership_offers};

const PAGE: &str = "/accounts/acme/ownership";
const RAVI: &str = "ravi@acme.example";

fn owners(app: &TestApp) -> Vec<tenantry::db::types::UserId> {
    app.sql(|conn| {
        grants::table
            .filter(grants::account_id.eq(cast::account("acme")))
            .filter(grants::role.eq("owner"))
            .order(grants::user_id)
            .select(grants::user_id)
            .load(conn)
    })
}

fn sorted(emails: &[&str]) -> Vec<tenantry::db::types::UserId> {
    let mut ids: Vec<_> = emails.iter().map(|email| cast::user(email)).collect();
    ids.sort();
    ids
}

fn told(app: &TestApp, action: &str) -> i64 {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq(action))
            .count()
            .get_result(conn)
    })
}

async fn offer(olga: &Visitor<'_>, email: &str, lay_down: bool) -> Answer {
    let page = olga.get(PAGE).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let mut form = page.page().form("Offer ownership").fill("email", email);
    if lay_down {
        form = form.tick("lay_down", "yes");
    }
    olga.submit(&page, &form).await
}

async fn review(visitor: &Visitor<'_>) -> Answer {
    visitor
        .open(
            &visitor
                .get("/me/accounts")
                .await
                .page()
                .link("Review the offer"),
        )
        .await
}

async fn answer(visitor: &Visitor<'_>, page: &Answer, button: &str) -> Answer {
    visitor.submit(page, &page.page().form(button)).await
}

#[actix_web::test]
async fn s12_ownership_is_offered_accepted_and_laid_down_in_one_act() {
    let app = TestApp::start().await;
    let (olga, ravi) = (app.signed_in("olga@acme.example"), app.signed_in(RAVI));
    let made = olga.follow(offer(&olga, RAVI, true).await).await;
    assert!(
        made.words()
            .contains("Ownership was offered to Ravi Users."),
        "{}",
        made.words()
    );
    assert_eq!(
        owners(&app),
        sorted(&["olga@acme.example"]),
        "nothing changes until it is accepted"
    );
    let mail = app.deliver_one().await;
    assert_eq!(
        (mail.to[0].as_str(), mail.subject().as_str()),
        (RAVI, "Olga Owner offers you ownership of Acme")
    );
    let page = review(&ravi).await;
    assert!(
        page.words()
            .contains("Olga Owner lays down their own ownership"),
        "{}",
        page.words()
    );
    let done = ravi
        .follow(answer(&ravi, &page, "Accept ownership").await)
        .await;
    assert!(
        done.words().contains("You are now an Owner of Acme."),
        "{}",
        done.words()
    );
    assert_eq!(owners(&app), sorted(&[RAVI]));
    assert_eq!(
        olga.get(PAGE).await.status,
        404,
        "her one role is gone with it"
    );
    assert_eq!(ravi.get(PAGE).await.status, 200);
    let mail = app.deliver_one().await;
    assert_eq!(
        (mail.to[0].as_str(), mail.subject().as_str()),
        ("olga@acme.example", "Ravi Users is now an Owner of Acme")
    );
    for action in [
        "ownership.offered",
        "ownership.accepted",
        "role.granted",
        "role.revoked",
    ] {
        assert_eq!(told(&app, action), 1, "{action}");
    }
}

#[actix_web::test]
async fn s12_an_owner_may_stay_beside_the_new_one() {
    let app = TestApp::start().await;
    let (olga, ravi) = (app.signed_in("olga@acme.example"), app.signed_in(RAVI));
    offer(&olga, RAVI, false).await;
    let page = review(&ravi).await;
    answer(&ravi, &page, "Accept ownership").await;
    assert_eq!(owners(&app), sorted(&["olga@acme.example", RAVI]));
    // And then either may lay it down.
    let again = offer(&olga, RAVI, false).await;
    assert_eq!(again.status, 422);
    assert!(
        again.words().contains("Ravi Users is an Owner already"),
        "{}",
        again.words()
    );
}

#[actix_web::test]
async fn only_an_owner_offers_and_only_to_somebody_active_in_the_account() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    for (email, says) in [
        ("", "Enter an email address"),
        (
            "gil@globex.example",
            "Nobody who is active in Acme has this address",
        ),
        (
            "dana@acme.example",
            "Nobody who is active in Acme has this address",
        ),
        (
            "ines@acme.example",
            "Nobody who is active in Acme has this address",
        ),
        ("olga@acme.example", "You are an Owner already"),
    ] {
        let again = offer(&olga, email, false).await;
        assert_eq!(again.status, 422, "{email}");
        assert!(again.words().contains(says), "{email}: {}", again.words());
    }
    let anna = app.signed_in(&cast::holder("admin", At::Account));
    assert_eq!(anna.post(PAGE, &[("email", RAVI)]).await.status, 403);
    assert_eq!(told(&app, "ownership.offered"), 0);
}

#[actix_web::test]
async fn an_offer_is_declined_or_taken_back_and_each_side_hears_of_it() {
    let app = TestApp::start().await;
    let (olga, ravi) = (app.signed_in("olga@acme.example"), app.signed_in(RAVI));
    offer(&olga, RAVI, true).await;
    let page = review(&ravi).await;
    answer(&ravi, &page, "Decline").await;
    let late = ravi
        .follow(answer(&ravi, &page, "Accept ownership").await)
        .await;
    assert!(
        late.words().contains("This offer does not stand any more"),
        "{}",
        late.words()
    );
    offer(&olga, RAVI, true).await;
    assert_eq!(
        offer(&olga, RAVI, false).await.status,
        422,
        "one offer at a time"
    );
    let list = olga.get(PAGE).await;
    let back = olga
        .follow(
            olga.submit(
                &list,
                &list.page().form("Take back the offer to Ravi Users"),
            )
            .await,
        )
        .await;
    assert!(
        back.words()
            .contains("The offer to Ravi Users was taken back."),
        "{}",
        back.words()
    );
    assert_eq!(owners(&app), sorted(&["olga@acme.example"]));
    let subjects: Vec<String> = app
        .deliver()
        .await
        .iter()
        .map(|mail| mail.subject())
        .collect();
    for wanted in [
        "Ravi Users declined ownership of Acme",
        "The offer of ownership of Acme was taken back",
    ] {
        assert!(
            subjects.iter().any(|subject| subject == wanted),
            "{wanted} in {subjects:?}"
        );
    }
}

#[actix_web::test]
async fn an_offer_ends_after_fourteen_days_and_makes_room_for_another() {
    let app = TestApp::start().await;
    offer(&app.signed_in("olga@acme.example"), RAVI, false).await;
    let page = review(&app.signed_in(RAVI)).await;
    app.advance(chrono::Duration::days(14));
    let ravi = app.signed_in(RAVI);
    let late = ravi
        .follow(answer(&ravi, &page, "Accept ownership").await)
        .await;
    assert!(late.words().contains("has expired"), "{}", late.words());
    assert_eq!(owners(&app), sorted(&["olga@acme.example"]));
    assert_eq!(
        offer(&app.signed_in("olga@acme.example"), RAVI, false)
            .await
            .status,
        303
    );
}

#[actix_web::test]
async fn an_offer_of_somebody_who_owns_it_no_longer_gives_nothing() {
    let app = TestApp::start().await;
    let (olga, ravi) = (app.signed_in("olga@acme.example"), app.signed_in(RAVI));
    offer(&olga, RAVI, false).await;
    let page = review(&ravi).await;
    app.sql(|conn| {
        diesel::update(memberships::table)
            .filter(memberships::user_id.eq(cast::user("olga@acme.example")))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
    let late = ravi
        .follow(answer(&ravi, &page, "Accept ownership").await)
        .await;
    assert!(
        late.words().contains("is not an Owner any more"),
        "{}",
        late.words()
    );
    assert_eq!(owners(&app), sorted(&["olga@acme.example"]));
}

#[actix_web::test]
async fn two_acceptances_at_once_make_one_owner_and_acceptance_against_withdrawal_ends_in_one() {
    let app = TestApp::start().await;
    let (olga, ravi) = (app.signed_in("olga@acme.example"), app.signed_in(RAVI));
    offer(&olga, RAVI, true).await;
    let page = review(&ravi).await;
    let accept = || answer(&ravi, &page, "Accept ownership");
    futures_util::future::join(accept(), accept()).await;
    assert_eq!(
        (owners(&app), told(&app, "ownership.accepted")),
        (sorted(&[RAVI]), 1)
    );

    let (mia, manager) = (
        cast::holder("manager", At::Account),
        app.signed_in(&cast::holder("manager", At::Account)),
    );
    offer(&ravi, &mia, false).await;
    let page = review(&manager).await;
    let list = ravi.get(PAGE).await;
    let take_back = list
        .page()
        .form("Take back the offer to Mia manager at acme");
    futures_util::future::join(
        answer(&manager, &page, "Accept ownership"),
        ravi.submit(&list, &take_back),
    )
    .await;
    let state: String = app.sql(|conn| {
        ownership_offers::table
            .filter(ownership_offers::user_id.eq(cast::user(&mia)))
            .select(ownership_offers::state)
            .first(conn)
    });
    let expected = if state == "accepted" {
        sorted(&[RAVI, &mia])
    } else {
        sorted(&[RAVI])
    };
    assert_eq!(owners(&app), expected, "{state}");
    assert_eq!(
        told(&app, "ownership.withdrawn"),
        i64::from(state == "withdrawn")
    );
}

#[actix_web::test]
async fn two_owners_who_hand_over_to_each_others_heirs_never_leave_nobody() {
    let app = TestApp::start().await;
    let (olga, ravi) = (app.signed_in("olga@acme.example"), app.signed_in(RAVI));
    app.sql(|conn| {
        cast::give(conn, RAVI, "owner", At::Account);
        Ok(())
    });
    let lay = |email: &'static str| {
        cast::grant_id(email, "owner", cast::account("acme").uuid()).to_string()
    };
    let (one, two, account) = (
        lay("olga@acme.example"),
        lay(RAVI),
        cast::account("acme").to_string(),
    );
    let (first, second) = (
        [("account", account.as_str()), ("grant", &one)],
        [("account", account.as_str()), ("grant", &two)],
    );
    let (one, two) = futures_util::future::join(
        olga.post("/me/roles", &first),
        ravi.post("/me/roles", &second),
    )
    .await;
    let mut ended = [one.status, two.status];
    ended.sort_unstable();
    assert_eq!(ended, [303, 403], "{} / {}", one.words(), two.words());
    assert_eq!(owners(&app).len(), 1);
}

#[actix_web::test]
async fn a_frozen_account_changes_no_owner() {
    let app = TestApp::start().await;
    let (olga, ravi) = (app.signed_in("olga@acme.example"), app.signed_in(RAVI));
    offer(&olga, RAVI, true).await;
    let page = review(&ravi).await;
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let refused = answer(&ravi, &page, "Accept ownership").await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.words().contains("The gate that refused: plan."),
        "{}",
        refused.words()
    );
    assert_eq!(
        offer(&olga, &cast::holder("manager", At::Account), false)
            .await
            .status,
        403
    );
    assert_eq!(owners(&app), sorted(&["olga@acme.example"]));
    assert_eq!(answer(&ravi, &page, "Decline").await.status, 303);
}

#[actix_web::test]
async fn an_offer_is_nobody_elses() {
    let app = TestApp::start().await;
    offer(&app.signed_in("olga@acme.example"), RAVI, true).await;
    let id: tenantry::db::types::OfferId = app.sql(|conn| {
        ownership_offers::table
            .select(ownership_offers::id)
            .first(conn)
    });
    for email in [
        "gil@globex.example",
        "sam@acme.example",
        "olga@acme.example",
    ] {
        let other = app.signed_in(email);
        let page = other
            .follow(other.get(&format!("/me/ownership?offer={id}")).await)
            .await;
        assert!(
            page.words().contains("does not stand any more"),
            "{email}: {}",
            page.words()
        );
        other
            .post(
                "/me/ownership",
                &[("offer", &id.to_string()), ("answer", "accept")],
            )
            .await;
    }
    let gil = app.signed_in("gil@globex.example");
    let taken = gil
        .post(
            "/accounts/globex/ownership/withdraw",
            &[("offer", &id.to_string())],
        )
        .await;
    assert_eq!(taken.status, 404);
    assert_eq!(owners(&app), sorted(&["olga@acme.example"]));
}

/// How the one offer stands.
fn standing(app: &TestApp) -> String {
    app.sql(|conn| {
        ownership_offers::table
            .select(ownership_offers::state)
            .first(conn)
    })
}

#[actix_web::test]
async fn an_offer_ends_with_the_membership_of_whom_it_was_made_to() {
    let lee = "lee@globex.example";
    let path = |act: &str| format!("/accounts/acme/users/{}/{act}", cast::user(lee));
    for way in ["deactivate", "remove", "leave"] {
        let app = TestApp::start().await;
        let (olga, visitor) = (app.signed_in("olga@acme.example"), app.signed_in(lee));
        offer(&olga, lee, false).await;
        let page = review(&visitor).await;
        let done = match way {
            "leave" => {
                let account = cast::account("acme").to_string();
                visitor.post("/me/leave", &[("account", &account)]).await
            }
            act => olga.post(&path(act), &[]).await,
        };
        assert_eq!(done.status, 303, "{way}: {}", done.words());
        assert_eq!(standing(&app), "withdrawn", "{way}");
        assert_eq!(told(&app, "ownership.withdrawn"), 1, "{way}");
        // Back again, as whatever: nothing waits.
        app.sql(|conn| {
            if way == "deactivate" {
                diesel::update(memberships::table)
                    .filter(memberships::user_id.eq(cast::user(lee)))
                    .set(memberships::status.eq("active"))
                    .execute(conn)?;
            } else {
                let status = tenantry::members::Status::Active;
                cast::belong(conn, "acme", (lee, "Lee", "Guest"), true, status);
                cast::give(conn, lee, "viewer", At::North);
            }
            Ok(())
        });
        let late = visitor
            .follow(answer(&visitor, &page, "Accept ownership").await)
            .await;
        assert!(
            late.words().contains("does not stand any more"),
            "{way}: {}",
            late.words()
        );
        assert_eq!(owners(&app), sorted(&["olga@acme.example"]), "{way}");
    }
}

#[actix_web::test]
async fn an_offer_ends_with_the_ownership_of_who_made_it() {
    let olga = "olga@acme.example";
    let gina = "gina@acme.example";
    for way in ["deactivate", "lay down", "hand over"] {
        let app = TestApp::start().await;
        app.sql(|conn| {
            cast::Person::of("acme", gina, "Gina", "Owner").insert(conn);
            cast::give(conn, gina, "owner", At::Account);
            Ok(())
        });
        let (first, ravi) = (app.signed_in(olga), app.signed_in(RAVI));
        offer(&first, RAVI, false).await;
        let page = review(&ravi).await;
        match way {
            "deactivate" => {
                let second = app.signed_in(gina);
                let path = format!("/accounts/acme/users/{}/deactivate", cast::user(olga));
                assert_eq!(second.post(&path, &[]).await.status, 303);
            }
            "lay down" => {
                let own = cast::grant_id(olga, "owner", cast::account("acme").uuid());
                let fields = [
                    ("account", cast::account("acme").to_string()),
                    ("grant", own.to_string()),
                ];
                let fields: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(name, text)| (*name, text.as_str()))
                    .collect();
                assert_eq!(first.post("/me/roles", &fields).await.status, 303);
            }
            _ => {
                offer(&first, "sam@acme.example", true).await;
                let sam = app.signed_in("sam@acme.example");
                let other = review(&sam).await;
                assert_eq!(answer(&sam, &other, "Accept ownership").await.status, 303);
            }
        }
        assert_eq!(told(&app, "ownership.withdrawn"), 1, "{way}");
        // Owner again, by whatever way: what was taken back stays so.
        app.sql(|conn| {
            diesel::update(memberships::table)
                .filter(memberships::user_id.eq(cast::user(olga)))
                .set(memberships::status.eq("active"))
                .execute(conn)
        });
        let late = ravi
            .follow(answer(&ravi, &page, "Accept ownership").await)
            .await;
        let words = late.words();
        let told =
            words.contains("is not an Owner any more") || words.contains("does not stand any more");
        assert!(told, "{way}: {words}");
        assert!(!owners(&app).contains(&cast::user(RAVI)), "{way}");
    }
}

#[actix_web::test]
async fn rule_25_ownership_is_offered_and_accepted_with_a_fresh_proof() {
    let app = TestApp::start().await;
    let (olga, ravi) = (app.signed_in("olga@acme.example"), app.signed_in(RAVI));
    app.advance(chrono::Duration::minutes(11));
    let again = offer(&olga, RAVI, false).await;
    assert_eq!(again.status, 422, "{}", again.words());
    assert!(
        again.words().contains("Enter your password"),
        "{}",
        again.words()
    );
    assert_eq!(told(&app, "ownership.offered"), 0);
    let form = again.page().form("Offer ownership");
    assert!(form.fields.iter().any(|(_, value)| value == RAVI));
    let wrong = form.clone().fill("password", "not my password");
    let wrong = olga.submit(&again, &wrong).await;
    assert_eq!(wrong.status, 422, "{}", wrong.words());
    assert_eq!(told(&app, "proof.fail"), 1);
    let right = olga
        .submit(&again, &form.fill("password", cast::PASSWORD))
        .await;
    assert_eq!(right.status, 303, "{}", right.words());
    assert_eq!(told(&app, "ownership.offered"), 1);

    let page = review(&ravi).await;
    let asked = answer(&ravi, &page, "Accept ownership").await;
    assert_eq!(asked.status, 422, "{}", asked.words());
    assert_eq!(owners(&app), sorted(&["olga@acme.example"]));
    let form = asked.page().form("Accept ownership");
    let done = ravi
        .submit(&asked, &form.fill("password", cast::PASSWORD))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(owners(&app), sorted(&["olga@acme.example", RAVI]));
}

#[actix_web::test]
async fn an_offer_is_declined_without_a_proof() {
    let app = TestApp::start().await;
    let (olga, ravi) = (app.signed_in("olga@acme.example"), app.signed_in(RAVI));
    offer(&olga, RAVI, false).await;
    app.advance(chrono::Duration::minutes(11));
    let page = review(&ravi).await;
    let done = answer(&ravi, &page, "Decline").await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(told(&app, "ownership.declined"), 1);
}
