//! The list of who is invited (ux 6.9): until when each link works, what became of its mail, and what can be done with it;
//! and how often who is invited gets a new one for asking (ux 7.4, rule 9).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{grants, links, memberships, outbox};
use tenantry::members::Status;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, DANA_TOKEN, Person, holder, user};
use crate::support::statements;
use crate::support::visitor::{Answer, Visitor};

const INVITED: &str = "/accounts/acme/user-management?status=invited";
const RAVI: &str = "ravi@acme.example";
const DANA: &str = "dana@acme.example";

/// What the list tells of Dana's invitation.
async fn told(visitor: &Visitor<'_>) -> String {
    let page = visitor.get(INVITED).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let rows = page.page().texts("tbody tr");
    let mut rows = rows.into_iter();
    let row = rows.find(|row| row.contains("Dana Invited"));
    row.unwrap_or_else(|| panic!("{}", page.words()))
}

fn says(row: &str, all: &[&str]) {
    for words in all {
        assert!(row.contains(words), "{words} in {row}");
    }
}

fn mail_is(app: &TestApp, state: &str, error: Option<&str>) {
    app.sql(|conn| {
        diesel::update(outbox::table)
            .set((outbox::state.eq(state), outbox::last_error.eq(error)))
            .execute(conn)
    });
}

#[actix_web::test]
async fn the_list_of_who_is_invited_tells_what_became_of_each_mail() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    says(
        &told(&ravi).await,
        &[
            "Invited",
            "expires in 24 hours",
            "Not mailed: copy the link",
        ],
    );
    app.advance(Duration::minutes(5));
    ravi.post(&format!("/accounts/acme/users/{}/resend", user(DANA)), &[])
        .await;
    says(&told(&ravi).await, &["expires in 2 days", "Mail queued"]);
    mail_is(&app, "sent", None);
    says(&told(&ravi).await, &["Mail sent"]);
    let reply = format!("550 {}end", "no such user ".repeat(10));
    mail_is(&app, "failed", Some(&reply));
    let row = told(&ravi).await;
    says(&row, &["Mail failed: 550 no such user", "…"]);
    assert!(!row.contains(&reply), "it is cut short: {row}");
    // Whoever only looks is not told.
    let vera = app.signed_in(&holder("viewer", At::Account));
    let row = told(&vera).await;
    assert!(!row.contains("Mail") && !row.contains("Copy link"), "{row}");
    app.advance(Duration::hours(49));
    says(&told(&app.signed_in(RAVI)).await, &["link expired"]);
}

/// The head of the file of a view, and the row of Dana in it.
async fn file(visitor: &Visitor<'_>) -> (Vec<String>, Vec<String>) {
    let path = INVITED.replace("?", ".csv?");
    let file = visitor.get(&path).await;
    assert_eq!(file.status, 200);
    let mut rows = csv::Reader::from_reader(file.body.as_bytes());
    let cells = |row: &csv::StringRecord| row.iter().map(str::to_owned).collect::<Vec<_>>();
    let head = cells(rows.headers().unwrap());
    let mut rows = rows.records().map(|row| cells(&row.unwrap()));
    let dana = rows.find(|row| row.contains(&DANA.to_owned())).unwrap();
    (head, dana)
}

#[actix_web::test]
async fn the_file_of_who_is_invited_has_what_the_list_tells_of_link_and_mail() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let fields = ["link_expires_at", "mail", "mail_reply", "locked_until"];
    let told = |(head, row): (Vec<String>, Vec<String>)| {
        let at = |name: &str| head.iter().position(|own| own == name).unwrap();
        fields.map(|name| row[at(name)].clone())
    };
    let expires = "2026-03-03T09:00:00.000000Z";
    let before = [expires, "Not mailed: copy the link", "", ""];
    assert_eq!(told(file(&ravi).await), before);
    app.advance(Duration::minutes(5));
    ravi.post(&format!("/accounts/acme/users/{}/resend", user(DANA)), &[])
        .await;
    let reply = format!("=550 {}end", "no such user ".repeat(10));
    mail_is(&app, "failed", Some(&reply));
    let expires = "2026-03-04T09:05:00.000000Z";
    let guarded = format!("'{reply}");
    assert_eq!(
        told(file(&ravi).await),
        [expires, "Mail failed", guarded.as_str(), ""],
        "the whole reply, and no formula"
    );
    // Whoever only looks is not told.
    let vera = app.signed_in(&holder("viewer", At::Account));
    assert_eq!(told(file(&vera).await), [expires, "", "", ""]);
}

#[actix_web::test]
async fn an_invitation_is_sent_again_copied_and_withdrawn_from_the_list() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let list = ravi.get(INVITED).await;
    let copied = ravi.copy_link(&list).await;
    assert!(copied.page().has("#welcome-link"), "{}", copied.words());
    let row = told(&ravi).await;
    says(&row, &["Link handed over on 2 Mar 2026"]);
    assert!(!row.contains("Mail"), "nothing was mailed: {row}");
    let list = ravi.get(INVITED).await;
    let sent = ravi.submit(&list, &list.page().form("Resend")).await;
    says(
        &ravi.follow(sent).await.words(),
        &["New link sent to dana@acme.example; works until"],
    );
    let row = told(&ravi).await;
    assert!(!row.contains("handed over"), "another link: {row}");
    let list = ravi.get(INVITED).await;
    let form = list.page().form("Withdraw invitation");
    let gone = ravi.submit(&list, &form).await;
    says(
        &ravi.follow(gone).await.words(),
        &["The invitation of Dana Invited was withdrawn."],
    );
    assert!(!ravi.get(INVITED).await.words().contains(DANA));
    // In the list of everybody these are left out: they stand on the page of each.
    let all = ravi.get("/accounts/acme/user-management").await;
    assert!(!all.body.contains("Copy link"));
}

#[actix_web::test]
async fn who_manages_one_reservation_sees_the_invitations_there_and_no_others() {
    let app = TestApp::start().await;
    let north = app.signed_in(&holder("user_management", At::Dock4));
    says(
        &told(&north).await,
        &["Not mailed", "Copy link", "Withdraw invitation"],
    );
    app.sql(|conn| {
        let uma = cast::Person::of("acme", "south@acme.example", "Uma", "South");
        uma.insert(conn);
        cast::give(conn, "south@acme.example", "user_management", At::Dock9);
        Ok(())
    });
    let south = app.signed_in("south@acme.example").get(INVITED).await;
    assert!(!south.words().contains("Dana"), "{}", south.words());
}

#[actix_web::test]
async fn the_state_of_all_mails_of_a_page_is_read_at_once() {
    statements::listen();
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let (_, few) = statements::during(&app, ravi.get(INVITED)).await;
    app.sql(|conn| {
        for n in 0..30 {
            let email = format!("new{n:02}@acme.example");
            let last = format!("{n:02}");
            let one = cast::Person::of("acme", &email, "Nina", &last);
            cast::Person {
                status: tenantry::members::Status::Invited,
                ..one
            }
            .insert(conn);
            cast::give(conn, &email, "viewer", At::Dock4);
        }
        Ok(())
    });
    let (page, many) = statements::during(&app, ravi.get(INVITED)).await;
    assert!(
        page.words().contains("No link works: resend"),
        "{}",
        page.words()
    );
    assert_eq!(few.len(), many.len(), "{many:?}");
}

/// Asks for a new link by the old one.
async fn ask(visitor: &Visitor<'_>) -> Answer {
    let dead = visitor.open(&format!("/welcome/{DANA_TOKEN}")).await;
    let form = dead.page().form("Send me a new link");
    visitor.submit(&dead, &form).await
}

fn sends(app: &TestApp) -> i64 {
    app.sql(|conn| {
        links::table
            .filter(links::user_id.eq(user(DANA)))
            .count()
            .get_result(conn)
    })
}

#[actix_web::test]
async fn rule_9_a_new_link_is_had_once_a_minute_and_five_times_a_day_and_the_page_says_when_again()
{
    let app = TestApp::start().await;
    app.advance(Duration::hours(49));
    let dana = app.visitor();
    assert_eq!(ask(&dana).await.page().h1(), "Check your email");
    app.deliver_one().await;
    app.advance(Duration::seconds(20));
    let again = ask(&dana).await;
    assert_eq!(again.status, 429);
    says(
        &again.words(),
        &["A new link was asked for 20 seconds ago. You can ask again in 40 seconds."],
    );
    assert!(app.deliver().await.is_empty());
    // From there, without opening the old link again.
    app.advance(Duration::seconds(40));
    let form = again.page().form("Send me a new link");
    let sent = dana.submit(&again, &form).await;
    assert_eq!(sent.page().h1(), "Check your email", "{}", sent.words());
    app.deliver_one().await;
    for _ in 0..3 {
        app.advance(Duration::minutes(1));
        assert_eq!(ask(&dana).await.status, 200);
        app.deliver_one().await;
    }
    app.advance(Duration::minutes(1));
    let sixth = ask(&dana).await;
    assert_eq!(sixth.status, 429);
    says(
        &sixth.words(),
        &[
            "5 new links were asked for within a day",
            "You can ask again on 5 Mar 2026, 10:00 UTC.",
        ],
    );
    assert_eq!(sends(&app), 6);
    // Nor by the address, nor by having forgotten the password that was never set.
    let stranger = app.visitor();
    stranger.at_address("203.0.113.9");
    for path in ["/links/new", "/forgot-password"] {
        stranger.post(path, &[("email", DANA)]).await;
        assert!(app.deliver().await.is_empty(), "{path}");
    }
    // The list says who asked; whoever manages it is bound by none of this.
    let ravi = app.signed_in(RAVI);
    says(&told(&ravi).await, &["New link requested by Dana"]);
    ravi.post(
        &format!("/accounts/acme/users/{}/resend", user(DANA)),
        &[("confirmed", "yes")],
    )
    .await;
    app.advance(Duration::hours(24));
    assert_eq!(ask(&dana).await.status, 200);
}

#[actix_web::test]
async fn whoever_types_an_address_learns_nothing_of_what_was_asked_for_it() {
    let app = TestApp::start().await;
    let dana = app.visitor();
    app.advance(Duration::hours(49));
    ask(&dana).await;
    let mut answers = Vec::new();
    for n in 0..8_u8 {
        let stranger = app.visitor();
        stranger.at_address(&format!("203.0.113.{n}"));
        for email in [DANA, "nobody@x.example"] {
            let answer = stranger.post("/links/new", &[("email", email)]).await;
            says(
                &answer.words(),
                &["At most one is sent in a minute, and 5 in a day"],
            );
            answers.push((answer.status, answer.body.replace(email, "…")));
        }
        app.advance(Duration::minutes(2));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

const EXPIRED: &str = "/accounts/acme/user-management?status=invited&link=expired";

/// So many who were invited to a project long ago and never came.
fn late(app: &TestApp, number: usize, at: At) {
    app.sql(|conn| {
        for n in 0..number {
            let email = format!("late{n:03}-{at:?}@acme.example").to_lowercase();
            let late = Person::of("acme", &email, "Lara", "Late");
            Person {
                status: Status::Invited,
                ..late
            }
            .insert(conn);
            cast::give(conn, &email, "viewer", at);
            let ended = app
                .now()
                .plus(-Duration::hours(i64::try_from(n).unwrap() + 1));
            diesel::update(memberships::table.filter(memberships::user_id.eq(user(&email))))
                .set(memberships::link_expires_at.eq(Some(ended)))
                .execute(conn)?;
        }
        Ok(())
    });
}

fn addresses(page: &Answer) -> Vec<String> {
    page.page().texts(".people > tbody > tr > th > small")
}

#[actix_web::test]
async fn who_is_invited_is_narrowed_to_links_that_have_expired_and_a_tag_takes_that_away() {
    let app = TestApp::start().await;
    late(&app, 2, At::Dock4);
    let ravi = app.signed_in(RAVI);
    let all = ravi.get(INVITED).await;
    assert_eq!(addresses(&all).len(), 3);
    let form = all.page().form("Filter").tick("link", "expired");
    let list = "/accounts/acme/user-management";
    let page = ravi.get(&format!("{list}?{}", form.encoded())).await;
    // The one that ended first comes first.
    let late = ["late001-dock4@acme.example", "late000-dock4@acme.example"];
    assert_eq!(addresses(&page), late);
    let (_, off) = page
        .page()
        .links()
        .into_iter()
        .find(|(words, _)| words.starts_with("Link expired"))
        .unwrap();
    assert_eq!(addresses(&ravi.get(&off).await).len(), 3);
    // Elsewhere it says nothing.
    let active = ravi.get(&format!("{list}?status=active")).await;
    let same = ravi
        .get(&format!("{list}?status=active&link=expired"))
        .await;
    assert_eq!(addresses(&active), addresses(&same));
    assert!(!same.words().contains("Link expired"), "{}", same.words());
}

#[actix_web::test]
async fn rule_9_all_expired_links_are_sent_again_by_one_button_with_their_roles_confirmed() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let none = ravi.get(INVITED).await;
    assert!(!none.words().contains("Resend to"), "{}", none.words());
    late(&app, 3, At::Dock4);
    app.sql(|conn| {
        cast::give(
            conn,
            "late000-dock4@acme.example",
            "user_management",
            At::Dock4,
        );
        Ok(())
    });
    // As many as the review has, whatever else narrows the list.
    for (query, number) in [
        ("", 3),
        ("&link=expired", 3),
        ("&role=user_management", 1),
        ("&q=la", 3),
    ] {
        let page = ravi.get(&format!("{INVITED}{query}")).await;
        let form = page.page().form(&format!("Resend to {number} expired"));
        let review = ravi.submit(&page, &form).await;
        let words = review.words();
        let counted = format!("{number} will be done, 0 skipped.");
        assert!(words.contains(&counted), "{query}: {words}");
        assert!(!words.contains("Dana Invited"), "{query}: {words}");
    }
    let page = ravi.get(EXPIRED).await;
    let form = page.page().form("Resend to 3 expired");
    let review = ravi.submit(&page, &form).await;
    let words = review.words();
    assert!(words.contains("You confirm Viewer on Dock 4."), "{words}");
    assert_eq!(app.deliver().await.len(), 0, "nothing yet");
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    let words = ravi.follow(done).await.words();
    assert!(words.contains("3 done, 0 skipped."), "{words}");
    // What the sender may not give is not held by it.
    let late: Vec<String> = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user("late000-dock4@acme.example")))
            .select(grants::role)
            .load(conn)
    });
    assert_eq!(late, ["viewer"]);
    assert_eq!(app.deliver().await.len(), 3);
    let page = ravi.get(EXPIRED).await;
    assert!(page.words().contains("No users match"), "{}", page.words());
    // A press on a page from before finds nobody any more.
    let late = ravi.submit(&page, &form).await;
    let words = ravi.follow(late).await.words();
    assert!(words.contains("Nobody whom you manage matches."), "{words}");
}

#[actix_web::test]
async fn rule_5_the_button_counts_those_whom_the_reader_manages_and_is_not_there_for_others() {
    let app = TestApp::start().await;
    late(&app, 2, At::Dock4);
    late(&app, 3, At::Dock9);
    for (reader, words) in [
        (RAVI.to_owned(), Some("Resend to 5 expired")),
        (
            holder("user_management", At::Dock4),
            Some("Resend to 2 expired"),
        ),
        (holder("viewer", At::Account), None),
    ] {
        let visitor = app.signed_in(&reader);
        for list in [INVITED, EXPIRED] {
            let page = visitor.get(list).await;
            match words {
                Some(button) => {
                    let review = visitor.submit(&page, &page.page().form(button)).await;
                    assert_eq!(review.status, 200, "{reader}: {}", review.words());
                }
                None => assert!(!page.words().contains("Resend to"), "{}", page.words()),
            }
        }
    }
}

#[actix_web::test]
async fn more_expired_links_than_one_act_takes_are_sent_again_part_by_part() {
    let app = TestApp::start().await;
    late(&app, 201, At::Dock4);
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(INVITED).await;
    let form = page.page().form("Resend to the first 200 expired");
    let review = ravi.submit(&page, &form).await;
    let counted = "200 will be done, 0 skipped.";
    assert!(review.words().contains(counted), "{}", review.words());
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let page = ravi.get(INVITED).await;
    page.page().form("Resend to 1 expired");
}

#[actix_web::test]
async fn the_address_of_invitations_leads_to_them_and_that_of_somebodys_access_to_it() {
    let app = TestApp::start().await;
    let (ravi, sam) = (app.signed_in(RAVI), user("sam@acme.example"));
    let invitations = "/accounts/acme/user-management/invitations";
    let access = format!("/accounts/acme/users/{sam}/access");
    let led = ravi.get(invitations).await;
    assert_eq!(
        (led.status, led.location().as_deref()),
        (303, Some(INVITED))
    );
    assert!(ravi.follow(led).await.words().contains(DANA));
    let led = ravi.get(&access).await;
    let person = format!("/accounts/acme/access/person?person={sam}");
    assert_eq!((led.status, led.location()), (303, Some(person)));
    let shown = ravi.follow(led).await;
    assert_eq!(shown.status, 200);
    assert!(shown.words().contains("Sam South"), "{}", shown.words());
    // Whoever sees no people is told so there already, and whom one does not see is not there.
    let rita = app.signed_in(&holder("reporting", At::Dock4));
    for path in [invitations, &access] {
        assert_eq!(rita.get(path).await.status, 403, "{path}");
    }
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    for unseen in [
        sam.to_string(),
        user("gil@globex.example").to_string(),
        "sam".to_owned(),
    ] {
        let path = format!("/accounts/acme/users/{unseen}/access");
        assert_eq!(uma.get(&path).await.status, 404, "{path}");
    }
}
