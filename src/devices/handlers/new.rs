//! Adding a device.

use actix_web::HttpResponse;

use super::{Managing, list_of};
use crate::access::gate::Gate;
use crate::access::permission::DevicesManage;
use crate::access::place::Organization;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::DeviceId;
use crate::devices::Typed;
use crate::devices::model::{self, NewDevice, Taken};
use crate::devices::pages::DeviceFormPage;
use crate::error::Result;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;

/// New device.
pub async fn new(gate: Gate<Organization, DevicesManage>, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |_, scope| {
            Ok(page(scope, Typed::new(), Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn page(scope: &Managing, typed: Typed, errors: Errors) -> DeviceFormPage {
    let list = list_of(scope);
    DeviceFormPage {
        shell: scope
            .shell("New device")
            .crumb("Devices", &list)
            .here()
            .with_errors(&errors),
        states: typed.states(),
        errors,
        typed,
        version: None,
        action: urls::new_device(&scope.account().slug, &scope.organization().slug),
        button: format!("Add device to {}", scope.organization().name),
        cancel: list,
    }
}

/// What became of the form.
enum Made {
    Device { page: String, name: String },
    Refused(Box<DeviceFormPage>),
}

/// Adds a device.
pub async fn create(
    gate: Gate<Organization, DevicesManage>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = Typed::read(&form)?;
    let (id, inside) = (DeviceId::new(), app.clone());
    let made = app
        .write(gate, move |conn, scope| {
            make(conn, &inside, scope, (id, &typed))
        })
        .await?;
    match made {
        Made::Refused(page) => html::again(&app, &page.shell, &*page),
        Made::Device { page, name } => Redirect::to(page)
            .success(format!("{name} was added."))
            .respond(&app),
    }
}

fn make(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (id, typed): (DeviceId, &Typed),
) -> Result<Made> {
    let again = |errors| Made::Refused(Box::new(page(scope, typed.clone(), errors)));
    let details = match typed.check() {
        Ok(details) => details,
        Err(errors) => return Ok(again(errors)),
    };
    let identifier = details.identifier.clone();
    let refused = |taken: &Taken| {
        let mut errors = Errors::new();
        errors.add("identifier", taken.message(&identifier));
        again(errors)
    };
    if let Some(taken) = model::taken(conn, app.roles(), scope, (&identifier, None))? {
        return Ok(refused(&taken));
    }
    let name = details.name.clone();
    if !model::create(conn, scope, &NewDevice { id, details })? {
        return Ok(refused(&Taken::Elsewhere));
    }
    Ok(Made::Device {
        page: urls::device(&scope.account().slug, &scope.organization().slug, id),
        name,
    })
}
