//! The words of the letters about another address to sign in with.

use super::Occasion;
use super::letter::{AddressChange, HasLogin};
use super::words::{Button, Sheet, fact, greeting, of_login, recipient};
use crate::mail::message::Letterhead;
use crate::mail::name::{line, name};

/// Who wants it: the person, or a manager of their home.
fn who(facts: &AddressChange) -> Option<String> {
    let by = name(facts.by.as_deref()?, "A user manager");
    Some(match &facts.account {
        Some(account) => format!("{by} ({})", name(&account.name, "your account")),
        None => by,
    })
}

/// To the new address. The old one is not named: whoever reads this may be a stranger.
pub(super) fn confirm(
    facts: &AddressChange,
    portal: &str,
    on: &Occasion<'_>,
    url: String,
) -> Sheet {
    let asked = match who(facts) {
        Some(who) => {
            format!("{who} wants you to sign in to {portal} with this address from now on.")
        }
        None => format!("You asked to sign in to {portal} with this address from now on."),
    };
    Sheet {
        subject: "Confirm your new address".to_owned(),
        preheader: format!("Nothing changes in {portal} until you confirm."),
        greeting: greeting(&facts.person),
        opening: vec![
            asked,
            "Open the link and confirm it. Until then you sign in with the old address; your password stays as it is."
                .to_owned(),
        ],
        facts: vec![fact("New address", recipient(on))],
        button: Some(Button {
            label: "Confirm the address",
            url,
        }),
        closing: vec![
            "You know nothing of this? Ignore this mail. Nothing changes until somebody confirms."
                .to_owned(),
        ],
        why: format!(
            "You get this mail because somebody entered {} in {portal}.",
            recipient(on)
        ),
    }
}

/// To the old address, which can stop it, take it back, and agree to it.
pub(super) fn changing(
    facts: &AddressChange,
    portal: &str,
    on: &Occasion<'_>,
    url: String,
) -> Sheet {
    let manager = who(facts);
    let asked = match &manager {
        Some(who) => format!("{who} changes the address that you sign in to {portal} with."),
        None => format!("Somebody, probably you, changes the address of your {portal} login."),
    };
    let mut opening = vec![
        asked,
        "It takes effect once the new address is confirmed. With the link below you can stop it before, and take it \
         back afterwards."
            .to_owned(),
    ];
    if manager.is_some() {
        opening.push(
            "You knew of it? Then say so there: what you have been invited to in other places stays yours without \
             another word."
                .to_owned(),
        );
    }
    Sheet {
        subject: "Your address is being changed".to_owned(),
        preheader: "It was not you? Stop it, or take it back.".to_owned(),
        greeting: greeting(&facts.person),
        opening,
        facts: vec![
            fact("Old address", recipient(on)),
            fact("New address", line(&facts.new, 254)),
        ],
        button: Some(Button {
            label: "Look at the change",
            url,
        }),
        closing: vec![
            "It was not you, and you did not expect it? Stop it now, and choose a new password."
                .to_owned(),
        ],
        why: of_login(on),
    }
}

/// To the old address, once it has happened.
pub(super) fn changed(
    facts: &AddressChange,
    portal: &str,
    on: &Occasion<'_>,
    url: String,
) -> Sheet {
    let began = match who(facts) {
        Some(who) => format!("{who} began the change, and it was confirmed at the new address."),
        None => "It was asked for by somebody who was signed in as you, and confirmed at the new address.".to_owned(),
    };
    Sheet {
        subject: "Your address was changed".to_owned(),
        preheader: "It was not you? Take it back.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!("You sign in to {portal} with another address from now on. This one does not sign in any more."),
            began,
        ],
        facts: vec![
            fact("Old address", recipient(on)),
            fact("New address", line(&facts.new, 254)),
        ],
        button: Some(Button {
            label: "Look at the change",
            url,
        }),
        closing: vec![
            "It was you? Then there is nothing to do, and this is the last mail to this address.".to_owned(),
            "It was not you, and you did not expect it? Take it back now, and choose a new password.".to_owned(),
        ],
        why: format!(
            "You get this mail because {} was the address of this login.",
            recipient(on)
        ),
    }
}

/// To an address that has a login of its own: told to it alone.
pub(super) fn taken(facts: &HasLogin, portal: &str, on: &Occasion<'_>, head: &Letterhead) -> Sheet {
    Sheet {
        subject: format!("This address has a {portal} login already"),
        preheader: "Somebody wanted to use it for another login.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!(
                "Somebody wanted to use this address for another {portal} login. It has one already, so nothing was \
                 changed, and they were not told."
            ),
            "It was you? Sign in with this address, or choose another one for the other login."
                .to_owned(),
        ],
        facts: Vec::new(),
        button: Some(Button {
            label: "Sign in",
            url: head.page("/sign-in"),
        }),
        closing: vec!["It was not you? Ignore this mail.".to_owned()],
        why: format!(
            "You get this mail because somebody entered {} in {portal}.",
            recipient(on)
        ),
    }
}
