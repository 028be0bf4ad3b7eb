//! Explain access: the answer first, then why; and nothing of what whoever asks may not see.

mod applied;

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{dormant_grants, grants, organizations, projects};
use tenantry::db::types::{GrantId, GroupId};

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::visitor::Answer;

const ACCESS: &str = "/accounts/acme/access";

/// The address of an answer.
fn question(email: &str, action: &str, place: &str) -> String {
    format!(
        "{ACCESS}?person={}&action={action}&where={place}",
        user(email)
    )
}

fn dock4() -> String {
    cast::project("dock-4").to_string()
}

fn acme() -> String {
    cast::account("acme").to_string()
}

async fn ask(app: &TestApp, reader: &str, path: &str) -> Answer {
    let answer = app.signed_in(reader).get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.words());
    answer
}

/// A group with these organizations of Acme in it.
fn group(app: &TestApp, name: &str, inside: &[&str]) -> GroupId {
    app.sql(|conn| {
        let id = cast::insert_group(conn, "acme", name);
        for slug in inside {
            cast::tick(conn, id, cast::organization(slug));
        }
        Ok(id)
    })
}

/// Gives a role on a group, by Ravi.
fn give_on(app: &TestApp, email: &str, role: &str, group: GroupId) {
    app.sql(|conn| {
        cast::give_on_group(conn, email, role, group);
        let id = cast::grant_id(email, role, group.uuid());
        diesel::update(grants::table.filter(grants::id.eq(id)))
            .set((
                grants::given_by.eq(Some(user("ravi@acme.example"))),
                grants::given_at.eq(cast::morning()),
            ))
            .execute(conn)
    });
}

#[actix_web::test]
async fn beyond_a_yes_comes_first_then_each_role_that_gives_it_and_the_smallest_change() {
    let app = TestApp::start().await;
    let west = group(&app, "West", &["north", "south"]);
    give_on(&app, "sam@acme.example", "user_management", west);
    let path = question("sam@acme.example", "users.manage", &dock4());
    let answer = ask(&app, "olga@acme.example", &path).await;
    let page = answer.page();
    assert_eq!(page.text("#answer[data-focus]"), "Yes");
    assert!(
        page.title().starts_with("Yes – Explain access"),
        "{}",
        page.title()
    );
    let first = answer.body.find("id=\"answer\"");
    assert!(
        first < answer.body.find("id=\"action\""),
        "the answer comes first"
    );
    let words = page.text(".answer");
    for says in [
        "Sam South may do this in Dock 4: Manage users.",
        "User Management of group West (inherited by Dock 4), given by Ravi Users on 2 Mar 2026",
        "Take User Management of group West away from Sam South.",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    // A second role by the same group: one act is still enough.
    give_on(&app, "sam@acme.example", "admin", west);
    let words = ask(&app, "olga@acme.example", &path).await.words();
    let change = "Take North out of group West. That changes what everybody with a role on the group can do in North.";
    assert!(words.contains(change), "{words}");
}

/// The links of the smallest change.
fn ways(answer: &Answer) -> Vec<(String, String)> {
    let links = answer.page().links().into_iter();
    links
        .filter(|(words, _)| words.starts_with("Take "))
        .collect()
}

#[actix_web::test]
async fn beyond_a_the_smallest_change_leads_whoever_may_make_it_to_where_it_is_made_and_nobody_else()
 {
    let app = TestApp::start().await;
    let (olga, ravi) = ("olga@acme.example", "ravi@acme.example");
    let auditor = holder("auditor", At::Account);
    let south = "/accounts/acme/organizations/south";
    let north = "/accounts/acme/organizations/north";
    let mia = holder("manager", At::North);
    let anna = holder("admin", At::Account);
    for (email, action, place, page) in [
        (
            "sam@acme.example",
            "projects.view",
            cast::project("dock-9").to_string(),
            format!("{south}/projects/dock-9/users"),
        ),
        (
            &mia,
            "projects.manage",
            cast::organization("north").to_string(),
            format!("{north}/members/{}", user(&mia)),
        ),
        (
            &anna,
            "account.edit",
            acme(),
            format!("/accounts/acme/users/{}/roles", user(&anna)),
        ),
    ] {
        let path = question(email, action, &place);
        let answer = ask(&app, olga, &path).await;
        let found = ways(&answer);
        assert_eq!(found.len(), 1, "{}", answer.words());
        assert_eq!(found[0].1, page, "{}", found[0].0);
        let there = app.signed_in(olga).get(&page).await;
        assert_eq!(there.status, 200, "{}", there.words());
        // Who only reads has the words; so has who manages users and may not take an Admin's role.
        let answer = ask(&app, &auditor, &path).await;
        assert!(answer.words().contains("Take "), "{}", answer.words());
        assert!(ways(&answer).is_empty(), "{email}");
        let answer = ask(&app, ravi, &path).await;
        assert_eq!(ways(&answer).len(), usize::from(email != anna), "{email}");
    }
    // A group is left on its page, by whoever changes groups.
    let west = group(&app, "West", &["north", "south"]);
    give_on(&app, "sam@acme.example", "user_management", west);
    give_on(&app, "sam@acme.example", "admin", west);
    let path = question("sam@acme.example", "users.manage", &dock4());
    let found = ways(&ask(&app, olga, &path).await);
    assert_eq!(found[0].1, format!("/accounts/acme/groups/{west}"));
    assert!(ways(&ask(&app, ravi, &path).await).is_empty());
    // One's own role is laid down.
    let path = question(ravi, "users.manage", &dock4());
    let found = ways(&ask(&app, ravi, &path).await);
    assert_eq!(found[0].1, format!("/me/roles?account={}", acme()));
}

#[actix_web::test]
async fn beyond_a_no_says_what_is_missing_which_roles_would_do_and_who_can_give_them() {
    let app = TestApp::start().await;
    let path = question("sam@acme.example", "users.manage", &dock4());
    let answer = ask(&app, "olga@acme.example", &path).await;
    let page = answer.page();
    assert_eq!(page.text("#answer"), "No");
    let words = page.text(".answer");
    assert!(
        words.contains("Sam South holds no role that reaches Dock 4."),
        "{words}"
    );
    let remedies = page.texts(".answer tbody tr");
    assert_eq!(remedies.len(), 3, "{remedies:?}");
    assert!(
        remedies[0].starts_with("Owner Acme An Owner; the person then accepts Olga Owner")
            || remedies[0].starts_with(
                "Owner the whole account Acme An Owner; the person then accepts Olga Owner"
            ),
        "{remedies:?}"
    );
    assert!(
        remedies[1].starts_with("Admin Dock 4 Nobody directly"),
        "{remedies:?}"
    );
    assert!(
        remedies[2].starts_with("User Management Dock 4 An Admin or Owner Anna admin at acme, Anna admin at dock4, Anna admin at north"),
        "{remedies:?}"
    );

    let path = question(&holder("viewer", At::Dock4), "orders.write", &dock4());
    let words = ask(&app, "olga@acme.example", &path).await.words();
    assert!(
        words.contains("Viewer on Dock 4 does not include it."),
        "{words}"
    );
    let path = question("sam@acme.example", "users.view", &dock4());
    let words = ask(&app, "olga@acme.example", &path).await.words();
    assert!(
        words.contains("Viewer on Dock 9 includes it, but does not reach Dock 4."),
        "{words}"
    );
    assert!(words.contains("Ravi Users"), "{words}");
}

#[actix_web::test]
async fn beyond_a_no_tells_ended_from_not_begun_from_shut_out() {
    let app = TestApp::start().await;
    let (now, hour) = (app.now(), Duration::hours(1));
    app.sql(|conn| {
        let email = "nora@acme.example";
        Person::of("acme", email, "Nora", "Now").insert(conn);
        let over = (None, Some(now.plus(-hour)));
        cast::give_between(conn, email, "admin", At::North, over);
        let later = (Some(now.plus(hour)), None);
        cast::give_between(conn, email, "owner", At::Account, later);
        Ok(())
    });
    let path = question("nora@acme.example", "users.manage", &dock4());
    let words = ask(&app, "olga@acme.example", &path).await.words();
    for says in [
        "Owner on the whole account begins on 2 Mar 2026, 10:00 UTC.",
        "Admin on North ended on 2 Mar 2026, 08:00 UTC. It ran out; nobody took it away.",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    for (email, says) in [
        (
            "ines@acme.example",
            "Ines Inactive is inactive in Acme: no role counts.",
        ),
        (
            "dana@acme.example",
            "Dana Invited is invited and has not come in yet.",
        ),
    ] {
        let path = question(email, "projects.view", &dock4());
        let page = ask(&app, "olga@acme.example", &path).await;
        assert_eq!(page.page().text("#answer"), "No");
        assert!(page.words().contains(says), "{}", page.words());
        assert!(
            page.words().contains("Roles that would give it"),
            "{}",
            page.words()
        );
    }
}

#[actix_web::test]
async fn a_role_that_waits_to_be_confirmed_is_named_as_what_is_missing() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::insert_into(dormant_grants::table)
            .values((
                dormant_grants::id.eq(GrantId::new()),
                dormant_grants::account_id.eq(cast::account("acme")),
                dormant_grants::user_id.eq(user("sam@acme.example")),
                dormant_grants::role.eq("user_management"),
                dormant_grants::organization_id.eq(Some(cast::organization("north"))),
                dormant_grants::below.eq(false),
                dormant_grants::dormant_at.eq(cast::morning()),
            ))
            .execute(conn)
    });
    let path = question("sam@acme.example", "users.manage", &dock4());
    let words = ask(&app, "olga@acme.example", &path).await.words();
    let says = "User Management on North is waiting: it did not come back with Sam South.";
    // A role that waits is without the name of its place where that is gone; this one is there.
    assert!(words.contains("No") && words.contains(says), "{words}");
}

#[actix_web::test]
async fn who_sees_a_part_cannot_say_no_and_is_not_told_what_is_beyond() {
    let app = TestApp::start().await;
    let reader = holder("viewer", At::Dock4);
    // Uma manages users on Dock 4 itself, which the reader sees.
    let path = question(
        &holder("user_management", At::Dock4),
        "users.manage",
        &dock4(),
    );
    let page = ask(&app, &reader, &path).await;
    assert_eq!(page.page().text("#answer"), "Yes");
    assert!(
        page.words().contains("There may be further roles"),
        "{}",
        page.words()
    );
    // Bill sees invoices there; whether he may more by the account, the reader cannot know.
    let bill = holder("billing", At::Dock4);
    app.sql(|conn| {
        cast::give(conn, &bill, "admin", At::Account);
        Ok(())
    });
    let path = question(&bill, "users.manage", &dock4());
    let page = ask(&app, &reader, &path).await;
    assert_eq!(page.page().text("#answer"), "Cannot say");
    assert!(
        !page.page().text(".answer").contains("Admin"),
        "{}",
        page.words()
    );
    assert_eq!(
        ask(&app, "ravi@acme.example", &path)
            .await
            .page()
            .text("#answer"),
        "Yes"
    );
    assert_eq!(
        ask(&app, &holder("auditor", At::Account), &path)
            .await
            .page()
            .text("#answer"),
        "Yes"
    );
}

#[actix_web::test]
async fn who_and_what_is_not_there_comes_back_with_a_message_and_tells_nothing() {
    let app = TestApp::start().await;
    let (ravi, part) = ("ravi@acme.example".to_owned(), holder("viewer", At::Dock4));
    let bay = cast::project("bay-1").to_string();
    let dock9 = cast::project("dock-9").to_string();
    let nowhere = cast::project("no-such").to_string();
    let strangers = ["gil@globex.example", "nobody@nowhere.example"];
    for (reader, people, places) in [
        (&ravi, strangers, [&bay, &nowhere]),
        (
            &part,
            ["sam@acme.example", "nobody@nowhere.example"],
            [&dock9, &nowhere],
        ),
    ] {
        let visitor = app.signed_in(reader);
        let mut told = Vec::new();
        for person in people {
            let answer = visitor.get(&question(person, "users.view", &dock4())).await;
            assert_eq!(answer.status, 422, "{}", answer.words());
            assert_eq!(answer.page().error_summary()[0].1, "person");
            assert!(!answer.page().has("#answer"));
            told.push(answer.body.replace(&user(person).to_string(), "ID"));
        }
        assert!(told[0] == told[1], "{reader} is told of {people:?}");
        let known = holder("viewer", At::Dock4);
        let mut told = Vec::new();
        for place in places {
            let answer = visitor.get(&question(&known, "users.view", place)).await;
            assert_eq!(answer.status, 422, "{}", answer.words());
            assert_eq!(answer.page().error_summary()[0].1, "where");
            told.push(answer.body.replace(place.as_str(), "ID"));
        }
        assert!(told[0] == told[1], "{reader} is told of {places:?}");
    }
    let visitor = app.signed_in(&ravi);
    let answer = visitor
        .get(&question("sam@acme.example", "no.such", &dock4()))
        .await;
    assert_eq!(answer.page().error_summary()[0].1, "action");
    let empty = visitor
        .get(&format!("{ACCESS}?person=&action=&where="))
        .await;
    let fields: Vec<String> = empty
        .page()
        .error_summary()
        .into_iter()
        .map(|(_, field)| field)
        .collect();
    assert_eq!(fields, ["person", "action", "where"]);
}

#[actix_web::test]
async fn on_an_archived_project_roles_given_on_it_alone_do_nothing() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let dock = projects::table.filter(projects::id.eq(cast::project("dock-4")));
        diesel::update(dock)
            .set(projects::status.eq("archived"))
            .execute(conn)
    });
    let uma = holder("user_management", At::Dock4);
    let page = ask(
        &app,
        "olga@acme.example",
        &question(&uma, "users.manage", &dock4()),
    )
    .await;
    assert_eq!(page.page().text("#answer"), "No");
    let words = page.words();
    for says in [
        "User Management on Dock 4 would give it, but Dock 4 is archived",
        "User Management North An Admin or Owner",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    let above = holder("user_management", At::North);
    let page = ask(
        &app,
        "olga@acme.example",
        &question(&above, "users.manage", &dock4()),
    )
    .await;
    assert_eq!(page.page().text("#answer"), "Yes");
    let who = ask(&app, "olga@acme.example", &who("users.manage", &dock4())).await;
    let names = who.page().texts("tbody th");
    assert!(
        !names.contains(&"Uma user_management at dock4".to_owned()),
        "{names:?}"
    );
    let path = format!("{ACCESS}/person?person={}", user(&uma));
    let inside = ask(&app, "olga@acme.example", &path)
        .await
        .page()
        .texts(".within");
    assert!(
        inside[0].starts_with("Dock 4 Reservation, archived"),
        "{inside:?}"
    );
    assert!(!inside[0].contains("Manage users"), "{inside:?}");
    // The gate says the same.
    let users = "/accounts/acme/organizations/north/projects/dock-4/users/add";
    assert_eq!(app.signed_in(&uma).get(users).await.status, 403);
}

#[actix_web::test]
async fn that_an_account_is_frozen_is_said_beside_the_answer() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        use tenantry::db::schema::accounts;
        diesel::update(accounts::table.filter(accounts::id.eq(cast::account("acme"))))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let path = question("ravi@acme.example", "users.manage", &dock4());
    let words = ask(&app, "olga@acme.example", &path).await.words();
    assert!(words.contains("the gate “plan”"), "{words}");
    let path = question("ravi@acme.example", "users.view", &dock4());
    let words = ask(&app, "olga@acme.example", &path).await.words();
    assert!(!words.contains("the gate “plan”"), "{words}");
}

#[actix_web::test]
async fn beyond_a_what_a_person_can_do_is_told_place_by_place_with_the_source_of_each_role() {
    let app = TestApp::start().await;
    let west = group(&app, "West", &["north"]);
    give_on(&app, "sam@acme.example", "billing", west);
    app.sql(|conn| {
        cast::give(conn, "sam@acme.example", "operations", At::Dock4);
        Ok(())
    });
    let path = format!("{ACCESS}/person?person={}", user("sam@acme.example"));
    let page = ask(&app, "olga@acme.example", &path).await.page();
    let blocks = page.texts("details.block > summary");
    assert_eq!(
        blocks,
        [
            "West Group: each organization in it",
            "North Organization",
            "South Organization"
        ]
    );
    let rows = page.texts("details.block tbody tr");
    for says in [
        "Billing From group West",
        "Operations Direct",
        "Viewer Direct",
    ] {
        assert!(
            rows.iter().any(|row| row.starts_with(says)),
            "{says} in {rows:?}"
        );
    }
    let inside = page.texts(".within");
    assert!(inside[0].starts_with("Dock 4 Reservation"), "{inside:?}");
    assert!(
        inside[0].contains("Billing From group West") && inside[0].contains("View invoices"),
        "{inside:?}"
    );
    // Whoever sees Dock 9 alone is shown that alone.
    let page = ask(&app, &holder("viewer", At::North), &path).await;
    assert!(
        !page.words().contains("Dock 9") && !page.words().contains("West"),
        "{}",
        page.words()
    );
}

#[actix_web::test]
async fn an_organization_that_is_deleted_is_in_no_answer() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let south = organizations::id.eq(cast::organization("south"));
        diesel::update(organizations::table.filter(south))
            .set(organizations::status.eq("deleted"))
            .execute(conn)?;
        tenantry::members::people::hidden(conn, cast::organization("south")).unwrap();
        Ok(())
    });
    let visitor = app.signed_in("olga@acme.example");
    let south = cast::organization("south").to_string();
    let answer = visitor
        .get(&question("sam@acme.example", "users.view", &south))
        .await;
    assert_eq!(answer.status, 422);
    let path = format!("{ACCESS}/person?person={}", user("sam@acme.example"));
    let words = visitor.get(&path).await.words();
    assert!(
        words.contains("No role") && !words.contains("Dock 9"),
        "{words}"
    );
}

/// Puts an organization into this state, as the pages leave it.
fn put(app: &TestApp, slug: &str, status: &str) {
    app.sql(|conn| {
        let one = organizations::table.filter(organizations::id.eq(cast::organization(slug)));
        diesel::update(one)
            .set(organizations::status.eq(status))
            .execute(conn)?;
        if status == "deleted" {
            tenantry::members::people::hidden(conn, cast::organization(slug)).unwrap();
        }
        Ok(())
    });
}

#[actix_web::test]
async fn a_role_on_a_deleted_organization_is_counted_nowhere() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let email = "gone@acme.example";
        Person::of("acme", email, "Xaver", "Gone").insert(conn);
        cast::give_on(conn, email, "admin", cast::organization("south"), false);
        Ok(())
    });
    let anywhere = who("role-admin", "anywhere");
    let names = async |path: &str| {
        let page = ask(&app, "olga@acme.example", path).await.page();
        page.texts("tbody th")
    };
    let xaver = "Xaver Gone".to_owned();
    assert!(names(&anywhere).await.contains(&xaver));
    put(&app, "south", "deleted");
    let found = names(&anywhere).await;
    assert!(!found.is_empty() && !found.contains(&xaver), "{found:?}");
    let olga = app.signed_in("olga@acme.example");
    let csv = format!("{ACCESS}/who.csv?action=role-admin&where=anywhere");
    let file = olga.get(&csv).await;
    assert!(
        file.status == 200 && !file.body.contains("Xaver"),
        "{} {}",
        file.status,
        file.body
    );
    let vera = holder("viewer", At::Dock4);
    let compare = format!(
        "{ACCESS}/compare?person={}&other={}",
        user("gone@acme.example"),
        user(&vera)
    );
    let rows = ask(&app, "olga@acme.example", &compare).await;
    let rows = rows.page().texts("tbody tr");
    assert!(
        rows.len() == 1 && !rows[0].contains("South"),
        "only Dock 4 of the other: {rows:?}"
    );
    let path = question("gone@acme.example", "users.manage", &dock4());
    let words = ask(&app, "olga@acme.example", &path).await.words();
    assert!(
        words.contains("Xaver Gone holds no role that reaches Dock 4."),
        "{words}"
    );
}

#[actix_web::test]
async fn a_role_on_an_archived_project_is_compared_as_one_that_does_nothing() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let dock = projects::table.filter(projects::id.eq(cast::project("dock-4")));
        diesel::update(dock)
            .set(projects::status.eq("archived"))
            .execute(conn)
    });
    let (vera, otto) = (holder("viewer", At::Dock4), holder("operations", At::Dock4));
    let path = format!(
        "{ACCESS}/compare?person={}&other={}",
        user(&vera),
        user(&otto)
    );
    let rows = ask(&app, "olga@acme.example", &path).await.page();
    let rows = rows.texts("tbody tr");
    assert_eq!(
        rows,
        [
            "Dock 4 Reservation in North, archived: roles on it alone do nothing Viewer Operations Different"
        ]
    );
}

#[actix_web::test]
async fn that_an_organization_is_archived_is_said_beside_the_answer() {
    let app = TestApp::start().await;
    put(&app, "north", "archived");
    let north = cast::organization("north").to_string();
    for place in [&north, &dock4()] {
        let path = question("ravi@acme.example", "users.manage", place);
        let words = ask(&app, "olga@acme.example", &path).await.words();
        assert!(
            words.contains("North is archived: it can be read")
                && words.contains("the gate “scope”"),
            "{words}"
        );
        let path = question("ravi@acme.example", "users.view", place);
        let words = ask(&app, "olga@acme.example", &path).await.words();
        assert!(!words.contains("the gate “scope”"), "{words}");
    }
    // The gate says the same.
    let add = "/accounts/acme/organizations/north/projects/dock-4/users/add";
    let refused = app.signed_in("ravi@acme.example").post(add, &[]).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
}

fn who(action: &str, place: &str) -> String {
    format!("{ACCESS}/who?action={action}&where={place}")
}

#[actix_web::test]
async fn beyond_a_who_can_do_this_here_is_everybody_by_name_with_the_reason() {
    let app = TestApp::start().await;
    let west = group(&app, "West", &["north"]);
    give_on(&app, "sam@acme.example", "user_management", west);
    let answer = ask(&app, "olga@acme.example", &who("users.manage", &dock4())).await;
    let rows = answer.page().texts("tbody tr");
    let names: Vec<String> = answer.page().texts("tbody th");
    assert_eq!(
        names,
        [
            "Anna admin at acme",
            "Anna admin at dock4",
            "Anna admin at north",
            "Olga Owner",
            "Ravi Users",
            "Sam South",
            "Uma user_management at acme",
            "Uma user_management at dock4",
            "Uma user_management at north",
        ],
        "whoever is inactive is not among them"
    );
    assert!(
        rows[5].contains("User Management of group West (inherited)"),
        "{rows:?}"
    );
    // From the row to the why.
    let why = answer
        .page()
        .links()
        .into_iter()
        .find(|(words, _)| words == "Why?")
        .unwrap();
    assert_eq!(
        ask(&app, "olga@acme.example", &why.1)
            .await
            .page()
            .text("#answer"),
        "Yes"
    );
    // The same as a file.
    let file = app
        .signed_in("olga@acme.example")
        .get(&answer.page().link("Download CSV"))
        .await;
    assert_eq!(file.status, 200);
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!((lines[0], lines.len()), ("id,name,email,because", 10));
    assert!(
        lines[6].contains("sam@acme.example,User Management of group West (inherited)"),
        "{lines:?}"
    );
    // Whoever sees a part is shown that part.
    let part = ask(
        &app,
        &holder("viewer", At::Dock4),
        &who("users.manage", &dock4()),
    )
    .await;
    assert_eq!(
        part.page().texts("tbody th"),
        ["Anna admin at dock4", "Uma user_management at dock4"]
    );
}

/// Where the page after this one is.
fn next(page: &Answer) -> Option<String> {
    let page = page.page();
    page.has("a[rel=next]")
        .then(|| page.attribute("a[rel=next]", "href"))?
}

#[actix_web::test]
async fn everybody_is_reached_page_by_page_and_back_again() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..60 {
            let email = format!("crowd{n:02}@acme.example");
            Person::of("acme", &email, "Cleo", &format!("Crowd {n:02}")).insert(conn);
            cast::give(
                conn,
                &email,
                "viewer",
                if n % 2 == 0 { At::Dock4 } else { At::Account },
            );
            cast::give(conn, &email, "manager", At::North);
        }
        Ok(())
    });
    let visitor = app.signed_in("olga@acme.example");
    for path in [who("users.view", &dock4()), who("role-viewer", "anywhere")] {
        let mut pages = vec![visitor.get(&path).await];
        while let Some(next) = next(pages.last().unwrap()) {
            pages.push(visitor.get(&next).await);
        }
        let names: Vec<String> = pages
            .iter()
            .flat_map(|page| page.page().texts("tbody th"))
            .collect();
        let crowd = names.iter().filter(|name| name.starts_with("Cleo Crowd"));
        assert_eq!(crowd.count(), 60, "{path}: {names:?}");
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(names, sorted, "{path}");
        let back = pages
            .last()
            .unwrap()
            .page()
            .attribute("a[rel=prev]", "href")
            .unwrap();
        let before = pages[pages.len() - 2].page().texts("tbody th");
        assert_eq!(
            visitor.get(&back).await.page().texts("tbody th"),
            before,
            "{path}"
        );
    }
}

#[actix_web::test]
async fn each_role_leads_to_whoever_holds_it() {
    let app = TestApp::start().await;
    let visitor = app.signed_in("olga@acme.example");
    let roles = visitor.get("/accounts/acme/roles").await.page();
    let hrefs: Vec<String> = roles
        .links()
        .into_iter()
        .filter(|(words, _)| words == "Who holds this")
        .map(|(_, href)| href)
        .collect();
    assert_eq!(
        hrefs.len(),
        10,
        "the built-in ones, and the one of the account"
    );
    let owners = visitor.get(&hrefs[0]).await;
    assert_eq!(owners.page().texts("tbody th"), ["Olga Owner"]);
    let admins = visitor.get(&who("role-admin", "anywhere")).await;
    assert_eq!(
        admins.page().texts("tbody th").len(),
        3,
        "{}",
        admins.words()
    );
    let billing = app.signed_in(&holder("billing", At::Account));
    let words = billing.get("/accounts/acme/roles").await.words();
    assert!(
        !words.contains("Who holds this"),
        "for whoever sees no users"
    );
}

#[actix_web::test]
async fn beyond_a_two_people_are_compared_by_their_roles_and_at_a_place() {
    let app = TestApp::start().await;
    let (vera, otto) = (holder("viewer", At::Dock4), holder("operations", At::Dock4));
    let path = format!(
        "{ACCESS}/compare?person={}&other={}&where={}",
        user(&vera),
        user(&otto),
        dock4()
    );
    let page = ask(&app, "olga@acme.example", &path).await.page();
    let rows = page.texts("tbody tr");
    assert_eq!(
        rows[0],
        "Dock 4 Reservation in North Viewer Operations Different"
    );
    assert!(rows.contains(&"View users Yes No".to_owned()), "{rows:?}");
    assert!(
        rows.contains(&"View devices Yes Yes".to_owned()),
        "{rows:?}"
    );
    let first_same = rows
        .iter()
        .position(|row| row.ends_with("Yes Yes"))
        .unwrap();
    assert!(
        !rows[first_same..].iter().any(|row| row.ends_with("Yes No")),
        "{rows:?}"
    );
}

#[actix_web::test]
async fn many_people_and_places_are_searched() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..60 {
            let email = format!("crowd{n:02}@acme.example");
            Person::of("acme", &email, "Cleo", &format!("Crowd {n:02}")).insert(conn);
            let (slug, name) = (format!("dock-x{n:02}"), format!("Dock X{n:02}"));
            cast::insert_project(conn, ("acme", "north"), &slug, &name);
        }
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(ACCESS).await;
    let rest = "Not everybody is listed. Search by name or email address for whoever is missing.";
    assert_eq!(page.page().text("#person-hint"), rest);
    let leaver = format!("/accounts/acme/users/{}/handover", user("sam@acme.example"));
    assert_eq!(olga.get(&leaver).await.page().text("#to-hint"), rest);
    let form = page
        .page()
        .form("Check")
        .fill("q", "zz")
        .fill("action", "users.view");
    assert!(
        form.offered
            .iter()
            .filter(|choice| choice.name == "person")
            .count()
            <= 51
    );
    let found = olga
        .get(&format!(
            "{ACCESS}?find=person&q=crowd59&place_q=Dock+X5&action=users.view&person=&where="
        ))
        .await;
    assert_eq!(found.status, 200, "{}", found.words());
    let form = found.page().form("Check");
    let person = user("crowd59@acme.example").to_string();
    let people: Vec<&str> = form
        .offered
        .iter()
        .filter(|c| c.name == "person")
        .map(|c| c.value.as_str())
        .collect();
    assert!(
        people.contains(&person.as_str()) && people.len() <= 2,
        "{people:?}"
    );
    let place = cast::project("dock-x55").to_string();
    let path = format!("{ACCESS}?person={person}&action=users.view&where={place}&q=&place_q=");
    let answer = olga.get(&path).await;
    assert_eq!(answer.page().text("#answer"), "No", "{}", answer.words());
    // What was chosen stays chosen, on whatever page of the list it would be.
    let chosen = answer.page().form("Check");
    assert!(
        chosen.fields.contains(&("person".into(), person)),
        "{:?}",
        chosen.fields
    );
    assert!(
        chosen.fields.contains(&("where".into(), place)),
        "{:?}",
        chosen.fields
    );
}

#[actix_web::test]
async fn beyond_a_a_refusal_leads_to_why_and_ones_own_page_says_it() {
    let app = TestApp::start().await;
    let rita = holder("reporting", At::Dock4);
    let visitor = app.signed_in(&rita);
    let refused = visitor
        .get("/accounts/acme/organizations/north/projects/dock-4/users/add")
        .await;
    assert_eq!(refused.status, 403);
    let why = visitor
        .get(&refused.page().link("Why? See what is missing"))
        .await;
    assert_eq!(why.status, 200, "{}", why.words());
    let page = why.page();
    assert_eq!(
        (page.h1().as_str(), page.text("#answer").as_str()),
        ("My access", "No")
    );
    let words = page.words();
    for says in [
        "You may not do this in Dock 4: Manage users.",
        "Reporting on Dock 4 does not include it.",
        "User Management Dock 4 An Admin or Owner",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    let form = visitor.get(&page.link("Request access")).await;
    assert_eq!(form.status, 200, "{}", form.words());
}

#[actix_web::test]
async fn ones_own_page_tells_each_account_apart_and_no_other_account_at_all() {
    let app = TestApp::start().await;
    let lee = app.signed_in("lee@globex.example");
    let both = lee.get("/me/access").await;
    assert_eq!(both.status, 200);
    assert!(
        both.page().has("select#account") && !both.page().has("#access"),
        "{}",
        both.words()
    );
    let here = lee.get("/me/access?account=acme").await.words();
    assert!(
        here.contains("Viewer Direct") && here.contains("North Organization"),
        "{here}"
    );
    let gil = app.signed_in("gil@globex.example");
    assert!(gil.get("/me/access").await.words().contains("Owner Direct"));
    let (theirs, nobodys) = (
        gil.get("/me/access?account=acme").await,
        gil.get("/me/access?account=no-such").await,
    );
    assert_eq!((theirs.status, nobodys.status), (404, 404));
    // Of a place that one cannot see nothing is told, wherever it is.
    let bay = format!(
        "/me/access?account=acme&action=users.view&where={}",
        cast::project("bay-1")
    );
    assert_eq!(lee.get(&bay).await.status, 422);
    let dock9 = format!(
        "/me/access?account=acme&action=users.view&where={}",
        cast::project("dock-9")
    );
    assert_eq!(lee.get(&dock9).await.status, 422);
    let whole = format!("/me/access?account=acme&action=users.view&where={}", acme());
    assert_eq!(lee.get(&whole).await.page().text("#answer"), "No");
}

#[actix_web::test]
async fn pages_lead_to_the_explanation() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let sam = olga
        .get(&format!(
            "/accounts/acme/users/{}",
            user("sam@acme.example")
        ))
        .await;
    let links: Vec<(String, String)> = sam.page().links();
    let of_sam = format!("{ACCESS}/person?person={}", user("sam@acme.example"));
    assert!(
        links.contains(&("Explain access".into(), of_sam.clone())),
        "{links:?}"
    );
    assert!(
        links.contains(&("Explain access".into(), ACCESS.into())),
        "{links:?}"
    );
    assert_eq!(olga.get(&of_sam).await.status, 200);
}
