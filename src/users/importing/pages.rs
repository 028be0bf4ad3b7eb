//! What the pages of an import show.

use askama::Template;

use super::listing::Shown;
use super::planning::{Counts, Plan, Planned, Verdict};
use super::reading::Mapping;
use super::storing::Tally;
use crate::access::custom::AccountRoles;
use crate::access::place::Account;
use crate::members::Target;
use crate::web::csv::Sheet;
use crate::web::form::Errors;
use crate::web::import::{self, FIXES, Fix, fix, tag};
use crate::web::list::Frame;
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::{Choice, Status, count};

/// Rows that a preview shows; those that need attention come first.
pub(super) const SHOWN: usize = 500;

/// What the form of one page carries to the next.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// The text of the file.
    pub text: String,
    /// What each column is.
    pub columns: Vec<&'static str>,
    /// The place for rows that name none.
    pub place: String,
    /// The roles for rows that name none.
    pub roles: Vec<String>,
    /// The last day for rows that name none.
    pub ends_on: String,
}

/// Choosing a file of people.
#[derive(Template)]
#[template(path = "users/import/new.html")]
pub struct NewImportPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// What was pasted.
    pub rows: String,
    /// The most rows of a file.
    pub most: usize,
    /// Where roles can be given.
    pub places: Vec<(String, Vec<Choice>)>,
    /// What a place was searched for with, where not all are listed.
    pub place_q: Option<String>,
    /// What stands beside the places.
    pub places_hint: &'static str,
    /// The roles.
    pub roles: Vec<Choice>,
    /// What they mean.
    pub about_roles: String,
    /// The last day for rows that name none, as typed.
    pub ends_on: String,
    /// In which time zone.
    pub zone: String,
    /// Where the file to fill in is.
    pub template: String,
    /// Where it posts.
    pub action: String,
    /// Where one goes instead.
    pub cancel: String,
    /// Imports that are still shown: when, how many rows, how they stand, and where.
    pub recent: Vec<(String, String, &'static str, String)>,
}

/// A row of a file, with what it does or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// Its line.
    pub line: String,
    /// First and last name.
    pub name: String,
    /// Their page; none: there is none to see yet.
    pub href: Option<String>,
    /// The address.
    pub email: String,
    /// The roles.
    pub roles: String,
    /// Where.
    pub place: String,
    /// The last day; empty: no end.
    pub ends_on: String,
    /// What it does or did.
    pub status: Status,
}

/// What a file would do.
#[derive(Template)]
#[template(path = "users/import/preview.html")]
pub struct PreviewPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// How the letters were read, where it had to be guessed.
    pub note: Option<&'static str>,
    /// What goes along.
    pub carried: Carried,
    /// The columns of the file, and what each may be.
    pub columns: Vec<(String, Vec<Choice>)>,
    /// Whether the columns are known, and the rows worked out.
    pub known: bool,
    /// What all rows do, in words.
    pub summary: String,
    /// Rows with a problem, to be corrected in fields of their own.
    pub fixes: Vec<Fix>,
    /// How many more have a problem, in words; empty: none.
    pub more_fixes: String,
    /// Rows that need attention, then the others.
    pub rows: Vec<ImportRow>,
    /// How many rows are not shown; empty: all are.
    pub more: String,
    /// A powerful role that every row gives, in words.
    pub powerful: Option<String>,
    /// Whether any row does something.
    pub doing: bool,
    /// Mailed now, or without a mail.
    pub mails: Vec<Choice>,
    /// Where the columns are chosen again.
    pub again: String,
    /// Where one goes on.
    pub check: String,
    /// Where another file is chosen.
    pub cancel: String,
}

/// What will be done, in words.
#[derive(Template)]
#[template(path = "users/import/check.html")]
pub struct CheckPage {
    /// The frame.
    pub shell: Shell,
    /// What goes along.
    pub carried: Carried,
    /// `now` or `later`.
    pub mail: &'static str,
    /// What is agreed to.
    pub seen: String,
    /// What is done, sentence by sentence.
    pub means: Vec<String>,
    /// A powerful role that every row gives, in words.
    pub powerful: Option<String>,
    /// The button's words.
    pub button: String,
    /// Where it posts.
    pub action: String,
    /// Where the rows are looked at again.
    pub back: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// How far an import is, and what became of each row.
#[derive(Template)]
#[template(path = "users/import/show.html")]
pub struct ImportPage {
    /// The frame.
    pub shell: Shell,
    /// Its heading.
    pub heading: &'static str,
    /// What was done, in words.
    pub summary: String,
    /// When it was ordered, and by whom.
    pub ordered: String,
    /// How many rows are done, and how many there are; none: it is finished.
    pub progress: Option<(i64, i64)>,
    /// Where that is asked for again.
    pub progress_at: String,
    /// The links that narrow the rows: words, where, and whether it is the one shown.
    pub views: Vec<(String, String, bool)>,
    /// What stands around the rows.
    pub list: Frame,
    /// The rows.
    pub rows: Vec<ImportRow>,
    /// Only what failed, as CSV; none: nothing did.
    pub failed: Option<String>,
    /// How many invitations can be withdrawn, in words, and where; none: none.
    pub undo: Option<(String, String)>,
    /// Until when the page is kept.
    pub kept: String,
    /// User Management.
    pub people: String,
    /// Where another file is chosen.
    pub again: String,
}

/// Asks before invitations are withdrawn.
#[derive(Template)]
#[template(path = "users/import/undo.html")]
pub struct UndoPage {
    /// The frame.
    pub shell: Shell,
    /// How many, in words.
    pub counted: String,
    /// Where it posts.
    pub action: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// The first rows with a problem, as fields to correct them in; and how many more there are, in words.
pub(super) fn fixes(plan: &Plan, sheet: &Sheet, mapping: &Mapping) -> (Vec<Fix>, String) {
    let (columns, width) = (mapping.labels(), mapping.width());
    let mut problems = 0_i64;
    let mut fixes = Vec::new();
    for (row, planned) in sheet.rows.iter().zip(&plan.rows) {
        let Verdict::Problem(why) = &planned.verdict else {
            continue;
        };
        problems = problems.saturating_add(1);
        if fixes.len() < FIXES {
            fixes.extend(fix(row, why, &columns, width));
        }
    }
    let left = problems.saturating_sub(i64::try_from(fixes.len()).unwrap_or_default());
    let more = match (left, fixes.is_empty()) {
        (0, _) => String::new(),
        (1, true) => "1 row can be corrected under “Correct the rows here”.".into(),
        (_, true) => format!("{left} rows can be corrected under “Correct the rows here”."),
        (_, false) => format!(
            "{left} more {} a problem. Correct these first and check again, or correct them under “Correct the rows here”.",
            if left == 1 { "row has" } else { "rows have" }
        ),
    };
    (fixes, more)
}

/// What a row would do, as a tag.
fn planned(row: &Planned, account: &Account) -> Status {
    match &row.verdict {
        Verdict::Ready(_) => tag("active", "Ready", "is invited"),
        Verdict::Also(..) => tag("active", "Ready", &format!("also on {}", row.place)),
        Verdict::Here(wanted, first) => {
            let joins = *first && matches!(wanted.target, Target::Project(_));
            let note = if joins {
                format!("will be added to {}", account.word_singular.to_lowercase())
            } else {
                "gets these roles".to_owned()
            };
            tag("active", "Already here", &note)
        }
        Verdict::Held(kept) => tag(
            "inactive",
            "Already here",
            &format!("holds these roles; skipped{kept}"),
        ),
        Verdict::Invited(note) => tag("invited", "Already invited", &format!("skipped; {note}")),
        Verdict::Inactive(_) => tag(
            "inactive",
            "Inactive (reactivate?)",
            "skipped; reactivate them on their page",
        ),
        Verdict::Twice(line) => tag(
            "inactive",
            "Twice in file",
            &format!("skipped; stands on line {line} already"),
        ),
        Verdict::Problem(why) => tag("locked", "Problem", why),
    }
}

/// The rows of a plan: those with a problem, those that are skipped, and the others.
pub(super) fn rows(plan: &Plan, account: &Account) -> (Vec<ImportRow>, String) {
    let rank = |row: &&Planned| match row.verdict {
        Verdict::Problem(_) => 0,
        Verdict::Ready(_) | Verdict::Also(..) | Verdict::Here(..) => 2,
        _ => 1,
    };
    let mut all: Vec<&Planned> = plan.rows.iter().collect();
    all.sort_by_key(rank);
    let row = |row: &Planned| ImportRow {
        line: row.line.to_string(),
        name: format!("{} {}", row.first, row.last).trim().to_owned(),
        href: match row.verdict {
            Verdict::Inactive(user) => Some(urls::user(&account.slug, user)),
            _ => None,
        },
        email: row.email.clone(),
        roles: row.roles.clone(),
        place: row.place.clone(),
        ends_on: row.ends_on.clone(),
        status: planned(row, account),
    };
    let rows: Vec<ImportRow> = all.iter().copied().take(SHOWN).map(row).collect();
    let left = i64::try_from(plan.rows.len().saturating_sub(rows.len())).unwrap_or(i64::MAX);
    let more = if left == 0 {
        String::new()
    } else {
        format!(
            "{} more are not shown: each of them is like the last ones here.",
            count(left, "row")
        )
    };
    (rows, more)
}

/// What all rows would do, in words.
pub(super) fn summary(counts: &Counts) -> String {
    import::summary(&[
        (counts.ready, "ready"),
        (counts.also, "ready with a further place of somebody new"),
        (counts.here, "already here, with roles to add"),
        (counts.held, "already here"),
        (counts.invited, "already invited"),
        (counts.inactive, "inactive"),
        (counts.twice, "twice in the file"),
        (counts.problems, "with a problem"),
    ])
}

/// What will be done, sentence by sentence.
pub(super) fn means(counts: &Counts, mailed: bool) -> Vec<String> {
    let (invite, here) = (people(counts.ready), counts.here_people);
    let invite = if mailed {
        format!("Invite {invite}, and send them a mail with a link.")
    } else {
        format!(
            "Invite {invite} without a mail: send the link later, or hand it over, from their page."
        )
    };
    let here_people = here;
    let is = if here == 1 { "is" } else { "are" };
    let here = format!("Give roles to {} who {is} here already.", people(here));
    let told = |number: i64, one: &str, many: &str| {
        let words = if number == 1 { one } else { many };
        format!("{} {words}.", count(number, "row"))
    };
    let also = told(
        counts.also,
        "gives somebody of these a further place",
        "give somebody of these a further place",
    );
    let skipped = counts.skipped();
    let skip = told(
        skipped,
        "is skipped: there is nothing to do",
        "are skipped: there is nothing to do",
    );
    let leave = told(
        counts.problems,
        "has a problem and is left out",
        "have a problem and are left out",
    );
    let all = [
        (counts.ready, invite),
        (counts.also, also),
        (here_people, here),
        (skipped, skip),
        (counts.problems, leave),
    ];
    let mut sentences = all.to_vec();
    sentences.retain(|(number, _)| *number > 0);
    sentences.into_iter().map(|(_, words)| words).collect()
}

/// "1 person", "42 people".
fn people(number: i64) -> String {
    if number == 1 {
        "1 person".into()
    } else {
        format!("{number} people")
    }
}

/// The words of the button that does it.
pub(super) fn button(counts: &Counts, mailed: bool) -> String {
    match (counts.ready, mailed) {
        (0, _) => format!("Give roles to {}", people(counts.here_people)),
        (ready, true) => format!("Send {}", count(ready, "invitation")),
        (ready, false) => format!("Make {} without mail", count(ready, "invitation")),
    }
}

/// What was done so far, in words.
pub(super) fn told(tally: &Tally) -> String {
    import::summary(&[
        (tally.invited, "invited"),
        (tally.changed, "got roles"),
        (tally.withdrawn, "withdrawn"),
        (
            tally.kept,
            "kept, since they came in or cannot be withdrawn",
        ),
        (tally.skipped, "skipped"),
        (tally.failed, "failed"),
        (tally.waiting, "waiting"),
    ])
}

/// A row as it was carried out, or not.
pub(super) fn done(row: Shown, href: Option<String>, known: &AccountRoles) -> ImportRow {
    let detail = row.detail.as_str();
    let status = match row.state.as_str() {
        "invited" => tag("active", "Invited", detail),
        "changed" => tag("active", "Roles added", detail),
        "skipped" => tag("inactive", "Skipped", detail),
        "withdrawn" => tag("inactive", "Withdrawn", detail),
        "kept" => tag("invited", "Kept", detail),
        "waiting" => tag("invited", "Waiting", detail),
        _ => tag("locked", "Failed", detail),
    };
    ImportRow {
        line: row.line.to_string(),
        name: format!("{} {}", row.first_name, row.last_name)
            .trim()
            .to_owned(),
        href,
        roles: row.roles_in_words(known),
        email: row.email,
        place: row.place,
        ends_on: row.ends_on,
        status,
    }
}
