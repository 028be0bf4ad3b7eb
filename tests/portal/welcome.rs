//! Mailed and copied links: opened without being used up, used once, replaced by newer ones (rules 9, 10; S1, S14–S17).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{grants, memberships, projects, users};
use tenantry::db::types::Ts;

use crate::support::app::TestApp;
use crate::support::cast::{self, DANA_TOKEN, PASSWORD, user};
use crate::support::record::status;
use crate::support::smtp::link_in;
use crate::support::visitor::{Answer, Visitor};

const DANA: &str = "dana@acme.example";
const NEW: &str = "a password of her own";

fn verified(app: &TestApp, email: &str) -> bool {
    let id = user(email);
    let at: Option<Ts> =
        app.sql(|conn| users::table.find(id).select(users::verified_at).first(conn));
    at.is_some()
}

fn path_of(link: &str) -> String {
    url::Url::parse(link).unwrap().path().to_owned()
}

async fn set_password(visitor: &Visitor<'_>, token: &str) -> Answer {
    let page = visitor.open(&format!("/welcome/{token}")).await;
    let form = page
        .page()
        .form("Set password and sign in")
        .fill("password", NEW);
    visitor.submit(&page, &form).await
}

#[actix_web::test]
async fn a_scanner_that_opens_the_link_twenty_times_uses_nothing_up() {
    let app = TestApp::start().await;
    let path = format!("/welcome/{DANA_TOKEN}");
    for _ in 0..20 {
        let scanner = app.visitor();
        let answer = scanner.open(&path).await;
        assert_eq!(answer.status, 200);
        scanner
            .ask(actix_web::http::Method::HEAD, &path)
            .send()
            .await;
    }
    assert_eq!(set_password(&app.visitor(), DANA_TOKEN).await.status, 303);
}

#[actix_web::test]
async fn s17_the_token_leaves_the_address_bar_and_no_page_of_the_link_is_kept_or_told_of() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let moved = visitor.get(&format!("/welcome/{DANA_TOKEN}")).await;
    assert_eq!(
        (moved.status, moved.header("referrer-policy")),
        (303, Some("no-referrer"))
    );
    let clean = moved.location().unwrap();
    assert!(!clean.contains(DANA_TOKEN), "{clean}");
    let page = visitor.get(&clean).await;
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(!page.body.contains(DANA_TOKEN));
    let stranger = app.visitor().get(&clean).await;
    assert_eq!(
        stranger.status, 410,
        "the clean address alone opens nothing"
    );
}

#[actix_web::test]
async fn an_invited_person_sets_a_password_signs_in_and_is_active_and_verified() {
    let app = TestApp::start().await;
    let dana = app.visitor();
    let page = dana.open(&format!("/welcome/{DANA_TOKEN}")).await;
    let words = page.words();
    assert!(
        words.contains("Welcome, Dana") && words.contains("Dock 4") && words.contains(DANA),
        "{words}"
    );
    let weak = page
        .page()
        .form("Set password and sign in")
        .fill("password", "short");
    let again = dana.submit(&page, &weak).await;
    assert_eq!(again.status, 422);
    assert_eq!(again.page().error_summary()[0].1, "password");
    assert_eq!(status(&app, DANA), "invited");

    let set = set_password(&dana, DANA_TOKEN).await;
    let sign_in = dana.follow(set).await;
    assert!(sign_in.path.starts_with("/sign-in"), "{}", sign_in.path);
    assert!(sign_in.body.contains(DANA), "the address is filled in");
    assert_eq!(status(&app, DANA), "invited", "until the first sign-in");

    let fields = [("email", DANA), ("password", NEW)];
    let landed = dana.post("/sign-in", &fields).await;
    assert_eq!(landed.status, 303);
    assert_eq!(
        (status(&app, DANA).as_str(), verified(&app, DANA)),
        ("active", true)
    );
    let place = "/accounts/acme/organizations/north/projects/dock-4";
    assert_eq!(
        dana.get(place).await.status,
        200,
        "and she stands in her project"
    );
}

#[actix_web::test]
async fn a_used_link_says_so_and_offers_to_sign_in() {
    let app = TestApp::start().await;
    set_password(&app.visitor(), DANA_TOKEN).await;
    let again = app.visitor().open(&format!("/welcome/{DANA_TOKEN}")).await;
    assert_eq!(
        (again.status, again.page().h1().as_str()),
        (410, "This link was used")
    );
    assert!(
        again.words().contains("You already set your password"),
        "{}",
        again.words()
    );
}

#[actix_web::test]
async fn an_expired_link_sends_a_new_one_to_the_invited_address_only() {
    let app = TestApp::start().await;
    app.advance(Duration::hours(49));
    let visitor = app.visitor();
    let dead = visitor.open(&format!("/welcome/{DANA_TOKEN}")).await;
    assert_eq!(
        (dead.status, dead.page().h1().as_str()),
        (410, "This link expired")
    );
    assert!(
        dead.words().contains("d…a@acme.example") && !dead.words().contains(DANA),
        "{}",
        dead.words()
    );
    let sent = visitor
        .submit(&dead, &dead.page().form("Send me a new link"))
        .await;
    assert_eq!(sent.page().h1(), "Check your email");
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [DANA]);
    assert!(
        mail.subject().starts_with("Your new link for"),
        "{}",
        mail.subject()
    );
    let old = app.visitor().open(&format!("/welcome/{DANA_TOKEN}")).await;
    assert_eq!(
        (old.status, old.page().h1().as_str()),
        (410, "There is a newer link")
    );
    let fresh = path_of(&link_in(&mail));
    app.advance(Duration::hours(47));
    assert_eq!(
        app.visitor().open(&fresh).await.page().h1(),
        "Welcome, Dana",
        "a fresh 48 hours"
    );
}

#[actix_web::test]
async fn a_month_after_a_manager_last_sent_a_link_the_page_asks_the_manager() {
    let app = TestApp::start().await;
    app.advance(Duration::days(31));
    let dead = app.visitor().open(&format!("/welcome/{DANA_TOKEN}")).await;
    assert_eq!(dead.status, 410);
    assert!(
        !dead.body.contains("Send me a new link</button>"),
        "{}",
        dead.words()
    );
    dead.page().form("Ask Ravi Users for a new link");
    app.visitor().post("/links/new", &[("email", DANA)]).await;
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, ["ravi@acme.example"], "nor by the address");
}

#[actix_web::test]
async fn a_link_that_never_was_and_a_lost_mail_answer_everybody_the_same() {
    let app = TestApp::start().await;
    let unknown = app.visitor().open("/welcome/no-such-token").await;
    assert_eq!(
        (unknown.status, unknown.page().h1().as_str()),
        (410, "This link does not work")
    );
    let visitor = app.visitor();
    let mut answers = Vec::new();
    for email in [DANA, "nobody@x.example", "olga@acme.example"] {
        let answer = visitor.post("/links/new", &[("email", email)]).await;
        answers.push((answer.status, answer.body.replace(email, "…")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let to: Vec<String> = app
        .deliver()
        .await
        .iter()
        .flat_map(|mail| mail.to.clone())
        .collect();
    assert_eq!(to, [DANA], "only the one who waits is mailed");
}

#[actix_web::test]
async fn of_fifty_that_use_one_link_at_once_one_sets_the_password() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let page = visitor.open(&format!("/welcome/{DANA_TOKEN}")).await;
    let form = page.page().form("Set password and sign in");
    let tries = (0..50).map(|n| {
        let form = form
            .clone()
            .fill("password", &format!("password number {n} of many"));
        let (visitor, page) = (&visitor, &page);
        async move { visitor.submit(page, &form).await.status }
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 303).count(),
        1,
        "{statuses:?}"
    );
    assert!(
        statuses.iter().all(|status| [303, 410].contains(status)),
        "{statuses:?}"
    );
}

#[actix_web::test]
async fn a_copied_link_lets_in_without_proving_the_address() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let person = format!("/accounts/acme/users/{}", user(DANA));
    let page = ravi.get(&person).await;
    let shown = ravi.copy_link(&page).await;
    let shown = ravi.follow(shown).await;
    let start = shown.body.find("/welcome/").expect("the link is shown");
    let copied: String = shown.body[start..]
        .chars()
        .take_while(|c| !['"', '<', '&'].contains(c))
        .collect();
    let dana = app.visitor();
    let page = dana.open(&copied).await;
    let form = page
        .page()
        .form("Set password and sign in")
        .fill("password", NEW);
    assert_eq!(dana.submit(&page, &form).await.status, 303);
    assert_eq!(
        dana.post("/sign-in", &[("email", DANA), ("password", NEW)])
            .await
            .status,
        303
    );
    assert_eq!(
        (status(&app, DANA).as_str(), verified(&app, DANA)),
        ("active", false)
    );
}

#[actix_web::test]
async fn a_role_that_its_giver_could_not_give_any_more_is_dropped_at_acceptance() {
    let app = TestApp::start().await;
    set_password(&app.visitor(), DANA_TOKEN).await;
    // Whoever gave it is shut out before she comes in.
    app.sql(|conn| {
        let hers = grants::table.filter(grants::user_id.eq(user(DANA)));
        diesel::update(hers)
            .set(grants::given_by.eq(Some(user("ravi@acme.example"))))
            .execute(conn)?;
        diesel::update(memberships::table.filter(memberships::user_id.ne(user(DANA))))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
    let dana = app.visitor();
    assert_eq!(
        dana.post("/sign-in", &[("email", DANA), ("password", NEW)])
            .await
            .status,
        303
    );
    assert_eq!(
        dana.get("/accounts/acme/organizations/north/projects/dock-4")
            .await
            .status,
        404
    );
}

/// Invites Gil of Globex to Acme; the path of the mailed link.
async fn invite_gil(app: &TestApp) -> String {
    let ravi = app.signed_in("ravi@acme.example");
    let first = ravi.get("/accounts/acme/user-management/new").await;
    let form = first
        .page()
        .form("Add User")
        .fill("first_name", "Gil")
        .fill("last_name", "Guest");
    let second = ravi
        .submit(&first, &form.fill("email", "gil@globex.example"))
        .await;
    let form = second.page().form("Submit");
    let dock = cast::project("dock-4").to_string();
    let done = ravi
        .submit(&second, &form.fill("place", &dock).tick("role", "viewer"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, ["gil@globex.example"]);
    assert!(mail.subject().contains("invited you"), "{}", mail.subject());
    path_of(&link_in(&mail))
}

#[actix_web::test]
async fn a_guest_invitation_is_accepted_by_the_person_signed_in_and_by_nobody_else() {
    let app = TestApp::start().await;
    let link = invite_gil(&app).await;
    let dock = "/accounts/acme/organizations/north/projects/dock-4";
    let gil = app.signed_in("gil@globex.example");
    assert_eq!(gil.get(dock).await.status, 404, "never a silent join");

    let lee = app.signed_in("lee@globex.example");
    let wrong = lee.open(&link).await;
    let words = wrong.words();
    assert!(
        words.contains("lee@globex.example") && words.contains("gil@globex.example"),
        "{words}"
    );
    assert!(!wrong.body.contains(">Accept<"), "{words}");
    let switched = lee
        .submit(
            &wrong,
            &wrong
                .page()
                .form("Sign out and continue as gil@globex.example"),
        )
        .await;
    let sign_in = lee.follow(switched).await;
    let form = sign_in
        .page()
        .form("Sign in")
        .fill("email", "gil@globex.example")
        .fill("password", PASSWORD);
    let back = lee.submit(&sign_in, &form).await;
    let page = lee.follow(back).await;
    let accepted = lee.submit(&page, &page.page().form("Accept")).await;
    let landed = lee.follow(accepted).await;
    assert_eq!(
        (landed.path.as_str(), landed.status),
        (dock, 200),
        "on what it was an invitation to"
    );
    assert!(
        landed.words().contains("You are now in Acme."),
        "{}",
        landed.words()
    );
    assert_eq!(gil.get(dock).await.status, 200);
    let again = gil.open(&link).await;
    assert_eq!(again.status, 410, "accepted twice is once");
}

#[actix_web::test]
async fn a_guest_lands_on_the_project_without_the_mail_too_and_on_the_account_where_it_is_archived()
{
    for (status, lands) in [
        (
            "active",
            "/accounts/acme/organizations/north/projects/dock-4",
        ),
        ("archived", "/accounts/acme"),
    ] {
        let app = TestApp::start().await;
        invite_gil(&app).await;
        app.sql(|conn| {
            let dock = projects::table.find(cast::project("dock-4"));
            diesel::update(dock)
                .set(projects::status.eq(status))
                .execute(conn)
        });
        let gil = app.signed_in("gil@globex.example");
        let path = format!("/me/invitation?account={}", cast::account("acme"));
        let page = gil.get(&path).await;
        let joined = gil.submit(&page, &page.page().form("Accept")).await;
        let landed = gil.follow(joined).await;
        assert_eq!((landed.path.as_str(), landed.status), (lands, 200));
        let words = landed.words();
        assert!(words.contains("You are now in Acme."), "{words}");
    }
}

#[actix_web::test]
async fn a_declined_invitation_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let link = invite_gil(&app).await;
    let gil = app.signed_in("gil@globex.example");
    let page = gil.open(&link).await;
    let form = page.page().form("Decline");
    assert_eq!(gil.submit(&page, &form).await.status, 303);
    let left: i64 = app.sql(|conn| {
        let mine = memberships::table.filter(memberships::user_id.eq(user("gil@globex.example")));
        mine.filter(memberships::account_id.eq(cast::account("acme")))
            .count()
            .get_result(conn)
    });
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn whoever_proves_an_address_has_it_whatever_was_done_with_it_before() {
    let app = TestApp::start().await;
    // Acme adds an address that is not one of its people and lets itself in by the copied link.
    let ravi = app.signed_in("ravi@acme.example");
    let (place, copied) = invite(&ravi, "/accounts/acme", "viewer", "vic@x.example").await;
    let thief = app.visitor();
    let page = thief.open(&copied.expect("the link to copy")).await;
    let form = page
        .page()
        .form("Set password and sign in")
        .fill("password", NEW);
    assert_eq!(thief.submit(&page, &form).await.status, 303);
    assert_eq!(
        thief
            .post("/sign-in", &[("email", "vic@x.example"), ("password", NEW)])
            .await
            .status,
        303
    );
    assert_eq!(thief.get(&place).await.status, 200);
    app.deliver().await;

    // Globex adds the same address; the mail reaches the person, who chooses the password anew.
    let gil = app.signed_in("gil@globex.example");
    invite(&gil, "/accounts/globex", "viewer", "vic@x.example").await;
    let mail = app.deliver_one().await;
    let vic = app.visitor();
    let page = vic.open(&path_of(&link_in(&mail))).await;
    let own = "quite another password of mine";
    let form = page
        .page()
        .form("Set password and sign in")
        .fill("password", own);
    assert_eq!(
        vic.submit(&page, &form).await.status,
        303,
        "a password is asked for"
    );
    assert!(
        thief.get(&place).await.asks_to_sign_in(),
        "the other session is over"
    );
    let old = vic
        .post("/sign-in", &[("email", "vic@x.example"), ("password", NEW)])
        .await;
    assert_eq!(old.status, 422, "and the other password");
    assert_eq!(
        vic.post("/sign-in", &[("email", "vic@x.example"), ("password", own)])
            .await
            .status,
        303
    );
    assert_eq!(
        vic.get("/accounts/globex").await.status,
        200,
        "the proven account is the home"
    );
    assert_eq!(
        vic.get("/accounts/acme").await.status,
        404,
        "the other one is an invitation"
    );
}

#[actix_web::test]
async fn s1_a_copied_link_stores_no_password_over_that_of_whoever_proves_the_address_at_that_moment()
 {
    for _ in 0..8 {
        let app = TestApp::start().await;
        let ravi = app.signed_in("ravi@acme.example");
        let (_, copied) = invite(&ravi, "/accounts/acme", "viewer", "vic@x.example").await;
        app.deliver().await;
        let gil = app.signed_in("gil@globex.example");
        invite(&gil, "/accounts/globex", "viewer", "vic@x.example").await;
        let mailed = path_of(&link_in(&app.deliver_one().await));
        let (thief, vic) = (app.visitor(), app.visitor());
        let theirs = thief.open(&copied.expect("the link to copy")).await;
        let own = vic.open(&mailed).await;
        let fill = |page: &Answer, password: &str| {
            let form = page.page().form("Set password and sign in");
            form.fill("password", password)
        };
        let first = fill(&own, NEW);
        let second = fill(&theirs, "what the thief has thought of");
        let both = (vic.submit(&own, &first), thief.submit(&theirs, &second));
        futures_util::future::join(both.0, both.1).await;
        let fields = [("email", "vic@x.example"), ("password", NEW)];
        assert_eq!(vic.post("/sign-in", &fields).await.status, 303);
    }
}

/// Adds somebody to an account; the account's page, and the link to copy.
async fn invite(
    manager: &Visitor<'_>,
    account: &str,
    role: &str,
    email: &str,
) -> (String, Option<String>) {
    let first = manager.get(&format!("{account}/user-management/new")).await;
    let form = first
        .page()
        .form("Add User")
        .fill("first_name", "Vic")
        .fill("last_name", "Tim");
    let second = manager.submit(&first, &form.fill("email", email)).await;
    let form = second.page().form("Submit");
    let whole = form
        .offered
        .iter()
        .find(|choice| choice.value.starts_with("account_"));
    let whole = whole.expect("the account is offered").value.clone();
    let done = manager
        .submit(&second, &form.fill("place", &whole).tick("role", role))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    let shown = manager.follow(done).await;
    let link = shown.body.find("/welcome/").map(|start| {
        shown.body[start..]
            .chars()
            .take_while(|c| !['"', '<', '&'].contains(c))
            .collect()
    });
    (account.to_owned(), link)
}
