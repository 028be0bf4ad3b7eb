//! More places than one list holds: each of them can be chosen all the same (ux 1.3, 6.10).

use diesel::prelude::*;
use tenantry::db::schema::{grants, users};
use tenantry::db::types::GrantId;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::html::Form;
use crate::support::statements;
use crate::support::visitor::{Answer, Visitor};

const NEW: &str = "/accounts/acme/user-management/new";
const BULK: &str = "/accounts/acme/user-management/bulk";
const IMPORT: &str = "/accounts/acme/user-management/import";
const REQUEST: &str = "/accounts/acme/requests/new";
const RAVI: &str = "ravi@acme.example";

/// So many reservations in North that the last of them stand on no list.
async fn crowded() -> TestApp {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..600 {
            let (slug, name) = (format!("yard-{n:03}"), format!("Yard {n:03}"));
            cast::insert_project(conn, ("acme", "north"), &slug, &name);
        }
        Ok(())
    });
    app
}

fn yard(n: u16) -> String {
    cast::project(&format!("yard-{n}")).to_string()
}

fn offered(form: &Form) -> Vec<&str> {
    let places = form.offered.iter().filter(|choice| choice.name == "place");
    places.map(|choice| choice.value.as_str()).collect()
}

fn chosen(form: &Form) -> Option<&str> {
    let place = form.fields.iter().find(|(name, _)| name == "place");
    place.map(|(_, value)| value.as_str())
}

/// Searches in a form that has a place to choose, and looks at the form once more.
async fn search(visitor: &Visitor<'_>, page: &Answer, form: Form, q: &str) -> Answer {
    let found = visitor.submit(page, &form.fill("place_q", q)).await;
    assert_eq!(found.status, 200, "{}", found.words());
    assert_eq!(
        found.page().attribute("#place_q", "value").as_deref(),
        Some(q)
    );
    found
}

async fn second_page(visitor: &Visitor<'_>, query: &str) -> Answer {
    let first = visitor.get(&format!("{NEW}{query}")).await;
    let form = first.page().form("Add User");
    let form = form
        .fill("first_name", "Nina")
        .fill("last_name", "New")
        .fill("email", "nina@new.example");
    let page = visitor.submit(&first, &form).await;
    assert_eq!(page.status, 200, "{}", page.words());
    page
}

fn held_on(app: &TestApp, email: &str, project: &str) -> Vec<String> {
    let scope = GrantId::from_uuid(cast::project(project).uuid());
    app.sql(|conn| {
        grants::table
            .inner_join(users::table.on(users::id.eq(grants::user_id)))
            .filter(users::email_key.eq(email))
            .filter(grants::scope_id.eq(scope))
            .select(grants::role)
            .load(conn)
    })
}

#[actix_web::test]
async fn whoever_comes_from_a_place_that_no_list_has_finds_it_chosen() {
    let app = crowded().await;
    let ravi = app.signed_in(RAVI);
    let page = second_page(&ravi, &format!("?project={}", yard(599))).await;
    let form = page.page().form("Submit");
    assert_eq!(chosen(&form), Some(yard(599).as_str()));
    assert_eq!(
        page.page().text("select optgroup option[selected]"),
        "Yard 599 (North)"
    );
    assert!(!offered(&form).contains(&yard(598).as_str()));
    // What has to be corrected keeps it.
    let wrong = ravi.submit(&page, &form).await;
    assert_eq!(wrong.status, 422, "{}", wrong.words());
    let form = wrong.page().form("Submit").tick("role", "viewer");
    let done = ravi.submit(&wrong, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(held_on(&app, "nina@new.example", "yard-599"), ["viewer"]);
    // From a page that was refused, too.
    let page = ravi.get(&format!("{REQUEST}?place={}", yard(599))).await;
    assert_eq!(
        chosen(&page.page().form("Continue")),
        Some(yard(599).as_str())
    );
}

#[actix_web::test]
async fn a_place_that_is_not_listed_is_found_by_its_name_and_all_that_was_chosen_stays() {
    let app = crowded().await;
    let ravi = app.signed_in(RAVI);
    let page = second_page(&ravi, "").await;
    assert!(
        page.words()
            .contains("Not all places are listed: search for the one that you need."),
        "{}",
        page.words()
    );
    let form = page.page().form("Search").tick("role", "billing");
    let form = form.fill("ends_on", "2026-05-01");
    let found = search(&ravi, &page, form, "YARD 58").await;
    let form = found.page().form("Submit");
    let all = offered(&form);
    assert!(
        all.contains(&yard(585).as_str()) && all.len() < 15,
        "{all:?}"
    );
    // The next search keeps what was chosen by the last.
    let form = found.page().form("Search").tick("place", &yard(585));
    let found = search(&ravi, &found, form, "yard 599").await;
    let form = found.page().form("Submit");
    assert_eq!(chosen(&form), Some(yard(585).as_str()));
    let another = ravi
        .submit(&found, &found.page().form("Add another reservation"))
        .await;
    let form = another.page().form("Submit");
    let form = form.tick("place2", &yard(599)).tick("role2", "viewer");
    let done = ravi.submit(&another, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(held_on(&app, "nina@new.example", "yard-585"), ["billing"]);
    assert_eq!(held_on(&app, "nina@new.example", "yard-599"), ["viewer"]);
    let none = search(&ravi, &page, page.page().form("Search"), "zzz").await;
    assert!(
        none.words()
            .contains("No place here has a name that begins with this."),
        "{}",
        none.words()
    );
}

#[actix_web::test]
async fn acts_on_people_imports_and_requests_find_a_place_that_is_not_listed() {
    let app = crowded().await;
    let ravi = app.signed_in(RAVI);
    let sam = user("sam@acme.example").to_string();
    for act in ["join", "give", "take", "leave"] {
        let page = ravi.post(BULK, &[("act", act), ("person", &sam)]).await;
        let found = search(&ravi, &page, page.page().form("Search"), "yard 599").await;
        let mut form = found.page().form("Review").tick("place", &yard(599));
        if act != "leave" {
            form = form.tick("role", "viewer");
        }
        let review = ravi.submit(&found, &form).await;
        assert_eq!(review.status, 200, "{act}: {}", review.words());
        assert!(
            review.words().contains("Yard 599"),
            "{act}: {}",
            review.words()
        );
        // Without a search it stays where something is to be corrected.
        if act != "leave" {
            let wrong = ravi.submit(&found, &form.untick("role", "viewer")).await;
            assert_eq!(wrong.status, 422);
            let form = wrong.page().form("Review");
            assert_eq!(chosen(&form), Some(yard(599).as_str()), "{act}");
        }
    }

    let page = ravi.get(IMPORT).await;
    let rows = "first_name,last_name,email\nNina,New,nina@new.example\n";
    let form = page.page().form("Search").fill("rows", rows);
    let found = search(&ravi, &page, form.tick("role", "viewer"), "yard 599").await;
    let form = found.page().form("Check the rows");
    let preview = ravi.submit(&found, &form.tick("place", &yard(599))).await;
    let told = preview.page().texts("tbody td[data-l=Place]");
    assert_eq!(told, ["North / Yard 599"], "{}", preview.words());
    let mut back = preview.page().form("Change file, place or roles");
    back.action = IMPORT.into();
    let back = ravi.submit(&preview, &back).await;
    let form = back.page().form("Check the rows");
    assert_eq!(chosen(&form), Some(yard(599).as_str()));

    let page = ravi.get(REQUEST).await;
    let form = page
        .page()
        .form("Search")
        .fill("reason", "The yard is mine now");
    let found = search(&ravi, &page, form, "yard 599").await;
    let form = found.page().form("Continue").tick("place", &yard(599));
    let check = ravi.submit(&found, &form).await;
    assert_eq!(check.status, 200, "{}", check.words());
    assert!(check.words().contains("Yard 599"), "{}", check.words());
}

#[actix_web::test]
async fn a_place_out_of_reach_is_neither_found_nor_kept() {
    let app = crowded().await;
    let uma = app.signed_in(&holder("user_management", At::North));
    for place in [
        cast::project("dock-9").to_string(),
        cast::project("bay-1").to_string(),
        cast::organization("south").to_string(),
        cast::group("Coast").to_string(),
        cast::account("acme").to_string(),
    ] {
        let page = second_page(&uma, &format!("?project={place}")).await;
        let form = page.page().form("Submit");
        assert!(!offered(&form).contains(&place.as_str()), "{place}");
        assert_ne!(chosen(&form), Some(place.as_str()));
    }
    let page = second_page(&uma, "").await;
    for q in ["dock 9", "south", "bay", "coast"] {
        let found = search(&uma, &page, page.page().form("Search"), q).await;
        let form = found.page().form("Submit");
        assert!(
            offered(&form).iter().all(|id| id.is_empty()),
            "{q}: {:?}",
            offered(&form)
        );
    }
}

#[actix_web::test]
async fn as_many_statements_are_asked_however_many_places_are_kept_beside_the_list() {
    statements::listen();
    let app = crowded().await;
    let ravi = app.signed_in(RAVI);
    let page = second_page(&ravi, &format!("?project={}", yard(599))).await;
    let form = page.page().form("Add another reservation");
    let (two, one) = statements::during(&app, ravi.submit(&page, &form)).await;
    let form = two.page().form("Add another reservation");
    let form = form.forge("place3", &yard(597)).forge("role3", "viewer");
    let form = form.forge("place4", &yard(596)).forge("role4", "viewer");
    let (more, many) = statements::during(&app, ravi.submit(&two, &form)).await;
    let kept = more.page().texts("select optgroup option[selected]");
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert_eq!(one.len(), many.len(), "{many:#?}");
}
