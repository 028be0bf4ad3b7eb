//! The page of one person: how their invitations fared, what the log says of them, and where their roles are changed.

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{grants, organizations, outbox, projects};
use tenantry::db::types::GrantId;

const SAM: &str = "sam@acme.example";
const DANA: &str = "dana@acme.example";
const LEE: &str = "lee@globex.example";

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}", user(email))
}

#[actix_web::test]
async fn invitations_are_told_with_what_became_of_their_mail() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    app.advance(Duration::minutes(5));
    ravi.post(&format!("{}/resend", page_of(DANA)), &[]).await;
    let rows = ravi.get(&page_of(DANA)).await.page();
    let rows = rows.texts("[aria-labelledby=invitations] tbody tr");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows[0].contains("Works until") && rows[0].contains("Queued"),
        "{rows:?}"
    );
    assert!(rows[1].contains("Replaced by a newer one"), "{rows:?}");
    app.sql(|conn| {
        diesel::update(outbox::table)
            .set((
                outbox::state.eq("failed"),
                outbox::last_error.eq(Some("550 no such user here")),
            ))
            .execute(conn)
    });
    let page = ravi.get(&page_of(DANA)).await;
    let failed = page
        .page()
        .texts("[aria-labelledby=invitations] tbody tr")
        .remove(0);
    assert!(
        failed.contains("Failed") && failed.contains("The mail server said: 550 no such user here"),
        "{failed}"
    );
    let vera = app.signed_in(&holder("viewer", At::Account));
    let seen = vera.get(&page_of(DANA)).await;
    assert!(!seen.page().has("#invitations"), "for whoever manages them");
}

#[actix_web::test]
async fn the_page_of_somebody_inactive_says_by_whom_and_why() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&format!("{}/deactivate", page_of(SAM))).await;
    let form = page.page().form("Deactivate User");
    let done = olga
        .submit(&page, &form.fill("reason", "Left on <Friday>"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    let facts = |words: String| {
        let at = words
            .find("Deactivated")
            .unwrap_or_else(|| panic!("{words}"));
        words[at..].to_owned()
    };
    let said = facts(
        olga.get(&page_of(SAM))
            .await
            .page()
            .texts("dl.facts")
            .remove(0),
    );
    assert_eq!(
        said,
        "Deactivated 2 Mar 2026 by Olga Owner Reason Left on <Friday>"
    );
    // A manager who reads no log sees it, too.
    let ravi = app.signed_in("ravi@acme.example");
    let words = ravi.get(&page_of(SAM)).await.words();
    assert!(words.contains("by Olga Owner"), "{words}");
    let back = olga.get(&format!("{}/reactivate", page_of(SAM))).await;
    let form = back.page().form("Reactivate User");
    olga.submit(&back, &form).await;
    let words = olga.get(&page_of(SAM)).await.words();
    assert!(!words.contains("Left on"), "{words}");
}

#[actix_web::test]
async fn whoever_reads_the_log_sees_what_happened_to_somebody_in_words() {
    let app = TestApp::start().await;
    let (olga, ravi) = (
        app.signed_in("olga@acme.example"),
        app.signed_in("ravi@acme.example"),
    );
    let fields = [
        ("user", user(SAM).to_string()),
        ("role", "billing".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let add = "/accounts/acme/organizations/north/projects/dock-4/users/add";
    assert_eq!(ravi.post(add, &fields).await.status, 303);
    let names = format!("{}/name", page_of(SAM));
    let page = ravi.get(&names).await;
    let form = page
        .page()
        .form("Save changes")
        .fill("first_name", "Samuel");
    ravi.submit(&page, &form).await;
    let shown = olga.get(&page_of(SAM)).await.page();
    let rows = shown.texts("[aria-labelledby=history] tbody tr");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows[0].contains("Ravi Users changed a person's details · before: Sam South"),
        "the newest first: {rows:?}"
    );
    assert!(
        rows[1].contains("Ravi Users gave a role · Billing on Dock 4"),
        "{rows:?}"
    );
    // Whoever does not hold audit.view is shown none of it; of a part, that part.
    for email in ["ravi@acme.example", &holder("viewer", At::Account)] {
        let seen = app.signed_in(email).get(&page_of(SAM)).await;
        assert!(!seen.page().has("#history"), "{email}");
    }
    let north = app.signed_in(&holder("admin", At::North));
    let seen = north.get(&page_of(SAM)).await.page();
    let rows = seen.texts("[aria-labelledby=history] tbody tr");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].contains("gave a role"), "{rows:?}");
}

#[actix_web::test]
async fn the_log_tells_the_last_twenty_and_nothing_of_another_account() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    // What happens at home stays there.
    app.visitor().sign_in(LEE).await;
    let seen = olga.get(&page_of(LEE)).await.page();
    assert!(seen.texts("[aria-labelledby=history] tbody tr").is_empty());
    assert!(seen.words().contains("Nothing was written down yet."));
    for _ in 0..25 {
        app.visitor().sign_in(SAM).await;
    }
    let seen = olga.get(&page_of(SAM)).await.page();
    let rows = seen.texts("[aria-labelledby=history] tbody tr");
    assert_eq!(rows.len(), 20);
    assert!(rows[0].contains("Sam South signed in"), "{rows:?}");
}

#[actix_web::test]
async fn each_place_leads_to_where_its_roles_are_changed_for_whoever_may() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "viewer", At::North);
        cast::give(conn, SAM, "viewer", At::Account);
        Ok(())
    });
    let changes = |page: crate::support::html::Page| -> Vec<(String, String)> {
        let links = page.links().into_iter();
        links
            .filter(|(words, _)| words.starts_with("Change roles on"))
            .collect()
    };
    let ravi = app.signed_in("ravi@acme.example");
    let all = changes(ravi.get(&page_of(SAM)).await.page());
    let member = format!("/accounts/acme/organizations/north/members/{}", user(SAM));
    let dock = "/accounts/acme/organizations/south/projects/dock-9/users";
    let whole = format!("{}/roles", page_of(SAM));
    let expected = [
        ("Change roles on Acme".to_owned(), whole),
        ("Change roles on North".to_owned(), member.clone()),
        ("Change roles on Dock 9".to_owned(), dock.to_owned()),
    ];
    assert_eq!(all, expected);
    for (_, href) in &all {
        assert_eq!(ravi.get(href).await.status, 200, "{href}");
    }
    // From the top of the page: to those roles, or to one more, anywhere.
    let page = ravi.get(&page_of(SAM)).await;
    assert_eq!(page.page().link("Change roles"), "#roles");
    let more = ravi.submit(&page, &page.page().form("Add role…")).await;
    assert_eq!(more.status, 200, "{}", more.words());
    assert!(more.words().contains("Sam South"), "{}", more.words());
    let uma = app.signed_in(&holder("user_management", At::North));
    let part = changes(uma.get(&page_of(SAM)).await.page());
    assert_eq!(part, [("Change roles on North".to_owned(), member)]);
    let vera = app.signed_in(&holder("viewer", At::Account));
    let seen = vera.get(&page_of(SAM)).await;
    assert!(changes(seen.page()).is_empty());
    assert!(!seen.words().contains("Change roles") && !seen.words().contains("Add role"));
    let own = app.signed_in(SAM).get(&page_of(SAM)).await.page();
    assert!(changes(own).is_empty());
}

#[actix_web::test]
async fn roles_on_the_account_and_on_a_group_are_changed_from_the_page_of_whoever_holds_them() {
    let app = TestApp::start().await;
    let coast = cast::group("Coast");
    app.sql(|conn| {
        cast::give(conn, SAM, "viewer", At::Account);
        cast::give_on_group(conn, SAM, "billing", coast);
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&page_of(SAM)).await.page();
    let group = page.link("Change roles on Coast");
    assert_eq!(ravi.get(&group).await.status, 200);
    let whole = ravi.get(&page.link("Change roles on Acme")).await;
    assert_eq!(whole.page().h1(), "Roles of Sam South");
    let form = whole.page().form("Review changes");
    let form = form.untick("role", "viewer").tick("role", "reporting");
    let review = ravi.submit(&whole, &form).await;
    for says in [
        "Sam South loses Viewer.",
        "Sam South gets Reporting",
        "everywhere in it",
    ] {
        assert!(review.words().contains(says), "{}", review.words());
    }
    assert_eq!(on_acme(&app), ["viewer"], "nothing is stored yet");
    let form = review.page().form("Submit");
    let done = ravi.submit(&review, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(on_acme(&app), ["reporting"]);
    let back = ravi.follow(done).await;
    let undo = back.page().form("Undo");
    ravi.submit(&back, &undo).await;
    assert_eq!(on_acme(&app), ["viewer"]);
}

#[actix_web::test]
async fn nobody_becomes_or_stops_being_an_owner_by_a_form_of_roles() {
    let app = TestApp::start().await;
    let anna = holder("admin", At::Account);
    app.sql(|conn| {
        cast::give(conn, &anna, "owner", At::Account);
        cast::give(conn, SAM, "viewer", At::Account);
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let path = |email: &str| format!("{}/roles", page_of(email));
    let page = olga.get(&path(&anna)).await;
    assert!(page.page().has("input[value=owner][checked][disabled]"));
    let seen = [
        ("seen", "admin"),
        ("seen", "owner"),
        ("role", "admin"),
        ("role", "viewer"),
    ];
    let taken = olga
        .post(&path(&anna), &[&seen[..], &[("confirmed", "yes")]].concat())
        .await;
    assert_eq!(taken.status, 403, "{}", taken.words());
    assert_eq!(roles_on_acme(&app, &anna), ["admin", "owner"]);
    let form = page.page().form("Review changes").tick("role", "viewer");
    let review = olga.submit(&page, &form).await;
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let roles = roles_on_acme(&app, &anna);
    assert_eq!(
        roles,
        ["admin", "owner", "viewer"],
        "what cannot be unticked stays"
    );
    let page = olga.get(&path(SAM)).await;
    assert!(!page.page().has("input[value=owner]"));
    let forged = [
        ("seen", "viewer"),
        ("role", "viewer"),
        ("role", "owner"),
        ("confirmed", "yes"),
    ];
    let forged = olga.post(&path(SAM), &forged).await;
    assert_eq!(forged.status, 403, "{}", forged.words());
    let says = "The gate that refused: approval.";
    assert!(forged.words().contains(says), "{}", forged.words());
    assert_eq!(on_acme(&app), ["viewer"]);
}

fn on_acme(app: &TestApp) -> Vec<String> {
    roles_on_acme(app, SAM)
}

fn roles_on_acme(app: &TestApp, email: &str) -> Vec<String> {
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(email)))
            .filter(grants::scope.eq("account"))
            .order(grants::role)
            .select(grants::role)
            .load(conn)
    })
}

#[actix_web::test]
async fn rule_8_somebody_is_added_to_a_reservation_from_their_own_page() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    for email in [SAM, DANA] {
        let page = ravi.get(&page_of(email)).await;
        let add = page.page().form("Add to reservation…");
        let choose = ravi.submit(&page, &add).await;
        assert_eq!(choose.page().h1(), "Add to Reservation");
        let dock = cast::project("dock-4").to_string();
        let form = choose.page().form("Review").tick("place", &dock);
        let review = ravi.submit(&choose, &form.tick("role", "billing")).await;
        let done = ravi.submit(&review, &review.page().form("Submit")).await;
        assert_eq!(done.status, 303, "{email}: {}", done.words());
        let scope = GrantId::from_uuid(cast::project("dock-4").uuid());
        let held: i64 = app.sql(|conn| {
            let on_dock = grants::table.filter(grants::scope_id.eq(scope));
            let theirs = on_dock.filter(grants::user_id.eq(user(email)));
            let billing = theirs.filter(grants::role.eq("billing"));
            billing.count().get_result(conn)
        });
        assert_eq!(held, 1, "{email}");
    }
    // Not of whom one does not manage, of whom is shut out, or of oneself.
    let vera = holder("viewer", At::Account);
    for (reader, email) in [
        (vera.as_str(), SAM),
        ("ravi@acme.example", "ines@acme.example"),
        ("ravi@acme.example", "ravi@acme.example"),
    ] {
        let seen = app.signed_in(reader).get(&page_of(email)).await;
        assert!(!seen.words().contains("Add to reservation"), "{email}");
    }
}

#[actix_web::test]
async fn where_there_is_no_project_yet_the_form_to_add_somebody_says_so() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give_at(conn, "globex", "lee@globex.example", "reporting");
        diesel::update(projects::table)
            .set(projects::status.eq("archived"))
            .execute(conn)
    });
    let gil = app.signed_in("gil@globex.example");
    let page = gil
        .get(&format!("/accounts/globex/users/{}", user(LEE)))
        .await;
    let add = page.page().form("Add to project…");
    let choose = gil.submit(&page, &add).await;
    let says = "There are no projects yet in the places where you manage users.";
    assert!(choose.words().contains(says), "{}", choose.words());
    assert!(!choose.page().has("main form"), "nothing to fill in");
}

/// The list of Managed Accounts, and where each line leads: to look at, and to change.
fn managed(page: &crate::support::html::Page) -> Vec<String> {
    page.texts("[aria-labelledby=accounts] li")
}

#[actix_web::test]
async fn managed_accounts_lists_every_organization_that_is_reached_and_by_how_much() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for (slug, name) in [("east", "East"), ("pier", "Pier"), ("quay", "Quay")] {
            cast::insert_organization(conn, "acme", slug, name);
        }
        cast::put_below(conn, "pier", "north");
        cast::insert_project(conn, ("acme", "south"), "dock-10", "Dock 10");
        cast::insert_project(conn, ("acme", "pier"), "berth-1", "Berth 1");
        cast::give_on(conn, SAM, "viewer", cast::organization("north"), true);
        cast::give_on_group(conn, SAM, "billing", cast::group("Coast"));
        cast::tick(conn, cast::group("Coast"), cast::organization("east"));
        cast::insert_group(conn, "acme", "Valley");
        cast::give_on_group(conn, SAM, "billing", cast::group("Valley"));
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let sam = user(SAM).to_string();
    for place in ["south/projects/dock-10", "pier/projects/berth-1"] {
        let add = format!("/accounts/acme/organizations/{place}/users/add");
        let done = ravi.post(&add, &[("user", &sam), ("role", "viewer")]).await;
        assert_eq!(done.status, 303, "{}", done.words());
    }
    let page = ravi.get(&page_of(SAM)).await.page();
    let change = |name: &str| format!("Change managed account {name}");
    assert_eq!(
        managed(&page),
        [
            format!("East (group Coast) {}", change("East")),
            format!("North and everything below it {}", change("North")),
            format!("South (only Dock 10, Dock 9) {}", change("South")),
            format!(
                "group Valley (no organization in it yet) {}",
                change("Valley")
            ),
        ],
        "Pier is reached from North, and not with a project alone"
    );
    let acme = "/accounts/acme/organizations";
    for (name, slug) in [("East", "east"), ("North", "north"), ("South", "south")] {
        let links = page.links();
        let href = format!("{acme}/{slug}");
        let opened = ravi.get(&href).await;
        assert!(links.contains(&(name.to_owned(), href)) && opened.status == 200);
    }
    for name in ["East", "North", "Valley"] {
        let href = page.link(&change(name));
        assert_eq!(ravi.get(&href).await.status, 200, "{href}");
    }
    let of_both = page.link(&change("South"));
    assert_eq!(of_both, "#roles", "each of the two is changed on its own");
    let member = format!("{acme}/north/members/{}", user(SAM));
    assert_eq!(page.link(&change("North")), member);
    // Of a part, that part; for whoever only looks, without a way to change it.
    let uma = app.signed_in(&holder("user_management", At::North));
    assert_eq!(
        managed(&uma.get(&page_of(SAM)).await.page()),
        [format!("North and everything below it {}", change("North"))]
    );
    let vera = app.signed_in(&holder("viewer", At::Account));
    let seen = vera.get(&page_of(SAM)).await.page();
    assert_eq!(managed(&seen)[2], "South (only Dock 10, Dock 9)");
    // A role on the account is all of it.
    app.sql(|conn| {
        cast::give(conn, SAM, "viewer", At::Account);
        Ok(())
    });
    let page = ravi.get(&page_of(SAM)).await.page();
    assert_eq!(managed(&page), [format!("all of Acme {}", change("Acme"))]);
    assert_eq!(
        page.link(&change("Acme")),
        format!("{}/roles", page_of(SAM))
    );
}

#[actix_web::test]
async fn managed_accounts_lists_nothing_that_is_reached_only_later_or_not_any_more() {
    let app = TestApp::start().await;
    let (before, later) = (
        app.now().plus(chrono::Duration::days(-1)),
        app.now().plus(chrono::Duration::days(3)),
    );
    app.sql(|conn| {
        cast::give_between(conn, SAM, "viewer", At::North, (Some(later), None));
        cast::give_between(conn, SAM, "billing", At::Account, (Some(later), None));
        cast::give_between(conn, SAM, "viewer", At::Dock4, (None, Some(before)));
        Ok(())
    });
    let shown = async || {
        let ravi = app.signed_in("ravi@acme.example");
        managed(&ravi.get(&page_of(SAM)).await.page())
    };
    let of_south = "South (only Dock 9) Change managed account South";
    assert_eq!(shown().await, [of_south]);
    app.advance(chrono::Duration::days(3));
    assert_eq!(shown().await, ["all of Acme Change managed account Acme"]);
}

#[actix_web::test]
async fn who_asks_about_themself_is_not_told_to_ask_themself() {
    let app = TestApp::start().await;
    for (who, name) in [
        ("olga@acme.example", "Olga Owner"),
        ("ravi@acme.example", "Ravi Users"),
    ] {
        let own = format!("{}/deactivate", page_of(who));
        let refused = app.signed_in(who).get(&own).await;
        assert_eq!(refused.status, 403);
        let words = refused.words();
        let (_, ask) = words.split_once(" Ask: ").expect("whom to ask");
        let (ask, _) = ask.split_once(" The gate").expect("their end");
        assert!(!ask.contains(name), "{words}");
        assert!(ask.contains("Anna"), "{words}");
    }
}

#[actix_web::test]
async fn s23_a_deleted_organization_is_not_among_the_managed_accounts() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "viewer", At::North);
        cast::tick(conn, cast::group("Coast"), cast::organization("south"));
        cast::give_on_group(conn, SAM, "viewer", cast::group("Coast"));
        let south = organizations::table.filter(organizations::slug.eq("south"));
        diesel::update(south)
            .set(organizations::status.eq("deleted"))
            .execute(conn)?;
        tenantry::members::people::hidden(conn, cast::organization("south"))
            .map_err(|_| diesel::result::Error::RollbackTransaction)
    });
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&page_of(SAM)).await.page();
    let all = managed(&page);
    assert!(all[0].starts_with("North ") && all.len() == 2, "{all:?}");
    assert!(
        all[1].starts_with("group Coast (no organization"),
        "{all:?}"
    );
}

#[actix_web::test]
async fn each_role_says_by_what_it_is_held_and_when_it_was_given_a_project_under_its_organization()
{
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "viewer", At::Dock4);
        cast::give_on(conn, SAM, "billing", cast::organization("north"), true);
        cast::give_on_group(conn, SAM, "viewer", cast::group("Coast"));
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&page_of(SAM)).await.page();
    let rows = page.texts("[aria-labelledby=roles] tbody tr");
    let begin = [
        "Coast Group of organizationsChange roles on Coast Viewer From group Coast Given on",
        "North Organization and everything below itChange roles on North Billing From sub-account rule Given on",
        "Dock 4 Reservation in NorthChange roles on Dock 4 Viewer Direct Given on",
        "South Organization",
        "Dock 9 Reservation in SouthChange roles on Dock 9 Viewer Direct Given on",
    ];
    assert_eq!(rows.len(), begin.len(), "{rows:?}");
    for (row, begin) in rows.iter().zip(begin) {
        assert!(row.starts_with(begin), "{begin:?} in {row:?}");
    }
    let under = page.texts("[aria-labelledby=roles] tbody.under tr");
    assert_eq!(under.len(), 2, "{under:?}");
    // Day, time and zone, for people and for machines.
    let given = "[aria-labelledby=roles] tbody:last-child time";
    let (told, at) = (page.text(given), page.attribute(given, "datetime").unwrap());
    assert!(told.ends_with(" UTC") && told.contains(':'), "{told}");
    assert!(at.parse::<chrono::DateTime<chrono::Utc>>().is_ok(), "{at}");
}
