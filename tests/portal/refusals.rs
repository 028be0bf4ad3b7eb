//! What a refusal says besides its gate: whom to ask, and where one sees what is missing (rule 28; ux 6.32).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{accounts, grants};
use tenantry::db::types::{GrantId, SubmissionId};

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::visitor::{Answer, Visitor};

const MEMBERS: &str = "/accounts/acme/organizations/north/members";
const SAM: &str = "sam@acme.example";
const GIL: &str = "gil@globex.example";

fn refused(answer: &Answer, gate: &str) {
    assert_eq!(answer.status, 403, "{}", answer.words());
    let says = format!("The gate that refused: {gate}.");
    assert!(answer.words().contains(&says), "{}", answer.words());
}

/// The question that the refusal leads to, filled in; its answer is no.
async fn asks(visitor: &Visitor<'_>, answer: &Answer, action: &str, place: &str) {
    let why = answer.page().link("Why? See what is missing");
    let question = format!("/me/access?account=acme&action={action}&where={place}");
    assert_eq!(why, question, "{}", answer.words());
    let told = visitor.get(&why).await;
    assert_eq!(told.status, 200, "{}", told.words());
    assert_eq!(told.page().text("#answer"), "No", "{}", told.words());
}

#[actix_web::test]
async fn rule_28_a_refusal_for_want_of_a_permission_leads_to_the_question_filled_in_and_names_whom_to_ask()
 {
    let app = TestApp::start().await;
    let uma = holder("user_management", At::North);
    let visitor = app.signed_in(&uma);
    let north = cast::organization("north").to_string();
    let assign = "user_management.assign";
    // To give what only Admins and Owners give.
    let dana = format!("{MEMBERS}/{}", user("dana@acme.example"));
    let fields = [("role", "auditor"), ("confirmed", "yes")];
    let answer = visitor.post(&dana, &fields).await;
    refused(&answer, "role");
    assert!(answer.words().contains("Ask: "), "{}", answer.words());
    asks(&visitor, &answer, assign, &north).await;
    // To take it.
    let anna = format!("{MEMBERS}/{}", user(&holder("admin", At::North)));
    let fields = [("seen", "admin"), ("role", "viewer"), ("confirmed", "yes")];
    let answer = visitor.post(&anna, &fields).await;
    refused(&answer, "role");
    assert!(answer.words().contains("Ask: "), "{}", answer.words());
    asks(&visitor, &answer, assign, &north).await;
    // To shut somebody out whose home one does not reach.
    let vera = user(&holder("viewer", At::North));
    let path = format!("/accounts/acme/users/{vera}/deactivate");
    let answer = visitor.get(&path).await;
    refused(&answer, "scope");
    let account = cast::account("acme").to_string();
    asks(&visitor, &answer, "users.manage", &account).await;
    // To ask for a role for somebody else where one manages nobody.
    let visitor = app.signed_in(&holder("user_management", At::Dock4));
    let vera = holder("viewer", At::Dock4);
    let fields = [
        ("person", vera.as_str()),
        ("place", north.as_str()),
        ("reason", "Somebody has to."),
    ];
    let answer = visitor.post("/accounts/acme/requests/new", &fields).await;
    refused(&answer, "role");
    asks(&visitor, &answer, "users.manage", &north).await;
}

#[actix_web::test]
async fn s6_a_refusal_names_no_place_that_one_does_not_see() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, "dana@acme.example", "viewer", At::Dock9);
        Ok(())
    });
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let path = format!("/accounts/acme/users/{}/cancel", user("dana@acme.example"));
    let answer = uma.post(&path, &[]).await;
    refused(&answer, "role");
    let dock = cast::project("dock-9").to_string();
    assert!(!answer.body.contains(&dock), "{}", answer.body);
}

#[actix_web::test]
async fn rule_23_each_refusal_of_a_frozen_account_is_told_in_the_same_words() {
    let app = TestApp::start().await;
    let end = app.now().plus(Duration::days(3));
    app.sql(|conn| {
        cast::give_between(conn, SAM, "viewer", At::North, (None, Some(end)));
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let (place, number) = (cast::project("dock-4"), SubmissionId::new());
    let fields = [
        ("first_name", "Gil"),
        ("last_name", "Guest"),
        ("email", GIL),
        ("page", "single"),
        ("place", &*place.to_string()),
        ("role", "viewer"),
        ("submission", &*number.to_string()),
    ];
    let new = "/accounts/acme/user-management/new/roles";
    assert_eq!(ravi.post(new, &fields).await.status, 303);
    let grant: GrantId = app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)?;
        grants::table
            .filter(grants::user_id.eq(user(SAM)))
            .filter(grants::ends_at.is_not_null())
            .select(grants::id)
            .first(conn)
    });
    let told = |answer: &Answer, what: &str, who: &str| {
        refused(answer, "plan");
        let says = format!("Acme is frozen: {what} until its plan is settled.");
        assert!(answer.words().contains(&says), "{}", answer.words());
        assert!(
            answer.words().contains(who),
            "in their frame: {}",
            answer.words()
        );
    };
    let answer = ravi.post(&format!("{MEMBERS}/add"), &[]).await;
    told(&answer, "nothing can be changed", "Ravi Users");
    let sam = app.signed_in(SAM);
    let grant = grant.to_string();
    let answer = sam.post("/me/more-time", &[("role", &grant)]).await;
    told(&answer, "no role there can be given more time", "Sam South");
    let gil = app.signed_in(GIL);
    let account = cast::account("acme").to_string();
    let fields = [("account", account.as_str()), ("answer", "accept")];
    let answer = gil.post("/me/invitation", &fields).await;
    told(&answer, "nobody can join", GIL);
}

fn deactivate(email: &str) -> String {
    format!("/accounts/acme/users/{}/deactivate", user(email))
}

#[actix_web::test]
async fn rule_11_a_refusal_to_end_an_owner_or_an_admin_names_only_people_who_can() {
    let app = TestApp::start().await;
    let (ravi, anna) = (
        app.signed_in("ravi@acme.example"),
        holder("admin", At::Account),
    );
    let olga = "olga@acme.example";
    let refused_for = async |email: &str| {
        let answer = ravi.get(&deactivate(email)).await;
        refused(&answer, "role");
        answer.words()
    };
    // The only Owner: nobody else can.
    let words = refused_for(olga).await;
    let says = "An Owner can be deactivated only by an Owner.";
    assert!(words.contains(says) && !words.contains("Ask: "), "{words}");
    // Nobody does it to themselves, and an Admin does not to an Owner.
    app.sql(|conn| {
        cast::give(conn, SAM, "owner", At::Account);
        Ok(())
    });
    let words = refused_for(olga).await;
    assert!(words.contains("Ask: Sam South."), "{words}");
    let words = refused_for(&anna).await;
    assert!(words.contains("Ask: Olga Owner, Sam South."), "{words}");
}

#[actix_web::test]
async fn rule_28_where_no_permission_would_change_it_nothing_is_called_missing() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let answer = olga.get(&deactivate("olga@acme.example")).await;
    refused(&answer, "role");
    let links = answer.page().links();
    assert!(
        links.iter().all(|(words, _)| !words.contains("missing")),
        "{links:?}"
    );
    let person = format!("/accounts/acme/users/{}", user("olga@acme.example"));
    assert_eq!(answer.page().link("Back to the person"), person);
}

#[actix_web::test]
async fn whoever_has_roles_in_parts_of_a_place_is_not_told_that_they_have_none() {
    let app = TestApp::start().await;
    let otto = app.signed_in(&holder("operations", At::Dock4));
    for (path, place) in [
        ("/accounts/acme/user-management", "Acme"),
        (MEMBERS, "North"),
    ] {
        let answer = otto.get(path).await;
        refused(&answer, "role");
        let words = answer.words();
        let says = format!(
            "“View users” in {place} takes a role that you do not have. Your roles are on parts of it only."
        );
        assert!(
            words.contains(&says) && !words.contains("You have"),
            "{words}"
        );
    }
}

#[actix_web::test]
async fn what_cannot_be_done_now_says_so_in_the_frame_of_the_account_with_a_way_back() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let answer = olga.get(&deactivate("dana@acme.example")).await;
    assert_eq!(answer.status, 409, "{}", answer.words());
    let page = answer.page();
    assert_eq!(page.h1(), "This cannot be done now");
    assert!(page.title().contains("Acme"), "{}", page.title());
    let person = format!("/accounts/acme/users/{}", user("dana@acme.example"));
    assert_eq!(page.link("Back to the person"), person);
}

#[actix_web::test]
async fn whoever_is_signed_in_reads_as_whom_where_there_is_nothing() {
    let app = TestApp::start().await;
    let sam = app.signed_in(SAM);
    for path in [
        "/nothing/here",
        "/accounts/acme/nothing",
        "/accounts/no-such-account",
        "/accounts/globex",
        "/accounts/acme/organizations/no-such",
        &format!("/accounts/acme/users/{}", user("nobody@nowhere.example")),
    ] {
        let answer = sam.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        let words = answer.words();
        let says = "You are signed in as Sam South (sam@acme.example).";
        assert!(
            words.contains(says) && words.contains("Page not found"),
            "{path}: {words}"
        );
        assert!(!words.contains("Globex"), "{path}: {words}");
    }
    let nobody = app.visitor().get("/nothing/here").await;
    assert!(
        !nobody.words().contains("You are signed in"),
        "{}",
        nobody.words()
    );
}
