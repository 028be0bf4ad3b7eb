//! Mails about a login itself: another password, a lock and its end.

use serde::{Deserialize, Serialize};

use super::letter::{Asked, Happened, Locked, Origin};
use super::words::{Button, Fact, Sheet, deadline, fact, greeting, moment, of_login, recipient};
use super::{Account, Occasion};
use crate::db::types::Ts;
use crate::mail::message::Letterhead;
use crate::mail::name::name;

/// Facts of a lock that a colleague has ended by vouching.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unlocked {
    /// The account in which both are.
    pub account: Account,
    /// First name of the person.
    pub person: String,
    /// Full name of whoever vouched.
    pub by: String,
    /// When.
    pub at: Ts,
}

/// Facts of a login that another account manages from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HomeMoved {
    /// The account. The one that managed it before is not named: no mail names another account.
    pub account: Account,
    /// First name of the person.
    pub person: String,
    /// Whether they are still in that one, as a guest.
    pub guest: bool,
    /// When.
    pub at: Ts,
}

fn origin(from: Option<&Origin>, on: &Occasion<'_>) -> Vec<Fact> {
    let mut told = vec![fact("Login", recipient(on))];
    if let Some(from) = from {
        told.push(fact("Browser", name(&from.browser, "unknown")));
        told.push(fact("Network address", name(&from.ip, "unknown")));
    }
    told
}

pub(super) fn reset(facts: &Asked, portal: &str, on: &Occasion<'_>, url: String) -> Sheet {
    let by = facts.by.as_deref().map(|by| name(by, "A user manager"));
    let asked = match &by {
        Some(by) => format!(
            "{by} had this link sent to you, to choose a new password for your {portal} login. Nobody else learns it."
        ),
        None => {
            format!("Somebody, probably you, asked to reset the password of your {portal} login.")
        }
    };
    Sheet {
        subject: format!("Reset your {portal} password"),
        preheader: "The link works once. Ignore this mail if you did not ask for it.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![asked],
        facts: origin(facts.from.as_ref(), on),
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

pub(super) fn changed(
    facts: &Happened,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let mut told = vec![fact("When", moment(facts.at))];
    told.extend(origin(Some(&facts.from), on));
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
        why: of_login(on),
    }
}

pub(super) fn locked(facts: &Locked, portal: &str, on: &Occasion<'_>, url: String) -> Sheet {
    let mut told = vec![fact("When", moment(facts.at))];
    told.extend(origin(facts.from.as_ref(), on));
    if let Some(by) = &facts.by {
        told.push(fact("Sent by", name(by, "A user manager")));
    }
    Sheet {
        subject: "Too many sign-in attempts: unlock your sign-in".to_owned(),
        preheader: "Your password was not guessed. Unlock it, or wait.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!(
                "Somebody entered wrong passwords for your {portal} login too often, so signing in is locked. \
                 Your password was not guessed."
            ),
            format!("Unlock it with the button, or wait: the lock ends by itself at {}.", deadline(facts.until, None, on.now)),
        ],
        facts: told,
        button: Some(Button { label: "Unlock my sign-in", url }),
        closing: vec![
            "Where you are signed in already, you stay signed in.".to_owned(),
            "A colleague who is signed in can vouch for you, too: on your page in User Management.".to_owned(),
            "It was not you? There is nothing that you must do. Unlocking gives nobody your password.".to_owned(),
        ],
        why: of_login(on),
    }
}

pub(super) fn unlocked(
    facts: &Unlocked,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let by = name(&facts.by, "A colleague");
    Sheet {
        subject: format!("{by} vouched for you: your sign-in is unlocked"),
        preheader: "Your password is what it was. It was not you? Choose a new one.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!(
                "Your {portal} sign-in was locked after too many wrong passwords. {by} said that it was you, and the \
                 lock has ended."
            ),
            "Your password is what it was, and nobody has learned it. Sign in with it.".to_owned(),
        ],
        facts: vec![
            fact("Login", recipient(on)),
            fact("Vouched by", by.clone()),
            fact("Account", name(&facts.account.name, "your account")),
            fact("When", moment(facts.at)),
        ],
        button: Some(Button {
            label: "It was not me: choose a new password",
            url: head.page("/forgot-password"),
        }),
        closing: vec![format!(
            "You have not spoken with {by}, or the wrong passwords were not yours? Then somebody may be guessing: choose \
             a new password now, and tell those who manage users."
        )],
        why: of_login(on),
    }
}

pub(super) fn home_moved(facts: &HomeMoved, portal: &str, on: &Occasion<'_>) -> Sheet {
    let account = name(&facts.account.name, "Another account");
    Sheet {
        subject: format!("{account} manages your {portal} login now"),
        preheader: "You sign in as before.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!(
                "Whoever runs {portal} has made {account} the home of your login. Whoever manages users there can change \
                 the name and address of your login, and end its sessions."
            ),
            if facts.guest {
                "You sign in as before, with the same password. In the account that managed your login so far you are a guest."
            } else {
                "You sign in as before, with the same password."
            }
            .to_owned(),
        ],
        facts: vec![
            fact("Login", recipient(on)),
            fact("Home", account.clone()),
            fact("When", moment(facts.at)),
        ],
        button: None,
        closing: vec![format!(
            "You did not expect this? Ask those who manage users in {account}, or whoever runs {portal}."
        )],
        why: of_login(on),
    }
}
