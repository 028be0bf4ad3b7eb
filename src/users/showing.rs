//! People and roles in words, the same on every page.

use askama::FastWritable;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::access::extent::Extent;
use crate::access::grant::Scoped;
use crate::access::place::Account;
use crate::access::role::{Builtin, Role};
use crate::db::types::{ProjectId, Ts};
use crate::members::{Brief, Held};
use crate::users::{Listed, Source};
use crate::web::view::{Status, moment, relative};

/// First and last name.
pub(crate) fn name(row: &Listed) -> String {
    format!("{} {}", row.first_name, row.last_name)
}

/// Why nothing can be changed on a page, and by whom it is.
pub(crate) fn only_managers(ask: &[String]) -> String {
    let mut text = "Only people with User Management can change this.".to_owned();
    if !ask.is_empty() {
        text.push_str(&format!(" Ask: {}.", ask.join(", ")));
    }
    text
}

/// Whether their sign-in is locked, as far as this account is told: a login belongs to its home (S1).
pub(crate) fn is_locked(row: &Listed, now: Ts) -> bool {
    row.kind == "home"
        && row.status != "deactivated"
        && row.locked_until.is_some_and(|until| until > now)
}

/// How a person stands.
pub(crate) fn status(row: &Listed, now: Ts) -> Status {
    let of = |kind, label, note| Status { kind, label, note };
    if row.status == "deactivated" {
        return of("inactive", "Inactive", None);
    }
    if is_locked(row, now) {
        let until = row
            .locked_until
            .map(|until| format!("until {}", moment(until)));
        return of("locked", "Locked", until);
    }
    if row.status == "invited" {
        let note = row.link_expires_at.map(|end| {
            if end > now {
                format!("expires {}", relative(end, now))
            } else {
                "link expired".to_owned()
            }
        });
        return of("invited", "Invited", note);
    }
    of("active", "Active", None)
}

/// Whether somebody is an Admin or Owner by one of these roles.
pub(crate) fn is_admin<'a>(mut held: impl Iterator<Item = (&'a Role, Extent)>, now: Ts) -> bool {
    let is_high = |role: &Role| matches!(role, Role::Builtin(Builtin::Owner | Builtin::Admin));
    held.any(|(role, extent)| is_high(role) && extent.is_current(now))
}

/// Name of the place where a role holds.
pub(crate) fn place(held: &Held, account: &Account) -> String {
    held.place.clone().unwrap_or_else(|| account.name.clone())
}

/// What that place is.
pub(crate) fn kind_of_place(held: &Held, account: &Account) -> String {
    match held.scope {
        Scoped::Account => "Whole account".into(),
        Scoped::Group(_) => "Group of organizations".into(),
        Scoped::Organization { below: true, .. } => "Organization and everything below it".into(),
        Scoped::Organization { .. } => "Organization".into(),
        Scoped::Project { .. } => match &held.within {
            Some(organization) => format!("{} in {organization}", account.word_singular),
            None => account.word_singular.clone(),
        },
    }
}

/// What somebody holds roles by, each way once: "Direct, From group West". None: they hold none. Whoever is found by a
/// [`Source`] has it here, and nobody else has.
pub(super) fn source(held: &[Brief]) -> Option<Cow<'static, str>> {
    let mut kinds = held.iter().map(|held| Source::of(&held.scope));
    let first = kinds.next()?;
    if first != Source::Group && kinds.all(|kind| kind == first) {
        return Some(first.label().into());
    }
    sources(held, |groups| listed(groups)).map(Cow::Owned)
}

/// The same with every group by name.
pub(super) fn source_in_full(held: &[Brief]) -> Option<String> {
    sources(held, |groups| groups.join(", "))
}

fn sources(held: &[Brief], name: impl Fn(&[&str]) -> String) -> Option<String> {
    let (mut direct, mut below, mut groups) = (false, false, Vec::new());
    for held in held {
        match Source::of(&held.scope) {
            Source::Direct => direct = true,
            Source::Below => below = true,
            Source::Group => once(&mut groups, held.place.as_deref().unwrap_or_default()),
        }
    }
    let from = (!groups.is_empty()).then(|| format!("From group {}", name(&groups)));
    let all = [
        direct.then(|| Source::Direct.label()),
        from.as_deref(),
        below.then(|| Source::Below.label()),
    ];
    let mut all = all.into_iter().flatten();
    let first = all.next()?.to_owned();
    Some(all.fold(first, |all, one| all + ", " + one))
}

/// On how many projects somebody holds a role, when these are several: "in 3 reservations".
pub(super) fn spread(held: &[Brief], account: &Account) -> Option<String> {
    if held.len() < 2 {
        return None;
    }
    let project = |held: &Brief| match held.scope {
        Scoped::Project { id, .. } => Some(id),
        _ => None,
    };
    let mut all: Vec<ProjectId> = held.iter().filter_map(project).collect();
    all.sort_unstable();
    all.dedup();
    let several = all.len() > 1;
    several.then(|| format!("in {} {}", all.len(), account.word_plural.to_lowercase()))
}

/// The place of a role on the whole account.
const ALL: &str = "All";

/// What stands behind an organization that a role reaches everything below.
const BELOW: &str = " and everything below it";

/// Name of the organization, or of what holds several, in which a role holds.
fn organization<'a>(held: &'a Brief, account: &'a Account) -> Cow<'a, str> {
    let place = held.place.as_deref().unwrap_or(&account.name);
    match held.scope {
        Scoped::Account => ALL.into(),
        Scoped::Organization { below: true, .. } => format!("{place}{BELOW}").into(),
        _ => place.into(),
    }
}

/// Roles and organizations of one person, all of them.
pub(super) fn in_full(held: &[Brief], account: &Account) -> (String, String) {
    let (roles, places) = gathered(held, account);
    (roles.join(", "), places.join(", "))
}

/// Places in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InShort {
    /// The name of one, and what stands behind it.
    One(Arc<str>, &'static str),
    /// Several, or no place by name.
    Text(Cow<'static, str>),
}

impl fmt::Display for InShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(name, rest) => write!(f, "{name}{rest}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl FastWritable for InShort {
    fn write_into(&self, page: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        match self {
            Self::One(name, rest) => {
                page.write_str(name)?;
                page.write_str(rest)?;
            }
            Self::Text(text) => page.write_str(text)?,
        }
        Ok(())
    }
}

/// Roles and organizations of one person in two short lines: "Admin, Viewer and 2 more".
pub(super) fn in_short(held: &[Brief], account: &Account) -> (Cow<'static, str>, InShort) {
    // Most people hold one: of that nothing is copied.
    if let [one] = held {
        let role = match &one.role {
            Role::Builtin(role) => Cow::Borrowed(role.label()),
            Role::Custom(role) => Cow::Owned(role.name.clone()),
        };
        let place = match (one.scope, &one.place) {
            (Scoped::Account, _) => InShort::Text(ALL.into()),
            (_, None) => InShort::Text(organization(one, account).into_owned().into()),
            (scope, Some(name)) if scope.is_below() => InShort::One(name.clone(), BELOW),
            (_, Some(name)) => InShort::One(name.clone(), ""),
        };
        return (role, place);
    }
    let (roles, places) = gathered(held, account);
    let places = listed(&places).into();
    (listed(&roles).into(), InShort::Text(places))
}

fn gathered<'a>(held: &'a [Brief], account: &'a Account) -> (Vec<&'a str>, Vec<Cow<'a, str>>) {
    let (mut roles, mut places) = (Vec::new(), Vec::new());
    for held in held {
        once(&mut roles, held.role.label());
        once(&mut places, organization(held, account));
    }
    (roles, places)
}

fn once<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

/// "Admin, Viewer and 2 more".
pub(crate) fn listed<T: AsRef<str>>(all: &[T]) -> String {
    match all {
        [] => "none".into(),
        [one] => one.as_ref().into(),
        [one, two] => [one.as_ref(), two.as_ref()].join(", "),
        [one, two, rest @ ..] => {
            format!("{}, {} and {} more", one.as_ref(), two.as_ref(), rest.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::types::{UserId, Word};

    #[test]
    fn two_are_named_and_the_others_counted() {
        let all = ["Admin", "Viewer", "Billing", "Owner"].map(str::to_owned);
        assert_eq!(listed(&all), "Admin, Viewer and 2 more");
        assert_eq!(listed(&all[..2]), "Admin, Viewer");
        assert_eq!(listed(&all[..1]), "Admin");
        assert_eq!(listed::<&str>(&[]), "none");
    }

    #[test]
    fn a_guest_is_never_shown_as_locked_and_an_ended_link_says_so() {
        let now = Ts::new(chrono::DateTime::UNIX_EPOCH);
        let later = now.plus(chrono::Duration::hours(31));
        let row = |kind: &str, status: &str| {
            Some(Listed {
                id: UserId::new(),
                first_name: "Dana".into(),
                last_name: "Ruiz".into(),
                email: "dana@acme.example".into(),
                status: Word::known(status)?,
                kind: Word::known(kind)?,
                sort_key: "dana ruiz".into(),
                joined_at: None,
                link_expires_at: Some(later),
                last_sign_in_at: None,
                locked_until: Some(later),
                deactivated_at: None,
            })
        };
        let label = |kind, state| row(kind, state).map(|row| status(&row, now).label);
        assert_eq!(label("home", "active"), Some("Locked"));
        assert_eq!(label("guest", "active"), Some("Active"));
        assert_eq!(label("home", "deactivated"), Some("Inactive"));
        let note = |at| row("guest", "invited").and_then(|row| status(&row, at).note);
        assert_eq!(note(now).as_deref(), Some("expires in 31 hours"));
        assert_eq!(note(later).as_deref(), Some("link expired"));
    }
}
