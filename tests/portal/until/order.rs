//! An end before the start is refused beside its field on each form that gives a role for a time: what was typed stays,
//! and nothing is written.

use super::*;
use crate::support::dump;
use std::collections::BTreeMap;

/// All rows but those that a session leaves.
fn everything(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut rows = app.sql(|conn| Ok(dump::rows(conn, &[])));
    rows.remove("sessions");
    rows
}

/// Whether the form has this field with this value, or the box or choice of it is chosen.
fn has(answer: &Answer, button: &str, (name, value): (&str, &str)) -> bool {
    let fields = answer.page().form(button).fields;
    fields.contains(&(name.to_owned(), value.to_owned()))
}

fn refused(answer: &Answer, says: &str) {
    assert_eq!(answer.status, 422, "{}", answer.words());
    let told: Vec<(String, String)> = answer.page().error_summary();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].0.contains(says) && told[0].1 == "ends_on",
        "{told:?}"
    );
    // And beside the field itself.
    let by = answer.page().attribute("#ends_on", "aria-describedby");
    let by = by.unwrap_or_default();
    let beside = by.split(' ').any(|id| {
        let texts = answer.page().texts(&format!("#{id}"));
        texts.iter().any(|text| text.contains(says))
    });
    assert!(beside, "{by}");
}

#[actix_web::test]
async fn an_end_before_the_start_is_refused_where_a_role_on_an_organization_or_a_group_is_given() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let group = cast::group("Coast");
    for (path, button) in [
        (
            "/accounts/acme/organizations/north/members/add".to_owned(),
            "Add member",
        ),
        (
            format!("/accounts/acme/groups/{group}/access/add"),
            "Give roles",
        ),
    ] {
        let before = everything(&app);
        let page = olga.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.words());
        let sam = user(SAM).to_string();
        let form = page.page().form(button).tick("user", &sam);
        let form = form.tick("role", "viewer").tick("role", "billing");
        let form = form
            .fill("starts_on", "2026-04-02")
            .fill("ends_on", "2026-04-01");
        let again = olga.submit(&page, &form).await;
        refused(&again, "not before the first one");
        for typed in [
            ("user", sam.as_str()),
            ("role", "viewer"),
            ("role", "billing"),
            ("starts_on", "2026-04-02"),
            ("ends_on", "2026-04-01"),
        ] {
            assert!(has(&again, button, typed), "{path}: {typed:?}");
        }
        assert_eq!(everything(&app), before, "{path}");
        // With another end it is given as it stands there; a role for one day has its first for its last.
        let form = again.page().form(button).fill("ends_on", "2026-04-02");
        let mut done = olga.submit(&again, &form).await;
        if done.status == 200 {
            done = olga.submit(&done, &done.page().form("Submit")).await;
        }
        assert_eq!(done.status, 303, "{path}: {}", done.words());
        let (from, until) = (ts("2026-04-02T00:00:00Z"), ts("2026-04-03T00:00:00Z"));
        let given: Vec<(Option<Ts>, Option<Ts>)> = app.sql(|conn| {
            grants::table
                .filter(grants::user_id.eq(user(SAM)))
                .filter(grants::role.eq_any(["viewer", "billing"]))
                .filter(grants::starts_at.is_not_null())
                .select((grants::starts_at, grants::ends_at))
                .load(conn)
        });
        assert_eq!(given, [(Some(from), Some(until)); 2], "{path}");
        app.sql(|conn| {
            let theirs = grants::table.filter(grants::user_id.eq(user(SAM)));
            diesel::delete(theirs.filter(grants::starts_at.is_not_null())).execute(conn)?;
            tenantry::members::rebuilding::rebuild(conn).unwrap();
            Ok(())
        });
    }
}

#[actix_web::test]
async fn no_role_ends_before_it_begins() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let (from, to) = (ts("2026-04-10T00:00:00Z"), ts("2026-05-10T00:00:00Z"));
        cast::give_between(conn, SAM, "viewer", At::Dock4, (Some(from), Some(to)));
        Ok(())
    });
    let before = everything(&app);
    let ravi = app.signed_in(RAVI);
    let path = format!("{}?role={}", ends(SAM), role(SAM, "viewer", "dock-4"));
    let page = ravi.get(&path).await;
    for day in ["2026-04-09", "2026-03-15"] {
        let form = page.page().form("Save changes").fill("ends_on", day);
        let again = ravi.submit(&page, &form).await;
        refused(&again, "not before the first one");
        assert!(
            has(&again, "Save changes", ("ends_on", day)),
            "{}",
            again.body
        );
        assert_eq!(everything(&app), before, "{day}");
    }
    // Its first day is an end that it can have.
    let form = page
        .page()
        .form("Save changes")
        .fill("ends_on", "2026-04-10");
    let done = ravi.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let held = during(&app, SAM);
    let (from, until) = (ts("2026-04-10T00:00:00Z"), ts("2026-04-11T00:00:00Z"));
    assert_eq!(held, [(Some(from), Some(until))]);
}
