//! Organization > Members: who is in an organization, why, and with which roles (rules 4, 5, 17; S2, S6).

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::html::Page;
use diesel::prelude::*;
use tenantry::db::schema::{grants, memberships};
use tenantry::db::types::{GrantId, OrganizationId};

const NORTH: &str = "/accounts/acme/organizations/north/members";

/// North above Depot above Yard; West is the group that Yard is in; Sam is in Depot, Wes in the group.
fn tree(app: &TestApp) {
    app.sql(|conn| {
        for (slug, name) in [("depot", "Depot"), ("yard", "Yard")] {
            cast::insert_organization(conn, "acme", slug, name);
        }
        cast::put_below(conn, "depot", "north");
        cast::put_below(conn, "yard", "depot");
        let west = cast::insert_group(conn, "acme", "West");
        cast::tick(conn, west, cast::organization("yard"));
        cast::give_on(
            conn,
            "sam@acme.example",
            "viewer",
            cast::organization("depot"),
            false,
        );
        Person::of("acme", "wes@acme.example", "Wes", "West").insert(conn);
        cast::give_on_group(conn, "wes@acme.example", "viewer", west);
        Person::of("acme", "abe@acme.example", "Abe", "Above").insert(conn);
        cast::give_on(
            conn,
            "abe@acme.example",
            "manager",
            cast::organization("north"),
            true,
        );
        Ok(())
    });
}

/// The cells of the row that begins with this name.
fn row(page: &Page, name: &str) -> Vec<String> {
    let texts = page.texts("table.people tbody tr");
    let found: Vec<String> = texts.into_iter().filter(|row| row.contains(name)).collect();
    assert!(!found.is_empty(), "{name} is not listed: {}", page.words());
    found
}

#[actix_web::test]
async fn rule_4_members_come_from_everywhere_and_the_page_says_from_where() {
    let app = TestApp::start().await;
    tree(&app);
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&format!("{NORTH}?q=olga")).await.page();
    let owner = row(&page, "Olga Owner").concat();
    assert!(
        owner.contains("Owner") && owner.contains("From Acme") && owner.contains("(you)"),
        "{owner}"
    );
    let page = olga.get(&format!("{NORTH}?q=lee")).await.page();
    assert!(row(&page, "Lee Guest").concat().contains("Direct"));
    let page = olga.get(&format!("{NORTH}?q=dana")).await.page();
    let dana = row(&page, "Dana Invited").concat();
    assert!(
        dana.contains("Dock 4") && dana.contains("Reservations only") && dana.contains("Invited"),
        "{dana}"
    );
    let yard = olga
        .get("/accounts/acme/organizations/yard/members?q=a")
        .await
        .page();
    let above = row(&yard, "Abe Above").concat();
    assert!(above.contains("From Acme › North"), "{above}");
    let yard = olga
        .get("/accounts/acme/organizations/yard/members?q=wes")
        .await
        .page();
    assert!(row(&yard, "Wes West").concat().contains("From group West"));
}

#[actix_web::test]
async fn rule_5_what_lies_below_is_listed_as_a_name_and_opened_by_whoever_reaches_it() {
    let app = TestApp::start().await;
    tree(&app);
    let vera = app.signed_in(&holder("viewer", At::North));
    let alone = vera.get(&format!("{NORTH}?q=sam")).await;
    assert!(!alone.body.contains("Sam South"), "{}", alone.words());
    let page = vera.get(&format!("{NORTH}?q=sam&below=1")).await.page();
    assert!(row(&page, "Sam South").concat().contains("In Depot"));
    assert!(
        !page
            .links()
            .iter()
            .any(|(words, _)| words.contains("Depot") || words.contains("Sam"))
    );
    let wes = vera.get(&format!("{NORTH}?q=wes&below=1")).await.page();
    row(&wes, "Wes West");
    for path in ["depot", "depot/members", "yard/members"] {
        let there = vera
            .get(&format!("/accounts/acme/organizations/{path}"))
            .await;
        assert_eq!(there.status, 404, "{path}");
    }
    let sam = vera
        .get(&format!(
            "/accounts/acme/users/{}",
            user("sam@acme.example")
        ))
        .await;
    assert_eq!(sam.status, 404);
    let abe = app.signed_in("abe@acme.example");
    let page = abe.get(&format!("{NORTH}?q=sam&below=1")).await.page();
    assert!(
        page.link("In Depot")
            .ends_with("/organizations/depot/members")
    );
    // Upward only: whoever sees below is not seen from there, nor from beside.
    let below = app.signed_in("sam@acme.example");
    for (path, status) in [("north/members", 403), ("yard", 404), ("yard/members", 404)] {
        let answer = below
            .get(&format!("/accounts/acme/organizations/{path}"))
            .await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[actix_web::test]
async fn a_long_list_is_read_page_by_page_and_holds_everybody_once() {
    let app = TestApp::start().await;
    tree(&app);
    app.sql(|conn| {
        for n in 0..60 {
            let (email, last) = (format!("zed{n:02}@acme.example"), format!("Zed {n:02}"));
            Person::of("acme", &email, "Cleo", &last).insert(conn);
            let at = ["north", "depot", "yard"][n % 3];
            cast::give_on(conn, &email, "viewer", cast::organization(at), n % 2 == 0);
            cast::give_on(conn, &email, "billing", cast::organization("yard"), false);
        }
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let mut names: Vec<String> = Vec::new();
    let mut next = format!("{NORTH}?below=1");
    for _ in 0..12 {
        let page = olga.get(&next).await.page();
        names.extend(page.texts("table.people tbody th"));
        match page.links().into_iter().find(|(words, _)| words == "Next") {
            Some((_, href)) => next = href,
            None => break,
        }
    }
    let count = names
        .iter()
        .filter(|name| name.contains("Cleo Zed"))
        .count();
    let mut once = names.clone();
    once.sort();
    once.dedup();
    assert_eq!((count, once.len()), (60, names.len()));
}

#[actix_web::test]
async fn a_tree_six_deep_takes_as_many_statements_for_many_people_as_for_few() {
    crate::support::statements::listen();
    let (small, large) = (TestApp::start().await, TestApp::start().await);
    for app in [&small, &large] {
        crate::plans::deepen(app);
    }
    large.sql(|conn| {
        for n in 0..120 {
            let (email, last) = (format!("zed{n:03}@acme.example"), format!("Zed {n:03}"));
            Person::of("acme", &email, "Cleo", &last).insert(conn);
            let at = [
                "level-1", "level-2", "level-3", "level-4", "north", "level-6",
            ];
            for at in [at[n % 6], at[(n + 1 + n / 6 % 5) % 6]] {
                cast::give_on(conn, &email, "viewer", cast::organization(at), n % 2 == 0);
            }
        }
        Ok(())
    });
    for path in ["level-1", "level-4", "north", "level-6"] {
        for query in ["", "?below=1", "?below=1&q=c"] {
            let path = format!("/accounts/acme/organizations/{path}/members{query}");
            let mut counts = Vec::new();
            for app in [&small, &large] {
                let olga = app.signed_in("olga@acme.example");
                let (answer, heard) =
                    crate::support::statements::during(app, olga.get(&path)).await;
                assert_eq!(answer.status, 200, "{path}");
                counts.push(heard.len());
            }
            // The standing of the organization takes one statement a level; all else is fixed.
            assert!(
                counts[0] <= counts[1] && counts[1] <= 17,
                "{path}: {counts:?}"
            );
        }
    }
}

fn roles_on(app: &TestApp, email: &str, at: OrganizationId) -> Vec<String> {
    app.sql(|conn| {
        grants::table
            .filter(grants::scope_id.eq(GrantId::from_uuid(at.uuid())))
            .filter(grants::user_id.eq(user(email)))
            .order(grants::role.asc())
            .select(grants::role)
            .load(conn)
    })
}

#[actix_web::test]
async fn rule_17_roles_are_reviewed_in_words_and_then_changed() {
    let app = TestApp::start().await;
    let north = cast::organization("north");
    let lee = user("lee@globex.example");
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&format!("{NORTH}/{lee}")).await;
    let form = page.page().form("Review changes");
    let form = form.untick("role", "viewer").tick("role", "billing");
    let review = ravi.submit(&page, &form).await;
    assert_eq!(review.status, 200, "{}", review.words());
    assert!(
        review.words().contains("Lee Guest gets Billing")
            && review.words().contains("Lee Guest loses Viewer.")
    );
    assert_eq!(roles_on(&app, "lee@globex.example", north), ["viewer"]);
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(roles_on(&app, "lee@globex.example", north), ["billing"]);
    // The same form again: somebody changed it meanwhile.
    let again = ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(again.status, 422);
    assert!(
        again
            .words()
            .contains("Somebody changed these roles meanwhile")
    );
}

#[actix_web::test]
async fn rule_17_nobody_changes_their_own_roles_or_those_that_they_may_not_give() {
    let app = TestApp::start().await;
    let uma = holder("user_management", At::North);
    let visitor = app.signed_in(&uma);
    let own = visitor.get(&format!("{NORTH}/{}", user(&uma))).await;
    assert_eq!(own.status, 409);
    // An Admin is neither made nor unmade by User Management, whatever the form says.
    let anna = holder("admin", At::North);
    let path = format!("{NORTH}/{}", user(&anna));
    let fields = [("seen", "admin"), ("role", "viewer"), ("confirmed", "yes")];
    let done = visitor.post(&path, &fields).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let north = cast::organization("north");
    assert_eq!(roles_on(&app, &anna, north), ["admin", "viewer"]);
    let dana = format!("{NORTH}/{}", user("dana@acme.example"));
    for (role, status) in [
        ("admin", 403),
        ("auditor", 403),
        ("user_management", 403),
        ("king", 422),
    ] {
        let answer = visitor
            .post(&dana, &[("role", role), ("confirmed", "yes")])
            .await;
        assert_eq!(answer.status, status, "{role}: {}", answer.words());
    }
    assert!(roles_on(&app, "dana@acme.example", north).is_empty());
}

#[actix_web::test]
async fn somebody_of_the_account_becomes_a_member() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let list = ravi.get(NORTH).await;
    let add = ravi.get(&list.page().link("Add member")).await;
    let sam = user("sam@acme.example").to_string();
    let form = add
        .page()
        .form("Add member")
        .tick("user", &sam)
        .tick("role", "operations");
    let done = ravi.submit(&add, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let shown = ravi.follow(done).await;
    assert!(
        shown
            .words()
            .contains("Sam South is now a member of North.")
    );
    assert_eq!(
        roles_on(&app, "sam@acme.example", cast::organization("north")),
        ["operations"]
    );
}

#[actix_web::test]
async fn s2_whoever_is_added_from_members_has_the_organization_as_their_home() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::North));
    let list = uma.get(NORTH).await;
    let first = uma.get(&list.page().link("Add New User")).await;
    let form = first.page().form("Add User");
    let form = form.fill("first_name", "Nina").fill("last_name", "New");
    let second = uma
        .submit(&first, &form.fill("email", "nina@acme.example"))
        .await;
    let form = second.page().form("Submit").tick("role", "viewer");
    let done = uma.submit(&second, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let home: Option<OrganizationId> = app.sql(|conn| {
        memberships::table
            .filter(memberships::email_key.eq("nina@acme.example"))
            .select(memberships::home_organization_id)
            .first(conn)
    });
    assert_eq!(home, Some(cast::organization("north")));
    // A home where one manages nobody, or of another company, is none.
    for (slug, status) in [("south", 404), ("hub", 404)] {
        let id = cast::organization(slug).to_string();
        let again = form
            .clone()
            .untick("home", &cast::organization("north").to_string());
        let again = again.untick("submission", "").forge("home", &id);
        let mut again = again;
        again
            .fields
            .retain(|(name, _)| name != "email" && name != "submission");
        let again = again.forge("email", "nora@acme.example").forge(
            "submission",
            &tenantry::db::types::SubmissionId::new().to_string(),
        );
        assert_eq!(uma.submit(&second, &again).await.status, status, "{slug}");
    }
}

#[actix_web::test]
async fn the_short_address_leads_to_the_members_of_the_selected_organization() {
    let app = TestApp::start().await;
    let lee = app.signed_in("sam@acme.example");
    let answer = lee.get("/organization/members").await;
    let answer = lee.get(&answer.location().unwrap()).await;
    assert_eq!(
        answer.location().as_deref(),
        Some("/accounts/acme/organizations/south/members")
    );
}
