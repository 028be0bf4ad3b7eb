//! Archiving, deleting, bringing back, purging (rule 6, S7, S23).

use super::{acme, events, rest, stands};
use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::visitor::Answer;
use diesel::prelude::*;
use tenantry::db::schema::{grants, memberships, organizations, users};
use tenantry::db::types::{AccountId, OrganizationId};
use tenantry::jobs;

const WEST: &str = "/accounts/acme/organizations/west";

async fn delete(app: &TestApp, email: &str, slug: &str) -> Answer {
    let visitor = app.signed_in(email);
    let page = visitor
        .get(&format!("/accounts/acme/organizations/{slug}/delete"))
        .await;
    let forms = page.page().forms();
    let form = forms.iter().find(|form| form.action.ends_with("/delete"));
    match form {
        Some(form) => visitor.submit(&page, form).await,
        None => page,
    }
}

async fn restore(app: &TestApp, email: &str, slug: &str) -> Answer {
    let id = cast::organization(slug).to_string();
    app.signed_in(email)
        .post(
            "/accounts/acme/organizations/restore",
            &[("organization", &id)],
        )
        .await
}

#[actix_web::test]
async fn rule_6_what_has_children_or_active_projects_is_not_deleted_and_says_which() {
    let app = acme().await;
    let west = delete(&app, "olga@acme.example", "west").await;
    assert!(
        west.words()
            .contains("Organizations stand below it: Depot."),
        "{}",
        west.words()
    );
    let north = delete(&app, "olga@acme.example", "north").await;
    assert!(
        north
            .words()
            .contains("Reservations in it are active: Dock 4."),
        "{}",
        north.words()
    );
    // Nor by posting without the page.
    let olga = app.signed_in("olga@acme.example");
    for slug in ["west", "north"] {
        let path = format!("/accounts/acme/organizations/{slug}/delete");
        assert_eq!(
            olga.post(&path, &[("version", "1")]).await.status,
            409,
            "{slug}"
        );
        assert_eq!(stands(&app, slug).0, "active");
    }
}

#[actix_web::test]
async fn s23_a_deleted_organization_is_invisible_at_once_and_keeps_its_slug_and_grants() {
    let app = acme().await;
    rest(&app, "dock-4");
    let before = grants_on(&app, "north");
    let gone = delete(&app, "olga@acme.example", "north").await;
    assert_eq!(gone.status, 303);
    assert_eq!(events(&app, "organization.deleted", "north"), 1);
    for email in [
        "olga@acme.example",
        "nora@acme.example",
        "lee@globex.example",
    ] {
        let visitor = app.signed_in(email);
        for path in ["", "/members", "/settings", "/projects/dock-4"] {
            let path = format!("/accounts/acme/organizations/north{path}");
            assert_eq!(visitor.get(&path).await.status, 404, "{path} as {email}");
        }
        let id = cast::organization("north");
        assert_eq!(
            visitor.get(&format!("/go/{id}")).await.status,
            404,
            "{email}"
        );
    }
    let olga = app.signed_in("olga@acme.example");
    assert!(
        !olga
            .get("/accounts/acme/sub-accounts")
            .await
            .body
            .contains(">North<")
    );
    let fields = [("name", "Other"), ("slug", "north")];
    assert_eq!(
        olga.post("/accounts/acme/organizations", &fields)
            .await
            .status,
        422
    );
    assert_eq!(grants_on(&app, "north"), before);
}

fn grants_on(app: &TestApp, slug: &str) -> i64 {
    app.sql(|conn| {
        grants::table
            .filter(grants::organization_id.eq(cast::organization(slug)))
            .count()
            .get_result(conn)
    })
}

#[actix_web::test]
async fn rule_6_a_deletion_is_taken_back_by_the_right_that_made_it() {
    let app = acme().await;
    delete(&app, "wanda@acme.example", "depot").await;
    assert_eq!(stands(&app, "depot").0, "deleted");
    let olga = app.signed_in("olga@acme.example");
    let list = olga.get("/accounts/acme/organizations/deleted").await;
    assert!(list.words().contains("Depot"));
    // Nora manages North; Vera looks at everything; Gil is of another company.
    for (email, status) in [
        ("nora@acme.example".to_owned(), 404),
        (cast::holder("viewer", At::Account), 403),
        ("gil@globex.example".to_owned(), 404),
    ] {
        assert_eq!(
            restore(&app, &email, "depot").await.status,
            status,
            "{email}"
        );
    }
    assert!(
        !app.signed_in("nora@acme.example")
            .get("/accounts/acme/organizations/deleted")
            .await
            .words()
            .contains("Depot")
    );
    let back = restore(&app, "wanda@acme.example", "depot").await;
    assert_eq!(
        back.location().as_deref(),
        Some("/accounts/acme/organizations/depot")
    );
    assert_eq!(
        stands(&app, "depot"),
        ("active".into(), Some(cast::organization("west")))
    );
    assert_eq!(events(&app, "organization.restored", "depot"), 1);
    assert_eq!(
        app.signed_in("wanda@acme.example")
            .get("/accounts/acme/organizations/depot")
            .await
            .status,
        200
    );
}

#[actix_web::test]
async fn what_stood_below_a_deleted_one_waits_for_it() {
    let app = acme().await;
    delete(&app, "olga@acme.example", "depot").await;
    delete(&app, "olga@acme.example", "west").await;
    let olga = app.signed_in("olga@acme.example");
    let id = cast::organization("depot").to_string();
    let first = olga
        .post(
            "/accounts/acme/organizations/restore",
            &[("organization", &id)],
        )
        .await;
    assert!(
        olga.follow(first)
            .await
            .words()
            .contains("Bring West back first")
    );
    assert_eq!(stands(&app, "depot").0, "deleted");
    restore(&app, "olga@acme.example", "west").await;
    restore(&app, "olga@acme.example", "depot").await;
    assert_eq!(stands(&app, "depot").1, Some(cast::organization("west")));
}

#[actix_web::test]
async fn one_press_undoes_a_deletion_and_an_archiving() {
    let app = acme().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get("/accounts/acme/organizations/depot/delete").await;
    let gone = olga.submit(&page, &page.page().form("Delete Depot")).await;
    let list = olga.follow(gone).await;
    let back = olga.submit(&list, &list.page().form("Undo")).await;
    let there = olga.follow(back).await;
    assert!(there.words().contains("Depot is back, as it was."));
    assert_eq!(stands(&app, "depot").0, "active");
    let settings = olga
        .get("/accounts/acme/organizations/depot/settings")
        .await;
    let form = settings.page().form("Archive");
    let away = olga.submit(&settings, &form).await;
    let page = olga.follow(away).await;
    assert_eq!(stands(&app, "depot").0, "archived");
    let back = olga.submit(&page, &page.page().form("Undo")).await;
    let there = olga.follow(back).await;
    assert!(there.words().contains("Depot is active again."));
    assert_eq!(stands(&app, "depot").0, "active");
    // Once somebody else has been at it, the old button does nothing.
    let form = there.page().form("Undo");
    let page = olga
        .get("/accounts/acme/organizations/depot/settings")
        .await;
    let named = page.page().form("Save changes").fill("name", "Depot 2");
    olga.submit(&page, &named).await;
    assert_eq!(olga.submit(&there, &form).await.status, 409);
}

#[actix_web::test]
async fn s23_after_30_days_everything_goes_but_the_audit_log() {
    let app = acme().await;
    rest(&app, "dock-9");
    app.sql(|conn| {
        let sam =
            memberships::table.filter(memberships::user_id.eq(cast::user("sam@acme.example")));
        diesel::update(sam)
            .set(memberships::selected_organization_id.eq(Some(cast::organization("south"))))
            .execute(conn)
    });
    delete(&app, "olga@acme.example", "south").await;
    app.advance(chrono::Duration::days(29));
    assert_eq!(jobs::purge_organizations(app.app()).await.unwrap(), 0);
    app.advance(chrono::Duration::days(2));
    assert_eq!(jobs::purge_organizations(app.app()).await.unwrap(), 1);
    assert_eq!(jobs::purge_organizations(app.app()).await.unwrap(), 0);
    let left: i64 = app.sql(|conn| {
        organizations::table
            .filter(organizations::id.eq(cast::organization("south")))
            .count()
            .get_result(conn)
    });
    assert_eq!((left, grants_on(&app, "south")), (0, 0));
    for action in ["organization.deleted", "organization.purged"] {
        assert_eq!(events(&app, action, "south"), 1, "{action}");
    }
    assert_eq!(
        restore(&app, "olga@acme.example", "south").await.status,
        404
    );
    // Its name in addresses is free again.
    let olga = app.signed_in("olga@acme.example");
    let fields = [("name", "South"), ("slug", "south")];
    assert_eq!(
        olga.post("/accounts/acme/organizations", &fields)
            .await
            .status,
        303
    );
}

#[actix_web::test]
async fn s7_whoever_stood_in_a_deleted_organization_lands_somewhere_they_see() {
    let app = acme().await;
    let olga = app.signed_in("olga@acme.example");
    let id = cast::organization("depot").to_string();
    olga.post(
        "/accounts/acme/organizations/selected",
        &[("organization", &id)],
    )
    .await;
    olga.get("/accounts/acme/organizations/depot").await;
    assert_eq!(
        olga.get("/").await.location().as_deref(),
        Some("/accounts/acme/organizations/depot")
    );
    delete(&app, "wanda@acme.example", "depot").await;
    let landed = olga.open("/").await;
    assert_eq!(landed.status, 200);
    assert_eq!(
        landed.path, "/accounts/acme/organizations/north",
        "the first by name"
    );
}

#[actix_web::test]
async fn an_archived_organization_is_read_and_not_changed() {
    let app = acme().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&format!("{WEST}/settings")).await;
    let done = olga.submit(&page, &page.page().form("Archive")).await;
    assert_eq!(done.status, 303);
    assert_eq!(events(&app, "organization.archived", "west"), 1);
    assert_eq!(olga.get(WEST).await.status, 200);
    for (path, fields) in [
        ("/projects", [("name", "Dock 1")]),
        ("/settings", [("name", "Vest")]),
        ("/sub-accounts", [("name", "Yard")]),
        ("/move", [("parent", "top")]),
    ] {
        let refused = olga.post(&format!("{WEST}{path}"), &fields).await;
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.words().contains("West is archived"), "{path}");
    }
    assert!(
        !olga
            .get("/accounts/acme/organizations")
            .await
            .body
            .contains(">West<")
    );
    assert!(
        olga.get("/accounts/acme/organizations/archived")
            .await
            .words()
            .contains("West")
    );
    let page = olga.get(&format!("{WEST}/settings")).await;
    let back = olga
        .submit(&page, &page.page().form("Take out of the archive"))
        .await;
    assert_eq!(back.status, 303);
    assert_eq!(stands(&app, "west").0, "active");
    assert_eq!(
        olga.post(&format!("{WEST}/projects"), &[("name", "Dock 1")])
            .await
            .status,
        303
    );
}

#[actix_web::test]
async fn an_archived_organization_shows_what_is_in_it_and_offers_nothing_that_it_refuses() {
    let app = acme().await;
    app.sql(|conn| {
        cast::insert_project(conn, ("acme", "west"), "yard", "Yard");
        cast::insert_device(conn, ("acme", "west"), "gate-1", "Gate 1");
        let west = organizations::table.filter(organizations::id.eq(cast::organization("west")));
        diesel::update(west)
            .set(organizations::status.eq("archived"))
            .execute(conn)
    });
    let olga = app.signed_in("olga@acme.example");
    for (path, shows, offers) in [
        ("", "Yard", "New reservation"),
        ("/projects/yard", "Yard", "Add Users to Reservation"),
        ("/projects/yard", "Yard", "Reservation settings"),
        ("/devices", "Gate 1", "New device"),
        ("/members", "Wanda Below", "Add member"),
        ("/sub-accounts", "Depot", "Add sub-account"),
        ("/settings", "Take out of the archive", "Save changes"),
    ] {
        let page = olga.get(&format!("{WEST}{path}")).await;
        let words = page.words();
        assert!(words.contains(shows), "{path}: {words}");
        assert!(
            words.contains("West is archived: it can be read"),
            "{path}: {words}"
        );
        assert!(!words.contains(offers), "{path}: {words}");
    }
    let deep = olga.get(&format!("{WEST}?below=1")).await;
    assert!(deep.words().contains("Yard"), "{}", deep.words());
}

#[actix_web::test]
async fn an_older_page_archives_and_deletes_nothing() {
    let app = acme().await;
    let olga = app.signed_in("olga@acme.example");
    for act in ["archive", "delete"] {
        let path = format!("/accounts/acme/organizations/depot/{act}");
        assert_eq!(
            olga.post(&path, &[("version", "7")]).await.status,
            409,
            "{act}"
        );
    }
    assert_eq!(stands(&app, "depot").0, "active");
}

#[actix_web::test]
async fn s23_whoever_deletes_the_only_organization_that_they_have_a_role_on_has_none_to_take_it_back_by()
 {
    let app = acme().await;
    let abe = "abe@acme.example";
    app.sql(|conn| {
        cast::Person::of("acme", abe, "Abe", "Alone").insert(conn);
        cast::give_on(conn, abe, "admin", cast::organization("depot"), false);
        Ok(())
    });
    let visitor = app.signed_in(abe);
    let path = "/accounts/acme/organizations/depot/delete";
    let page = visitor.get(path).await;
    let forms = page.page().forms();
    let form = forms.iter().find(|form| form.action.ends_with("/delete"));
    let gone = visitor.submit(&page, form.expect("the form")).await;
    assert_eq!(gone.location().as_deref(), Some("/"), "{}", gone.words());
    assert_eq!(stands(&app, "depot").0, "deleted");
    assert_eq!(visitor.get("/accounts/acme").await.status, 404);
    let id = cast::organization("depot").to_string();
    let restore = "/accounts/acme/organizations/restore";
    let refused = visitor.post(restore, &[("organization", &id)]).await;
    assert_eq!(refused.status, 404);
    // From above it comes back, and the role with it.
    assert_eq!(
        self::restore(&app, "olga@acme.example", "depot")
            .await
            .status,
        303
    );
    assert_eq!(visitor.get("/accounts/acme").await.status, 200);
}

#[actix_web::test]
async fn s2_whoever_was_at_home_in_an_organization_that_is_purged_is_at_home_in_the_account() {
    let app = acme().await;
    rest(&app, "dock-9");
    let sam = cast::user("sam@acme.example");
    let south = Some(cast::organization("south"));
    app.sql(|conn| {
        diesel::update(memberships::table.filter(memberships::user_id.eq(sam)))
            .set(memberships::home_organization_id.eq(south))
            .execute(conn)?;
        diesel::update(users::table.find(sam))
            .set(users::home_organization_id.eq(south))
            .execute(conn)
    });
    let home = |app: &TestApp| -> (Option<AccountId>, Option<OrganizationId>) {
        app.sql(|conn| {
            users::table
                .find(sam)
                .select((users::home_account_id, users::home_organization_id))
                .first(conn)
        })
    };
    delete(&app, "olga@acme.example", "south").await;
    app.advance(chrono::Duration::days(29));
    jobs::purge_organizations(app.app()).await.unwrap();
    assert_eq!(home(&app), (Some(cast::account("acme")), south));
    app.advance(chrono::Duration::days(2));
    jobs::purge_organizations(app.app()).await.unwrap();
    assert_eq!(home(&app), (Some(cast::account("acme")), None));
    let here: Option<OrganizationId> = app.sql(|conn| {
        memberships::table
            .filter(memberships::user_id.eq(sam))
            .select(memberships::home_organization_id)
            .first(conn)
    });
    assert_eq!(here, None);
}
