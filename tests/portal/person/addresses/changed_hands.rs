//! What was asked, approved or offered for somebody is not for whoever reads the mailbox that a manager gave their login
//! (rules 17 and 18; S1, S6).

use super::{LEE, NEW, SAM, ask, both, email_page, events, path_of, press};
use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use diesel::prelude::*;
use tenantry::db::schema::{grants, ownership_offers, requests};
use tenantry::db::types::{OfferId, RequestId};

const RAVI: &str = "ravi@acme.example";
const OLGA: &str = "olga@acme.example";
const PAT: &str = "pat@globex.example";

fn state(app: &TestApp, id: RequestId) -> String {
    app.sql(|conn| requests::table.find(id).select(requests::state).first(conn))
}

fn holds(app: &TestApp, email: &str, role: &str) -> bool {
    let theirs = grants::table
        .filter(grants::user_id.eq(user(email)))
        .filter(grants::role.eq(role.to_owned()));
    app.sql(|conn| diesel::select(diesel::dsl::exists(theirs)).get_result(conn))
}

/// A manager of this account gives the login another mailbox, which confirms; perhaps the old one agrees before.
async fn readdress(app: &TestApp, (manager, account): (&str, &str), email: &str, agrees: bool) {
    app.deliver().await;
    ask(&app.signed_in(manager), &email_page(account, email), NEW).await;
    let (new, old) = both(app, NEW).await;
    if agrees {
        press(&app.visitor(), &path_of(&old), "Agree to the change").await;
    }
    let made = press(&app.visitor(), &path_of(&new), "Confirm the address").await;
    assert_eq!(made.status, 200, "{}", made.words());
}

#[actix_web::test]
async fn rule_18_an_approval_is_not_for_the_mailbox_that_a_manager_gives_the_login() {
    for agrees in [false, true] {
        let app = TestApp::start().await;
        let (request, pat) = (cast::request(SAM), app.signed_in(PAT));
        let anna = app.signed_in(&holder("admin", At::Account));
        let page = format!("/accounts/acme/requests/{request}");
        let shown = anna.get(&page).await;
        let form = shown.page().form("Approve").fill("words", "Yes");
        anna.submit(&shown, &form).await;
        assert_eq!(state(&app, request), "approved");
        // The page of the operator is open already.
        let asked = format!("/operator/requests/{request}");
        let asks = pat.get(&asked).await;
        readdress(&app, (RAVI, "acme"), SAM, agrees).await;
        let confirm = asks.page().form("Confirm").fill("words", "Yes");
        let mut late = pat.submit(&asks, &confirm).await;
        assert!(!holds(&app, SAM, "admin"), "by a page with the old address");
        if agrees {
            assert_eq!(late.status, 422, "{}", late.words());
            let confirm = late.page().form("Confirm");
            late = pat.submit(&late, &confirm).await;
        }
        assert_eq!(holds(&app, SAM, "admin"), agrees, "agreed: {agrees}");
        let ended = events(&app, "request.withdrawn");
        if agrees {
            assert_eq!(state(&app, request), "granted");
            assert_eq!(ended.len(), 0);
            continue;
        }
        assert_eq!(state(&app, request), "withdrawn");
        let says = "This request ended at 09:00 UTC";
        let words = pat.follow(late).await.words();
        assert!(words.contains(says), "{words}");
        let [(chain, details, _)] = ended.as_slice() else {
            panic!("one event: {ended:?}");
        };
        assert_eq!(*chain, cast::account("acme"));
        let because = "nobody at the old one agreed";
        assert!(details.contains(because), "{details}");
    }
}

#[actix_web::test]
async fn rule_17_an_undo_gives_no_role_back_to_the_mailbox_that_a_manager_gave_the_login() {
    for agrees in [false, true] {
        let app = TestApp::start().await;
        app.sql(|conn| {
            cast::give_on(conn, SAM, "admin", cast::organization("south"), false);
            Ok(())
        });
        let anna = app.signed_in(&holder("admin", At::Account));
        let path = format!("/accounts/acme/organizations/south/members/{}", user(SAM));
        let page = anna.get(&path).await;
        let form = page.page().form("Review changes").untick("role", "admin");
        let review = anna.submit(&page, &form).await;
        let done = anna.submit(&review, &review.page().form("Submit")).await;
        let flash = anna.follow(done).await;
        readdress(&app, (RAVI, "acme"), SAM, agrees).await;
        let back = anna.submit(&flash, &flash.page().form("Undo")).await;
        let expected = if agrees { 303 } else { 409 };
        assert_eq!(back.status, expected, "{}", back.words());
        assert_eq!(holds(&app, SAM, "admin"), agrees);
    }
}

#[actix_web::test]
async fn rule_18_a_request_in_an_account_that_one_is_a_guest_of_ends_with_the_address_too() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let north = cast::organization("north").to_string();
    let fields = [("person", LEE), ("place", &north), ("reason", "They know.")];
    let sent = ravi.post("/accounts/acme/requests", &fields).await;
    let path = sent.location().expect("sent");
    let id: RequestId = path.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(state(&app, id), "waiting");
    readdress(&app, ("gil@globex.example", "globex"), LEE, false).await;
    assert_eq!(state(&app, id), "withdrawn");
    assert_eq!(state(&app, cast::request(LEE)), "withdrawn", "and at home");
}

#[actix_web::test]
async fn rule_17_an_offer_of_ownership_is_not_for_the_mailbox_that_a_manager_gives_the_login() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let page = olga.get("/accounts/acme/ownership").await;
    let form = page.page().form("Offer ownership").fill("email", SAM);
    assert_eq!(olga.submit(&page, &form).await.status, 303);
    let offer: OfferId = app.sql(|conn| {
        ownership_offers::table
            .select(ownership_offers::id)
            .first(conn)
    });
    readdress(&app, (RAVI, "acme"), SAM, false).await;
    let thief = app.visitor();
    thief.sign_in(NEW).await;
    let waiting = thief.get("/me/accounts").await;
    assert!(!waiting.words().contains("Review the offer"));
    let offer = offer.to_string();
    let accept = [("offer", offer.as_str()), ("answer", "accept")];
    let late = thief.post("/me/ownership", &accept).await;
    let words = thief.follow(late).await.words();
    assert!(words.contains("does not stand any more"), "{words}");
    assert!(!holds(&app, SAM, "owner"));
    assert_eq!(events(&app, "ownership.withdrawn").len(), 1);
}
