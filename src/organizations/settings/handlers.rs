//! `/accounts/{account}/organizations/{organization}/settings`.

use actix_web::HttpResponse;
use askama::Template;

use super::model::{Saved, Settings, Typed, load, save};
use crate::access::gate::{Demand, Gate};
use crate::access::permission::{OrganizationEdit, OrganizationsManage};
use crate::access::place::Organization;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::web::clash::{self, Clash, Ways};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::naming::Typed as Naming;
use crate::web::shell::Shell;
use crate::web::urls;

/// The page's name.
const PAGE: &str = "Settings";

/// Where the acts below the form lead.
#[derive(Clone, Debug)]
pub struct Acts {
    /// Choosing where it moves.
    pub moving: String,
    /// Into the archive, or out of it.
    pub archive: String,
    /// Deleting it.
    pub delete: String,
}

/// An organization's settings.
#[derive(Template)]
#[template(path = "organizations/settings.html")]
pub struct SettingsPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// What was typed, or is stored.
    pub typed: Typed,
    /// Its name as it is stored.
    pub name: String,
    /// Its short name as it is stored.
    pub slug: String,
    /// The version as it is stored.
    pub version: i64,
    /// Whether it can only be read.
    pub archived: bool,
    /// Moving, archiving, deleting; none: one may not.
    pub acts: Option<Acts>,
    /// Where the form posts.
    pub action: String,
}

fn page<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    typed: Option<Typed>,
    errors: Errors,
) -> Result<SettingsPage> {
    let (account, here) = (&scope.account().slug, scope.organization());
    let row: Settings = load(conn, scope)?;
    let typed = typed.unwrap_or_else(|| Typed::of(&row));
    let acts = scope.also(OrganizationsManage).then(|| Acts {
        moving: urls::move_organization(account, &here.slug),
        archive: if here.archived {
            urls::unarchive_organization(account, &here.slug)
        } else {
            urls::archive_organization(account, &here.slug)
        },
        delete: urls::delete_organization(account, &here.slug),
    });
    Ok(SettingsPage {
        shell: scope.shell(PAGE).here().with_errors(&errors),
        errors,
        typed,
        name: row.name,
        slug: row.slug,
        version: row.version,
        archived: here.archived,
        acts,
        action: urls::settings(account, &here.slug),
    })
}

/// The settings, to change.
pub async fn show(gate: Gate<Organization, OrganizationEdit>, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |conn, scope| page(conn, scope, None, Errors::new()))
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// What became of *Save changes*.
enum Became {
    Saved(String, bool),
    Again(Box<SettingsPage>),
    Clash(Box<Shell>, Box<Clash>),
}

/// *Save changes*.
pub async fn update(
    gate: Gate<Organization, OrganizationEdit>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = Typed::read(&form)?;
    let account = gate.account_slug().to_owned();
    let (here, became) = app
        .write(gate, move |conn, scope| {
            let here = scope.organization().slug.clone();
            Ok((here, keep(conn, scope, &typed)?))
        })
        .await?;
    match became {
        Became::Saved(slug, true) => Redirect::to(urls::settings(&account, &slug))
            .success("The settings were saved.")
            .respond(&app),
        Became::Saved(slug, false) => Redirect::to(urls::settings(&account, &slug))
            .notice("It was so already: nothing changed.")
            .respond(&app),
        Became::Again(page) => html::again(&app, &page.shell, &*page),
        Became::Clash(shell, clash) => {
            let path = urls::settings(&account, &here);
            let ways = Ways {
                action: path.clone(),
                theirs: path,
            };
            clash::respond(&app, &shell, &clash, &form, &ways)
        }
    }
}

fn keep(
    conn: &mut Conn,
    scope: &Scope<Organization, OrganizationEdit>,
    typed: &Typed,
) -> Result<Became> {
    let errors = match typed.check() {
        Ok(new) => match save(conn, scope, &new)? {
            Saved::Done(changed) => return Ok(Became::Saved(new.slug, changed)),
            Saved::Clash(clash) => {
                return Ok(Became::Clash(Box::new(scope.shell(PAGE).here()), clash));
            }
            Saved::Taken(free) => Naming::taken(&new.slug, &free),
        },
        Err(errors) => errors,
    };
    let page = page(conn, scope, Some(typed.clone()), errors)?;
    Ok(Became::Again(Box::new(page)))
}
