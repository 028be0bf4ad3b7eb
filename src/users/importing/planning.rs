//! What each row of a file would do, worked out against the database: nothing is written. The rules themselves are asked
//! again when a row is carried out; what is told here only saves people from finding out then.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

use super::known::{AT_ONCE, Known};
use super::reading::{Field, Mapping, roles};
use super::spots::{self, Spot, Spots};
use crate::access::custom::AccountRoles;
use crate::access::gate::Somewhere;
use crate::access::give::{Actor, is_powerful};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::role::{Builtin, Role, RoleTable};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::Result;
use crate::members::Target;
use crate::members::during::last;
use crate::users::NewPerson;
use crate::users::forms::PersonForm;
use crate::users::model::reach;
use crate::web::csv::{Line, Sheet};
use crate::web::field::fold;
use crate::web::import;

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// More roles than a row names in earnest, and as many as its column takes.
const MOST_ROLES: usize = 12;

/// Where and as what, for rows that do not say.
#[derive(Clone, Debug, Default)]
pub(super) struct Usual {
    /// The place; or why nobody can be added there.
    pub(super) spot: Option<std::result::Result<Spot, String>>,
    /// The roles.
    pub(super) roles: Vec<Role>,
    /// The last day, as it was typed; empty: no end.
    pub(super) ends_on: String,
}

/// What a row wants.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Who.
    pub(super) person: NewPerson,
    /// Where.
    pub(super) target: Target,
    /// As what.
    pub(super) roles: Vec<Role>,
    /// The last day of it; empty: no end.
    pub(super) ends_on: String,
}

/// What a row would do.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// Invites somebody.
    Ready(Wanted),
    /// Gives whoever is invited by this earlier line roles at a further place.
    Also(Wanted, u64),
    /// Gives somebody who is here roles that they do not hold; and whether these are their first at the place.
    Here(Wanted, bool),
    /// Nothing: they are here and hold the roles; which of them for another time than the row says.
    Held(String),
    /// Nothing: they are invited.
    Invited(String),
    /// Nothing: they are inactive here.
    Inactive(UserId),
    /// Nothing: an earlier line has the address with the same place.
    Twice(u64),
    /// Nothing, because of this.
    Problem(String),
}

impl Verdict {
    /// What would be done, if anything.
    pub(super) const fn wanted(&self) -> Option<&Wanted> {
        match self {
            Self::Ready(wanted) | Self::Also(wanted, _) | Self::Here(wanted, _) => Some(wanted),
            _ => None,
        }
    }
}

/// A row with its verdict.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// The line of the file.
    pub(super) line: u64,
    /// First name, as it stands there.
    pub(super) first: String,
    /// Last name, as it stands there.
    pub(super) last: String,
    /// Address, as it stands there.
    pub(super) email: String,
    /// The place, by name.
    pub(super) place: String,
    /// The roles, by name.
    pub(super) roles: String,
    /// The last day.
    pub(super) ends_on: String,
    /// What it would do.
    pub(super) verdict: Verdict,
}

/// What a file would do.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// Its rows, in order.
    pub(super) rows: Vec<Planned>,
}

/// How many rows of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Invite somebody.
    pub(super) ready: i64,
    /// Give whoever is invited by another row a further place.
    pub(super) also: i64,
    /// Give roles to somebody who is here.
    pub(super) here: i64,
    /// How many people these are.
    pub(super) here_people: i64,
    /// Are so already.
    pub(super) held: i64,
    /// Name somebody who is invited.
    pub(super) invited: i64,
    /// Name somebody who is inactive.
    pub(super) inactive: i64,
    /// Have an address and a place that an earlier line has.
    pub(super) twice: i64,
    /// Have a problem.
    pub(super) problems: i64,
}

impl Counts {
    /// Rows that do nothing and have no problem.
    pub(super) const fn skipped(&self) -> i64 {
        self.held + self.invited + self.inactive + self.twice
    }

    /// Rows that do something.
    pub(super) const fn doing(&self) -> i64 {
        self.ready + self.also + self.here
    }
}

impl Plan {
    /// How many rows of each kind.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts {
            here_people: self.people(|verdict| matches!(verdict, Verdict::Here(..))),
            ..Counts::default()
        };
        for row in &self.rows {
            let count = match row.verdict {
                Verdict::Ready(_) => &mut counts.ready,
                Verdict::Also(..) => &mut counts.also,
                Verdict::Here(..) => &mut counts.here,
                Verdict::Held(_) => &mut counts.held,
                Verdict::Invited(_) => &mut counts.invited,
                Verdict::Inactive(_) => &mut counts.inactive,
                Verdict::Twice(_) => &mut counts.twice,
                Verdict::Problem(_) => &mut counts.problems,
            };
            *count = count.saturating_add(1);
        }
        counts
    }

    /// How many people the rows with such a verdict do something for: one may stand in several, with several places.
    pub(super) fn people(&self, is: impl Fn(&Verdict) -> bool) -> i64 {
        let rows = self.rows.iter().filter(|row| is(&row.verdict));
        let people = rows.filter_map(|row| Some(row.verdict.wanted()?.person.email.key.as_str()));
        let people: BTreeSet<&str> = people.collect();
        i64::try_from(people.len()).unwrap_or(i64::MAX)
    }

    /// What is done by which row, as a form carries it, to see whether what was agreed to is still so.
    pub(super) fn seen(&self) -> String {
        let mut digest = Sha256::new();
        for row in &self.rows {
            let Some(wanted) = row.verdict.wanted() else {
                continue;
            };
            let new = match row.verdict {
                Verdict::Ready(_) => "new".to_owned(),
                Verdict::Also(_, line) => format!("with {line}"),
                _ => "here".to_owned(),
            };
            let (email, target) = (&wanted.person.email.key, wanted.target);
            digest.update(format!(
                "{} {new} {email} {target} {} {}\n",
                row.line, row.roles, row.ends_on
            ));
        }
        format!("{:x}", digest.finalize())
    }

    /// Roles that let people do much where they get them, and that every row which does something gives.
    pub(super) fn powerful(&self, table: &RoleTable) -> Vec<Role> {
        let mut doing = self.rows.iter().filter_map(|row| row.verdict.wanted());
        let Some(first) = doing.next() else {
            return Vec::new();
        };
        let in_row = |role: &Role, wanted: &Wanted| {
            wanted.roles.contains(role) && is_powerful(table, role, wanted.target.level())
        };
        let mut all = first.roles.clone();
        all.retain(|role| in_row(role, first));
        for wanted in doing {
            all.retain(|role| in_row(role, wanted));
        }
        all
    }
}

/// Works out what the rows would do. What is wrong with the file as a whole is told in a sentence.
pub(super) fn plan(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (sheet, mapping): (&Sheet, &Mapping),
    usual: &Usual,
) -> Result<std::result::Result<Plan, String>> {
    let reach = reach(conn, app.roles(), scope)?;
    let mut cells: BTreeMap<String, String> = BTreeMap::new();
    for row in &sheet.rows {
        let cell = mapping.cell(row, Field::Place);
        cells.entry(fold(cell)).or_insert_with(|| cell.to_owned());
    }
    cells.remove("");
    if cells.len() > spots::MOST {
        return Ok(Err(format!(
            "It names more than {} places. Split it, and send one part after the other",
            spots::MOST
        )));
    }
    let spots = spots::find(conn, app, scope, &reach, &cells)?;
    let reading = Reading {
        scope,
        mapping,
        usual,
        spots,
        known: AccountRoles::load(conn, scope.account().id)?,
    };
    let mut told = Told::default();
    let mut plan = Plan {
        rows: Vec::with_capacity(sheet.rows.len()),
    };
    // Part by part: of a long file nothing is held twice.
    for part in sheet.rows.chunks(AT_ONCE) {
        let read: Vec<_> = part.iter().map(|row| reading.row(row)).collect();
        let keys: Vec<&str> = read
            .iter()
            .filter_map(|(_, row)| Some(row.as_ref().ok()?.wanted.person.email.key.as_str()))
            .collect();
        let known = Known::load(conn, scope, &reach, &keys)?;
        for (mut planned, row) in read {
            planned.verdict = match row {
                Err(why) => Verdict::Problem(why),
                Ok(row) => told.verdict(scope, &known, (planned.line, row.wanted))?,
            };
            plan.rows.push(planned);
        }
    }
    Ok(Ok(plan))
}

/// The rows so far, by the address that they name.
#[derive(Default)]
struct Told {
    places: BTreeMap<String, Vec<(Target, u64)>>,
    /// Who is invited, by which line.
    new: BTreeMap<String, (u64, NewPerson)>,
}

impl Told {
    /// What a row does beside those before it: the same person at the same place stands there twice; somebody new gets a
    /// further place with the row that invites them, under the name that stands there.
    fn verdict(
        &mut self,
        scope: &Manager,
        known: &Known,
        (line, wanted): (u64, Wanted),
    ) -> Result<Verdict> {
        let key = wanted.person.email.key.clone();
        let places = self.places.entry(key.clone()).or_default();
        if let Some((_, line)) = places.iter().find(|(place, _)| *place == wanted.target) {
            return Ok(Verdict::Twice(*line));
        }
        places.push((wanted.target, line));
        Ok(match known.verdict(scope, wanted)? {
            Verdict::Ready(wanted) => match self.new.get(&key) {
                Some((first, person)) => {
                    let person = person.clone();
                    Verdict::Also(Wanted { person, ..wanted }, *first)
                }
                None => {
                    self.new.insert(key, (line, wanted.person.clone()));
                    Verdict::Ready(wanted)
                }
            },
            other => other,
        })
    }
}

/// A row that can be read: what it wants, and where that is.
struct Row<'a> {
    wanted: Wanted,
    spot: &'a Spot,
}

/// What rows are read with.
struct Reading<'a> {
    scope: &'a Manager,
    mapping: &'a Mapping,
    usual: &'a Usual,
    spots: Spots,
    known: AccountRoles,
}

impl Reading<'_> {
    fn row(&self, row: &Line) -> (Planned, std::result::Result<Row<'_>, String>) {
        let cell = |field| self.mapping.cell(row, field);
        let read = self.read(row);
        let labels = |roles: &[Role]| {
            let labels: Vec<&str> = roles.iter().map(Role::label).collect();
            labels.join(", ")
        };
        let planned = Planned {
            line: row.number,
            first: import::shown(cell(Field::First)),
            last: import::shown(cell(Field::Last)),
            email: import::shown(cell(Field::Email)),
            place: match &read {
                Ok(row) => row.spot.name(),
                Err(_) => import::shown(cell(Field::Place)),
            },
            roles: match &read {
                Ok(row) => labels(&row.wanted.roles),
                Err(_) => import::shown(cell(Field::Roles)),
            },
            ends_on: match &read {
                Ok(row) => row.wanted.ends_on.clone(),
                Err(_) => import::shown(cell(Field::EndsOn)),
            },
            verdict: Verdict::Held(String::new()),
        };
        (planned, read)
    }

    fn read(&self, row: &Line) -> std::result::Result<Row<'_>, String> {
        if row.cells.len() != self.mapping.width() {
            let (has, head) = (row.cells.len(), self.mapping.width());
            return Err(format!("It has {has} cells, and the first line {head}"));
        }
        let cell = |field| self.mapping.cell(row, field).to_owned();
        let typed = PersonForm {
            first_name: cell(Field::First),
            last_name: cell(Field::Last),
            email: cell(Field::Email),
            note: String::new(),
        };
        let person = typed.check().map_err(|errors| {
            let all: Vec<&str> = errors.iter().map(|(_, message)| message).collect();
            all.join(". ")
        })?;
        let place = cell(Field::Place);
        let spot = if place.is_empty() {
            self.usual.spot.as_ref()
        } else {
            self.spots.get(&fold(&place))
        };
        let spot = spot.ok_or("It names no place, and none is chosen for all rows")?;
        let spot = spot.as_ref().map_err(Clone::clone)?;
        let mut wanted = roles(&self.known, &cell(Field::Roles))?;
        if wanted.is_empty() {
            wanted.clone_from(&self.usual.roles);
        }
        if wanted.is_empty() {
            return Err("It names no role, and none is chosen for all rows".into());
        }
        if wanted.len() > MOST_ROLES {
            return Err(format!("It names more than {MOST_ROLES} roles"));
        }
        self.may_give(spot, &wanted)?;
        let mut ends_on = cell(Field::EndsOn).trim().to_owned();
        if ends_on.is_empty() {
            self.usual.ends_on.trim().clone_into(&mut ends_on);
        }
        last(&ends_on, self.scope.account(), self.scope.now())
            .map_err(|why| format!("Access ends on: {why}"))?;
        Ok(Row {
            wanted: Wanted {
                person,
                target: spot.target,
                roles: wanted,
                ends_on,
            },
            spot,
        })
    }

    /// Rule 17, for somebody else than the acting person, whoever that is. Ownership is offered and never imported.
    fn may_give(&self, spot: &Spot, roles: &[Role]) -> std::result::Result<(), String> {
        let actor = Actor {
            user: self.scope.person().id,
            here: &spot.here,
            roles: self.scope.role_table(),
        };
        for role in roles {
            if *role == Builtin::Owner.into() {
                return Err(
                    "Ownership cannot be given by a file. Offer it on the page Ownership".into(),
                );
            }
            actor.may_give(role, UserId::nil()).map_err(|refusal| {
                let why = self.scope.account().says(&refusal.to_string());
                Refusal::new("role", why).told()
            })?;
        }
        Ok(())
    }
}
