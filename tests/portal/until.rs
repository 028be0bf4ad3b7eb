//! Roles with a beginning and an end: given, changed, told of, asked about, and over (rules 4, 14, 17; beyond D).

mod order;

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events, grants, organizations, outbox, users};
use tenantry::db::types::{GrantId, Ts};
use tenantry::jobs::tend_roles_once;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::visitor::{Answer, Visitor};

const ADD: &str = "/accounts/acme/organizations/north/projects/dock-4/users/add";
const DOCK: &str = "/accounts/acme/organizations/north/projects/dock-4";
const RAVI: &str = "ravi@acme.example";
const SAM: &str = "sam@acme.example";

fn ts(text: &str) -> Ts {
    Ts::new(text.parse().unwrap())
}

/// Beginning and end of what somebody holds on Dock 4.
fn during(app: &TestApp, email: &str) -> Vec<(Option<Ts>, Option<Ts>)> {
    let scope = GrantId::from_uuid(cast::project("dock-4").uuid());
    app.sql(|conn| {
        grants::table
            .filter(grants::scope_id.eq(scope))
            .filter(grants::user_id.eq(user(email)))
            .select((grants::starts_at, grants::ends_at))
            .load(conn)
    })
}

fn entries(app: &TestApp, action: &str) -> Vec<String> {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq(action))
            .select(audit_events::details)
            .load(conn)
    })
}

/// Sam as Viewer of Dock 4, from one day until another.
async fn add(visitor: &Visitor<'_>, starts_on: &str, ends_on: &str) -> Answer {
    let page = visitor.get(ADD).await;
    let form = page.page().form("Add User");
    let form = form
        .tick("user", &user(SAM).to_string())
        .tick("role", "viewer");
    let form = form.fill("starts_on", starts_on).fill("ends_on", ends_on);
    visitor.submit(&page, &form).await
}

/// The role that somebody holds on a project of the cast.
fn role(email: &str, role: &str, project: &str) -> String {
    cast::grant_id(email, role, cast::project(project).uuid()).to_string()
}

fn ends(email: &str) -> String {
    format!("/accounts/acme/users/{}/role-ends", user(email))
}

async fn tend(app: &TestApp) {
    while tend_roles_once(app.app()).await.unwrap() {}
}

#[actix_web::test]
async fn rule_4_a_role_holds_until_the_end_of_its_last_day_in_the_time_zone_of_the_account() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::id.eq(cast::account("acme"))))
            .set(accounts::time_zone.eq("Europe/Berlin"))
            .execute(conn)
    });
    let ravi = app.signed_in(RAVI);
    assert!(
        ravi.get(ADD)
            .await
            .words()
            .contains("The last day, in Europe/Berlin.")
    );
    let done = add(&ravi, "", "2026-03-04").await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(
        during(&app, SAM),
        [(None, Some(ts("2026-03-04T23:00:00Z")))]
    );
    let shown = ravi.follow(done).await;
    let says = "Sam South added to Dock 4. The roles hold until 4 March 2026, the last day.";
    assert!(shown.words().contains(says), "{}", shown.words());
    assert!(
        shown.words().contains("until 4 Mar 2026, the last day"),
        "in the grid, too: {}",
        shown.words()
    );
    let mail = app.deliver_one().await;
    assert!(
        mail.text()
            .contains("4 March 2026, 23:00 UTC (5 March 2026, 00:00 CET)"),
        "{}",
        mail.text()
    );
    let granted = entries(&app, "role.granted");
    assert!(granted[0].contains("2026-03-04T23:00:00"), "{granted:?}");
    app.advance(ts("2026-03-04T22:59:59Z").utc() - app.now().utc());
    let sam = app.signed_in(SAM);
    assert_eq!(sam.get(DOCK).await.status, 200);
    app.advance(Duration::seconds(1));
    assert_eq!(sam.get(DOCK).await.status, 404, "with the next request");
}

#[actix_web::test]
async fn rule_4_a_role_that_begins_later_opens_nothing_before() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let done = add(&ravi, "2026-03-09", "2026-03-10").await;
    assert_eq!(done.status, 303, "{}", done.words());
    let mail = app.deliver_one().await;
    assert_eq!(mail.subject(), "You can soon work on Dock 4");
    assert!(mail.text().contains("They begin"), "{}", mail.text());
    assert_eq!(app.signed_in(SAM).get(DOCK).await.status, 404);
    app.advance(Duration::days(7));
    assert_eq!(app.signed_in(SAM).get(DOCK).await.status, 200);
    // A role that begins today has begun.
    let vera = holder("viewer", At::North);
    let path = "/accounts/acme/organizations/north/members/add";
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(path).await;
    let form = page.page().form("Add member");
    let form = form.tick("user", &user("olga@acme.example").to_string());
    let form = form.tick("role", "viewer").fill("starts_on", "2026-03-09");
    let done = ravi.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{vera}: {}", done.words());
    let starts: Option<Ts> = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user("olga@acme.example")))
            .filter(grants::role.eq("viewer"))
            .select(grants::starts_at)
            .first(conn)
    });
    assert_eq!(starts, None);
}

#[actix_web::test]
async fn a_day_that_is_over_or_none_or_before_the_first_is_refused_beside_its_field() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    for (starts_on, ends_on, field, says) in [
        ("", "2026-03-01", "ends_on", "This day is over"),
        ("2026-03-01", "", "starts_on", "This day is over"),
        (
            "2026-04-02",
            "2026-04-01",
            "ends_on",
            "not before the first one",
        ),
        ("", "soon", "ends_on", "like 2027-03-31"),
        ("", "2026-02-30", "ends_on", "like 2027-03-31"),
        ("", "99999-01-01", "ends_on", "Enter a day"),
        ("", "2126-01-01", "ends_on", "within the next 20 years"),
    ] {
        let again = add(&ravi, starts_on, ends_on).await;
        assert_eq!(
            again.status,
            422,
            "{starts_on} {ends_on}: {}",
            again.words()
        );
        let summary = again.page().error_summary();
        assert_eq!(summary.len(), 1, "{summary:?}");
        assert!(
            summary[0].0.contains(says) && summary[0].1 == field,
            "{summary:?}"
        );
        assert!(
            again.body.contains(&format!("value=\"{ends_on}\"")),
            "{}",
            again.body
        );
    }
    assert!(during(&app, SAM).is_empty());
}

/// Add New User up to its second page, with the days chosen.
async fn invite(visitor: &Visitor<'_>, starts_on: &str, ends_on: &str) -> (Answer, Answer) {
    let first = visitor.get("/accounts/acme/user-management/new").await;
    let form = first.page().form("Add User").fill("first_name", "Nora");
    let form = form.fill("last_name", "New");
    let form = form.fill("email", "nora@new.example");
    let second = visitor.submit(&first, &form).await;
    let form = second.page().form("Submit");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let form = form.tick("role", "viewer").fill("starts_on", starts_on);
    let sent = visitor
        .submit(&second, &form.fill("ends_on", ends_on))
        .await;
    (second, sent)
}

#[actix_web::test]
async fn rule_4_whoever_is_invited_for_a_time_has_it_in_their_mail_and_is_out_when_it_is_over() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let (_, sent) = invite(&ravi, "2026-03-03", "2026-03-04").await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let held: Vec<(Option<Ts>, Option<Ts>)> = app.sql(|conn| {
        grants::table
            .inner_join(users::table.on(users::id.eq(grants::user_id)))
            .filter(users::email_key.eq("nora@new.example"))
            .select((grants::starts_at, grants::ends_at))
            .load(conn)
    });
    let (from, until) = (ts("2026-03-03T00:00:00Z"), ts("2026-03-05T00:00:00Z"));
    assert_eq!(held, [(Some(from), Some(until))]);
    let mail = app.deliver_one().await;
    for says in ["They begin: 3 March 2026", "They end: 5 March 2026"] {
        assert!(mail.text().contains(says), "{}", mail.text());
    }
    let shown = ravi.follow(sent).await;
    assert!(shown.words().contains("until"), "{}", shown.words());
}

#[actix_web::test]
async fn a_day_that_cannot_be_meant_is_corrected_in_add_new_user_and_nobody_is_added() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let (_, again) = invite(&ravi, "2026-04-02", "2026-04-01").await;
    assert_eq!(again.status, 422, "{}", again.words());
    assert_eq!(again.page().error_summary()[0].1, "ends_on");
    // Back to the first page and forth again, the days are still there.
    let mut back = again.page().form("Change name or email address");
    back.action = "/accounts/acme/user-management/new".into();
    let first = ravi.submit(&again, &back).await;
    let second = ravi
        .submit(
            &first,
            &first.page().form("Add User").fill("first_name", "Nora"),
        )
        .await;
    let fields = second.page().form("Submit").fields;
    for (name, day) in [("starts_on", "2026-04-02"), ("ends_on", "2026-04-01")] {
        let has = |(field, value): &(String, String)| field == name && value == day;
        assert!(fields.iter().any(has), "{name}: {fields:?}");
    }
    let added: i64 = app.sql(|conn| {
        let named = users::table.filter(users::email_key.eq("nora@new.example"));
        named.count().get_result(conn)
    });
    assert_eq!(added, 0);
}

#[actix_web::test]
async fn a_role_gets_another_end_and_loses_it_again() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi
        .get(&format!("/accounts/acme/users/{}", user(SAM)))
        .await;
    let path = page.page().link("Set an end: Viewer on Dock 9");
    let scope = GrantId::from_uuid(cast::project("dock-9").uuid());
    let end = || -> Option<Ts> {
        app.sql(|conn| {
            grants::table
                .filter(grants::scope_id.eq(scope))
                .filter(grants::user_id.eq(user(SAM)))
                .select(grants::ends_at)
                .first(conn)
        })
    };
    let set = async |day: &str| {
        let page = ravi.get(&path).await;
        let form = page.page().form("Save changes").fill("ends_on", day);
        ravi.submit(&page, &form).await
    };
    let done = set("2026-03-31").await;
    let shown = ravi.follow(done).await;
    let says = "Sam South holds Viewer on Dock 9 until 31 Mar 2026, the last day.";
    assert!(shown.words().contains(says), "{}", shown.words());
    assert!(
        shown.words().contains(", until 31 Mar 2026, the last day"),
        "in the table, too: {}",
        shown.words()
    );
    assert_eq!(end(), Some(ts("2026-04-01T00:00:00Z")));
    // And whose role it is asks for more time where they see that.
    let sam = app.signed_in(SAM);
    let more = sam.get("/me/access?account=acme").await.page();
    let more = sam
        .get(&more.link("Ask for more time with Viewer on Dock 9"))
        .await;
    assert_eq!(more.page().h1(), "Ask for more time");
    // What is typed in the form is the last day again.
    let page = ravi
        .get(&shown.page().link("Change the end: Viewer on Dock 9"))
        .await;
    let form = page.page().form("Save changes");
    assert!(
        form.fields
            .contains(&("ends_on".into(), "2026-03-31".into())),
        "{form:?}"
    );
    let past = set("2026-03-01").await;
    assert_eq!(past.status, 422, "{}", past.words());
    set("2026-03-20").await;
    // An older page does not overwrite it.
    let stale = ravi
        .submit(&page, &form.fill("ends_on", "2026-05-01"))
        .await;
    assert_eq!(stale.status, 409, "{}", stale.words());
    assert_eq!(end(), Some(ts("2026-03-21T00:00:00Z")));
    set("").await;
    assert_eq!(end(), None);
    assert_eq!(entries(&app, "role.changed").len(), 3);
}

#[actix_web::test]
async fn rule_17_to_last_longer_needs_what_giving_needs_and_to_end_sooner_what_taking_does() {
    let app = TestApp::start().await;
    let (uma, anna) = (
        holder("user_management", At::Dock4),
        holder("admin", At::Dock4),
    );
    app.sql(|conn| {
        let end = Some(ts("2026-06-01T00:00:00Z"));
        cast::give_between(conn, SAM, "auditor", At::Account, (None, end));
        cast::give_between(conn, SAM, "admin", At::Dock9, (None, end));
        Ok(())
    });
    let auditor = cast::grant_id(SAM, "auditor", cast::account("acme").uuid()).to_string();
    let ravi = app.signed_in(RAVI);
    let refused = ravi.get(&format!("{}?role={auditor}", ends(SAM))).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    // An Owner ends an Admin sooner; longer it is only by request.
    let olga = app.signed_in("olga@acme.example");
    let admin = role(SAM, "admin", "dock-9");
    let path = format!("{}?role={admin}", ends(SAM));
    for (day, status) in [("2026-07-01", 403), ("", 403), ("2026-04-01", 303)] {
        let page = olga.get(&path).await;
        let form = page.page().form("Save changes").fill("ends_on", day);
        let answer = olga.submit(&page, &form).await;
        assert_eq!(answer.status, status, "{day}: {}", answer.words());
    }
    // One's own role, and what one does not reach.
    let own = app.signed_in(&uma);
    let path = format!(
        "{}?role={}",
        ends(&uma),
        role(&uma, "user_management", "dock-4")
    );
    assert_eq!(own.get(&path).await.status, 403);
    let path = format!("{}?role={}", ends(&anna), role(&anna, "admin", "dock-4"));
    assert_eq!(own.get(&path).await.status, 403);
    let far = format!("{}?role={}", ends(SAM), role(SAM, "viewer", "dock-9"));
    assert_eq!(own.get(&far).await.status, 404);
    let other = format!("{}?role={}", ends(&anna), role(SAM, "viewer", "dock-9"));
    assert_eq!(own.get(&other).await.status, 404, "a role of somebody else");
}

#[actix_web::test]
async fn rule_14_ownership_gets_no_end() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "owner", At::Account);
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let owner = cast::grant_id(SAM, "owner", cast::account("acme").uuid()).to_string();
    let path = format!("{}?role={owner}", ends(SAM));
    let refused = olga.get(&path).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert!(
        refused.words().contains("Ownership has no end"),
        "{}",
        refused.words()
    );
    let fields = [
        ("role", owner.as_str()),
        ("ends_on", "2026-05-01"),
        ("seen", ""),
    ];
    assert_eq!(olga.post(&ends(SAM), &fields).await.status, 403);
}

#[actix_web::test]
async fn a_role_that_is_over_is_written_down_as_expired_once_and_the_counts_follow() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    add(&ravi, "", "2026-03-03").await;
    tend(&app).await;
    assert_eq!(during(&app, SAM).len(), 1, "not over yet");
    app.advance(Duration::days(2));
    tend(&app).await;
    tend(&app).await;
    assert!(during(&app, SAM).is_empty());
    let expired = entries(&app, "role.expired");
    assert_eq!(expired.len(), 1, "{expired:?}");
    assert!(expired[0].contains("viewer") && entries(&app, "role.revoked").is_empty());
}

#[actix_web::test]
async fn a_crowd_of_roles_is_ended_portion_by_portion() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..120 {
            let email = format!("crowd{n}@acme.example");
            cast::Person::of("acme", &email, "Cleo", "Crowd").insert(conn);
            let end = Some(ts("2026-03-02T08:00:00Z"));
            cast::give_between(conn, &email, "viewer", At::Dock4, (None, end));
        }
        Ok(())
    });
    assert!(tend_roles_once(app.app()).await.unwrap(), "there is more");
    tend(&app).await;
    assert_eq!(entries(&app, "role.expired").len(), 120);
}

#[actix_web::test]
async fn whoever_holds_a_role_is_told_a_week_before_it_ends_once() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    add(&ravi, "", "2026-03-31").await;
    app.deliver().await;
    app.advance(Duration::days(21));
    tend(&app).await;
    assert!(app.deliver().await.is_empty(), "not yet");
    app.advance(Duration::days(2));
    tend(&app).await;
    tend(&app).await;
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [SAM]);
    assert_eq!(
        mail.subject(),
        "Your role Viewer in Dock 4 in North will end"
    );
    let text = mail.text();
    for says in [
        "1 April 2026, 00:00 UTC",
        "/me/more-time?role=",
        "it ends by itself",
    ] {
        assert!(text.contains(says), "{says} in {text}");
    }
    app.advance(Duration::days(3));
    tend(&app).await;
    assert!(app.deliver().await.is_empty(), "once");
}

#[actix_web::test]
async fn s23_nobody_is_told_of_the_end_of_a_role_on_what_is_deleted_or_asks_for_more_time_there() {
    let app = TestApp::start().await;
    add(&app.signed_in(RAVI), "", "2026-03-31").await;
    app.deliver().await;
    let grant: GrantId = app.sql(|conn| {
        let north = organizations::table.find(cast::organization("north"));
        diesel::update(north)
            .set((
                organizations::status.eq("deleted"),
                organizations::deleted_at.eq(Some(cast::morning())),
            ))
            .execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        let theirs = grants::table.filter(grants::user_id.eq(user(SAM)));
        let ending = theirs.filter(grants::ends_at.is_not_null());
        ending.select(grants::id).first(conn)
    });
    app.advance(Duration::days(25));
    tend(&app).await;
    assert!(app.deliver().await.is_empty());
    let sam = app.signed_in(SAM);
    let path = format!("/me/more-time?role={grant}");
    let page = sam.get(&path).await;
    assert!(!page.body.contains("Ask for more time"), "{}", page.words());
    let mine = format!("/me/roles?account={}", cast::account("acme"));
    let words = sam.get(&mine).await.words();
    assert!(!words.contains("Dock 4"), "{words}");
}

#[actix_web::test]
async fn s23_nor_on_what_is_archived_where_nobody_could_give_it() {
    let app = TestApp::start().await;
    add(&app.signed_in(RAVI), "", "2026-03-31").await;
    app.deliver().await;
    let grant: GrantId = app.sql(|conn| {
        let north = organizations::table.find(cast::organization("north"));
        diesel::update(north)
            .set(organizations::status.eq("archived"))
            .execute(conn)?;
        let theirs = grants::table.filter(grants::user_id.eq(user(SAM)));
        let ending = theirs.filter(grants::ends_at.is_not_null());
        ending.select(grants::id).first(conn)
    });
    app.advance(Duration::days(25));
    tend(&app).await;
    assert!(app.deliver().await.is_empty());
    let sam = app.signed_in(SAM);
    let path = format!("/me/more-time?role={grant}");
    let page = sam.get(&path).await;
    assert!(!page.body.contains("Ask for more time"), "{}", page.words());
    let grant = grant.to_string();
    sam.post("/me/more-time", &[("role", grant.as_str())]).await;
    assert!(entries(&app, "role.time_asked").is_empty());
}

#[actix_web::test]
async fn an_account_without_notices_is_told_nothing_of_ends() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::id.eq(cast::account("acme"))))
            .set(accounts::notifications.eq(false))
            .execute(conn)
    });
    add(&app.signed_in(RAVI), "", "2026-03-31").await;
    app.advance(Duration::days(25));
    tend(&app).await;
    let mails: i64 = app.sql(|conn| outbox::table.count().get_result(conn));
    assert_eq!(mails, 0);
}

#[actix_web::test]
async fn more_time_is_asked_for_with_one_button_and_given_on_the_page_that_the_mail_names() {
    let app = TestApp::start().await;
    add(&app.signed_in(RAVI), "", "2026-03-31").await;
    app.deliver().await;
    let sam = app.signed_in(SAM);
    let grant: GrantId = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(SAM)))
            .filter(grants::ends_at.is_not_null())
            .select(grants::id)
            .first(conn)
    });
    let path = format!("/me/more-time?role={grant}");
    let page = sam.get(&path).await;
    assert!(
        page.words()
            .contains("Your role Viewer in Dock 4 in North (Acme) ends on"),
        "{}",
        page.words()
    );
    let form = page.page().form("Ask for more time");
    let asked = sam.submit(&page, &form).await;
    let shown = sam.follow(asked).await;
    assert!(
        shown.words().contains("You have asked. Told:"),
        "{}",
        shown.words()
    );
    let mails = app.deliver().await;
    let ravis = mails.iter().find(|mail| mail.to == [RAVI]).unwrap();
    assert_eq!(
        ravis.subject(),
        "Sam South asks for more time as Viewer in Dock 4 in North"
    );
    assert!(!mails.iter().any(|mail| mail.to == [SAM]));
    assert_eq!(entries(&app, "role.time_asked").len(), 1);
    // Again, and nothing more is sent.
    let again = sam.submit(&page, &form).await;
    let shown = sam.follow(again).await;
    assert!(
        shown.words().contains("Ask again a day later"),
        "{}",
        shown.words()
    );
    assert!(app.deliver().await.is_empty());
    // The mail's button leads to the page that says so and gives another end.
    let ravi = app.signed_in(RAVI);
    let path = format!("{}?role={grant}", ends(SAM));
    assert!(ravis.text().contains(&path), "{}", ravis.text());
    let page = ravi.get(&path).await;
    assert!(
        page.words().contains("Sam South asked for more time on"),
        "{}",
        page.words()
    );
    let form = page
        .page()
        .form("Save changes")
        .fill("ends_on", "2026-04-30");
    assert_eq!(ravi.submit(&page, &form).await.status, 303);
    assert_eq!(
        during(&app, SAM),
        [(None, Some(ts("2026-05-01T00:00:00Z")))]
    );
}

#[actix_web::test]
async fn nobody_asks_for_time_with_a_role_of_somebody_else_or_without_an_end() {
    let app = TestApp::start().await;
    let sam = app.signed_in(SAM);
    for grant in [
        role(SAM, "viewer", "dock-9"),
        role("dana@acme.example", "viewer", "dock-4"),
        "x".into(),
    ] {
        let path = format!("/me/more-time?role={grant}");
        assert_eq!(sam.get(&path).await.status, 303);
        let sent = sam.post("/me/more-time", &[("role", grant.as_str())]).await;
        let shown = sam.follow(sent).await;
        assert!(
            shown.words().contains("or it has no end"),
            "{}",
            shown.words()
        );
    }
    assert!(entries(&app, "role.time_asked").is_empty());
}

/// Sam as Viewer of Dock 4 until the last day of March.
fn for_a_month(app: &TestApp) {
    app.sql(|conn| {
        let end = ts("2026-03-31T12:00:00Z");
        cast::give_between(conn, SAM, "viewer", At::Dock4, (None, Some(end)));
        Ok(())
    });
}

const STAYS: &str = "Viewer: held already until 31 March 2026";

#[actix_web::test]
async fn what_is_held_for_a_time_stays_when_it_is_given_again_and_the_answer_says_until_when() {
    let app = TestApp::start().await;
    for_a_month(&app);
    let before = during(&app, SAM);
    let ravi = app.signed_in(RAVI);
    let sam = user(SAM).to_string();
    for (roles, said) in [
        (
            &["viewer"][..],
            "Sam South held these roles on Dock 4 already.",
        ),
        (&["viewer", "billing"], "Sam South added to Dock 4."),
    ] {
        let mut fields = vec![("user", sam.as_str())];
        fields.extend(roles.iter().map(|role| ("role", *role)));
        let done = ravi.post(ADD, &fields).await;
        let page = ravi.follow(done).await;
        let words = page.words();
        let stays = format!("{said} {STAYS}; change it with When a role ends");
        assert!(words.contains(&stays), "{words}");
        let form = ravi.get(&page.page().link("When a role ends")).await;
        let form = form.page().form("Save changes");
        assert!(
            form.fields
                .contains(&("ends_on".into(), "2026-03-31".into()))
        );
    }
    assert!(during(&app, SAM).contains(&before[0]));
    // For just that time it is what was wanted.
    let fields = [("user", sam.as_str()), ("role", "billing")];
    let done = ravi.post(ADD, &fields).await;
    let words = ravi.follow(done).await.words();
    assert!(!words.contains("held already"), "{words}");
    // And an end for what has none is no end either.
    let fields = [fields[0], fields[1], ("ends_on", "2026-03-31")];
    let done = ravi.post(ADD, &fields).await;
    let words = ravi.follow(done).await.words();
    assert!(
        words.contains("Billing: held already without an end"),
        "{words}"
    );
}

#[actix_web::test]
async fn what_begins_later_stays_when_it_is_given_as_a_member_and_the_answer_says_so() {
    let app = TestApp::start().await;
    let zoe = holder("viewer", At::Account);
    app.sql(|conn| {
        let (from, to) = (ts("2026-04-10T12:00:00Z"), ts("2026-05-10T12:00:00Z"));
        cast::give_between(conn, &zoe, "billing", At::North, (Some(from), Some(to)));
        cast::give_between(conn, &zoe, "reporting", At::North, (Some(from), None));
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let id = user(&zoe).to_string();
    let fields = [
        ("user", id.as_str()),
        ("role", "billing"),
        ("role", "reporting"),
    ];
    let done = ravi
        .post("/accounts/acme/organizations/north/members/add", &fields)
        .await;
    let page = ravi.follow(done).await;
    let words = page.words();
    let stays = "Billing: held already from 10 April 2026 until 10 May 2026; Reporting: held already from 10 April 2026 on; change it under";
    assert!(words.contains(stays), "{words}");
    let (_, href) = page
        .page()
        .links()
        .into_iter()
        .find(|(words, _)| words.starts_with("Roles of "))
        .unwrap();
    assert_eq!(href, format!("/accounts/acme/users/{id}#roles"));
}

#[actix_web::test]
async fn what_is_held_for_a_time_stays_in_an_act_on_several_and_in_an_import_and_both_say_so() {
    let app = TestApp::start().await;
    for_a_month(&app);
    let before = during(&app, SAM);
    let ravi = app.signed_in(RAVI);
    let sam = user(SAM).to_string();
    let bulk = "/accounts/acme/user-management/bulk";
    let fields = [("act", "join"), ("person", sam.as_str())];
    let choose = ravi.post(bulk, &fields).await;
    let dock = cast::project("dock-4").to_string();
    let form = choose.page().form("Review").tick("place", &dock);
    let form = form.tick("role", "viewer");
    for (form, said) in [
        (form.clone(), "Holds this on Dock 4 already."),
        (form.tick("role", "billing"), "Gets Billing on Dock 4."),
    ] {
        let words = ravi.submit(&choose, &form).await.words();
        let stays = format!("{said} {STAYS}; change it on their page.");
        assert!(words.contains(&stays), "{words}");
    }
    let page = ravi.get("/accounts/acme/user-management/import").await;
    let rows = "First name,Last name,Email address,Reservation,Roles\n\
                Sam,South,sam@acme.example,Dock 4,Viewer\n";
    let form = page.page().form("Check the rows").fill("rows", rows);
    let preview = ravi.submit(&page, &form).await.words();
    let stays = format!("holds these roles; skipped; {STAYS}");
    assert!(preview.contains(&stays), "{preview}");
    let rows = "First name,Last name,Email address,Reservation,Roles\n\
                Sam,South,sam@acme.example,Dock 4,\"Viewer, Billing\"\n";
    let form = page.page().form("Check the rows").fill("rows", rows);
    let preview = ravi.submit(&page, &form).await;
    let check = ravi
        .submit(&preview, &preview.page().form("Continue"))
        .await;
    let button = check.page().texts("form .form-foot button.btn").remove(0);
    let sent = ravi.submit(&check, &check.page().form(&button)).await;
    let at = sent.location().unwrap();
    while tenantry::users::importing::work(app.app()).await.unwrap() {}
    let result = ravi.get(&at).await.words();
    assert!(result.contains(&format!("Billing; {STAYS}")), "{result}");
    assert!(during(&app, SAM).contains(&before[0]));
}

#[actix_web::test]
async fn s22_a_role_ends_earlier_in_a_frozen_account_and_in_an_archived_place_and_not_later() {
    use tenantry::db::schema::{accounts, organizations};
    for frozen in [true, false] {
        let app = TestApp::start().await;
        app.sql(|conn| {
            let end = Some(ts("2026-06-01T00:00:00Z"));
            cast::give_between(conn, SAM, "billing", At::Dock4, (None, end));
            if frozen {
                diesel::update(accounts::table.find(cast::account("acme")))
                    .set(accounts::plan.eq("frozen"))
                    .execute(conn)
            } else {
                diesel::update(organizations::table.find(cast::organization("north")))
                    .set(organizations::status.eq("archived"))
                    .execute(conn)
            }
        });
        let olga = app.signed_in("olga@acme.example");
        let path = format!("{}?role={}", ends(SAM), role(SAM, "billing", "dock-4"));
        let refused = if frozen { 403 } else { 409 };
        for (day, status) in [("2026-07-01", refused), ("", refused), ("2026-04-01", 303)] {
            let page = olga.get(&path).await;
            let form = page.page().form("Save changes").fill("ends_on", day);
            let answer = olga.submit(&page, &form).await;
            assert_eq!(answer.status, status, "{day}: {}", answer.words());
        }
    }
}
