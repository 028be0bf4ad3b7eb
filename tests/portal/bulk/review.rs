//! What the review of roles says beside the outcome of each: which roles let people do much, who is mailed, and which
//! gate refused (ux 6.9, 7.9).

use diesel::prelude::*;
use tenantry::db::schema::accounts;

use super::{RAVI, SAM, agree, says, select};
use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder};
use crate::support::visitor::{Answer, Visitor};

const OLGA: &str = "olga@acme.example";

async fn review(visitor: &Visitor<'_>, act: &str, people: &[&str], roles: &[&str]) -> Answer {
    let choose = select(visitor, act, people).await;
    let form = choose.page().form("Review");
    let mut form = form.tick("place", &cast::project("dock-4").to_string());
    for role in roles {
        form = form.tick("role", role);
    }
    let review = visitor.submit(&choose, &form).await;
    assert_eq!(review.status, 200, "{}", review.words());
    review
}

#[actix_web::test]
async fn roles_that_let_people_do_much_stand_out_in_the_review_of_several() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let vera = holder("viewer", At::Dock4);
    for act in ["join", "give"] {
        let page = review(&olga, act, &[SAM, &vera], &["viewer", "user_management"]).await;
        says(
            &page,
            &[
                "Sam South Will be done Gets Viewer, User Management on Dock 4.",
                "Gets User Management on Dock 4.",
            ],
        );
        let strong = page.page().texts("td strong");
        assert_eq!(strong, ["User Management", "User Management"], "{act}");
    }
    let uma = holder("user_management", At::Dock4);
    let page = review(&olga, "take", &[&uma], &["user_management"]).await;
    assert_eq!(page.page().texts("td strong"), ["User Management"]);
    let page = review(&olga, "take", &[&vera], &["viewer"]).await;
    assert!(!page.page().has("td strong"));
    // What came of it is told as before.
    let done = agree(&olga, &page).await;
    says(
        &done,
        &["Loses Viewer on Dock 4, and then holds no role there."],
    );
}

#[actix_web::test]
async fn the_review_of_several_says_who_will_be_told_by_mail() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let vera = holder("viewer", At::Dock4);
    let people = [SAM, &vera, "dana@acme.example"];
    let page = review(&ravi, "join", &people, &["billing"]).await;
    let told = page.page().texts("p.muted");
    assert!(
        told.iter()
            .any(|told| told == "Told by mail: Sam South, Vera viewer at dock4."),
        "{told:?}"
    );
    agree(&ravi, &page).await;
    let mut to: Vec<String> = app
        .deliver()
        .await
        .into_iter()
        .flat_map(|mail| mail.to)
        .collect();
    to.sort_unstable();
    assert_eq!(to, [SAM.to_owned(), vera.clone()]);
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::id.eq(cast::account("acme"))))
            .set(accounts::notifications.eq(false))
            .execute(conn)
    });
    let page = review(&ravi, "take", &[&vera], &["billing"]).await;
    says(
        &page,
        &["Nobody is told by mail: email notifications of the account are off."],
    );
    // Where nothing is done, nobody is told of anything.
    let page = review(&ravi, "take", &[SAM], &["viewer"]).await;
    assert!(!page.words().contains("by mail"), "{}", page.words());
}

#[actix_web::test]
async fn rule_17_whom_a_gate_refuses_is_told_with_the_gate_named() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let aude = holder("auditor", At::Dock4);
    let page = review(&ravi, "take", &[&aude, RAVI], &["auditor"]).await;
    says(
        &page,
        &[
            "Only an Admin or Owner of this place can take away the role Auditor. The place is Dock 4. (Refused by: role.)",
        ],
    );
    let page = review(&ravi, "join", &[RAVI, SAM], &["viewer"]).await;
    says(
        &page,
        &[
            "You cannot change your own roles.",
            "The place is Dock 4. (Refused by: role.)",
        ],
    );
    // What is no refusal names no gate.
    let page = review(&ravi, "take", &[SAM], &["viewer"]).await;
    says(&page, &["Does not hold this on Dock 4."]);
    assert!(!page.words().contains("Refused by"), "{}", page.words());
    let page = select(&ravi, "deactivate", &[RAVI]).await;
    says(&page, &["(Refused by: "]);
}
