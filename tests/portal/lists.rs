//! Lists: search, sort, pages in both directions, CSV of exactly the view, and every state in between.

mod sorting;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::visitor::{Answer, Visitor};
use diesel::prelude::*;
use tenantry::db::schema::{memberships, organizations};
use tenantry::members::{Status, people};

const ORGANIZATIONS: &str = "/accounts/acme/organizations";

/// Sixty organizations more, ten of each name, so that names alone do not tell them apart.
fn many(app: &TestApp) {
    app.sql(|conn| {
        for n in 0..60 {
            let name = format!("Plant {}", n % 6);
            cast::insert_organization(conn, "acme", &format!("plant-{n:02}"), &name);
        }
        Ok(())
    });
}

/// The short names on a page, in order.
fn slugs(page: &Answer) -> Vec<String> {
    page.page().texts("td[data-l='Short name in addresses']")
}

/// Goes through all pages by a link, from this one on.
async fn through(visitor: &Visitor<'_>, from: &str, rel: &str) -> Vec<Answer> {
    let mut pages = vec![visitor.get(from).await];
    loop {
        let last = pages.last().unwrap();
        assert_eq!(last.status, 200, "{}: {}", last.path, last.words());
        let link = format!("nav.pager a[rel={rel}]");
        if !last.page().has(&link) {
            return pages;
        }
        let next = last.page().attribute(&link, "href").unwrap();
        assert!(pages.len() < 20, "no end: {next}");
        pages.push(visitor.get(&next).await);
    }
}

/// The rows of a CSV file, without its head; names of columns come first.
fn csv(answer: &Answer) -> (Vec<String>, Vec<Vec<String>>) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut file = csv::Reader::from_reader(answer.body.as_bytes());
    let head = file.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = file
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect());
    (head, rows.collect())
}

#[actix_web::test]
async fn pages_meet_every_organization_once_both_ways_and_the_csv_has_the_same() {
    let app = TestApp::start().await;
    many(&app);
    let olga = app.signed_in("olga@acme.example");
    for query in [
        "",
        "?sort=-name",
        "?sort=slug",
        "?sort=-slug&per=50",
        "?q=plant",
        "?q=plant-1",
        "?q=plant&sort=-slug",
        "?q=plant-1&sort=name",
        "?q=nothing",
    ] {
        let forth = through(&olga, &format!("{ORGANIZATIONS}{query}"), "next").await;
        let there: Vec<String> = forth.iter().flat_map(slugs).collect();
        let (head, rows) = csv(&olga.get(&format!("{ORGANIZATIONS}.csv{query}")).await);
        assert_eq!(head, ["name", "slug", "id", "roles"]);
        let slugs_of: Vec<String> = rows.iter().map(|row| row[1].clone()).collect();
        assert_eq!(slugs_of, there, "{query}");
        let mut sorted = there.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), there.len(), "{query}: a row twice");
        let last = forth.last().unwrap();
        let back = through(&olga, &last.path, "prev").await;
        let mut back: Vec<Vec<String>> = back.iter().map(slugs).collect();
        back.reverse();
        assert_eq!(back.concat(), there, "{query}: on the way back");
        let expected = match query {
            "?q=plant" | "?q=plant&sort=-slug" => 60,
            "?q=plant-1" | "?q=plant-1&sort=name" => 10,
            "?q=nothing" => 0,
            _ => 62,
        };
        assert_eq!(there.len(), expected, "{query}");
    }
}

#[actix_web::test]
async fn the_column_that_is_sorted_by_says_so_and_the_title_has_the_page() {
    let app = TestApp::start().await;
    many(&app);
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(ORGANIZATIONS).await;
    assert_eq!(page.page().texts("th[aria-sort=ascending]"), ["Name"]);
    assert_eq!(page.page().texts("th[aria-sort]").len(), 1);
    let by_slug = olga
        .get(
            &page
                .page()
                .attribute("thead th:nth-child(2) a", "href")
                .unwrap(),
        )
        .await;
    assert_eq!(
        by_slug.page().texts("th[aria-sort=ascending]"),
        ["Short name in addresses"]
    );
    let falling = olga
        .get(
            &by_slug
                .page()
                .attribute("thead th:nth-child(2) a", "href")
                .unwrap(),
        )
        .await;
    assert_eq!(
        falling.page().texts("th[aria-sort=descending]"),
        ["Short name in addresses"]
    );
    assert_eq!(slugs(&falling)[0], "south");
    let second = olga
        .get(&page.page().attribute("a[rel=next]", "href").unwrap())
        .await;
    assert!(
        second
            .page()
            .title()
            .starts_with("Account Organizations (page 2) – ")
    );
    // What is searched for comes in the order of the search, until a column is chosen.
    let found = olga.get(&format!("{ORGANIZATIONS}?q=plant")).await;
    assert!(!found.page().has("[aria-sort]"));
    let sorted = olga
        .get(&found.page().link("Short name in addresses"))
        .await;
    let heads = |sorted: &Answer, way: &str| sorted.page().texts(&format!("th[aria-sort={way}]"));
    assert_eq!(heads(&sorted, "ascending"), ["Short name in addresses"]);
    let falling = olga
        .get(&sorted.page().link("Short name in addresses"))
        .await;
    assert_eq!(heads(&falling, "descending"), ["Short name in addresses"]);
    let (_, rows) = csv(&olga.get(&falling.path.replace('?', ".csv?")).await);
    let mut slugs: Vec<&String> = rows.iter().map(|row| &row[1]).collect();
    slugs.reverse();
    assert!(slugs.len() > 25 && slugs.is_sorted(), "{slugs:?}");
}

#[actix_web::test]
async fn an_empty_list_says_why_and_how_to_go_on() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&format!("{ORGANIZATIONS}?q=smit")).await;
    assert!(
        page.words().contains("No organizations match ‘smit’"),
        "{}",
        page.words()
    );
    assert_eq!(
        page.page().attribute(".empty a", "href").as_deref(),
        Some(ORGANIZATIONS)
    );
    // Few entries need no search field.
    let all = olga.get(ORGANIZATIONS).await;
    assert!(!all.page().has("main input[type=search]") && !all.page().has("a[rel=next]"));
}

#[actix_web::test]
async fn who_sees_a_part_is_told_so() {
    let app = TestApp::start().await;
    let lee = app.signed_in("lee@globex.example");
    let page = lee.get(ORGANIZATIONS).await;
    assert!(
        page.words()
            .contains("You see 1 of the organizations in this account."),
        "{}",
        page.words()
    );
    let (_, rows) = csv(&lee.get(&format!("{ORGANIZATIONS}.csv")).await);
    assert_eq!(rows.len(), 1);
    let all = app.signed_in("olga@acme.example").get(ORGANIZATIONS).await;
    assert!(!all.words().contains("You see"));
}

#[actix_web::test]
async fn an_export_is_a_file_of_its_own_name_without_formulas_and_leaves_an_event() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_organization(conn, "acme", "sum", "=1+1, \"x\"");
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let file = olga.get(&format!("{ORGANIZATIONS}.csv?q=%3D1&bom=1")).await;
    assert_eq!(
        file.header("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"acme-organizations-2026-03-02.csv\"")
    );
    let id = cast::organization("sum");
    assert_eq!(
        file.body,
        format!("\u{feff}name,slug,id,roles\r\n\"'=1+1, \"\"x\"\"\",sum,{id},Owner\r\n")
    );
    let (details, personal): (String, Option<String>) = app.sql(|conn| {
        use diesel::prelude::*;
        use tenantry::db::schema::audit_events as events;
        let one = events::table.filter(events::action.eq("list.exported"));
        one.select((events::details, events::personal)).first(conn)
    });
    assert!(
        details.contains("\"list\":\"organizations\"") && !details.contains("=1"),
        "{details}"
    );
    assert!(personal.unwrap().contains("\"searched\":\"=1\""));
}

#[actix_web::test]
async fn an_export_of_more_than_a_portion_is_whole() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..1_100 {
            cast::insert_organization(conn, "acme", &format!("x-{n:04}"), &format!("X {}", n % 3));
        }
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let (_, rows) = csv(&olga.get(&format!("{ORGANIZATIONS}.csv?sort=-name")).await);
    let mut slugs: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!((rows.len(), slugs.len()), (1_102, 1_102));
}

#[actix_web::test]
async fn a_file_is_refused_to_whom_the_page_is() {
    let app = TestApp::start().await;
    let path = format!("{ORGANIZATIONS}.csv");
    assert_eq!(
        app.signed_in("gil@globex.example").get(&path).await.status,
        404
    );
    assert_eq!(app.visitor().get(&path).await.status, 303);
    let north = app.signed_in(&cast::holder("viewer", At::North));
    let (_, rows) = csv(&north.get(&path).await);
    assert_eq!(
        rows.iter().map(|row| row[1].as_str()).collect::<Vec<_>>(),
        ["north"]
    );
}

const USERS: &str = "/accounts/acme/user-management";
const OF_DOCK4: &str = "/accounts/acme/organizations/north/projects/dock-4/users";

/// Sixty people of one name, who came together and have never signed in.
fn crowd(app: &TestApp) {
    app.sql(|conn| {
        for n in 0..60 {
            let email = format!("cleo{n:02}@acme.example");
            Person::of("acme", &email, "Cleo", "Crowd").insert(conn);
            cast::give(conn, &email, "viewer", At::Dock4);
            cast::give(conn, &email, "billing", At::Dock4);
        }
        Ok(())
    });
}

/// The addresses in the first section of a page, in order.
fn addresses(page: &Answer) -> Vec<String> {
    let page = page.page();
    let first = "section[aria-labelledby=active]";
    let section = if page.has(first) { first } else { "main" };
    let below = page.texts(&format!("{section} .people > tbody > tr > th > small"));
    if below.is_empty() {
        page.texts(&format!("{section} .people > tbody > tr > td:nth-child(2)"))
    } else {
        below
    }
}

/// The addresses of a view, page by page, after all that has to hold for every view: the CSV has the same rows in the
/// same order, nobody comes twice, and the way back meets the same.
async fn view(visitor: &Visitor<'_>, list: &str, query: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let forth = through(visitor, &format!("{list}{query}"), "next").await;
    let there: Vec<Vec<String>> = forth.iter().map(addresses).collect();
    let (_, rows) = csv(&visitor.get(&format!("{list}.csv{query}")).await);
    let in_file: Vec<String> = rows.iter().map(|row| row[2].clone()).collect();
    assert_eq!(there.concat(), in_file, "{query}");
    let mut once = in_file.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), in_file.len(), "{query}: somebody twice");
    let last = &forth.last().unwrap().path;
    let mut back: Vec<Vec<String>> = through(visitor, last, "prev")
        .await
        .iter()
        .map(addresses)
        .collect();
    back.reverse();
    assert_eq!(back, there, "{query}: on the way back");
    (in_file, rows)
}

#[actix_web::test]
async fn everybody_is_listed_with_all_their_roles_and_the_last_of_a_page_too() {
    let app = TestApp::start().await;
    crowd(&app);
    let olga = app.signed_in("olga@acme.example");
    for sort in ["", "?sort=-name", "?status=active"] {
        let mut pages = through(&olga, &format!("{USERS}{sort}"), "next").await;
        let last = pages.last().unwrap().path.clone();
        pages.extend(through(&olga, &last, "prev").await);
        let mut met = 0;
        for answer in &pages {
            let rows = answer.page();
            let rows = rows.texts("section[aria-labelledby=active] .people > tbody > tr");
            for row in rows.iter().filter(|row| row.contains("@acme.example")) {
                assert!(
                    !row.contains("cleo")
                        || row.contains("Viewer, Billing")
                        || row.contains("Billing, Viewer"),
                    "{row}"
                );
                met += usize::from(row.contains("cleo"));
            }
        }
        assert_eq!(met, 120, "{sort}: not all of them both ways");
    }
}

#[actix_web::test]
async fn pages_meet_everybody_once_both_ways_in_every_order() {
    let app = TestApp::start().await;
    crowd(&app);
    let olga = app.signed_in("olga@acme.example");
    let (all, _) = view(&olga, USERS, "").await;
    assert!(all.len() > 60 && !all.contains(&"ines@acme.example".to_owned()));
    for sort in [
        "-name", "email", "-email", "joined", "-joined", "seen", "-seen",
    ] {
        let (mut sorted, _) = view(&olga, USERS, &format!("?sort={sort}")).await;
        if sort == "email" {
            assert!(sorted.is_sorted());
        }
        sorted.sort();
        let mut expected = all.clone();
        expected.sort();
        assert_eq!(sorted, expected, "{sort}");
    }
    for query in [
        "?status=active&sort=-joined",
        "?status=inactive",
        "?status=invited",
        "?q=c",
        "?q=cleo1",
    ] {
        let (found, _) = view(&olga, USERS, query).await;
        assert!(
            !found.is_empty() && found.len() < all.len(),
            "{query}: {found:?}"
        );
    }
}

#[actix_web::test]
async fn who_is_invited_and_who_is_shut_out_are_sorted_by_when_and_by_address() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..60_i64 {
            let email = format!("cleo{:02}@acme.example", n * 7 % 60);
            let (invited, at) = (n % 2 == 0, app.now().plus(chrono::Duration::hours(-n)));
            let cleo = Person::of("acme", &email, "Cleo", "Crowd");
            let status = if invited {
                Status::Invited
            } else {
                Status::Deactivated
            };
            Person { status, ..cleo }.insert(conn);
            cast::give(conn, &email, "viewer", At::Dock4);
            let own = memberships::table.filter(memberships::user_id.eq(user(&email)));
            if invited {
                let end = memberships::link_expires_at.eq(Some(at));
                diesel::update(own).set(end).execute(conn)?;
            } else {
                let end = memberships::deactivated_at.eq(Some(at));
                diesel::update(own).set(end).execute(conn)?;
            }
        }
        Ok(())
    });
    let part = holder("user_management", At::Dock4);
    for reader in ["olga@acme.example", part.as_str()] {
        let visitor = app.signed_in(reader);
        for (status, by_time) in [("invited", "ends"), ("inactive", "deactivated")] {
            let (mut all, _) = view(&visitor, USERS, &format!("?status={status}")).await;
            assert!(all.len() >= 30, "{status}: {all:?}");
            all.sort();
            let (by_email, _) =
                view(&visitor, USERS, &format!("?status={status}&sort=email")).await;
            assert_eq!(by_email, all, "{status}");
            for sign in ["", "-"] {
                let query = format!("?status={status}&sort={sign}{by_time}");
                let (mut sorted, _) = view(&visitor, USERS, &query).await;
                // The later number was the earlier moment.
                let numbers = sorted.iter().filter_map(|email| email.strip_prefix("cleo"));
                let numbers = numbers.map(|rest| rest[..2].parse::<i64>().unwrap() * 43 % 60);
                let falling = numbers.clone().collect::<Vec<_>>();
                let rising = numbers.rev().collect::<Vec<_>>();
                let ordered = if sign.is_empty() { &rising } else { &falling };
                assert!(ordered.is_sorted(), "{query}: {sorted:?}");
                sorted.sort();
                assert_eq!(sorted, all, "{query}");
            }
            // What no index carries is not asked: the usual order.
            let (usual, _) = view(&visitor, USERS, &format!("?status={status}")).await;
            let (other, _) = view(&visitor, USERS, &format!("?status={status}&sort=-seen")).await;
            assert_eq!(usual, other, "{status}");
        }
        let page = visitor.get(&format!("{USERS}?status=inactive")).await;
        let sorted = visitor.get(&page.page().link("Deactivated")).await;
        assert!(sorted.page().has("th[aria-sort=descending]"));
    }
}

#[actix_web::test]
async fn the_file_of_reservation_users_has_every_role_on_each_as_far_as_the_reader_sees_them() {
    const FILE: &str = "/accounts/acme/user-management/projects.csv";
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..120 {
            let (slug, name) = (format!("yard-{n:03}"), format!("Yard {n:03}"));
            cast::insert_project(conn, ("acme", "north"), &slug, &name);
        }
        cast::give_on_project(conn, "sam@acme.example", "billing", "yard-119");
        cast::give_on_project(conn, "sam@acme.example", "viewer", "yard-119");
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get("/accounts/acme/user-management/projects").await;
    assert!(page.body.contains(FILE), "a link to it");
    let (head, rows) = csv(&olga.get(FILE).await);
    let at = |name: &str| head.iter().position(|own| own == name).unwrap();
    let places = ["project", "organization", "email", "role"].map(at);
    let told = |rows: &[Vec<String>]| -> Vec<String> {
        let told = |row: &Vec<String>| places.map(|at| row[at].clone()).join(" / ");
        rows.iter().map(told).collect()
    };
    let all = told(&rows);
    for row in [
        "Dock 9 / South / sam@acme.example / Viewer",
        "Yard 119 / North / sam@acme.example / Billing",
        "Yard 119 / North / sam@acme.example / Viewer",
    ] {
        assert_eq!(all.iter().filter(|told| *told == row).count(), 1, "{row}");
    }
    assert!(all.iter().any(|row| row.starts_with("Dock 4 / North")));
    let (_, rows) = csv(&olga.get(&format!("{FILE}?q=yard+11")).await);
    assert_eq!(told(&rows).len(), 2);
    let (_, rows) = csv(&olga.get(&format!("{FILE}?organization=north")).await);
    assert!(told(&rows).iter().all(|row| row.contains(" / North / ")));
    // Whoever sees one place gets one place.
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let (_, rows) = csv(&uma.get(FILE).await);
    assert!(!rows.is_empty());
    assert!(
        told(&rows)
            .iter()
            .all(|row| row.starts_with("Dock 4 / North"))
    );
    let gil = app.signed_in("gil@globex.example");
    assert_eq!(gil.get(FILE).await.status, 404);
}

#[actix_web::test]
async fn the_file_says_when_by_whom_and_why_somebody_was_shut_out() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let sam = user("sam@acme.example");
    let page = olga
        .get(&format!("/accounts/acme/users/{sam}/deactivate"))
        .await;
    let form = page.page().form("Deactivate User");
    let done = olga
        .submit(&page, &form.fill("reason", "Left on Friday"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    let (head, rows) = csv(&olga.get(&format!("{USERS}.csv?status=inactive")).await);
    let at = |name: &str| head.iter().position(|it| it == name).unwrap();
    let (when, by, why) = (
        at("deactivated_at"),
        at("deactivated_by"),
        at("deactivation_reason"),
    );
    let sam = rows
        .iter()
        .find(|row| row[2] == "sam@acme.example")
        .unwrap();
    let told = [&sam[when], &sam[by], &sam[why]];
    assert_eq!(
        told,
        [
            "2026-03-02T09:00:00.000000Z",
            "Olga Owner",
            "Left on Friday"
        ]
    );
    let (_, rows) = csv(&olga.get(&format!("{USERS}.csv")).await);
    let blank = |row: &Vec<String>| [when, by, why].iter().all(|at| row[*at].is_empty());
    assert!(!rows.is_empty() && rows.iter().all(blank));
}

#[actix_web::test]
async fn who_signed_in_last_comes_first() {
    let app = TestApp::start().await;
    app.advance(chrono::Duration::hours(1));
    app.visitor().sign_in("sam@acme.example").await;
    let olga = app.signed_in("olga@acme.example");
    let (seen, rows) = view(&olga, USERS, "?sort=-seen").await;
    assert_eq!(seen[0], "sam@acme.example");
    assert_eq!(rows[0][7], "2026-03-02T10:00:00.000000Z");
    let (seen, _) = view(&olga, USERS, "?sort=seen").await;
    assert_eq!(seen.last().unwrap(), "sam@acme.example");
}

#[actix_web::test]
async fn people_are_narrowed_by_role_and_place_and_each_filter_is_taken_away_by_its_tag() {
    let app = TestApp::start().await;
    crowd(&app);
    let olga = app.signed_in("olga@acme.example");
    let (_, all) = view(&olga, USERS, "").await;
    let with = |column: usize, word: &str| {
        let of = all
            .iter()
            .filter(|row| row[column].split(", ").any(|one| one == word));
        let mut of: Vec<String> = of.map(|row| row[2].clone()).collect();
        of.sort();
        of
    };
    let dock = cast::project("dock-4");
    for (query, expected) in [
        ("?role=viewer".to_owned(), with(4, "Viewer")),
        ("?organization=north".to_owned(), with(5, "North")),
    ] {
        let (mut found, _) = view(&olga, USERS, &query).await;
        found.sort();
        assert_eq!(found, expected, "{query}");
    }
    let (found, _) = view(&olga, USERS, &format!("?project={dock}&role=billing")).await;
    assert_eq!(found.len(), 61);
    let (found, _) = view(
        &olga,
        USERS,
        &format!("?project={dock}&role=billing&q=cleo0"),
    )
    .await;
    assert_eq!(found.len(), 10);
    let page = olga
        .get(&format!("{USERS}?project={dock}&role=admin&q=zoe"))
        .await;
    assert!(
        page.words()
            .contains("No users match ‘zoe’ and Admin and Dock 4 (North)"),
        "{}",
        page.words()
    );
    let page = page.page();
    assert_eq!(page.texts(".picked a").len(), 3);
    assert_eq!(
        page.attribute(".picked a:first-of-type", "href").unwrap(),
        format!("{USERS}?q=zoe&project={dock}")
    );
    assert_eq!(
        page.attribute(".picked a.linkish", "href").unwrap(),
        format!("{USERS}?q=zoe")
    );
    // What the other company has, and what nobody has, is as if it had not been asked for.
    for query in [
        "?role=emperor",
        "?organization=hub",
        &format!("?project={}", cast::project("bay-1")),
    ] {
        let (found, _) = view(&olga, USERS, query).await;
        assert_eq!(found.len(), all.len(), "{query}");
    }
}

#[actix_web::test]
async fn filters_show_only_roles_inside_the_readers_reach() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&cast::holder("user_management", At::Dock4));
    let (found, _) = view(&uma, USERS, "?role=admin").await;
    assert_eq!(found, ["anna.admin.dock4@acme.example"]);
    let (everybody, _) = view(&uma, USERS, "").await;
    let (south, _) = view(&uma, USERS, "?organization=south").await;
    assert_eq!(everybody, south);
}

#[actix_web::test]
async fn the_people_of_a_project_are_a_list_too() {
    let app = TestApp::start().await;
    crowd(&app);
    let ravi = app.signed_in("ravi@acme.example");
    let (found, rows) = view(&ravi, OF_DOCK4, "").await;
    assert_eq!(found.len(), 60 + 8 + 1);
    let cleo = rows
        .iter()
        .find(|row| row[2] == "cleo00@acme.example")
        .unwrap();
    assert_eq!(cleo[3], "Billing, Viewer");
    let (found, _) = view(&ravi, OF_DOCK4, "?sort=-name&per=50").await;
    assert_eq!(found.len(), 69);
    let (found, _) = view(&ravi, OF_DOCK4, "?q=vera").await;
    assert_eq!(found, ["vera.viewer.dock4@acme.example"]);
}

#[actix_web::test]
async fn the_projects_of_an_organization_are_a_list_too() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..60 {
            let (slug, name) = (format!("yard-{n:02}"), format!("Yard {}", n % 4));
            cast::insert_project(conn, ("acme", "north"), &slug, &name);
        }
        Ok(())
    });
    let north = "/accounts/acme/organizations/north";
    let slugs = |page: &Answer| page.page().texts(".cards .card-link span:first-of-type");
    let olga = app.signed_in("olga@acme.example");
    for (query, expected) in [
        ("", 61),
        ("?q=yard", 60),
        ("?q=yard-1", 10),
        ("?per=100", 61),
    ] {
        let forth = through(&olga, &format!("{north}{query}"), "next").await;
        let there: Vec<String> = forth.iter().flat_map(slugs).collect();
        assert_eq!(there.len(), expected, "{query}");
        let (_, rows) = csv(&olga.get(&format!("{north}/projects.csv{query}")).await);
        let in_file: Vec<String> = rows.iter().map(|row| row[1].clone()).collect();
        assert_eq!(in_file, there, "{query}");
    }
}

/// The sixty organizations, archived or deleted.
fn put_away(app: &TestApp, as_: &str) {
    many(app);
    app.sql(|conn| {
        let away = organizations::table.filter(organizations::name.like("Plant%"));
        let now = cast::morning();
        diesel::update(away)
            .set((
                organizations::status.eq(as_),
                organizations::archived_at.eq((as_ == "archived").then_some(now)),
                organizations::deleted_at.eq((as_ == "deleted").then_some(now)),
                organizations::deleted_by
                    .eq((as_ == "deleted").then(|| cast::user("olga@acme.example"))),
            ))
            .execute(conn)
    });
}

#[actix_web::test]
async fn archived_and_deleted_organizations_are_lists_too() {
    for shelf in ["archived", "deleted"] {
        let app = TestApp::start().await;
        put_away(&app, shelf);
        let olga = app.signed_in("olga@acme.example");
        let list = format!("{ORGANIZATIONS}/{shelf}");
        for (query, expected) in [
            ("", 60),
            ("?sort=-name", 60),
            ("?sort=-slug&per=50", 60),
            ("?q=plant-1", 10),
            ("?q=north", 0),
        ] {
            let forth = through(&olga, &format!("{list}{query}"), "next").await;
            let there: Vec<String> = forth.iter().flat_map(slugs).collect();
            assert_eq!(there.len(), expected, "{shelf} {query}");
            let (_, rows) = csv(&olga.get(&format!("{list}.csv{query}")).await);
            let in_file: Vec<String> = rows.iter().map(|row| row[1].clone()).collect();
            assert_eq!(in_file, there, "{shelf} {query}");
            let back = through(&olga, &forth.last().unwrap().path, "prev").await;
            let mut back: Vec<Vec<String>> = back.iter().map(slugs).collect();
            back.reverse();
            assert_eq!(back.concat(), there, "{shelf} {query}: on the way back");
        }
        let nothing = olga.get(&format!("{list}?q=zzz")).await;
        assert!(nothing.words().contains("Clear the search"));
    }
}

#[actix_web::test]
async fn the_deleted_ones_are_listed_for_whoever_may_have_them_back() {
    let app = TestApp::start().await;
    put_away(&app, "deleted");
    app.sql(|conn| {
        let plant = cast::organization("plant-07");
        // A role on what is deleted opens nothing (S23): one from above does.
        let six = cast::organization("plant-06");
        cast::give_on(conn, "sam@acme.example", "admin", six, false);
        cast::put_below(conn, "plant-07", "south");
        let south = cast::organization("south");
        cast::give_on(conn, "sam@acme.example", "admin", south, true);
        people::hidden(conn, plant).unwrap();
        Ok(())
    });
    let sam = app.signed_in("sam@acme.example");
    let list = format!("{ORGANIZATIONS}/deleted");
    assert_eq!(slugs(&sam.get(&list).await), ["plant-07"]);
    let (_, rows) = csv(&sam.get(&format!("{list}.csv")).await);
    assert_eq!(rows.len(), 1);
}

#[actix_web::test]
async fn groups_are_a_list_too() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..60 {
            cast::insert_group(conn, "acme", &format!("Ring {n:02}"));
        }
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let names = |page: &Answer| page.page().texts("tbody th a");
    let list = "/accounts/acme/groups";
    for (query, expected) in [
        ("", 61),
        ("?sort=-name", 61),
        ("?q=ring+1", 10),
        ("?q=x", 0),
    ] {
        let forth = through(&olga, &format!("{list}{query}"), "next").await;
        let there: Vec<String> = forth.iter().flat_map(names).collect();
        assert_eq!(there.len(), expected, "{query}");
        let (_, rows) = csv(&olga.get(&format!("{list}.csv{query}")).await);
        let in_file: Vec<String> = rows.iter().map(|row| row[0].clone()).collect();
        assert_eq!(in_file, there, "{query}");
    }
}
