//! Add Users to Reservation with more people than one list holds: what was chosen stays chosen (ux 6.11).

use actix_web::http::Method;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::html::Form;

const ADD: &str = "/accounts/acme/organizations/north/projects/dock-4/users/add";
const RAVI: &str = "ravi@acme.example";

async fn crowded() -> TestApp {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..70 {
            let email = format!("crowd{n:02}@acme.example");
            Person::of("acme", &email, "Cleo", &format!("Crowd {n:02}")).insert(conn);
            cast::give(conn, &email, "viewer", At::Dock9);
        }
        Ok(())
    });
    app
}

fn crowd(n: u8) -> String {
    user(&format!("crowd{n:02}@acme.example")).to_string()
}

fn values<'a>(form: &'a Form, name: &str) -> Vec<&'a str> {
    let mine = form.fields.iter().filter(|(own, _)| own == name);
    let mut values: Vec<&str> = mine.map(|(_, value)| value.as_str()).collect();
    values.sort_unstable();
    values
}

#[actix_web::test]
async fn a_second_search_keeps_the_people_the_roles_and_the_days_that_were_chosen() {
    let app = crowded().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(&format!("{ADD}?several=1")).await;
    let form = page.page().form("Search").fill("q", "crowd 1");
    let found = ravi.submit(&page, &form).await;
    assert_eq!(found.status, 200, "{}", found.words());
    let form = found.page().form("Search");
    let form = form.tick("user", &crowd(11)).tick("user", &crowd(12));
    let form = form.tick("role", "billing").fill("ends_on", "2026-05-01");
    let found = ravi.submit(&found, &form.fill("q", "crowd 69")).await;
    assert_eq!(found.status, 200, "{}", found.words());
    let form = found.page().form("Add 2 Users").tick("user", &crowd(69));
    let mut wanted = [crowd(11), crowd(12), crowd(69)];
    wanted.sort_unstable();
    assert_eq!(values(&form, "user"), wanted);
    assert_eq!(values(&form, "role"), ["billing"]);
    assert_eq!(values(&form, "ends_on"), ["2026-05-01"]);
    assert_eq!(values(&form, "q"), ["crowd 69"]);
    // What has to be corrected keeps them, too.
    let wrong = ravi
        .submit(&found, &form.clone().untick("role", "billing"))
        .await;
    assert_eq!(wrong.status, 422, "{}", wrong.words());
    assert_eq!(values(&wrong.page().form("Add 3 Users"), "user"), wanted);
    let check = ravi.submit(&found, &form).await;
    assert_eq!(check.status, 200, "{}", check.words());
    let done = ravi.submit(&check, &check.page().form("Add 3 Users")).await;
    let said = ravi.follow(done).await.words();
    assert!(said.contains("added to Dock 4."), "{said}");
}

#[actix_web::test]
async fn copying_roles_keeps_who_was_chosen() {
    let app = crowded().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(ADD).await;
    let form = page.page().form("Search").fill("q", "crowd 69");
    let found = ravi.submit(&page, &form).await;
    let form = found.page().form("Copy roles").tick("user", &crowd(69));
    let otto = user(&holder("operations", At::Dock4)).to_string();
    let form = form.fill("ends_on", "2026-05-01").tick("copy", &otto);
    let copied = ravi.submit(&found, &form).await;
    assert_eq!(copied.status, 200, "{}", copied.words());
    let form = copied.page().form("Add User");
    assert_eq!(values(&form, "user"), [crowd(69)]);
    assert_eq!(values(&form, "role"), ["operations"]);
    assert_eq!(values(&form, "ends_on"), ["2026-05-01"]);
}

#[actix_web::test]
async fn the_key_enter_searches_where_the_search_is_another_one_and_else_adds() {
    let app = crowded().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(ADD).await;
    // A browser presses the first button of a form for it.
    let form = page.page().form("Go on").fill("q", "crowd 69");
    let found = ravi.submit(&page, &form).await;
    assert_eq!(found.status, 200, "{}", found.words());
    let form = found.page().form("Go on");
    assert_eq!(values(&form, "q"), ["crowd 69"]);
    let form = form.tick("user", &crowd(69)).tick("role", "viewer");
    let done = ravi.submit(&found, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

#[actix_web::test]
async fn somebody_who_cannot_be_added_is_not_kept_in_the_list() {
    let app = crowded().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(&format!("{ADD}?several=1")).await;
    for id in [
        user("gil@globex.example").to_string(),
        user("ines@acme.example").to_string(),
        "nobody".to_owned(),
    ] {
        let form = page.page().form("Search").forge("user", &id);
        let found = ravi.submit(&page, &form).await;
        assert_eq!(found.status, 200, "{}", found.words());
        let form = found.page().form("Add Users");
        assert!(
            !form.offered.iter().any(|choice| choice.value == id),
            "{id}"
        );
    }
}

#[actix_web::test]
async fn as_one_types_the_results_come_and_who_was_chosen_stays_chosen() {
    let app = crowded().await;
    let ravi = app.signed_in(RAVI);
    for several in ["", "?several=1"] {
        let page = ravi.get(&format!("{ADD}{several}")).await.page();
        let at = |name: &str| page.attribute("#q", name).unwrap_or_default();
        assert_eq!(at("hx-get"), format!("{ADD}{several}"));
        assert_eq!(
            (at("hx-select"), at("hx-target")),
            ("#users".into(), "#users".into())
        );
        assert_eq!(at("hx-include"), "[name=user]");
        let sign = if several.is_empty() { '?' } else { '&' };
        let path = format!("{ADD}{several}{sign}user={}&q=crowd+69", crowd(11));
        let ask = ravi.ask(Method::GET, &path).header("hx-request", "true");
        let found = ask.send().await;
        assert_eq!(found.status, 200, "{}", found.words());
        let found = found.page();
        // The field that is typed in keeps the focus.
        assert!(!found.has("#users [autofocus]"));
        let form = found.form("Search");
        let offers = |id: String| form.offered.iter().any(|one| one.value == id);
        assert!(offers(crowd(11)) && offers(crowd(69)) && !offers(crowd(12)));
        assert_eq!(values(&form, "user"), [crowd(11)]);
    }
    // Whom one does not see is not offered, whoever asks for them.
    let gil = user("gil@globex.example").to_string();
    let page = ravi.get(&format!("{ADD}?user={gil}")).await.page();
    let form = page.form("Add User");
    assert!(!form.offered.iter().any(|one| one.value == gil), "{form:?}");
}

#[actix_web::test]
async fn where_everybody_is_in_already_the_page_says_so_and_leads_back() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let page = uma.get(ADD).await;
    assert!(
        page.words().contains("Everybody is already in"),
        "{}",
        page.words()
    );
    assert!(!page.page().has("main [name=person]"));
    page.page().link("Back to Dock 4");
}
