//! Switching without losing one's place: the same page there, else the list above it, else the front page, each time
//! with a sentence that says why (rules 2 and 3, S5, S7).

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person};
use crate::support::dump;
use crate::support::routes::near;
use crate::support::visitor::{Answer, Visitor};
use actix_web::http::Method;
use tenantry::members::Status;
use tenantry::routes::table;

const NORTH: &str = "/accounts/acme/organizations/north";
const SOUTH: &str = "/accounts/acme/organizations/south";
const OLGA: &str = "olga@acme.example";

/// Where the switcher's entry for South leads from a page.
async fn to_south(visitor: &Visitor<'_>, page: &str) -> String {
    let page: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
    let list = visitor
        .get(&format!("/accounts/acme/switcher?q=sou&return={page}"))
        .await;
    list.page()
        .attribute(".choices-list a", "href")
        .unwrap_or_else(|| panic!("{}", list.words()))
}

async fn switched(visitor: &Visitor<'_>, page: &str) -> Answer {
    visitor.get(&to_south(visitor, page).await).await
}

fn notice(answer: &Answer) -> String {
    // A page may have notes of its own below.
    let notes = answer.page().texts(".note p");
    notes.into_iter().next().unwrap_or_default()
}

#[actix_web::test]
async fn rule_3_every_page_of_an_organization_has_its_place_in_another() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let mut bad = Vec::new();
    let below = |path: &str| path.starts_with("/accounts/{account}/organizations/{organization}");
    let rows = table();
    let pages = rows
        .iter()
        .filter(|row| row.method == Method::GET && below(row.path));
    for row in pages {
        let path = near(row.path);
        let here = olga.get(&path).await;
        if here.status >= 400 || !here.is_page() {
            continue;
        }
        let to = to_south(&olga, &path).await;
        let page = olga.get(&to).await;
        if page.status != 200 || !to.starts_with(SOUTH) {
            bad.push(format!("{path} leads to {to}: {}", page.status));
            continue;
        }
        let (told, back) = (notice(&page), page.page().link("Back to North"));
        if !told.starts_with("You are now in South (Acme).") {
            bad.push(format!("{to} says {told:?}"));
        }
        let kept = !row
            .path
            .rsplit("/{organization}")
            .next()
            .unwrap()
            .contains('{');
        let same = to.split('?').next() == Some(path.replace("/north", "/south").as_str());
        if kept != same {
            bad.push(format!("{path} leads to {to}"));
        }
        if back != path {
            bad.push(format!("{to} leads back to {back}, not to {path}"));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[actix_web::test]
async fn pages_of_the_account_lead_to_the_front_page() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    for row in table().iter().filter(|row| row.method == Method::GET) {
        let of_account = row.path.starts_with("/accounts/{account}");
        if of_account && !row.path.contains("{organization}") {
            let path = near(row.path);
            assert_eq!(to_south(&olga, &path).await, SOUTH, "{path}");
        }
    }
}

#[actix_web::test]
async fn what_exists_in_one_organization_alone_leads_to_the_list_of_the_other_and_says_why() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let device = cast::device("scanner-4");
    for (page, leads, says) in [
        (
            format!("{NORTH}/projects/dock-4/users"),
            SOUTH.to_owned(),
            "Dock 4 belongs to North. These are South's reservations.",
        ),
        (
            format!("{NORTH}/devices/{device}/edit"),
            format!("{SOUTH}/devices"),
            "Scanner 4 belongs to North. These are South's devices.",
        ),
    ] {
        let answer = switched(&olga, &page).await;
        assert_eq!(answer.path.split('?').next(), Some(leads.as_str()));
        assert!(notice(&answer).contains(says), "{}", notice(&answer));
    }
}

#[actix_web::test]
async fn what_may_not_be_opened_there_leads_to_the_front_page_and_says_which_role_one_has() {
    let app = TestApp::start().await;
    let otto = cast::holder("operations", At::North);
    app.sql(|conn| {
        cast::give(conn, &otto, "billing", At::South);
        Ok(())
    });
    let otto = app.signed_in(&otto);
    let answer = switched(&otto, &format!("{NORTH}/devices")).await;
    assert_eq!(answer.path.split('?').next(), Some(SOUTH));
    let says = "You cannot open Devices in South. Your role there is Billing.";
    assert!(notice(&answer).contains(says), "{}", notice(&answer));
}

#[actix_web::test]
async fn filters_are_kept_and_what_names_an_object_or_a_place_in_a_list_is_dropped() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let page =
        format!("{NORTH}/devices?q=sc&status=active&sort=-last_seen&per=50&after=a&id=b&model=x");
    assert_eq!(
        to_south(&olga, &page).await,
        format!("{SOUTH}/devices?q=sc&status=active&sort=-last_seen&per=50&from=north%2Fdevices")
    );
}

#[actix_web::test]
async fn s5_an_address_that_claims_to_come_from_elsewhere_tells_nothing() {
    let app = TestApp::start().await;
    let vera = app.signed_in(&cast::holder("viewer", At::North));
    let plain = vera.get(NORTH).await;
    for from in [
        "south",
        "south/projects/dock-9",
        "hub/projects/bay-1",
        "no-such/x",
        "north/projects/dock-4",
        "<script>",
        "",
    ] {
        let from: String = form_urlencoded::byte_serialize(from.as_bytes()).collect();
        let answer = vera.get(&format!("{NORTH}?from={from}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.page().texts(".note"),
            plain.page().texts(".note"),
            "{from}"
        );
    }
}

#[actix_web::test]
async fn s7_following_the_switcher_stores_nothing() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let before = app.sql(|conn| Ok(dump::rows(conn, &[])));
    switched(&olga, &format!("{NORTH}/devices")).await;
    assert_eq!(app.sql(|conn| Ok(dump::rows(conn, &[]))), before);
}

#[actix_web::test]
async fn set_organization_goes_back_to_the_same_page_and_keeps_the_choice() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let list = olga
        .get("/accounts/acme/organizations?return=/accounts/acme/organizations/north/devices")
        .await;
    assert!(
        list.words().contains("You will go back to Devices"),
        "{}",
        list.words()
    );
    let south = cast::organization("south").to_string();
    let form = list
        .page()
        .form("Set Organization")
        .tick("organization", &south);
    let sent = olga.submit(&list, &form).await;
    let page = olga.follow(sent).await;
    assert_eq!(
        page.path.split('?').next(),
        Some(format!("{SOUTH}/devices").as_str())
    );
    assert!(
        notice(&page).contains("South is now your selected organization."),
        "{}",
        notice(&page)
    );
    assert_eq!(
        page.page().link("Back to North"),
        format!("{NORTH}/devices")
    );
}

#[actix_web::test]
async fn rule_2_two_tabs_in_two_organizations_write_where_their_address_says() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    // Both forms are open before either is sent; the session is one and the same.
    let north = olga.get(&format!("{NORTH}/devices/new")).await;
    let south = switched(&olga, &north.path).await;
    let form = |page: &Answer, place: &str, identifier: &str| {
        let form = page.page().form(&format!("Add device to {place}"));
        // A forged organization in the form does not matter: the address decides.
        let form = form.forge("organization", &cast::organization("south").to_string());
        form.fill("identifier", identifier).fill("name", place)
    };
    for (page, place, identifier) in [
        (&north, "North", "N-1"),
        (&south, "South", "S-1"),
        (&north, "North", "N-2"),
        (&south, "South", "S-2"),
    ] {
        let sent = olga.submit(page, &form(page, place, identifier)).await;
        let there = olga.follow(sent).await;
        assert!(
            there.words().contains(&format!("Organization {place}")),
            "{}",
            there.words()
        );
    }
}

#[actix_web::test]
async fn the_switcher_finds_by_name_short_name_and_id_and_says_how_many_there_are() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..60 {
            cast::insert_organization(conn, "acme", &format!("depot-{n}"), &format!("Lager {n}"));
        }
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let all = olga.get("/accounts/acme/switcher").await;
    assert!(all.words().contains("see all 62"), "{}", all.words());
    let id = cast::organization("depot-7").to_string();
    for q in ["lager 7", "depot-7", id.as_str()] {
        let found = olga
            .get(&format!(
                "/accounts/acme/switcher?q={}",
                q.replace(' ', "+")
            ))
            .await;
        assert_eq!(found.page().text(".choices-list a .clip"), "Lager 7", "{q}");
    }
    let none = olga.get("/accounts/acme/switcher?q=xyz").await;
    assert!(
        none.words()
            .contains("No organization matches ‘xyz’. See all 62"),
        "{}",
        none.words()
    );
}

#[actix_web::test]
async fn a_guest_is_told_nothing_of_organizations_that_they_do_not_see() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        Person::of("acme", "nina@acme.example", "Nina", "New").insert(conn);
        cast::give(conn, "nina@acme.example", "viewer", At::North);
        Ok(())
    });
    let nina = app.signed_in("nina@acme.example");
    let list = nina.get("/accounts/acme/switcher?q=sou").await;
    assert!(list.words().contains("See all 1"), "{}", list.words());
    assert!(!list.words().contains("South"));
}

#[actix_web::test]
async fn a_switch_of_the_account_keeps_the_page_and_remembers_the_last_place_of_each() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_organization(conn, "globex", "yard", "Yard");
        Ok(())
    });
    let lee = app.signed_in("lee@globex.example");
    lee.get("/accounts/globex/organizations/yard").await;
    lee.get(NORTH).await;
    let device = cast::device("scanner-4");
    for (page, leads, says) in [
        (
            "/accounts/acme/user-management?q=an&after=x".to_owned(),
            "/accounts/globex/user-management?q=an",
            "You are now in Globex. Back to Acme",
        ),
        (
            format!("/accounts/acme/users/{}", cast::user("dana@acme.example")),
            "/accounts/globex",
            "You are now in Globex. Back to Acme",
        ),
        (
            format!("{NORTH}/devices/{device}"),
            "/accounts/globex/organizations/yard/devices",
            "You are now in Yard (Globex). Back to Acme",
        ),
        (
            NORTH.to_owned(),
            "/accounts/globex/organizations/yard",
            "You are now in Yard (Globex). Back to Acme",
        ),
    ] {
        let from: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
        let list = lee.get(&format!("/accounts?return={from}")).await;
        let cards = list.page().links();
        let card = cards.iter().find(|(words, _)| words.starts_with("Globex"));
        let there = lee.open(&card.unwrap().1).await;
        assert_eq!(there.path, leads, "{page}");
        assert_eq!(there.status, 200, "{page}");
        assert!(notice(&there).contains(says), "{}", notice(&there));
        // So that the next one comes from Acme again.
        lee.get(NORTH).await;
    }
    // Whoever is in no such account is led to the choice.
    let sam = app.signed_in("sam@acme.example");
    let there = sam.get("/?account=globex&return=/accounts/acme").await;
    assert_eq!(there.location().as_deref(), Some("/accounts"));
}

fn encoded(page: &str) -> String {
    form_urlencoded::byte_serialize(page.as_bytes()).collect()
}

#[actix_web::test]
async fn the_second_page_of_ones_accounts_keeps_the_way_back() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..100 {
            let slug = format!("branch-{n:03}");
            cast::insert_account(conn, &slug, &format!("Branch {n:03}"), ("Site", "Sites"));
            let lee = ("lee@globex.example", "Lee", "Guest");
            cast::belong(conn, &slug, lee, true, Status::Active);
            cast::give_at(conn, &slug, "lee@globex.example", "viewer");
        }
        Ok(())
    });
    let lee = app.signed_in("lee@globex.example");
    let from = "/accounts/acme/organizations/north/members?q=a";
    let path = format!("/accounts?return={}", encoded(from));
    let first = lee.get(&path).await;
    let second = lee.get(&first.page().link("Next")).await;
    let links = second.page().links();
    let kept = format!("return={}", encoded(from));
    let cards: Vec<_> = links
        .iter()
        .filter(|(_, href)| href.starts_with("/?account="))
        .collect();
    assert!(!cards.is_empty());
    assert!(
        cards.iter().all(|(_, href)| href.ends_with(&kept)),
        "{cards:?}"
    );
}
