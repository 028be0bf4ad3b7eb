//! The words of mails about belonging to an account: who joined, declined and left, and who owns it.

use super::letter::{
    ConfirmAddress, Declined, HasLogin, Joined, OwnershipOffered, OwnershipSettled, Turn,
};
use super::words::{Button, Sheet, deadline, fact, greeting, recipient, roles};
use super::{Account, Imported, Left, Occasion};
use crate::mail::message::Letterhead;
use crate::mail::name::{name, words};

/// Longest reason that is told, in characters.
const REASON: usize = 300;

fn of(account: &Account) -> String {
    name(&account.name, "your account")
}

/// Why somebody who manages users gets a notice.
fn manages(account: &str, portal: &str, on: &Occasion<'_>) -> String {
    let to = recipient(on);
    format!(
        "You get this notice at {to} because you invited them or manage users of {account} in {portal}."
    )
}

pub(super) fn joined(facts: &Joined, portal: &str, on: &Occasion<'_>, head: &Letterhead) -> Sheet {
    let account = of(&facts.account);
    let who = name(&facts.who, "Somebody");
    let mut told = vec![fact("Account", account.clone())];
    let mut closing = Vec::new();
    let organization = facts.organization.as_deref();
    let organization = organization.map(|one| name(one, "an organization"));
    let joined = organization.clone().unwrap_or_else(|| account.clone());
    let place = match &organization {
        Some(organization) => format!("{organization} in {account}"),
        None => account.clone(),
    };
    told.extend(organization.map(|organization| fact("Organization", organization)));
    if !facts.dropped.is_empty() {
        told.push(fact("Roles that were not given", roles(&facts.dropped)));
        closing.push("Whoever gave these roles may not give them now. Give them again if they are still wanted.".to_owned());
    }
    closing.push(
        "You did not expect this? Their page says who added them, and there they can be deactivated.".to_owned(),
    );
    Sheet {
        subject: format!("{who} joined {joined}"),
        preheader: "They accepted the invitation.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![format!(
            "{who} accepted the invitation and is now in {place}."
        )],
        facts: told,
        button: Some(Button {
            label: "See their roles",
            url: head.page(&facts.path),
        }),
        closing,
        why: manages(&account, portal, on),
    }
}

pub(super) fn declined(facts: &Declined, portal: &str, on: &Occasion<'_>) -> Sheet {
    let account = of(&facts.account);
    let who = name(&facts.who, "Somebody");
    let reason = facts.reason.as_deref();
    let reason = reason.and_then(|reason| words(reason, REASON));
    Sheet {
        subject: format!("{who} declined to join {account}"),
        preheader: "Their invitation has ended.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![format!(
            "{who} declined the invitation to {account}. Their invitation has ended, and the roles with it."
        )],
        facts: reason
            .map(|reason| fact("Their reason", reason))
            .into_iter()
            .collect(),
        button: None,
        closing: vec![
            "You can invite them again at any time. You did not expect this? Ask them.".to_owned(),
        ],
        why: manages(&account, portal, on),
    }
}

pub(super) fn left(facts: &Left, portal: &str, on: &Occasion<'_>, head: &Letterhead) -> Sheet {
    let account = of(&facts.account);
    let who = name(&facts.who, "Somebody");
    Sheet {
        subject: format!("{who} left {account}"),
        preheader: "They were a guest, and their roles have ended.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![format!(
            "{who}, who was a guest of {account}, has left it. All their roles there have ended."
        )],
        facts: Vec::new(),
        button: Some(Button {
            label: "User Management",
            url: head.page(&facts.path),
        }),
        closing: vec![
            "What they did stays in the audit log. You did not expect this? Ask them, and invite them again.".to_owned(),
        ],
        why: manages(&account, portal, on),
    }
}

pub(super) fn imported(
    facts: &Imported,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let account = of(&facts.account);
    let attention = match facts.failed {
        1 => "1 needs attention".to_owned(),
        many => format!("{many} need attention"),
    };
    Sheet {
        subject: format!("Import finished: {} invited, {attention}", facts.invited),
        preheader: format!("Every row of your file is carried out in {account}."),
        greeting: greeting(&facts.person),
        opening: vec![format!(
            "The import of people that you started in {account} is finished."
        )],
        facts: vec![
            fact("Account", account.clone()),
            fact("Invited", facts.invited.to_string()),
            fact("Got roles", facts.changed.to_string()),
            fact("Skipped", facts.skipped.to_string()),
            fact("Need attention", facts.failed.to_string()),
        ],
        button: Some(Button {
            label: "See the result",
            url: head.page(&facts.path),
        }),
        closing: vec![
            "The page says what became of each row. It is kept for 30 days.".to_owned(),
            "It was not you? Tell the contact below, and choose a new password.".to_owned(),
        ],
        why: format!(
            "You get this notice at {} because you started the import in {portal}.",
            recipient(on)
        ),
    }
}

pub(super) fn offered(
    facts: &OwnershipOffered,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let account = of(&facts.account);
    let by = name(&facts.by, "An Owner");
    let until = deadline(facts.until, facts.account.time_zone.as_deref(), on.now);
    let mut opening = vec![format!(
        "{by} offers you ownership of {account}. An Owner can do everything there, and answers for it."
    )];
    if facts.lays_down {
        opening.push(format!(
            "When you accept, {by} lays down their own ownership."
        ));
    }
    Sheet {
        subject: format!("{by} offers you ownership of {account}"),
        preheader: "Nothing changes until you accept.".to_owned(),
        greeting: greeting(&facts.person),
        opening,
        facts: vec![
            fact("Account", account),
            fact("The offer stands until", until),
        ],
        button: Some(Button {
            label: "Review the offer",
            url: head.page(&facts.path),
        }),
        closing: vec![
            "You become an Owner only when you accept, signed in. Declining is fine, and so is ignoring this mail.".to_owned(),
            format!("You did not expect this? Ask {by}."),
        ],
        why: format!("You get this mail because {} is your address in {portal}.", recipient(on)),
    }
}

pub(super) fn settled(facts: &OwnershipSettled, portal: &str, on: &Occasion<'_>) -> Sheet {
    let account = of(&facts.account);
    let who = name(&facts.who, "Somebody");
    let (subject, mut sentence) = match facts.turn {
        Turn::Accepted => (
            format!("{who} is now an Owner of {account}"),
            format!("{who} accepted ownership of {account}."),
        ),
        Turn::Declined => (
            format!("{who} declined ownership of {account}"),
            format!("{who} declined ownership of {account}. Nothing has changed."),
        ),
        Turn::Withdrawn => (
            format!("The offer of ownership of {account} was taken back"),
            format!("{who} took back the offer of ownership of {account}. Nothing has changed."),
        ),
    };
    if let Some(laid_down) = &facts.laid_down {
        let former = name(laid_down, "Another Owner");
        sentence = format!("{sentence} {former} laid down their own ownership with it.");
    }
    Sheet {
        subject,
        preheader: format!("It is about who owns {account}."),
        greeting: greeting(&facts.person),
        opening: vec![sentence],
        facts: Vec::new(),
        button: None,
        closing: vec![format!(
            "You did not expect this? Ask {who}, or another Owner."
        )],
        why: format!(
            "You get this mail at {} because it is about who owns {account} in {portal}.",
            recipient(on)
        ),
    }
}

pub(super) fn confirm(
    facts: &ConfirmAddress,
    portal: &str,
    on: &Occasion<'_>,
    url: String,
) -> Sheet {
    let company = name(&facts.company, "your company");
    Sheet {
        subject: format!("Confirm your email address for {portal}"),
        preheader: "Open the link and sign in to finish.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![format!(
            "Somebody, probably you, wants to make an account for {company} with this address. Open the link and sign \
             in with the password that you chose: then it is yours."
        )],
        facts: vec![fact("You sign in with", recipient(on))],
        button: Some(Button {
            label: "Confirm and sign in",
            url,
        }),
        closing: vec!["It was not you? Ignore this mail. There is no account until somebody signs in with that password.".to_owned()],
        why: format!("You get this mail because somebody entered {} in {portal}.", recipient(on)),
    }
}

pub(super) fn has_login(
    facts: &HasLogin,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    Sheet {
        subject: format!("You already have a {portal} login"),
        preheader: "Somebody wanted to sign up with your address.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![
            format!("Somebody, probably you, wanted to sign up for {portal} with this address. It has a login already, so nothing was changed."),
            "Sign in with it. If you forgot the password, the sign-in page has a link to set a new one.".to_owned(),
        ],
        facts: Vec::new(),
        button: Some(Button {
            label: "Sign in",
            url: head.page("/sign-in"),
        }),
        closing: vec!["It was not you? Ignore this mail.".to_owned()],
        why: format!("You get this mail because somebody entered {} in {portal}.", recipient(on)),
    }
}
