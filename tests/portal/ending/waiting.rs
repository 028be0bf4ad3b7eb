//! A role that waits is asked about like one that is held: no two steps take what one may not (rules 9, 11 and 17; S4, S6).

use super::*;
use tenantry::db::schema::audit_events;

const RAVI: &str = "ravi@acme.example";
const OLGA: &str = "olga@acme.example";
const LEE: &str = "lee@globex.example";
const DANA: &str = "dana@acme.example";
const SAM: &str = "sam@acme.example";

fn waiting(app: &TestApp, email: &str) -> Vec<String> {
    app.sql(|conn| {
        dormant_grants::table
            .filter(dormant_grants::user_id.eq(user(email)))
            .order(dormant_grants::role)
            .select(dormant_grants::role)
            .load(conn)
    })
}

/// What the log says of roles that waited and do not any more.
fn gone(app: &TestApp) -> usize {
    let details: Vec<String> = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("role.revoked"))
            .select(audit_events::details)
            .load(conn)
    });
    let waited = |one: &&String| one.contains("\"waiting\":true");
    details.iter().filter(waited).count()
}

/// Somebody who is here gets Auditor, which Ravi can neither give nor take; he shuts them out and lets them in again.
async fn asleep(app: &TestApp, email: &str) {
    app.sql(|conn| {
        cast::give(conn, email, "auditor", At::North);
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let out = ravi.post(&act(email, "deactivate"), &[]).await;
    assert_eq!(out.status, 303, "{}", out.words());
    let back = press(&ravi, &act(email, "reactivate"), "Reactivate User").await;
    assert_eq!(back.status, 303, "{}", back.words());
    assert_eq!(waiting(app, email), ["auditor"]);
}

#[actix_web::test]
async fn rule_17_an_invitation_is_not_ended_by_who_could_not_take_what_waits_in_it() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, DANA, "auditor", At::North);
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    assert_eq!(ravi.post(&act(DANA, "cancel"), &[]).await.status, 403);
    app.advance(chrono::Duration::hours(49));
    let ravi = app.signed_in(RAVI);
    let person = ravi
        .get(&format!("/accounts/acme/users/{}", user(DANA)))
        .await;
    let asked = ravi.submit(&person, &person.page().form("Resend")).await;
    let confirm = ravi.follow(asked).await;
    let sent = confirm.page().form("Confirm and send");
    assert_eq!(ravi.submit(&confirm, &sent).await.status, 303);
    assert_eq!(waiting(&app, DANA), ["auditor"]);
    // Their page says how that came, and offers no withdrawal to whoever would be refused.
    let page = format!("/accounts/acme/users/{}", user(DANA));
    let words = ravi.get(&page).await.words();
    for says in [
        "The invitation of Dana Invited carried these, and whoever sent it again could not give them.",
        "This invitation carries a role that you cannot take away, so you cannot withdraw it.",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    assert!(
        !words.contains("Withdraw invitation") && !words.contains("deactivated"),
        "{words}"
    );
    let words = app.signed_in(OLGA).get(&page).await.words();
    assert!(words.contains("Withdraw invitation"), "{words}");
    let set_aside = "Ravi Users set a role aside until somebody who may give it confirms it";
    assert!(words.contains(set_aside), "{words}");
    let refused = ravi.post(&act(DANA, "cancel"), &[]).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    let why = "carries a role that you cannot take away";
    assert!(refused.words().contains(why), "{}", refused.words());
    let fields = [("email", "another@acme.example")];
    let refused = ravi.post(&act(DANA, "invited-address"), &fields).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert_eq!(status(&app, DANA), "invited");
    assert_eq!(waiting(&app, DANA), ["auditor"]);
    // Who may take it ends the invitation, and the log says what went with it.
    let olga = app.signed_in(OLGA);
    assert_eq!(olga.post(&act(DANA, "cancel"), &[]).await.status, 303);
    assert_eq!((waiting(&app, DANA).len(), gone(&app)), (0, 1));
}

#[actix_web::test]
async fn rule_17_a_guest_is_not_removed_by_who_could_not_take_what_waits_for_them() {
    let app = TestApp::start().await;
    asleep(&app, LEE).await;
    let ravi = app.signed_in(RAVI);
    let refused = ravi.post(&act(LEE, "remove"), &[]).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert_eq!(ravi.get(&act(LEE, "remove")).await.status, 403);
    assert_eq!(waiting(&app, LEE), ["auditor"]);
    let olga = app.signed_in(OLGA);
    let done = press(&olga, &act(LEE, "remove"), "Remove guest").await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!((status(&app, LEE), gone(&app)), ("not here".to_owned(), 1));
}

#[actix_web::test]
async fn rule_17_who_could_not_take_what_waits_for_somebody_does_not_give_their_login_another_mailbox()
 {
    let app = TestApp::start().await;
    asleep(&app, SAM).await;
    let ravi = app.signed_in(RAVI);
    let refused = ravi.get(&act(SAM, "email")).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    let fields = [("email", "mallory@new.example")];
    let refused = ravi.post(&act(SAM, "email"), &fields).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    let why = "a role that you cannot take away (Auditor), or it waits for them";
    assert!(refused.words().contains(why), "{}", refused.words());
    let anna = app.signed_in(&holder("admin", At::Account));
    assert_eq!(anna.get(&act(SAM, "email")).await.status, 200);
}
