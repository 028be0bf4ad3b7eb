//! Whose approval counts when people come and go while a request is open (rule 18, S13).

use super::*;
use chrono::Duration;

const POLICY: &str = "TENANTRY_ADMIN_GRANTS";
const OLGA: &str = "olga@acme.example";
const RAVI: &str = "ravi@acme.example";

/// Takes the role Admin from somebody, as if another Admin had done it.
fn no_admin(app: &TestApp, email: &str) {
    app.sql(|conn| {
        let theirs = grants::table.filter(grants::user_id.eq(user(email)));
        diesel::delete(theirs.filter(grants::role.eq("admin"))).execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
}

/// Olga hands over to herself what Ravi leaves behind.
async fn take_over(app: &TestApp) {
    let olga = app.signed_in(OLGA);
    let leave = format!("/accounts/acme/users/{}/handover", user(RAVI));
    let page = olga.get(&format!("{leave}?to={}", user(OLGA))).await;
    let form = page.page().form("Hand over and deactivate");
    let done = olga.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

#[actix_web::test]
async fn taking_a_request_over_is_no_approval() {
    let north = holder("admin", At::North);
    // Two have to approve; one of the two Admins is gone when the other does.
    let app = TestApp::with(&[(POLICY, "two-person")]).await;
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    take_over(&app).await;
    no_admin(&app, &north);
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, VERA)),
        ("waiting", 0)
    );
    // One has to, and an operator; whoever did is no Admin any more when the operator confirms.
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    take_over(&app).await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    no_admin(&app, &anna());
    no_admin(&app, &north);
    let pat = app.signed_in("pat@globex.example");
    press(&pat, &operator_page(&path), "Confirm", "Yes").await;
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, VERA)),
        ("waiting", 0)
    );
}

#[actix_web::test]
async fn asking_while_others_could_approve_is_no_approval_later() {
    let app = TestApp::with(&[(POLICY, "two-person")]).await;
    let olga = app.signed_in(OLGA);
    let path = ask_for_vera(&olga).await;
    no_admin(&app, &holder("admin", At::North));
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, VERA)),
        ("waiting", 0)
    );
    let page = olga.get(&path).await;
    let says = "Withdraw this and ask again";
    assert!(page.words().contains(says), "{}", page.words());
    // Asked again, it takes her proof and is written down: with the other's approval that makes two.
    let page = olga.get(&path).await;
    let form = page.page().form("Withdraw request");
    olga.submit(&page, &form).await;
    let path = ask_for_vera(&olga).await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    assert_eq!(admins(&app, VERA), 1);
}

#[actix_web::test]
async fn who_took_a_request_over_is_named_beside_who_asked() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    app.deliver().await;
    take_over(&app).await;
    let page = app.signed_in(OLGA).get(&path).await;
    let says = "Ravi Users who has left; taken over by Olga Owner";
    assert!(page.words().contains(says), "{}", page.words());
    app.deliver().await;
    app.advance(Duration::days(3));
    while tenantry::jobs::tend_requests_once(app.app()).await.unwrap() {}
    let sent = app.deliver().await;
    let subject = "Ravi Users asks for the Admin role for Vera viewer at acme";
    let reminders = sent.iter().filter(|mail| mail.subject() == subject);
    let texts: Vec<String> = reminders.map(|mail| mail.text()).collect();
    assert_eq!(texts.len(), 2, "both Admins");
    for text in texts {
        assert!(text.contains("Taken over by: Olga Owner"), "{text}");
    }
}
