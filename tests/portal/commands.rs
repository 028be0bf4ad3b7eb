//! The binary as an operator meets it: what it refuses, what it prints, how it ends.

use crate::support::database::Database;
use crate::support::process::{Client, Portal, command, free_port};
use std::path::Path;
use std::process::Output;

fn run(data: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(data, settings).args(arguments).output().unwrap()
}

/// Exit code 2, and a line on standard error that names the trouble.
fn refuses(data: &Path, settings: &[(&str, &str)], words: &str) {
    let output = run(data, settings, &["serve"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{settings:?}: {said}");
    assert!(said.contains(words), "{settings:?} said: {said}");
    assert!(
        said.lines().all(|line| line.starts_with("tenantry: ")),
        "{said}"
    );
}

#[test]
fn a_wrong_setting_is_refused_with_a_line_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (name, value, words) in [
        ("TENANTRY_LISTN", "127.0.0.1:1", "TENANTRY_LISTN"),
        ("TENANTRY_PUBLIC_URL", "not a url", "TENANTRY_PUBLIC_URL"),
        (
            "TENANTRY_PUBLIC_URL",
            "http://portal.example.com",
            "TENANTRY_PUBLIC_URL",
        ),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL"),
        ("SMTP_URL", "http://localhost", "SMTP_URL"),
        ("TENANTRY_BCRYPT_COST", "3", "TENANTRY_BCRYPT_COST"),
        ("TENANTRY_WELCOME_LINK", "a while", "TENANTRY_WELCOME_LINK"),
    ] {
        refuses(&data, &[(name, value)], words);
        assert!(!data.exists(), "{name}={value} made the data folder");
    }
}

#[test]
fn a_file_of_places_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("places.mmdb");
    std::fs::write(&file, "town,country").unwrap();
    let file = file.to_str().unwrap();
    let settings = [("TENANTRY_GEOIP_FILE", file)];
    refuses(folder.path(), &settings, "is no MaxMind DB file");
    let checked = run(folder.path(), &settings, &["check-config"]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert_eq!(checked.status.code(), Some(2), "{said}");
    assert!(said.contains("is no MaxMind DB file"), "{said}");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "a file, not a folder").unwrap();
    refuses(&file, &[], &file.display().to_string());
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "a file, not a folder"
    );
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    use diesel::connection::SimpleConnection;
    let database = Database::empty();
    let folder = tempfile::tempdir().unwrap();
    let settings = [("DATABASE_URL", database.url())];
    assert!(run(folder.path(), &settings, &["migrate"]).status.success());
    let mut conn = open(database.url());
    conn.batch_execute(
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')",
    )
    .unwrap();
    drop(conn);
    refuses(folder.path(), &settings, "newer version");
}

fn open(url: &str) -> tenantry::db::Conn {
    use tenantry::config::Database as Where;
    let database = match url.strip_prefix("sqlite:") {
        Some(path) => Where::Sqlite(path.trim_start_matches("//").into()),
        None => Where::Postgres(url.to_owned()),
    };
    tenantry::db::connect::open(&database, tenantry::db::connect::Use::Write).unwrap()
}

#[test]
fn a_fresh_portal_is_claimed_by_its_link_alone_and_once() {
    let database = Database::empty();
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATABASE_URL", database.url()),
        ("TENANTRY_BCRYPT_COST", "10"),
    ];
    let mut portal = Portal::start(folder.path(), free_port(), &settings);

    let mut stranger = Client::new(portal.port());
    let page = stranger.get("/setup");
    assert!(
        page.status == 200 && page.body.contains("waiting to be set up"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<form"), "a stranger gets no form");
    stranger.get("/setup/not-the-token");
    assert!(stranger.get("/setup").body.contains("waiting to be set up"));
    let fields = [
        ("first_name", "Eve"),
        ("last_name", "Evil"),
        ("email", "eve@x.example"),
        ("country", "DE"),
    ];
    assert!(
        stranger
            .post("/setup", &fields)
            .body
            .contains("waiting to be set up")
    );

    let mut olga = Client::new(portal.port());
    olga.claim(&portal);
    assert_eq!(olga.get("/setup").status, 404);
    assert_eq!(stranger.get("/setup").status, 404);
    let again = run(folder.path(), &settings, &["setup-link"]);
    assert!(
        !again.status.success()
            && String::from_utf8_lossy(&again.stderr).contains("set up already")
    );
    assert!(portal.terminate().success(), "SIGTERM ends it cleanly");
}

#[test]
fn of_two_claims_at_once_one_wins() {
    let database = Database::empty();
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATABASE_URL", database.url()),
        ("TENANTRY_BCRYPT_COST", "10"),
    ];
    let portal = Portal::start(folder.path(), free_port(), &settings);
    let won: usize = std::thread::scope(|scope| {
        let claims: Vec<_> = ["one", "two", "three", "four"]
            .into_iter()
            .map(|name| {
                let portal = &portal;
                scope.spawn(move || {
                    let mut client = Client::new(portal.port());
                    client.get(portal.setup_link());
                    let email = format!("{name}@acme.example");
                    let fields = [
                        ("first_name", "Some"),
                        ("last_name", "Body"),
                        ("email", email.as_str()),
                        ("password", "plum violin tractor 42"),
                        ("company_name", "Acme"),
                        ("country", "DE"),
                    ];
                    // Whoever finds the machine busy is asked to try again, and does.
                    let answer = loop {
                        let answer = client.post("/setup", &fields);
                        if answer.status != 503 {
                            break answer;
                        }
                    };
                    assert!(
                        [303, 404].contains(&answer.status),
                        "{}: {}",
                        answer.status,
                        answer.body
                    );
                    usize::from(answer.status == 303)
                })
            })
            .collect();
        claims.into_iter().map(|claim| claim.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
}

#[test]
fn a_second_process_serves_beside_the_first_on_postgresql_and_is_refused_on_sqlite() {
    let database = Database::empty();
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATABASE_URL", database.url()),
        ("TENANTRY_BCRYPT_COST", "10"),
    ];
    let first = Portal::start(folder.path(), free_port(), &settings);
    if !database.is_postgres() {
        refuses(folder.path(), &settings, "PostgreSQL");
        return;
    }
    let second = Portal::start(folder.path(), free_port(), &settings);
    let mut olga = Client::new(first.port());
    // The newest link is the one that works: the second process printed it.
    olga.at(second.port()).claim(&second);
    let sign_in = [
        ("email", "olga@acme.example"),
        ("password", "plum violin tractor 42"),
    ];
    assert_eq!(olga.post("/sign-in", &sign_in).status, 303);
    let mut elsewhere = olga.at(second.port());
    assert_eq!(
        elsewhere.get("/accounts/acme").status,
        200,
        "a session made by one is known to the other"
    );
    assert_eq!(olga.post("/sign-out", &[]).status, 303);
    assert_eq!(
        elsewhere.get("/accounts/acme").status,
        303,
        "and ended by one is ended for the other"
    );

    let other = tempfile::tempdir().unwrap();
    refuses(other.path(), &settings, "another secret");
}

#[test]
fn rule_12_an_operator_ends_a_lock_by_a_command_beside_the_portal_that_serves() {
    use diesel::prelude::*;
    use tenantry::db::schema::audit_events;
    let database = Database::empty();
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATABASE_URL", database.url()),
        ("TENANTRY_BCRYPT_COST", "10"),
    ];
    let portal = Portal::start(folder.path(), free_port(), &settings);
    let mut olga = Client::new(portal.port());
    olga.claim(&portal);
    let email = ("email", "olga@acme.example");
    let mut elsewhere = Client::new(portal.port());
    for _ in 0..10 {
        let wrong = elsewhere.post("/sign-in", &[email, ("password", "not the one")]);
        assert_eq!(wrong.status, 422, "{}", wrong.body);
    }
    let right = [email, ("password", "plum violin tractor 42")];
    assert_eq!(elsewhere.post("/sign-in", &right).status, 422, "locked");

    let unlock = |address: &str| {
        let output = run(folder.path(), &settings, &["unlock", address]);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = unlock("OLGA@acme.example");
    assert!(code == Some(0) && said.contains("has ended"), "{said}");
    assert_eq!(elsewhere.post("/sign-in", &right).status, 303);
    let written: i64 = audit_events::table
        .filter(audit_events::action.eq("user.unlocked"))
        .count()
        .get_result(&mut open(database.url()))
        .unwrap();
    assert_eq!(written, 1);
    let (code, said) = unlock("olga@acme.example");
    assert!(code == Some(0) && said.contains("is not locked"), "{said}");
    let (code, said) = unlock("nobody@acme.example");
    assert!(
        code == Some(1) && said.contains("Nobody signs in"),
        "{said}"
    );
    let (code, said) = unlock("nobody");
    assert!(code == Some(2) && said.contains("correct format"), "{said}");
}

#[test]
fn an_operator_moves_the_home_of_a_login_by_a_command_or_is_told_why_not() {
    let database = Database::empty();
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATABASE_URL", database.url()),
        ("TENANTRY_BCRYPT_COST", "10"),
    ];
    let portal = Portal::start(folder.path(), free_port(), &settings);
    Client::new(portal.port()).claim(&portal);
    for (address, account, code, words) in [
        (
            "olga@acme.example",
            "acme",
            1,
            "acme is the home of olga@acme.example already",
        ),
        (
            "OLGA@acme.example",
            "nowhere",
            1,
            "There is no account nowhere.",
        ),
        (
            "nobody@acme.example",
            "acme",
            1,
            "Nobody signs in with nobody@acme.example.",
        ),
        ("nobody", "acme", 2, "correct format"),
    ] {
        let output = run(folder.path(), &settings, &["move-home", address, account]);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn check_config_says_where_each_setting_comes_from_and_hides_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        (
            "DATABASE_URL",
            "postgres://portal:hunter2@db.internal/portal",
        ),
        ("TENANTRY_WORKERS", "3"),
    ];
    let output = run(folder.path(), &settings, &["check-config"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("TENANTRY_WORKERS") && said.contains("environment"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
}
