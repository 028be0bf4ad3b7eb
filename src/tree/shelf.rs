//! The pages of archiving, deleting and bringing back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use diesel::prelude::*;

use super::ending::{self, Deleted, Ended, Ending, InTheWay, Restored};
use super::purging::KEPT_DAYS;
use crate::access::gate::{Gate, Somewhere};
use crate::access::part::{As, Resting};
use crate::access::permission::{OrganizationsManage, Visible};
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::schema::organizations;
use crate::db::types::OrganizationId;
use crate::db::{Conn, MultiBackend};
use crate::error::{Error, Result};
use crate::organizations::{Seen, seen};
use crate::web::form::Form;
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::{day, relative};

/// How many deleted ones the page shows.
const SHOWN: i64 = 100;

/// Deleting an organization: what that means, or what is in the way.
#[derive(Template)]
#[template(path = "tree/delete.html")]
pub struct DeletePage {
    shell: Shell,
    name: String,
    in_the_way: InTheWay,
    /// Whether the page changed under the person.
    overtaken: bool,
    days: i64,
    until: String,
    version: i64,
    action: String,
    cancel: String,
}

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
    days: i64,
    list: String,
    archived: String,
    action: String,
}

type Gated = Gate<As<Resting>, OrganizationsManage>;

/// What deleting means.
pub async fn confirm(gate: Gated, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |conn, scope| delete_page(conn, scope, false))
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn delete_page(conn: &mut Conn, scope: &Ending, overtaken: bool) -> Result<DeletePage> {
    let (account, here) = (scope.account(), scope.organization());
    let until = scope.now().plus(chrono::Duration::days(KEPT_DAYS));
    Ok(DeletePage {
        shell: scope.shell("Delete").here(),
        name: here.name.clone(),
        in_the_way: ending::in_the_way(conn, account.id, here.id)?,
        overtaken,
        days: KEPT_DAYS,
        until: day(until),
        version: ending::version(conn, scope)?,
        action: urls::delete_organization(&account.slug, &here.slug),
        cancel: urls::organization(&account.slug, &here.slug),
    })
}

fn version(form: &Form) -> Result<i64> {
    Ok(form.text("version")?.parse().unwrap_or_default())
}

/// Deletes it.
pub async fn delete(gate: Gated, form: Form, app: App) -> Result<HttpResponse> {
    let shown = version(&form)?;
    let account = gate.account_slug().to_owned();
    let (name, id, page) = app
        .write(gate, move |conn, scope| {
            let (name, id) = (scope.organization().name.clone(), scope.organization().id);
            let page = match ending::delete(conn, scope, shown)? {
                Ended::Done => None,
                Ended::Refused(_) => Some(delete_page(conn, scope, false)?),
                Ended::Overtaken => Some(delete_page(conn, scope, true)?),
            };
            Ok((name, id, page))
        })
        .await?;
    if let Some(page) = page {
        return html::page(&app, StatusCode::CONFLICT, &page.shell, &page);
    }
    Redirect::to(urls::organizations(&account))
        .success(format!(
            "{name} was deleted. It can be brought back for {KEPT_DAYS} days."
        ))
        .undo(
            urls::restore_organization(&account),
            &[("organization", &id.to_string())],
        )
        .respond(&app)
}

/// Puts it into the archive.
pub async fn archive(gate: Gated, form: Form, app: App) -> Result<HttpResponse> {
    move_archive(gate, form, app, true).await
}

/// Takes it out of the archive.
pub async fn unarchive(gate: Gated, form: Form, app: App) -> Result<HttpResponse> {
    move_archive(gate, form, app, false).await
}

async fn move_archive(gate: Gated, form: Form, app: App, into: bool) -> Result<HttpResponse> {
    let shown = version(&form)?;
    let account = gate.account_slug().to_owned();
    let (name, slug, ended, version) = app
        .write(gate, move |conn, scope| {
            let here = scope.organization();
            let ended = ending::archive(conn, scope, shown, into)?;
            let version = ending::version(conn, scope)?;
            Ok((here.name.clone(), here.slug.clone(), ended, version))
        })
        .await?;
    if ended != Ended::Done {
        let sentence = format!(
            "Somebody changed {name} after you had opened the page. Nothing was done; look at it as it is now."
        );
        return Err(Error::Conflict(sentence));
    }
    let sentence = if into {
        format!("{name} is archived: it can be read, and nothing in it changed.")
    } else {
        format!("{name} is active again.")
    };
    let back = if into {
        urls::unarchive_organization(&account, &slug)
    } else {
        urls::archive_organization(&account, &slug)
    };
    Redirect::to(urls::organization(&account, &slug))
        .success(sentence)
        .undo(back, &[("version", &version.to_string())])
        .respond(&app)
}

/// The archived organizations of an account that the person sees.
#[derive(Template)]
#[template(path = "tree/archived.html")]
pub struct ArchivedPage {
    shell: Shell,
    /// Name, short name and front page of each.
    rows: Vec<(String, String, String)>,
    list: String,
    /// Where the deleted ones are; none: one may not have them back.
    deleted: Option<String>,
}

/// The archived ones.
pub async fn archived(gate: Gate<Whole, Visible>, app: App) -> Result<HttpResponse> {
    let page = app.read(gate, archived_page).await?;
    html::ok(&app, &page.shell, &page)
}

fn archived_page(conn: &mut Conn, scope: &Scope<Whole, Visible>) -> Result<ArchivedPage> {
    let mut query = organizations::table
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::status.eq("archived"))
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(SHOWN)
        .select((organizations::name, organizations::slug))
        .into_boxed::<MultiBackend>();
    if let Seen::These(these) = seen(conn, scope.grants(), scope.now())? {
        query = query.filter(organizations::id.eq_any(these));
    }
    let rows: Vec<(String, String)> = query.load(conn)?;
    let account = &scope.account().slug;
    let list = urls::organizations(account);
    let shown = |(name, slug): (String, String)| {
        let href = urls::organization(account, &slug);
        (name, slug, href)
    };
    Ok(ArchivedPage {
        shell: scope
            .shell("Archived organizations")
            .crumb("Account Organizations", &list)
            .here(),
        rows: rows.into_iter().map(shown).collect(),
        list: list.clone(),
        deleted: scope
            .somewhere(OrganizationsManage)
            .then(|| urls::deleted_organizations(account)),
    })
}

type Manager = Scope<Whole, Somewhere<OrganizationsManage>>;

/// The deleted ones that the person may have back.
pub async fn deleted(
    gate: Gate<Whole, Somewhere<OrganizationsManage>>,
    app: App,
) -> Result<HttpResponse> {
    let inner = app.clone();
    let page = app
        .read(gate, move |conn, scope| deleted_page(conn, &inner, scope))
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn deleted_page(conn: &mut Conn, app: &App, scope: &Manager) -> Result<DeletedPage> {
    let rows: Vec<Deleted> = organizations::table
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::status.eq("deleted"))
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(SHOWN)
        .select((
            organizations::id,
            organizations::slug,
            organizations::name,
            organizations::parent_id,
            organizations::deleted_at,
            organizations::archived_at,
        ))
        .load(conn)?;
    let rows = ending::may_restore(conn, app, scope, rows)?;
    let shown = |row: Deleted| {
        let at = row.deleted_at.unwrap_or_else(|| scope.now());
        let until = at.plus(chrono::Duration::days(KEPT_DAYS));
        DeletedRow {
            id: row.id.to_string(),
            name: row.name,
            slug: row.slug,
            deleted: relative(at, scope.now()),
            until: day(until),
        }
    };
    let account = &scope.account().slug;
    let list = urls::organizations(account);
    Ok(DeletedPage {
        shell: scope
            .shell("Deleted organizations")
            .crumb("Account Organizations", &list)
            .here(),
        rows: rows.into_iter().map(shown).collect(),
        days: KEPT_DAYS,
        list,
        archived: urls::archived_organizations(account),
        action: urls::restore_organization(account),
    })
}

/// Brings one back.
pub async fn restore(
    gate: Gate<Whole, Somewhere<OrganizationsManage>>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let account = gate.account_slug().to_owned();
    let named = form.text("organization")?.parse::<OrganizationId>().ok();
    let inner = app.clone();
    let restored = app
        .write(gate, move |conn, scope| {
            let none = || Error::BadRequest("The form names no organization.".into());
            ending::restore(conn, &inner, scope, named.ok_or_else(none)?)
        })
        .await?;
    match restored {
        Restored::Done(row) => Redirect::to(urls::organization(&account, &row.slug))
            .success(format!("{} is back, as it was.", row.name))
            .respond(&app),
        Restored::Orphan(parent) => Redirect::to(urls::deleted_organizations(&account))
            .error(format!(
                "It stood below {parent}, which is deleted too. Bring {parent} back first."
            ))
            .respond(&app),
        Restored::Deep => Redirect::to(urls::deleted_organizations(&account))
            .error("It stood below an organization that is at the deepest level of the tree now. Move that one up first.")
            .respond(&app),
    }
}
