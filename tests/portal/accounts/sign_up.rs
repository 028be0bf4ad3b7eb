//! Sign-up (ux 6.3, 6.4, 7.2; S1): off unless the operator says so, the same answer for every address, an account with
//! its Owner at the end.

use crate::support::app::TestApp;
use crate::support::cast::{self, PASSWORD};
use crate::support::statements;
use crate::support::visitor::{Answer, Visitor};
use diesel::prelude::*;
use tenantry::db::schema::{accounts, memberships, sign_ups, users};

async fn open() -> TestApp {
    TestApp::with(&[("TENANTRY_SIGN_UP", "on")]).await
}

async fn sign_up(visitor: &Visitor<'_>, email: &str, company: &str) -> Answer {
    let page = visitor.get("/sign-up").await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page
        .page()
        .form("Create an account")
        .fill("first_name", "Nadia")
        .fill("last_name", "Novak")
        .fill("email", email)
        .fill("password", PASSWORD)
        .fill("company_name", company)
        .fill("country", "CZ");
    visitor.submit(&page, &form).await
}

/// The path in the one mail that is due.
async fn mailed_path(app: &TestApp) -> String {
    let mail = app.deliver_one().await;
    assert_eq!(mail.subject(), "Confirm your email address for Tenantry");
    let text = mail.text();
    let link = text
        .split_whitespace()
        .find(|word| word.contains("/sign-up/"))
        .unwrap();
    url::Url::parse(link).unwrap().path().to_owned()
}

async fn finish(visitor: &Visitor<'_>, path: &str, password: &str) -> Answer {
    let page = visitor.open(path).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page.page().form("Sign in").fill("password", password);
    visitor.submit(&page, &form).await
}

#[actix_web::test]
async fn there_is_no_such_page_unless_the_operator_allows_it() {
    let app = TestApp::start().await;
    let nobody = app.visitor();
    for path in ["/sign-up", "/sign-up/confirm", "/sign-up/some-token"] {
        assert_eq!(nobody.get(path).await.status, 404, "{path}");
    }
    assert_eq!(
        nobody
            .post("/sign-up", &[("email", "a@b.example")])
            .await
            .status,
        404
    );
    assert_eq!(nobody.post("/sign-up/confirm", &[]).await.status, 404);
}

#[actix_web::test]
async fn a_company_signs_up_and_its_first_person_owns_it() {
    let app = open().await;
    let nadia = app.visitor();
    let sent = sign_up(&nadia, "nadia@novak.example", "Acme").await;
    assert_eq!(
        (sent.status, sent.page().h1().as_str()),
        (200, "Check your email")
    );
    let path = mailed_path(&app).await;
    for _ in 0..5 {
        app.visitor().open(&path).await;
    }
    let wrong = finish(&nadia, &path, "not that password").await;
    assert_eq!(wrong.status, 422, "a scanner or a stranger opens nothing");
    let made = finish(&nadia, &path, PASSWORD).await;
    // Acme is taken by another company.
    assert_eq!(
        made.location().as_deref(),
        Some("/accounts/acme-2"),
        "{}",
        made.words()
    );
    let front = nadia.follow(made).await;
    assert!(
        front.words().contains("you are the Owner of your account"),
        "{}",
        front.words()
    );
    assert_eq!(nadia.get("/accounts/acme-2/ownership").await.status, 200);
    let words: (String, String) = app.sql(|conn| {
        accounts::table
            .filter(accounts::slug.eq("acme-2"))
            .select((accounts::word_singular, accounts::word_plural))
            .first(conn)
    });
    assert_eq!(words, ("Project".into(), "Projects".into()), "S9");
    assert_eq!(app.visitor().open(&path).await.status, 410);
    app.visitor().sign_in("nadia@novak.example").await;
    let left: i64 = app.sql(|conn| sign_ups::table.count().get_result(conn));
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn a_known_address_gets_the_same_answer_and_another_mail() {
    let app = open().await;
    let known = sign_up(&app.visitor(), "sam@acme.example", "Sam & Sons").await;
    let unknown = sign_up(&app.visitor(), "tim@acme.example", "Sam & Sons").await;
    let neutral = |answer: &Answer| answer.words().replace("sam@", "").replace("tim@", "");
    assert_eq!(
        (known.status, neutral(&known)),
        (unknown.status, neutral(&unknown))
    );
    let mails = app.deliver().await;
    let to = |who: &str| mails.iter().find(|mail| mail.to == [who]).unwrap();
    assert_eq!(
        to("sam@acme.example").subject(),
        "You already have a Tenantry login"
    );
    assert_eq!(
        to("tim@acme.example").subject(),
        "Confirm your email address for Tenantry"
    );
    let companies: i64 = app.sql(|conn| accounts::table.count().get_result(conn));
    assert_eq!(companies, 2, "no account before the address is proven");
}

#[actix_web::test]
async fn signing_up_costs_the_same_for_every_address() {
    statements::listen();
    let app = open().await;
    let mut costs = Vec::new();
    for email in ["sam@acme.example", "dana@acme.example", "tim@acme.example"] {
        let visitor = app.visitor();
        let hashes = app.app().hasher().count();
        let (answer, heard) = statements::during(&app, sign_up(&visitor, email, "Novak")).await;
        assert_eq!(answer.status, 200);
        costs.push((heard.len(), app.app().hasher().count() - hashes));
    }
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?}");
}

#[actix_web::test]
async fn what_cannot_be_taken_comes_back_without_the_password() {
    let app = open().await;
    let visitor = app.visitor();
    let page = visitor.get("/sign-up").await;
    let form = page
        .page()
        .form("Create an account")
        .fill("company_name", "Novak")
        .fill("password", "short");
    let again = visitor.submit(&page, &form).await;
    assert_eq!(again.status, 422);
    let wrong: Vec<String> = again
        .page()
        .error_summary()
        .into_iter()
        .map(|(_, field)| field)
        .collect();
    assert_eq!(
        wrong,
        ["first_name", "last_name", "email", "password", "country"]
    );
    assert!(again.body.contains("Novak") && !again.body.contains("value=\"short\""));
}

#[actix_web::test]
async fn a_link_works_for_a_day_and_the_newest_alone() {
    let app = open().await;
    let visitor = app.visitor();
    sign_up(&visitor, "nadia@novak.example", "Novak").await;
    let first = mailed_path(&app).await;
    sign_up(&visitor, "nadia@novak.example", "Novak").await;
    let second = mailed_path(&app).await;
    assert_eq!(visitor.open(&first).await.status, 410);
    assert_eq!(visitor.open(&second).await.status, 200);
    app.advance(chrono::Duration::hours(24));
    assert_eq!(visitor.open(&second).await.status, 410);
}

#[actix_web::test]
async fn of_two_confirmations_at_once_one_makes_the_account() {
    let app = open().await;
    let (one, two) = (app.visitor(), app.visitor());
    sign_up(&one, "nadia@novak.example", "Novak").await;
    let path = mailed_path(&app).await;
    let (a, b) =
        futures_util::future::join(finish(&one, &path, PASSWORD), finish(&two, &path, PASSWORD))
            .await;
    let mut ended = [a.status, b.status];
    ended.sort_unstable();
    assert_eq!(ended, [303, 410], "{} / {}", a.words(), b.words());
    let companies: i64 = app.sql(|conn| accounts::table.count().get_result(conn));
    assert_eq!(companies, 3);
}

#[actix_web::test]
async fn whoever_was_only_welcomed_may_sign_up_and_the_welcome_becomes_an_invitation() {
    let app = open().await;
    let dana = app.visitor();
    sign_up(&dana, "dana@acme.example", "Ruiz").await;
    let path = mailed_path(&app).await;
    assert_eq!(finish(&dana, &path, PASSWORD).await.status, 303);
    let (home, kind, status): (Option<tenantry::db::types::AccountId>, String, String) =
        app.sql(|conn| {
            users::table
                .inner_join(memberships::table.on(memberships::user_id.eq(users::id)))
                .filter(users::id.eq(cast::user("dana@acme.example")))
                .filter(memberships::account_id.eq(cast::account("acme")))
                .select((
                    users::home_account_id,
                    memberships::kind,
                    memberships::status,
                ))
                .first(conn)
        });
    assert!(home.is_some() && home != Some(cast::account("acme")));
    assert_eq!((kind.as_str(), status.as_str()), ("guest", "invited"));
    assert!(
        dana.get("/me/accounts")
            .await
            .words()
            .contains("Ravi Users invites you to Acme.")
    );
}
