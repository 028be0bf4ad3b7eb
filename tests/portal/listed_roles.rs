//! The roles beside the people of a list: the same however many somebody holds, and whichever way the list is read.

use diesel::prelude::*;
use tenantry::db::schema::{grants, memberships};
use tenantry::members::rebuilding::rebuild;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, morning, user};
use crate::support::statements;
use crate::support::visitor::Visitor;

const PEOPLE: &str = "/accounts/acme/user-management";
const ABEL: &str = "abel@acme.example";
const PLACES: [At; 5] = [At::Account, At::North, At::South, At::Dock4, At::Dock9];
const ROLES: [&str; 4] = ["viewer", "billing", "operations", "manager"];

/// The roles and organizations of Abel in the file of the list: roles, organizations, source.
async fn in_file(visitor: &Visitor<'_>, query: &str) -> [String; 3] {
    let answer = visitor.get(&format!("{PEOPLE}.csv{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut file = csv::Reader::from_reader(answer.body.as_bytes());
    let mut rows = file.records().map(|row| row.unwrap());
    let row = rows.find(|row| &row[2] == ABEL).unwrap();
    [4, 5, 6].map(|at| row[at].to_owned())
}

async fn on_page(visitor: &Visitor<'_>) -> String {
    let answer = visitor.get(&format!("{PEOPLE}?status=active")).await;
    let rows = answer.page().texts(".people > tbody > tr");
    let row = rows.into_iter().find(|row| row.contains("Abel Extra"));
    row.unwrap()
}

fn kept(app: &TestApp) -> Option<String> {
    app.sql(|conn| {
        let one = memberships::table.filter(memberships::user_id.eq(user(ABEL)));
        one.select(memberships::held).first(conn)
    })
}

#[actix_web::test]
async fn whoever_holds_more_than_is_kept_is_listed_with_all_of_it() {
    statements::listen();
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    app.sql(|conn| {
        Person::of("acme", ABEL, "Abel", "Extra").insert(conn);
        cast::give_on(conn, ABEL, "viewer", cast::organization("north"), true);
        Ok(())
    });
    assert!(kept(&app).unwrap().starts_with("viewer,b"));
    let below = ["Viewer", "North and everything below it"].map(str::to_owned);
    assert_eq!(in_file(&ravi, "").await[..2], below);
    // By another order nothing is read of what is kept.
    assert_eq!(in_file(&ravi, "?sort=email").await[..2], below);
    let (_, few) = statements::during(&app, on_page(&ravi)).await;

    app.sql(|conn| {
        diesel::delete(grants::table.filter(grants::user_id.eq(user(ABEL)))).execute(conn)?;
        for role in ROLES {
            for at in PLACES {
                cast::give(conn, ABEL, role, at);
            }
        }
        diesel::update(grants::table.filter(grants::user_id.eq(user(ABEL))))
            .set((
                grants::starts_at.eq(Some(morning())),
                grants::ends_at.eq(Some(morning().plus(chrono::Duration::days(9)))),
            ))
            .execute(conn)?;
        rebuild(conn).unwrap();
        Ok(())
    });
    assert_eq!(kept(&app), None);
    let by_name = in_file(&ravi, "").await;
    for (text, names) in [
        (
            &by_name[0],
            &["Viewer", "Billing", "Operations", "Manager"][..],
        ),
        (&by_name[1], &["All", "North", "South"][..]),
    ] {
        let mut shown: Vec<&str> = text.split(", ").collect();
        shown.sort_unstable();
        let mut names = names.to_vec();
        names.sort_unstable();
        assert_eq!(shown, names);
    }
    let (row, many) = statements::during(&app, on_page(&ravi)).await;
    assert!(row.contains("and 2 more"), "{row}");
    assert!(row.contains("in 2 reservations"), "{row}");
    assert_eq!(few.len(), many.len(), "{many:#?}");

    // By another order the grants are read, and say it alike.
    assert_eq!(in_file(&ravi, "?sort=email").await, by_name);

    // What is left of it fits again.
    app.sql(|conn| {
        let viewer = grants::table.filter(grants::user_id.eq(user(ABEL)));
        diesel::delete(viewer.filter(grants::role.ne("viewer"))).execute(conn)?;
        rebuild(conn).unwrap();
        Ok(())
    });
    assert_eq!(kept(&app).unwrap().matches(';').count(), 4);
    assert_eq!(in_file(&ravi, "").await[0], "Viewer");
}

#[actix_web::test]
async fn roles_stand_in_the_same_order_whichever_way_the_list_is_read() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    app.sql(|conn| {
        Person::of("acme", ABEL, "Abel", "Extra").insert(conn);
        for (role, at) in [
            ("operations", At::Dock9),
            ("viewer", At::South),
            ("billing", At::Account),
            ("manager", At::Dock4),
            ("billing", At::North),
        ] {
            cast::give(conn, ABEL, role, at);
        }
        rebuild(conn).unwrap();
        Ok(())
    });
    assert!(kept(&app).is_some());
    let by_name = in_file(&ravi, "").await;
    assert_eq!(by_name[0], "Manager, Viewer, Billing, Operations");
    for other in ["?sort=email", "?q=abel", "?role=billing"] {
        assert_eq!(in_file(&ravi, other).await, by_name, "{other}");
    }
}

#[actix_web::test]
async fn whoever_held_a_hundred_roles_is_listed_with_the_one_that_is_left() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    app.sql(|conn| {
        Person::of("acme", ABEL, "Abel", "Extra").insert(conn);
        for number in 0..100 {
            let group = cast::insert_group(conn, "acme", &format!("Ring {number}"));
            cast::give_on_group(conn, ABEL, "viewer", group);
        }
        cast::give(conn, ABEL, "billing", At::Account);
        Ok(())
    });
    assert_eq!(kept(&app), None);
    let [roles, places, _] = in_file(&ravi, "").await;
    assert_eq!(roles, "Viewer, Billing");
    assert_eq!(places.matches("Ring ").count(), 100, "{places}");
    app.sql(|conn| {
        let viewer = grants::table.filter(grants::user_id.eq(user(ABEL)));
        diesel::delete(viewer.filter(grants::role.eq("viewer"))).execute(conn)
    });
    assert_eq!(kept(&app).as_deref(), Some("billing,,,"));
    let left = ["Billing", "All"].map(str::to_owned);
    assert_eq!(in_file(&ravi, "").await[..2], left);
}

#[actix_web::test]
async fn a_place_is_listed_by_the_name_that_it_has_now() {
    use tenantry::db::schema::{groups, organizations};

    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    app.sql(|conn| {
        Person::of("acme", ABEL, "Abel", "Extra").insert(conn);
        let west = cast::insert_group(conn, "acme", "West of all");
        cast::give_on_group(conn, ABEL, "viewer", west);
        cast::give(conn, ABEL, "billing", At::Dock9);
        Ok(())
    });
    let [_, places, source] = in_file(&ravi, "").await;
    assert!(
        places.contains("West of all") && places.contains("South"),
        "{places}"
    );
    assert_eq!(source, "Direct, From group West of all");
    app.sql(|conn| {
        diesel::update(groups::table.filter(groups::name.eq("West of all")))
            .set(groups::name.eq("East of all"))
            .execute(conn)?;
        diesel::update(organizations::table.find(cast::organization("south")))
            .set(organizations::name.eq("Far South"))
            .execute(conn)
    });
    let [_, places, source] = in_file(&ravi, "").await;
    assert!(
        places.contains("East of all") && places.contains("Far South"),
        "{places}"
    );
    assert_eq!(source, "Direct, From group East of all");
}
