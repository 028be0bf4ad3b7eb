//! The page of one person: how their invitations fared, what the log says of them, and where their roles are changed.

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::outbox;

const SAM: &str = "sam@acme.example";
const DANA: &str = "dana@acme.example";
const LEE: &str = "lee@globex.example";

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}", user(email))
}

#[actix_web::test]
async fn invitations_are_told_with_what_became_of_their_mail() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    app.advance(Duration::minutes(5));
    ravi.post(&format!("{}/resend", page_of(DANA)), &[]).await;
    let rows = ravi.get(&page_of(DANA)).await.page();
    let rows = rows.texts("[aria-labelledby=invitations] tbody tr");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows[0].contains("Works until") && rows[0].contains("Queued"),
        "{rows:?}"
    );
    assert!(rows[1].contains("Replaced by a newer one"), "{rows:?}");
    app.sql(|conn| {
        diesel::update(outbox::table)
            .set((
                outbox::state.eq("failed"),
                outbox::last_error.eq(Some("550 no such user here")),
            ))
            .execute(conn)
    });
    let page = ravi.get(&page_of(DANA)).await;
    let failed = page
        .page()
        .texts("[aria-labelledby=invitations] tbody tr")
        .remove(0);
    assert!(
        failed.contains("Failed") && failed.contains("The mail server said: 550 no such user here"),
        "{failed}"
    );
    let vera = app.signed_in(&holder("viewer", At::Account));
    let seen = vera.get(&page_of(DANA)).await;
    assert!(!seen.page().has("#invitations"), "for whoever manages them");
}

#[actix_web::test]
async fn whoever_reads_the_log_sees_what_happened_to_somebody_in_words() {
    let app = TestApp::start().await;
    let (olga, ravi) = (
        app.signed_in("olga@acme.example"),
        app.signed_in("ravi@acme.example"),
    );
    let fields = [
        ("user", user(SAM).to_string()),
        ("role", "billing".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let add = "/accounts/acme/organizations/north/projects/dock-4/users/add";
    assert_eq!(ravi.post(add, &fields).await.status, 303);
    let names = format!("{}/name", page_of(SAM));
    let page = ravi.get(&names).await;
    let form = page
        .page()
        .form("Save changes")
        .fill("first_name", "Samuel");
    ravi.submit(&page, &form).await;
    let shown = olga.get(&page_of(SAM)).await.page();
    let rows = shown.texts("[aria-labelledby=history] tbody tr");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows[0].contains("Ravi Users changed a person's details · before: Sam South"),
        "the newest first: {rows:?}"
    );
    assert!(
        rows[1].contains("Ravi Users gave a role · Billing on Dock 4"),
        "{rows:?}"
    );
    // Whoever does not hold audit.view is shown none of it; of a part, that part.
    for email in ["ravi@acme.example", &holder("viewer", At::Account)] {
        let seen = app.signed_in(email).get(&page_of(SAM)).await;
        assert!(!seen.page().has("#history"), "{email}");
    }
    let north = app.signed_in(&holder("admin", At::North));
    let seen = north.get(&page_of(SAM)).await.page();
    let rows = seen.texts("[aria-labelledby=history] tbody tr");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].contains("gave a role"), "{rows:?}");
}

#[actix_web::test]
async fn the_log_tells_the_last_twenty_and_nothing_of_another_account() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    // What happens at home stays there.
    app.visitor().sign_in(LEE).await;
    let seen = olga.get(&page_of(LEE)).await.page();
    assert!(seen.texts("[aria-labelledby=history] tbody tr").is_empty());
    assert!(seen.words().contains("Nothing was written down yet."));
    for _ in 0..25 {
        app.visitor().sign_in(SAM).await;
    }
    let seen = olga.get(&page_of(SAM)).await.page();
    let rows = seen.texts("[aria-labelledby=history] tbody tr");
    assert_eq!(rows.len(), 20);
    assert!(rows[0].contains("Sam South signed in"), "{rows:?}");
}

#[actix_web::test]
async fn each_place_leads_to_where_its_roles_are_changed_for_whoever_may() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "viewer", At::North);
        cast::give(conn, SAM, "viewer", At::Account);
        Ok(())
    });
    let changes = |page: crate::support::html::Page| -> Vec<(String, String)> {
        let links = page.links().into_iter();
        links
            .filter(|(words, _)| words.starts_with("Change roles on"))
            .collect()
    };
    let ravi = app.signed_in("ravi@acme.example");
    let all = changes(ravi.get(&page_of(SAM)).await.page());
    let member = format!("/accounts/acme/organizations/north/members/{}", user(SAM));
    let dock = "/accounts/acme/organizations/south/projects/dock-9/users";
    let expected = [
        ("Change roles on North".to_owned(), member.clone()),
        ("Change roles on Dock 9".to_owned(), dock.to_owned()),
    ];
    assert_eq!(all, expected);
    for (_, href) in &all {
        assert_eq!(ravi.get(href).await.status, 200, "{href}");
    }
    // From the top of the page: to those roles, or to one more, anywhere.
    let page = ravi.get(&page_of(SAM)).await;
    assert_eq!(page.page().link("Change roles"), "#roles");
    assert_eq!(page.page().link("Change managed accounts"), "#roles");
    let more = ravi.submit(&page, &page.page().form("Add role…")).await;
    assert_eq!(more.status, 200, "{}", more.words());
    assert!(more.words().contains("Sam South"), "{}", more.words());
    let uma = app.signed_in(&holder("user_management", At::North));
    let part = changes(uma.get(&page_of(SAM)).await.page());
    assert_eq!(part, [("Change roles on North".to_owned(), member)]);
    let vera = app.signed_in(&holder("viewer", At::Account));
    let seen = vera.get(&page_of(SAM)).await;
    assert!(changes(seen.page()).is_empty());
    assert!(!seen.words().contains("Change roles") && !seen.words().contains("Add role"));
    let own = app.signed_in(SAM).get(&page_of(SAM)).await.page();
    assert!(changes(own).is_empty());
}
