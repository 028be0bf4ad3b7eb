//! Which statements the portal sends to its database, and how SQLite would go about them.
//!
//! Diesel tells whoever asks; every connection of this process is listened to from the moment it is opened, and what
//! it sends is kept by the database that it leads to, while a test wants to know. The product has no hook for it.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use super::app::TestApp;
use tenantry::db::Conn;

/// Statements by the database that they went to; only for databases somebody wants to know of.
type Kept = HashMap<String, Vec<String>>;

static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

fn kept() -> MutexGuard<'static, Option<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hears what one connection does.
#[derive(Default)]
struct Ear {
    leads_to: String,
}

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.leads_to = url.to_owned();
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                if let Some(statements) = kept()
                    .as_mut()
                    .and_then(|kept| kept.get_mut(&self.leads_to))
                {
                    statements.push(query.to_string());
                }
            }
            _ => {}
        }
    }
}

/// Listens to every connection that is opened from now on. Call it before the portal starts.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        *kept() = Some(Kept::new());
        set_default_instrumentation(|| Some(Box::new(Ear::default()))).unwrap();
    });
}

/// The statements that the portal sends while `during` runs: those that read or change rows, without their values.
pub async fn during<T>(app: &TestApp, during: impl Future<Output = T>) -> (T, Vec<String>) {
    let url = app.database_url();
    let leads_to = url.strip_prefix("sqlite:").unwrap_or(url).to_owned();
    kept()
        .as_mut()
        .expect("statements::listen() comes first")
        .insert(leads_to.clone(), Vec::new());
    let outcome = during.await;
    let heard = kept().as_mut().and_then(|kept| kept.remove(&leads_to));
    let statements = heard
        .unwrap_or_default()
        .into_iter()
        .filter_map(bare)
        .collect();
    (outcome, statements)
}

/// A statement that touches rows, without its values; none for what opens and closes transactions, and for the word
/// by which the pool finds out whether a connection still stands.
fn bare(statement: String) -> Option<String> {
    let (text, _) = statement
        .split_once(" -- binds:")
        .unwrap_or((&statement, ""));
    let text = text.trim();
    let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
    let touches = verbs.iter().any(|verb| text.starts_with(verb)) && text != "SELECT 1";
    touches.then(|| text.to_owned())
}

/// The steps of SQLite's plan for a statement. Compiled as it is, SQLite plans without looking at the values.
pub fn plan(conn: &mut Conn, statement: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let Conn::Sqlite(conn) = conn else {
        panic!("plans are those of SQLite");
    };
    let explained = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
    let steps: Vec<Step> = explained
        .load(conn)
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    steps.into_iter().map(|step| step.detail).collect()
}
