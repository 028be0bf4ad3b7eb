//! Mails about an invitation on its way: its link ends soon, its mail came back, a new link is asked for.

use serde::{Deserialize, Serialize};

use super::words::{Button, Sheet, fact, greeting, recipient};
use super::{Account, Occasion, Project};
use crate::db::types::Ts;
use crate::mail::message::Letterhead;
use crate::mail::name::{line, name, quoted};
use crate::web::zones;

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
    /// From when on, and until when.
    #[serde(default)]
    pub during: (Option<Ts>, Option<Ts>),
    /// What the inviter says besides, in their own words.
    #[serde(default)]
    pub note: Option<String>,
    /// Further places, and the roles there.
    #[serde(default)]
    pub also: Vec<Also>,
}

/// A further place where somebody gets roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Also {
    /// Its name.
    pub place: String,
    /// The organization that it lies in, if it is a project.
    pub organization: Option<String>,
    /// Labels of the roles.
    pub roles: Vec<String>,
}

/// Name of the reminder in the outbox.
pub const REMINDER: &str = "reminder";

/// Names of the mails that lead somebody into an account.
pub const INTO_AN_ACCOUNT: [&str; 5] = [
    "welcome",
    "invitation",
    "new_link",
    REMINDER,
    "home_exclusive",
];

/// Facts of a reminder that a link ends soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// The account that the link leads into.
    pub account: Account,
    /// First name of the person.
    pub person: String,
    /// Whether the person will set a password (or has one and reviews an invitation).
    pub sets_password: bool,
}

/// Facts of a mail that came back, for whoever added its person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// The account.
    pub account: Account,
    /// First name of whoever is told.
    pub person: String,
    /// Whether they are told since whoever added the person is not active there any more.
    #[serde(default)]
    pub stands_in: bool,
    /// Full name of whom the mail was for.
    pub who: String,
    /// The address that it went to.
    pub email: String,
    /// What the mail server said.
    pub reply: Option<String>,
    /// Path of the person's page, beginning with `/`.
    pub path: String,
}

/// Facts of the question for a new link, for whoever stands behind the invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkWanted {
    /// The account.
    pub account: Account,
    /// First name of whoever is asked.
    pub person: String,
    /// Whether they are asked in place of whoever stood behind the invitation.
    pub stands_in: bool,
    /// Full name of whoever asks.
    pub who: String,
    /// The address that they were invited under.
    pub email: String,
    /// Path of their page, beginning with `/`.
    pub path: String,
}

/// "tomorrow 15:05 CET": by the clocks of the account's zone.
fn when(ends: Ts, now: Ts, zone: &str) -> String {
    let (last, today) = (zones::day(ends, zone), zones::day(now, zone));
    let day = match (last - today).num_days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        _ => last.format("%-d %B %Y").to_string(),
    };
    format!("{day} {}", zones::time_of_day(ends, zone))
}

pub(super) fn reminder(facts: &Reminder, portal: &str, on: &Occasion<'_>, url: String) -> Sheet {
    let account = name(&facts.account.name, "an account");
    let zone = facts.account.time_zone.as_deref().unwrap_or(zones::UTC);
    let ends = on.expires_at.map(|ends| when(ends, on.now, zone));
    let ends = ends.unwrap_or_else(|| "tomorrow".to_owned());
    let label = if facts.sets_password {
        "Set your password"
    } else {
        "Review the invitation"
    };
    Sheet {
        subject: format!("Your link to join {account} works until {ends}"),
        preheader: "You have not used it yet. This is the only reminder.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!("You were invited to {account} and have not come in yet."),
            "The link in the mail before still works, and so does the one below: they are the same."
                .to_owned(),
        ],
        facts: vec![fact("You sign in with", recipient(on))],
        button: Some(Button { label, url }),
        closing: vec![
            "Opened it too late? Open it anyway: the page leads you to a new link.".to_owned(),
            "You did not expect this? Ignore this mail. Nothing is active until you use the link."
                .to_owned(),
        ],
        why: format!(
            "You get this mail because {} was invited to {account} in {portal}.",
            recipient(on)
        ),
    }
}

pub(super) fn undelivered(
    facts: &Undelivered,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let account = name(&facts.account.name, "your account");
    let who = name(&facts.who, "somebody");
    let email = line(&facts.email, 254);
    let reply = facts.reply.as_deref().map(|reply| quoted(reply, 300));
    let reply = reply.filter(|reply| !reply.is_empty());
    Sheet {
        subject: format!("The welcome mail to {email} came back"),
        preheader: format!("{who} has not got the link into {account}."),
        greeting: greeting(&facts.person),
        opening: vec![
            format!("The mail with the link for {who} could not be delivered to {email}."),
            "Is the address right? On their page you can change it and send the link again, or copy the link and hand it \
             over yourself."
                .to_owned(),
        ],
        facts: vec![
            fact("Account", account.clone()),
            fact("Person", who),
            fact("Address", email),
            fact(
                "The mail server said",
                reply.unwrap_or_else(|| "nothing".to_owned()),
            ),
        ],
        button: Some(Button {
            label: "Change the address or copy the link",
            url: head.page(&facts.path),
        }),
        closing: vec![
            "Until then they stay invited; nothing is lost.".to_owned(),
            "You did not expect this? On the same page you can withdraw the invitation.".to_owned(),
        ],
        why: format!(
            "You get this mail at {} because {} {account} in {portal}.",
            recipient(on),
            if facts.stands_in {
                "whoever added them is not active any more, and you manage users of"
            } else {
                "you added them to"
            }
        ),
    }
}

pub(super) fn link_wanted(
    facts: &LinkWanted,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let account = name(&facts.account.name, "your account");
    let who = name(&facts.who, "Somebody");
    let email = line(&facts.email, 254);
    Sheet {
        subject: format!("{who} asks for a new link to join {account}"),
        preheader: "The link that they have does not work any more.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!(
                "{who} was invited to {account}, has not come in yet, and asks for a new link."
            ),
            "On their page you can send it. It goes to the address below.".to_owned(),
        ],
        facts: vec![
            fact("Account", account.clone()),
            fact("Person", who.clone()),
            fact("Address", email),
        ],
        button: Some(Button {
            label: "Send a new link",
            url: head.page(&facts.path),
        }),
        closing: vec![format!(
            "Nothing is sent before you press the button there. You did not expect this? Ask {who}, or withdraw the invitation on the same page."
        )],
        why: format!(
            "You get this mail at {} because {} {account} in {portal}.",
            recipient(on),
            if facts.stands_in {
                "whoever invited them cannot send it any more, and you manage users of"
            } else {
                "you stand behind their invitation to"
            }
        ),
    }
}
