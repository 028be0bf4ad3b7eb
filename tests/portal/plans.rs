//! What pages cost: how many statements, and how SQLite goes about each. A page that costs the same at ten thousand
//! and at a million people has no statement that walks a table or sorts what it found.

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person};
use crate::support::{dump, routes, statements};
use actix_web::http::Method;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tenantry::routes::{Row, Who, table};

/// The most statements that a page of User Management may take; one of them reads the account's own roles.
const MOST: usize = 8;
/// The whole of it: also how many there are of each view, who is shut out and by whom, the projects and their people,
/// and the organizations to filter those by.
const MOST_OF_ALL: usize = 10;
/// Who is invited or shut out: also what is before a page, how many links have expired, or by whom it was.
const MOST_OF_VIEW: usize = 10;
/// The same with filters by place, which it then offers to choose from.
const MOST_WITH_PLACES: usize = 10;
/// The users of one project: its place is looked up too.
const MOST_OF_PROJECT: usize = 8;
/// And the page of one person, with their invitations, sessions, the log, whoever gave each role and where it is changed.
const MOST_FOR_ONE: usize = 17;

/// Owner, manager of everybody, and two who reach only a part: each is served by other statements.
fn readers() -> [String; 4] {
    [
        "olga@acme.example".to_owned(),
        "ravi@acme.example".to_owned(),
        cast::holder("admin", At::North),
        cast::holder("user_management", At::Dock4),
    ]
}

/// The pages behind a sign-in.
fn pages() -> Vec<Row> {
    let signed_in = |row: &Row| row.method == Method::GET && !matches!(row.who, Who::Anybody(_));
    table().into_iter().filter(signed_in).collect()
}

/// Variants of a page that its controls lead to, and that other statements serve.
#[expect(clippy::too_many_lines, reason = "one list, page by page")]
fn variants(path: &str) -> Vec<String> {
    let mut all = vec![path.to_owned()];
    let lists = [
        "/user-management",
        "/organizations",
        "/organizations.csv",
        "/user-management.csv",
        "/users.csv",
        "/projects.csv",
        "/members.csv",
        "/switcher",
        "/north",
        "/members",
        "/members/add",
        "/groups",
        "/groups.csv",
        "/archived",
        "/archived.csv",
        "/deleted",
        "/deleted.csv",
        "/users",
        "/users/new",
        "/devices",
    ];
    if path.ends_with("/requests") || path.ends_with("/requests.csv") {
        let id = cast::request("dana@acme.example").to_string();
        let time = "2026-01-01T00%3A00%3A00.000000Z";
        for status in ["", "&status=all"] {
            for sort in sorted(path, &["-asked", "asked"], time, &id)
                .into_iter()
                .chain(sorted(path, &["person", "-person"], "d", &id))
            {
                all.push(format!("{sort}{status}"));
            }
            all.push(format!("{path}?q=d{status}"));
            all.push(format!("{path}?q=d&after=d&id={id}{status}"));
        }
    }
    if lists.iter().any(|end| path.ends_with(end)) {
        all.push(format!("{path}?q=an"));
        all.push(format!("{path}?status=invited"));
        let user = cast::user("ravi@acme.example");
        all.push(format!("{path}?after=anna+admin&id={user}"));
        let organization = cast::organization("north");
        all.push(format!("{path}?q=o&after=o&id={organization}"));
        all.push(format!("{path}?q=o&before=o&id={organization}&part=1"));
        if path.ends_with("/members") {
            all.push(format!("{path}?below=1"));
            all.push(format!("{path}?below=1&q=an&status=inactive"));
        }
        if path.ends_with("/devices") {
            let id = cast::device("scanner-4");
            all.push(format!("{path}?status=active"));
            all.push(format!("{path}?status=active&model=TC52"));
            all.push(format!("{path}?after=a&id={id}"));
            for sort in ["identifier", "-name"] {
                for way in ["after=s", "before=s"] {
                    all.push(format!("{path}?sort={sort}&{way}&id={id}"));
                }
            }
            all.push(format!("{path}?sort=-last_seen"));
        }
    }
    all.extend(
        questions(path)
            .into_iter()
            .map(|query| format!("{path}?{query}")),
    );
    let is = |list: &str| path.ends_with(list) || path.ends_with(&format!("{list}.csv"));
    if is("/groups") {
        let id = cast::group("Coast").to_string();
        all.extend(sorted(path, &["-name"], "n", &id));
    }
    if is("/acme/organizations") || is("/archived") || is("/deleted") {
        let id = cast::organization("north").to_string();
        all.extend(sorted(path, &["name", "-name", "slug", "-slug"], "n", &id));
    }
    if is("/members") {
        let id = cast::user("ravi@acme.example");
        for narrowed in ["below=1", "status=active", "q=a"] {
            all.push(format!("{path}?{narrowed}&after=b&id={id}"));
            all.push(format!("{path}?{narrowed}&before=z&id={id}"));
        }
    }
    if path.ends_with("/users/add") {
        let otto = cast::user(&cast::holder("operations", At::Dock4));
        all.push(format!("{path}?several=1&copy={otto}"));
    }
    if path.ends_with("/user-management/projects") {
        let id = cast::project("dock-4");
        all.push(format!("{path}?q=do"));
        all.push(format!("{path}?open={id}"));
        for narrowed in ["", "q=do&", "organization=north&"] {
            all.push(format!("{path}?{narrowed}after=b&id={id}"));
            all.push(format!("{path}?{narrowed}before=z&id={id}"));
        }
    }
    if is("/user-management") {
        let id = cast::user("ravi@acme.example").to_string();
        let project = cast::project("dock-4");
        let time = "2026-01-01T00%3A00%3A00.000000Z";
        all.extend(sorted(path, &["-name", "email", "-email"], "n", &id));
        all.extend(sorted(
            path,
            &["joined", "-joined", "seen", "-seen"],
            time,
            &id,
        ));
        all.push(format!("{path}?status=active&sort=-name&before=p&id={id}"));
        for (status, by_time) in [("invited", "ends"), ("inactive", "deactivated")] {
            for way in ["after", "before"] {
                for sign in ["", "-"] {
                    let query = format!("status={status}&sort={sign}{by_time}&{way}={time}");
                    all.push(format!("{path}?{query}&id={id}"));
                    for by_text in ["email", "name"] {
                        let query = format!("status={status}&sort={sign}{by_text}&{way}=n");
                        all.push(format!("{path}?{query}&id={id}"));
                    }
                }
            }
        }
        let expired = "status=invited&link=expired";
        all.push(format!("{path}?{expired}"));
        all.push(format!("{path}?{expired}&after={time}&id={id}"));
        all.push(format!("{path}?{expired}&before={time}&id={id}"));
        all.push(format!("{path}?seen_before=2026-02-01"));
        all.push(format!(
            "{path}?seen_before=2026-02-01&after={time}&id={id}"
        ));
        for filter in [
            "source=direct",
            "source=group",
            "source=below",
            "role=viewer&source=below",
            "role=viewer&source=group",
            "role=viewer",
            "organization=north",
            &format!("project={project}"),
        ] {
            all.push(format!("{path}?{filter}"));
            all.push(format!("{path}?{filter}&after=b&id={id}"));
            all.push(format!("{path}?{filter}&before=z&id={id}"));
        }
    }
    all
}

/// What is asked of the pages that explain access: yes, no, and what a reader of a part cannot say; and of an import.
fn questions(path: &str) -> Vec<String> {
    let (ravi, vera) = ("ravi@acme.example", cast::holder("viewer", At::Dock4));
    let (ravi, vera) = (cast::user(ravi), cast::user(&vera));
    let (dock, north) = (cast::project("dock-4"), cast::organization("north"));
    let row = tenantry::db::types::SubmissionId::nil();
    match path {
        import if import.contains("/user-management/import/import_") => vec![
            "status=failed".into(),
            format!("status=failed&after=7&id={row}"),
            format!("before=7&id={row}"),
        ],
        "/accounts/acme/access" => vec![
            "find=person&q=an&place_q=do".into(),
            format!("person={ravi}&action=users.manage&where={dock}"),
            format!("person={vera}&action=users.manage&where={dock}"),
            format!("person={vera}&action=users.view&where={dock}"),
        ],
        "/accounts/acme/access/who" | "/accounts/acme/access/who.csv" => vec![
            format!("action=users.view&where={dock}"),
            format!("action=users.view&where={dock}&after=b&id={vera}"),
            format!("action=users.view&where={dock}&before=v&id={vera}"),
            "action=role-viewer&where=anywhere".into(),
            format!("action=role-viewer&where=anywhere&before=v&id={vera}"),
            format!("action=role-admin&where={north}"),
        ],
        "/accounts/acme/access/person" => vec![format!("person={ravi}"), format!("person={vera}")],
        "/accounts/acme/access/compare" => {
            vec![format!("person={vera}&other={ravi}&where={north}")]
        }
        "/me/notifications" => vec!["account=acme".into()],
        "/me/access" => vec![format!("account=acme&action=audit.view&where={dock}")],
        _ => Vec::new(),
    }
}

/// A list in each of these orders, behind and before a row with this key.
fn sorted(path: &str, sorts: &[&str], key: &str, id: &str) -> Vec<String> {
    let both = |sort: &&str| {
        ["after", "before"].map(|way| format!("{path}?sort={sort}&{way}={key}&id={id}"))
    };
    sorts.iter().flat_map(both).collect()
}

/// Fills Acme with more of everything that a list could show.
fn crowd(app: &TestApp) {
    app.sql(|conn| {
        for n in 0..70 {
            let (email, last) = (format!("crowd{n:02}@acme.example"), format!("Crowd {n:02}"));
            Person::of("acme", &email, "Cleo", &last).insert(conn);
            cast::give(conn, &email, "viewer", At::Dock4);
            cast::give(conn, &email, "billing", At::Account);
            cast::insert_organization(conn, "acme", &format!("org-{n:02}"), &format!("Org {n:02}"));
            cast::insert_project(
                conn,
                ("acme", "north"),
                &format!("dock-x{n:02}"),
                &format!("Dock X{n:02}"),
            );
            let (identifier, name) = (format!("sn-{n:02}"), format!("Scanner X{n:02}"));
            cast::insert_device(conn, ("acme", "north"), &identifier, &name);
        }
        Ok(())
    });
}

/// Puts four levels above North and one below it, with a group around each: six deep.
pub fn deepen(app: &TestApp) {
    app.sql(|conn| {
        let levels = [
            "level-1", "level-2", "level-3", "level-4", "north", "level-6",
        ];
        for slug in levels.iter().filter(|slug| **slug != "north") {
            cast::insert_organization(conn, "acme", slug, slug);
        }
        for pair in levels.windows(2) {
            cast::put_below(conn, pair[1], pair[0]);
        }
        for slug in levels {
            let group = cast::insert_group(conn, "acme", &format!("Around {slug}"));
            cast::tick(conn, group, cast::organization(slug));
        }
        Ok(())
    });
}

/// What SQLite says of a step that costs more the more rows there are.
fn is_costly(step: &str) -> bool {
    // "found" is one range with its limit, among several that are put together; values are bound, so many as a page asks
    // for.
    let values = step == "SCAN v" || step.ends_with("-ROW VALUES CLAUSE");
    let bounded = step == "SCAN CONSTANT ROW" || step == "SCAN found" || values;
    (step.starts_with("SCAN ") && !bounded)
        || (step.starts_with("USE TEMP B-TREE") && step.ends_with("ORDER BY"))
}

/// What is sorted all the same, found by the one person it belongs to and so never much: the accounts that they are
/// in, and the links that they were sent.
fn is_about_few(statement: &str) -> bool {
    let of_one = |table: &str, rest: &str| {
        statement.contains(rest) && statement.contains(&format!("(`{table}`.`user_id` = ?)"))
    };
    of_one("memberships", "(`memberships` INNER JOIN `accounts`")
        || of_one("links", "FROM (`links` LEFT OUTER JOIN `outbox`")
}

/// Whether a step walks everything in an account: it is found by the account alone, and nothing stops it early. What
/// is listed in the order of its index stops at the page's end, as long as few rows on the way are passed over.
fn walks_an_account(step: &str, statement: &str) -> bool {
    // Each number beside the views is kept, or counted no further than is shown.
    let counts =
        statement.starts_with("SELECT (SELECT CAST(coalesce(sum(c.members), 0) AS BIGINT)");
    // Each person has as many rows as roles, so that no number of rows is the end of a page: whoever reads it stops
    // there, which a test of theirs shows (`users/listing/at_once.rs`).
    let read_on = statement.contains(" FROM memberships AS m LEFT JOIN grants AS g ")
        && statement.trim_end_matches(" DESC").ends_with(" m.user_id");
    let stops = counts
        || read_on
        || statement.ends_with("LIMIT ?")
        || statement.starts_with("SELECT EXISTS");
    let picks = statement.contains("BETWEEN ?") || statement.contains(" IN (SELECT ");
    let by_account = step.ends_with("(account_id=?)");
    by_account && (step.starts_with("SEARCH grants ") || !stops || picks)
}

/// Whether a step looks through all of an account for what the statement asks of one place or one person.
fn passes_by_the_place(step: &str, statement: &str) -> bool {
    let Some((table, terms)) = step
        .strip_prefix("SEARCH ")
        .and_then(|rest| rest.split_once(' '))
    else {
        return false;
    };
    let narrow = [
        "organization_id",
        "project_id",
        "scope_id",
        "user_id",
        "parent_id",
    ];
    let asked = |column: &&str| statement.contains(&format!("(`{table}`.`{column}` = ?)"));
    let wide = [
        "(account_id=?)",
        "(account_id=? AND status=?)",
        "(account_id=? AND role=?)",
    ];
    let wide = wide.iter().any(|wide| terms.ends_with(wide));
    wide && narrow.iter().any(asked)
}

/// Whether a step looks through all who hold any role on a place for those who hold some: thousands, on an account.
fn passes_by_the_role(step: &str, statement: &str) -> bool {
    let role = ["(`grants`.`role` = ?)", "(`grants`.`role` IN ("];
    step.starts_with("SEARCH grants ")
        && step.ends_with("(scope_id=?)")
        && role.iter().any(|role| statement.contains(role))
}

/// What was heard of one page: its route, a statement, and the steps of SQLite's plan for it.
type Heard = (String, String, Vec<String>);

/// Every statement of every page, for every reader, with SQLite's plan for it; none on PostgreSQL. Several tests read
/// it by rules of their own: it is heard once.
async fn planned() -> Option<Arc<BTreeSet<Heard>>> {
    static HEARD: tokio::sync::OnceCell<Option<Arc<BTreeSet<Heard>>>> =
        tokio::sync::OnceCell::const_new();
    let heard = HEARD.get_or_init(|| async {
        statements::listen();
        let app = TestApp::start().await;
        if app.is_postgres() {
            return None;
        }
        Some(Arc::new(hear(&app).await))
    });
    heard.await.clone()
}

async fn hear(app: &TestApp) -> BTreeSet<Heard> {
    deepen(app);
    let mut all = BTreeSet::new();
    // Plans do not look at rows: that of a statement is asked for once.
    let mut plans: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in pages() {
        for reader in readers() {
            let visitor = app.signed_in(&reader);
            for path in variants(&routes::near(row.path)) {
                let (_, heard) = statements::during(app, visitor.get(&path)).await;
                let heard = heard.into_iter().filter(|one| !one.starts_with("INSERT"));
                for statement in heard {
                    let plan = plans
                        .entry(statement.clone())
                        .or_insert_with(|| app.sql(|conn| Ok(statements::plan(conn, &statement))));
                    all.insert((row.path.to_owned(), statement, plan.clone()));
                }
            }
        }
    }
    assert!(all.len() > 20, "few statements were heard: {all:?}");
    all
}

/// The steps that a rule finds, with where they come from.
fn found(all: &BTreeSet<Heard>, rule: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let of = |(path, statement, plan): &Heard| -> Vec<String> {
        let steps = plan.iter().filter(|step| rule(step, statement));
        steps
            .map(|step| format!("{path}: {step}\n    {statement}"))
            .collect()
    };
    all.iter().flat_map(of).collect()
}

// PostgreSQL's planner looks at the size of the tables; its indexes are the same (see migrations).
#[actix_web::test]
async fn no_page_walks_a_table_or_sorts() {
    let Some(planned) = planned().await else {
        return;
    };
    let of_a_part = |statement: &str| statement.contains("`user_id` IN (SELECT `grants`.`user_id`");
    let costly = found(&planned, |step, statement| {
        is_costly(step) && !is_about_few(statement) && !of_a_part(statement)
    });
    assert!(
        costly.is_empty(),
        "these cost more the more rows there are:\n{}",
        costly.join("\n")
    );
}

#[actix_web::test]
async fn no_page_walks_an_account() {
    let Some(planned) = planned().await else {
        return;
    };
    // Whoever reaches only a part is served out of what they reach, put in order as it is read.
    let of_a_part = |statement: &str| statement.contains("`user_id` IN (SELECT `grants`.`user_id`");
    let costly = found(&planned, |step, statement| {
        walks_an_account(step, statement) && !of_a_part(statement)
    });
    assert!(
        costly.is_empty(),
        "these cost more the larger the account is:\n{}",
        costly.join("\n")
    );
}

/// Whether a step goes through people of every state for those of one: few are invited, shut out or locked, and an order
/// that passes over everybody else does not stop before the account does.
fn passes_by_the_state(step: &str, statement: &str) -> bool {
    const STATES: [&str; 4] = [
        "status = 'invited'",
        "status = 'deactivated'",
        "`locked_until` > ",
        "locked_until > ",
    ];
    let one = STATES.iter().any(|state| statement.contains(state));
    let terms = ["SEARCH memberships ", "SEARCH m "].map(|table| step.strip_prefix(table));
    let Some(terms) = terms.into_iter().flatten().next() else {
        return false;
    };
    // A search by the beginning of a name ends with the names that begin so.
    let narrow = terms.contains("status=?") || terms.contains("user_id=?") || terms.contains("<?)");
    one && terms.contains("(account_id=?") && !narrow
}

/// Whether a step uses one of these indexes.
fn uses(step: &str, indexes: &[String]) -> bool {
    let mut words = step.split(' ');
    words.any(|word| indexes.iter().any(|index| index == word))
}

#[actix_web::test]
async fn who_is_invited_shut_out_or_locked_is_not_looked_for_among_everybody() {
    use diesel::connection::SimpleConnection;
    statements::listen();
    let app = TestApp::start().await;
    if app.is_postgres() {
        return;
    }
    let list = "/accounts/acme/user-management";
    let mut heard = BTreeSet::new();
    for path in [list.to_owned(), format!("{list}.csv")] {
        let of_a_state = |path: &String| path.contains("status=in");
        let all = variants(&path).into_iter().filter(of_a_state);
        let plain = ["invited", "inactive"].map(|state| format!("{path}?status={state}"));
        let by_name = plain.clone().map(|path| format!("{path}&sort=name"));
        let id = cast::user("ravi@acme.example");
        let locked = ["", "&after=b&id=", "&before=z&id="].map(|place| match place {
            "" => format!("{path}?status=locked"),
            place => format!("{path}?status=locked{place}{id}"),
        });
        for path in all.chain(plain).chain(by_name).chain(locked) {
            for reader in &readers()[..2] {
                let visitor = app.signed_in(reader);
                let (answer, sent) = statements::during(&app, visitor.get(&path)).await;
                assert_eq!(answer.status, 200, "{path}");
                heard.extend(sent.into_iter().filter(|one| one.starts_with("SELECT")));
            }
        }
    }
    // Indexes that hold nobody else.
    let of_a_state = "SELECT name AS line FROM sqlite_schema WHERE type = 'index'
        AND tbl_name = 'memberships' AND (sql LIKE '%WHERE status = %' OR sql LIKE '%WHERE locked_until %')";
    let own: Vec<String> = app.sql(|conn| Ok(dump::lines(conn, of_a_state)));
    let costly = || -> Vec<String> {
        let steps = |statement: &String| {
            let plan = app.sql(|conn| Ok(statements::plan(conn, statement)));
            let costly = plan
                .into_iter()
                .filter(|step| passes_by_the_state(step, statement) && !uses(step, &own));
            costly
                .map(|step| format!("{step}\n    {statement}"))
                .collect::<Vec<_>>()
        };
        heard.iter().flat_map(steps).collect()
    };
    let found = costly();
    assert!(
        found.is_empty(),
        "these cost more the more people are active:\n{}",
        found.join("\n")
    );
    // The rule bites: were all that a list shows in the index by name alone, it would be read instead.
    app.sql(|conn| {
        conn.batch_execute(
            "DROP INDEX memberships_by_status; DROP INDEX memberships_by_name;
             CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id);
             CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name,
                last_name, joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until)",
        )
    });
    let lists = costly();
    assert!(
        lists.iter().any(|found| found.contains("'deactivated'")),
        "{lists:?}"
    );
}

#[actix_web::test]
async fn what_lies_in_one_place_is_not_looked_for_in_the_whole_account() {
    let Some(planned) = planned().await else {
        return;
    };
    let costly = found(&planned, |step, statement| {
        passes_by_the_place(step, statement) || passes_by_the_role(step, statement)
    });
    assert!(
        costly.is_empty(),
        "these cost more the larger the account is:\n{}",
        costly.join("\n")
    );
}

#[actix_web::test]
async fn a_page_takes_as_many_statements_for_many_rows_as_for_few() {
    statements::listen();
    let (small, large) = (TestApp::start().await, TestApp::start().await);
    crowd(&large);
    let mut wrong = BTreeSet::new();
    for row in pages() {
        for reader in readers() {
            for path in variants(&routes::near(row.path)) {
                let (few, many) = (small.signed_in(&reader), large.signed_in(&reader));
                let (one, few) = statements::during(&small, few.get(&path)).await;
                let (two, many) = statements::during(&large, many.get(&path)).await;
                assert_eq!(one.status, two.status, "{path} as {reader}");
                // Where people are more than a page holds, the box that takes all of them says how many they are.
                let boxed = |answer: &crate::support::visitor::Answer| {
                    usize::from(answer.body.contains(r#"name="all""#))
                };
                let asks = boxed(&two).saturating_sub(boxed(&one));
                // A search that fills its page looks no further, and so may take fewer.
                if few.len() + asks < many.len() {
                    wrong.insert(format!(
                        "{path} as {reader}: {} statements, and {} with more rows:\n    {}",
                        few.len(),
                        many.len(),
                        many.join("\n    ")
                    ));
                }
                let managing = row.path.contains("/user-management") || row.path.contains("/users");
                let places = ["?organization=", "?project=", "source=", "?seen_before="];
                let most = if row.path.contains("/users/") {
                    MOST_FOR_ONE
                } else if path.contains("/projects/") {
                    MOST_OF_PROJECT
                } else if path.ends_with("/user-management") {
                    MOST_OF_ALL
                } else if path.contains("?status=in") {
                    MOST_OF_VIEW
                } else if path.contains("/user-management/projects")
                    || places.iter().any(|filter| path.contains(filter))
                {
                    MOST_WITH_PLACES
                } else {
                    MOST
                };
                // A CSV also writes down that it was taken.
                let most = most + usize::from(path.contains(".csv"));
                // Whoever reaches a part is served range by range from the index of people.
                let is_of_a_part = !["olga@acme.example", "ravi@acme.example"].contains(&&*reader);
                // On the list, they are told what they lack to deactivate people.
                let lacks =
                    path.contains("/user-management") && !path.contains("/user-management/");
                let more = if lacks { 5 } else { 2 };
                let most = most + if is_of_a_part { more } else { 0 };
                if managing && many.len() > most + boxed(&two) {
                    wrong.insert(format!(
                        "{path} as {reader}: {} statements:\n    {}",
                        many.len(),
                        many.join("\n    ")
                    ));
                }
            }
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rule finds what it is for, and nothing else.
#[test]
fn the_rule_bites() {
    for step in [
        "SCAN users",
        "SCAN memberships USING COVERING INDEX memberships_by_user",
        "USE TEMP B-TREE FOR ORDER BY",
        "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
    ] {
        assert!(is_costly(step), "{step}");
    }
    for step in [
        "SEARCH users USING PRIMARY KEY (id=?)",
        "SCAN CONSTANT ROW",
        "SCAN 2-ROW VALUES CLAUSE",
        "USE TEMP B-TREE FOR DISTINCT",
    ] {
        assert!(!is_costly(step), "{step}");
    }
    let (whole, by) = (
        "SEARCH grants USING INDEX x (account_id=?)",
        "SEARCH memberships USING INDEX x (account_id=?)",
    );
    assert!(walks_an_account(whole, "SELECT 1 LIMIT ?") && walks_an_account(by, "SELECT 1"));
    assert!(walks_an_account(
        by,
        "SELECT 1 WHERE (`a` BETWEEN ? AND ?) LIMIT ?"
    ));
    assert!(!walks_an_account(
        by,
        "SELECT 1 ORDER BY `sort_key` LIMIT ?"
    ));
    assert!(!walks_an_account(
        "SEARCH grants USING INDEX x (account_id=? AND user_id=?)",
        "SELECT 1"
    ));
    let (place, role) = (
        "(`grants`.`scope_id` = ?)",
        "(`grants`.`scope_id` = ?) AND (`grants`.`role` IN (?, ?))",
    );
    let of_role = "SEARCH grants USING INDEX x (account_id=? AND role=?)";
    assert!(passes_by_the_place(of_role, place) && !passes_by_the_place(of_role, "SELECT 1"));
    let on_it = "SEARCH grants USING INDEX x (scope_id=?)";
    assert!(passes_by_the_role(on_it, role) && !passes_by_the_role(on_it, place));
}
