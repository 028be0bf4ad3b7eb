//! The list of an organization's devices: search, filters, order, and those of the organizations below it (rule 5).

use diesel::prelude::*;

use super::forms::State;
use super::model::{COLUMNS, Columns, Device};
use crate::access::gate::Demand;
use crate::access::place::Organization;
use crate::access::scope::Scope;
use crate::db::schema::{devices, organizations};
use crate::db::types::{DeviceId, OrganizationId};
use crate::db::{Conn, MultiBackend, among};
use crate::error::Result;
use crate::organizations::with_descendants;
use crate::web::field::fold;
use crate::web::list::{Asked, Filter, Found, List, Sort, Stretch, Values};

/// The list, as it is declared.
pub static DEVICES: List = List {
    name: "devices",
    filters: &[
        Filter {
            name: "status",
            label: "Status",
            values: Values::These(&[
                (State::Active.word(), State::Active.label()),
                (State::Inactive.word(), State::Inactive.label()),
                (State::Maintenance.word(), State::Maintenance.label()),
                (State::Retired.word(), State::Retired.label()),
            ]),
            select: true,
        },
        Filter {
            name: "model",
            label: "Model",
            values: Values::Text,
            select: false,
        },
        Filter {
            name: "below",
            label: "Sub-organizations",
            values: Values::These(&[("1", "Include sub-organizations")]),
            select: false,
        },
    ],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[
        Sort {
            name: "identifier",
            falling: false,
        },
        Sort {
            name: "last_seen",
            falling: true,
        },
    ],
};

/// A device in the list, and where it belongs.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Listed {
    pub(super) device: Device,
    pub(super) organization_slug: String,
    pub(super) organization: String,
    name_key: String,
    identifier_key: String,
}

type Query<'a> = diesel::helper_types::IntoBoxed<
    'a,
    diesel::helper_types::Select<
        diesel::helper_types::InnerJoin<devices::table, organizations::table>,
        (
            Columns,
            organizations::slug,
            organizations::name,
            devices::name_key,
            devices::identifier_key,
        ),
    >,
    MultiBackend,
>;

/// Whether the list takes in what lies below.
pub(super) fn is_deep(asked: &Asked<DeviceId>) -> bool {
    asked.filter("below").is_some()
}

/// A page of the devices.
pub(super) fn page<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    asked: &Asked<DeviceId>,
) -> Result<Found<Listed, DeviceId>> {
    let here = scope.organization().id;
    let places = if is_deep(asked) {
        with_descendants(conn, vec![here])?
    } else {
        vec![here]
    };
    asked.sorted(
        |asked| carried(conn, scope, &places, asked),
        |row| (key(asked, 0, row), row.device.id),
    )
}

/// The page in an order that an index carries.
fn carried<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    places: &[OrganizationId],
    asked: &Asked<DeviceId>,
) -> Result<Found<Listed, DeviceId>> {
    let stretches = if asked.prefix().is_some() { 2 } else { 1 };
    asked.page(
        stretches,
        |stretch| {
            let query = narrowed(scope, asked, places);
            Ok(load(conn, query, (asked, stretch))?)
        },
        |stretch, row| (key(asked, stretch, row), row.device.id),
    )
}

/// What a row is sorted by in a stretch, and found again.
fn key(asked: &Asked<DeviceId>, stretch: usize, row: &Listed) -> String {
    if stretch == 1 || asked.is_by("identifier") {
        row.identifier_key.clone()
    } else if asked.is_by("last_seen") {
        row.device.last_seen_at.text()
    } else {
        row.name_key.clone()
    }
}

fn narrowed<A: Demand>(
    scope: &Scope<Organization, A>,
    asked: &Asked<DeviceId>,
    places: &[OrganizationId],
) -> Query<'static> {
    let mut query = devices::table
        .inner_join(organizations::table)
        .select((
            COLUMNS,
            organizations::slug,
            organizations::name,
            devices::name_key,
            devices::identifier_key,
        ))
        .into_boxed::<MultiBackend>()
        .filter(devices::account_id.eq(scope.account().id));
    query = match places {
        [here] => query.filter(devices::organization_id.eq(*here)),
        several => query.filter(among(devices::organization_id, several)),
    };
    if let Some(status) = asked.filter("status") {
        query = query.filter(devices::status.eq(status.to_owned()));
    }
    if let Some(model) = asked.filter("model") {
        query = query.filter(devices::model_key.eq(fold(model)));
    }
    query
}

fn load(
    conn: &mut Conn,
    query: Query<'static>,
    (asked, stretch): (&Asked<DeviceId>, &Stretch<DeviceId>),
) -> QueryResult<Vec<Listed>> {
    let by_identifier = stretch.number == 1 || asked.is_by("identifier");
    if asked.is_by("last_seen") {
        let walk = stretch.by_time();
        return query
            .filter(walk.behind(devices::last_seen_at, devices::id))
            .order(walk.order(devices::last_seen_at, devices::id))
            .limit(walk.limit)
            .load(conn);
    }
    let walk = stretch.by_text();
    let query = match asked.prefix() {
        Some((from, to)) if by_identifier => query
            .filter(devices::identifier_key.between(from.clone(), to.clone()))
            .filter(diesel::dsl::not(devices::name_key.between(from, to))),
        Some((from, to)) => query.filter(devices::name_key.between(from, to)),
        None => query,
    };
    if by_identifier {
        query
            .filter(walk.behind(devices::identifier_key, devices::id))
            .order(walk.order(devices::identifier_key, devices::id))
            .limit(walk.limit)
            .load(conn)
    } else {
        query
            .filter(walk.behind(devices::name_key, devices::id))
            .order(walk.order(devices::name_key, devices::id))
            .limit(walk.limit)
            .load(conn)
    }
}
