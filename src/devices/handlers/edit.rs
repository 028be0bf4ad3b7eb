//! Changing a device.

use actix_web::{HttpResponse, web};

use super::{InUrl, Managing, list_of};
use crate::access::gate::Gate;
use crate::access::permission::DevicesManage;
use crate::access::place::Organization;
use crate::app::App;
use crate::audit::{Action, Target};
use crate::db::Conn;
use crate::db::types::DeviceId;
use crate::devices::model::{self, Changed, Device, Taken};
use crate::devices::pages::DeviceFormPage;
use crate::devices::{State, Typed};
use crate::error::Result;
use crate::web::clash::{self, Clash, Ways};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;

/// The form.
pub async fn edit(
    gate: Gate<Organization, DevicesManage>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let id = at.device()?;
    let page = app
        .read(gate, move |conn, scope| {
            let device = model::find(conn, scope, id)?;
            let typed = Typed::from(&device.details()?);
            Ok(page(scope, &device, (typed, device.version), Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn page_of(scope: &Managing, device: &Device) -> String {
    urls::device(&scope.account().slug, &scope.organization().slug, device.id)
}

fn shell(scope: &Managing, device: &Device) -> Shell {
    scope
        .shell("")
        .named(format!("Edit {}", device.name))
        .crumb("Devices", list_of(scope))
        .crumb(&device.name, page_of(scope, device))
        .here()
}

fn page(
    scope: &Managing,
    device: &Device,
    (typed, version): (Typed, i64),
    errors: Errors,
) -> DeviceFormPage {
    let cancel = page_of(scope, device);
    DeviceFormPage {
        shell: shell(scope, device).with_errors(&errors),
        states: typed.states(),
        errors,
        typed,
        version: Some(version),
        action: urls::edit_device(&scope.account().slug, &scope.organization().slug, device.id),
        button: "Save changes".into(),
        cancel,
    }
}

/// What became of the form.
enum Saved {
    Done { page: String, name: String },
    Refused(Box<DeviceFormPage>),
    Clash(Box<(Shell, Clash, Ways)>),
}

/// Changes a device.
pub async fn update(
    gate: Gate<Organization, DevicesManage>,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let id = at.device()?;
    let (typed, version) = (Typed::read(&form)?, clash::version(&form)?);
    let inside = app.clone();
    let saved = app
        .write(gate, move |conn, scope| {
            save(conn, &inside, scope, (id, &typed, version))
        })
        .await?;
    match saved {
        Saved::Refused(page) => html::again(&app, &page.shell, &*page),
        Saved::Clash(clash) => {
            let (shell, clash, ways) = *clash;
            clash::respond(&app, &shell, &clash, &form, &ways)
        }
        Saved::Done { page, name } => Redirect::to(page)
            .success(format!("{name} was changed."))
            .respond(&app),
    }
}

fn save(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (id, typed, version): (DeviceId, &Typed, i64),
) -> Result<Saved> {
    let device = model::find(conn, scope, id)?;
    let again = |errors| {
        let page = page(scope, &device, (typed.clone(), version), errors);
        Saved::Refused(Box::new(page))
    };
    let details = match typed.check() {
        Ok(details) => details,
        Err(errors) => return Ok(again(errors)),
    };
    let refused = |taken: &Taken| {
        let mut errors = Errors::new();
        errors.add("identifier", taken.message(&details.identifier));
        again(errors)
    };
    let named = (details.identifier.as_str(), Some(id));
    if let Some(taken) = model::taken(conn, app.roles(), scope, named)? {
        return Ok(refused(&taken));
    }
    Ok(
        match model::change(conn, scope, &device, (&details, version))? {
            Changed::Done => Saved::Done {
                page: page_of(scope, &device),
                name: details.name,
            },
            Changed::Taken => refused(&Taken::Elsewhere),
            Changed::Clash => Saved::Clash(Box::new(overtaken(conn, scope, &device, typed)?)),
        },
    )
}

fn overtaken(
    conn: &mut Conn,
    scope: &Managing,
    device: &Device,
    typed: &Typed,
) -> Result<(Shell, Clash, Ways)> {
    let target = (scope.account().id, Target::device(device.id));
    let changes = [Action::DeviceChanged, Action::DeviceMoved];
    let label = |word: &str| State::parse(word).map_or("", State::label);
    let clash = Clash::read(conn, target, &changes, (device.version, scope.now()))?
        .field("Identifier", &device.identifier, &typed.identifier)
        .field("Name", &device.name, &typed.name)
        .field("Model", &device.model, &typed.model)
        .field("Status", label(&device.status), label(&typed.status))
        .field(
            "Metadata",
            &device.metadata,
            typed.metadata.replace("\r\n", "\n"),
        );
    let (account, organization) = (&scope.account().slug, &scope.organization().slug);
    let ways = Ways {
        action: urls::edit_device(account, organization, device.id),
        theirs: page_of(scope, device),
    };
    Ok((shell(scope, device), clash, ways))
}
