//! Who manages an organization: the first of those with the role Admin on just that one, by name, as the tree of
//! sub-accounts says beside each. Whoever reaches it from above or by a group is not told here, since they would stand
//! beside every row; Explain access names them.

use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use super::model::Status;
use crate::access::role::Builtin;
use crate::db::schema::{grants, memberships, organizations};
use crate::db::types::{AccountId, OrganizationId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::Result;

/// How many are named.
pub const NAMED: usize = 2;

/// Who manages one organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Managers {
    /// The first [`NAMED`], by name.
    pub names: Vec<String>,
    /// Whether there are more.
    pub more: bool,
}

impl std::fmt::Display for Managers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.names.as_slice(), self.more) {
            ([], _) => Ok(()),
            ([one], _) => f.write_str(one),
            ([one, other, ..], false) => write!(f, "{one} and {other}"),
            ([one, other, ..], true) => write!(f, "{one}, {other} and others"),
        }
    }
}

/// The holder of Admin on the outer statement's organization who stands at this place by name, from 0.
macro_rules! holder {
    ($now:expr, $place:literal) => {
        grants::table
            .inner_join(
                memberships::table.on(memberships::user_id
                    .eq(grants::user_id)
                    .and(memberships::account_id.eq(grants::account_id))),
            )
            .filter(memberships::status.eq(Status::Active.as_str()))
            .filter(grants::scope_id.eq(organizations::id))
            .filter(grants::account_id.eq(organizations::account_id))
            .filter(grants::role.eq(Builtin::Admin.key()))
            .filter(grants::starts_at.is_null().or(grants::starts_at.le($now)))
            .filter(grants::ends_at.is_null().or(grants::ends_at.gt($now)))
            .order((grants::sort_key.asc(), grants::user_id.asc()))
            .limit(1)
            .offset($place)
            .select(grants::user_id)
            .single_value()
    };
}

/// Who manages each of these organizations: two statements, and three steps into an index for each organization.
pub fn managers_of(
    conn: &mut Conn,
    account: AccountId,
    ids: &[OrganizationId],
    now: Ts,
) -> Result<BTreeMap<OrganizationId, Managers>> {
    type Row = (
        OrganizationId,
        Option<UserId>,
        Option<UserId>,
        Option<UserId>,
    );
    let rows: Vec<Row> = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(among(organizations::id, ids))
        .select((
            organizations::id,
            holder!(now, 0),
            holder!(now, 1),
            holder!(now, 2),
        ))
        .load(conn)?;
    let people: BTreeSet<UserId> = rows
        .iter()
        .flat_map(|(_, one, other, _)| [*one, *other])
        .flatten()
        .collect();
    if people.is_empty() {
        return Ok(BTreeMap::new());
    }
    let people: Vec<UserId> = people.into_iter().collect();
    let named: Vec<(UserId, String, String)> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(among(memberships::user_id, &people))
        .select((
            memberships::user_id,
            memberships::first_name,
            memberships::last_name,
        ))
        .load(conn)?;
    let names: BTreeMap<UserId, String> = named
        .into_iter()
        .map(|(id, first, last)| (id, format!("{first} {last}")))
        .collect();
    let managers = |(id, one, other, more): Row| {
        let both = [one, other].into_iter().flatten();
        let named = both.filter_map(|id| names.get(&id).cloned()).collect();
        let more = more.is_some();
        (id, Managers { names: named, more })
    };
    Ok(rows.into_iter().map(managers).collect())
}
