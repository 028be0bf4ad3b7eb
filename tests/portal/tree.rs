//! The tree of an account's organizations: names, settings, sub-accounts, moving, archiving, deleting, purging.

mod ending;
mod journeys;
pub mod moving;
mod racing;
mod slugs;
mod sub_accounts;

use crate::support::app::TestApp;
use crate::support::cast;
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, organizations};
use tenantry::db::types::OrganizationId;

/// Acme with West, and Depot below it, beside North and South. Wanda may do everything in West and below, Nora in
/// North and below, and nothing on the account.
async fn acme() -> TestApp {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_organization(conn, "acme", "west", "West");
        cast::insert_organization(conn, "acme", "depot", "Depot");
        cast::put_below(conn, "depot", "west");
        for (email, first) in [
            ("wanda@acme.example", "Wanda"),
            ("nora@acme.example", "Nora"),
        ] {
            cast::Person::of("acme", email, first, "Below").insert(conn);
        }
        cast::give_on(
            conn,
            "wanda@acme.example",
            "admin",
            cast::organization("west"),
            true,
        );
        cast::give_on(
            conn,
            "nora@acme.example",
            "admin",
            cast::organization("north"),
            true,
        );
        Ok(())
    });
    app
}

/// Status and parent of an organization.
fn stands(app: &TestApp, slug: &str) -> (String, Option<OrganizationId>) {
    app.sql(|conn| {
        organizations::table
            .filter(organizations::id.eq(cast::organization(slug)))
            .select((organizations::status, organizations::parent_id))
            .first(conn)
    })
}

/// How often this was done to the organization, as the audit log tells.
fn events(app: &TestApp, action: &str, slug: &str) -> i64 {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq(action))
            .filter(audit_events::organization_id.eq(cast::organization(slug)))
            .count()
            .get_result(conn)
    })
}

/// Archives the project, so that its organization may go.
fn rest(app: &TestApp, project: &str) {
    use tenantry::db::schema::projects;
    app.sql(|conn| {
        diesel::update(projects::table.filter(projects::id.eq(cast::project(project))))
            .set(projects::status.eq("archived"))
            .execute(conn)
    });
}
