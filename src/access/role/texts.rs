//! What the built-in roles are for, in words. What they do in the portal is said here; what they do in the products is
//! said by the catalogue, in its own words or else by the names of what it lets them do.

use serde::Deserialize;

use super::Builtin;
use crate::access::catalogue::Catalogue;
use crate::access::permission::AnyKey;

/// So many permissions are named in a sentence.
const NAMED: usize = 4;

/// What a role is for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// In one sentence.
    pub sentence: String,
    /// In a paragraph: how it differs from the others, and what to know before it is given.
    pub paragraph: String,
}

/// What the role is for, where the products are those of this catalogue.
pub(super) fn of(catalogue: &Catalogue, role: Builtin) -> Text {
    if let Some(text) = catalogue.text(role) {
        return text.clone();
    }
    match (role, catalogue.sensitive()) {
        (Builtin::Admin, Some(sensitive)) => Text {
            sentence: format!(
                "Uses every function here, including {sensitive}, and gives the role User Management."
            ),
            paragraph: format!(
                "Uses every function here, what is sensitive included: {sensitive}. {ADMIN}"
            ),
        },
        // They do, or read, everything there is.
        (Builtin::Owner | Builtin::Auditor | Builtin::Admin, _) => Text {
            sentence: sentence(role).to_owned(),
            paragraph: paragraph(role),
        },
        _ => {
            let names = names(catalogue, role);
            Text {
                sentence: joined(sentence(role), &in_products(catalogue, &names, NAMED)),
                paragraph: joined(
                    &paragraph(role),
                    &in_products(catalogue, &names, names.len()),
                ),
            }
        }
    }
}

/// What is known before somebody gives the role Admin.
const ADMIN: &str = "Only Admins and Owners give the role User Management. Nobody gives Admin directly: it is requested, and somebody who is an Admin already approves it in writing.";

/// What the role does in the portal, in a sentence.
const fn sentence(role: Builtin) -> &'static str {
    match role {
        Builtin::Owner => {
            "Does everything in the account, including billing information, access keys and passing on ownership."
        }
        Builtin::Auditor => "Reads everything here, including the audit log, and changes nothing.",
        Builtin::Admin => "Uses every function here, and gives the role User Management.",
        Builtin::Manager => "Runs the daily work of projects and devices, and sees no invoices.",
        Builtin::Viewer => "Sees people, projects and devices, and changes nothing of them.",
        Builtin::Billing => "Sees invoices and credits.",
        Builtin::Operations => "Looks after devices.",
        Builtin::Reporting => "Sees that organizations and projects are there.",
        Builtin::UserManagement => {
            "Adds people, changes their roles, and deactivates and reactivates them."
        }
    }
}

/// What the role does in the portal, in a paragraph.
fn paragraph(role: Builtin) -> String {
    match role {
        Builtin::Owner => {
            "Does everything in the account: what an Admin does, and besides that billing information, access keys and passing on ownership. There is always one at least. Another is made by an Owner, and accepts.".to_owned()
        }
        Builtin::Auditor => {
            "Reads everything here, including the audit log, and changes nothing: for whoever has to check and not to act.".to_owned()
        }
        Builtin::Admin => format!("Uses every function here. {ADMIN}"),
        Builtin::Manager => {
            "Runs the daily work: makes and edits projects, looks after devices and sees people and credits, but no monthly invoices.".to_owned()
        }
        Builtin::Billing => {
            "Sees invoices and credits. Suits people in accounts payable.".to_owned()
        }
        Builtin::Operations => {
            "Sees devices and looks after them. Sees no people, no credits and no invoices.".to_owned()
        }
        Builtin::Reporting => {
            "Sees that organizations and projects are there, and nothing else of this portal.".to_owned()
        }
        Builtin::UserManagement => {
            "Adds people, changes their roles, and deactivates and reactivates them. Given by Admins and Owners alone. To deactivate somebody, it has to be held on the whole of their home, or on every active project of it.".to_owned()
        }
        Builtin::Viewer => sentence(role).to_owned(),
    }
}

/// The names of what the role may do in the products.
fn names(catalogue: &Catalogue, role: Builtin) -> Vec<&str> {
    let held = catalogue.of(role);
    let label = |key| match key {
        AnyKey::Product(key) => catalogue.get(key).map(|product| product.label.trim()),
        AnyKey::Portal(_) => None,
    };
    held.iter().filter_map(label).collect()
}

/// "In the shop: View stock, Place orders, and 3 more."; nothing where nothing may be done there.
fn in_products(catalogue: &Catalogue, names: &[&str], most: usize) -> String {
    let Some(named) = names
        .get(..most.min(names.len()))
        .filter(|it| !it.is_empty())
    else {
        return String::new();
    };
    let more = match names.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("{}: {}{more}.", catalogue.heading(), named.join(", "))
}

fn joined(one: &str, other: &str) -> String {
    format!("{one} {other}").trim_end().to_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Words of the warehouse, which no other catalogue brings along.
    const WAREHOUSE: [&str; 10] = [
        "warehouse",
        "deliver",
        "order",
        "item",
        "cycle",
        "pric",
        "report",
        "inventory",
        "shipment",
        "carrier",
    ];

    fn all(catalogue: &Catalogue) -> Vec<Text> {
        Builtin::ALL.map(|role| of(catalogue, role)).to_vec()
    }

    #[test]
    fn rule_20_each_role_says_of_the_products_what_the_catalogue_that_ships_says() {
        let texts = all(&Catalogue::builtin());
        let sentences: Vec<&str> = texts.iter().map(|text| text.sentence.as_str()).collect();
        assert_eq!(
            sentences,
            [
                "Does everything in the account, including billing information, access keys and passing on ownership.",
                "Reads everything here, including the audit log, and changes nothing.",
                "Uses every function here, including pricing and scope approval, and gives the role User Management.",
                "Runs the daily work: deliveries, orders, items, cycle counts and reports; sees prices but no invoices.",
                "Sees people, projects, devices and items, and changes nothing.",
                "Sees invoices, requests reports and adds items, but sees no prices.",
                "Works with deliveries, orders, items, cycle counts and devices, without reports or prices.",
                "Requests fulfillment, shipment and inventory reports, and does nothing else.",
                "Adds people, changes their roles, and deactivates and reactivates them.",
            ]
        );
        let paragraphs: Vec<&str> = texts.iter().map(|text| text.paragraph.as_str()).collect();
        assert_eq!(
            paragraphs,
            [
                "Does everything in the account: what an Admin does, and besides that billing information, access keys and passing on ownership. There is always one at least. Another is made by an Owner, and accepts.",
                "Reads everything here, including the audit log, and changes nothing: for whoever has to check and not to act.",
                "Uses every function here, what is sensitive included: pricing and scope approval. Only Admins and Owners give the role User Management. Nobody gives Admin directly: it is requested, and somebody who is an Admin already approves it in writing.",
                "Runs the daily work: creates and edits inbound deliveries, orders and carrier pickups, keeps the items and sees the inventory, requests cycle counts, and requests fulfillment, shipment and inventory reports. Reviews the prices of a project, but sees no monthly invoices.",
                "Sees people, projects, devices and items, and changes nothing. Sees no prices and no invoices.",
                "Sees invoices and requests reports, but sees no prices; can add items, too. Suits people in accounts payable.",
                "Creates and edits inbound deliveries and outbound orders, keeps the items, sees the inventory, requests cycle counts and looks after devices. Close to Manager, but without reports and prices.",
                "Requests fulfillment, shipment and inventory reports, and that is all: no other function, process or transaction can be seen or entered, be it deliveries, inventory or prices.",
                "Adds people, changes their roles, and deactivates and reactivates them. Given by Admins and Owners alone. To deactivate somebody, it has to be held on the whole of their home, or on every active project of it.",
            ]
        );
    }

    #[test]
    fn rule_20_another_catalogue_speaks_of_its_own_products_alone() {
        let permission = |key: &str, label: &str| {
            format!("[[permissions]]\nkey = \"{key}\"\nlabel = \"{label}\"\ndescription = \"D.\"\n")
        };
        let shop: String = [
            "View stock",
            "Sell",
            "Refund",
            "Count the till",
            "Close the shop",
        ]
        .iter()
        .enumerate()
        .map(|(at, label)| permission(&format!("shop.p{at}"), label))
        .collect();
        let text = format!(
            "product = \"the shop\"\n{shop}[roles]\nmanager = [\"shop.p0\", \"shop.p1\", \"shop.p2\", \"shop.p3\", \"shop.p4\"]\nviewer = [\"shop.p0\"]"
        );
        for text in ["", &text] {
            for text in all(&Catalogue::parse(text).unwrap()) {
                for said in [&text.sentence, &text.paragraph] {
                    let small = said.to_lowercase();
                    assert!(!WAREHOUSE.iter().any(|word| small.contains(word)), "{said}");
                    assert!(said.ends_with('.'), "{said}");
                }
            }
        }
        let catalogue = Catalogue::parse(&text).unwrap();
        let manager = of(&catalogue, Builtin::Manager);
        assert!(
            manager
                .sentence
                .ends_with("In the shop: View stock, Sell, Refund, Count the till, and 1 more."),
            "{}",
            manager.sentence
        );
        assert!(
            manager
                .paragraph
                .ends_with("Count the till, Close the shop.")
        );
        let viewer = of(&catalogue, Builtin::Viewer);
        assert!(viewer.sentence.ends_with("In the shop: View stock."));
        assert!(!of(&catalogue, Builtin::Billing).sentence.contains("shop"));
    }

    #[test]
    fn a_catalogue_may_say_it_in_its_own_words() {
        let text = "sensitive = \"closing the shop\"\n[texts.viewer]\nsentence = \"Looks.\"\nparagraph = \"Looks, and buys nothing.\"";
        let catalogue = Catalogue::parse(text).unwrap();
        assert_eq!(of(&catalogue, Builtin::Viewer).sentence, "Looks.");
        assert_eq!(
            of(&catalogue, Builtin::Viewer).paragraph,
            "Looks, and buys nothing."
        );
        let admin = of(&catalogue, Builtin::Admin);
        assert!(admin.sentence.contains("including closing the shop, and"));
        assert!(admin.paragraph.contains("included: closing the shop. Only"));
    }
}
