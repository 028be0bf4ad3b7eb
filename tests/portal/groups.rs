//! Groups of organizations: made, ticked, given access through, changed only by who may (rules 4, S5, S11).

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::visitor::{Answer, Visitor};
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, group_organizations, groups, organizations};
use tenantry::db::types::{OrganizationId, UserId};

fn coast() -> String {
    format!("/accounts/acme/groups/{}", cast::group("Coast"))
}

fn members_of_coast(app: &TestApp) -> Vec<OrganizationId> {
    app.sql(|conn| {
        group_organizations::table
            .filter(group_organizations::group_id.eq(cast::group("Coast")))
            .select(group_organizations::organization_id)
            .load(conn)
    })
}

/// Ticks these organizations in, and says what the review says.
async fn review(visitor: &Visitor<'_>, slugs: &[&str]) -> Answer {
    let page = visitor.get(&coast()).await;
    let mut form = page.page().form("Review changes");
    for slug in slugs {
        form = form.tick("organization", &cast::organization(slug).to_string());
    }
    visitor.submit(&page, &form).await
}

#[actix_web::test]
async fn a_group_is_made_named_and_deleted() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let list = olga.get("/accounts/acme/groups").await;
    let new = olga.get(&list.page().link("New group")).await;
    let taken = new.page().form("Save group").fill("name", " coast ");
    let taken = olga.submit(&new, &taken).await;
    assert_eq!(taken.status, 422);
    assert!(taken.words().contains("Another group has this name"));
    let form = new.page().form("Save group").fill("name", "Islands");
    let made = olga
        .submit(&new, &form.fill("description", "By boat"))
        .await;
    assert_eq!(made.status, 303, "{}", made.words());
    let page = olga.follow(made).await;
    assert_eq!(page.page().h1(), "Islands");
    let edit = olga.get(&page.page().link("Edit group")).await;
    let form = edit.page().form("Save group").fill("name", "Isles");
    assert_eq!(olga.submit(&edit, &form).await.status, 303);
    // The form as it was before: somebody has changed it since.
    let late = olga.submit(&edit, &form.fill("name", "Islets")).await;
    assert_eq!(late.status, 422);
    assert!(late.words().contains("it is called Isles now"));
    let page = olga.get(&page.path).await;
    let sure = olga.get(&page.page().link("Delete group")).await;
    let gone = olga.submit(&sure, &sure.page().form("Delete group")).await;
    assert_eq!(gone.status, 303);
    let left: i64 = app.sql(|conn| groups::table.count().get_result(conn));
    assert_eq!(left, 2);
}

#[actix_web::test]
async fn rule_4_a_role_on_a_group_reaches_its_organizations_now_and_later() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&coast()).await;
    let add = ravi.get(&page.page().link("Give roles")).await;
    let sam = user("sam@acme.example").to_string();
    let form = add
        .page()
        .form("Give roles")
        .tick("user", &sam)
        .tick("role", "viewer");
    assert_eq!(ravi.submit(&add, &form).await.status, 303);
    let sam = app.signed_in("sam@acme.example");
    let north = "/accounts/acme/organizations/north/members";
    assert_eq!(sam.get(north).await.status, 404);
    let olga = app.signed_in("olga@acme.example");
    let review = review(&olga, &["north"]).await;
    assert!(
        review.words().contains("1 person gains access to North."),
        "{}",
        review.words()
    );
    assert_eq!(members_of_coast(&app), []);
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(sam.get(north).await.status, 200);
    let shown = olga.get(&format!("{north}?q=sam")).await;
    assert!(shown.words().contains("From group Coast"));
    // Out again, and the page says who loses what.
    let page = olga.get(&coast()).await;
    let id = cast::organization("north").to_string();
    let out = olga
        .submit(
            &page,
            &page
                .page()
                .form("Review changes")
                .untick("organization", &id),
        )
        .await;
    assert!(out.words().contains("1 person loses access to North."));
    assert_eq!(
        olga.submit(&out, &out.page().form("Submit")).await.status,
        303
    );
    assert_eq!(sam.get(north).await.status, 404);
}

#[actix_web::test]
async fn what_a_group_would_do_is_shown_again_when_it_changed_since_it_was_looked_at() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let shown = review(&olga, &["north"]).await;
    assert!(!shown.words().contains("Sam South"), "{}", shown.words());
    let delete = olga.get(&format!("{}/delete", coast())).await;
    // Somebody gets a role on the group meanwhile.
    app.sql(|conn| {
        cast::give_on_group(conn, "sam@acme.example", "viewer", cast::group("Coast"));
        Ok(())
    });
    let again = olga.submit(&shown, &shown.page().form("Submit")).await;
    let words = again.words();
    for says in ["Something changed since you looked", "Sam South"] {
        assert!(words.contains(says), "{says} in {words}");
    }
    assert_eq!(members_of_coast(&app), []);
    let kept = olga
        .submit(&delete, &delete.page().form("Delete group"))
        .await;
    assert!(kept.words().contains("Sam South holds a role on it"));
    // What is shown now is what is done.
    let done = olga.submit(&again, &again.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(members_of_coast(&app), [cast::organization("north")]);
}

#[actix_web::test]
async fn s11_a_group_gives_nobody_a_role_that_whoever_changes_it_could_not_give() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        Person::of("acme", "kim@acme.example", "Kim", "Coast").insert(conn);
        cast::give_on_group(conn, "kim@acme.example", "auditor", cast::group("Coast"));
        Ok(())
    });
    // A Manager of the account changes groups, but makes nobody Auditor.
    let mia = app.signed_in(&holder("manager", At::Account));
    let refused = review(&mia, &["north"]).await;
    assert!(
        refused
            .words()
            .contains("Kim Coast would get the role Auditor in North"),
        "{}",
        refused.words()
    );
    assert!(!refused.body.contains(">Submit<"));
    let north = cast::organization("north").to_string();
    let forged = [("organization", north.as_str()), ("agreed", "yes")];
    let forged = mia
        .post(&format!("{}/organizations", coast()), &forged)
        .await;
    assert!(forged.words().contains("This cannot be done"));
    assert_eq!(members_of_coast(&app), []);
    // An Owner may; but nobody becomes Admin that way, nor does the Owner themselves become anything.
    let olga = app.signed_in("olga@acme.example");
    let allowed = review(&olga, &["north"]).await;
    assert!(allowed.words().contains("North: gains Auditor"));
    for (email, role) in [
        ("kim@acme.example", "admin"),
        ("olga@acme.example", "viewer"),
    ] {
        app.sql(|conn| {
            cast::give_on_group(conn, email, role, cast::group("Coast"));
            Ok(())
        });
        let refused = review(&olga, &["north"]).await;
        assert!(refused.words().contains("This cannot be done"), "{email}");
    }
}

#[actix_web::test]
async fn s11_groups_are_changed_with_the_permission_on_the_account_only() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        Person::of("acme", "kim@acme.example", "Kim", "Coast").insert(conn);
        cast::give_on_group(conn, "kim@acme.example", "admin", cast::group("Coast"));
        Ok(())
    });
    let kim = app.signed_in("kim@acme.example");
    let page = kim.get(&coast()).await;
    assert_eq!(page.status, 200, "{}", page.words());
    assert!(!page.body.contains("Review changes") && page.body.contains("Give roles"));
    let north = cast::organization("north").to_string();
    let tick = kim
        .post(
            &format!("{}/organizations", coast()),
            &[("organization", &north)],
        )
        .await;
    assert_eq!(tick.status, 403);
    assert_eq!(kim.get(&format!("{}/edit", coast())).await.status, 403);
    // S5: who reaches neither the account nor the group does not see it at all.
    let vera = app.signed_in(&holder("viewer", At::North));
    assert_eq!(vera.get(&coast()).await.status, 404);
    assert_eq!(vera.get("/accounts/acme/groups").await.status, 403);
}

#[actix_web::test]
async fn a_group_with_roles_on_it_is_not_deleted_and_another_companys_organization_not_ticked() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give_on_group(conn, "sam@acme.example", "viewer", cast::group("Coast"));
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let answer = olga
        .post(&format!("{}/delete", coast()), &[("agreed", "yes")])
        .await;
    assert!(answer.words().contains("Sam South holds a role on it"));
    let hub = cast::organization("hub").to_string();
    let fields = [("organization", hub.as_str()), ("agreed", "yes")];
    let foreign = olga
        .post(&format!("{}/organizations", coast()), &fields)
        .await;
    assert_eq!(foreign.status, 404);
    // Somebody ticked meanwhile: the ticks of a page from before are not taken.
    app.sql(|conn| {
        cast::tick(conn, cast::group("Coast"), cast::organization("south"));
        Ok(())
    });
    let north = cast::organization("north").to_string();
    let fields = [("organization", north.as_str()), ("agreed", "yes")];
    let late = olga
        .post(&format!("{}/organizations", coast()), &fields)
        .await;
    assert_eq!(late.status, 422);
    assert_eq!(members_of_coast(&app), [cast::organization("south")]);
}

#[actix_web::test]
async fn s23_a_group_reaches_nobody_through_an_organization_that_is_deleted() {
    let app = TestApp::start().await;
    let email = "grete@acme.example";
    app.sql(|conn| {
        for slug in ["north", "south"] {
            cast::tick(conn, cast::group("Coast"), cast::organization(slug));
        }
        Person::of("acme", email, "Grete", "Group").insert(conn);
        cast::give_on_group(conn, email, "user_management", cast::group("Coast"));
        Person::of("acme", "xaver@acme.example", "Xaver", "Gone").insert(conn);
        cast::give_on(
            conn,
            "xaver@acme.example",
            "viewer",
            cast::organization("south"),
            false,
        );
        Ok(())
    });
    let grete = app.signed_in(email);
    let xaver = format!("/accounts/acme/users/{}", user("xaver@acme.example"));
    assert_eq!(grete.get(&xaver).await.status, 200);
    app.sql(|conn| {
        use tenantry::db::schema::organizations;
        let south = cast::organization("south");
        diesel::update(organizations::table.filter(organizations::id.eq(south)))
            .set(organizations::status.eq("deleted"))
            .execute(conn)?;
        tenantry::members::people::hidden(conn, south).unwrap();
        Ok(())
    });
    assert_eq!(grete.get(&xaver).await.status, 404);
    let list = grete.get("/accounts/acme/user-management").await;
    assert!(
        list.status == 200 && !list.words().contains("Xaver"),
        "{}",
        list.words()
    );
    let tree = grete.get("/accounts/acme/organizations").await;
    assert!(
        tree.words().contains("North") && !tree.words().contains("South"),
        "{}",
        tree.words()
    );
}

#[actix_web::test]
async fn an_archived_organization_stays_in_its_group_when_others_are_ticked() {
    use tenantry::db::schema::organizations;
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::tick(conn, cast::group("Coast"), cast::organization("north"));
        diesel::update(organizations::table.find(cast::organization("north")))
            .set(organizations::status.eq("archived"))
            .execute(conn)
    });
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&coast()).await;
    let words = page.words();
    assert!(words.contains("and archived: North"), "{words}");
    let looked = review(&olga, &["south"]).await;
    assert!(
        !looked.words().contains("North leaves"),
        "{}",
        looked.words()
    );
    let done = olga.submit(&looked, &looked.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let mut ins = members_of_coast(&app);
    ins.sort_unstable();
    let mut both = ["north", "south"].map(cast::organization);
    both.sort_unstable();
    assert_eq!(ins, both);
}

#[actix_web::test]
async fn s4_a_role_that_waits_on_a_group_goes_with_the_group() {
    use tenantry::db::schema::dormant_grants;
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::insert_into(dormant_grants::table)
            .values((
                dormant_grants::id.eq(cast::grant_id(
                    "sam@acme.example",
                    "viewer",
                    uuid::Uuid::nil(),
                )),
                dormant_grants::account_id.eq(cast::account("acme")),
                dormant_grants::user_id.eq(user("sam@acme.example")),
                dormant_grants::role.eq("viewer"),
                dormant_grants::group_id.eq(Some(cast::group("Coast"))),
                dormant_grants::below.eq(false),
                dormant_grants::dormant_at.eq(cast::morning()),
            ))
            .execute(conn)
    });
    let olga = app.signed_in("olga@acme.example");
    let sure = olga.get(&format!("{}/delete", coast())).await;
    let says = "A role on it waits for Sam South, until somebody confirms it: that ends.";
    assert!(sure.words().contains(says), "{}", sure.words());
    let gone = olga.submit(&sure, &sure.page().form("Delete group")).await;
    assert_eq!(gone.status, 303, "{}", gone.words());
    let waiting: i64 = app.sql(|conn| dormant_grants::table.count().get_result(conn));
    assert_eq!(waiting, 0);
    let (about, details): (Option<UserId>, String) = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("role.revoked"))
            .select((audit_events::target_id, audit_events::details))
            .first(conn)
    });
    assert_eq!(about, Some(user("sam@acme.example")));
    assert!(
        details.contains("Coast") && details.contains("viewer"),
        "{details}"
    );
}

/// More organizations than a group's page has boxes for, in the order of their names: Aa 0000, Aa 0001, …
fn many(app: &TestApp) {
    app.sql(|conn| {
        for number in 0..1_001 {
            let (slug, name) = (format!("aa-{number:04}"), format!("Aa {number:04}"));
            cast::insert_organization(conn, "acme", &slug, &name);
        }
        Ok(())
    });
}

#[actix_web::test]
async fn of_more_organizations_than_boxes_each_is_found_and_none_is_lost() {
    let app = TestApp::start().await;
    many(&app);
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&coast()).await;
    let words = page.words();
    assert!(words.contains("There are more organizations. Search for one by its name."));
    let north = cast::organization("north").to_string();
    let offered = |page: &Answer, id: &str| {
        let form = page.page().form("Review changes");
        form.offered.iter().any(|choice| choice.value == id)
    };
    assert!(!offered(&page, &north), "it is behind a thousand others");
    for q in ["nor", &north] {
        let found = olga.get(&format!("{}?q={q}", coast())).await;
        assert!(offered(&found, &north), "{q}: {}", found.words());
        assert!(!found.words().contains("There are more organizations"));
    }
    let search = page.page().form("Search").fill("q", "north");
    let found = olga.submit(&page, &search).await;
    let form = found.page().form("Review changes");
    let review = olga
        .submit(&found, &form.tick("organization", &north))
        .await;
    assert!(
        review.words().contains("North goes into Coast."),
        "{}",
        review.words()
    );
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(members_of_coast(&app), [cast::organization("north")]);
    // What is in it has its box, wherever its name stands; saving another one leaves it where it is.
    let page = olga.get(&coast()).await;
    let first = cast::organization("aa-0000");
    let form = page.page().form("Review changes");
    let form = form.tick("organization", &first.to_string());
    let review = olga.submit(&page, &form).await;
    let words = review.words();
    assert!(
        words.contains("Aa 0000 goes into Coast.") && !words.contains("leaves"),
        "{words}"
    );
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let mut ins = members_of_coast(&app);
    ins.sort_unstable();
    let mut both = vec![first, cast::organization("north")];
    both.sort_unstable();
    assert_eq!(ins, both);
    // And it is taken out by that box alone.
    let page = olga.get(&coast()).await;
    let form = page
        .page()
        .form("Review changes")
        .untick("organization", &north);
    let review = olga.submit(&page, &form).await;
    assert!(
        review.words().contains("North leaves Coast."),
        "{}",
        review.words()
    );
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(members_of_coast(&app), [first]);
}

#[actix_web::test]
async fn what_had_no_box_stays_in_the_group_when_it_is_taken_out_of_the_archive_meanwhile() {
    let app = TestApp::start().await;
    let set = |status: &str| {
        app.sql(|conn| {
            let south = organizations::table.find(cast::organization("south"));
            diesel::update(south)
                .set(organizations::status.eq(status))
                .execute(conn)
        })
    };
    app.sql(|conn| {
        cast::tick(conn, cast::group("Coast"), cast::organization("south"));
        Ok(())
    });
    set("archived");
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&coast()).await;
    assert!(
        page.words()
            .contains("Also in this group, and archived: South.")
    );
    let form = page.page().form("Review changes");
    let form = form.tick("organization", &cast::organization("north").to_string());
    set("active");
    let review = olga.submit(&page, &form).await;
    assert!(!review.words().contains("leaves"), "{}", review.words());
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(members_of_coast(&app).len(), 2);
    // One that is archived after its box was shown stays, too.
    let page = olga.get(&coast()).await;
    let form = page.page().form("Review changes");
    let south = cast::organization("south").to_string();
    set("archived");
    let nothing = olga
        .submit(&page, &form.untick("organization", &south))
        .await;
    assert_eq!(nothing.status, 422, "{}", nothing.words());
    assert_eq!(members_of_coast(&app).len(), 2);
}

#[actix_web::test]
async fn looking_for_more_organizations_keeps_what_was_ticked_and_says_when_there_is_none() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..7 {
            let (slug, name) = (format!("mid-{n}"), format!("Mid {n}"));
            cast::insert_organization(conn, "acme", &slug, &name);
        }
        cast::tick(conn, cast::group("Coast"), cast::organization("south"));
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&coast()).await;
    let (north, south) = (cast::organization("north"), cast::organization("south"));
    let (north, south) = (north.to_string(), south.to_string());
    let search = page.page().form("Search").tick("organization", &north);
    let search = search.untick("organization", &south);
    let found = olga.submit(&page, &search.clone().fill("q", "mid")).await;
    assert_eq!(found.status, 200, "{}", found.words());
    let mid = cast::organization("mid-3").to_string();
    let form = found.page().form("Review changes");
    let review = olga.submit(&found, &form.tick("organization", &mid)).await;
    for says in [
        "North goes into Coast.",
        "Mid 3 goes into Coast.",
        "South leaves Coast.",
    ] {
        assert!(
            review.words().contains(says),
            "{says} in {}",
            review.words()
        );
    }
    let none = olga.submit(&page, &search.fill("q", "zzz")).await;
    let says = "No other organization matches ‘zzz’.";
    assert_eq!(none.page().text(".field [role=status]"), says);
    // A few are looked through by eye.
    let few = TestApp::start().await;
    let page = few.signed_in("olga@acme.example").get(&coast()).await;
    assert!(
        !page.words().contains("Find an organization"),
        "{}",
        page.words()
    );
}
