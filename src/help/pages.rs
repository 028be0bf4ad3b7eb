//! The help pages: a topic is a word in the address, a title and a template.

use askama::Template;

use crate::web::shell::Shell;

/// What a help page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Adding somebody who is not in the account yet.
    NewUsers,
    /// Giving somebody in the account a role on a project.
    ExistingUsers,
    /// Deactivating, reactivating and removing people.
    Leaving,
    /// What the roles are.
    Roles,
    /// Why somebody may do something, and why not.
    Access,
    /// How the role Admin comes about.
    Admin,
    /// Signing in, forgotten passwords, locks.
    SigningIn,
    /// Name, address and sessions of a login.
    Login,
    /// Which notices one is mailed.
    Notifications,
    /// Which organization one works in.
    Organization,
    /// Things with an identifier, one by one and from a file.
    Devices,
    /// Sub-accounts: the tree of organizations, moving and deleting.
    Tree,
    /// Several accounts, invitations, leaving, ownership.
    Accounts,
    /// What an account says about itself.
    Profile,
    /// Expired, used and broken links.
    Links,
    /// Search, filters, sorting, files.
    Lists,
}

impl Topic {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 16] = [
        Self::NewUsers,
        Self::ExistingUsers,
        Self::Leaving,
        Self::Roles,
        Self::Access,
        Self::Admin,
        Self::SigningIn,
        Self::Login,
        Self::Notifications,
        Self::Organization,
        Self::Devices,
        Self::Tree,
        Self::Accounts,
        Self::Profile,
        Self::Links,
        Self::Lists,
    ];

    /// Its word in the address.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::NewUsers => "creating-new-users",
            Self::ExistingUsers => "adding-existing-users",
            Self::Leaving => "deactivating-users",
            Self::Roles => "about-user-roles",
            Self::Access => "why-can-somebody-do-this",
            Self::Admin => "requesting-the-admin-role",
            Self::SigningIn => "signing-in",
            Self::Login => "name-address-and-sessions",
            Self::Notifications => "mails-that-you-get",
            Self::Organization => "setting-your-organization",
            Self::Devices => "devices",
            Self::Tree => "sub-accounts",
            Self::Accounts => "several-accounts",
            Self::Profile => "account-profile",
            Self::Links => "if-a-link-does-not-work",
            Self::Lists => "finding-and-downloading",
        }
    }

    /// By that word.
    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.slug() == slug)
    }

    /// Its title, as people look for it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NewUsers => "Creating New Users",
            Self::ExistingUsers => "Adding Existing Users to a Reservation",
            Self::Leaving => "Deactivating and Reactivating Users",
            Self::Roles => "About User Roles",
            Self::Access => "Why can somebody do this?",
            Self::Admin => "Requesting the Admin Role",
            Self::SigningIn => "Signing In",
            Self::Login => "Changing a Name or an Email Address",
            Self::Notifications => "Mails that you get",
            Self::Organization => "Setting your organization",
            Self::Devices => "Devices",
            Self::Tree => "Sub-accounts: moving, archiving and deleting organizations",
            Self::Accounts => "Several accounts and ownership",
            Self::Profile => "Account Profile",
            Self::Links => "If a link does not work",
            Self::Lists => "Finding things in lists, and downloading them",
        }
    }

    /// What it says, in one line.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::NewUsers => {
                "Add somebody to your account, choose their roles, and send the welcome mail."
            }
            Self::ExistingUsers => {
                "Give somebody who is already in your account roles on one more project."
            }
            Self::Leaving => "End somebody's access when they leave, and give it back.",
            Self::Roles => "What each role is for, and who can give it.",
            Self::Access => {
                "See which role lets somebody do something, what would end it, and what is missing."
            }
            Self::Admin => {
                "Ask for the role that nobody gives directly, or for another, and approve it for others."
            }
            Self::SigningIn => {
                "Your password, what to do when you forgot it, and when sign-in is locked."
            }
            Self::Login => {
                "Your name, the address you sign in with, where you are signed in; and the same for your people."
            }
            Self::Notifications => {
                "Choose which notices are mailed to you, and turn off those that you do not want."
            }
            Self::Organization => "Choose where you work, and switch without losing your place.",
            Self::Tree => {
                "Put organizations below one another, and see who gains and loses what first."
            }
            Self::Lists => "Search, filter and sort a list, and take what you see along as CSV.",
            Self::Devices => {
                "Add devices one by one or from a file, and move them to another organization."
            }
            Self::Accounts => {
                "Answer an invitation, switch between accounts, leave one, and hand over ownership."
            }
            Self::Profile => "The company's name, its mails, and what it calls a project.",
            Self::Links => "Get a new link when the one in your mail is old or cut off.",
        }
    }
}

/// A topic in the list.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its title.
    pub title: &'static str,
    /// What it says, in one line.
    pub summary: &'static str,
    /// Its page.
    pub href: String,
}

/// The list of topics.
#[derive(Template)]
#[template(path = "help/index.html")]
pub struct HelpPage {
    /// The frame.
    pub shell: Shell,
    /// The topics.
    pub topics: Vec<Entry>,
    /// Whom to write to, when the installation says so.
    pub contact: Option<String>,
}

/// One topic.
#[derive(Template)]
#[template(path = "help/topic.html")]
pub struct TopicPage {
    /// The frame.
    pub shell: Shell,
    /// Which.
    pub topic: Topic,
    /// The roles, for the page about them.
    pub roles: Vec<(&'static str, String, &'static str)>,
    /// The numbers of this installation that the pages speak of.
    pub facts: Facts,
    /// Whom to write to, when the installation says so.
    pub contact: Option<String>,
}

/// The numbers of this installation, in words.
#[derive(Clone, Debug)]
pub struct Facts {
    /// How long a welcome link works.
    pub welcome: String,
    /// How long a link for a new password works.
    pub reset: String,
    /// How many wrong passwords lock.
    pub tries: u32,
    /// How long a lock lasts.
    pub lock: String,
    /// The shortest password.
    pub password: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_an_address_of_its_own() {
        for topic in Topic::ALL {
            assert_eq!(Topic::parse(topic.slug()), Some(topic));
        }
        assert_eq!(Topic::parse("nothing"), None);
    }
}
