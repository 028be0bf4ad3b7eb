//! The groups of an account: the page, and the same as CSV.

use actix_web::HttpResponse;

use super::super::pages::GroupsPage;
use super::super::{LIST, Listed, page};
use crate::access::gate::Gate;
use crate::access::permission::{OrganizationsManage, OrganizationsView};
use crate::access::place::Whole;
use crate::app::App;
use crate::error::Result;
use crate::web::form::Query;
use crate::web::html;
use crate::web::list::csv::{self, Cell, Field, Style};
use crate::web::list::{Asked, Face};
use crate::web::urls;

/// Groups.
pub async fn index(
    gate: Gate<Whole, OrganizationsView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &LIST)?;
    let page = app
        .read(gate, move |conn, scope| {
            let slug = &scope.account().slug;
            let found = page(conn, scope, &asked)?;
            let row = |row: &Listed| {
                let href = urls::group(slug, row.id);
                (row.name.clone(), href, row.description.clone())
            };
            let path = urls::groups(slug);
            let face = Face {
                path: &path,
                noun: "groups",
                find: "Find a group by the beginning of its name",
                columns: &[("Name", "name"), ("Description", "")],
                csv: Some(&format!("{path}.csv")),
                options: Vec::new(),
            };
            Ok(GroupsPage {
                shell: scope.shell("Groups").here(),
                rows: found.rows.iter().map(row).collect(),
                list: asked.frame(&found, face),
                new: scope
                    .also(OrganizationsManage)
                    .then(|| urls::new_group(slug)),
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The columns of the CSV.
const FIELDS: &[Field] = &[
    ("name", "Name"),
    ("description", "Description"),
    ("id", "Id"),
];

/// Groups as CSV.
pub async fn download(
    gate: Gate<Whole, OrganizationsView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = (Asked::read(&query, &LIST)?, Style::read(&query)?);
    csv::export(app, gate, asked, FIELDS, |conn, scope, asked| {
        let cells = |row: Listed| -> Vec<Cell> {
            vec![
                row.name.into(),
                row.description.into(),
                row.id.to_string().into(),
            ]
        };
        Ok(page(conn, scope, asked)?.map(cells))
    })
    .await
}
