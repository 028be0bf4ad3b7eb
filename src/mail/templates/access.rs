//! The words of mails about access: to an account as a whole it ended, it is there again; on a project it is another.

use super::Occasion;
use super::letter::{Ended, RolesChanged};
use super::words::{Button, Sheet, fact, greeting, recipient};
use crate::mail::message::Letterhead;
use crate::mail::name::{LONGEST, name, words};

pub(super) fn ended(facts: &Ended, portal: &str, on: &Occasion<'_>) -> Sheet {
    let account = name(&facts.account.name, "an account");
    let by = name(&facts.by, "A user manager");
    Sheet {
        subject: format!("Your access to {account} has ended"),
        preheader: format!("{by} ended it. Other accounts are not affected."),
        greeting: greeting(&facts.person),
        opening: vec![
            format!("{by} ended your access to {account}. You can no longer open anything of it."),
            format!("If you use {portal} for other accounts, nothing changed there."),
        ],
        facts: vec![
            fact("Account", account.clone()),
            fact("Ended by", by.clone()),
            fact("You signed in with", recipient(on)),
        ],
        button: None,
        closing: vec![format!("You did not expect this? Ask {by}.")],
        why: format!(
            "You get this mail because {} could open {account} in {portal}.",
            recipient(on)
        ),
    }
}

pub(super) fn back(facts: &Ended, portal: &str, on: &Occasion<'_>, head: &Letterhead) -> Sheet {
    let account = name(&facts.account.name, "an account");
    let by = name(&facts.by, "A user manager");
    Sheet {
        subject: format!("You have access to {account} again"),
        preheader: format!("{by} gave it back to you."),
        greeting: greeting(&facts.person),
        opening: vec![format!("{by} gave you access to {account} again.")],
        facts: vec![
            fact("Account", account.clone()),
            fact("You sign in with", recipient(on)),
        ],
        button: Some(Button {
            label: "Sign in",
            url: head.page("/sign-in"),
        }),
        closing: vec![
            "You do not know your password any more? The sign-in page sends you a link to set a new one.".to_owned(),
            format!("You did not expect this? Ask {by}."),
        ],
        why: format!(
            "You get this mail because {by} reactivated {} in {portal}.",
            recipient(on)
        ),
    }
}

pub(super) fn roles_changed(
    facts: &RolesChanged,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let account = name(&facts.account.name, "your account");
    let by = name(&facts.by, "A user manager");
    let project = name(&facts.project.name, "a place");
    let word = name(&facts.project.word, "Project");
    let mut told = vec![fact("Account", account.clone())];
    // Roles can be held on the account itself, or on what lies in no organization.
    if !facts.organization.is_empty() {
        told.push(fact("Organization", name(&facts.organization, "—")));
    }
    if word != "Account" {
        told.push(fact(&word, project.clone()));
    }
    told.push(fact("Your roles before", held(&facts.before)));
    told.push(fact("Your roles now", held(&facts.after)));
    let stays = !facts.after.is_empty();
    Sheet {
        subject: format!("Your roles in {project} changed"),
        preheader: format!("{by} changed them in {account}."),
        greeting: greeting(&facts.person),
        opening: vec![format!("{by} changed your roles in {project}.")],
        facts: told,
        button: stays.then(|| Button {
            label: "Open it",
            url: head.page(&facts.path),
        }),
        closing: vec![format!("You did not expect this? Ask {by}.")],
        why: format!(
            "You get this notice at {} because you have a {portal} login in {account}.",
            recipient(on)
        ),
    }
}

/// Roles, each with how far below its place it reaches and its days; that is longer than a name.
fn held(labels: &[String]) -> String {
    let one = |label: &String| words(label, 3 * LONGEST).unwrap_or_else(|| "a role".to_owned());
    let shown: Vec<String> = labels.iter().map(one).collect();
    if shown.is_empty() {
        "none".to_owned()
    } else {
        shown.join(", ")
    }
}
