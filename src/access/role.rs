//! Roles: named sets of permissions. The built-in ones, what each may do at which scope, and the table of it that
//! is made once and asked on every request.

use std::fmt;

use super::catalogue::Catalogue;
use super::grant::Level;
use super::permission::{Key, PermissionSet};

/// A role that every account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Builtin {
    /// Everything, on the account alone.
    Owner,
    /// Reads everything, changes nothing.
    Auditor,
    /// All functions in the scope.
    Admin,
    /// Runs the daily work.
    Manager,
    /// Looks, and changes nothing.
    Viewer,
    /// Invoices and reports.
    Billing,
    /// Deliveries, orders, items and devices.
    Operations,
    /// Reports.
    Reporting,
    /// Adds people and changes their roles.
    UserManagement,
}

impl Builtin {
    /// In the order of pages: Owner, Auditor, Admin, then as the matrix has them.
    pub const ALL: [Builtin; 9] = [
        Self::Owner,
        Self::Auditor,
        Self::Admin,
        Self::Manager,
        Self::Viewer,
        Self::Billing,
        Self::Operations,
        Self::Reporting,
        Self::UserManagement,
    ];

    /// Its name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Viewer => "viewer",
            Self::Billing => "billing",
            Self::Operations => "operations",
            Self::Reporting => "reporting",
            Self::UserManagement => "user_management",
        }
    }

    /// The role of this name.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

    /// Its name on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Auditor => "Auditor",
            Self::Admin => "Admin",
            Self::Manager => "Manager",
            Self::Viewer => "Viewer",
            Self::Billing => "Billing",
            Self::Operations => "Operations",
            Self::Reporting => "Reporting",
            Self::UserManagement => "User Management",
        }
    }

    /// What it is for, in one sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Owner => {
                "Does everything in the account, including billing information, access keys and passing on ownership."
            }
            Self::Auditor => "Reads everything here, including the audit log, and changes nothing.",
            Self::Admin => {
                "Uses every function here, including pricing and scope approval, and gives the role User Management."
            }
            Self::Manager => {
                "Runs the daily work: deliveries, orders, items, cycle counts and reports; sees prices but no invoices."
            }
            Self::Viewer => "Sees people, projects, devices and items, and changes nothing.",
            Self::Billing => "Sees invoices, requests reports and adds items, but sees no prices.",
            Self::Operations => {
                "Works with deliveries, orders, items, cycle counts and devices, without reports or prices."
            }
            Self::Reporting => {
                "Requests fulfillment, shipment and inventory reports, and does nothing else."
            }
            Self::UserManagement => {
                "Adds people, changes their roles, and deactivates and reactivates them."
            }
        }
    }

    /// The kinds of scope at which it can be held.
    pub const fn levels(self) -> &'static [Level] {
        match self {
            Self::Owner => &[Level::Account],
            _ => &Level::ALL,
        }
    }

    /// What it may do when held at a scope of this kind. [`RoleTable`] has the answers ready.
    pub fn permissions(self, catalogue: &Catalogue, level: Level) -> PermissionSet {
        if !self.levels().contains(&level) {
            return PermissionSet::EMPTY;
        }
        self.portal(level).union(catalogue.of(self))
    }

    /// Its column of the matrix, with the two rows that depend on the scope.
    const fn portal(self, level: Level) -> PermissionSet {
        let column = self.column();
        match (level, self) {
            (Level::Account, _) => column,
            (_, Self::Manager) => column
                .without(Key::AccountView)
                .without(Key::OrganizationsManage),
            _ => column.without(Key::AccountView),
        }
    }

    /// Its column of the matrix, portal rows, at the account.
    const fn column(self) -> PermissionSet {
        match self {
            Self::Owner => PermissionSet::PORTAL,
            Self::Auditor => AUDITOR,
            Self::Admin => ADMIN,
            Self::Manager => MANAGER,
            Self::Viewer => VIEWER,
            Self::Billing => BILLING,
            Self::Operations => OPERATIONS,
            Self::Reporting => REPORTING,
            Self::UserManagement => USER_MANAGEMENT,
        }
    }
}

/// Sees that organizations and projects are there: what every role may.
const REPORTING: PermissionSet = PermissionSet::of(&[Key::OrganizationsView, Key::ProjectsView]);
const BILLING: PermissionSet = REPORTING.with(Key::CreditsView).with(Key::InvoicesView);
const OPERATIONS: PermissionSet = REPORTING.with(Key::DevicesView).with(Key::DevicesManage);
const USER_MANAGEMENT: PermissionSet = REPORTING.with(Key::UsersView).with(Key::UsersManage);
const VIEWER: PermissionSet = REPORTING
    .with(Key::AccountView)
    .with(Key::UsersView)
    .with(Key::DevicesView);
const MANAGER: PermissionSet = VIEWER.union(PermissionSet::of(&[
    Key::OrganizationsManage,
    Key::OrganizationEdit,
    Key::ProjectsManage,
    Key::DevicesManage,
    Key::CreditsView,
]));
const ADMIN: PermissionSet = PermissionSet::PORTAL
    .without(Key::BillingManage)
    .without(Key::AccessKeysManage)
    .without(Key::OwnershipTransfer);
/// Every `.view`.
const AUDITOR: PermissionSet = VIEWER
    .with(Key::CreditsView)
    .with(Key::InvoicesView)
    .with(Key::AuditView);

/// A role, as a grant names it.
///
/// An account's own roles will be a second variant, which carries the role's id; the name in `grants.role` is then
/// that id's text, which no built-in role's name can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// One that every account has.
    Builtin(Builtin),
}

impl Role {
    /// The role that `grants.role` names.
    pub fn parse(name: &str) -> Option<Self> {
        Builtin::parse(name).map(Self::Builtin)
    }

    /// As `grants.role` writes it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Builtin(role) => role.key(),
        }
    }

    /// Its name on a page.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Builtin(role) => role.label(),
        }
    }

    /// What it is for, in a sentence.
    pub const fn description(&self) -> &'static str {
        match self {
            Self::Builtin(role) => role.description(),
        }
    }

    /// The kinds of scope at which it can be held.
    pub const fn levels(&self) -> &'static [Level] {
        match self {
            Self::Builtin(role) => role.levels(),
        }
    }
}

impl From<Builtin> for Role {
    fn from(role: Builtin) -> Self {
        Self::Builtin(role)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// What each role may do at each kind of scope: made once from the catalogue, then one look per grant.
#[derive(Clone, Debug)]
pub struct RoleTable {
    builtin: [[PermissionSet; Level::ALL.len()]; Builtin::ALL.len()],
}

impl RoleTable {
    /// The table of this catalogue.
    pub fn new(catalogue: &Catalogue) -> Self {
        let row = |role: Builtin| Level::ALL.map(|level| role.permissions(catalogue, level));
        Self {
            builtin: Builtin::ALL.map(row),
        }
    }

    /// What the role may do when held at a scope of this kind.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminants of enums without fields"
    )]
    pub fn permissions(&self, role: Role, level: Level) -> PermissionSet {
        let Role::Builtin(role) = role;
        let row = self.builtin.get(role as usize);
        row.and_then(|row| row.get(level as usize))
            .copied()
            .unwrap_or_default()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
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
                    let held = table.permissions(role.into(), level).contains(key);
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
                let held = table.permissions(Builtin::Auditor.into(), level);
                assert_eq!(
                    held.contains(catalogue.find(name).unwrap()),
                    wanted,
                    "{name} {level:?}"
                );
            }
        }
    }

    #[test]
    fn another_catalogue_changes_only_the_product_side() {
        let text = "[[permissions]]\nkey = \"a.view\"\nlabel = \"A\"\ndescription = \"A.\"\n[roles]\nbilling = [\"a.view\"]";
        let catalogue = Catalogue::parse(text).unwrap();
        let table = RoleTable::new(&catalogue);
        let key = catalogue.find("a.view").unwrap();
        for role in Builtin::ALL {
            let held = table.permissions(role.into(), Level::Account);
            let wanted = matches!(role, Builtin::Owner | Builtin::Auditor | Builtin::Billing);
            assert_eq!(held.contains(key), wanted, "{role:?}");
            assert!(role.column().is_subset(held), "{role:?}");
        }
    }

    #[test]
    fn a_role_reads_back_from_its_name() {
        for role in Builtin::ALL {
            assert_eq!(Role::parse(role.key()), Some(role.into()));
            assert_eq!(Role::from(role).as_str(), role.key());
            assert_eq!(Role::from(role).to_string(), role.label());
            assert_eq!(
                role.description().matches('.').count(),
                1,
                "one sentence: {role:?}"
            );
        }
        assert_eq!(Role::parse("Owner"), None);
        assert_eq!(Role::parse(""), None);
    }
}
