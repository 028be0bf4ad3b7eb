//! Moving (rule 6, S11).

use super::{acme, events, stands};
use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use crate::support::visitor::{Answer, Visitor};
use diesel::prelude::*;
use tenantry::access::impact::load;
use tenantry::access::resolve::{Place, permissions};
use tenantry::db::schema::organizations;

fn preview_of(slug: &str, parent: &str) -> String {
    let parent = match parent {
        "top" => "top".to_owned(),
        slug => cast::organization(slug).to_string(),
    };
    format!("/accounts/acme/organizations/{slug}/move/preview?parent={parent}")
}

pub async fn preview(visitor: &Visitor<'_>, slug: &str, parent: &str) -> Answer {
    visitor.get(&preview_of(slug, parent)).await
}

pub async fn submit(visitor: &Visitor<'_>, page: &Answer) -> Answer {
    visitor.submit(page, &page.page().form("Submit")).await
}

/// Vic looks at everything in West and below; Vera looks at North and below.
fn readers(app: &TestApp) {
    app.sql(|conn| {
        for (email, place) in [("vic@acme.example", "west"), ("vera@acme.example", "north")] {
            cast::Person::of("acme", email, "V", place).insert(conn);
            cast::give_on(conn, email, "viewer", cast::organization(place), true);
        }
        Ok(())
    });
}

/// Only those who have readers' roles above, not the Admins of the cast: so that nothing is refused.
pub async fn calm() -> TestApp {
    let app = acme().await;
    app.sql(|conn| {
        use tenantry::db::schema::grants;
        for email in ["wanda@acme.example", "nora@acme.example"] {
            for (id, key, organization) in grants::table
                .filter(grants::user_id.eq(cast::user(email)))
                .select((grants::id, grants::sort_key, grants::organization_id))
                .load::<(tenantry::db::types::GrantId, String, Option<_>)>(conn)?
            {
                diesel::delete(grants::table.filter(grants::id.eq(id))).execute(conn)?;
                let at = organization.unwrap();
                tenantry::members::people::keep(conn, at, cast::user(email), &key).unwrap();
            }
        }
        Ok(())
    });
    readers(&app);
    app
}

#[actix_web::test]
async fn rule_6_a_move_is_shown_first_and_then_made_with_everything_below() {
    let app = calm().await;
    let olga = app.signed_in("olga@acme.example");
    let page = preview(&olga, "west", "north").await;
    assert_eq!(page.status, 200);
    let words = page.words();
    assert!(words.contains("1 person gains access to West."), "{words}");
    assert!(words.contains("1 person gains access to Depot."), "{words}");
    assert!(words.contains("vera@acme.example"), "{words}");
    assert_eq!(stands(&app, "west").1, None, "looking moves nothing");
    let moved = submit(&olga, &page).await;
    assert_eq!(moved.status, 303, "{}", moved.words());
    assert_eq!(stands(&app, "west").1, Some(cast::organization("north")));
    assert_eq!(events(&app, "organization.moved", "west"), 1);
    let vera = app.signed_in("vera@acme.example");
    for slug in ["west", "depot"] {
        let path = format!("/accounts/acme/organizations/{slug}");
        assert_eq!(vera.get(&path).await.status, 200, "{slug}");
    }
}

#[actix_web::test]
async fn what_a_preview_says_is_what_the_grants_then_give() {
    let app = calm().await;
    let olga = app.signed_in("olga@acme.example");
    let roles = app.app().roles().clone();
    let people = ["vic@acme.example", "vera@acme.example", "sam@acme.example"].map(cast::user);
    let (account, now) = (cast::account("acme"), app.now());
    let held = || {
        let picture =
            app.sql(|conn| Ok(load::picture(conn, account, &load::Holders::Of(&people)).unwrap()));
        let mut all = Vec::new();
        for user in people {
            for slug in ["west", "depot", "north"] {
                let place = Place::Organization(picture.branch(cast::organization(slug)));
                let may = permissions(&roles, &picture.people[&user].grants, &place, now);
                all.push((user, slug, may.is_empty()));
            }
        }
        all
    };
    let before = held();
    let page = preview(&olga, "depot", "north").await;
    let words = page.words();
    assert!(words.contains("1 person gains access to Depot."), "{words}");
    assert!(words.contains("1 person loses access to Depot."), "{words}");
    assert_eq!(submit(&olga, &page).await.status, 303);
    let after = held();
    let changed: Vec<_> = before
        .iter()
        .zip(&after)
        .filter(|(was, is)| was != is)
        .collect();
    assert_eq!(changed.len(), 2);
    assert!(changed.iter().all(|(was, _)| was.1 == "depot"));
}

#[actix_web::test]
async fn rule_6_nothing_moves_below_itself() {
    let app = calm().await;
    let olga = app.signed_in("olga@acme.example");
    for parent in ["west", "depot"] {
        let page = preview(&olga, "west", parent).await;
        assert_eq!(page.status, 422, "{parent}");
        assert!(page.page().error_summary()[0].0.contains("stands below it"));
    }
    let parent = cast::organization("depot").to_string();
    let fields = [("parent", parent.as_str()), ("seen", "x")];
    let sent = olga
        .post("/accounts/acme/organizations/west/move", &fields)
        .await;
    assert_eq!(sent.status, 422);
    assert_eq!(stands(&app, "west").1, None);
}

#[actix_web::test]
async fn another_accounts_organization_is_no_parent() {
    let app = calm().await;
    let olga = app.signed_in("olga@acme.example");
    assert_eq!(preview(&olga, "west", "hub").await.status, 404);
    assert_eq!(preview(&olga, "west", "no-such").await.status, 404);
    let parent = cast::organization("hub").to_string();
    let fields = [("parent", parent.as_str()), ("seen", "x")];
    let sent = olga
        .post("/accounts/acme/organizations/west/move", &fields)
        .await;
    assert_eq!(sent.status, 404);
}

#[actix_web::test]
async fn s11_moving_needs_the_right_on_it_and_on_both_parents() {
    let app = acme().await;
    let wanda = app.signed_in("wanda@acme.example");
    // West is at the top: that is the account's, and hers is not.
    let path = "/accounts/acme/organizations/west/move/preview?parent=top";
    assert_eq!(wanda.get(path).await.status, 403);
    // Below West she may do as she likes; to the top, she may not; what she cannot see is not there.
    assert_eq!(preview(&wanda, "depot", "top").await.status, 403);
    assert_eq!(preview(&wanda, "depot", "north").await.status, 404);
    app.sql(|conn| {
        cast::insert_organization(conn, "acme", "yard", "Yard");
        cast::put_below(conn, "yard", "west");
        Ok(())
    });
    let page = preview(&wanda, "depot", "yard").await;
    assert_eq!(page.status, 200);
    assert_eq!(submit(&wanda, &page).await.status, 303);
    assert_eq!(stands(&app, "depot").1, Some(cast::organization("yard")));
    // A parent that she sees and does not manage.
    app.sql(|conn| {
        cast::give_on(
            conn,
            "wanda@acme.example",
            "viewer",
            cast::organization("south"),
            false,
        );
        Ok(())
    });
    let refused = preview(&wanda, "depot", "south").await;
    assert_eq!(refused.status, 403);
    assert!(refused.words().contains("South"), "{}", refused.words());
}

#[actix_web::test]
async fn s11_a_move_gives_nobody_what_its_maker_could_not_give() {
    let app = acme().await;
    let olga = app.signed_in("olga@acme.example");
    // Nora is Admin of North and below: moving West there would make her Admin of West, which nobody gives directly.
    let page = preview(&olga, "west", "north").await;
    assert_eq!(page.status, 200);
    let words = page.words();
    assert!(words.contains("This move cannot be made"), "{words}");
    assert!(
        words.contains("Nora Below would get the role Admin in West."),
        "{words}"
    );
    assert!(!page.body.contains(">Submit<"));
    // Nor by posting what the page did not offer.
    let parent = cast::organization("north").to_string();
    let fields = [("parent", parent.as_str()), ("seen", "")];
    let sent = olga
        .post("/accounts/acme/organizations/west/move", &fields)
        .await;
    assert_eq!(sent.status, 409);
    assert_eq!(stands(&app, "west").1, None);
}

#[actix_web::test]
async fn s11_a_move_gives_nobody_a_role_on_what_is_deleted_below_and_can_come_back() {
    let app = acme().await;
    app.sql(|conn| {
        diesel::update(organizations::table.find(cast::organization("depot")))
            .set(organizations::status.eq("deleted"))
            .execute(conn)?;
        // On West itself Nora is an Admin already: only what is below would be new to her.
        cast::give_on(
            conn,
            "nora@acme.example",
            "admin",
            cast::organization("west"),
            false,
        );
        Ok(())
    });
    let page = preview(&app.signed_in("olga@acme.example"), "west", "north").await;
    let words = page.words();
    assert!(words.contains("This move cannot be made"), "{words}");
    let would = "Nora Below would get the role Admin in an organization that is deleted";
    assert!(words.contains(would), "{words}");
    assert!(!words.contains("Depot"), "{words}");
}

#[actix_web::test]
async fn s11_nobody_gives_themselves_a_role_by_moving() {
    let app = calm().await;
    let mia = cast::holder("manager", At::Account);
    app.sql(|conn| {
        cast::give_on(conn, &mia, "billing", cast::organization("north"), true);
        Ok(())
    });
    // A Manager of the account manages organizations, and gives no roles: neither Vera's nor her own.
    let words = preview(&app.signed_in(&mia), "west", "north").await.words();
    assert!(
        words.contains("would get the role Billing in West. You cannot change your own roles."),
        "{words}"
    );
    assert!(
        words.contains("would get the role Viewer in West."),
        "{words}"
    );
}

#[actix_web::test]
async fn a_tree_or_a_role_that_changed_meanwhile_is_shown_again() {
    let app = calm().await;
    let olga = app.signed_in("olga@acme.example");
    let page = preview(&olga, "west", "north").await;
    app.sql(|conn| {
        cast::give_on(
            conn,
            "sam@acme.example",
            "viewer",
            cast::organization("north"),
            true,
        );
        Ok(())
    });
    let again = submit(&olga, &page).await;
    assert_eq!(again.status, 409);
    assert!(again.words().contains("Something changed since you looked"));
    assert!(again.words().contains("2 people gain access to West."));
    assert_eq!(stands(&app, "west").1, None);
    assert_eq!(submit(&olga, &again).await.status, 303);
    assert_eq!(stands(&app, "west").1, Some(cast::organization("north")));
    // Submitted twice, it stands there already.
    let twice = submit(&olga, &again).await;
    assert_eq!(twice.status, 422);
}

#[actix_web::test]
async fn two_moves_at_once_never_make_a_circle() {
    let app = calm().await;
    let olga = app.signed_in("olga@acme.example");
    let (one, other) = (
        preview(&olga, "west", "south").await,
        preview(&olga, "south", "west").await,
    );
    assert_eq!((one.status, other.status), (200, 200));
    let (first, second) =
        futures_util::future::join(submit(&olga, &one), submit(&olga, &other)).await;
    let mut ends = [first.status, second.status];
    ends.sort_unstable();
    assert!(ends == [303, 409] || ends == [303, 422], "{ends:?}");
    let (west, south) = (stands(&app, "west").1, stands(&app, "south").1);
    assert!(west.is_none() != south.is_none(), "one of the two moved");
}

#[actix_web::test]
async fn an_archived_parent_is_said_to_be_archived() {
    let app = calm().await;
    app.sql(|conn| {
        let south = organizations::table.filter(organizations::id.eq(cast::organization("south")));
        diesel::update(south)
            .set(organizations::status.eq("archived"))
            .execute(conn)
    });
    let olga = app.signed_in("olga@acme.example");
    let page = preview(&olga, "west", "south").await;
    assert_eq!(page.status, 422);
    assert!(
        page.page().error_summary()[0]
            .0
            .contains("South is archived")
    );
}
