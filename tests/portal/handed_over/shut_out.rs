//! Whoever came in by a handed link and is shut out gets no more than before: it would come back with them (S4, S15).

use super::*;
use tenantry::db::schema::custom_roles;

/// Dana comes in by a link that Uma copied, and is shut out.
async fn shut_out(app: &TestApp) {
    let link = link_on(&copy(&app.signed_in(UMA), DANA).await).expect("the link");
    come_in(app, &link, DANA).await;
    let path = format!("{}/deactivate", page_of(DANA));
    let done = app.signed_in(OLGA).post(&path, &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(status(app, DANA), "deactivated");
}

/// Olga lets her in again, with all that she holds.
async fn back(app: &TestApp) {
    let olga = app.signed_in(OLGA);
    let page = olga.get(&format!("{}/reactivate", page_of(DANA))).await;
    let done = olga
        .submit(&page, &page.page().form("Reactivate User"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(status(app, DANA), "active");
}

#[actix_web::test]
async fn s15_whoever_came_in_by_a_handed_link_gets_nothing_great_while_they_are_shut_out() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let grid = "/accounts/acme/organizations/north/projects/dock-4/users";
    // The grid was open before; her own page is there afterwards, too.
    let before = {
        let link = link_on(&copy(&app.signed_in(UMA), DANA).await).expect("the link");
        come_in(&app, &link, DANA).await;
        olga.get(grid).await
    };
    let path = format!("{}/deactivate", page_of(DANA));
    assert_eq!(olga.post(&path, &[]).await.status, 303);
    let held = roles(&app, DANA);
    let ticked = format!("{}.user_management", user(DANA));
    let form = before.page().form("Save changes").tick("role", &ticked);
    let review = olga.submit(&before, &form).await;
    assert!(review.words().contains(WHY), "{}", review.words());
    let form = form.forge("confirmed", "yes");
    let refused = olga.submit(&before, &form).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    let own = format!("{}/roles", page_of(DANA));
    let page = olga.get(&own).await;
    let save = page.page().forms();
    let form = save
        .iter()
        .find(|form| form.offered.iter().any(|one| one.name == "role"))
        .expect("the form of her roles");
    let form = form.clone().tick("role", "user_management");
    let review = olga.submit(&page, &form).await;
    assert!(review.words().contains(WHY), "{}", review.words());
    let refused = olga.submit(&page, &form.forge("confirmed", "yes")).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert!(refused.words().contains(WHY), "{}", refused.words());
    back(&app).await;
    assert_eq!(roles(&app, DANA), held);
}

#[actix_web::test]
async fn s15_nothing_great_is_put_into_a_role_of_whoever_came_in_by_a_handed_link_and_is_shut_out()
{
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::insert_role(conn, "acme", "Day watch", "projects.view");
        Ok(())
    });
    shut_out(&app).await;
    app.sql(|conn| {
        cast::give(conn, DANA, &cast::role("Day watch").to_string(), At::Dock4);
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let path = format!("/accounts/acme/roles/{}/edit", cast::role("Day watch"));
    let page = olga.get(&path).await;
    let great = page.page().form("Review changes");
    let great = great.tick("permission", "audit.view");
    let review = olga.submit(&page, &great).await;
    assert!(review.words().contains(WHY), "{}", review.words());
    olga.submit(&page, &great.forge("confirmed", "yes")).await;
    let inside: String = app.sql(|conn| {
        custom_roles::table
            .filter(custom_roles::name.eq("Day watch"))
            .select(custom_roles::permissions)
            .first(conn)
    });
    assert_eq!(inside, "projects.view");
    back(&app).await;
}
