//! The schema: the same from both folders, the one that the code believes in, and safe to go back from.

use crate::support::database::Database;
use crate::support::{cast, dump};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tenantry::db::Conn;
use tenantry::db::schema::memberships;
use tenantry::members::rebuilding;

fn folder(database: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(database)
}

/// A table as the code or a database describes it: key, and columns in order with type and nullability.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    key: Vec<String>,
    columns: Vec<(String, String, bool)>,
}

/// `src/db/schema.rs` read as text: the types are those of diesel.
fn declared() -> BTreeMap<String, Table> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db/schema.rs");
    let text = std::fs::read_to_string(file).unwrap();
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().map(str::trim) {
        if let Some((name, rest)) = line.split_once(" (")
            && let Some(key) = rest.strip_suffix(") {")
            && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            current = name.to_owned();
            let key = key.split(", ").map(str::to_owned).collect();
            tables.insert(
                current.clone(),
                Table {
                    key,
                    columns: Vec::new(),
                },
            );
        } else if let Some((column, kind)) = line.trim_end_matches(',').split_once(" -> ")
            && let Some(table) = tables.get_mut(&current)
            && column.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            let bare = kind
                .strip_prefix("Nullable<")
                .and_then(|kind| kind.strip_suffix('>'));
            let column = (
                column.to_owned(),
                bare.unwrap_or(kind).to_owned(),
                bare.is_some(),
            );
            table.columns.push(column);
        }
    }
    tables
}

/// What each database calls a type of diesel.
fn native(kind: &str, postgres: bool) -> &'static str {
    match (kind, postgres) {
        ("Guid", true) => "uuid",
        ("Guid" | "Binary", false) => "BLOB",
        ("Binary", true) => "bytea",
        ("Instant", true) => "timestamp with time zone",
        ("Instant" | "Text", false) => "TEXT",
        ("Text", true) => "text",
        ("Bool", true) => "boolean",
        ("Bool", false) => "BOOLEAN",
        ("BigInt", true) => "bigint",
        ("BigInt", false) => "BIGINT",
        _ => panic!("say what {kind} is on each database"),
    }
}

/// The live schema, in the database's own words.
fn live(conn: &mut Conn) -> BTreeMap<String, Table> {
    let columns = match conn {
        Conn::Sqlite(_) => {
            "SELECT t.name || '/' || c.name || '/' || c.type || '/' || iif(c.\"notnull\", 'no', 'yes') AS line
             FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid"
        }
        Conn::Postgres(_) => {
            "SELECT table_name || '/' || column_name || '/' || data_type || '/' || lower(is_nullable) AS line
             FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
        }
    };
    let keys = match conn {
        Conn::Sqlite(_) => {
            "SELECT t.name || '/' || c.name AS line
             FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND c.pk > 0 ORDER BY t.name, c.pk"
        }
        Conn::Postgres(_) => {
            "SELECT k.table_name || '/' || k.column_name AS line FROM information_schema.key_column_usage k
             JOIN information_schema.table_constraints c USING (constraint_schema, constraint_name)
             WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = 'public'
             ORDER BY k.table_name, k.ordinal_position"
        }
    };
    let ours = dump::tables(conn);
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for line in dump::lines(conn, columns) {
        let parts: Vec<&str> = line.split('/').collect();
        let column = (parts[1].to_owned(), parts[2].to_owned(), parts[3] == "yes");
        tables
            .entry(parts[0].to_owned())
            .or_default()
            .columns
            .push(column);
    }
    for line in dump::lines(conn, keys) {
        let (table, column) = line.split_once('/').unwrap();
        tables.get_mut(table).unwrap().key.push(column.to_owned());
    }
    tables.retain(|name, _| ours.contains(name));
    tables
}

#[test]
fn the_code_knows_the_schema_as_it_is() {
    let database = Database::fresh(cast::nobody);
    let mut expected = declared();
    assert!(
        expected.len() >= 19 && expected["users"].columns.len() > 10,
        "schema.rs is written as it was"
    );
    for (column, kind, _) in expected.values_mut().flat_map(|table| &mut table.columns) {
        assert!(!column.is_empty());
        *kind = native(kind, database.is_postgres()).to_owned();
    }
    let found = live(&mut cast::open(database.url()));
    let names = |tables: &BTreeMap<String, Table>| tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&expected));
    for (name, table) in &expected {
        assert_eq!(&found[name], table, "{name}: the database is on the left");
    }
}

/// Every index of a migration folder: name, table, columns, and whether it is unique.
fn indexes(database: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder(database)).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path().join("up.sql")).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let made = text.split(';').map(str::trim);
        found.extend(
            made.filter(|statement| {
                statement.starts_with("CREATE") && statement.contains(" INDEX ")
            })
            .map(str::to_owned),
        );
    }
    found
}

#[test]
fn both_databases_have_the_same_indexes() {
    let (sqlite, postgres) = (indexes("sqlite"), indexes("postgres"));
    assert!(sqlite.len() > 20);
    let apart: Vec<&String> = sqlite.symmetric_difference(&postgres).collect();
    assert!(apart.is_empty(), "in one folder only:\n{apart:#?}");
}

#[test]
fn rows_of_an_account_are_found_by_it_and_go_with_it() {
    let database = Database::fresh(cast::nobody);
    let conn = &mut cast::open(database.url());
    let (leading, referring) = match conn {
        Conn::Sqlite(_) => (
            "SELECT DISTINCT t.name AS line FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
             WHERE t.type = 'table' AND NOT i.partial AND c.seqno = 0 AND c.name = 'account_id'",
            "SELECT DISTINCT t.name AS line FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
             WHERE t.type = 'table' AND f.\"table\" = 'accounts' AND f.\"from\" = 'account_id' AND f.\"to\" = 'id'",
        ),
        Conn::Postgres(_) => (
            "SELECT DISTINCT c.relname::text AS line FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
             WHERE i.indpred IS NULL AND a.attname = 'account_id'",
            "SELECT DISTINCT c.relname::text AS line FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[1]
             WHERE f.contype = 'f' AND f.confrelid = 'accounts'::regclass AND a.attname = 'account_id'",
        ),
    };
    let of_accounts: Vec<String> = live(conn)
        .into_iter()
        .filter(|(_, table)| {
            table
                .columns
                .iter()
                .any(|(column, ..)| column == "account_id")
        })
        .map(|(name, _)| name)
        .collect();
    assert!(of_accounts.len() >= 7, "{of_accounts:?}");
    let (leading, referring) = (dump::lines(conn, leading), dump::lines(conn, referring));
    for table in &of_accounts {
        assert!(
            leading.contains(table),
            "{table} has no index that begins with account_id"
        );
        assert!(
            referring.contains(table),
            "{table}.account_id does not refer to accounts"
        );
    }
}

/// By the locale of the database a search by the beginning of a name would find nothing in an index, and an order that was
/// read out of one would not be that of SQLite.
#[test]
fn keys_compare_by_their_bytes_on_postgres_too() {
    // Compared for being the same, and for nothing else.
    const ONLY_EQUAL: [&str; 3] = [
        "sign_ups.email_key",
        "email_changes.old_key",
        "email_changes.new_key",
    ];
    let database = Database::fresh(cast::nobody);
    let conn = &mut cast::open(database.url());
    if !database.is_postgres() {
        return;
    }
    let keys = "SELECT c.relname || '.' || a.attname || ' ' || l.collname AS line
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l ON l.oid = a.attcollation
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname LIKE '%\\_key' ORDER BY 1";
    let keys = dump::lines(conn, keys);
    assert!(keys.len() > 15, "{keys:?}");
    let apart: Vec<&String> = (keys.iter())
        .filter(|line| {
            let (column, collation) = line.split_once(' ').unwrap();
            collation != "C" && !ONLY_EQUAL.contains(&column)
        })
        .collect();
    assert!(apart.is_empty(), "{apart:?}");
}

/// Everything that a migration can make, as text.
fn everything(conn: &mut Conn) -> Vec<String> {
    let queries: &[&str] = match conn {
        Conn::Sqlite(_) => &["SELECT sql AS line FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY 1"],
        Conn::Postgres(_) => &[
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS line
             FROM information_schema.columns WHERE table_schema = 'public' AND NOT starts_with(table_name, '__') ORDER BY 1",
            "SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public' AND NOT starts_with(tablename, '__') ORDER BY 1",
            "SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS line FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace AND NOT starts_with(conrelid::regclass::text, '__') ORDER BY 1",
            "SELECT pg_get_triggerdef(oid) AS line FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
            "SELECT pg_get_functiondef(oid) AS line FROM pg_proc WHERE pronamespace = 'public'::regnamespace
             AND proname NOT LIKE 'diesel%' ORDER BY 1",
            "SELECT relname::text AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('S', 'v', 'm')",
        ],
    };
    queries
        .iter()
        .flat_map(|query| dump::lines(conn, query))
        .collect()
}

#[test]
fn migrations_go_up_down_and_up_again() {
    let database = Database::fresh(cast::nobody);
    let conn = &mut cast::open(database.url());
    let before = everything(conn);
    assert!(before.len() > 30);
    let kind = if database.is_postgres() {
        "postgres"
    } else {
        "sqlite"
    };
    let migrations = || FileBasedMigrations::from_path(folder(kind)).unwrap();
    match conn {
        Conn::Sqlite(conn) => drop(conn.revert_all_migrations(migrations()).unwrap()),
        Conn::Postgres(conn) => drop(conn.revert_all_migrations(migrations()).unwrap()),
    }
    let left = everything(conn);
    assert!(left.is_empty(), "going back leaves {left:#?}");
    let again = tenantry::db::migrate::run(&cast::database(database.url())).unwrap();
    assert!(!again.ran.is_empty());
    assert_eq!(everything(conn), before);
    let idle = tenantry::db::migrate::run(&cast::database(database.url())).unwrap();
    assert!(idle.ran.is_empty(), "{idle:?}");
    assert_eq!(tenantry::db::migrate::is_current(conn), Ok(true));
}

#[test]
fn an_upgrade_keeps_the_roles_of_those_who_are_there() {
    let database = Database::fresh(cast::everybody);
    let conn = &mut cast::open(database.url());
    let (some, many) = ("abel@acme.example", "mona@acme.example");
    cast::Person::of("acme", some, "Abel", "Extra").insert(conn);
    cast::Person::of("acme", many, "Mona", "Extra").insert(conn);
    for role in ["viewer", "billing", "operations", "manager"] {
        for at in [cast::At::Account, cast::At::Dock4, cast::At::Dock9] {
            cast::give(conn, many, role, at);
        }
    }
    cast::give_on(conn, some, "viewer", cast::organization("north"), true);
    rebuilding::rebuild(conn).unwrap();
    let kept = |conn: &mut Conn, email: &str| -> Option<String> {
        let one = memberships::table.filter(memberships::user_id.eq(cast::user(email)));
        one.select(memberships::held).first(conn).unwrap()
    };
    let before = kept(conn, some);
    let reverted = |conn: &mut Conn| {
        let version = match conn {
            Conn::Sqlite(conn) => {
                let files = FileBasedMigrations::from_path(folder("sqlite")).unwrap();
                conn.revert_last_migration(files).unwrap()
            }
            Conn::Postgres(conn) => {
                let files = FileBasedMigrations::from_path(folder("postgres")).unwrap();
                conn.revert_last_migration(files).unwrap()
            }
        };
        version.to_string()
    };
    while reverted(conn) != "20261123000400" {}
    let again = tenantry::db::migrate::run(&cast::database(database.url())).unwrap();
    assert!(!again.ran.is_empty());
    assert!(before.as_deref().unwrap().starts_with("viewer,b"));
    assert_eq!(kept(conn, some), before);
    assert_eq!(kept(conn, many), None);
    assert_eq!(
        kept(conn, "ravi@acme.example").as_deref(),
        Some("user_management,,,")
    );
    assert_eq!(rebuilding::differences(conn).unwrap(), 0);
}

#[test]
fn a_database_from_a_newer_version_is_left_as_it_is() {
    let database = Database::fresh(cast::everybody);
    let conn = &mut cast::open(database.url());
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')";
    match conn {
        Conn::Sqlite(conn) => conn.batch_execute(newer).unwrap(),
        Conn::Postgres(conn) => conn.batch_execute(newer).unwrap(),
    }
    let before = (everything(conn), dump::rows(conn, &[]));
    let refused = tenantry::db::migrate::run(&cast::database(database.url())).unwrap_err();
    assert!(
        refused.contains("newer version") && refused.contains("20991231000000"),
        "{refused}"
    );
    assert_eq!(tenantry::db::migrate::is_current(conn), Ok(false));
    assert_eq!((everything(conn), dump::rows(conn, &[])), before);
}

/// Without it SQLite plans a statement anew at each use with new values, and a page costs two to three times as much.
#[test]
fn sqlite_is_compiled_as_it_should_be() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("any.db").display());
    let conn = &mut cast::open(&url);
    let options = dump::lines(
        conn,
        "SELECT compile_options AS line FROM pragma_compile_options",
    );
    assert!(
        options.iter().any(|option| option == "ENABLE_QPSG"),
        "{options:?}"
    );
    let unused = |option: &String| option.contains("FTS") || option == "ENABLE_LOAD_EXTENSION";
    assert!(!options.iter().any(unused), "{options:?}");
    let version = dump::lines(conn, "SELECT sqlite_version() AS line").concat();
    let parts: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(
        parts >= vec![3, 51, 3],
        "{version}: earlier ones can corrupt a file"
    );
    assert_eq!(tenantry::db::connect::sqlite_version(conn), Ok(version));
}
