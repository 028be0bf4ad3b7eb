//! Ticked boxes that nobody saved are told of before they are lost (ux 5): in a real browser. Without scripts a sentence
//! says so.

use crate::support::app::TestApp;
use crate::support::browser::Options;
use crate::tabs::olga_with;

const USERS: &str = "/accounts/acme/organizations/north/projects/dock-4/users";
const PEOPLE: &str = "/accounts/acme/user-management";
const VERA: &str = "Billing for Vera viewer at dock4 in Dock 4";

#[actix_web::test]
async fn browser_boxes_that_are_not_saved_are_asked_about_when_the_page_is_left() {
    let (olga, url, _kept) = olga_with(Options::default(), &[]).await;
    olga.goto(&format!("{url}{USERS}")).await;
    assert!(!olga.asks_before_leaving().await, "nothing is changed yet");
    olga.tick(VERA).await;
    assert!(olga.asks_before_leaving().await);
    olga.untick(VERA).await;
    assert!(!olga.asks_before_leaving().await, "it is as it was");
    // Saving them loses nothing.
    olga.tick(VERA).await;
    olga.remember_leaving().await;
    olga.click("Save changes").await;
    olga.sees("gets Billing").await;
    assert!(!olga.was_asked().await);
}

#[actix_web::test]
async fn browser_boxes_of_one_block_are_asked_about_when_another_form_of_the_page_is_sent() {
    let (olga, url, _kept) = olga_with(Options::default(), &[]).await;
    olga.goto(&format!("{url}{PEOPLE}")).await;
    olga.tick("Reporting for Sam South in Dock 9").await;
    // Of many people a block has the first.
    olga.tick("Billing for Otto operations at dock4 in Dock 4")
        .await;
    olga.remember_leaving().await;
    olga.click_in("Dock 9", "Save changes").await;
    olga.sees("Sam South gets Reporting.").await;
    assert!(olga.was_asked().await);
}

#[actix_web::test]
async fn a_block_says_in_words_that_it_is_saved_by_itself() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let words = "Save before you change something elsewhere on this page.";
    let blocks = olga.get(PEOPLE).await;
    assert!(blocks.words().contains(words), "{}", blocks.words());
    let own = olga.get(USERS).await;
    assert!(!own.words().contains(words), "{}", own.words());
}
