//! The pages of an act on several people: where and which roles, the review, what came of it.

use super::bulk::{Managing, People, Posted};
use super::matching::Matching;
use super::reading::Reading;
use crate::access::custom::AccountRoles;
use crate::access::grant::Scoped;
use crate::access::place::Account;
use crate::access::role::{Builtin, Role};
use crate::app::App;
use crate::db::Conn;
use crate::db::types::ChangeId;
use crate::error::Result;
use crate::members::{self, Target};
use crate::notifications::Kind;
use crate::users::bulk::{APART, Deed, Line, MOST, Outcome, Planned, Record};
use crate::users::pages::{BulkBar, BulkForm, BulkLine, BulkPage, ChooseBulkPage};
use crate::users::{self, Listed, Which, showing};
use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;

/// "3 will be done, 2 skipped."
fn counted(lines: &[Line], done: &str) -> String {
    let number = lines.iter().filter(|line| line.done).count();
    let skipped = lines.len().saturating_sub(number);
    format!("{number} {done}, {skipped} skipped.")
}

fn shown(account: &Account, lines: Vec<Line>, done: &'static str) -> Vec<BulkLine> {
    let line = |line: Line| BulkLine {
        name: line.name,
        href: line.user.map(|user| urls::user(&account.slug, user)),
        kind: if line.done { "active" } else { "inactive" },
        label: if line.done { done } else { "Skipped" },
        verb: String::new(),
        roles: Vec::new(),
        text: line.text,
    };
    lines.into_iter().map(line).collect()
}

fn frame(scope: &Managing, heading: &str) -> Shell {
    scope
        .shell("User Management")
        .crumb(
            "User Management",
            urls::user_management(&scope.account().slug),
        )
        .named(heading.to_owned())
        .here()
}

/// What the form says again when it is agreed to.
fn carried(posted: &Posted, (deed, id): (Deed, ChangeId), people: &People) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = vec![("act", deed.as_str().into()), ("change", id.to_string())];
    let ids = people.here.iter().map(|row| row.id.to_string());
    pairs.extend(ids.map(|id| ("person", id)));
    if let Some(place) = &posted.place {
        pairs.push(("place", place.clone()));
        pairs.extend(posted.roles.iter().map(|role| ("role", role.clone())));
        let days = posted.during.fields().into_iter();
        pairs.extend(days.filter(|_| deed.gives()));
    }
    pairs
}

type Pair = (&'static str, String);

/// What it comes to for each, the people who are not there last.
pub(super) fn lines(people: &People, outcomes: &[Outcome]) -> Vec<Line> {
    let one = |(row, outcome): (&Listed, &Outcome)| Line {
        user: Some(row.id),
        name: showing::name(row),
        done: outcome.is_done(),
        text: outcome.text().to_owned(),
    };
    let gone = (0..people.gone).map(|_| Line {
        user: None,
        name: "Somebody who is no longer in the list".into(),
        done: false,
        text: "They have left, or you do not manage them any more.".into(),
    });
    people
        .here
        .iter()
        .zip(outcomes)
        .map(one)
        .chain(gone)
        .collect()
}

/// What it comes to for each, before anything is changed.
pub(super) fn review(
    scope: &Managing,
    (posted, deed, id): (&Posted, Deed, ChangeId),
    (people, outcomes): (&People, &[Outcome]),
    errors: Errors,
) -> BulkPage {
    let account = scope.account();
    let label = deed.label(&account.word_singular);
    let lines = lines(people, outcomes);
    let will = lines.iter().any(|line| line.done);
    let mut pairs = carried(posted, (deed, id), people);
    pairs.push(("confirmed", "yes".into()));
    for outcome in outcomes {
        if let Outcome::Done(done) = outcome {
            pairs.extend(done.seen.iter().map(|grant| ("seen", grant.to_string())));
        }
    }
    let asks = deed == Deed::Deactivate && will;
    let heading = format!("Review: {label}");
    BulkPage {
        shell: frame(scope, &heading).with_errors(&errors),
        errors,
        heading,
        lead: format!(
            "{} Nothing has been changed yet.",
            counted(&lines, "will be done")
        ),
        lines: shown(account, lines, "Will be done"),
        told: None,
        form: will.then(|| BulkForm {
            action: urls::bulk(&account.slug),
            carried: pairs,
            button: "Submit".into(),
            strong: true,
        }),
        reason: asks.then(|| posted.reason.clone()),
        tell: posted.id.is_none() || posted.tell,
        undo: None,
        back: urls::user_management(&account.slug),
        cancel: will,
    }
}

/// What roles at one place come to for each, and who will be told of it. After an agreement to something else, it says
/// what has changed since.
pub(super) fn review_of_roles(
    conn: &mut Conn,
    scope: &Managing,
    what: (&Posted, Deed, ChangeId),
    (people, planned): (&People, &Planned),
) -> Result<BulkPage> {
    let posted = what.0;
    let mut page = review(scope, what, (people, &planned.outcomes), Errors::new());
    if !planned.changes.is_empty() {
        let is_project = matches!(planned.found.scope, Scoped::Project { .. });
        let told = planned.changes.iter().filter_map(|change| {
            let row = people.here.iter().find(|row| row.id == change.user)?;
            let new = is_project && change.before.is_empty();
            Some((row, if new { Kind::Added } else { Kind::RolesChanged }))
        });
        let told: Vec<(&Listed, Kind)> = told.collect();
        page.told = Some(members::foretold(conn, scope.account(), &told)?);
    }
    for (line, outcome) in page.lines.iter_mut().zip(&planned.outcomes) {
        if let Outcome::Done(done) = outcome {
            line.name_roles(&done.names);
        }
    }
    let marks = planned.marks.iter().flatten();
    if let Some(form) = &mut page.form {
        let marks = marks.map(|mark| ("mark", mark.clone()));
        form.carried.extend(marks);
    }
    if posted.confirmed {
        page.lead = format!("Roles were changed since you looked. {}", page.lead);
        for (line, mark) in page.lines.iter_mut().zip(&planned.marks) {
            if mark
                .as_ref()
                .is_some_and(|mark| !posted.marks.contains(mark))
            {
                line.text.push_str(" Changed since you looked.");
            }
        }
    }
    Ok(page)
}

/// What came of it.
pub(super) fn record_page(scope: &Managing, id: ChangeId, record: Record) -> BulkPage {
    let account = scope.account();
    let deed = Deed::parse(&record.deed);
    let label = deed.map_or_else(String::new, |deed| deed.label(&account.word_singular));
    let heading = format!("Result: {label}");
    // Who was shut out can be let in again, all of them at once.
    let ended = record.lines.iter().filter(|line| line.done);
    let ended: Vec<String> = ended
        .filter(|_| deed == Some(Deed::Deactivate))
        .filter_map(|line| line.user.map(|user| user.to_string()))
        .collect();
    let again = (!ended.is_empty()).then(|| BulkForm {
        action: urls::bulk(&account.slug),
        carried: [("act", Deed::Reactivate.as_str().to_owned())]
            .into_iter()
            .chain(ended.into_iter().map(|id| ("person", id)))
            .collect(),
        button: "Reactivate them".into(),
        strong: false,
    });
    let back = record.place.is_some().then(|| BulkForm {
        action: urls::undo_bulk(&account.slug),
        carried: vec![("change", id.to_string())],
        button: "Undo".into(),
        strong: false,
    });
    BulkPage {
        shell: frame(scope, &heading),
        errors: Errors::new(),
        heading,
        lead: counted(&record.lines, "done"),
        lines: shown(account, record.lines, "Done"),
        told: None,
        form: again.or(back),
        reason: None,
        tell: false,
        undo: record.undo,
        back: urls::user_management(&account.slug),
        cancel: false,
    }
}

/// The page that asks where, and which roles.
pub(super) fn choose(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (posted, deed, id): (&Posted, Deed, ChangeId),
    (people, errors): (&People, Errors),
) -> Result<ChooseBulkPage> {
    let account = scope.account();
    let ticked: &[String] = if posted.id.is_some() {
        &posted.roles
    } else {
        &[]
    };
    let chosen = posted.place.clone().unwrap_or_default();
    let sought = (posted.place_q.as_str(), [chosen.as_str()]);
    let listed = users::places(conn, app.roles(), scope, (sought.0, &sought.1))?;
    let mut places = listed.choosing(&chosen);
    if deed.is_on_project() {
        let is_project =
            |choice: &Choice| matches!(Target::parse(&choice.value), Some(Target::Project(_)));
        places.retain(|(_, choices)| choices.iter().all(is_project));
    }
    let known = AccountRoles::load(conn, account.id)?;
    let heading = deed.label(&account.word_singular);
    let names: Vec<String> = people.here.iter().map(showing::name).collect();
    let mut pairs = carried(posted, (deed, id), people);
    pairs.retain(|(name, _)| !["place", "role", "starts_on", "ends_on"].contains(name));
    Ok(ChooseBulkPage {
        shell: frame(scope, &heading).with_errors(&errors),
        errors,
        heading,
        names: showing::listed(&names),
        several: names.len() > 1,
        action: urls::bulk(&account.slug),
        carried: pairs,
        label: if deed.is_on_project() {
            account.word_singular.clone()
        } else {
            "Where".to_owned()
        },
        place_q: listed.search(),
        places_hint: listed.hint(""),
        nowhere: (places.is_empty() && listed.search().is_none()).then(|| {
            let many = account.word_plural.to_lowercase();
            format!("There are no {many} yet in the places where you manage users.")
        }),
        places,
        roles: match deed {
            Deed::Take => takeable(scope, &known, ticked),
            Deed::Leave => Vec::new(),
            _ => {
                let best = users::best(app.roles(), scope.grants(), scope.now());
                // For one person the form of requests knows them; where, it asks itself.
                let request = match people.here.as_slice() {
                    [one] => urls::new_request_for(&account.slug, one.id),
                    _ => urls::new_request(&account.slug),
                };
                let mut roles = users::givable(scope, (&known, &best, Some(&request)), ticked);
                // Ownership is offered and accepted, one by one.
                roles.retain(|choice| choice.value != Builtin::Owner.key());
                roles
            }
        },
        about_roles: urls::roles(&account.slug),
        during: deed.gives().then(|| posted.during.clone()),
        zone: account.time_zone.replace('_', " "),
        cancel: urls::user_management(&account.slug),
    })
}

/// Roles that can be taken away by a form: all but ownership. Who may take which is asked of each.
fn takeable(scope: &Managing, known: &AccountRoles, ticked: &[String]) -> Vec<Choice> {
    let roles = known.all().filter(|role| *role != Builtin::Owner.into());
    let choice = |role: Role| Choice {
        hint: scope.account().says_of(scope.role_table(), &role),
        ..Choice::new(
            role.as_str(),
            role.label(),
            ticked.iter().any(|key| key == role.as_str()),
        )
    };
    roles.map(choice).collect()
}

/// What stands above the rows: what can be done with those that are ticked.
pub(super) fn bar(
    reading: &Reading,
    account: &Account,
    (matching, expired): (Option<Matching>, Option<BulkForm>),
    (admins, deactivates): (bool, bool),
) -> BulkBar {
    let path = urls::user_management(&account.slug);
    let here = reading.list.href(&path);
    let sign = if here.contains('?') { '&' } else { '?' };
    let deeds = offered(reading.which).iter();
    let deeds = deeds.filter(|deed| deactivates || **deed != Deed::Deactivate);
    BulkBar {
        action: urls::bulk(&account.slug),
        deeds: deeds
            .map(|deed| (deed.as_str(), deed.label(&account.word_singular)))
            .collect(),
        hidden: reading.list.pairs(),
        expired,
        turn: if reading.pick {
            ("Select none", here)
        } else {
            ("Select all on this page", format!("{here}{sign}pick=page"))
        },
        all: matching.map(|matching| match matching {
            Matching::These(number) => (format!("All {number} who match, on every page"), true),
            Matching::TooMany => {
                let words = format!(
                    "Everybody who matches (more than {MOST}, the most of one act: narrow the list first)"
                );
                (words, false)
            }
        }),
        apart: (admins && deactivates).then(|| {
            let act = Deed::Deactivate.label(&account.word_singular);
            format!("Admins and Owners cannot be selected for {act}: {APART}.")
        }),
    }
}

/// What is offered in the view of a list.
fn offered(which: Which) -> &'static [Deed] {
    if which == Which::Inactive {
        &[Deed::Reactivate]
    } else {
        &Deed::OF_ACTIVE
    }
}
