//! The fourth seed's guide in hand: from the sign-in page to a person on a reservation with two roles, by the words of
//! the guide and in at most six clicks; without scripts, by keyboard alone and on a narrow screen too (ux §14, 1 and 2).
//!
//! A click is a press on a link, a menu, a button or a box. What is typed is not clicked: the address and the password
//! with Enter behind them, and the first letters of a name in the list that has the focus.

use std::cell::Cell;

use crate::journeys::look;
use crate::support::browser::{Browser, Key, Options};
use crate::support::cast::PASSWORD;
use crate::tabs::{at_the_door, olga_with};

/// The most clicks that it may take.
const MOST: usize = 6;
/// The menu next to the user name, as it reads.
const MENU: &str = "RURavi UsersAcme";

/// A hand on the mouse, which counts; or on the keyboard alone, where each press counts the same.
struct Hand<'a> {
    browser: &'a Browser,
    clicks: Cell<usize>,
    keyboard: bool,
}

impl Hand<'_> {
    fn count(&self) {
        self.clicks.set(self.clicks.get() + 1);
    }

    async fn click(&self, words: &str) {
        self.count();
        if self.keyboard {
            tab_to(self.browser, words).await;
            self.browser.press(&Key::Enter.to_string()).await;
        } else {
            self.browser.click(words).await;
        }
    }

    async fn fill(&self, label: &str, text: &str) {
        if self.keyboard {
            tab_to(self.browser, label).await;
            self.browser.press(text).await;
        } else {
            self.browser.fill(label, text).await;
        }
    }

    async fn choose(&self, label: &str, option: &str) {
        if self.keyboard {
            tab_to(self.browser, label).await;
            self.browser.press(option).await;
        } else {
            self.browser.choose(label, option).await;
        }
    }

    async fn click_in(&self, place: &str, words: &str) {
        self.count();
        self.browser.click_in(place, words).await;
    }

    async fn tick(&self, label: &str) {
        self.count();
        if self.keyboard {
            tab_to(self.browser, label).await;
            self.browser.press(" ").await;
        } else {
            self.browser.tick(label).await;
        }
    }
}

/// Types the address and the password, and Enter.
async fn sign_in(browser: &Browser, url: &str) {
    browser.goto(&format!("{url}/sign-in")).await;
    browser.fill("Email address", "ravi@acme.example").await;
    browser.fill("Password", PASSWORD).await;
    browser.press(&Key::Enter.to_string()).await;
    browser.sees("Reservations").await;
}

/// "Adding Existing Users to a Reservation".
async fn existing_user(options: Options) {
    let (browser, url, _kept) = at_the_door(options, &[]).await;
    sign_in(&browser, &url).await;
    look(&browser, options).await;
    let hand = Hand {
        browser: &browser,
        clicks: Cell::new(0),
        keyboard: false,
    };
    // "Open the dropdown menu next to your user name and select User Management."
    hand.click(MENU).await;
    hand.click("User Management").await;
    // "Go to the Reservation Users section, then select Add Users to Reservation."
    browser.sees("Reservation Users").await;
    look(&browser, options).await;
    hand.click_in("Dock 4", "Add Users to Reservation").await;
    // "Open the User dropdown to select the existing user … use the checkboxes … Then, select Add User."
    browser.sees("roles on Dock 4").await;
    look(&browser, options).await;
    assert_eq!(browser.focused().await, "User");
    browser.press("Sam S").await;
    hand.tick("Billing").await;
    hand.tick("Operations").await;
    hand.click("Add User").await;
    browser.sees("Sam South added to Dock 4.").await;
    look(&browser, options).await;
    // Back where the way began, with the block of the reservation open.
    assert!(browser.url().await.contains("/user-management?open="));
    let clicks = hand.clicks.get();
    assert!(clicks <= MOST, "{clicks} clicks");
}

/// "Creating New Users".
async fn new_user(options: Options, keyboard: bool) {
    let (browser, url, _kept) = at_the_door(options, &[]).await;
    sign_in(&browser, &url).await;
    let hand = Hand {
        browser: &browser,
        clicks: Cell::new(0),
        keyboard,
    };
    hand.click(MENU).await;
    hand.click("User Management").await;
    hand.click("Add New User").await;
    browser
        .sees("Nothing is sent until you have chosen roles.")
        .await;
    look(&browser, options).await;
    hand.fill("First name", "Nora").await;
    hand.fill("Last name", "New").await;
    hand.fill("Email address", "nora@acme.example").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.sees("Choose roles for Nora New").await;
    look(&browser, options).await;
    hand.choose("Reservation", "Dock 4").await;
    hand.tick("Billing").await;
    hand.tick("Operations").await;
    hand.click("Submit").await;
    browser.sees("Nora New added to Dock 4.").await;
    look(&browser, options).await;
    let clicks = hand.clicks.get();
    assert!(clicks <= MOST, "{clicks} clicks");
}

#[actix_web::test]
async fn browser_an_existing_user_is_on_a_reservation_with_two_roles_in_six_clicks() {
    existing_user(Options::default()).await;
}

#[actix_web::test]
async fn browser_the_six_clicks_without_scripts_on_a_narrow_dark_screen() {
    existing_user(Options {
        javascript: false,
        width: 320,
        dark: true,
    })
    .await;
}

#[actix_web::test]
async fn browser_the_six_clicks_on_320_pixels() {
    existing_user(Options {
        width: 320,
        ..Options::default()
    })
    .await;
}

#[actix_web::test]
async fn browser_a_new_user_is_on_a_reservation_with_two_roles_in_six_clicks() {
    new_user(Options::default(), false).await;
}

#[actix_web::test]
async fn browser_a_new_user_by_keyboard_alone() {
    new_user(Options::default(), true).await;
}

#[actix_web::test]
async fn browser_a_new_user_without_scripts_on_a_narrow_dark_screen() {
    let options = Options {
        javascript: false,
        width: 320,
        dark: true,
    };
    new_user(options, false).await;
}

#[actix_web::test]
async fn browser_a_new_user_on_320_pixels() {
    let options = Options {
        width: 320,
        ..Options::default()
    };
    new_user(options, false).await;
}

#[actix_web::test]
async fn browser_the_button_counts_those_who_are_ticked() {
    let options = Options::default();
    let (browser, url, _kept) = at_the_door(options, &[]).await;
    sign_in(&browser, &url).await;
    let form = "accounts/acme/organizations/north/projects/dock-4/users/add?several=1";
    browser.goto(&format!("{url}/{form}")).await;
    let button = || browser.text("form.form-wide button.btn-primary");
    assert_eq!(button().await, "Add Users");
    browser.tick("Sam South (sam@acme.example)").await;
    assert_eq!(button().await, "Add User");
    browser.tick("Lee Guest (lee@globex.example)").await;
    assert_eq!(button().await, "Add 2 Users");
    browser.tick("Billing").await;
    look(&browser, options).await;
    browser.click("Add 2 Users").await;
    browser.sees("Nothing has been given yet.").await;
}

/// Goes on with Tab until something with these words has the focus, if it has not got it yet.
async fn tab_to(browser: &Browser, words: &str) {
    let mut passed = Vec::new();
    for _ in 0..200 {
        let here = browser.focused().await;
        if here.split_whitespace().collect::<String>()
            == words.split_whitespace().collect::<String>()
        {
            return;
        }
        passed.push(here);
        browser.press(&Key::Tab.to_string()).await;
    }
    panic!("{words:?} is not reached by Tab, past {passed:?}");
}

#[actix_web::test]
async fn browser_the_same_by_keyboard_alone() {
    let options = Options::default();
    let (browser, url, _kept) = at_the_door(options, &[]).await;
    sign_in(&browser, &url).await;
    let (enter, space) = (Key::Enter.to_string(), " ");
    tab_to(&browser, MENU).await;
    browser.press(&enter).await;
    tab_to(&browser, "User Management").await;
    browser.press(&enter).await;
    browser.sees("Reservation Users").await;
    // The link at the top leads past everybody who is listed before.
    tab_to(&browser, "Reservation Users").await;
    browser.press(&enter).await;
    tab_to(&browser, "Add Users to Reservation").await;
    browser.press(&enter).await;
    browser.sees("roles on Dock 4").await;
    assert_eq!(browser.focused().await, "User");
    browser.press("Sam S").await;
    for role in ["Billing", "Operations"] {
        tab_to(&browser, role).await;
        browser.press(space).await;
    }
    tab_to(&browser, "Add User").await;
    browser.press(&enter).await;
    browser.sees("Sam South added to Dock 4.").await;
    // And a box of the grid: ticked with the space bar, saved, reviewed, submitted.
    browser
        .goto(&format!(
            "{url}/accounts/acme/user-management#project-users"
        ))
        .await;
    tab_to(&browser, "Reporting for Sam South in Dock 9").await;
    browser.press(space).await;
    tab_to(&browser, "Save changes").await;
    browser.press(&enter).await;
    browser.sees("Sam South gets Reporting.").await;
    tab_to(&browser, "Submit").await;
    browser.press(&enter).await;
    browser
        .sees("The roles of Sam South on Dock 9 were changed.")
        .await;
}

#[actix_web::test]
async fn browser_a_closed_block_fetches_its_people_when_it_is_opened() {
    let options = Options::default();
    let (browser, url, _kept) = olga_with(options, &[]).await;
    for name in ["Yard A", "Yard B"] {
        browser
            .goto(&format!(
                "{url}/accounts/acme/organizations/north/projects/new"
            ))
            .await;
        browser.fill("Name", name).await;
        browser.click("Create reservation").await;
        browser.sees("was created.").await;
    }
    browser
        .goto(&format!(
            "{url}/accounts/acme/user-management#project-users"
        ))
        .await;
    browser.click("Yard BNorth · Nobody yet").await;
    browser.sees("Nobody has a role on just Yard B.").await;
    look(&browser, options).await;
}
