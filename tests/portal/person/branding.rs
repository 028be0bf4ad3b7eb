//! Portal Branding Account: whose logo and colours one sees (rules 7 and 10, S1).

use crate::support::app::TestApp;
use crate::support::cast::{account, user};
use crate::support::visitor::{Answer, Visitor};

const BRANDING: &str = "/me/branding";
const LEE: &str = "lee@globex.example";

async fn choose(visitor: &Visitor<'_>, value: &str) -> Answer {
    let page = visitor.get(BRANDING).await;
    let form = page.page().form("Save changes");
    visitor.submit(&page, &form.tick("branding", value)).await
}

fn brand(answer: &Answer) -> String {
    let words = answer.words();
    let said = words.split("Portal Branding Account").nth(1);
    said.unwrap_or_default().trim().to_owned()
}

#[actix_web::test]
async fn it_is_the_home_until_another_account_is_chosen_that_one_is_in() {
    let app = TestApp::start().await;
    let lee = app.signed_in(LEE);
    assert!(brand(&lee.get("/me").await).starts_with("Globex Change"));
    let done = choose(&lee, &account("acme").to_string()).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let shown = lee.follow(done).await;
    assert!(
        shown
            .words()
            .contains("Your Portal Branding Account was saved."),
        "{}",
        shown.words()
    );
    assert!(brand(&lee.get("/me").await).starts_with("Acme Change"));
    let page = lee.get(BRANDING).await;
    let current = page.page().texts("nav.side a[aria-current]");
    assert_eq!(current, ["Your profile"], "{}", page.body);
    let chosen = format!("input[value={}][checked]", account("acme"));
    assert!(page.page().has(&chosen), "{}", page.body);
    let again = choose(&lee, &account("acme").to_string()).await;
    let again = lee.follow(again).await;
    assert!(
        again.words().contains("nothing changed"),
        "{}",
        again.words()
    );
}

#[actix_web::test]
async fn the_home_sees_that_another_was_chosen_and_never_which() {
    let app = TestApp::start().await;
    let page = format!("/accounts/globex/users/{}", user(LEE));
    let gil = app.signed_in("gil@globex.example");
    assert!(brand(&gil.get(&page).await).starts_with("Globex"));
    choose(&app.signed_in(LEE), &account("acme").to_string()).await;
    let seen = gil.get(&page).await;
    assert!(
        brand(&seen).starts_with("Another account"),
        "{}",
        seen.words()
    );
    assert!(!seen.words().contains("Acme"), "{}", seen.words());
    let ravi = app.signed_in("ravi@acme.example");
    let guest = ravi
        .get(&format!("/accounts/acme/users/{}", user(LEE)))
        .await;
    assert!(brand(&guest).starts_with('—'), "{}", guest.words());
}

#[actix_web::test]
async fn an_account_that_one_is_not_in_cannot_be_chosen_and_one_that_is_left_counts_no_more() {
    let app = TestApp::start().await;
    let lee = app.signed_in(LEE);
    let sam = app.signed_in("sam@acme.example");
    let globex = account("globex").to_string();
    for (visitor, value, status) in [
        (&sam, globex.as_str(), 404),
        (&sam, "nonsense", 404),
        (&sam, "", 422),
    ] {
        let refused = visitor.post(BRANDING, &[("branding", value)]).await;
        assert_eq!(refused.status, status, "{value}: {}", refused.words());
    }
    choose(&lee, &account("acme").to_string()).await;
    let ravi = app.signed_in("ravi@acme.example");
    let remove = format!("/accounts/acme/users/{}/remove", user(LEE));
    let gone = ravi.post(&remove, &[]).await;
    assert_eq!(gone.status, 303, "{}", gone.words());
    let lee = app.signed_in(LEE);
    assert!(brand(&lee.get("/me").await).starts_with("Globex Change"));
}
