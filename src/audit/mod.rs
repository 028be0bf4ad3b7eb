//! The audit chain: who did what, when, where from, written in the transaction of the change itself.
//!
//! An event is written *unsealed* ([`record`]: one insert, no lock that others would wait for). Within a second the
//! *sealer* ([`seal_some`]) gives it the next number of its chain, the seal of the event before it and a seal of its
//! own: an HMAC-SHA-256 over its [canonical form](canonical), under a key derived from the installation's secret.
//! There is one chain per account, and one of the [installation](INSTALLATION) itself. [`verify`] walks all of them.
//!
//! What an event says about people is kept beside the seal, which covers a salted digest in its place: erasing the
//! personal part and its salt leaves the chain whole. Everything else can only be added: triggers refuse the rest.

mod about;
mod action;
pub mod canonical;
mod event;
mod latest;
mod report;
mod seal;
#[cfg(test)]
mod tests;
mod verify;

pub use about::{Told, about};
pub use action::Action;
pub use event::{Actor, Event, Personal, Target};
pub use latest::{Latest, called, happened_in, latest};
pub use report::{ChainReport, Report};
pub use seal::{Head, LEASE, Sealed, seal_some, unsealed};
pub use verify::verify;

use crate::db::Conn;
use crate::db::schema::audit_events;
use crate::db::types::{AccountId, EventId, Id, Kind, OrganizationId, ProjectId, Ts, UserId};
use crate::on_each;
use diesel::prelude::*;

/// The chain of the installation itself.
pub const INSTALLATION: AccountId = AccountId::nil();

/// The purpose under which the key of the seals is derived from the secret. Another word would be another key, and
/// every chain written before would no longer verify.
pub const KEY_PURPOSE: &str = "audit-chain";

/// Whatever a target is, where only its value matters.
enum Anything {}
impl Kind for Anything {
    const PREFIX: &'static str = "any";
}

/// An event's row as it is first written: `seq`, `previous` and `seal` are left to the sealer.
#[derive(Insertable)]
#[diesel(table_name = audit_events)]
struct NewRow {
    id: EventId,
    chain_id: AccountId,
    organization_id: Option<OrganizationId>,
    project_id: Option<ProjectId>,
    at: Ts,
    action: &'static str,
    actor_kind: &'static str,
    actor_id: Option<UserId>,
    target_kind: &'static str,
    target_id: Option<Id<Anything>>,
    details: String,
    personal: Option<String>,
    salt: Option<Vec<u8>>,
    digest: Vec<u8>,
    request_id: Option<EventId>,
}

/// Writes an event, unsealed. Call it in the transaction of the change that it tells of.
pub fn record(conn: &mut Conn, event: &Event) -> QueryResult<()> {
    let sealed_off = set_apart(&event.personal)?;
    let row = NewRow {
        id: event.id,
        chain_id: event.chain,
        organization_id: event.organization,
        project_id: event.project,
        at: event.at,
        action: event.action.name(),
        actor_kind: event.actor.kind(),
        actor_id: event.actor.id(),
        target_kind: event.target.kind,
        target_id: event.target.id.map(Id::from_uuid),
        details: canonical::json(&event.details),
        personal: sealed_off.text,
        salt: sealed_off.salt,
        digest: sealed_off.digest,
        request_id: event.request_id,
    };
    let insert = diesel::insert_into(audit_events::table).values(row);
    on_each!(conn, |c| insert.execute(c))?;
    Ok(())
}

/// The personal part as it is stored, and the digest that stands for it under the seal.
struct Apart {
    text: Option<String>,
    salt: Option<Vec<u8>>,
    digest: Vec<u8>,
}

/// The salt keeps a digest from being undone by trying names and addresses once text and salt are erased.
fn set_apart(personal: &Personal) -> QueryResult<Apart> {
    if personal.is_empty() {
        return Ok(Apart {
            text: None,
            salt: None,
            digest: canonical::NOTHING_PERSONAL.to_vec(),
        });
    }
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(unwritable)?;
    let value = serde_json::to_value(personal).map_err(unwritable)?;
    let text = canonical::json(&value);
    Ok(Apart {
        digest: canonical::digest(&salt, &text).to_vec(),
        salt: Some(salt.to_vec()),
        text: Some(text),
    })
}

/// No random bytes, or no text: an event that cannot be written stops the change that it tells of.
fn unwritable(cause: impl std::error::Error + Send + Sync + 'static) -> diesel::result::Error {
    diesel::result::Error::SerializationError(Box::new(cause))
}
