//! Asking for another role than Admin: which, where, from which page, and when nothing is asked (rules 17 and 18; S4, S5).

use super::*;
use tenantry::db::schema::{accounts, memberships};

const OLGA: &str = "olga@acme.example";
const RAVI: &str = "ravi@acme.example";

fn vera() -> String {
    holder("viewer", At::Dock4)
}

fn uma() -> String {
    holder("user_management", At::Dock4)
}

fn dock4() -> String {
    cast::project("dock-4").to_string()
}

fn dock9() -> String {
    cast::project("dock-9").to_string()
}

/// How many requests there are, whatever became of them.
fn all(app: &TestApp) -> i64 {
    app.sql(|conn| requests::table.count().get_result(conn))
}

/// What was chosen in a field of a form.
fn chosen(answer: &Answer, field: &str) -> Vec<String> {
    let form = answer.page().form("Continue");
    let these = form.fields.into_iter().filter(|(name, _)| name == field);
    these.map(|(_, value)| value).collect()
}

#[actix_web::test]
async fn rule_18_a_page_that_is_not_open_leads_to_the_smallest_role_that_opens_it() {
    let app = TestApp::start().await;
    let rita = app.signed_in(&holder("reporting", At::Dock4));
    let place = "/accounts/acme/organizations/north/projects/dock-4/users";
    for (page, role) in [
        (format!("{place}/add"), "user_management"),
        (place.to_owned(), "viewer"),
    ] {
        let refused = rita.get(&page).await;
        assert_eq!(refused.status, 403, "{page}");
        let words = refused.words();
        assert!(
            words.contains("somebody who may give it then decides"),
            "{words}"
        );
        let form = rita.get(&refused.page().link("Request access")).await;
        assert_eq!(form.page().h1(), "Request access");
        assert_eq!(chosen(&form, "role"), [role]);
        assert_eq!(chosen(&form, "place"), [dock4()]);
    }
    // What takes an Admin is asked for by its own name, still.
    let refused = rita.get("/accounts/acme/roles/new").await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    let form = rita.get(&refused.page().link("Request Admin role")).await;
    assert_eq!(form.page().h1(), "Request Admin role");
    assert_eq!(chosen(&form, "role"), ["admin"]);
    // Where nobody gets a role, nothing is offered.
    app.sql(|conn| {
        let acme = accounts::table.filter(accounts::slug.eq("acme"));
        diesel::update(acme)
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let refused = rita.get(&format!("{place}/add")).await;
    assert!(
        !refused.body.contains("requests/new"),
        "{}",
        refused.words()
    );
}

#[actix_web::test]
async fn every_role_but_owner_can_be_asked_for_and_the_accounts_own_are_among_them() {
    let app = TestApp::start().await;
    let vera = app.signed_in(&vera());
    let form = vera.get(&format!("{NEW}?role=")).await;
    let offered = form.page().texts("#role option");
    for role in [
        "Admin",
        "Auditor",
        "Operations",
        "User Management",
        "Night shift",
    ] {
        assert!(offered.contains(&role.to_owned()), "{role} in {offered:?}");
    }
    for none in ["Owner", "Day shift"] {
        assert!(!offered.contains(&none.to_owned()), "{none} in {offered:?}");
    }
    assert_eq!(chosen(&form, "role"), [""]);
    let fields = [("role", ""), ("place", &*dock4()), ("reason", WHY)];
    let empty = vera.post(NEW, &fields).await;
    assert_eq!(empty.status, 422);
    let message = ("Choose a role".to_owned(), "role".to_owned());
    assert!(
        empty.page().error_summary().contains(&message),
        "{}",
        empty.words()
    );
    assert_eq!(chosen(&empty, "reason"), [WHY], "what was typed stays");
}

#[actix_web::test]
async fn rule_17_a_forged_role_is_refused_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let (visitor, before) = (app.signed_in(&vera()), all(&app));
    let foreign = cast::role("Day shift").to_string();
    for (role, gate) in [
        ("owner", "approval"),
        ("nonsense", "role"),
        (foreign.as_str(), "role"),
    ] {
        for path in [NEW, LIST] {
            let fields = [("role", role), ("place", &*dock4()), ("reason", WHY)];
            let answer = visitor.post(path, &fields).await;
            assert_eq!(answer.status, 403, "{role}: {}", answer.words());
            let says = format!("The gate that refused: {gate}.");
            assert!(answer.words().contains(&says), "{role}: {}", answer.words());
            assert!(!answer.words().contains("Day shift"), "{}", answer.words());
        }
    }
    assert_eq!(all(&app), before);
}

#[actix_web::test]
async fn rule_18_admin_keeps_the_policy_of_the_installation_and_no_other_role_has_it() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(&vera());
    for (role, policy) in [("admin", "operator"), ("operations", "existing-admin")] {
        let fields = [
            ("role", role),
            ("place", &*dock4()),
            ("reason", WHY),
            ("policy", "existing-admin"),
        ];
        let path = visitor.post(LIST, &fields).await.location().unwrap();
        let stored: String = app.sql(|conn| {
            requests::table
                .find(id_of(&path))
                .select(requests::policy)
                .first(conn)
        });
        assert_eq!(stored, policy, "{role}");
        let done = press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
        assert_eq!(done.status, 303, "{}", done.words());
        let after = if role == "admin" {
            "approved"
        } else {
            "granted"
        };
        assert_eq!(state(&app, &path), after, "{role}");
    }
    assert_eq!(admins(&app, &vera()), 0);
}

#[actix_web::test]
async fn s5_a_role_is_asked_for_only_where_one_sees_something() {
    let app = TestApp::start().await;
    let (visitor, before) = (app.signed_in(&vera()), all(&app));
    for hidden in [
        dock9(),
        cast::organization("south").to_string(),
        cast::project("bay-1").to_string(),
        cast::account("globex").to_string(),
        cast::group("Hills").to_string(),
        "nonsense".to_owned(),
    ] {
        for role in ["operations", "user_management"] {
            let fields = [("role", role), ("place", hidden.as_str()), ("reason", WHY)];
            for path in [NEW, LIST] {
                assert_eq!(
                    visitor.post(path, &fields).await.status,
                    404,
                    "{role}: {hidden}"
                );
            }
        }
        let form = visitor
            .get(&format!("{NEW}?role=viewer&place={hidden}"))
            .await;
        assert_eq!(chosen(&form, "place"), [""], "{hidden}");
        assert!(!form.words().contains("Dock 9"), "{}", form.words());
    }
    assert_eq!(all(&app), before);
}

#[actix_web::test]
async fn rule_17_who_may_give_the_role_is_told_so_and_asks_for_nothing() {
    let app = TestApp::start().await;
    let (ravi, before) = (app.signed_in(RAVI), all(&app));
    let north = cast::organization("north").to_string();
    let ask = async |role: &str| {
        let fields = [
            ("role", role),
            ("person", VERA),
            ("place", &*north),
            ("reason", WHY),
        ];
        ravi.post(LIST, &fields).await
    };
    let told = ask("operations").await;
    assert_eq!(told.status, 422, "{}", told.words());
    let says = "You can give Vera viewer at acme Operations in North yourself, at once";
    assert!(told.words().contains(says), "{}", told.words());
    let link = told
        .page()
        .link("Give it on the page of Vera viewer at acme");
    assert_eq!(ravi.get(&link).await.status, 200);
    assert_eq!(all(&app), before);
    // What only Admins and Owners give, a user manager asks for.
    let asked = ask("auditor").await;
    assert_eq!(asked.status, 303, "{}", asked.words());
    assert_eq!(all(&app), before + 1);
}

#[actix_web::test]
async fn for_somebody_else_only_who_manages_users_there_asks() {
    let app = TestApp::start().await;
    let before = all(&app);
    let (vera, otto) = (vera(), holder("operations", At::Dock4));
    let north = cast::organization("north").to_string();
    // Uma manages users on Dock 4 alone.
    let fields = [
        ("role", "auditor"),
        ("person", vera.as_str()),
        ("place", &*north),
        ("reason", WHY),
    ];
    let answer = app.signed_in(&uma()).post(LIST, &fields).await;
    assert_eq!(answer.status, 403, "{}", answer.words());
    // Vera manages nobody.
    let fields = [
        ("role", "reporting"),
        ("person", otto.as_str()),
        ("place", &*dock4()),
        ("reason", WHY),
    ];
    let answer = app.signed_in(&vera).post(LIST, &fields).await;
    assert_eq!(answer.status, 422, "{}", answer.words());
    assert_eq!(all(&app), before);
}

#[actix_web::test]
async fn the_same_role_is_asked_for_once_and_another_beside_it() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(&vera());
    let ask = async |role: &str| {
        let fields = [("role", role), ("place", &*dock4()), ("reason", WHY)];
        visitor.post(LIST, &fields).await.location()
    };
    let first = ask("operations").await;
    assert!(first.is_some());
    let before = all(&app);
    assert_eq!(ask("operations").await, first, "the open one is shown");
    assert_eq!(all(&app), before);
    let other = ask("billing").await;
    assert!(other.is_some() && other != first);
    assert_eq!(all(&app), before + 1);
}

#[actix_web::test]
async fn what_somebody_has_or_can_do_already_is_not_asked_for() {
    let app = TestApp::start().await;
    let before = all(&app);
    for (email, role, says) in [
        (
            holder("operations", At::Dock4),
            "operations",
            "You have Operations in Dock 4 already",
        ),
        (
            holder("admin", At::Dock4),
            "viewer",
            "You can do everything in Dock 4 already that Viewer lets do",
        ),
    ] {
        let fields = [("role", role), ("place", &*dock4()), ("reason", WHY)];
        let answer = app.signed_in(&email).post(LIST, &fields).await;
        assert_eq!(answer.status, 422, "{}", answer.words());
        assert!(answer.words().contains(says), "{}", answer.words());
    }
    assert_eq!(all(&app), before);
}

#[actix_web::test]
async fn a_reason_that_is_too_long_comes_back_whole_with_the_role() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(&vera());
    for reason in [String::new(), "x".repeat(10_000)] {
        let fields = [
            ("role", "operations"),
            ("place", &*dock4()),
            ("reason", reason.as_str()),
        ];
        for path in [NEW, LIST] {
            let answer = visitor.post(path, &fields).await;
            assert_eq!(answer.status, 422);
            assert_eq!(chosen(&answer, "reason"), [reason.as_str()]);
            assert_eq!(chosen(&answer, "role"), ["operations"]);
        }
    }
}

#[actix_web::test]
async fn one_person_asks_for_so_many_roles_in_a_day() {
    let app = TestApp::start().await;
    let slugs: Vec<String> = (0..21).map(|n| format!("yard-{n}")).collect();
    app.sql(|conn| {
        for slug in &slugs {
            cast::insert_project(conn, ("acme", "north"), slug, slug);
            cast::give_on_project(conn, &vera(), "viewer", slug);
        }
        Ok(())
    });
    let visitor = app.signed_in(&vera());
    for (n, slug) in slugs.iter().enumerate() {
        let place = cast::project(slug).to_string();
        let fields = [
            ("role", "operations"),
            ("place", place.as_str()),
            ("reason", WHY),
        ];
        let answer = visitor.post(LIST, &fields).await;
        assert_eq!(
            answer.status,
            if n < 20 { 303 } else { 422 },
            "{n}: {}",
            answer.words()
        );
    }
}

#[actix_web::test]
async fn what_was_taken_over_is_not_counted_as_asked() {
    let app = TestApp::start().await;
    // One more Ravi has asked for before.
    let slugs: Vec<String> = (0..19).map(|n| format!("yard-{n}")).collect();
    app.sql(|conn| {
        for slug in &slugs {
            cast::insert_project(conn, ("acme", "north"), slug, slug);
        }
        Ok(())
    });
    let fields = |place: String| {
        let vera = vera();
        vec![
            ("role", "auditor".to_owned()),
            ("person", vera),
            ("place", place),
            ("reason", WHY.to_owned()),
        ]
    };
    let ask = async |visitor: &Visitor<'_>, place: String| {
        let fields = fields(place);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, is)| (*name, &**is)).collect();
        visitor.post(LIST, &fields).await
    };
    let ravi = app.signed_in(RAVI);
    for slug in &slugs {
        let sent = ask(&ravi, cast::project(slug).to_string()).await;
        assert_eq!(sent.status, 303, "{}", sent.words());
    }
    // Uma takes over what Ravi asked for.
    let uma = holder("user_management", At::Account);
    app.sql(|conn| {
        diesel::update(requests::table.filter(requests::requester_id.eq(user(RAVI))))
            .set((
                requests::requester_id.eq(user(&uma)),
                requests::asked_by.eq(Some(user(RAVI))),
            ))
            .execute(conn)
    });
    let sent = ask(&app.signed_in(&uma), dock4()).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
}

#[actix_web::test]
async fn where_nobody_could_approve_nothing_is_asked_and_it_is_said_whom_to_turn_to() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::delete(grants::table.filter(grants::role.eq("admin"))).execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        let olga = memberships::table.filter(memberships::user_id.eq(user(OLGA)));
        diesel::update(olga)
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
    let (before, vera) = (all(&app), vera());
    let fields = [
        ("role", "auditor"),
        ("person", vera.as_str()),
        ("place", &*dock4()),
        ("reason", WHY),
    ];
    for path in [NEW, LIST] {
        let answer = app.signed_in(RAVI).post(path, &fields).await;
        assert_eq!(answer.status, 422, "{}", answer.words());
        let words = answer.words();
        assert!(
            words.contains("Nobody else could approve Auditor in Dock 4 now"),
            "{words}"
        );
        assert!(words.contains("Turn to"), "{words}");
    }
    assert_eq!(all(&app), before);
}

#[actix_web::test]
async fn s4_who_lacks_a_project_to_deactivate_people_asks_for_user_management_on_it() {
    let app = TestApp::start().await;
    let visitor = app.signed_in(&uma());
    let person = format!("/accounts/acme/users/{}", user(&vera()));
    let mut forms = Vec::new();
    for page in ["/accounts/acme/user-management", person.as_str()] {
        let page = visitor.get(page).await;
        assert!(
            page.words().contains("Missing: Dock 9."),
            "{}",
            page.words()
        );
        forms.push(page.page().link("Request access to Dock 9"));
    }
    assert_eq!(forms[0], forms[1]);
    let form = visitor.get(&forms[0]).await;
    assert_eq!(chosen(&form, "role"), ["user_management"]);
    assert_eq!(chosen(&form, "place"), [dock9()]);
    let filled = form.page().form("Continue").fill("reason", WHY);
    let check = visitor.submit(&form, &filled).await;
    assert_eq!(check.status, 200, "{}", check.words());
    let sent = visitor
        .submit(&check, &check.page().form("Send request"))
        .await;
    let path = sent.location().unwrap();
    let page = visitor.follow(sent).await;
    for shown in [&form, &check, &page] {
        let words = shown.words();
        assert!(words.contains("Dock 9"), "{words}");
        assert!(
            !words.contains("South"),
            "where it lies is not told: {words}"
        );
        assert!(!words.contains("Anna admin"), "nor who is there: {words}");
    }
    // Whoever decides reads where it lies.
    let decides = app.signed_in(&anna());
    assert!(decides.get(&path).await.words().contains("Lies in South"));
    press(&decides, &path, "Approve", "Yes").await;
    assert_eq!(state(&app, &path), "granted");
    let page = visitor.get("/accounts/acme/user-management").await;
    assert!(!page.words().contains("Missing:"), "{}", page.words());
}

#[actix_web::test]
async fn s4_a_place_known_by_its_name_alone_is_asked_for_that_role_and_for_oneself_only() {
    let app = TestApp::start().await;
    let (visitor, before) = (app.signed_in(&uma()), all(&app));
    let vera = vera();
    for (role, person) in [
        ("operations", ""),
        ("admin", ""),
        ("user_management", vera.as_str()),
    ] {
        let fields = [
            ("role", role),
            ("person", person),
            ("place", &*dock9()),
            ("reason", WHY),
        ];
        let answer = visitor.post(LIST, &fields).await;
        assert_eq!(answer.status, 404, "{role}: {}", answer.words());
        let form = visitor
            .get(&format!("{NEW}?role={role}x&place={}", dock9()))
            .await;
        assert!(!form.words().contains("Dock 9"), "{role}: {}", form.words());
    }
    let form = visitor
        .get(&format!("{NEW}?role=user_management&place={}", dock9()))
        .await;
    assert_eq!(
        form.page().texts("#role option"),
        ["Choose one", "User Management"]
    );
    assert!(!form.page().has("#person"), "{}", form.words());
    // What is there besides stays as if it were not.
    let south = cast::organization("south").to_string();
    for place in [south, cast::project("bay-1").to_string()] {
        let fields = [
            ("role", "user_management"),
            ("place", place.as_str()),
            ("reason", WHY),
        ];
        assert_eq!(visitor.post(LIST, &fields).await.status, 404);
    }
    let dock = "/accounts/acme/organizations/south/projects/dock-9";
    assert_eq!(visitor.get(dock).await.status, 404);
    assert_eq!(all(&app), before);
}

#[actix_web::test]
async fn beyond_a_a_no_leads_to_the_request_for_the_smallest_role_where_one_may_ask() {
    let app = TestApp::start().await;
    let (otto, ravi) = (holder("operations", At::Dock4), app.signed_in(RAVI));
    let question = |action: &str| {
        let of = user(&otto);
        format!(
            "/accounts/acme/access?person={of}&action={action}&where={}",
            dock4()
        )
    };
    let answer = ravi.get(&question("audit.view")).await;
    assert_eq!(answer.page().text("#answer"), "No", "{}", answer.words());
    let form = ravi.get(&answer.page().link("Request access")).await;
    assert_eq!(chosen(&form, "role"), ["auditor"]);
    assert_eq!(chosen(&form, "place"), [dock4()]);
    assert_eq!(chosen(&form, "person"), [otto.as_str()]);
    // What Ravi gives himself is not requested.
    let answer = ravi.get(&question("users.view")).await;
    assert_eq!(answer.page().text("#answer"), "No", "{}", answer.words());
    assert!(!answer.body.contains("requests/new"), "{}", answer.words());
}
