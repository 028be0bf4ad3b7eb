//! Another account as the home of a login, by an operator's command (rules 7 and 10; S1, S3; ux 9.1 and 9.16).

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, user};
use crate::support::record::how_many;
use crate::support::smtp::{Message, link_in};
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events, email_changes, memberships, users};
use tenantry::db::types::{AccountId, MailId};
use tenantry::members::Status;
use tenantry::users::{Rehomed, move_home};

const LEE: &str = "lee@globex.example";
const NIA: &str = "nia@globex.example";

fn moved(app: &TestApp, email: &str, account: &str) -> Rehomed {
    app.sql(|conn| {
        let done = move_home(conn, app.app(), (email, account), MailId::new(), app.now());
        Ok(done.unwrap())
    })
}

fn done(account: &str, guest: bool) -> Rehomed {
    let account = account.to_owned();
    Rehomed::Done { account, guest }
}

fn page_of(account: &str, email: &str) -> String {
    format!("/accounts/{account}/users/{}", user(email))
}

/// As what somebody is in an account, and how they stand there.
fn standing(app: &TestApp, account: &str, email: &str) -> (String, String) {
    app.sql(|conn| {
        memberships::table
            .filter(memberships::account_id.eq(cast::account(account)))
            .filter(memberships::user_id.eq(user(email)))
            .select((memberships::kind, memberships::status))
            .first(conn)
    })
}

/// Somebody whom Globex has shut out and keeps to itself, and whom Acme has invited.
fn leaver(app: &TestApp) {
    app.sql(|conn| {
        let nia = Person::of("globex", NIA, "Nia", "North");
        let status = Status::Deactivated;
        Person { status, ..nia }.insert(conn);
        let nia = (NIA, "Nia", "North");
        cast::belong(conn, "acme", nia, true, Status::Invited);
        cast::give(conn, NIA, "viewer", At::Dock4);
        diesel::update(accounts::table.filter(accounts::slug.eq("globex")))
            .set(accounts::exclusive.eq(true))
            .execute(conn)
    });
}

#[actix_web::test]
async fn a_guest_is_at_home_where_they_are_moved_to_and_a_guest_where_they_were() {
    let app = TestApp::start().await;
    let lee = app.signed_in(LEE);
    let (ravi, gil) = (
        app.signed_in("ravi@acme.example"),
        app.signed_in("gil@globex.example"),
    );
    let offers = |words: String| words.contains("Sign out everywhere");
    assert!(!offers(ravi.get(&page_of("acme", LEE)).await.words()));
    assert!(offers(gil.get(&page_of("globex", LEE)).await.words()));
    let readdress = format!("{}/email", page_of("globex", LEE));
    let page = gil.get(&readdress).await;
    assert_eq!(page.status, 200, "{}", page.words());

    assert_eq!(moved(&app, LEE, "acme"), done("Acme", true));
    assert_eq!(
        standing(&app, "acme", LEE),
        ("home".into(), "active".into())
    );
    assert_eq!(
        standing(&app, "globex", LEE),
        ("guest".into(), "active".into())
    );
    assert!(offers(ravi.get(&page_of("acme", LEE)).await.words()));
    assert!(!offers(gil.get(&page_of("globex", LEE)).await.words()));
    let refused = gil.get(&readdress).await;
    assert_ne!(refused.status, 200, "{}", refused.words());
    // They go on where they are, and sign in as before.
    for account in ["acme", "globex"] {
        let path = format!("/accounts/{account}");
        assert_eq!(lee.get(&path).await.status, 200, "{account}");
    }
    app.visitor().sign_in(LEE).await;

    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [LEE]);
    assert!(
        mail.subject().contains("Acme manages your"),
        "{}",
        mail.subject()
    );
    assert!(!mail.text().contains("Globex"), "{}", mail.text());
    for (account, home, other) in [("acme", true, "lobex"), ("globex", false, "cme")] {
        let told: Vec<(String, String)> = app.sql(|conn| {
            audit_events::table
                .filter(audit_events::action.eq("user.home_changed"))
                .filter(audit_events::chain_id.eq(cast::account(account)))
                .select((audit_events::details, audit_events::actor_kind))
                .load(conn)
        });
        assert_eq!(told.len(), 1, "{account}");
        let (details, actor) = &told[0];
        assert!(details.contains(&format!("\"home\":{home}")), "{details}");
        assert!(!details.contains(other) && actor == "system", "{details}");
    }
}

#[actix_web::test]
async fn whoever_has_not_accepted_is_not_moved() {
    let app = TestApp::start().await;
    leaver(&app);
    assert_eq!(moved(&app, NIA, "acme"), Rehomed::Invited);
    let (guest, out) = ("guest".to_owned(), "deactivated".to_owned());
    assert_eq!(standing(&app, "acme", NIA), (guest, "invited".into()));
    assert_eq!(standing(&app, "globex", NIA), ("home".into(), out));
    assert!(app.deliver().await.is_empty());
}

#[actix_web::test]
async fn whoever_is_shut_out_where_they_were_at_home_stays_so_and_goes_on_at_the_new_one() {
    let app = TestApp::start().await;
    let out = Status::Deactivated;
    app.sql(|conn| {
        diesel::update(memberships::table.filter(memberships::user_id.eq(user(LEE))))
            .filter(memberships::account_id.eq(cast::account("globex")))
            .set(memberships::status.eq(out.as_str()))
            .execute(conn)
    });
    assert_eq!(moved(&app, LEE, "acme"), done("Acme", false));
    let mail = app.deliver_one().await;
    assert!(!mail.text().contains("guest"), "{}", mail.text());
    let lee = app.visitor();
    lee.sign_in(LEE).await;
    assert_eq!(lee.get("/accounts/acme").await.status, 200);
    assert_eq!(lee.get("/accounts/globex").await.status, 404);
    // From now on Acme ends their sessions, and nobody else does (S3).
    let ravi = app.signed_in("ravi@acme.example");
    let ended = ravi
        .post(&format!("{}/sessions", page_of("acme", LEE)), &[])
        .await;
    assert_eq!(ended.status, 303, "{}", ended.words());
    assert!(lee.get("/me").await.asks_to_sign_in());
}

/// Globex asks for another address for Lee; the mail to it.
async fn readdressed(app: &TestApp) -> Message {
    let gil = app.signed_in("gil@globex.example");
    let page = gil.get(&format!("{}/email", page_of("globex", LEE))).await;
    let form = page.page().form("Send the link");
    let form = form.fill("email", "lee@new.example");
    let sent = gil.submit(&page, &form).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let mails = app.deliver().await;
    let new = mails
        .into_iter()
        .find(|mail| mail.to == ["lee@new.example"]);
    new.unwrap()
}

#[actix_web::test]
async fn an_address_that_the_old_home_wanted_for_them_is_forgotten() {
    let app = TestApp::start().await;
    let link = link_in(&readdressed(&app).await);
    assert_eq!(moved(&app, LEE, "acme"), done("Acme", true));
    let ended: Option<String> = app.sql(|conn| {
        email_changes::table
            .filter(email_changes::user_id.eq(user(LEE)))
            .select(email_changes::ending)
            .first(conn)
    });
    assert_eq!(ended.as_deref(), Some("withdrawn"));
    assert_eq!(how_many(&app, "email.change_stopped"), 1);
    let opened = app.visitor().open(&link).await;
    assert_ne!(opened.status, 200, "{}", opened.words());
    app.visitor().sign_in(LEE).await;
}

#[actix_web::test]
async fn an_address_that_one_wants_oneself_is_not() {
    let app = TestApp::start().await;
    readdressed(&app).await;
    app.sql(|conn| {
        diesel::update(email_changes::table)
            .set(email_changes::account_id.eq(None::<AccountId>))
            .execute(conn)
    });
    assert_eq!(moved(&app, LEE, "acme"), done("Acme", true));
    let ended: Option<String> = app.sql(|conn| {
        email_changes::table
            .select(email_changes::ending)
            .first(conn)
    });
    assert_eq!(ended, None);
}

#[actix_web::test]
async fn whoever_could_take_an_address_back_has_no_say_in_the_new_home() {
    let app = TestApp::start().await;
    readdressed(&app).await;
    let until = app.sql(|conn| {
        diesel::update(email_changes::table)
            .set(email_changes::confirmed_at.eq(Some(app.now())))
            .execute(conn)?;
        email_changes::table
            .select(email_changes::undo_until)
            .first(conn)
    });
    assert_eq!(moved(&app, LEE, "acme"), Rehomed::Readdressed(until));
    assert_eq!(standing(&app, "acme", LEE).0, "guest");
    app.advance(chrono::Duration::days(7));
    assert_eq!(moved(&app, LEE, "acme"), done("Acme", true));
}

#[actix_web::test]
async fn where_a_home_cannot_be_moved_nothing_is_changed() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        Person::of("globex", NIA, "Nia", "North").insert(conn);
        Ok(())
    });
    let before = app.sql(|conn| {
        users::table
            .order(users::id)
            .select(users::version)
            .load::<i64>(conn)
    });
    for (email, account, why) in [
        ("nobody@acme.example", "acme", Rehomed::Nobody),
        (LEE, "nowhere", Rehomed::NoAccount),
        ("dana@acme.example", "globex", Rehomed::Homeless),
        (LEE, "globex", Rehomed::Already),
        (NIA, "acme", Rehomed::NotThere),
        ("pat@globex.example", "acme", Rehomed::Operator),
    ] {
        assert_eq!(moved(&app, email, account), why, "{email} to {account}");
    }
    app.sql(|conn| {
        let nia = (NIA, "Nia", "North");
        cast::belong(conn, "acme", nia, true, Status::Deactivated);
        Ok(())
    });
    assert_eq!(
        moved(&app, NIA, "acme"),
        Rehomed::NotThere,
        "shut out there"
    );
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    assert_eq!(moved(&app, LEE, "acme"), Rehomed::Frozen);
    let after = app.sql(|conn| {
        users::table
            .order(users::id)
            .select(users::version)
            .load::<i64>(conn)
    });
    assert_eq!(before, after);
    assert!(app.deliver().await.is_empty());
}
