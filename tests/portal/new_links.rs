//! A new link that only a manager sends (S14, ux 7.4): the page of the old one asks them, as often as links are had, and the
//! list of who is invited says so until it is sent.

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events, links, memberships};

use crate::support::app::TestApp;
use crate::support::cast::{self, DANA_TOKEN, user};
use crate::support::visitor::{Answer, Visitor};

const DANA: &str = "dana@acme.example";
const RAVI: &str = "ravi@acme.example";
const SECURITY: &str = "/accounts/acme/security";
const ASK: &str = "Ask Ravi Users for a new link";

/// The page of Dana's old link.
async fn dead(visitor: &Visitor<'_>) -> Answer {
    let dead = visitor.open(&format!("/welcome/{DANA_TOKEN}")).await;
    assert_eq!(dead.status, 410, "{}", dead.words());
    dead
}

async fn ask(visitor: &Visitor<'_>, button: &str) -> Answer {
    let dead = dead(visitor).await;
    visitor.submit(&dead, &dead.page().form(button)).await
}

/// What Ravi sees of Dana: her row among the invited, and her page.
async fn told(app: &TestApp) -> (String, String) {
    let ravi = app.signed_in(RAVI);
    let list = ravi
        .get("/accounts/acme/user-management?status=invited")
        .await;
    let rows = list.page().texts("tbody tr");
    let row = rows.into_iter().find(|row| row.contains("Dana Invited"));
    let page = ravi
        .get(&format!("/accounts/acme/users/{}", user(DANA)))
        .await;
    (row.expect("Dana's row"), page.words())
}

/// Ravi sends Dana's old invitation again.
async fn resend(app: &TestApp) {
    let ravi = app.signed_in(RAVI);
    let page = ravi
        .get(&format!("/accounts/acme/users/{}", user(DANA)))
        .await;
    let review = ravi.submit(&page, &page.page().form("Resend")).await;
    let review = ravi.follow(review).await;
    let form = review.page().form("Confirm and send");
    let sent = ravi.submit(&review, &form).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    assert_eq!(app.deliver_one().await.to, [DANA]);
}

async fn by_manager(app: &TestApp) {
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(SECURITY).await;
    let form = page
        .page()
        .form("Save changes")
        .tick("new_links", "manager");
    let saved = olga.submit(&page, &form).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
}

fn events(app: &TestApp, action: &str) -> Vec<(String, Option<String>)> {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq(action))
            .order(audit_events::id)
            .select((audit_events::details, audit_events::personal))
            .load(conn)
    })
}

#[actix_web::test]
async fn s14_the_page_of_a_link_too_old_to_be_renewed_asks_the_manager_who_sends_it() {
    let app = TestApp::start().await;
    app.advance(Duration::days(31));
    let dana = app.visitor();
    let asked = ask(&dana, ASK).await;
    assert_eq!(asked.status, 200);
    let words = asked.words();
    assert!(
        words.contains("Ravi Users was asked") && words.contains("d…a@acme.example"),
        "{words}"
    );
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [RAVI]);
    assert_eq!(
        mail.subject(),
        "Dana Invited asks for a new link to join Acme"
    );
    let path = format!("/accounts/acme/users/{}", user(DANA));
    assert!(mail.text().contains(&path), "{}", mail.text());
    let written = events(&app, "link.wanted");
    assert_eq!(written.len(), 1, "{written:?}");
    let (details, personal) = &written[0];
    assert!(details.contains(&user(RAVI).to_string()), "{details}");
    assert!(
        personal
            .as_deref()
            .is_some_and(|text| text.contains("Dana Invited")),
        "{personal:?}"
    );
    let (row, page) = told(&app).await;
    assert!(
        row.contains("New link asked for by Dana on 2 Apr 2026"),
        "{row}"
    );
    assert!(page.contains("Asked for by Dana on 2 Apr 2026"), "{page}");

    resend(&app).await;
    let (row, page) = told(&app).await;
    assert!(!row.contains("asked for"), "{row}");
    assert!(!page.contains("Asked for by Dana"), "{page}");
}

#[actix_web::test]
async fn s14_a_manager_is_asked_once_a_minute_and_five_times_a_day() {
    let app = TestApp::start().await;
    app.advance(Duration::days(31));
    let dana = app.visitor();
    assert_eq!(ask(&dana, ASK).await.status, 200);
    app.deliver_one().await;
    app.advance(Duration::seconds(20));
    let again = ask(&dana, ASK).await;
    assert_eq!(again.status, 429, "{}", again.words());
    again.page().form(ASK);
    app.advance(Duration::seconds(40));
    for _ in 0..4 {
        assert_eq!(ask(&dana, ASK).await.status, 200);
        app.deliver_one().await;
        app.advance(Duration::minutes(1));
    }
    let sixth = ask(&dana, ASK).await;
    assert_eq!(sixth.status, 429, "{}", sixth.words());
    assert!(sixth.words().contains("within a day"), "{}", sixth.words());
    assert!(app.deliver().await.is_empty());
    assert_eq!(events(&app, "link.wanted").len(), 5);
}

#[actix_web::test]
async fn s14_whoever_took_an_invitation_over_is_asked_and_else_the_user_managers_who_stay_unnamed()
{
    let app = TestApp::start().await;
    app.advance(Duration::days(31));
    let uma = cast::holder("user_management", cast::At::Dock4);
    // Ravi sent it, has gone, and handed it over to somebody who manages Dock 4.
    app.sql(|conn| {
        let ravi = memberships::table.filter(memberships::user_id.eq(user(RAVI)));
        diesel::update(ravi)
            .set(memberships::status.eq("deactivated"))
            .execute(conn)?;
        diesel::update(links::table.find(cast::dana_link()))
            .set(links::sent_by.eq(Some(user(RAVI))))
            .execute(conn)?;
        let hers = memberships::table.filter(memberships::user_id.eq(user(DANA)));
        diesel::update(hers)
            .set(memberships::invited_by.eq(Some(user(&uma))))
            .execute(conn)
    });
    let dana = app.visitor();
    let uma_called = "Ask Uma user_management at dock4 for a new link";
    assert_eq!(ask(&dana, uma_called).await.status, 200);
    assert_eq!(app.deliver_one().await.to, [uma.as_str()]);
    // Who is active there and manages Dana no longer is not asked, nor named.
    app.sql(|conn| {
        diesel::update(memberships::table.filter(memberships::user_id.eq(user(DANA))))
            .set(memberships::invited_by.eq(Some(user("sam@acme.example"))))
            .execute(conn)
    });
    app.advance(Duration::minutes(1));
    let page = dead(&dana).await;
    let form = page.page().form("Ask Acme for a new link");
    let words = page.words();
    assert!(
        !words.contains("Sam") && !words.contains("Olga") && !words.contains("Ravi"),
        "{words}"
    );
    assert_eq!(dana.submit(&page, &form).await.status, 200);
    let mut asked: Vec<String> = Vec::new();
    for mail in app.deliver().await {
        assert!(
            mail.text().contains("you manage users of Acme"),
            "{}",
            mail.text()
        );
        asked.extend(mail.to.clone());
    }
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked.iter().all(|to| to != "sam@acme.example"), "{asked:?}");
}

#[actix_web::test]
async fn s14_an_account_may_want_its_managers_to_send_every_new_link() {
    let app = TestApp::start().await;
    app.advance(Duration::hours(49));
    let dana = app.visitor();
    dead(&dana).await.page().form("Send me a new link");
    by_manager(&app).await;
    let page = dead(&dana).await;
    assert!(!page.body.contains("Send me a new link</button>"));
    assert_eq!(ask(&dana, ASK).await.status, 200);
    assert_eq!(app.deliver_one().await.to, [RAVI]);
    let (row, _) = told(&app).await;
    assert!(row.contains("New link asked for by Dana"), "{row}");
    // A link that was replaced leads there, too, and the newer one does as before.
    resend(&app).await;
    let older = dead(&dana).await;
    assert_eq!(older.page().h1(), "There is a newer link");
    older.page().form(ASK);
}

#[actix_web::test]
async fn by_an_address_the_manager_is_asked_too_and_everybody_gets_the_same_answer() {
    let app = TestApp::start().await;
    by_manager(&app).await;
    let mut answers = Vec::new();
    for email in [DANA, "nobody@x.example", "olga@acme.example"] {
        let visitor = app.visitor();
        let answer = visitor.post("/links/new", &[("email", email)]).await;
        answers.push((answer.status, answer.body.replace(email, "…")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(app.deliver_one().await.to, [RAVI]);
    // Whoever has forgotten the password that was never set is no other case.
    app.advance(Duration::minutes(2));
    app.visitor()
        .post("/forgot-password", &[("email", DANA)])
        .await;
    assert_eq!(app.deliver_one().await.to, [RAVI]);
    let live = app.visitor().open(&format!("/welcome/{DANA_TOKEN}")).await;
    assert_eq!(live.status, 200, "to ask ends no link");
}

#[actix_web::test]
async fn who_sends_new_links_is_for_owners_to_say_and_not_while_the_account_is_frozen() {
    let app = TestApp::start().await;
    let anna = app.signed_in(&cast::holder("admin", cast::At::Account));
    assert_eq!(anna.get(SECURITY).await.status, 403);
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(SECURITY).await;
    let form = page.page().form("Save changes");
    let none = form.clone().untick("new_links", "themselves");
    let again = olga.submit(&page, &none).await;
    assert_eq!(again.status, 422);
    assert_eq!(again.page().error_summary()[0].1, "new_links");
    by_manager(&app).await;
    let (details, _) = events(&app, "settings.changed").remove(0);
    assert!(
        details.contains(r#""after":{"links_by_manager":true}"#),
        "{details}"
    );
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let refused = olga.submit(&page, &form).await;
    assert_eq!(refused.status, 403);
    assert!(refused.words().contains("frozen"), "{}", refused.words());
    // Nobody is asked for what nobody can do there.
    app.advance(Duration::hours(49));
    let asked = ask(&app.visitor(), ASK).await;
    assert_eq!(asked.status, 403, "{}", asked.words());
    app.visitor().post("/links/new", &[("email", DANA)]).await;
    assert!(app.deliver().await.is_empty());
}

#[actix_web::test]
async fn only_whoever_holds_the_link_is_offered_to_ask() {
    let app = TestApp::start().await;
    app.advance(Duration::days(31));
    let dana = app.visitor();
    let moved = dana.get(&format!("/welcome/{DANA_TOKEN}")).await;
    let clean = moved.location().unwrap();
    let stranger = app.visitor();
    let page = stranger.get(&clean).await;
    assert_eq!(page.page().h1(), "This link does not work");
    assert!(!page.words().contains("Ravi"), "{}", page.words());
    let query = clean.split_once('?').unwrap().1;
    let by_id = stranger
        .post(&format!("/links/new?{query}"), &[("email", "")])
        .await;
    assert_eq!(by_id.status, 422, "asks for an address");
    assert!(app.deliver().await.is_empty());
}
