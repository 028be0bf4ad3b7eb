//! The built-in roles, held against the matrix of the paper.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

/// The matrix as the paper has it, word for word.
const MATRIX: &str = "\
| permission | Owner | Admin | Manager | Viewer | Billing | Operations | Reporting | User Mgmt |
|---|---|---|---|---|---|---|---|---|
| account.view (profile; reached by account grants only) | ● | ● | ● | ● | | | | |
| account.edit | ● | ● | | | | | | |
| billing.manage (billing information, credits bought) | ● | | | | | | | |
| access_keys.manage | ● | | | | | | | |
| ownership.transfer | ● | | | | | | | |
| organizations.view | ● | ● | ● | ● | ● | ● | ● | ● |
| organizations.manage (create, edit, move, delete, groups) | ● | ● | at account scope | | | | | |
| organization.edit (own profile) | ● | ● | ● | | | | | |
| projects.view | ● | ● | ● | ● | ● | ● | ● | ● |
| projects.manage | ● | ● | ● | | | | | |
| users.view | ● | ● | ● | ● | | | | ● |
| users.manage | ● | ● | | | | | | ● |
| roles.manage (custom roles) | ● | ● | | | | | | |
| user_management.assign | ● | ● | | | | | | |
| branding.manage | ● | ● | | | | | | |
| devices.view | ● | ● | ● | ● | | ● | | |
| devices.manage | ● | ● | ● | | | ● | | |
| credits.view | ● | ● | ● | | ● | | | |
| invoices.view | ● | ● | | | ● | | | |
| audit.view | ● | ● | | | | | | |
| *product:* inbound.write | ● | ● | ● | | | ● | | |
| *product:* orders.write (orders, carrier pickups) | ● | ● | ● | | | ● | | |
| *product:* items.view | ● | ● | ● | ● | | ● | | |
| *product:* items.write (item master, SKUs) | ● | ● | ● | | ● | ● | | |
| *product:* cycle_counts.request | ● | ● | ● | | | ● | | |
| *product:* reports.request | ● | ● | ● | | ● | | ● | |
| *product:* pricing.view | ● | ● | ● | | | | | |
| *product:* scope.approve | ● | ● | | | | | | |";

const COLUMNS: [Builtin; 8] = [
    Builtin::Owner,
    Builtin::Admin,
    Builtin::Manager,
    Builtin::Viewer,
    Builtin::Billing,
    Builtin::Operations,
    Builtin::Reporting,
    Builtin::UserManagement,
];

/// Whether a cell of the matrix allows at this level.
fn cell(name: &str, text: &str, role: Builtin, level: Level) -> bool {
    let here = role.levels().contains(&level);
    let account = level == Level::Account;
    match text {
        "" => false,
        "at account scope" => account,
        "●" => here && (account || name != "account.view"),
        other => unreachable!("{other}"),
    }
}

#[test]
fn the_roles_are_the_matrix() {
    let catalogue = Catalogue::builtin();
    let table = RoleTable::new(&catalogue);
    let mut named = PermissionSet::EMPTY;
    for line in MATRIX.lines().skip(2) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 11, "{line}");
        let product = cells[1].starts_with("*product:*");
        let name = cells[1]
            .trim_start_matches("*product:* ")
            .split(' ')
            .next()
            .unwrap();
        let key = catalogue.find(name).unwrap();
        assert_eq!(
            product,
            Key::parse(name).is_none(),
            "{name} is on the right side"
        );
        named = named.union([key].into_iter().collect());
        for (role, text) in COLUMNS.into_iter().zip(&cells[2..10]) {
            for level in Level::ALL {
                let held = table.permissions(&role.into(), level).contains(key);
                assert_eq!(
                    held,
                    cell(name, text, role, level),
                    "{name} {role:?} {level:?}"
                );
            }
        }
    }
    assert_eq!(
        named,
        PermissionSet::PORTAL.union(catalogue.all()),
        "no row is missing"
    );
}

#[test]
fn an_auditor_holds_every_view_and_nothing_else() {
    let catalogue = Catalogue::builtin();
    let table = RoleTable::new(&catalogue);
    let names = MATRIX.lines().skip(2).map(|line| {
        line.trim_start_matches("| *product:*")
            .trim_start_matches('|')
            .trim()
            .split(' ')
            .next()
    });
    for name in names.map(Option::unwrap) {
        for level in Level::ALL {
            let view = name.ends_with(".view");
            let wanted = view && (level == Level::Account || name != "account.view");
            let held = table.permissions(&Builtin::Auditor.into(), level);
            assert_eq!(
                held.contains(catalogue.find(name).unwrap()),
                wanted,
                "{name} {level:?}"
            );
        }
    }
}

#[test]
fn rule_20_another_catalogue_changes_only_the_product_side() {
    let text = "[[permissions]]\nkey = \"a.view\"\nlabel = \"A\"\ndescription = \"A.\"\n[roles]\nbilling = [\"a.view\"]";
    let catalogue = Catalogue::parse(text).unwrap();
    let table = RoleTable::new(&catalogue);
    let key = catalogue.find("a.view").unwrap();
    for role in Builtin::ALL {
        let held = table.permissions(&role.into(), Level::Account);
        let wanted = matches!(role, Builtin::Owner | Builtin::Auditor | Builtin::Billing);
        assert_eq!(held.contains(key), wanted, "{role:?}");
        assert!(role.column().is_subset(held), "{role:?}");
    }
}

#[test]
fn a_role_reads_back_from_its_name() {
    for role in Builtin::ALL {
        assert_eq!(Builtin::parse(role.key()), Some(role));
        assert_eq!(Role::from(role).as_str(), role.key());
        assert_eq!(Role::from(role).to_string(), role.label());
    }
    assert_eq!(Builtin::parse("Owner"), None);
    assert_eq!(Builtin::parse(""), None);
}
