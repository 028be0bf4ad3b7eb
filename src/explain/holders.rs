//! Who holds a permission at a place: one range of an index for each scope that reaches it, merged by name.

use diesel::prelude::*;

use crate::access::explain::{giving, reached_from};
use crate::access::grant::Scoped;
use crate::access::permission::AnyKey;
use crate::access::resolve::{self, Place, Way};
use crate::access::role::{Role, RoleTable};
use crate::db::schema::{grants, memberships, users};
use crate::db::types::{AccountId, GrantId, Id, Ts, UserId, kind};
use crate::db::{Conn, MultiBackend};
use crate::error::{Error, Result};
use crate::members::{Held, Status};
use crate::users::Reach;

/// Somebody who holds it.
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

/// What is asked: who holds this, here, now, as far as one may see.
pub struct Wanted<'a> {
    /// The account.
    pub account: AccountId,
    /// The permission.
    pub key: AnyKey,
    /// The place.
    pub place: &'a Place,
    /// Whose roles may be seen.
    pub reach: &'a Reach,
    /// What each role may do.
    pub roles: &'a RoleTable,
    /// When.
    pub now: Ts,
}

type Row = (
    (
        GrantId,
        UserId,
        String,
        String,
        bool,
        Option<UserId>,
        Ts,
        Option<Ts>,
        Option<Ts>,
    ),
    (String, String, String),
);

/// The first of those, by name.
///
/// A person has at most one grant of a role at a scope. So that many rows of a range as there are people wanted,
/// times the roles that give it, hold that many people whole, and the merge misses nobody.
pub fn holders(conn: &mut Conn, wanted: &Wanted<'_>, walk: &ByName) -> Result<Vec<Holder>> {
    let mut all: Vec<Holder> = Vec::new();
    for scope in reached_from(wanted.place) {
        let roles = giving(wanted.roles, wanted.key, scope.level());
        if roles.is_empty() || !wanted.reach.holds(&scope) {
            continue;
        }
        for row in range(conn, wanted, (&scope, &roles), most)? {
            let (held, way, person) = read(row, scope, wanted.place)?;
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
    all.truncate(usize::try_from(most).unwrap_or_default());
    Ok(all)
}

fn range(
    conn: &mut Conn,
    wanted: &Wanted<'_>,
    (scope, roles): (&Scoped, &[Role]),
    most: i64,
) -> Result<Vec<Row>> {
    let names: Vec<&str> = roles.iter().map(Role::as_str).collect();
    let many = i64::try_from(roles.len()).unwrap_or(i64::MAX);
    let mut query = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .into_boxed::<MultiBackend>()
        .filter(grants::scope_id.eq(scope_id(wanted.account, scope)))
        .filter(grants::account_id.eq(wanted.account))
        .filter(grants::role.eq_any(names))
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
        .order((grants::sort_key.asc(), grants::user_id.asc()))
        .limit(most.saturating_mul(many))
        .select((
            (
                grants::id,
                grants::user_id,
                grants::role,
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

fn scope_id(account: AccountId, scope: &Scoped) -> Id<kind::Grant> {
    Id::from_uuid(match scope {
        Scoped::Account => account.uuid(),
        Scoped::Group(id) => id.uuid(),
        Scoped::Organization { id, .. } => id.uuid(),
        Scoped::Project { id, .. } => id.uuid(),
    })
}

fn read(row: Row, scope: Scoped, place: &Place) -> Result<(Held, Way, Holder)> {
    let ((grant, user, role, sort_key, below, given_by, given_at, starts_at, ends_at), person) =
        row;
    let (first, last, email) = person;
    let role = Role::parse(&role)
        .ok_or_else(|| Error::internal(format!("grant {grant} has an unknown role")))?;
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
