//! The pages of organizations: list and *Set Organization*, new, dashboard, switcher.

use actix_web::HttpResponse;
use askama::Template;

use super::pages::{
    NewOrganizationPage, OrganizationPage, OrganizationRow, OrganizationsPage, ProjectCard,
    SwitchEntry, SwitcherPage,
};
use super::{Listed, NewOrganization, keeping};
use crate::access::gate::{Demand, Gate};
use crate::access::permission::{OrganizationsManage, ProjectsManage, Visible};
use crate::access::place::{Organization, Whole};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::OrganizationId;
use crate::error::{Error, Result};
use crate::projects;
use crate::web::flash::{Flash, Kind};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::naming::{Typed, looks_like_slug};
use crate::web::page::{After, Page};
use crate::web::view::{Column, Pager};
use crate::web::{last_place, urls};

/// Lists of more entries than this get a search field.
const FILTER_FROM: usize = 7;

/// What is asked of Account Organizations.
#[derive(Clone, Debug, Default)]
struct Asked {
    q: String,
    return_to: String,
    after: Option<After<OrganizationId>>,
}

impl Asked {
    fn read(query: &Form) -> Result<Self> {
        let return_to = query.text("return")?;
        Ok(Self {
            q: query.search("q")?,
            // "/" is what remains of an address that is none of ours.
            return_to: match html::safe_return(&return_to) {
                "/" => String::new(),
                path => path.to_owned(),
            },
            after: After::read(&query.text("after")?, &query.text("id")?),
        })
    }
}

/// Account Organizations.
pub async fn index(gate: Gate<Whole, Visible>, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query)?;
    let page = app
        .read(gate, move |conn, scope| {
            list(conn, scope, asked, Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn list(
    conn: &mut Conn,
    scope: &Scope<Whole, Visible>,
    asked: Asked,
    errors: Errors,
) -> Result<OrganizationsPage> {
    let account = scope.account();
    let selected = super::selected(conn, scope.standing(), scope.now())?;
    let found = super::page(conn, scope, &asked.q, asked.after.clone())?;
    let roles = roles_in(conn, scope, &found.rows)?;
    let pager = next_page(&urls::organizations(&account.slug), &asked, &found);
    let is_filterable =
        found.rows.len() > FILTER_FROM || !asked.q.is_empty() || asked.after.is_some();
    let is_selected = |row: &Listed| selected.as_ref().is_some_and(|chosen| chosen.id == row.id);
    let rows = found
        .rows
        .iter()
        .zip(roles)
        .map(|(row, role)| OrganizationRow {
            id: row.id.to_string(),
            name: row.name.clone(),
            slug: row.slug.clone(),
            href: urls::organization(&account.slug, &row.slug),
            role,
            selected: is_selected(row),
        });
    let columns = ["Name", "Short name in addresses", "Your role"];
    Ok(OrganizationsPage {
        rows: rows.collect(),
        shell: scope
            .shell("Account Organizations")
            .here()
            .with_errors(&errors),
        errors,
        filterable: is_filterable,
        back_to: keeping::name_of(&account.slug, &account.word_plural, &asked.return_to),
        q: asked.q,
        return_to: asked.return_to,
        selected: selected.map(|chosen| chosen.name),
        can_create: scope.also(OrganizationsManage),
        columns: columns.map(Column::plain).to_vec(),
        pager,
    })
}

fn roles_in<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    rows: &[Listed],
) -> Result<Vec<String>> {
    let ids: Vec<OrganizationId> = rows.iter().map(|row| row.id).collect();
    super::roles_in(conn, scope.grants(), &ids, scope.now())
}

/// The link to the rows behind these; none when there are none, and a link back to the first page behind it.
fn next_page(path: &str, asked: &Asked, found: &Page<Listed>) -> Option<Pager> {
    let last = found.rows.last().filter(|_| found.more);
    let next = last.map(|last| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &asked.q), ("return", &asked.return_to)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("after", &last.name_key);
        query.append_pair("id", &last.id.to_string());
        format!("{path}?{}", query.finish())
    });
    (next.is_some() || asked.after.is_some()).then(|| Pager {
        text: if next.is_some() {
            "By name"
        } else {
            "The last ones by name"
        }
        .into(),
        previous: None,
        next,
    })
}

/// *Set Organization*. What cannot be seen is not found, whether or not it exists.
pub async fn set(gate: Gate<Whole, Visible>, form: Form, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&form)?;
    let Ok(id) = form.text("organization")?.parse::<OrganizationId>() else {
        let mut errors = Errors::new();
        errors.add("organization", "Select an organization");
        let page = app
            .read(gate, move |conn, scope| list(conn, scope, asked, errors))
            .await?;
        return html::again(&app, &page.shell, &page);
    };
    let account = gate.account_slug().to_owned();
    let chosen = app
        .write(gate, move |conn, scope| super::select(conn, scope, id))
        .await?;
    let to = keeping::after_setting(&account, &chosen.slug, &asked.return_to);
    let mut response = Redirect::to(to)
        .success(format!(
            "{} is now your selected organization.",
            chosen.name
        ))
        .respond(&app)?;
    remember(&mut response, &app, &account, &chosen.slug)?;
    Ok(response)
}

/// The browser keeps where it was last; `/` leads there.
fn remember(
    response: &mut HttpResponse,
    app: &App,
    account: &str,
    organization: &str,
) -> Result<()> {
    let secure = app.config().public_url.is_https();
    response
        .add_cookie(&last_place::cookie(account, organization, secure))
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
    let free = super::free_slug(conn, scope.account().id, &checked.slug)?;
    if !checked.made && free != checked.slug {
        return Ok(again(Typed::taken(&checked.slug, &free)));
    }
    let new = NewOrganization {
        id,
        name: checked.name,
        slug: free,
        description: String::new(),
    };
    Ok(match super::create(conn, scope, &new)? {
        Ok(()) => Made::Organization(new.slug),
        Err(super::SlugTaken) => again(Typed::taken(&new.slug, &new.slug)),
    })
}

/// An organization's front page: its projects.
pub async fn show(
    gate: Gate<Organization, Visible>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let (q, from) = (query.search("q")?, query.text("from")?);
    let after = After::read(&query.text("after")?, &query.text("id")?);
    let account = gate.account_slug().to_owned();
    let (slug, page) = app
        .read(gate, move |conn, scope| {
            let page = dashboard(conn, scope, q, after, &from)?;
            Ok((scope.organization().slug.clone(), page))
        })
        .await?;
    let mut response = html::ok(&app, &page.shell, &page)?;
    remember(&mut response, &app, &account, &slug)?;
    Ok(response)
}

fn dashboard(
    conn: &mut Conn,
    scope: &Scope<Organization, Visible>,
    q: String,
    after: Option<After<crate::db::types::ProjectId>>,
    from: &str,
) -> Result<OrganizationPage> {
    let (account, organization) = (scope.account(), scope.organization());
    let mut shell = scope.shell("").named(&organization.name).here();
    if let Some((there, project)) = from.split_once('/')
        && looks_like_slug(there)
        && looks_like_slug(project)
    {
        let other = projects::visible_name(conn, scope.standing(), (there, project), scope.now())?;
        if let Some((project, home)) = other {
            let notice = format!(
                "{project} belongs to {home}. These are {}'s {}.",
                organization.name,
                account.word_plural.to_lowercase()
            );
            shell.flash = Some(beside(shell.flash, notice));
        }
    }
    let found = projects::page(conn, scope, &q, after.clone())?;
    let front = urls::organization(&account.slug, &organization.slug);
    let next = found.rows.last().filter(|_| found.more).map(|last| {
        let id = last.id.to_string();
        let pairs = [("q", &q), ("after", &last.name_key), ("id", &id)];
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()))
            .finish();
        format!("{front}?{query}")
    });
    let mut roles: Vec<&str> = scope
        .resolution()
        .paths
        .iter()
        .map(|path| path.role.label())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    let card = |project: &projects::Listed| ProjectCard {
        name: project.name.clone(),
        href: urls::project(&account.slug, &organization.slug, &project.slug),
        slug: project.slug.clone(),
    };
    Ok(OrganizationPage {
        shell,
        projects: found.rows.iter().map(card).collect(),
        filterable: found.rows.len() > FILTER_FROM || !q.is_empty() || after.is_some(),
        q,
        create: scope
            .also(ProjectsManage)
            .then(|| urls::new_project(&account.slug, &organization.slug)),
        role: roles.join(", "),
        pager: (next.is_some() || after.is_some()).then(|| Pager {
            text: if next.is_some() {
                "By name"
            } else {
                "The last ones by name"
            }
            .into(),
            previous: None,
            next,
        }),
    })
}

/// A notice, or the sentence that was to be said anyway with the notice behind it.
fn beside(said: Option<Flash>, notice: String) -> Flash {
    match said {
        Some(said) => Flash {
            text: format!("{} {notice}", said.text),
            ..said
        },
        None => Flash {
            kind: Kind::Notice,
            text: notice,
            link: None,
        },
    }
}

/// The switcher: a page of links to the same page elsewhere, or its list alone for the menu. Stores nothing (S7).
pub async fn switcher(gate: Gate<Whole, Visible>, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query)?;
    let is_partial = gate.visit().is_partial();
    let page = app
        .read(gate, move |conn, scope| choices(conn, scope, asked))
        .await?;
    if is_partial {
        return Ok(html::fragment(page.as_list().render()?));
    }
    html::ok(&app, &page.shell, &page)
}

fn choices(conn: &mut Conn, scope: &Scope<Whole, Visible>, asked: Asked) -> Result<SwitcherPage> {
    let account = &scope.account().slug;
    let selected = super::selected(conn, scope.standing(), scope.now())?;
    let found = super::page(conn, scope, &asked.q, None)?;
    let roles = roles_in(conn, scope, &found.rows)?;
    let entries = found.rows.iter().zip(roles).map(|(row, role)| SwitchEntry {
        name: row.name.clone(),
        href: keeping::entry(account, &row.slug, &asked.return_to),
        role,
        selected: selected.as_ref().is_some_and(|chosen| chosen.id == row.id),
    });
    Ok(SwitcherPage {
        entries: entries.collect(),
        shell: scope.shell("Choose an organization").here(),
        q: asked.q,
        return_to: asked.return_to,
        more: found.more,
        all: urls::organizations(account),
    })
}
