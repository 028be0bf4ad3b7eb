//! The pages of links.

use askama::Template;

use super::model::{Opened, Purpose, State};
use crate::db::types::Ts;
use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::view::{GivenRole, length, moment, relative};

/// *Welcome*: set a password.
#[derive(Template)]
#[template(path = "welcome/welcome.html")]
pub struct WelcomePage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong with the password.
    pub errors: Errors,
    /// Where it posts.
    pub action: String,
    /// First name.
    pub first_name: String,
    /// Who added them.
    pub inviter: String,
    /// Where to; empty for the account itself.
    pub place: String,
    /// The account.
    pub account: String,
    /// The address they will sign in with.
    pub email: String,
    /// What they will be able to do.
    pub roles: Vec<GivenRole>,
    /// Whether a password is set already.
    pub has_password: bool,
    /// Shortest password.
    pub minimum: usize,
    /// Until when the link works.
    pub until: String,
}

/// An invitation for somebody who has a login.
#[derive(Template)]
#[template(path = "welcome/invitation.html")]
pub struct InvitationPage {
    /// The frame.
    pub shell: Shell,
    /// Where the answer posts; `/switch` behind it signs out first.
    pub action: String,
    /// The account's id, where the answer posts to a page without a link; else empty.
    pub account_id: String,
    /// What is wrong with the reason.
    pub errors: Errors,
    /// The reason, as typed.
    pub reason: String,
    /// Who invites.
    pub inviter: String,
    /// Where to; empty for the account itself.
    pub place: String,
    /// The account.
    pub account: String,
    /// Whom it is for.
    pub email: String,
    /// What they will be able to do.
    pub roles: Vec<GivenRole>,
    /// Another address that is signed in here.
    pub signed_in_as: Option<String>,
    /// Until when its link works.
    pub until: Option<String>,
}

/// Why a link does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadLink {
    /// Its time is over.
    Expired {
        /// When that was.
        at: String,
        /// How long ago.
        ago: String,
        /// How long links work.
        life: String,
    },
    /// It has done its work.
    Used,
    /// A newer one was sent.
    Superseded {
        /// When.
        at: String,
    },
    /// The account took it back.
    Withdrawn {
        /// Its name.
        account: String,
    },
    /// It was answered before.
    Answered,
    /// The person's home keeps its people to itself; told to the person alone.
    Closed,
    /// There never was such a link.
    Unknown,
}

impl DeadLink {
    /// What became of this link; none while it lives.
    pub fn of(link: &Opened, now: Ts) -> Option<Self> {
        let ended = link.ended_at.unwrap_or(link.expires_at);
        let life = (link.expires_at.utc() - link.created_at.utc())
            .to_std()
            .unwrap_or_default();
        match link.state {
            State::Live => None,
            State::Expired => Some(Self::Expired {
                at: moment(link.expires_at),
                ago: relative(link.expires_at, now),
                life: length(life),
            }),
            State::Used if link.purpose == Purpose::Invitation => Some(Self::Answered),
            State::Used => Some(Self::Used),
            State::Superseded => Some(Self::Superseded { at: moment(ended) }),
            State::Withdrawn => {
                let account = link.account.as_ref().map(|(_, name)| name.clone());
                Some(Self::Withdrawn {
                    account: account.unwrap_or_else(|| "The account".into()),
                })
            }
        }
    }

    /// The page's heading.
    pub fn heading(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "This link expired",
            Self::Used => "This link was used",
            Self::Superseded { .. } => "There is a newer link",
            Self::Withdrawn { .. } => "This invitation was withdrawn",
            Self::Answered => "This invitation was answered",
            Self::Closed => "Your login cannot be used there",
            Self::Unknown => "This link does not work",
        }
    }
}

/// A link that does not work (410), with the way on.
#[derive(Template)]
#[template(path = "welcome/dead_link.html")]
pub struct DeadLinkPage {
    /// The frame.
    pub shell: Shell,
    /// Why.
    pub reason: DeadLink,
    /// Where a new one goes, masked.
    pub masked: String,
    /// Where *Send me a new link* posts, or the question for one.
    pub new_link: Option<String>,
    /// Whom one asks, where a manager sends it.
    pub ask: Option<String>,
}

/// *Send me a new link*, for whoever has only the address.
#[derive(Template)]
#[template(path = "welcome/new_link.html")]
pub struct NewLinkPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong with the address.
    pub errors: Errors,
    /// Address, as typed.
    pub email: String,
    /// How long a link works, once asked for.
    pub sent: Option<String>,
    /// Whether it was asked for by the link itself, and is on its way.
    pub sure: bool,
    /// How many are sent in a day.
    pub most: i64,
    /// Whom one asks, by the link itself, where a manager sends it; asked, unless there is a time to wait.
    pub whom: Option<String>,
    /// When to ask again, by the link itself, and where.
    pub wait: Option<(String, String)>,
}
