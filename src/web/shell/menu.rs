//! The menu *Organization* in the top bar: the pages of an organization that one may open there; and the pages about
//! oneself.

use super::{NavItem, Shell};
use crate::access::permission::{Key, PermissionSet};
use crate::web::urls;

/// Of a page about oneself that is not listed itself: the one that leads to it.
fn above(path: &str) -> Option<&'static str> {
    Some(match path {
        urls::MY_BRANDING | urls::MY_EMAIL => urls::MY_PROFILE,
        urls::MY_PASSWORD | urls::MY_BROWSERS => urls::MY_SECURITY,
        "/me/invitation" | "/me/roles" | "/me/leave" | "/me/ownership" => urls::MY_ACCOUNTS,
        _ => return None,
    })
}

impl Shell {
    /// Fills the menu of the organization with the pages that these permissions open there.
    pub fn with_menu(mut self, may: PermissionSet) -> Self {
        let (Some(account), Some(organization)) = (&self.account, &self.organization) else {
            return self;
        };
        let (account, organization) = (&account.slug, &organization.slug);
        let pages = [
            (
                Key::UsersView,
                "Members",
                urls::members(account, organization),
                "people",
            ),
            (
                Key::OrganizationsView,
                "Sub-accounts",
                urls::sub_accounts_of(account, organization),
                "organization",
            ),
            (
                Key::OrganizationEdit,
                "Settings",
                urls::settings(account, organization),
                "settings",
            ),
        ];
        let path = self.path.as_str();
        let open = pages
            .into_iter()
            .filter(|(key, ..)| may.contains_key(*key))
            .map(|(_, label, href, icon)| NavItem {
                label: label.to_owned(),
                current: path.starts_with(&href),
                href,
                icon,
            });
        self.organization_menu = open.collect();
        self
    }

    /// The pages about oneself, beside each of them.
    pub fn with_own_pages(mut self) -> Self {
        let pages = [
            ("Your profile", urls::MY_PROFILE, "user"),
            ("Security", urls::MY_SECURITY, "shield"),
            ("Notifications", urls::MY_NOTIFICATIONS, "bell"),
            ("Accounts and invitations", urls::MY_ACCOUNTS, "account"),
            ("My access", urls::MY_ACCESS, "search"),
            ("Your requests", urls::MY_REQUESTS, "mail"),
        ];
        self.side = pages
            .into_iter()
            .map(|(label, href, icon)| NavItem {
                label: label.to_owned(),
                href: href.to_owned(),
                icon,
                current: self.path == href || above(&self.path) == Some(href),
            })
            .collect();
        self
    }
}
