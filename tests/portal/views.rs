//! User Management word by word (ux 6.9): how many there are of each view, who is shut out by whom and why, what can be
//! filtered, and what somebody sees who manages only a part.

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{grants, memberships, users};

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::html::Page;
use crate::support::visitor::Answer;

const PEOPLE: &str = "/accounts/acme/user-management";
const RAVI: &str = "ravi@acme.example";

fn addresses(answer: &Answer) -> Vec<String> {
    answer
        .page()
        .texts("section[aria-labelledby=active] tbody th > small")
}

fn links(answer: &Answer) -> Vec<String> {
    let links = answer.page().links().into_iter();
    links.map(|(words, _)| words).collect()
}

#[actix_web::test]
async fn the_views_say_how_many_there_are_up_to_ninety_nine() {
    let app = TestApp::start().await;
    let soon = app.now().plus(Duration::minutes(10));
    app.sql(|conn| {
        diesel::update(users::table.filter(users::id.eq(user("sam@acme.example"))))
            .set(users::locked_until.eq(Some(soon)))
            .execute(conn)
    });
    let ravi = app.signed_in(RAVI);
    let shown = links(&ravi.get(PEOPLE).await);
    for view in [
        "Active Users (28)",
        "Invited (1)",
        "Inactive Users (1)",
        "Locked (1)",
        "Requests (2)",
    ] {
        assert!(shown.iter().any(|link| link == view), "{view} in {shown:?}");
    }
    // Narrowed by something else, the numbers would be others: then there are none.
    let shown = links(&ravi.get(&format!("{PEOPLE}?q=a")).await);
    assert!(shown.iter().any(|link| link == "Invited"), "{shown:?}");
    app.sql(|conn| {
        for n in 0..100 {
            let email = format!("crowd{n:03}@acme.example");
            Person::of("acme", &email, "Crowd", &format!("{n:03}")).insert(conn);
        }
        Ok(())
    });
    let shown = links(&ravi.get(PEOPLE).await);
    let many = "Active Users (128)";
    assert!(shown.iter().any(|link| link == many), "{shown:?}");
}

#[actix_web::test]
async fn who_sees_a_part_is_told_how_many_there_are_in_it() {
    let app = TestApp::start().await;
    let (soon, otto) = (
        app.now().plus(Duration::minutes(10)),
        holder("operations", At::Dock4),
    );
    app.sql(|conn| {
        cast::give(conn, "ines@acme.example", "viewer", At::Dock4);
        diesel::update(users::table.filter(users::id.eq(user(&otto))))
            .set(users::locked_until.eq(Some(soon)))
            .execute(conn)
    });
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let page = uma.get(PEOPLE).await;
    let shown = links(&page);
    for view in [
        "Invited (1)",
        "Inactive Users (1)",
        "Locked (1)",
        "Requests",
    ] {
        assert!(shown.iter().any(|link| link == view), "{view} in {shown:?}");
    }
    let all: usize = uma
        .get(&format!("{PEOPLE}?status=active&per=100"))
        .await
        .page()
        .texts("section[aria-labelledby=active] tbody tr")
        .len();
    let active = format!("Active Users ({all})");
    assert!(shown.contains(&active), "{active} in {shown:?}");
    // Of one's part alone: the account has more.
    let ravi = links(&app.signed_in(RAVI).get(PEOPLE).await);
    assert!(!ravi.contains(&active), "{ravi:?}");
    // A part that is large is not counted.
    app.sql(|conn| {
        for n in 0..201 {
            let email = format!("crowd{n:03}@acme.example");
            Person::of("acme", &email, "Crowd", &format!("{n:03}")).insert(conn);
            cast::give(conn, &email, "viewer", At::Dock4);
        }
        Ok(())
    });
    let shown = links(&uma.get(PEOPLE).await);
    assert!(shown.iter().any(|link| link == "Active Users"), "{shown:?}");
}

#[actix_web::test]
async fn whoever_is_alone_is_told_how_others_come() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_account(conn, "solo", "Solo", ("Site", "Sites"));
        Person::of("solo", "ida@solo.example", "Ida", "Only").insert(conn);
        cast::give_at(conn, "solo", "ida@solo.example", "owner");
        Ok(())
    });
    let says = "No one here yet but you. Add New User or import a list.";
    let ida = app.signed_in("ida@solo.example");
    let page = ida.get("/accounts/solo/user-management").await;
    assert!(page.words().contains(says), "{}", page.words());
    let ravi = app.signed_in(RAVI).get(PEOPLE).await;
    assert!(!ravi.words().contains(says), "{}", ravi.words());
}

#[actix_web::test]
async fn rule_11_who_is_inactive_is_told_since_when_by_whom_and_why() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let ask = format!(
        "/accounts/acme/users/{}/deactivate",
        user("sam@acme.example")
    );
    let page = ravi.get(&ask).await;
    let form = page.page().form("Deactivate User");
    let done = ravi
        .submit(&page, &form.fill("reason", "Left for <b>good</b>"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    for path in [PEOPLE.to_owned(), format!("{PEOPLE}?status=inactive")] {
        let page = ravi.get(&path).await.page();
        let rows = page.texts("section[aria-labelledby=inactive] tbody tr");
        let says =
            "Sam Southsam@acme.example 2 Mar 2026 Ravi Users Left for <b>good</b> Reactivate User";
        assert!(rows.iter().any(|row| row.contains(says)), "{rows:?}");
    }
}

#[actix_web::test]
async fn people_are_found_by_what_they_hold_their_roles_by() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let email = "wes@acme.example";
        Person::of("acme", email, "Wes", "West").insert(conn);
        cast::give_on_group(conn, email, "viewer", cast::group("Coast"));
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let more = ravi.get(&format!("{PEOPLE}?more=1")).await;
    for label in ["Role", "Organization", "Reservation", "Source"] {
        assert!(
            more.page().has(&format!("select[aria-label={label}]")),
            "{label}"
        );
    }
    let of_group = ravi.get(&format!("{PEOPLE}?source=group")).await;
    assert_eq!(addresses(&of_group), ["wes@acme.example"]);
    assert!(
        of_group.words().contains("From group Coast"),
        "{}",
        of_group.words()
    );
    assert!(
        of_group.words().contains("Filtered byFrom a group"),
        "{}",
        of_group.words()
    );
    let direct = ravi.get(&format!("{PEOPLE}?source=direct&per=100")).await;
    let found = addresses(&direct);
    assert!(found.len() > 20 && !found.contains(&"wes@acme.example".to_owned()));
    let both = ravi
        .get(&format!("{PEOPLE}?source=group&role=viewer"))
        .await;
    assert_eq!(addresses(&both), ["wes@acme.example"]);
    let none = ravi
        .get(&format!("{PEOPLE}?source=group&role=billing"))
        .await;
    assert!(none.words().contains("No users match"), "{}", none.words());
    // Of a group that one does not see nothing is told.
    app.sql(|conn| {
        cast::give(conn, "wes@acme.example", "billing", At::Dock4);
        Ok(())
    });
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let part = uma.get(&format!("{PEOPLE}?source=group")).await;
    assert!(part.words().contains("No users match"), "{}", part.words());
    let file = ravi.get(&format!("{PEOPLE}.csv?source=group")).await;
    assert_eq!(file.body.lines().count(), 2, "{}", file.body);
}

#[actix_web::test]
async fn every_way_somebody_holds_their_roles_by_is_shown_found_and_written_into_the_file() {
    let app = TestApp::start().await;
    let (wes, bea) = ("wes@acme.example", "bea@acme.example");
    app.sql(|conn| {
        Person::of("acme", wes, "Wes", "West").insert(conn);
        cast::give_on_group(conn, wes, "viewer", cast::group("Coast"));
        cast::give(conn, wes, "billing", At::Dock4);
        Person::of("acme", bea, "Bea", "Below").insert(conn);
        cast::give_on(conn, bea, "viewer", cast::organization("north"), true);
        Person::of("acme", "nils@acme.example", "Nils", "Nothing").insert(conn);
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let row = |page: &Answer, email: &str| {
        let rows = page
            .page()
            .texts("section[aria-labelledby=active] tbody tr");
        rows.into_iter().find(|row| row.contains(email)).unwrap()
    };
    let (both, rule) = ("Direct, From group Coast", "From sub-account rule");
    for (source, finds) in [
        ("direct", [true, false]),
        ("group", [true, false]),
        ("below", [false, true]),
    ] {
        for filter in [
            format!("source={source}"),
            format!(
                "source={source}&role={}",
                if source == "direct" {
                    "billing"
                } else {
                    "viewer"
                }
            ),
        ] {
            let list = ravi.get(&format!("{PEOPLE}?{filter}&per=100")).await;
            let found = addresses(&list);
            for (email, is_there) in [wes, bea].iter().zip(finds) {
                assert_eq!(found.contains(&(*email).to_owned()), is_there, "{filter}");
            }
            assert!(!found.contains(&"nils@acme.example".to_owned()), "{filter}");
            let file = ravi.get(&format!("{PEOPLE}.csv?{filter}")).await;
            assert_eq!(file.body.lines().count(), found.len() + 1, "{filter}");
        }
    }
    let list = ravi.get(&format!("{PEOPLE}?q=we")).await;
    assert!(row(&list, wes).contains(both), "{}", row(&list, wes));
    let list = ravi.get(&format!("{PEOPLE}?source=below")).await;
    let says = "North and everything below itFrom sub-account rule";
    assert!(row(&list, bea).contains(says), "{}", row(&list, bea));
    assert!(!row(&list, bea).contains("Direct"));
    let file = ravi.get(&format!("{PEOPLE}.csv")).await.body;
    let line = |email: &str| file.lines().find(|line| line.contains(email)).unwrap();
    assert!(line(wes).contains(&format!("\"{both}\"")), "{}", line(wes));
    assert!(line(bea).contains(rule) && !line(bea).contains("Direct"));
    assert!(
        !line("nils@acme.example").contains("Direct"),
        "who holds none"
    );
}

#[actix_web::test]
async fn the_file_of_the_view_is_offered_once_beside_adding_and_importing() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    for (query, file) in [
        ("", ".csv"),
        ("?status=inactive", ".csv?status=inactive"),
        ("?role=viewer", ".csv?role=viewer"),
        ("?q=zzz", ".csv?q=zzz"),
    ] {
        let page = ravi.get(&format!("{PEOPLE}{query}")).await.page();
        let actions = page.texts(".page-head .actions a");
        assert_eq!(actions, ["Add New User", "Import users", "Download CSV"]);
        let offered = links_to_files(&page);
        assert_eq!(offered, [format!("{PEOPLE}{file}")], "{query}");
    }
    let vera = app.signed_in(&holder("viewer", At::Account));
    let page = vera.get(PEOPLE).await.page();
    assert_eq!(page.texts(".page-head .actions a"), ["Download CSV"]);
    // Without the file below the rows, the number of rows is still chosen there.
    let all = ravi.get(&format!("{PEOPLE}?per=100")).await.page();
    let sizes = all.texts(".pager .sizes a");
    assert_eq!(sizes, ["25", "50"], "{sizes:?}");
}

fn links_to_files(page: &Page) -> Vec<String> {
    let links = page.links().into_iter();
    links
        .filter(|(words, _)| words == "Download CSV")
        .map(|(_, href)| href)
        .collect()
}

#[actix_web::test]
async fn people_are_found_who_have_not_signed_in_since_a_day() {
    let app = TestApp::start().await;
    let seen = |email: &str, days: i64| {
        let at = app.now().plus(Duration::days(-days));
        app.sql(|conn| {
            diesel::update(memberships::table.filter(memberships::user_id.eq(user(email))))
                .set(memberships::last_sign_in_at.eq(Some(at)))
                .execute(conn)
        });
    };
    app.sql(|conn| {
        let now = cast::morning();
        diesel::update(memberships::table)
            .set(memberships::last_sign_in_at.eq(Some(now)))
            .execute(conn)
    });
    seen("sam@acme.example", 40);
    seen("olga@acme.example", 20);
    // Invited: they have not signed in at all, and are not meant.
    seen("dana@acme.example", 50);
    let ravi = app.signed_in(RAVI);
    let found = ravi.get(&format!("{PEOPLE}?seen_before=2026-02-15")).await;
    assert_eq!(addresses(&found), ["olga@acme.example", "sam@acme.example"]);
    let tag = "Filtered byLast signed in before 2026-02-15";
    assert!(found.words().contains(tag), "{}", found.words());
    let value = found.page().attribute("input[type=date]", "value");
    assert_eq!(value.as_deref(), Some("2026-02-15"));
    let found = ravi.get(&format!("{PEOPLE}?seen_before=2026-02-01")).await;
    assert_eq!(addresses(&found), ["sam@acme.example"]);
    let both = ravi
        .get(&format!("{PEOPLE}?seen_before=2026-02-15&role=owner"))
        .await;
    assert_eq!(addresses(&both), ["olga@acme.example"]);
    // What is no day filters nothing.
    for wrong in ["2026-02-30", "yesterday", "2026-2-1"] {
        let all = ravi.get(&format!("{PEOPLE}?seen_before={wrong}")).await;
        assert!(addresses(&all).len() > 20, "{wrong}");
    }
}

#[actix_web::test]
async fn s4_whoever_lacks_a_reservation_is_told_which_and_removes_people_instead() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let page = uma.get(PEOPLE).await;
    let says = "Deactivating needs User Management in all 2 active reservations. You have it in 1. Missing: Dock 9.";
    assert!(page.words().contains(says), "{}", page.words());
    let who = uma
        .get(&page.page().link("See who can give it to you"))
        .await;
    for says in [
        "You may not do this in the account Acme",
        "An Admin or Owner",
        "Olga Owner",
        "Request access",
    ] {
        assert!(who.words().contains(says), "{says} in {}", who.words());
    }
    let buttons = page
        .page()
        .texts("section[aria-labelledby=active] tbody td button");
    assert!(
        buttons.contains(&"Remove from reservation…".to_owned()),
        "{buttons:?}"
    );
    assert!(!links(&page).contains(&"Deactivate User".to_owned()));
    let mut forms = page.page().forms().into_iter();
    let otto = user(&holder("operations", At::Dock4)).to_string();
    let row = forms.find(|form| {
        form.fields
            == [
                ("act".into(), "leave".into()),
                ("person".into(), otto.clone()),
            ]
    });
    let choose = uma.submit(&page, &row.expect("a form")).await;
    assert!(
        choose.words().contains("Remove from Reservation"),
        "{}",
        choose.words()
    );
    // With all of them, or with the whole account, nothing is missing.
    app.sql(|conn| {
        cast::give(
            conn,
            &holder("user_management", At::Dock4),
            "user_management",
            At::Dock9,
        );
        Ok(())
    });
    let page = uma.get(PEOPLE).await;
    assert!(!page.words().contains("Missing:"), "{}", page.words());
    assert!(links(&page).contains(&"Deactivate User".to_owned()));
    // And whom they could deactivate they can let in again, from the list.
    let inactive = format!("{PEOPLE}?status=inactive");
    let vera = holder("viewer", At::Dock4);
    let path = format!("/accounts/acme/users/{}/deactivate", user(&vera));
    assert_eq!(uma.post(&path, &[]).await.status, 303);
    let page = uma.get(&inactive).await;
    assert!(links(&page).contains(&"Reactivate User".to_owned()));
    let boxed = format!("input[form=bulk][value={}]", user(&vera));
    assert!(page.page().has(&boxed), "{}", page.words());
    app.sql(|conn| {
        let uma = user(&holder("user_management", At::Dock4));
        let dock = cast::project("dock-9");
        let one = grants::table
            .filter(grants::user_id.eq(uma))
            .filter(grants::project_id.eq(dock));
        diesel::update(one)
            .set(grants::ends_at.eq(Some(app.now())))
            .execute(conn)
    });
    let page = uma.get(&inactive).await;
    assert!(!links(&page).contains(&"Reactivate User".to_owned()));
    assert!(!page.page().has(&boxed), "{}", page.words());
    let ravi = app.signed_in(RAVI).get(PEOPLE).await;
    assert!(
        !ravi.words().contains("Missing:") && links(&ravi).contains(&"Change roles".to_owned())
    );
}

#[actix_web::test]
async fn s4_the_page_of_a_person_says_what_is_lacking_to_deactivate_them_too() {
    let app = TestApp::start().await;
    let (uma, vera) = (
        holder("user_management", At::Dock4),
        holder("viewer", At::Dock4),
    );
    let visitor = app.signed_in(&uma);
    let path = format!("/accounts/acme/users/{}", user(&vera));
    let page = visitor.get(&path).await;
    let says = "Deactivating needs User Management in all 2 active reservations. You have it in 1. Missing: Dock 9.";
    assert!(page.words().contains(says), "{}", page.words());
    assert!(!links(&page).contains(&"Deactivate User".to_owned()));
    let form = page.page().form("Remove from reservation…");
    let choose = visitor.submit(&page, &form).await;
    assert_eq!(choose.page().h1(), "Remove from Reservation");
    app.sql(|conn| {
        cast::give(conn, &uma, "user_management", At::Dock9);
        Ok(())
    });
    let page = visitor.get(&path).await;
    assert!(!page.words().contains("Missing:"), "{}", page.words());
    assert!(links(&page).contains(&"Deactivate User".to_owned()));
}

#[actix_web::test]
async fn rule_11_nobody_is_offered_to_shut_out_whom_they_cannot() {
    let app = TestApp::start().await;
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in("olga@acme.example"));
    let act = |name: &str| format!("td a[aria-label='Deactivate User: {name}']");
    let (ravis, olgas) = (ravi.get(PEOPLE).await.page(), olga.get(PEOPLE).await.page());
    let anna = act("Anna admin at acme");
    assert!(!ravis.has(&anna) && olgas.has(&anna));
    assert!(ravis.has("td a[aria-label^='Deactivate User: ']"));
    let person = format!(
        "/accounts/acme/users/{}",
        user(&holder("admin", At::Account))
    );
    let page = ravi.get(&person).await;
    let why = "An Admin can be deactivated only by another Admin or an Owner.";
    assert!(page.words().contains(why), "{}", page.words());
    assert!(!links(&page).contains(&"Deactivate User".to_owned()));
    assert!(links(&olga.get(&person).await).contains(&"Deactivate User".to_owned()));
    // Nor several at once, for whoever can shut out nobody.
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let offered = "#bulk option[value=deactivate]";
    assert!(ravis.has(offered) && !uma.get(PEOPLE).await.page().has(offered));
}

#[actix_web::test]
async fn rule_9_nobody_is_offered_to_withdraw_an_invitation_with_a_role_that_they_cannot_take() {
    let app = TestApp::start().await;
    let dana = "dana@acme.example";
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in("olga@acme.example"));
    let person = format!("/accounts/acme/users/{}", user(dana));
    let offers = async |visitor: &crate::support::visitor::Visitor<'_>| {
        let list = visitor.get(&format!("{PEOPLE}?status=invited")).await;
        let list = list.page();
        assert!(list.words().contains("Dana Invited"), "{}", list.words());
        let shown = visitor.get(&person).await.page();
        let in_row = "button[aria-label='Withdraw invitation: Dana Invited']";
        (
            list.has(in_row),
            shown.words().contains("Withdraw invitation"),
        )
    };
    assert_eq!(offers(&ravi).await, (true, true));
    app.sql(|conn| {
        cast::give(conn, dana, "auditor", At::North);
        Ok(())
    });
    assert_eq!(offers(&ravi).await, (false, false));
    assert_eq!(offers(&olga).await, (true, true));
    // And it would be refused.
    let refused = ravi.post(&format!("{person}/cancel"), &[]).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
}

#[actix_web::test]
async fn and_others_stands_for_more_than_one() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let yards = |from: usize, to: usize| {
        app.sql(|conn| {
            for n in from..to {
                let (slug, name) = (format!("yard-{n}"), format!("Yard {n}"));
                cast::insert_project(conn, ("acme", "north"), &slug, &name);
            }
            Ok(())
        });
    };
    yards(1, 6);
    let page = uma.get(PEOPLE).await.words();
    let six = "Missing: Dock 9, Yard 1, Yard 2, Yard 3, Yard 4, Yard 5.";
    assert!(page.contains(six), "{page}");
    yards(6, 7);
    let page = uma.get(PEOPLE).await.words();
    let five = "Missing: Dock 9, Yard 1, Yard 2, Yard 3, Yard 4 and others.";
    assert!(page.contains(five), "{page}");
}

#[actix_web::test]
async fn each_act_of_a_row_is_named_for_the_person_whom_it_is_about() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let invited = ravi.get(&format!("{PEOPLE}?status=invited")).await.page();
    for name in [
        "a[aria-label='Change roles: Dana Invited']",
        "button[aria-label='Resend: Dana Invited']",
    ] {
        assert!(invited.has(&format!("tbody td {name}")), "{name}");
    }
    let page = ravi.get(PEOPLE).await.page();
    assert!(page.has("tbody td a[aria-label='Reactivate User: Ines Inactive']"));
    let acts = "section[aria-labelledby=active] tbody td:last-child";
    let unnamed = format!("{acts} a:not([aria-label]), {acts} button:not([aria-label])");
    assert!(page.has(&format!("{acts} a")) && !page.has(&unnamed));
}

#[actix_web::test]
async fn the_first_section_is_called_by_whom_it_lists() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    for (view, heading) in [
        ("", "Active Users"),
        ("?status=active", "Active Users"),
        ("?status=invited", "Invited"),
        ("?status=locked", "Locked"),
    ] {
        let page = ravi.get(&format!("{PEOPLE}{view}")).await;
        assert_eq!(page.page().text("h2#active"), heading, "{view}");
    }
}

#[actix_web::test]
async fn a_filter_by_place_with_more_than_it_lists_says_so_and_finds_the_rest() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..205 {
            let (slug, name) = (format!("yard-{n}"), format!("Yard {n:03}"));
            cast::insert_project(conn, ("acme", "north"), &slug, &name);
            let (slug, name) = (format!("site-{n}"), format!("Site {n:03}"));
            cast::insert_organization(conn, "acme", &slug, &name);
        }
        let sam = "sam@acme.example";
        cast::give_on_project(conn, sam, "viewer", "yard-204");
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let (yard, not_all) = (
        cast::project("yard-204").to_string(),
        "Not all places are listed",
    );
    let offers = |page: &Answer, name: &str, value: &str| {
        let form = page.page().form("Filter");
        let mut all = form.offered.iter();
        all.any(|one| one.name == name && one.value == value)
    };
    let page = ravi.get(&format!("{PEOPLE}?more=1&status=active")).await;
    assert!(page.words().contains(not_all), "{}", page.words());
    assert!(!offers(&page, "project", &yard) && !offers(&page, "organization", "site-204"));
    let form = page.page().form("Filter").fill("place_q", "yard 2");
    let found = ravi.submit(&page, &form).await;
    assert!(offers(&found, "project", &yard), "{}", found.words());
    assert!(!found.words().contains(not_all), "{}", found.words());
    let form = found.page().form("Filter").tick("project", &yard);
    let narrowed = ravi.submit(&found, &form).await;
    let found = addresses(&narrowed);
    assert!(found.contains(&"sam@acme.example".to_owned()), "{found:?}");
    assert!(
        narrowed.words().contains("Yard 204 (North)"),
        "{}",
        narrowed.words()
    );
    let page = ravi.get(&format!("{PEOPLE}/projects")).await;
    assert!(page.words().contains(not_all), "{}", page.words());
    let form = page.page().form("Filter").fill("place_q", "site 204");
    let found = ravi.submit(&page, &form).await;
    assert!(
        offers(&found, "organization", "site-204"),
        "{}",
        found.words()
    );
    // Where all are listed there is nothing to search.
    let other = TestApp::start().await;
    let ravi = other.signed_in(RAVI);
    let page = ravi.get(&format!("{PEOPLE}?more=1&status=active")).await;
    assert!(!page.page().has("[name=place_q]"));
}
