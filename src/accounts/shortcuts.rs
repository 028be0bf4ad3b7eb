//! Short addresses that documentation and support can name for every customer (ux): each leads to the page of that
//! name in the account that one works in, or through the choice of an account to it.

use crate::web::urls;

/// A short address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcut {
    /// `/user-management`.
    UserManagement,
    /// `/account/profile`.
    Profile,
    /// `/account/organizations`.
    Organizations,
    /// `/roles`.
    Roles,
    /// `/reservation-users`: the people of each project, a part of User Management.
    ReservationUsers,
    /// `/organization/members`: the people of the selected organization.
    Members,
}

impl Shortcut {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::UserManagement,
        Self::Profile,
        Self::Organizations,
        Self::Roles,
        Self::ReservationUsers,
        Self::Members,
    ];

    /// Its name in the choice of an account.
    pub const fn word(self) -> &'static str {
        match self {
            Self::UserManagement => "user-management",
            Self::Profile => "profile",
            Self::Organizations => "organizations",
            Self::Roles => "roles",
            Self::ReservationUsers => "reservation-users",
            Self::Members => "members",
        }
    }

    /// By that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|shortcut| shortcut.word() == word)
    }

    /// The page in this account.
    pub fn page(self, account: &str) -> String {
        match self {
            Self::UserManagement => urls::user_management(account),
            Self::Profile => urls::account_profile(account),
            Self::Organizations => urls::organizations(account),
            Self::Roles => urls::roles(account),
            Self::ReservationUsers => format!("{}#project-users", urls::user_management(account)),
            Self::Members => format!("/?account={}&page=members", urls::query(account)),
        }
    }

    /// The choice of an account that goes on to the page.
    pub fn chooser(self) -> String {
        format!("{}?to={}", urls::ACCOUNTS, self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_survives_the_choice_of_an_account() {
        for shortcut in Shortcut::ALL {
            assert_eq!(Shortcut::parse(shortcut.word()), Some(shortcut));
            assert!(shortcut.chooser().ends_with(shortcut.word()));
            assert!(shortcut.page("acme").contains("acme"));
        }
        assert_eq!(Shortcut::parse("//x.example"), None);
    }
}
