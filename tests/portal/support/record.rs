//! What the database has written down of people, past the pages.

use diesel::prelude::*;
use tenantry::db::schema::{audit_events, memberships};

use super::app::TestApp;
use super::cast;

/// Status of whoever has this address in this account of the cast, as it is stored, or "not here".
pub fn status_in(app: &TestApp, account: &str, email: &str) -> String {
    let status = app.sql(|conn| {
        memberships::table
            .filter(memberships::account_id.eq(cast::account(account)))
            .filter(memberships::user_id.eq(cast::user(email)))
            .select(memberships::status)
            .first(conn)
            .optional()
    });
    status.unwrap_or_else(|| "not here".to_owned())
}

/// The same in Acme.
pub fn status(app: &TestApp, email: &str) -> String {
    status_in(app, "acme", email)
}

/// Details of all events of this kind, of every chain, the oldest first.
pub fn events(app: &TestApp, action: &str) -> Vec<String> {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq(action))
            .order(audit_events::id.asc())
            .select(audit_events::details)
            .load(conn)
    })
}

/// How many events of this kind there are, of every chain.
pub fn how_many(app: &TestApp, action: &str) -> usize {
    events(app, action).len()
}
