//! What was put away: the lists of archived and of deleted organizations, and the same as CSV.

use actix_web::HttpResponse;
use askama::Template;
use diesel::prelude::*;
use std::collections::BTreeMap;

use super::ending::{self, Deleted};
use super::purging::KEPT_DAYS;
use crate::access::gate::{Demand, Gate, Somewhere};
use crate::access::permission::{OrganizationsManage, Visible};
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::schema::organizations;
use crate::db::types::{OrganizationId, Ts};
use crate::db::{Conn, among};
use crate::error::Result;
use crate::organizations::{Listed, Seen, page_of, seen};
use crate::web::form::Query;
use crate::web::html;
use crate::web::list::csv::{self, Cell, Field, Style};
use crate::web::list::{Asked, Face, Found, Frame, List, Sort};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::{day, relative};

const NAME: Sort = Sort {
    name: "name",
    falling: false,
};
const SORTS: &[Sort] = &[Sort {
    name: "slug",
    falling: false,
}];

/// The archived organizations, as a list.
static ARCHIVED: List = List {
    name: "archived-organizations",
    filters: &[],
    sort: NAME,
    sorts: SORTS,
};

/// The deleted ones.
static DELETED: List = List {
    name: "deleted-organizations",
    filters: &[],
    sort: NAME,
    sorts: SORTS,
};

/// What can be searched for.
const FIND: &str = "Find an organization by its name, short name or id";

type Asking = Asked<OrganizationId>;
type Shelved = Found<Listed, OrganizationId>;

/// The archived organizations of an account that the person sees.
#[derive(Template)]
#[template(path = "tree/archived.html")]
pub struct ArchivedPage {
    shell: Shell,
    /// Name, short name and front page of each.
    rows: Vec<(String, String, String)>,
    /// What stands around them.
    list: Frame,
    /// The active ones.
    active: String,
    /// Where the deleted ones are; none: one may not have them back.
    deleted: Option<String>,
}

fn archived_ones<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    asked: &Asking,
) -> Result<Shelved> {
    let seen = seen(conn, scope.grants(), scope.now())?;
    page_of(conn, scope.account().id, (&seen, "archived"), asked)
}

/// The archived ones.
pub async fn archived(gate: Gate<Whole, Visible>, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &ARCHIVED)?.sorted_here_if_narrowed();
    let page = app
        .read(asked.before(gate), move |conn, scope| {
            let found = archived_ones(conn, scope, &asked)?;
            let account = &scope.account().slug;
            let path = urls::archived_organizations(account);
            let face = Face {
                path: &path,
                noun: "archived organizations",
                find: FIND,
                columns: &[("Name", "name"), ("Short name in addresses", "slug")],
                csv: Some(&format!("{path}.csv")),
                options: Vec::new(),
            };
            let active = urls::organizations(account);
            let row = |row: &Listed| {
                let href = urls::organization(account, &row.slug);
                (row.name.clone(), row.slug.clone(), href)
            };
            Ok(ArchivedPage {
                shell: scope
                    .shell("Archived organizations")
                    .crumb("Account Organizations", &active)
                    .here(),
                rows: found.rows.iter().map(row).collect(),
                list: asked.frame(&found, face),
                active,
                deleted: scope
                    .somewhere(OrganizationsManage)
                    .then(|| urls::deleted_organizations(account)),
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The columns of the CSV of archived ones.
const FIELDS: &[Field] = &[
    ("name", "Name"),
    ("slug", "Short name in addresses"),
    ("id", "Id"),
];

fn cells(row: Listed) -> Vec<Cell> {
    vec![row.name.into(), row.slug.into(), row.id.to_string().into()]
}

/// The archived ones as CSV.
pub async fn archived_download(
    gate: Gate<Whole, Visible>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &ARCHIVED)?.sorted_here_if_narrowed();
    let asked = (asked, Style::read(&query)?);
    csv::export(app, gate, asked, FIELDS, |conn, scope, asked| {
        Ok(archived_ones(conn, scope, asked)?.map(cells))
    })
    .await
}

type Manager = Scope<Whole, Somewhere<OrganizationsManage>>;

/// A deleted organization in the list.
#[derive(Clone, Debug)]
pub struct DeletedRow {
    id: String,
    name: String,
    slug: String,
    deleted: String,
    until: String,
}

/// The deleted organizations of an account.
#[derive(Template)]
#[template(path = "tree/deleted.html")]
pub struct DeletedPage {
    shell: Shell,
    rows: Vec<DeletedRow>,
    /// What stands around them.
    list: Frame,
    days: i64,
    /// The active ones.
    active: String,
    archived: String,
    action: String,
}

/// Which deleted ones the person may have back: all, by a right in the whole account; else each is asked for.
fn mine(conn: &mut Conn, app: &App, scope: &Manager) -> Result<Seen> {
    if scope.also(OrganizationsManage) {
        return Ok(Seen::All);
    }
    let rows: Vec<Deleted> = organizations::table
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::status.eq("deleted"))
        .select((
            organizations::id,
            organizations::slug,
            organizations::name,
            organizations::parent_id,
            organizations::deleted_at,
            organizations::archived_at,
        ))
        .load(conn)?;
    let mine = ending::may_restore(conn, app, scope, rows)?;
    Ok(Seen::These(mine.iter().map(|row| row.id).collect()))
}

type When = BTreeMap<OrganizationId, Option<Ts>>;

/// A page of them, and when each was deleted.
fn deleted_ones(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    asked: &Asking,
) -> Result<(Shelved, When)> {
    let mine = mine(conn, app, scope)?;
    let found = page_of(conn, scope.account().id, (&mine, "deleted"), asked)?;
    let ids: Vec<OrganizationId> = found.rows.iter().map(|row| row.id).collect();
    let when: Vec<(OrganizationId, Option<Ts>)> = organizations::table
        .filter(among(organizations::id, &ids))
        .select((organizations::id, organizations::deleted_at))
        .load(conn)?;
    Ok((found, when.into_iter().collect()))
}

/// When one goes for good.
fn until(at: Ts) -> Ts {
    at.plus(chrono::Duration::days(KEPT_DAYS))
}

/// The deleted ones that the person may have back.
pub async fn deleted(
    gate: Gate<Whole, Somewhere<OrganizationsManage>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &DELETED)?.sorted_here_if_narrowed();
    let inner = app.clone();
    let page = app
        .read(asked.before(gate), move |conn, scope| {
            deleted_page(conn, &inner, scope, &asked)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn deleted_page(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    asked: &Asking,
) -> Result<DeletedPage> {
    let (found, when) = deleted_ones(conn, app, scope, asked)?;
    let now = scope.now();
    let row = |row: &Listed| {
        let at = when.get(&row.id).copied().flatten().unwrap_or(now);
        DeletedRow {
            id: row.id.to_string(),
            name: row.name.clone(),
            slug: row.slug.clone(),
            deleted: relative(at, now),
            until: day(until(at)),
        }
    };
    let account = &scope.account().slug;
    let path = urls::deleted_organizations(account);
    let face = Face {
        path: &path,
        noun: "deleted organizations",
        find: FIND,
        columns: &[
            ("Name", "name"),
            ("Short name in addresses", "slug"),
            ("Deleted", ""),
            ("Goes for good", ""),
            ("Actions", ""),
        ],
        csv: Some(&format!("{path}.csv")),
        options: Vec::new(),
    };
    let active = urls::organizations(account);
    Ok(DeletedPage {
        shell: scope
            .shell("Deleted organizations")
            .crumb("Account Organizations", &active)
            .here(),
        rows: found.rows.iter().map(row).collect(),
        list: asked.frame(&found, face),
        days: KEPT_DAYS,
        active,
        archived: urls::archived_organizations(account),
        action: urls::restore_organization(account),
    })
}

/// The columns of the CSV of deleted ones.
const DELETED_FIELDS: &[Field] = &[
    ("name", "Name"),
    ("slug", "Short name in addresses"),
    ("id", "Id"),
    ("deleted_at", "Deleted"),
    ("until", "Goes for good"),
];

/// The deleted ones as CSV.
pub async fn deleted_download(
    gate: Gate<Whole, Somewhere<OrganizationsManage>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &DELETED)?.sorted_here_if_narrowed();
    let asked = (asked, Style::read(&query)?);
    let inner = app.clone();
    csv::export(
        app,
        gate,
        asked,
        DELETED_FIELDS,
        move |conn, scope, asked| {
            let (found, when) = deleted_ones(conn, &inner, scope, asked)?;
            Ok(found.map(|row| {
                let at = when.get(&row.id).copied().flatten();
                let mut cells = cells(row);
                cells.push(at.into());
                cells.push(at.map(until).into());
                cells
            }))
        },
    )
    .await
}
