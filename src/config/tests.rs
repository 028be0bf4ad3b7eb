#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use std::fs;

/// The settings of an empty data folder with these variables.
fn read(variables: &[(&str, &str)]) -> (tempfile::TempDir, Result<Config, Problems>) {
    let folder = tempfile::tempdir().unwrap();
    let read = Config::from(all(folder.path(), variables));
    (folder, read)
}

fn all(folder: &Path, variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    let folder = folder.display().to_string();
    let data_dir = [("TENANTRY_DATA_DIR", folder.as_str())];
    let pairs = data_dir.iter().chain(variables);
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn good(variables: &[(&str, &str)]) -> Config {
    read(variables)
        .1
        .unwrap_or_else(|problems| panic!("{variables:?}: {problems}"))
}

fn lines(variables: &[(&str, &str)]) -> Vec<String> {
    match read(variables).1 {
        Ok(_) => panic!("{variables:?} was taken"),
        Err(problems) => problems.lines().to_vec(),
    }
}

fn with_file(text: &str, variables: &[(&str, &str)]) -> Result<Config, Problems> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tenantry.toml"), text).unwrap();
    Config::from(all(folder.path(), variables))
}

#[test]
fn the_defaults_hold_and_every_setting_is_read_once_in_order() {
    let (folder, config) = read(&[]);
    let config = config.unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.public_url.origin(), "http://localhost:8080");
    assert_eq!(
        config.database,
        Database::Sqlite(folder.path().join("tenantry.db"))
    );
    assert_eq!(
        config.mail.transport,
        Transport::Directory(folder.path().join("mail"))
    );
    assert_eq!(
        config.mail.from.to_string(),
        "Tenantry <no-reply@localhost>"
    );
    assert_eq!(config.secret_file, folder.path().join("secret.key"));
    assert_eq!(
        (config.portal_name.as_str(), config.support.as_deref()),
        ("Tenantry", None)
    );
    let hours = |number: u64| std::time::Duration::from_secs(number * 3600);
    let limits = &config.limits;
    assert_eq!((limits.password_min_length, limits.bcrypt_cost), (12, 12));
    assert_eq!((limits.lock_after, limits.address_failures), (10, 60));
    assert_eq!(
        (limits.welcome_link, limits.reset_link),
        (hours(48), hours(1))
    );
    assert_eq!(
        (limits.session_idle, limits.session_length),
        (hours(8), hours(24))
    );
    assert_eq!((limits.mails_per_address, limits.mails_per_client), (3, 10));
    assert_eq!(limits.form_bytes, 256 * 1024);
    let names: Vec<_> = config.in_force().iter().map(|row| row.name).collect();
    assert_eq!(names, SETTINGS.map(|setting| setting.name));
    let defaults = config
        .in_force()
        .iter()
        .filter(|row| row.source == Source::Default);
    assert_eq!(
        defaults.count(),
        SETTINGS.len() - 1,
        "all but the data folder of the test"
    );
}

#[test]
fn nothing_is_made_before_it_is_asked_for() {
    let (folder, _) = read(&[]);
    let inner = folder.path().join("a/b");
    let config = Config::from(all(&inner, &[])).unwrap();
    assert!(!folder.path().join("a").exists());
    config.make_data_dir().unwrap();
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 0);
    config.make_data_dir().unwrap();
}

#[test]
fn a_data_folder_that_cannot_be_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let problems = Config::from(all(&path, &[])).unwrap_err();
        let shown = problems.to_string();
        assert!(
            shown.starts_with("TENANTRY_DATA_DIR cannot be used: "),
            "{shown}"
        );
        assert!(
            shown.contains("is not a folder") && problems.lines().len() == 1,
            "{shown}"
        );
    }
    let config = Config::from(all(Path::new("/proc/tenantry"), &[]));
    let refused = config.and_then(|config| config.make_data_dir());
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .starts_with("TENANTRY_DATA_DIR cannot be made")
    );
}

/// Setting, value, and how the line about it goes on after the setting's name.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "TENANTRY_LISTEN",
        "localhost",
        "must be an address and a port such as 127.0.0.1:8080",
    ),
    (
        "TENANTRY_PUBLIC_URL",
        "portal.example.com",
        "must be a bare address such as",
    ),
    (
        "TENANTRY_PUBLIC_URL",
        "https://portal.example.com/portal",
        "must be a bare address",
    ),
    (
        "TENANTRY_PUBLIC_URL",
        "ftp://localhost",
        "must be a bare address",
    ),
    (
        "TENANTRY_PUBLIC_URL",
        "http://portal.example.com",
        "must start with https://",
    ),
    (
        "TENANTRY_PUBLIC_URL",
        "http://localhost.example.com",
        "must start with https://",
    ),
    (
        "TENANTRY_PUBLIC_URL",
        "http://10.0.0.1",
        "must start with https://",
    ),
    (
        "DATABASE_URL",
        "mysql://host/name",
        "must start with postgres://, postgresql:// or sqlite:",
    ),
    ("DATABASE_URL", "tenantry.db", "must start with postgres://"),
    ("DATABASE_URL", "sqlite::memory:", "must name a plain file"),
    (
        "DATABASE_URL",
        "sqlite:/nowhere/at/all.db",
        "must name a file in a folder that exists",
    ),
    (
        "DATABASE_URL",
        "postgres://host/a\nb",
        "must not hold control characters",
    ),
    ("SMTP_URL", "mail.example.com:25", "must look like smtp://"),
    (
        "SMTP_URL",
        "http://mail.example.com",
        "must look like smtp://",
    ),
    ("SMTP_URL", "smtp://", "must look like smtp://"),
    (
        "SMTP_URL",
        "smtp://host?tls=maybe",
        "must have no option but ?tls=required",
    ),
    (
        "SMTP_URL",
        "smtp://host?tls=required&tls=opportunistic",
        "must have no option but",
    ),
    (
        "SMTP_URL",
        "smtps://host?tls=required",
        "must have no options with smtps://",
    ),
    ("SMTP_URL", "smtp://host/path", "must end after the port"),
    ("TENANTRY_MAIL_FROM", "nobody", "must be an address such as"),
    (
        "TENANTRY_MAIL_FROM",
        "A <a@b.c>\r\nBcc: <d@e.f>",
        "must be an address such as",
    ),
    ("TENANTRY_SECRET_FILE", "/", "must name a file"),
    (
        "TENANTRY_CATALOGUE",
        "/nowhere/catalogue.toml",
        "cannot be read: No such file",
    ),
    ("TENANTRY_CATALOGUE", "/", "must name a file"),
    ("TENANTRY_GEOIP_FILE", "/", "must name a file"),
    (
        "TENANTRY_TRUSTED_PROXIES",
        "10.0.0.1, proxy",
        "must be addresses such as 10.0.0.5",
    ),
    (
        "TENANTRY_WORKERS",
        "0",
        "must be a whole number from 1 to 256",
    ),
    (
        "TENANTRY_PORTAL_NAME",
        "two\nlines",
        "must be one line of at most 60 characters",
    ),
    (
        "TENANTRY_SUPPORT",
        "\u{7}",
        "must be one line of at most 200 characters",
    ),
    ("TENANTRY_LOG", "loudly=please=now", "must be a level"),
    (
        "TENANTRY_BCRYPT_COST",
        "4",
        "must be a whole number from 10 to 16",
    ),
    ("TENANTRY_BCRYPT_COST", "12.5", "must be a whole number"),
    ("TENANTRY_BCRYPT_COST", "-12", "must be a whole number"),
    (
        "TENANTRY_RESET_LINK",
        "2h",
        "must be a length of time from 5m to 1h, such as 30s, 15m",
    ),
    ("TENANTRY_RESET_LINK", "3600", "must be a length of time"),
    (
        "TENANTRY_RESET_LINK",
        "99999999999999999999d",
        "must be a length of time",
    ),
    (
        "TENANTRY_SESSION_IDLE",
        "0s",
        "must be a length of time from 5m to 24h",
    ),
    ("TENANTRY_SESSION_IDLE", "+8h", "must be a length of time"),
    (
        "TENANTRY_SUPPORT",
        "",
        "is empty; give it a value or leave it out",
    ),
    (
        "DATABASE_URL",
        " ",
        "is empty; give it a value or leave it out",
    ),
];

#[test]
fn each_wrong_value_gets_one_line_that_says_what_to_do() {
    for (name, value, part) in WRONG {
        let lines = lines(&[(*name, *value)]);
        assert_eq!(lines.len(), 1, "{name}={value}: {lines:?}");
        let line = lines.concat();
        assert!(
            line.starts_with(&format!("{name} {part}")),
            "{name}={value}: {line}"
        );
        assert!(!line.contains('\n') && line.ends_with('.'), "{line}");
    }
}

#[test]
fn every_bound_is_kept_to_the_step() {
    for setting in SETTINGS {
        let taken = |value: String| read(&[(setting.name, &value)]).1.is_ok();
        match setting.form {
            Form::Text => {}
            Form::Number(least, most) => {
                assert!(
                    taken(least.to_string()) && taken(most.to_string()),
                    "{}",
                    setting.name
                );
                assert!(!taken((least - 1).to_string()) && !taken((most + 1).to_string()));
            }
            Form::Time(least, most) => {
                // The session's two lengths must also fit each other.
                let taken = |value: String| {
                    let wide = ("TENANTRY_SESSION_LENGTH", "30d");
                    let short = ("TENANTRY_SESSION_IDLE", "5m");
                    read(&[wide, short, (setting.name, &value)]).1.is_ok()
                };
                let second = std::time::Duration::from_secs(1);
                assert!(
                    taken(time_text(least)) && taken(time_text(most)),
                    "{}",
                    setting.name
                );
                assert!(!taken(time_text(least - second)) && !taken(time_text(most + second)));
            }
        }
    }
}

#[test]
fn all_problems_come_at_once_and_unknown_names_are_among_them() {
    let lines = lines(&[
        ("TENANTRY_COLOUR", "red"),
        ("TENANTRY_LISTEN", "x"),
        ("TENANTRY_BCRYPT_COST", "99"),
        ("DATABASE_URL", "redis://x"),
        ("HOME", "/root"),
    ]);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("TENANTRY_COLOUR is not a setting"))
    );
}

#[test]
fn a_session_cannot_idle_longer_than_it_lives() {
    let lines = lines(&[("TENANTRY_SESSION_LENGTH", "1h")]);
    assert_eq!(
        lines,
        ["TENANTRY_SESSION_IDLE must not be longer than TENANTRY_SESSION_LENGTH."]
    );
}

#[test]
fn a_refused_address_is_never_repeated_since_it_may_hold_a_password() {
    for name in ["DATABASE_URL", "SMTP_URL"] {
        let lines = lines(&[(name, "bogus://me:sesame@host")]);
        assert!(!lines.concat().contains("sesame"), "{lines:?}");
    }
    let wrong = with_file("database_url = \"postgres://me:sesame@host\n", &[]).unwrap_err();
    assert!(!wrong.to_string().contains("sesame"), "{wrong}");
}

#[test]
fn the_file_is_read_the_environment_wins_and_each_is_named() {
    let file = "portal_name = \"Warehouse\"\nlock_after = 5\nwelcome_link = \"24h\"\n\
                trusted_proxies = [\"10.0.0.1\", \"::1\"]\n";
    let config = with_file(file, &[("TENANTRY_LOCK_AFTER", "7")]).unwrap();
    assert_eq!(
        (config.portal_name.as_str(), config.limits.lock_after),
        ("Warehouse", 7)
    );
    assert_eq!(config.trusted_proxies.len(), 2);
    let source = |name: &str| {
        let mut rows = config.in_force().iter();
        rows.find(|row| row.name == name)
            .map(|row| row.source)
            .unwrap()
    };
    assert_eq!(source("TENANTRY_PORTAL_NAME"), Source::File);
    assert_eq!(source("TENANTRY_LOCK_AFTER"), Source::Environment);
    assert_eq!(source("TENANTRY_LOG"), Source::Default);
}

#[test]
fn a_file_with_a_fault_is_refused_by_key_or_line() {
    let cases = [
        ("colour = 1", "colour in "),
        ("data_dir = \"/srv\"", "data_dir cannot stand in "),
        ("lock_after = 2", "lock_after in "),
        ("lock_after = true", "lock_after in "),
        ("[limits]\nlock_after = 5", "limits in "),
        ("lock_after = ", ", line 1: "),
        ("lock_after = 5\nlock_after = 5", ", line 2: "),
    ];
    for (text, part) in cases {
        let problems = with_file(text, &[]).unwrap_err();
        assert_eq!(problems.lines().len(), 1, "{text}: {problems}");
        assert!(problems.to_string().contains(part), "{text}: {problems}");
        assert!(
            problems.to_string().contains("tenantry.toml"),
            "{text}: {problems}"
        );
    }
}

#[test]
fn databases_and_mail_servers_are_told_apart() {
    let database = |url: &str| good(&[("DATABASE_URL", url)]).database;
    let postgres = "postgresql://me:pw@one:5432,two:5432/portal?sslmode=require";
    assert_eq!(database(postgres), Database::Postgres(postgres.to_owned()));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.db");
    for form in ["sqlite:", "sqlite://"] {
        let url = format!("{form}{}", file.display());
        assert_eq!(database(&url), Database::Sqlite(file.clone()));
    }
    assert_eq!(database("sqlite:x.db"), Database::Sqlite("x.db".into()));
    for url in [
        "smtp://host",
        "smtp://u:p@host:587?tls=required",
        "smtps://u:p@host",
        "smtp://[::1]:25/",
    ] {
        let smtp = good(&[("SMTP_URL", url)]).mail.transport;
        assert_eq!(smtp, Transport::Smtp(url.to_owned()));
    }
}

#[test]
fn passwords_are_masked_wherever_they_stand() {
    let cases = [
        ("postgres://me:sesame@host/x", "postgres://me:***@host/x"),
        ("postgres://me:se/sa@me@host/x", "postgres://me:***@host/x"),
        ("postgres://host:5432/x", "postgres://host:5432/x"),
        (
            "postgres:///x?user=me&password=sesame",
            "postgres:///x?user=me&password=***",
        ),
        (
            "postgres://me@h/x?sslpassword=s&a=b",
            "postgres://me@h/x?sslpassword=***&a=b",
        ),
        ("smtps://me:p?w@host", "smtps://me:***@host"),
        ("sqlite:/srv/x.db", "sqlite:/srv/x.db"),
    ];
    for (address, shown) in cases {
        assert_eq!(reading::masked(address), shown);
    }
    let config = good(&[
        ("DATABASE_URL", "postgres://me:sesame@host/x"),
        ("SMTP_URL", "smtp://a:sesame@b"),
    ]);
    assert!(!format!("{config:?}").contains("sesame"));
}

#[test]
fn the_public_address_is_an_origin() {
    let url = |text: &str| good(&[("TENANTRY_PUBLIC_URL", text)]).public_url;
    let portal = url("https://Portal.Example.com:443/");
    assert_eq!(portal.origin(), "https://portal.example.com");
    assert!(portal.is_https());
    assert_eq!(portal.join("/me"), "https://portal.example.com/me");
    assert_eq!(portal.host(), "portal.example.com");
    for local in [
        "http://localhost:9",
        "http://127.0.0.1",
        "http://[::1]:8080",
        "http://a.localhost",
    ] {
        assert!(!url(local).is_https());
    }
}

#[test]
fn a_free_port_is_told_afterwards_and_the_public_address_follows_only_if_nobody_set_it() {
    let listen = ("TENANTRY_LISTEN", "127.0.0.1:0");
    let given = "127.0.0.1:4321".parse().unwrap();
    assert_eq!(
        good(&[listen]).listening_on(given).public_url.origin(),
        "http://localhost:4321"
    );
    let fixed = good(&[listen, ("TENANTRY_PUBLIC_URL", "https://p.example")]);
    assert_eq!(
        fixed.listening_on(given).public_url.origin(),
        "https://p.example"
    );
}

#[test]
fn tests_get_the_cheap_hash_and_mail_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::for_tests(folder.path(), &[("TENANTRY_LOCK_AFTER", "3")]).unwrap();
    assert_eq!(
        (config.limits.bcrypt_cost, config.limits.lock_after),
        (4, 3)
    );
    assert_eq!(config.mail.transport, Transport::Memory);
    let smtp = Config::for_tests(folder.path(), &[("SMTP_URL", "smtp://localhost:25")]).unwrap();
    assert!(matches!(smtp.mail.transport, Transport::Smtp(_)));
}

#[test]
fn the_table_for_the_readme_names_every_setting() {
    let table = markdown();
    assert_eq!(table.lines().count(), SETTINGS.len() + 2);
    assert!(
        table.contains("| `TENANTRY_LOCK_LENGTH` | `15m` | 1m to 24h | How long a lock lasts |")
    );
    assert!(
        table.lines().all(|line| line.matches('|').count() == 5),
        "{table}"
    );
}

#[test]
fn lengths_of_time_read_back_what_they_write() {
    for text in ["30s", "90s", "15m", "48h", "7d", "30d"] {
        assert_eq!(time_text(time(text).unwrap()), text);
    }
    for text in ["", "s", "1", "1.5h", "-1h", "1 h", "1w", "1hh", "é", "1é"] {
        assert_eq!(time(text), None, "{text}");
    }
}
