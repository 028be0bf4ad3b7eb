//! The answer to "Can someone do something?", in words.

use super::asking::named;
use super::changing;
use super::finding::{Asker, Spot, Subject};
use super::holders::{ByName, Wanted, What, holders};
use super::pages::{AnswerShown, PathShown, RemedyShown};
use super::words;
use crate::access::explain::{self, Answer, Explanation, Question, Remedy};
use crate::access::give::{Actor, can_be_given_by, needed_to_give};
use crate::access::grant::Level;
use crate::access::permission::{AnyKey, Key, PermissionSet};
use crate::access::resolve::{self, Place};
use crate::access::wanting::{is_requested, label, size};
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::Result;
use crate::members::{self, Status, Target};
use crate::requests::{self, Reason};
use crate::users::{self, Reach};
use crate::web::urls;

/// How many reasons are written out.
const REASONS: usize = 12;
/// How many roles are named that would help: the built-in ones, and the first of the account's own.
const REMEDIES: usize = 15;
/// How many people are named who could help.
const HELPERS: usize = 3;
/// As many are looked up: the one it is for may be among them.
const HELPERS_AND_ONE: i64 = 4;

/// Asks the resolver, and says what it said.
pub fn answer(
    conn: &mut Conn,
    asker: &Asker<'_>,
    subject: &Subject,
    (key, spot): (AnyKey, &Spot),
) -> Result<AnswerShown> {
    let grants = subject.grants();
    let found = explain::explain(
        asker.roles,
        &explain::Subject {
            grants: &grants,
            complete: subject.complete,
            active: subject.status == Status::Active,
        },
        &Question {
            key,
            place: &spot.place,
            archived: spot.archived,
            now: asker.now,
            roles: &asker.known,
        },
    );
    let (label, name) = named(asker.account(), asker.catalogue, key);
    let mut shown = AnswerShown {
        notes: notes(asker, subject, (&name, spot)),
        ..AnswerShown::default()
    };
    let may = |may: &str| {
        let who = if subject.you { "You" } else { &subject.name };
        let place = if spot.place == Place::Account {
            format!("in the account {}", spot.name)
        } else {
            format!("in {}", spot.name)
        };
        format!("{who} {may} do this {place}: {label}.")
    };
    match found.answer {
        Answer::Yes => {
            (shown.kind, shown.word, shown.sentence) = ("yes", "Yes", may("may"));
            yes(conn, asker, subject, (&found, spot), &mut shown)?;
        }
        Answer::No => {
            (shown.kind, shown.word, shown.sentence) = ("no", "No", may("may not"));
            no(conn, asker, subject, (&found, key, spot), &mut shown)?;
        }
        Answer::CannotSay => {
            shown.kind = "unknown";
            shown.word = "Cannot say";
            shown.sentence = format!(
                "No role that you can see lets {} do this in {}: {label}. But you see only the roles in the places where you may see users. Roles on the whole account, and on groups and organizations beyond your reach, are not shown to you.",
                subject.name, spot.name
            );
            shown.ask = members::who_can_help(conn, asker.account().id, asker.now)?;
        }
    }
    Ok(shown)
}

/// What is worth knowing beside the answer: other gates than that of the role (rule 28).
fn notes(asker: &Asker<'_>, _: &Subject, (name, spot): (&str, &Spot)) -> Vec<String> {
    let mut notes = Vec::new();
    let account = asker.account();
    if account.is_frozen() && !name.ends_with(".view") {
        notes.push(format!(
            "{} is frozen: until its plan is settled nothing can be changed, whatever the roles say. That is the gate “plan”.",
            account.name
        ));
    }
    if spot.read_only && !name.ends_with(".view") {
        notes.push(format!(
            "{} is archived: it can be read, and nothing in it changed until it is taken out of the archive, whatever the roles say. That is the gate “scope”.",
            spot.organization.as_deref().unwrap_or(&spot.name)
        ));
    }
    if spot.archived {
        notes.push(format!(
            "{} is archived: roles given on it alone do nothing until it is opened again.",
            spot.name
        ));
    }
    notes
}

fn yes(
    conn: &mut Conn,
    asker: &Asker<'_>,
    subject: &Subject,
    (found, spot): (&Explanation, &Spot),
    shown: &mut AnswerShown,
) -> Result<()> {
    shown.paths = paths(conn, asker, subject, (found, spot))?;
    let where_ = (spot, asker.account());
    for act in &found.change {
        if let Some(text) = words::act(*act, subject, where_) {
            let href = changing::page(conn, asker, subject, *act)?;
            shown.change.push((text, href));
        }
    }
    if !subject.complete {
        shown.notes.push(
            "There may be further roles that give it and that are not shown to you, so that there may be more to change."
                .into(),
        );
    }
    Ok(())
}

impl Asker<'_> {
    /// Why the person holds roles that were asked for, as far as whoever asks sees those requests.
    pub fn reasons(&self, conn: &mut Conn, subject: &Subject) -> Result<Vec<Reason>> {
        let about = (subject.id, subject.held.as_slice());
        requests::reasons(conn, (self.roles, self.standing, self.now), about)
    }
}

/// Each path with whoever gave the role.
pub fn paths(
    conn: &mut Conn,
    asker: &Asker<'_>,
    subject: &Subject,
    (found, spot): (&Explanation, &Spot),
) -> Result<Vec<PathShown>> {
    let held: Vec<_> = found
        .paths
        .iter()
        .filter_map(|path| Some((path, words::of(subject, path.grant)?)))
        .collect();
    let mut givers: Vec<UserId> = held.iter().filter_map(|(_, held)| held.given_by).collect();
    givers.sort_unstable();
    givers.dedup();
    let givers = users::names(conn, asker.account().id, givers)?;
    let reasons = asker.reasons(conn, subject)?;
    let shown = held.into_iter().map(|(path, held)| PathShown {
        text: words::path(path, held, (spot, asker.account())),
        given: words::given(held, &givers, asker.account()),
        because: words::because(held, &reasons, asker.account()),
    });
    Ok(shown.collect())
}

fn no(
    conn: &mut Conn,
    asker: &Asker<'_>,
    subject: &Subject,
    (found, key, spot): (&Explanation, AnyKey, &Spot),
    shown: &mut AnswerShown,
) -> Result<()> {
    let where_ = (spot, asker.account());
    let reasons = found.missing.iter();
    let mut missing: Vec<String> = reasons
        .filter_map(|missing| words::missing(*missing, subject, where_))
        .collect();
    missing.extend(waiting(conn, asker, subject, (key, spot))?);
    if missing.is_empty() {
        let who = if subject.you {
            "You hold"
        } else {
            &format!("{} holds", subject.name)
        };
        missing.push(format!("{who} no role that reaches {}.", spot.name));
    }
    let more = missing.len().saturating_sub(REASONS);
    missing.truncate(REASONS);
    if more > 0 {
        missing.push(format!("And {more} more like these."));
    }
    shown.missing = missing;
    if subject.status == Status::Active {
        shown.remedies = remedies(conn, asker, subject, (&found.remedies, spot))?;
        shown
            .links
            .extend(request(asker, subject, (&found.remedies, spot)));
    } else {
        shown.paths = paths(conn, asker, subject, (found, spot))?;
    }
    Ok(())
}

/// Roles that would give it and that nobody has confirmed since the person came back (S4).
fn waiting(
    conn: &mut Conn,
    asker: &Asker<'_>,
    subject: &Subject,
    (key, spot): (AnyKey, &Spot),
) -> Result<Vec<String>> {
    let mut waiting = members::dormant_of(conn, asker.account().id, subject.id)?;
    waiting.retain(|role| {
        (subject.you || asker.reach.holds(&role.scope))
            && asker
                .roles
                .permissions(&role.role, role.scope.level())
                .contains(key)
            && resolve::reaches(&role.scope, &spot.place).is_some()
    });
    let sentence = |role: &members::Dormant| {
        let at = words::at(&role.as_held(asker.now), asker.account());
        format!(
            "{} {at} is waiting: it did not come back with {}. Somebody who may give it has to confirm it.",
            role.role,
            words::whom(subject)
        )
    };
    Ok(waiting.iter().map(sentence).collect())
}

/// The roles that would give it, each with who can give it there (rules 17 and 18).
fn remedies(
    conn: &mut Conn,
    asker: &Asker<'_>,
    subject: &Subject,
    (remedies, spot): (&[Remedy], &Spot),
) -> Result<Vec<RemedyShown>> {
    let mut asked: Vec<((PermissionSet, Level), String)> = Vec::new();
    let mut all = Vec::new();
    for remedy in remedies.iter().take(REMEDIES) {
        let needed = needed_to_give(asker.roles, &remedy.role, remedy.level);
        let ask = match needed.map(|needed| (needed, remedy.level)) {
            None => String::new(),
            Some(wanted) => match asked.iter().find(|(known, _)| *known == wanted) {
                Some((_, names)) => names.clone(),
                None => {
                    let names = helpers(conn, asker, subject, (wanted, spot))?;
                    asked.push((wanted, names.clone()));
                    names
                }
            },
        };
        all.push(RemedyShown {
            role: remedy.role.label().to_owned(),
            about: urls::about_role(&asker.account().slug, remedy.role.as_str()),
            place: words::on(remedy.level, (spot, asker.account())),
            given_by: can_be_given_by(&remedy.role),
            ask,
        });
    }
    Ok(all)
}

/// Where the smallest role that would help is asked for: for oneself, or for somebody for whom one may ask there
/// (rule 18). None where nobody gets a role, and none for what one may give at once.
fn request(
    asker: &Asker<'_>,
    subject: &Subject,
    (remedies, spot): (&[Remedy], &Spot),
) -> Option<(String, String)> {
    let account = asker.account();
    if account.is_frozen() || spot.read_only || spot.archived {
        return None;
    }
    let asked = remedies.iter().filter(|one| is_requested(&one.role));
    let wish = asked.min_by_key(|one| size(asker.roles, &one.role, one.level))?;
    let (target, place) = match (wish.level, &spot.place) {
        (Level::Account, _) => (Target::Account(account.id), Place::Account),
        (Level::Organization, Place::Project { within, .. }) => (
            Target::Organization(within.organization),
            Place::Organization(within.clone()),
        ),
        _ => (spot.target, spot.place.clone()),
    };
    let mut href = urls::new_request_role(&account.slug, wish.role.as_str(), &target);
    if !subject.you {
        let grants = &asker.standing.grants;
        let here = resolve::resolve(asker.roles, grants, &place, asker.now);
        let actor = Actor {
            user: asker.standing.person.id,
            here: &here,
            roles: asker.roles,
        };
        let gives = actor.may_give(&wish.role, subject.id).is_ok();
        if gives || !here.permissions.contains_key(Key::UsersManage) {
            return None;
        }
        href = format!("{href}&user={}", subject.id);
    }
    Some((label(&wish.role).into(), href))
}

/// Up to three people who hold, by one role, what it takes to give such a role, by name; never the one it is for
/// (rule 17). They are named to everybody whom a gate refused, and so here.
fn helpers(
    conn: &mut Conn,
    asker: &Asker<'_>,
    subject: &Subject,
    ((needed, level), spot): ((PermissionSet, Level), &Spot),
) -> Result<String> {
    let place = match (level, &spot.place) {
        (Level::Account, _) => Place::Account,
        (Level::Organization, Place::Project { within, .. }) => Place::Organization(within.clone()),
        (_, place) => place.clone(),
    };
    let wanted = Wanted {
        account: asker.account().id,
        what: What::All(needed),
        place: &place,
        archived: false,
        reach: &Reach::Account,
        roles: asker.roles,
        known: &asker.known,
        now: asker.now,
    };
    let first = ByName::new(None, false, HELPERS_AND_ONE);
    let found = holders(conn, &wanted, &first)?;
    let others = found.into_iter().filter(|holder| holder.id != subject.id);
    let names: Vec<String> = others.take(HELPERS).map(|holder| holder.name).collect();
    Ok(names.join(", "))
}
