//! The whole database as text, to see whether something changed; and its shape, as each database tells it.

use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::BTreeMap;
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

/// Every row of every table, by table, in an order of its own; without the columns named `table.column`.
pub fn rows(conn: &mut Conn, but: &[&str]) -> BTreeMap<String, Vec<String>> {
    let all = tables(conn);
    let mut found = BTreeMap::new();
    for table in all {
        let query = match conn {
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
                format!(
                    "SELECT {} AS line FROM {table} ORDER BY 1",
                    quoted.join(" || ' ' || ")
                )
            }
            Conn::Postgres(_) => {
                let dropped = but
                    .iter()
                    .filter_map(|name| name.strip_prefix(&format!("{table}.")));
                let minus: String = dropped.map(|column| format!(" - '{column}'")).collect();
                format!("SELECT (to_jsonb(t){minus})::text AS line FROM {table} t ORDER BY 1")
            }
        };
        let rows = lines(conn, &query);
        found.insert(table, rows);
    }
    found
}
