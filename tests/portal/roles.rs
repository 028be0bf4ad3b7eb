//! An account's own roles: composed, given, edited and deleted (rules 17, 19, 20; S10; beyond B).

mod composing;
mod deleting;
mod giving;
mod replacing;

use diesel::prelude::*;
use tenantry::db::schema::{audit_events, custom_roles, grants};
use tenantry::db::types::{GrantId, Ts};

use crate::support::app::TestApp;
use crate::support::cast::{self, user};
use crate::support::visitor::{Answer, Visitor};

const ROLES: &str = "/accounts/acme/roles";
const OLGA: &str = "olga@acme.example";
const RAVI: &str = "ravi@acme.example";
const SAM: &str = "sam@acme.example";

/// What forms and rows call Acme's own role.
fn night() -> String {
    cast::role("Night shift").to_string()
}

fn page_of(name: &str) -> String {
    format!("{ROLES}/{}", cast::role(name))
}

/// The names and permissions of Acme's own roles.
fn own_roles(app: &TestApp) -> Vec<(String, String)> {
    app.sql(|conn| {
        custom_roles::table
            .filter(custom_roles::account_id.eq(cast::account("acme")))
            .order(custom_roles::name_key.asc())
            .select((custom_roles::name, custom_roles::permissions))
            .load(conn)
    })
}

/// What somebody holds in Acme: role, place and end.
fn held(app: &TestApp, email: &str) -> Vec<(String, GrantId, Option<Ts>)> {
    app.sql(|conn| {
        grants::table
            .filter(grants::account_id.eq(cast::account("acme")))
            .filter(grants::user_id.eq(user(email)))
            .order((grants::role.asc(), grants::scope_id.asc()))
            .select((grants::role, grants::scope_id, grants::ends_at))
            .load(conn)
    })
}

fn events(app: &TestApp, action: &str) -> Vec<serde_json::Value> {
    let rows: Vec<String> = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq(action))
            .order(audit_events::id.asc())
            .select(audit_events::details)
            .load(conn)
    });
    rows.iter()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect()
}

#[track_caller]
fn says(answer: &Answer, all: &[&str]) {
    let words = answer.words();
    for says in all {
        assert!(words.contains(says), "{says:?} in {words}");
    }
}

/// Opens the form of the role, and gives back the page.
async fn edit(visitor: &Visitor<'_>, name: &str) -> Answer {
    let page = visitor.get(&page_of(name)).await;
    let edit = visitor.get(&page.page().link("Edit role")).await;
    assert_eq!(edit.status, 200, "{}", edit.words());
    edit
}
