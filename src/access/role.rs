//! Roles: named sets of permissions. The built-in ones, what each may do at which scope, and the table of it that
//! is made once and asked on every request. An account's own are in [`custom`](super::custom).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::catalogue::Catalogue;
use super::custom::{CustomRole, is_reserved};
use super::grant::Level;
use super::permission::{Key, PermissionSet, ProductKey};
use crate::db::types::RoleId;

mod texts;

pub use texts::Text;

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// One that every account has.
    Builtin(Builtin),
    /// One that the account made.
    Custom(Arc<CustomRole>),
}

impl Role {
    /// As `grants.role` writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Builtin(role) => role.key(),
            Self::Custom(role) => role.key(),
        }
    }

    /// Its name on a page.
    pub fn label(&self) -> &str {
        match self {
            Self::Builtin(role) => role.label(),
            Self::Custom(role) => &role.name,
        }
    }

    /// The kinds of scope at which it can be held.
    pub fn levels(&self) -> &'static [Level] {
        match self {
            Self::Builtin(role) => role.levels(),
            Self::Custom(_) => &Level::ALL,
        }
    }

    /// The id of one that the account made.
    pub fn custom_id(&self) -> Option<RoleId> {
        match self {
            Self::Builtin(_) => None,
            Self::Custom(role) => Some(role.id),
        }
    }
}

impl From<Builtin> for Role {
    fn from(role: Builtin) -> Self {
        Self::Builtin(role)
    }
}

impl From<&Role> for Role {
    fn from(role: &Role) -> Self {
        role.clone()
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
    products: BTreeMap<String, ProductKey>,
    texts: [Text; Builtin::ALL.len()],
    sensitive: Option<String>,
}

impl RoleTable {
    /// The table of this catalogue.
    pub fn new(catalogue: &Catalogue) -> Self {
        let row = |role: Builtin| Level::ALL.map(|level| role.permissions(catalogue, level));
        let products = catalogue.products().iter().enumerate();
        let products = products.filter(|(_, product)| !is_reserved(&product.key));
        Self {
            builtin: Builtin::ALL.map(row),
            products: products
                .filter_map(|(at, product)| Some((product.key.clone(), ProductKey::at(at)?)))
                .collect(),
            texts: Builtin::ALL.map(|role| texts::of(catalogue, role)),
            sensitive: catalogue.sensitive().map(str::to_owned),
        }
    }

    /// What a role that every account has is for.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminants of an enum without fields"
    )]
    fn text(&self, role: Builtin) -> Option<&Text> {
        self.texts.get(role as usize)
    }

    /// What the role is for, in a sentence; an account's own may say nothing.
    pub fn sentence<'a>(&'a self, role: &'a Role) -> &'a str {
        match role {
            Role::Builtin(role) => self.text(*role).map_or("", |text| text.sentence.as_str()),
            Role::Custom(role) => &role.description,
        }
    }

    /// What the role is for, in a paragraph: how it differs from the others, and what to know before it is given.
    pub fn paragraph(&self, role: Builtin) -> &str {
        self.text(role).map_or("", |text| text.paragraph.as_str())
    }

    /// What in the products only Admins and Owners do, in words; none: nothing is said of it.
    pub fn sensitive(&self) -> Option<&str> {
        self.sensitive.as_deref()
    }

    /// What the role may do when held at a scope of this kind.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminants of enums without fields"
    )]
    pub fn permissions(&self, role: &Role, level: Level) -> PermissionSet {
        let role = match role {
            Role::Builtin(role) => *role,
            Role::Custom(role) => return self.custom(role, level),
        };
        let row = self.builtin.get(role as usize);
        row.and_then(|row| row.get(level as usize))
            .copied()
            .unwrap_or_default()
    }

    /// What an account's own role may do: what is in it, as far as the catalogue knows it.
    fn custom(&self, role: &CustomRole, level: Level) -> PermissionSet {
        let products = role.permissions().iter();
        let products = products.filter_map(|name| self.products.get(name.as_str()));
        let all = products.fold(role.portal(), |held, key| held.with_product(*key));
        match level {
            Level::Account => all,
            // The company profile is reached by grants on the account only.
            _ => all.without(Key::AccountView),
        }
    }
}

#[cfg(test)]
mod tests;
