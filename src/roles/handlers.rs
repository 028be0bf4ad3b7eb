//! About User Roles, as a page and as a file, and the page of a role that the account made.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::model;
use super::pages::{Held, RolePage, RolesPage, columns, held, parts, scopes};
use crate::access::custom::AccountRoles;
use crate::access::gate::{Demand, Gate};
use crate::access::give::can_be_given_by;
use crate::access::grant::Level;
use crate::access::permission::{AnyKey, RolesManage, UsersView, Visible};
use crate::access::place::Whole;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::types::RoleId;
use crate::error::{Error, Result};
use crate::web::form::Query;
use crate::web::html;
use crate::web::list::csv::{self, Cell, Style};
use crate::web::urls;
use crate::web::view::moment;

mod composing;
mod deleting;

pub use composing::{change, create, edit, new};
pub use deleting::{confirm, delete};

/// The role that the address names.
#[derive(Deserialize)]
pub struct InUrl {
    role: String,
}

impl InUrl {
    /// What is no id names none.
    fn role(&self) -> Result<RoleId> {
        self.role.parse().map_err(|_| Error::NotFound)
    }
}

/// The kind of place that the roles are asked for; what is none is as if it had not been asked for.
fn asked(query: &Query) -> Result<Option<Level>> {
    Ok(Level::parse(&query.text("scope")?))
}

/// About User Roles: whoever sees the account may read it.
pub async fn index(gate: Gate<Whole, Visible>, query: Query, app: App) -> Result<HttpResponse> {
    let at = asked(&query)?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let account = scope.account();
            let known = AccountRoles::load(conn, account.id)?;
            let may = scope.also(RolesManage);
            let (views, narrowed) = scopes(account, at);
            Ok(RolesPage {
                shell: scope.shell("Roles").here(),
                views,
                narrowed,
                roles: columns(account, (scope.role_table(), &known), at),
                parts: parts(inside.roles(), inside.catalogue(), &known, at),
                has_own: !known.own().is_empty(),
                add: may.then(|| urls::new_role(&account.slug)),
                csv: urls::roles_csv(&account.slug, at.map(Level::as_str)),
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The matrix as a file: a line for each permission, a column for each role that the page shows.
pub async fn download(gate: Gate<Whole, Visible>, query: Query, app: App) -> Result<HttpResponse> {
    let (style, at) = (Style::read(&query)?, asked(&query)?);
    let inside = app.clone();
    let name = format!("{}-roles", gate.account_slug());
    let rows = app
        .read(gate, move |conn, scope| {
            let known = AccountRoles::load(conn, scope.account().id)?;
            Ok(matrix(&inside, scope, (&known, at)))
        })
        .await?;
    csv::sheet(&name, style, rows)
}

fn matrix<A: Demand>(
    app: &App,
    scope: &Scope<Whole, A>,
    (known, at): (&AccountRoles, Option<Level>),
) -> Vec<Vec<Cell>> {
    let roles = columns(scope.account(), (scope.role_table(), known), at);
    let cells = |first: [&str; 2], rest: Vec<&str>| -> Vec<Cell> {
        first.into_iter().chain(rest).map(Cell::from).collect()
    };
    let labels = roles.iter().map(|role| role.label.as_str()).collect();
    let givers = roles.iter().map(|role| role.given_by).collect();
    let approvals = roles.iter().map(|role| role.approval).collect();
    let mut rows = vec![
        cells(["permission", "name"], labels),
        cells(["", "Can be given by"], givers),
        cells(["", "Needs approval"], approvals),
    ];
    for part in parts(app.roles(), app.catalogue(), known, at) {
        for row in part.permissions {
            let label = scope.account().says(&row.label);
            let held = row.held.into_iter().map(Held::word).collect();
            rows.push(cells([&row.key, &label], held));
        }
    }
    rows
}

/// A role that the account made.
pub async fn show(
    gate: Gate<Whole, Visible>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let id = at.role()?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let stored = model::find(conn, scope.account().id, id)?;
            Ok(page(&inside, scope, &stored))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn page(app: &App, scope: &Scope<Whole, Visible>, stored: &model::Stored) -> RolePage {
    let (account, own) = (scope.account(), &stored.role);
    let (slug, catalogue) = (&account.slug, app.catalogue());
    let role = Role::Custom(own.clone());
    let line = |(key, _): (AnyKey, String)| {
        let says = held(app.roles(), &role, key);
        let (label, about) = match key {
            AnyKey::Portal(key) => (account.says(key.label()), account.says(key.description())),
            AnyKey::Product(key) => catalogue
                .get(key)
                .map(|product| (product.label.clone(), product.description.clone()))?,
        };
        (says != Held::No).then_some((label, about, says == Held::OnAccount))
    };
    let sees_users = scope.somewhere(UsersView);
    RolePage {
        shell: scope
            .shell("Role")
            .named(own.name.clone())
            .crumb("Roles", urls::roles(slug))
            .here(),
        name: own.name.clone(),
        description: own.description.clone(),
        permissions: super::forms::all(catalogue)
            .into_iter()
            .filter_map(line)
            .collect(),
        unknown: own
            .unknown(catalogue)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        given_by: can_be_given_by(&role),
        changed: moment(stored.changed_at),
        holders: sees_users.then(|| urls::access_role(slug, own.key())),
        acts: scope.also(RolesManage).then(|| {
            [
                urls::copy_role(slug, own.key()),
                urls::edit_role(slug, own.id),
                urls::delete_role(slug, own.id),
            ]
        }),
    }
}
