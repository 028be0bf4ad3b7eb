//! Two companies in one installation: whatever id of the other stands in a request, it might as well not exist.

use super::matrix::{Caller, fields};
use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::dump;
use crate::support::html::Form;
use crate::support::routes::{FAR, GLOBEX, NEAR, NOWHERE, Names, fill, segments};
use crate::support::visitor::{Answer, Visitor};
use actix_web::http::Method;
use tenantry::routes::{Row, table};

const SLOTS: [&str; 9] = [
    "account",
    "organization",
    "project",
    "group",
    "user",
    "device",
    "import",
    "request",
    "role",
];

/// These names with some of them put in place by another's.
fn mixed((own, other): (&Names, &Names), slots: &[&str]) -> Names {
    let pick = |slot: &str, own: &'static str, theirs: &'static str| {
        if slots.contains(&slot) { theirs } else { own }
    };
    Names {
        account: pick("account", own.account, other.account),
        organization: pick("organization", own.organization, other.organization),
        project: pick("project", own.project, other.project),
        group: pick("group", own.group, other.group),
        user: pick("user", own.user, other.user),
        device: if slots.contains(&"device") || slots.contains(&"import") {
            other.device
        } else {
            own.device
        },
        asked_for: pick("request", own.asked_for, other.asked_for),
        role: pick("role", own.role, other.role),
    }
}

/// Every choice of one or more of the slots that a route has.
fn choices(row: &Row) -> Vec<Vec<&'static str>> {
    let has = segments(row.path);
    let slots: Vec<&str> = SLOTS
        .into_iter()
        .filter(|slot| has.contains(slot))
        .collect();
    let picked = |mask: usize| {
        let chosen = slots
            .iter()
            .enumerate()
            .filter(|(bit, _)| mask >> bit & 1 == 1);
        chosen.map(|(_, slot)| *slot).collect()
    };
    (1..1 << slots.len()).map(picked).collect()
}

async fn ask(visitor: &Visitor<'_>, row: &Row, names: &Names) -> Answer {
    let owner = Caller::of("olga@acme.example", &[("owner", At::Account)]);
    let ask = visitor.ask(row.method.clone(), &fill(row.path, names));
    if row.method == Method::GET {
        return ask.send().await;
    }
    let fields = fields(row, &owner);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    ask.fields(&fields).send().await
}

/// What an answer shows, without what is new in each and without the address that was asked for.
fn shown(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != "x-request-id");
    let mut headers: Vec<(String, String)> = headers
        .map(|(name, value)| {
            let value = value.to_str().unwrap_or_default();
            (name.to_string(), value.to_owned())
        })
        .collect();
    headers.sort();
    let body = answer.body.replace(&answer.path, "PATH");
    // A refusal leads back to what the address itself names, one step up.
    let up = answer.path.rsplit_once('/').map_or("", |(up, _)| up);
    let body = body.replace(&format!("\"{up}\""), "\"UP\"");
    (answer.status, headers, body)
}

/// Lee is in both companies: whichever of the two is named, nothing of the other is there in it.
fn is_in_both(email: &str) -> bool {
    email.starts_with("lee@")
}

/// Which of the slots that a route has name what is not there for this person, where those of `picked` are Globex's and
/// the others Acme's: for who is in one company, all that is Globex's; for Lee, all that is not of the account named.
fn foreign(email: &str, row: &Row, picked: &[&'static str]) -> Vec<&'static str> {
    if !is_in_both(email) {
        return picked.to_vec();
    }
    let has = segments(row.path);
    let in_globex = picked.contains(&"account");
    SLOTS
        .into_iter()
        .filter(|slot| has.contains(slot) && *slot != "account")
        .filter(|slot| picked.contains(slot) != in_globex)
        .collect()
}

#[actix_web::test]
async fn what_belongs_to_another_company_is_not_there() {
    let app = TestApp::start().await;
    let before = app.sql(|conn| Ok(dump::rows(conn, &[])));
    let mut bad = Vec::new();
    let mut asked = 0;
    for email in [
        "olga@acme.example",
        "ravi@acme.example",
        "lee@globex.example",
    ] {
        let visitor = app.signed_in(email);
        for row in table() {
            for picked in choices(&row) {
                let foreign = foreign(email, &row, &picked);
                if foreign.is_empty() {
                    continue;
                }
                let theirs = mixed((&NEAR, &GLOBEX), &picked);
                let nobodys = mixed((&theirs, &NOWHERE), &foreign);
                let theirs = ask(&visitor, &row, &theirs).await;
                let nobodys = ask(&visitor, &row, &nobodys).await;
                asked += 1;
                let what = format!("{} {} as {email}", row.method, theirs.path);
                // Whoever may not do it at all is told so, whatever it would have been done to.
                let refused = theirs.status == 403 && nobodys.status == 403;
                if theirs.status != 404 && !refused {
                    bad.push(format!("{what}: {}", theirs.status));
                }
                if shown(&theirs) != shown(&nobodys) {
                    bad.push(format!(
                        "{what} differs from {}: {} and {}",
                        nobodys.path, theirs.status, nobodys.status
                    ));
                }
            }
        }
    }
    assert!(asked > 0, "the table of routes names no account");
    assert!(
        bad.is_empty(),
        "{} of {asked}:\n{}",
        bad.len(),
        bad.join("\n")
    );
    let mut after = app.sql(|conn| Ok(dump::rows(conn, &[])));
    after.insert("sessions".into(), before["sessions"].clone());
    assert_eq!(after, before);
}

/// Dock 4 in an address of South, where it is not.
const ASTRAY: Names = Names {
    organization: "south",
    ..NEAR
};

#[actix_web::test]
async fn rule_5_a_project_of_another_organization_is_not_there_whoever_asks() {
    let app = TestApp::start().await;
    let (vera, uma) = (
        cast::holder("viewer", At::Account),
        cast::holder("user_management", At::Dock4),
    );
    let mut bad = Vec::new();
    let mut asked = 0;
    for email in [
        "olga@acme.example",
        "ravi@acme.example",
        "sam@acme.example",
        "lee@globex.example",
        &vera,
        &uma,
    ] {
        let visitor = app.signed_in(email);
        let before = app.sql(|conn| Ok(dump::rows(conn, &["sessions.last_seen_at"])));
        for row in table() {
            let has = segments(row.path);
            if !(has.contains(&"organization") && has.contains(&"project")) {
                continue;
            }
            let astray = ask(&visitor, &row, &ASTRAY).await;
            let nobodys = Names {
                project: "no-such",
                ..ASTRAY
            };
            let nobodys = ask(&visitor, &row, &nobodys).await;
            asked += 1;
            let what = format!("{} {} as {email}", row.method, astray.path);
            if astray.status != 404 || shown(&astray) != shown(&nobodys) {
                bad.push(format!("{what}: {} and {}", astray.status, nobodys.status));
            }
        }
        let after = app.sql(|conn| Ok(dump::rows(conn, &["sessions.last_seen_at"])));
        assert_eq!(after, before, "as {email}");
    }
    assert!(asked >= 6 * 10, "{asked} requests");
    assert!(
        bad.is_empty(),
        "{} of {asked}:\n{}",
        bad.len(),
        bad.join("\n")
    );
}

/// What a typed id names, by its prefix, and the id of that kind among these names.
fn in_place_of(value: &str, names: &Names) -> Option<String> {
    let (prefix, suffix) = value.split_once('_')?;
    // "user_management" is a role and no id.
    if !(suffix.is_empty() || suffix.len() == 26) {
        return None;
    }
    Some(match prefix {
        "account" => cast::account(names.account).to_string(),
        "org" => cast::organization(names.organization).to_string(),
        "project" => cast::project(names.project).to_string(),
        "group" => cast::group(names.group).to_string(),
        "user" => cast::user(names.user).to_string(),
        "device" => cast::device(names.device).to_string(),
        "request" => cast::request(names.asked_for).to_string(),
        _ => return None,
    })
}

/// The fields of a form that name something of the account, each with one value that the page offers for it.
fn ids_of(form: &Form) -> Vec<(String, String)> {
    let fields = form.fields.iter().cloned();
    let offered = form
        .offered
        .iter()
        .map(|choice| (choice.name.clone(), choice.value.clone()));
    let mut found: Vec<(String, String)> = Vec::new();
    for (name, value) in fields.chain(offered) {
        if in_place_of(&value, &NEAR).is_some() && !found.iter().any(|(known, _)| *known == name) {
            found.push((name, value));
        }
    }
    found
}

/// The form with something chosen wherever something can be, and this value in this field.
fn sent(form: &Form, name: &str, value: &str) -> Form {
    let mut filled = form.clone();
    for choice in &form.offered {
        if !filled
            .fields
            .iter()
            .any(|(known, value)| *known == choice.name && !value.is_empty())
        {
            filled.fields.retain(|(known, _)| *known != choice.name);
            filled = filled.tick(&choice.name, &choice.value);
        }
    }
    filled.fields.retain(|(known, _)| known != name);
    filled.forge(name, value)
}

/// Every page with a form in it that this person can get to around Dock 4.
async fn pages_with_forms(visitor: &Visitor<'_>) -> Vec<Answer> {
    let mut pages = Vec::new();
    for row in table().iter().filter(|row| row.method == Method::GET) {
        pages.push(visitor.get(&fill(row.path, &NEAR)).await);
    }
    let person = [
        ("first_name", "Nina"),
        ("last_name", "New"),
        ("email", "nina@acme.example"),
    ];
    pages.push(
        visitor
            .post("/accounts/acme/user-management/new", &person)
            .await,
    );
    pages.retain(|page| page.status == 200 && page.is_page());
    pages
}

#[actix_web::test]
async fn ids_in_forms_are_found_only_where_one_may_see_them() {
    let app = TestApp::start().await;
    let north = cast::holder("user_management", At::North);
    let (mut bad, mut asked) = (Vec::new(), Vec::new());
    for (email, theirs) in [
        ("olga@acme.example", GLOBEX),
        ("ravi@acme.example", GLOBEX),
        (north.as_str(), GLOBEX),
        (north.as_str(), FAR),
    ] {
        let visitor = app.signed_in(email);
        for page in pages_with_forms(&visitor).await {
            for form in page
                .page()
                .forms()
                .iter()
                .filter(|form| form.method == "post")
            {
                for (name, value) in ids_of(form) {
                    // What lies in the same account may hang on the same account, which they are in.
                    if in_place_of(&value, &theirs).as_ref() == Some(&value) {
                        continue;
                    }
                    let before = app.sql(|conn| Ok(dump::rows(conn, &[])));
                    let swapped =
                        |names: &Names| sent(form, &name, &in_place_of(&value, names).unwrap());
                    let foreign = visitor.submit(&page, &swapped(&theirs)).await;
                    let nobodys = visitor.submit(&page, &swapped(&NOWHERE)).await;
                    let what = format!("{name} of {} on {} as {email}", form.action, page.path);
                    if foreign.status != 404 {
                        bad.push(format!("{what}: {}", foreign.status));
                    }
                    if shown(&foreign) != shown(&nobodys) {
                        bad.push(format!(
                            "{what}: not as if it did not exist ({})",
                            nobodys.status
                        ));
                    }
                    if app.sql(|conn| Ok(dump::rows(conn, &[]))) != before {
                        bad.push(format!("{what}: changed rows"));
                    }
                    asked.push(what);
                }
            }
        }
    }
    for field in ["organization of", "place of"] {
        assert!(
            asked.iter().any(|what| what.starts_with(field)),
            "{field}: {asked:?}"
        );
    }
    assert!(
        bad.is_empty(),
        "{} of {}:\n{}",
        bad.len(),
        asked.len(),
        bad.join("\n")
    );
}

/// Parameters of pages that take an id of something in the account.
const PARAMETERS: &[(&str, &str)] = &[
    (
        "/accounts/acme/organizations/north/devices/move?device=",
        "device_",
    ),
    (
        "/accounts/acme/organizations/north?from=north/devices/",
        "device_",
    ),
    ("/accounts/acme/requests/new?place=", "project_"),
    ("/accounts/acme/requests/new?user=", "user_"),
    ("/accounts/acme/requests?after=a&id=", "request_"),
    ("/accounts/acme/requests?q=", "request_"),
    ("/accounts/acme/user-management/new?project=", "project_"),
    ("/accounts/acme/user-management/new?organization=", "org_"),
    ("/accounts/acme/user-management?after=a&id=", "user_"),
    ("/accounts/acme/user-management?open=", "project_"),
    ("/accounts/acme/user-management/projects?open=", "project_"),
    (
        "/accounts/acme/user-management/projects?after=a&id=",
        "project_",
    ),
    ("/accounts/acme/organizations?after=a&id=", "org_"),
    ("/accounts/acme/organizations?q=", "org_"),
    ("/accounts/acme/switcher?q=", "org_"),
    ("/accounts/acme/access?action=users.view&person=", "user_"),
    ("/accounts/acme/access?action=users.view&where=", "org_"),
    ("/accounts/acme/access?action=users.view&where=", "project_"),
    ("/accounts/acme/access/person?person=", "user_"),
    ("/accounts/acme/access/compare?other=", "user_"),
    (
        "/accounts/acme/access/who?action=users.view&where=",
        "project_",
    ),
    ("/accounts/acme/access/who?action=users.view&where=", "org_"),
    (
        "/me/access?account=acme&action=users.view&where=",
        "project_",
    ),
];

#[actix_web::test]
async fn ids_in_queries_tell_nothing() {
    let app = TestApp::start().await;
    let north = cast::holder("user_management", At::North);
    let mut bad = Vec::new();
    for (email, theirs) in [("ravi@acme.example", GLOBEX), (north.as_str(), FAR)] {
        let visitor = app.signed_in(email);
        for (path, prefix) in PARAMETERS {
            let mut bodies = Vec::new();
            let ids = [theirs, NOWHERE].map(|names| in_place_of(prefix, &names).unwrap());
            for id in &ids {
                let answer = visitor.get(&format!("{path}{id}")).await;
                // Either id: a project that is lacked to deactivate people is asked for by a link, whatever the address.
                let body = ids
                    .iter()
                    .fold(answer.body, |body, id| body.replace(id, "ID"));
                bodies.push((answer.status, body));
            }
            if bodies[0] != bodies[1] {
                bad.push(format!("{path} as {email}"));
            }
        }
    }
    assert!(
        bad.is_empty(),
        "what is not there and what is another's differ:\n{}",
        bad.join("\n")
    );
}

#[actix_web::test]
async fn no_page_names_another_company() {
    let app = TestApp::start().await;
    let mut bad = Vec::new();
    for email in [
        "olga@acme.example",
        "ravi@acme.example",
        "gil@globex.example",
    ] {
        let visitor = app.signed_in(email);
        let (names, words) = if email.starts_with("gil") {
            (GLOBEX, ["Acme", "North", "Dock 4"])
        } else {
            (NEAR, ["Globex", "Bay 1", "gil@"])
        };
        for row in table().iter().filter(|row| row.method == Method::GET) {
            let page = visitor.get(&fill(row.path, &names)).await;
            // A guest's home is known by their address, which is theirs to give (S3 forbids the name of the account).
            // And the lists of the world's countries and time zones have names of their own.
            let body = page.body.replace("lee@globex", "");
            let body = [
                "North Macedonia",
                "Northern ",
                "America/North",
                "Australia/North",
            ]
            .iter()
            .fold(body, |body, name| body.replace(name, ""));
            let words = words.iter().filter(|word| body.contains(**word));
            // A page that a mailed link leads to speaks for whoever sent it.
            if !row.path.starts_with("/welcome") {
                bad.extend(words.map(|word| format!("{} as {email}: {word}", page.path)));
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
