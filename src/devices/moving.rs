//! Moving devices to another organization of the account: open to who manages the devices of both (rule 5).

use diesel::prelude::*;
use serde_json::json;

use super::model::{COLUMNS, Device};
use crate::access::grant::Scoped;
use crate::access::permission::{DevicesManage, Key};
use crate::access::place::Organization;
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::audit::{Action, Target};
use crate::db::schema::{devices, organizations};
use crate::db::types::{DeviceId, OrganizationId};
use crate::db::{Conn, MultiBackend, among};
use crate::error::{Error, Result};
use crate::organizations::visible_to;
use crate::users::{Reach, reach_of};

/// The most devices that are moved at once.
pub(super) const MOST: usize = 100;
/// The most organizations that a form lists.
pub(super) const PLACES: i64 = 500;

/// These devices of the organization, by name; one that is not there makes all of it "not found".
pub(super) fn chosen(
    conn: &mut Conn,
    scope: &Scope<Organization, DevicesManage>,
    ids: &[DeviceId],
) -> Result<Vec<Device>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST {
        return Err(Error::BadRequest(format!(
            "At most {MOST} devices are moved at once."
        )));
    }
    let mut rows: Vec<Device> = devices::table
        .filter(devices::account_id.eq(scope.account().id))
        .filter(devices::organization_id.eq(scope.organization().id))
        .filter(among(devices::id, &ids))
        .select(COLUMNS)
        .load(conn)?;
    if rows.len() != ids.len() {
        return Err(Error::NotFound);
    }
    rows.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(rows)
}

/// An organization that devices can be moved to.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Goal {
    pub(super) id: OrganizationId,
    pub(super) name: String,
}

fn goals_query() -> diesel::helper_types::IntoBoxed<
    'static,
    diesel::helper_types::Select<organizations::table, (organizations::id, organizations::name)>,
    MultiBackend,
> {
    organizations::table
        .select((organizations::id, organizations::name))
        .into_boxed::<MultiBackend>()
        .filter(organizations::status.eq("active"))
}

/// The other organizations whose devices the person manages, by name.
pub(super) fn goals(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Organization, DevicesManage>,
) -> Result<Vec<Goal>> {
    let mut query = goals_query()
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::id.ne(scope.organization().id));
    if let Reach::Places {
        organizations: these,
        ..
    } = reach_of(conn, roles, scope, Key::DevicesManage)?
    {
        query = query.filter(organizations::id.eq_any(these));
    }
    Ok(query
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(PLACES)
        .load(conn)?)
}

/// Why devices cannot go to an organization that the person sees.
pub(super) struct NotManaged(pub(super) String);

/// The organization with this id. One that the person does not see is not found.
pub(super) fn goal(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Organization, DevicesManage>,
    id: OrganizationId,
) -> Result<std::result::Result<Goal, NotManaged>> {
    let goal: Goal = goals_query()
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::id.eq(id))
        .first(conn)?;
    if !visible_to(conn, scope.grants(), id, scope.now())? {
        return Err(Error::NotFound);
    }
    let manage = reach_of(conn, roles, scope, Key::DevicesManage)?;
    Ok(
        if manage.holds(&Scoped::Organization { id, below: false }) {
            Ok(goal)
        } else {
            Err(NotManaged(goal.name))
        },
    )
}

/// Moves the devices: an event in each organization's trail for each of them.
pub(super) fn move_all(
    conn: &mut Conn,
    scope: &Scope<Organization, DevicesManage>,
    these: &[Device],
    goal: &Goal,
) -> Result<()> {
    let from = scope.organization();
    for device in these {
        let row = devices::table
            .filter(devices::account_id.eq(scope.account().id))
            .filter(devices::organization_id.eq(from.id))
            .filter(devices::id.eq(device.id));
        diesel::update(row)
            .set((
                devices::organization_id.eq(goal.id),
                devices::version.eq(devices::version + 1),
            ))
            .execute(conn)?;
        for place in [from.id, goal.id] {
            let event = scope
                .event(Action::DeviceMoved)
                .in_organization(place)
                .on(Target::device(device.id))
                .details(json!({
                    "identifier": device.identifier,
                    "from": from.id.to_string(),
                    "to": goal.id.to_string(),
                }));
            crate::audit::record(conn, &event)?;
        }
    }
    Ok(())
}
