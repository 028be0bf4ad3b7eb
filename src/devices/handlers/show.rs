//! One device: its page, and its end.

use actix_web::{HttpResponse, web};

use super::{InUrl, list_of};
use crate::access::gate::Gate;
use crate::access::permission::{DevicesManage, DevicesView};
use crate::access::place::Organization;
use crate::app::App;
use crate::devices::model;
use crate::devices::pages::{DeleteDevicePage, DevicePage, facts, metadata, status};
use crate::error::Result;
use crate::web::html::{self, Redirect};
use crate::web::urls;

/// A device's page.
pub async fn show(
    gate: Gate<Organization, DevicesView>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let id = at.device()?;
    let page = app
        .read(gate, move |conn, scope| {
            let device = model::find(conn, scope, id)?;
            let (account, organization) = (&scope.account().slug, scope.organization());
            let slug = &organization.slug;
            let manage = || {
                [
                    urls::edit_device(account, slug, id),
                    format!("{}?device={id}", urls::move_devices(account, slug)),
                    urls::delete_device(account, slug, id),
                ]
            };
            Ok(DevicePage {
                status: status(device.state()?),
                facts: facts(&device, &organization.name, scope.now()),
                metadata: metadata(&device),
                manage: scope.offers(DevicesManage).then(manage),
                shell: scope
                    .shell("")
                    .crumb("Devices", list_of(scope))
                    .named(&device.name)
                    .here(),
                identifier: device.identifier,
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// Asks before it is deleted.
pub async fn confirm(
    gate: Gate<Organization, DevicesManage>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let id = at.device()?;
    let page = app
        .read(gate, move |conn, scope| {
            let device = model::find(conn, scope, id)?;
            let (account, slug) = (&scope.account().slug, &scope.organization().slug);
            let page = urls::device(account, slug, id);
            Ok(DeleteDevicePage {
                shell: scope
                    .shell("")
                    .named(format!("Delete {}", device.name))
                    .crumb("Devices", list_of(scope))
                    .crumb(&device.name, &page)
                    .here(),
                name: device.name,
                identifier: device.identifier,
                action: urls::delete_device(account, slug, id),
                cancel: page,
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// Deletes it.
pub async fn delete(
    gate: Gate<Organization, DevicesManage>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let id = at.device()?;
    let (list, name) = app
        .write(gate, move |conn, scope| {
            let gone = model::delete(conn, scope, id)?;
            Ok((list_of(scope), gone.name))
        })
        .await?;
    Redirect::to(list)
        .success(format!("{name} was deleted."))
        .respond(&app)
}
