//! What a login that nobody has proven holds does not grow by itself: not by an *Undo*, a later end, a return, a move or a
//! change of a group (S15).

use super::*;
use crate::support::record::status_in;
use crate::tree::moving;
use tenantry::db::schema::{audit_events, memberships};
use tenantry::members::Status;

const NORA: &str = "nora@acme.example";

/// Nora, Admin of North, comes in as Dana by a link that she copied.
async fn in_by_nora(app: &TestApp) {
    app.sql(|conn| {
        Person::of("acme", NORA, "Nora", "North").insert(conn);
        cast::give_on(conn, NORA, "admin", cast::organization("north"), true);
        Ok(())
    });
    let link = link_on(&copy(&app.signed_in(NORA), DANA).await).expect("the link");
    come_in(app, &link, DANA).await;
}

/// Dana's grants of this role, as Olga gave them while Nora could have; then Nora loses what she had.
fn given_by_olga(app: &TestApp, role: &str, below: bool, ends_at: Option<Ts>) {
    app.sql(|conn| {
        cast::give_on(conn, DANA, role, cast::organization("north"), below);
        let hers = grants::table
            .filter(grants::user_id.eq(user(DANA)))
            .filter(grants::role.eq(role.to_owned()));
        diesel::update(hers)
            .set((
                grants::given_by.eq(Some(user(OLGA))),
                grants::ends_at.eq(ends_at),
            ))
            .execute(conn)?;
        let noras = grants::table.filter(grants::user_id.eq(user(NORA)));
        diesel::delete(noras).execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
}

#[actix_web::test]
async fn s1_where_somebody_falls_back_to_invited_since_their_home_is_elsewhere_it_is_written_down()
{
    let app = TestApp::start().await;
    let link = link_on(&copy(&app.signed_in(UMA), DANA).await).expect("the link");
    come_in(&app, &link, DANA).await;
    app.sql(|conn| {
        let name = (DANA, "Dana", "Ruiz");
        cast::belong(conn, "globex", name, false, Status::Active);
        let there = memberships::table.filter(memberships::user_id.eq(user(DANA)));
        diesel::update(there.filter(memberships::account_id.eq(cast::account("globex"))))
            .set(memberships::joined_at.eq(Some(app.now().plus(chrono::Duration::days(1)))))
            .execute(conn)
    });
    app.deliver().await;
    let dana = app.visitor();
    dana.post("/forgot-password", &[("email", DANA)]).await;
    let page = dana.open(&link_in(&app.deliver_one().await)).await;
    let form = page.page().form("Change password");
    let done = dana
        .submit(&page, &form.fill("password", "another one of hers"))
        .await;
    assert_eq!(done.status, 200, "{}", done.words());
    assert_eq!(status(&app, DANA), "active");
    assert_eq!(status_in(&app, "globex", DANA), "invited");
    let told: Vec<AccountId> = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("user.invited_again"))
            .select(audit_events::chain_id)
            .load(conn)
    });
    assert_eq!(told, [cast::account("globex")]);
}

#[actix_web::test]
async fn s15_a_role_that_was_taken_before_they_came_in_does_not_come_back_by_an_undo() {
    for (came_in, expected) in [(true, 403), (false, 303)] {
        let app = TestApp::start().await;
        let link = link_on(&copy(&app.signed_in(UMA), DANA).await).expect("the link");
        let olga = app.signed_in(OLGA);
        assert_eq!(tick(&olga, "user_management").await.status, 303);
        let grid = "/accounts/acme/organizations/north/projects/dock-4/users";
        let page = olga.get(grid).await;
        let form = page.page().form("Save changes");
        let form = form.untick("role", &format!("{}.user_management", user(DANA)));
        let review = olga.submit(&page, &form).await;
        let done = olga.submit(&review, &review.page().form("Submit")).await;
        assert_eq!(done.status, 303, "{}", done.words());
        let flash = olga.follow(done).await;
        if came_in {
            // The sender could not copy it after the tick: it is the one from before.
            come_in(&app, &link, DANA).await;
        }
        let review = olga.get(&flash.page().link("Undo")).await;
        let back = olga.submit(&review, &review.page().form("Submit")).await;
        assert_eq!(back.status, expected, "{}", back.words());
        assert_eq!(back.words().contains(WHY), came_in, "{}", back.words());
        let held = roles(&app, DANA).contains(&"user_management".to_owned());
        assert_eq!(held, !came_in);
    }
}

#[actix_web::test]
async fn s15_a_great_role_of_whoever_is_not_proven_gets_no_later_end() {
    let app = TestApp::start().await;
    in_by_nora(&app).await;
    let friday = cast::morning().plus(chrono::Duration::days(4));
    given_by_olga(&app, "auditor", false, Some(friday));
    let olga = app.signed_in(OLGA);
    let north = cast::organization("north");
    let grant = cast::grant_id(DANA, "auditor", north.uuid());
    let path = format!("{}/role-ends?role={grant}", page_of(DANA));
    let page = olga.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page.page().form("Save changes").fill("ends_on", "");
    let refused = olga.submit(&page, &form).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert!(refused.words().contains(WHY), "{}", refused.words());
    let ends: Option<Ts> = app.sql(|conn| {
        let hers = grants::table.filter(grants::user_id.eq(user(DANA)));
        let hers = hers.filter(grants::role.eq("auditor"));
        hers.select(grants::ends_at).first(conn)
    });
    assert_eq!(ends, Some(friday));
}

#[actix_web::test]
async fn s15_a_great_role_of_whoever_is_not_proven_waits_when_they_are_let_in_again() {
    let app = TestApp::start().await;
    in_by_nora(&app).await;
    given_by_olga(&app, "auditor", false, None);
    let olga = app.signed_in(OLGA);
    let out = olga
        .post(&format!("{}/deactivate", page_of(DANA)), &[])
        .await;
    assert_eq!(out.status, 303, "{}", out.words());
    let page = olga.get(&format!("{}/reactivate", page_of(DANA))).await;
    let done = olga
        .submit(&page, &page.page().form("Reactivate User"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(status(&app, DANA), "active");
    assert!(!roles(&app, DANA).contains(&"auditor".to_owned()));
    let words = olga.get(&page_of(DANA)).await.words();
    assert!(words.contains("Roles that wait"), "{words}");
}

#[actix_web::test]
async fn s15_no_move_and_no_group_brings_a_great_role_to_whoever_is_not_proven() {
    let app = TestApp::start().await;
    in_by_nora(&app).await;
    given_by_olga(&app, "user_management", true, None);
    let olga = app.signed_in(OLGA);
    let refused = moving::preview(&olga, "south", "north").await;
    let words = refused.words();
    let says = "would get the role User Management in South.";
    assert!(words.contains(says) && words.contains(WHY), "{words}");
    assert!(!refused.body.contains(">Submit<"));
    // The same by a group.
    app.sql(|conn| {
        cast::give_on_group(conn, DANA, "auditor", cast::group("Coast"));
        Ok(())
    });
    let coast = format!("/accounts/acme/groups/{}", cast::group("Coast"));
    let page = olga.get(&coast).await;
    let south = cast::organization("south").to_string();
    let form = page
        .page()
        .form("Review changes")
        .tick("organization", &south);
    let refused = olga.submit(&page, &form).await;
    let words = refused.words();
    let says = "would get the role Auditor in South.";
    assert!(words.contains(says) && words.contains(WHY), "{words}");
    assert!(!refused.body.contains(">Submit<"));
}
