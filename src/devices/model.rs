//! Rows of devices, and what may be done with them.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::forms::{Details, State};
use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::permission::{DevicesManage, Key};
use crate::access::place::Organization;
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::audit::{Action, Target};
use crate::db::schema::{devices, organizations};
use crate::db::types::{AccountId, DeviceId, OrganizationId, Ts};
use crate::db::{Conn, violation};
use crate::error::{Error, Result};
use crate::users::reach_of;
use crate::web::field::fold;

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Where it belongs.
    pub organization_id: OrganizationId,
    /// What names it in the account.
    pub identifier: String,
    /// What people call it.
    pub name: String,
    /// Make and model.
    pub model: String,
    /// Word of its state.
    pub status: String,
    /// When it last reported; [`Ts::never`] if it never did.
    pub last_seen_at: Ts,
    /// A line each, `name: value`.
    pub metadata: String,
    /// Counts its changes.
    pub version: i64,
    /// When it was added.
    pub created_at: Ts,
}

/// The columns of [`Device`].
pub(super) type Columns = (
    devices::id,
    devices::organization_id,
    devices::identifier,
    devices::name,
    devices::model,
    devices::status,
    devices::last_seen_at,
    devices::metadata,
    devices::version,
    devices::created_at,
);
/// The columns of [`Device`].
pub(super) const COLUMNS: Columns = (
    devices::id,
    devices::organization_id,
    devices::identifier,
    devices::name,
    devices::model,
    devices::status,
    devices::last_seen_at,
    devices::metadata,
    devices::version,
    devices::created_at,
);

impl Device {
    /// Its state.
    pub fn state(&self) -> Result<State> {
        State::parse(&self.status)
            .ok_or_else(|| Error::internal(format!("device {} has no known status", self.id)))
    }

    /// What a form shows of it.
    pub fn details(&self) -> Result<Details> {
        Ok(Details {
            identifier: self.identifier.clone(),
            name: self.name.clone(),
            model: self.model.clone(),
            state: self.state()?,
            metadata: self.metadata.clone(),
        })
    }
}

/// The organization's device with this id; one of another organization is not found.
pub(super) fn find<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    id: DeviceId,
) -> Result<Device> {
    Ok(devices::table
        .filter(devices::account_id.eq(scope.account().id))
        .filter(devices::organization_id.eq(scope.organization().id))
        .filter(devices::id.eq(id))
        .select(COLUMNS)
        .first(conn)?)
}

/// The identifier belongs to a device already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Of this organization.
    Here,
    /// Of an organization whose devices the person may see: its name.
    In(String),
    /// Of one that the person knows nothing of.
    Elsewhere,
}

impl Taken {
    /// The message beside the field.
    pub fn message(&self, identifier: &str) -> String {
        match self {
            Self::Here => format!("Another device here has the identifier “{identifier}”"),
            Self::In(name) => {
                format!("“{identifier}” belongs to {name}. Move it from there instead")
            }
            Self::Elsewhere => format!("“{identifier}” is taken. Choose another identifier"),
        }
    }
}

/// Who has the identifier, if anybody but `own` does. Names no organization that the person does not see.
pub(super) fn taken<A: Demand>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Organization, A>,
    (identifier, own): (&str, Option<DeviceId>),
) -> Result<Option<Taken>> {
    let row: Option<(DeviceId, OrganizationId, String)> = devices::table
        .inner_join(organizations::table.on(organizations::id.eq(devices::organization_id)))
        .filter(devices::account_id.eq(scope.account().id))
        .filter(devices::identifier_key.eq(fold(identifier)))
        .select((devices::id, devices::organization_id, organizations::name))
        .first(conn)
        .optional()?;
    let Some((_, organization, name)) = row.filter(|(id, ..)| Some(*id) != own) else {
        return Ok(None);
    };
    if organization == scope.organization().id {
        return Ok(Some(Taken::Here));
    }
    let seen = reach_of(conn, roles, scope, Key::DevicesView)?;
    let is_seen = seen.holds(&Scoped::Organization {
        id: organization,
        below: false,
    });
    Ok(Some(if is_seen {
        Taken::In(name)
    } else {
        Taken::Elsewhere
    }))
}

/// A device that is to be added.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Its id.
    pub id: DeviceId,
    /// What it is.
    pub details: Details,
}

/// Adds a device to the organization; false when its identifier was taken meanwhile.
pub(super) fn create(
    conn: &mut Conn,
    scope: &Scope<Organization, DevicesManage>,
    new: &NewDevice,
) -> Result<bool> {
    let (account, organization) = (scope.account().id, scope.organization().id);
    // Under a savepoint: PostgreSQL would give up the whole transaction at a taken identifier.
    let inserted = conn.transaction(|conn| insert(conn, (account, organization), new, scope.now()));
    match inserted {
        Ok(()) => {}
        Err(e) if is_taken(&e) => return Ok(false),
        Err(e) => return Err(e.into()),
    }
    let event = scope
        .event(Action::DeviceCreated)
        .in_organization(organization)
        .on(Target::device(new.id))
        .details(in_words(&new.details));
    crate::audit::record(conn, &event)?;
    Ok(true)
}

/// Whether the statement failed because another device has the identifier.
pub(super) fn is_taken(error: &diesel::result::Error) -> bool {
    let columns = ["account_id", "identifier_key"];
    violation::is_unique(error, "devices_identifier", "devices", &columns)
}

/// What an event tells of a device.
pub(super) fn in_words(details: &Details) -> Value {
    json!({
        "identifier": details.identifier,
        "name": details.name,
        "model": details.model,
        "status": details.state.word(),
        "metadata": details.metadata,
    })
}

pub(crate) fn insert(
    conn: &mut Conn,
    (account, organization): (AccountId, OrganizationId),
    new: &NewDevice,
    now: Ts,
) -> QueryResult<()> {
    let details = &new.details;
    diesel::insert_into(devices::table)
        .values((
            devices::id.eq(new.id),
            devices::account_id.eq(account),
            devices::organization_id.eq(organization),
            devices::identifier.eq(&details.identifier),
            devices::identifier_key.eq(fold(&details.identifier)),
            devices::name.eq(&details.name),
            devices::name_key.eq(fold(&details.name)),
            devices::model.eq(&details.model),
            devices::model_key.eq(fold(&details.model)),
            devices::status.eq(details.state.word()),
            devices::last_seen_at.eq(Ts::never()),
            devices::metadata.eq(&details.metadata),
            devices::version.eq(1_i64),
            devices::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// Somebody was faster: the version is no longer the one that was edited.
    Clash,
    /// The identifier was taken meanwhile.
    Taken,
}

/// Changes a device, if it is still as it was when its form was opened.
pub(super) fn change(
    conn: &mut Conn,
    scope: &Scope<Organization, DevicesManage>,
    before: &Device,
    (details, version): (&Details, i64),
) -> Result<Changed> {
    if before.version != version {
        return Ok(Changed::Clash);
    }
    let was = before.details()?;
    if was == *details {
        return Ok(Changed::Done);
    }
    let written = conn.transaction(|conn| update(conn, scope, before, details));
    match written {
        Ok(1) => {}
        Ok(_) => return Ok(Changed::Clash),
        Err(e) if is_taken(&e) => return Ok(Changed::Taken),
        Err(e) => return Err(e.into()),
    }
    let event = scope
        .event(Action::DeviceChanged)
        .in_organization(before.organization_id)
        .on(Target::device(before.id))
        .details(json!({ "before": in_words(&was), "after": in_words(details) }));
    crate::audit::record(conn, &event)?;
    Ok(Changed::Done)
}

/// Writes the fields, if the version is still the same.
pub(super) fn update(
    conn: &mut Conn,
    scope: &Scope<Organization, DevicesManage>,
    before: &Device,
    details: &Details,
) -> QueryResult<usize> {
    let row = devices::table
        .filter(devices::account_id.eq(scope.account().id))
        .filter(devices::organization_id.eq(scope.organization().id))
        .filter(devices::id.eq(before.id))
        .filter(devices::version.eq(before.version));
    diesel::update(row)
        .set((
            devices::identifier.eq(&details.identifier),
            devices::identifier_key.eq(fold(&details.identifier)),
            devices::name.eq(&details.name),
            devices::name_key.eq(fold(&details.name)),
            devices::model.eq(&details.model),
            devices::model_key.eq(fold(&details.model)),
            devices::status.eq(details.state.word()),
            devices::metadata.eq(&details.metadata),
            devices::version.eq(devices::version + 1),
        ))
        .execute(conn)
}

/// Deletes a device. Its event keeps what it was.
pub(super) fn delete(
    conn: &mut Conn,
    scope: &Scope<Organization, DevicesManage>,
    id: DeviceId,
) -> Result<Device> {
    let device = find(conn, scope, id)?;
    let row = devices::table
        .filter(devices::account_id.eq(scope.account().id))
        .filter(devices::organization_id.eq(scope.organization().id))
        .filter(devices::id.eq(id));
    diesel::delete(row).execute(conn)?;
    let event = scope
        .event(Action::DeviceDeleted)
        .in_organization(device.organization_id)
        .on(Target::device(id))
        .details(in_words(&device.details()?));
    crate::audit::record(conn, &event)?;
    Ok(device)
}
