//! The bytes that a seal covers.
//!
//! One form for both databases and for all time: a version byte, then every field in a fixed order, each behind its
//! length in eight bytes (big-endian), so that no two events share a form and nothing can slide from one field into
//! the next. Ids are their 16 bytes (none: no bytes), the instant is microseconds since 1970 in UTC, texts are UTF-8
//! as stored. Personal data are represented by their salted digest alone.
//!
//! The order: chain, seq, previous seal, id, organization, project, instant, action, kind and id of the actor, kind
//! and id of the target, details, digest, request.

use super::Anything;
use crate::db::schema::audit_events as e;
use crate::db::types::{AccountId, EventId, Id, Kind, OrganizationId, ProjectId, Ts, UserId};
use diesel::prelude::*;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The version of the form below; another form gets another number.
const VERSION: u8 = 1;

/// What stands before the first event of a chain in place of a seal.
pub const FIRST: [u8; 32] = [0; 32];

/// The digest of an event that says nothing about people: none, so that it cannot be taken for an erased one.
pub const NOTHING_PERSONAL: [u8; 32] = [0; 32];

/// A seal, or a digest.
pub type Bytes32 = [u8; 32];

/// Digest that stands for personal data: over the salt, then the text as stored.
pub fn digest(salt: &[u8], personal: &str) -> Bytes32 {
    Sha256::new()
        .chain_update(salt)
        .chain_update(personal.as_bytes())
        .finalize()
        .into()
}

/// JSON text with sorted keys and no blanks. Sorted here, and not by serde_json's default: that changes for everybody
/// as soon as one dependency asks for it.
pub fn json(value: &Value) -> String {
    sorted(value).to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            Value::Object(
                fields
                    .into_iter()
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        plain => plain.clone(),
    }
}

/// The columns of [`Stored`], in its order.
pub(super) type Columns = (
    e::id,
    e::chain_id,
    e::organization_id,
    e::project_id,
    e::at,
    e::action,
    e::actor_kind,
    e::actor_id,
    e::target_kind,
    e::target_id,
    e::details,
    e::digest,
    e::request_id,
);

/// See [`Columns`].
pub(super) const COLUMNS: Columns = (
    e::id,
    e::chain_id,
    e::organization_id,
    e::project_id,
    e::at,
    e::action,
    e::actor_kind,
    e::actor_id,
    e::target_kind,
    e::target_id,
    e::details,
    e::digest,
    e::request_id,
);

/// What is sealed of an event, as it stands in the database. Kept as it was read, never interpreted: a row that
/// another version wrote is sealed and verified all the same.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Stored {
    pub id: EventId,
    pub chain: AccountId,
    pub organization: Option<OrganizationId>,
    pub project: Option<ProjectId>,
    pub at: Ts,
    pub action: String,
    pub actor_kind: String,
    pub actor: Option<UserId>,
    pub target_kind: String,
    pub target: Option<Id<Anything>>,
    pub details: String,
    pub digest: Vec<u8>,
    pub request: Option<EventId>,
}

/// The key of the seals, ready for use.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    pub(super) fn new(key: &Bytes32) -> Self {
        // HMAC itself fills a key shorter than its block with zeros; doing it here leaves nothing that could fail.
        let mut block = [0_u8; 64];
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        Self(<Hmac<Sha256> as hmac::digest::KeyInit>::new(&block.into()))
    }

    /// The seal of an event at this place of its chain.
    pub(super) fn seal(&self, event: &Stored, seq: i64, previous: &[u8]) -> Bytes32 {
        self.over(event, seq, previous)
            .finalize()
            .into_bytes()
            .into()
    }

    /// Whether this is the event's seal.
    pub(super) fn fits(&self, event: &Stored, seq: i64, previous: &[u8], seal: &[u8]) -> bool {
        self.over(event, seq, previous).verify_slice(seal).is_ok()
    }

    fn over(&self, event: &Stored, seq: i64, previous: &[u8]) -> Hmac<Sha256> {
        let mut form = Form(self.0.clone());
        form.0.update(&[VERSION]);
        form.id(Some(event.chain));
        form.field(&seq.to_be_bytes());
        form.field(previous);
        form.id(Some(event.id));
        form.id(event.organization);
        form.id(event.project);
        form.field(&event.at.utc().timestamp_micros().to_be_bytes());
        form.field(event.action.as_bytes());
        form.field(event.actor_kind.as_bytes());
        form.id(event.actor);
        form.field(event.target_kind.as_bytes());
        form.id(event.target);
        form.field(event.details.as_bytes());
        form.field(&event.digest);
        form.id(event.request);
        form.0
    }
}

/// The form, fed to the seal as it is made.
struct Form(Hmac<Sha256>);

impl Form {
    fn field(&mut self, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.update(&length.to_be_bytes());
        self.0.update(bytes);
    }

    fn id<K: Kind>(&mut self, id: Option<Id<K>>) {
        match id {
            Some(id) => self.field(id.uuid().as_bytes()),
            None => self.field(&[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn id<K: Kind>() -> impl Strategy<Value = Id<K>> {
        any::<u128>().prop_map(|value| Id::from_uuid(Uuid::from_u128(value)))
    }

    fn maybe<K: Kind>() -> impl Strategy<Value = Option<Id<K>>> {
        proptest::option::of(id())
    }

    fn instant() -> impl Strategy<Value = Ts> {
        (0_i64..4_000_000_000_000_000).prop_map(|micros| {
            Ts::new(chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default())
        })
    }

    fn stored() -> impl Strategy<Value = Stored> {
        let ids = (id(), id(), maybe(), maybe(), maybe(), maybe(), maybe());
        let texts = (".{0,12}", ".{0,12}", ".{0,12}", ".{0,40}");
        (
            ids,
            texts,
            instant(),
            proptest::collection::vec(any::<u8>(), 32),
        )
            .prop_map(|(ids, texts, at, digest)| Stored {
                id: ids.0,
                chain: ids.1,
                organization: ids.2,
                project: ids.3,
                actor: ids.4,
                target: ids.5,
                request: ids.6,
                at,
                action: texts.0,
                actor_kind: texts.1,
                target_kind: texts.2,
                details: texts.3,
                digest,
            })
    }

    /// Puts one field of `other` (the one of this number) into `event`; whether that changed it.
    fn with_field(event: &mut Stored, other: &Stored, field: usize) -> bool {
        fn put<T: Clone + PartialEq>(to: &mut T, from: &T) -> bool {
            let differs = to != from;
            to.clone_from(from);
            differs
        }
        match field {
            0 => put(&mut event.id, &other.id),
            1 => put(&mut event.chain, &other.chain),
            2 => put(&mut event.organization, &other.organization),
            3 => put(&mut event.project, &other.project),
            4 => put(&mut event.at, &other.at),
            5 => put(&mut event.action, &other.action),
            6 => put(&mut event.actor_kind, &other.actor_kind),
            7 => put(&mut event.actor, &other.actor),
            8 => put(&mut event.target_kind, &other.target_kind),
            9 => put(&mut event.target, &other.target),
            10 => put(&mut event.details, &other.details),
            11 => put(&mut event.digest, &other.digest),
            _ => put(&mut event.request, &other.request),
        }
    }

    proptest! {
        #[test]
        fn a_change_of_any_one_field_changes_the_seal(
            event in stored(), other in stored(), seq in any::<i64>(), previous in any::<[u8; 32]>(),
            key in any::<[u8; 32]>(),
        ) {
            let secret = Key::new(&key);
            let seal = secret.seal(&event, seq, &previous);
            prop_assert!(secret.fits(&event, seq, &previous, &seal));
            for field in 0..13 {
                let mut changed = event.clone();
                if with_field(&mut changed, &other, field) {
                    prop_assert_ne!(secret.seal(&changed, seq, &previous), seal, "field {}", field);
                }
            }
            prop_assert_ne!(secret.seal(&event, seq.wrapping_add(1), &previous), seal);
            let mut turned = previous;
            turned.iter_mut().for_each(|byte| *byte ^= 1);
            prop_assert_ne!(secret.seal(&event, seq, &turned), seal);
            let mut another = key;
            another.iter_mut().for_each(|byte| *byte ^= 1);
            prop_assert_ne!(Key::new(&another).seal(&event, seq, &previous), seal);
            prop_assert!(!secret.fits(&event, seq, &previous, &[]));
        }

        #[test]
        fn nothing_slides_from_one_field_into_the_next(event in stored(), seq in any::<i64>()) {
            let secret = Key::new(&[7; 32]);
            let mut slid = event.clone();
            if let Some(last) = slid.action.pop() {
                slid.actor_kind.insert(0, last);
                prop_assert_ne!(secret.seal(&slid, seq, &FIRST), secret.seal(&event, seq, &FIRST));
            }
        }
    }

    /// Written down once: should it ever differ, every chain in the world would stop verifying.
    #[test]
    fn the_form_of_version_one_stays_what_it_is() {
        let event = Stored {
            id: Id::from_uuid(Uuid::from_u128(1)),
            chain: Id::nil(),
            organization: None,
            project: Some(Id::from_uuid(Uuid::from_u128(2))),
            at: Ts::new(
                chrono::DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap_or_default(),
            ),
            action: "user.invited".into(),
            actor_kind: "system".into(),
            actor: None,
            target_kind: "user".into(),
            target: Some(Id::from_uuid(Uuid::from_u128(3))),
            details: r#"{"a":1}"#.into(),
            digest: vec![9; 32],
            request: None,
        };
        let seal = Key::new(&[5; 32]).seal(&event, 4, &[6; 32]);
        assert_eq!(
            super::super::seal::hex(&seal),
            "40883a400e607e43726d61ee8d5d4b3a5ba2b87488a349ab9f465ea9196b1197"
        );
    }

    #[test]
    fn json_has_one_text_whatever_the_order_it_was_made_in() -> serde_json::Result<()> {
        let one: Value = serde_json::from_str(r#"{"b": [ {"z":1, "a":null} ], "a": "é\u0000"}"#)?;
        assert_eq!(json(&one), r#"{"a":"é\u0000","b":[{"a":null,"z":1}]}"#);
        Ok(())
    }
}
