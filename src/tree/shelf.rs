//! The pages of archiving, deleting and bringing back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::ending::{self, Ended, Ending, InTheWay, Restored};
use super::purging::KEPT_DAYS;
use crate::access::gate::{Gate, Somewhere};
use crate::access::grant::{Grant, Scoped};
use crate::access::part::{As, Resting};
use crate::access::permission::OrganizationsManage;
use crate::access::place::Whole;
use crate::access::resolve::{self, Place};
use crate::app::App;
use crate::db::Conn;
use crate::db::types::OrganizationId;
use crate::error::{Error, Result};
use crate::web::form::Form;
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::day;

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

/// What somebody who deletes an organization holds in the account apart from roles on it, which are inert then (S23).
enum Left {
    Nothing,
    Other,
    /// What it takes to bring it back.
    Restoring,
}

fn left(scope: &Ending) -> Left {
    let here = scope.organization();
    let elsewhere = |grant: &&Grant| match grant.scope {
        Scoped::Organization { id, .. } => id != here.id,
        Scoped::Project { organization, .. } => organization != here.id,
        Scoped::Account | Scoped::Group(_) => true,
    };
    let others: Vec<Grant> = scope.grants().iter().filter(elsewhere).cloned().collect();
    let place = Place::Organization(here.branch());
    if resolve::permissions(scope.role_table(), &others, &place, scope.now())
        .allows::<OrganizationsManage>()
    {
        Left::Restoring
    } else if others.iter().any(|grant| grant.in_force(scope.now())) {
        Left::Other
    } else {
        Left::Nothing
    }
}

/// What is said to whoever cannot bring it back alone.
fn gone(name: &str) -> String {
    format!(
        "{name} was deleted. Whoever manages organizations above it can bring it back for {KEPT_DAYS} days."
    )
}

/// Deletes it.
pub async fn delete(gate: Gated, form: Form, app: App) -> Result<HttpResponse> {
    let shown = version(&form)?;
    let account = gate.account_slug().to_owned();
    let (name, id, page, left) = app
        .write(gate, move |conn, scope| {
            let (name, id) = (scope.organization().name.clone(), scope.organization().id);
            let page = match ending::delete(conn, scope, shown)? {
                Ended::Done => None,
                Ended::Refused(_) => Some(delete_page(conn, scope, false)?),
                Ended::Overtaken => Some(delete_page(conn, scope, true)?),
            };
            Ok((name, id, page, left(scope)))
        })
        .await?;
    if let Some(page) = page {
        return html::page(&app, StatusCode::CONFLICT, &page.shell, &page);
    }
    let to = match left {
        Left::Nothing => return Redirect::to("/").success(gone(&name)).respond(&app),
        Left::Other => {
            let list = Redirect::to(urls::organizations(&account));
            return list.success(gone(&name)).respond(&app);
        }
        Left::Restoring => urls::organizations(&account),
    };
    Redirect::to(to)
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
        format!("{name} was archived.")
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
