//! Moving devices: choose where, look at it, *Submit*.

use actix_web::HttpResponse;

use super::{Managing, list_of};
use crate::access::gate::Gate;
use crate::access::permission::DevicesManage;
use crate::access::place::Organization;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{DeviceId, OrganizationId};
use crate::devices::moving::{self, NotManaged};
use crate::devices::pages::MoveDevicesPage;
use crate::error::{Error, Result};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::{Choice, count};

/// What is asked for: the devices, and where to.
#[derive(Clone, Debug)]
struct Asked {
    devices: Vec<DeviceId>,
    to: String,
}

impl Asked {
    /// As it was sent; what is no id names nothing.
    fn read(form: &Form) -> Result<Self> {
        let ids = form.list("device");
        let devices = ids.iter().map(|id| id.parse().map_err(|_| Error::NotFound));
        Ok(Self {
            devices: devices.collect::<Result<_>>()?,
            to: form.text("to")?,
        })
    }

    /// Where to; nothing is not chosen yet.
    fn goal(&self) -> Result<Option<OrganizationId>> {
        if self.to.is_empty() {
            return Ok(None);
        }
        self.to.parse().map(Some).map_err(|_| Error::NotFound)
    }
}

/// Chooses where the devices move, and shows what is agreed to.
pub async fn choose(
    gate: Gate<Organization, DevicesManage>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&query)?;
    let is_sent = query.has("to");
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let mut errors = Errors::new();
            if asked.devices.is_empty() {
                errors.add("device", "Select one or more devices in the list first");
            } else if is_sent && asked.to.is_empty() {
                errors.add("to", "Choose an organization");
            }
            page(conn, &inside, scope, &asked, errors)
        })
        .await?;
    if page.errors.is_empty() {
        html::ok(&app, &page.shell, &page)
    } else {
        html::again(&app, &page.shell, &page)
    }
}

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    asked: &Asked,
    mut errors: Errors,
) -> Result<MoveDevicesPage> {
    let devices = moving::chosen(conn, scope, &asked.devices)?;
    let mut goal = None;
    if let Some(id) = asked.goal()? {
        match moving::goal(conn, app.roles(), scope, id)? {
            Ok(_) if id == scope.organization().id => {
                errors.add(
                    "to",
                    format!("They are in {} already", scope.organization().name),
                );
            }
            Ok(found) => goal = Some((found.id.to_string(), found.name)),
            Err(NotManaged(name)) => {
                errors.add("to", format!("You cannot manage the devices of {name}"));
            }
        }
    }
    let goals = moving::goals(conn, app.roles(), scope)?;
    let choice = |goal: moving::Goal| {
        let id = goal.id.to_string();
        let is_chosen = id == asked.to;
        Choice::new(id, goal.name, is_chosen)
    };
    let list = list_of(scope);
    let (account, organization) = (&scope.account().slug, &scope.organization().slug);
    let number = i64::try_from(devices.len()).unwrap_or(i64::MAX);
    Ok(MoveDevicesPage {
        shell: scope
            .shell("Move devices")
            .crumb("Devices", &list)
            .here()
            .with_errors(&errors),
        errors,
        counted: count(number, "device"),
        devices: devices
            .into_iter()
            .map(|device| (device.id.to_string(), device.name, device.identifier))
            .collect(),
        goals: goals.into_iter().map(choice).collect(),
        goal,
        action: urls::move_devices(account, organization),
        cancel: list,
    })
}

/// What became of it.
enum Moved {
    There {
        page: String,
        counted: String,
        name: String,
    },
    Again(Box<MoveDevicesPage>),
}

/// *Submit*.
pub async fn relocate(
    gate: Gate<Organization, DevicesManage>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&form)?;
    let inside = app.clone();
    let moved = app
        .write(gate, move |conn, scope| {
            relocated(conn, &inside, scope, &asked)
        })
        .await?;
    match moved {
        Moved::Again(page) => html::again(&app, &page.shell, &*page),
        Moved::There {
            page,
            counted,
            name,
        } => Redirect::to(page)
            .success(format!("{counted} moved to {name}."))
            .respond(&app),
    }
}

fn relocated(conn: &mut Conn, app: &App, scope: &Managing, asked: &Asked) -> Result<Moved> {
    let mut errors = Errors::new();
    if asked.devices.is_empty() {
        errors.add("device", "Select one or more devices in the list first");
    } else if asked.to.is_empty() {
        errors.add("to", "Choose an organization");
    }
    let page = page(conn, app, scope, asked, errors)?;
    let (true, Some(id)) = (page.errors.is_empty(), asked.goal()?) else {
        return Ok(Moved::Again(Box::new(page)));
    };
    let devices = moving::chosen(conn, scope, &asked.devices)?;
    let Ok(goal) = moving::goal(conn, app.roles(), scope, id)? else {
        return Ok(Moved::Again(Box::new(page)));
    };
    moving::move_all(conn, scope, &devices, &goal)?;
    Ok(Moved::There {
        page: list_of(scope),
        counted: page.counted,
        name: goal.name,
    })
}
