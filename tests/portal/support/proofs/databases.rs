//! Each test has a database of its own, and nothing stays behind.

use crate::support::database::Database;
use crate::support::{postgres, sqlite};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::time::Instant;

/// Stands in for the product's migration where only the tool is tried.
fn migrate(url: &str) {
    const TABLE: &str = "CREATE TABLE proof (word TEXT NOT NULL)";
    match url.strip_prefix("sqlite:") {
        Some(file) => SqliteConnection::establish(file)
            .unwrap()
            .batch_execute(TABLE)
            .unwrap(),
        None => PgConnection::establish(url)
            .unwrap()
            .batch_execute(TABLE)
            .unwrap(),
    }
}

fn words(database: &Database) -> i64 {
    diesel::table! { proof (word) { word -> Text, } }
    let count = proof::table.count();
    match database {
        Database::Sqlite(own) => {
            let mut conn = SqliteConnection::establish(own.path().to_str().unwrap()).unwrap();
            diesel::insert_into(proof::table)
                .values(proof::word.eq("one"))
                .execute(&mut conn)
                .unwrap();
            count.get_result(&mut conn).unwrap()
        }
        Database::Postgres(own) => {
            let mut conn = PgConnection::establish(own.url()).unwrap();
            diesel::insert_into(proof::table)
                .values(proof::word.eq("one"))
                .execute(&mut conn)
                .unwrap();
            count.get_result(&mut conn).unwrap()
        }
    }
}

#[test]
fn each_test_has_its_own() {
    let (one, two) = (Database::fresh(migrate), Database::fresh(migrate));
    assert_ne!(one.url(), two.url());
    assert_eq!(
        one.is_postgres(),
        std::env::var("TEST_DATABASE_URL").is_ok()
    );
    assert_eq!((words(&one), words(&one), words(&two)), (1, 2, 1));
}

#[test]
fn a_sqlite_file_goes_with_its_test() {
    let database = sqlite::Database::fresh(migrate);
    let file = database.path();
    assert_eq!(database.url(), format!("sqlite:{}", file.display()));
    assert!(file.exists());
    drop(database);
    assert!(!file.parent().unwrap().exists());
}

#[test]
fn a_postgres_database_goes_with_its_test_even_while_in_use() {
    let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
        return;
    };
    let begun = Instant::now();
    let database = postgres::Database::fresh(&server, migrate);
    let template = begun.elapsed();
    let _still_open = PgConnection::establish(database.url()).unwrap();
    let name = database.name().to_owned();
    assert!(postgres::names(&server).contains(&name));
    drop(database);
    assert!(!postgres::names(&server).contains(&name));
    let begun = Instant::now();
    for _ in 0..10 {
        drop(postgres::Database::fresh(&server, migrate));
    }
    println!(
        "first (template perhaps) {template:?}; clone and drop {:?}",
        begun.elapsed() / 10
    );
}

#[test]
fn what_a_dead_process_left_is_cleared() {
    let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
        return;
    };
    let ours = postgres::Database::fresh(&server, migrate);
    let left = "tenantry_test_999999999_00000000_1";
    let mut conn = PgConnection::establish(&server).unwrap();
    conn.batch_execute(&format!("CREATE DATABASE {left}"))
        .unwrap();
    postgres::clear_leftovers(&server);
    let names = postgres::names(&server);
    assert!(
        !names.contains(&left.to_owned()) && names.contains(&ours.name().to_owned()),
        "{names:?}"
    );
}
