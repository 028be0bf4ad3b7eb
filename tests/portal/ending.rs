//! Deactivating, reactivating, removing guests, and the last Owner (rules 11 and 14; S3, S4).

mod waiting;

use diesel::prelude::*;
use tenantry::db::schema::{
    accounts, dormant_grants, grants, memberships, projects, sessions, users,
};
use tenantry::members::Status;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::record::{self, status};
use crate::support::smtp::link_in;
use crate::support::visitor::{Answer, Visitor};

fn act(email: &str, what: &str) -> String {
    format!("/accounts/acme/users/{}/{what}", user(email))
}

/// Opens the page that asks, and presses its button.
async fn press(visitor: &Visitor<'_>, path: &str, button: &str) -> Answer {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{}", page.words());
    visitor.submit(&page, &page.page().form(button)).await
}

fn roles(app: &TestApp, email: &str) -> Vec<String> {
    app.sql(|conn| {
        grants::table
            .filter(grants::account_id.eq(cast::account("acme")))
            .filter(grants::user_id.eq(user(email)))
            .order(grants::role.asc())
            .select(grants::role)
            .load(conn)
    })
}

#[actix_web::test]
async fn what_is_done_on_one_instance_binds_the_next_request_on_every_other() {
    let app = TestApp::start().await;
    let sam = app.signed_in("sam@acme.example");
    let vera = app.signed_in(&holder("viewer", At::Dock4));
    let dock = "/accounts/acme/organizations/north/projects/dock-4";
    assert_eq!(sam.get("/accounts/acme").await.status, 200);
    assert_eq!(vera.get(dock).await.status, 200);
    let first = app.elsewhere().await;
    let ravi = app.signed_in("ravi@acme.example");
    press(
        &ravi,
        &act("sam@acme.example", "deactivate"),
        "Deactivate User",
    )
    .await;
    let theirs = user(&holder("viewer", At::Dock4));
    app.sql(|conn| {
        let end = grants::ends_at.eq(Some(app.now().plus(chrono::Duration::minutes(1))));
        diesel::update(grants::table.filter(grants::user_id.eq(theirs)))
            .set(end)
            .execute(conn)
    });
    assert_eq!(vera.get(dock).await.status, 200);
    app.advance(chrono::Duration::minutes(1));
    assert_eq!(vera.get(dock).await.status, 404, "on the second");
    app.answered_by(first);
    assert_eq!(vera.get(dock).await.status, 404, "on the first");
    assert_eq!(sam.get("/accounts/acme").await.status, 303, "signed out");
}

#[actix_web::test]
async fn who_is_deactivated_is_out_with_the_next_request_and_is_told_why_not_where() {
    let app = TestApp::start().await;
    let sam = app.signed_in("sam@acme.example");
    assert_eq!(sam.get("/accounts/acme").await.status, 200);
    let ravi = app.signed_in("ravi@acme.example");
    let path = act("sam@acme.example", "deactivate");
    let done = press(&ravi, &path, "Deactivate User").await;
    let list = ravi.follow(done).await;
    assert!(
        list.words().contains("Sam South was deactivated."),
        "{}",
        list.words()
    );
    assert_eq!(sam.get("/accounts/acme").await.status, 303, "signed out");
    let left: i64 = app.sql(|conn| {
        sessions::table
            .filter(sessions::user_id.eq(user("sam@acme.example")))
            .count()
            .get_result(conn)
    });
    assert_eq!(left, 0);
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, ["sam@acme.example"]);
    assert_eq!(mail.subject(), "Your access to Acme has ended");
    assert_eq!(
        roles(&app, "sam@acme.example"),
        ["viewer"],
        "roles are kept"
    );
    let again = ravi.get(&path).await;
    assert_eq!(again.status, 409, "{}", again.words());
}

#[actix_web::test]
async fn a_reason_that_is_too_long_comes_back_with_what_was_typed() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&act("sam@acme.example", "deactivate")).await;
    let long = "why ".repeat(400);
    let form = page.page().form("Deactivate User").fill("reason", &long);
    let back = ravi.submit(&page, &form).await;
    assert_eq!(back.status, 422, "{}", back.words());
    assert!(
        back.body.contains(long.trim_end()),
        "what was typed is lost"
    );
    assert_eq!(status(&app, "sam@acme.example"), "active");
}

#[actix_web::test]
async fn rule_11_who_manages_some_projects_is_told_which_are_missing() {
    let app = TestApp::start().await;
    let uma = holder("user_management", At::Dock4);
    let vera = holder("viewer", At::Dock4);
    let visitor = app.signed_in(&uma);
    let path = act(&vera, "deactivate");
    let refused = visitor.get(&path).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert!(
        refused.words().contains("Missing: Dock 9."),
        "{}",
        refused.words()
    );
    assert_eq!(visitor.post(&path, &[]).await.status, 403);
    app.sql(|conn| {
        cast::give(conn, &uma, "user_management", At::Dock9);
        Ok(())
    });
    let done = press(&visitor, &path, "Deactivate User").await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(status(&app, &vera), "deactivated");
}

#[actix_web::test]
async fn rule_11_an_admin_is_deactivated_by_an_admin_or_owner_and_an_owner_by_an_owner_only() {
    let app = TestApp::start().await;
    let anna = holder("admin", At::Account);
    let other = holder("admin", At::North);
    for email in [&anna, &other] {
        let refused = app
            .signed_in("ravi@acme.example")
            .post(&act(email, "deactivate"), &[])
            .await;
        assert_eq!(refused.status, 403, "{}", refused.words());
    }
    let admin = app.signed_in(&anna);
    let refused = admin
        .post(&act("olga@acme.example", "deactivate"), &[])
        .await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert_eq!(
        admin.post(&act(&other, "deactivate"), &[]).await.status,
        303
    );
    let olga = app.signed_in("olga@acme.example");
    assert_eq!(olga.post(&act(&anna, "deactivate"), &[]).await.status, 303);
}

#[actix_web::test]
async fn nobody_deactivates_themselves() {
    let app = TestApp::start().await;
    for email in ["olga@acme.example", "ravi@acme.example"] {
        let own = app
            .signed_in(email)
            .post(&act(email, "deactivate"), &[])
            .await;
        assert_eq!(own.status, 403, "{}", own.words());
    }
}

#[actix_web::test]
async fn rule_14_of_fifty_owners_who_deactivate_each_other_at_once_one_stays() {
    let app = TestApp::start().await;
    let emails: Vec<String> = (0..50).map(|n| format!("own{n}@acme.example")).collect();
    app.sql(|conn| {
        for email in &emails {
            Person::of("acme", email, "Own", "Er").insert(conn);
            cast::give(conn, email, "owner", At::Account);
        }
        diesel::delete(
            grants::table
                .filter(grants::user_id.eq(user("olga@acme.example")))
                .filter(grants::role.eq("owner")),
        )
        .execute(conn)?;
        Ok(())
    });
    let visitors: Vec<Visitor<'_>> = emails.iter().map(|email| app.signed_in(email)).collect();
    let all = visitors.iter().enumerate().map(|(n, visitor)| {
        let next = act(&emails[(n + 1) % emails.len()], "deactivate");
        async move { visitor.post(&next, &[]).await.status }
    });
    let statuses = futures_util::future::join_all(all).await;
    let left: Vec<&String> = emails
        .iter()
        .filter(|email| status(&app, email) == "active")
        .collect();
    assert!(!left.is_empty(), "nobody owns Acme any more: {statuses:?}");
    // PostgreSQL may give up on a transaction that others passed eight times: "come back later", and nothing changed.
    assert!(
        statuses.iter().all(|s| *s < 500 || *s == 503),
        "{statuses:?}"
    );
}

#[actix_web::test]
async fn s3_a_guest_keeps_their_session_and_their_other_account() {
    let app = TestApp::start().await;
    let lee = app.signed_in("lee@globex.example");
    assert_eq!(lee.get("/accounts/acme").await.status, 200);
    let ravi = app.signed_in("ravi@acme.example");
    let path = act("lee@globex.example", "deactivate");
    let page = ravi.get(&path).await;
    assert!(!page.words().contains("Globex"), "{}", page.words());
    press(&ravi, &path, "Deactivate User").await;
    assert_eq!(lee.get("/accounts/acme").await.status, 404);
    assert_eq!(lee.get("/accounts/globex").await.status, 200);
    let mail = app.deliver_one().await;
    assert!(!mail.text().contains("Globex"), "{}", mail.text());
}

#[actix_web::test]
async fn s4_whose_home_is_an_organization_is_shut_out_by_who_manages_it_or_all_projects_in_it_and_below()
 {
    for (places, south_is_below, status) in [
        (&[At::North][..], true, 303),
        (&[At::Dock4], false, 303),
        (&[At::Dock4], true, 403),
        (&[At::Dock4, At::Dock9], true, 303),
        (&[At::South], false, 403),
    ] {
        let app = TestApp::start().await;
        app.sql(|conn| {
            if south_is_below {
                cast::put_below(conn, "south", "north");
            }
            Person::of("acme", "una@acme.example", "Una", "Only").insert(conn);
            for at in places {
                cast::give(conn, "una@acme.example", "user_management", *at);
            }
            cast::give(conn, "sam@acme.example", "viewer", At::Dock4);
            let sam = memberships::table.filter(memberships::user_id.eq(user("sam@acme.example")));
            diesel::update(sam)
                .set(memberships::home_organization_id.eq(Some(cast::organization("north"))))
                .execute(conn)
        });
        let una = app.signed_in("una@acme.example");
        let done = una.post(&act("sam@acme.example", "deactivate"), &[]).await;
        assert_eq!(done.status, status, "{places:?}: {}", done.words());
        let left = record::status(&app, "sam@acme.example");
        let expected = if status == 303 {
            "deactivated"
        } else {
            "active"
        };
        assert_eq!(left, expected, "{places:?}");
    }
}

/// Pat of Globex, an operator, is shut out there; a guest of Acme with this standing, if any.
fn pat_left(app: &TestApp, elsewhere: Option<Status>) {
    app.sql(|conn| {
        let pat = cast::user("pat@globex.example");
        if let Some(status) = elsewhere {
            let pat = ("pat@globex.example", "Pat", "Platform");
            cast::belong(conn, "acme", pat, true, status);
        }
        diesel::update(memberships::table.filter(memberships::user_id.eq(pat)))
            .filter(memberships::account_id.eq(cast::account("globex")))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
}

#[actix_web::test]
async fn s3_whoever_is_shut_out_at_home_is_no_operator_and_keeps_the_address_wherever_they_come_in()
{
    let sign_in = [
        ("email", "pat@globex.example"),
        ("password", cast::PASSWORD),
    ];
    for status in [Status::Active, Status::Invited] {
        let app = TestApp::start().await;
        pat_left(&app, Some(status));
        let pat = app.visitor();
        assert_eq!(pat.post("/sign-in", &sign_in).await.status, 303);
        assert_eq!(pat.get("/accounts/globex").await.status, 404);
        assert_eq!(pat.get("/operator/requests").await.status, 404);
        let fields = [
            ("email", "pat@own.example"),
            ("current_password", cast::PASSWORD),
        ];
        let moved = pat.post("/me/email", &fields).await;
        assert_eq!(moved.status, 409, "{}", moved.words());
    }
    // Nowhere else to come in; and an invitation opens nothing where the home keeps its people to itself (rule 10).
    for elsewhere in [None, Some(Status::Invited)] {
        let app = TestApp::start().await;
        pat_left(&app, elsewhere);
        app.sql(|conn| {
            diesel::update(accounts::table.find(cast::account("globex")))
                .set(accounts::exclusive.eq(true))
                .execute(conn)
        });
        let refused = app.visitor().post("/sign-in", &sign_in).await;
        assert_eq!(refused.status, 422, "{}", refused.words());
    }
}

#[actix_web::test]
async fn rule_11_a_guest_is_removed_without_touching_their_home() {
    let app = TestApp::start().await;
    let lee = app.signed_in("lee@globex.example");
    let ravi = app.signed_in("ravi@acme.example");
    let path = act("lee@globex.example", "remove");
    let done = press(&ravi, &path, "Remove guest").await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(status(&app, "lee@globex.example"), "not here");
    assert_eq!(roles(&app, "lee@globex.example"), [""; 0]);
    assert_eq!(lee.get("/accounts/acme").await.status, 404);
    assert_eq!(lee.get("/accounts/globex").await.status, 200);
    assert_eq!(ravi.get(&path).await.status, 404);
    let own = ravi.post(&act("sam@acme.example", "remove"), &[]).await;
    assert_eq!(own.status, 409, "whose home is here is deactivated");
}

#[actix_web::test]
async fn s4_who_could_not_bring_a_guest_back_does_not_remove_them_either() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let shut_out = olga
        .post(&act("lee@globex.example", "deactivate"), &[])
        .await;
    assert_eq!(shut_out.status, 303, "{}", shut_out.words());
    let uma = app.signed_in(&cast::holder("user_management", At::North));
    let page = uma.get(&act("lee@globex.example", "remove")).await;
    assert_eq!(page.status, 403);
    for what in ["reactivate", "remove"] {
        let refused = uma.post(&act("lee@globex.example", what), &[]).await;
        assert_eq!(refused.status, 403, "{what}");
        let words = refused.words();
        assert!(words.contains("Missing: Dock 9"), "{words}");
        assert!(words.contains("The gate that refused: scope"), "{words}");
    }
    let left = status(&app, "lee@globex.example");
    assert_eq!(left, "deactivated");
    let removed = olga.post(&act("lee@globex.example", "remove"), &[]).await;
    assert_eq!(removed.status, 303, "{}", removed.words());
    assert_eq!(status(&app, "lee@globex.example"), "not here");
}

#[actix_web::test]
async fn s4_a_reactivation_brings_back_what_one_may_give_and_the_rest_waits() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, "sam@acme.example", "auditor", At::Account);
        cast::give(conn, "sam@acme.example", "billing", At::Dock4);
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let done = ravi.post(&act("sam@acme.example", "deactivate"), &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let path = act("sam@acme.example", "reactivate");
    let page = ravi.get(&path).await;
    assert!(page.words().contains("Roles that wait"), "{}", page.words());
    let billing = cast::grant_id(
        "sam@acme.example",
        "billing",
        cast::project("dock-4").uuid(),
    );
    let form = page.page().form("Reactivate User");
    let form = form.untick("keep", &billing.to_string());
    let back = ravi.submit(&page, &form).await;
    let shown = ravi.follow(back).await;
    assert!(shown.words().contains("1 role waits"), "{}", shown.words());
    assert_eq!(roles(&app, "sam@acme.example"), ["viewer"]);
    // The log says of each what became of it.
    let log: Vec<String> = app.sql(|conn| {
        use tenantry::db::schema::audit_events;
        audit_events::table
            .filter(audit_events::action.eq("role.revoked"))
            .filter(audit_events::target_id.eq(user("sam@acme.example")))
            .order(audit_events::id)
            .select(audit_events::details)
            .load(conn)
    });
    assert_eq!(log.len(), 2, "{log:?}");
    let of_auditor = log.iter().find(|one| one.contains("auditor"));
    let of_auditor = of_auditor.expect("the role that waits");
    assert!(of_auditor.contains("\"waits\":true") && of_auditor.contains("Acme"));
    let sam = app.signed_in("sam@acme.example");
    assert_eq!(sam.get("/accounts/acme").await.status, 200);

    let confirm = act("sam@acme.example", "confirm-role");
    let auditor = cast::grant_id("sam@acme.example", "auditor", cast::account("acme").uuid());
    let field = [("role", auditor.to_string())];
    let field: Vec<(&str, &str)> = field.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(ravi.post(&confirm, &field).await.status, 403);
    let anna = app.signed_in(&holder("admin", At::Account));
    assert_eq!(anna.post(&confirm, &field).await.status, 303);
    assert_eq!(roles(&app, "sam@acme.example"), ["auditor", "viewer"]);
    assert_eq!(anna.post(&confirm, &field).await.status, 409, "once");
}

#[actix_web::test]
async fn roles_whose_reservation_is_closed_are_told_before_somebody_comes_back() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, "sam@acme.example", "billing", At::Dock4);
        diesel::update(projects::table.filter(projects::id.eq(cast::project("dock-4"))))
            .set(projects::status.eq("archived"))
            .execute(conn)
    });
    let ravi = app.signed_in("ravi@acme.example");
    ravi.post(&act("sam@acme.example", "deactivate"), &[]).await;
    let page = ravi.get(&act("sam@acme.example", "reactivate")).await;
    let says = "Their place is closed: they open nothing until it is opened again. Untick what they should not have then.";
    let groups = page.page().texts("fieldset");
    assert_eq!(groups.len(), 2, "{groups:?}");
    let (back, closed) = (&groups[0], &groups[1]);
    assert!(
        back.starts_with("Roles that come back") && back.contains("Dock 9"),
        "{back}"
    );
    assert!(
        closed.starts_with("Roles that do not come back now") && closed.contains(says),
        "{closed}"
    );
    assert!(
        closed.contains("Dock 4") && !closed.contains("Dock 9") && !back.contains("Dock 4"),
        "{groups:?}"
    );
    // Kept, they come back with the place; unticked, they are gone.
    let form = page.page().form("Reactivate User");
    ravi.submit(&page, &form).await;
    assert_eq!(roles(&app, "sam@acme.example"), ["billing", "viewer"]);
    ravi.post(&act("sam@acme.example", "deactivate"), &[]).await;
    let page = ravi.get(&act("sam@acme.example", "reactivate")).await;
    let form = page.page().form("Reactivate User");
    let grant = form.fields.iter().find(|(name, _)| name == "closed");
    let (_, grant) = grant.expect("the role on Dock 4").clone();
    ravi.submit(&page, &form.untick("closed", &grant)).await;
    assert_eq!(roles(&app, "sam@acme.example"), ["viewer"]);
}

#[actix_web::test]
async fn nobody_is_given_a_role_in_an_archived_organization_by_a_page_from_before() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let settings = "/accounts/acme/organizations/north/settings";
    let page = olga.get(settings).await;
    let archived = olga.submit(&page, &page.page().form("Archive")).await;
    assert_eq!(archived.status, 303, "{}", archived.words());
    let place = cast::project("dock-4").to_string();
    let fields = [
        ("first_name", "Nina"),
        ("last_name", "New"),
        ("email", "nina@acme.example"),
        ("place", place.as_str()),
        ("role", "viewer"),
        ("submission", "sub_01jd0000000000000000000000"),
    ];
    let path = "/accounts/acme/user-management/new/roles";
    let refused = olga.post(path, &fields).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert!(
        refused.words().contains("North is archived"),
        "{}",
        refused.words()
    );
    let added: i64 = app.sql(|conn| {
        let nina = users::table.filter(users::email_key.eq("nina@acme.example"));
        nina.count().get_result(conn)
    });
    assert_eq!(added, 0);
}

#[actix_web::test]
async fn s4_the_role_admin_never_comes_back_by_a_reactivation() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let path = act("ines@acme.example", "reactivate");
    let done = press(&olga, &path, "Reactivate User").await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(roles(&app, "ines@acme.example"), [""; 0]);
    let waiting: i64 = app.sql(|conn| dormant_grants::table.count().get_result(conn));
    assert_eq!(waiting, 1);
    assert_eq!(app.deliver_one().await.to, ["ines@acme.example"]);
}

#[actix_web::test]
async fn a_reactivation_with_roles_that_changed_meanwhile_is_refused_whole() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    ravi.post(&act("sam@acme.example", "deactivate"), &[]).await;
    let page = ravi.get(&act("sam@acme.example", "reactivate")).await;
    app.sql(|conn| {
        cast::give(conn, "sam@acme.example", "reporting", At::Dock9);
        Ok(())
    });
    let form = page.page().form("Reactivate User");
    let stale = ravi.submit(&page, &form).await;
    assert_eq!(stale.status, 409, "{}", stale.words());
    assert_eq!(status(&app, "sam@acme.example"), "deactivated");
}

#[actix_web::test]
async fn rule_14_of_fifty_owners_who_go_by_different_paths_at_once_one_stays() {
    let app = TestApp::start().await;
    let emails: Vec<String> = (0..50).map(|n| format!("own{n}@acme.example")).collect();
    app.sql(|conn| {
        for email in &emails {
            Person::of("globex", email, "Own", "Er").insert(conn);
            let (name, active) = (
                (email.as_str(), "Own", "Er"),
                tenantry::members::Status::Active,
            );
            cast::belong(conn, "acme", name, true, active);
            cast::give(conn, email, "owner", At::Account);
        }
        diesel::delete(
            grants::table
                .filter(grants::user_id.eq(user("olga@acme.example")))
                .filter(grants::role.eq("owner")),
        )
        .execute(conn)?;
        Ok(())
    });
    let visitors: Vec<Visitor<'_>> = emails.iter().map(|email| app.signed_in(email)).collect();
    let account = cast::account("acme");
    let all = visitors.iter().enumerate().map(|(n, visitor)| {
        let next = &emails[(n + 1) % emails.len()];
        let own = cast::grant_id(&emails[n], "owner", account.uuid()).to_string();
        let account = account.to_string();
        let (path, fields) = match n % 4 {
            0 => (act(next, "deactivate"), Vec::new()),
            1 => (act(next, "remove"), Vec::new()),
            2 => (
                "/me/roles".to_owned(),
                vec![("account", account), ("grant", own)],
            ),
            _ => ("/me/leave".to_owned(), vec![("account", account)]),
        };
        async move {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, text)| (*name, text.as_str()))
                .collect();
            visitor.post(&path, &fields).await.status
        }
    });
    let statuses = futures_util::future::join_all(all).await;
    let left: i64 = app.sql(|conn| {
        grants::table
            .inner_join(
                memberships::table.on(memberships::user_id
                    .eq(grants::user_id)
                    .and(memberships::account_id.eq(grants::account_id))),
            )
            .filter(grants::account_id.eq(account))
            .filter(grants::role.eq("owner"))
            .filter(memberships::status.eq("active"))
            .count()
            .get_result(conn)
    });
    assert!(left > 0, "nobody owns Acme any more: {statuses:?}");
    assert!(
        statuses.iter().all(|s| *s < 500 || *s == 503),
        "{statuses:?}"
    );
    assert!(statuses.contains(&303), "{statuses:?}");
}

/// Lee is a guest of Acme, whose home is Globex.
const LEE: &str = "lee@globex.example";

#[actix_web::test]
async fn s1_a_guest_whose_address_is_another_one_meanwhile_is_invited_and_not_let_in() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let path = act(LEE, "deactivate");
    press(&olga, &path, "Deactivate User").await;
    // The home changes the address without a word from the old one.
    app.sql(|conn| {
        let run = |conn: &mut tenantry::db::Conn| {
            tenantry::members::invite_again(conn, user(LEE), cast::morning())
                .map_err(|_| diesel::result::Error::RollbackTransaction)
        };
        run(conn).map(|_| ())
    });
    let back = press(&olga, &act(LEE, "reactivate"), "Reactivate User").await;
    assert_eq!(status(&app, LEE), "invited");
    let said = olga.follow(back).await.words();
    assert!(said.contains("a new link is on its way to them"), "{said}");
    let mails = app.deliver().await;
    assert!(mails.iter().any(|mail| mail.to == [LEE.to_owned()]));
}

#[actix_web::test]
async fn rule_10_a_guest_whose_home_keeps_its_people_to_itself_is_not_let_in_again() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    press(&olga, &act(LEE, "deactivate"), "Deactivate User").await;
    app.sql(|conn| {
        use tenantry::db::schema::accounts;
        diesel::update(accounts::table.find(cast::account("globex")))
            .set(accounts::exclusive.eq(true))
            .execute(conn)
    });
    press(&olga, &act(LEE, "reactivate"), "Reactivate User").await;
    assert_eq!(status(&app, LEE), "invited");
}

#[actix_web::test]
async fn s14_what_comes_back_to_somebody_without_a_password_is_given_by_whoever_let_them_in_again()
{
    let app = TestApp::start().await;
    let dana = "dana@acme.example";
    let olga = app.signed_in("olga@acme.example");
    // Whoever gave the role has gone.
    app.sql(|conn| {
        diesel::update(memberships::table.filter(memberships::user_id.eq(user(dana))))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)?;
        diesel::update(grants::table.filter(grants::user_id.eq(user(dana))))
            .set(grants::given_by.eq(Some(user(&holder("viewer", At::Account)))))
            .execute(conn)
    });
    let before = roles(&app, dana);
    press(&olga, &act(dana, "reactivate"), "Reactivate User").await;
    let mails = app.deliver().await;
    let mail = mails
        .iter()
        .find(|mail| mail.to == [dana.to_owned()])
        .unwrap();
    let visitor = app.visitor();
    let page = visitor.open(&link_in(mail)).await;
    let form = page.page().form("Set password and sign in");
    let words = "a password of her own";
    visitor.submit(&page, &form.fill("password", words)).await;
    visitor
        .post("/sign-in", &[("email", dana), ("password", words)])
        .await;
    assert_eq!(status(&app, dana), "active");
    assert_eq!(roles(&app, dana), before);
}

#[actix_web::test]
async fn s2_a_home_organization_that_is_deleted_leaves_the_account_as_the_home_to_deactivate_in() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        use tenantry::db::schema::organizations;
        cast::insert_organization(conn, "acme", "west", "West");
        let west = cast::organization("west");
        diesel::update(organizations::table.find(west))
            .set(organizations::status.eq("deleted"))
            .execute(conn)?;
        let sam = memberships::table.filter(memberships::user_id.eq(user("sam@acme.example")));
        diesel::update(sam)
            .set(memberships::home_organization_id.eq(Some(west)))
            .execute(conn)?;
        cast::give(conn, "sam@acme.example", "viewer", At::Dock4);
        Person::of("acme", "una@acme.example", "Una", "All").insert(conn);
        cast::give(conn, "una@acme.example", "user_management", At::Dock4);
        cast::give(conn, "una@acme.example", "user_management", At::Dock9);
        Ok(())
    });
    let una = app.signed_in("una@acme.example");
    let done = press(
        &una,
        &act("sam@acme.example", "deactivate"),
        "Deactivate User",
    )
    .await;
    assert_eq!(done.status, 303, "{}", done.words());
}
