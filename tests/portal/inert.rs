//! What opens nothing: roles on what is deleted or archived, and everything but an end in a frozen account (rule 23; S22,
//! S23).

use diesel::prelude::*;
use tenantry::db::schema::{accounts, grants, organizations, projects};

use crate::support::app::TestApp;
use crate::support::cast::{self, At, DANA_TOKEN, Person, holder, user};
use crate::support::record::status;

const UNA: &str = "una@acme.example";
const SAM: &str = "sam@acme.example";
const MANAGEMENT: &str = "/accounts/acme/user-management";

/// Una manages users of North or Dock 4, and of nothing else.
fn una(app: &TestApp, at: At) {
    app.sql(|conn| {
        Person::of("acme", UNA, "Una", "Only").insert(conn);
        cast::give(conn, UNA, "user_management", at);
        cast::give(conn, SAM, "viewer", At::North);
        Ok(())
    });
}

fn freeze(app: &TestApp) {
    app.sql(|conn| {
        diesel::update(accounts::table.find(cast::account("acme")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
}

fn roles(app: &TestApp, email: &str) -> Vec<String> {
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(email)))
            .order(grants::role)
            .select(grants::role)
            .load(conn)
    })
}

#[actix_web::test]
async fn s23_whose_only_role_is_on_a_deleted_organization_finds_nothing_of_the_account() {
    let app = TestApp::start().await;
    una(&app, At::North);
    let visitor = app.signed_in(UNA);
    assert_eq!(visitor.get(MANAGEMENT).await.status, 200);
    let set = |status: &'static str| {
        app.sql(|conn| {
            diesel::update(organizations::table.find(cast::organization("north")))
                .set(organizations::status.eq(status))
                .execute(conn)
        })
    };
    set("deleted");
    for path in ["/accounts/acme", MANAGEMENT, "/accounts/acme/organizations"] {
        assert_eq!(visitor.get(path).await.status, 404, "{path}");
    }
    for act in ["name", "reset-mail", "unlock", "link", "deactivate"] {
        let path = format!("/accounts/acme/users/{}/{act}", user(SAM));
        assert_eq!(visitor.post(&path, &[]).await.status, 404, "{act}");
    }
    // It comes back with the organization.
    set("active");
    assert_eq!(visitor.get(MANAGEMENT).await.status, 200);
}

#[actix_web::test]
async fn rule_4_user_management_of_an_archived_project_alone_manages_nobody() {
    let app = TestApp::start().await;
    una(&app, At::Dock4);
    let visitor = app.signed_in(UNA);
    assert_eq!(visitor.get(MANAGEMENT).await.status, 200);
    app.sql(|conn| {
        diesel::update(projects::table.find(cast::project("dock-4")))
            .set(projects::status.eq("archived"))
            .execute(conn)
    });
    assert_eq!(visitor.get(MANAGEMENT).await.status, 403);
    let dana = user("dana@acme.example");
    for act in ["resend", "cancel", "link"] {
        let path = format!("/accounts/acme/users/{dana}/{act}");
        assert_eq!(visitor.post(&path, &[]).await.status, 403, "{act}");
    }
    // The account itself, and that the role is there, stay visible.
    assert_eq!(visitor.get("/accounts/acme").await.status, 200);
}

#[actix_web::test]
async fn s22_in_a_frozen_account_a_leaver_is_shut_out_and_roles_are_taken_away() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    freeze(&app);
    let olga = app.signed_in("olga@acme.example");
    // The grid takes and does not give.
    let dock = "/accounts/acme/organizations/north/projects/dock-4/users";
    let page = olga.get(dock).await;
    let grid = page.page().form("Save changes");
    let own = |role: &str| format!("{}.{role}", user(&vera));
    let untick = |form: &crate::support::html::Form, value: &str| {
        let mut form = form.clone();
        form.fields
            .retain(|(name, one)| name == "seen" || one != value);
        form
    };
    let name = grid
        .fields
        .iter()
        .find(|(name, value)| name != "seen" && *value == own("viewer"));
    let name = name.expect("her box").0.clone();
    let less = untick(&grid, &own("viewer"));
    let more = grid.clone().tick(&name, &own("billing"));
    let given = olga.submit(&page, &more).await;
    assert_eq!(given.status, 403, "{}", given.words());
    assert!(given.words().contains("The gate that refused: plan."));
    let review = olga.submit(&page, &less).await;
    let taken = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(taken.status, 303, "{}", taken.words());
    assert!(roles(&app, &vera).is_empty());
    // Deactivating works, reactivating does not.
    let sam = format!("/accounts/acme/users/{}", user(SAM));
    let page = olga.get(&format!("{sam}/deactivate")).await;
    let out = olga
        .submit(&page, &page.page().form("Deactivate User"))
        .await;
    assert_eq!(out.status, 303, "{}", out.words());
    assert_eq!(status(&app, SAM), "deactivated");
    let back = olga.post(&format!("{sam}/reactivate"), &[]).await;
    assert_eq!(back.status, 403);
    assert_eq!(status(&app, SAM), "deactivated");
    // An invitation is withdrawn, and none is sent.
    let dana = format!("/accounts/acme/users/{}", user("dana@acme.example"));
    assert_eq!(olga.post(&format!("{dana}/resend"), &[]).await.status, 403);
    assert_eq!(olga.post(&format!("{dana}/cancel"), &[]).await.status, 303);
    // Several at once: the same.
    let mia = user(&holder("manager", At::Dock4)).to_string();
    let bulk = |act| [("act", act), ("person", mia.as_str())];
    let path = format!("{MANAGEMENT}/bulk");
    let refused = olga.post(&path, &bulk("resend")).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    let review = olga.post(&path, &bulk("deactivate")).await;
    assert_eq!(review.status, 200, "{}", review.words());
}

#[actix_web::test]
async fn s22_in_a_frozen_account_nobody_comes_in_by_signing_in_for_the_first_time() {
    let app = TestApp::start().await;
    let dana = app.visitor();
    let page = dana.open(&format!("/welcome/{DANA_TOKEN}")).await;
    let form = page.page().form("Set password and sign in");
    let words = "a password of her own";
    dana.submit(&page, &form.fill("password", words)).await;
    freeze(&app);
    let fields = [("email", "dana@acme.example"), ("password", words)];
    assert_eq!(dana.post("/sign-in", &fields).await.status, 303);
    assert_eq!(status(&app, "dana@acme.example"), "invited");
    app.sql(|conn| {
        diesel::update(accounts::table.find(cast::account("acme")))
            .set(accounts::plan.eq("active"))
            .execute(conn)
    });
    let dana = app.visitor();
    assert_eq!(dana.post("/sign-in", &fields).await.status, 303);
    assert_eq!(status(&app, "dana@acme.example"), "active");
}

#[actix_web::test]
async fn s22_more_time_is_not_asked_for_in_a_frozen_account() {
    let app = TestApp::start().await;
    let soon = cast::morning().plus(chrono::Duration::days(3));
    let vera = holder("viewer", At::Dock4);
    app.sql(|conn| {
        diesel::update(grants::table.filter(grants::user_id.eq(user(&vera))))
            .set(grants::ends_at.eq(Some(soon)))
            .execute(conn)
    });
    let grant: tenantry::db::types::GrantId = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(&vera)))
            .select(grants::id)
            .first(conn)
    });
    freeze(&app);
    let visitor = app.signed_in(&vera);
    let sent = visitor
        .post("/me/more-time", &[("role", &grant.to_string())])
        .await;
    assert_eq!(sent.status, 403, "{}", sent.words());
    assert!(sent.words().contains("The gate that refused: plan."));
}

#[actix_web::test]
async fn s22_in_a_frozen_account_what_was_given_is_taken_back_and_what_was_taken_is_not() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let sam = user(SAM).to_string();
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let done = olga.post(path, fields).await;
        assert_eq!(done.status, 303, "{path}: {}", done.words());
        olga.follow(done).await
    };
    let dock = "/accounts/acme/organizations/north/projects/dock-4/users";
    let members = "/accounts/acme/organizations/north/members";
    let lee = "lee@globex.example";
    let bulk = async |act: &str, change: &str| {
        let north = cast::organization("north").to_string();
        let fields = [
            ("act", act),
            ("change", change),
            ("person", sam.as_str()),
            ("place", north.as_str()),
            ("role", "billing"),
        ];
        let review = olga.post(&format!("{MANAGEMENT}/bulk"), &fields).await;
        let done = olga.submit(&review, &review.page().form("Submit")).await;
        olga.follow(done).await
    };
    let before = roles(&app, SAM);
    // Given to Sam: on a reservation, on an organization, and in bulk.
    let on_dock = [("user", sam.as_str()), ("role", "viewer"), ("seen", "yes")];
    let on_dock = post(&format!("{dock}/add"), &on_dock).await;
    let on_north = [("user", sam.as_str()), ("role", "viewer"), ("seen", "yes")];
    let on_north = post(&format!("{members}/add"), &on_north).await;
    let in_bulk = bulk("give", "change_01jd0000000000000000000000").await;
    // One for another, and a removal, from Lee.
    let path = format!("{members}/{}", user(lee));
    let swapped = [
        ("seen", "viewer"),
        ("role", "billing"),
        ("confirmed", "yes"),
    ];
    let swapped = post(&path, &swapped).await;
    let lees = roles(&app, lee);
    freeze(&app);
    let refused = olga.submit(&swapped, &swapped.page().form("Undo")).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert!(refused.words().contains("The gate that refused: plan."));
    assert_eq!(roles(&app, lee), lees);
    for flash in [in_bulk, on_north, on_dock] {
        let done = olga.submit(&flash, &flash.page().form("Undo")).await;
        assert_eq!(done.status, 303, "{}", done.words());
    }
    assert_eq!(roles(&app, SAM), before);
}

#[actix_web::test]
async fn s22_in_a_frozen_account_what_the_grid_took_does_not_come_back() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    let olga = app.signed_in("olga@acme.example");
    let page = olga
        .get("/accounts/acme/organizations/north/projects/dock-4/users")
        .await;
    let form = page.page().form("Save changes");
    let form = form.untick("role", &format!("{}.viewer", user(&vera)));
    let review = olga.submit(&page, &form).await;
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    let undo = olga.follow(done).await.page().link("Undo");
    freeze(&app);
    let (path, change) = undo.split_once("?change=").unwrap();
    for refused in [
        olga.get(&undo).await,
        olga.post(path, &[("change", change)]).await,
    ] {
        assert_eq!(refused.status, 403, "{}", refused.words());
        assert!(refused.words().contains("The gate that refused: plan."));
    }
    assert!(roles(&app, &vera).is_empty());
}

#[actix_web::test]
async fn s22_in_a_frozen_account_a_role_that_waits_is_discarded_and_not_given_back() {
    use tenantry::db::schema::dormant_grants;
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "auditor", At::North);
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let of_sam = |act: &str| format!("/accounts/acme/users/{}/{act}", user(SAM));
    assert_eq!(ravi.post(&of_sam("deactivate"), &[]).await.status, 303);
    let page = ravi.get(&of_sam("reactivate")).await;
    let form = page.page().form("Reactivate User");
    assert_eq!(ravi.submit(&page, &form).await.status, 303);
    freeze(&app);
    let north = cast::organization("north").uuid();
    let role = cast::grant_id(SAM, "auditor", north).to_string();
    let field = [("role", role.as_str())];
    let olga = app.signed_in("olga@acme.example");
    let refused = olga.post(&of_sam("confirm-role"), &field).await;
    assert_eq!(refused.status, 403);
    assert!(refused.words().contains("The gate that refused: plan."));
    let gone = olga.post(&of_sam("discard-role"), &field).await;
    assert_eq!(gone.status, 303, "{}", gone.words());
    let left: i64 = app.sql(|conn| dormant_grants::table.count().get_result(conn));
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn s22_in_a_frozen_account_a_lock_ends_and_a_new_password_is_mailed() {
    let app = TestApp::start().await;
    freeze(&app);
    let until = app.now().plus(chrono::Duration::minutes(15));
    let lock = || {
        app.sql(|conn| {
            use tenantry::db::schema::users;
            diesel::update(users::table.find(user(SAM)))
                .set(users::locked_until.eq(Some(until)))
                .execute(conn)
        })
    };
    let ravi = app.signed_in("ravi@acme.example");
    let olga = app.signed_in("olga@acme.example");
    let sam = format!("/accounts/acme/users/{}", user(SAM));
    lock();
    let mailed = ravi.post(&format!("{sam}/unlock-mail"), &[]).await;
    assert_eq!(mailed.status, 303, "{}", mailed.words());
    let unlocked = ravi.post(&format!("{sam}/unlock"), &[]).await;
    assert_eq!(unlocked.status, 303, "{}", unlocked.words());
    lock();
    let sure = [("sure", "yes")];
    let vouched = olga.post(&format!("{sam}/vouch"), &sure).await;
    assert_eq!(vouched.status, 303, "{}", vouched.words());
    let reset = ravi.post(&format!("{sam}/reset-mail"), &[]).await;
    assert_eq!(reset.status, 303, "{}", reset.words());
}
