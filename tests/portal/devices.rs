//! Devices: one by one, from a file, and moved from one organization to another.

use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::dump;
use crate::support::visitor::{Answer, Visitor};
use actix_web::http::Method;
use std::collections::BTreeMap;

const NORTH: &str = "/accounts/acme/organizations/north/devices";
const SOUTH: &str = "/accounts/acme/organizations/south/devices";
const OLGA: &str = "olga@acme.example";

fn device(path: &str, identifier: &str) -> String {
    format!("{path}/{}", cast::device(identifier))
}

/// The rows of the devices, each as text.
fn devices(app: &TestApp) -> Vec<String> {
    app.sql(|conn| Ok(dump::rows(conn, &[])))
        .remove("devices")
        .unwrap()
}

/// All rows but those that a session leaves.
fn everything(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut rows = app.sql(|conn| Ok(dump::rows(conn, &[])));
    rows.remove("sessions");
    rows
}

async fn add(visitor: &Visitor<'_>, path: &str, identifier: &str, name: &str) -> Answer {
    let page = visitor.get(&format!("{path}/new")).await;
    let button = page.page().texts("form .form-foot button").remove(0);
    let form = page.page().form(&button);
    let form = form.fill("identifier", identifier).fill("name", name);
    visitor.submit(&page, &form).await
}

/// Pastes rows and looks at what they would do.
async fn paste(visitor: &Visitor<'_>, rows: &str) -> Answer {
    let page = visitor.get(&format!("{NORTH}/import")).await;
    let form = page.page().form("Check the rows").fill("rows", rows);
    visitor.submit(&page, &form).await
}

/// What each row of a preview or of a result is told.
fn results(answer: &Answer) -> Vec<String> {
    answer.page().texts("tbody td[data-l=Result]")
}

fn submit_button(answer: &Answer) -> String {
    answer.page().texts("main form .form-foot button").remove(0)
}

#[actix_web::test]
async fn a_device_is_added_changed_and_deleted() {
    let app = TestApp::start().await;
    let otto = app.signed_in(&cast::holder("operations", At::North));
    let added = add(&otto, NORTH, "SN-77", "Printer 7").await;
    let page = otto.follow(added).await;
    assert!(
        page.words().contains("Printer 7 was added."),
        "{}",
        page.words()
    );
    let edit = otto.get(&page.page().link("Edit device")).await;
    let form = edit.page().form("Save changes").fill("name", "Printer 8");
    let form = form
        .fill("metadata", "shelf:  9")
        .tick("status", "maintenance");
    let changed = otto.submit(&edit, &form).await;
    let page = otto.follow(changed).await;
    for words in ["Printer 8 was changed.", "In maintenance", "shelf", "SN-77"] {
        assert!(page.words().contains(words), "{words}: {}", page.words());
    }
    let confirm = otto.get(&page.page().link("Delete device")).await;
    let form = confirm.page().form("Delete Printer 8 from North");
    let gone = otto.submit(&confirm, &form).await;
    assert_eq!(gone.location().as_deref(), Some(NORTH));
    assert_eq!(otto.get(&page.path).await.status, 404);
}

#[actix_web::test]
async fn what_is_wrong_with_a_device_is_told_beside_the_field_and_nothing_is_lost() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let again = add(&olga, NORTH, "", "Printer 7").await;
    assert_eq!(again.status, 422);
    assert_eq!(again.page().error_summary()[0].0, "Enter an identifier");
    assert_eq!(
        again.page().attribute("#name", "value").as_deref(),
        Some("Printer 7")
    );
}

#[actix_web::test]
async fn rule_1_an_identifier_is_taken_in_the_whole_account_and_names_no_place_that_one_does_not_see()
 {
    let app = TestApp::start().await;
    let before = devices(&app);
    for (email, words) in [
        (
            OLGA.to_owned(),
            "“Scanner-9” belongs to South. Move it from there instead",
        ),
        (
            cast::holder("manager", At::North),
            "“Scanner-9” is taken. Choose another identifier",
        ),
    ] {
        let visitor = app.signed_in(&email);
        let again = add(&visitor, NORTH, "Scanner-9", "Mine").await;
        assert_eq!(again.page().error_summary()[0].0, words);
        let preview = paste(&visitor, "identifier,name\nSCANNER-9,Mine\n").await;
        let told = results(&preview).remove(0);
        assert_eq!(told.contains("South"), email == OLGA, "{told}");
    }
    // Another account has identifiers of its own.
    let olga = app.signed_in(OLGA);
    assert_eq!(add(&olga, NORTH, "reader-1", "Mine").await.status, 303);
    assert_eq!(devices(&app).len(), before.len() + 1);
}

#[actix_web::test]
async fn somebody_who_was_slower_changes_nothing() {
    let app = TestApp::start().await;
    let (olga, anna) = (
        app.signed_in(OLGA),
        app.signed_in(&cast::holder("admin", At::North)),
    );
    let path = format!("{}/edit", device(NORTH, "scanner-4"));
    let (hers, other) = (olga.get(&path).await, anna.get(&path).await);
    let form = hers.page().form("Save changes").fill("name", "Olga's");
    assert_eq!(olga.submit(&hers, &form).await.status, 303);
    let before = everything(&app);
    let form = other.page().form("Save changes").fill("name", "Anna's");
    assert_eq!(anna.submit(&other, &form).await.status, 409);
    assert_eq!(everything(&app), before);
}

#[actix_web::test]
async fn a_file_is_looked_at_before_anything_is_written() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let before = everything(&app);
    let rows = "\u{feff}Identifier;Name;Status\r\nSN-1;Gate 1;\r\nscanner-4;Scanner 4b;Retired\r\n";
    let preview = paste(&olga, rows).await;
    assert_eq!(
        results(&preview),
        ["Ready is added", "Changes name, status"]
    );
    assert_eq!(everything(&app), before);
    let form = preview.page().form("Submit 2 devices to North");
    let sent = olga.submit(&preview, &form).await;
    let done = olga.follow(sent).await;
    assert!(
        done.words().contains("2 devices imported to North."),
        "{}",
        done.words()
    );
    assert_eq!(results(&done), ["Added", "Changed name, status"]);
    let changed = olga.get(&device(NORTH, "scanner-4")).await;
    assert!(changed.words().contains("Scanner 4b") && changed.words().contains("TC52"));
    // The same file again has nothing to do, and what was sent twice writes nothing twice.
    let again = paste(&olga, rows).await;
    assert_eq!(results(&again), ["No change", "No change"]);
    let after = everything(&app);
    assert_eq!(olga.submit(&preview, &form).await.status, 422);
    assert_eq!(everything(&app), after);
}

#[actix_web::test]
async fn a_row_with_a_problem_keeps_the_whole_file_out_unless_it_is_left_out_knowingly() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let before = everything(&app);
    let rows = "identifier,name,status\nSN-1,Gate 1,active\nSN-2,,active\nSN-3,Gate 3,broken\nSN-1,Twice,active\nSN-5,Gate 5\n";
    let preview = paste(&olga, rows).await;
    let told = results(&preview);
    for (at, words) in [
        "Ready",
        "Enter a name",
        "is no status",
        "on line 2 already",
        "2 cells",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(told[at].contains(words), "{words}: {}", told[at]);
    }
    let form = preview.page().form(&submit_button(&preview));
    let refused = olga.submit(&preview, &form).await;
    assert_eq!(refused.status, 422);
    assert_eq!(everything(&app), before);
    let form = refused
        .page()
        .form(&submit_button(&refused))
        .tick("leave_out", "yes");
    let sent = olga.submit(&refused, &form).await;
    let done = olga.follow(sent).await;
    assert!(
        done.words().contains("1 added, 4 left out"),
        "{}",
        done.words()
    );
    assert_eq!(devices(&app).len(), before["devices"].len() + 1);
}

#[actix_web::test]
async fn what_was_agreed_to_has_to_be_so_still() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let preview = paste(&olga, "identifier,name\nSN-1,Gate 1\n").await;
    add(&olga, SOUTH, "sn-1", "Faster").await;
    let before = everything(&app);
    let form = preview.page().form(&submit_button(&preview));
    let again = olga.submit(&preview, &form).await;
    assert_eq!(again.status, 422);
    assert!(
        again.words().contains("changed since you looked"),
        "{}",
        again.words()
    );
    assert_eq!(everything(&app), before);
}

#[actix_web::test]
async fn files_of_all_usual_kinds_are_read_and_others_are_told_apart() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let text = "identifier\tname\r\nSN-1\tTür 1\r\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = b"identifier;name\r\nSN-1;T\xfcr 1\r\n".to_vec();
    for (bytes, guessed) in [
        (text.as_bytes().to_vec(), false),
        (wide, false),
        (latin, true),
    ] {
        let ask = olga.ask(Method::POST, &format!("{NORTH}/import"));
        let preview = ask.file("file", &bytes).send().await;
        assert_eq!(results(&preview), ["Ready is added"], "{}", preview.words());
        assert!(preview.words().contains("Tür 1"), "{}", preview.words());
        assert_eq!(preview.words().contains("Windows-1252"), guessed);
    }
    let many = format!("identifier,name\n{}", "a,b\n".repeat(1001));
    let most = format!("identifier,name\n{}", "a,b\n".repeat(100_000));
    let large = "x".repeat(1_100_000);
    for (bytes, words) in [
        (&b"PK\x03\x04"[..], "a spreadsheet"),
        (b"", "Choose a file"),
        (b"identifier,name\n", "no row below"),
        (b"identifier,title\nSN-1,a\n", "“title” is not known"),
        (b"identifier,model\nSN-1,a\n", "no column “name”"),
        (b"identifier,name,Name\nSN-1,a,b\n", "there twice"),
        (many.as_bytes(), "more than 1000 rows"),
        (most.as_bytes(), "more than 1000 rows"),
        (large.as_bytes(), "larger than 1024 KiB"),
    ] {
        let ask = olga.ask(Method::POST, &format!("{NORTH}/import"));
        let again = ask.file("file", bytes).send().await;
        assert_eq!(again.status, 422, "{words}");
        assert!(again.words().contains(words), "{words}: {}", again.words());
    }
}

#[actix_web::test]
async fn devices_are_moved_by_who_manages_both_organizations() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let page = olga.get(&device(NORTH, "scanner-4")).await;
    let choose = olga.get(&page.page().link("Move device")).await;
    let south = cast::organization("south").to_string();
    let form = choose.page().form("Continue").tick("to", &south);
    let before = devices(&app);
    let review = olga.submit(&choose, &form).await;
    assert!(
        review
            .words()
            .contains("1 device will move from North to South"),
        "{}",
        review.words()
    );
    assert_eq!(devices(&app), before);
    let form = review.page().form("Submit: move to South");
    let moved = olga.submit(&review, &form).await;
    assert_eq!(moved.location().as_deref(), Some(NORTH));
    assert_eq!(olga.get(&device(SOUTH, "scanner-4")).await.status, 200);
    assert_eq!(olga.get(&device(NORTH, "scanner-4")).await.status, 404);
    // It is in North no more: sending it again is as if it did not exist.
    assert_eq!(olga.submit(&review, &form).await.status, 404);
}

#[actix_web::test]
async fn devices_ticked_in_the_list_are_moved_together_or_not_at_all() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_device(conn, ("acme", "north"), "gate-1", "Gate 1");
        cast::insert_device(conn, ("acme", "north"), "gate-2", "Gate 2");
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let list = olga.get(NORTH).await;
    let mut form = list.page().form("Move selected devices");
    for identifier in ["gate-1", "gate-2"] {
        form = form.tick("device", &cast::device(identifier).to_string());
    }
    let choose = olga.submit(&list, &form).await;
    let south = cast::organization("south").to_string();
    let form = choose.page().form("Continue").tick("to", &south);
    let review = olga.submit(&choose, &form).await;
    assert!(
        review
            .words()
            .contains("2 devices will move from North to South")
    );
    // One of them goes meanwhile: neither moves.
    let gone = device(NORTH, "gate-2");
    let sure = olga.get(&format!("{gone}/delete")).await;
    let deleted = olga
        .submit(&sure, &sure.page().form("Delete Gate 2 from North"))
        .await;
    assert_eq!(deleted.status, 303);
    let form = review.page().form("Submit: move to South");
    assert_eq!(olga.submit(&review, &form).await.status, 404);
    assert_eq!(olga.get(&device(NORTH, "gate-1")).await.status, 200);
    let alone = form.untick("device", &cast::device("gate-2").to_string());
    assert_eq!(olga.submit(&review, &alone).await.status, 303);
    assert_eq!(olga.get(&device(SOUTH, "gate-1")).await.status, 200);
    assert_eq!(olga.get(&device(NORTH, "scanner-4")).await.status, 200);
}

#[actix_web::test]
async fn rule_5_devices_are_not_moved_to_where_one_does_not_manage_them() {
    let app = TestApp::start().await;
    let mia = cast::holder("manager", At::North);
    let before = devices(&app);
    let ask = |to: &str| {
        let id = cast::device("scanner-4").to_string();
        let to = cast::organization(to).to_string();
        vec![("device", id), ("to", to)]
    };
    let post = async |to: &str| {
        let fields = ask(to);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        app.signed_in(&mia)
            .post(&format!("{NORTH}/move"), &fields)
            .await
    };
    // South is not visible to her, Globex's Hub is another company's: neither is there.
    for to in ["south", "hub", "no-such"] {
        assert_eq!(post(to).await.status, 404, "{to}");
    }
    assert_eq!(post("north").await.status, 422);
    // Once she sees South, she is told; once she manages it, it works.
    app.sql(|conn| {
        cast::give(conn, &mia, "viewer", At::South);
        Ok(())
    });
    let told = post("south").await;
    assert_eq!(told.status, 422);
    assert!(
        told.words().contains("cannot manage the devices of South"),
        "{}",
        told.words()
    );
    assert_eq!(devices(&app), before);
    app.sql(|conn| {
        cast::give(conn, &mia, "operations", At::South);
        Ok(())
    });
    assert_eq!(post("south").await.status, 303);
}

#[actix_web::test]
async fn rule_5_the_devices_of_organizations_below_are_names_to_whoever_sees_only_the_one_above() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_organization(conn, "acme", "yard", "Yard");
        cast::put_below(conn, "yard", "north");
        cast::insert_device(conn, ("acme", "yard"), "gate-1", "Gate 1");
        Ok(())
    });
    let mia = app.signed_in(&cast::holder("manager", At::North));
    let plain = mia.get(NORTH).await;
    assert!(!plain.words().contains("Gate 1"), "{}", plain.words());
    let all = mia
        .get(&plain.page().link("Include sub-organizations"))
        .await;
    assert!(all.words().contains("Gate 1"), "{}", all.words());
    let links = all.page().links();
    assert!(
        !links.iter().any(|(_, href)| href.contains("/yard")),
        "{links:?}"
    );
    // What is not in North cannot be selected there, and not be opened.
    assert!(
        !all.page()
            .has(&format!("input[value='{}']", cast::device("gate-1")))
    );
    let yard = "/accounts/acme/organizations/yard/devices";
    assert_eq!(mia.get(&device(yard, "gate-1")).await.status, 404);
    assert_eq!(mia.get(&device(NORTH, "gate-1")).await.status, 404);
    let olga = app.signed_in(OLGA);
    let all = olga.get(&format!("{NORTH}?below=1")).await;
    assert_eq!(all.page().link("Gate 1"), device(yard, "gate-1"));
}

#[actix_web::test]
async fn the_list_is_searched_filtered_sorted_and_taken_along_and_the_file_can_be_sent_back() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..60 {
            let (identifier, name) = (format!("sn-{n:02}"), format!("Gate {:02}", 59 - n));
            cast::insert_device(conn, ("acme", "north"), &identifier, &name);
        }
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let first = |answer: &Answer| answer.page().texts("tbody th").remove(0);
    let names = olga.get(NORTH).await;
    assert_eq!(first(&names), "Gate 00");
    let by_identifier = olga
        .get(
            &names
                .page()
                .attribute("thead a[href*=identifier]", "href")
                .unwrap(),
        )
        .await;
    assert_eq!(first(&by_identifier), "Scanner 4");
    let found = olga.get(&format!("{NORTH}?q=sn-07")).await;
    assert_eq!(first(&found), "Gate 52");
    let none = olga.get(&format!("{NORTH}?status=retired")).await;
    assert!(
        none.words().contains("No devices match Retired"),
        "{}",
        none.words()
    );
    let file = olga.get(&format!("{NORTH}.csv")).await;
    assert_eq!(file.body.lines().count(), 62);
    assert!(
        file.body
            .starts_with("identifier,name,model,status,last_seen,organization,metadata")
    );
    let back = paste(&olga, &file.body.replace("Gate 00", "Gate 00b")).await;
    let told = results(&back);
    assert_eq!(told.iter().filter(|told| *told == "No change").count(), 60);
    assert!(told.contains(&"Changes name".to_owned()), "{told:?}");
}
