#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::db::schema::{grants, memberships, organizations, projects, users};
use crate::db::write_in;
use crate::web::field::email;

fn plan(accounts: u64, organizations: u64, users: u64) -> Plan {
    Plan::new(Sizes {
        accounts,
        organizations,
        users,
    })
    .unwrap()
}

fn seeding(plan: Plan) -> Seeding {
    Seeding {
        plan,
        hash: "v1$".into(),
        fingerprint: vec![7; 32],
    }
}

#[test]
fn names_and_addresses_are_those_of_the_comparison() {
    let plan = plan(200, 1000, 10_000);
    let first = plan.person(319);
    assert_eq!((first.first, first.last), ("Ada", "Baker"));
    assert_eq!(plan.person(86).email, "ada.yilmaz.86@example.test");
    let irish = (1..500)
        .map(|u| plan.person(u))
        .find(|p| p.last == "O'Brien");
    assert!(irish.unwrap().email.contains(".obrien."));
    for u in [1, 87, 319, 9_999] {
        let shown = plan.person(u).email;
        let checked = email(&shown).unwrap();
        assert_eq!((checked.shown, checked.key), (shown.clone(), shown));
    }
}

#[test]
fn chunks_cover_everything_once() {
    let all: Vec<u64> = Chunks::of(2 * CHUNK + 1).flat_map(|(a, b)| a..b).collect();
    assert_eq!(all, (1..=2 * CHUNK + 1).collect::<Vec<_>>());
    assert_eq!(Chunks::of(0).count(), 0);
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    for (accounts, organizations, users) in [(0, 1, 10), (2, 1, 10), (1, 1, 9)] {
        let sizes = Sizes {
            accounts,
            organizations,
            users,
        };
        assert!(Plan::new(sizes).is_err());
    }
}

/// Every reference holds, every id is of its own, and the same numbers give the same rows.
#[test]
fn a_filled_database_is_whole_and_repeatable() {
    for (accounts, organizations, users) in [(20, 100, 1500), (1, 7, 600), (3, 3, 300)] {
        let folder = tempfile::tempdir().unwrap();
        let fill = |name: &str| {
            let path = folder.path().join(name);
            let seeding = seeding(plan(accounts, organizations, users));
            let database = Database::Sqlite(path.clone());
            let bar = ProgressBar::hidden();
            target::fill(&database, |conn| seeding.store(conn, &bar)).unwrap();
            database
        };
        let database = fill("one.db");
        let mut conn = connect::open(&database, Use::Write).unwrap();
        let Conn::Sqlite(inner) = &mut conn else {
            panic!("not SQLite")
        };
        let broken = diesel::sql_query("PRAGMA foreign_key_check")
            .execute(inner)
            .unwrap();
        assert_eq!(broken, 0);
        let count = |conn: &mut Conn| -> (i64, i64, i64) {
            (
                users::table.count().get_result(conn).unwrap(),
                organizations::table.count().get_result(conn).unwrap(),
                projects::table.count().get_result(conn).unwrap(),
            )
        };
        let (people, places, docks) = count(&mut conn);
        assert_eq!(u64::try_from(people), Ok(users));
        assert_eq!(u64::try_from(places), Ok(organizations));
        assert_eq!(docks, 2 * places);
        // Nobody belongs without a role, and every account has one Owner.
        let (joined, held): (i64, i64) = (
            memberships::table.count().get_result(&mut conn).unwrap(),
            grants::table.count().get_result(&mut conn).unwrap(),
        );
        assert_eq!(joined, held);
        let owners: i64 = grants::table
            .filter(grants::role.eq("owner"))
            .count()
            .get_result(&mut conn)
            .unwrap();
        assert_eq!(u64::try_from(owners), Ok(accounts));
        // What is kept of the grants came with them.
        let differences = crate::members::rebuilding::differences(&mut conn);
        assert_eq!(differences.unwrap(), 0);
        let second = fill("two.db");
        let mut other = connect::open(&second, Use::Read).unwrap();
        let all = |conn: &mut Conn| -> Vec<(crate::db::types::UserId, String)> {
            memberships::table
                .order((memberships::account_id, memberships::sort_key))
                .select((memberships::user_id, memberships::sort_key))
                .load(conn)
                .unwrap()
        };
        assert_eq!(all(&mut conn), all(&mut other));
    }
}

/// The indexes that were taken away for speed are back, and the file is as `serve` opens it.
#[test]
fn the_schema_is_the_one_that_was_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let schema = |path: std::path::PathBuf| -> Vec<String> {
        let mut conn = connect::open(&Database::Sqlite(path), Use::Read).unwrap();
        let Conn::Sqlite(inner) = &mut conn else {
            panic!("not SQLite")
        };
        diesel::dsl::sql::<diesel::sql_types::Text>(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_stat%' ORDER BY name",
        )
        .load(inner)
        .unwrap()
    };
    let plain = folder.path().join("plain.db");
    crate::db::migrate::run(&Database::Sqlite(plain.clone())).unwrap();
    let filled = folder.path().join("filled.db");
    let seeding = seeding(plan(2, 4, 40));
    target::fill(&Database::Sqlite(filled.clone()), |conn| {
        seeding.store(conn, &ProgressBar::hidden())
    })
    .unwrap();
    assert_eq!(schema(plain), schema(filled.clone()));
    assert!(refuse_filled(&Database::Sqlite(filled)).is_err());
}

#[test]
fn what_breaks_off_leaves_the_database_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenantry.db");
    let database = Database::Sqlite(path);
    crate::db::migrate::run(&database).unwrap();
    let seeding = seeding(plan(2, 4, 40));
    let broken = target::fill(&database, |conn| {
        seeding.store(conn, &ProgressBar::hidden())?;
        Err(crate::error::Error::NotFound)
    });
    assert!(broken.is_err());
    assert!(refuse_filled(&database).is_ok());
    let mut conn = connect::open(&database, Use::Write).unwrap();
    write_in(&mut conn, |conn| {
        seeding.store(conn, &ProgressBar::hidden())
    })
    .unwrap();
    assert_eq!(
        std::fs::read_dir(folder.path())
            .unwrap()
            .filter(|e| {
                e.as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .contains("filling")
            })
            .count(),
        0
    );
}
