//! The pages of a new address.

use askama::Template;

use super::asking::Waiting;
use super::model::Over;
use crate::web::form::Errors;
use crate::web::shell::Shell;

/// The form: for oneself, or for somebody whose login the account manages.
#[derive(Template)]
#[template(path = "email_change/form.html")]
pub struct ChangePage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// Name of the other person; none: oneself.
    pub person: Option<String>,
    /// The address now.
    pub current: String,
    /// The address, as typed.
    pub email: String,
    /// A change that waits.
    pub waiting: Option<Waiting>,
    /// Whether the password is asked for.
    pub proof: bool,
    /// Where it posts.
    pub action: String,
    /// The way out.
    pub cancel: String,
}

/// What a link leads to: a button, or what became of it.
#[derive(Template)]
#[template(path = "email_change/link.html")]
pub struct LinkPage {
    /// The frame; the page's name is the heading.
    pub shell: Shell,
    /// What there is to know, paragraph by paragraph.
    pub says: Vec<String>,
    /// Where the buttons post.
    pub action: String,
    /// The buttons: value, words; the first one is the usual.
    pub buttons: Vec<(&'static str, &'static str)>,
    /// Where one goes otherwise.
    pub links: Vec<(&'static str, String)>,
}

impl Over {
    /// The page's heading.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Unknown => "This link does not work",
            Self::Expired => "This link expired",
            Self::Confirmed => "This address is confirmed",
            Self::Stopped | Self::Undone | Self::Withdrawn => "Nothing changes",
            Self::Refused => "The address was not changed",
            Self::Overtaken => "There is a newer link",
            Self::Taken => "This address has a login already",
        }
    }

    /// What became of it, and what can be done.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => {
                "It may have been cut off in the mail. Open it again from the mail. The address can be changed anew on your profile."
            }
            Self::Expired => {
                "Nothing was changed through it. The address can be changed anew on your profile, or by a user manager."
            }
            Self::Confirmed => "It was confirmed before. Sign in with the new address.",
            Self::Stopped => "The change was stopped from the old address.",
            Self::Undone => {
                "The change was taken back from the old address, which is the one to sign in with again."
            }
            Self::Overtaken => {
                "Another change was begun after this one. Use the link in the newest mail."
            }
            Self::Taken => "It belongs to another login, so nothing was changed.",
            Self::Withdrawn => "Whoever began the change took it back.",
            Self::Refused => {
                "Whoever began the change may not do that any more, so it was not made. Sign in with the address as it was, and change it yourself on your profile; or ask somebody who manages users to begin it again."
            }
        }
    }
}
