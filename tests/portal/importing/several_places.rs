//! Somebody who stands in several rows of a file, each with a place of its own: a team list with a line per person and
//! reservation (ux 7.13).

use super::*;
use crate::support::statements;
use tenantry::db::schema::{organizations, people_import_rows as rows, projects};

const NINA: &str = "nina@new.example";

/// Nina on both docks, and once more on the first.
const BOTH: &str = "First name;Last name;E-Mail;Reservation;Roles\r\n\
    Nina;New;nina@new.example;Dock 4;Viewer\r\n\
    Nina;N.;NINA@new.example;Dock 9;Viewer, Billing\r\n\
    Nina;New;nina@new.example;Dock 4;Billing\r\n";

/// How many rows there are in each state, in the order of the lines.
fn states(app: &TestApp) -> Vec<String> {
    app.sql(|conn| {
        rows::table
            .order(rows::line.asc())
            .select(rows::state)
            .load(conn)
    })
}

fn heading(page: &Answer) -> String {
    page.page().text(".page-head p")
}

#[actix_web::test]
async fn somebody_new_in_two_rows_with_two_places_is_invited_once_with_both() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let preview = paste(&ravi, BOTH, "", &[]).await;
    assert_eq!(
        results(&preview),
        [
            "Twice in file skipped; stands on line 2 already",
            "Ready is invited",
            "Ready also on South / Dock 9",
        ]
    );
    let check = ravi
        .submit(&preview, &preview.page().form("Continue"))
        .await;
    let words = check.words();
    for says in [
        "Invite 1 person, and send them a mail with a link.",
        "1 row gives somebody of these a further place.",
        "Send 1 invitation",
    ] {
        assert!(words.contains(says), "{says}: {words}");
    }
    let page = order(&ravi, &preview).await;
    work(&app).await;
    assert_eq!(states(&app), ["invited", "changed", "skipped"]);
    assert_eq!(roles_of(&app, NINA), ["billing", "viewer", "viewer"]);
    let done = ravi.get(&page.path).await;
    let told = heading(&done);
    assert!(told.contains("1 invited, 1 got roles, 1 skipped"), "{told}");
    // One mail, which names both places.
    assert_eq!(mails_to(&app, NINA), 1);
    let mails = app.deliver().await;
    let mail = mails.iter().find(|mail| mail.to.contains(&NINA.to_owned()));
    let text = mail.expect("the welcome").text();
    assert!(text.contains("Dock 4") && text.contains("Dock 9"), "{text}");
    // The same once more gives nothing anew.
    let again = paste(&ravi, BOTH, "", &[]).await;
    assert!(
        again.words().contains("Already invited"),
        "{}",
        again.words()
    );
    work(&app).await;
    assert_eq!(roles_of(&app, NINA).len(), 3);
}

#[actix_web::test]
async fn what_several_rows_gave_somebody_new_is_taken_back_as_one_invitation() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let preview = paste(&ravi, BOTH, "", &[]).await;
    let page = order(&ravi, &preview).await;
    work(&app).await;
    let ask = ravi.get(&format!("{}/undo", page.path)).await;
    assert!(ask.words().contains("1 invitation"), "{}", ask.words());
    let undo = format!("{}/undo", page.path);
    assert_eq!(ravi.post(&undo, &[]).await.status, 303);
    work(&app).await;
    assert_eq!(states(&app), ["withdrawn", "withdrawn", "skipped"]);
    assert!(roles_of(&app, NINA).is_empty());
    assert_eq!(invited(&app, NINA), 0);
}

#[actix_web::test]
async fn a_further_place_that_is_refused_keeps_nobody_from_the_first() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let preview = paste(&ravi, BOTH, "", &[]).await;
    let page = order(&ravi, &preview).await;
    let archive = |status: &'static str| {
        app.sql(|conn| {
            diesel::update(projects::table.filter(projects::id.eq(cast::project("dock-9"))))
                .set(projects::status.eq(status))
                .execute(conn)
        })
    };
    archive("archived");
    work(&app).await;
    assert_eq!(states(&app), ["invited", "failed", "skipped"]);
    assert_eq!(roles_of(&app, NINA), ["viewer"]);
    let done = ravi.get(&page.path).await;
    let words = done.words();
    assert!(
        words.contains("The place or the person is not there any more"),
        "{words}"
    );
}

#[actix_web::test]
async fn a_first_place_that_is_refused_keeps_nobody_from_the_further_ones() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let text = format!("{BOTH}Nina;New;nina@new.example;South;Reporting\r\n");
    let preview = paste(&ravi, &text, "", &[]).await;
    order(&ravi, &preview).await;
    app.sql(|conn| {
        diesel::update(organizations::table.filter(organizations::slug.eq("north")))
            .set(organizations::status.eq("archived"))
            .execute(conn)
    });
    work(&app).await;
    // The next of them invites her, and the last is given beside it.
    let mut told = states(&app);
    assert_eq!((told[0].as_str(), told[2].as_str()), ("failed", "skipped"));
    told.sort_unstable();
    assert_eq!(told, ["changed", "failed", "invited", "skipped"]);
    assert_eq!(roles_of(&app, NINA), ["billing", "reporting", "viewer"]);
    assert_eq!(mails_to(&app, NINA), 1);
}

#[actix_web::test]
async fn places_with_other_last_days_are_each_held_until_their_own() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let text = "First name;Last name;E-Mail;Reservation;Roles;Access ends on\r\n\
        Nina;New;nina@new.example;Dock 4;Viewer;2026-03-31\r\n\
        Nina;New;nina@new.example;Dock 9;Viewer;\r\n";
    let preview = paste(&ravi, text, "", &[]).await;
    order(&ravi, &preview).await;
    work(&app).await;
    assert_eq!(states(&app), ["invited", "changed"]);
    let mut ends: Vec<Option<Ts>> = app.sql(|conn| {
        grants::table
            .inner_join(users::table.on(users::id.eq(grants::user_id)))
            .filter(users::email_key.eq(NINA))
            .select(grants::ends_at)
            .load(conn)
    });
    ends.sort_unstable();
    let end = Ts::new("2026-04-01T00:00:00Z".parse().unwrap());
    assert_eq!(ends, [None, Some(end)]);
}

#[actix_web::test]
async fn somebody_who_is_here_gets_each_place_that_the_file_names() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let bill = holder("billing", At::Account);
    let text = format!(
        "First name;Last name;E-Mail;Reservation;Roles\r\n\
         Bill;B;{bill};Dock 4;Viewer\r\n\
         Bill;B;{bill};Dock 9;Viewer\r\n"
    );
    let preview = paste(&ravi, &text, "", &[]).await;
    let check = ravi
        .submit(&preview, &preview.page().form("Continue"))
        .await;
    let words = check.words();
    assert!(words.contains("Give roles to 1 person"), "{words}");
    order(&ravi, &preview).await;
    work(&app).await;
    assert_eq!(states(&app), ["changed", "changed"]);
    assert_eq!(roles_of(&app, &bill), ["billing", "viewer", "viewer"]);
}

#[actix_web::test]
async fn no_row_of_a_file_makes_the_work_walk_those_that_wait() {
    statements::listen();
    let app = TestApp::start().await;
    if app.is_postgres() {
        return;
    }
    let ravi = app.signed_in(RAVI);
    let preview = paste(&ravi, BOTH, "", &[]).await;
    order(&ravi, &preview).await;
    let ((), heard) = statements::during(&app, work(&app)).await;
    assert!(
        heard.iter().any(|one| one.contains("with_line")),
        "{heard:?}"
    );
    // A portion of what waits is taken in its order; what is asked for each row has to be found by more than its state.
    let each = heard.iter().filter(|one| !one.contains("LIMIT"));
    let walks = |statement: &&String| {
        let plan = app.sql(|conn| Ok(statements::plan(conn, statement)));
        plan.iter().any(|step| {
            let own = step.contains("people_import_rows");
            let all = [
                "PRIMARY KEY (import_id=?)",
                "_by_state (import_id=? AND state=?)",
            ];
            step.contains("SCAN") || own && all.iter().any(|all| step.ends_with(all))
        })
    };
    let found: Vec<&String> = each.filter(walks).collect();
    assert!(found.is_empty(), "{found:#?}");
}
