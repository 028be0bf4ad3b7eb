//! Giving an account's own roles: wherever the built-in ones are given, and only by who holds all that is in them.

use super::*;
use crate::support::cast::{At, holder};
use tenantry::users::importing;

const USERS: &str = "/accounts/acme/organizations/north/projects/dock-4/users";
const ADD: &str = "/accounts/acme/organizations/north/members/add";

const NEW: &str = "a password of her own";

fn tick(email: &str) -> String {
    format!("{}.{}", user(email), night())
}

fn has_it(app: &TestApp, email: &str) -> bool {
    held(app, email).iter().any(|(role, ..)| *role == night())
}

#[actix_web::test]
async fn rule_17_a_role_is_given_and_taken_only_by_who_holds_everything_in_it_there() {
    let app = TestApp::start().await;
    let (uma, vera) = (
        holder("user_management", At::Dock4),
        holder("viewer", At::Dock4),
    );
    let visitor = app.signed_in(&uma);
    let page = visitor.get(USERS).await;
    says(&page, &["Night shift", "more than you hold"]);
    let form = page.page().form("Save changes").forge("role", &tick(&vera));
    let refused = visitor
        .submit(&page, &form.clone().forge("confirmed", "yes"))
        .await;
    assert_eq!(refused.status, 403);
    says(
        &refused,
        &[
            "Only somebody who can manage users here and holds everything in it can give the role Night shift.",
        ],
    );
    // Held elsewhere does not count: it is at that very place.
    app.sql(|conn| {
        cast::give(conn, &uma, "manager", At::South);
        Ok(())
    });
    assert_eq!(visitor.submit(&page, &form).await.status, 403);
    app.sql(|conn| {
        cast::give(conn, &uma, "manager", At::Dock4);
        Ok(())
    });
    let page = visitor.get(USERS).await;
    let form = page.page().form("Save changes").tick("role", &tick(&vera));
    let review = visitor.submit(&page, &form).await;
    let done = visitor.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(has_it(&app, &vera));
    let [event] = events(&app, "role.changed").try_into().unwrap();
    assert_eq!(event["role_names"][night()], "Night shift");
    // And taken likewise.
    let visitor = app.signed_in(&holder("user_management", At::North));
    let page = visitor.get(USERS).await;
    let form = page.page().form("Save changes");
    let form = form.untick("role", &tick(&vera)).forge("confirmed", "yes");
    assert_eq!(visitor.submit(&page, &form).await.status, 403);
    assert!(has_it(&app, &vera));
}

#[actix_web::test]
async fn a_role_opens_what_is_in_it_and_nothing_else() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let page = olga.get(ADD).await;
    let form = page.page().form("Add member");
    let form = form
        .tick("user", &user(SAM).to_string())
        .tick("role", &night());
    let done = olga.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let sam = app.signed_in(SAM);
    let north = "/accounts/acme/organizations/north";
    for (path, status) in [
        ("", 200),
        ("/members", 200),
        ("/devices", 200),
        ("/devices/new", 200),
        ("/members/add", 403),
        ("/settings", 403),
    ] {
        let answer = sam.get(&format!("{north}{path}")).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.words());
    }
    // Whoever is refused reads which roles would do, the account's own among them.
    let refused = app.signed_in(&holder("billing", At::North));
    let refused = refused.get(&format!("{north}/devices/new")).await;
    says(
        &refused,
        &["It takes one of: Admin, Manager, Operations, Night shift."],
    );
    for path in [
        "/me/access?account=acme",
        "/me/roles?account=",
        "/me/accounts",
    ] {
        let path = match path.strip_suffix('=') {
            Some(_) => format!("{path}{}", cast::account("acme")),
            None => path.to_owned(),
        };
        says(&sam.get(&path).await, &["Night shift"]);
    }
}

#[actix_web::test]
async fn a_role_is_ticked_imported_filtered_and_taken_like_any_other() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let file = "First name,Last name,Email,Place,Roles\n\
                Nia,Night,nia@acme.example,Dock 4,night shift; Viewer\n\
                Kim,King,kim@acme.example,Dock 4,Day shift\n";
    let page = olga.get("/accounts/acme/user-management/import").await;
    let form = page.page().form("Check the rows").fill("rows", file);
    let preview = olga.submit(&page, &form).await;
    says(&preview, &["There is no role “Day shift”"]);
    let check = olga
        .submit(&preview, &preview.page().form("Continue"))
        .await;
    let sent = olga
        .submit(&check, &check.page().form("Send 1 invitation"))
        .await;
    let import = olga.follow(sent).await;
    while importing::work(app.app()).await.unwrap() {}
    says(&olga.get(&import.path).await, &["Night shift, Viewer"]);
    let nia = user_named(&app, "nia@acme.example");
    let list = format!("/accounts/acme/user-management?role={}", night());
    let page = olga.get(&list).await;
    says(&page, &["Nia Night"]);
    assert!(!page.words().contains("Sam South"));
    // Several at once, from the list.
    let sam = user(SAM).to_string();
    let dock = cast::project("dock-9").to_string();
    let bulk = "/accounts/acme/user-management/bulk";
    let fields = [("act", "give"), ("person", &*sam), ("person", &*nia)];
    let choose = olga.post(bulk, &fields).await;
    let form = choose
        .page()
        .form("Review")
        .tick("place", &dock)
        .tick("role", &night());
    let review = olga.submit(&choose, &form).await;
    says(&review, &["Gets Night shift on Dock 9."]);
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(has_it(&app, SAM));
    let who = format!(
        "/accounts/acme/access/who?action=role-{}&where=anywhere",
        night()
    );
    let who = olga.get(&who).await;
    says(
        &who,
        &[
            "Who holds Night shift anywhere in Acme",
            "Sam South",
            "Night shift on Dock 9",
        ],
    );
    let why = format!("/accounts/acme/access/who?action=devices.manage&where={dock}");
    says(
        &olga.get(&why).await,
        &["Sam South", "Night shift on Dock 9"],
    );
    let why = format!("/accounts/acme/access?person={sam}&action=devices.manage&where={dock}");
    let why = olga.get(&why).await;
    says(
        &why,
        &["Sam South may do this in Dock 9", "Night shift on Dock 9"],
    );
    let why_not = cast::project("dock-4");
    let why_not =
        format!("/accounts/acme/access?person={sam}&action=devices.manage&where={why_not}");
    says(
        &olga.get(&why_not).await,
        &["Night shift", "holds all of its permissions"],
    );
}

fn user_named(app: &TestApp, email: &str) -> String {
    use tenantry::db::schema::users;
    let id: tenantry::db::types::UserId = app.sql(|conn| {
        users::table
            .filter(users::email_key.eq(email))
            .select(users::id)
            .first(conn)
    });
    id.to_string()
}

#[actix_web::test]
async fn a_role_of_another_account_is_none_in_any_form() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let theirs = cast::role("Day shift").to_string();
    let sam = user(SAM).to_string();
    let before = held(&app, SAM);
    let again = olga.post(ADD, &[("user", &*sam), ("role", &*theirs)]).await;
    assert_eq!(again.status, 403);
    says(&again, &["There is no such role here"]);
    let box_ = format!("{sam}.{theirs}");
    let fields = [("person", &*sam), ("role", &*box_), ("confirmed", "yes")];
    assert_eq!(olga.post(USERS, &fields).await.status, 403);
    for path in [
        format!("/accounts/acme/user-management?role={theirs}"),
        format!("/accounts/acme/access/who?action=role-{theirs}&where=anywhere"),
    ] {
        let page = olga.get(&path).await;
        assert!([200, 422].contains(&page.status), "{path}");
        assert!(!page.words().contains("Day shift"), "{path}");
    }
    for path in [
        format!("{ROLES}/{theirs}"),
        format!("{ROLES}/{theirs}/edit"),
        format!("{ROLES}/{theirs}/delete"),
    ] {
        assert_eq!(olga.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(held(&app, SAM), before);
}

#[actix_web::test]
async fn a_grant_by_who_can_no_longer_give_it_falls_away_when_it_is_accepted() {
    let app = TestApp::start().await;
    let ravi = user(RAVI);
    app.sql(|conn| {
        // Ravi gave it while he was Manager, too.
        cast::give(conn, "dana@acme.example", &night(), At::Dock4);
        diesel::update(grants::table.filter(grants::role.eq(night())))
            .set(grants::given_by.eq(Some(ravi)))
            .execute(conn)
    });
    let olga = app.signed_in(OLGA);
    let person = format!("/accounts/acme/users/{}", user("dana@acme.example"));
    says(&olga.get(&person).await, &["Night shift"]);
    let page = app.signed_in(RAVI).get(&person).await;
    assert_eq!(page.status, 200);
    let dana = app.visitor();
    let page = dana.open(&format!("/welcome/{}", cast::DANA_TOKEN)).await;
    let form = page.page().form("Set password and sign in");
    let set = dana.submit(&page, &form.fill("password", NEW)).await;
    assert_eq!(set.status, 303, "{}", set.words());
    let fields = [("email", "dana@acme.example"), ("password", NEW)];
    assert_eq!(app.visitor().post("/sign-in", &fields).await.status, 303);
    assert!(!has_it(&app, "dana@acme.example"), "S14");
    assert!(!held(&app, "dana@acme.example").is_empty());
}

#[actix_web::test]
async fn who_signs_in_with_another_address_must_hold_nothing_that_one_cannot_take() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, &night(), At::Dock9);
        Ok(())
    });
    // Ravi manages every person of the account, and does not hold what Sam's role includes.
    let ravi = app.signed_in(RAVI);
    let path = format!("/accounts/acme/users/{}/email", user(SAM));
    let answer = ravi.post(&path, &[("email", "taken@acme.example")]).await;
    assert_eq!(answer.status, 403, "{}", answer.words());
    says(
        &answer,
        &["holds a role that you cannot take away (Night shift)"],
    );
}
