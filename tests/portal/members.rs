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
            // The standing of the organization takes one statement a level; all else is fixed. A search that finds few
            // by their first names looks further.
            assert!(
                (query.contains("q=") || counts[0] <= counts[1]) && counts[1] <= 17,
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
    assert_eq!(own.status, 403);
    assert!(own.words().contains("own roles"), "{}", own.words());
    // An Admin is neither made nor unmade by User Management, whatever the form says.
    let anna = holder("admin", At::North);
    let path = format!("{NORTH}/{}", user(&anna));
    let fields = [("seen", "admin"), ("role", "viewer"), ("confirmed", "yes")];
    let forged = visitor.post(&path, &fields).await;
    assert_eq!(forged.status, 403, "{}", forged.words());
    assert!(forged.words().contains("cannot take the role Admin"));
    let page = visitor.get(&path).await;
    let form = page.page().form("Review changes").tick("role", "viewer");
    let review = visitor.submit(&page, &form).await;
    let done = visitor.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let north = cast::organization("north");
    assert_eq!(roles_on(&app, &anna, north), ["admin", "viewer"]);
    let dana = format!("{NORTH}/{}", user("dana@acme.example"));
    for (role, status) in [
        ("admin", 403),
        ("auditor", 403),
        ("user_management", 403),
        ("king", 403),
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

/// Gives somebody of the cast user management on North with everything below it, or on North alone.
fn manages(app: &TestApp, email: &str, below: bool) {
    app.sql(|conn| {
        Person::of("acme", email, "Uta", "Uppermost").insert(conn);
        let north = cast::organization("north");
        cast::give_on(conn, email, "user_management", north, below);
        Ok(())
    });
}

fn below(app: &TestApp, email: &str, role: &str) -> Vec<bool> {
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(email)))
            .filter(grants::role.eq(role))
            .filter(grants::organization_id.eq(cast::organization("north")))
            .filter(grants::project_id.is_null())
            .select(grants::below)
            .load(conn)
    })
}

#[actix_web::test]
async fn rule_4_a_role_is_given_with_everything_below_and_reaches_it() {
    let app = TestApp::start().await;
    tree(&app);
    manages(&app, "uta@acme.example", true);
    let wes = user("wes@acme.example").to_string();
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&format!("{NORTH}/add")).await;
    let form = page.page().form("Add member");
    let form = form.tick("user", &wes).tick("role", "manager");
    let sent = olga.submit(&page, &form.tick("below", "yes")).await;
    let shown = olga.follow(sent).await;
    assert!(shown.words().contains("is now a member of North"));
    assert_eq!(below(&app, "wes@acme.example", "manager"), [true]);
    let there = app.signed_in("wes@acme.example");
    let yard = "/accounts/acme/organizations/yard/settings";
    assert_eq!(there.get(yard).await.status, 200);
    // Said wherever the role is shown.
    let members = olga.get(&format!("{NORTH}?q=wes")).await.page();
    let says = "Direct, with everything below it";
    assert!(row(&members, "Wes West").concat().contains(says));
    let his = olga.get(&format!("/accounts/acme/users/{wes}")).await;
    assert!(his.words().contains("Organization and everything below it"));
    let all = olga.get("/accounts/acme/user-management?q=wes").await;
    assert!(all.words().contains("North and everything below it"));
    // Whoever manages users in all of it takes it back to the organization alone.
    let uta = app.signed_in("uta@acme.example");
    let roles = uta.get(&format!("{NORTH}/{wes}")).await;
    let form = roles.page().form("Review changes");
    let form = form.untick("below", "manager.below");
    let form = form.tick("role", "manager").tick("below", "viewer.below");
    let review = uta.submit(&roles, &form).await;
    let words = review.words();
    for change in [
        "Wes West loses Manager with everything below it.",
        "Wes West gets Manager:",
        "Wes West gets Viewer with everything below it:",
    ] {
        assert!(words.contains(change), "{change} in {words}");
    }
    let sent = uta.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(sent.status, 303);
    assert_eq!(below(&app, "wes@acme.example", "manager"), [false]);
    assert_eq!(below(&app, "wes@acme.example", "viewer"), [true]);
    assert_eq!(there.get(yard).await.status, 403);
    // And with everything below it again: nothing is taken for that.
    let roles = uta.get(&format!("{NORTH}/{wes}")).await;
    let form = roles.page().form("Review changes");
    let review = uta
        .submit(&roles, &form.tick("below", "manager.below"))
        .await;
    assert!(!review.words().contains("loses"), "{}", review.words());
    uta.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(below(&app, "wes@acme.example", "manager"), [true]);
    assert_eq!(there.get(yard).await.status, 200);
}

#[actix_web::test]
async fn rule_17_everything_below_takes_the_right_in_everything_below() {
    let app = TestApp::start().await;
    tree(&app);
    manages(&app, "uta@acme.example", false);
    let uta = app.signed_in("uta@acme.example");
    let dana = user("dana@acme.example").to_string();
    let page = uta.get(&format!("{NORTH}/add")).await;
    let why = "You manage users in North itself, not in everything below it.";
    assert!(page.words().contains(why), "{}", page.words());
    let form = page.page().form("Add member");
    let form = form.tick("user", &dana).tick("role", "manager");
    let sent = uta.submit(&page, &form.forge("below", "yes")).await;
    assert_eq!(sent.status, 422);
    let says = "You cannot give roles in everything below North";
    assert_eq!(sent.page().error_summary()[0].0, says);
    assert!(below(&app, "dana@acme.example", "manager").is_empty());
    // Nor is it given past the form of a person's roles, nor taken away where it is held.
    let (abe, lee) = (user("abe@acme.example"), user("lee@globex.example"));
    let roles = uta.get(&format!("{NORTH}/{lee}")).await;
    assert!(!roles.words().contains("in everything below"));
    let fields = [
        ("seen", "viewer"),
        ("role", "viewer"),
        ("role", "billing.below"),
        ("confirmed", "yes"),
    ];
    let forged = uta.post(&format!("{NORTH}/{lee}"), &fields).await;
    assert_eq!(forged.status, 404, "{}", forged.words());
    assert!(below(&app, "lee@globex.example", "billing").is_empty());
    let fields = [
        ("seen", "manager.below"),
        ("role", "manager"),
        ("role", "viewer"),
        ("confirmed", "yes"),
    ];
    let forged = uta.post(&format!("{NORTH}/{abe}"), &fields).await;
    assert_eq!(forged.status, 403, "{}", forged.words());
    assert!(below(&app, "abe@acme.example", "viewer").is_empty());
    let fields = [&fields[..], &[("kept", "manager.below")]].concat();
    let sent = uta.post(&format!("{NORTH}/{abe}"), &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    assert_eq!(below(&app, "abe@acme.example", "manager"), [true]);
    assert_eq!(below(&app, "abe@acme.example", "viewer"), [false]);
}

#[actix_web::test]
async fn a_group_has_nothing_below() {
    let app = TestApp::start().await;
    tree(&app);
    let olga = app.signed_in("olga@acme.example");
    let groups = olga.get("/accounts/acme/groups").await;
    let group = olga.get(&groups.page().link("West")).await;
    let page = olga.get(&group.page().link("Give roles")).await;
    assert!(!page.words().contains("everything below"));
    let sam = user("sam@acme.example").to_string();
    let form = page.page().form("Give roles");
    let form = form.tick("user", &sam).tick("role", "viewer");
    let sent = olga.submit(&page, &form.forge("below", "yes")).await;
    assert_eq!(sent.status, 422);
}

#[actix_web::test]
async fn members_are_found_by_last_name_and_address_too_each_once_and_only_those_of_here() {
    let app = TestApp::start().await;
    tree(&app);
    app.sql(|conn| {
        for n in 0..30 {
            let (email, last) = (format!("zz{n:02}@acme.example"), format!("Quinn {n:02}"));
            Person::of("acme", &email, "Cleo", &last).insert(conn);
            cast::give_on(conn, &email, "viewer", cast::organization("north"), false);
        }
        // By first name, by last name and by address: each once, in this order.
        for (email, first, last) in [
            ("a1@acme.example", "Zora", "Zorn"),
            ("zor@acme.example", "Anne", "Zorn"),
            ("zora@acme.example", "Bert", "Blum"),
        ] {
            Person::of("acme", email, first, last).insert(conn);
            cast::give_on(conn, email, "viewer", cast::organization("north"), false);
        }
        Person::of("acme", "zork@acme.example", "Kai", "Zork").insert(conn);
        cast::give(conn, "zork@acme.example", "viewer", At::Dock9);
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let names = |page: &Page| page.texts("table.people tbody th a");
    let page = olga.get(&format!("{NORTH}?q=zor")).await.page();
    let found: String = names(&page).join(" ");
    let at = |name: &str| found.find(name).unwrap_or(usize::MAX);
    assert!(
        at("Zora Zorn") < at("Anne Zorn") && at("Anne Zorn") < at("Bert Blum"),
        "{found}"
    );
    assert_eq!(names(&page).len(), 3, "{found}");
    // Over pages, and in the file: everybody once.
    let file = olga.get(&format!("{NORTH}.csv?q=quinn")).await;
    assert_eq!(file.body.matches("Cleo Quinn").count(), 30);
    let first = olga.get(&format!("{NORTH}?q=quinn")).await.page();
    let rest = olga.get(&first.link("Next")).await.page();
    let mut all = names(&first);
    all.extend(names(&rest));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 30);
    // From above, from a group and from below, too.
    let yard = "/accounts/acme/organizations/yard/members";
    for (list, q, name) in [
        (yard, "above", "Abe Above"),
        (yard, "west", "Wes West"),
        (yard, "owner", "Olga Owner"),
        (NORTH, "south&below=1", "Sam South"),
    ] {
        let page = olga.get(&format!("{list}?q={q}")).await.page();
        row(&page, name);
    }
    let alone = olga.get(&format!("{NORTH}?q=south")).await;
    assert!(!alone.words().contains("Sam South"));
}

#[actix_web::test]
async fn a_role_with_everything_below_and_an_end_takes_nothing_from_one_without() {
    let app = TestApp::start().await;
    tree(&app);
    app.sql(|conn| {
        cast::give(conn, "sam@acme.example", "viewer", At::North);
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let sam = user("sam@acme.example").to_string();
    let fields = [
        ("user", sam.as_str()),
        ("role", "viewer"),
        ("below", "yes"),
        ("ends_on", "2026-03-06"),
    ];
    let refused = olga.post(&format!("{NORTH}/add"), &fields).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    let says = "Viewer is held on this organization alone already, for longer";
    assert!(refused.words().contains(says), "{}", refused.words());
    let held = || -> Vec<(bool, Option<tenantry::db::types::Ts>)> {
        app.sql(|conn| {
            grants::table
                .filter(grants::user_id.eq(user("sam@acme.example")))
                .filter(grants::organization_id.eq(cast::organization("north")))
                .select((grants::below, grants::ends_at))
                .load(conn)
        })
    };
    assert_eq!(held(), [(false, None)]);
    // For as long as it is held, it takes its place.
    let done = olga.post(&format!("{NORTH}/add"), &fields[..3]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(held(), [(true, None)]);
}

#[actix_web::test]
async fn a_role_that_reaches_further_or_less_far_ends_when_it_did_before() {
    let app = TestApp::start().await;
    tree(&app);
    let wes = "wes@acme.example";
    let june = cast::morning().plus(chrono::Duration::days(120));
    app.sql(|conn| {
        cast::give(conn, wes, "viewer", At::North);
        let on_north = grants::table
            .filter(grants::user_id.eq(user(wes)))
            .filter(grants::organization_id.eq(cast::organization("north")));
        diesel::update(on_north)
            .set(grants::ends_at.eq(Some(june)))
            .execute(conn)
    });
    let held = |app: &TestApp| -> Vec<(bool, Option<tenantry::db::types::Ts>)> {
        app.sql(|conn| {
            grants::table
                .filter(grants::user_id.eq(user(wes)))
                .filter(grants::organization_id.eq(cast::organization("north")))
                .select((grants::below, grants::ends_at))
                .load(conn)
        })
    };
    let olga = app.signed_in("olga@acme.example");
    let path = format!("{NORTH}/{}", user(wes));
    for (tick, below) in [("viewer.below", true), ("viewer", false)] {
        let page = olga.get(&path).await;
        let mut form = page
            .page()
            .forms()
            .into_iter()
            .find(|form| {
                form.method == "post" && form.fields.iter().any(|(name, _)| name == "seen")
            })
            .expect("the form");
        form.fields
            .retain(|(name, _)| name != "role" && name != "below");
        form.fields.push(("role".into(), tick.into()));
        let review = olga.submit(&page, &form).await;
        assert!(review.words().contains("As before:"), "{}", review.words());
        let forms = review.page().forms();
        let submit = forms
            .iter()
            .find(|form| form.fields.iter().any(|(name, _)| name == "confirmed"))
            .expect("Submit");
        let done = olga.submit(&review, submit).await;
        assert_eq!(done.status, 303, "{}", done.words());
        assert_eq!(held(&app), [(below, Some(june))]);
    }
}

#[actix_web::test]
async fn a_role_that_does_much_stands_out_before_it_is_given() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let sam = user("sam@acme.example");
    let roles = olga.get(&format!("{NORTH}/{sam}")).await;
    assert_eq!(roles.status, 200, "{}", roles.words());
    let form = roles.page().form("Review changes");
    let form = form.tick("role", "user_management").tick("role", "billing");
    let review = olga.submit(&roles, &form).await;
    let words = review.words();
    for says in ["Sam South gets User Management", "Sam South gets Billing"] {
        assert!(words.contains(says), "{says} in {words}");
    }
    assert_eq!(review.page().texts("main li strong"), ["User Management"]);
}
