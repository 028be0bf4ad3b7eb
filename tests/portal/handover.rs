//! Handing over what hangs on somebody who leaves (rule 15).

use diesel::prelude::*;
use std::collections::BTreeMap;
use tenantry::db::schema::{grants, memberships, requests};
use tenantry::db::types::UserId;
use tenantry::members::Status;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::dump;
use crate::support::record::{how_many, status};
use crate::support::visitor::{Answer, Visitor};

const RAVI: &str = "ravi@acme.example";
const OLGA: &str = "olga@acme.example";

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}/handover", user(email))
}

/// Opens the page with somebody chosen who takes over.
async fn review(visitor: &Visitor<'_>, leaver: &str, to: &str) -> Answer {
    let page = visitor
        .get(&format!("{}?to={}", page_of(leaver), user(to)))
        .await;
    assert_eq!(page.status, 200, "{}", page.words());
    page
}

/// The value of the box with this label.
fn role(page: &Answer, label: &str) -> String {
    let labels = page.page().texts(".options .option label");
    let at = labels.iter().position(|own| own == label);
    let at = at.unwrap_or_else(|| panic!("{label} is not among {labels:?}"));
    let form = page.page().form("Hand over and deactivate");
    let boxes = form.offered.iter().filter(|choice| choice.name == "role");
    boxes.map(|choice| choice.value.clone()).nth(at).unwrap()
}

fn roles_at(app: &TestApp, email: &str) -> Vec<(String, String)> {
    app.sql(|conn| {
        grants::table
            .filter(grants::account_id.eq(cast::account("acme")))
            .filter(grants::user_id.eq(user(email)))
            .order((grants::scope.asc(), grants::role.asc()))
            .select((grants::scope, grants::role))
            .load(conn)
    })
}

/// All rows but those that a session leaves.
fn everything(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut rows = app.sql(|conn| Ok(dump::rows(conn, &[])));
    rows.remove("sessions");
    rows
}

/// Makes this person the one who invited Dana, and gave her role.
fn invited_by(app: &TestApp, giver: &str) {
    app.sql(|conn| {
        let dana = user("dana@acme.example");
        diesel::update(memberships::table.filter(memberships::user_id.eq(dana)))
            .set(memberships::invited_by.eq(Some(user(giver))))
            .execute(conn)?;
        diesel::update(grants::table.filter(grants::user_id.eq(dana)))
            .set(grants::given_by.eq(Some(user(giver))))
            .execute(conn)
    });
}

fn stands_behind_dana(app: &TestApp) -> (Option<UserId>, Option<UserId>) {
    app.sql(|conn| {
        let dana = user("dana@acme.example");
        let invited = memberships::table
            .filter(memberships::user_id.eq(dana))
            .select(memberships::invited_by)
            .first(conn)?;
        let given = grants::table
            .filter(grants::user_id.eq(dana))
            .select(grants::given_by)
            .first(conn)?;
        Ok((invited, given))
    })
}

#[actix_web::test]
async fn rule_15_roles_invitations_and_requests_go_to_somebody_else_and_the_leaver_is_out_at_once()
{
    let app = TestApp::start().await;
    invited_by(&app, RAVI);
    let (olga, ravi) = (app.signed_in(OLGA), app.signed_in(RAVI));
    let vera = holder("viewer", At::Account);
    let before = everything(&app);
    let page = review(&olga, RAVI, &vera).await;
    for words in [
        "1 invitation that they sent, not accepted yet",
        "1 request that they made for others, not decided yet",
        "Vera viewer at acme stands behind the invitations",
    ] {
        assert!(page.words().contains(words), "{words}: {}", page.words());
    }
    assert_eq!(everything(&app), before, "a look changes nothing");
    let manage = role(&page, "User Management · Acme");
    let form = page
        .page()
        .form("Hand over and deactivate")
        .tick("role", &manage);
    let done = olga.submit(&page, &form).await;
    let list = olga.follow(done).await;
    let words = "Ravi Users was deactivated. Vera viewer at acme took over 1 role, 1 invitation, 1 request.";
    assert!(list.words().contains(words), "{}", list.words());
    assert_eq!(ravi.get("/accounts/acme").await.status, 303, "signed out");
    assert_eq!(status(&app, RAVI), "deactivated");
    let held = roles_at(&app, &vera);
    assert!(
        held.contains(&("account".into(), "user_management".into())),
        "{held:?}"
    );
    // The welcome that waits counts with the new giver (S14).
    assert_eq!(
        stands_behind_dana(&app),
        (Some(user(&vera)), Some(user(&vera)))
    );
    let asker: UserId = app.sql(|conn| {
        requests::table
            .filter(requests::id.eq(cast::request("dana@acme.example")))
            .select(requests::requester_id)
            .first(conn)
    });
    assert_eq!(asker, user(&vera));
    for action in [
        "user.handed_over",
        "user.deactivated",
        "request.handed_over",
    ] {
        assert_eq!(how_many(&app, action), 1, "{action}");
    }
}

#[actix_web::test]
async fn rule_17_what_one_may_not_give_stays_and_says_why() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let uma = holder("user_management", At::Dock4);
    let page = review(&ravi, &uma, "sam@acme.example").await;
    assert!(
        page.words()
            .contains("User Management · Dock 4: You cannot give this role there."),
        "{}",
        page.words()
    );
    let form = page.page().form("Hand over and deactivate");
    let forged = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(&uma)))
            .select(grants::id)
            .first::<tenantry::db::types::GrantId>(conn)
    });
    let before = everything(&app);
    let form = form.forge("role", &forged.to_string());
    assert_eq!(ravi.submit(&page, &form).await.status, 409);
    assert_eq!(everything(&app), before, "nothing is half done");
}

#[actix_web::test]
async fn beyond_g_who_is_the_only_one_with_a_role_that_keeps_a_place_running_is_marked() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let mia = holder("manager", At::Dock4);
    let page = review(&olga, &mia, "sam@acme.example").await;
    assert!(
        page.words().contains("Nobody else holds this role there."),
        "{}",
        page.words()
    );
    let manager = role(&page, "Manager · Dock 4");
    let form = page.page().form("Hand over and deactivate");
    assert!(
        form.fields.contains(&("role".into(), manager)),
        "it is ticked"
    );
    let done = olga.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let held = roles_at(&app, "sam@acme.example");
    assert!(
        held.contains(&("project".into(), "manager".into())),
        "{held:?}"
    );
}

#[actix_web::test]
async fn rule_11_nobody_hands_over_for_themself_or_for_their_betters() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    assert_eq!(olga.get(&page_of(OLGA)).await.status, 403);
    let anna = app.signed_in(&holder("admin", At::Account));
    assert_eq!(anna.get(&page_of(OLGA)).await.status, 403);
}

#[actix_web::test]
async fn s4_who_may_not_deactivate_hands_nothing_over() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let vera = holder("viewer", At::Dock4);
    let before = everything(&app);
    let page = uma.get(&page_of(&vera)).await;
    assert_eq!(page.status, 403, "{}", page.words());
    assert!(
        page.words().contains("Missing: Dock 9."),
        "{}",
        page.words()
    );
    let bill = user(&holder("billing", At::Dock4)).to_string();
    let sent = [("to", bill.as_str())];
    assert_eq!(uma.post(&page_of(&vera), &sent).await.status, 403);
    assert_eq!(everything(&app), before);
}

#[actix_web::test]
async fn continue_with_nobody_chosen_says_so_beside_the_field() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let page = page_of("sam@acme.example");
    assert_eq!(olga.get(&page).await.status, 200);
    let again = olga.get(&format!("{page}?to=")).await;
    assert_eq!(again.status, 422, "{}", again.words());
    let told = again.page().error_summary();
    assert_eq!(
        told,
        [("Choose who takes over".to_owned(), "to".to_owned())]
    );
    // Looking for somebody first is no mistake.
    assert_eq!(olga.get(&format!("{page}?q=dana&to=")).await.status, 200);
}

#[actix_web::test]
async fn beyond_g_nobody_takes_over_who_is_not_there_or_not_active() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    for to in ["gil@globex.example", "ines@acme.example", RAVI] {
        let asked = format!("{}?to={}", page_of(RAVI), user(to));
        assert_eq!(olga.get(&asked).await.status, 404, "{to}");
    }
    let none = olga.post(&page_of(RAVI), &[]).await;
    assert_eq!(none.status, 422);
    assert_eq!(none.page().error_summary()[0].0, "Choose who takes over");
    assert_eq!(status(&app, RAVI), "active");
}

/// Who asks for Admin on Dock 4 for Dana.
fn asks_for_dana(app: &TestApp) -> UserId {
    app.sql(|conn| {
        requests::table
            .filter(requests::id.eq(cast::request("dana@acme.example")))
            .select(requests::requester_id)
            .first(conn)
    })
}

#[actix_web::test]
async fn rule_18_a_request_stays_with_the_leaver_where_nobody_else_could_decide() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        // Olga alone is left to decide, and she has not yet.
        let admins: Vec<UserId> = grants::table
            .filter(grants::role.eq("admin"))
            .select(grants::user_id)
            .load(conn)?;
        diesel::update(memberships::table.filter(memberships::user_id.eq_any(admins)))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)?;
        let danas = requests::id.eq(cast::request("dana@acme.example"));
        diesel::update(requests::table.filter(danas))
            .set(requests::state.eq("waiting"))
            .execute(conn)?;
        cast::give(
            conn,
            &holder("viewer", At::Account),
            "user_management",
            At::Account,
        );
        Ok(())
    });
    let vera = app.signed_in(&holder("viewer", At::Account));
    let page = review(&vera, RAVI, OLGA).await;
    let words = "1 request stays in the name of Ravi Users: Olga Owner is needed for the decision";
    assert!(page.words().contains(words), "{}", page.words());
    let form = page.page().form("Hand over and deactivate");
    let done = vera.submit(&page, &form).await;
    let list = vera.follow(done).await;
    let words = "1 request stays as it was asked, and can still be decided.";
    assert!(list.words().contains(words), "{}", list.words());
    assert_eq!(asks_for_dana(&app), user(RAVI));
    assert_eq!(how_many(&app, "request.handed_over"), 0);
    // And Olga decides.
    let olga = app.signed_in(OLGA);
    let path = format!(
        "/accounts/acme/requests/{}",
        cast::request("dana@acme.example")
    );
    let request = olga.get(&path).await;
    assert!(request.body.contains(">Approve"), "{}", request.words());
}

#[actix_web::test]
async fn rule_18_a_request_goes_on_only_in_the_name_of_who_may_ask_there() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    // Sam looks at Dock 9 alone: a request for Dock 4 is not his to make.
    let page = review(&olga, RAVI, "sam@acme.example").await;
    let form = page.page().form("Hand over and deactivate");
    let done = olga.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(asks_for_dana(&app), user(RAVI));
}

#[actix_web::test]
async fn s14_a_role_that_the_leaver_could_not_give_any_more_is_not_revived_by_handing_over() {
    let dana = "dana@acme.example";
    let anna = holder("admin", At::Account);
    // Ravi gave it while he was an Admin; now he manages users only. By somebody who could not give it either it stays
    // his, and falls away at acceptance; by an Owner, who could, it moves.
    for (by, expected) in [
        (holder("user_management", At::Account), RAVI),
        (OLGA.to_owned(), anna.as_str()),
    ] {
        let app = TestApp::start().await;
        let given = || {
            grants::table
                .filter(grants::user_id.eq(user(dana)))
                .filter(grants::role.eq("user_management"))
        };
        app.sql(|conn| {
            cast::give(conn, dana, "user_management", At::Dock4);
            diesel::update(given())
                .set(grants::given_by.eq(Some(user(RAVI))))
                .execute(conn)
        });
        let manager = app.signed_in(&by);
        let page = review(&manager, RAVI, &anna).await;
        let form = page.page().form("Hand over and deactivate");
        let done = manager.submit(&page, &form).await;
        assert_eq!(done.status, 303, "{}", done.words());
        let giver: Option<UserId> = app.sql(|conn| given().select(grants::given_by).first(conn));
        assert_eq!(giver, Some(user(expected)), "handed over by {by}");
    }
}

#[actix_web::test]
async fn rule_15_what_came_since_the_page_was_opened_is_neither_moved_nor_left_unseen() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let vera = holder("viewer", At::Account);
    invited_by(&app, OLGA);
    let says =
        "What hangs on Ravi Users changed after you had opened the page. Nothing was handed over";
    let comes: [&dyn Fn(); 3] = [
        // An invitation.
        &|| invited_by(&app, RAVI),
        // Another in its place: as many as before.
        &|| {
            app.sql(|conn| {
                Person {
                    status: Status::Invited,
                    ..Person::of("acme", "nina@acme.example", "Nina", "New")
                }
                .insert(conn);
                let everybody = memberships::table.filter(memberships::invited_by.eq(user(RAVI)));
                diesel::update(everybody)
                    .set(memberships::invited_by.eq(None::<UserId>))
                    .execute(conn)?;
                let nina =
                    memberships::table.filter(memberships::user_id.eq(user("nina@acme.example")));
                diesel::update(nina)
                    .set(memberships::invited_by.eq(Some(user(RAVI))))
                    .execute(conn)
            });
        },
        // A role.
        &|| {
            app.sql(|conn| {
                cast::give(conn, RAVI, "manager", At::South);
                Ok(())
            });
        },
    ];
    let mut page = review(&olga, RAVI, &vera).await;
    for come in comes {
        come();
        let before = everything(&app);
        let form = page.page().form("Hand over and deactivate");
        let refused = olga.submit(&page, &form.fill("reason", "Moves on")).await;
        assert_eq!(refused.status, 422, "{}", refused.words());
        assert!(refused.words().contains(says), "{}", refused.words());
        assert_eq!(everything(&app), before);
        let form = refused.page().form("Hand over and deactivate");
        assert!(
            form.fields
                .contains(&("reason".to_owned(), "Moves on".to_owned())),
            "what was typed is there"
        );
        page = refused;
    }
    assert!(page.words().contains("Manager · South"), "{}", page.words());
    // What the page shows now is done.
    let done = olga
        .submit(&page, &page.page().form("Hand over and deactivate"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(status(&app, RAVI), "deactivated");
}

#[actix_web::test]
async fn what_is_archived_stays_with_the_leaver_and_what_is_deleted_is_not_named() {
    let app = TestApp::start().await;
    let leaver = "lena@acme.example";
    let set = |slug: &'static str, status: &'static str| {
        app.sql(|conn| {
            use tenantry::db::schema::organizations;
            diesel::update(organizations::table.find(cast::organization(slug)))
                .set(organizations::status.eq(status))
                .execute(conn)?;
            if status == "deleted" {
                tenantry::members::people::hidden(conn, cast::organization(slug)).unwrap();
            }
            Ok(())
        });
    };
    app.sql(|conn| {
        use tenantry::db::schema::projects;
        cast::Person::of("acme", leaver, "Lena", "Leaver").insert(conn);
        cast::give(conn, leaver, "manager", At::Dock4);
        cast::give(conn, leaver, "user_management", At::North);
        cast::give(conn, leaver, "user_management", At::South);
        diesel::update(projects::table.find(cast::project("dock-4")))
            .set(projects::status.eq("archived"))
            .execute(conn)
    });
    set("south", "archived");
    let olga = app.signed_in(OLGA);
    let to = holder("viewer", At::Account);
    let page = review(&olga, leaver, &to).await;
    let words = page.words();
    for says in [
        "Manager · Dock 4",
        "User Management · South",
        "The place is archived: the role stays with them.",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    let boxes = page.page().texts(".options .option label");
    assert_eq!(boxes, ["User Management · North"]);
    set("south", "deleted");
    let page = review(&olga, leaver, &to).await;
    let words = page.words();
    assert!(!words.contains("· South"), "{words}");
    let north = role(&page, "User Management · North");
    let form = page.page().form("Hand over and deactivate");
    let done = olga.submit(&page, &form.tick("role", &north)).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(status(&app, leaver), "deactivated");
}

#[actix_web::test]
async fn rule_15_a_role_that_the_successor_holds_for_a_time_only_stays_and_says_why() {
    let app = TestApp::start().await;
    let mia = holder("manager", At::Dock4);
    app.sql(|conn| {
        let friday = Some(app.now().plus(chrono::Duration::days(4)));
        let sam = "sam@acme.example";
        cast::give_between(conn, sam, "manager", At::Dock4, (None, friday));
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let page = review(&olga, &mia, "sam@acme.example").await;
    let words = page.words();
    assert!(
        words.contains("They hold it there already, for a time only"),
        "{words}"
    );
    let grant = cast::grant_id(&mia, "manager", cast::project("dock-4").uuid());
    let form = page.page().form("Hand over and deactivate");
    let forged = olga
        .submit(&page, &form.forge("role", &grant.to_string()))
        .await;
    assert_eq!(forged.status, 409, "{}", forged.words());
    assert_eq!(status(&app, &mia), "active");
}

#[actix_web::test]
async fn a_reason_that_is_too_long_is_refused_beside_its_field_and_nothing_is_handed_over() {
    let app = TestApp::start().await;
    invited_by(&app, RAVI);
    let (olga, ravi) = (app.signed_in(OLGA), app.signed_in(RAVI));
    let vera = holder("viewer", At::Account);
    let page = review(&olga, RAVI, &vera).await;
    let manage = role(&page, "User Management · Acme");
    let form = page.page().form("Hand over and deactivate");
    let form = form
        .tick("role", &manage)
        .fill("reason", &"x".repeat(10_000));
    let before = everything(&app);
    let again = olga.submit(&page, &form).await;
    assert_eq!(again.status, 422, "{}", again.words());
    let told = again.page().error_summary();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].1, "reason", "{told:?}");
    let by = again
        .page()
        .attribute("#reason", "aria-describedby")
        .unwrap();
    assert!(by.contains("reason-error"), "{by}");
    assert_eq!(everything(&app), before, "nothing is done");
    assert_eq!(status(&app, RAVI), "active");
    assert_eq!(
        ravi.get("/accounts/acme").await.status,
        200,
        "still signed in"
    );
    // All that was typed and chosen is there still.
    let kept = again.page().form("Hand over and deactivate");
    for field in [
        ("reason", &*"x".repeat(10_000)),
        ("role", &manage),
        ("to", &user(&vera).to_string()),
    ] {
        let (name, value) = field;
        let has = kept.fields.contains(&(name.to_owned(), value.to_owned()));
        assert!(has, "{name}: {:?}", kept.fields);
    }
    // Shorter, it is done as it stands there.
    let done = olga.submit(&again, &kept.fill("reason", "Moves on")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(status(&app, RAVI), "deactivated");
    assert!(roles_at(&app, &vera).contains(&("account".into(), "user_management".into())));
}
