//! Notices that one can switch off: by the account, by the person on a page of their own, and by one click in the mail
//! itself (rule 24, S20; ux 6.30, §8 "Two classes", §14, 21; RFC 2919, RFC 8058).

use actix_web::http::Method;
use chrono::Duration;
use diesel::prelude::*;
use std::collections::BTreeMap;
use tenantry::db::schema::{accounts, audit_events, grants, memberships, notices_off};
use tenantry::db::types::GrantId;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::dump;
use crate::support::smtp::Message;
use crate::support::visitor::{Answer, Visitor};

const MINE: &str = "/me/notifications";
const DOCK: &str = "/accounts/acme/organizations/north/projects/dock-4";
const BAY: &str = "/accounts/globex/organizations/hub/projects/bay-1";
const RAVI: &str = "ravi@acme.example";
const SAM: &str = "sam@acme.example";
const LEE: &str = "lee@globex.example";
const GIL: &str = "gil@globex.example";

/// Somebody gets one more role on a project, of which a notice tells them.
async fn give(app: &TestApp, by: &str, (project, to, role): (&str, &str, &str)) {
    let to = user(to).to_string();
    let fields = [("user", to.as_str()), ("role", role)];
    let path = format!("{project}/users/add");
    let done = app.signed_in(by).post(&path, &fields).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

/// Whoever held something on Dock 4 holds nothing there.
fn gone(app: &TestApp, email: &str) {
    let dock = GrantId::from_uuid(cast::project("dock-4").uuid());
    app.sql(|conn| {
        let theirs = grants::table.filter(grants::user_id.eq(user(email)));
        diesel::delete(theirs.filter(grants::scope_id.eq(dock))).execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
}

/// What is mailed to somebody, by its subject.
async fn mailed(app: &TestApp, to: &str) -> Vec<String> {
    let mails = app.deliver().await;
    let theirs = mails.iter().filter(|mail| mail.to == [to]);
    theirs.map(Message::subject).collect()
}

/// The notice that Sam gets of a role on Dock 4.
async fn notice(app: &TestApp) -> Message {
    give(app, RAVI, (DOCK, SAM, "viewer")).await;
    app.deliver_one().await
}

/// The path in `List-Unsubscribe`.
fn stop_of(mail: &Message) -> String {
    let header = mail.header("List-Unsubscribe").unwrap();
    let url = header.trim().trim_start_matches('<').trim_end_matches('>');
    let url = url::Url::parse(url).unwrap();
    assert!(url.path().starts_with("/unsubscribe/"), "{url}");
    url.path().to_owned()
}

/// What a mailbox provider sends: no cookie, no origin, no more than the one field.
async fn one_click(app: &TestApp, path: &str) -> Answer {
    let provider = app.visitor();
    let ask = provider.ask(Method::POST, path).without("sec-fetch-site");
    ask.fields(&[("List-Unsubscribe", "One-Click")])
        .send()
        .await
}

fn off(app: &TestApp, email: &str) -> Vec<String> {
    app.sql(|conn| {
        notices_off::table
            .filter(notices_off::user_id.eq(user(email)))
            .order((notices_off::account_id, notices_off::kind))
            .select(notices_off::kind)
            .load(conn)
    })
}

fn events(app: &TestApp) -> Vec<String> {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("notices.chosen"))
            .filter(audit_events::chain_id.eq(cast::account("acme")))
            .order(audit_events::id.asc())
            .select(audit_events::details)
            .load(conn)
    })
}

fn rows(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    app.sql(|conn| Ok(dump::rows(conn, &["sessions.last_seen_at"])))
}

fn switch(app: &TestApp, on: bool) {
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::notifications.eq(on))
            .execute(conn)
    });
}

/// Chooses on one's page.
async fn choose(visitor: &Visitor<'_>, kind: &str, value: &str) -> Answer {
    let page = visitor.get(MINE).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page.page().form("Save changes").tick(kind, value);
    let done = visitor.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    visitor.follow(done).await
}

#[actix_web::test]
async fn a_notice_carries_the_one_click_headers_and_the_same_link_in_words_and_service_mail_neither()
 {
    let app = TestApp::start().await;
    let mail = notice(&app).await;
    assert_eq!(mail.subject(), "You can now work on Dock 4");
    let home = app.app().config().public_url.origin();
    let url = format!("{home}{}", stop_of(&mail));
    assert_eq!(mail.header("List-Unsubscribe"), Some(format!("<{url}>")));
    let post = mail.header("List-Unsubscribe-Post");
    assert_eq!(post.as_deref(), Some("List-Unsubscribe=One-Click"));
    let id = mail.header("List-Id").unwrap();
    let begins = format!("<added.{}.", cast::account("acme"));
    assert!(id.starts_with(&begins) && id.ends_with('>'), "{id}");
    let says = format!("Turn off mails like this:\n{url}");
    assert!(
        mail.text().replace("\r\n", "\n").contains(&says),
        "{}",
        mail.text()
    );
    assert!(
        mail.html()
            .contains(&format!("<a href=\"{url}\">Turn off mails like this</a>"))
    );

    let nobody = app.visitor();
    nobody.post("/forgot-password", &[("email", SAM)]).await;
    let service = app.deliver_one().await;
    for header in ["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"] {
        assert_eq!(service.header(header), None, "{header}");
    }
    assert!(!service.text().contains("Turn off") && !service.html().contains("unsubscribe"));
}

#[actix_web::test]
async fn a_bare_post_turns_that_kind_off_once_and_again_and_service_mail_still_comes() {
    let app = TestApp::start().await;
    let path = stop_of(&notice(&app).await);
    let says =
        "You will not get mails about reservations that you are added to from Acme any more.";
    let done = one_click(&app, &path).await;
    assert_eq!(done.status, 200, "{}", done.words());
    assert!(done.words().contains(says), "{}", done.words());
    assert_eq!(off(&app, SAM), ["added"]);
    // The other way in which the field may be sent, with nothing at all, and from elsewhere.
    let provider = app.visitor();
    let bare = || provider.ask(Method::POST, &path).without("sec-fetch-site");
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    for ask in [
        bare().body("multipart/form-data; boundary=b", multipart),
        bare(),
        bare()
            .header("sec-fetch-site", "cross-site")
            .header("origin", "https://mail.example"),
    ] {
        let again = ask.send().await;
        assert_eq!(again.status, 200, "{}", again.words());
        assert!(again.words().contains(says), "{}", again.words());
    }
    assert_eq!(off(&app, SAM), ["added"]);
    let told = events(&app);
    assert_eq!(told.len(), 1, "once, however often it is pressed: {told:?}");
    assert!(told[0].contains("\"off\":[\"added\"]") && told[0].contains("\"by_mail\":true"));

    gone(&app, SAM);
    give(&app, RAVI, (DOCK, SAM, "billing")).await;
    assert!(mailed(&app, SAM).await.is_empty());
    // Another kind, and service mail.
    let ravi = app.signed_in(RAVI);
    let grid = ravi.get(&format!("{DOCK}/users")).await;
    let box_of_sam = format!("{}.billing", user(SAM));
    let form = grid.page().form("Save changes").untick("role", &box_of_sam);
    let review = ravi.submit(&grid, &form).await;
    ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(mailed(&app, SAM).await, ["Your roles in Dock 4 changed"]);
    app.visitor()
        .post("/forgot-password", &[("email", SAM)])
        .await;
    assert_eq!(mailed(&app, SAM).await.len(), 1);
}

#[actix_web::test]
async fn opening_the_link_shows_one_button_and_changes_nothing() {
    let app = TestApp::start().await;
    let path = stop_of(&notice(&app).await);
    let before = rows(&app);
    let scanner = app.visitor();
    for method in [Method::HEAD, Method::GET, Method::GET] {
        let looked = scanner.ask(method, &path).send().await;
        assert!([200, 405].contains(&looked.status), "{}", looked.words());
    }
    let page = scanner.get(&path).await;
    let says =
        "You get mails about reservations that you are added to from Acme, at s…m@acme.example.";
    assert!(page.words().contains(says), "{}", page.words());
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.page().forms().len(), 1);
    assert_eq!(rows(&app), before);
    // The button of the page needs nobody to be signed in either.
    let done = scanner.submit(&page, &page.page().form("Turn off")).await;
    assert_eq!(done.status, 200, "{}", done.words());
    assert_eq!(off(&app, SAM), ["added"]);
    let after = scanner.get(&path).await;
    assert!(
        after.words().contains("These mails are off"),
        "{}",
        after.words()
    );
    assert!(
        after.page().forms().is_empty(),
        "nothing is left to turn off"
    );
    // The way back leads to the page that turns them on, once one has signed in.
    let sam = app.signed_in(SAM);
    let back = sam.get(&after.page().link("Turn them on again")).await;
    assert_eq!(back.page().h1(), "Notifications");
    assert!(
        back.page()
            .has("input[name=added][value=added-off][checked]")
    );
}

#[actix_web::test]
async fn a_link_that_was_not_made_here_is_not_found_and_turns_nothing_off() {
    let app = TestApp::start().await;
    let path = stop_of(&notice(&app).await);
    let token = path.rsplit('/').next().unwrap();
    let before = rows(&app);
    let swapped = |at: usize| {
        let with = if &token[at..=at] == "A" { "B" } else { "A" };
        format!("{}{with}{}", &token[..at], &token[at + 1..])
    };
    let mut wrong = vec![
        "x".to_owned(),
        "%00".to_owned(),
        "%ff%fe".to_owned(),
        "A".repeat(4000),
        token[..token.len() - 4].to_owned(),
        format!("{token}AAAA"),
    ];
    // In the account, in the person, in the seal, in the kind.
    wrong.extend([3, 30, 60, token.len() - 2].map(swapped));
    for token in wrong {
        let path = format!("/unsubscribe/{token}");
        for answer in [app.visitor().get(&path).await, one_click(&app, &path).await] {
            assert!(
                [400, 404].contains(&answer.status),
                "{path}: {}",
                answer.words()
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
    }
    // Nobody else is exempt from the rule about forms, and nothing below the link.
    for path in [
        format!("{path}/more"),
        "/unsubscribe".to_owned(),
        MINE.to_owned(),
    ] {
        assert_eq!(one_click(&app, &path).await.status, 403, "{path}");
    }
    assert_eq!(rows(&app), before);
}

#[actix_web::test]
async fn another_account_another_person_and_another_kind_go_on() {
    let app = TestApp::start().await;
    give(&app, RAVI, (DOCK, LEE, "viewer")).await;
    let path = stop_of(&app.deliver_one().await);
    assert_eq!(one_click(&app, &path).await.status, 200);
    gone(&app, LEE);
    give(&app, RAVI, (DOCK, LEE, "billing")).await;
    assert!(mailed(&app, LEE).await.is_empty());
    give(&app, GIL, (BAY, LEE, "billing")).await;
    assert_eq!(mailed(&app, LEE).await, ["You can now work on Bay 1"]);
    give(&app, RAVI, (DOCK, SAM, "viewer")).await;
    assert_eq!(mailed(&app, SAM).await, ["You can now work on Dock 4"]);
    // A guest's choice is told to the account that it is about and to no other.
    let elsewhere: i64 = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("notices.chosen"))
            .filter(audit_events::chain_id.ne(cast::account("acme")))
            .count()
            .get_result(conn)
    });
    assert_eq!((events(&app).len(), elsewhere), (1, 0));
}

#[actix_web::test]
async fn rule_24_the_accounts_switch_stands_before_what_one_has_chosen() {
    let app = TestApp::start().await;
    switch(&app, false);
    give(&app, RAVI, (DOCK, SAM, "viewer")).await;
    assert!(mailed(&app, SAM).await.is_empty());
    let sam = app.signed_in(SAM);
    let page = sam.get(MINE).await;
    let says = "Acme has turned email notifications off for everybody";
    assert!(page.words().contains(says), "{}", page.words());
    // What is chosen meanwhile counts once the account sends again.
    choose(&sam, "added", "added-off").await;
    switch(&app, true);
    gone(&app, SAM);
    give(&app, RAVI, (DOCK, SAM, "billing")).await;
    assert!(mailed(&app, SAM).await.is_empty());
    choose(&sam, "added", "now").await;
    gone(&app, SAM);
    give(&app, RAVI, (DOCK, SAM, "operations")).await;
    assert_eq!(mailed(&app, SAM).await, ["You can now work on Dock 4"]);
}

#[actix_web::test]
async fn one_chooses_on_a_page_of_ones_own_for_each_account_and_it_is_written_down() {
    let app = TestApp::start().await;
    let lee = app.signed_in(LEE);
    let page = lee.get("/me").await;
    assert_eq!(page.page().link("Notifications"), MINE);
    // The home comes first; the other account is a link away.
    let page = lee.get(MINE).await;
    assert!(
        page.page()
            .texts("h2")
            .contains(&"Notices of Globex".to_owned())
    );
    let page = lee.get(&page.page().link("Acme")).await;
    let shown = page.page();
    assert!(shown.texts("h2").contains(&"Notices of Acme".to_owned()));
    for words in [
        "Reservations that you are added to",
        "Changes of your roles",
        "Roles of yours that will end",
        "Requests for more time with a role",
        "People who join, decline or leave",
        "Imports of people that are finished",
        "Always mailed",
    ] {
        assert!(page.words().contains(words), "{words} in {}", page.words());
    }
    assert!(
        shown.repeated_ids().is_empty(),
        "{:?}",
        shown.repeated_ids()
    );
    let form = shown.form("Save changes").tick("added", "added-off");
    let done = lee.submit(&page, &form.tick("people", "people-off")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let page = lee.follow(done).await;
    let words = page.words();
    assert!(
        words.contains("Which mails you get from Acme was saved."),
        "{words}"
    );
    assert!(
        words.contains("2 of 6 off") && words.contains("All at once"),
        "{words}"
    );
    assert_eq!(off(&app, LEE), ["added", "people"]);
    let again = lee.submit(&page, &page.page().form("Save changes")).await;
    let again = lee.follow(again).await;
    assert!(
        again.words().contains("nothing changed"),
        "{}",
        again.words()
    );
    let form = again.page().form("Save changes").tick("people", "now");
    assert_eq!(lee.submit(&again, &form).await.status, 303);
    assert_eq!(off(&app, LEE), ["added"]);
    let told = events(&app);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("\"off\":[\"added\",\"people\"]"),
        "{told:?}"
    );
    assert!(told[1].contains("\"on\":[\"people\"]"), "{told:?}");
    assert!(told.iter().all(|told| told.contains("\"by_mail\":false")));
}

#[actix_web::test]
async fn a_form_that_the_link_of_a_mail_has_overtaken_turns_nothing_on_again() {
    let app = TestApp::start().await;
    let path = stop_of(&notice(&app).await);
    let sam = app.signed_in(SAM);
    let page = sam.get(MINE).await;
    assert_eq!(one_click(&app, &path).await.status, 200);
    let form = page
        .page()
        .form("Save changes")
        .tick("imports", "imports-off");
    let clash = sam.submit(&page, &form).await;
    assert_eq!(clash.status, 409, "{}", clash.words());
    let words = clash.words();
    assert!(
        words.contains("Reservations that you are added to"),
        "{words}"
    );
    assert_eq!(off(&app, SAM), ["added"]);
}

#[actix_web::test]
async fn what_no_form_of_ours_posts_is_said_and_stores_nothing() {
    let app = TestApp::start().await;
    let sam = app.signed_in(SAM);
    let page = sam.get(MINE).await;
    let form = page.page().form("Save changes");
    let form = form.tick("people", "people-off");
    let bad = form.clone().untick("added", "now").forge("added", "digest");
    let refused = sam.submit(&page, &bad).await;
    assert_eq!(refused.status, 422, "{}", refused.words());
    assert!(
        refused.words().contains("Choose At once or Off"),
        "{}",
        refused.words()
    );
    assert!(
        refused
            .page()
            .has("input[name=people][value=people-off][checked]")
    );
    for account in ["globex", "no-such"] {
        let whole = form.clone().untick("account", "acme");
        let whole = whole.forge("account", account);
        let sent = sam.submit(&page, &whole).await;
        assert_eq!(sent.status, 404, "{account}: {}", sent.words());
        let bare = sam.post(MINE, &[("account", account)]).await;
        assert_eq!(bare.status, 404, "{account}: {}", bare.words());
        let seen = sam.get(&format!("{MINE}?account={account}")).await;
        assert_eq!(seen.status, 404, "{account}: {}", seen.words());
    }
    assert_eq!(sam.post(MINE, &[]).await.status, 422);
    assert!(off(&app, SAM).is_empty());
}

#[actix_web::test]
async fn who_has_left_is_mailed_nothing_and_the_link_still_answers() {
    let app = TestApp::start().await;
    give(&app, RAVI, (DOCK, LEE, "viewer")).await;
    let path = stop_of(&app.deliver_one().await);
    app.sql(|conn| {
        diesel::update(memberships::table.filter(memberships::user_id.eq(user(LEE))))
            .filter(memberships::account_id.eq(cast::account("acme")))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
    app.advance(Duration::days(3 * 365));
    assert_eq!(app.visitor().get(&path).await.status, 200);
    assert_eq!(one_click(&app, &path).await.status, 200);
    assert_eq!(off(&app, LEE), ["added"]);
    let lee = app.signed_in(LEE);
    assert_eq!(lee.get(&format!("{MINE}?account=acme")).await.status, 404);
}

#[actix_web::test]
async fn nobody_is_said_to_be_told_who_has_turned_it_off_and_the_next_one_is_told() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    let visitor = app.signed_in(&vera);
    choose(&visitor, "roles_changed", "roles_changed-off").await;
    let ravi = app.signed_in(RAVI);
    let grid = ravi.get(&format!("{DOCK}/users")).await;
    let box_of_vera = format!("{}.billing", user(&vera));
    let form = grid.page().form("Save changes").tick("role", &box_of_vera);
    let review = ravi.submit(&grid, &form).await;
    assert!(
        review.words().contains("Nobody is told by mail."),
        "{}",
        review.words()
    );
    ravi.submit(&review, &review.page().form("Submit")).await;
    assert!(app.deliver().await.is_empty());

    // Ravi gave the role and wants no such mail; those who manage users are asked in his place.
    let page = ravi.get(&format!("{DOCK}/users/add")).await;
    let form = page.page().form("Add User").tick("role", "viewer");
    let form = form.tick("user", &user(SAM).to_string());
    ravi.submit(&page, &form.fill("ends_on", "2026-03-31"))
        .await;
    app.deliver().await;
    choose(&ravi, "more_time", "more_time-off").await;
    let grant: GrantId = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(SAM)))
            .filter(grants::ends_at.is_not_null())
            .select(grants::id)
            .first(conn)
    });
    let sam = app.signed_in(SAM);
    let page = sam.get(&format!("/me/more-time?role={grant}")).await;
    let asked = sam
        .submit(&page, &page.page().form("Ask for more time"))
        .await;
    let shown = sam.follow(asked).await;
    assert!(
        shown.words().contains("You have asked. Told:"),
        "{}",
        shown.words()
    );
    assert!(!shown.words().contains("Ravi"), "{}", shown.words());
    let mails = app.deliver().await;
    assert_eq!(mails.len(), 3);
    assert!(mails.iter().all(|mail| mail.to != [RAVI]));
}
