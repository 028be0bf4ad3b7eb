//! What the mails say. A [`Letter`] is what the outbox stores; [`Letter::write`] makes the words of it.
//!
//! Every mail has the same shape (a [`Sheet`]): one template makes the HTML of it and one the text, so that both
//! parts say the same by construction. Whatever a person typed passes [`name`] on its way in.

use askama::Template;
use chrono::{Duration, SubsecRound};
use serde::{Deserialize, Serialize};

use super::message::Letterhead;
use super::name::{line, name, shortened};
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
    /// Somebody asked to reset the password.
    ResetPassword(Asked),
    /// The password is another one now.
    PasswordChanged(Happened),
    /// Too many attempts: sign-in is locked.
    Locked(Locked),
    /// A notice: one more place to work.
    Added(Added),
    /// The person's home account does not let its people be guests elsewhere.
    HomeExclusive(Exclusive),
}

/// The account on whose behalf a mail goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Where answers go, when the account has such an address.
    pub support: Option<String>,
}

/// A project under the account's own word for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The account's word, singular: "Reservation".
    pub word: String,
    /// The project's name.
    pub name: String,
}

/// Facts of a welcome or an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// Who invites.
    pub account: Account,
    /// First name of the person who is invited.
    pub person: String,
    /// Full name of whoever added them.
    pub inviter: String,
    /// The organization; none where the roles hold in the whole account.
    pub organization: Option<String>,
    /// The project, if the roles are on one.
    pub project: Option<Project>,
    /// Labels of the roles.
    pub roles: Vec<String>,
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
    /// Where the request came from.
    pub from: Origin,
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
    pub from: Origin,
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
    /// Path of the project's page, beginning with `/`.
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

/// What is known only when the mail is sent.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// Address of the person.
    pub recipient: &'a str,
    /// The token in clear, for the letters that carry a link.
    pub token: Option<&'a str>,
    /// When that link ends.
    pub expires_at: Option<Ts>,
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

struct Fact {
    label: String,
    value: String,
}

struct Button {
    label: &'static str,
    url: String,
}

/// One mail as it will read: the same words in both parts.
struct Sheet {
    subject: String,
    preheader: String,
    greeting: String,
    opening: Vec<String>,
    facts: Vec<Fact>,
    button: Option<Button>,
    closing: Vec<String>,
    why: String,
}

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
            Self::ResetPassword(_) => "reset_password",
            Self::PasswordChanged(_) => "password_changed",
            Self::Locked(_) => "locked",
            Self::Added(_) => "added",
            Self::HomeExclusive(_) => "home_exclusive",
        }
    }

    /// Whether it is a notice (which the account's switch silences) and not service mail (which always goes).
    pub const fn is_notice(&self) -> bool {
        matches!(self, Self::Added(_))
    }

    /// The account on whose behalf it goes out; none for mail about the login itself.
    pub const fn account(&self) -> Option<&Account> {
        match self {
            Self::Welcome(facts) | Self::Invitation(facts) => Some(&facts.account),
            Self::NewLink(facts) => Some(&facts.account),
            Self::Added(facts) => Some(&facts.account),
            Self::HomeExclusive(facts) => Some(&facts.account),
            Self::ResetPassword(_) | Self::PasswordChanged(_) | Self::Locked(_) => None,
        }
    }

    /// Static first segment of the link's path, for the letters that carry a token.
    const fn door(&self) -> Option<&'static str> {
        match self {
            Self::Welcome(_) | Self::Invitation(_) | Self::NewLink(_) => Some("welcome"),
            Self::ResetPassword(_) => Some("reset-password"),
            Self::Locked(_) => Some("unlock"),
            Self::PasswordChanged(_) | Self::Added(_) | Self::HomeExclusive(_) => None,
        }
    }

    /// Writes both parts.
    pub fn write(&self, head: &Letterhead, on: &Occasion<'_>) -> Result<Written, Unwritable> {
        let link = self.link(head, on)?;
        let sheet = self.sheet(head, on, link);
        let contact = contact(self.account(), head);
        let expiry = self.door().and(on.expires_at).map(|end| until(end, on.now));
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

    fn sheet(&self, head: &Letterhead, on: &Occasion<'_>, link: String) -> Sheet {
        let portal = name(&head.portal, "Portal");
        match self {
            Self::Welcome(facts) => welcome(facts, &portal, on, link),
            Self::Invitation(facts) => invitation(facts, &portal, on, link),
            Self::NewLink(facts) => new_link(facts, &portal, on, link),
            Self::ResetPassword(facts) => reset(facts, &portal, on, link),
            Self::PasswordChanged(facts) => changed(facts, &portal, on, head),
            Self::Locked(facts) => locked(facts, &portal, on, link),
            Self::Added(facts) => added(facts, &portal, on, head),
            Self::HomeExclusive(facts) => exclusive(facts, &portal, on),
        }
    }
}

fn welcome(facts: &Joining, portal: &str, on: &Occasion<'_>, url: String) -> Sheet {
    let Named {
        account,
        inviter,
        place,
    } = named(facts);
    Sheet {
        subject: format!("Welcome to {account}: set your password"),
        preheader: format!("{inviter} added you to {place}."),
        greeting: greeting(&facts.person),
        opening: vec![format!("{inviter} added you to {place}.")],
        facts: joining(facts, on),
        button: Some(Button { label: "Set your password", url }),
        closing: vec![
            "Opened it too late? Open it anyway: the page sends you a new link.".to_owned(),
            "You did not expect this? Ignore this mail. Nothing is active until you set a password.".to_owned(),
        ],
        why: format!("You get this mail because {inviter} entered {} in {portal}.", recipient(on)),
    }
}

fn invitation(facts: &Joining, portal: &str, on: &Occasion<'_>, url: String) -> Sheet {
    let Named {
        account,
        inviter,
        place,
    } = named(facts);
    let invited_to = match &facts.organization {
        Some(organization) => format!("{} ({account})", name(organization, "an organization")),
        None => account.clone(),
    };
    Sheet {
        subject: format!("{inviter} invited you to {invited_to}"),
        preheader: format!("Sign in with the {portal} login that you have and review it."),
        greeting: greeting(&facts.person),
        opening: vec![
            format!("{inviter} invited you to {place}. You keep the login that you have."),
            format!("{account} will see your name and this address, and what you do there."),
        ],
        facts: joining(facts, on),
        button: Some(Button {
            label: "Review the invitation",
            url,
        }),
        closing: vec![
            "You join only when you accept. Declining is fine, and so is ignoring this mail."
                .to_owned(),
            "Opened it too late? Open it anyway: the page sends you a new link.".to_owned(),
        ],
        why: format!(
            "You get this mail because {inviter} entered {} in {portal}.",
            recipient(on)
        ),
    }
}

fn new_link(facts: &NewLink, portal: &str, on: &Occasion<'_>, url: String) -> Sheet {
    let account = name(&facts.account.name, "your account");
    let asker = facts
        .manager
        .as_deref()
        .map(|manager| name(manager, "A user manager"));
    let who = asker.as_deref().unwrap_or("you");
    let asked = match &asker {
        Some(manager) => format!("{manager} sent you a new link for {account}."),
        None => format!("Here is the new link for {account} that you asked for."),
    };
    let label = if facts.sets_password {
        "Set your password"
    } else {
        "Review the invitation"
    };
    Sheet {
        subject: format!("Your new link for {account}"),
        preheader: "Older links no longer work.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![asked, "Older links no longer work.".to_owned()],
        facts: vec![fact("You sign in with", recipient(on))],
        button: Some(Button { label, url }),
        closing: vec![
            "You did not expect this? Ignore this mail. Nothing changes until you use the link."
                .to_owned(),
        ],
        why: format!(
            "You get this mail because {who} asked {portal} for a new link for {}.",
            recipient(on)
        ),
    }
}

fn reset(facts: &Asked, portal: &str, on: &Occasion<'_>, url: String) -> Sheet {
    Sheet {
        subject: format!("Reset your {portal} password"),
        preheader: "The link works once. Ignore this mail if you did not ask for it.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![format!(
            "Somebody, probably you, asked to reset the password of your {portal} login."
        )],
        facts: origin(&facts.from, on),
        button: Some(Button {
            label: "Choose a new password",
            url,
        }),
        closing: vec![
            "When you change the password, all your sessions end and you sign in again.".to_owned(),
            "It was not you? Ignore this mail. Your password stays as it is.".to_owned(),
        ],
        why: format!(
            "You get this mail because a password reset for {} was asked for.",
            recipient(on)
        ),
    }
}

fn changed(facts: &Happened, portal: &str, on: &Occasion<'_>, head: &Letterhead) -> Sheet {
    let mut told = vec![fact("When", moment(facts.at))];
    told.extend(origin(&facts.from, on));
    Sheet {
        subject: format!("Your {portal} password was changed"),
        preheader: "It was not you? Reset it now.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!(
                "The password of your {portal} login was changed. Your other sessions have ended."
            ),
            "It was you? Then there is nothing to do.".to_owned(),
        ],
        facts: told,
        button: Some(Button {
            label: "It was not me: reset it",
            url: format!("{}/forgot-password", head.home()),
        }),
        closing: vec![
            "It was not you? Reset the password now, and tell the contact below.".to_owned(),
        ],
        why: format!(
            "You get this mail because {} is the address of this login.",
            recipient(on)
        ),
    }
}

fn locked(facts: &Locked, portal: &str, on: &Occasion<'_>, url: String) -> Sheet {
    let mut told = vec![fact("When", moment(facts.at))];
    told.extend(origin(&facts.from, on));
    Sheet {
        subject: "Too many sign-in attempts: unlock your sign-in".to_owned(),
        preheader: "Your password was not guessed. Unlock it, or wait.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!(
                "Somebody entered wrong passwords for your {portal} login too often, so signing in is locked. \
                 Your password was not guessed."
            ),
            format!("Unlock it with the button, or wait: the lock ends by itself at {}.", moment(facts.until)),
        ],
        facts: told,
        button: Some(Button { label: "Unlock my sign-in", url }),
        closing: vec![
            "Where you are signed in already, you stay signed in.".to_owned(),
            "It was not you? There is nothing that you must do. Unlocking gives nobody your password.".to_owned(),
        ],
        why: format!("You get this mail because {} is the address of this login.", recipient(on)),
    }
}

fn added(facts: &Added, portal: &str, on: &Occasion<'_>, head: &Letterhead) -> Sheet {
    let account = name(&facts.account.name, "your account");
    let adder = name(&facts.adder, "A user manager");
    let project = name(&facts.project.name, "a new place");
    let word = name(&facts.project.word, "Project");
    Sheet {
        subject: format!("You can now work on {project}"),
        preheader: format!("{adder} added you in {account}."),
        greeting: greeting(&facts.person),
        opening: vec![format!("{adder} added you to {project}.")],
        facts: vec![
            fact("Account", account.clone()),
            fact("Organization", name(&facts.organization, "—")),
            fact(&word, project.clone()),
            fact("Your roles", roles(&facts.roles)),
        ],
        button: Some(Button {
            label: "Open it",
            url: head.page(&facts.path),
        }),
        closing: vec!["You did not expect this? Ask the person named above.".to_owned()],
        why: format!(
            "You get this notice at {} because you have a {portal} login in {account}.",
            recipient(on)
        ),
    }
}

fn exclusive(facts: &Exclusive, portal: &str, on: &Occasion<'_>) -> Sheet {
    let account = name(&facts.account.name, "another account");
    let inviter = name(&facts.inviter, "Somebody");
    Sheet {
        subject: format!("Your login cannot be used in {account}"),
        preheader: format!("{inviter} invited you, but your login belongs to one company."),
        greeting: greeting(&facts.person),
        opening: vec![
            format!(
                "{inviter} invited you to {account} with the address {}.",
                recipient(on)
            ),
            format!(
                "Your {portal} login is managed by a company that does not let it be used in other accounts, so \
                 this invitation cannot be accepted. {inviter} was not told this and sees an invitation that ends."
            ),
        ],
        facts: Vec::new(),
        button: None,
        closing: vec![
            format!(
                "You want to work in {account}? Ask {inviter} to invite you with another address, or ask those \
                     who manage your login to allow it."
            ),
            "You did not expect this? Ignore this mail. Nothing has changed.".to_owned(),
        ],
        why: format!(
            "You get this mail because {inviter} entered {} in {portal}.",
            recipient(on)
        ),
    }
}

struct Named {
    account: String,
    inviter: String,
    place: String,
}

fn named(facts: &Joining) -> Named {
    let account = name(&facts.account.name, "an account");
    let place = match &facts.organization {
        Some(organization) => format!("{} in {account}", name(organization, "an organization")),
        None => account.clone(),
    };
    Named {
        account,
        inviter: name(&facts.inviter, "A user manager"),
        place,
    }
}

fn joining(facts: &Joining, on: &Occasion<'_>) -> Vec<Fact> {
    let mut told = vec![fact("Account", name(&facts.account.name, "—"))];
    if let Some(organization) = &facts.organization {
        told.push(fact("Organization", name(organization, "—")));
    }
    if let Some(project) = &facts.project {
        told.push(fact(
            &name(&project.word, "Project"),
            name(&project.name, "—"),
        ));
    }
    told.push(fact("Your roles", roles(&facts.roles)));
    told.push(fact("You sign in with", recipient(on)));
    told
}

fn origin(from: &Origin, on: &Occasion<'_>) -> Vec<Fact> {
    vec![
        fact("Login", recipient(on)),
        fact("Browser", name(&from.browser, "unknown")),
        fact("Network address", name(&from.ip, "unknown")),
    ]
}

fn roles(labels: &[String]) -> String {
    let shown: Vec<String> = labels.iter().map(|label| name(label, "a role")).collect();
    if shown.is_empty() {
        "none yet".to_owned()
    } else {
        shown.join(", ")
    }
}

fn fact(label: &str, value: String) -> Fact {
    Fact {
        label: label.to_owned(),
        value,
    }
}

fn greeting(person: &str) -> String {
    let first = name(person, "");
    if first.is_empty() {
        "Hello,".to_owned()
    } else {
        format!("Hello {first},")
    }
}

fn recipient(on: &Occasion<'_>) -> String {
    line(on.recipient, 254)
}

fn contact(account: Option<&Account>, head: &Letterhead) -> String {
    let of_account = account.and_then(|account| account.support.as_deref());
    match of_account.or(head.support.as_deref()) {
        Some(address) => format!("Questions? Write to {}.", line(address, 254)),
        None => "Questions? Ask those who run this portal for you.".to_owned(),
    }
}

/// "This link works once, until 23 November 2026, 14:05 UTC (48 hours from now)."
fn until(end: Ts, now: Ts) -> String {
    format!(
        "This link works once, until {} ({} from now).",
        moment(end),
        span(end.utc() - now.utc())
    )
}

/// An absolute time with its zone.
fn moment(at: Ts) -> String {
    at.utc()
        .trunc_subsecs(0)
        .format("%-d %B %Y, %H:%M UTC")
        .to_string()
}

/// A length of time in the words a person would use: minutes below two hours, else hours, both to the nearest.
fn span(length: Duration) -> String {
    let minutes = (length.num_seconds().max(0) + 30) / 60;
    match minutes {
        1 => "1 minute".to_owned(),
        0..120 => format!("{minutes} minutes"),
        _ => format!("{} hours", (minutes + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_a_person_would_say_them() {
        for (seconds, words) in [
            (172_795, "48 hours"),
            (3_600, "60 minutes"),
            (61, "1 minute"),
            (-5, "0 minutes"),
            (86_400, "24 hours"),
        ] {
            assert_eq!(span(Duration::seconds(seconds)), words);
        }
    }
}
