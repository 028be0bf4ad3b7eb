//! The page of an import that was ordered: how far it is, what became of each row, and taking it back.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};

use super::{AtImport, Manager, Managing};
use crate::access::custom::AccountRoles;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ImportId, SubmissionId};
use crate::error::{Error, Result};
use crate::users::importing::keeping::KEPT;
use crate::users::importing::listing::{self, FATES, ROWS, Shown};
use crate::users::importing::pages::{ImportPage, UndoPage, done, told};
use crate::users::importing::storing::{self, Stage, Tally};
use crate::users::importing::withdrawing;
use crate::web::form::Query;
use crate::web::html::{self, Redirect};
use crate::web::list::csv::{self, Cell, Field, Style};
use crate::web::list::{Asked, Face};
use crate::web::urls;
use crate::web::view::{count, day, moment};

/// Heads of the columns.
const COLUMNS: [(&str, &str); 7] = [
    ("Line", ""),
    ("Name", ""),
    ("Email address", ""),
    ("Roles", ""),
    ("Place", ""),
    ("Access ends on", ""),
    ("Result", ""),
];

/// How far an import is, and what became of each row.
pub async fn show(gate: Manager, at: AtImport, query: Query, app: App) -> Result<HttpResponse> {
    let (id, asked) = (at.import()?, Asked::read(&query, &ROWS)?.unsorted());
    let (inside, is_partial) = (app.clone(), gate.visit().is_partial());
    let page = app
        .read(gate, move |conn, scope| {
            page(conn, &inside, scope, (id, &asked))
        })
        .await?;
    let mut response = html::ok(&app, &page.shell, &page)?;
    // The progress alone was asked for, and it is over: the whole page says how it ended.
    if is_partial && page.progress.is_none() {
        let name = HeaderName::from_static("hx-refresh");
        let headers = response.headers_mut();
        headers.insert(name, HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (id, asked): (ImportId, &Asked<SubmissionId>),
) -> Result<ImportPage> {
    let (import, by) = storing::find(conn, app, scope, id)?;
    let tally = storing::tally(conn, id)?;
    let found = listing::page(conn, id, asked)?;
    let known = AccountRoles::load(conn, scope.account().id)?;
    let slug = &scope.account().slug;
    let path = urls::people_import(slug, id);
    let csv = urls::people_import_csv(slug, id);
    let list = asked.frame(
        &found,
        Face {
            path: &path,
            noun: "rows",
            find: "",
            columns: &COLUMNS,
            csv: Some(&csv),
            options: Vec::new(),
        },
    );
    // Whom one manages is shown with their page; the gate of that page decides.
    let row = |row: Shown| {
        let href = row.user.map(|user| urls::user(slug, user));
        let href = href.filter(|_| row.state != "withdrawn");
        done(row, href, &known)
    };
    let left = match import.stage {
        Stage::Working => tally.waiting,
        Stage::Undoing => tally.invited,
        Stage::Done | Stage::Undone => 0,
    };
    let open = if import.stage == Stage::Done && tally.invited > 0 {
        withdrawing::open(conn, scope.account().id, id)?
    } else {
        0
    };
    Ok(ImportPage {
        shell: scope
            .shell("Import")
            .named(import.stage.heading())
            .crumb("User Management", urls::user_management(slug))
            .crumb("Import users", urls::import_people(slug)),
        heading: import.stage.heading(),
        summary: told(&tally),
        ordered: format!("Ordered by {by} on {}.", moment(import.created_at)),
        progress: import
            .stage
            .is_open()
            .then(|| (import.rows.saturating_sub(left), import.rows)),
        progress_at: path.clone(),
        views: views(asked, &tally, &path),
        rows: found.rows.into_iter().map(row).collect(),
        list,
        failed: (tally.failed > 0).then(|| format!("{csv}?status=failed")),
        undo: (open > 0).then(|| (count(open, "invitation"), urls::undo_import(slug, id))),
        kept: day(import.created_at.plus(KEPT)),
        people: urls::user_management(slug),
        again: urls::import_people(slug),
    })
}

/// All rows, and those of each kind that there are.
fn views(asked: &Asked<SubmissionId>, tally: &Tally, path: &str) -> Vec<(String, String, bool)> {
    let all = asked.clone().without("status");
    let all = ("All".to_owned(), all.href(path), asked.is_whole());
    let of = |(state, label): &(&str, &str)| {
        let number = tally.of(state);
        let view = asked.clone().with("status", state).href(path);
        let is_shown = asked.filter("status") == Some(*state);
        (number > 0).then(|| (format!("{label} ({number})"), view, is_shown))
    };
    [all]
        .into_iter()
        .chain(FATES.iter().filter_map(of))
        .collect()
}

/// The columns of the CSV: those of a file that can be sent again, and what became of each row.
const FIELDS: &[Field] = &[
    ("line", "Line"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("email", "Email address"),
    ("place", "Place"),
    ("roles", "Roles"),
    ("ends_on", "Access ends on"),
    ("result", "Result"),
    ("reason", "Reason"),
];

/// The rows as CSV.
pub async fn download(gate: Manager, at: AtImport, query: Query, app: App) -> Result<HttpResponse> {
    let id = at.import()?;
    let asked = (Asked::read(&query, &ROWS)?.unsorted(), Style::read(&query)?);
    let inside = app.clone();
    csv::export(app, gate, asked, FIELDS, move |conn, scope, asked| {
        storing::find(conn, &inside, scope, id)?;
        let known = AccountRoles::load(conn, scope.account().id)?;
        let cells = |row: Shown| -> Vec<Cell> {
            let roles = row.roles_in_words(&known);
            vec![
                row.line.into(),
                row.first_name.into(),
                row.last_name.into(),
                row.email.into(),
                row.place.into(),
                roles.into(),
                row.ends_on.into(),
                row.state.into(),
                row.detail.into(),
            ]
        };
        Ok(listing::page(conn, id, asked)?.map(cells))
    })
    .await
}

/// Asks before the invitations are withdrawn.
pub async fn ask_undo(gate: Manager, at: AtImport, app: App) -> Result<HttpResponse> {
    let (id, inside) = (at.import()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            let (import, _) = storing::find(conn, &inside, scope, id)?;
            let open = withdrawing::open(conn, scope.account().id, id)?;
            if import.stage != Stage::Done || open == 0 {
                let why = "There is nothing to take back: the import is at work, was taken back, or nobody waits whom it invited.";
                return Err(Error::Conflict(why.into()));
            }
            let slug = &scope.account().slug;
            Ok(UndoPage {
                shell: scope
                    .shell("Withdraw the invitations")
                    .crumb("User Management", urls::user_management(slug))
                    .crumb("Import", urls::people_import(slug, id)),
                counted: count(open, "invitation"),
                action: urls::undo_import(slug, id),
                cancel: urls::people_import(slug, id),
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// Orders it: a job withdraws one after the other.
pub async fn undo(gate: Manager, at: AtImport, app: App) -> Result<HttpResponse> {
    let (id, account) = (at.import()?, gate.account_slug().to_owned());
    let inside = app.clone();
    app.write_ending(gate, move |conn, scope| {
        withdrawing::order(conn, &inside, scope, id)
    })
    .await?;
    app.import_bell().notify_one();
    Redirect::to(urls::people_import(&account, id))
        .success("The invitations that were not accepted are being withdrawn.")
        .respond(&app)
}
