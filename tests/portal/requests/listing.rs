//! The list of an account's requests: search, order, pages and file.

use super::*;

/// For whom the requests of the list are, in its order.
fn people(answer: &Answer) -> Vec<String> {
    answer.page().texts("main tbody th")
}

#[actix_web::test]
async fn the_list_of_requests_is_searched_sorted_and_taken_along() {
    let app = TestApp::start().await;
    app.advance(chrono::Duration::hours(1));
    let olga = app.signed_in("olga@acme.example");
    let ravi = app.signed_in("ravi@acme.example");
    ask_for_vera(&ravi).await;
    let newest_first = people(&olga.get(LIST).await);
    assert_eq!(newest_first[0], "Vera viewer at acme");
    let by_name = people(&olga.get(&format!("{LIST}?sort=person")).await);
    assert_eq!(
        by_name,
        ["Dana Invited", "Sam South", "Vera viewer at acme"]
    );
    let backwards = people(&olga.get(&format!("{LIST}?sort=-person")).await);
    assert_eq!(
        backwards,
        ["Vera viewer at acme", "Sam South", "Dana Invited"]
    );
    let oldest_first = people(&olga.get(&format!("{LIST}?sort=asked")).await);
    assert_eq!(oldest_first[2], "Vera viewer at acme");
    assert_eq!(
        people(&olga.get(&format!("{LIST}?q=sam")).await),
        ["Sam South"]
    );
    let none = olga.get(&format!("{LIST}?q=zz")).await;
    assert!(
        people(&none).is_empty() && none.words().contains("Clear"),
        "{}",
        none.words()
    );
    let searched = |sort: &str| format!("{LIST}?status=all&q=v&sort={sort}");
    let rising = people(&olga.get(&searched("asked")).await);
    let mut falling = people(&olga.get(&searched("-asked")).await);
    assert!(falling[0] == "Vera viewer at acme", "{falling:?}");
    falling.reverse();
    assert_eq!(rising, falling);
    let id = cast::request("dana@acme.example");
    assert_eq!(
        people(&olga.get(&format!("{LIST}?q={id}")).await),
        ["Dana Invited"]
    );
    let file = olga.get(&format!("{LIST}.csv?sort=person&q=s")).await;
    assert!(
        file.body.contains("Sam South") && !file.body.contains("Dana"),
        "{}",
        file.body
    );
    assert!(
        file.body.contains(WHY) && file.body.lines().count() == 2,
        "{}",
        file.body
    );
}

#[actix_web::test]
async fn whoever_manages_a_part_finds_and_takes_along_only_its_requests() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    assert_eq!(people(&uma.get(LIST).await), ["Dana Invited"]);
    assert!(people(&uma.get(&format!("{LIST}?q=sam")).await).is_empty());
    let sam = cast::request("sam@acme.example");
    assert!(people(&uma.get(&format!("{LIST}?q={sam}")).await).is_empty());
    let file = uma.get(&format!("{LIST}.csv?status=all")).await;
    assert!(
        file.body.contains("Dana") && !file.body.contains("Sam"),
        "{}",
        file.body
    );
}

#[actix_web::test]
async fn what_is_decided_leaves_the_first_view_and_stays_in_the_other() {
    let app = TestApp::start().await;
    let sam = cast::request("sam@acme.example");
    app.sql(|conn| {
        diesel::update(requests::table.filter(requests::id.eq(sam)))
            .set((
                requests::state.eq("withdrawn"),
                requests::due_at.eq(None::<tenantry::db::types::Ts>),
            ))
            .execute(conn)
    });
    let olga = app.signed_in("olga@acme.example");
    assert_eq!(people(&olga.get(LIST).await), ["Dana Invited"]);
    assert!(people(&olga.get(&format!("{LIST}?q=sam")).await).is_empty());
    let all = olga.get(&format!("{LIST}?status=all&q=sam")).await;
    assert_eq!(people(&all), ["Sam South"]);
}
