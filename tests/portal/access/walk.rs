//! The walk: each route, each caller, both ends of the account.

use super::matrix::{Caller, Fate, everybody, fate, fields, start};
use crate::support::app::TestApp;
use crate::support::cast;
use crate::support::dump;
use crate::support::routes::{FAR, NEAR, Names, fill, segments};
use crate::support::visitor::{Answer, Visitor};
use actix_web::http::Method;
use diesel::prelude::*;
use std::collections::BTreeMap;
use tenantry::db::schema::accounts;
use tenantry::routes::{Row, Who, table};

/// Rows that a look at a page may touch.
const SEEN: [&str; 1] = ["sessions.last_seen_at"];

fn rows_of(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    app.sql(|conn| Ok(dump::rows(conn, &SEEN)))
}

/// How a request ended, as far as an answer tells.
fn ended(answer: &Answer) -> Option<Fate> {
    match answer.status {
        303 if answer.asks_to_sign_in() => Some(Fate::SignIn),
        404 => Some(Fate::NotFound),
        401 | 403 => Some(Fate::Refused),
        200..=399 | 400 | 409 | 410 | 422 | 429 => Some(Fate::Through),
        _ => None,
    }
}

/// What is not as it has to be. An errand of anybody's may end in "not found": the setup page of a claimed
/// installation, a token that never was.
fn wrong(row: &Row, caller: &Caller, names: &Names, answer: &Answer) -> Option<String> {
    let (expected, found) = (fate(caller, row, names), ended(answer));
    let is_open = matches!(row.who, tenantry::routes::Who::Anybody(_));
    let good = match found {
        Some(Fate::NotFound | Fate::SignIn) if is_open => true,
        Some(found) => found == expected,
        None => false,
    };
    let (method, path) = (&row.method, &answer.path);
    if !good {
        let told = answer.status;
        return Some(format!(
            "{method} {path} ({}) as {}: {told}, should be {expected:?}",
            row.path,
            caller.name()
        ));
    }
    lacks_the_why(row, answer).then(|| {
        format!(
            "{method} {path} ({}) as {}: refused without a way to what is missing",
            row.path,
            caller.name()
        )
    })
}

/// Whether somebody is refused for want of a permission, and the page does not lead to Explain access. To vouch for
/// somebody, none is wanted: one has to be at home here, and no less than they are.
fn lacks_the_why(row: &Row, answer: &Answer) -> bool {
    let by_permission = matches!(row.who, Who::Holder { key: Some(_), .. });
    let by_permission = by_permission && !row.path.ends_with("/vouch");
    let leads = |(words, href): &(String, String)| {
        words == "Why? See what is missing" && href.starts_with("/me/access?")
    };
    let is_refused = answer.status == 403 && answer.is_page();
    by_permission && is_refused && !answer.page().links().iter().any(leads)
}

fn is_worth_asking_twice(row: &Row) -> bool {
    segments(row.path)
        .iter()
        .any(|segment| *segment != "account" && *segment != "token")
}

fn ends(row: &Row) -> Vec<&'static Names> {
    if is_worth_asking_twice(row) {
        vec![&NEAR, &FAR]
    } else {
        vec![&NEAR]
    }
}

async fn ask(app: &TestApp, row: &Row, caller: &Caller, names: &Names) -> Answer {
    ask_with(&browser_of(app, caller), row, caller, names).await
}

/// A browser in which this caller is signed in, if they are somebody.
fn browser_of<'a>(app: &'a TestApp, caller: &Caller) -> Visitor<'a> {
    match &caller.email {
        Some(email) => app.signed_in(email),
        None => app.visitor(),
    }
}

async fn ask_with(visitor: &Visitor<'_>, row: &Row, caller: &Caller, names: &Names) -> Answer {
    let fields = fields(row, caller);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let ask = visitor.ask(row.method.clone(), &fill(row.path, names));
    if row.method == Method::GET {
        ask.send().await
    } else {
        ask.fields(&fields).send().await
    }
}

fn rows_that(keep: impl Fn(&Row) -> bool) -> Vec<Row> {
    let rows: Vec<Row> = table().into_iter().filter(keep).collect();
    assert!(!rows.is_empty(), "the table of routes is empty");
    rows
}

#[track_caller]
fn all_good(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} requests ended wrongly:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[actix_web::test]
async fn every_page_opens_for_whom_it_should_and_changes_nothing() {
    let app = start().await;
    let callers = everybody();
    all_good(&opened(&app, &callers).await);
}

#[actix_web::test]
async fn s5_every_page_opens_for_whom_it_should_where_one_organization_lies_below_another() {
    let app = start().await;
    let callers: Vec<Caller> = everybody().into_iter().map(Caller::deep).collect();
    app.sql(|conn| {
        cast::put_below(conn, "south", "north");
        Ok(())
    });
    all_good(&opened(&app, &callers).await);
}

/// Every page as each of them, at both ends of the account; gives back what ended wrongly.
async fn opened(app: &TestApp, callers: &[Caller]) -> Vec<String> {
    let mut bad = Vec::new();
    for caller in callers {
        // Whoever looks has to be signed in; that is a row, and the only one.
        let browser = browser_of(app, caller);
        for row in rows_that(|row| row.method == Method::GET) {
            for names in ends(&row) {
                let answer = ask_with(&browser, &row, caller, names).await;
                bad.extend(wrong(&row, caller, names, &answer));
            }
        }
    }
    bad
}

#[actix_web::test]
async fn looking_twice_changes_nothing() {
    let app = TestApp::start().await;
    let mut bad = Vec::new();
    for email in [None, Some("olga@acme.example"), Some("dana@acme.example")] {
        let visitor = match email {
            Some(email) => app.signed_in(email),
            None => app.visitor(),
        };
        let before = rows_of(&app);
        // A list that is taken along as a file leaves an event: the one look that is written down.
        for row in rows_that(|row| row.method == Method::GET && !row.path.ends_with(".csv")) {
            let path = fill(row.path, &NEAR);
            for method in [Method::GET, Method::GET, Method::HEAD] {
                visitor.ask(method, &path).send().await;
            }
            if rows_of(&app) != before {
                bad.push(format!("{path} as {email:?} changes rows"));
                break;
            }
        }
    }
    all_good(&bad);
}

/// In how many parts the forms are walked: a test of its own for each, for they take the longest of all.
const PARTS: usize = 4;

#[actix_web::test]
async fn every_form_is_taken_from_whom_it_should_be_the_first_fourth() {
    every_form_of(0).await;
}

#[actix_web::test]
async fn every_form_is_taken_from_whom_it_should_be_the_second_fourth() {
    every_form_of(1).await;
}

#[actix_web::test]
async fn every_form_is_taken_from_whom_it_should_be_the_third_fourth() {
    every_form_of(2).await;
}

#[actix_web::test]
async fn every_form_is_taken_from_whom_it_should_be_the_last_fourth() {
    every_form_of(PARTS - 1).await;
}

/// Every fourth form, as everybody.
async fn every_form_of(part: usize) {
    let mut bad = Vec::new();
    let mut app = start().await;
    let callers = everybody();
    let forms = rows_that(|row| row.method != Method::GET).into_iter();
    for row in forms.skip(part).step_by(PARTS) {
        for names in ends(&row) {
            let (through, refused): (Vec<_>, Vec<_>) = callers
                .iter()
                .partition(|caller| fate(caller, &row, names) == Fate::Through);
            let mut before = Before::of(&app);
            for caller in refused {
                let answer = ask(&app, &row, caller, names).await;
                bad.extend(wrong(&row, caller, names, &answer));
            }
            if before.differs(&app) {
                bad.push(format!(
                    "{}: somebody who was refused changed rows",
                    row.path
                ));
            }
            for caller in through {
                let answer = ask(&app, &row, caller, names).await;
                bad.extend(wrong(&row, caller, names, &answer));
                if before.differs(&app) {
                    // What one has done must not decide about the next.
                    app = start().await;
                    before = Before::of(&app);
                }
            }
        }
    }
    all_good(&bad);
}

/// The rows but those of sessions, and by what mark it is known that nobody wrote since.
struct Before {
    mark: i64,
    rows: BTreeMap<String, Vec<String>>,
}

impl Before {
    fn of(app: &TestApp) -> Self {
        // The mark first: what is written in between is then looked at, and not passed over.
        let mark = app.sql(dump::mark);
        let rows = rows_but_sessions(app);
        Self { mark, rows }
    }

    fn differs(&mut self, app: &TestApp) -> bool {
        let mark = app.sql(dump::mark);
        if mark == self.mark {
            return false;
        }
        let differs = rows_but_sessions(app) != self.rows;
        if !differs {
            self.mark = mark;
        }
        differs
    }
}

/// What only takes access away, or may: a frozen account lets it through (S22; `inert.rs`).
const ENDING: [&str; 19] = [
    "/user-management/bulk",
    "/user-management/bulk/undo",
    "/user-management/import/{import}/undo",
    "/users/{user}/unlock",
    "/users/{user}/unlock-mail",
    "/users/{user}/reset-mail",
    "/users/{user}/vouch",
    "/users/{user}/cancel",
    "/users/{user}/deactivate",
    "/users/{user}/discard-role",
    "/users/{user}/remove",
    "/users/{user}/role-ends",
    "/users/{user}/roles",
    "/users/{user}/sessions",
    "/users/{user}/undo",
    "/organizations/{organization}/projects/{project}/users",
    "/organizations/{organization}/projects/{project}/users/undo",
    "/organizations/{organization}/members/{user}",
    "/groups/{group}/access/{user}",
];

#[actix_web::test]
async fn rule_23_no_form_changes_anything_in_a_frozen_account_and_the_plan_is_named() {
    let app = start().await;
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let callers = everybody();
    let owner = |caller: &&Caller| caller.email.as_deref() == Some("olga@acme.example");
    let olga = callers.iter().find(owner).unwrap();
    let before = rows_but_sessions(&app);
    let (mut bad, mut refused) = (Vec::new(), 0);
    let inside = |row: &Row| {
        row.method != Method::GET
            && row.path.starts_with("/accounts/{account}")
            && matches!(row.who, Who::Holder { .. })
    };
    let (ending, others): (Vec<Row>, Vec<Row>) = rows_that(inside).into_iter().partition(|row| {
        ENDING
            .iter()
            .any(|end| row.path.strip_prefix("/accounts/{account}") == Some(*end))
    });
    assert_eq!(ending.len(), ENDING.len());
    for row in others {
        let answer = ask(&app, &row, olga, &NEAR).await;
        let words = answer.words();
        match answer.status {
            403 if words.contains("The gate that refused: plan.") => refused += 1,
            status => bad.push(format!("{}: {status} {words}", row.path)),
        }
    }
    all_good(&bad);
    assert!(refused > 40, "the plan refused {refused} forms");
    assert!(
        rows_but_sessions(&app) == before,
        "a refused form changed rows"
    );
}

/// Without the table of sessions, to which the test itself adds one for each request.
fn rows_but_sessions(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut rows = rows_of(app);
    rows.remove("sessions");
    rows
}

/// What may be sent from elsewhere (S20): the token of a mail is asked there and nothing else.
const FROM_ELSEWHERE: [&str; 1] = ["/unsubscribe/{token}"];

#[actix_web::test]
async fn s20_a_form_from_elsewhere_is_refused_everywhere() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let before = rows_of(&app);
    let mut bad = Vec::new();
    for row in rows_that(|row| row.method != Method::GET) {
        let path = fill(row.path, &NEAR);
        let refused = if FROM_ELSEWHERE.contains(&row.path) {
            404
        } else {
            403
        };
        for site in ["cross-site", "same-site", "none"] {
            let forged = olga
                .ask(row.method.clone(), &path)
                .header("sec-fetch-site", site);
            let answer = forged.fields(&[]).send().await;
            if answer.status != refused {
                bad.push(format!("{path} from {site}: {}", answer.status));
            }
        }
        let silent = olga
            .ask(row.method.clone(), &path)
            .without("sec-fetch-site");
        let answer = silent.fields(&[]).send().await;
        if answer.status != refused {
            bad.push(format!("{path} from nowhere: {}", answer.status));
        }
    }
    all_good(&bad);
    assert_eq!(rows_of(&app), before);
}
