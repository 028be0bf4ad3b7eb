//! Each cell of the matrix, asked of the portal: who can do this there? Also those permissions that no page of the
//! portal asks for, because the operator's products guard them.

use super::matrix::{Caller, everybody, permissions};
use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use std::collections::BTreeSet;

fn id(at: At) -> String {
    match at {
        At::Account => cast::account("acme").to_string(),
        At::North | At::South => cast::organization(at.word()).to_string(),
        At::Dock4 => cast::project("dock-4").to_string(),
        At::Dock9 => cast::project("dock-9").to_string(),
    }
}

/// Who can, as the portal says it to Olga.
async fn told(app: &TestApp, permission: &str, at: At) -> BTreeSet<String> {
    let path = format!(
        "/accounts/acme/access/who.csv?action={permission}&where={}",
        id(at)
    );
    let answer = app.signed_in("olga@acme.example").get(&path).await;
    assert_eq!(answer.status, 200, "{path}");
    let mut file = csv::Reader::from_reader(answer.body.as_bytes());
    let head = file.headers().unwrap();
    let column = head.iter().position(|name| name == "email").unwrap();
    let email = |row: csv::Result<csv::StringRecord>| row.unwrap()[column].to_owned();
    file.records().map(email).collect()
}

#[actix_web::test]
async fn rule_16_who_can_do_what_where_is_what_the_matrix_says_cell_by_cell() {
    let app = TestApp::start().await;
    let callers = everybody(&app);
    assert_eq!(permissions().count(), 28);
    for permission in permissions() {
        for at in [At::Account, At::North, At::South, At::Dock4, At::Dock9] {
            let can = callers.iter().filter(|caller| caller.may(permission, at));
            let wanted = can.filter_map(|caller: &Caller| caller.email.clone());
            let wanted: BTreeSet<String> = wanted.collect();
            let told = told(&app, permission, at).await;
            assert_eq!(told, wanted, "{permission} at {at:?}");
        }
    }
}
