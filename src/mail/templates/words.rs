//! The words of each letter, in the order of the design's table of mails.

use chrono::{Duration, SubsecRound};

use super::letter::{Account, Added, Exclusive, NewLink};
use super::{
    Joining, Letter, Occasion, access, address, asked, belonging, invited, lasting, login,
};
use crate::db::types::Ts;
use crate::mail::message::Letterhead;
use crate::mail::name::{line, name, quoted};

pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
}

pub(super) struct Button {
    pub(super) label: &'static str,
    pub(super) url: String,
}

/// One mail as it will read: the same words in both parts.
pub(super) struct Sheet {
    pub(super) subject: String,
    pub(super) preheader: String,
    pub(super) greeting: String,
    pub(super) opening: Vec<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) button: Option<Button>,
    pub(super) closing: Vec<String>,
    pub(super) why: String,
}

impl Letter {
    /// What it will read.
    pub(super) fn sheet(&self, head: &Letterhead, on: &Occasion<'_>, link: String) -> Sheet {
        let portal = name(&head.portal, "Portal");
        match self {
            Self::Welcome(facts) => welcome(facts, &portal, on, link),
            Self::Invitation(facts) => invitation(facts, &portal, on, link),
            Self::NewLink(facts) => new_link(facts, &portal, on, link),
            Self::Reminder(facts) => invited::reminder(facts, &portal, on, link),
            Self::Undelivered(facts) => invited::undelivered(facts, &portal, on, head),
            Self::LinkWanted(facts) => invited::link_wanted(facts, &portal, on, head),
            Self::ResetPassword(facts) => login::reset(facts, &portal, on, link),
            Self::PasswordChanged(facts) => login::changed(facts, &portal, on, head),
            Self::Locked(facts) => login::locked(facts, &portal, on, link),
            Self::Unlocked(facts) => login::unlocked(facts, &portal, on, head),
            Self::HomeMoved(facts) => login::home_moved(facts, &portal, on),
            Self::Added(facts) => added(facts, &portal, on, head),
            Self::RolesChanged(facts) => access::roles_changed(facts, &portal, on, head),
            Self::RoleEnding(facts) | Self::MoreTime(facts) => {
                lasting::lasting(facts, &portal, on, head)
            }
            Self::HomeExclusive(facts) => exclusive(facts, &portal, on),
            Self::AccessEnded(facts) => access::ended(facts, &portal, on),
            Self::AccessBack(facts) => access::back(facts, &portal, on, head),
            Self::RequestWanted(facts) => asked::wanted(facts, &portal, on, head),
            Self::RequestDecided(facts) => asked::decided(facts, &portal, on, head),
            Self::NewAdmin(facts) => asked::new_admin(facts, &portal, on, head),
            Self::Joined(facts) => belonging::joined(facts, &portal, on, head),
            Self::Declined(facts) => belonging::declined(facts, &portal, on),
            Self::Left(facts) => belonging::left(facts, &portal, on, head),
            Self::Imported(facts) => belonging::imported(facts, &portal, on, head),
            Self::OwnershipOffered(facts) => belonging::offered(facts, &portal, on, head),
            Self::OwnershipSettled(facts) => belonging::settled(facts, &portal, on),
            Self::ConfirmAddress(facts) => belonging::confirm(facts, &portal, on, link),
            Self::HasLogin(facts) => belonging::has_login(facts, &portal, on, head),
            Self::ConfirmNewAddress(facts) => address::confirm(facts, &portal, on, link),
            Self::AddressChanging(facts) => address::changing(facts, &portal, on, link),
            Self::AddressChanged(facts) => address::changed(facts, &portal, on, link),
            Self::AddressTaken(facts) => address::taken(facts, &portal, on, head),
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
        opening: opening(vec![format!("{inviter} added you to {place}.")], facts, &inviter),
        facts: joining(facts, on),
        button: Some(Button { label: "Set your password", url }),
        closing: vec![
            "Opened it too late? Open it anyway: the page leads you to a new link.".to_owned(),
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
        opening: opening(
            vec![
                format!("{inviter} invited you to {place}. You keep the login that you have."),
                format!("{account} will see your name and this address, and what you do there."),
            ],
            facts,
            &inviter,
        ),
        facts: joining(facts, on),
        button: Some(Button {
            label: "Review the invitation",
            url,
        }),
        closing: vec![
            "You join only when you accept. You did not expect this? Declining is fine, and so is ignoring this mail."
                .to_owned(),
            "Opened it too late? Open it anyway: the page leads you to a new link.".to_owned(),
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

fn added(facts: &Added, portal: &str, on: &Occasion<'_>, head: &Letterhead) -> Sheet {
    let account = name(&facts.account.name, "your account");
    let adder = name(&facts.adder, "A user manager");
    let project = name(&facts.project.name, "a new place");
    let word = name(&facts.project.word, "Project");
    let mut told = vec![
        fact("Account", account.clone()),
        fact("Organization", name(&facts.organization, "—")),
        fact(&word, project.clone()),
        fact("Your roles", roles(&facts.roles)),
    ];
    told.extend(days(facts.during, &facts.account));
    Sheet {
        subject: if facts.during.0.is_some() {
            format!("You can soon work on {project}")
        } else {
            format!("You can now work on {project}")
        },
        preheader: format!("{adder} added you in {account}."),
        greeting: greeting(&facts.person),
        opening: vec![format!("{adder} added you to {project}.")],
        facts: told,
        button: Some(Button {
            label: "Open it",
            url: head.page(&facts.path),
        }),
        closing: vec![format!("You did not expect this? Ask {adder}.")],
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

/// Longest personal note, in characters.
const NOTE: usize = 300;

/// What a mail says first; then what the inviter says in their own words, marked as theirs and without addresses.
fn opening(mut said: Vec<String>, facts: &Joining, inviter: &str) -> Vec<String> {
    let note = facts.note.as_deref().map(|note| quoted(note, NOTE));
    let note = note.filter(|note| !note.is_empty());
    said.extend(note.map(|note| format!("{inviter} writes: “{note}”")));
    said
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
    for also in &facts.also {
        let place = name(&also.place, "—");
        let label = match &also.organization {
            Some(organization) => format!("And on {place} in {}", name(organization, "—")),
            None => format!("And in {place}"),
        };
        told.push(fact(&label, roles(&also.roles)));
    }
    told.extend(days(facts.during, &facts.account));
    told.push(fact("You sign in with", recipient(on)));
    told
}

/// From when on roles hold, and until when.
fn days((from, until): (Option<Ts>, Option<Ts>), account: &Account) -> impl Iterator<Item = Fact> {
    let told = [("They begin", from), ("They end", until)];
    told.into_iter()
        .filter_map(|(label, at)| Some(fact(label, time(at?, account))))
}

pub(super) fn roles(labels: &[String]) -> String {
    let shown: Vec<String> = labels.iter().map(|label| name(label, "a role")).collect();
    if shown.is_empty() {
        "none yet".to_owned()
    } else {
        shown.join(", ")
    }
}

pub(super) fn fact(label: &str, value: String) -> Fact {
    Fact {
        label: label.to_owned(),
        value,
    }
}

pub(super) fn greeting(person: &str) -> String {
    let first = name(person, "");
    if first.is_empty() {
        "Hello,".to_owned()
    } else {
        format!("Hello {first},")
    }
}

pub(super) fn recipient(on: &Occasion<'_>) -> String {
    line(on.recipient, 254)
}

/// Why a mail about a login comes.
pub(super) fn of_login(on: &Occasion<'_>) -> String {
    let address = recipient(on);
    format!("You get this mail because {address} is the address of this login.")
}

/// An absolute time with its zone.
pub(super) fn moment(at: Ts) -> String {
    at.utc()
        .trunc_subsecs(0)
        .format("%-d %B %Y, %H:%M UTC")
        .to_string()
}

/// The same, and what the clocks of the account's time zone say then.
pub(super) fn time(at: Ts, account: &Account) -> String {
    let zone = account.time_zone.as_deref();
    match zone.and_then(|zone| crate::web::zones::clock(at, zone)) {
        Some(there) => format!("{} ({there})", moment(at)),
        None => moment(at),
    }
}

/// Until when something can be done: the time with its zone, what the clocks of the account's zone say then, and how long
/// that is from now.
pub(super) fn deadline(at: Ts, zone: Option<&str>, now: Ts) -> String {
    let there = zone.and_then(|zone| crate::web::zones::clock(at, zone));
    let there = there.map(|clock| format!("{clock}; ")).unwrap_or_default();
    let left = span(at.utc() - now.utc());
    format!("{} ({there}{left} from now)", moment(at))
}

/// A length of time in the words a person would use: minutes below two hours, hours up to three days, then days, each to
/// the nearest.
fn span(length: Duration) -> String {
    let minutes = (length.num_seconds().max(0) + 30) / 60;
    let hours = (minutes + 30) / 60;
    match (minutes, hours) {
        (1, _) => "1 minute".to_owned(),
        (0..120, _) => format!("{minutes} minutes"),
        (_, ..72) => format!("{hours} hours"),
        _ => format!("{} days", (hours + 12) / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    pub(super) fn spans_read_as_a_person_would_say_them() {
        for (seconds, words) in [
            (172_795, "48 hours"),
            (3_600, "60 minutes"),
            (61, "1 minute"),
            (-5, "0 minutes"),
            (86_400, "24 hours"),
            (3 * 86_400 - 5, "3 days"),
            (14 * 86_400 - 600, "14 days"),
        ] {
            assert_eq!(span(Duration::seconds(seconds)), words);
        }
    }
}
