//! Who holds a permission at a place: one range of an index for each scope that reaches it, merged by name.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::finding::Spot;
use crate::access::custom::{AccountRoles, MOST};
use crate::access::explain::{giving, reached_from};
use crate::access::grant::{Level, Scoped};
use crate::access::permission::{AnyKey, PermissionSet};
use crate::access::resolve::{self, Place, Way};
use crate::access::role::{Role, RoleTable};
use crate::db::schema::{
    custom_roles, grants, group_organizations, groups, memberships, organizations, users,
};
use crate::db::types::{AccountId, GrantId, GroupId, Id, OrganizationId, RoleId, Ts, UserId, kind};
use crate::db::{Conn, MultiBackend, among};
use crate::error::{Error, Result};
use crate::members::{Condition, Held, Status};
use crate::users::Reach;
use crate::web::list::keyset::Walk;

/// Somebody who holds it, and by which roles.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who.
    pub id: UserId,
    /// First and last name.
    pub name: String,
    /// Address.
    pub email: String,
    /// What they are sorted by.
    pub sort_key: String,
    /// Each role that gives it, and how it reaches the place.
    pub by: Vec<(Held, Way)>,
}

/// What somebody may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A permission, by whatever role.
    Permission(AnyKey),
    /// All of these, by one role.
    All(PermissionSet),
    /// A role.
    Role(Role),
}

impl What {
    /// The roles that count when held at a scope of this kind.
    fn roles(&self, table: &RoleTable, known: &AccountRoles, level: Level) -> Vec<Role> {
        let gives_all = |role: &Role, wanted: PermissionSet| {
            !wanted.is_empty() && wanted.is_subset(table.permissions(role, level))
        };
        match self {
            Self::Permission(key) => giving(table, known, *key, level),
            Self::All(keys) => known.all().filter(|role| gives_all(role, *keys)).collect(),
            Self::Role(role) if role.levels().contains(&level) => vec![role.clone()],
            Self::Role(_) => Vec::new(),
        }
    }
}

/// A walk along the people by name.
pub type ByName = Walk<String, UserId>;

/// What is asked: who holds this, here, now, as far as one may see.
pub struct Wanted<'a> {
    /// The account.
    pub account: AccountId,
    /// The permission or role.
    pub what: What,
    /// The place.
    pub place: &'a Place,
    /// Whether it is a project that is archived: then roles given on it alone give no permission.
    pub archived: bool,
    /// Whose roles may be seen.
    pub reach: &'a Reach,
    /// What each role may do.
    pub roles: &'a RoleTable,
    /// The roles that there are in the account.
    pub known: &'a AccountRoles,
    /// When.
    pub now: Ts,
}

type Row = (
    (
        GrantId,
        UserId,
        String,
        bool,
        Option<UserId>,
        Ts,
        Option<Ts>,
        Option<Ts>,
    ),
    (String, String, String),
);

/// Those along the walk, by name.
///
/// A person has at most one grant of a role at a scope. So the first rows of each role at each scope, as many as there
/// are people wanted, hold every role of those who come first by name, and the merge misses nobody. Role by role, since
/// a role that few hold would else be looked for among all who hold any: thousands, on an account.
pub fn holders(conn: &mut Conn, wanted: &Wanted<'_>, walk: &ByName) -> Result<Vec<Holder>> {
    let mut all: Vec<Holder> = Vec::new();
    let scopes = reached_from(wanted.place);
    let own = in_use(conn, wanted, &scopes)?;
    for scope in scopes {
        let mut roles = wanted.what.roles(wanted.roles, wanted.known, scope.level());
        roles.retain(|role| role.custom_id().is_none_or(|id| own.contains(&id)));
        let permission = !matches!(wanted.what, What::Role(_));
        let asleep = wanted.archived && permission && matches!(scope, Scoped::Project { .. });
        if roles.is_empty() || asleep || !wanted.reach.holds(&scope) {
            continue;
        }
        let mut rows = Vec::new();
        for role in roles {
            let found = range(conn, wanted, (&scope, &role), walk)?;
            rows.extend(found.into_iter().map(|row| (role.clone(), row)));
        }
        for (role, row) in rows {
            let (held, way, person) = read(row, (role, scope), wanted.place)?;
            match all.iter_mut().find(|holder| holder.id == held.user) {
                Some(holder) => holder.by.push((held, way)),
                None => all.push(Holder {
                    by: vec![(held, way)],
                    ..person
                }),
            }
        }
    }
    all.sort_by(|one, other| (&one.sort_key, one.id).cmp(&(&other.sort_key, other.id)));
    if walk.falls() {
        all.reverse();
    }
    all.truncate(usize::try_from(walk.limit).unwrap_or_default());
    Ok(all)
}

/// Which of the account's own roles anybody holds at one of these scopes: an account has many, and each would be a range
/// of its own.
fn in_use(conn: &mut Conn, wanted: &Wanted<'_>, scopes: &[Scoped]) -> Result<Vec<RoleId>> {
    if wanted.known.own().is_empty() {
        return Ok(Vec::new());
    }
    let scopes: Vec<GrantId> = scopes.iter().map(|one| one.id(wanted.account)).collect();
    let held = grants::table
        .filter(grants::custom_role_id.eq(custom_roles::id.nullable()))
        .filter(among(grants::scope_id, &scopes));
    Ok(custom_roles::table
        .filter(custom_roles::account_id.eq(wanted.account))
        .filter(exists(held))
        .order(custom_roles::name_key.asc())
        .limit(MOST)
        .select(custom_roles::id)
        .load(conn)?)
}

fn range(
    conn: &mut Conn,
    wanted: &Wanted<'_>,
    (scope, role): (&Scoped, &Role),
    walk: &ByName,
) -> Result<Vec<Row>> {
    let mut query = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .into_boxed::<MultiBackend>()
        .filter(grants::scope_id.eq(scope.id(wanted.account)))
        .filter(grants::account_id.eq(wanted.account))
        .filter(grants::role.eq(role.as_str()))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .filter(
            grants::starts_at
                .is_null()
                .or(grants::starts_at.le(wanted.now)),
        )
        .filter(grants::ends_at.is_null().or(grants::ends_at.gt(wanted.now)));
    if matches!(scope, Scoped::Organization { below: true, .. }) {
        query = query.filter(grants::below.eq(true));
    }
    Ok(query
        .filter(walk.behind(grants::sort_key, grants::user_id))
        .order(walk.order(grants::sort_key, grants::user_id))
        .limit(walk.limit)
        .select((
            (
                grants::id,
                grants::user_id,
                grants::sort_key,
                grants::below,
                grants::given_by,
                grants::given_at,
                grants::starts_at,
                grants::ends_at,
            ),
            (users::first_name, users::last_name, users::email),
        ))
        .load(conn)?)
}

/// Those along the walk who hold a role at any place of the account, by name; the places as they are stored.
pub fn anywhere(
    conn: &mut Conn,
    wanted: &Wanted<'_>,
    (role, walk): (&Role, &ByName),
) -> Result<Vec<Holder>> {
    // What is held on a deleted organization counts for nothing (S23).
    let there = organizations::table
        .filter(organizations::id.nullable().eq(grants::organization_id))
        .filter(organizations::status.ne("deleted"));
    let mut query = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .into_boxed::<MultiBackend>()
        .filter(grants::account_id.eq(wanted.account))
        .filter(grants::role.eq(role.as_str()))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .filter(
            grants::starts_at
                .is_null()
                .or(grants::starts_at.le(wanted.now)),
        )
        .filter(grants::ends_at.is_null().or(grants::ends_at.gt(wanted.now)))
        .filter(grants::organization_id.is_null().or(exists(there)));
    if let Reach::Places {
        groups,
        organizations,
        projects,
        ..
    } = wanted.reach
    {
        let places = groups
            .iter()
            .map(Id::uuid)
            .chain(projects.iter().map(Id::uuid));
        let places: Vec<Id<kind::Grant>> = places.map(Id::from_uuid).collect();
        let inside = grants::organization_id.eq_any(organizations.clone());
        query = query.filter(inside.or(grants::scope_id.eq_any(places)));
    }
    let rows: Vec<(String, UserId, String, String, String)> = query
        .filter(walk.behind(grants::sort_key, grants::user_id))
        .order(walk.order(grants::sort_key, grants::user_id))
        .limit(walk.limit)
        .select((
            grants::sort_key,
            grants::user_id,
            users::first_name,
            users::last_name,
            users::email,
        ))
        .distinct()
        .load(conn)?;
    let ids: Vec<UserId> = rows.iter().map(|(_, id, ..)| *id).collect();
    let held = crate::members::by_grants(conn, wanted.account, &ids)?;
    let holder = |(sort_key, id, first, last, email): (String, UserId, String, String, String)| {
        let by = held.iter().filter(|held| {
            held.user == id
                && held.role == *role
                && held.condition != Condition::Deleted
                && wanted.reach.holds(&held.scope)
                && held.starts_at.is_none_or(|start| start <= wanted.now)
                && held.ends_at.is_none_or(|end| wanted.now < end)
        });
        Holder {
            id,
            name: format!("{first} {last}"),
            email,
            sort_key,
            by: by.map(|held| (held.clone(), Way::Direct)).collect(),
        }
    };
    Ok(rows.into_iter().map(holder).collect())
}

fn read(row: Row, (role, scope): (Role, Scoped), place: &Place) -> Result<(Held, Way, Holder)> {
    let (held, (first, last, email)) = row;
    let (grant, user, sort_key, below, given_by, given_at, starts_at, ends_at) = held;
    let scope = match scope {
        Scoped::Organization { id, .. } => Scoped::Organization { id, below },
        other => other,
    };
    let way = resolve::reaches(&scope, place).ok_or_else(|| {
        Error::internal(format!("grant {grant} does not reach where it was found"))
    })?;
    let held = Held {
        grant,
        user,
        role,
        scope,
        place: None,
        within: None,
        given_by,
        given_at,
        starts_at,
        ends_at,
        condition: Condition::Open,
    };
    let holder = Holder {
        id: user,
        name: format!("{first} {last}"),
        email,
        sort_key,
        by: Vec::new(),
    };
    Ok((held, way, holder))
}

/// Fills in the names of the places that the roles are held on: those above, and the groups around.
pub fn name_places(conn: &mut Conn, holders: &mut [Holder], spot: &Spot) -> Result<()> {
    let (Place::Organization(branch) | Place::Project { within: branch, .. }) = &spot.place else {
        for (held, _) in holders.iter_mut().flat_map(|holder| &mut holder.by) {
            held.place = matches!(held.scope, Scoped::Group(_)).then(|| spot.name.clone());
        }
        return Ok(());
    };
    let mut these = branch.ancestors.clone();
    these.push(branch.organization);
    let organizations: Vec<(OrganizationId, String)> = organizations::table
        .filter(among(organizations::id, &these))
        .select((organizations::id, organizations::name))
        .load(conn)?;
    let groups: Vec<(GroupId, String)> = groups::table
        .inner_join(group_organizations::table.on(group_organizations::group_id.eq(groups::id)))
        .filter(group_organizations::organization_id.eq(branch.organization))
        .select((groups::id, groups::name))
        .load(conn)?;
    for (held, _) in holders.iter_mut().flat_map(|holder| &mut holder.by) {
        held.place = match held.scope {
            Scoped::Account => None,
            Scoped::Group(id) => named(&groups, id),
            Scoped::Organization { id, .. } => named(&organizations, id),
            Scoped::Project { .. } => Some(spot.name.clone()),
        };
    }
    Ok(())
}

fn named<I: PartialEq>(names: &[(I, String)], id: I) -> Option<String> {
    let found = names.iter().find(|(known, _)| *known == id);
    found.map(|(_, name)| name.clone())
}
