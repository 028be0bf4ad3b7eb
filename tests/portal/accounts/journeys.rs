//! An invitation opened in the wrong account (rule 10, ux 6.6), in a real browser.

use crate::journeys::look;
use crate::support::browser::{Browser, Options};
use crate::support::cast::PASSWORD;
use crate::support::smtp::{Message, Smtp, link_in};
use crate::tabs::olga_with;
use std::time::Duration;

async fn sign_in(browser: &Browser, email: &str) {
    browser.fill("Email address", email).await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Sign in").await;
}

fn is_invitation(mail: &Message) -> bool {
    mail.subject().contains("invited you")
}

/// Olga invites Gil of another company; his link is opened in a browser where Olga is still signed in.
async fn wrong_account(options: Options) {
    let smtp = Smtp::start();
    let server = smtp.url();
    let (browser, url, _kept) = olga_with(options, &[("SMTP_URL", &server)]).await;
    browser
        .goto(&format!("{url}/accounts/acme/user-management/new"))
        .await;
    for (label, text) in [
        ("First name", "Gil"),
        ("Last name", "Guest"),
        ("Email address", "gil@globex.example"),
    ] {
        browser.fill(label, text).await;
    }
    browser.click("Add User").await;
    browser.sees("Choose roles for Gil Guest").await;
    browser.choose("Reservation", "Dock 4").await;
    browser.tick("Viewer").await;
    browser.click("Submit").await;
    // The cast's own requests run out meanwhile, and their people are told.
    let mut mails = Vec::new();
    while !mails.iter().any(is_invitation) {
        mails = smtp
            .wait_for(mails.len() + 1, Duration::from_secs(30))
            .await;
    }
    let mail = mails.into_iter().find(is_invitation).unwrap();
    assert_eq!(mail.to, ["gil@globex.example"]);
    let link = link_in(&mail);

    browser.goto(&link).await;
    browser.sees("This invitation is for somebody else").await;
    let words = browser.words().await;
    for says in [
        "You are signed in as olga@acme.example.",
        "This invitation is for gil@globex.example.",
        "Stay signed in as olga@acme.example",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    look(&browser, options).await;
    // Staying is a way on, and uses nothing up.
    browser.click("Stay signed in as olga@acme.example").await;
    browser.sees("Acme").await;
    browser.goto(&link).await;
    browser
        .click("Sign out and continue as gil@globex.example")
        .await;
    browser.sees("Sign in").await;
    look(&browser, options).await;
    sign_in(&browser, "gil@globex.example").await;
    browser.sees("invites you to Dock 4").await;
    look(&browser, options).await;
    browser.click("Accept").await;
    browser.sees("Acme").await;
    browser
        .goto(&format!(
            "{url}/accounts/acme/organizations/north/projects/dock-4"
        ))
        .await;
    browser.sees("Viewer").await;
    look(&browser, options).await;
    // In the account menu both are there; the way back is one choice.
    browser.goto(&format!("{url}/me/accounts")).await;
    let words = browser.words().await;
    assert!(
        words.contains("Acme") && words.contains("Globex"),
        "{words}"
    );
    look(&browser, options).await;
}

#[actix_web::test]
async fn browser_rule_10_an_invitation_in_the_wrong_account_leads_to_the_right_one() {
    wrong_account(Options::default()).await;
}

#[actix_web::test]
async fn browser_rule_10_the_same_without_scripts_on_a_narrow_dark_screen() {
    wrong_account(Options {
        javascript: false,
        width: 360,
        dark: true,
    })
    .await;
}
