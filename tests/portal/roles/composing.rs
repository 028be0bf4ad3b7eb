//! Making, copying and editing roles.

use futures_util::future::join_all;

use super::*;
use crate::support::cast::{At, holder};

const NEW: &str = "/accounts/acme/roles/new";

#[actix_web::test]
async fn rule_19_a_role_is_composed_of_the_catalogue_and_stands_in_the_matrix() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let list = olga.get(ROLES).await;
    let new = olga.get(&list.page().link("Add role")).await;
    let form = new.page().form("Add role");
    let empty = olga.submit(&new, &form).await;
    assert_eq!(empty.status, 422);
    says(&empty, &["Enter a name", "Select at least one permission"]);
    let form = form
        .fill("name", " Gate  keeper ")
        .fill("description", "Opens the gate")
        .tick("permission", "account.view")
        .tick("permission", "inbound.write");
    let page = olga.submit(&new, &form).await;
    assert_eq!(page.status, 303, "{}", page.words());
    let page = olga.follow(page).await;
    assert_eq!(page.page().h1(), "Gate keeper");
    says(
        &page,
        &["Opens the gate", "Only where it is held on the account."],
    );
    says(
        &page,
        &["Anyone who can manage users there and holds all of its permissions"],
    );
    let list = olga.get(ROLES).await;
    says(
        &list,
        &["Gate keeper", "Made by this account.", "Night shift"],
    );
    let heads = list.page().texts("table.matrix thead th");
    assert_eq!(heads[10..], ["Gate keeper", "Night shift"]);
    let csv = olga.get(&format!("{ROLES}.csv")).await;
    let lines: Vec<&str> = csv.body.lines().collect();
    assert!(
        lines[0].ends_with("User Management,Gate keeper,Night shift"),
        "{}",
        lines[0]
    );
    let line = |key: &str| {
        lines
            .iter()
            .find(|line| line.starts_with(key))
            .copied()
            .unwrap()
    };
    assert!(line("account.view,").ends_with(",on the account,no"));
    assert!(line("orders.write,").ends_with(",no,yes"));
    let [event] = events(&app, "custom_role.created").try_into().unwrap();
    assert_eq!(event["after"]["name"], "Gate keeper");
    let permissions = serde_json::json!(["account.view", "inbound.write"]);
    assert_eq!(event["after"]["permissions"], permissions);
    // Whoever sees the account reads it, and composes nothing.
    let vera = app.signed_in(&holder("viewer", At::Dock4));
    let list = vera.get(ROLES).await;
    says(&list, &["Night shift"]);
    assert!(!list.body.contains("Add role") && !list.body.contains(">Copy<"));
    assert_eq!(vera.get(&page_of("Night shift")).await.status, 200);
    for who in [
        holder("viewer", At::Account),
        RAVI.into(),
        holder("admin", At::North),
    ] {
        let who = app.signed_in(&who);
        for path in [NEW.to_owned(), format!("{}/edit", page_of("Night shift"))] {
            assert_eq!(who.get(&path).await.status, 403);
            assert_eq!(who.post(&path, &[]).await.status, 403);
        }
    }
}

#[actix_web::test]
async fn the_matrix_says_which_role_needs_somebodys_approval() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(ROLES).await;
    assert!(
        page.words()
            .contains("Needs approval The person accepts it No Yes, by an Admin or Owner No"),
        "{}",
        page.words()
    );
    let csv = olga.get(&format!("{ROLES}.csv")).await;
    let row = "Needs approval,The person accepts it,No,\"Yes, by an Admin or Owner\",No";
    assert!(csv.body.contains(row), "{}", csv.body);
}

#[actix_web::test]
async fn the_roles_of_one_kind_of_place_are_shown_alone_with_what_holds_there() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let all = olga.get(ROLES).await;
    assert!(!all.words().contains("Filtered by"), "{}", all.words());
    let path = all.page().link("Reservation");
    assert_eq!(path, format!("{ROLES}?scope=project"));
    let part = olga.get(&path).await;
    says(
        &part,
        &["Filtered byHeld on a single reservation", "Clear filter"],
    );
    let current = part.page().texts("nav.views a[aria-current=page]");
    assert_eq!(current, ["Reservation"]);
    let heads = part.page().texts("table.matrix thead th");
    assert_eq!(heads[1..4], ["Auditor", "Admin", "Manager"], "no Owner");
    assert_eq!(heads.len(), 10);
    let named = part.page().texts("dl.facts dt");
    assert!(!named.contains(&"Owner".to_owned()), "{named:?}");
    // The file is what the page shows.
    let csv = olga.get(&part.page().link("CSV")).await;
    let line = |csv: &Answer, key: &str| {
        let mut lines = csv.body.lines();
        let found = lines.find(|line| line.starts_with(key));
        found.unwrap_or_default().to_owned()
    };
    assert!(line(&csv, "permission,").starts_with("permission,name,Auditor,Admin,Manager"));
    // The company profile is reached by roles on the account alone; so are organizations by a Manager.
    assert!(!line(&csv, "account.view,").contains("yes"), "{}", csv.body);
    assert!(line(&csv, "organizations.manage,").contains(",no,yes,no,"));
    let csv = olga.get(&format!("{ROLES}.csv?scope=account")).await;
    assert!(line(&csv, "permission,").starts_with("permission,name,Owner,"));
    assert!(line(&csv, "organizations.manage,").contains(",yes,no,yes,yes,"));
    assert!(!csv.body.contains("on the account"), "{}", csv.body);
    let back = olga.get(&part.page().link("Clear filter")).await;
    assert_eq!(back.page().texts("table.matrix thead th").len(), 11);
    // What is no kind of place filters nothing.
    let odd = olga.get(&format!("{ROLES}?scope=planet")).await;
    assert_eq!(odd.page().texts("table.matrix thead th").len(), 11);
}

#[actix_web::test]
async fn a_copy_begins_with_what_one_may_put_in() {
    let app = TestApp::start().await;
    let anna = app.signed_in(&holder("admin", At::Account));
    let list = anna.get(ROLES).await;
    let copy = anna.get(&format!("{NEW}?from=user_management")).await;
    assert!(list.body.contains("roles/new?from=user_management"));
    says(&copy, &["A copy of User Management", "is left out"]);
    let form = copy.page().form("Add role").fill("name", "Looker");
    assert_eq!(anna.submit(&copy, &form).await.status, 303);
    let copy = anna.get(&format!("{NEW}?from={}", night())).await;
    let form = copy.page().form("Add role").fill("name", "Late shift");
    assert_eq!(anna.submit(&copy, &form).await.status, 303);
    let roles = own_roles(&app);
    assert_eq!(
        roles[0].1,
        "users.view devices.view devices.manage orders.write"
    );
    assert_eq!(roles[1].1, "organizations.view projects.view users.view");
    // A role of another account, or none, is not there to be copied.
    for from in [cast::role("Day shift").to_string(), "king".into()] {
        assert_eq!(anna.get(&format!("{NEW}?from={from}")).await.status, 404);
    }
}

#[actix_web::test]
async fn s10_seven_permissions_go_into_no_role_whoever_asks() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let edit_page = edit(&olga, "Night shift").await;
    for name in tenantry::access::custom::RESERVED {
        let fields = [("name", "Key"), ("permission", name)];
        let forged = olga.post(NEW, &fields).await;
        assert_eq!(forged.status, 422, "{name}");
        says(&forged, &["cannot include one of these"]);
        let form = edit_page.page().form("Review changes");
        let form = form.forge("permission", name).forge("confirmed", "yes");
        assert_eq!(olga.submit(&edit_page, &form).await.status, 422, "{name}");
    }
    let unknown = olga
        .post(NEW, &[("name", "Key"), ("permission", "x.y")])
        .await;
    says(&unknown, &["Select permissions from this list"]);
    assert_eq!(own_roles(&app).len(), 1);
    // Though it stood in the row: it opens nothing.
    app.sql(|conn| {
        cast::insert_role(
            conn,
            "acme",
            "Keys",
            &tenantry::access::custom::RESERVED.join(" "),
        );
        cast::give(conn, SAM, &cast::role("Keys").to_string(), At::Account);
        Ok(())
    });
    let sam = app.signed_in(SAM);
    for path in [
        "/accounts/acme/user-management/new",
        NEW,
        "/accounts/acme/ownership",
    ] {
        assert_eq!(sam.get(path).await.status, 403, "{path}");
    }
}

#[actix_web::test]
async fn a_name_is_refused_beside_its_field_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    for (name, told) in [
        ("Viewer", "A role that every account has is called so"),
        ("night SHIFT", "Another role of the account has this name"),
        ("A, B", "Leave out commas"),
        ("Day\u{202e}", "hidden character"),
        (&"n".repeat(65), "64 characters or fewer"),
    ] {
        let fields = [
            ("name", name),
            ("description", "kept"),
            ("permission", "users.view"),
        ];
        let again = olga.post(NEW, &fields).await;
        assert_eq!(again.status, 422, "{name}");
        says(&again, &[told]);
        let page = again.page();
        assert_eq!(
            page.attribute("#description", "value").as_deref(),
            Some("kept")
        );
        assert!(page.has("input[value='users.view'][checked]"));
    }
    let long = "d".repeat(201);
    let fields = [
        ("name", "D"),
        ("description", &*long),
        ("permission", "users.view"),
    ];
    assert_eq!(olga.post(NEW, &fields).await.status, 422);
    assert_eq!(own_roles(&app).len(), 1);
    // Another company has its own names.
    let gil = app.signed_in("gil@globex.example");
    let fields = [("name", "Night shift"), ("permission", "users.view")];
    assert_eq!(
        gil.post("/accounts/globex/roles/new", &fields).await.status,
        303
    );
}

#[actix_web::test]
async fn beyond_b_an_edit_says_who_gains_and_loses_and_binds_the_next_request() {
    let app = TestApp::start().await;
    let north = "/accounts/acme/organizations/north/members";
    app.sql(|conn| {
        cast::give(conn, SAM, &night(), At::North);
        // Vera sees the people of North by another role, too.
        cast::give(conn, &holder("viewer", At::North), &night(), At::North);
        Ok(())
    });
    let (olga, sam) = (app.signed_in(OLGA), app.signed_in(SAM));
    assert_eq!(sam.get(north).await.status, 200);
    let page = edit(&olga, "Night shift").await;
    let form = page
        .page()
        .form("Review changes")
        .untick("permission", "users.view")
        .tick("permission", "items.view")
        .fill("name", "Night watch");
    let review = olga.submit(&page, &form).await;
    assert_eq!(review.status, 200, "{}", review.words());
    says(
        &review,
        &[
            "Night shift is called Night watch from now on.",
            "Put in: View items.",
            "Taken out: View users.",
            "2 people hold this role. For 1 of them nothing changes now",
            "Sam South",
            "North: gains View items; loses View users.",
        ],
    );
    assert_eq!(sam.get(north).await.status, 200, "a look changes nothing");
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(sam.get(north).await.status, 403);
    let [event] = events(&app, "custom_role.changed").try_into().unwrap();
    assert_eq!(event["before"]["name"], "Night shift");
    assert_eq!(event["after"]["name"], "Night watch");
    let now = own_roles(&app);
    assert_eq!(
        now[0].1,
        "devices.view devices.manage orders.write items.view"
    );
    // The form as it was before: somebody has changed it since.
    let late = olga.submit(&page, &form.forge("confirmed", "yes")).await;
    assert_eq!(late.status, 409);
    says(&late, &["Olga Owner", "Night watch"]);
    assert_eq!(own_roles(&app), now);
    let unchanged = edit(&olga, "Night shift").await;
    let form = unchanged.page().form("Review changes");
    assert_eq!(olga.submit(&unchanged, &form).await.status, 303);
    assert_eq!(events(&app, "custom_role.changed").len(), 1);
}

#[actix_web::test]
async fn beyond_h_a_changed_role_is_changed_back_after_a_look_and_not_over_a_later_change() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let before = own_roles(&app);
    let change = async |permission: &str| {
        let page = edit(&olga, "Night shift").await;
        let form = page.page().form("Review changes");
        let review = olga
            .submit(&page, &form.untick("permission", permission))
            .await;
        let done = olga.submit(&review, &review.page().form("Submit")).await;
        olga.follow(done).await
    };
    let done = change("users.view").await;
    let now = own_roles(&app);
    assert_ne!(now, before);
    let review = olga.submit(&done, &done.page().form("Undo")).await;
    assert_eq!(review.status, 200, "{}", review.words());
    says(&review, &["Put in: View users."]);
    assert_eq!(own_roles(&app), now, "a look changes nothing");
    let back = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(back.status, 303, "{}", back.words());
    assert_eq!(own_roles(&app), before);
    let done = change("users.view").await;
    change("orders.write").await;
    let late = olga.submit(&done, &done.page().form("Undo")).await;
    assert_eq!(late.status, 409, "{}", late.words());
}

#[actix_web::test]
async fn nobody_adds_to_a_role_of_their_own() {
    let app = TestApp::start().await;
    let anna = holder("admin", At::Account);
    app.sql(|conn| {
        cast::give(conn, &anna, &night(), At::Dock9);
        Ok(())
    });
    let anna = app.signed_in(&anna);
    let page = edit(&anna, "Night shift").await;
    says(&page, &["You hold this role yourself"]);
    let form = page.page().form("Review changes");
    let more = form
        .clone()
        .tick("permission", "audit.view")
        .forge("confirmed", "yes");
    let refused = anna.submit(&page, &more).await;
    assert_eq!(refused.status, 422);
    says(&refused, &["nobody adds to their own roles"]);
    let less = form.untick("permission", "users.view");
    let blind = less.clone().forge("confirmed", "yes");
    let review = anna.submit(&page, &blind).await;
    assert_eq!(
        review.status, 200,
        "what was not looked at is not agreed to"
    );
    let less = review.page().form("Submit");
    assert_eq!(anna.submit(&review, &less).await.status, 303);
    let delete = anna
        .get(&format!("{}/delete", page_of("Night shift")))
        .await;
    assert_eq!(delete.status, 403);
    says(&delete, &["nobody changes their own roles"]);
}

#[actix_web::test]
async fn each_role_has_its_paragraph_and_the_products_their_name() {
    let app = TestApp::start().await;
    let olga = app.signed_in(OLGA);
    let page = olga.get("/accounts/acme/roles").await.page();
    let parts = page.texts("table.matrix th.part");
    assert_eq!(parts, ["In this portal", "In the warehouse"]);
    for (role, facts) in [
        ("admin", &["pricing and scope approval", "in writing"][..]),
        ("manager", &["carrier pickups", "no monthly invoices"]),
        ("billing", &["accounts payable"]),
        ("operations", &["without reports and prices"]),
        ("reporting", &["and that is all", "transaction"]),
        ("user_management", &["every active reservation"]),
    ] {
        let words = page.text(&format!("dl #{role} dd"));
        for fact in facts {
            assert!(words.contains(fact), "{role}: {words}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("catalogue.toml");
    let text = "product = \"Gatekeeper\"\n[[permissions]]\nkey = \"gates.open\"\nlabel = \"Open gates\"\ndescription = \"Gates.\"\n";
    std::fs::write(&catalogue, text).unwrap();
    let path = catalogue.to_str().unwrap();
    let app = TestApp::with(&[("TENANTRY_CATALOGUE", path)]).await;
    let page = app.signed_in(OLGA).get("/accounts/acme/roles").await.page();
    let parts = page.texts("table.matrix th.part");
    assert_eq!(parts, ["In this portal", "In Gatekeeper"]);
}

#[actix_web::test]
async fn nobody_puts_in_or_changes_what_they_do_not_hold_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("catalogue.toml");
    let text = "[[permissions]]\nkey = \"orders.write\"\nlabel = \"Write orders\"\ndescription = \"Orders.\"\n";
    std::fs::write(&catalogue, text).unwrap();
    let path = catalogue.to_str().unwrap();
    let app = TestApp::with(&[("TENANTRY_CATALOGUE", path)]).await;
    // With this catalogue an Admin holds nothing of the products, and an Owner all.
    let anna = app.signed_in(&holder("admin", At::Account));
    let fields = [("name", "Clerk"), ("permission", "orders.write")];
    let refused = anna.post(NEW, &fields).await;
    assert_eq!(refused.status, 422);
    says(&refused, &["You do not hold: Write orders"]);
    for end in ["edit", "delete"] {
        let path = format!("{}/{end}", page_of("Night shift"));
        let refused = anna.get(&path).await;
        assert_eq!(refused.status, 403, "{path}");
        says(
            &refused,
            &["what you do not hold on the account yourself: Write orders"],
        );
        assert_eq!(anna.post(&path, &[("confirmed", "yes")]).await.status, 403);
    }
    assert_eq!(app.signed_in(OLGA).post(NEW, &fields).await.status, 303);
    // Rule 20: what no product guards any more gives nothing, and is said.
    app.sql(|conn| {
        cast::insert_role(conn, "acme", "Old hand", "users.view reports.request");
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let page = olga.get(&page_of("Old hand")).await;
    says(&page, &["Gives nothing now", "reports.request"]);
    let page = edit(&olga, "Old hand").await;
    says(&page, &["They go when you save."]);
}

#[actix_web::test]
async fn of_fifty_edits_at_once_one_is_stored_and_the_others_are_told() {
    let app = TestApp::start().await;
    let (olga, anna) = (
        app.signed_in(OLGA),
        app.signed_in(&holder("admin", At::Account)),
    );
    let page = edit(&olga, "Night shift").await;
    let form = page.page().form("Review changes");
    let one = form.clone().tick("permission", "audit.view");
    let one = olga.submit(&page, &one).await.page().form("Submit");
    let two = form.untick("permission", "users.view");
    let two = anna.submit(&page, &two).await.page().form("Submit");
    let tries = (0..50).map(|n| {
        let (who, form) = if n % 2 == 0 {
            (&olga, &one)
        } else {
            (&anna, &two)
        };
        who.submit(&page, form)
    });
    let statuses: Vec<u16> = join_all(tries).await.iter().map(|one| one.status).collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 303).count(),
        1,
        "{statuses:?}"
    );
    assert!(
        statuses
            .iter()
            .all(|status| [303, 409, 503].contains(status)),
        "{statuses:?}"
    );
    assert_eq!(events(&app, "custom_role.changed").len(), 1);
}

#[actix_web::test]
async fn an_account_has_fifty_roles_of_its_own_at_most() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 1..50 {
            cast::insert_role(conn, "acme", &format!("Role {n:02}"), "users.view");
        }
        Ok(())
    });
    let olga = app.signed_in(OLGA);
    let fields = [("name", "One more"), ("permission", "users.view")];
    let full = olga.post(NEW, &fields).await;
    assert_eq!(full.status, 422);
    says(&full, &["50 roles of its own"]);
    assert_eq!(olga.get(ROLES).await.status, 200);
}
