//! Names in addresses (S8), and what the settings keep.

use super::{acme, events};
use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::visitor::Answer;

const NORTH: &str = "/accounts/acme/organizations/north";
const SETTINGS: &str = "/accounts/acme/organizations/north/settings";

async fn rename(app: &TestApp, from: &str, to: &str) -> Answer {
    let olga = app.signed_in("olga@acme.example");
    let path = format!("/accounts/acme/organizations/{from}/settings");
    let page = olga.get(&path).await;
    let form = page.page().form("Save changes").fill("slug", to);
    olga.submit(&page, &form).await
}

#[actix_web::test]
async fn s8_an_old_address_leads_to_the_new_one_for_whoever_sees_the_place() {
    let app = acme().await;
    let saved = rename(&app, "north", "nord").await;
    assert_eq!(
        saved.location().as_deref(),
        Some("/accounts/acme/organizations/nord/settings")
    );
    assert_eq!(events(&app, "organization.changed", "north"), 1);
    let north = cast::holder("viewer", At::North);
    for (asked, leads) in [
        ("/north", "/nord"),
        ("/north?q=a%20b", "/nord?q=a%20b"),
        (
            "/north/projects/dock-4/users",
            "/nord/projects/dock-4/users",
        ),
    ] {
        let answer = app
            .signed_in(&north)
            .get(&format!("/accounts/acme/organizations{asked}"))
            .await;
        assert_eq!(answer.status, 308, "{asked}");
        assert_eq!(
            answer.location().unwrap(),
            format!("/accounts/acme/organizations{leads}")
        );
    }
    // Who may see the place and not the page is led there and told so.
    assert_eq!(app.signed_in(&north).get(SETTINGS).await.status, 308);
    for stranger in ["sam@acme.example", "gil@globex.example"] {
        let answer = app
            .signed_in(stranger)
            .get("/accounts/acme/organizations/north")
            .await;
        assert_eq!(answer.status, 404, "{stranger}");
    }
    assert!(
        app.visitor()
            .get("/accounts/acme/organizations/north")
            .await
            .asks_to_sign_in()
    );
}

#[actix_web::test]
async fn s8_a_form_sent_to_an_old_address_is_not_sent_on() {
    let app = acme().await;
    rename(&app, "north", "nord").await;
    let olga = app.signed_in("olga@acme.example");
    let sent = olga
        .post(
            "/accounts/acme/organizations/north/projects",
            &[("name", "Dock 5")],
        )
        .await;
    assert_eq!(sent.status, 404);
}

#[actix_web::test]
async fn s8_a_given_up_name_stays_with_its_organization() {
    let app = acme().await;
    rename(&app, "north", "nord").await;
    let taken = rename(&app, "south", "north").await;
    assert_eq!(taken.status, 422);
    let says = taken.page().error_summary();
    assert!(says[0].0.contains("“north” is taken"), "{says:?}");
    let olga = app.signed_in("olga@acme.example");
    let fields = [("name", "Another"), ("slug", "north")];
    let new = olga.post("/accounts/acme/organizations", &fields).await;
    assert_eq!(new.status, 422);
    // Made from a name, it gets a number; and its own it may take back.
    let made = olga
        .post("/accounts/acme/organizations", &[("name", "North")])
        .await;
    assert_eq!(
        made.location().as_deref(),
        Some("/accounts/acme/organizations/north-2")
    );
    assert_eq!(rename(&app, "nord", "north").await.status, 303);
    let back = olga.get("/accounts/acme/organizations/nord").await;
    assert_eq!(
        back.location().as_deref(),
        Some("/accounts/acme/organizations/north")
    );
}

#[actix_web::test]
async fn s8_a_name_in_addresses_is_no_page_and_no_id() {
    let app = acme().await;
    for bad in [
        "settings",
        "sub-accounts",
        "deleted",
        "x",
        "Nord",
        "org_01h455vb4pex5vsknk084sn02q",
    ] {
        let answer = rename(&app, "north", bad).await;
        assert_eq!(answer.status, 422, "{bad}");
        assert_eq!(answer.page().error_summary().len(), 1, "{bad}");
    }
}

/// Sends the form of a page with another short name in it.
async fn named(app: &TestApp, path: &str, to: &str) -> Answer {
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(path).await;
    let form = page.page().form("Save changes").fill("slug", to);
    olga.submit(&page, &form).await
}

#[actix_web::test]
async fn s8_a_project_and_an_account_are_renamed_and_their_old_addresses_lead_on() {
    let app = acme().await;
    let dock = format!("{NORTH}/projects/dock-4");
    let saved = named(&app, &format!("{dock}/settings"), "kai-4").await;
    let kai = format!("{NORTH}/projects/kai-4");
    assert_eq!(saved.location().as_ref(), Some(&kai));
    assert_eq!(events(&app, "project.changed", "north"), 1);
    let saved = named(&app, "/accounts/acme/profile", "acme-works").await;
    assert_eq!(
        saved.location().as_deref(),
        Some("/accounts/acme-works/profile")
    );
    let olga = app.signed_in("olga@acme.example");
    let new = "/accounts/acme-works/organizations/north/projects/kai-4";
    for old in [&dock, &kai] {
        let old = olga.get(&format!("{old}?q=a%20b")).await;
        assert_eq!(old.status, 308);
        assert_eq!(old.location().unwrap(), format!("{new}?q=a%20b"));
    }
    assert_eq!(olga.get(new).await.status, 200);
    assert_eq!(
        olga.get("/accounts/acme").await.location().as_deref(),
        Some("/accounts/acme-works")
    );
    // Whoever sees neither is led nowhere; and a form is not sent on.
    let gil = app.signed_in("gil@globex.example");
    assert_eq!(gil.get("/accounts/acme").await.status, 404);
    let sam = app.signed_in("sam@acme.example");
    assert_eq!(sam.get(&dock).await.status, 404);
    let sent = olga.post(&format!("{dock}/archive"), &[]).await;
    assert_eq!(sent.status, 404);
}

#[actix_web::test]
async fn s8_names_that_are_taken_or_reserved_are_said_beside_the_field() {
    let app = acme().await;
    app.sql(|conn| {
        cast::insert_project(conn, ("acme", "north"), "dock-5", "Dock 5");
        Ok(())
    });
    let dock = |slug: &str| format!("{NORTH}/projects/{slug}/settings");
    named(&app, &dock("dock-4"), "kai-4").await;
    named(&app, "/accounts/acme/profile", "acme-works").await;
    let at = |path: String| path.replace("/acme/", "/acme-works/");
    let profile = "/accounts/acme-works/profile";
    for (path, to, says) in [
        (at(dock("dock-5")), "kai-4", "“kai-4” is taken"),
        (at(dock("dock-5")), "dock-4", "“dock-4” is taken"),
        (at(dock("dock-5")), "users", "is a page of this portal"),
        (at(dock("dock-5")), "Dock", "lower case"),
        (profile.to_owned(), "globex", "“globex” is taken"),
        (profile.to_owned(), "new", "is a page of this portal"),
        (profile.to_owned(), "x", "2 to 48 characters"),
    ] {
        let refused = named(&app, &path, to).await;
        assert_eq!(refused.status, 422, "{to}");
        let page = refused.page();
        let (sentence, field) = page.error_summary().remove(0);
        assert!(sentence.contains(says), "{to}: {sentence}");
        assert_eq!(field, "slug");
        assert_eq!(page.attribute("#slug", "value").as_deref(), Some(to));
    }
    // What one gave up oneself may be taken back; another account may not have it.
    let gil = app.signed_in("gil@globex.example");
    let page = gil.get("/accounts/globex/profile").await;
    let form = page.page().form("Save changes").fill("slug", "acme");
    assert_eq!(gil.submit(&page, &form).await.status, 422);
    assert_eq!(named(&app, profile, "acme").await.status, 303);
    assert_eq!(named(&app, &dock("kai-4"), "dock-4").await.status, 303);
    let olga = app.signed_in("olga@acme.example");
    let back = olga.get("/accounts/acme-works").await;
    assert_eq!(back.location().as_deref(), Some("/accounts/acme"));
}

#[actix_web::test]
async fn a_lasting_address_leads_to_where_a_thing_is_now_for_whoever_sees_it() {
    let app = acme().await;
    rename(&app, "north", "nord").await;
    let (north, dock) = (cast::organization("north"), cast::project("dock-4"));
    let (account, ravi) = (cast::account("acme"), cast::user("ravi@acme.example"));
    let leads = [
        (account.to_string(), "/accounts/acme".to_owned()),
        (
            north.to_string(),
            "/accounts/acme/organizations/nord".into(),
        ),
        (
            dock.to_string(),
            "/accounts/acme/organizations/nord/projects/dock-4".into(),
        ),
        (ravi.to_string(), format!("/accounts/acme/users/{ravi}")),
        (
            cast::group("Coast").to_string(),
            format!("/accounts/acme/groups/{}", cast::group("Coast")),
        ),
        (
            cast::device("scanner-4").to_string(),
            format!(
                "/accounts/acme/organizations/nord/devices/{}",
                cast::device("scanner-4")
            ),
        ),
    ];
    let olga = app.signed_in("olga@acme.example");
    for (id, to) in &leads {
        let answer = olga.get(&format!("/go/{id}")).await;
        assert_eq!(answer.location().as_ref(), Some(to));
        assert_eq!(olga.get(to).await.status, 200, "{to}");
        let gil = app
            .signed_in("gil@globex.example")
            .get(&format!("/go/{id}"))
            .await;
        assert_eq!(gil.status, 404, "{to}");
    }
    let sam = app.signed_in("sam@acme.example");
    for (id, _) in &leads[1..] {
        assert_eq!(sam.get(&format!("/go/{id}")).await.status, 404, "S5");
    }
    assert_eq!(olga.get("/go/nonsense").await.status, 404);
}

#[actix_web::test]
async fn settings_keep_description_and_metadata_and_show_a_clash() {
    let app = acme().await;
    let olga = app.signed_in("olga@acme.example");
    let (mine, theirs) = (olga.get(SETTINGS).await, olga.get(SETTINGS).await);
    let form = mine.page().form("Save changes");
    let form = form
        .fill("description", "Up there.")
        .fill("metadata", "region: north\ndocks: 4");
    assert_eq!(olga.submit(&mine, &form).await.status, 303);
    let page = olga.get(SETTINGS).await.page();
    assert_eq!(page.text("#metadata"), "docks: 4 region: north");
    // Whoever had the page open before meets both versions; nothing typed is lost.
    let late = theirs
        .page()
        .form("Save changes")
        .fill("name", "Upper North");
    let clash = olga.submit(&theirs, &late).await;
    assert_eq!(clash.status, 409);
    assert!(clash.words().contains("Upper North") && clash.words().contains("Up there."));
    let over = olga
        .submit(&clash, &clash.page().form("Save mine over it"))
        .await;
    assert_eq!(over.status, 303);
    let page = olga.get(SETTINGS).await.page();
    assert_eq!(
        page.attribute("#name", "value").as_deref(),
        Some("Upper North")
    );
}

#[actix_web::test]
async fn metadata_that_cannot_be_taken_comes_back_with_what_was_typed() {
    let app = acme().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(SETTINGS).await;
    let form = page
        .page()
        .form("Save changes")
        .fill("metadata", "{\"a\": {\"b\": 1}}");
    let answer = olga.submit(&page, &form).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.page().error_summary()[0].1, "metadata");
    assert_eq!(answer.page().text("#metadata"), "{\"a\": {\"b\": 1}}");
}
