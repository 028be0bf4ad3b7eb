//! Roles that wait since somebody came back, and the role Admin among them, which has to be asked for anew (S4).

use super::*;
use tenantry::db::schema::dormant_grants;

fn act(email: &str, what: &str) -> String {
    format!("/accounts/acme/users/{}/{what}", user(email))
}

#[actix_web::test]
async fn s4_a_role_that_waits_is_discarded_by_who_may_take_it_or_goes_when_it_is_given_anew() {
    let app = TestApp::with(&[("TENANTRY_ADMIN_GRANTS", "existing-admin")]).await;
    let ines = "ines@acme.example";
    app.sql(|conn| {
        cast::give(conn, ines, "admin", At::North);
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&act(ines, "reactivate")).await;
    let form = page.page().form("Reactivate User");
    olga.submit(&page, &form).await;
    let waiting = || -> i64 { app.sql(|conn| dormant_grants::table.count().get_result(conn)) };
    assert_eq!(waiting(), 2);
    let north = cast::grant_id(ines, "admin", cast::organization("north").uuid()).to_string();
    let field = [("role", north.as_str())];
    let ravi = app.signed_in("ravi@acme.example");
    let discard = act(ines, "discard-role");
    assert_eq!(ravi.post(&discard, &field).await.status, 403);
    assert_eq!(waiting(), 2);
    let admin = app.signed_in(&holder("admin", At::Account));
    assert_eq!(admin.post(&discard, &field).await.status, 303);
    assert_eq!(admin.post(&discard, &field).await.status, 409, "once");
    assert_eq!(waiting(), 1);
    // The other is asked for anew: where it waits, there is the way to it.
    let page = admin
        .get(&format!("/accounts/acme/users/{}", user(ines)))
        .await;
    let asked = page
        .body
        .split("new?user=")
        .skip(1)
        .find(|it| it.contains("&#38;place=") || it.contains("&amp;place="));
    assert!(asked.is_some(), "{}", page.body);
    let account = cast::account("acme").to_string();
    let fields = [
        ("person", ines),
        ("place", account.as_str()),
        ("reason", "She is back."),
    ];
    let sent = ravi.post("/accounts/acme/requests", &fields).await;
    let path = sent.location().expect("sent");
    let done = press(&admin, &path, "Approve", "Yes").await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(admins(&app, ines), 1);
    assert_eq!(waiting(), 0, "it does not wait beside the new one");
}
