//! Mails about roles that end: it is near, and somebody asks for more time.

use serde::{Deserialize, Serialize};

use super::words::{Button, Sheet, fact, greeting, recipient, time};
use super::{Account, Occasion};
use crate::db::types::Ts;
use crate::mail::message::Letterhead;
use crate::mail::name::name;

/// Facts of the notice that a role will end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleEnding {
    /// The account.
    pub account: Account,
    /// First name of whoever holds it.
    pub person: String,
    /// Label of the role.
    pub role: String,
    /// Where it holds.
    pub place: String,
    /// When it ends.
    pub ends_at: Ts,
    /// Path of the page that asks for more time, beginning with `/`.
    pub path: String,
}

/// Facts of the notice that somebody asks for more time with a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoreTime {
    /// The account.
    pub account: Account,
    /// First name of whoever is asked.
    pub person: String,
    /// Full name of whoever holds the role.
    pub who: String,
    /// Label of the role.
    pub role: String,
    /// Where it holds.
    pub place: String,
    /// When it ends.
    pub ends_at: Ts,
    /// Path of the page that gives it another end, beginning with `/`.
    pub path: String,
}

pub(super) fn ending(
    facts: &RoleEnding,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let account = name(&facts.account.name, "your account");
    let place = name(&facts.place, "a place");
    let role = name(&facts.role, "a role");
    Sheet {
        subject: format!("Your role {role} in {place} will end"),
        preheader: "You need it for longer? Ask for more time.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![format!(
            "Your role {role} in {place} was given to you until a day, and that day is near."
        )],
        facts: vec![
            fact("Account", account.clone()),
            fact("Where", place),
            fact("Role", role),
            fact("It ends", time(facts.ends_at, &facts.account)),
        ],
        button: Some(Button {
            label: "Ask for more time",
            url: head.page(&facts.path),
        }),
        closing: vec![
            "You do not need it any more? Then there is nothing to do: it ends by itself."
                .to_owned(),
        ],
        why: format!(
            "You get this notice at {} because you have a {portal} login in {account}.",
            recipient(on)
        ),
    }
}

pub(super) fn more_time(
    facts: &MoreTime,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let account = name(&facts.account.name, "your account");
    let place = name(&facts.place, "a place");
    let role = name(&facts.role, "a role");
    let who = name(&facts.who, "Somebody");
    Sheet {
        subject: format!("{who} asks for more time as {role} in {place}"),
        preheader: "Their role ends soon. You decide how long it lasts.".to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![format!(
            "{who} holds the role {role} in {place} until a day that is near, and asks for more time."
        )],
        facts: vec![
            fact("Account", account.clone()),
            fact("Where", place),
            fact("Role", role),
            fact("It ends", time(facts.ends_at, &facts.account)),
        ],
        button: Some(Button {
            label: "Choose another end",
            url: head.page(&facts.path),
        }),
        closing: vec![
            "They do not need it any more? Then there is nothing to do: it ends by itself."
                .to_owned(),
        ],
        why: format!(
            "You get this notice at {} because you manage users of {account} in {portal}.",
            recipient(on)
        ),
    }
}
