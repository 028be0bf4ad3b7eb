//! Another account as the home of a login, by an operator's command (rules 7 and 10; S1, S3; ux 9.1 and 9.16).

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, user};
use crate::support::smtp::link_in;
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events, email_changes, links, memberships, users};
use tenantry::db::types::MailId;
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

fn done(account: &str, invited: bool) -> Rehomed {
    let account = account.to_owned();
    Rehomed::Done { account, invited }
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

    assert_eq!(moved(&app, LEE, "acme"), done("Acme", false));
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

/// Has a new link into Acme sent to Nia.
async fn resend(app: &TestApp) {
    let ravi = app.signed_in("ravi@acme.example");
    let resend = format!("{}/resend", page_of("acme", NIA));
    let asked = ravi.post(&resend, &[]).await;
    let mut told = ravi.follow(asked).await;
    if told.page().has("form") && told.words().contains("Confirm and send") {
        let sent = ravi
            .submit(&told, &told.page().form("Confirm and send"))
            .await;
        told = ravi.follow(sent).await;
    }
    assert!(told.words().contains("New link sent"), "{}", told.words());
}

#[actix_web::test]
async fn whoever_left_a_company_that_keeps_its_people_comes_into_the_next_by_a_new_link_alone() {
    let app = TestApp::start().await;
    leaver(&app);
    resend(&app).await;
    // As if they had used that link before it was known where they are at home.
    let used = app.sql(|conn| {
        let own = links::table.filter(links::user_id.eq(user(NIA)));
        let used = (
            links::purpose.eq("welcome"),
            links::used_at.eq(Some(app.now())),
        );
        diesel::update(own).set(used).execute(conn)
    });
    assert_eq!(used, 1);
    assert_eq!(moved(&app, NIA, "acme"), done("Acme", true));
    app.deliver().await;
    app.visitor().sign_in(NIA).await;
    let invited = ("home".to_owned(), "invited".to_owned());
    assert_eq!(standing(&app, "acme", NIA), invited, "never silently");

    app.advance(chrono::Duration::hours(1));
    resend(&app).await;
    let link = link_in(&app.deliver_one().await);
    let nia = app.visitor();
    nia.sign_in(NIA).await;
    let opened = nia.open(&link).await;
    assert_eq!(opened.status, 200, "{}", opened.words());
    let accepted = nia.submit(&opened, &opened.page().form("Accept")).await;
    assert_eq!(accepted.status, 303, "{}", accepted.words());
    let active = ("home".to_owned(), "active".to_owned());
    assert_eq!(standing(&app, "acme", NIA), active);
    assert_eq!(nia.get("/accounts/acme").await.status, 200);
    assert_eq!(nia.get("/accounts/globex").await.status, 404);
    assert_eq!(
        standing(&app, "globex", NIA),
        ("guest".into(), "deactivated".into())
    );
}

#[actix_web::test]
async fn an_address_that_the_old_home_wanted_for_them_is_forgotten() {
    let app = TestApp::start().await;
    let gil = app.signed_in("gil@globex.example");
    let page = gil.get(&format!("{}/email", page_of("globex", LEE))).await;
    let form = page.page().form("Send the link");
    let sent = gil
        .submit(&page, &form.fill("email", "lee@new.example"))
        .await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let mails = app.deliver().await;
    let new = mails.iter().find(|mail| mail.to == ["lee@new.example"]);
    let link = link_in(new.unwrap());
    assert_eq!(moved(&app, LEE, "acme"), done("Acme", false));
    let ended: Option<String> = app.sql(|conn| {
        email_changes::table
            .filter(email_changes::user_id.eq(user(LEE)))
            .select(email_changes::ending)
            .first(conn)
    });
    assert_eq!(ended.as_deref(), Some("withdrawn"));
    let opened = app.visitor().open(&link).await;
    assert_ne!(opened.status, 200, "{}", opened.words());
    app.visitor().sign_in(LEE).await;
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
