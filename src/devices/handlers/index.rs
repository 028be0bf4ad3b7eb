//! The devices of an organization.

use actix_web::HttpResponse;
use std::collections::BTreeMap;

use super::list_of;
use crate::access::gate::{Demand, Gate};
use crate::access::permission::{DevicesManage, DevicesView, Key};
use crate::access::place::Organization;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{DeviceId, OrganizationId, Ts};
use crate::devices::listing::{self, DEVICES, Listed};
use crate::devices::pages::{DeviceRow, DevicesPage, seen, status};
use crate::error::Result;
use crate::organizations::{HeldThere, held_in};
use crate::web::form::Query;
use crate::web::html;
use crate::web::list::csv::{self, Style};
use crate::web::list::{Asked, Face, Found};
use crate::web::urls;

/// The list.
pub async fn index(
    gate: Gate<Organization, DevicesView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &DEVICES)?.sorted_here_if_narrowed();
    // What lies below is put in order as it is read.
    let gate = if listing::is_deep(&asked) {
        gate.unbounded()
    } else {
        asked.before(gate)
    };
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| page(conn, &inside, scope, &asked))
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Organization, DevicesView>,
    asked: &Asked<DeviceId>,
) -> Result<DevicesPage> {
    let found = listing::page(conn, scope, asked)?;
    let held = held_there(conn, app, scope, &found)?;
    let (account, organization) = (&scope.account().slug, &scope.organization().slug);
    let list = list_of(scope);
    let manages = scope.offers(DevicesManage);
    let rows = found.rows.iter().map(|row| shown(scope, row, &held));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let csv = format!("{list}.csv");
    let mut columns = vec![
        ("Name", "name"),
        ("Identifier", "identifier"),
        ("Model", ""),
        ("Status", ""),
        ("Last seen", "last_seen"),
    ];
    let deep = listing::is_deep(asked);
    if deep {
        columns.push(("Organization", ""));
    }
    let frame = asked.frame(
        &found,
        Face {
            path: &list,
            noun: "devices",
            find: "Find a device by its name or identifier",
            columns: &columns,
            csv: Some(&csv),
            options: Vec::new(),
        },
    );
    let other = if deep {
        asked.clone().without("below")
    } else {
        asked.clone().with("below", "1")
    };
    Ok(DevicesPage {
        shell: scope.shell("Devices").here(),
        list: frame,
        deep,
        below: other.href(&list),
        selectable: manages && rows.iter().any(|row| row.id.is_some()),
        rows,
        relocate: urls::move_devices(account, organization),
        add: manages.then(|| urls::new_device(account, organization)),
        import: manages.then(|| urls::import_devices(account, organization)),
    })
}

type Held = BTreeMap<OrganizationId, HeldThere>;

/// What the person holds in each organization of the page, beside the one of the gate.
fn held_there<A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Organization, A>,
    found: &Found<Listed, DeviceId>,
) -> Result<Held> {
    let here = scope.organization().id;
    let all = found.rows.iter().map(|row| row.device.organization_id);
    let mut ids: Vec<OrganizationId> = all.filter(|id| *id != here).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Held::new());
    }
    let held = held_in(conn, app.roles(), scope.grants(), &ids, scope.now())?;
    Ok(ids.into_iter().zip(held).collect())
}

fn shown(scope: &Scope<Organization, DevicesView>, row: &Listed, held: &Held) -> Result<DeviceRow> {
    let account = &scope.account().slug;
    let (device, slug) = (&row.device, &row.organization_slug);
    let here = device.organization_id == scope.organization().id;
    let there = held.get(&device.organization_id);
    let sees = here || there.is_some_and(|held| held.permissions.contains(Key::DevicesView));
    let enters = here || there.is_some_and(|held| !held.roles.is_empty());
    Ok(DeviceRow {
        id: here.then(|| device.id.to_string()),
        name: device.name.clone(),
        href: sees.then(|| urls::device(account, slug, device.id)),
        identifier: device.identifier.clone(),
        model: device.model.clone(),
        of_model: format!("{}?model={}", list_of(scope), urls::query(&device.model)),
        status: status(device.state()?),
        seen: seen(device.last_seen_at, scope.now()),
        organization: row.organization.clone(),
        organization_href: enters.then(|| urls::organization(account, slug)),
    })
}

/// The columns of the file.
const FIELDS: &[csv::Field] = &[
    ("identifier", "Identifier"),
    ("name", "Name"),
    ("model", "Model"),
    ("status", "Status"),
    ("last_seen", "Last seen"),
    ("organization", "Organization"),
    ("metadata", "Metadata"),
];

/// The list as a file.
pub async fn download(
    gate: Gate<Organization, DevicesView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &DEVICES)?.sorted_here_if_narrowed();
    let style = Style::read(&query)?;
    let never = |at: Ts| (at != Ts::never()).then_some(at);
    let cells = move |row: Listed| {
        let device = row.device;
        vec![
            device.identifier.into(),
            device.name.into(),
            device.model.into(),
            device.status.into(),
            never(device.last_seen_at).into(),
            row.organization.into(),
            device.metadata.into(),
        ]
    };
    csv::export(
        app,
        gate,
        (asked, style),
        FIELDS,
        move |conn, scope, asked| Ok(listing::page(conn, scope, asked)?.map(cells)),
    )
    .await
}
