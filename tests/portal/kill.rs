//! What was answered is there: `SIGKILL` in the middle of adding people, again and again.

use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::process::{Client, Portal, command, free_port};
use diesel::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tenantry::db::schema::{audit_events, grants, memberships, outbox, users};
use tenantry::db::types::UserId;

const KILLS: u64 = 20;
const CLIENTS: usize = 4;

/// Fields of the second page for a new person, from the page itself.
fn fields(client: &mut Client, n: usize) -> Option<Vec<(String, String)>> {
    let email = format!("person{n}@acme.example");
    let first = [
        ("first_name", "Pat"),
        ("last_name", "Person"),
        ("email", &email),
    ];
    let answer = client.try_post("/accounts/acme/user-management/new", &first)?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let page = Page::parse(&answer.body);
    let mut form = page.form("Submit");
    let place = form
        .offered
        .iter()
        .find(|choice| choice.name == "place" && choice.value.starts_with("account_"))?
        .value
        .clone();
    form = form
        .fill("place", &place)
        .tick("role", "viewer")
        .tick("role", "billing");
    Some(form.fields.clone())
}

#[test]
fn everybody_who_was_answered_added_is_there_once_after_twenty_kills() {
    let database = Database::empty();
    let folder = tempfile::tempdir().unwrap();
    let url = database.url().to_owned();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("TENANTRY_BCRYPT_COST", "10"),
    ];
    let mut portal = Portal::start(folder.path(), free_port(), &settings);
    let mut olga = Client::new(portal.port());
    olga.claim(&portal);

    let next = AtomicUsize::new(0);
    let answered = Mutex::new(Vec::new());
    for kill in 0..KILLS {
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    let mut client = olga.clone();
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        let Some(fields) = fields(&mut client, n) else {
                            return;
                        };
                        let fields: Vec<(&str, &str)> = fields
                            .iter()
                            .map(|(name, value)| (name.as_str(), value.as_str()))
                            .collect();
                        let Some(answer) =
                            client.try_post("/accounts/acme/user-management/new/roles", &fields)
                        else {
                            return;
                        };
                        assert_eq!(answer.status, 303, "{}", answer.body);
                        answered.lock().unwrap().push(n);
                    }
                });
            }
            // After somebody was answered, at a different moment each time; the clients stop when nobody answers.
            let before = answered.lock().unwrap().len();
            let deadline = Instant::now() + Duration::from_secs(20);
            while answered.lock().unwrap().len() == before && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(2));
            }
            std::thread::sleep(Duration::from_millis(7 * kill % 50));
            portal.kill();
        });
        portal = Portal::start(folder.path(), free_port(), &settings);
        olga = olga.at(portal.port());
    }
    assert!(portal.terminate().success());

    let answered = answered.into_inner().unwrap();
    assert!(
        answered.len() >= 20,
        "only {} were added: the test shows nothing",
        answered.len()
    );
    let mut conn = open(&url);
    for n in &answered {
        once(&mut conn, &format!("person{n}@acme.example"));
    }
    let verified = command(folder.path(), &settings)
        .args(["audit", "verify"])
        .output()
        .unwrap();
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
}

/// The form of the page with all that it carries, as it would be sent.
fn form_of(body: &str, button: &str) -> Vec<(String, String)> {
    Page::parse(body).form(button).fields
}

fn as_pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = fields.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[test]
fn an_import_goes_on_where_it_was_killed_and_brings_everybody_in_once() {
    const ROWS: usize = 160;
    const DEATHS: usize = 3;
    const IMPORT: &str = "/accounts/acme/user-management/import";
    let database = Database::empty();
    let folder = tempfile::tempdir().unwrap();
    let url = database.url().to_owned();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("TENANTRY_BCRYPT_COST", "10"),
    ];
    let mut portal = Portal::start(folder.path(), free_port(), &settings);
    let mut olga = Client::new(portal.port());
    olga.claim(&portal);
    let first = olga.get(IMPORT);
    let form = Page::parse(&first.body).form("Check the rows");
    let mut offered = form.offered.iter();
    let place = offered.find(|choice| choice.value.starts_with("account_"));
    let place = place.unwrap().value.clone();
    let mut rows = String::from("first_name,last_name,email\n");
    for n in 0..ROWS {
        rows.push_str(&format!("Pat,Person,person{n}@acme.example\n"));
    }
    let sent = [
        ("rows", rows.as_str()),
        ("place", place.as_str()),
        ("role", "viewer"),
        ("role", "billing"),
    ];
    let preview = olga.post(IMPORT, &sent);
    let fields = form_of(&preview.body, "Continue");
    let check = olga.post(&format!("{IMPORT}/check"), &as_pairs(&fields));
    let fields = form_of(&check.body, &format!("Send {ROWS} invitations"));
    let ordered = olga.post(&format!("{IMPORT}/submit"), &as_pairs(&fields));
    assert_eq!(ordered.status, 303, "{}", ordered.body);
    let page = ordered.location;

    let deadline = Instant::now() + Duration::from_secs(240);
    let mut deaths = 0;
    let mut seen = 0;
    loop {
        let now = olga.get(&page);
        let page = Page::parse(&now.body);
        if page.h1() == "Import finished" {
            break;
        }
        assert!(Instant::now() < deadline, "{}", page.words());
        let done: usize = page
            .attribute("progress", "value")
            .unwrap()
            .parse()
            .unwrap();
        // In the middle of it, and again when something was done since.
        if deaths < DEATHS && done > seen {
            (seen, deaths) = (done, deaths + 1);
            portal.kill();
            portal = Portal::start(folder.path(), free_port(), &settings);
            olga = olga.at(portal.port());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(deaths > 0, "it was never killed: the test shows nothing");
    assert!(portal.terminate().success());
    let mut conn = open(&url);
    for n in 0..ROWS {
        once(&mut conn, &format!("person{n}@acme.example"));
    }
}

fn open(url: &str) -> tenantry::db::Conn {
    use tenantry::config::Database as Where;
    let database = match url.strip_prefix("sqlite:") {
        Some(path) => Where::Sqlite(path.trim_start_matches("//").into()),
        None => Where::Postgres(url.to_owned()),
    };
    tenantry::db::connect::open(&database, tenantry::db::connect::Use::Read).unwrap()
}

/// The person, with one membership, two grants, one mail and one event of each kind.
fn once(conn: &mut tenantry::db::Conn, email: &str) {
    let found: Vec<UserId> = users::table
        .filter(users::email_key.eq(email))
        .select(users::id)
        .load(conn)
        .unwrap();
    let [user] = found[..] else {
        panic!("{email} is there {} times", found.len())
    };
    let count = |rows: QueryResult<i64>| rows.unwrap();
    assert_eq!(
        count(
            memberships::table
                .filter(memberships::user_id.eq(user))
                .count()
                .get_result(conn)
        ),
        1,
        "{email}"
    );
    assert_eq!(
        count(
            grants::table
                .filter(grants::user_id.eq(user))
                .count()
                .get_result(conn)
        ),
        2,
        "{email}"
    );
    assert_eq!(
        count(
            outbox::table
                .filter(outbox::recipient.eq(email))
                .count()
                .get_result(conn)
        ),
        1,
        "{email}"
    );
    for (action, times) in [("user.invited", 1), ("role.granted", 2)] {
        let told = audit_events::table
            .filter(audit_events::target_id.eq(user))
            .filter(audit_events::action.eq(action));
        assert_eq!(
            count(told.count().get_result(conn)),
            times,
            "{action} of {email}"
        );
    }
}
