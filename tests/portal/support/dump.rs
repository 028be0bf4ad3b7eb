//! The whole database as text, to see whether something changed; and its shape, as each database tells it.

use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tenantry::db::Conn;

/// A line of an answer.
#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The lines that a query gives, which must be one column called `line`.
pub fn lines(conn: &mut Conn, query: &str) -> Vec<String> {
    let query = diesel::sql_query(query);
    let found: QueryResult<Vec<Line>> = match conn {
        Conn::Sqlite(conn) => query.load(conn),
        Conn::Postgres(conn) => query.load(conn),
    };
    found.unwrap().into_iter().map(|found| found.line).collect()
}

/// The portal's own tables, by name.
pub fn tables(conn: &mut Conn) -> Vec<String> {
    let query = match conn {
        Conn::Sqlite(_) => {
            "SELECT name AS line FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
             AND name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY name"
        }
        Conn::Postgres(_) => {
            "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public'
             AND table_type = 'BASE TABLE' AND NOT starts_with(table_name, '__') ORDER BY table_name::text COLLATE \"C\""
        }
    };
    lines(conn, query)
}

/// A row of a table.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every row of every table, by table, in an order of its own; without the columns named `table.column`.
pub fn rows(conn: &mut Conn, but: &[&str]) -> BTreeMap<String, Vec<String>> {
    let (tables, query) = reading(conn, but);
    let query = diesel::sql_query(query);
    let rows: QueryResult<Vec<Row>> = match conn {
        Conn::Sqlite(conn) => query.load(conn),
        Conn::Postgres(conn) => query.load(conn),
    };
    let mut found: BTreeMap<String, Vec<String>> = tables
        .into_iter()
        .map(|table| (table, Vec::new()))
        .collect();
    for row in rows.unwrap() {
        found.entry(row.name).or_default().push(row.line);
    }
    for rows in found.values_mut() {
        rows.sort_unstable();
    }
    found
}

/// The tables, and what reads them all in one statement. It is put together once: every database of the tests has the
/// same shape, and the walk over all forms looks at it some thousand times.
fn reading(conn: &mut Conn, but: &[&str]) -> (Vec<String>, String) {
    type Known = BTreeMap<(bool, String), (Vec<String>, String)>;
    static KNOWN: Mutex<Known> = Mutex::new(BTreeMap::new());
    let key = (matches!(conn, Conn::Sqlite(_)), but.join(" "));
    if let Some(known) = KNOWN.lock().unwrap().get(&key) {
        return known.clone();
    }
    let tables = tables(conn);
    let parts: Vec<String> = tables.iter().map(|table| part(conn, table, but)).collect();
    let read = (tables, parts.join(" UNION ALL "));
    KNOWN.lock().unwrap().insert(key, read.clone());
    read
}

/// What reads one table.
fn part(conn: &mut Conn, table: &str, but: &[&str]) -> String {
    match conn {
        Conn::Sqlite(_) => {
            let columns = lines(
                conn,
                &format!("SELECT name AS line FROM pragma_table_info('{table}')"),
            );
            let kept = columns
                .iter()
                .filter(|column| !but.contains(&format!("{table}.{column}").as_str()));
            let quoted: Vec<String> = kept
                .map(|column| format!("'{column}=' || quote({column})"))
                .collect();
            let line = quoted.join(" || ' ' || ");
            format!("SELECT '{table}' AS name, {line} AS line FROM {table}")
        }
        Conn::Postgres(_) => {
            let dropped = but
                .iter()
                .filter_map(|name| name.strip_prefix(&format!("{table}.")));
            let minus: String = dropped.map(|column| format!(" - '{column}'")).collect();
            format!("SELECT '{table}' AS name, (to_jsonb(t){minus})::text AS line FROM {table} t")
        }
    }
}
