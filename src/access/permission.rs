//! Permissions: what code, pages and the API ask about; never a role name. The portal's own stand here, fixed in
//! code; those of the operator's products come from the [catalogue](super::catalogue).

use std::fmt;

pub use super::permission_set::{AnyKey, PermissionSet, ProductKey};

/// A permission of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Key {
    /// See the company profile: name, country and settings.
    AccountView,
    /// Change the company profile and the account's settings.
    AccountEdit,
    /// Change billing information and buy credits.
    BillingManage,
    /// Make, rotate and end the account's API keys.
    AccessKeysManage,
    /// Offer ownership of the account to somebody else.
    OwnershipTransfer,
    /// Open organizations and see the list of them.
    OrganizationsView,
    /// Create, edit, move and delete organizations, and change groups.
    OrganizationsManage,
    /// Change the organization's own profile.
    OrganizationEdit,
    /// Open projects and see the list of them.
    ProjectsView,
    /// Create, edit and close projects.
    ProjectsManage,
    /// See who belongs here and which roles they hold.
    UsersView,
    /// Add people, change their roles, deactivate and reactivate them.
    UsersManage,
    /// Compose, edit and delete the account's own roles.
    RolesManage,
    /// Give the role User Management to other people.
    UserManagementAssign,
    /// Change logo, title, colour and the pages that are shown.
    BrandingManage,
    /// See devices and their status.
    DevicesView,
    /// Add, edit and remove devices.
    DevicesManage,
    /// See the credit balance and how credits are used.
    CreditsView,
    /// See and download monthly invoices.
    InvoicesView,
    /// See who changed what, and when.
    AuditView,
}

impl Key {
    /// All of them, in the order of the matrix, which is also the order of their bits.
    pub const ALL: [Key; 20] = [
        Key::AccountView,
        Key::AccountEdit,
        Key::BillingManage,
        Key::AccessKeysManage,
        Key::OwnershipTransfer,
        Key::OrganizationsView,
        Key::OrganizationsManage,
        Key::OrganizationEdit,
        Key::ProjectsView,
        Key::ProjectsManage,
        Key::UsersView,
        Key::UsersManage,
        Key::RolesManage,
        Key::UserManagementAssign,
        Key::BrandingManage,
        Key::DevicesView,
        Key::DevicesManage,
        Key::CreditsView,
        Key::InvoicesView,
        Key::AuditView,
    ];

    /// Its place in a [`PermissionSet`].
    #[expect(
        clippy::as_conversions,
        reason = "the discriminant of an enum without fields"
    )]
    pub(super) const fn bit(self) -> u32 {
        self as u32
    }

    /// Its name in code and API: `users.manage`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Key::AccountView => "account.view",
            Key::AccountEdit => "account.edit",
            Key::BillingManage => "billing.manage",
            Key::AccessKeysManage => "access_keys.manage",
            Key::OwnershipTransfer => "ownership.transfer",
            Key::OrganizationsView => "organizations.view",
            Key::OrganizationsManage => "organizations.manage",
            Key::OrganizationEdit => "organization.edit",
            Key::ProjectsView => "projects.view",
            Key::ProjectsManage => "projects.manage",
            Key::UsersView => "users.view",
            Key::UsersManage => "users.manage",
            Key::RolesManage => "roles.manage",
            Key::UserManagementAssign => "user_management.assign",
            Key::BrandingManage => "branding.manage",
            Key::DevicesView => "devices.view",
            Key::DevicesManage => "devices.manage",
            Key::CreditsView => "credits.view",
            Key::InvoicesView => "invoices.view",
            Key::AuditView => "audit.view",
        }
    }

    /// Its name on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Key::AccountView => "View the account",
            Key::AccountEdit => "Edit the account",
            Key::BillingManage => "Manage billing",
            Key::AccessKeysManage => "Manage access keys",
            Key::OwnershipTransfer => "Transfer ownership",
            Key::OrganizationsView => "View organizations",
            Key::OrganizationsManage => "Manage organizations",
            Key::OrganizationEdit => "Edit the organization",
            Key::ProjectsView => "View projects",
            Key::ProjectsManage => "Manage projects",
            Key::UsersView => "View users",
            Key::UsersManage => "Manage users",
            Key::RolesManage => "Manage custom roles",
            Key::UserManagementAssign => "Give User Management",
            Key::BrandingManage => "Manage branding",
            Key::DevicesView => "View devices",
            Key::DevicesManage => "Manage devices",
            Key::CreditsView => "View credits",
            Key::InvoicesView => "View invoices",
            Key::AuditView => "View the audit log",
        }
    }

    /// What it allows, in one line.
    pub const fn description(self) -> &'static str {
        match self {
            Key::AccountView => "See the company profile: name, country and settings.",
            Key::AccountEdit => "Change the company profile and the account's settings.",
            Key::BillingManage => "Change billing information and buy credits.",
            Key::AccessKeysManage => "Make, rotate and end the account's API keys.",
            Key::OwnershipTransfer => "Offer ownership of the account to somebody else.",
            Key::OrganizationsView => "Open organizations and see the list of them.",
            Key::OrganizationsManage => {
                "Create, edit, move and delete organizations, and change groups."
            }
            Key::OrganizationEdit => "Change the organization's own profile.",
            Key::ProjectsView => "Open projects and see the list of them.",
            Key::ProjectsManage => "Create, edit and close projects.",
            Key::UsersView => "See who belongs here and which roles they hold.",
            Key::UsersManage => "Add people, change their roles, deactivate and reactivate them.",
            Key::RolesManage => "Compose, edit and delete the account's own roles.",
            Key::UserManagementAssign => "Give the role User Management to other people.",
            Key::BrandingManage => "Change logo, title, colour and the pages that are shown.",
            Key::DevicesView => "See devices and their status.",
            Key::DevicesManage => "Add, edit and remove devices.",
            Key::CreditsView => "See the credit balance and how credits are used.",
            Key::InvoicesView => "See and download monthly invoices.",
            Key::AuditView => "See who changed what, and when.",
        }
    }

    /// The permission of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a page or an act needs, as a type: it stands in the signature of the handler.
pub trait Permission: 'static {
    /// The permission; none if it is enough that the person can see the place.
    const KEY: Option<Key>;
}

/// Needs no permission beyond seeing the place: the front page of an account, an organization or a project.
pub struct Visible;

impl Permission for Visible {
    const KEY: Option<Key> = None;
}

/// Needs `account.view`.
pub struct AccountView;

impl Permission for AccountView {
    const KEY: Option<Key> = Some(Key::AccountView);
}

/// Needs `account.edit`.
pub struct AccountEdit;

impl Permission for AccountEdit {
    const KEY: Option<Key> = Some(Key::AccountEdit);
}

/// Needs `billing.manage`.
pub struct BillingManage;

impl Permission for BillingManage {
    const KEY: Option<Key> = Some(Key::BillingManage);
}

/// Needs `access_keys.manage`.
pub struct AccessKeysManage;

impl Permission for AccessKeysManage {
    const KEY: Option<Key> = Some(Key::AccessKeysManage);
}

/// Needs `ownership.transfer`.
pub struct OwnershipTransfer;

impl Permission for OwnershipTransfer {
    const KEY: Option<Key> = Some(Key::OwnershipTransfer);
}

/// Needs `organizations.view`.
pub struct OrganizationsView;

impl Permission for OrganizationsView {
    const KEY: Option<Key> = Some(Key::OrganizationsView);
}

/// Needs `organizations.manage`.
pub struct OrganizationsManage;

impl Permission for OrganizationsManage {
    const KEY: Option<Key> = Some(Key::OrganizationsManage);
}

/// Needs `organization.edit`.
pub struct OrganizationEdit;

impl Permission for OrganizationEdit {
    const KEY: Option<Key> = Some(Key::OrganizationEdit);
}

/// Needs `projects.view`.
pub struct ProjectsView;

impl Permission for ProjectsView {
    const KEY: Option<Key> = Some(Key::ProjectsView);
}

/// Needs `projects.manage`.
pub struct ProjectsManage;

impl Permission for ProjectsManage {
    const KEY: Option<Key> = Some(Key::ProjectsManage);
}

/// Needs `users.view`.
pub struct UsersView;

impl Permission for UsersView {
    const KEY: Option<Key> = Some(Key::UsersView);
}

/// Needs `users.manage`.
pub struct UsersManage;

impl Permission for UsersManage {
    const KEY: Option<Key> = Some(Key::UsersManage);
}

/// Needs `roles.manage`.
pub struct RolesManage;

impl Permission for RolesManage {
    const KEY: Option<Key> = Some(Key::RolesManage);
}

/// Needs `user_management.assign`.
pub struct UserManagementAssign;

impl Permission for UserManagementAssign {
    const KEY: Option<Key> = Some(Key::UserManagementAssign);
}

/// Needs `branding.manage`.
pub struct BrandingManage;

impl Permission for BrandingManage {
    const KEY: Option<Key> = Some(Key::BrandingManage);
}

/// Needs `devices.view`.
pub struct DevicesView;

impl Permission for DevicesView {
    const KEY: Option<Key> = Some(Key::DevicesView);
}

/// Needs `devices.manage`.
pub struct DevicesManage;

impl Permission for DevicesManage {
    const KEY: Option<Key> = Some(Key::DevicesManage);
}

/// Needs `credits.view`.
pub struct CreditsView;

impl Permission for CreditsView {
    const KEY: Option<Key> = Some(Key::CreditsView);
}

/// Needs `invoices.view`.
pub struct InvoicesView;

impl Permission for InvoicesView {
    const KEY: Option<Key> = Some(Key::InvoicesView);
}

/// Needs `audit.view`.
pub struct AuditView;

impl Permission for AuditView {
    const KEY: Option<Key> = Some(Key::AuditView);
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_permission_reads_back_from_its_name_and_says_what_it_allows() {
        for (place, key) in Key::ALL.into_iter().enumerate() {
            assert_eq!(usize::try_from(key.bit()).unwrap(), place, "{key}");
            assert_eq!(Key::parse(key.as_str()), Some(key));
            assert!(
                !key.label().is_empty() && key.description().ends_with('.'),
                "{key}"
            );
        }
        assert_eq!(Key::parse("users"), None);
        assert_eq!(Key::parse(""), None);
    }

    #[test]
    fn a_type_stands_for_its_permission() {
        assert_eq!(UsersManage::KEY, Some(Key::UsersManage));
        assert_eq!(AuditView::KEY, Some(Key::AuditView));
        assert_eq!(Visible::KEY, None);
    }
}
