//! The people × roles grid of a project: ticked, reviewed in words, stored as a whole, taken back (rules 8, 14, 17, 18;
//! ux 7.10).

use chrono::Duration;
use diesel::prelude::*;
use futures_util::future::join_all;
use tenantry::db::schema::{grants, notices_off, outbox, role_changes};
use tenantry::db::types::{GrantId, Ts, UserId};

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::html::Form;
use crate::support::record::events;
use crate::support::visitor::{Answer, Visitor};

const USERS: &str = "/accounts/acme/organizations/north/projects/dock-4/users";
const RAVI: &str = "ravi@acme.example";

/// Everything that somebody holds on Dock 4.
fn roles(app: &TestApp, email: &str) -> Vec<String> {
    let scope = GrantId::from_uuid(cast::project("dock-4").uuid());
    app.sql(|conn| {
        grants::table
            .filter(grants::scope_id.eq(scope))
            .filter(grants::user_id.eq(user(email)))
            .order(grants::role.asc())
            .select(grants::role)
            .load(conn)
    })
}

type Row = (GrantId, UserId, String, Option<UserId>, Ts, Option<Ts>);

/// Every grant on Dock 4, with all that is kept of it.
fn whole(app: &TestApp) -> Vec<Row> {
    let scope = GrantId::from_uuid(cast::project("dock-4").uuid());
    app.sql(|conn| {
        grants::table
            .filter(grants::scope_id.eq(scope))
            .order(grants::id.asc())
            .select((
                grants::id,
                grants::user_id,
                grants::role,
                grants::given_by,
                grants::given_at,
                grants::ends_at,
            ))
            .load(conn)
    })
}

fn mails(app: &TestApp) -> i64 {
    app.sql(|conn| {
        outbox::table
            .filter(outbox::template.eq("roles_changed"))
            .count()
            .get_result(conn)
    })
}

/// What a box of this person posts.
fn tick(email: &str, role: &str) -> String {
    format!("{}.{role}", user(email))
}

async fn open(visitor: &Visitor<'_>) -> (Answer, Form) {
    let page = visitor.get(USERS).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page.page().form("Save changes");
    (page, form)
}

/// Through the review to the end.
async fn save(visitor: &Visitor<'_>, page: &Answer, form: &Form) -> Answer {
    let review = visitor.submit(page, form).await;
    assert_eq!(review.status, 200, "{}", review.words());
    visitor.submit(&review, &review.page().form("Submit")).await
}

#[actix_web::test]
async fn a_role_that_does_much_stands_out_in_the_review() {
    let app = TestApp::start().await;
    let (vera, otto) = (holder("viewer", At::Dock4), holder("operations", At::Dock4));
    let olga = app.signed_in("olga@acme.example");
    let (page, form) = open(&olga).await;
    let form = form.tick("role", &tick(&vera, "user_management"));
    let form = form.tick("role", &tick(&otto, "billing"));
    let review = olga.submit(&page, &form).await;
    assert!(
        review.words().contains("gets Billing"),
        "{}",
        review.words()
    );
    assert_eq!(review.page().texts("main strong"), ["User Management"]);
}

#[actix_web::test]
async fn rule_8_what_is_ticked_is_said_in_words_and_then_changed_as_one() {
    let app = TestApp::start().await;
    let (vera, otto) = (holder("viewer", At::Dock4), holder("operations", At::Dock4));
    let ravi = app.signed_in(RAVI);
    let (page, form) = open(&ravi).await;
    let form = form.tick("role", &tick(&vera, "billing"));
    let form = form.untick("role", &tick(&otto, "operations"));
    let before = whole(&app);
    let review = ravi.submit(&page, &form).await;
    let words = review.words();
    for says in [
        "Change roles on Dock 4?",
        "Vera viewer at dock4 gets Billing.",
        "Otto operations at dock4 loses Operations, and then holds no role on Dock 4 itself.",
        "Told by mail:",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    assert_eq!(whole(&app), before, "nothing is stored yet");
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let shown = ravi.follow(done).await;
    let says = "The roles of 2 people on Dock 4 were changed.";
    assert!(shown.words().contains(says), "{}", shown.words());
    assert_eq!(roles(&app, &vera), ["billing", "viewer"]);
    assert!(roles(&app, &otto).is_empty());
    let told = events(&app, "role.changed");
    assert_eq!(told.len(), 2, "one entry a person: {told:?}");
    let batch = |text: &String| -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(text).unwrap()["change"].clone()
    };
    assert_eq!(batch(&told[0]), batch(&told[1]), "both name the one change");
    assert_eq!(mails(&app), 2);
    for mail in app.deliver().await {
        assert_eq!(mail.subject(), "Your roles in Dock 4 changed");
    }
    // The end holds with the next request.
    let otto = app.signed_in(&otto);
    let gone = "/accounts/acme/organizations/north/projects/dock-4";
    assert_eq!(otto.get(gone).await.status, 404);
}

#[actix_web::test]
async fn the_first_role_on_a_project_is_told_as_a_place_to_work_and_every_other_as_a_change() {
    let app = TestApp::start().await;
    let sam = "sam@acme.example";
    let ravi = app.signed_in(RAVI);
    // Who turned such mail off is not said to be told.
    for (off, says) in [
        (false, "Told by mail: Sam South."),
        (true, "Nobody is told by mail."),
    ] {
        if off {
            app.sql(|conn| {
                let row = (
                    notices_off::account_id.eq(cast::account("acme")),
                    notices_off::user_id.eq(user(sam)),
                    notices_off::kind.eq("added"),
                    notices_off::since.eq(app.now()),
                );
                diesel::insert_into(notices_off::table)
                    .values(row)
                    .execute(conn)
            });
        }
        let (page, form) = open(&ravi).await;
        // He is not on the grid yet.
        let form = form.forge("person", &user(sam).to_string());
        let form = form.forge("role", &tick(sam, "viewer"));
        let review = ravi.submit(&page, &form).await;
        assert!(review.words().contains(says), "{}", review.words());
        if off {
            continue;
        }
        ravi.submit(&review, &review.page().form("Submit")).await;
        let first = app.deliver_one().await;
        assert_eq!(first.subject(), "You can now work on Dock 4");
        assert!(first.text().contains("Viewer"), "{}", first.text());
        let (page, form) = open(&ravi).await;
        save(&ravi, &page, &form.tick("role", &tick(sam, "billing"))).await;
        let other = app.deliver_one().await;
        assert_eq!(other.subject(), "Your roles in Dock 4 changed");
        let (page, form) = open(&ravi).await;
        let form = form.untick("role", &tick(sam, "billing"));
        save(&ravi, &page, &form.untick("role", &tick(sam, "viewer"))).await;
        app.deliver().await;
    }
}

#[actix_web::test]
async fn nothing_ticked_changes_nothing_and_says_so() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let (page, form) = open(&ravi).await;
    let sent = ravi.submit(&page, &form).await;
    let shown = ravi.follow(sent).await;
    let says = "No box was ticked or unticked, so nothing was changed.";
    assert!(shown.words().contains(says), "{}", shown.words());
    assert!(events(&app, "role.changed").is_empty());
}

#[actix_web::test]
async fn whoever_may_look_and_not_change_sees_a_list_without_boxes() {
    let app = TestApp::start().await;
    let vera = app.signed_in(&holder("viewer", At::Dock4));
    let page = vera.get(USERS).await;
    assert!(!page.words().contains("Save changes") && !page.page().has("input[type=checkbox]"));
    let posted = vera.post(USERS, &[("role", "x")]).await;
    assert_eq!(posted.status, 403, "{}", posted.words());
}

#[actix_web::test]
async fn rule_17_boxes_that_one_may_not_change_are_locked_and_forging_them_is_refused_by_name() {
    let app = TestApp::start().await;
    let uma = holder("user_management", At::Dock4);
    let (dana, vera) = ("dana@acme.example", holder("viewer", At::Dock4));
    let (anna, aude) = (holder("admin", At::Dock4), holder("auditor", At::Dock4));
    let visitor = app.signed_in(&uma);
    let (page, form) = open(&visitor).await;
    let offered = |value: &str| form.offered.iter().any(|choice| choice.value == value);
    assert!(offered(&tick(&vera, "billing")));
    for (email, role) in [
        (dana, "admin"),
        (dana, "auditor"),
        (dana, "user_management"),
        (&anna, "admin"),
        (&aude, "auditor"),
        (&uma, "viewer"),
    ] {
        assert!(!offered(&tick(email, role)), "{role} of {email}");
    }
    let before = whole(&app);
    let good = || form.clone().tick("role", &tick(&vera, "billing"));
    let mine = tick(&uma, "viewer");
    let forged = [
        ("approval", good().forge("role", &tick(dana, "admin"))),
        ("role", good().forge("role", &tick(dana, "auditor"))),
        ("role", good().forge("role", &tick(dana, "user_management"))),
        ("scope", good().forge("role", &tick(dana, "owner"))),
        ("role", good().forge("role", &tick(dana, "king"))),
        ("role", good().untick("role", &tick(&anna, "admin"))),
        ("role", good().untick("role", &tick(&aude, "auditor"))),
        ("role", good().forge("role", &mine)),
        ("role", good().forge("person", &user(&uma).to_string())),
    ];
    for (gate, form) in forged {
        for confirmed in [false, true] {
            let form = if confirmed {
                form.clone().forge("confirmed", "yes")
            } else {
                form.clone()
            };
            let answer = visitor.submit(&page, &form).await;
            assert_eq!(answer.status, 403, "{form:?}: {}", answer.words());
            let says = format!("The gate that refused: {gate}.");
            assert!(answer.words().contains(&says), "{}", answer.words());
        }
    }
    assert_eq!(whole(&app), before, "nothing half done");
    assert!(events(&app, "role.changed").is_empty());
}

#[actix_web::test]
async fn rule_17_an_admin_takes_admin_and_user_management_at_once_but_gives_no_admin() {
    let app = TestApp::start().await;
    let (anna, uma) = (
        holder("admin", At::Dock4),
        holder("user_management", At::Dock4),
    );
    let above = app.signed_in(&holder("admin", At::North));
    let (page, form) = open(&above).await;
    let form = form.untick("role", &tick(&anna, "admin"));
    let form = form.untick("role", &tick(&uma, "user_management"));
    let done = save(&above, &page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(roles(&app, &anna).is_empty() && roles(&app, &uma).is_empty());
    let form = form.forge("role", &tick(&holder("viewer", At::Dock4), "admin"));
    let (page, _) = open(&above).await;
    let forged = above
        .submit(
            &page,
            &form
                .untick("person", &user(&anna).to_string())
                .untick("person", &user(&uma).to_string())
                .untick("seen", &tick(&anna, "admin"))
                .untick("seen", &tick(&uma, "user_management")),
        )
        .await;
    assert!(
        forged.words().contains("The gate that refused: approval."),
        "{}",
        forged.words()
    );
}

#[actix_web::test]
async fn rule_5_people_of_elsewhere_are_not_there() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let (page, form) = open(&uma).await;
    let before = whole(&app);
    let mut bodies = Vec::new();
    for email in [
        "gil@globex.example",
        "sam@acme.example",
        "nobody@nowhere.example",
    ] {
        for form in [
            form.clone().forge("person", &user(email).to_string()),
            form.clone().forge("role", &tick(email, "viewer")),
            form.clone().forge("seen", &tick(email, "viewer")),
        ] {
            let answer = uma.submit(&page, &form.forge("confirmed", "yes")).await;
            assert_eq!(answer.status, 404, "{email}: {}", answer.words());
            bodies.push(answer.body);
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    assert_eq!(whole(&app), before);
    for bad in ["x", "user_x.viewer", "viewer"] {
        assert_eq!(uma.post(USERS, &[("role", bad)]).await.status, 404, "{bad}");
    }
}

#[actix_web::test]
async fn whoever_was_overtaken_sees_both_versions_and_goes_on_knowingly() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in("olga@acme.example"));
    let (page, form) = open(&ravi).await;
    let late = form.tick("role", &tick(&vera, "reporting"));
    let review = ravi.submit(&page, &late).await;
    let (other, form) = open(&olga).await;
    save(&olga, &other, &form.tick("role", &tick(&vera, "billing"))).await;
    // What somebody did elsewhere a minute later did not overtake this form, and is not for everybody to know (S6).
    app.advance(chrono::Duration::minutes(1));
    let anna = app.signed_in(&holder("admin", At::Account));
    let south = cast::organization("south");
    let fields = [
        ("user", user(&vera).to_string()),
        ("role", "viewer".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let added = anna
        .post("/accounts/acme/organizations/south/members/add", &fields)
        .await;
    assert_eq!(added.status, 303, "{south}: {}", added.words());
    // Overtaken between the review and its Submit: the whole is refused.
    let clash = ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(clash.status, 409, "{}", clash.words());
    for says in [
        "Olga Owner changed it 1 minute ago",
        "Vera viewer at dock4",
        "Viewer, Billing",
        "Viewer, Reporting",
    ] {
        assert!(clash.words().contains(says), "{says} in {}", clash.words());
    }
    assert_eq!(roles(&app, &vera), ["billing", "viewer"]);
    // To save one's own over it is reviewed in words like anything else.
    let again = clash.page().form("Save mine over it");
    let review = ravi.submit(&clash, &again).await;
    let says = "Vera viewer at dock4 gets Reporting; loses Billing.";
    assert!(review.words().contains(says), "{}", review.words());
    let done = ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303);
    assert_eq!(roles(&app, &vera), ["reporting", "viewer"]);
}

#[actix_web::test]
async fn somebody_who_left_meanwhile_is_a_clash_and_not_an_error() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, "lee@globex.example", "viewer", At::Dock4);
        Ok(())
    });
    let (uma, ravi) = (
        app.signed_in(&holder("user_management", At::Dock4)),
        app.signed_in(RAVI),
    );
    let (page, form) = open(&uma).await;
    let remove = format!("/accounts/acme/users/{}/remove", user("lee@globex.example"));
    assert_eq!(ravi.post(&remove, &[]).await.status, 303);
    let form = form.tick("role", &tick("dana@acme.example", "billing"));
    let clash = uma.submit(&page, &form).await;
    assert_eq!(clash.status, 409, "{}", clash.words());
    assert!(clash.words().contains("Somebody who has left the account"));
    let review = uma
        .submit(&clash, &clash.page().form("Save mine over it"))
        .await;
    let done = uma.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(roles(&app, "dana@acme.example"), ["billing", "viewer"]);
}

#[actix_web::test]
async fn of_fifty_grids_at_once_one_is_stored_and_the_others_are_told() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in("olga@acme.example"));
    let (page, form) = open(&ravi).await;
    let one = form.clone().tick("role", &tick(&vera, "billing"));
    let two = form
        .tick("role", &tick(&vera, "operations"))
        .untick("role", &tick(&vera, "viewer"));
    let (one, two) = (one.forge("confirmed", "yes"), two.forge("confirmed", "yes"));
    let (first, second, page) = (&ravi, &olga, &page);
    let tries = (0..50).map(|n| {
        let (who, form) = if n % 2 == 0 {
            (first, &one)
        } else {
            (second, &two)
        };
        who.submit(page, form)
    });
    let answers = join_all(tries).await;
    let done = answers.iter().filter(|answer| answer.status == 303).count();
    assert_eq!(done, 1);
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let told = |status: &u16| [303, 409, 503].contains(status);
    assert!(statuses.iter().all(told), "{statuses:?}");
    let held = roles(&app, &vera);
    assert!(
        held == ["billing", "viewer"] || held == ["operations"],
        "{held:?}"
    );
    assert_eq!(events(&app, "role.changed").len(), 1);
    assert_eq!(mails(&app), 1);
}

#[actix_web::test]
async fn beyond_h_a_change_is_taken_back_with_exactly_the_former_rights_within_ten_minutes() {
    let app = TestApp::start().await;
    let (vera, anna) = (holder("viewer", At::Dock4), holder("admin", At::Dock4));
    let until = app.now().plus(Duration::days(3));
    app.sql(|conn| {
        let email = holder("viewer", At::Dock4);
        cast::give_between(conn, &email, "reporting", At::Dock4, (None, Some(until)));
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let before = whole(&app);
    let (page, form) = open(&olga).await;
    let form = form
        .untick("role", &tick(&vera, "reporting"))
        .untick("role", &tick(&anna, "admin"))
        .tick("role", &tick("dana@acme.example", "billing"));
    let done = save(&olga, &page, &form).await;
    let undo = olga.follow(done).await.page().link("Undo");
    // Nobody else takes it back.
    assert_eq!(app.signed_in(RAVI).get(&undo).await.status, 404);
    app.advance(Duration::minutes(9));
    let review = olga.get(&undo).await;
    for says in [
        "Anna admin at dock4 gets Admin.",
        "Vera viewer at dock4 gets Reporting.",
        "Dana Invited loses Billing.",
    ] {
        assert!(
            review.words().contains(says),
            "{says} in {}",
            review.words()
        );
    }
    let form = review.page().form("Submit");
    let back = olga.submit(&review, &form).await;
    assert_eq!(back.status, 303, "{}", back.words());
    assert_eq!(
        whole(&app),
        before,
        "ids, givers and times are as they were"
    );
    let told = events(&app, "role.changed");
    assert_eq!(told.len(), 6);
    assert!(told[3..].iter().all(|text| text.contains("\"undo\":true")));
    let again = olga.submit(&review, &form).await;
    assert_eq!(again.status, 404, "it is taken back once");
}

#[actix_web::test]
async fn beyond_h_nothing_is_taken_back_too_late_or_after_another_change() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    let ravi = app.signed_in(RAVI);
    let (page, form) = open(&ravi).await;
    let done = save(&ravi, &page, &form.tick("role", &tick(&vera, "billing"))).await;
    let undo = ravi.follow(done).await.page().link("Undo");
    let review = ravi.get(&undo).await;
    let (page, form) = open(&ravi).await;
    save(&ravi, &page, &form.tick("role", &tick(&vera, "operations"))).await;
    let refused = ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert!(
        refused
            .words()
            .contains("Somebody changed these roles since")
    );
    assert_eq!(roles(&app, &vera), ["billing", "operations", "viewer"]);
    app.advance(Duration::minutes(10));
    let late = ravi.get(&undo).await;
    assert_eq!(late.status, 409, "{}", late.words());
    assert!(late.words().contains("10 minutes"), "{}", late.words());
}

#[actix_web::test]
async fn beyond_h_whoever_lost_the_right_takes_nothing_back() {
    let app = TestApp::start().await;
    let (uma, vera) = (
        holder("user_management", At::Dock4),
        holder("viewer", At::Dock4),
    );
    let (visitor, olga) = (app.signed_in(&uma), app.signed_in("olga@acme.example"));
    let (page, form) = open(&visitor).await;
    let done = save(
        &visitor,
        &page,
        &form.untick("role", &tick(&vera, "viewer")),
    )
    .await;
    let undo = visitor.follow(done).await.page().link("Undo");
    let (page, form) = open(&olga).await;
    let form = form.untick("role", &tick(&uma, "user_management"));
    save(&olga, &page, &form.tick("role", &tick(&uma, "viewer"))).await;
    assert_eq!(visitor.get(&undo).await.status, 403);
    let id = undo.split_once('=').unwrap().1;
    let sent = visitor
        .post(&format!("{USERS}/undo"), &[("change", id)])
        .await;
    assert_eq!(sent.status, 403, "{}", sent.words());
    assert!(roles(&app, &vera).is_empty());
}

#[actix_web::test]
async fn beyond_d_an_ended_role_is_not_held_and_a_tick_gives_it_anew() {
    let app = TestApp::start().await;
    let (vera, end) = (holder("viewer", At::Dock4), app.now());
    app.sql(|conn| {
        let email = holder("viewer", At::Dock4);
        cast::give_between(conn, &email, "billing", At::Dock4, (None, Some(end)));
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let (page, form) = open(&ravi).await;
    let box_ = ("role".to_owned(), tick(&vera, "billing"));
    assert!(!form.fields.contains(&box_), "what has ended is not ticked");
    let done = save(&ravi, &page, &form.tick("role", &tick(&vera, "billing"))).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(events(&app, "role.expired").len(), 1);
    let current: i64 = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(&vera)))
            .filter(grants::role.eq("billing"))
            .filter(grants::ends_at.is_null())
            .count()
            .get_result(conn)
    });
    assert_eq!(current, 1);
}

#[actix_web::test]
async fn what_can_no_longer_be_taken_back_is_not_kept() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    for role in ["billing", "operations"] {
        let ravi = app.signed_in(RAVI);
        let (page, form) = open(&ravi).await;
        save(&ravi, &page, &form.tick("role", &tick(&vera, role))).await;
        app.advance(Duration::hours(9));
    }
    app.advance(Duration::hours(10));
    let ravi = app.signed_in(RAVI);
    let (page, form) = open(&ravi).await;
    save(&ravi, &page, &form.tick("role", &tick(&vera, "reporting"))).await;
    let kept: i64 = app.sql(|conn| role_changes::table.count().get_result(conn));
    assert_eq!(kept, 2, "the first is a day old");
}

#[actix_web::test]
async fn a_long_grid_goes_page_by_page_and_a_page_of_a_hundred_is_saved_at_once() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..120 {
            let email = format!("grid{n:03}@acme.example");
            Person::of("acme", &email, "Abel", &format!("Grid {n:03}")).insert(conn);
            cast::give(conn, &email, "viewer", At::Dock4);
        }
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(&format!("{USERS}?per=100")).await;
    let mut form = page.page().form("Save changes");
    for role in ["manager", "billing", "operations", "reporting"] {
        for n in 0..100 {
            form = form.tick("role", &tick(&format!("grid{n:03}@acme.example"), role));
        }
    }
    let done = save(&ravi, &page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(events(&app, "role.changed").len(), 100);
    assert_eq!(roles(&app, "grid099@acme.example").len(), 5);
    assert_eq!(roles(&app, "grid100@acme.example").len(), 1);
}

#[actix_web::test]
async fn s6_whoever_was_on_the_project_once_and_is_out_of_reach_gets_nothing_by_its_grid() {
    let app = TestApp::start().await;
    let sam = "sam@acme.example";
    let olga = app.signed_in("olga@acme.example");
    // Sam comes and goes: the log of the project names him.
    for (seen, ticked) in [(false, true), (true, false)] {
        let box_of = tick(sam, "viewer");
        let id = user(sam).to_string();
        let mut fields = vec![("person", id.as_str()), ("confirmed", "yes")];
        fields.extend(seen.then_some(("seen", box_of.as_str())));
        fields.extend(ticked.then_some(("role", box_of.as_str())));
        let done = olga.post(USERS, &fields).await;
        assert_eq!(done.status, 303, "{}", done.words());
    }
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let (id, box_of) = (user(sam).to_string(), tick(sam, "billing"));
    let fields = [
        ("person", id.as_str()),
        ("role", box_of.as_str()),
        ("confirmed", "yes"),
    ];
    assert_eq!(uma.post(USERS, &fields).await.status, 404);
    assert!(roles(&app, sam).is_empty());
    assert_eq!(olga.post(USERS, &fields).await.status, 303);
}
