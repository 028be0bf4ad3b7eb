//! Every form of the portal, field by field, with what nobody should send: no input makes a 5xx, nothing typed comes
//! back unescaped, and what cannot be taken comes back with a message beside the field or a refusal.

mod forms;
mod ways;

use crate::support::app::TestApp;
use crate::support::cast::{self, PASSWORD};
use crate::support::html::Form;
use crate::support::visitor::{Answer, Visitor};
use diesel::prelude::*;
use tenantry::access::custom::is_reserved;
use tenantry::db::schema::custom_roles;

/// What is typed into every field in turn.
fn values() -> Vec<String> {
    let long = |n: usize| "x".repeat(n);
    vec![
        String::new(),
        " ".into(),
        long(81),
        long(10_000),
        "with\0nul".into(),
        "with\u{7}control".into(),
        "line\r\nInjected: header".into(),
        "right\u{202e}to left".into(),
        "<script>alert(1)</script>".into(),
        "\"><img src=x onerror=alert(1)>".into(),
        "' OR 1=1 --".into(),
        "{{7*7}}".into(),
        "%00%2e%2e/".into(),
        "user_00000000000000000000000000".into(),
        cast::project("bay-1").to_string(),
        cast::organization("hub").to_string(),
        "owner".into(),
        "\u{1f4a9}\u{fe0f}".into(),
    ]
}

/// What holds for every answer, whatever was sent.
fn is_an_answer(what: &str, answer: &Answer) {
    if let Some(trouble) = trouble(answer) {
        panic!("{what}: {trouble}");
    }
}

/// What is not as it has to be with an answer.
fn trouble(answer: &Answer) -> Option<String> {
    let words = || answer.words();
    if answer.status >= 500 {
        return Some(words());
    }
    for raw in ["<script>alert", "<img src=x"] {
        if answer.body.contains(raw) {
            return Some(format!("{raw} comes back as markup: {}", words()));
        }
    }
    if answer.status == 422 && !answer.body.contains("role=\"alert\"") {
        return Some(format!("no message: {}", words()));
    }
    let to = answer.location()?;
    let away = !to.starts_with('/') || to.starts_with("//");
    away.then(|| format!("leads to {to}"))
}

/// Sends the form with each field in turn replaced, doubled and left out.
async fn try_form(visitor: &Visitor<'_>, page: &Answer, form: &Form) {
    let names: Vec<String> = form.fields.iter().map(|(name, _)| name.clone()).collect();
    for name in &names {
        for value in values() {
            let shown: String = value.chars().take(30).collect();
            let what = format!("{} {name}={shown:?}", form.action);
            let sent = visitor.submit(page, &form.clone().fill(name, &value)).await;
            is_an_answer(&what, &sent);
        }
        let twice = visitor
            .submit(page, &form.clone().forge(name, "again"))
            .await;
        is_an_answer(&format!("{} {name} twice", form.action), &twice);
        let mut without = form.clone();
        without.fields.retain(|(own, _)| own != name);
        is_an_answer(
            &format!("{} without {name}", form.action),
            &visitor.submit(page, &without).await,
        );
    }
}

/// The form of a role that the account makes: a new one, one that is there, and what comes in its place.
#[actix_web::test]
async fn no_field_of_the_form_of_a_role_makes_the_portal_fail_or_gives_what_no_role_can_hold() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let night = cast::role("Night shift");
    app.sql(|conn| {
        cast::give(
            conn,
            "sam@acme.example",
            &night.to_string(),
            cast::At::Dock9,
        );
        Ok(())
    });
    let role = format!("/accounts/acme/roles/{night}");
    for (path, button) in [
        ("/accounts/acme/roles/new".to_owned(), "Add role"),
        (format!("{role}/edit"), "Review changes"),
        (format!("{role}/delete"), "Review changes"),
    ] {
        let page = olga.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.words());
        let form = page.page().form(button);
        let offers = |name: &str| form.offered.iter().any(|one| one.name == name);
        let form = if offers("permission") {
            let form = form.clone().fill("name", "Gate keeper");
            let form = form.fill("description", "Opens the gate");
            let mut form = form;
            form.fields.retain(|(name, _)| name != "permission");
            form.forge("permission", "devices.view")
        } else {
            form.clone().tick("replacement", "viewer")
        };
        try_form(&olga, &page, &form).await;
        // The second step, where what was shown is confirmed.
        for value in values() {
            for name in ["confirmed", "seen", "version"] {
                let sent = olga.submit(&page, &form.clone().forge(name, &value)).await;
                let shown: String = value.chars().take(30).collect();
                is_an_answer(&format!("{path} {name}={shown:?}"), &sent);
            }
        }
    }
    let stored: Vec<String> = app.sql(|conn| {
        custom_roles::table
            .select(custom_roles::permissions)
            .load(conn)
    });
    for permissions in stored {
        for name in permissions.split(' ') {
            let known = app.app().catalogue().find(name).is_some();
            assert!(known && !is_reserved(name), "{name} in a role");
        }
    }
}

#[actix_web::test]
async fn no_value_on_the_second_page_adds_anybody_wrongly() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let first = ravi.get("/accounts/acme/user-management/new").await;
    let form = first
        .page()
        .form("Add User")
        .fill("first_name", "Nora")
        .fill("last_name", "New");
    let second = ravi
        .submit(&first, &form.fill("email", "nora@acme.example"))
        .await;
    let dock = cast::project("dock-4").to_string();
    let form = second
        .page()
        .form("Submit")
        .fill("place", &dock)
        .tick("role", "viewer");
    // The names last: a good one adds the person, and the same form again is then a success that changes nothing.
    for name in [
        "place",
        "role",
        "submission",
        "email",
        "first_name",
        "last_name",
    ] {
        for value in values() {
            let shown: String = value.chars().take(30).collect();
            let sent = ravi.submit(&second, &form.clone().fill(name, &value)).await;
            is_an_answer(&format!("{name}={shown:?}"), &sent);
            if ["place", "role", "submission"].contains(&name) {
                assert!(
                    sent.status >= 400,
                    "{name}={shown:?} was taken: {}",
                    sent.status
                );
            }
        }
    }
}

/// The forms of one request, behind its id.
#[actix_web::test]
async fn no_decision_about_a_request_can_be_filled_so_that_the_portal_fails() {
    let app = TestApp::with(&[("TENANTRY_ADDRESS_FAILURES", "10000")]).await;
    let (sam, dana) = (
        cast::request("sam@acme.example"),
        cast::request("dana@acme.example"),
    );
    let mut tried = 0;
    for (email, path) in [
        (
            "olga@acme.example",
            format!("/accounts/acme/requests/{sam}"),
        ),
        ("pat@globex.example", format!("/operator/requests/{dana}")),
        ("sam@acme.example", format!("/accounts/acme/requests/{sam}")),
    ] {
        // Old enough that the password is asked for.
        let visitor = app.signed_in(email);
        app.advance(chrono::Duration::minutes(11));
        let page = visitor.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.words());
        for form in page.page().forms() {
            if form.method == "post" && form.action.contains("/requests/") {
                try_form(&visitor, &page, &form).await;
                tried += 1;
            }
        }
    }
    assert!(tried >= 2, "only {tried} forms were found");
    let ravi = app.signed_in("ravi@acme.example");
    let fields = [
        ("person", "anna.admin.acme@acme.example"),
        ("reason", "Night shift"),
    ];
    let place = cast::project("dock-4").to_string();
    for value in values() {
        for name in ["person", "role", "reason", "place"] {
            let mut all: Vec<(&str, &str)> = fields.to_vec();
            all.push(("place", &place));
            all.retain(|(field, _)| *field != name);
            all.push((name, &value));
            let shown: String = value.chars().take(30).collect();
            for path in ["/accounts/acme/requests/new", "/accounts/acme/requests"] {
                let answer = ravi.post(path, &all).await;
                is_an_answer(&format!("{path} {name}={shown:?}"), &answer);
            }
        }
    }
}

#[actix_web::test]
async fn a_hostile_query_is_answered() {
    let app = TestApp::start().await;
    let olga = app.visitor();
    olga.post(
        "/sign-in",
        &[("email", "olga@acme.example"), ("password", PASSWORD)],
    )
    .await;
    for path in [
        "/accounts/acme/user-management",
        "/accounts/acme/user-management.csv",
        "/accounts/acme/organizations",
        "/accounts/acme/organizations.csv",
        "/accounts/acme/organizations/archived",
        "/accounts/acme/organizations/archived.csv",
        "/accounts/acme/organizations/deleted",
        "/accounts/acme/organizations/deleted.csv",
        "/accounts/acme/groups",
        "/accounts/acme/groups.csv",
        "/accounts/acme/roles",
        "/accounts/acme/roles.csv",
        "/accounts/acme/organizations/north",
        "/accounts/acme/organizations/north/projects.csv",
        "/accounts/acme/organizations/north/projects/dock-4/users",
        "/accounts/acme/organizations/north/projects/dock-4/users.csv",
        "/accounts/acme/switcher",
        "/accounts",
        "/accounts/acme/access",
        "/accounts/acme/access/person",
        "/accounts/acme/access/compare",
        "/accounts/acme/access/who",
        "/accounts/acme/access/who.csv",
        "/me/access",
        "/accounts/acme/requests",
        "/me/requests",
        "/operator/requests",
        "/me/accounts",
        "/me/notifications",
        "/me/invitation",
        "/me/leave",
        "/me/roles",
        "/me/ownership",
    ] {
        for value in values() {
            let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            for query in [
                format!("q={value}"),
                format!("after={value}&id={value}"),
                format!("before={value}&id={value}&part={value}&page={value}"),
                format!("status={value}&return={value}"),
                format!(
                    "sort={value}&per={value}&role={value}&organization={value}&project={value}"
                ),
                format!("q={value}&q={value}"),
                format!("sort={value}&sort=-name"),
                format!("person={value}&action={value}&where={value}&other={value}"),
                format!("account={value}&find={value}&other_q={value}&place_q={value}"),
                format!("status=all&before={value}"),
                format!("scope={value}"),
                format!("scope={value}&scope=account"),
            ] {
                let answer = olga.get(&format!("{path}?{query}")).await;
                is_an_answer(&format!("{path}?{query:.60}"), &answer);
                assert!(answer.status < 500);
            }
        }
    }
}
