//! What people hold as a list shows it: the role, the place by name, and when it counts. It is read from the text that
//! their membership keeps, so that a page of people looks up no roles; the database writes that text as it writes the
//! grants (`memberships.held`), and who holds too much for it has theirs put together in the statement.

mod differing;

pub(super) use differing::differences;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::Pg;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use std::sync::Arc;
use uuid::Uuid;

use super::held::{Places, names};
use super::model::Held;
use crate::access::custom::AccountRoles;
use crate::access::extent::Extent;
use crate::access::grant::Scoped;
use crate::access::role::{Builtin, Role};
use crate::db::Conn;
use crate::db::types::{GroupId, OrganizationId, ProjectId, RoleId, Ts, UserId};
use crate::error::{Error, Result};

/// A role that somebody holds, as a list shows it.
#[derive(Clone, Debug)]
pub struct Brief {
    /// Who holds it.
    pub user: UserId,
    /// The role.
    pub role: Role,
    /// Where, as a grant says it.
    pub scope: Scoped,
    /// Name of the group or of the organization, of a project that of its organization; the account's own name is left to
    /// the page.
    pub place: Option<Arc<str>>,
    /// From when on.
    pub starts_at: Option<Ts>,
    /// Until when.
    pub ends_at: Option<Ts>,
}

impl Brief {
    /// How far below its place it reaches, and for how long.
    pub const fn extent(&self) -> Extent {
        Extent {
            below: self.scope.is_below(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
    }
}

/// What is read of grants, in the order in which a list shows it: the same as of what is kept.
pub fn of_grants(held: Vec<Held>) -> Vec<Brief> {
    let brief = |held: Held| {
        let place = match held.scope {
            Scoped::Project { .. } => held.within,
            _ => held.place,
        };
        Brief {
            user: held.user,
            role: held.role,
            scope: held.scope,
            place: place.map(Arc::from),
            starts_at: held.starts_at,
            ends_at: held.ends_at,
        }
    };
    let mut all: Vec<Brief> = held.into_iter().map(brief).collect();
    all.sort_by_key(|brief| (brief.user, One::of(brief)));
    all
}

/// What the people of a list hold, found by person.
#[derive(Clone, Debug, Default)]
pub struct Briefs(Vec<Brief>);

impl Briefs {
    /// These roles, of whomever.
    pub fn new(mut held: Vec<Brief>) -> Self {
        held.sort_by_key(|held| held.user);
        Self(held)
    }

    /// Those that this person holds, in their order.
    pub fn of(&self, user: UserId) -> &[Brief] {
        let from = self.0.partition_point(|held| held.user < user);
        let theirs = self.0.get(from..).unwrap_or_default();
        let to = theirs.partition_point(|held| held.user == user);
        theirs.get(..to).unwrap_or_default()
    }
}

/// One more column, the roles of memberships that are called `m` as a [`Kept`].
pub const COLUMN: &str = ", coalesce(m.held, (SELECT string_agg(g.held, ';') FROM grants_in_short AS g \
     WHERE g.user_id = m.user_id AND g.account_id = m.account_id), '')";

/// The roles of one person in one account, as their membership keeps them: for each its name, the kind and the ids of its
/// place, and from when and until when it counts, as `viewer,o<id>,,`; a `;` between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromSqlRow)]
pub struct Kept(Vec<One>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct One {
    role: Named,
    scope: Scoped,
    starts_at: Option<Ts>,
    ends_at: Option<Ts>,
}

/// Which role: one of the portal's, or one of the account's own, which is read beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Builtin(Builtin),
    Own(RoleId),
}

impl Named {
    fn of(role: &Role) -> Self {
        match role {
            Role::Builtin(role) => Self::Builtin(*role),
            Role::Custom(own) => Self::Own(own.id),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match Builtin::parse(text) {
            Some(role) => Some(Self::Builtin(role)),
            None => text.parse().ok().map(Self::Own),
        }
    }
}

impl Kept {
    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        // Most people hold one.
        let Some((first, rest)) = text.split_once(';') else {
            return One::parse(text).map(|one| Self(vec![one]));
        };
        let all = std::iter::once(first).chain(rest.split(';'));
        let mut all = all.map(One::parse).collect::<Option<Vec<One>>>()?;
        all.sort_unstable();
        Some(Self(all))
    }
}

impl One {
    fn of(brief: &Brief) -> Self {
        Self {
            role: Named::of(&brief.role),
            scope: brief.scope,
            starts_at: brief.starts_at,
            ends_at: brief.ends_at,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let (role, place) = (parts.next()?, parts.next()?);
        let (starts_at, ends_at) = (time(parts.next()?)?, time(parts.next()?)?);
        parts.next().is_none().then_some(())?;
        Some(Self {
            role: Named::parse(role)?,
            scope: scope(place)?,
            starts_at,
            ends_at,
        })
    }
}

fn scope(text: &str) -> Option<Scoped> {
    let organization = |ids: &str, below| {
        let id = OrganizationId::from_uuid(id(ids)?);
        Some(Scoped::Organization { id, below })
    };
    if text.is_empty() {
        return Some(Scoped::Account);
    }
    let (kind, ids) = text.split_at_checked(1)?;
    match kind {
        "p" => {
            let (project, within) = ids.split_at_checked(DIGITS)?;
            Some(Scoped::Project {
                id: ProjectId::from_uuid(id(project)?),
                organization: OrganizationId::from_uuid(id(within)?),
            })
        }
        "o" => organization(ids, false),
        "b" => organization(ids, true),
        "g" => Some(Scoped::Group(GroupId::from_uuid(id(ids)?))),
        _ => None,
    }
}

/// Digits of an id.
const DIGITS: usize = 32;

fn id(digits: &str) -> Option<Uuid> {
    // By halves: what takes ids written in any of their ways takes four times as long.
    let half = |digits: &str| {
        // Before a number a sign may stand.
        let is_plain = digits.len() == DIGITS / 2 && !digits.starts_with('+');
        is_plain.then(|| u64::from_str_radix(digits, 16).ok())?
    };
    let (high, low) = digits.split_at_checked(DIGITS / 2)?;
    Some(Uuid::from_u64_pair(half(high)?, half(low)?))
}

/// None: it is no time. Nothing is no time that is said.
fn time(text: &str) -> Option<Option<Ts>> {
    match text {
        "" => Some(None),
        text => Ts::parse(text).map(Some),
    }
}

fn read(text: &str) -> deserialize::Result<Kept> {
    Kept::parse(text).ok_or_else(|| format!("roles that nobody can read: {text:?}").into())
}

impl FromSql<Text, Sqlite> for Kept {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        read(raw.read_text())
    }
}
impl FromSql<Text, Pg> for Kept {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        read(std::str::from_utf8(raw.as_bytes())?)
    }
}

/// The roles of these people with the places by name: one statement, of the places. `known` are the account's roles as
/// they were read in the same transaction.
///
/// # Errors
/// If a role is none of them.
pub fn in_brief(
    conn: &mut Conn,
    kept: &[(UserId, Kept)],
    known: &AccountRoles,
) -> Result<Vec<Brief>> {
    let mut places = Places::default();
    let all = || {
        kept.iter()
            .flat_map(|(user, kept)| kept.0.iter().map(|one| (*user, one)))
    };
    for (_, one) in all() {
        match one.scope {
            Scoped::Account => {}
            Scoped::Group(id) => places.groups.push(id),
            Scoped::Organization { id, .. } => places.organizations.push(id),
            Scoped::Project { organization, .. } => places.organizations.push(organization),
        }
    }
    let names = names(conn, places)?.into_iter();
    let names: Vec<(Uuid, Arc<str>)> = names.map(|(id, (name, _))| (id, name.into())).collect();
    let named = |id: Uuid| {
        let at = names.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        names.get(at).map(|(_, name)| name.clone())
    };
    let brief = |(user, one): (UserId, &One)| {
        let role = match one.role {
            Named::Builtin(role) => Role::Builtin(role),
            Named::Own(id) => known
                .own()
                .iter()
                .find(|own| own.id == id)
                .map(|own| Role::Custom(own.clone()))
                .ok_or_else(|| Error::internal(format!("somebody holds an unknown role {id}")))?,
        };
        Ok(Brief {
            user,
            role,
            scope: one.scope,
            place: match one.scope {
                Scoped::Account => None,
                Scoped::Group(id) => named(id.uuid()),
                Scoped::Organization { id, .. } => named(id.uuid()),
                Scoped::Project { organization, .. } => named(organization.uuid()),
            },
            starts_at: one.starts_at,
            ends_at: one.ends_at,
        })
    };
    all().map(brief).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Kept, Named, One, scope};
    use crate::access::grant::Scoped;
    use crate::access::role::Builtin;
    use crate::db::types::{GroupId, OrganizationId, ProjectId, RoleId, Ts};

    const A: &str = "0192A0B1C2D37E8F9A0B1C2D3E4F5061";
    const B: &str = "0192a0b1c2d37e8f9a0b1c2d3e4f5062";

    #[test]
    fn what_is_kept_of_a_role_reads_back_as_the_grant_has_it() {
        let (a, b) = (A.parse().unwrap(), B.parse().unwrap());
        let own = RoleId::new();
        let start = "2026-05-03T14:05:00.000000Z";
        let text = format!(
            "{own},o{A},{start},;viewer,p{B}{A},,{start};billing,,,;viewer,g{A},,;viewer,b{B},,"
        );
        let builtin = |role, scope| One {
            role: Named::Builtin(role),
            scope,
            starts_at: None,
            ends_at: None,
        };
        let organization = OrganizationId::from_uuid(a);
        let project = Scoped::Project {
            id: ProjectId::from_uuid(b),
            organization,
        };
        let tree = Scoped::Organization {
            id: OrganizationId::from_uuid(b),
            below: true,
        };
        let mut wanted = vec![
            builtin(Builtin::Billing, Scoped::Account),
            builtin(Builtin::Viewer, Scoped::Group(GroupId::from_uuid(a))),
            builtin(Builtin::Viewer, tree),
            One {
                ends_at: Ts::parse(start),
                ..builtin(Builtin::Viewer, project)
            },
            One {
                role: Named::Own(own),
                scope: Scoped::Organization {
                    id: organization,
                    below: false,
                },
                starts_at: Ts::parse(start),
                ends_at: None,
            },
        ];
        wanted.sort_unstable();
        assert_eq!(Kept::parse(&text), Some(Kept(wanted)));
        assert_eq!(Kept::parse(""), Some(Kept::default()));
    }

    #[test]
    fn what_is_no_role_is_not_taken_for_one() {
        for wrong in [
            "viewer",
            "viewer,,",
            "viewer,,,,",
            "viewers,,,",
            "viewer,,,;",
            ",,,",
            "viewer,,yesterday,",
        ] {
            assert_eq!(Kept::parse(wrong), None, "{wrong}");
        }
        for wrong in [
            "o",
            "x",
            "é",
            "oé",
            &format!("o{A}{B}"),
            &format!("p{A}"),
            &format!("g{{{A}"),
            &format!("o+{}", &A[1..]),
        ] {
            assert_eq!(scope(wrong), None, "{wrong}");
        }
    }
}
