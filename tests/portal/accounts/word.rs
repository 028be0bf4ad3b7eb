//! The account's own word for a project: every page, button and mail uses it, and no other.

use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::routes::near;
use crate::support::visitor::Answer;
use actix_web::http::Method;
use diesel::prelude::*;
use tenantry::db::schema::accounts;
use tenantry::routes::{Who, table};

fn odd(app: &TestApp) {
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set((
                accounts::word_singular.eq("Oasis"),
                accounts::word_plural.eq("Oases"),
            ))
            .execute(conn)
    });
}

/// Other words for a project among the words of a page, with what stands around each. Account Profile offers them.
fn others(answer: &Answer) -> Vec<String> {
    let page = answer.page();
    let words = format!("{} {}", page.title(), page.words());
    strays(&words)
}

fn strays(words: &str) -> Vec<String> {
    // The names of permissions are what a program asks for, and stay.
    let low = words
        .to_lowercase()
        .replace("projects.view", "")
        .replace("projects.manage", "");
    let found = ["project", "reservation", "a oasis", "a oases"].map(|other| {
        low.match_indices(other)
            .map(|(at, _)| {
                low[low.floor_char_boundary(at.saturating_sub(40))..low.ceil_char_boundary(at + 40)]
                    .to_owned()
            })
            .collect::<Vec<_>>()
    });
    found.concat()
}

/// Pages that speak of the word itself.
const ABOUT_IT: [&str; 1] = ["/accounts/{account}/profile"];

#[actix_web::test]
async fn s9_every_page_of_an_account_uses_its_word_for_a_project() {
    let app = TestApp::start().await;
    odd(&app);
    let mut bad = Vec::new();
    let mut seen = 0;
    for email in [
        "olga@acme.example".to_owned(),
        cast::holder("user_management", At::North),
        cast::holder("viewer", At::Dock4),
    ] {
        let visitor = app.signed_in(&email);
        for row in table() {
            let inside = matches!(row.who, Who::Holder { .. }) && !ABOUT_IT.contains(&row.path);
            if row.method != Method::GET || !inside || row.path.ends_with(".csv") {
                continue;
            }
            let page = visitor.open(&near(row.path)).await;
            seen += usize::from(page.words().to_lowercase().contains("oas"));
            bad.extend(
                others(&page)
                    .into_iter()
                    .map(|stray| format!("{} as {email}: …{stray}…", row.path)),
            );
        }
    }
    assert!(bad.is_empty(), "another word:\n{}", bad.join("\n"));
    assert!(seen > 5, "the account's own word is on {seen} pages");
}

#[actix_web::test]
async fn forms_that_come_back_and_notices_use_the_word_too() {
    let app = TestApp::start().await;
    odd(&app);
    let olga = app.signed_in("olga@acme.example");
    let mut answers = vec![
        olga.post(
            "/accounts/acme/organizations/north/projects",
            &[("name", ""), ("slug", "!")],
        )
        .await,
        olga.post(
            "/accounts/acme/organizations/north/projects/dock-4/users/add",
            &[],
        )
        .await,
    ];
    let made = olga
        .post(
            "/accounts/acme/organizations/north/projects",
            &[("name", "Palm")],
        )
        .await;
    answers.push(olga.follow(made).await);
    let person = [
        ("first_name", "Nina"),
        ("last_name", "New"),
        ("email", "nina@acme.example"),
    ];
    let second = olga
        .post("/accounts/acme/user-management/new", &person)
        .await;
    let form = second.page().form("Submit");
    answers.push(olga.submit(&second, &form).await);
    answers.push(second.clone());
    let dock = cast::project("dock-4").to_string();
    let done = olga
        .submit(&second, &form.fill("place", &dock).tick("role", "viewer"))
        .await;
    answers.push(olga.follow(done).await);
    let mut bad = Vec::new();
    for answer in &answers {
        bad.extend(
            others(answer)
                .into_iter()
                .map(|stray| format!("{}: …{stray}…", answer.path)),
        );
    }
    assert!(bad.is_empty(), "another word:\n{}", bad.join("\n"));
    let mail = app.deliver_one().await.text();
    assert!(mail.contains("Oasis") && strays(&mail).is_empty(), "{mail}");
}

/// The search finds what it is for.
#[test]
fn the_search_for_other_words_bites() {
    assert_eq!(strays("Add Users to Reservation, and a Oasis").len(), 2);
    assert!(strays("Add Users to Oasis").is_empty());
}
