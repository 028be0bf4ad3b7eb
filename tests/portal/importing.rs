//! People from a file: looked at before anything is written, carried out row by row, taken back (ux 7.13).

mod correcting;
mod several_places;

use actix_web::http::Method;
use diesel::prelude::*;
use std::collections::BTreeMap;
use tenantry::db::schema::{accounts, grants, memberships, outbox, people_imports, users};
use tenantry::db::types::Ts;
use tenantry::jobs;
use tenantry::users::importing;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder};
use crate::support::dump;
use crate::support::record::how_many;
use crate::support::visitor::{Answer, Visitor};

const IMPORT: &str = "/accounts/acme/user-management/import";
const RAVI: &str = "ravi@acme.example";
const OLGA: &str = "olga@acme.example";

/// All rows but those that a session leaves.
fn everything(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut rows = app.sql(|conn| Ok(dump::rows(conn, &[])));
    rows.remove("sessions");
    rows
}

/// Lets the job work until there is nothing left to do.
async fn work(app: &TestApp) {
    while importing::work(app.app()).await.unwrap() {}
}

/// Pastes rows, with a place and roles for those that name none.
async fn paste(visitor: &Visitor<'_>, rows: &str, place: &str, roles: &[&str]) -> Answer {
    let page = visitor.get(IMPORT).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let mut form = page.page().form("Check the rows").fill("rows", rows);
    if !place.is_empty() {
        form = form.tick("place", place);
    }
    for role in roles {
        form = form.tick("role", role);
    }
    visitor.submit(&page, &form).await
}

/// What each row of a preview or of a result is told.
fn results(answer: &Answer) -> Vec<String> {
    answer.page().texts("tbody td[data-l=Result]")
}

/// From the preview to the page of the import that was ordered.
async fn order(visitor: &Visitor<'_>, preview: &Answer) -> Answer {
    let check = visitor
        .submit(preview, &preview.page().form("Continue"))
        .await;
    assert_eq!(check.status, 200, "{}", check.words());
    let button = check.page().texts("form .form-foot button.btn").remove(0);
    let sent = visitor.submit(&check, &check.page().form(&button)).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    visitor.follow(sent).await
}

fn invited(app: &TestApp, email: &str) -> i64 {
    app.sql(|conn| {
        memberships::table
            .inner_join(users::table)
            .filter(memberships::account_id.eq(cast::account("acme")))
            .filter(users::email_key.eq(email))
            .count()
            .get_result(conn)
    })
}

fn roles_of(app: &TestApp, email: &str) -> Vec<String> {
    app.sql(|conn| {
        grants::table
            .inner_join(users::table.on(users::id.eq(grants::user_id)))
            .filter(users::email_key.eq(email))
            .filter(grants::account_id.eq(cast::account("acme")))
            .order(grants::role.asc())
            .select(grants::role)
            .load(conn)
    })
}

fn mails_to(app: &TestApp, email: &str) -> i64 {
    app.sql(|conn| {
        let to = outbox::table.filter(outbox::recipient.eq(email));
        to.count().get_result(conn)
    })
}

/// What a browser with scripts gets that asks for the progress again.
async fn progress(visitor: &Visitor<'_>, page: &Answer) -> Answer {
    let path = page.page().attribute("#import-progress", "hx-get").unwrap();
    assert_eq!(path, page.path);
    let ask = visitor.ask(Method::GET, &path);
    ask.header("hx-request", "true").send().await
}

/// A file with a row of every kind.
fn every_kind() -> String {
    let vera = holder("viewer", At::Dock4);
    format!(
        "First name;Last name;E-Mail;Reservation;Roles\r\n\
         Nina;New;nina@new.example;Dock 4;Viewer\r\n\
         Vera;V;{vera};North / Dock 4;Billing, Viewer\r\n\
         Sam;South;SAM@acme.example;dock 9;viewer\r\n\
         Dana;D;dana@acme.example;Dock 4;Viewer\r\n\
         Ines;I;ines@acme.example;Dock 4;Viewer\r\n\
         Nina;Again;Nina@new.example;Dock 4;Billing\r\n\
         ;Nobody;nobody;Dock 4;Viewer\r\n\
         Ada;Min;ada@new.example;Dock 4;Admin\r\n\
         Paul;Place;paul@new.example;Dock 77;Viewer\r\n\
         Rolf;Role;rolf@new.example;Dock 4;King\r\n\
         Olaf;Owner;olaf@new.example;Acme;Owner\r\n\
         Ravi;Self;ravi@acme.example;Dock 4;Viewer\r\n"
    )
}

#[actix_web::test]
async fn a_file_with_every_kind_of_row_is_shown_then_carried_out_and_the_second_time_does_nothing_new()
 {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = everything(&app);
    let preview = paste(&ravi, &every_kind(), "", &[]).await;
    assert_eq!(preview.status, 200, "{}", preview.words());
    let told = results(&preview);
    for words in [
        "Enter a first name. Enter an email address in the correct format",
        "Problem The role Admin cannot be given directly. Request it: an Admin or Owner has to approve it. (Refused by: role.)",
        "You manage no reservation or organization called “Dock 77”",
        "There is no role “King”",
        "Ownership cannot be given by a file",
        "This is you. You cannot change your own roles. (Refused by: role.)",
        "Already here holds these roles; skipped",
        "Already invited skipped; the link",
        "Inactive (reactivate?) skipped; reactivate them on their page",
        "Twice in file skipped; stands on line 2 already",
        "Ready is invited",
        "Already here gets these roles",
    ] {
        let found = told.iter().filter(|told| told.contains(words)).count();
        assert_eq!(found, 1, "{words}: {told:#?}");
    }
    assert!(told[0].starts_with("Problem"), "problems come first");
    let summary = "12 rows: 1 ready, 1 already here, with roles to add, 1 already here, 1 already invited, 1 inactive, 1 twice in the file, 6 with a problem.";
    assert!(preview.words().contains(summary), "{}", preview.words());
    let check = ravi
        .submit(&preview, &preview.page().form("Continue"))
        .await;
    for words in [
        "Invite 1 person, and send them a mail with a link.",
        "Give roles to 1 person who is here already.",
        "4 rows are skipped",
        "6 rows have a problem and are left out.",
    ] {
        assert!(check.words().contains(words), "{words}: {}", check.words());
    }
    assert_eq!(everything(&app), before, "a look writes nothing");

    let form = check.page().form("Send 1 invitation");
    let sent = ravi.submit(&check, &form).await;
    let page = ravi.follow(sent).await;
    assert_eq!(page.page().h1(), "Import at work");
    assert_eq!(
        page.header("refresh"),
        None,
        "with scripts nothing is reloaded"
    );
    let refresh = "<noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>";
    assert!(page.body.contains(refresh), "{}", page.body);
    assert!(
        page.page().has("progress[max='12'][value='10']"),
        "{}",
        page.body
    );
    let again = progress(&ravi, &page).await;
    assert_eq!(again.header("hx-refresh"), None);
    assert!(
        again.page().has("#import-progress progress[value='10']"),
        "{}",
        again.body
    );
    work(&app).await;
    // Whoever waited with scripts gets the whole page once, at the end.
    assert_eq!(
        progress(&ravi, &page).await.header("hx-refresh"),
        Some("true")
    );
    let done = ravi.get(&page.path).await;
    assert_eq!(done.page().h1(), "Import finished");
    assert_eq!(done.header("hx-refresh"), None);
    assert!(
        !done.body.contains("http-equiv=\"refresh\""),
        "{}",
        done.body
    );
    assert!(
        done.words()
            .contains("12 rows: 1 invited, 1 got roles, 4 skipped, 6 failed."),
        "{}",
        done.words()
    );
    assert_eq!(invited(&app, "nina@new.example"), 1);
    assert_eq!(roles_of(&app, "nina@new.example"), ["viewer"]);
    assert_eq!(
        roles_of(&app, &holder("viewer", At::Dock4)),
        ["billing", "viewer"]
    );
    assert_eq!(mails_to(&app, "nina@new.example"), 1);
    for nobody in [
        "ada@new.example",
        "paul@new.example",
        "rolf@new.example",
        "olaf@new.example",
    ] {
        assert_eq!(invited(&app, nobody), 0, "{nobody}");
    }
    assert_eq!(how_many(&app, "people.import_started"), 1);
    assert_eq!(how_many(&app, "people.imported"), 1);
    assert_eq!(how_many(&app, "user.invited"), 1);
    assert_eq!(how_many(&app, "role.granted"), 2);

    // The same file again: nothing is left to do, and what was sent twice is done once.
    let again = paste(&ravi, &every_kind(), "", &[]).await;
    assert!(
        again.words().contains("There is nothing to do"),
        "{}",
        again.words()
    );
    let after = everything(&app);
    assert_eq!(ravi.submit(&check, &form).await.status, 422);
    work(&app).await;
    assert_eq!(everything(&app), after);
}

#[actix_web::test]
async fn each_kind_of_row_is_called_by_its_name_and_leads_on() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let rows = "first_name,last_name,email\n\
        Nina,New,nina@new.example\n\
        Sam,South,sam@acme.example\n\
        Dana,D,dana@acme.example\n\
        Ines,I,ines@acme.example\n\
        Nina,Again,nina@new.example\n\
        ,Nobody,nobody\n";
    let dock = cast::project("dock-4").to_string();
    let preview = paste(&ravi, rows, &dock, &["viewer"]).await;
    let mut told: Vec<String> = preview.page().texts("td .tag");
    told.sort();
    let labels = [
        "Already here",
        "Already invited",
        "Inactive (reactivate?)",
        "Problem",
        "Ready",
        "Twice in file",
    ];
    assert_eq!(told, labels);
    let says = "Already here will be added to reservation";
    assert!(
        results(&preview).contains(&says.to_owned()),
        "{:?}",
        results(&preview)
    );
    let ines = format!("/accounts/acme/users/{}", cast::user("ines@acme.example"));
    assert_eq!(preview.page().link("Ines I"), ines);
}

#[actix_web::test]
async fn whoever_ordered_it_is_told_by_mail_how_it_ended() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let preview = paste(&ravi, &every_kind(), "", &[]).await;
    let page = order(&ravi, &preview).await;
    work(&app).await;
    let mails = app.deliver().await;
    let told = mails.iter().find(|mail| mail.to == [RAVI]).unwrap();
    assert_eq!(
        told.subject(),
        "Import finished: 1 invited, 6 need attention"
    );
    assert!(told.text().contains(&page.path), "{}", told.text());
}

#[actix_web::test]
async fn an_order_that_is_sent_twice_while_it_is_at_work_is_carried_out_once() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let rows = "first_name,last_name,email\nNina,New,nina@new.example\n";
    let place = cast::project("dock-4").to_string();
    let preview = paste(&ravi, rows, &place, &["viewer"]).await;
    let check = ravi
        .submit(&preview, &preview.page().form("Continue"))
        .await;
    let form = check.page().form("Send 1 invitation");
    let (one, two) = (
        ravi.submit(&check, &form).await,
        ravi.submit(&check, &form).await,
    );
    assert_eq!(one.location(), two.location());
    let count: i64 = app.sql(|conn| people_imports::table.count().get_result(conn));
    work(&app).await;
    assert_eq!(count, 4, "the cast has three");
    assert_eq!(invited(&app, "nina@new.example"), 1);
    assert_eq!(mails_to(&app, "nina@new.example"), 1);
}

#[actix_web::test]
async fn columns_that_are_not_known_are_chosen_by_hand() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let place = cast::project("dock-4").to_string();
    let rows = "Vorname,Nachname,Adresse,Telefon\nNina,New,nina@new.example,123\n";
    let ask = paste(&ravi, rows, &place, &["viewer"]).await;
    assert_eq!(ask.status, 422);
    assert_eq!(
        ask.page().error_summary()[0].0,
        "Choose which column is the first name"
    );
    let mut form = ask.page().form("Check again");
    form.fields.retain(|(name, _)| name != "column");
    for column in ["first_name", "last_name", "email", "none"] {
        form = form.forge("column", column);
    }
    form.action = IMPORT.into();
    let preview = ravi.submit(&ask, &form).await;
    assert_eq!(
        results(&preview),
        ["Ready is invited"],
        "{}",
        preview.words()
    );
    let page = order(&ravi, &preview).await;
    work(&app).await;
    assert_eq!(results(&ravi.get(&page.path).await), ["Invited"]);
    assert_eq!(roles_of(&app, "nina@new.example"), ["viewer"]);
}

#[actix_web::test]
async fn rule_17_holds_for_each_row_and_places_and_people_out_of_reach_are_not_there() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let rows = "first_name,last_name,email,place,roles\n\
                Nina,New,nina@new.example,Dock 4,Viewer\n\
                Mona,More,mona@new.example,Dock 4,User Management\n\
                Sina,South,sina@new.example,Dock 9,Viewer\n\
                Lena,Level,lena@new.example,North,Viewer\n\
                Sam,South,sam@acme.example,Dock 4,Viewer\n";
    let preview = paste(&uma, rows, "", &[]).await;
    let told = results(&preview);
    for (at, words) in [
        "Only an Admin or Owner of this place can give the role User Management",
        "You manage no reservation or organization called “Dock 9”",
        "You manage no reservation or organization called “North”",
        "Somebody with this address is in Acme already, outside of the places that you manage",
        "Ready",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(told[at].contains(words), "{words}: {}", told[at]);
    }
    // Nor by an id that no page offers.
    let forged = rows.replace("Dock 9", &cast::project("dock-9").to_string());
    assert!(results(&paste(&uma, &forged, "", &[]).await)[1].contains("You manage no"));
    order(&uma, &preview).await;
    work(&app).await;
    assert_eq!(invited(&app, "nina@new.example"), 1);
    for nobody in ["mona@new.example", "sina@new.example", "lena@new.example"] {
        assert_eq!(invited(&app, nobody), 0, "{nobody}");
    }
    assert_eq!(roles_of(&app, "sam@acme.example"), ["viewer"]);
}

#[actix_web::test]
async fn what_its_giver_may_not_do_any_more_is_refused_row_by_row_with_the_gate_named() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let place = cast::project("dock-4").to_string();
    let rows =
        "first_name,last_name,email\nNina,New,nina@new.example\nMona,More,mona@new.example\n";
    let uma = holder("user_management", At::Dock4);
    for (giver, by, words) in [
        (
            RAVI,
            "deactivate",
            "is not active in the account any more. (Refused by: role.)",
        ),
        (
            uma.as_str(),
            "roles",
            "does not include “Manage users” any more. (Refused by: role.)",
        ),
    ] {
        let visitor = app.signed_in(giver);
        let page = order(&visitor, &paste(&visitor, rows, &place, &["viewer"]).await).await;
        if by == "deactivate" {
            let path = format!("/accounts/acme/users/{}/deactivate", cast::user(giver));
            let ask = olga.get(&path).await;
            let done = olga.submit(&ask, &ask.page().form("Deactivate User")).await;
            assert_eq!(done.status, 303, "{}", done.words());
        } else {
            app.sql(|conn| {
                let held = grants::table.filter(grants::user_id.eq(cast::user(giver)));
                diesel::update(held)
                    .set(grants::ends_at.eq(Some(app.now())))
                    .execute(conn)
            });
        }
        work(&app).await;
        let done = olga.get(&page.path).await;
        assert_eq!(results(&done).len(), 2, "{}", done.words());
        for told in results(&done) {
            assert!(told.contains(words), "{told}");
        }
        for nobody in ["nina@new.example", "mona@new.example"] {
            assert_eq!(invited(&app, nobody), 0);
        }
    }
    assert_eq!(how_many(&app, "user.invited"), 0);
}

#[actix_web::test]
async fn a_frozen_account_takes_no_rows() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let place = cast::project("dock-4").to_string();
    let rows = "first_name,last_name,email\nNina,New,nina@new.example\n";
    let page = order(&ravi, &paste(&ravi, rows, &place, &["viewer"]).await).await;
    app.sql(|conn| {
        use tenantry::db::schema::accounts;
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    work(&app).await;
    let done = ravi.get(&page.path).await;
    assert!(
        results(&done)[0].contains("(Refused by: plan.)"),
        "{}",
        done.words()
    );
    assert_eq!(invited(&app, "nina@new.example"), 0);
}

#[actix_web::test]
async fn without_mail_the_link_is_there_to_be_copied() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let place = cast::project("dock-4").to_string();
    let rows = "first_name,last_name,email\nNina,New,nina@new.example\n";
    let preview = paste(&ravi, rows, &place, &["viewer"]).await;
    let form = preview.page().form("Continue").tick("mail", "later");
    let check = ravi.submit(&preview, &form).await;
    assert!(
        check.words().contains("without a mail"),
        "{}",
        check.words()
    );
    let form = check.page().form("Make 1 invitation without mail");
    let page = ravi.submit(&check, &form).await;
    let page = ravi.follow(page).await;
    work(&app).await;
    assert_eq!(mails_to(&app, "nina@new.example"), 0);
    let done = ravi.get(&page.path).await;
    let person = ravi.get(&done.page().link("Nina New")).await;
    let shown = ravi.submit(&person, &person.page().form("Copy link")).await;
    let shown = ravi.follow(shown).await;
    assert!(shown.body.contains("/welcome/"), "{}", shown.words());
}

#[actix_web::test]
async fn a_powerful_role_for_everybody_is_warned_of_before() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let place = cast::project("dock-4").to_string();
    let two = "first_name,last_name,email\nNina,New,nina@new.example\nMona,More,mona@new.example\n";
    let warned = "Every one of the 2 people gets the role User Management.";
    let preview = paste(&olga, two, &place, &["viewer", "user_management"]).await;
    assert!(preview.words().contains(warned), "{}", preview.words());
    let check = olga
        .submit(&preview, &preview.page().form("Continue"))
        .await;
    assert!(check.words().contains(warned), "{}", check.words());
    let preview = paste(&olga, two, &place, &["viewer"]).await;
    assert!(
        !preview.words().contains("Every one"),
        "{}",
        preview.words()
    );
}

#[actix_web::test]
async fn an_accounts_own_role_is_warned_of_if_it_holds_what_no_everyday_role_holds() {
    let app = TestApp::start().await;
    let (keys, watch) = app.sql(|conn| {
        let keys = cast::insert_role(conn, "acme", "Gate keys", "users.view audit.view");
        let watch = cast::insert_role(conn, "acme", "Night watch", "users.view orders.write");
        Ok((keys.to_string(), watch.to_string()))
    });
    let olga = app.signed_in(OLGA);
    let place = cast::project("dock-4").to_string();
    let two = "first_name,last_name,email\nNina,New,nina@new.example\nMona,More,mona@new.example\n";
    let preview = paste(&olga, two, &place, &[&keys]).await;
    let warned = "Every one of the 2 people gets the role Gate keys.";
    assert!(preview.words().contains(warned), "{}", preview.words());
    let preview = paste(&olga, two, &place, &[&watch]).await;
    let words = preview.words();
    assert!(words.contains("2 ready"), "{words}");
    assert!(!words.contains("Every one"), "{words}");
}

#[actix_web::test]
async fn invitations_that_were_not_accepted_are_taken_back() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let place = cast::project("dock-4").to_string();
    let rows =
        "first_name,last_name,email\nNina,New,nina@new.example\nMona,More,mona@new.example\n";
    let page = order(&ravi, &paste(&ravi, rows, &place, &["viewer"]).await).await;
    let early = ravi.post(&format!("{}/undo", page.path), &[]).await;
    assert_eq!(early.status, 409, "not while it is at work");
    work(&app).await;
    app.sql(|conn| {
        let mona = users::table.filter(users::email_key.eq("mona@new.example"));
        let mona: tenantry::db::types::UserId = mona.select(users::id).first(conn)?;
        diesel::update(memberships::table.filter(memberships::user_id.eq(mona)))
            .set(memberships::status.eq("active"))
            .execute(conn)
    });
    let done = ravi.get(&page.path).await;
    let ask = ravi
        .get(
            &done
                .page()
                .link("Undo: withdraw the 1 invitation not yet accepted"),
        )
        .await;
    let form = ask.page().form("Withdraw the invitations");
    let undone = ravi.submit(&ask, &form).await;
    ravi.follow(undone).await;
    work(&app).await;
    let undone = ravi.get(&page.path).await;
    assert_eq!(undone.page().h1(), "Import taken back");
    assert_eq!(
        results(&undone),
        ["Withdrawn", "Kept Was accepted, or withdrawn, meanwhile"]
    );
    assert_eq!(invited(&app, "nina@new.example"), 0);
    assert_eq!(invited(&app, "mona@new.example"), 1);
    assert_eq!(how_many(&app, "user.invite_revoked"), 1);
    assert_eq!(how_many(&app, "people.import_undone"), 1);
    let twice = ravi.submit(&ask, &form).await;
    assert_eq!(twice.status, 409, "{}", twice.words());
    // The same file can be sent again then.
    let again = paste(&ravi, rows, &place, &["viewer"]).await;
    assert_eq!(results(&again).len(), 2);
    assert!(again.words().contains("1 ready"), "{}", again.words());
}

#[actix_web::test]
async fn the_page_of_an_import_is_for_whoever_ordered_it_and_for_managers_of_everybody() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let place = cast::project("dock-4").to_string();
    let rows = "first_name,last_name,email\nNina,New,nina@new.example\n";
    let page = order(&ravi, &paste(&ravi, rows, &place, &["viewer"]).await).await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    for end in ["", "/rows.csv", "/undo"] {
        let path = format!("{}{end}", page.path);
        assert_eq!(uma.get(&path).await.status, 404, "{path}");
    }
    assert!(!uma.get(IMPORT).await.words().contains("Recent imports"));
    let olga = app.signed_in(OLGA);
    assert_eq!(olga.get(&page.path).await.status, 200);
    assert!(
        olga.get(IMPORT)
            .await
            .page()
            .links()
            .iter()
            .any(|(_, to)| *to == page.path)
    );
}

#[actix_web::test]
async fn what_failed_is_a_file_that_no_spreadsheet_takes_for_formulas() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let rows = "first_name,last_name,email,place,roles\n\
                Nina,New,nina@new.example,Dock 4,Viewer\n\
                '=cmd(),Bad,nobody,Dock 4,Viewer\n";
    let page = order(&ravi, &paste(&ravi, rows, "", &[]).await).await;
    work(&app).await;
    let done = ravi.get(&page.path).await;
    let file = ravi.get(&done.page().link("Download what failed")).await;
    assert_eq!(
        file.body.lines().collect::<Vec<_>>(),
        [
            "line,first_name,last_name,email,place,roles,ends_on,result,reason",
            "3,'=cmd(),Bad,nobody,Dock 4,Viewer,,failed,\"Enter an email address in the correct format, like name@example.com\"",
        ]
    );
}

#[actix_web::test]
async fn files_that_are_no_list_of_people_are_told_apart_and_nothing_is_half_done() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = everything(&app);
    let latin =
        b"first_name;last_name;email;place;roles\nJ\xfcrgen;B\xf6ll;j@new.example;Dock 4;Viewer\n"
            .to_vec();
    let wide: Vec<u8> = "\u{feff}first_name\tlast_name\temail\tplace\troles\nJürgen\tBöll\tj@new.example\tDock 4\tViewer\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [latin, wide] {
        let ask = ravi.ask(Method::POST, IMPORT);
        let preview = ask.file("file", &bytes).send().await;
        assert_eq!(
            results(&preview),
            ["Ready is invited"],
            "{}",
            preview.words()
        );
        assert!(
            preview.words().contains("Jürgen Böll"),
            "{}",
            preview.words()
        );
    }
    let head = "first_name,last_name,email\n";
    let many = format!("{head}{}", "a,b,c\n".repeat(1001));
    let most = format!("{head}{}", "a,b,c\n".repeat(100_000));
    let wide = format!("{}\n{}\n", vec!["a"; 31].join(","), vec!["b"; 31].join(","));
    let mut places = String::from("first_name,last_name,email,place,roles\n");
    for n in 0..201 {
        places.push_str(&format!("A,B,a{n}@new.example,Dock {n},Viewer\n"));
    }
    for (bytes, words) in [
        (&b"PK\x03\x04"[..], "a spreadsheet"),
        (b"", "Choose a file"),
        (b"first_name,last_name,email\n", "no row below"),
        (b"a,b,c\nx,y,z\n", "Choose which column is the first name"),
        (many.as_bytes(), "more than 1000 rows"),
        (most.as_bytes(), "more than 1000 rows"),
        (wide.as_bytes(), "more than 30 columns"),
        (places.as_bytes(), "more than 200 places"),
    ] {
        let ask = ravi.ask(Method::POST, IMPORT);
        let refused = ask.file("file", bytes).send().await;
        assert_eq!(refused.status, 422, "{words}: {}", refused.words());
        let told = refused.page().error_summary();
        assert!(told[0].0.contains(words), "{words}: {told:?}");
    }
    assert_eq!(everything(&app), before);
}

#[actix_web::test]
async fn a_row_with_a_problem_is_corrected_on_the_page() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let place = cast::project("dock-4").to_string();
    let rows = "first_name,last_name,email\nNina,New,nina\n";
    let preview = paste(&ravi, rows, &place, &["viewer"]).await;
    assert!(results(&preview)[0].starts_with("Problem"));
    let right = rows.replace(",nina\n", ",nina@new.example\n");
    let mut form = preview.page().form("Check again").fill("rows", &right);
    form.action = IMPORT.into();
    let preview = ravi.submit(&preview, &form).await;
    assert_eq!(
        results(&preview),
        ["Ready is invited"],
        "{}",
        preview.words()
    );
    // And back to the first page nothing is lost.
    let mut form = preview.page().form("Change file, place or roles");
    form.action = IMPORT.into();
    let first = ravi.submit(&preview, &form).await;
    assert_eq!(first.status, 200, "{}", first.words());
    assert!(first.body.contains("nina@new.example"));
    assert!(first.page().has("select[name=place] option[selected]"));
    assert!(first.page().has("input[name=role][value=viewer][checked]"));
}

#[actix_web::test]
async fn rows_may_name_the_last_day_and_those_that_do_not_get_the_one_chosen_for_all() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::id.eq(cast::account("acme"))))
            .set(accounts::time_zone.eq("Europe/Berlin"))
            .execute(conn)
    });
    let ravi = app.signed_in(RAVI);
    let rows = "first_name,last_name,email,place,roles,until\n\
                Nina,New,nina@new.example,Dock 4,Viewer,2026-03-04\n\
                Mona,More,mona@new.example,Dock 4,Viewer,\n\
                Sam,South,sam@acme.example,Dock 4,Viewer,2026-03-05\n\
                Olaf,Over,olaf@new.example,Dock 4,Viewer,2026-03-01\n\
                Wim,Word,wim@new.example,Dock 4,Viewer,soon\n";
    let page = ravi.get(IMPORT).await;
    let form = page.page().form("Check the rows").fill("rows", rows);
    let preview = ravi
        .submit(&page, &form.fill("ends_on", "2026-03-31"))
        .await;
    assert_eq!(
        results(&preview),
        [
            "Problem Access ends on: This day is over. Enter today or a later one",
            "Problem Access ends on: Enter a day as year, month and day, like 2027-03-31",
            "Ready is invited",
            "Ready is invited",
            "Already here will be added to reservation",
        ],
        "{}",
        preview.words()
    );
    let shown = order(&ravi, &preview).await;
    work(&app).await;
    let end = |email: &str| -> Vec<Option<String>> {
        let ends: Vec<Option<Ts>> = app.sql(|conn| {
            grants::table
                .inner_join(users::table.on(users::id.eq(grants::user_id)))
                .filter(users::email_key.eq(email))
                .filter(grants::ends_at.is_not_null())
                .select(grants::ends_at)
                .load(conn)
        });
        ends.into_iter()
            .map(|end| end.map(|end| end.text()))
            .collect()
    };
    for (email, ends) in [
        ("nina@new.example", "2026-03-04T23:00:00"),
        ("mona@new.example", "2026-03-31T22:00:00"),
        ("sam@acme.example", "2026-03-05T23:00:00"),
    ] {
        let at = end(email);
        assert!(
            at.len() == 1 && at.iter().flatten().all(|at| at.starts_with(ends)),
            "{email}: {at:?}"
        );
    }
    let done = ravi.get(&shown.path).await;
    assert!(done.words().contains("2026-03-31"), "{}", done.words());
    let csv = ravi.get(&done.page().link("Download CSV")).await;
    assert!(
        csv.body
            .contains("nina@new.example,North / Dock 4,Viewer,2026-03-04,invited"),
        "{}",
        csv.body
    );
}

#[actix_web::test]
async fn a_last_day_that_passes_while_the_import_waits_is_told_and_nobody_is_invited() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let rows = "first_name,last_name,email,place,roles,ends_on\n\
                Nina,New,nina@new.example,Dock 4,Viewer,2026-03-02\n";
    let page = order(&ravi, &paste(&ravi, rows, "", &[]).await).await;
    app.advance(chrono::Duration::days(1));
    work(&app).await;
    let ravi = app.signed_in(RAVI);
    let done = ravi.get(&page.path).await;
    assert_eq!(
        results(&done),
        ["Failed Access ends on: This day is over. Enter today or a later one"]
    );
    assert_eq!(invited(&app, "nina@new.example"), 0);
}

#[actix_web::test]
async fn the_page_of_an_import_goes_after_thirty_days_and_what_it_did_stays() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let place = cast::project("dock-4").to_string();
    let rows = "first_name,last_name,email\nNina,New,nina@new.example\n";
    let page = order(&ravi, &paste(&ravi, rows, &place, &["viewer"]).await).await;
    work(&app).await;
    app.advance(chrono::Duration::days(29));
    while jobs::purge_imports(app.app()).await.unwrap() > 0 {}
    let ravi = app.signed_in(RAVI);
    assert_eq!(ravi.get(&page.path).await.status, 200);
    app.advance(chrono::Duration::days(2));
    while jobs::purge_imports(app.app()).await.unwrap() > 0 {}
    let ravi = app.signed_in(RAVI);
    assert_eq!(ravi.get(&page.path).await.status, 404);
    let left = everything(&app);
    assert!(left["people_import_rows"].is_empty());
    assert_eq!(invited(&app, "nina@new.example"), 1);
    assert_eq!(how_many(&app, "people.imported"), 1);
}

#[actix_web::test]
async fn s22_in_a_frozen_account_invitations_of_an_import_are_withdrawn_all_the_same() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let place = cast::project("dock-4").to_string();
    let rows = "first_name,last_name,email\nNina,New,nina@new.example\n";
    let page = order(&ravi, &paste(&ravi, rows, &place, &["viewer"]).await).await;
    work(&app).await;
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let undone = ravi.post(&format!("{}/undo", page.path), &[]).await;
    assert_eq!(undone.status, 303, "{}", undone.words());
    work(&app).await;
    let undone = ravi.get(&page.path).await;
    assert_eq!(results(&undone), ["Withdrawn"]);
    assert_eq!(invited(&app, "nina@new.example"), 0);
}

#[actix_web::test]
async fn a_row_that_names_many_long_roles_and_does_nothing_is_kept_as_far_as_it_fits() {
    let app = TestApp::start().await;
    let names: Vec<String> = (10..22)
        .map(|n| format!("Looks after the trucks of the night shift at gate {n}"))
        .collect();
    app.sql(|conn| {
        for name in &names {
            cast::insert_role(conn, "acme", name, "users.view");
        }
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let place = cast::project("dock-4").to_string();
    let roles = names.join(", ");
    let rows = format!(
        "First name;Last name;E-Mail;Roles\n\
         Nina;New;nina@new.example;{roles}\n\
         Nina;New;nina@new.example;{roles}\n"
    );
    let page = order(&ravi, &paste(&ravi, &rows, &place, &[]).await).await;
    work(&app).await;
    let done = ravi.get(&page.path).await;
    let results = results(&done);
    assert!(
        results[0].starts_with("Invited") && results[1].contains("Stands on line 2 already"),
        "{results:?}"
    );
    assert_eq!(roles_of(&app, "nina@new.example").len(), names.len());
}

/// The fields of a form as a browser sends them where it may bring a file along.
fn multipart(fields: &[(String, String)]) -> String {
    let part = |(name, value): &(String, String)| {
        // A browser ends each line with both.
        let value = value.replace("\r\n", "\n").replace('\n', "\r\n");
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut body: String = fields.iter().map(part).collect();
    body.push_str("--edge--\r\n");
    body
}

#[actix_web::test]
async fn a_file_as_large_as_may_be_goes_on_to_its_check_however_much_longer_it_became_as_text() {
    const MOST: usize = 200 * 1024;
    let app = TestApp::with(&[("TENANTRY_IMPORT_KIB", "200")]).await;
    let ravi = app.signed_in(RAVI);
    // Windows-1252: every € is one byte in the file, and three in the form.
    let mut file = b"First name;Last name;E-Mail;Reservation;Roles;Note\n".to_vec();
    for n in 0..4 {
        file.extend_from_slice(format!("Nina;New;nina{n}@new.example;Dock 4;Viewer;").as_bytes());
        let rest = if n == 3 {
            MOST - 1 - file.len()
        } else {
            MOST / 4 - 400
        };
        file.extend(std::iter::repeat_n(0x80_u8, rest));
        file.push(b'\n');
    }
    assert_eq!(file.len(), MOST);
    let preview = ravi
        .ask(Method::POST, IMPORT)
        .file("file", &file)
        .send()
        .await;
    assert_eq!(preview.status, 200, "{}", preview.words());
    let form = preview.page().form("Continue");
    let body = multipart(&form.fields);
    assert!(body.len() > 2 * MOST, "{}", body.len());
    let check = ravi
        .ask(Method::POST, &form.action)
        .body("multipart/form-data; boundary=edge", body)
        .send()
        .await;
    assert_eq!(check.status, 200, "{}", check.words());
    assert_eq!(check.page().h1(), "Check the import");
    // The file itself may be no larger than before.
    file.push(b'\n');
    let larger = ravi
        .ask(Method::POST, IMPORT)
        .file("file", &file)
        .send()
        .await;
    assert_eq!(larger.status, 422);
    assert!(
        larger.words().contains("The file is larger than 200 KiB"),
        "{}",
        larger.words()
    );
}
