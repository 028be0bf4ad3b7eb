//! Roles that somebody was given on an organization or a group.

use super::{LEE, MEMBERS, OLGA, RAVI, rights, undo};
use crate::support::app::TestApp;
use crate::support::cast::{self, user};
use crate::support::visitor::{Answer, Visitor};

const SAM: &str = "sam@acme.example";

/// *Add member* on North.
async fn add_member(visitor: &Visitor<'_>, who: &str, more: &[(&str, &str)]) -> Answer {
    let id = user(who).to_string();
    let mut fields = vec![("user", id.as_str())];
    fields.extend(more);
    let done = visitor.post(&format!("{MEMBERS}/add"), &fields).await;
    assert_eq!(done.status, 303, "{}", done.words());
    visitor.follow(done).await
}

#[actix_web::test]
async fn whoever_was_made_a_member_is_none_again_and_what_they_held_before_is_there() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = rights(&app);
    let more = [("role", "billing"), ("ends_on", "2026-04-30")];
    let flash = add_member(&ravi, SAM, &more).await;
    assert!(
        flash
            .words()
            .contains("Sam South is now a member of North.")
    );
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
    // With everything below it took the place of the same role on North alone.
    let more = [("role", "viewer"), ("role", "billing"), ("below", "yes")];
    let flash = add_member(&ravi, LEE, &more).await;
    assert_ne!(rights(&app), before);
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
    assert_eq!(undo(&ravi, &flash).await.status, 404);
}

#[actix_web::test]
async fn roles_on_a_group_are_taken_back_by_their_giver_alone() {
    let app = TestApp::start().await;
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in(OLGA));
    let before = rights(&app);
    let path = format!("/accounts/acme/groups/{}/access/add", cast::group("Coast"));
    let sam = user(SAM).to_string();
    let fields = [("user", sam.as_str()), ("role", "viewer")];
    let done = ravi.post(&path, &fields).await;
    let flash = ravi.follow(done).await;
    assert_eq!(undo(&olga, &flash).await.status, 404);
    assert_ne!(rights(&app), before);
    let done = undo(&ravi, &flash).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(rights(&app), before);
}
