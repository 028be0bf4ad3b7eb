//! Every form of the portal, field by field. Which there are is read from the table of routes, and what is in them from
//! the pages: a form that nobody has met fails the test.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::OnceLock;
use tenantry::db::Conn;
use tenantry::routes::{Who, table};

use super::ways::{self, WAYS};
use super::{is_an_answer, trouble};
use crate::support::app::TestApp;
use crate::support::cast::{self, PASSWORD};
use crate::support::dump;
use crate::support::html::Form;
use crate::support::routes::{FAR, NEAR, fill};
use crate::support::visitor::{Answer, Visitor};

/// Where somebody comes upon a form.
#[derive(Clone, Debug)]
enum At {
    /// On a page, looked at by whoever has this address.
    Page(String, String),
    /// At the end of one of the [`WAYS`].
    Way(&'static str),
}

impl At {
    /// None where what was done before stands in the way.
    async fn open<'a>(&self, app: &'a TestApp) -> Option<(Visitor<'a>, Answer)> {
        match self {
            Self::Page(who, path) => {
                let visitor = match who.as_str() {
                    "" => app.visitor(),
                    email => app.signed_in(email),
                };
                let page = visitor.get(path).await;
                Some((visitor, page))
            }
            Self::Way(way) => ways::go(app, way).await,
        }
    }
}

/// Which form it is: the route that takes it, and its fields. Two of the same kind are tried once.
type Kind = (&'static str, Vec<String>);

/// A form to be tried, and how far that has come.
struct Job {
    at: At,
    kind: Kind,
    /// The next field, and what is put into it next.
    next: (usize, usize),
    /// How often it began on a fresh portal since a form of its kind was used up.
    again: usize,
}

/// So often is a form that can be sent once laid out on a fresh portal; whatever is left is then sent as it stands.
const AGAIN: usize = 1;

/// What is put into each field in turn.
const TRIED: [Tried; 9] = [
    Tried::Instead("with\0nul"),
    Tried::Long,
    Tried::Elsewhere,
    Tried::Twice,
    Tried::Instead("-1"),
    Tried::Instead("99999999999999999999999999"),
    Tried::Instead("right\u{202e}to left\u{2066}"),
    Tried::Instead(""),
    Tried::Instead("\"><img src=x onerror=alert(1)><script>alert(1)</script>' OR 1=1 -- {{7*7}}"),
];

#[derive(Clone, Copy, Debug)]
enum Tried {
    Instead(&'static str),
    /// 10,000 characters.
    Long,
    /// What another company has in its place.
    Elsewhere,
    /// The field as it was, and once more.
    Twice,
}

impl Tried {
    fn on(self, form: &Form, name: &str) -> Form {
        let value = match self {
            Self::Instead(value) => value.to_owned(),
            Self::Long => "x".repeat(10_000),
            Self::Elsewhere => elsewhere(form, name),
            Self::Twice => return form.clone().forge(name, "again"),
        };
        if form.fields.iter().any(|(own, _)| own == name) {
            form.clone().fill(name, &value)
        } else {
            form.clone().forge(name, &value)
        }
    }
}

/// An id of the same kind that belongs to Globex; for what is no id, that of a project there.
fn elsewhere(form: &Form, name: &str) -> String {
    let own = form.fields.iter().find(|(own, _)| own == name);
    let offered = form.offered.iter().find(|choice| choice.name == name);
    let own = own.map(|(_, value)| value.as_str()).unwrap_or_default();
    let kind = if own.is_empty() {
        offered
            .map(|choice| choice.value.as_str())
            .unwrap_or_default()
    } else {
        own
    };
    let gil = cast::user("gil@globex.example");
    match kind.split('_').next().unwrap() {
        "user" => kind.replacen(kind.split('.').next().unwrap(), &gil.to_string(), 1),
        "org" => cast::organization("hub").to_string(),
        "account" => cast::account("globex").to_string(),
        "group" => cast::group("Hills").to_string(),
        "device" => cast::device("reader-1").to_string(),
        "role" => cast::role("Day shift").to_string(),
        _ => cast::project("bay-1").to_string(),
    }
}

/// The route that takes what is sent to this path.
fn row_of(rows: &[&'static str], page: &Answer, form: &Form) -> Option<&'static str> {
    let at = url::Url::parse("http://portal.example").unwrap();
    let target = at.join(&page.path).unwrap().join(&form.action).unwrap();
    let parts: Vec<&str> = target.path().split('/').collect();
    let fits = |row: &&&'static str| {
        let of: Vec<&str> = row.split('/').collect();
        let same = |(of, part): (&&str, &&str)| of.starts_with('{') || of == part;
        of.len() == parts.len() && of.iter().zip(&parts).all(same)
    };
    // Words before what stands for anything.
    let named = |row: &&&'static str| row.matches('{').count();
    rows.iter().filter(fits).min_by_key(named).copied()
}

/// Names of the fields, also of those that nothing is ticked in.
fn names(form: &Form) -> Vec<String> {
    let fields = form.fields.iter().map(|(name, _)| name);
    let offered = form.offered.iter().map(|choice| &choice.name);
    let all: BTreeSet<&String> = fields.chain(offered).collect();
    all.into_iter().cloned().collect()
}

/// The form as somebody might send it: what is empty is filled, of what can be chosen something is.
fn likely(form: &Form) -> Form {
    let mut form = form.clone();
    for name in names(&form) {
        let held: Vec<&String> = form
            .fields
            .iter()
            .filter(|(own, _)| *own == name)
            .map(|(_, value)| value)
            .collect();
        if held.iter().any(|value| !value.is_empty()) {
            continue;
        }
        let choice = form
            .offered
            .iter()
            .find(|choice| choice.name == name && !choice.value.is_empty());
        if let Some(choice) = choice.cloned() {
            // A box that is not ticked may say more than it should; a role, a person or a place is chosen.
            if choice.only
                || ["role", "user", "person", "organization", "permission"].contains(&name.as_str())
            {
                form = form.tick(&choice.name, &choice.value);
            }
            continue;
        }
        let text = match name.as_str() {
            "email" => "nora@new.example",
            "password" | "current_password" | "new_password" => PASSWORD,
            "first_name" => "Nora",
            "last_name" => "New",
            "country" => "DE",
            "rows" => "First name,Last name,Email address\nNora,New,nora@new.example\n",
            "identifier" => "SN-100",
            "name" | "company_name" => "Something new",
            "reason" | "words" => "It has to be.",
            _ => continue,
        };
        form = form.fill(&name, text);
    }
    form
}

fn mark(app: &TestApp) -> i64 {
    app.sql(dump::mark)
}

/// Where a password is asked of whoever has not shown who they are, a wrong one leaves more than an answer: what was
/// tried, how often, the lock that comes of it, and the mail about that.
const GUESSES: [&str; 3] = ["/sign-in", "/sign-up/confirm", "/me/security/password"];
const TRACES: [&str; 4] = ["audit_events", "budgets", "lock_counters", "mail_wishes"];

/// What is in each table, but for that of sessions, to which the test itself adds.
type Rows = BTreeMap<String, String>;

fn rows(app: &TestApp) -> Rows {
    static QUERY: OnceLock<String> = OnceLock::new();
    let lines = app.sql(|conn| {
        let query = QUERY.get_or_init(|| everything(conn));
        Ok(dump::lines(conn, query))
    });
    let parts = lines.iter().filter_map(|line| line.split_once(' '));
    parts
        .map(|(table, rows)| (table.to_owned(), rows.to_owned()))
        .collect()
}

/// One statement for all tables: it is asked thousands of times.
fn everything(conn: &mut Conn) -> String {
    let mut tables = dump::tables(conn);
    tables.retain(|table| table != "sessions");
    let mut of = |table: &String| match conn {
        Conn::Postgres(_) => format!(
            "SELECT '{table} ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') AS line FROM {table} t"
        ),
        Conn::Sqlite(_) => {
            let named = format!("SELECT name AS line FROM pragma_table_info('{table}')");
            let columns = dump::lines(conn, &named).into_iter();
            let quoted: Vec<String> = columns.map(|name| format!("quote({name})")).collect();
            let row = quoted.join(" || ' ' || ");
            format!(
                "SELECT '{table} ' || coalesce(group_concat(line), '') AS line
                 FROM (SELECT {row} AS line FROM {table} ORDER BY 1)"
            )
        }
    };
    let all: Vec<String> = tables.iter().map(&mut of).collect();
    all.join(" UNION ALL ")
}

fn differing(one: &Rows, other: &Rows) -> Vec<String> {
    let differs = |table: &&String| one.get(*table) != other.get(*table);
    one.keys().filter(differs).cloned().collect()
}

/// The portal's rows, as far as it is known that nothing was written since.
struct Seen {
    mark: i64,
    rows: Rows,
}

impl Seen {
    fn of(app: &TestApp) -> Self {
        let rows = rows(app);
        Self {
            mark: mark(app),
            rows,
        }
    }

    /// The tables that were written to since.
    fn written(&mut self, app: &TestApp) -> Vec<String> {
        let mark = mark(app);
        if mark == self.mark {
            return Vec::new();
        }
        let rows = rows(app);
        let tables = differing(&self.rows, &rows);
        *self = Self { mark, rows };
        tables
    }
}

/// What is tried on a portal that nobody has claimed.
const SET_UP: &str = "/setup";

/// The forms of every page, of each kind one, and how they are come upon.
async fn of_pages(posts: &[&'static str], kinds: &mut BTreeSet<Kind>) -> VecDeque<Job> {
    let app = ways::start().await;
    let mut at = Vec::new();
    let all = table();
    let pages = all.iter();
    let pages = pages.filter(|row| row.method == "GET" && !row.path.ends_with(".csv"));
    for row in pages {
        let anybody = matches!(row.who, Who::Anybody(_));
        let who = if anybody { "" } else { "olga@acme.example" };
        // Whom a page is about decides what there is to be done; of a place it is the same everywhere.
        let somebody = ["{user}", "{request}"]
            .iter()
            .any(|name| row.path.contains(name));
        let ends = [&NEAR, &FAR].into_iter().take(if somebody { 2 } else { 1 });
        at.extend(ends.map(|names| At::Page(who.to_owned(), fill(row.path, names))));
    }
    let looks = ways::looks().into_iter();
    at.extend(looks.map(|(who, path)| At::Page(who, path)));
    let mut found = VecDeque::new();
    for at in at {
        if let Some((_, page)) = at.open(&app).await {
            found.extend(on(&page, posts, kinds, &at));
        }
    }
    found
}

fn on(page: &Answer, posts: &[&'static str], kinds: &mut BTreeSet<Kind>, at: &At) -> Vec<Job> {
    let mut found = Vec::new();
    for form in page.page().forms() {
        if form.method != "post" {
            continue;
        }
        let row = row_of(posts, page, &form);
        let row = row.unwrap_or_else(|| panic!("{}: nothing takes {}", page.path, form.action));
        let kind = (row, names(&form));
        if kinds.insert(kind.clone()) {
            found.push(Job {
                at: at.clone(),
                kind,
                next: (0, 0),
                again: 0,
            });
        }
    }
    found
}

/// The form of a job on a page.
fn form_of(posts: &[&'static str], page: &Answer, kind: &Kind) -> Option<Form> {
    let mut forms = page.page().forms().into_iter();
    forms.find(|form| {
        form.method == "post" && row_of(posts, page, form) == Some(kind.0) && names(form) == kind.1
    })
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// All is tried.
    Done,
    /// The form is not there any more: a fresh portal has it.
    Gone,
}

/// Goes on with a job where somebody has this page before them.
async fn go_on(
    (app, posts): (&TestApp, &[&'static str]),
    job: &mut Job,
    opened: &(Visitor<'_>, Answer),
    wrong: &mut Vec<String>,
) -> Stand {
    let Some(form) = form_of(posts, &opened.1, &job.kind) else {
        return Stand::Gone;
    };
    let mut form = likely(&form);
    let mut page = opened.1.clone();
    let mut again = None;
    let mut seen = Seen::of(app);
    if job.kind.1.is_empty() {
        let form = form.clone().forge("more", "again");
        let sent = opened.0.submit(&page, &form).await;
        is_an_answer(job.kind.0, &sent);
    }
    while let Some(name) = job.kind.1.get(job.next.0).cloned() {
        let Some(tried) = TRIED.get(job.next.1) else {
            job.next = (job.next.0 + 1, 0);
            continue;
        };
        job.next.1 += 1;
        let visitor = again.as_ref().unwrap_or(&opened.0);
        let sent = visitor.submit(&page, &tried.on(&form, &name)).await;
        let what = format!("{} ({:?}) {name}: {tried:?}", job.kind.0, job.at);
        wrong.extend(trouble(&sent).map(|trouble| format!("{what}: {trouble}")));
        let mut written = seen.written(app);
        if GUESSES.contains(&job.kind.0) && sent.status == 422 {
            written.retain(|table| !TRACES.contains(&table.as_str()));
        }
        if written.is_empty() {
            continue;
        }
        if sent.status >= 400 {
            wrong.push(format!(
                "{what}: {} and {written:?} were written",
                sent.status
            ));
            continue;
        }
        if let Some((visitor, next)) = job.at.open(app).await
            && let Some(next_form) = form_of(posts, &next, &job.kind)
        {
            // What leads there writes, too.
            seen = match job.at {
                At::Page(..) => Seen {
                    mark: mark(app),
                    ..seen
                },
                At::Way(_) => Seen::of(app),
            };
            (form, page, again) = (likely(&next_form), next, Some(visitor));
            continue;
        }
        if job.again < AGAIN {
            job.again += 1;
            return Stand::Gone;
        }
        seen = Seen::of(app);
    }
    Stand::Done
}

#[actix_web::test]
async fn no_field_of_any_form_makes_the_portal_fail_or_do_a_part_of_what_it_refuses() {
    let all = table();
    let posts = all.iter().filter(|row| row.method == "POST");
    let posts: Vec<&'static str> = posts.map(|row| row.path).collect();
    let (mut kinds, mut wrong) = (BTreeSet::new(), Vec::new());
    let mut jobs = of_pages(&posts, &mut kinds).await;
    let mut ways = WAYS.iter().peekable();
    let mut fresh = true;
    let mut app = ways::start().await;
    loop {
        if jobs.is_empty() {
            // What is at the end of the next way; where it leads nowhere any more, it does on a fresh portal.
            let Some(way) = ways.peek() else { break };
            let at = At::Way(way);
            if let Some((_, page)) = at.open(&app).await {
                ways.next();
                jobs.extend(on(&page, &posts, &mut kinds, &at));
                // Looking there has used it up, perhaps.
                fresh = false;
                continue;
            }
            assert!(!fresh, "{at:?} leads nowhere");
        }
        if let Some(job) = jobs.front_mut() {
            let began = job.next;
            let stand = match job.at.open(&app).await {
                Some(opened) => go_on((&app, &posts), job, &opened, &mut wrong).await,
                None => Stand::Gone,
            };
            if stand == Stand::Done {
                jobs.pop_front();
                fresh = false;
                continue;
            }
            let begins = !fresh || job.next != began;
            assert!(begins, "{:?} is not there at {:?}", job.kind, job.at);
        }
        app = ways::start().await;
        fresh = true;
    }
    let met = |row: &&&'static str| **row == SET_UP || kinds.iter().any(|(kind, _)| kind == *row);
    let missing: Vec<&&str> = posts.iter().filter(|row| !met(row)).collect();
    assert!(
        missing.is_empty(),
        "nobody has said (in ways.rs) how one comes upon the forms of {missing:#?}"
    );
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[actix_web::test]
async fn no_field_of_the_first_form_of_all_makes_the_portal_fail() {
    let mut app = TestApp::unclaimed().await;
    let mut link = None;
    let names = [
        "first_name",
        "last_name",
        "email",
        "password",
        "company_name",
        "country",
    ];
    for name in names {
        for tried in TRIED {
            if link.is_none() {
                let own = app.app().clone();
                // As a command does, which may wait.
                let made = std::thread::spawn(move || {
                    tenantry::setup::found(&own).unwrap();
                    tenantry::setup::new_link(&own).unwrap()
                });
                link = made.join().unwrap();
            }
            let visitor = app.visitor();
            let path = url::Url::parse(link.as_deref().unwrap()).unwrap();
            let page = visitor.open(path.path()).await;
            let form = form_of(&[SET_UP], &page, &(SET_UP, names_of(&page)));
            let form = likely(&form.unwrap());
            let sent = visitor.submit(&page, &tried.on(&form, name)).await;
            let what = format!("{SET_UP} {name}: {tried:?}");
            is_an_answer(&what, &sent);
            if sent.status == 303 {
                // Whoever got in has claimed it.
                app = TestApp::unclaimed().await;
                link = None;
            } else {
                // Beside the field, or of the form as a whole.
                assert!(
                    [400, 422].contains(&sent.status),
                    "{what}: {}",
                    sent.words()
                );
            }
        }
    }
}

/// The fields of the form that claims the portal.
fn names_of(page: &Answer) -> Vec<String> {
    let forms = page.page().forms();
    let form = forms.iter().find(|form| form.action == SET_UP);
    names(form.unwrap_or_else(|| panic!("no form on {}", page.words())))
}
