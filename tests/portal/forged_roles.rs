//! What no form offers as a role, sent to every form that takes one (issue *Bad input*, rules 17 and 28): refused on a
//! page that names the gate, and nothing half done.

use diesel::prelude::*;
use tenantry::db::schema::custom_roles;
use tenantry::db::types::ChangeId;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, user};
use crate::support::dump;
use crate::support::html::Form;
use crate::support::visitor::{Answer, Visitor};

const OLGA: &str = "olga@acme.example";
const SAM: &str = "sam@acme.example";
const LIST: &str = "/accounts/acme/user-management";
const NORTH: &str = "/accounts/acme/organizations/north";

/// A form as a page of the portal offers it, filled in but for the role, and the field of the role.
struct Filled {
    what: &'static str,
    page: Answer,
    form: Form,
    field: &'static str,
    /// What stands before the name of the role, and behind it.
    around: (String, &'static str),
}

impl Filled {
    fn new(what: &'static str, (page, form): (Answer, Form), field: &'static str) -> Self {
        Self {
            what,
            page,
            form,
            field,
            around: (String::new(), ""),
        }
    }

    fn with(&self, role: &str) -> Form {
        let (before, behind) = &self.around;
        let value = format!("{before}{role}{behind}");
        self.form.clone().forge(self.field, &value)
    }
}

async fn form(visitor: &Visitor<'_>, path: &str, button: &str) -> (Answer, Form) {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.words());
    let form = page.page().form(button);
    (page, form)
}

/// The second page of Add New User.
async fn new_user(visitor: &Visitor<'_>) -> (Answer, Form) {
    let (page, first) = form(visitor, &format!("{LIST}/new"), "Add User").await;
    let first = first
        .fill("first_name", "Nora")
        .fill("last_name", "New")
        .fill("email", "nora@new.example");
    let second = visitor.submit(&page, &first).await;
    let dock = cast::project("dock-4").to_string();
    let form = second.page().form("Submit").tick("place", &dock);
    (second, form)
}

/// An act on Sam, as it is filled in.
async fn bulk(visitor: &Visitor<'_>, act: &str, place: &str) -> (Answer, Form) {
    let (sam, id) = (user(SAM).to_string(), ChangeId::new().to_string());
    let fields = [("act", act), ("change", &*id), ("person", &*sam)];
    let page = visitor.post(&format!("{LIST}/bulk"), &fields).await;
    assert_eq!(page.status, 200, "{act}: {}", page.words());
    let form = page.page().form("Review").tick("place", place);
    (page, form)
}

/// The pages of an import: where its rows are sent in, and where they are agreed to.
async fn import(visitor: &Visitor<'_>) -> [(Answer, Form); 2] {
    let (page, first) = form(visitor, &format!("{LIST}/import"), "Check the rows").await;
    let first = first
        .fill(
            "rows",
            "first name,last name,email\nIvy,Import,ivy@new.example",
        )
        .tick("place", &cast::project("dock-4").to_string());
    let preview = visitor
        .submit(&page, &first.clone().tick("role", "viewer"))
        .await;
    assert_eq!(preview.status, 200, "{}", preview.words());
    let second = preview.page().form("Continue").untick("role", "viewer");
    [(page, first), (preview, second)]
}

/// Every form in which a role is chosen.
async fn forms(visitor: &Visitor<'_>) -> Vec<Filled> {
    let (sam, dock) = (user(SAM).to_string(), cast::project("dock-4").to_string());
    let north = cast::organization("north").to_string();
    let coast = format!("/accounts/acme/groups/{}/access", cast::group("Coast"));
    let (page, second) = new_user(visitor).await;
    let further = second
        .clone()
        .tick("role", "viewer")
        .forge("place2", &north);
    let mut all = vec![
        Filled::new("Add New User", (page.clone(), second), "role"),
        Filled::new("a further place of Add New User", (page, further), "role2"),
    ];
    let add = format!("{NORTH}/projects/dock-4/users/add");
    let (page, one) = form(visitor, &add, "Add User").await;
    let one = one.tick("user", &sam);
    all.push(Filled::new("Add Users to Reservation", (page, one), "role"));
    let add = format!("{NORTH}/members/add");
    let (page, one) = form(visitor, &add, "Add member").await;
    let one = one.tick("user", &sam);
    all.push(Filled::new("Add member", (page, one), "role"));
    let (page, one) = form(visitor, &format!("{coast}/add"), "Give roles").await;
    let one = one.tick("user", &sam);
    all.push(Filled::new("Give roles on a group", (page, one), "role"));
    for (what, path) in [
        ("roles on an organization", format!("{NORTH}/members/{sam}")),
        ("roles on a group", format!("{coast}/{sam}")),
        (
            "roles on the account",
            format!("/accounts/acme/users/{sam}/roles"),
        ),
    ] {
        let one = form(visitor, &path, "Review changes").await;
        all.push(Filled::new(what, one.clone(), "role"));
        if path.contains("/members/") {
            let around = (String::new(), ".below");
            let below = Filled::new("roles with everything below", one, "below");
            all.push(Filled { around, ..below });
        }
    }
    for (act, place) in [
        ("give", &north),
        ("take", &cast::project("dock-9").to_string()),
        ("join", &dock),
    ] {
        let one = bulk(visitor, act, place).await;
        all.push(Filled::new("an act on several", one, "role"));
    }
    let one = form(
        visitor,
        &format!("{NORTH}/projects/dock-4/users"),
        "Save changes",
    )
    .await;
    let vera = cast::holder("viewer", At::Dock4);
    let around = (format!("{}.", user(&vera)), "");
    all.push(Filled {
        around,
        ..Filled::new("the grid", one, "role")
    });
    let night = cast::role("Night shift");
    let path = format!("/accounts/acme/roles/{night}/delete");
    let (page, one) = form(visitor, &path, "Review changes").await;
    let one = one.untick("replacement", "");
    all.push(Filled::new(
        "what comes in place of a role",
        (page, one),
        "replacement",
    ));
    let ask = "/accounts/acme/requests/new?role=";
    let (page, one) = form(visitor, ask, "Continue").await;
    let one = one.tick("place", &dock).fill("reason", "Somebody has to.");
    let one = one.untick("role", "");
    all.push(Filled::new("Request access", (page, one), "role"));
    for one in import(visitor).await {
        all.push(Filled::new("an import", one, "role"));
    }
    all
}

#[actix_web::test]
async fn rule_28_a_forged_role_is_refused_by_every_form_with_the_gate_named() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, &cast::role("Night shift").to_string(), At::Dock9);
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let forms = forms(&olga).await;
    let before = app.sql(|conn| Ok(dump::rows(conn, &["sessions.last_seen_at"])));
    let elsewhere = cast::role("Day shift").to_string();
    for filled in &forms {
        for forged in [
            "king",
            "Viewer",
            "viewer ",
            "role_x",
            "' OR 1=1 --",
            &*elsewhere,
        ] {
            for confirmed in [false, true] {
                let form = filled.with(forged);
                let form = if confirmed {
                    form.forge("confirmed", "yes")
                } else {
                    form
                };
                let answer = olga.submit(&filled.page, &form).await;
                let what = format!("{forged:?} in {}: {}", filled.what, answer.words());
                assert_eq!(answer.status, 403, "{what}");
                assert!(
                    answer.words().contains("The gate that refused: role."),
                    "{what}"
                );
                assert!(
                    answer.words().contains("There is no such role here"),
                    "{what}"
                );
                // The page stands in the frame of whoever reads it.
                assert!(answer.words().contains("Olga Owner"), "{what}");
            }
        }
    }
    let after = app.sql(|conn| Ok(dump::rows(conn, &["sessions.last_seen_at"])));
    assert_eq!(after, before, "nothing half done");
    // With a role that there is, the same forms lead on: what refused was the role.
    for filled in &forms {
        let answer = olga.submit(&filled.page, &filled.with("billing")).await;
        let what = format!("{}: {}", filled.what, answer.words());
        assert!([200, 303, 422].contains(&answer.status), "{what}");
    }
}

#[actix_web::test]
async fn a_role_deleted_while_a_form_was_open_is_no_role_any_more() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let night = cast::role("Night shift").to_string();
    let (page, open) = form(&olga, &format!("{NORTH}/members/add"), "Add member").await;
    let open = open
        .tick("user", &user(SAM).to_string())
        .tick("role", &night);
    app.sql(|conn| {
        diesel::delete(custom_roles::table.find(cast::role("Night shift"))).execute(conn)
    });
    let refused = olga.submit(&page, &open).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert!(
        refused.words().contains("or it was deleted meanwhile"),
        "{}",
        refused.words()
    );
}
