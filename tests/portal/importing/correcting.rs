//! Rows with a problem, corrected in fields of their own on the page that tells of them (ux 7.13).

use actix_web::http::Method;

use super::{IMPORT, RAVI, everything, invited, multipart, order, paste, results, roles_of, work};
use crate::support::app::TestApp;
use crate::support::html::Form;
use crate::support::visitor::{Answer, Visitor};

const ROWS: &str = "first_name;last_name;email;place;roles\n\
                    Nina;New;nina@new.example;Dock 4;Viewer\n\
                    Mona;More;mona;Dock 4;Viewer\n\
                    \n\
                    Rolf;Role;rolf@new.example;Dock 4;King\n\
                    Paul;Place;paul@new.example;Dock 77;Viewer\n";

fn again(preview: &Answer) -> Form {
    let mut form = preview.page().form("Check again");
    form.action = IMPORT.into();
    form
}

/// Sends a form as a browser sends one that may bring a file along.
async fn send(visitor: &Visitor<'_>, form: &Form) -> Answer {
    visitor
        .ask(Method::POST, &form.action)
        .body(
            "multipart/form-data; boundary=edge",
            multipart(&form.fields),
        )
        .send()
        .await
}

fn legends(answer: &Answer) -> Vec<String> {
    answer.page().texts("section fieldset.field > legend")
}

fn rows(answer: &Answer) -> String {
    let form = answer.page().form("Check again");
    let of = form.fields.iter().find(|(name, _)| name == "rows");
    of.map(|(_, value)| value.clone()).unwrap()
}

#[actix_web::test]
async fn a_row_with_a_problem_has_a_field_for_each_cell_and_the_others_stay_as_they_are() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = everything(&app);
    let preview = paste(&ravi, ROWS, "", &[]).await;
    assert_eq!(
        legends(&preview),
        [
            "Line 3: Enter an email address in the correct format, like name@example.com",
            "Line 5: There is no role “King”",
            "Line 6: You manage no reservation or organization called “Dock 77”",
        ]
    );
    assert_eq!(
        preview.page().attribute("#cell-5-4", "value").as_deref(),
        Some("King")
    );
    assert_eq!(preview.page().text("label[for=cell-5-4]"), "Roles");
    let form = again(&preview).fill("cell-5-4", "Viewer, Billing");
    let preview = send(&ravi, &form).await;
    assert_eq!(preview.status, 200, "{}", preview.words());
    assert_eq!(legends(&preview).len(), 2, "{}", preview.words());
    let right = ROWS.replace("King", "Viewer, Billing");
    assert_eq!(rows(&preview).trim_end(), right.trim_end());
    // What nobody changed is as it was, however often it is sent.
    let preview = send(&ravi, &again(&preview)).await;
    assert_eq!(rows(&preview).trim_end(), right.trim_end());
    assert_eq!(everything(&app), before, "a look writes nothing");
}

#[actix_web::test]
async fn rows_that_were_corrected_are_carried_out_without_another_look() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let preview = paste(&ravi, ROWS, "", &[]).await;
    let form = preview
        .page()
        .form("Continue")
        .fill("cell-3-2", "mona@new.example")
        .fill("cell-5-4", "Billing");
    let check = send(&ravi, &form).await;
    assert_eq!(check.status, 200, "{}", check.words());
    assert!(
        check.words().contains("Invite 3 people"),
        "{}",
        check.words()
    );
    assert!(
        check
            .words()
            .contains("1 row has a problem and is left out."),
        "{}",
        check.words()
    );
    let sent = send(&ravi, &check.page().form("Send 3 invitations")).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    work(&app).await;
    assert_eq!(invited(&app, "mona@new.example"), 1);
    assert_eq!(roles_of(&app, "rolf@new.example"), ["billing"]);
    assert_eq!(invited(&app, "paul@new.example"), 0);
}

#[actix_web::test]
async fn a_row_that_was_moved_meanwhile_is_corrected_where_it_stands_now() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let preview = paste(&ravi, ROWS, "", &[]).await;
    // The two first rows are taken out in the text, and Mona's is written otherwise there.
    let moved = "first_name;last_name;email;place;roles\n\
                 Mona;More;mona@acme.example;Dock 4;Viewer\n\
                 Paul;Place;paul@new.example;Dock 77;Viewer\n\
                 Rolf;Role;rolf@new.example;Dock 4;King\n";
    let form = again(&preview)
        .fill("rows", moved)
        .fill("cell-3-2", "mona@new.example")
        .fill("cell-5-4", "Viewer")
        .fill("cell-6-3", "Dock 9");
    let preview = send(&ravi, &form).await;
    let right = moved.replace("King", "Viewer").replace("Dock 77", "Dock 9");
    assert_eq!(rows(&preview).trim_end(), right.trim_end());
    assert_eq!(results(&preview), ["Ready is invited"; 3]);
}

#[actix_web::test]
async fn cells_that_no_page_offered_change_nothing() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let preview = paste(&ravi, ROWS, "", &[]).await;
    let was = |line: u64| {
        let name = format!("was-{line}");
        let form = preview.page().form("Check again");
        let of = form.fields.iter().find(|(own, _)| *own == name);
        of.map(|(_, value)| value.clone()).unwrap()
    };
    for (name, value) in [
        ("cell-3-5", "x"),
        ("cell-3-99999999999999999999999", "x"),
        ("cell-2-0", "x"),
        ("cell-1-0", "x"),
        ("cell-99-0", "x"),
        ("cell-x-0", "x"),
        ("cell-3", "x"),
        ("cell--1-0", "x"),
        ("was-2", "x"),
        ("was-1", &was(3)),
        ("was-99", "x"),
    ] {
        let form = again(&preview).forge(name, value);
        let sent = send(&ravi, &form).await;
        assert_eq!(sent.status, 200, "{name}: {}", sent.words());
        assert_eq!(rows(&sent).trim_end(), ROWS.trim_end(), "{name}");
    }
    // A digest of another row does not make these fields that row's.
    let mut form = again(&preview).fill("cell-3-0", "Eve");
    for (name, value) in &mut form.fields {
        if name == "was-3" {
            *value = "0".repeat(24);
        }
    }
    let sent = send(&ravi, &form).await;
    assert_eq!(rows(&sent).trim_end(), ROWS.trim_end());
    // What is typed is a cell, whatever is in it.
    let form = again(&preview).fill("cell-3-0", "a;\"b\"\nc;d");
    let sent = send(&ravi, &form).await;
    let right = ROWS.replace("Mona;", "\"a;\"\"b\"\"c;d\";");
    assert_eq!(rows(&sent).trim_end(), right.trim_end());
}

#[actix_web::test]
async fn of_a_thousand_rows_with_a_problem_the_first_twenty_have_fields_and_the_others_are_counted()
{
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let long = "x".repeat(121);
    let mut rows = String::from("first_name,last_name,email,place,roles,ends_on\n");
    for n in 0..1000 {
        let first = if n == 0 { &long } else { "Nina" };
        rows.push_str(&format!(
            "{first},New,nina{n}@new.example,Dock 4,King,2027-01-01\n"
        ));
    }
    let preview = paste(&ravi, &rows, "", &[]).await;
    let told = legends(&preview);
    assert_eq!(told.len(), 20);
    assert!(told[0].starts_with("Line 3: "), "{told:?}");
    assert!(
        preview.words().contains("980 more rows have a problem."),
        "{}",
        preview.words()
    );
    let mut form = again(&preview);
    for (name, value) in &mut form.fields {
        if name.starts_with("cell-") && value == "King" {
            *value = "Viewer".into();
        }
        if name.ends_with("-1") && value == "New" {
            *value = "語".repeat(80);
        }
    }
    let preview = send(&ravi, &form).await;
    assert_eq!(preview.status, 200, "{}", preview.words());
    let summary = "1000 rows: 20 ready, 980 with a problem.";
    assert!(preview.words().contains(summary), "{}", preview.words());
    assert_eq!(legends(&preview).len(), 20);
    let page = order(&ravi, &preview).await;
    assert_eq!(page.page().h1(), "Import at work");
}

#[actix_web::test]
async fn rows_that_fields_cannot_show_as_they_are_stay_for_the_text() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let rows = "first_name,last_name,email,place,roles\n\
                Nina,New,nina@new.example,Dock 4,Viewer,more\n\
                \"Ni\"\"na\",New,nina,Dock 4,Viewer\n";
    let preview = paste(&ravi, rows, "", &[]).await;
    assert!(legends(&preview).is_empty());
    assert!(
        preview
            .words()
            .contains("2 rows can be corrected under “Correct the rows here”."),
        "{}",
        preview.words()
    );
    // One that is short gets the cells that it lacks.
    let rows = "first_name,last_name,email,place,roles\nNina,New,nina@new.example,Dock 4\n";
    let preview = paste(&ravi, rows, "", &[]).await;
    let form = again(&preview).fill("cell-2-4", "Viewer");
    let preview = send(&ravi, &form).await;
    assert_eq!(results(&preview), ["Ready is invited"]);
}
