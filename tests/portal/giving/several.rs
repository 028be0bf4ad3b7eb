//! Several people at once: acts of User Management and files. What may not be is said of its row, and the others go on.

use super::*;
use crate::support::cast::holder;
use table::{gives, takes};
use tenantry::db::types::ChangeId;
use tenantry::users::importing;

const BULK: &str = "/accounts/acme/user-management/bulk";
const IMPORT: &str = "/accounts/acme/user-management/import";

/// The review of an act on one person, and then its Submit; where there is nothing to agree to, one that is forged.
async fn act(visitor: &Visitor<'_>, verb: &str, (whose, role): (&str, &str), spot: Spot) -> Answer {
    let (person, place, role) = (user(whose).to_string(), spot.id(), key(role));
    let change = ChangeId::new().to_string();
    let fields = [
        ("act", verb),
        ("change", &change),
        ("person", &person),
        ("place", &place),
        ("role", &role),
    ];
    let review = visitor.post(BULK, &fields).await;
    if review.status == 200 && review.page().has("main form") {
        return visitor.submit(&review, &review.page().form("Submit")).await;
    }
    let mut forged = fields.to_vec();
    forged.extend([("confirmed", "yes"), ("mark", "forged"), ("seen", "forged")]);
    visitor.post(BULK, &forged).await;
    review
}

/// Everybody acts on a person of their own with each role; ownership is offered on its own page.
async fn acts(verb: &str, may: fn(&Giver, &str) -> bool) {
    let mut bad = Vec::new();
    for spot in SPOTS {
        let app = start().await;
        let takes = verb == "take";
        let mut before = everything(&app);
        for giver in &GIVERS {
            let visitor = app.signed_in(giver.email);
            for role in ROLES {
                let whose = subject(giver, role);
                if takes && role != "owner" {
                    grid::hold(&app, &whose, role, spot);
                    before = everything(&app);
                }
                let answer = act(&visitor, verb, (&whose, role), spot).await;
                let holds = giver_of(&app, &whose, role, spot);
                let after = everything(&app);
                let rows = differing(&before, &after);
                before = after;
                let good = if may(giver, role) {
                    answer.status == 303 && holds.is_some() != takes && !rows.is_empty()
                } else {
                    let status = match (giver.word, spot) {
                        ("manager" | "own", _) => 403,
                        // A place that the form does not offer is not there (S6).
                        ("elsewhere", _) => 404,
                        _ => 200,
                    };
                    let skipped = answer.words().contains("0 will be done, 1 skipped.");
                    answer.status == status && (status != 200 || skipped) && rows.is_empty()
                };
                if !good {
                    let what = (verb, giver.word, role, spot);
                    bad.push(format!("{what:?}: {rows:?} {}", answer.words()));
                }
            }
        }
    }
    all_good(&bad);
}

#[actix_web::test]
async fn rule_17_add_role_for_several_gives_what_the_table_says_at_every_kind_of_place() {
    acts("give", gives).await;
}

#[actix_web::test]
async fn rule_17_remove_role_of_several_takes_what_the_table_says_at_every_kind_of_place() {
    acts("take", takes).await;
}

/// A row for each role at the place; the addresses are new.
fn file(giver: &Giver, place: &str) -> String {
    let mut rows = "First name,Last name,Email,Place,Roles\n".to_owned();
    for role in ROLES {
        let label = match role {
            "user_management" => "User Management",
            other => other,
        };
        rows.push_str(&format!(
            "Theo,New,{},{place},{label}\n",
            address(giver, role)
        ));
    }
    rows
}

fn address(giver: &Giver, role: &str) -> String {
    subject(giver, role).replace("acme.example", "new.example")
}

#[actix_web::test]
async fn rule_17_a_file_gives_what_the_table_says_row_by_row() {
    let mut bad = Vec::new();
    for (spot, place) in [
        (Spot::Account, "Acme"),
        (Spot::North, "North"),
        (Spot::Dock4, "Dock 4"),
    ] {
        let app = start().await;
        for giver in &GIVERS {
            let visitor = app.signed_in(giver.email);
            let before = everything(&app);
            let fields = [("rows", file(giver, place))];
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, text)| (*name, text.as_str()))
                .collect();
            if ["manager", "own"].contains(&giver.word) {
                for path in [
                    IMPORT.to_owned(),
                    format!("{IMPORT}/check"),
                    format!("{IMPORT}/submit"),
                ] {
                    let answer = visitor.post(&path, &fields).await;
                    if !refused_so(&answer, &Fate::Refused("role")) {
                        bad.push(format!("{path} as {}: {}", giver.word, answer.words()));
                    }
                }
            } else {
                let preview = visitor.post(IMPORT, &fields).await;
                assert_eq!(preview.status, 200, "{}", preview.words());
                let page = preview.page();
                if giver.word == "elsewhere" {
                    // Nothing that could be done; nor is anything ordered past the page.
                    let forged = visitor.post(&format!("{IMPORT}/submit"), &fields).await;
                    assert_eq!(forged.status, 422, "{spot:?}: {}", forged.words());
                } else {
                    let check = visitor.submit(&preview, &page.form("Continue")).await;
                    let button = check.page().texts("form .form-foot button.btn").remove(0);
                    let sent = visitor.submit(&check, &check.page().form(&button)).await;
                    assert_eq!(sent.status, 303, "{}", sent.words());
                }
                while importing::work(app.app()).await.unwrap() {}
            }
            for role in ROLES {
                let held = giver_of(&app, &address(giver, role), role, spot);
                let expected = gives(giver, role).then(|| Some(user(giver.email)));
                let here: i64 = app.sql(|conn| {
                    users::table
                        .filter(users::email_key.eq(address(giver, role)))
                        .count()
                        .get_result(conn)
                });
                if held != expected || here != i64::from(expected.is_some()) {
                    bad.push(format!(
                        "{:?}: {held:?}, {here} people",
                        (giver.word, role, spot)
                    ));
                }
            }
            let rows = changed(&before, &app);
            let nobody = ROLES.iter().all(|role| !gives(giver, role));
            if nobody && !rows.is_empty() {
                bad.push(format!("{} changed {rows:?}", giver.word));
            }
        }
    }
    all_good(&bad);
}

#[actix_web::test]
async fn rule_18_no_request_is_for_ownership_and_one_for_admin_is_decided_by_admins_and_owners() {
    for giver in &GIVERS {
        let app = start_with(&[("TENANTRY_ADMIN_GRANTS", "existing-admin")]).await;
        let (ravi, vera) = (
            app.signed_in(&holder("user_management", At::North)),
            holder("viewer", At::North),
        );
        let place = Spot::North.id();
        let fields = |role| {
            [
                ("person", vera.as_str()),
                ("place", &*place),
                ("reason", "She looks after it."),
                ("role", role),
            ]
        };
        let before = everything(&app);
        let forged = ravi.post("/accounts/acme/requests", &fields("owner")).await;
        assert_eq!(forged.status, 403, "{}", forged.words());
        assert_eq!(changed(&before, &app), [""; 0]);
        let sent = ravi.post("/accounts/acme/requests", &fields("admin")).await;
        let request = sent.location().expect("sent");
        let path = format!("{request}/decision");
        let visitor = app.signed_in(giver.email);
        let page = visitor.get(&request).await.page();
        let field = "input[name=seen]";
        let seen = page.has(field).then(|| page.attribute(field, "value"));
        let seen = seen.flatten().unwrap_or_default();
        let before = everything(&app);
        let words = [
            ("decision", "approve"),
            ("words", "Yes"),
            ("role", "owner"),
            ("seen", &*seen),
        ];
        let answer = visitor.post(&path, &words).await;
        let held = giver_of(&app, &vera, "admin", Spot::North);
        if ["owner", "admin"].contains(&giver.word) {
            assert_eq!(answer.status, 303, "{}: {}", giver.word, answer.words());
            assert_eq!(held, Some(Some(user(giver.email))));
            assert_eq!(giver_of(&app, &vera, "owner", Spot::Account), None);
            continue;
        }
        // Whoever manages users there sees it; for the others there is no such request.
        let status = if giver.word == "user-management" {
            403
        } else {
            404
        };
        assert_eq!(answer.status, status, "{}: {}", giver.word, answer.words());
        assert_eq!(changed(&before, &app), [""; 0], "{}", giver.word);
    }
}
