//! Sub-accounts: what one sees of the tree, and adding to it (rule 5, S5, S11).

use super::{acme, stands};
use crate::support::cast::{self, At};
use crate::support::html::Page;
use diesel::prelude::*;
use tenantry::db::schema::grants;
use tenantry::members::Status;

const ACCOUNT: &str = "/accounts/acme/sub-accounts";
const WEST: &str = "/accounts/acme/organizations/west/sub-accounts";

#[actix_web::test]
async fn the_tree_shows_each_organization_below_its_parent() {
    let app = acme().await;
    let page = app.signed_in("olga@acme.example").get(ACCOUNT).await.page();
    assert_eq!(page.h1(), "Sub-accounts");
    let below = page.texts(".tree details .tree, .tree details .node");
    assert_eq!(below, ["Depot"]);
    let top = page.texts(".tree > li > .node");
    assert_eq!(top, ["North", "South", "West"]);
}

#[actix_web::test]
async fn a_search_shows_the_whole_path() {
    let app = acme().await;
    let olga = app.signed_in("olga@acme.example");
    let found = olga.get(&format!("{ACCOUNT}?q=dep")).await.page();
    assert_eq!(
        found
            .links()
            .iter()
            .filter(|(text, _)| text == "West › Depot")
            .count(),
        1
    );
    let none = olga.get(&format!("{ACCOUNT}?q=zz")).await;
    assert!(none.words().contains("No sub-account matches"));
}

#[actix_web::test]
async fn rule_5_what_is_known_only_from_above_is_a_name_without_a_link() {
    let app = acme().await;
    // Uma holds a role on West alone: she sees the list there, and may not open what is below.
    let uma = cast::holder("user_management", At::North);
    app.sql(|conn| {
        cast::give_on(conn, &uma, "viewer", cast::organization("west"), false);
        Ok(())
    });
    let visitor = app.signed_in(&uma);
    let page = visitor.get(WEST).await.page();
    assert_eq!(page.texts(".tree .node"), ["Depot"]);
    assert!(!page.has(".tree .node a"));
    assert_eq!(
        visitor
            .get("/accounts/acme/organizations/depot")
            .await
            .status,
        404
    );
    let wanda = app.signed_in("wanda@acme.example").get(WEST).await.page();
    assert!(wanda.has(".tree .node a"));
}

#[actix_web::test]
async fn rule_5_a_sibling_and_a_parent_are_not_there() {
    let app = acme().await;
    app.sql(|conn| {
        cast::Person::of("acme", "dee@acme.example", "Dee", "Depot").insert(conn);
        cast::give_on(
            conn,
            "dee@acme.example",
            "admin",
            cast::organization("depot"),
            true,
        );
        Ok(())
    });
    let dee = app.signed_in("dee@acme.example");
    for path in ["/organizations/north", "/organizations/south/sub-accounts"] {
        assert_eq!(
            dee.get(&format!("/accounts/acme{path}")).await.status,
            404,
            "{path}"
        );
    }
    // West holds something that she sees: a name and a front page, and no other page of it (S5).
    assert_eq!(
        dee.get("/accounts/acme/organizations/west").await.status,
        200
    );
    assert_eq!(dee.get(WEST).await.status, 403);
    assert_eq!(dee.get(ACCOUNT).await.status, 403);
}

#[actix_web::test]
async fn s11_adding_below_needs_the_right_on_everything_below() {
    let app = acme().await;
    let wanda = app.signed_in("wanda@acme.example");
    let page = wanda.get(&format!("{WEST}/new")).await;
    let form = page.page().form("Create organization").fill("name", "Yard");
    let made = wanda.submit(&page, &form).await;
    assert_eq!(
        made.location().as_deref(),
        Some("/accounts/acme/organizations/yard")
    );
    assert_eq!(
        wanda.get("/accounts/acme/organizations/yard").await.status,
        200
    );
    // An Admin of North alone does not reach what is below it.
    let anna = app.signed_in(&cast::holder("admin", At::North));
    let north = "/accounts/acme/organizations/north/sub-accounts";
    assert_eq!(anna.get(&format!("{north}/new")).await.status, 403);
    let sent = anna.post(north, &[("name", "Secret")]).await;
    assert_eq!(sent.status, 403);
    assert!(
        !anna
            .get(north)
            .await
            .page()
            .links()
            .iter()
            .any(|(text, _)| text == "Add sub-account")
    );
}

#[actix_web::test]
async fn a_tree_has_64_levels_and_no_more() {
    let app = acme().await;
    app.sql(|conn| {
        let slugs: Vec<String> = (0..64).map(|n| format!("deep-{n}")).collect();
        for slug in &slugs {
            cast::insert_organization(conn, "acme", slug, slug);
        }
        for pair in slugs.windows(2) {
            cast::put_below(conn, &pair[1], &pair[0]);
        }
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let add = |slug: &str| format!("/accounts/acme/organizations/{slug}/sub-accounts");
    let full = olga.post(&add("deep-63"), &[("name", "Deeper")]).await;
    assert_eq!(full.status, 422);
    assert!(full.page().error_summary()[0].0.contains("deepest level"));
    let fits = olga.post(&add("deep-62"), &[("name", "Beside")]).await;
    assert_eq!(fits.status, 303);
    // Nor is a move a way around it.
    let west = cast::organization("deep-62").to_string();
    let path = format!("/accounts/acme/organizations/west/move/preview?parent={west}");
    assert_eq!(olga.get(&path).await.status, 422);
    assert_eq!(stands(&app, "west").1, None);
}

#[actix_web::test]
async fn the_menu_of_an_organization_holds_what_one_may_open() {
    let app = acme().await;
    let menu = async |email: &str| {
        let page = app
            .signed_in(email)
            .get("/accounts/acme/organizations/north")
            .await;
        page.page()
            .texts("nav[aria-label=Main] details .menu-body a")
    };
    let all = ["Members", "Sub-accounts", "Settings"];
    assert_eq!(menu("olga@acme.example").await, all);
    assert_eq!(menu(&cast::holder("viewer", At::North)).await, all[..2]);
    assert!(menu(&cast::holder("viewer", At::Dock4)).await.is_empty());
}

#[actix_web::test]
async fn rule_5_the_tree_says_how_many_people_each_has_to_whoever_may_see_who() {
    let app = acme().await;
    let before = app.signed_in("olga@acme.example").get(ACCOUNT).await;
    app.sql(|conn| {
        let depot = cast::organization("depot");
        cast::give_on(conn, "sam@acme.example", "viewer", depot, false);
        cast::give_on(conn, "sam@acme.example", "billing", depot, false);
        cast::give_on(conn, "ravi@acme.example", "viewer", depot, false);
        let west = cast::organization("west");
        cast::give_on(conn, "lee@globex.example", "billing", west, false);
        Ok(())
    });
    let counts = |page: &Page| page.texts(".tree li > .people");
    let olga = app.signed_in("olga@acme.example").get(ACCOUNT).await;
    assert_eq!(counts(&olga.page()).len(), 4);
    assert_ne!(counts(&olga.page()), counts(&before.page()));
    // Ravi sees what stands below West from the account; whoever may not see people of West sees no number.
    let ravi = app.signed_in("ravi@acme.example").get(WEST).await;
    let stood = counts(&before.page()).pop().unwrap();
    let stood: usize = stood.split(' ').next().unwrap().parse().unwrap_or(0);
    assert_eq!(counts(&ravi.page()), [format!("{} people", stood + 2)]);
    let lee = app.signed_in("lee@globex.example").get(WEST).await;
    assert_eq!(lee.page().texts(".tree .node"), ["Depot"]);
    assert!(counts(&lee.page()).is_empty());
}

#[actix_web::test]
async fn rule_5_the_tree_names_who_manages_each_to_whoever_may_see_who() {
    let app = acme().await;
    let managed = |page: &Page| page.texts(".tree li > .managers");
    let now = app.now();
    app.sql(|conn| {
        let depot = cast::organization("depot");
        let days = chrono::Duration::days(1);
        for (email, first, last, ends) in [
            ("zed@acme.example", "Zed", "Last", None),
            ("amy@acme.example", "Amy", "First", None),
            ("bea@acme.example", "Bea", "Between", None),
            ("abe@acme.example", "Abe", "Ended", Some(now.plus(-days))),
        ] {
            cast::Person::of("acme", email, first, last).insert(conn);
            cast::give_on(conn, email, "admin", depot, false);
            diesel::update(grants::table.filter(grants::user_id.eq(cast::user(email))))
                .set(grants::ends_at.eq(ends))
                .execute(conn)?;
        }
        // Who only looks does not manage, nor does who is shut out.
        let gone = cast::Person {
            status: Status::Deactivated,
            ..cast::Person::of("acme", "aba@acme.example", "Aba", "Gone")
        };
        gone.insert(conn);
        cast::give_on(conn, "aba@acme.example", "admin", depot, false);
        cast::give_on(conn, "sam@acme.example", "viewer", depot, false);
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example").get(ACCOUNT).await;
    let said = "Managed by Amy First, Bea Between and others";
    assert!(
        managed(&olga.page()).iter().any(|line| line == said),
        "{:?}",
        managed(&olga.page())
    );
    let ravi = app.signed_in("ravi@acme.example").get(WEST).await;
    assert_eq!(managed(&ravi.page()), [said]);
    app.sql(|conn| {
        let west = cast::organization("west");
        cast::give_on(conn, "lee@globex.example", "billing", west, false);
        Ok(())
    });
    let lee = app.signed_in("lee@globex.example").get(WEST).await;
    assert_eq!(lee.page().texts(".tree .node"), ["Depot"]);
    assert!(managed(&lee.page()).is_empty());
}
