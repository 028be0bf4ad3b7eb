//! A portal without a mail server: people are added all the same, and no page says that something is on its way.

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{memberships, users};

use crate::support::app::TestApp;
use crate::support::cast::{self, user};
use crate::support::visitor::{Answer, Visitor};

const PEOPLE: &str = "/accounts/acme/user-management";
const DANA: &str = "dana@acme.example";
const SAM: &str = "sam@acme.example";
const NOT_SET_UP: &str = "Mail is not set up on this portal";

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}", user(email))
}

/// What is said after this form was sent: that mail is not set up, and nothing of a mail.
async fn said(visitor: &Visitor<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let sent = visitor.post(path, fields).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let page = visitor.follow(sent).await;
    let words = page.words();
    assert!(words.contains(NOT_SET_UP), "{words}");
    for wrong in ["on its way", "was sent to", "New link sent", "mail queued"] {
        assert!(!words.contains(wrong), "{wrong} in {words}");
    }
    page
}

#[actix_web::test]
async fn somebody_is_added_and_their_link_is_handed_over() {
    let app = TestApp::without_mail().await;
    let ravi = app.signed_in("ravi@acme.example");
    let first = ravi.get(&format!("{PEOPLE}/new")).await;
    let form = first.page().form("Add User");
    let form = form.fill("first_name", "Nora").fill("last_name", "New");
    let form = form.fill("email", "nora@new.example");
    let second = ravi.submit(&first, &form).await;
    assert!(
        second
            .words()
            .contains("Mail is not set up: the next page shows the link to hand over."),
        "{}",
        second.words()
    );
    let place = cast::project("dock-4").to_string();
    let form = second.page().form("Submit");
    let form = form.tick("place", &place).tick("role", "viewer");
    let added = ravi.submit(&second, &form).await;
    let shown = ravi.follow(added).await;
    let words = shown.words();
    assert!(
        words.contains("Nora New added to Dock 4. Mail is not set up on this portal"),
        "{words}"
    );
    let link = shown.page().text("#welcome-link");
    let path = url::Url::parse(&link).unwrap().path().to_owned();
    assert_eq!(app.visitor().open(&path).await.status, 200);
    for list in [
        format!("{PEOPLE}?status=invited"),
        format!("{PEOPLE}.csv?status=invited"),
    ] {
        let list = ravi.get(&list).await;
        assert!(
            list.body.contains("Mail is not set up: copy the link"),
            "{}",
            list.body
        );
    }
}

#[actix_web::test]
async fn what_would_be_mailed_to_somebody_is_said_to_reach_nobody() {
    let app = TestApp::without_mail().await;
    let ravi = app.signed_in("ravi@acme.example");
    let (dana, sam) = (page_of(DANA), page_of(SAM));
    said(&ravi, &format!("{dana}/resend"), &[]).await;
    let asked = ravi.get(&format!("{dana}/invited-address")).await;
    let form = asked.page().form("Change and resend");
    let form = form.fill("email", "dana@new.example");
    let moved = ravi.submit(&asked, &form).await;
    let moved = ravi.follow(moved).await.words();
    assert!(
        moved.contains("A new link was made for dana@new.example."),
        "{moved}"
    );
    assert!(moved.contains(NOT_SET_UP), "{moved}");
    said(&ravi, &format!("{sam}/reset-mail"), &[]).await;
    let until = app.now().plus(Duration::minutes(15));
    app.sql(|conn| {
        diesel::update(users::table.filter(users::id.eq(user(SAM))))
            .set(users::locked_until.eq(Some(until)))
            .execute(conn)
    });
    let locked = said(&ravi, &format!("{sam}/unlock-mail"), &[]).await;
    assert!(locked.words().contains("Use Unlock."), "{}", locked.words());
    let unlocked = ravi.post(&format!("{sam}/unlock"), &[]).await;
    let unlocked = ravi.follow(unlocked).await;
    assert!(
        unlocked
            .words()
            .contains("The sign-in of Sam South was unlocked.")
    );
}

#[actix_web::test]
async fn whoever_comes_back_as_invited_gets_a_link_that_is_to_be_handed_over() {
    let app = TestApp::without_mail().await;
    let ravi = app.signed_in("ravi@acme.example");
    app.sql(|conn| {
        diesel::update(memberships::table.filter(memberships::user_id.eq(user(DANA))))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
    let path = format!("{}/reactivate", page_of(DANA));
    let asked = ravi.get(&path).await;
    let back = ravi
        .submit(&asked, &asked.page().form("Reactivate User"))
        .await;
    let words = ravi.follow(back).await.words();
    let says =
        "They are invited: a new link was made. Mail is not set up on this portal: use Copy link.";
    assert!(words.contains(says), "{words}");
    assert!(!words.contains("on its way"), "{words}");
}
