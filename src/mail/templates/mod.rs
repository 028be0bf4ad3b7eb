//! What the mails say. A [`Letter`] is what the outbox stores; [`Letter::write`] makes the words of it.
//!
//! Every mail has the same shape (`words::Sheet`): one template makes the HTML of it and one the text, so that both
//! parts say the same by construction. Whatever a person typed passes `name` on its way in.

mod access;
mod address;
mod asked;
mod belonging;
mod invited;
mod lasting;
mod letter;
mod login;
mod notices;
mod words;

use askama::Template;

use crate::db::types::Ts;
use crate::mail::message::Letterhead;
use crate::mail::name::{line, name, shortened};
use crate::notifications::Kind;
use words::{Button, Fact, deadline};

pub use asked::{Approval, RequestDecided, Verdict};
pub use invited::{Also, INTO_AN_ACCOUNT, Joining, LinkWanted, REMINDER, Reminder, Undelivered};
pub use lasting::Lasting;
pub use letter::*;
pub use login::{HomeMoved, Unlocked};
pub use notices::{Imported, Left};

/// The two classes of mails (ux §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Signing in, invitations, security: always sent.
    Service,
    /// What the account and its reader may turn off.
    Notice(Kind),
}

/// What is known only when the mail is sent.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// Address of the person.
    pub recipient: &'a str,
    /// The token in clear, for the letters that carry a link.
    pub token: Option<&'a str>,
    /// When that link ends.
    pub expires_at: Option<Ts>,
    /// Where its reader turns off notices of its kind, beginning with `/`; none for service mail.
    pub stop: Option<&'a str>,
    /// Now.
    pub now: Ts,
}

/// The words of one mail.
#[derive(Clone, Debug)]
pub struct Written {
    /// Subject line.
    pub subject: String,
    /// Plain text, complete on its own.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// The letter cannot be written: a fact is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable(pub String);

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    subject: &'a str,
    preheader: &'a str,
    from: &'a str,
    heading: &'a str,
    greeting: &'a str,
    opening: &'a [String],
    facts: &'a [Fact],
    button: Option<&'a Button>,
    expiry: Option<&'a str>,
    closing: &'a [String],
    why: &'a str,
    contact: &'a str,
    stop: Option<&'a str>,
    portal: &'a str,
    home: &'a str,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    greeting: &'a str,
    opening: &'a [String],
    facts: &'a [Fact],
    button: Option<&'a Button>,
    expiry: Option<&'a str>,
    closing: &'a [String],
    why: &'a str,
    contact: &'a str,
    stop: Option<&'a str>,
    portal: &'a str,
    home: &'a str,
}

/// Longest text behind the subject in a mailbox's list, in characters.
const PREHEADER: usize = 90;

impl Letter {
    /// Its name in the outbox.
    pub const fn template(&self) -> &'static str {
        match self {
            Self::Welcome(_) => "welcome",
            Self::Invitation(_) => "invitation",
            Self::NewLink(_) => "new_link",
            Self::Reminder(_) => REMINDER,
            Self::Undelivered(_) => "undelivered",
            Self::LinkWanted(_) => "link_wanted",
            Self::ResetPassword(_) => "reset_password",
            Self::PasswordChanged(_) => "password_changed",
            Self::Locked(_) => "locked",
            Self::Unlocked(_) => "unlocked",
            Self::HomeMoved(_) => "home_moved",
            Self::Added(_) => "added",
            Self::RolesChanged(_) => "roles_changed",
            Self::RoleEnding(_) => "role_ending",
            Self::MoreTime(_) => "more_time",
            Self::HomeExclusive(_) => "home_exclusive",
            Self::AccessEnded(_) => "access_ended",
            Self::AccessBack(_) => "access_back",
            Self::RequestWanted(_) => "request_wanted",
            Self::RequestDecided(_) => "request_decided",
            Self::NewAdmin(_) => "new_admin",
            Self::Joined(_) => "joined",
            Self::Declined(_) => "declined",
            Self::Left(_) => "left",
            Self::Imported(_) => "imported",
            Self::OwnershipOffered(_) => "ownership_offered",
            Self::OwnershipSettled(_) => "ownership_settled",
            Self::ConfirmAddress(_) => "confirm_address",
            Self::HasLogin(_) => "has_login",
            Self::ConfirmNewAddress(_) => "confirm_new_address",
            Self::AddressChanging(_) => "address_changing",
            Self::AddressChanged(_) => "address_changed",
            Self::AddressTaken(_) => "address_taken",
        }
    }

    /// Which class it is of. Every letter is in this list by name, so that a new one cannot be neither.
    pub const fn class(&self) -> Class {
        match self {
            Self::Added(_) => Class::Notice(Kind::Added),
            Self::RolesChanged(_) => Class::Notice(Kind::RolesChanged),
            Self::RoleEnding(_) => Class::Notice(Kind::RoleEnding),
            Self::MoreTime(_) => Class::Notice(Kind::MoreTime),
            Self::Joined(_) | Self::Declined(_) | Self::Left(_) => Class::Notice(Kind::People),
            Self::Imported(_) => Class::Notice(Kind::Imports),
            Self::Welcome(_)
            | Self::Invitation(_)
            | Self::NewLink(_)
            | Self::Reminder(_)
            | Self::Undelivered(_)
            | Self::LinkWanted(_)
            | Self::ResetPassword(_)
            | Self::PasswordChanged(_)
            | Self::Locked(_)
            | Self::Unlocked(_)
            | Self::HomeMoved(_)
            | Self::HomeExclusive(_)
            | Self::AccessEnded(_)
            | Self::AccessBack(_)
            | Self::RequestWanted(_)
            | Self::RequestDecided(_)
            | Self::NewAdmin(_)
            | Self::OwnershipOffered(_)
            | Self::OwnershipSettled(_)
            | Self::ConfirmAddress(_)
            | Self::HasLogin(_)
            | Self::ConfirmNewAddress(_)
            | Self::AddressChanging(_)
            | Self::AddressChanged(_)
            | Self::AddressTaken(_) => Class::Service,
        }
    }

    /// The account on whose behalf it goes out; none for mail about the login itself.
    pub const fn account(&self) -> Option<&Account> {
        match self {
            Self::Welcome(facts) | Self::Invitation(facts) => Some(&facts.account),
            Self::NewLink(facts) => Some(&facts.account),
            Self::Reminder(facts) => Some(&facts.account),
            Self::Undelivered(facts) => Some(&facts.account),
            Self::LinkWanted(facts) => Some(&facts.account),
            Self::Unlocked(facts) => Some(&facts.account),
            Self::HomeMoved(facts) => Some(&facts.account),
            Self::Added(facts) => Some(&facts.account),
            Self::RolesChanged(facts) => Some(&facts.account),
            Self::RoleEnding(facts) | Self::MoreTime(facts) => Some(&facts.account),
            Self::HomeExclusive(facts) => Some(&facts.account),
            Self::AccessEnded(facts) | Self::AccessBack(facts) => Some(&facts.account),
            Self::RequestWanted(facts) => Some(&facts.account),
            Self::RequestDecided(facts) => Some(&facts.account),
            Self::NewAdmin(facts) => Some(&facts.account),
            Self::Joined(facts) => Some(&facts.account),
            Self::Declined(facts) => Some(&facts.account),
            Self::Left(facts) => Some(&facts.account),
            Self::Imported(facts) => Some(&facts.account),
            Self::OwnershipOffered(facts) => Some(&facts.account),
            Self::OwnershipSettled(facts) => Some(&facts.account),
            Self::ConfirmNewAddress(facts)
            | Self::AddressChanging(facts)
            | Self::AddressChanged(facts) => facts.account.as_ref(),
            Self::ResetPassword(_)
            | Self::PasswordChanged(_)
            | Self::Locked(_)
            | Self::ConfirmAddress(_)
            | Self::HasLogin(_)
            | Self::AddressTaken(_) => None,
        }
    }

    /// Static first segment of the link's path, for the letters that carry a token.
    const fn door(&self) -> Option<&'static str> {
        match self {
            Self::Welcome(_) | Self::Invitation(_) | Self::NewLink(_) | Self::Reminder(_) => {
                Some("welcome")
            }
            Self::ResetPassword(_) => Some("reset-password"),
            Self::Locked(_) => Some("unlock"),
            Self::ConfirmAddress(_) => Some("sign-up"),
            Self::ConfirmNewAddress(_) => Some("confirm-email"),
            Self::AddressChanging(_) | Self::AddressChanged(_) => Some("old-email"),
            Self::PasswordChanged(_)
            | Self::Unlocked(_)
            | Self::HomeMoved(_)
            | Self::Undelivered(_)
            | Self::LinkWanted(_)
            | Self::Added(_)
            | Self::RolesChanged(_)
            | Self::RoleEnding(_)
            | Self::MoreTime(_)
            | Self::HomeExclusive(_)
            | Self::Joined(_)
            | Self::Declined(_)
            | Self::Left(_)
            | Self::Imported(_)
            | Self::OwnershipOffered(_)
            | Self::OwnershipSettled(_)
            | Self::AccessEnded(_)
            | Self::AccessBack(_)
            | Self::RequestWanted(_)
            | Self::RequestDecided(_)
            | Self::NewAdmin(_)
            | Self::HasLogin(_)
            | Self::AddressTaken(_) => None,
        }
    }

    /// Whether its link is used up by what it is for. The others lead to a page that can be opened again.
    const fn works_once(&self) -> bool {
        matches!(
            self,
            Self::Welcome(_)
                | Self::Invitation(_)
                | Self::NewLink(_)
                | Self::Reminder(_)
                | Self::ResetPassword(_)
                | Self::ConfirmAddress(_)
                | Self::ConfirmNewAddress(_)
        )
    }

    /// When its link ends, where that is among its facts: of the links that are no rows of their own.
    const fn link_ends(&self) -> Option<Ts> {
        match self {
            Self::ConfirmAddress(facts) => Some(facts.until),
            Self::ConfirmNewAddress(facts) => Some(facts.confirm_until),
            Self::AddressChanging(facts) | Self::AddressChanged(facts) => Some(facts.undo_until),
            _ => None,
        }
    }

    /// Writes both parts.
    pub fn write(&self, head: &Letterhead, on: &Occasion<'_>) -> Result<Written, Unwritable> {
        let link = self.link(head, on)?;
        let sheet = self.sheet(head, on, link);
        let contact = contact(self.account(), head);
        let stop = on.stop.map(|path| head.page(path));
        let zone = self
            .account()
            .and_then(|account| account.time_zone.as_deref());
        let expiry = self.door().and(on.expires_at.or(self.link_ends()));
        let once = if self.works_once() { " once," } else { "" };
        let expiry = expiry.map(|end| {
            let until = deadline(end, zone, on.now);
            format!("This link works{once} until {until}.")
        });
        let portal = name(&head.portal, "Portal");
        let from = self.account().map_or_else(
            || portal.clone(),
            |account| name(&account.name, "An account"),
        );
        let html = Html {
            subject: &sheet.subject,
            preheader: &shortened(&sheet.preheader, PREHEADER),
            from: &from,
            heading: &sheet.subject,
            greeting: &sheet.greeting,
            opening: &sheet.opening,
            facts: &sheet.facts,
            button: sheet.button.as_ref(),
            expiry: expiry.as_deref(),
            closing: &sheet.closing,
            why: &sheet.why,
            contact: &contact,
            stop: stop.as_deref(),
            portal: &portal,
            home: head.home(),
        };
        let text = Text {
            greeting: &sheet.greeting,
            opening: &sheet.opening,
            facts: &sheet.facts,
            button: sheet.button.as_ref(),
            expiry: expiry.as_deref(),
            closing: &sheet.closing,
            why: &sheet.why,
            contact: &contact,
            stop: stop.as_deref(),
            portal: &portal,
            home: head.home(),
        };
        let failed = |error: askama::Error| Unwritable(error.to_string());
        Ok(Written {
            html: html.render().map_err(failed)?,
            text: text.render().map_err(failed)?,
            subject: sheet.subject,
        })
    }

    /// The address with the token in it. The token's alphabet is checked, so that nothing else can get into a link.
    fn link(&self, head: &Letterhead, on: &Occasion<'_>) -> Result<String, Unwritable> {
        let Some(door) = self.door() else {
            return Ok(String::new());
        };
        let url_safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match on.token {
            Some(token) if !token.is_empty() && token.chars().all(url_safe) => {
                Ok(format!("{}/{door}/{token}", head.home()))
            }
            Some(_) => Err(Unwritable("the link's token is not one of ours".to_owned())),
            None => Err(Unwritable(
                "the link's token is missing or cannot be unsealed".to_owned(),
            )),
        }
    }
}

/// Whom one asks, and where answers go: the account's contact, or else the operator's.
pub(in crate::mail) fn support<'a>(
    account: Option<&'a Account>,
    head: &'a Letterhead,
) -> Option<&'a str> {
    let of_account = account.and_then(|account| account.support.as_deref());
    of_account.or(head.support.as_deref())
}

fn contact(account: Option<&Account>, head: &Letterhead) -> String {
    match support(account, head) {
        Some(address) => format!("Questions? Write to {}.", line(address, 254)),
        None => "Questions? Ask those who run this portal for you.".to_owned(),
    }
}
