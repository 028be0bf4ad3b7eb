//! The same act for several people of User Management (ux 6.9): each is decided on their own by the very verb that does
//! it for one, and who is refused stops nobody else. What each came to is kept for a day.

mod kept;
mod memberships;
mod roles;

use crate::db::types::GrantId;

pub use kept::{Line, Record, keep, kept};
pub use memberships::{APART, Membership, each};
pub use roles::{Planned, Wish, plan};

use super::model::Shown;

/// The most people of one such act: it is one transaction, and everybody else waits for its end.
pub const MOST: usize = 200;

/// What is done with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Roles on a project.
    Join,
    /// Roles anywhere.
    Give,
    /// These roles at a place, taken away.
    Take,
    /// Every role on a project, taken away.
    Leave,
    /// A new link for who is invited.
    Resend,
    /// The invitation ends.
    Withdraw,
    /// Shut out.
    Deactivate,
    /// Let in again.
    Reactivate,
}

impl Deed {
    /// Whether it only takes access away: a frozen account lets it through (S22).
    pub const fn is_ending(self) -> bool {
        matches!(
            self,
            Self::Take | Self::Leave | Self::Withdraw | Self::Deactivate
        )
    }

    /// For people who are not shut out, in the order of the list.
    pub const OF_ACTIVE: [Self; 7] = [
        Self::Join,
        Self::Give,
        Self::Take,
        Self::Leave,
        Self::Resend,
        Self::Withdraw,
        Self::Deactivate,
    ];

    /// As it is posted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Give => "give",
            Self::Take => "take",
            Self::Leave => "leave",
            Self::Resend => "resend",
            Self::Withdraw => "withdraw",
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
        }
    }

    /// From a form; none: it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = Self::OF_ACTIVE.into_iter().chain([Self::Reactivate]);
        all.find(|deed| deed.as_str() == text)
    }

    /// For people, with the account's word for a project.
    pub fn label(self, word: &str) -> String {
        match self {
            Self::Join => format!("Add to {word}"),
            Self::Give => "Add role".into(),
            Self::Take => "Remove role".into(),
            Self::Leave => format!("Remove from {word}"),
            Self::Resend => "Resend".into(),
            Self::Withdraw => "Withdraw invitation".into(),
            Self::Deactivate => "Deactivate User".into(),
            Self::Reactivate => "Reactivate User".into(),
        }
    }

    /// Whether it asks for a place.
    pub const fn has_place(self) -> bool {
        matches!(self, Self::Join | Self::Give | Self::Take | Self::Leave)
    }

    /// Whether that place is a project.
    pub const fn is_on_project(self) -> bool {
        matches!(self, Self::Join | Self::Leave)
    }

    /// Whether it asks for roles.
    pub const fn has_roles(self) -> bool {
        matches!(self, Self::Join | Self::Give | Self::Take)
    }

    /// Whether roles are given, so that they may begin and end on some day.
    pub const fn gives(self) -> bool {
        matches!(self, Self::Join | Self::Give)
    }

    /// Whether roles are taken away and not given.
    pub const fn takes(self) -> bool {
        matches!(self, Self::Take | Self::Leave)
    }
}

/// What it comes to for one person.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is done.
    Done(Box<Done>),
    /// It is not, and why.
    Skipped(String),
}

/// What was done with one person.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// In words.
    pub text: String,
    /// The roles that these words name behind their verb, and whether each lets its holder do much there.
    pub names: Vec<(String, bool)>,
    /// The roles that it is about, to be sent along with the agreement: they are what was looked at.
    pub seen: Vec<GrantId>,
    /// Who is to be told that their access ended, or that they have it again.
    pub tell: Option<(Shown, bool)>,
}

impl Outcome {
    /// In words.
    pub fn text(&self) -> &str {
        match self {
            Self::Done(done) => &done.text,
            Self::Skipped(why) => why,
        }
    }

    /// Whether it is done.
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}
