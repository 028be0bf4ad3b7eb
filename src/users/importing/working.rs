//! Imports at work: a lease for each, a transaction for each row, in the name of whoever ordered it.

use diesel::prelude::*;
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::storing::{self, Import, Stage, cut};
use super::{bringing, withdrawing};
use crate::access::gate::{Job, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::{Account, Whole};
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Target as On};
use crate::config::Database;
use crate::db::schema::{
    accounts, memberships, people_import_rows as rows, people_imports as imports, users,
};
use crate::db::types::{ImportId, MailId, SubmissionId, Ts, UserId};
use crate::db::{Conn, Cost, lease};
use crate::error::{Error, Result};
use crate::mail::templates::{Imported, Letter};
use crate::mail::{self, outbox};
use crate::members::Status;
use crate::on_each;
use crate::web::urls;

pub(super) type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// How long an instance that has gone silent keeps an import from the others.
const LEASE: chrono::Duration = chrono::Duration::seconds(5);
/// Imports that are worked at in turn.
const IMPORTS: i64 = 20;
/// Rows of an import before it is the next one's turn.
const ROWS: i64 = 48;
/// Rows that wait for the database together: SQLite commits them at once. PostgreSQL would have them run again and again,
/// since they change the same lists.
const fn together(database: &Database) -> usize {
    match database {
        Database::Sqlite(_) => 8,
        Database::Postgres(_) => 1,
    }
}

/// Whether any import is to be worked at: an idle installation writes nothing.
pub fn is_any_open(conn: &mut Conn) -> Result<bool> {
    Ok(!storing::open(conn, 1)?.is_empty())
}

/// Works at every open import for a moment; true when there may be more to do.
pub async fn work(app: &App) -> Result<bool> {
    let open = app
        .db()
        .read(Cost::Bounded, |conn| storing::open(conn, IMPORTS))
        .await?;
    let mut worked = false;
    for import in open {
        let (owner, id) = (app.instance(), import.id);
        let held = app
            .write(Job::named("import"), move |conn, job| {
                let name = format!("import {id}");
                Ok(lease::hold(conn, (&name, LEASE), owner, job.now())?)
            })
            .await?;
        if held {
            turn(app, &import).await?;
            worked = true;
        }
    }
    Ok(worked)
}

/// A row that is to be carried out, as stored.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Task {
    pub(super) line: i64,
    pub(super) id: SubmissionId,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: String,
    pub(super) target: String,
    pub(super) roles: String,
    pub(super) ends_on: String,
    pub(super) user: Option<UserId>,
    /// The line that invites the same person, where that is another one.
    pub(super) with_line: Option<i64>,
}

/// Some rows of one import; behind the last one it is finished.
async fn turn(app: &App, import: &Import) -> Result<()> {
    let state = pending(import.stage);
    let id = import.id;
    let tasks: Vec<Task> = app
        .db()
        .read(Cost::Bounded, move |conn| {
            let query = rows::table
                .filter(rows::import_id.eq(id))
                .filter(rows::state.eq(state))
                .order((rows::line.asc(), rows::id.asc()))
                .limit(ROWS)
                .select((
                    rows::line,
                    rows::id,
                    rows::first_name,
                    rows::last_name,
                    rows::email,
                    rows::target,
                    rows::roles,
                    rows::ends_on,
                    rows::user_id,
                    rows::with_line,
                ));
            Ok(on_each!(conn, |c| query.load(c))?)
        })
        .await?;
    if tasks.is_empty() {
        return finish(app, import).await;
    }
    let mut done = stream::iter(tasks)
        .map(|task| carry_out(app, import, task))
        .buffer_unordered(together(&app.config().database));
    let (mut carried_out, mut busy) = (false, None);
    while let Some(row) = done.next().await {
        match row {
            Ok(()) => carried_out = true,
            Err(cause) => busy = Some(cause),
        }
    }
    // Rows that the database was too busy for wait; when it took none, so does the job.
    busy.filter(|_| !carried_out).map_or(Ok(()), Err)
}

/// The state of rows that are still to be carried out.
pub(super) const fn pending(stage: Stage) -> &'static str {
    match stage {
        Stage::Working | Stage::Done => "waiting",
        Stage::Undoing | Stage::Undone => "invited",
    }
}

/// What became of a row.
pub(super) struct Outcome {
    pub(super) state: &'static str,
    pub(super) detail: String,
    pub(super) user: Option<UserId>,
}

impl Outcome {
    pub(super) fn new(state: &'static str, detail: impl Into<String>) -> Self {
        Self {
            state,
            detail: detail.into(),
            user: None,
        }
    }
}

/// One row: its act and its mark in one transaction. What a rule refuses is undone with it, and then told.
async fn carry_out(app: &App, import: &Import, task: Task) -> Result<()> {
    let (id, line, stage) = (import.id, task.line, import.stage);
    let done = match stage {
        Stage::Undoing | Stage::Undone => withdrawing::withdraw(app, import, task).await,
        Stage::Working | Stage::Done => bringing::bring_in(app, import, task).await,
    };
    let Err(cause) = done else {
        return Ok(());
    };
    let why = match cause {
        Error::Forbidden(refusal) => refusal.told(),
        Error::NotFound => "The place or the person is not there any more, or lies outside of the places that you manage.".into(),
        Error::Conflict(why) | Error::BadRequest(why) => why,
        Error::Internal(cause) => {
            tracing::error!(%cause, import = %id, line, "a row of an import failed");
            "The portal failed at this row. Send it once more.".into()
        }
        // The database is busy or away: the row waits.
        other => return Err(other),
    };
    let state = if stage == Stage::Undoing {
        "kept"
    } else {
        "failed"
    };
    let outcome = Outcome::new(state, cut(&why));
    app.write(Job::named("import"), move |conn, _| {
        mark(conn, (id, line, pending(stage)), &outcome)
    })
    .await
}

/// Whether nobody has carried the row out meanwhile.
pub(super) fn is_pending(conn: &mut Conn, (import, line, state): Row) -> Result<bool> {
    let query = rows::table
        .filter(rows::import_id.eq(import))
        .filter(rows::line.eq(line))
        .select(rows::state);
    let now: String = on_each!(conn, |c| query.first(c))?;
    Ok(now == state)
}

/// A row by its import and line, and how it stood.
pub(super) type Row = (ImportId, i64, &'static str);

/// Writes down what became of a row, unless that was written already.
pub(super) fn mark(conn: &mut Conn, (import, line, state): Row, outcome: &Outcome) -> Result<()> {
    let update = diesel::update(
        rows::table
            .filter(rows::import_id.eq(import))
            .filter(rows::line.eq(line))
            .filter(rows::state.eq(state)),
    )
    .set((
        rows::state.eq(outcome.state),
        rows::detail.eq(&outcome.detail),
        outcome.user.map(|user| rows::user_id.eq(Some(user))),
    ));
    on_each!(conn, |c| update.execute(c))?;
    Ok(())
}

/// Every row is carried out: says so, writes it down, and tells whoever ordered it.
async fn finish(app: &App, import: &Import) -> Result<()> {
    let (import, inside, mail) = (import.clone(), app.clone(), MailId::new());
    app.write(Job::named("import"), move |conn, job| {
        let (was, is) = match import.stage {
            Stage::Working | Stage::Done => (Stage::Working, Stage::Done),
            Stage::Undoing | Stage::Undone => (Stage::Undoing, Stage::Undone),
        };
        let now = job.now();
        let open = imports::table
            .filter(imports::id.eq(import.id))
            .filter(imports::state.eq(was.as_str()));
        let ended = diesel::update(open)
            .set((
                imports::state.eq(is.as_str()),
                imports::finished_at.eq(Some(now)),
            ))
            .execute(conn)?;
        if ended == 0 {
            return Ok(());
        }
        let tally = storing::tally(conn, import.id)?;
        let (by, action, asked_in) = if was == Stage::Working {
            (import.imported_by, Action::PeopleImported, import.asked_in)
        } else {
            let by = import.undone_by.unwrap_or(import.imported_by);
            let asked_in = import.undone_in.unwrap_or(import.asked_in);
            (by, Action::PeopleImportUndone, asked_in)
        };
        let event = Event::new(import.account, action, now)
            .by(Actor::User(by))
            .on(On::import(import.id))
            .from_visit(None, None, asked_in)
            .details(json!({
                "invited": tally.invited, "changed": tally.changed, "skipped": tally.skipped,
                "failed": tally.failed, "withdrawn": tally.withdrawn, "kept": tally.kept,
            }));
        audit::record(conn, &event)?;
        if was == Stage::Working {
            tell(conn, &inside, (&import, &tally), mail, now)?;
        }
        Ok(())
    })
    .await
}

/// Tells whoever ordered the import, if they are here still.
fn tell(
    conn: &mut Conn,
    app: &App,
    (import, tally): (&Import, &storing::Tally),
    mail: MailId,
    now: Ts,
) -> Result<()> {
    let account: Account = accounts::table
        .filter(accounts::id.eq(import.account))
        .select(Account::columns())
        .first(conn)?;
    let to: Option<(String, String)> = memberships::table
        .inner_join(users::table)
        .filter(memberships::account_id.eq(import.account))
        .filter(memberships::user_id.eq(import.imported_by))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select((users::email, users::first_name))
        .first(conn)
        .optional()?;
    let Some((recipient, person)) = to else {
        return Ok(());
    };
    let letter = Letter::Imported(Imported {
        account: (&account).into(),
        person,
        invited: tally.invited,
        changed: tally.changed,
        skipped: tally.skipped,
        failed: tally.failed,
        path: urls::people_import(&account.slug, import.id),
    });
    let mail = outbox::NewMail {
        id: mail,
        account: Some(account.id),
        link: None,
        reader: Some(import.imported_by),
        recipient,
        letter,
        sealed_token: None,
        message_id: mail::letterhead(app.config()).message_id(mail),
        due_at: now,
        created_at: now,
    };
    outbox::enqueue(conn, mail)?;
    Ok(())
}
