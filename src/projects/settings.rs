//! Changing a project, archiving it, and opening it again (S4, rule 11): an archived project keeps its roles, and they
//! do nothing until it is opened. A short name that is given up stays with the project, and leads to it (S8).

use actix_web::HttpResponse;
use askama::Template;
use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::Gate;
use crate::access::permission::ProjectsManage;
use crate::access::place::Project;
use crate::access::scope::Scope;
use crate::access::slugs::{self, Named};
use crate::app::App;
use crate::audit::{Action, Target};
use crate::db::Conn;
use crate::db::schema::projects;
use crate::error::Result;
use crate::web::clash::{self, Clash, Ways};
use crate::web::field::{self, fold};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::naming::Typed as Naming;
use crate::web::shell::Shell;
use crate::web::urls;

type Manager = Gate<Project, ProjectsManage>;
type Managing = Scope<Project, ProjectsManage>;

/// Longest description.
const DESCRIPTION: usize = 2000;

/// The page.
#[derive(Template)]
#[template(path = "projects/settings.html")]
pub struct SettingsPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// What was typed, or what is stored.
    pub typed: Typed,
    /// Whether its roles work.
    pub active: bool,
    /// Where it posts.
    pub action: String,
    /// Where it is archived, or opened again.
    pub turn: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// The form, as it was typed or as it is stored.
#[derive(Clone, Debug, Queryable)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// In addresses.
    pub slug: String,
    /// What it is for.
    pub description: String,
    /// The version that the form was opened on.
    pub version: i64,
}

fn stored(conn: &mut Conn, scope: &Managing) -> Result<Typed> {
    Ok(projects::table
        .filter(projects::account_id.eq(scope.account().id))
        .filter(projects::id.eq(scope.place().id))
        .select((
            projects::name,
            projects::slug,
            projects::description,
            projects::version,
        ))
        .first(conn)?)
}

fn here(scope: &Managing) -> String {
    let (account, project) = (scope.account(), scope.place());
    urls::project(&account.slug, &project.organization.slug, &project.slug)
}

fn page(scope: &Managing, typed: Typed, errors: Errors) -> SettingsPage {
    let project = here(scope);
    let active = scope.place().active;
    SettingsPage {
        shell: scope
            .shell("")
            .named(format!("{} settings", scope.account().word_singular))
            .here()
            .with_errors(&errors),
        errors,
        typed,
        active,
        action: format!("{project}/settings"),
        turn: format!("{project}/{}", if active { "archive" } else { "restore" }),
        cancel: project,
    }
}

/// The form.
pub async fn edit(gate: Manager, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |conn, scope| {
            Ok(page(scope, stored(conn, scope)?, Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// What became of the form.
enum Saved {
    Done(String, String),
    Refused(Box<SettingsPage>),
    Clash(Box<(Shell, Clash, Ways)>),
}

/// Changes name, short name and description.
pub async fn update(gate: Manager, form: Form, app: App) -> Result<HttpResponse> {
    let typed = Typed {
        name: form.text("name")?,
        slug: form.text("slug")?,
        description: form.text("description")?,
        version: clash::version(&form)?,
    };
    let saved = app
        .write(gate, move |conn, scope| save(conn, scope, &typed))
        .await?;
    match saved {
        Saved::Refused(page) => html::again(&app, &page.shell, &*page),
        Saved::Clash(clash) => {
            let (shell, clash, ways) = *clash;
            clash::respond(&app, &shell, &clash, &form, &ways)
        }
        Saved::Done(page, words) => Redirect::to(page).success(words).respond(&app),
    }
}

impl Typed {
    fn check(&self) -> std::result::Result<Self, Errors> {
        let mut errors = Errors::new();
        let name = errors.take("name", field::name("name", &self.name));
        let slug = errors.take("slug", field::slug("short name", &[], &self.slug));
        let description = field::paragraphs("description", DESCRIPTION, &self.description);
        let description = errors.take("description", description);
        match (name, slug, description) {
            (Some(name), Some(slug), Some(description)) => Ok(Self {
                name,
                slug,
                description,
                version: self.version,
            }),
            _ => Err(errors),
        }
    }
}

fn save(conn: &mut Conn, scope: &Managing, typed: &Typed) -> Result<Saved> {
    let again = |errors| Saved::Refused(Box::new(page(scope, typed.clone(), errors)));
    let new = match typed.check() {
        Ok(new) => new,
        Err(errors) => return Ok(again(errors)),
    };
    let before = stored(conn, scope)?;
    if before.version != typed.version {
        let clash = overtaken(conn, scope, (&before, typed))?;
        return Ok(Saved::Clash(Box::new(clash)));
    }
    let (account, project) = (scope.account(), scope.place());
    let within = (account.id, project.organization.id);
    if before.slug != new.slug {
        let free = super::free_slug(conn, within, project.id, &new.slug)?;
        if free != new.slug {
            return Ok(again(Naming::taken(&new.slug, &free)));
        }
        let named = Named::Project(within.0, within.1, project.id);
        slugs::give_up(conn, named, &before.slug, &new.slug, scope.now())?;
    }
    let row = projects::table
        .filter(projects::account_id.eq(account.id))
        .filter(projects::id.eq(project.id));
    diesel::update(row)
        .set((
            projects::name.eq(&new.name),
            projects::name_key.eq(fold(&new.name)),
            projects::slug.eq(&new.slug),
            projects::description.eq(&new.description),
            projects::version.eq(projects::version + 1),
        ))
        .execute(conn)?;
    let side =
        |it: &Typed| json!({ "name": it.name, "slug": it.slug, "description": it.description });
    let details = json!({ "before": side(&before), "after": side(&new) });
    record(conn, scope, Action::ProjectChanged, details)?;
    let page = urls::project(&account.slug, &project.organization.slug, &new.slug);
    Ok(Saved::Done(page, format!("{} was changed.", new.name)))
}

/// The page of both versions.
fn overtaken(
    conn: &mut Conn,
    scope: &Managing,
    (before, typed): (&Typed, &Typed),
) -> Result<(Shell, Clash, Ways)> {
    let target = (scope.account().id, Target::project(scope.place().id));
    let changes = [
        Action::ProjectChanged,
        Action::ProjectArchived,
        Action::ProjectRestored,
    ];
    let clash = Clash::read(conn, target, &changes, (before.version, scope.now()))?
        .field("Name", &before.name, &typed.name)
        .field("Short name in addresses", &before.slug, &typed.slug)
        .field(
            "Description",
            &before.description,
            typed.description.replace("\r\n", "\n"),
        );
    let project = here(scope);
    let page = page(scope, before.clone(), Errors::new());
    let ways = Ways {
        action: page.action,
        theirs: project,
    };
    Ok((page.shell, clash, ways))
}

fn record(
    conn: &mut Conn,
    scope: &Managing,
    action: Action,
    details: serde_json::Value,
) -> Result<()> {
    let project = scope.place();
    let event = scope
        .event(action)
        .in_organization(project.organization.id)
        .in_project(project.id)
        .on(Target::project(project.id))
        .details(details);
    Ok(crate::audit::record(conn, &event)?)
}

/// Archives the project.
pub async fn archive(gate: Manager, app: App) -> Result<HttpResponse> {
    turn(gate, app, false).await
}

/// Opens it again.
pub async fn restore(gate: Manager, app: App) -> Result<HttpResponse> {
    turn(gate, app, true).await
}

/// Doing what is done already changes nothing.
async fn turn(gate: Manager, app: App, active: bool) -> Result<HttpResponse> {
    let (page, name) = app
        .write(gate, move |conn, scope| {
            let project = scope.place();
            if project.active != active {
                let status = if active { "active" } else { "archived" };
                let row = projects::table
                    .filter(projects::account_id.eq(scope.account().id))
                    .filter(projects::id.eq(project.id));
                diesel::update(row)
                    .set((
                        projects::status.eq(status),
                        projects::version.eq(projects::version + 1),
                    ))
                    .execute(conn)?;
                let action = if active {
                    Action::ProjectRestored
                } else {
                    Action::ProjectArchived
                };
                record(conn, scope, action, json!({ "name": project.name }))?;
            }
            Ok((here(scope), project.name.clone()))
        })
        .await?;
    if active {
        return Redirect::to(page)
            .success(format!("{name} is open again, and its roles work."))
            .respond(&app);
    }
    let undo = format!("{page}/restore");
    Redirect::to(page)
        .success(format!("{name} was archived. Its roles do nothing now."))
        .undo(undo, &[])
        .respond(&app)
}
