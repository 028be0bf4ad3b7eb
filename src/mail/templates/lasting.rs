//! Mails about a role that ends: it is near, and somebody asks for more time.

use serde::{Deserialize, Serialize};

use super::words::{Button, Sheet, deadline, fact, greeting, recipient};
use super::{Account, Occasion};
use crate::db::types::Ts;
use crate::mail::message::Letterhead;
use crate::mail::name::name;

/// Facts of a notice about a role that will end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasting {
    /// The account.
    pub account: Account,
    /// First name of whoever is told.
    pub person: String,
    /// Full name of whoever holds the role and asks for more time; none: it is the one who is told.
    #[serde(default)]
    pub who: Option<String>,
    /// Label of the role.
    pub role: String,
    /// Where it holds.
    pub place: String,
    /// When it ends.
    pub ends_at: Ts,
    /// Path of the page that asks for more time, or gives the role another end; begins with `/`.
    pub path: String,
}

pub(super) fn lasting(
    facts: &Lasting,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let account = name(&facts.account.name, "your account");
    let place = name(&facts.place, "a place");
    let role = name(&facts.role, "a role");
    let who = facts.who.as_deref().map(|who| name(who, "Somebody"));
    let (subject, preheader, opening, label, doer, reason) = match who {
        None => (
            format!("Your role {role} in {place} will end"),
            "You need it for longer? Ask for more time.",
            format!(
                "Your role {role} in {place} was given to you until a day, and that day is near."
            ),
            "Ask for more time",
            "You",
            format!("have a {portal} login in {account}"),
        ),
        Some(who) => (
            format!("{who} asks for more time as {role} in {place}"),
            "Their role ends soon. You decide how long it lasts.",
            format!(
                "{who} holds the role {role} in {place} until a day that is near, and asks for more time."
            ),
            "Choose another end",
            "They",
            format!("manage users of {account} in {portal}"),
        ),
    };
    let ends = deadline(facts.ends_at, facts.account.time_zone.as_deref(), on.now);
    Sheet {
        subject,
        preheader: preheader.to_owned(),
        greeting: greeting(&facts.person),
        opening: vec![opening],
        facts: vec![
            fact("Account", account),
            fact("Where", place),
            fact("Role", role),
            fact("It ends", ends),
        ],
        button: Some(Button {
            label,
            url: head.page(&facts.path),
        }),
        closing: vec![
            format!(
                "{doer} do not need it any more? Then there is nothing to do: it ends by itself."
            ),
            "You did not expect this? Ask the contact below.".to_owned(),
        ],
        why: format!(
            "You get this notice at {} because you {reason}.",
            recipient(on)
        ),
    }
}
