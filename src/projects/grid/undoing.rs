//! Taking a change of the grid back, within ten minutes: what it brings, and then *Submit*.

use actix_web::HttpResponse;

use super::back::Back;
use super::handlers::{Manager, Managing, lines};
use super::pages::GridReviewPage;
use super::telling::told_in_words;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Undoing};
use crate::users::{self, Listed, showing};
use crate::web::form::{Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;

fn change(form: &Form) -> Result<ChangeId> {
    match form.text("change")?.as_str() {
        "" => Err(Error::Conflict("Nothing was named to take back.".into())),
        id => id.parse().map_err(|_| Error::NotFound),
    }
}

fn people(conn: &mut Conn, scope: &Managing, undoing: &Undoing) -> Result<Vec<Listed>> {
    let ids: Vec<UserId> = undoing.changes.iter().map(|change| change.user).collect();
    users::these(conn, scope.account().id, &ids)
}

fn found(conn: &mut Conn, scope: &Managing) -> Result<members::Found> {
    let account = scope.account();
    let target = members::Target::Project(scope.place().id);
    members::place_of(conn, account.id, &account.name, target)
}

/// What taking it back would bring.
pub async fn ask_undo(gate: Manager, query: Query, app: App) -> Result<HttpResponse> {
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let id = change(&query)?;
            let found = found(conn, scope)?;
            let undoing = members::undoing(conn, &inside, scope, &found, id)?;
            let people = people(conn, scope, &undoing)?;
            page(conn, scope, (&undoing, &people), &Back::read(&query)?)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn page(
    conn: &mut Conn,
    scope: &Managing,
    (undoing, people): (&Undoing, &[Listed]),
    back: &Back,
) -> Result<GridReviewPage> {
    let (account, project) = (scope.account(), scope.place());
    let organization = &project.organization.slug;
    let name = |user: UserId| {
        let found = people.iter().find(|row| row.id == user);
        found.map(showing::name).unwrap_or_default()
    };
    // Whoever is not told of the change is not told that it was taken back.
    let untold = undoing.untold(conn)?;
    let told = undoing.changes.iter();
    let told = told.filter(|change| !untold.contains(&change.user));
    let told = told_in_words(conn, scope, told, |user| {
        people.iter().find(|row| row.id == user)
    })?;
    Ok(GridReviewPage {
        shell: scope.shell("Undo").here(),
        heading: format!("Take back the last change on {}?", project.name),
        place: project.name.clone(),
        action: urls::undo_project_users(&account.slug, organization, &project.slug, undoing.id),
        carried: [("change", undoing.id.to_string())]
            .into_iter()
            .chain(back.field())
            .collect(),
        lines: lines(&undoing.changes, name),
        told,
        not_yet: Vec::new(),
        cancel: back.page(scope),
    })
}

/// Takes it back.
pub async fn undo(gate: Manager, form: Form, app: App) -> Result<HttpResponse> {
    let inside = app.clone();
    let back = app
        .write_ending(gate, move |conn, scope| {
            let id = change(&form)?;
            let found = found(conn, scope)?;
            members::undo(conn, &inside, scope, &found, id)?;
            Ok(Back::read(&form)?.page(scope))
        })
        .await?;
    Redirect::to(back)
        .success("The change was taken back: the roles are as they were before it.")
        .respond(&app)
}
