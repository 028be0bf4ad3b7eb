//! *Reservation Users* on User Management: every project with its people and their roles, changed there through the
//! grid of the project's own page (rule 8, S6; ux 6.9).

use diesel::prelude::*;
use tenantry::db::schema::grants;
use tenantry::db::types::GrantId;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::html::{Form, Page};
use crate::support::statements;
use crate::support::visitor::Answer;

const PEOPLE: &str = "/accounts/acme/user-management";
const ALL: &str = "/accounts/acme/user-management/projects";
const DOCK_4: &str = "/accounts/acme/organizations/north/projects/dock-4/users";
const DOCK_9: &str = "/accounts/acme/organizations/south/projects/dock-9/users";
const RAVI: &str = "ravi@acme.example";

/// The grid of this project on a page that shows several.
fn grid(page: &Page, action: &str) -> Option<Form> {
    let mut forms = page.forms().into_iter();
    forms.find(|form| form.action == action && form.fields.iter().any(|(name, _)| name == "person"))
}

fn tick(email: &str, role: &str) -> String {
    format!("{}.{role}", user(email))
}

fn roles(app: &TestApp, slug: &str, email: &str) -> Vec<String> {
    let scope = GrantId::from_uuid(cast::project(slug).uuid());
    app.sql(|conn| {
        grants::table
            .filter(grants::scope_id.eq(scope))
            .filter(grants::user_id.eq(user(email)))
            .order(grants::role.asc())
            .select(grants::role)
            .load(conn)
    })
}

/// The blocks of a page in their order, each with whether it is open.
fn blocks(page: &Page) -> Vec<(String, bool)> {
    let names = page.texts("details.block > summary > b");
    let open = page.texts("details.block[open] > summary > b");
    let with = |name: String| {
        let is_open = open.contains(&name);
        (name, is_open)
    };
    names.into_iter().map(with).collect()
}

/// So many more projects in North, with people on each.
fn crowd(app: &TestApp, projects: usize, people: usize) {
    app.sql(|conn| {
        for p in 0..people {
            let email = format!("crew{p:03}@acme.example");
            Person::of("acme", &email, "Crew", &format!("{p:03}")).insert(conn);
        }
        for n in 0..projects {
            let (slug, name) = (format!("yard-{n:02}"), format!("Yard {n:02}"));
            cast::insert_project(conn, ("acme", "north"), &slug, &name);
            for p in 0..people {
                let email = format!("crew{p:03}@acme.example");
                cast::give_on_project(conn, &email, "viewer", &slug);
                cast::give_on_project(conn, &email, "billing", &slug);
            }
        }
        Ok(())
    });
}

#[actix_web::test]
async fn rule_8_each_project_is_a_block_with_its_people_and_their_boxes() {
    let app = TestApp::start().await;
    let page = app.signed_in(RAVI).get(PEOPLE).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let shown = page.page();
    let expected = [("Dock 4".to_owned(), true), ("Dock 9".to_owned(), true)];
    assert_eq!(blocks(&shown), expected);
    let form = grid(&shown, DOCK_9).expect("a grid");
    let sam = tick("sam@acme.example", "billing");
    assert!(form.offered.iter().any(|choice| choice.value == sam));
    // Given by request alone: shown, and not to be ticked.
    let admin = tick("sam@acme.example", "admin");
    assert!(!form.offered.iter().any(|choice| choice.value == admin));
    assert!(
        page.words().contains("Admin by request"),
        "{}",
        page.words()
    );
    let ask = format!("/requests/new?place={}", cast::project("dock-9"));
    assert!(page.body.contains(&ask), "a link to ask for it");
    let label = "Billing for Sam South in Dock 9";
    assert!(shown.texts("label").iter().any(|text| text == label));
    assert_eq!(shown.repeated_ids(), Vec::<String>::new());
    for (words, to) in [
        ("Active Users", "#active"),
        ("Reservation Users", "#project-users"),
    ] {
        let found = shown
            .links()
            .into_iter()
            .any(|link| link == (words.to_owned(), to.to_owned()));
        assert!(found, "{words} leads to {to} on the page");
    }
}

#[actix_web::test]
async fn rule_8_a_change_is_reviewed_stored_and_taken_back_and_one_is_on_user_management_again() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(PEOPLE).await;
    let form = grid(&page.page(), DOCK_9).expect("a grid");
    let review = ravi
        .submit(
            &page,
            &form.tick("role", &tick("sam@acme.example", "billing")),
        )
        .await;
    assert!(
        review.words().contains("Sam South gets Billing."),
        "{}",
        review.words()
    );
    let home = format!("{PEOPLE}?open={id}#{id}", id = cast::project("dock-9"));
    assert_eq!(review.page().link("Cancel"), home);
    assert!(!roles(&app, "dock-9", "sam@acme.example").contains(&"billing".to_owned()));
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.location().as_deref(), Some(home.as_str()));
    assert!(roles(&app, "dock-9", "sam@acme.example").contains(&"billing".to_owned()));
    let shown = ravi.follow(done).await;
    assert_eq!(shown.page().h1(), "User Management");
    let says = "The roles of Sam South on Dock 9 were changed.";
    assert!(shown.words().contains(says), "{}", shown.words());
    let undo = ravi.get(&shown.page().link("Undo")).await;
    assert_eq!(undo.page().link("Cancel"), home);
    let undone = ravi.submit(&undo, &undo.page().form("Submit")).await;
    assert_eq!(undone.location().as_deref(), Some(home.as_str()));
    assert!(!roles(&app, "dock-9", "sam@acme.example").contains(&"billing".to_owned()));
}

#[actix_web::test]
async fn what_became_of_a_block_is_said_in_the_block_to_which_one_is_led_back() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let said_in = |slug: &str| format!("#{} > .note[role=status][data-focus]", cast::project(slug));
    let page = ravi.get(PEOPLE).await;
    let form = grid(&page.page(), DOCK_9).expect("a grid");
    let shown = ravi.submit(&page, &form).await;
    let shown = ravi.follow(shown).await.page();
    let nothing = "No box was ticked or unticked, so nothing was changed.";
    assert_eq!(shown.text(&said_in("dock-9")), nothing);
    assert!(!shown.has("main > .note[role=status]"), "said once");
    let form = form.tick("role", &tick("sam@acme.example", "billing"));
    let review = ravi.submit(&page, &form).await;
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    let shown = ravi.follow(done).await.page();
    let says = "The roles of Sam South on Dock 9 were changed. Undo";
    assert_eq!(shown.text(&said_in("dock-9")), says);
    let undo = ravi.get(&shown.link("Undo")).await;
    let undone = ravi.submit(&undo, &undo.page().form("Submit")).await;
    let shown = ravi.follow(undone).await.page();
    let says = shown.text(&said_in("dock-9"));
    assert!(says.starts_with("The change was taken back"), "{says}");
    // It is gone with the next page.
    let again = ravi.get(PEOPLE).await.page();
    assert!(!again.has(".note[role=status]"));
}

#[actix_web::test]
async fn where_the_block_is_not_on_the_page_its_top_says_what_became_of_it() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(PEOPLE).await;
    let form = grid(&page.page(), DOCK_9).expect("a grid");
    let nothing = "No box was ticked or unticked, so nothing was changed.";
    for to in [
        format!("{PEOPLE}?q=sam#{}", cast::project("dock-9")),
        PEOPLE.to_owned(),
    ] {
        let done = ravi.submit(&page, &form.clone().fill("return", &to)).await;
        let shown = ravi.follow(done).await.page();
        assert_eq!(shown.text("main > .note[role=status]"), nothing, "{to}");
    }
}

#[actix_web::test]
async fn a_grid_that_is_wider_than_the_page_is_reached_by_key_and_has_a_name() {
    let app = TestApp::start().await;
    let page = app.signed_in(RAVI).get(DOCK_9).await.page();
    let label = page.attribute(".grid-wrap[tabindex='0'][role=group]", "aria-label");
    let label = label.unwrap_or_default();
    assert!(
        label.starts_with("People of Dock 9 and their roles"),
        "{label}"
    );
}

#[actix_web::test]
async fn whoever_was_overtaken_on_user_management_sees_both_versions_and_comes_back_there() {
    let app = TestApp::start().await;
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in("olga@acme.example"));
    let page = ravi.get(PEOPLE).await;
    let form = grid(&page.page(), DOCK_9).expect("a grid");
    let late = form.tick("role", &tick("sam@acme.example", "reporting"));
    let other = olga.get(DOCK_9).await;
    let first = grid(&other.page(), DOCK_9).expect("a grid");
    let first = first.tick("role", &tick("sam@acme.example", "billing"));
    let stored = olga.submit(&other, &first.forge("confirmed", "yes")).await;
    // From the project's own page one comes back to it.
    assert_eq!(stored.location().as_deref(), Some(DOCK_9));
    let clash = ravi.submit(&page, &late).await;
    assert_eq!(clash.status, 409, "{}", clash.words());
    let again = clash.page().form("Save mine over it");
    let review = ravi.submit(&clash, &again).await;
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    let to = done.location().unwrap_or_default();
    assert!(to.starts_with(PEOPLE), "{to}: {}", done.words());
}

#[actix_web::test]
async fn s6_only_projects_that_one_may_see_are_there_and_boxes_only_where_one_may_manage() {
    let app = TestApp::start().await;
    // Manages Dock 4 alone.
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    for path in [PEOPLE, ALL] {
        let page = uma.get(path).await.page();
        assert_eq!(blocks(&page), [("Dock 4".to_owned(), true)], "{path}");
        assert!(grid(&page, DOCK_4).is_some());
    }
    // Looks at all of North.
    let vera = app.signed_in(&holder("viewer", At::North));
    for path in [PEOPLE, ALL] {
        let page = vera.get(path).await.page();
        assert_eq!(blocks(&page), [("Dock 4".to_owned(), true)], "{path}");
        assert!(grid(&page, DOCK_4).is_none() && !page.words().contains("Save changes"));
        assert!(!page.words().contains("Add Users to Reservation"), "{path}");
        assert!(page.words().contains("Anna admin at dock4"), "{path}");
    }
    // Looks at all of North, and manages Dock 4: there, and not elsewhere.
    app.sql(|conn| {
        let email = holder("viewer", At::North);
        cast::insert_project(conn, ("acme", "north"), "yard", "Yard");
        cast::give_on_project(conn, "sam@acme.example", "viewer", "yard");
        cast::give(conn, &email, "user_management", At::Dock4);
        Ok(())
    });
    let page = vera.get(PEOPLE).await.page();
    assert_eq!(blocks(&page).len(), 2);
    let yard = "/accounts/acme/organizations/north/projects/yard/users";
    assert!(grid(&page, DOCK_4).is_some() && grid(&page, yard).is_none());
    assert!(page.words().contains("Sam South"));
    // Opening a block by hand shows no other account's and nothing that one may not see.
    for slug in ["dock-9", "bay-1"] {
        let page = uma
            .get(&format!("{ALL}?open={}", cast::project(slug)))
            .await;
        assert_eq!(blocks(&page.page()).len(), 1, "{slug}");
    }
    let rita = app.signed_in(&holder("reporting", At::North));
    assert_eq!(rita.get(ALL).await.status, 403);
    assert_eq!(
        app.signed_in("gil@globex.example").get(ALL).await.status,
        404
    );
}

#[actix_web::test]
async fn s6_a_group_and_a_whole_tree_carry_the_boxes_of_what_lies_in_them() {
    let app = TestApp::start().await;
    let (mia, otto) = (
        holder("manager", At::Dock4),
        holder("operations", At::Dock4),
    );
    app.sql(|conn| {
        cast::put_below(conn, "south", "north");
        cast::tick(conn, cast::group("Coast"), cast::organization("south"));
        let (north, coast) = (cast::organization("north"), cast::group("Coast"));
        cast::give_on(conn, &mia, "user_management", north, true);
        cast::give_on_group(conn, &otto, "user_management", coast);
        Ok(())
    });
    let page = app.signed_in(&mia).get(PEOPLE).await.page();
    assert!(grid(&page, DOCK_4).is_some() && grid(&page, DOCK_9).is_some());
    let page = app.signed_in(&otto).get(PEOPLE).await.page();
    assert!(grid(&page, DOCK_4).is_none() && grid(&page, DOCK_9).is_some());
}

#[actix_web::test]
async fn nobody_ticks_their_own_boxes_and_nobody_is_sent_elsewhere_afterwards() {
    let app = TestApp::start().await;
    let (anna, mia) = (holder("admin", At::Dock4), holder("manager", At::Dock4));
    let (visitor, ravi) = (app.signed_in(&anna), app.signed_in(RAVI));
    let page = visitor.get(PEOPLE).await;
    let form = grid(&page.page(), DOCK_4).expect("a grid");
    let (own, hers) = (user(&anna).to_string(), user(&mia).to_string());
    let offers = |id: &str| {
        form.offered
            .iter()
            .any(|choice| choice.value.starts_with(id))
    };
    assert!(offers(&hers) && !offers(&own) && form.fields.iter().all(|field| field.1 != own));
    for evil in [
        "https://evil.example/",
        "//evil.example",
        "/sign-out",
        "/accounts/globex/user-management",
    ] {
        let form = form.clone().fill("return", evil);
        let form = form.tick("role", &tick(&mia, "billing"));
        let review = visitor.submit(&page, &form).await;
        assert_eq!(review.page().link("Cancel"), DOCK_4, "{evil}");
        let add = format!("{DOCK_4}/add?return={evil}");
        assert_eq!(ravi.get(&add).await.page().link("Cancel"), DOCK_4);
    }
}

#[actix_web::test]
async fn rule_8_users_are_added_from_the_block_and_one_comes_back_to_it() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(PEOPLE).await.page();
    let add = page
        .links()
        .into_iter()
        .find(|(words, href)| words == "Add Users to Reservation" && href.starts_with(DOCK_9));
    let form = ravi.get(&add.expect("a link").1).await;
    let filled = form.page().form("Add User");
    let filled = filled
        .tick("user", &user("dana@acme.example").to_string())
        .tick("role", "viewer")
        .tick("role", "billing");
    // What has to be corrected keeps the way back.
    let wrong = ravi
        .submit(
            &form,
            &filled
                .clone()
                .untick("role", "viewer")
                .untick("role", "billing"),
        )
        .await;
    assert_eq!(wrong.status, 422);
    let done = ravi
        .submit(
            &wrong,
            &wrong.page().form("Add User").tick("role", "viewer"),
        )
        .await;
    let id = cast::project("dock-9");
    assert_eq!(
        done.location(),
        Some(format!("{PEOPLE}?open={id}#{id}")),
        "{}",
        done.words()
    );
    let shown = ravi.follow(done).await;
    assert!(
        shown.words().contains("Dana Invited added to Dock 9."),
        "{}",
        shown.words()
    );
    assert_eq!(roles(&app, "dock-9", "dana@acme.example"), ["viewer"]);
}

#[actix_web::test]
async fn a_block_of_many_shows_the_first_seven_and_leads_to_all_of_them() {
    let app = TestApp::start().await;
    crowd(&app, 1, 200);
    let page = app.signed_in(RAVI).get(PEOPLE).await.page();
    let yard = "/accounts/acme/organizations/north/projects/yard-00/users";
    let form = grid(&page, yard).expect("a grid");
    let people = form.fields.iter().filter(|(name, _)| name == "person");
    assert_eq!(people.count(), 7);
    assert!(
        page.words().contains("North · 200 people"),
        "{}",
        page.words()
    );
    assert_eq!(page.link("See all of Yard 00"), yard);
}

#[actix_web::test]
async fn three_blocks_are_open_and_any_other_opens_without_a_script() {
    let app = TestApp::start().await;
    crowd(&app, 30, 1);
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(PEOPLE).await.page();
    let found = blocks(&page);
    assert_eq!(found.len(), 20);
    assert_eq!(found.iter().filter(|(_, open)| *open).count(), 3);
    assert!(found[..3].iter().all(|(_, open)| *open));
    let other = ravi
        .get(&page.link("Show who works on Yard 07"))
        .await
        .page();
    assert!(blocks(&other).contains(&("Yard 07".to_owned(), true)));
    let yard = "/accounts/acme/organizations/north/projects/yard-07/users";
    assert!(grid(&other, yard).is_some());
    // The rest are on the page of the section, which finds them by name and by organization.
    let all = ravi.get(&page.link("See all Reservation Users")).await;
    assert_eq!(all.page().h1(), "Reservation Users");
    let next = ravi.get(&all.page().link("Next")).await;
    assert_eq!(blocks(&next.page()).len(), 12, "{}", next.words());
    let found = ravi.get(&format!("{ALL}?q=yard+1")).await;
    assert_eq!(blocks(&found.page()).len(), 10);
    let south = ravi.get(&format!("{ALL}?organization=south")).await;
    assert_eq!(blocks(&south.page()), [("Dock 9".to_owned(), true)]);
    assert!(
        south.words().contains("Filtered bySouth"),
        "{}",
        south.words()
    );
    let nothing = ravi.get(&format!("{ALL}?q=zzz")).await;
    let says = "No reservations match ‘zzz’";
    assert!(nothing.words().contains(says), "{}", nothing.words());
}

#[actix_web::test]
async fn the_section_is_filtered_by_organization_and_name_on_the_page_itself() {
    let app = TestApp::start().await;
    crowd(&app, 30, 1);
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(PEOPLE).await;
    let mut forms = page.page().forms().into_iter();
    let form = forms.find(|form| form.action == ALL).unwrap();
    let south = form.clone().tick("organization", "south");
    let found = ravi.submit(&page, &south).await;
    assert_eq!(blocks(&found.page()), [("Dock 9".to_owned(), true)]);
    let north = form.clone().tick("organization", "north");
    let found = ravi.submit(&page, &north.fill("q", "yard 1")).await;
    assert_eq!(blocks(&found.page()).len(), 10);
    // Of many organizations the choice is not on every look at the page, but one link away.
    app.sql(|conn| {
        for n in 0..40 {
            let slug = format!("org-{n:02}");
            cast::insert_organization(conn, "acme", &slug, &slug);
        }
        Ok(())
    });
    let page = ravi.get(PEOPLE).await.page();
    assert!(!page.has("section[aria-labelledby=project-users] select[name=organization]"));
    let all = page.link("See all, or filter by organization");
    assert!(ravi.get(&all).await.page().has("select[name=organization]"));
}

#[actix_web::test]
async fn the_section_reads_as_many_statements_for_many_blocks_as_for_few() {
    statements::listen();
    let app = TestApp::start().await;
    let readers = [RAVI.to_owned(), holder("user_management", At::North)];
    let mut few = Vec::new();
    for reader in &readers {
        let visitor = app.signed_in(reader);
        visitor.get(PEOPLE).await;
        for path in [PEOPLE, ALL] {
            few.push(statements::during(&app, visitor.get(path)).await.1.len());
        }
    }
    crowd(&app, 25, 12);
    let mut many: Vec<(Answer, Vec<String>)> = Vec::new();
    for reader in &readers {
        let visitor = app.signed_in(reader);
        visitor.get(PEOPLE).await;
        for path in [PEOPLE, ALL] {
            let (answer, heard) = statements::during(&app, visitor.get(path)).await;
            assert_eq!(blocks(&answer.page()).len(), 20, "{path}");
            many.push((answer, heard));
        }
    }
    for (few, (answer, many)) in few.into_iter().zip(many) {
        assert_eq!(few, many.len(), "{}: {many:#?}", answer.path);
        assert!(many.len() <= 16, "{}: {many:#?}", answer.path);
    }
}
