//! Rows of imports: ordered, looked at, and what became of each.

use diesel::prelude::*;
use serde_json::json;

use super::planning::{Plan, Planned, Verdict};
use crate::access::gate::Somewhere;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::schema::{people_import_rows as rows, people_imports as imports, users};
use crate::db::types::{AccountId, EventId, ImportId, SubmissionId, Ts, UserId};
use crate::db::{Conn, MultiBackend};
use crate::error::{Error, Result};
use crate::on_each;
use crate::users::model::{Reach, reach};

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Rows of one statement: SQLite binds at most 32,766 values.
const AT_ONCE: usize = 500;
/// Imports that the page before a new one names.
const RECENT: i64 = 10;

/// How an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Rows are carried out.
    Working,
    /// All of them are.
    Done,
    /// Its invitations are withdrawn.
    Undoing,
    /// All of them are that were not accepted.
    Undone,
}

impl Stage {
    /// As stored.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Done => "done",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// From what is stored.
    fn parse(text: &str) -> Result<Self> {
        [Self::Working, Self::Done, Self::Undoing, Self::Undone]
            .into_iter()
            .find(|stage| stage.as_str() == text)
            .ok_or_else(|| Error::internal("an import without a known state"))
    }

    /// For lists.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Working => "At work",
            Self::Done => "Finished",
            Self::Undoing => "Being taken back",
            Self::Undone => "Taken back",
        }
    }

    /// For its page.
    pub(super) const fn heading(self) -> &'static str {
        match self {
            Self::Working => "Import at work",
            Self::Done => "Import finished",
            Self::Undoing => "Import being taken back",
            Self::Undone => "Import taken back",
        }
    }

    /// Whether a job is at it.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Working | Self::Undoing)
    }
}

/// An import.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) id: ImportId,
    pub(super) account: AccountId,
    pub(super) imported_by: UserId,
    pub(super) asked_in: EventId,
    pub(super) mailed: bool,
    pub(super) rows: i64,
    pub(super) stage: Stage,
    pub(super) created_at: Ts,
    pub(super) undone_by: Option<UserId>,
    pub(super) undone_in: Option<EventId>,
}

type Columns = (
    imports::id,
    imports::account_id,
    imports::imported_by,
    imports::asked_in,
    imports::mailed,
    imports::row_count,
    imports::state,
    imports::created_at,
    imports::undone_by,
    imports::undone_in,
);
const COLUMNS: Columns = (
    imports::id,
    imports::account_id,
    imports::imported_by,
    imports::asked_in,
    imports::mailed,
    imports::row_count,
    imports::state,
    imports::created_at,
    imports::undone_by,
    imports::undone_in,
);
type Stored = (
    ImportId,
    AccountId,
    UserId,
    EventId,
    bool,
    i64,
    String,
    Ts,
    Option<UserId>,
    Option<EventId>,
);

fn read(row: Stored) -> Result<Import> {
    let (id, account, imported_by, asked_in, mailed, rows, state, created_at, by, at) = row;
    Ok(Import {
        id,
        account,
        imported_by,
        asked_in,
        mailed,
        rows,
        stage: Stage::parse(&state)?,
        created_at,
        undone_by: by,
        undone_in: at,
    })
}

/// An import to be carried out, made before the transaction.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Its id.
    pub(super) id: ImportId,
    /// Tells the same order given twice.
    pub(super) digest: Vec<u8>,
    /// Whether invitations are mailed.
    pub(super) mailed: bool,
    /// What each row is to do.
    pub(super) rows: Vec<Planned>,
    /// The number of each row's submission, in the same order.
    pub(super) ids: Vec<SubmissionId>,
}

#[derive(Insertable)]
#[diesel(table_name = rows)]
struct NewRow<'a> {
    import_id: ImportId,
    line: i64,
    id: SubmissionId,
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
    place: &'a str,
    target: String,
    roles: String,
    ends_on: &'a str,
    state: &'static str,
    detail: String,
    with_line: Option<i64>,
}

impl<'a> NewRow<'a> {
    fn of(import: ImportId, id: SubmissionId, row: &'a Planned) -> Self {
        let wanted = row.verdict.wanted();
        let (state, detail) = match &row.verdict {
            Verdict::Ready(_) | Verdict::Also(..) | Verdict::Here(..) => ("waiting", String::new()),
            Verdict::Held(kept) => (
                "skipped",
                cut(&format!("Is here already, and holds these roles{kept}")),
            ),
            Verdict::Invited(note) => ("skipped", cut(&format!("Is invited already; {note}"))),
            Verdict::Inactive(_) => (
                "skipped",
                "Is inactive. Reactivate them on their page".into(),
            ),
            Verdict::Twice(line) => ("skipped", format!("Stands on line {line} already")),
            Verdict::Problem(why) => ("failed", cut(why)),
        };
        let keys = |roles: &Vec<Role>| {
            let keys: Vec<&str> = roles.iter().map(Role::as_str).collect();
            keys.join(",")
        };
        Self {
            import_id: import,
            line: number(row.line),
            id,
            first_name: wanted.map_or_else(
                || short(&row.first, 120),
                |wanted| &wanted.person.first_name,
            ),
            last_name: wanted
                .map_or_else(|| short(&row.last, 120), |wanted| &wanted.person.last_name),
            email: wanted.map_or_else(
                || short(&row.email, 254),
                |wanted| &wanted.person.email.shown,
            ),
            place: short(&row.place, 260),
            target: wanted
                .map(|wanted| wanted.target.to_string())
                .unwrap_or_default(),
            roles: wanted.map_or_else(
                || short(&row.roles, 400).to_owned(),
                |wanted| keys(&wanted.roles),
            ),
            ends_on: short(wanted.map_or(&row.ends_on, |wanted| &wanted.ends_on), 300),
            state,
            detail,
            with_line: match row.verdict {
                Verdict::Also(_, first) => Some(number(first)),
                _ => None,
            },
        }
    }
}

/// A line of a file, as stored.
fn number(line: u64) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}

/// A reason, as long as the column takes it.
pub(super) fn cut(why: &str) -> String {
    short(why, 600).to_owned()
}

/// What stands in a row that does nothing, as long as its column takes it: a cell may hold anything.
fn short(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most);
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// Stores the order; the same one that is still being carried out is not given again: then that one.
pub(super) fn store(conn: &mut Conn, scope: &Manager, order: &Order) -> Result<ImportId> {
    let account = scope.account().id;
    let same: Option<ImportId> = imports::table
        .filter(imports::account_id.eq(account))
        .filter(imports::imported_by.eq(scope.person().id))
        .filter(imports::digest.eq(&order.digest))
        .filter(imports::state.eq(Stage::Working.as_str()))
        .select(imports::id)
        .first(conn)
        .optional()?;
    if let Some(same) = same {
        return Ok(same);
    }
    let count = i64::try_from(order.rows.len()).unwrap_or(i64::MAX);
    diesel::insert_into(imports::table)
        .values((
            imports::id.eq(order.id),
            imports::account_id.eq(account),
            imports::imported_by.eq(scope.person().id),
            imports::asked_in.eq(scope.visit().request_id()),
            imports::digest.eq(&order.digest),
            imports::mailed.eq(order.mailed),
            imports::row_count.eq(count),
            imports::state.eq(Stage::Working.as_str()),
            imports::created_at.eq(scope.now()),
        ))
        .execute(conn)?;
    for (some, ids) in order.rows.chunks(AT_ONCE).zip(order.ids.chunks(AT_ONCE)) {
        let new = some.iter().zip(ids);
        let new: Vec<NewRow<'_>> = new
            .map(|(row, id)| NewRow::of(order.id, *id, row))
            .collect();
        let insert = diesel::insert_into(rows::table).values(new);
        on_each!(conn, |c| insert.execute(c))?;
    }
    let event = scope
        .event(Action::PeopleImportStarted)
        .on(Target::import(order.id))
        .details(json!({ "rows": count, "mailed": order.mailed }));
    audit::record(conn, &event)?;
    Ok(order.id)
}

/// An import of the account and the name of whoever ordered it, if the acting person may look at it: their own, or with
/// all of the account's people in their reach.
pub(super) fn find(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    id: ImportId,
) -> Result<(Import, String)> {
    let whole = reach(conn, app.roles(), scope)? == Reach::Account;
    let (import, (first, last)): (Stored, (String, String)) = imports::table
        .inner_join(users::table.on(users::id.eq(imports::imported_by)))
        .filter(imports::account_id.eq(scope.account().id))
        .filter(imports::id.eq(id))
        .select((COLUMNS, (users::first_name, users::last_name)))
        .first(conn)?;
    let import = read(import)?;
    if whole || import.imported_by == scope.person().id {
        Ok((import, format!("{first} {last}")))
    } else {
        Err(Error::NotFound)
    }
}

/// The newest imports that the acting person may look at.
pub(super) fn recent(conn: &mut Conn, app: &App, scope: &Manager) -> Result<Vec<Import>> {
    let whole = reach(conn, app.roles(), scope)? == Reach::Account;
    let mut query = imports::table
        .select(COLUMNS)
        .into_boxed::<MultiBackend>()
        .filter(imports::account_id.eq(scope.account().id));
    if !whole {
        query = query.filter(imports::imported_by.eq(scope.person().id));
    }
    let found: Vec<Stored> = query
        .order((imports::created_at.desc(), imports::id.desc()))
        .limit(RECENT)
        .load(conn)?;
    found.into_iter().map(read).collect()
}

/// Imports that a job has to work at, the oldest first.
pub(super) fn open(conn: &mut Conn, most: i64) -> Result<Vec<Import>> {
    let found: Vec<Stored> = imports::table
        .filter(imports::state.eq_any([Stage::Working.as_str(), Stage::Undoing.as_str()]))
        .order((imports::created_at.asc(), imports::id.asc()))
        .limit(most)
        .select(COLUMNS)
        .load(conn)?;
    found.into_iter().map(read).collect()
}

/// How many rows of an import are so, by their state.
pub(super) fn tally(conn: &mut Conn, import: ImportId) -> Result<Tally> {
    let found: Vec<(String, i64)> = rows::table
        .filter(rows::import_id.eq(import))
        .group_by(rows::state)
        .select((rows::state, diesel::dsl::count_star()))
        .load(conn)?;
    let of = |state: &str| {
        let found = found.iter().find(|(name, _)| name == state);
        found.map_or(0, |(_, count)| *count)
    };
    Ok(Tally {
        waiting: of("waiting"),
        invited: of("invited"),
        changed: of("changed"),
        skipped: of("skipped"),
        failed: of("failed"),
        withdrawn: of("withdrawn"),
        kept: of("kept"),
    })
}

/// How many rows of an import are so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) waiting: i64,
    pub(super) invited: i64,
    pub(super) changed: i64,
    pub(super) skipped: i64,
    pub(super) failed: i64,
    pub(super) withdrawn: i64,
    pub(super) kept: i64,
}

impl Tally {
    /// How many are in this state.
    pub(super) fn of(&self, state: &str) -> i64 {
        match state {
            "waiting" => self.waiting,
            "invited" => self.invited,
            "changed" => self.changed,
            "skipped" => self.skipped,
            "failed" => self.failed,
            "withdrawn" => self.withdrawn,
            "kept" => self.kept,
            _ => 0,
        }
    }
}

/// Every row of the plan with a number of its own.
pub(super) fn numbers(plan: &Plan) -> Vec<SubmissionId> {
    plan.rows.iter().map(|_| SubmissionId::new()).collect()
}
