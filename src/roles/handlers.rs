//! About User Roles.

use actix_web::HttpResponse;

use super::pages::{RolesPage, columns, parts};
use crate::access::gate::Gate;
use crate::access::permission::Visible;
use crate::access::place::Whole;
use crate::app::App;
use crate::error::Result;
use crate::web::html;

/// About User Roles. It shows nothing of the account, so that whoever sees the account may read it.
pub async fn index(gate: Gate<Whole, Visible>, app: App) -> Result<HttpResponse> {
    let shell = app
        .read(gate, |_, scope| Ok(scope.shell("Roles").here()))
        .await?;
    let page = RolesPage {
        shell,
        roles: columns(),
        parts: parts(app.roles(), app.catalogue()),
    };
    html::ok(&app, &page.shell, &page)
}
