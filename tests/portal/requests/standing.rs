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
    for says in [
        "Ravi Users ravi@acme.example, inactive, has left",
        "Olga Owner olga@acme.example",
    ] {
        assert!(page.words().contains(says), "{}", page.words());
    }
    app.deliver().await;
    app.advance(Duration::days(3));
    while tenantry::jobs::tend_requests_once(app.app()).await.unwrap() {}
    let sent = app.deliver().await;
    let subject = "Ravi Users asks for the Admin role for Vera viewer at acme";
    let reminders = sent.iter().filter(|mail| mail.subject() == subject);
    let texts: Vec<String> = reminders.map(|mail| mail.text()).collect();
    assert_eq!(texts.len(), 2, "both Admins");
    for text in texts {
        assert!(
            text.contains("Taken over by: Olga Owner, olga@acme.example"),
            "{text}"
        );
    }
}

/// Approves by a page from before: the page of now offers it no more.
async fn approve_late(visitor: &Visitor<'_>, path: &str) -> String {
    let fields = [("decision", "approve"), ("words", "Yes")];
    let late = visitor.post(&format!("{path}/decision"), &fields).await;
    assert_eq!(late.status, 303, "{}", late.words());
    visitor.follow(late).await.words()
}

#[actix_web::test]
async fn what_was_archived_or_deleted_can_still_be_refused_and_says_why_it_is_not_approved() {
    let (north, dock) = (cast::organization("north"), cast::project("dock-4"));
    for (place, what, says) in [
        (
            dock.to_string(),
            "project",
            "Dock 4 in North was archived or deleted since.",
        ),
        (
            north.to_string(),
            "archived",
            "North is archived: nobody gets a role there",
        ),
        (
            north.to_string(),
            "deleted",
            "North was archived or deleted since.",
        ),
    ] {
        let app = TestApp::with(&[(POLICY, "existing-admin")]).await;
        let sent = ask(&app.signed_in(RAVI), VERA, &place).await;
        let path = sent.location().unwrap();
        app.sql(|conn| {
            use tenantry::db::schema::{organizations, projects};
            let now = Some(cast::morning());
            if what == "project" {
                diesel::update(projects::table.find(dock))
                    .set(projects::status.eq("archived"))
                    .execute(conn)?;
                tenantry::members::rebuilding::rebuild(conn).unwrap();
                return Ok(1);
            }
            let gone = (what == "deleted").then(cast::morning);
            diesel::update(organizations::table.find(north))
                .set((
                    organizations::status.eq(what),
                    organizations::archived_at.eq(now),
                    organizations::deleted_at.eq(gone),
                ))
                .execute(conn)?;
            tenantry::members::rebuilding::rebuild(conn).unwrap();
            Ok(1)
        });
        let visitor = app.signed_in(&anna());
        let page = visitor.get(&path).await;
        assert_eq!(page.status, 200, "{what}");
        assert!(page.words().contains(says), "{what}: {}", page.words());
        assert!(!page.body.contains(">Approve<"), "{}", page.words());
        let words = approve_late(&visitor, &path).await;
        assert!(words.contains("Nothing was approved"), "{what}: {words}");
        assert_eq!(admins(&app, VERA), 0);
        let mia = app.signed_in(&holder("manager", At::Account));
        let fields = [("decision", "refuse"), ("words", "No")];
        let other = mia.post(&format!("{path}/decision"), &fields).await;
        assert!([403, 404].contains(&other.status), "{}", other.words());
        let done = press(&visitor, &path, "Refuse", "It is closed.").await;
        assert_eq!(done.status, 303, "{}", done.words());
        assert_eq!(state(&app, &path), "refused", "{what}");
    }
}

#[actix_web::test]
async fn an_operator_only_refuses_what_is_archived() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    let olga = app.signed_in(OLGA);
    let page = olga
        .get("/accounts/acme/organizations/north/settings")
        .await;
    let done = olga.submit(&page, &page.page().form("Archive")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let pat = app.signed_in("pat@globex.example");
    let words = approve_late(&pat, &operator_page(&path)).await;
    assert!(words.contains("North is archived"), "{words}");
    assert!(words.contains("can only be refused"), "{words}");
    press(&pat, &operator_page(&path), "Refuse", "It is closed.").await;
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, VERA)),
        ("refused", 0)
    );
}

#[actix_web::test]
async fn who_approved_and_is_admin_again_approves_anew_what_was_put_back() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    no_admin(&app, &anna());
    let pat = app.signed_in("pat@globex.example");
    press(&pat, &operator_page(&path), "Confirm", "Yes").await;
    assert_eq!(state(&app, &path), "waiting");
    app.sql(|conn| {
        cast::give(conn, &anna(), "admin", At::Account);
        Ok(())
    });
    assert_eq!(
        pat.get(&operator_page(&path)).await.status,
        404,
        "nobody has approved anew"
    );
    press(&app.signed_in(&anna()), &path, "Approve", "Again.").await;
    assert_eq!(state(&app, &path), "approved");
    press(&pat, &operator_page(&path), "Confirm", "Yes").await;
    assert_eq!(admins(&app, VERA), 1);
}

#[actix_web::test]
async fn an_approval_that_is_enough_by_now_is_given_anew_and_completes_it() {
    let app = TestApp::with(&[(POLICY, "two-person")]).await;
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    let olga = app.signed_in(OLGA);
    press(&olga, &path, "Approve", "Yes").await;
    let words = approve_late(&olga, &path).await;
    assert!(words.contains("You already approved this"), "{words}");
    no_admin(&app, &anna());
    no_admin(&app, &holder("admin", At::North));
    app.deliver().await;
    app.advance(Duration::days(3));
    while tenantry::jobs::tend_requests_once(app.app()).await.unwrap() {}
    assert_eq!(admins(&app, VERA), 0, "nobody is Admin without an act");
    let reminded = app.deliver().await;
    let hers = "Ravi Users asks for the Admin role for Vera viewer at acme";
    let reminded = reminded.iter().filter(|mail| mail.subject() == hers);
    let to: Vec<String> = reminded.flat_map(|mail| mail.to.clone()).collect();
    assert_eq!(to, [OLGA]);
    let olga = app.signed_in(OLGA);
    let page = olga.get(&path).await;
    let says = "by now your approval is enough";
    assert!(page.words().contains(says), "{}", page.words());
    press(&olga, &path, "Approve", "Still.").await;
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, VERA)),
        ("granted", 1)
    );
}
