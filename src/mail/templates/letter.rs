//! The letters: which mails there are and the facts that each one tells, as stored in the outbox.

use serde::{Deserialize, Serialize};

use super::lasting::Lasting;
use super::{
    HomeMoved, Imported, Joining, Left, LinkWanted, Reminder, RequestDecided, Undelivered, Unlocked,
};
use crate::db::types::Ts;

/// A mail by its meaning, with the facts that it tells. Never holds a token or a link to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub enum Letter {
    /// For a person without a password: set one.
    Welcome(Joining),
    /// For a person who has a login already: review the invitation.
    Invitation(Joining),
    /// A link in place of older ones.
    NewLink(NewLink),
    /// A link ends soon.
    Reminder(Reminder),
    /// To whoever added somebody: their mail came back.
    Undelivered(Undelivered),
    /// To whoever stands behind an invitation: a new link is asked for.
    LinkWanted(LinkWanted),
    /// Somebody asked to reset the password.
    ResetPassword(Asked),
    /// The password is another one now.
    PasswordChanged(Happened),
    /// Too many attempts: sign-in is locked.
    Locked(Locked),
    /// A colleague vouched: the lock has ended.
    Unlocked(Unlocked),
    /// Another account manages the login now.
    HomeMoved(HomeMoved),
    /// A notice: one more place to work.
    Added(Added),
    /// A notice: other roles at a place.
    RolesChanged(RolesChanged),
    /// A notice: a role will end.
    RoleEnding(Lasting),
    /// A notice: somebody asks for more time with a role.
    MoreTime(Lasting),
    /// The person's home account does not let its people be guests elsewhere.
    HomeExclusive(Exclusive),
    /// Access to an account has ended.
    AccessEnded(Ended),
    /// Access to an account is there again.
    AccessBack(Ended),
    /// Somebody asks for a role that has to be approved.
    RequestWanted(RequestWanted),
    /// What became of a request for a role.
    RequestDecided(RequestDecided),
    /// To all Admins of a place: there is one more.
    NewAdmin(NewAdmin),
    /// A notice: somebody accepted an invitation.
    Joined(Joined),
    /// A notice: somebody declined an invitation.
    Declined(Declined),
    /// A notice: a guest left.
    Left(Left),
    /// A notice: an import of people is finished.
    Imported(Imported),
    /// Ownership of an account is offered.
    OwnershipOffered(OwnershipOffered),
    /// What became of an offer of ownership.
    OwnershipSettled(OwnershipSettled),
    /// For somebody who signs up: confirm the address.
    ConfirmAddress(ConfirmAddress),
    /// Somebody signs up with the address of a login.
    HasLogin(HasLogin),
    /// To a new address: confirm that it is the one to sign in with.
    ConfirmNewAddress(AddressChange),
    /// To the old address: another one is on its way.
    AddressChanging(AddressChange),
    /// To the old address: another one has taken its place.
    AddressChanged(AddressChange),
    /// To the new address, which is that of another login.
    AddressTaken(HasLogin),
}

/// The account on whose behalf a mail goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Where answers go, when the account has such an address.
    pub support: Option<String>,
    /// The time zone that its people think in; times are said in it beside UTC.
    #[serde(default)]
    pub time_zone: Option<String>,
}

impl From<&crate::access::place::Account> for Account {
    fn from(account: &crate::access::place::Account) -> Self {
        Self {
            name: account.name.clone(),
            support: account.support.clone(),
            time_zone: Some(account.time_zone.clone()),
        }
    }
}

/// A project under the account's own word for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The account's word, singular: "Reservation".
    pub word: String,
    /// The project's name.
    pub name: String,
}

/// Facts of a new link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLink {
    /// The account that the link leads into.
    pub account: Account,
    /// First name of the person.
    pub person: String,
    /// The manager who sent it; none when the person asked.
    pub manager: Option<String>,
    /// Whether the person will set a password (or has one and reviews an invitation).
    pub sets_password: bool,
}

/// Where a request came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Browser and system in words: "Firefox on Linux".
    pub browser: String,
    /// Network address.
    pub ip: String,
}

/// Facts of a password reset that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// First name of the person.
    pub person: String,
    /// Where the request came from, when a stranger may have made it.
    #[serde(default)]
    pub from: Option<Origin>,
    /// The manager who had it sent: name and account.
    #[serde(default)]
    pub by: Option<String>,
}

/// Facts of something that happened to a login.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happened {
    /// First name of the person.
    pub person: String,
    /// When.
    pub at: Ts,
    /// From where.
    pub from: Origin,
}

/// Facts of a lock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Locked {
    /// First name of the person.
    pub person: String,
    /// When the lock began.
    pub at: Ts,
    /// When it ends by itself.
    pub until: Ts,
    /// Where the last attempt came from.
    #[serde(default)]
    pub from: Option<Origin>,
    /// The manager who had the mail sent: name and account.
    #[serde(default)]
    pub by: Option<String>,
}

/// Facts of the notice that a person was added to a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The account.
    pub account: Account,
    /// First name of the person.
    pub person: String,
    /// Full name of whoever added them.
    pub adder: String,
    /// The organization of the project.
    pub organization: String,
    /// The project.
    pub project: Project,
    /// Labels of the roles.
    pub roles: Vec<String>,
    /// From when on, and until when; none: at once, and without an end.
    #[serde(default)]
    pub during: (Option<Ts>, Option<Ts>),
    /// Path of the project's page, beginning with `/`.
    pub path: String,
}

/// Facts of the notice that somebody's roles at a place changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolesChanged {
    /// The account.
    pub account: Account,
    /// First name of the person.
    pub person: String,
    /// Full name of whoever changed them.
    pub by: String,
    /// The organization of a project; empty: it is none.
    pub organization: String,
    /// The place: a project under the account's word for it, or what it is else.
    pub project: Project,
    /// Labels of the roles before.
    pub before: Vec<String>,
    /// Labels of the roles now.
    pub after: Vec<String>,
    /// Path of the place's page, beginning with `/`.
    pub path: String,
}

/// Facts of an invitation that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusive {
    /// The account that invited. The home account is not named: no mail names another account.
    pub account: Account,
    /// First name of the person.
    pub person: String,
    /// Full name of the inviter.
    pub inviter: String,
}

/// Facts of the end of somebody's access to an account, and of its return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The account.
    pub account: Account,
    /// First name of the person.
    pub person: String,
    /// Full name of whoever did it.
    pub by: String,
}

/// By what somebody is told from others who call themselves the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The address that they sign in with.
    pub email: String,
    /// How they stand in the account, where that is out of the ordinary.
    #[serde(default)]
    pub standing: Option<String>,
}

/// Facts of a request for a role, for whoever can approve it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestWanted {
    /// The account.
    pub account: Account,
    /// First name of whoever gets the mail.
    pub recipient: String,
    /// Full name of who asks.
    pub requester: String,
    /// Who that is; none: they do not belong to the account any more.
    #[serde(default)]
    pub requester_known: Option<Known>,
    /// Full name of who took the request over from them.
    #[serde(default)]
    pub taken_over: Option<String>,
    /// Who that is.
    #[serde(default)]
    pub taken_over_known: Option<Known>,
    /// Full name of whom it is for.
    pub person: String,
    /// Who that is.
    #[serde(default)]
    pub person_known: Option<Known>,
    /// What the role is for, which may be nothing; none of Admin, of which the letter says it itself.
    #[serde(default)]
    pub about: Option<String>,
    /// Label of the role.
    pub role: String,
    /// Name of the place.
    pub place: String,
    /// Why, in the words of who asks.
    pub reason: String,
    /// Whether it was told before.
    pub reminder: bool,
    /// Until when it can be decided.
    pub until: Ts,
    /// Path of the request's page.
    pub path: String,
    /// Whether the account has approved, and an operator has to confirm.
    pub as_operator: bool,
    /// What in the products only Admins and Owners do, in words.
    #[serde(default)]
    pub sensitive: Option<String>,
}

/// Facts of a new Admin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewAdmin {
    /// The account.
    pub account: Account,
    /// First name of whoever gets the mail.
    pub recipient: String,
    /// Full name of the new Admin.
    pub person: String,
    /// Who that is.
    #[serde(default)]
    pub person_known: Option<Known>,
    /// Whether they have not come in yet.
    #[serde(default)]
    pub invited: bool,
    /// Label of the role.
    pub role: String,
    /// Name of the place.
    pub place: String,
    /// Full name of who asked.
    pub requester: String,
    /// Who that is; none: they do not belong to the account any more.
    #[serde(default)]
    pub requester_known: Option<Known>,
    /// Full name of who took the request over from them.
    #[serde(default)]
    pub taken_over: Option<String>,
    /// Who that is.
    #[serde(default)]
    pub taken_over_known: Option<Known>,
    /// Full names of who approved in the account.
    pub approvers: Vec<String>,
    /// Full name of who made the last approval.
    pub confirmed_by: String,
    /// When.
    pub at: Ts,
    /// Path of the person's page.
    pub path: String,
}

/// Facts of the notice that somebody accepted an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The account.
    pub account: Account,
    /// First name of whoever is told.
    pub person: String,
    /// Full name of who joined.
    pub who: String,
    /// The one organization that their roles are in; none: several, or the whole account.
    #[serde(default)]
    pub organization: Option<String>,
    /// Labels of roles that were dropped, since whoever gave them may not give them now.
    pub dropped: Vec<String>,
    /// Path of their page, beginning with `/`.
    pub path: String,
}

/// Facts of the notice that somebody declined an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// The account.
    pub account: Account,
    /// First name of whoever is told.
    pub person: String,
    /// What the account called the invited person.
    pub who: String,
    /// Why, in their words.
    pub reason: Option<String>,
}

/// Facts of an offer of ownership.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnershipOffered {
    /// The account.
    pub account: Account,
    /// First name of whom it is offered to.
    pub person: String,
    /// Full name of the Owner who offers.
    pub by: String,
    /// Whether that Owner lays down their own ownership in the same act.
    pub lays_down: bool,
    /// Until when it stands.
    pub until: Ts,
    /// Path of its page, beginning with `/`.
    pub path: String,
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The other side accepted.
    Accepted,
    /// The other side declined.
    Declined,
    /// It was taken back.
    Withdrawn,
}

/// Facts of what became of an offer of ownership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipSettled {
    /// The account.
    pub account: Account,
    /// First name of whoever is told.
    pub person: String,
    /// Full name of who did it.
    pub who: String,
    /// What.
    pub turn: Turn,
    /// Full name of the Owner who laid down their ownership with it.
    pub laid_down: Option<String>,
}

/// Facts of a sign-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfirmAddress {
    /// First name, as typed.
    pub person: String,
    /// The company, as typed.
    pub company: String,
    /// Until when the link works.
    pub until: Ts,
}

/// Facts of a sign-up with the address of a login that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HasLogin {
    /// First name of the person.
    pub person: String,
}

/// Facts of another address to sign in with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressChange {
    /// The account whose manager began it; none: the person did.
    pub account: Option<Account>,
    /// First name of the person.
    pub person: String,
    /// Full name of that manager.
    pub by: Option<String>,
    /// The new address.
    pub new: String,
    /// Until when it can be confirmed.
    pub confirm_until: Ts,
    /// Until when it can be stopped or taken back from the old address.
    pub undo_until: Ts,
}
