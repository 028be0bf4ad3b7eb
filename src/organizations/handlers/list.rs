//! Organizations in lists: Account Organizations with *Set Organization*, the same as CSV, and the switcher.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::pages::{OrganizationRow, OrganizationsPage, SwitchEntry, SwitcherPage};
use super::super::{
    HeldThere, LIST, Listed, MOST_COUNTED, counted, held_in, keeping, page, roles_in, select,
    selected,
};
use super::remember;
use crate::access::gate::{Demand, Gate};
use crate::access::permission::{AccountView, OrganizationsManage, PermissionSet, Visible};
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::OrganizationId;
use crate::error::Result;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::list::csv::{self, Cell, Field, Style};
use crate::web::list::{Asked, Face, Found};
use crate::web::urls;

/// What can be searched for.
const FIND: &str = "Find an organization by its name, short name or id";

type Asking = Asked<OrganizationId>;

/// Account Organizations.
pub async fn index(gate: Gate<Whole, Visible>, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &LIST)?.sorted_here_if_narrowed();
    let page = app
        .read(asked.before(gate), move |conn, scope| {
            list(conn, scope, &asked, Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn list(
    conn: &mut Conn,
    scope: &Scope<Whole, Visible>,
    asked: &Asking,
    errors: Errors,
) -> Result<OrganizationsPage> {
    let account = scope.account();
    let selected = selected(conn, scope.standing(), scope.now())?;
    let found = page(conn, scope, asked)?;
    let roles = roles(conn, scope, &found.rows)?;
    let is_selected = |row: &Listed| selected.as_ref().is_some_and(|chosen| chosen.id == row.id);
    let row = |(row, role): (&Listed, String)| OrganizationRow {
        id: row.id.to_string(),
        name: row.name.clone(),
        slug: row.slug.clone(),
        href: urls::organization(&account.slug, &row.slug),
        role,
        selected: is_selected(row),
    };
    let path = urls::organizations(&account.slug);
    let face = Face {
        path: &path,
        noun: "organizations",
        find: FIND,
        columns: &[
            ("Name", "name"),
            ("Short name in addresses", "slug"),
            ("Your role", ""),
        ],
        csv: Some(&format!("{path}.csv")),
        options: Vec::new(),
    };
    Ok(OrganizationsPage {
        rows: found.rows.iter().zip(roles).map(row).collect(),
        list: asked.frame(&found, face),
        part: part(scope, asked, &found),
        shell: scope
            .shell("Account Organizations")
            .here()
            .with_errors(&errors),
        errors,
        back_to: keeping::name_of(&account.slug, &account.word_plural, asked.return_to()),
        return_to: asked.return_to().to_owned(),
        selected: selected.map(|chosen| chosen.name),
        can_create: scope.also(OrganizationsManage),
        can_restore: scope.somewhere(OrganizationsManage),
    })
}

/// Who is not in the whole account is told that there may be more than what they see.
fn part<A: Demand>(
    scope: &Scope<Whole, A>,
    asked: &Asking,
    found: &Found<Listed, OrganizationId>,
) -> Option<String> {
    let in_all =
        scope.also(AccountView) || scope.also(crate::access::permission::OrganizationsView);
    if in_all || !asked.is_whole() || !asked.is_first() || found.rows.is_empty() {
        return None;
    }
    let seen = i64::try_from(found.rows.len()).unwrap_or(i64::MAX);
    Some(if found.next.is_some() {
        "You see some of the organizations in this account.".into()
    } else {
        let organizations = if seen == 1 {
            "1".to_owned()
        } else {
            seen.to_string()
        };
        format!("You see {organizations} of the organizations in this account.")
    })
}

fn roles<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    rows: &[Listed],
) -> Result<Vec<String>> {
    let ids: Vec<OrganizationId> = rows.iter().map(|row| row.id).collect();
    roles_in(conn, scope.grants(), &ids, scope.now())
}

fn held<A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, A>,
    ids: &[OrganizationId],
) -> Result<Vec<HeldThere>> {
    held_in(conn, app.roles(), scope.grants(), ids, scope.now())
}

/// The columns of the CSV.
const FIELDS: &[Field] = &[
    ("name", "Name"),
    ("slug", "Short name in addresses"),
    ("id", "Id"),
    ("roles", "Your role"),
];

/// Account Organizations as CSV.
pub async fn download(gate: Gate<Whole, Visible>, query: Query, app: App) -> Result<HttpResponse> {
    let asked = (
        Asked::read(&query, &LIST)?.sorted_here_if_narrowed(),
        Style::read(&query)?,
    );
    csv::export(app, gate, asked, FIELDS, |conn, scope, asked| {
        let found = page(conn, scope, asked)?;
        let mut roles = roles(conn, scope, &found.rows)?.into_iter();
        Ok(found.map(|row| {
            let role = roles.next().unwrap_or_default();
            let cells: Vec<Cell> = vec![
                row.name.into(),
                row.slug.into(),
                row.id.to_string().into(),
                role.into(),
            ];
            cells
        }))
    })
    .await
}

/// *Set Organization*. What cannot be seen is not found, whether or not it exists.
pub async fn set(
    gate: Gate<Whole, Visible>,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&form, &LIST)?.sorted_here_if_narrowed();
    let Ok(id) = form.text("organization")?.parse::<OrganizationId>() else {
        let mut errors = Errors::new();
        errors.add("organization", "Select an organization");
        let page = app
            .read(asked.before(gate), move |conn, scope| {
                list(conn, scope, &asked, errors)
            })
            .await?;
        return html::again(&app, &page.shell, &page);
    };
    let account = gate.account_slug().to_owned();
    let inside = app.clone();
    let (chosen, held) = app
        .write(gate, move |conn, scope| {
            let chosen = select(conn, scope, id)?;
            let held = held(conn, &inside, scope, &[chosen.id])?.pop();
            let held = held.map_or(PermissionSet::EMPTY, |held| held.permissions);
            Ok((chosen, held))
        })
        .await?;
    let to = keeping::after_setting(&account, &chosen.slug, asked.return_to(), held);
    let mut response = Redirect::to(to)
        .success(format!(
            "{} is now your selected organization.",
            chosen.name
        ))
        .respond(&app)?;
    remember(&mut response, (&app, &request), &account, &chosen.slug)?;
    Ok(response)
}

/// The switcher: a page of links to the same page elsewhere, or its list alone for the menu. Stores nothing (S7).
pub async fn switcher(gate: Gate<Whole, Visible>, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &LIST)?.unsorted();
    let is_partial = gate.visit().is_partial();
    let inside = app.clone();
    let page = app
        .read(asked.before(gate), move |conn, scope| {
            choices(conn, &inside, scope, &asked)
        })
        .await?;
    if is_partial {
        return Ok(html::fragment(page.as_list().render()?));
    }
    html::ok(&app, &page.shell, &page)
}

fn choices(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Visible>,
    asked: &Asking,
) -> Result<SwitcherPage> {
    let account = &scope.account().slug;
    let selected = selected(conn, scope.standing(), scope.now())?;
    let found = page(conn, scope, asked)?;
    let ids: Vec<OrganizationId> = found.rows.iter().map(|row| row.id).collect();
    let held = held(conn, app, scope, &ids)?;
    let entries = found.rows.iter().zip(held).map(|(row, held)| SwitchEntry {
        name: row.name.clone(),
        href: keeping::entry(account, &row.slug, asked.return_to(), held.permissions),
        role: held.roles,
        selected: selected.as_ref().is_some_and(|chosen| chosen.id == row.id),
    });
    let face = Face {
        path: &urls::switcher(account),
        noun: "organizations",
        find: FIND,
        columns: &[],
        csv: None,
        options: Vec::new(),
    };
    let see_all = match counted(conn, scope)? {
        Some(number) => format!("See all {number}"),
        None => format!("See all (more than {MOST_COUNTED})"),
    };
    Ok(SwitcherPage {
        see_all,
        entries: entries.collect(),
        shell: scope.shell("Choose an organization").here(),
        list: asked.frame(&found, face),
        all: see_all_at(account, asked.return_to()),
    })
}

/// Account Organizations, from where one comes back.
fn see_all_at(account: &str, return_to: &str) -> String {
    let list = urls::organizations(account);
    if return_to.is_empty() {
        list
    } else {
        format!("{list}?return={}", urls::query(return_to))
    }
}
