//! A role of the account is deleted with another in its place: whoever holds it is given that.

use super::*;
use table::gives;
use tenantry::db::schema::custom_roles;

const SAM: &str = "sam@acme.example";

#[actix_web::test]
async fn rule_17_what_comes_in_the_place_of_a_deleted_role_is_given_by_what_the_table_says() {
    let mut bad = Vec::new();
    for giver in &GIVERS {
        let mut app = None;
        for role in ROLES {
            let at_work = match app.take() {
                Some(app) => app,
                None => with_spare().await,
            };
            let visitor = at_work.signed_in(giver.email);
            let path = format!("/accounts/acme/roles/{}/delete", cast::role("Spare"));
            let key = key(role);
            let fields = [("replacement", key.as_str()), ("version", "1")];
            let review = visitor.post(&path, &fields).await;
            let before = everything(&at_work);
            let answer = if review.status == 200 && review.page().has("main form") {
                visitor
                    .submit(&review, &review.page().form("Delete role"))
                    .await
            } else {
                let confirmed = [&fields[..], &[("confirmed", "yes")]].concat();
                visitor.post(&path, &confirmed).await
            };
            // Composing and deleting takes the right to manage roles, which Admins and Owners have.
            let may = ["owner", "admin"].contains(&giver.word) && gives(giver, role);
            let what = (giver.word, role);
            if may {
                let by = giver_of(&at_work, SAM, role, Spot::Dock4);
                if answer.status != 303 || by.is_none() {
                    bad.push(format!("{what:?}: {by:?} {}", answer.words()));
                }
                continue;
            }
            let rows = changed(&before, &at_work);
            if answer.status != 403 || !rows.is_empty() {
                bad.push(format!("{what:?}: {rows:?} {}", answer.words()));
            }
            app = Some(at_work);
        }
    }
    all_good(&bad);
}

/// With a role that Sam holds on Dock 4.
async fn with_spare() -> TestApp {
    let app = start().await;
    app.sql(|conn| {
        let spare = cast::insert_role(conn, "acme", "Spare", "users.view");
        cast::give(conn, SAM, &spare.to_string(), At::Dock4);
        custom_roles::table.count().get_result::<i64>(conn)
    });
    app
}
