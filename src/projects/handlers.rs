//! The pages of projects: new, front page, people.

mod list;

pub use list::{download, users, users_download};

use actix_web::HttpResponse;

use super::NewProject;
use super::pages::{NewProjectPage, ProjectPage, by_person};
use crate::access::gate::{Demand, Gate};
use crate::access::permission::{ProjectsManage, UsersManage, UsersView, Visible};
use crate::access::place::{Organization, Project};
use crate::access::resolve::Way;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::ProjectId;
use crate::error::Result;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::naming::Typed;
use crate::web::urls;
use crate::web::view::GivenRole;

/// New project.
pub async fn new(gate: Gate<Organization, ProjectsManage>, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |_, scope| {
            Ok(form_page(scope, Typed::default(), Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn form_page(
    scope: &Scope<Organization, ProjectsManage>,
    typed: Typed,
    errors: Errors,
) -> NewProjectPage {
    let (account, organization) = (scope.account(), scope.organization());
    NewProjectPage {
        shell: scope
            .shell("")
            .named(format!("New {}", account.word_singular.to_lowercase()))
            .here()
            .with_errors(&errors),
        errors,
        typed,
        action: urls::projects(&account.slug, &organization.slug),
        cancel: urls::organization(&account.slug, &organization.slug),
    }
}

/// What became of the form.
enum Made {
    Project { page: String, word: String },
    Refused(Box<NewProjectPage>),
}

/// Makes a project.
pub async fn create(
    gate: Gate<Organization, ProjectsManage>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = Typed::read(&form)?;
    let name = typed.name.trim().to_owned();
    let id = ProjectId::new();
    let made = app
        .write(gate, move |conn, scope| make(conn, scope, id, &typed))
        .await?;
    match made {
        Made::Refused(page) => html::again(&app, &page.shell, &*page),
        Made::Project { page, word } => Redirect::to(page)
            .success(format!("{word} {name} was created."))
            .respond(&app),
    }
}

fn make(
    conn: &mut Conn,
    scope: &Scope<Organization, ProjectsManage>,
    id: ProjectId,
    typed: &Typed,
) -> Result<Made> {
    let again = |errors| Made::Refused(Box::new(form_page(scope, typed.clone(), errors)));
    let checked = match typed.check("project") {
        Ok(checked) => checked,
        Err(errors) => return Ok(again(errors)),
    };
    let within = (scope.account().id, scope.organization().id);
    let free = super::free_slug(conn, within, id, &checked.slug)?;
    if !checked.made && free != checked.slug {
        return Ok(again(Typed::taken(&checked.slug, &free)));
    }
    let new = NewProject {
        id,
        name: checked.name,
        slug: free,
    };
    let (account, organization) = (scope.account(), scope.organization());
    Ok(match super::create(conn, scope, &new)? {
        Ok(()) => Made::Project {
            page: urls::project(&account.slug, &organization.slug, &new.slug),
            word: account.word_singular.clone(),
        },
        Err(super::SlugTaken) => again(Typed::taken(&new.slug, &new.slug)),
    })
}

/// How many people a project's own page names.
const FIRST: usize = 5;

/// Enough rows for them, whatever the roles of each.
const FIRST_ROWS: i64 = 45;

/// A project's page.
pub async fn show(gate: Gate<Project, Visible>, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |conn, scope| {
            let mut people = Vec::new();
            if scope.also(UsersView) {
                let rows = super::people(conn, scope, (scope.place().id, FIRST_ROWS))?;
                people = by_person(&scope.account().slug, scope.person().id, rows, scope.now());
                people.truncate(FIRST);
            }
            let (account, project) = (scope.account(), scope.place());
            let users =
                urls::project_users(&account.slug, &project.organization.slug, &project.slug);
            Ok(ProjectPage {
                shell: scope.shell("").named(&project.name).here(),
                roles: own_roles(scope),
                active: project.active,
                people,
                users: scope.also(UsersView).then_some(users),
                add: add(scope),
                settings: scope.offers(ProjectsManage).then(|| {
                    let organization = &project.organization.slug;
                    urls::project_settings(&account.slug, organization, &project.slug)
                }),
                description: super::description(conn, scope)?,
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// Where people are added to the project, for who may.
pub(super) fn add<A: Demand>(scope: &Scope<Project, A>) -> Option<String> {
    let (account, project) = (scope.account(), scope.place());
    let href = || urls::add_to_project(&account.slug, &project.organization.slug, &project.slug);
    (project.active && scope.offers(UsersManage)).then(href)
}

/// One's own roles that reach the project, each with the widest place it comes from.
fn own_roles<A: Demand>(scope: &Scope<Project, A>) -> Vec<GivenRole> {
    let place = |way: &Way| match way {
        Way::Direct => String::new(),
        Way::Account => scope.account().name.clone(),
        Way::Group(_) => "a group of organizations".into(),
        Way::Ancestor(_) => format!("an organization above {}", scope.place().organization.name),
        Way::Organization(_) => scope.place().organization.name.clone(),
    };
    let roles = scope.resolution().paths.iter().map(|path| GivenRole {
        label: path.role.label().to_owned(),
        place: place(&path.way),
        description: scope.account().says_of(scope.role_table(), &path.role),
    });
    roles.collect()
}
