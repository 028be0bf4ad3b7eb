//! Mails about an invitation on its way: the reminder before its link ends, and the mail that came back (ux §8, 3 and 21).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{accounts, links, memberships, users};
use tenantry::mail::outbox::{End, Outcome};
use tenantry::mail::transport::Transport;
use tokio::sync::watch;

use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::smtp::{Message, link_in};
use crate::support::visitor::Visitor;

const NORA: &str = "nora@acme.example";
const PASSWORD: &str = "nine dry cardboard kites";

/// Ravi adds somebody as a viewer of Dock 4; the path of their page.
async fn add(app: &TestApp, email: &str) -> String {
    let ravi = app.signed_in("ravi@acme.example");
    let first = ravi.get("/accounts/acme/user-management/new").await;
    let form = first
        .page()
        .form("Add User")
        .fill("first_name", "Nora")
        .fill("last_name", "New");
    let second = ravi.submit(&first, &form.fill("email", email)).await;
    let form = second.page().form("Submit");
    let dock = cast::project("dock-4").to_string();
    let done = ravi
        .submit(&second, &form.fill("place", &dock).tick("role", "viewer"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    let user: tenantry::db::types::UserId = app.sql(|conn| {
        users::table
            .filter(users::email_key.eq(email))
            .select(users::id)
            .first(conn)
    });
    format!("/accounts/acme/users/{user}")
}

async fn remind(app: &TestApp) -> Vec<Message> {
    while tenantry::jobs::remind_once(app.app()).await.unwrap() {}
    app.deliver().await
}

fn path_of(mail: &Message) -> String {
    url::Url::parse(&link_in(mail)).unwrap().path().to_owned()
}

async fn use_link(visitor: &Visitor<'_>, path: &str) -> u16 {
    let page = visitor.open(path).await;
    if page.status != 200 {
        return page.status;
    }
    let form = page.page().form("Set password and sign in");
    let set = visitor
        .submit(&page, &form.fill("password", PASSWORD))
        .await;
    set.status
}

#[actix_web::test]
async fn who_has_not_come_in_is_reminded_once_a_day_before_and_both_links_are_one() {
    let app = TestApp::start().await;
    add(&app, NORA).await;
    let welcome = app.deliver_one().await;
    app.advance(Duration::hours(24) - Duration::seconds(1));
    assert!(remind(&app).await.is_empty(), "not yet");
    app.advance(Duration::seconds(1));
    // Two instances at once.
    let (one, two) = futures_util::future::join(
        tenantry::jobs::remind_once(app.app()),
        tenantry::jobs::remind_once(app.app()),
    )
    .await;
    assert!(!one.unwrap() && !two.unwrap());
    let reminder = app.deliver_one().await;
    assert_eq!(reminder.to, [NORA]);
    assert_eq!(
        reminder.subject(),
        "Your link to join Acme works until tomorrow 09:00 UTC"
    );
    let text = reminder.text();
    assert!(text.contains("4 March 2026, 09:00 UTC"), "{text}");
    app.advance(Duration::hours(1));
    assert!(remind(&app).await.is_empty(), "once");

    let (first, second) = (path_of(&welcome), path_of(&reminder));
    assert_ne!(first, second, "the first token is known to nobody any more");
    for path in [&first, &second] {
        assert_eq!(app.visitor().open(path).await.status, 200, "{path}");
    }
    let nora = app.visitor();
    assert_eq!(use_link(&nora, &second).await, 303);
    assert_eq!(
        app.visitor().open(&first).await.status,
        410,
        "they are one link, and it is used"
    );
    let fields = [("email", NORA), ("password", PASSWORD)];
    nora.post("/sign-in", &fields).await;
    let verified: Option<tenantry::db::types::Ts> = app.sql(|conn| {
        users::table
            .filter(users::email_key.eq(NORA))
            .select(users::verified_at)
            .first(conn)
    });
    assert!(verified.is_some(), "the reminder went to the mailbox, too");
    let joined = app.deliver_one().await;
    assert_eq!(joined.to, ["ravi@acme.example"]);
    assert_eq!(joined.subject(), "Nora New joined North");
}

#[actix_web::test]
async fn the_reminder_says_the_time_of_the_accounts_own_zone() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::update(accounts::table)
            .set(accounts::time_zone.eq("Asia/Tokyo"))
            .execute(conn)
    });
    add(&app, NORA).await;
    app.deliver_one().await;
    app.advance(Duration::hours(24));
    let subject = remind(&app).await[0].subject();
    assert_eq!(
        subject,
        "Your link to join Acme works until tomorrow 18:00 JST"
    );
}

#[actix_web::test]
async fn nobody_is_reminded_of_a_link_that_does_nothing_any_more() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let (used, gone, again) = ("used@acme.example", "gone@acme.example", NORA);
    add(&app, used).await;
    let page_of_gone = add(&app, gone).await;
    let page_of_again = add(&app, again).await;
    let mails = app.deliver().await;
    let to_used = mails.iter().find(|mail| mail.to == [used]).unwrap();
    assert_eq!(use_link(&app.visitor(), &path_of(to_used)).await, 303);
    let cancelled = ravi.post(&format!("{page_of_gone}/cancel"), &[]).await;
    assert_eq!(cancelled.status, 303);
    app.advance(Duration::hours(6));
    let resent = ravi.post(&format!("{page_of_again}/resend"), &[]).await;
    assert_eq!(resent.status, 303, "{}", resent.words());
    app.deliver().await;
    app.advance(Duration::hours(18));
    assert!(remind(&app).await.is_empty());
    app.advance(Duration::hours(6));
    let mails = remind(&app).await;
    assert_eq!(mails.len(), 1, "of the newest link alone");
    assert_eq!(mails[0].to, [again]);
    let left: i64 = app.sql(|conn| {
        links::table
            .filter(links::remind_at.is_not_null())
            .count()
            .get_result(conn)
    });
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn a_mail_that_waited_for_a_day_is_no_reminder_and_its_fresh_link_has_one() {
    let app = TestApp::start().await;
    add(&app, NORA).await;
    app.advance(Duration::hours(25));
    while tenantry::jobs::remind_once(app.app()).await.unwrap() {}
    let welcome = app.deliver_one().await;
    assert_eq!(welcome.subject(), "Welcome to Acme: set your password");
    app.advance(Duration::hours(24));
    let reminder = remind(&app).await;
    assert_eq!(reminder.len(), 1);
    assert_eq!(app.visitor().open(&path_of(&welcome)).await.status, 200);
}

#[actix_web::test]
async fn a_reminder_that_is_late_says_today_and_a_dead_one_is_not_sent() {
    let app = TestApp::start().await;
    add(&app, NORA).await;
    app.deliver_one().await;
    app.advance(Duration::hours(47));
    let late = remind(&app).await;
    assert_eq!(
        late[0].subject(),
        "Your link to join Acme works until today 09:00 UTC"
    );
    add(&app, "late@acme.example").await;
    app.deliver_one().await;
    app.advance(Duration::hours(24));
    while tenantry::jobs::remind_once(app.app()).await.unwrap() {}
    app.advance(Duration::hours(24));
    assert!(app.deliver().await.is_empty(), "no dead link is mailed");
}

/// Adds somebody whose mail is refused for good, and gives back what is mailed then.
async fn refused(app: &TestApp, email: &str) -> (String, Vec<Message>) {
    let page = add(app, email).await;
    (page, come_back(app, email).await)
}

/// The mail server refuses what is on its way to this address; what is mailed then.
async fn come_back(app: &TestApp, email: &str) -> Vec<Message> {
    let (_stop, stopped) = watch::channel(false);
    let deps = tenantry::jobs::mail_deps(app.app(), Transport::memory().0, &stopped);
    let claimed = (deps.store.claim)(50).await.unwrap();
    let outcomes: Vec<Outcome> = claimed
        .iter()
        .map(|mail| {
            assert_eq!(mail.recipient, email);
            let why = "550 5.1.1 No such mailbox here".to_owned();
            Outcome {
                mail: mail.id,
                end: End::Failed { why },
            }
        })
        .collect();
    assert_eq!(outcomes.len(), 1);
    (deps.store.mark)(outcomes.clone()).await.unwrap();
    // Another instance that says the same once more holds no lease.
    (deps.store.mark)(outcomes).await.unwrap();
    app.deliver().await
}

#[actix_web::test]
async fn whoever_added_somebody_is_told_that_the_mail_came_back_and_what_to_do() {
    let app = TestApp::start().await;
    let (page, told) = refused(&app, NORA).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].to, ["ravi@acme.example"]);
    assert_eq!(
        told[0].subject(),
        "The welcome mail to nora@acme.example came back"
    );
    let text = told[0].text();
    for says in [
        "Person: Nora New",
        "The mail server said: 550",
        "change it and send the link again",
        "copy the link",
        &page,
    ] {
        assert!(text.contains(says), "{says} in {text}");
    }
    assert!(!text.contains("/welcome/"), "nobody else gets the link");
    app.advance(Duration::hours(24));
    assert!(
        remind(&app).await.is_empty(),
        "what never arrived is not reminded of"
    );
}

#[actix_web::test]
async fn where_whoever_added_somebody_is_gone_those_who_manage_users_are_told_that_the_mail_came_back()
 {
    let app = TestApp::start().await;
    let page = add(&app, NORA).await;
    app.sql(|conn| {
        diesel::update(memberships::table)
            .filter(memberships::user_id.eq(cast::user("ravi@acme.example")))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
    let told = come_back(&app, NORA).await;
    let mut to: Vec<&str> = told.iter().map(|mail| mail.to[0].as_str()).collect();
    to.sort_unstable();
    let anna = cast::holder("admin", At::Account);
    let uma = cast::holder("user_management", At::Account);
    assert_eq!(to, [anna.as_str(), "olga@acme.example", uma.as_str()]);
    for mail in told {
        let text = mail.text();
        assert!(text.contains(&page), "{text}");
        assert!(text.contains("you manage users of Acme"), "{text}");
        assert_eq!(mail.header("List-Unsubscribe"), None, "it is no notice");
    }
}

#[actix_web::test]
async fn a_mail_that_came_back_is_told_no_differently_where_the_address_has_a_closed_home() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("globex")))
            .set(accounts::exclusive.eq(true))
            .execute(conn)
    });
    let (_, open) = refused(&app, NORA).await;
    let (_, closed) = refused(&app, "gil@globex.example").await;
    assert_eq!((open.len(), closed.len()), (1, 1));
    let neutral = |mail: &Message, email: &str| mail.text().replace(email, "ADDRESS");
    let without_page = |text: String| -> String {
        text.lines()
            .filter(|line| !line.contains("/users/"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(
        without_page(neutral(&open[0], NORA)),
        without_page(neutral(&closed[0], "gil@globex.example"))
    );
}
