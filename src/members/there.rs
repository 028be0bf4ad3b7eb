//! What people hold on one place alone.

use diesel::prelude::*;

use super::giving::columns;
use super::model::{Condition, Held};
use crate::access::custom::{self, AccountRoles};
use crate::access::grant::Scoped;
use crate::access::role::Role;
use crate::db::schema::{custom_roles, grants};
use crate::db::types::{AccountId, GrantId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::{Error, Result};
use crate::on_each;

/// A role on one place, as it is read: grant, person, role, giver, when, from when on, until when.
pub type HeldRow<R = String> = (
    GrantId,
    UserId,
    R,
    Option<UserId>,
    Ts,
    Option<Ts>,
    Option<Ts>,
);

/// The same, read together with a role that the account made.
type Row = HeldRow<(String, Option<custom::Row>)>;

/// The roles that these people hold on just this place now or from some day on: what has ended is left out. One
/// statement.
pub fn held_on(
    conn: &mut Conn,
    account: AccountId,
    (scope, name): (Scoped, &str),
    people: &[UserId],
    now: Ts,
) -> Result<Vec<Held>> {
    let (.., scope_id) = columns(account, &scope);
    let query = grants::table
        .left_join(custom_roles::table.on(custom_roles::id.nullable().eq(grants::custom_role_id)))
        .filter(grants::account_id.eq(account))
        .filter(grants::scope_id.eq(scope_id))
        .filter(among(grants::user_id, people))
        .select((
            grants::id,
            grants::user_id,
            (grants::role, custom::COLUMNS.nullable()),
            grants::given_by,
            grants::given_at,
            grants::starts_at,
            grants::ends_at,
        ));
    let rows: Vec<Row> = on_each!(conn, |c| query.load(c))?;
    let current = rows
        .into_iter()
        .filter(|row| row.6.is_none_or(|end| now < end));
    let held = |(grant, user, (role, own), given_by, given_at, starts_at, ends_at): Row| {
        let role = custom::of_grant(&role, own);
        let times = (given_at, starts_at, ends_at);
        there((scope, name), (grant, user), role, (given_by, times))
    };
    let mut all: Vec<Held> = current.map(held).collect::<Result<_>>()?;
    all.sort_by(|one, other| (one.user, &one.role).cmp(&(other.user, &other.role)));
    Ok(all)
}

/// A role on the place with this scope and name, of an account that has these roles.
///
/// # Errors
/// A role that is none.
pub fn held_there(
    known: &AccountRoles,
    place: (Scoped, &str),
    (grant, user, role, given_by, given_at, starts_at, ends_at): HeldRow,
) -> Result<Held> {
    let times = (given_at, starts_at, ends_at);
    let role = known.parse(&role);
    there(place, (grant, user), role, (given_by, times))
}

type Times = (Ts, Option<Ts>, Option<Ts>);

fn there(
    (scope, name): (Scoped, &str),
    (grant, user): (GrantId, UserId),
    role: Option<Role>,
    (given_by, (given_at, starts_at, ends_at)): (Option<UserId>, Times),
) -> Result<Held> {
    let unknown = || Error::internal(format!("{grant} has an unknown role"));
    Ok(Held {
        grant,
        user,
        role: role.ok_or_else(unknown)?,
        scope,
        place: Some(name.to_owned()),
        within: None,
        given_by,
        given_at,
        starts_at,
        ends_at,
        condition: Condition::Open,
    })
}
