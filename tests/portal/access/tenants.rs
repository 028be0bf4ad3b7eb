//! Two companies in one installation: whatever id of the other stands in a request, it might as well not exist.

use super::matrix::fields;
use crate::support::app::TestApp;
use crate::support::dump;
use crate::support::routes::{GLOBEX, NEAR, NOWHERE, Names, fill, segments};
use crate::support::visitor::{Answer, Visitor};
use actix_web::http::Method;
use tenantry::routes::{Row, table};

const SLOTS: [&str; 4] = ["account", "organization", "project", "user"];

/// Acme's names with some of them put in place by another's.
fn mixed(other: &Names, slots: &[&str]) -> Names {
    let pick = |slot: &str, own: &'static str, theirs: &'static str| {
        if slots.contains(&slot) { theirs } else { own }
    };
    Names {
        account: pick("account", NEAR.account, other.account),
        organization: pick("organization", NEAR.organization, other.organization),
        project: pick("project", NEAR.project, other.project),
        user: pick("user", NEAR.user, other.user),
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
    let ask = visitor.ask(row.method.clone(), &fill(row.path, names));
    if row.method == Method::GET {
        return ask.send().await;
    }
    let fields = fields(row, &NEAR);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    ask.fields(&fields).send().await
}

/// What an answer shows, without what is new in each.
fn shown(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != "x-request-id");
    let mut headers: Vec<(String, String)> = headers
        .map(|(name, value)| {
            (
                name.to_string(),
                value.to_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    headers.sort();
    (answer.status, headers, answer.body.clone())
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
            for slots in choices(&row) {
                // Lee is in both: what is wrong is only what does not belong together.
                if email.starts_with("lee")
                    && slots.len() == choices(&row).last().map_or(0, Vec::len)
                {
                    continue;
                }
                let theirs = ask(&visitor, &row, &mixed(&GLOBEX, &slots)).await;
                let nobodys = ask(&visitor, &row, &mixed(&NOWHERE, &slots)).await;
                asked += 1;
                let what = format!("{} {} as {email}", row.method, theirs.path);
                if theirs.status != 404 {
                    // Whoever may not do it at all is told so for what exists and for what does not alike.
                    let alike = email.starts_with("lee") && theirs.status == 403;
                    if !alike {
                        bad.push(format!("{what}: {}", theirs.status));
                    }
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
