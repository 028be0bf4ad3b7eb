//! The pages of organizations: list and *Set Organization*, new, dashboard, switcher.

mod list;

pub use list::{download, index, set, switcher};

use actix_web::{HttpRequest, HttpResponse};

use super::NewOrganization;
use super::pages::{NewOrganizationPage, OrganizationPage, ProjectCard};
use crate::access::gate::Gate;
use crate::access::grant::Scoped;
use crate::access::permission::{OrganizationsManage, ProjectsManage, Visible};
use crate::access::place::{Organization, Whole};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{OrganizationId, ProjectId};
use crate::error::{Error, Result};
use crate::projects;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::list::{Asked, Face};
use crate::web::naming::Typed;
use crate::web::{last_place, urls, view};

/// The browser keeps where it was last; `/` leads there.
pub(super) fn remember(
    response: &mut HttpResponse,
    (app, request): (&App, &HttpRequest),
    account: &str,
    organization: &str,
) -> Result<()> {
    let secure = app.config().public_url.is_https();
    response
        .add_cookie(&last_place::cookie(
            request,
            (account, organization),
            secure,
        ))
        .map_err(|cause| Error::Internal(Box::new(cause)))
}

/// New organization.
pub async fn new(gate: Gate<Whole, OrganizationsManage>, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |_, scope| {
            Ok(form_page(scope, Typed::default(), Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn form_page(
    scope: &Scope<Whole, OrganizationsManage>,
    typed: Typed,
    errors: Errors,
) -> NewOrganizationPage {
    let list = urls::organizations(&scope.account().slug);
    NewOrganizationPage {
        shell: scope
            .shell("New organization")
            .crumb("Account Organizations", &list)
            .here()
            .with_errors(&errors),
        errors,
        typed,
        below: None,
        action: list.clone(),
        cancel: list,
    }
}

/// What became of the form.
enum Made {
    Organization(String),
    Refused(Box<NewOrganizationPage>),
}

/// Makes an organization.
pub async fn create(
    gate: Gate<Whole, OrganizationsManage>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = Typed::read(&form)?;
    let account = gate.account_slug().to_owned();
    let id = OrganizationId::new();
    let name = typed.name.trim().to_owned();
    let made = app
        .write(gate, move |conn, scope| make(conn, scope, id, &typed))
        .await?;
    match made {
        Made::Refused(page) => html::again(&app, &page.shell, &*page),
        Made::Organization(slug) => Redirect::to(urls::organization(&account, &slug))
            .success(format!("Organization {name} was created."))
            .respond(&app),
    }
}

fn make(
    conn: &mut Conn,
    scope: &Scope<Whole, OrganizationsManage>,
    id: OrganizationId,
    typed: &Typed,
) -> Result<Made> {
    let again = |errors| Made::Refused(Box::new(form_page(scope, typed.clone(), errors)));
    let checked = match typed.check("organization") {
        Ok(checked) => checked,
        Err(errors) => return Ok(again(errors)),
    };
    let free = super::free_slug(conn, scope.account().id, id, &checked.slug)?;
    if !checked.made && free != checked.slug {
        return Ok(again(Typed::taken(&checked.slug, &free)));
    }
    let new = NewOrganization {
        id,
        name: checked.name,
        slug: free,
        description: String::new(),
        parent: None,
    };
    Ok(match super::create(conn, scope, &new)? {
        Ok(()) => Made::Organization(new.slug),
        Err(super::SlugTaken) => again(Typed::taken(&new.slug, &new.slug)),
    })
}

/// An organization's front page: its projects.
pub async fn show(
    gate: Gate<Organization, Visible>,
    request: HttpRequest,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &projects::LIST)?;
    let account = gate.account_slug().to_owned();
    // What lies below is put in order as it is read.
    let gate = if asked.filter("below").is_some() {
        gate.unbounded()
    } else {
        gate
    };
    let inside = app.clone();
    let (slug, page) = app
        .read(gate, move |conn, scope| {
            let page = dashboard(conn, &inside, scope, &asked)?;
            Ok((scope.organization().slug.clone(), page))
        })
        .await?;
    let mut response = html::ok(&app, &page.shell, &page)?;
    remember(&mut response, (&app, &request), &account, &slug)?;
    Ok(response)
}

fn dashboard(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Organization, Visible>,
    asked: &Asked<ProjectId>,
) -> Result<OrganizationPage> {
    let (account, organization) = (scope.account(), scope.organization());
    let shell = scope.shell("").named(&organization.name).here();
    let found = projects::page(conn, scope, asked)?;
    let path = urls::organization(&account.slug, &organization.slug);
    let face = Face {
        path: &path,
        noun: &account.word_plural.to_lowercase(),
        find: &format!("Find in {}", account.word_plural.to_lowercase()),
        columns: &[],
        csv: Some(&format!(
            "{}.csv",
            urls::projects(&account.slug, &organization.slug)
        )),
        options: Vec::new(),
    };
    let mut roles: Vec<&str> = scope
        .resolution()
        .paths
        .iter()
        .map(|path| path.role.label())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    let elsewhere = elsewhere(conn, app, scope, &found.rows)?;
    let archived = asked.filter("status").is_some();
    let people = projects::counted(conn, scope, &found.rows, !archived)?;
    let card = |project: &projects::Listed| {
        let here = project.organization_id == organization.id;
        let opens = here || elsewhere.contains(&project.id);
        let href = || urls::project(&account.slug, &project.organization_slug, &project.slug);
        ProjectCard {
            name: project.name.clone(),
            href: opens.then(href),
            slug: project.slug.clone(),
            organization: (!here).then(|| project.organization.clone()),
            people: people.get(&project.id).copied().map(view::people),
        }
    };
    let below = if asked.filter("below").is_some() {
        asked.clone().without("below")
    } else {
        asked.clone().with("below", "1")
    };
    let below = projects::sees_all(scope).then(|| below.href(&path));
    Ok(OrganizationPage {
        shell,
        projects: found.rows.iter().map(card).collect(),
        archived,
        deep: asked.filter("below").is_some() && below.is_some(),
        below,
        list: asked.frame(&found, face),
        create: scope
            .offers(ProjectsManage)
            .then(|| urls::new_project(&account.slug, &organization.slug)),
        role: roles.join(", "),
    })
}

/// Which of these projects, as far as they lie in organizations below, the person may open there: a grant reaches the
/// organization or the project itself (rule 5).
fn elsewhere(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Organization, Visible>,
    rows: &[projects::Listed],
) -> Result<Vec<ProjectId>> {
    let here = scope.organization().id;
    let below = rows.iter().filter(|row| row.organization_id != here);
    let mut ids: Vec<OrganizationId> = below.clone().map(|row| row.organization_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (grants, now) = (scope.grants(), scope.now());
    let held = super::held_in(conn, app.roles(), grants, &ids, now)?;
    let open: Vec<OrganizationId> = ids
        .into_iter()
        .zip(held)
        .filter(|(_, held)| !held.roles.is_empty())
        .map(|(id, _)| id)
        .collect();
    let mut own = grants.iter().filter(|grant| grant.in_force(now));
    let named: Vec<ProjectId> = own
        .by_ref()
        .filter_map(|grant| match grant.scope {
            Scoped::Project { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    Ok(below
        .filter(|row| open.contains(&row.organization_id) || named.contains(&row.id))
        .map(|row| row.id)
        .collect())
}
