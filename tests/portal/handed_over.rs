//! Links that are handed over instead of mailed: whoever holds one can come in as the person, so that it is shown to
//! who could give them all that they hold, and lets in with nothing more (S14, S15, S18; rules 14 and 17).

mod growing;
mod reviewed;
mod shut_out;

use diesel::prelude::*;
use tenantry::db::schema::{accounts, grants, links, users};
use tenantry::db::types::{AccountId, Ts};

use crate::support::app::TestApp;
use crate::support::cast::{self, At, DANA_TOKEN, Person, holder, user};
use crate::support::record::status;
use crate::support::smtp::link_in;
use crate::support::visitor::{Answer, Visitor};

const DANA: &str = "dana@acme.example";
const UMA: &str = "uma.user-management.dock4@acme.example";
const OLGA: &str = "olga@acme.example";
const NEW: &str = "a password of her own";
const WHY: &str = "came in by a link that was handed over";

/// *Copy link* on the person's page.
async fn copy(manager: &Visitor<'_>, email: &str) -> Answer {
    let page = manager.get(&page_of(email)).await;
    manager.copy_link(&page).await
}

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}", user(email))
}

/// The path of the link that a page shows.
fn link_on(page: &Answer) -> Option<String> {
    let start = page.body.find("/welcome/")?;
    let rest = page.body[start..].chars();
    Some(rest.take_while(|c| !['"', '<', '&'].contains(c)).collect())
}

/// Sets a password by the link and signs in with it.
async fn come_in(app: &TestApp, link: &str, email: &str) {
    let visitor = app.visitor();
    let page = visitor.open(link).await;
    let form = page.page().form("Set password and sign in");
    let set = visitor.submit(&page, &form.fill("password", NEW)).await;
    assert_eq!(set.status, 303, "{}", set.words());
    let fields = [("email", email), ("password", NEW)];
    assert_eq!(visitor.post("/sign-in", &fields).await.status, 303);
}

/// The roles somebody holds, sorted.
fn roles(app: &TestApp, email: &str) -> Vec<String> {
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(email)))
            .order(grants::role)
            .select(grants::role)
            .load(conn)
    })
}

#[actix_web::test]
async fn s15_a_link_is_copied_only_by_who_could_give_every_role_that_it_lets_in_with() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, DANA, "user_management", At::Account);
        Ok(())
    });
    let uma = app.signed_in(UMA);
    let refused = copy(&uma, DANA).await;
    assert_eq!(refused.status, 403);
    let words = refused.words();
    assert!(words.contains("a role that you cannot give"), "{words}");
    assert_eq!(link_on(&refused), None);
    // Her owner can give it.
    let olga = app.signed_in(OLGA);
    assert!(link_on(&copy(&olga, DANA).await).is_some());
}

#[actix_web::test]
async fn s15_only_whoever_came_by_the_mail_is_told_that_their_address_is_verified() {
    for mailed in [false, true] {
        let app = TestApp::start().await;
        let link = if mailed {
            format!("/welcome/{DANA_TOKEN}")
        } else {
            link_on(&copy(&app.signed_in(OLGA), DANA).await).expect("the link")
        };
        let visitor = app.visitor();
        let page = visitor.open(&link).await;
        let form = page.page().form("Set password and sign in");
        visitor.submit(&page, &form.fill("password", NEW)).await;
        let fields = [("email", DANA), ("password", NEW)];
        let mut page = visitor.post("/sign-in", &fields).await;
        while page.location().is_some() {
            page = visitor.follow(page).await;
        }
        let words = page.words();
        let verified = words.contains("Welcome. Your address is verified and you are in.");
        assert_eq!(verified, mailed, "{words}");
        assert!(
            verified || words.contains("Welcome. You are in."),
            "{words}"
        );
    }
}

#[actix_web::test]
async fn s15_a_copied_link_is_shown_to_its_sender_and_another_who_copies_gets_a_new_one() {
    let app = TestApp::start().await;
    let (uma, ravi) = (app.signed_in(UMA), app.signed_in("ravi@acme.example"));
    let first = link_on(&copy(&uma, DANA).await).expect("hers");
    let again = link_on(&copy(&uma, DANA).await).expect("the same");
    assert_eq!(first, again);
    let page = ravi.get(&page_of(DANA)).await;
    assert_eq!(link_on(&page), None, "it is not his");
    let second = link_on(&copy(&ravi, DANA).await).expect("his own");
    assert_ne!(first, second);
    assert_eq!(app.visitor().open(&first).await.status, 410);
    assert_eq!(app.visitor().open(&second).await.status, 200);
}

#[actix_web::test]
async fn s15_whoever_comes_in_by_a_handed_link_has_no_role_that_its_sender_could_not_give() {
    for mailed in [false, true] {
        let app = TestApp::start().await;
        let uma = app.signed_in(UMA);
        let link = if mailed {
            format!("/welcome/{DANA_TOKEN}")
        } else {
            link_on(&copy(&uma, DANA).await).expect("the link")
        };
        let before = roles(&app, DANA);
        // Afterwards somebody else gives her more than Uma can.
        app.sql(|conn| {
            cast::give(conn, DANA, "admin", At::Account);
            cast::give(conn, DANA, "owner", At::Account);
            Ok(())
        });
        let all = roles(&app, DANA);
        come_in(&app, &link, DANA).await;
        assert_eq!(status(&app, DANA), "active");
        let expected = if mailed { all } else { before };
        assert_eq!(roles(&app, DANA), expected, "mailed: {mailed}");
    }
}

/// The roles of Dana on Dock 4 with one more, through the review to *Submit*.
async fn tick(visitor: &Visitor<'_>, role: &str) -> Answer {
    let page = visitor
        .get("/accounts/acme/organizations/north/projects/dock-4/users")
        .await;
    let form = page.page().form("Save changes");
    let form = form.tick("role", &format!("{}.{role}", user(DANA)));
    let review = visitor.submit(&page, &form).await;
    if review.status != 200 {
        return review;
    }
    if review.words().contains(WHY) {
        // Left out of the review; what is sent by hand is asked once more.
        return visitor.submit(&page, &form.forge("confirmed", "yes")).await;
    }
    let submit = review.page().form("Submit");
    visitor.submit(&review, &submit).await
}

#[actix_web::test]
async fn s15_whoever_came_in_by_a_handed_link_gets_no_role_that_its_sender_could_not_give_until_they_prove_it()
 {
    let app = TestApp::with(&[("TENANTRY_ADMIN_GRANTS", "existing-admin")]).await;
    let (uma, olga) = (app.signed_in(UMA), app.signed_in(OLGA));
    let anna = app.signed_in(&holder("admin", At::Account));
    let link = link_on(&copy(&uma, DANA).await).expect("the link");
    come_in(&app, &link, DANA).await;
    let before = roles(&app, DANA);
    // User Management in the grid, Admin by a request, and ownership.
    let refused = tick(&olga, "user_management").await;
    assert_eq!(refused.status, 403);
    assert!(refused.words().contains(WHY), "{}", refused.words());
    let page = olga.get("/accounts/acme/requests/new").await;
    let north = cast::organization("north").to_string();
    let form = page.page().form("Continue").tick("place", &north);
    let form = form.fill("person", DANA).fill("reason", "She decides.");
    let check = olga.submit(&page, &form).await;
    let sent = olga
        .submit(&check, &check.page().form("Send request"))
        .await;
    let request = sent.location().expect("the request");
    let page = anna.get(&request).await;
    assert!(page.words().contains(WHY), "{}", page.words());
    assert!(!page.page().has("button[value=approve]"));
    let yes = [("decision", "approve"), ("words", "Yes")];
    anna.post(&format!("{request}/decision"), &yes).await;
    let ownership = olga.get("/accounts/acme/ownership").await;
    let form = ownership.page().form("Offer ownership").fill("email", DANA);
    let refused = olga.submit(&ownership, &form).await;
    assert_eq!(refused.status, 403);
    assert!(refused.words().contains(WHY), "{}", refused.words());
    assert_eq!(roles(&app, DANA), before);
    // What Uma can give herself is nothing gained for her.
    assert_eq!(tick(&olga, "billing").await.status, 303);
    // The mailed link shows whose the address is, and ends the password that Uma may know.
    app.deliver().await;
    let dana = app.visitor();
    dana.post("/forgot-password", &[("email", DANA)]).await;
    let page = dana.open(&link_in(&app.deliver_one().await)).await;
    let form = page.page().form("Change password");
    dana.submit(&page, &form.fill("password", "another one of hers"))
        .await;
    assert_eq!(tick(&olga, "user_management").await.status, 303);
    anna.get(&request).await;
    let page = anna.get(&request).await;
    assert!(!page.words().contains(WHY), "{}", page.words());
}

#[actix_web::test]
async fn s15_a_handed_link_lets_into_an_account_that_keeps_its_people_to_itself_too() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::update(accounts::table.find(cast::account("acme")))
            .set(accounts::exclusive.eq(true))
            .execute(conn)
    });
    let uma = app.signed_in(UMA);
    let link = link_on(&copy(&uma, DANA).await).expect("the link");
    come_in(&app, &link, DANA).await;
    assert_eq!(
        (status(&app, DANA).as_str(), home(&app, DANA)),
        ("active", None)
    );
}

#[actix_web::test]
async fn s15_an_owner_who_hands_over_a_link_can_make_its_holder_an_admin_or_owner() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let link = link_on(&copy(&olga, DANA).await).expect("the link");
    come_in(&app, &link, DANA).await;
    assert_eq!(tick(&olga, "user_management").await.status, 303);
    let ownership = olga.get("/accounts/acme/ownership").await;
    let form = ownership.page().form("Offer ownership").fill("email", DANA);
    assert_eq!(olga.submit(&ownership, &form).await.status, 303);
}

#[actix_web::test]
async fn s15_a_second_link_does_not_hide_whose_first_one_set_the_password() {
    let app = TestApp::start().await;
    let (uma, olga) = (app.signed_in(UMA), app.signed_in(OLGA));
    let first = link_on(&copy(&uma, DANA).await).expect("Uma's");
    let visitor = app.visitor();
    let page = visitor.open(&first).await;
    let form = page.page().form("Set password and sign in");
    visitor.submit(&page, &form.fill("password", NEW)).await;
    let before = roles(&app, DANA);
    // Olga gives her more, hands over a link of her own, and it is used, too.
    app.sql(|conn| {
        cast::give(conn, DANA, "user_management", At::Account);
        Ok(())
    });
    link_on(&copy(&olga, DANA).await).expect("Olga's");
    app.sql(|conn| {
        let hers = links::table
            .filter(links::user_id.eq(user(DANA)))
            .filter(links::sent_by.eq(Some(user(OLGA))));
        diesel::update(hers)
            .set(links::used_at.eq(Some(cast::morning())))
            .execute(conn)
    });
    let fields = [("email", DANA), ("password", NEW)];
    assert_eq!(visitor.post("/sign-in", &fields).await.status, 303);
    assert_eq!(status(&app, DANA), "active");
    assert_eq!(roles(&app, DANA), before);
}

#[actix_web::test]
async fn rule_14_an_owner_who_has_not_proven_their_address_is_not_the_last_one() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        Person::of("acme", "vic@acme.example", "Vic", "New").insert(conn);
        cast::give(conn, "vic@acme.example", "owner", At::Account);
        diesel::update(users::table.find(user("vic@acme.example")))
            .set((
                users::verified_at.eq(None::<Ts>),
                users::home_account_id.eq(None::<AccountId>),
            ))
            .execute(conn)
    });
    let olga = app.signed_in(OLGA);
    let mine = format!("/me/roles?account={}", cast::account("acme"));
    let lay_down = async || {
        let page = olga.get(&mine).await;
        let form = page.page().form("Lay down");
        let owner = form.offered[0].value.clone();
        olga.submit(&page, &form.tick("grant", &owner)).await
    };
    let refused = lay_down().await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    let words = refused.words();
    assert!(words.contains("who has proven their address"), "{words}");
    assert_eq!(roles(&app, OLGA), ["owner"]);
    // Proven, but still without a home: another account that they were added to may become it, and then they come in
    // here anew (S1).
    app.sql(|conn| {
        diesel::update(users::table.find(user("vic@acme.example")))
            .set(users::verified_at.eq(Some(cast::morning())))
            .execute(conn)
    });
    assert_eq!(lay_down().await.status, 403);
    // With the next sign-in the account that they are in is their home (S2).
    let fields = [("email", "vic@acme.example"), ("password", cast::PASSWORD)];
    assert_eq!(app.visitor().post("/sign-in", &fields).await.status, 303);
    assert_eq!(home(&app, "vic@acme.example"), Some(cast::account("acme")));
    assert_eq!(lay_down().await.status, 303);
}

fn home(app: &TestApp, email: &str) -> Option<AccountId> {
    app.sql(|conn| {
        users::table
            .find(user(email))
            .select(users::home_account_id)
            .first(conn)
    })
}

#[actix_web::test]
async fn s2_whoever_proves_their_address_by_a_reset_has_the_account_that_they_are_in_as_their_home()
{
    let app = TestApp::start().await;
    let uma = app.signed_in(UMA);
    let link = link_on(&copy(&uma, DANA).await).expect("the link");
    come_in(&app, &link, DANA).await;
    assert_eq!(
        (status(&app, DANA).as_str(), home(&app, DANA)),
        ("active", None)
    );
    app.deliver().await;
    let dana = app.visitor();
    dana.post("/forgot-password", &[("email", DANA)]).await;
    let mail = app.deliver_one().await;
    let page = dana.open(&link_in(&mail)).await;
    let form = page.page().form("Change password");
    // Not the one that she had: somebody may know it.
    let old = dana
        .submit(&page, &form.clone().fill("password", NEW))
        .await;
    assert_eq!(old.status, 422);
    assert!(
        old.words().contains("Choose another password"),
        "{}",
        old.words()
    );
    let done = dana
        .submit(&page, &form.fill("password", "another one of hers"))
        .await;
    assert_eq!(done.status, 200, "{}", done.words());
    assert_eq!(home(&app, DANA), Some(cast::account("acme")));
    assert_eq!(status(&app, DANA), "active");
}

#[actix_web::test]
async fn a_withdrawn_invitation_leaves_no_used_link_by_which_one_comes_in_later() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let link = link_on(&copy(&olga, DANA).await).expect("the link");
    let visitor = app.visitor();
    let page = visitor.open(&link).await;
    let form = page.page().form("Set password and sign in");
    visitor.submit(&page, &form.fill("password", NEW)).await;
    let page = olga.get(&page_of(DANA)).await;
    let gone = olga
        .submit(&page, &page.page().form("Withdraw invitation"))
        .await;
    assert_eq!(gone.status, 303, "{}", gone.words());
    let fields = [
        ("first_name", "Dana"),
        ("last_name", "Ruiz"),
        ("email", DANA),
        ("page", "single"),
        ("place", &cast::project("dock-4").to_string()),
        ("role", "viewer"),
        (
            "submission",
            &tenantry::db::types::SubmissionId::new().to_string(),
        ),
    ];
    let again = olga
        .post("/accounts/acme/user-management/new/roles", &fields)
        .await;
    assert_eq!(again.status, 303, "{}", again.words());
    let fields = [("email", DANA), ("password", NEW)];
    visitor.post("/sign-in", &fields).await;
    assert_eq!(status(&app, DANA), "invited", "only the new link lets in");
}

#[actix_web::test]
async fn s15_an_act_on_several_leaves_out_whoever_came_in_by_a_handed_link_and_says_so_before() {
    let app = TestApp::start().await;
    let link = link_on(&copy(&app.signed_in(UMA), DANA).await).expect("the link");
    come_in(&app, &link, DANA).await;
    let olga = app.signed_in(OLGA);
    let (dana, sam) = (user(DANA).to_string(), user("sam@acme.example").to_string());
    let place = cast::account("acme").to_string();
    let fields = [
        ("act", "give"),
        ("change", "change_01jd0000000000000000000000"),
        ("person", dana.as_str()),
        ("person", sam.as_str()),
        ("place", place.as_str()),
        ("role", "auditor"),
    ];
    let path = "/accounts/acme/user-management/bulk";
    let review = olga.post(path, &fields).await;
    let words = review.words();
    assert!(words.contains("1 will be done, 1 skipped."), "{words}");
    assert!(words.contains(WHY), "{words}");
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(roles(&app, "sam@acme.example").contains(&"auditor".to_owned()));
    assert!(!roles(&app, DANA).contains(&"auditor".to_owned()));
}

#[actix_web::test]
async fn s15_nothing_great_is_put_into_a_role_that_whoever_came_in_by_a_handed_link_holds() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_role(conn, "acme", "Day watch", "users.view");
        cast::give(conn, DANA, &cast::role("Day watch").to_string(), At::Dock4);
        Ok(())
    });
    let link = link_on(&copy(&app.signed_in(OLGA), DANA).await).expect("the link");
    let uma = user(UMA);
    come_in(&app, &link, DANA).await;
    app.sql(|conn| {
        diesel::update(links::table.filter(links::user_id.eq(user(DANA))))
            .set(links::sent_by.eq(Some(uma)))
            .execute(conn)
    });
    let olga = app.signed_in(OLGA);
    let path = format!("/accounts/acme/roles/{}/edit", cast::role("Day watch"));
    let page = olga.get(&path).await;
    let form = page.page().form("Review changes");
    let harmless = form.clone().tick("permission", "devices.view");
    let harmless = olga.submit(&page, &harmless).await;
    assert!(harmless.page().has("main form"), "{}", harmless.words());
    let great = form.tick("permission", "audit.view");
    let review = olga.submit(&page, &great).await;
    let words = review.words();
    assert!(words.contains(WHY), "{words}");
    let forged = great.forge("confirmed", "yes");
    olga.submit(&page, &forged).await;
    let inside: String = app.sql(|conn| {
        use tenantry::db::schema::custom_roles;
        custom_roles::table
            .filter(custom_roles::name.eq("Day watch"))
            .select(custom_roles::permissions)
            .first(conn)
    });
    assert_eq!(inside, "users.view");
    // What is only taken out of a role that was great before is not refused.
    app.sql(|conn| {
        use tenantry::db::schema::custom_roles;
        diesel::update(custom_roles::table.filter(custom_roles::name.eq("Day watch")))
            .set(custom_roles::permissions.eq("users.view audit.view branding.manage"))
            .execute(conn)
    });
    let page = olga.get(&path).await;
    let less = page.page().form("Review changes");
    let review = olga
        .submit(&page, &less.untick("permission", "branding.manage"))
        .await;
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

#[actix_web::test]
async fn rule_11_whoever_has_proven_no_home_is_signed_out_when_they_are_shut_out_of_their_only_account()
 {
    let app = TestApp::start().await;
    let link = link_on(&copy(&app.signed_in(UMA), DANA).await).expect("the link");
    let dana = app.visitor();
    let page = dana.open(&link).await;
    let form = page.page().form("Set password and sign in");
    dana.submit(&page, &form.fill("password", NEW)).await;
    let fields = [("email", DANA), ("password", NEW)];
    assert_eq!(dana.post("/sign-in", &fields).await.status, 303);
    assert_eq!(dana.get("/me").await.status, 200);
    let path = format!("{}/deactivate", page_of(DANA));
    let done = app.signed_in(OLGA).post(&path, &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(dana.get("/me").await.asks_to_sign_in());
}
