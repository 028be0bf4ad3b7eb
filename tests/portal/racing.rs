//! Everything that changes one person's roles, at once: what each answer says is what was done, and written down once
//! (rules 17 and 27).

use diesel::prelude::*;
use futures_util::future::{join, join_all};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tenantry::db::schema::{audit_events, grants};
use tenantry::db::types::{GrantId, Ts, UserId};
use tenantry::users::importing;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::html::Form;
use crate::support::visitor::{Answer, Visitor};

const DOCK: &str = "/accounts/acme/organizations/north/projects/dock-4";
const PEOPLE: &str = "/accounts/acme/user-management";
const OLGA: &str = "olga@acme.example";
const RAVI: &str = "ravi@acme.example";
const SAM: &str = "sam@acme.example";
/// Each of the seven forms is sent so often; with the row of an import that makes fifty.
const EACH: usize = 7;

fn vera() -> String {
    holder("viewer", At::Dock4)
}

/// A form that is ready to be sent, by somebody who sends no other.
struct Ready<'a> {
    name: &'static str,
    by: String,
    visitor: Visitor<'a>,
    page: Answer,
    form: Form,
}

impl<'a> Ready<'a> {
    fn new(
        name: &'static str,
        by: &str,
        (visitor, page, form): (Visitor<'a>, Answer, Form),
    ) -> Self {
        let by = by.to_owned();
        Self {
            name,
            by,
            visitor,
            page,
            form,
        }
    }
}

/// What Vera holds: the roles on Dock 4 and on North, and the end of Viewer on Dock 4.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    on: BTreeMap<String, BTreeSet<String>>,
    ends: Option<Ts>,
}

impl Held {
    fn now(app: &TestApp) -> Self {
        let rows: Vec<(GrantId, String, Option<Ts>)> = app.sql(|conn| {
            grants::table
                .filter(grants::user_id.eq(user(&vera())))
                .select((grants::scope_id, grants::role, grants::ends_at))
                .load(conn)
        });
        let places = [
            ("Dock 4", cast::project("dock-4").uuid()),
            ("North", cast::organization("north").uuid()),
        ];
        let mut held = Self {
            on: BTreeMap::new(),
            ends: None,
        };
        for (name, id) in places {
            let there = rows.iter().filter(|(scope, ..)| scope.uuid() == id);
            let roles = there.map(|(_, role, _)| role.clone()).collect();
            held.on.insert(name.to_owned(), roles);
        }
        let viewer = rows
            .iter()
            .find(|(scope, role, _)| scope.uuid() == places[0].1 && role == "viewer");
        held.ends = viewer.and_then(|(.., ends)| *ends);
        held
    }

    /// What is held after an event, if it can have come now.
    fn after(&self, event: &Event) -> Option<Self> {
        let mut next = self.clone();
        let details = &event.details;
        let place = details["place"].as_str()?;
        let roles = next.on.get_mut(place)?;
        let set = |name: &str| -> Option<BTreeSet<String>> {
            let all = details[name].as_array()?.iter();
            Some(
                all.filter_map(|role| role.as_str().map(str::to_owned))
                    .collect(),
            )
        };
        match (event.action.as_str(), set("before"), set("after")) {
            ("role.changed", Some(before), Some(after)) => {
                if *roles != before {
                    return None;
                }
                *roles = after;
            }
            ("role.changed", ..) => {
                let at = |name: &str| -> Option<Ts> {
                    serde_json::from_value(details[name].clone()).unwrap()
                };
                let held = roles.contains(details["role"].as_str()?);
                if !held || next.ends != at("ended_at_before") {
                    return None;
                }
                next.ends = at("ends_at");
            }
            ("role.granted", ..) => {
                if !roles.insert(details["role"].as_str()?.to_owned()) {
                    return None;
                }
            }
            _ => return None,
        }
        if !next.on["Dock 4"].contains("viewer") {
            next.ends = None;
        }
        Some(next)
    }

    /// Whether there is an order of these events, each of which finds what it says it found, that ends with this.
    fn leads_to(&self, end: &Self, events: &[Event]) -> bool {
        if events.is_empty() {
            return self == end;
        }
        (0..events.len()).any(|first| {
            let mut others = events.to_vec();
            let event = others.remove(first);
            let next = self.after(&event);
            next.is_some_and(|next| next.leads_to(end, &others))
        })
    }
}

#[derive(Clone, Debug)]
struct Event {
    action: String,
    by: Option<UserId>,
    details: Value,
}

/// What has been written down of Vera, the oldest first as far as that is known.
fn events(app: &TestApp) -> Vec<Event> {
    let rows: Vec<(String, Option<UserId>, String)> = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::target_id.eq(user(&vera())))
            .filter(audit_events::action.like("role.%"))
            .order(audit_events::id.asc())
            .select((
                audit_events::action,
                audit_events::actor_id,
                audit_events::details,
            ))
            .load(conn)
    });
    let event = |(action, by, details): (String, Option<UserId>, String)| Event {
        action,
        by,
        details: serde_json::from_str(&details).unwrap(),
    };
    rows.into_iter().map(event).collect()
}

fn ticked(role: &str) -> String {
    format!("{}.{role}", user(&vera()))
}

/// The grid of Dock 4, with a change that needs no more than to be sent.
async fn grid<'a>(
    app: &'a TestApp,
    by: &str,
    change: impl Fn(Form) -> Form,
) -> (Visitor<'a>, Answer, Form) {
    let visitor = app.signed_in(by);
    let page = visitor.get(&format!("{DOCK}/users")).await;
    let form = change(page.page().form("Save changes")).forge("confirmed", "yes");
    (visitor, page, form)
}

/// An act on several people, of whom Vera is all, agreed to.
async fn bulk<'a>(
    app: &'a TestApp,
    by: &str,
    (act, role): (&str, &str),
) -> (Visitor<'a>, Answer, Form) {
    let visitor = app.signed_in(by);
    let id = user(&vera()).to_string();
    let fields = [("act", act), ("person", id.as_str())];
    let choose = visitor.post(&format!("{PEOPLE}/bulk"), &fields).await;
    let form = choose.page().form("Review");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let review = visitor.submit(&choose, &form.tick("role", role)).await;
    assert_eq!(review.status, 200, "{}", review.words());
    let form = review.page().form("Submit");
    (visitor, review, form)
}

/// Reporting on North, reviewed on the page of Vera's roles there.
async fn member<'a>(app: &'a TestApp, by: &str) -> (Visitor<'a>, Answer, Form) {
    let visitor = app.signed_in(by);
    let path = format!(
        "/accounts/acme/organizations/north/members/{}",
        user(&vera())
    );
    let page = visitor.get(&path).await;
    let form = page.page().form("Review changes").tick("role", "reporting");
    let review = visitor.submit(&page, &form).await;
    assert_eq!(review.status, 200, "{}", review.words());
    let form = review.page().form("Submit");
    (visitor, review, form)
}

async fn end<'a>(app: &'a TestApp, by: &str) -> (Visitor<'a>, Answer, Form) {
    let visitor = app.signed_in(by);
    let grant = cast::grant_id(&vera(), "viewer", cast::project("dock-4").uuid());
    let path = format!(
        "/accounts/acme/users/{}/role-ends?role={grant}",
        user(&vera())
    );
    let page = visitor.get(&path).await;
    let form = page
        .page()
        .form("Save changes")
        .fill("ends_on", "2026-04-01");
    (visitor, page, form)
}

/// A change that was made before, ready to be taken back.
async fn undo<'a>(app: &'a TestApp, by: &str) -> (Visitor<'a>, Answer, Form) {
    let (visitor, page, form) = grid(app, by, |form| form.tick("role", &ticked("reporting"))).await;
    let done = visitor.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let flash = visitor.follow(done).await;
    let review = visitor.get(&flash.page().link("Undo")).await;
    let form = review.page().form("Submit");
    (visitor, review, form)
}

/// An import with one row, ordered and not begun; where it is told what came of it.
async fn import(visitor: &Visitor<'_>) -> String {
    let page = visitor.get(&format!("{PEOPLE}/import")).await;
    let rows = format!(
        "First name,Last name,Email address,Reservation,Roles\nVera,Viewer,{},Dock 4,\"Operations, Manager\"\n",
        vera()
    );
    let form = page.page().form("Check the rows").fill("rows", &rows);
    let preview = visitor.submit(&page, &form).await;
    let check = visitor
        .submit(&preview, &preview.page().form("Continue"))
        .await;
    let button = check.page().texts("form .form-foot button.btn").remove(0);
    let sent = visitor.submit(&check, &check.page().form(&button)).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    sent.location().unwrap()
}

#[actix_web::test]
async fn of_fifty_ways_to_change_one_persons_roles_at_once_each_answer_is_true() {
    for round in 0..7 {
        let app = TestApp::start().await;
        app.sql(|conn| {
            cast::give(conn, SAM, "admin", At::Account);
            Ok(())
        });
        let by = |role: &str, at: At| holder(role, at);
        let (anna, north) = (by("admin", At::Account), by("admin", At::North));
        let (uma, dock) = (by("user_management", At::Account), by("admin", At::Dock4));
        let ends = by("user_management", At::Dock4);
        let undone = undo(&app, RAVI).await;
        let billing = grid(&app, OLGA, |form| form.tick("role", &ticked("billing"))).await;
        let viewer = grid(&app, &anna, |form| form.untick("role", &ticked("viewer"))).await;
        let ready = [
            Ready::new("undo", RAVI, undone),
            Ready::new("grid", OLGA, billing),
            Ready::new("grid", &anna, viewer),
            Ready::new("member", &north, member(&app, &north).await),
            Ready::new("bulk", &uma, bulk(&app, &uma, ("give", "operations")).await),
            Ready::new("bulk", &dock, bulk(&app, &dock, ("take", "viewer")).await),
            Ready::new("ends", &ends, end(&app, &ends).await),
        ];
        let sam = app.signed_in(SAM);
        let outcome = import(&sam).await;
        let (before, earlier) = (Held::now(&app), events(&app).len());

        let work = async { while importing::work(app.app()).await.unwrap() {} };
        // Each round begins with another of them, and goes on in another order.
        let all = (0..EACH * ready.len()).map(|n| (n * (1 + round % 6) + round) % ready.len());
        let sent = all.map(|n| {
            let one = &ready[n];
            async move { (n, one.visitor.submit(&one.page, &one.form).await) }
        });
        let (answers, ()) = join(join_all(sent), work).await;

        let statuses: Vec<(&str, u16)> = answers
            .iter()
            .map(|(n, answer)| (ready[*n].name, answer.status))
            .collect();
        // Done; gone, or overtaken; to be looked at again, and nothing left to change.
        let told = |status: u16| {
            [303, 404, 409, 200, 422].contains(&status) || (status == 503 && app.is_postgres())
        };
        assert!(
            statuses.iter().all(|(_, status)| told(*status)),
            "{statuses:?}"
        );
        let (after, new) = (Held::now(&app), events(&app)[earlier..].to_vec());
        // Each act that says it was done stands in the log once, and nothing else does.
        for (n, one) in ready.iter().enumerate() {
            let mine = answers
                .iter()
                .filter(|(of, answer)| *of == n && answer.status == 303);
            let mut done = mine.clone().count();
            if one.name == "bulk" && done > 0 {
                // All lead to the one outcome of the one act.
                let leads: BTreeSet<Option<String>> =
                    mine.map(|(_, answer)| answer.location()).collect();
                assert_eq!(leads.len(), 1, "{leads:?}");
                let shown = one
                    .visitor
                    .get(&leads.first().cloned().flatten().unwrap())
                    .await;
                let words = shown.words();
                let acted = words.contains("1 done, 0 skipped.");
                assert!(acted || words.contains("0 done, 1 skipped."), "{words}");
                done = usize::from(acted);
            }
            let written = new
                .iter()
                .filter(|event| event.by == Some(user(&one.by)))
                .count();
            assert_eq!(
                written, done,
                "{} by {}: {statuses:?}\n{new:#?}",
                one.name, one.by
            );
            assert!(
                done <= 1,
                "{} by {} was done {done} times",
                one.name,
                one.by
            );
        }
        let shown = sam.get(&outcome).await.page();
        let shown = shown.texts("tbody td[data-l=Result]").concat();
        let given = new.iter().filter(|event| event.by == Some(user(SAM)));
        for (role, name) in [("operations", "Operations"), ("manager", "Manager")] {
            let here = given
                .clone()
                .filter(|event| event.details["role"] == role)
                .count();
            assert_eq!(shown.contains(name), here == 1, "{name}: {shown}\n{new:#?}");
        }
        assert!(
            before.leads_to(&after, &new),
            "from {before:?} to {after:?} by\n{new:#?}"
        );
    }
}
