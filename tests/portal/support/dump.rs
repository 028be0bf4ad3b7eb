//! The whole database as text, to see whether something changed; and its shape, as each database tells it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
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

/// Between two rows of a table, where its rows come as one text: nobody types it.
const NEXT: char = '\u{1e}';

/// A table and all of its rows.
#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    rows: String,
}

/// Every row of every table, by table, in an order of its own; without the columns named `table.column`.
///
/// The database puts the rows of a table together: it does that in a fraction of the time that rows take to come here
/// one by one, and the walks ask some thousand times.
pub fn rows(conn: &mut Conn, but: &[&str]) -> BTreeMap<String, Vec<String>> {
    let query = diesel::sql_query(reading(conn, but));
    let tables: QueryResult<Vec<Table>> = match conn {
        Conn::Sqlite(conn) => query.load(conn),
        Conn::Postgres(conn) => query.load(conn),
    };
    let rows = |text: &str| -> Vec<String> {
        // No row is empty: it names its columns.
        let rows = text.split(NEXT).filter(|row| !row.is_empty());
        rows.map(str::to_owned).collect()
    };
    let tables = tables.unwrap().into_iter();
    tables
        .map(|table| (table.name, rows(&table.rows)))
        .collect()
}

/// A number that is another one whenever somebody else wrote to the database, and perhaps otherwise; what this very
/// connection writes does not count on SQLite.
pub fn mark(conn: &mut Conn) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Mark {
        #[diesel(sql_type = BigInt)]
        mark: i64,
    }
    let of_sqlite = "SELECT data_version AS mark FROM pragma_data_version";
    let of_postgres = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS mark";
    let mark: Mark = match conn {
        Conn::Sqlite(conn) => diesel::sql_query(of_sqlite).get_result(conn)?,
        Conn::Postgres(conn) => diesel::sql_query(of_postgres).get_result(conn)?,
    };
    Ok(mark.mark)
}

/// What reads all tables in one statement. It is put together once: every database of the tests has the same shape.
fn reading(conn: &mut Conn, but: &[&str]) -> String {
    static KNOWN: Mutex<BTreeMap<(bool, String), String>> = Mutex::new(BTreeMap::new());
    let key = (matches!(conn, Conn::Sqlite(_)), but.join(" "));
    if let Some(known) = KNOWN.lock().unwrap().get(&key) {
        return known.clone();
    }
    let tables = tables(conn);
    let parts: Vec<String> = tables.iter().map(|table| part(conn, table, but)).collect();
    let read = parts.join(" UNION ALL ");
    KNOWN.lock().unwrap().insert(key, read.clone());
    read
}

/// What reads one table.
fn part(conn: &mut Conn, table: &str, but: &[&str]) -> String {
    let next = u32::from(NEXT);
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
            format!(
                "SELECT '{table}' AS name, coalesce(group_concat(line, char({next})), '') AS rows
                 FROM (SELECT {line} AS line FROM {table} ORDER BY 1)"
            )
        }
        Conn::Postgres(_) => {
            let dropped = but
                .iter()
                .filter_map(|name| name.strip_prefix(&format!("{table}.")));
            let minus: String = dropped.map(|column| format!(" - '{column}'")).collect();
            format!(
                "SELECT '{table}' AS name, coalesce(string_agg(line, chr({next}) ORDER BY line COLLATE \"C\"), '') AS rows
                 FROM (SELECT (to_jsonb(t){minus})::text AS line FROM {table} t) AS lines"
            )
        }
    }
}
