//! What the pages of accounts show.

use askama::Template;

use super::{HomeRules, Roles, Setup, Waiting};
use crate::access::grant::Level;
use crate::db::types::Ts;
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::{Pager, moment};

/// An account that one can go to.
#[derive(Clone, Debug)]
pub struct AccountChoice {
    /// Company name.
    pub name: String,
    /// Where it opens; none: one holds no role there now.
    pub href: Option<String>,
    /// One's roles there, in words.
    pub detail: String,
    /// Whether it is the account of the last place.
    pub selected: bool,
}

/// An invitation that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingInvitation {
    /// The account that invites.
    pub account: String,
    /// Who invited.
    pub inviter: String,
    /// How it stands, and what to do.
    pub state: String,
    /// Where it is reviewed or, for an address that nobody has proven, where a new link is asked for.
    pub link: Option<(&'static str, String)>,
}

/// Choosing an account.
#[derive(Template)]
#[template(path = "accounts/choose.html")]
pub struct ChooseAccountPage {
    /// The frame.
    pub shell: Shell,
    /// The accounts, by name.
    pub accounts: Vec<AccountChoice>,
    /// The invitations.
    pub invitations: Vec<WaitingInvitation>,
    /// Where the next page is.
    pub pager: Option<Pager>,
}

/// A step of setting up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What to do.
    pub label: String,
    /// Where; none: not on a page of this portal, or not for this person.
    pub href: Option<String>,
    /// Whether it is done.
    pub done: bool,
}

/// An organization on the overview.
#[derive(Clone, Debug)]
pub struct OrganizationCard {
    /// Its name.
    pub name: String,
    /// Its front page.
    pub href: String,
    /// One's roles there.
    pub role: String,
    /// Whether it is the selected one.
    pub selected: bool,
}

/// An account's front page.
#[derive(Template)]
#[template(path = "accounts/overview.html")]
pub struct OverviewPage {
    /// The frame.
    pub shell: Shell,
    /// Whether one may add people to the whole account.
    pub add_user: Option<String>,
    /// What is left to set up; empty: nothing, or not for this person.
    pub tasks: Vec<Task>,
    /// The first organizations by name.
    pub organizations: Vec<OrganizationCard>,
    /// Whether there are more.
    pub more: bool,
    /// Account Organizations.
    pub all: String,
    /// Where an organization is made; none: one may not.
    pub create: Option<String>,
}

/// "Owner · Viewer on reservations": one's roles in an account, the widest places first.
pub fn in_words(roles: &Roles, word_plural: &str) -> String {
    let labels = |levels: &[Level]| {
        let mut labels: Vec<&str> = roles
            .iter()
            .filter(|(_, level)| levels.contains(level))
            .map(|(role, _)| role.label())
            .collect();
        labels.dedup();
        labels.join(", ")
    };
    let organizations = labels(&[Level::Group, Level::Organization]);
    let projects = labels(&[Level::Project]);
    let mut parts = vec![labels(&[Level::Account])];
    if !organizations.is_empty() {
        parts.push(format!("{organizations} in organizations"));
    }
    if !projects.is_empty() {
        parts.push(format!("{projects} on {}", word_plural.to_lowercase()));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// An invitation, with how it stands now. Whoever has proven their address answers it right here; the mail is not needed.
pub fn invitation(waiting: Waiting, home: HomeRules, now: Ts) -> WaitingInvitation {
    let until = waiting.link_expires_at.filter(|until| *until > now);
    let (state, link) = if home.exclusive {
        let no = "Your home account does not let its people join other accounts.";
        (no.into(), None)
    } else if home.proven {
        let review = (
            "Review the invitation",
            urls::my_invitation(waiting.account_id),
        );
        (String::new(), Some(review))
    } else if let Some(until) = until {
        let open = "Open the link in the mail that was sent to you to accept.";
        (format!("{open} It works until {}.", moment(until)), None)
    } else {
        let again = ("Send me a new link", urls::NEW_LINK.into());
        ("The link in its mail has expired.".into(), Some(again))
    };
    WaitingInvitation {
        account: waiting.account,
        inviter: waiting.inviter.map_or_else(
            || "Somebody".into(),
            |(first, last)| format!("{first} {last}"),
        ),
        state,
        link,
    }
}

/// What may be done in the whole account, for the list of tasks.
#[derive(Clone, Copy, Debug)]
pub struct May {
    /// Make organizations.
    pub organizations: bool,
    /// Add people.
    pub users: bool,
    /// Pass on ownership.
    pub own: bool,
}

/// What is left to set up, for somebody who may do any of it; empty once all of it is done.
pub fn tasks(setup: Setup, may: May, account: &str, word_singular: &str) -> Vec<Task> {
    let mut tasks = Vec::new();
    let mut task = |label: String, href: String, done: bool| {
        tasks.push(Task {
            label,
            href: Some(href),
            done,
        });
    };
    if may.organizations {
        task(
            "Add an organization".into(),
            urls::new_organization(account),
            setup.organization,
        );
        let word = word_singular.to_lowercase();
        task(
            format!("Add the first {word}: open an organization, then New {word}"),
            urls::organizations(account),
            setup.project,
        );
    }
    if may.users {
        task("Add users".into(), urls::new_user(account), setup.people);
    }
    if may.own {
        task(
            "Add a second Owner, so that the account is never without one".into(),
            urls::user_management(account),
            setup.second_owner,
        );
    }
    if tasks.iter().all(|task| task.done) {
        tasks.clear();
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::role::{Builtin, Role};

    fn now() -> Ts {
        Ts::new(chrono::DateTime::from_timestamp(1_777_816_800, 0).unwrap_or_default())
    }

    #[test]
    fn roles_are_summed_up_from_the_widest_place_to_the_narrowest() {
        let role = |role, level| (Role::from(role), level);
        let all = vec![
            role(Builtin::Owner, Level::Account),
            role(Builtin::Manager, Level::Group),
            role(Builtin::Manager, Level::Organization),
            role(Builtin::Viewer, Level::Project),
            role(Builtin::UserManagement, Level::Project),
        ];
        assert_eq!(
            in_words(&all, "Reservations"),
            "Owner · Manager in organizations · Viewer, User Management on reservations"
        );
        assert_eq!(
            in_words(&vec![role(Builtin::Owner, Level::Account)], "Projects"),
            "Owner"
        );
        assert_eq!(in_words(&Vec::new(), "Projects"), "");
    }

    #[test]
    fn an_invitation_says_how_it_stands() {
        let home = |proven, exclusive| HomeRules { proven, exclusive };
        let waiting = |hours: i64| Waiting {
            account_id: crate::db::types::AccountId::new(),
            account: "Acme".into(),
            link_expires_at: Some(now().plus(chrono::Duration::hours(hours))),
            inviter: Some(("Ravi".into(), "Patel".into())),
        };
        let words = |shown: &WaitingInvitation| shown.link.as_ref().map(|(words, _)| *words);
        let mine = invitation(waiting(-1), home(true, false), now());
        assert_eq!(words(&mine), Some("Review the invitation"));
        let open = invitation(waiting(1), home(false, false), now());
        assert!(
            open.state
                .ends_with("It works until 3 May 2026, 15:00 UTC."),
            "{open:?}"
        );
        let old = invitation(waiting(0), home(false, false), now());
        assert_eq!(words(&old), Some("Send me a new link"));
        let shut = invitation(waiting(1), home(true, true), now());
        assert!(shut.link.is_none() && shut.state.contains("home account"));
    }

    #[test]
    fn tasks_are_for_those_who_may_and_go_when_all_is_done() {
        let setup = |all| Setup {
            organization: all,
            project: all,
            people: all,
            second_owner: all,
        };
        let may = |all| May {
            organizations: all,
            users: all,
            own: all,
        };
        assert_eq!(
            tasks(setup(false), may(true), "acme", "Reservation").len(),
            4
        );
        assert!(tasks(setup(true), may(true), "acme", "Reservation").is_empty());
        assert!(tasks(setup(false), may(false), "acme", "Reservation").is_empty());
    }
}
