//! Column types that mean the same on both databases: ids (`uuid` on PostgreSQL, 16 bytes on SQLite) and
//! instants (`timestamptz` on PostgreSQL, fixed-width text on SQLite, both UTC cut to microseconds).

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, SqlType};
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use uuid::Uuid;

use super::conn::MultiBackend;

/// SQL type of every id.
#[derive(Clone, Copy, Debug, Default, diesel::query_builder::QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Guid;

/// SQL type of every point in time.
#[derive(Clone, Copy, Debug, Default, diesel::query_builder::QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Instant;

impl HasSqlType<Guid> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<Guid>(lookup)
    }
}

impl HasSqlType<Instant> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<Instant>(lookup)
    }
}

/// What an id names. One kind per table; the prefix stands before the id wherever a person or a program sees it.
pub trait Kind: 'static {
    /// TypeID prefix, lower case, unique in the product.
    const PREFIX: &'static str;
}

pub mod kind;
mod ts;
mod word;

pub use ts::Ts;
pub use word::Word;

/// An id: a UUIDv7 made in Rust, shown as a TypeID (`user_01h455vb4pex5vsknk084sn02q`). A name, never a secret.
#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = Guid)]
pub struct Id<K: Kind>(Uuid, PhantomData<fn() -> K>);

/// Id of an account.
pub type AccountId = Id<kind::Account>;
/// Id of an organization.
pub type OrganizationId = Id<kind::Organization>;
/// Id of a group.
pub type GroupId = Id<kind::Group>;
/// Id of a project.
pub type ProjectId = Id<kind::Project>;
/// Id of a user.
pub type UserId = Id<kind::User>;
/// Id of a grant.
pub type GrantId = Id<kind::Grant>;
/// Id of a link.
pub type LinkId = Id<kind::Link>;
/// Id of a mail in the outbox.
pub type MailId = Id<kind::Mail>;
/// Id of an audit event.
pub type EventId = Id<kind::Event>;
/// Public id of a session.
pub type SessionId = Id<kind::Session>;
/// Id of a device.
pub type DeviceId = Id<kind::Device>;
/// Id of a file that was imported: devices, or people.
pub type ImportId = Id<kind::Import>;
/// Id of a known browser.
pub type BrowserId = Id<kind::Browser>;
/// Id of an offer of ownership.
pub type OfferId = Id<kind::Offer>;
/// Id of one sending of a form.
pub type SubmissionId = Id<kind::Submission>;
/// Id of one running process.
pub type InstanceId = Id<kind::Instance>;
/// Id of a request for a role.
pub type RequestId = Id<kind::Request>;
/// Id of a written approval or refusal.
pub type DecisionId = Id<kind::Decision>;
/// Id of a change of roles.
pub type ChangeId = Id<kind::Change>;
/// Id of a role that an account made.
pub type RoleId = Id<kind::Role>;

impl<K: Kind> Id<K> {
    /// A new id that sorts after those made before it in this process.
    pub fn new() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    /// A new id that sorts by its millisecond: for what is made in every request and seldom stored. Those of
    /// [`new`](Self::new) are counted behind a lock that all threads share.
    pub fn unordered() -> Self {
        Self::from_uuid(Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext)))
    }

    /// The id with this value.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare value.
    pub const fn uuid(&self) -> Uuid {
        self.0
    }

    /// The all-zero id: stands for "the installation itself" where an account's id stands otherwise.
    pub const fn nil() -> Self {
        Self::from_uuid(Uuid::nil())
    }

    /// Whether this is the all-zero id.
    pub fn is_nil(&self) -> bool {
        self.0.is_nil()
    }
}

impl<K: Kind> Default for Id<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Kind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Kind> Copy for Id<K> {}
impl<K: Kind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K: Kind> Eq for Id<K> {}
impl<K: Kind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: Kind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K: Kind> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// 128 bits in Crockford's base 32, most significant first, as the TypeID specification writes them.
fn suffix(uuid: Uuid) -> [u8; 26] {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut value = uuid.as_u128();
    let mut out = [b'0'; 26];
    // Twelve digits at a time, so many as whole fives of a machine's word have.
    for some in out.rchunks_mut(12) {
        let mut word = u64::try_from(value & 0x0fff_ffff_ffff_ffff).unwrap_or_default();
        for slot in some.iter_mut().rev() {
            let digit = usize::try_from(word & 31).unwrap_or_default();
            *slot = DIGITS.get(digit).copied().unwrap_or(b'0');
            word >>= 5;
        }
        value >>= 60;
    }
    out
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: a text that grows is moved once for each.
        let mut whole = [0_u8; 64];
        let parts = [K::PREFIX.as_bytes(), b"_", &suffix(self.0)];
        let mut rest = whole.as_mut_slice();
        for part in parts {
            std::io::Write::write_all(&mut rest, part).map_err(|_| fmt::Error)?;
        }
        let free = rest.len();
        let text = whole.get(..whole.len().saturating_sub(free));
        f.write_str(
            text.and_then(|text| std::str::from_utf8(text).ok())
                .unwrap_or_default(),
        )
    }
}
/// Letters, digits and an underscore, whatever the value.
impl<K: Kind> askama::filters::HtmlSafe for Id<K> {}
impl<K: Kind> askama::FastWritable for Id<K> {
    fn write_into(&self, page: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        page.write_str(K::PREFIX)?;
        page.write_str("_")?;
        Ok(page.write_str(std::str::from_utf8(&suffix(self.0)).unwrap_or_default())?)
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id of this kind")
    }
}
impl std::error::Error for NotAnId {}

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let parsed = type_safe_id::TypeSafeId::<type_safe_id::DynamicType>::from_str(text)
            .map_err(|_| NotAnId)?;
        if parsed.type_prefix() == K::PREFIX {
            Ok(Self::from_uuid(parsed.uuid()))
        } else {
            Err(NotAnId)
        }
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<K: Kind> ToSql<Guid, Pg> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}
impl<K: Kind> ToSql<Guid, Sqlite> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}
impl<K: Kind> ToSql<Guid, MultiBackend> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Guid, self));
        Ok(IsNull::No)
    }
}
impl<K: Kind> FromSql<Guid, Pg> for Id<K> {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::from_uuid(Uuid::from_slice(raw.as_bytes())?))
    }
}
impl<K: Kind> FromSql<Guid, Sqlite> for Id<K> {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::from_uuid(Uuid::from_slice(raw.read_blob())?))
    }
}
impl<K: Kind> FromSql<Guid, MultiBackend> for Id<K> {
    fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        raw.from_sql::<Self, Guid>()
    }
}

#[cfg(test)]
mod tests;
