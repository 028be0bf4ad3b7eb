//! The words of the letters about roles that have to be approved.

use serde::{Deserialize, Serialize};

use super::letter::{Known, NewAdmin, RequestWanted};
use super::words::{Button, Fact, Sheet, deadline, fact, greeting, moment, recipient};
use super::{Account, Occasion};
use crate::mail::message::Letterhead;
use crate::mail::name::{line, name, quoted};

/// How a request for a role ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The role was given.
    Granted,
    /// It was refused.
    Refused,
    /// Nobody decided in time.
    Expired,
}

/// Facts of how a request ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestDecided {
    /// The account.
    pub account: Account,
    /// First name of whoever gets the mail.
    pub recipient: String,
    /// Full name of whom it was for.
    pub person: String,
    /// Whether that one has not come in yet.
    #[serde(default)]
    pub invited: bool,
    /// Whether that is the recipient.
    pub is_own: bool,
    /// Label of the role.
    pub role: String,
    /// Name of the place.
    pub place: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Who decided.
    pub by: Option<String>,
    /// What they wrote.
    pub words: Option<String>,
    /// Of a role that is given: who approved, in order.
    #[serde(default)]
    pub approvals: Vec<Approval>,
    /// Path of the request's page.
    pub path: String,
}

/// An approval that counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Full name of who gave it.
    pub by: String,
    /// What they wrote; none of whoever approved by asking, whose reason is known.
    pub words: Option<String>,
    /// Whether they run the platform, and confirmed what the account had approved.
    pub confirms: bool,
}

/// Longest quotation, in characters; all of it stands on the page.
const QUOTED: usize = 600;

/// What Admin can do, in a sentence.
fn can(sensitive: Option<&str>) -> String {
    let included = sensitive.map(|text| format!(", {} included", name(text, "what is sensitive")));
    let included = included.unwrap_or_default();
    format!("An Admin uses every function there{included}, and gives the role User Management.")
}

pub(super) fn wanted(
    facts: &RequestWanted,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let requester = name(&facts.requester, "Somebody");
    let person = name(&facts.person, "somebody");
    let place = name(&facts.place, "—");
    let role = name(&facts.role, "a role");
    let account = name(&facts.account.name, "the account");
    let again = if facts.reminder {
        "This is a reminder: nobody has decided yet. "
    } else {
        ""
    };
    let decides = if facts.about.is_none() {
        "An Admin or Owner"
    } else {
        "Somebody who may give the role there"
    };
    let ask = if facts.as_operator {
        format!(
            "{again}{account} has approved this; as an operator of {portal} you confirm it or refuse."
        )
    } else {
        format!("{again}{decides} has to approve this or refuse.")
    };
    let mut told = vec![
        fact("Account", account),
        fact("Where", place.clone()),
        fact("For", known(&person, facts.person_known.as_ref())),
        fact(
            "Asked by",
            known(&requester, facts.requester_known.as_ref()),
        ),
    ];
    let taken_by = (facts.taken_over.as_deref(), facts.taken_over_known.as_ref());
    told.extend(taken_over(taken_by));
    let can = match facts.about.as_deref() {
        None => can(facts.sensitive.as_deref()),
        Some(about) => name(about, ""),
    };
    if !can.is_empty() {
        told.push(fact("What the role can do", can));
    }
    let until = deadline(facts.until, facts.account.time_zone.as_deref(), on.now);
    told.push(fact("Can be decided until", until));
    Sheet {
        subject: format!("{requester} asks for the {role} role for {person}"),
        preheader: format!("{place}: review the request."),
        greeting: greeting(&facts.recipient),
        opening: vec![
            format!("{requester} asks for the role {role} for {person} on {place}."),
            ask,
            format!("{requester} wrote: “{}”", quoted(&facts.reason, QUOTED)),
        ],
        facts: told,
        button: Some(Button {
            label: "Review the request",
            url: head.page(&facts.path),
        }),
        closing: vec![format!(
            "Nothing is given before somebody decides on the page. You did not expect this, or do not know {person}? Ask \
             {requester} before you approve."
        )],
        why: format!(
            "You get this mail at {} because you can decide about roles in {portal}.",
            recipient(on)
        ),
    }
}

/// Who took a request over from the one who asked.
fn taken_over((by, is): (Option<&str>, Option<&Known>)) -> Option<Fact> {
    by.map(|by| fact("Taken over by", known(&name(by, "—"), is)))
}

/// "Lee Away, lee@globex.example (guest)": anybody may take the name of somebody else.
fn known(name: &str, known: Option<&Known>) -> String {
    let Some(known) = known else {
        return name.to_owned();
    };
    let standing = known.standing.as_ref().map(|it| format!(" ({it})"));
    let email = line(&known.email, 254);
    format!("{name}, {email}{}", standing.unwrap_or_default())
}

pub(super) fn decided(
    facts: &RequestDecided,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let person = name(&facts.person, "somebody");
    let place = name(&facts.place, "—");
    let role = name(&facts.role, "a role");
    let by = facts.by.as_deref().map(|by| name(by, "Somebody"));
    let by = by.as_deref().unwrap_or("Nobody");
    let approved = approved(facts, by);
    // Whoever has not come in has no page of the portal, and no link but that of their invitation.
    let comes_in = facts.invited && facts.is_own;
    let (said, sentence, next) = match facts.verdict {
        Verdict::Granted => (
            "Approved",
            format!(
                "{} the role {role} for {person} on {place}{}. It holds from {}.",
                approved.0,
                approved.1,
                if facts.invited {
                    "when they come in"
                } else {
                    "now on"
                }
            ),
            if comes_in {
                "Use the link in your invitation to come in. Opened it too late? Open it anyway: the page leads you to a new link."
            } else if facts.invited {
                "It waits until the invitation is accepted."
            } else if facts.is_own {
                "Open the portal: what the role allows is there with the next page."
            } else {
                "There is nothing left to do."
            },
        ),
        Verdict::Refused => (
            "Not approved",
            format!("{by} refused the role {role} for {person} on {place}."),
            "Nothing has changed. If there is something new to say, ask again.",
        ),
        Verdict::Expired => (
            "Not approved",
            format!("Nobody decided about the role {role} for {person} on {place} within 14 days."),
            "Nothing has changed. If it is still needed, ask again.",
        ),
    };
    let wrote = |by: &str, words: &str| format!("{by} wrote: “{}”", quoted(words, QUOTED));
    let mut opening = vec![sentence];
    opening.extend(facts.words.as_deref().map(|words| wrote(by, words)));
    opening.extend(facts.approvals.iter().filter_map(|one| {
        let words = one.words.as_deref()?;
        Some(wrote(&name(&one.by, "Somebody"), words))
    }));
    Sheet {
        subject: format!("{said}: {role} role for {person}"),
        preheader: format!("{place}: {}", sentence_end(facts)),
        greeting: greeting(&facts.recipient),
        opening,
        facts: vec![
            fact("Account", name(&facts.account.name, "—")),
            fact("Where", place.clone()),
        ],
        button: (!comes_in).then(|| Button {
            label: "Open the request",
            url: head.page(&facts.path),
        }),
        closing: vec![
            next.to_owned(),
            if comes_in {
                "You did not expect this? Ignoring this mail is fine: nothing holds before you come in."
            } else {
                "You did not expect this? The page says who asked, and who decided."
            }
            .to_owned(),
        ],
        why: format!(
            "You get this mail at {} because {}.",
            recipient(on),
            if comes_in {
                format!("the role in {portal} is for you")
            } else {
                format!("you asked for the role in {portal}, or it is yours")
            }
        ),
    }
}

/// "Anna approved", and after what: ", and Pat, who runs Tenantry, confirmed it".
fn approved(facts: &RequestDecided, by: &str) -> (String, String) {
    let names = |confirms: bool| {
        let these = facts
            .approvals
            .iter()
            .filter(|one| one.confirms == confirms);
        let mut names: Vec<String> = these.map(|one| name(&one.by, "Somebody")).collect();
        let last = names.pop()?;
        Some(if names.is_empty() {
            last
        } else {
            format!("{} and {last}", names.join(", "))
        })
    };
    let account = names(false).unwrap_or_else(|| by.to_owned());
    let confirmed = names(true).map(|names| format!(", and {names} confirmed it"));
    (format!("{account} approved"), confirmed.unwrap_or_default())
}

const fn sentence_end(facts: &RequestDecided) -> &'static str {
    match facts.verdict {
        Verdict::Granted if facts.invited => "the role holds from when they come in.",
        Verdict::Granted => "the role holds from now on.",
        Verdict::Refused => "the request was refused.",
        Verdict::Expired => "the request expired.",
    }
}

pub(super) fn new_admin(
    facts: &NewAdmin,
    portal: &str,
    on: &Occasion<'_>,
    head: &Letterhead,
) -> Sheet {
    let person = name(&facts.person, "Somebody");
    let place = name(&facts.place, "—");
    let role = name(&facts.role, "Admin");
    let approvers: Vec<String> = (facts.approvers.iter())
        .map(|one| name(one, "somebody"))
        .collect();
    let requester = name(&facts.requester, "—");
    let mut told: Vec<Fact> = vec![
        fact("Who", known(&person, facts.person_known.as_ref())),
        fact(
            "Asked by",
            known(&requester, facts.requester_known.as_ref()),
        ),
    ];
    let taken_by = (facts.taken_over.as_deref(), facts.taken_over_known.as_ref());
    told.extend(taken_over(taken_by));
    if !approvers.is_empty() {
        told.push(fact("Approved by", approvers.join(", ")));
    }
    told.push(fact("Last approval by", name(&facts.confirmed_by, "—")));
    told.push(fact("When", moment(facts.at)));
    let (becomes, once) = if facts.invited {
        (
            "will be",
            " once they come in: they were invited, and have not yet",
        )
    } else {
        ("is now", "")
    };
    Sheet {
        subject: format!("{person} {becomes} an {role} of {place}"),
        preheader: "Object if this is not right.".to_owned(),
        greeting: greeting(&facts.recipient),
        opening: vec![format!("{person} {becomes} an {role} of {place}{once}.")],
        facts: told,
        button: Some(Button {
            label: "See who it is",
            url: head.page(&facts.path),
        }),
        closing: vec![
            "Not right? Any other Admin of the place, or an Owner, can take the role away at once on that page."
                .to_owned(),
        ],
        why: format!(
            "You get this mail at {} because you hold the role Admin or Owner there in {portal}.",
            recipient(on)
        ),
    }
}
