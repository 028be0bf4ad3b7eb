//! PostgreSQL for tests: one template database per process and migration, cloned per test, dropped after it.
//!
//! A process keeps one connection open, whose application name is the prefix of its databases. So what a dead
//! process left behind is known by its missing connection, wherever that process ran.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use url::Url;

const PREFIX: &str = "tenantry_test_";

/// One test's own database.
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// A clone of this process' template on the server that `server` (an administrator's URL) leads to.
    pub fn fresh(server: &str, migrate: fn(&str)) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let template = template(server, migrate);
        let name = format!("{}_{}", process(), NEXT.fetch_add(1, Ordering::Relaxed));
        let how = strategy(server);
        run(
            server,
            &format!("CREATE DATABASE {name} TEMPLATE {template} {how}"),
        );
        Self {
            url: at(server, &name),
            name,
        }
    }

    /// Where the product finds it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // FORCE: pools of the tested portal may still be connected. A failure must not hide the test's own.
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = admin(&self.url).batch_execute(&drop) {
            eprintln!("{} stays behind: {error}", self.name);
        }
    }
}

/// The databases of live and dead test processes on this server, in order.
pub fn names(server: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT datname::text AS name FROM pg_database WHERE starts_with(datname::text, $1) ORDER BY 1",
    )
    .bind::<Text, _>(PREFIX)
    .load(&mut *admin(server))
    .unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

/// Drops the databases of processes that are no longer connected.
pub fn clear_leftovers(server: &str) {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let left: Vec<Row> = diesel::sql_query(
        "SELECT d.datname::text AS name FROM pg_database d WHERE starts_with(d.datname::text, $1) AND NOT EXISTS (
            SELECT 1 FROM pg_stat_activity a
            WHERE starts_with(a.application_name, $1) AND starts_with(d.datname::text, a.application_name || '_'))",
    )
    .bind::<Text, _>(PREFIX)
    .load(&mut *admin(server))
    .unwrap();
    for Row { name } in left {
        run(
            server,
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        );
    }
}

/// The name that all databases of this process begin with: a process number alone may come again.
fn process() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let unique = uuid::Uuid::new_v4().simple().to_string();
        format!("{PREFIX}{}_{}", std::process::id(), &unique[..8])
    })
}

/// A template is known by what migrates it.
fn template(server: &str, migrate: fn(&str)) -> String {
    type Named = (fn(&str), String);
    static TEMPLATES: Mutex<Vec<Named>> = Mutex::new(Vec::new());
    let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, name)) = templates
        .iter()
        .find(|(known, _)| std::ptr::fn_addr_eq(*known, migrate))
    {
        return name.clone();
    }
    if templates.is_empty() {
        clear_leftovers(server);
    }
    let name = format!("{}_template_{}", process(), templates.len());
    // A migration that failed before leaves one half made; the next test tells the same story, not another.
    run(
        server,
        &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
    );
    run(
        server,
        &format!("CREATE DATABASE {name} TEMPLATE template0"),
    );
    migrate(&at(server, &name));
    templates.push((migrate, name.clone()));
    name
}

/// Copying files takes half as long as writing every page of the template to the log, which is what PostgreSQL does
/// since 15 unless told; before, it knew no other way than to copy, and no word for it.
fn strategy(server: &str) -> &'static str {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        chooses: bool,
    }
    static STRATEGY: OnceLock<&str> = OnceLock::new();
    STRATEGY.get_or_init(|| {
        let asked = "SELECT current_setting('server_version_num')::int >= 150000 AS chooses";
        let row: Row = diesel::sql_query(asked)
            .get_result(&mut *admin(server))
            .unwrap();
        if row.chooses {
            "STRATEGY FILE_COPY"
        } else {
            ""
        }
    })
}

fn run(server: &str, statement: &str) {
    if let Err(error) = admin(server).batch_execute(statement) {
        panic!("{statement}: {error}");
    }
}

/// This process' connection to the server's own database.
fn admin(server: &str) -> MutexGuard<'static, PgConnection> {
    static ADMIN: OnceLock<Mutex<PgConnection>> = OnceLock::new();
    let connection = ADMIN.get_or_init(|| {
        let mut connection = PgConnection::establish(server)
            .unwrap_or_else(|error| panic!("TEST_DATABASE_URL leads to no PostgreSQL: {error}"));
        connection
            .batch_execute(&format!(
                "SET application_name = '{}'; SET client_min_messages = warning",
                process()
            ))
            .unwrap();
        Mutex::new(connection)
    });
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same server, another database.
fn at(server: &str, name: &str) -> String {
    let mut url = Url::parse(server).expect("TEST_DATABASE_URL is a URL");
    url.set_path(name);
    url.into()
}
