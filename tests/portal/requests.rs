//! Requests for roles, Admin above all: who asks, who approves, what the last approval does, and what happens when several
//! act at once (rules 18, 25; S13).

mod asking;
mod deciding;
mod ending;
mod granting;
mod listing;
mod looking;
mod racing;
mod reaching;
mod reasons;
mod standing;
mod tending;
mod waiting;
mod wanting;

use diesel::prelude::*;
use tenantry::db::schema::{grants, requests};
use tenantry::db::types::RequestId;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::record::events;
use crate::support::visitor::{Answer, Visitor};

const LIST: &str = "/accounts/acme/requests";
const NEW: &str = "/accounts/acme/requests/new";
const VERA: &str = "vera.viewer.acme@acme.example";
const WHY: &str = "The night shift needs somebody who may decide.";

fn anna() -> String {
    holder("admin", At::Account)
}

/// Both pages: asks for Admin of Acme's North for Vera, and gives back where the request stands.
async fn ask_for_vera(visitor: &Visitor<'_>) -> String {
    let sent = ask(visitor, VERA, &cast::organization("north").to_string()).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    sent.location().unwrap()
}

async fn ask(visitor: &Visitor<'_>, person: &str, place: &str) -> Answer {
    let form = visitor.get(NEW).await;
    let filled = form.page().form("Continue").tick("place", place);
    let filled = filled.fill("person", person).fill("reason", WHY);
    let check = visitor.submit(&form, &filled).await;
    assert_eq!(check.status, 200, "{}", check.words());
    let send = check.page().form("Send request");
    visitor.submit(&check, &send).await
}

/// Presses a button on a request's page, with these words.
async fn press(visitor: &Visitor<'_>, path: &str, button: &str, words: &str) -> Answer {
    let page = visitor.get(path).await;
    let form = page.page().form(button).fill("words", words);
    visitor.submit(&page, &form).await
}

/// What the page of a request says of what is looked at: without it nothing is approved.
async fn seen(visitor: &Visitor<'_>, path: &str) -> String {
    let page = visitor.get(path).await.page();
    page.attribute("input[name=seen]", "value").unwrap()
}

/// An approval as the page sends it that says this of what was looked at.
fn yes(seen: &str) -> [(&str, &str); 3] {
    [("decision", "approve"), ("words", "Yes"), ("seen", seen)]
}

fn id_of(path: &str) -> RequestId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

fn operator_page(path: &str) -> String {
    format!("/operator/requests/{}", id_of(path))
}

/// How often this person holds Admin in Acme.
fn admins(app: &TestApp, email: &str) -> i64 {
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(email)))
            .filter(grants::role.eq("admin"))
            .count()
            .get_result(conn)
    })
}

fn state(app: &TestApp, path: &str) -> String {
    let id = id_of(path);
    app.sql(|conn| {
        requests::table
            .filter(requests::id.eq(id))
            .select(requests::state)
            .first(conn)
    })
}
