//! Orders that no index carries: of what a search or a filter has found, as long as it is little.

use super::*;
use tenantry::db::schema::users;

#[actix_web::test]
async fn what_is_filtered_or_searched_for_is_sorted_by_every_head() {
    let app = TestApp::start().await;
    crowd(&app);
    app.sql(|conn| {
        for n in 0..60_i64 {
            let own = memberships::user_id.eq(user(&format!("cleo{n:02}@acme.example")));
            let at = app.now().plus(chrono::Duration::hours(-(n * 7 % 60)));
            let seen = memberships::last_sign_in_at.eq(Some(at));
            diesel::update(memberships::table.filter(own))
                .set(seen)
                .execute(conn)?;
        }
        Ok(())
    });
    let part = holder("user_management", At::Dock4);
    let dock = cast::project("dock-4");
    for reader in ["olga@acme.example", part.as_str()] {
        let visitor = app.signed_in(reader);
        for (query, sorts) in [
            ("?role=viewer".to_owned(), ["-name", "seen"]),
            (
                "?role=billing&status=active".to_owned(),
                ["email", "-joined"],
            ),
            (format!("?project={dock}"), ["-email", "-seen"]),
            ("?source=direct".to_owned(), ["joined", "-name"]),
            ("?q=c".to_owned(), ["name", "-seen"]),
            ("?q=cleo&role=viewer".to_owned(), ["-name", "email"]),
            ("?seen_before=2026-03-02".to_owned(), ["name", "-joined"]),
        ] {
            let query = format!("{query}&per=50");
            let (mut usual, _) = view(&visitor, USERS, &query).await;
            assert!(usual.len() > 25, "{query}: {usual:?}");
            usual.sort();
            for sort in sorts {
                let (mut sorted, rows) =
                    view(&visitor, USERS, &format!("{query}&sort={sort}")).await;
                let column = match sort.trim_start_matches('-') {
                    "name" => 0,
                    "email" => 2,
                    "seen" => 7,
                    _ => 8,
                };
                let mut told: Vec<&str> = rows.iter().map(|row| row[column].as_str()).collect();
                if sort.starts_with('-') {
                    told.reverse();
                }
                assert!(told.is_sorted(), "{query}&sort={sort}: {told:?}");
                sorted.sort();
                assert_eq!(sorted, usual, "{query}&sort={sort}");
            }
        }
    }
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&format!("{USERS}?role=viewer")).await;
    let sorted = olga.get(&page.page().link("Last signed in")).await;
    assert!(sorted.path.contains("role=viewer"), "{}", sorted.path);
    assert_eq!(
        sorted.page().texts("th[aria-sort=descending]"),
        ["Last signed in"]
    );
    assert_eq!(addresses(&sorted)[0], "cleo00@acme.example");
}

#[actix_web::test]
async fn who_is_locked_is_sorted_by_when_the_lock_ends() {
    let app = TestApp::start().await;
    let people = ["sam@acme.example", "ravi@acme.example", "olga@acme.example"];
    app.sql(|conn| {
        for (minutes, email) in [7, 3, 9].into_iter().zip(people) {
            let until = app.now().plus(chrono::Duration::minutes(minutes));
            diesel::update(users::table.filter(users::id.eq(user(email))))
                .set(users::locked_until.eq(Some(until)))
                .execute(conn)?;
        }
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let list = olga.get(&format!("{USERS}?status=locked")).await;
    let sorted = olga.get(&list.page().link("Status")).await;
    let locked = addresses(&sorted);
    let ours: Vec<&String> = locked
        .iter()
        .filter(|it| people.contains(&it.as_str()))
        .collect();
    assert_eq!(
        ours,
        ["ravi@acme.example", "sam@acme.example", "olga@acme.example"]
    );
    view(&olga, USERS, "?status=locked&sort=-unlocks").await;
}

#[actix_web::test]
async fn more_people_than_are_sorted_come_by_name_and_the_page_says_so() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..=tenantry::web::list::MOST_SORTED {
            let email = format!("cleo{n:04}@acme.example");
            Person::of("acme", &email, "Cleo", &format!("Crowd{n:04}")).insert(conn);
        }
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let page = olga
        .get(&format!("{USERS}?q=cleo&sort=-email&per=100"))
        .await;
    let words = "More than 1,000 users match, too many to sort: narrow the list down first.";
    assert!(page.words().contains(words), "{}", page.words());
    assert_eq!(addresses(&page)[0], "cleo0000@acme.example");
    let narrower = olga
        .get(&format!("{USERS}?q=cleo+crowd00&sort=-email&per=100"))
        .await;
    assert!(
        !narrower.words().contains("too many"),
        "{}",
        narrower.words()
    );
    assert_eq!(addresses(&narrower)[0], "cleo0099@acme.example");
    // A role that is not there any more narrows nothing, and the whole list is sorted by its index.
    let all = olga
        .get(&format!("{USERS}?role=custom_gone&sort=-email&per=100"))
        .await;
    assert!(!all.words().contains("too many"), "{}", all.words());
    let mut falling = addresses(&all);
    falling.reverse();
    assert!(falling.len() == 100 && falling.is_sorted(), "{falling:?}");
    let (_, rows) = csv(&olga.get(&format!("{USERS}.csv?q=cleo&sort=-email")).await);
    let mut all: Vec<&String> = rows.iter().map(|row| &row[2]).collect();
    assert!(all.is_sorted() && all.len() > tenantry::web::list::MOST_SORTED);
    all.dedup();
    assert_eq!(all.len(), rows.len());
}
