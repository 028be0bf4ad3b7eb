//! Projects: changed, archived and opened again.

use crate::support::app::TestApp;
use crate::support::cast::{self, At};

const DOCK: &str = "/accounts/acme/organizations/north/projects/dock-4";
const NORTH: &str = "/accounts/acme/organizations/north";

#[actix_web::test]
async fn a_project_gets_another_name_and_says_what_it_is_for() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&format!("{DOCK}/settings")).await;
    let form = page.page().form("Save changes").fill("name", "Dock 44");
    let form = form.fill("description", "The dock by the river.");
    let sent = olga.submit(&page, &form).await;
    let shown = olga.follow(sent).await;
    for words in ["Dock 44 was changed.", "The dock by the river."] {
        assert!(shown.words().contains(words), "{}", shown.words());
    }
    // The form that was opened before is too old now, and takes nothing back.
    let late = olga.submit(&page, &form.fill("name", "Dock 5")).await;
    assert_eq!(late.status, 409);
    assert_eq!(olga.get(DOCK).await.page().h1(), "Dock 44");
}

#[actix_web::test]
async fn rule_11_an_archived_project_keeps_its_roles_visible_and_they_do_nothing() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let settings = olga.get(&format!("{DOCK}/settings")).await;
    let form = settings.page().form("Archive Dock 4");
    let sent = olga.submit(&settings, &form).await;
    let page = olga.follow(sent).await;
    assert!(
        page.words().contains("Dock 4 was archived."),
        "{}",
        page.words()
    );
    assert!(page.words().contains("It is archived"), "{}", page.words());
    let active = olga.get(NORTH).await;
    assert!(!active.words().contains("Dock 4"), "{}", active.words());
    let archived = olga.get(&format!("{NORTH}?status=archived")).await;
    assert!(archived.words().contains("Dock 4"), "{}", archived.words());
    // Whoever has a role on it alone still sees it, and may do nothing there.
    let uma = app.signed_in(&cast::holder("user_management", At::Dock4));
    assert_eq!(uma.get(DOCK).await.status, 200);
    assert_eq!(uma.get(&format!("{DOCK}/users")).await.status, 403);
    assert_eq!(uma.get(&format!("{DOCK}/users/add")).await.status, 403);
    // The roles are there still.
    let users = olga.get(&format!("{DOCK}/users")).await;
    assert!(users.words().contains("Uma"), "{}", users.words());
    // Opened again, they work.
    let sent = olga.submit(&page, &page.page().form("Undo")).await;
    let open = olga.follow(sent).await;
    assert!(open.words().contains("Dock 4 is open again"));
    assert_eq!(uma.get(&format!("{DOCK}/users/add")).await.status, 200);
}

#[actix_web::test]
async fn nobody_is_added_to_an_archived_project_and_it_says_so() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let open = olga.get(&format!("{DOCK}/users/add")).await;
    olga.post(&format!("{DOCK}/archive"), &[]).await;
    let sam = cast::user("sam@acme.example").to_string();
    let form = open.page().form("Add User");
    let form = form.tick("user", &sam).tick("role", "viewer");
    let says = "Dock 4 is archived: nobody can be added to it";
    let sent = olga.submit(&open, &form).await;
    let page = olga.follow(sent).await;
    assert!(page.words().contains(says), "{}", page.words());
    let opened = olga.get(&format!("{DOCK}/users/add")).await;
    let page = olga.follow(opened).await;
    assert!(page.words().contains(says), "{}", page.words());
}

#[actix_web::test]
async fn rule_5_the_projects_of_organizations_below_are_names_to_whoever_sees_only_the_one_above() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_organization(conn, "acme", "yard", "Yard");
        cast::put_below(conn, "yard", "north");
        cast::insert_project(conn, ("acme", "yard"), "gate-1", "Gate 1");
        cast::insert_project(conn, ("acme", "yard"), "gate-2", "Gate 2");
        Ok(())
    });
    let mia = cast::holder("manager", At::North);
    let mia = app.signed_in(&mia);
    let plain = mia.get(NORTH).await;
    assert!(!plain.words().contains("Gate 1"), "{}", plain.words());
    let all = mia
        .get(&plain.page().link("Include sub-organizations"))
        .await;
    assert!(all.words().contains("Gate 1 Yard"), "{}", all.words());
    let links = all.page().links();
    assert!(
        !links.iter().any(|(_, href)| href.contains("/yard")),
        "{links:?}"
    );
    let path = "/accounts/acme/organizations/yard/projects/gate-1";
    assert_eq!(mia.get(path).await.status, 404);
    // Whoever reaches it may open it; a sibling sees nothing of it.
    let olga = app.signed_in("olga@acme.example");
    let all = olga.get(&format!("{NORTH}?below=1")).await;
    assert_eq!(
        all.page()
            .attribute(&format!("a[href='{path}']"), "href")
            .as_deref(),
        Some(path)
    );
    let south = olga.get("/accounts/acme/organizations/south?below=1").await;
    assert!(!south.words().contains("Gate 1"), "{}", south.words());
}

#[actix_web::test]
async fn the_dashboard_says_how_many_work_on_each_project_to_whoever_may_see_who() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_organization(conn, "acme", "yard", "Yard");
        cast::put_below(conn, "yard", "north");
        cast::insert_project(conn, ("acme", "yard"), "gate-1", "Gate 1");
        cast::insert_project(conn, ("acme", "north"), "dock-5", "Dock 5");
        Ok(())
    });
    let on_dock = cast::ROLES.len() + 1;
    let says = format!("Dock 4 dock-4 · {on_dock} people");
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(NORTH).await;
    assert!(page.words().contains(&says), "{}", page.words());
    assert!(page.words().contains("Dock 5 dock-5 · Nobody yet"));
    // A second role makes no second person, and the last one that is taken takes the person along.
    app.sql(|conn| {
        cast::give(conn, "sam@acme.example", "viewer", At::Dock4);
        cast::give(conn, "sam@acme.example", "billing", At::Dock4);
        Ok(())
    });
    let more = format!("Dock 4 dock-4 · {} people", on_dock + 1);
    assert!(olga.get(NORTH).await.words().contains(&more));
    let file = olga.get(&format!("{NORTH}/projects.csv")).await;
    let row = format!(",{}\r\n", on_dock + 1);
    assert!(file.body.contains(&row), "{}", file.body);
    // Below, it is told to whoever may see the people of the organization above (rule 5).
    let mia = app.signed_in(&cast::holder("manager", At::North));
    let below = mia.get(&format!("{NORTH}?below=1")).await;
    assert!(below.words().contains("Gate 1 Yard · Nobody yet"));
    // With a role on the project alone it is told by that role, and while it works.
    let uma = app.signed_in(&cast::holder("user_management", At::Dock4));
    assert!(uma.get(NORTH).await.words().contains(&more));
    for role in ["billing", "operations"] {
        for at in [At::North, At::Dock4] {
            let reader = app.signed_in(&cast::holder(role, at));
            let page = reader.get(NORTH).await;
            assert!(page.words().contains("Dock 4 dock-4"), "{role}");
            assert!(!page.words().contains("people"), "{}", page.words());
            let file = reader.get(&format!("{NORTH}/projects.csv")).await;
            assert!(file.body.contains(",\r\n"), "{}", file.body);
        }
    }
    olga.post(&format!("{DOCK}/archive"), &[]).await;
    let archived = format!("{NORTH}?status=archived");
    assert!(olga.get(&archived).await.words().contains(&more));
    assert!(!uma.get(&archived).await.words().contains("people"));
}
