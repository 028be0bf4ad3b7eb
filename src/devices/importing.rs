//! Devices from a file: what each row would do, worked out against the database and written only when all of it is
//! agreed to; then in one transaction, with a record of what became of each row.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

use super::forms::{Details, Typed};
use super::model::{COLUMNS, Device, NewDevice, in_words, insert, is_taken, update};
use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::permission::{DevicesManage, Key};
use crate::access::place::Organization;
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::audit::{Action, Target};
use crate::db::Conn;
use crate::db::schema::{device_imports, devices, organizations};
use crate::db::types::{DeviceId, ImportId, OrganizationId, Ts};
use crate::error::{Error, Result};
use crate::users::{Reach, reach_of};
use crate::web::csv::{Line, Sheet, column};
use crate::web::field::fold;
use crate::web::import::{Known, columns, shown};

/// The columns that a file may have, as programs and as people write them. The first two have to be there.
const KNOWN: [Known; 5] = [
    ("identifier", &["id", "serial", "serial_number"]),
    ("name", &["device"]),
    ("model", &[]),
    ("status", &["state"]),
    ("metadata", &["notes"]),
];
/// Columns of the portal's own file that are left as they are.
const LEFT: [&str; 4] = ["organization", "last_seen", "added", "device_id"];
/// Identifiers asked for in one statement.
const AT_ONCE: usize = 500;

/// Which column of a file is which field.
struct Columns {
    places: [Option<usize>; 5],
    width: usize,
}

impl Columns {
    fn read(head: &[String]) -> std::result::Result<Self, String> {
        let mut places = [None; 5];
        let named = columns(head, &KNOWN);
        for (at, (word, found)) in head.iter().zip(named).enumerate() {
            match found.and_then(|field| places.get_mut(field)) {
                Some(place @ None) => *place = Some(at),
                Some(Some(_)) => return Err(format!("The column “{word}” is there twice")),
                None if LEFT.contains(&column(word).as_str()) => {}
                None => {
                    return Err(format!(
                        "The column “{word}” is not known. The columns are identifier, name, model, status and metadata"
                    ));
                }
            }
        }
        for ((name, _), place) in KNOWN.iter().zip(places).take(2) {
            if place.is_none() {
                return Err(format!("There is no column “{name}” in the first line"));
            }
        }
        Ok(Self {
            places,
            width: head.len(),
        })
    }

    fn cell<'a>(&self, row: &'a Line, field: usize) -> Option<&'a str> {
        let place = self.places.get(field).copied().flatten()?;
        Some(row.cells.get(place).map_or("", String::as_str))
    }
}

/// What a row would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Adds a device.
    New(Details),
    /// Changes a device: it as it is, it as it will be, and the names of the fields.
    Change(Box<(Device, Details)>, Vec<&'static str>),
    /// Nothing: the device is so already.
    Same,
    /// Nothing, because of this.
    Problem(String),
}

/// A row with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The line of the file.
    pub line: u64,
    /// The identifier, as it stands there.
    pub identifier: String,
    /// The name, as it stands there.
    pub name: String,
    /// What it would do.
    pub verdict: Verdict,
}

/// What a file would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Its rows, in order.
    pub rows: Vec<Planned>,
}

impl Plan {
    /// How many rows add, change, do nothing, and have a problem.
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for row in &self.rows {
            let [new, change, same, problem] = &mut counts;
            let count: &mut usize = match row.verdict {
                Verdict::New(_) => new,
                Verdict::Change(..) => change,
                Verdict::Same => same,
                Verdict::Problem(_) => problem,
            };
            *count = count.saturating_add(1);
        }
        counts
    }

    /// The counts as a form carries them, to see whether what was agreed to is still so.
    pub fn seen(&self) -> String {
        self.counts().map(|count| count.to_string()).join("-")
    }
}

/// Works out what the rows of a file would do in the organization. Reads, and writes nothing. What is wrong with the
/// file as a whole is told in a sentence.
pub(super) fn plan<A: Demand>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Organization, A>,
    sheet: &Sheet,
) -> Result<std::result::Result<Plan, String>> {
    let columns = match Columns::read(&sheet.head) {
        Ok(columns) => columns,
        Err(message) => return Ok(Err(message)),
    };
    let key = |row: &Line| fold(columns.cell(row, 0).unwrap_or_default());
    let mut first: BTreeMap<String, u64> = BTreeMap::new();
    let keys: Vec<String> = sheet.rows.iter().map(key).collect();
    let known = Taken::load(conn, roles, scope, &keys)?;
    let mut plan = Plan::default();
    for (row, key) in sheet.rows.iter().zip(&keys) {
        let again = first.get(key).copied();
        let verdict = match again {
            _ if row.cells.len() != columns.width => Verdict::Problem(format!(
                "It has {} cells, and the first line {}",
                row.cells.len(),
                columns.width
            )),
            Some(line) if !key.is_empty() => {
                Verdict::Problem(format!("The identifier stands on line {line} already"))
            }
            _ => verdict(&columns, row, known.of(key))?,
        };
        first.entry(key.clone()).or_insert(row.number);
        plan.rows.push(Planned {
            line: row.number,
            identifier: shown(columns.cell(row, 0).unwrap_or_default()),
            name: shown(columns.cell(row, 1).unwrap_or_default()),
            verdict,
        });
    }
    Ok(Ok(plan))
}

fn verdict(columns: &Columns, row: &Line, known: Option<&Owned>) -> Result<Verdict> {
    let before = match known {
        Some(Owned::Here(device)) => Some(device),
        Some(Owned::In(name)) => {
            return Ok(Verdict::Problem(format!(
                "It belongs to {name}. Move it from there instead"
            )));
        }
        Some(Owned::Elsewhere) => {
            return Ok(Verdict::Problem("The identifier is taken".into()));
        }
        None => None,
    };
    let was = before.map(Device::details).transpose()?;
    let mut typed = was.as_ref().map_or_else(Typed::new, Typed::from);
    let fields = [
        &mut typed.identifier,
        &mut typed.name,
        &mut typed.model,
        &mut typed.status,
        &mut typed.metadata,
    ];
    for (at, field) in fields.into_iter().enumerate() {
        // An empty status is the one that it has, or Active.
        match columns.cell(row, at) {
            Some("") if at == 3 => {}
            Some(cell) => cell.clone_into(field),
            None => {}
        }
    }
    let details = match typed.check() {
        Ok(details) => details,
        Err(errors) => {
            let all: Vec<&str> = errors.iter().map(|(_, message)| message).collect();
            return Ok(Verdict::Problem(all.join(". ")));
        }
    };
    Ok(match (before, was) {
        (Some(device), Some(was)) => {
            let fields = differing(&was, &details);
            if fields.is_empty() {
                Verdict::Same
            } else {
                Verdict::Change(Box::new((device.clone(), details)), fields)
            }
        }
        _ => Verdict::New(details),
    })
}

fn differing(was: &Details, is: &Details) -> Vec<&'static str> {
    let fields = [
        ("identifier", was.identifier != is.identifier),
        ("name", was.name != is.name),
        ("model", was.model != is.model),
        ("status", was.state != is.state),
        ("metadata", was.metadata != is.metadata),
    ];
    let changed = fields.into_iter().filter(|(_, changed)| *changed);
    changed.map(|(name, _)| name).collect()
}

/// Whose an identifier is.
enum Owned {
    Here(Device),
    In(String),
    Elsewhere,
}

/// The identifiers of a file that belong to devices of the account already.
struct Taken {
    by_key: BTreeMap<String, Owned>,
}

impl Taken {
    fn load<A: Demand>(
        conn: &mut Conn,
        roles: &RoleTable,
        scope: &Scope<Organization, A>,
        keys: &[String],
    ) -> Result<Self> {
        let here = scope.organization().id;
        let mut by_key = BTreeMap::new();
        let mut seen: Option<Reach> = None;
        for some in keys.chunks(AT_ONCE) {
            let rows: Vec<(String, OrganizationId, String, Device)> = devices::table
                .inner_join(organizations::table.on(organizations::id.eq(devices::organization_id)))
                .filter(devices::account_id.eq(scope.account().id))
                .filter(devices::identifier_key.eq_any(some))
                .select((
                    devices::identifier_key,
                    organizations::id,
                    organizations::name,
                    COLUMNS,
                ))
                .load(conn)?;
            for (key, id, name, device) in rows {
                if id == here {
                    by_key.insert(key, Owned::Here(device));
                    continue;
                }
                if seen.is_none() {
                    seen = Some(reach_of(conn, roles, scope, Key::DevicesView)?);
                }
                let place = Scoped::Organization { id, below: false };
                let is_seen = seen.as_ref().is_some_and(|reach| reach.holds(&place));
                let owned = if is_seen {
                    Owned::In(name)
                } else {
                    Owned::Elsewhere
                };
                by_key.insert(key, owned);
            }
        }
        Ok(Self { by_key })
    }

    fn of(&self, key: &str) -> Option<&Owned> {
        self.by_key.get(key)
    }
}

/// What became of a row, as the record keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The line of the file.
    pub line: u64,
    /// The identifier.
    pub identifier: String,
    /// The name.
    pub name: String,
    /// `added`, `changed`, `same` or `left_out`.
    pub what: String,
    /// The fields that were changed, or why the row was left out.
    pub detail: String,
}

/// Somebody was faster: all of it is taken back.
fn overtaken() -> Error {
    Error::Conflict("A device of the file was changed meanwhile. Nothing was imported.".into())
}

fn add(
    conn: &mut Conn,
    scope: &Scope<Organization, DevicesManage>,
    id: DeviceId,
    details: &Details,
) -> Result<()> {
    let here = scope.organization().id;
    let new = NewDevice {
        id,
        details: details.clone(),
    };
    match insert(conn, (scope.account().id, here), &new, scope.now()) {
        Err(e) if is_taken(&e) => return Err(overtaken()),
        other => other?,
    }
    let event = scope
        .event(Action::DeviceCreated)
        .in_organization(here)
        .on(Target::device(id))
        .details(in_words(details));
    Ok(crate::audit::record(conn, &event)?)
}

fn change(
    conn: &mut Conn,
    scope: &Scope<Organization, DevicesManage>,
    (before, details): &(Device, Details),
) -> Result<()> {
    if update(conn, scope, before, details)? != 1 {
        return Err(overtaken());
    }
    let was = in_words(&before.details()?);
    let event = scope
        .event(Action::DeviceChanged)
        .in_organization(before.organization_id)
        .on(Target::device(before.id))
        .details(json!({ "before": was, "after": in_words(details) }));
    Ok(crate::audit::record(conn, &event)?)
}

/// Writes what the plan says, leaving out rows with problems, and its record. All of it or nothing.
pub(super) fn apply(
    conn: &mut Conn,
    scope: &Scope<Organization, DevicesManage>,
    (import, ids): (ImportId, &[DeviceId]),
    plan: &Plan,
) -> Result<()> {
    let here = (scope.account().id, scope.organization().id);
    let mut outcomes = Vec::with_capacity(plan.rows.len());
    for (row, id) in plan.rows.iter().zip(ids) {
        let (what, detail) = match &row.verdict {
            Verdict::New(details) => {
                add(conn, scope, *id, details)?;
                ("added", String::new())
            }
            Verdict::Change(both, fields) => {
                change(conn, scope, both)?;
                ("changed", fields.join(", "))
            }
            Verdict::Same => ("same", String::new()),
            Verdict::Problem(why) => ("left_out", why.clone()),
        };
        outcomes.push(Outcome {
            line: row.line,
            identifier: row.identifier.clone(),
            name: row.name.clone(),
            what: what.to_owned(),
            detail,
        });
    }
    diesel::insert_into(device_imports::table)
        .values((
            device_imports::id.eq(import),
            device_imports::account_id.eq(here.0),
            device_imports::organization_id.eq(here.1),
            device_imports::imported_by.eq(scope.person().id),
            device_imports::outcomes.eq(serde_json::to_string(&outcomes)?),
            device_imports::created_at.eq(scope.now()),
        ))
        .execute(conn)?;
    let [added, changed, same, left_out] = plan.counts();
    let event = scope
        .event(Action::DevicesImported)
        .in_organization(here.1)
        .on(Target::import(import))
        .details(json!({ "added": added, "changed": changed, "same": same, "left_out": left_out }));
    crate::audit::record(conn, &event)?;
    Ok(())
}

/// A record of a file that was imported into the organization: when, and what became of each row.
pub(super) fn record<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    id: ImportId,
) -> Result<(Ts, Vec<Outcome>)> {
    let (at, outcomes): (Ts, String) = device_imports::table
        .filter(device_imports::account_id.eq(scope.account().id))
        .filter(device_imports::organization_id.eq(scope.organization().id))
        .filter(device_imports::id.eq(id))
        .select((device_imports::created_at, device_imports::outcomes))
        .first(conn)?;
    Ok((at, serde_json::from_str(&outcomes)?))
}
