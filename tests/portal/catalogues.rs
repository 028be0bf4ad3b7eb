//! Another catalogue of permissions: no page and no mail speaks of the products of the one that ships (rule 20).

use tenantry::help::pages::Topic;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, DANA_TOKEN, user};
use crate::support::visitor::Visitor;

/// A shop.
const SHOP: &str = r#"
product = "the shop"

[[permissions]]
key = "stock.view"
label = "View stock"
description = "See what is there."

[[permissions]]
key = "till.close"
label = "Close the till"
description = "Count it and lock it."

[roles]
admin = ["stock.view", "till.close"]
manager = ["stock.view", "till.close"]
viewer = ["stock.view"]
"#;

/// What only the catalogue that ships speaks of.
const WAREHOUSE: [&str; 9] = [
    "warehouse",
    "inbound",
    "deliveries",
    "cycle count",
    "pricing",
    "prices",
    "inventory",
    "shipment",
    "carrier",
];

fn speaks_of_none(what: &str, text: &str) {
    let small = text.to_lowercase();
    for word in WAREHOUSE {
        assert!(!small.contains(word), "{word:?} in {what}: {text}");
    }
}

async fn reads(visitor: &Visitor<'_>, path: &str) -> String {
    let page = visitor.open(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.words());
    speaks_of_none(path, &page.words());
    page.words()
}

#[actix_web::test]
async fn rule_20_with_another_catalogue_no_page_and_no_mail_speaks_of_a_warehouse() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.toml");
    std::fs::write(&file, SHOP).unwrap();
    let file = file.to_str().unwrap();
    let app = TestApp::with(&[("TENANTRY_CATALOGUE", file)]).await;
    let olga = app.signed_in("olga@acme.example");
    let sam = user("sam@acme.example");
    let account = "/accounts/acme";
    let place = cast::organization("north").to_string();
    let roles = reads(&olga, &format!("{account}/roles")).await;
    for says in [
        "In the shop: View stock, Close the till.",
        "Sees people, reservations and devices, and changes nothing of them. In the shop: View stock.",
        "Sees devices and looks after them.",
    ] {
        assert!(roles.contains(says), "{says}: {roles}");
    }
    for path in [
        format!("{account}/roles/new?from=manager"),
        format!("{account}/access/who?action=stock.view&where={place}"),
        format!("{account}/users/{sam}/roles"),
        format!("{account}/organizations/north/members/add"),
        format!("{account}/organizations/north/projects/dock-4/users/add"),
        format!("{account}/user-management/import"),
        format!("{account}/requests/{}", cast::request("sam@acme.example")),
        format!("/me/roles?account={}", cast::account("acme")),
        "/me/access?account=acme".to_owned(),
    ] {
        reads(&olga, &path).await;
    }
    let manager = app.signed_in(&cast::holder("manager", At::Dock4));
    reads(
        &manager,
        &format!("{account}/organizations/north/projects/dock-4"),
    )
    .await;
    for topic in Topic::ALL {
        reads(&app.visitor(), &format!("/help/{}", topic.slug())).await;
    }
    reads(&app.visitor(), &format!("/welcome/{DANA_TOKEN}")).await;
    // Somebody asks for the role Admin: what it is, is in the mail.
    let ravi = app.signed_in("ravi@acme.example");
    let form = ravi.get(&format!("{account}/requests/new")).await;
    let filled = form.page().form("Continue").tick("place", &place);
    let filled = filled
        .fill("person", "sam@acme.example")
        .fill("reason", "Somebody has to do it.");
    let check = ravi.submit(&form, &filled).await;
    speaks_of_none("the check", &check.words());
    let sent = ravi
        .submit(&check, &check.page().form("Send request"))
        .await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let mails = app.deliver().await;
    assert!(!mails.is_empty());
    for mail in mails {
        speaks_of_none(&mail.subject(), &mail.text());
        speaks_of_none(&mail.subject(), &mail.html());
        let says = "An Admin uses every function there, and gives the role User Management.";
        assert!(
            mail.text().replace('\n', " ").contains(says),
            "{}",
            mail.text()
        );
    }
}
