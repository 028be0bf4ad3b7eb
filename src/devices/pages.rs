//! What the pages of devices show.

use askama::Template;

use super::forms::{State, pairs};
use super::{Device, Outcome, Plan, Typed, Verdict};
use crate::db::types::Ts;
use crate::web::form::Errors;
use crate::web::import::{self, tag};
use crate::web::list::Frame;
use crate::web::shell::Shell;
use crate::web::view::{Choice, Status, moment, relative};

/// New device, and one that is changed.
#[derive(Template)]
#[template(path = "devices/form.html")]
pub struct DeviceFormPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// What was typed.
    pub typed: Typed,
    /// The statuses.
    pub states: Vec<Choice>,
    /// The version that the form was opened on; none: the device is new.
    pub version: Option<i64>,
    /// Where it posts.
    pub action: String,
    /// The words of its button.
    pub button: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// A device's page.
#[derive(Template)]
#[template(path = "devices/show.html")]
pub struct DevicePage {
    /// The frame.
    pub shell: Shell,
    /// What names it.
    pub identifier: String,
    /// Its status.
    pub status: Status,
    /// Label and value.
    pub facts: Vec<(&'static str, String)>,
    /// Whatever else is kept of it.
    pub metadata: Vec<(String, String)>,
    /// Where it is changed, moved and deleted; none: one may not.
    pub manage: Option<[String; 3]>,
}

/// Asks before a device is deleted.
#[derive(Template)]
#[template(path = "devices/delete.html")]
pub struct DeleteDevicePage {
    /// The frame.
    pub shell: Shell,
    /// What it is called.
    pub name: String,
    /// What names it.
    pub identifier: String,
    /// Where it posts.
    pub action: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// Choosing where devices move, and agreeing to it.
#[derive(Template)]
#[template(path = "devices/move.html")]
pub struct MoveDevicesPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// The devices: id, name and identifier.
    pub devices: Vec<(String, String, String)>,
    /// How many, in words.
    pub counted: String,
    /// Where they can go.
    pub goals: Vec<Choice>,
    /// Where they go: id and name; none: that is to be chosen yet.
    pub goal: Option<(String, String)>,
    /// Where the form is sent.
    pub action: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// Choosing a file of devices.
#[derive(Template)]
#[template(path = "devices/import.html")]
pub struct ImportPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// What was pasted.
    pub rows: String,
    /// The most rows of a file.
    pub most: usize,
    /// Where it posts.
    pub action: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// A row of a file, with what it does or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// Its line.
    pub line: u64,
    /// Its identifier.
    pub identifier: String,
    /// Its name.
    pub name: String,
    /// What it does or did.
    pub status: Status,
}

/// What a file would do.
#[derive(Template)]
#[template(path = "devices/preview.html")]
pub struct PreviewPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// The rows.
    pub rows: Vec<ImportRow>,
    /// What all of them do, in words.
    pub summary: String,
    /// How the letters were read, where it had to be guessed.
    pub note: Option<&'static str>,
    /// The text of the file.
    pub text: String,
    /// What is agreed to.
    pub seen: String,
    /// How many rows have a problem.
    pub problems: usize,
    /// How many rows add or change something.
    pub ready: usize,
    /// Words of the button.
    pub button: String,
    /// Where it posts.
    pub action: String,
    /// Where another file is chosen.
    pub again: String,
}

/// What a file did.
#[derive(Template)]
#[template(path = "devices/imported.html")]
pub struct ImportedPage {
    /// The frame.
    pub shell: Shell,
    /// When.
    pub at: String,
    /// The rows.
    pub rows: Vec<ImportRow>,
    /// What all of them did, in words.
    pub summary: String,
    /// The list.
    pub devices: String,
    /// Where another file is chosen.
    pub again: String,
}

/// A device in the list.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// What is sent when it is selected; none: it belongs to another organization.
    pub id: Option<String>,
    /// What it is called.
    pub name: String,
    /// Its page; none: one may not open it there.
    pub href: Option<String>,
    /// What names it.
    pub identifier: String,
    /// Make and model.
    pub model: String,
    /// The devices of that model.
    pub of_model: String,
    /// Its status.
    pub status: Status,
    /// When it last reported: for machines, and in words; none: never.
    pub seen: Option<(String, String)>,
    /// Where it belongs.
    pub organization: String,
    /// Its organization's page; none: one may not open it.
    pub organization_href: Option<String>,
}

/// The devices of an organization.
#[derive(Template)]
#[template(path = "devices/index.html")]
pub struct DevicesPage {
    /// The frame.
    pub shell: Shell,
    /// What stands around the rows.
    pub list: Frame,
    /// The devices.
    pub rows: Vec<DeviceRow>,
    /// Whether it takes in what lies below.
    pub deep: bool,
    /// The list with what lies below, or without it.
    pub below: String,
    /// Whether rows can be selected, to be moved.
    pub selectable: bool,
    /// Where they are moved.
    pub relocate: String,
    /// Where a device is added; none: one may not.
    pub add: Option<String>,
    /// Where a file is chosen; none: one may not.
    pub import: Option<String>,
}

/// When it last reported, for a row.
pub fn seen(at: Ts, now: Ts) -> Option<(String, String)> {
    (at != Ts::never()).then(|| (at.text(), relative(at, now)))
}

/// A device's status as a tag.
pub fn status(state: State) -> Status {
    let kind = match state {
        State::Active => "active",
        State::Inactive => "inactive",
        State::Maintenance => "invited",
        State::Retired => "inactive",
    };
    Status {
        kind,
        label: state.label(),
        note: None,
    }
}

/// When it last reported, in words.
pub fn last_seen(at: Ts, now: Ts) -> String {
    if at == Ts::never() {
        "Never".into()
    } else {
        format!("{} ({})", moment(at), relative(at, now))
    }
}

/// What a page tells of a device.
pub fn facts(device: &Device, organization: &str, now: Ts) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Identifier", device.identifier.clone())];
    if !device.model.is_empty() {
        facts.push(("Model", device.model.clone()));
    }
    facts.extend([
        ("Last seen", last_seen(device.last_seen_at, now)),
        ("Organization", organization.to_owned()),
        ("Added", moment(device.created_at)),
        ("Device id", device.id.to_string()),
    ]);
    facts
}

/// Its metadata.
pub fn metadata(device: &Device) -> Vec<(String, String)> {
    pairs(&device.metadata)
}

/// The rows of a plan.
pub fn planned(plan: &Plan) -> Vec<ImportRow> {
    let row = |row: &super::importing::Planned| ImportRow {
        line: row.line,
        identifier: row.identifier.clone(),
        name: row.name.clone(),
        status: match &row.verdict {
            Verdict::New(_) => tag("active", "Ready", "is added"),
            Verdict::Change(_, fields) => tag("invited", "Changes", &fields.join(", ")),
            Verdict::Same => tag("inactive", "No change", ""),
            Verdict::Problem(why) => tag("locked", "Problem", why),
        },
    };
    plan.rows.iter().map(row).collect()
}

/// The rows of a record.
pub fn recorded(outcomes: Vec<Outcome>) -> Vec<ImportRow> {
    let row = |outcome: Outcome| ImportRow {
        line: outcome.line,
        identifier: outcome.identifier,
        name: outcome.name,
        status: match outcome.what.as_str() {
            "added" => tag("active", "Added", ""),
            "changed" => tag("invited", "Changed", &outcome.detail),
            "same" => tag("inactive", "No change", ""),
            _ => tag("locked", "Left out", &outcome.detail),
        },
    };
    outcomes.into_iter().map(row).collect()
}

/// "3 are added, 2 changed, 1 stays as it is, 4 have a problem": in the words of before and after.
pub fn summary(rows: &[ImportRow]) -> String {
    let of = |label: &str| {
        let found = rows.iter().filter(|row| row.status.label == label);
        i64::try_from(found.count()).unwrap_or(i64::MAX)
    };
    let parts = [
        (of("Ready"), "to add"),
        (of("Added"), "added"),
        (of("Changes"), "to change"),
        (of("Changed"), "changed"),
        (of("No change"), "without a change"),
        (of("Problem"), "with a problem"),
        (of("Left out"), "left out"),
    ];
    import::summary(&parts)
}
