//! How far a role that is asked for reaches, and for how long (rules 7 and 18).

use super::*;
use chrono::Duration;
use tenantry::db::types::Ts;

const POLICY: (&str, &str) = ("TENANTRY_ADMIN_GRANTS", "existing-admin");
const RAVI: &str = "ravi@acme.example";

fn north() -> String {
    cast::organization("north").to_string()
}

/// Whether somebody's Admin role on North reaches everything below it, and until when it holds.
fn held(app: &TestApp, email: &str) -> Vec<(bool, Option<Ts>)> {
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(email)))
            .filter(grants::role.eq("admin"))
            .filter(grants::organization_id.eq(Some(cast::organization("north"))))
            .select((grants::below, grants::ends_at))
            .load(conn)
    })
}

fn soon() -> Ts {
    cast::morning().plus(Duration::days(30))
}

/// Asks for Vera, with or without everything below.
async fn ask_below(visitor: &Visitor<'_>, below: bool) -> Answer {
    let place = north();
    let mut fields = vec![("person", VERA), ("place", &place), ("reason", WHY)];
    if below {
        fields.push(("below", "yes"));
    }
    visitor.post(LIST, &fields).await
}

#[actix_web::test]
async fn an_admin_role_that_ends_is_asked_for_anew_and_approved_it_has_no_end() {
    let app = TestApp::with(&[POLICY]).await;
    app.sql(|conn| {
        cast::give_between(conn, VERA, "admin", At::North, (None, Some(soon())));
        Ok(())
    });
    let grant = cast::grant_id(VERA, "admin", cast::organization("north").uuid());
    let visitor = app.signed_in(&anna());
    let ends = format!("/accounts/acme/users/{}/role-ends?role={grant}", user(VERA));
    let page = visitor.get(&ends).await;
    let form = visitor.get(&page.page().link("Request Admin role")).await;
    let filled = form.page().form("Continue").fill("reason", WHY);
    let check = visitor.submit(&form, &filled).await;
    assert_eq!(check.status, 200, "{}", check.words());
    let sent = visitor
        .submit(&check, &check.page().form("Send request"))
        .await;
    let path = sent.location().unwrap();
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&path).await;
    assert!(page.words().contains("Admin until"), "{}", page.words());
    press(&olga, &path, "Approve", "She stays.").await;
    assert_eq!(held(&app, VERA), [(false, None)]);
    let given = events(&app, "role.granted");
    assert_eq!(given.len(), 1);
    assert!(given[0].contains("ended_at_before"), "{given:?}");
    let again = ask_below(&app.signed_in(RAVI), false).await;
    assert_eq!(again.status, 422, "{}", again.words());
    assert!(
        again.words().contains("is Admin of North already"),
        "{}",
        again.words()
    );
}

#[actix_web::test]
async fn with_everything_below_whoever_approves_reaches_all_of_it() {
    let app = TestApp::with(&[POLICY]).await;
    app.sql(|conn| {
        cast::put_below(conn, "south", "north");
        Ok(())
    });
    let uma = app.signed_in(&holder("user_management", At::North));
    let refused = ask_below(&uma, true).await;
    assert!([403, 422].contains(&refused.status), "{}", refused.words());
    let account = cast::account("acme").to_string();
    let ravi = app.signed_in(RAVI);
    let fields = [
        ("person", VERA),
        ("place", account.as_str()),
        ("below", "yes"),
        ("reason", WHY),
    ];
    let nowhere = ravi.post(LIST, &fields).await;
    assert_eq!(nowhere.status, 422, "{}", nowhere.words());

    let form = ravi.get(NEW).await;
    let filled = form.page().form("Continue").tick("place", &north());
    let filled = filled.tick("below", "yes").fill("person", VERA);
    let check = ravi.submit(&form, &filled.fill("reason", WHY)).await;
    let words = check.words();
    assert!(words.contains("North and everything below it"), "{words}");
    assert!(!words.contains("Anna admin at north"), "{words}");
    let sent = ravi
        .submit(&check, &check.page().form("Send request"))
        .await;
    let path = sent.location().unwrap();
    let fields = [("decision", "approve"), ("words", "Yes")];
    let alone = app.signed_in(&holder("admin", At::North));
    let forged = alone.post(&format!("{path}/decision"), &fields).await;
    assert_eq!(forged.status, 403, "{}", forged.words());
    app.deliver().await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    assert_eq!(held(&app, VERA), [(true, None)]);
    let subject = "Vera viewer at acme is now an Admin of North and everything below it";
    let sent = app.deliver().await;
    assert!(sent.iter().any(|mail| mail.subject() == subject));
}

#[actix_web::test]
async fn nobody_loses_what_is_below_by_asking_for_less() {
    let app = TestApp::with(&[POLICY]).await;
    app.sql(|conn| {
        cast::give_on(conn, VERA, "admin", cast::organization("north"), true);
        diesel::update(grants::table.filter(grants::user_id.eq(user(VERA))))
            .filter(grants::role.eq("admin"))
            .set(grants::ends_at.eq(Some(soon())))
            .execute(conn)
    });
    let ravi = app.signed_in(RAVI);
    let less = ask_below(&ravi, false).await;
    assert_eq!(less.status, 422, "{}", less.words());
    assert!(
        less.words().contains("Ask for it with everything below"),
        "{}",
        less.words()
    );
    let path = ask_below(&ravi, true).await.location().unwrap();
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    assert_eq!(held(&app, VERA), [(true, None)]);
}

#[actix_web::test]
async fn a_wider_role_that_begins_later_is_told_when_asked_and_not_offered_for_approval() {
    let app = TestApp::start().await;
    let (rita, north) = (holder("reporting", At::North), north());
    let asks = app.signed_in(&rita);
    let fields = |below| {
        [
            ("role", "viewer"),
            ("place", north.as_str()),
            ("reason", WHY),
            ("below", below),
        ]
    };
    let open = asks.post(LIST, &fields("")).await.location().unwrap();
    let viewer = |app: &TestApp| -> Vec<(bool, Option<Ts>, Option<Ts>)> {
        app.sql(|conn| {
            grants::table
                .filter(grants::user_id.eq(user(&rita)))
                .filter(grants::role.eq("viewer"))
                .select((grants::below, grants::starts_at, grants::ends_at))
                .load(conn)
        })
    };
    app.sql(|conn| {
        cast::give_on(conn, &rita, "viewer", cast::organization("north"), true);
        diesel::update(grants::table.filter(grants::user_id.eq(user(&rita))))
            .filter(grants::role.eq("viewer"))
            .set(grants::starts_at.eq(Some(soon())))
            .execute(conn)
    });
    let says = "has Viewer in North and everything below it from 1 Apr 2026, 09:00 UTC on. Ask for it with everything below";
    let uma = app.signed_in(&holder("user_management", At::North));
    let page = uma.get(&open).await;
    assert!(page.words().contains(says), "{}", page.words());
    assert!(!page.page().has("button[value=approve]"));
    let seen = seen(&uma, &open).await;
    let late = uma.post(&format!("{open}/decision"), &yes(&seen)).await;
    let words = uma.follow(late).await.words();
    assert!(
        words.contains(says) && words.contains("Nothing was approved"),
        "{words}"
    );
    let later = [(true, Some(soon()), None)];
    assert_eq!(
        (state(&app, &open).as_str(), viewer(&app)),
        ("waiting", later.to_vec())
    );
    press(&uma, &open, "Refuse", "Ask for all of it.").await;
    let again = asks.post(LIST, &fields("")).await;
    assert_eq!(again.status, 422, "{}", again.words());
    assert!(again.words().contains(says), "{}", again.words());
    // With everything below it is asked for, and approved it holds at once.
    let wide = asks.post(LIST, &fields("yes")).await.location().unwrap();
    press(&app.signed_in("olga@acme.example"), &wide, "Approve", "Yes").await;
    assert_eq!(viewer(&app), [(true, None, None)]);
}

#[actix_web::test]
async fn a_wider_request_is_made_beside_a_narrower_one_which_is_approved_only_before_it() {
    for widest_first in [false, true] {
        let app = TestApp::with(&[POLICY]).await;
        let ravi = app.signed_in(RAVI);
        let narrow = ask_below(&ravi, false).await.location().unwrap();
        let wide = ask_below(&ravi, true).await;
        assert_eq!(wide.status, 303, "{}", wide.words());
        let wide = wide.location().unwrap();
        assert_ne!(id_of(&narrow), id_of(&wide));
        // What is in the wide one already leads there.
        for below in [false, true] {
            let again = ask_below(&ravi, below).await.location().unwrap();
            assert_eq!(id_of(&again), id_of(&wide));
        }
        let anna = app.signed_in(&anna());
        let order = if widest_first {
            [&wide, &narrow]
        } else {
            [&narrow, &wide]
        };
        for path in order {
            let seen = seen(&anna, path).await;
            anna.post(&format!("{path}/decision"), &yes(&seen)).await;
        }
        assert_eq!(held(&app, VERA), [(true, None)]);
        assert_eq!(state(&app, &wide), "granted");
        // After the wide one nothing is left that the narrow one would give.
        let left = if widest_first { "waiting" } else { "granted" };
        assert_eq!(state(&app, &narrow), left);
    }
}
