//! Taking an import back: the invitations that were not accepted are withdrawn, one after the other, in the name of whoever
//! asked for it and through the act that withdraws a single one.

use diesel::prelude::*;

use super::storing::{self, Import, Stage};
use super::working::{Manager, Outcome, Row, Task, is_pending, mark, pending};
use crate::access::behalf::OnBehalf;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{memberships, people_import_rows as rows, people_imports as imports};
use crate::db::types::{AccountId, ImportId, SubmissionId, UserId};
use crate::error::{Error, Result};
use crate::members::Status;
use crate::on_each;
use crate::users::cancel;

/// How many invitations of an import nobody has accepted yet: one statement.
pub(super) fn open(conn: &mut Conn, account: AccountId, import: ImportId) -> Result<i64> {
    Ok(rows::table
        .inner_join(
            memberships::table.on(memberships::submission_id
                .eq(rows::id.nullable())
                .and(memberships::account_id.eq(account))),
        )
        .filter(rows::import_id.eq(import))
        .filter(rows::state.eq("invited"))
        .filter(memberships::status.eq(Status::Invited.as_str()))
        .count()
        .get_result(conn)?)
}

/// Orders it: a job does it.
pub(super) fn order(conn: &mut Conn, app: &App, scope: &Manager, id: ImportId) -> Result<()> {
    let (import, _) = storing::find(conn, app, scope, id)?;
    let done = imports::table
        .filter(imports::id.eq(import.id))
        .filter(imports::state.eq(Stage::Done.as_str()));
    let changed = diesel::update(done)
        .set((
            imports::state.eq(Stage::Undoing.as_str()),
            imports::undone_by.eq(Some(scope.person().id)),
            imports::undone_in.eq(Some(scope.visit().request_id())),
        ))
        .execute(conn)?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::Conflict(
        "This import is not finished yet, or was taken back already.".into(),
    ))
}

/// Withdraws the invitation of one row, if it is still the one that the row made. It only takes: a frozen account lets it
/// through (S22).
pub(super) async fn withdraw(app: &App, import: &Import, task: Task) -> Result<()> {
    let row: Row = (import.id, task.line, pending(Stage::Undoing));
    let by = import.undone_by.unwrap_or(import.imported_by);
    let asked_in = import.undone_in.unwrap_or(import.asked_in);
    let door = OnBehalf::of(by, import.account, asked_in);
    let inside = app.clone();
    app.write_ending(door, move |conn, scope: &Manager| {
        if !is_pending(conn, row)? {
            return Ok(());
        }
        let outcome = match task.user {
            Some(user) if is_of(conn, scope, user, task.id)? => {
                cancel(conn, &inside, scope, user)?;
                further(conn, (row.0, user))?;
                Outcome::new("withdrawn", "")
            }
            _ => Outcome::new("kept", "Was accepted, or withdrawn, meanwhile"),
        };
        mark(conn, row, &outcome)
    })
    .await
}

/// The further places of whoever was invited went with the invitation: their rows say so.
fn further(conn: &mut Conn, (import, user): (ImportId, UserId)) -> Result<()> {
    let theirs = rows::table
        .filter(rows::import_id.eq(import))
        .filter(rows::with_line.is_not_null())
        .filter(rows::user_id.eq(Some(user)))
        .filter(rows::state.eq("changed"));
    let update = diesel::update(theirs).set(rows::state.eq("withdrawn"));
    on_each!(conn, |c| update.execute(c))?;
    Ok(())
}

/// Whether somebody waits for the invitation that this row made.
fn is_of(conn: &mut Conn, scope: &Manager, user: UserId, row: SubmissionId) -> Result<bool> {
    let found: Option<UserId> = memberships::table
        .filter(memberships::account_id.eq(scope.account().id))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::submission_id.eq(Some(row)))
        .filter(memberships::status.eq(Status::Invited.as_str()))
        .select(memberships::user_id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}
