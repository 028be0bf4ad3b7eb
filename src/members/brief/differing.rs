//! Whether what memberships keep is what their people hold.

use diesel::prelude::*;
use std::collections::BTreeMap;

use super::{DIGITS, Kept, Named, One};
use crate::access::grant::Scoped;
use crate::db::Conn;
use crate::db::schema::{grants, memberships};
use crate::db::types::{AccountId, GroupId, OrganizationId, ProjectId, Ts, UserId};
use crate::error::Result;

/// Letters of the longest text that is kept: more would not fit into an index beside the rest.
const MOST: usize = 640;

/// How many memberships keep other roles than their person holds, or nothing though it is short enough, or something too
/// long: none. For `rebuilding.rs`, which tests end with.
pub(in crate::members) fn differences(conn: &mut Conn) -> Result<i64> {
    type Row = (
        (AccountId, UserId, String, String),
        Option<GroupId>,
        Option<OrganizationId>,
        Option<ProjectId>,
        bool,
        (Option<Ts>, Option<Ts>),
    );
    let given: Vec<Row> = grants::table
        .select((
            (
                grants::account_id,
                grants::user_id,
                grants::role,
                grants::scope,
            ),
            grants::group_id,
            grants::organization_id,
            grants::project_id,
            grants::below,
            (grants::starts_at, grants::ends_at),
        ))
        .load(conn)?;
    // None: one of theirs cannot be read.
    let mut held: BTreeMap<(AccountId, UserId), Option<Vec<One>>> = BTreeMap::new();
    for ((account, user, role, level), group, organization, project, below, times) in given {
        let one = || {
            Some(One {
                role: Named::parse(&role)?,
                scope: Scoped::from_columns(&level, group, organization, project, below)?,
                starts_at: times.0,
                ends_at: times.1,
            })
        };
        let theirs = held.entry((account, user)).or_insert(Some(Vec::new()));
        match (theirs.as_mut(), one()) {
            (Some(theirs), Some(one)) => theirs.push(one),
            _ => *theirs = None,
        }
    }
    let kept: Vec<(AccountId, UserId, Option<String>)> = memberships::table
        .select((
            memberships::account_id,
            memberships::user_id,
            memberships::held,
        ))
        .load(conn)?;
    let mut differs = |(account, user, kept): &(AccountId, UserId, Option<String>)| {
        let Some(mut theirs) = held.remove(&(*account, *user)).unwrap_or(Some(Vec::new())) else {
            return true;
        };
        theirs.sort_unstable();
        let letters: usize = theirs.iter().map(One::letters).sum();
        // One stands between two.
        let letters = letters + theirs.len().saturating_sub(1);
        match kept {
            Some(kept) => letters > MOST || Kept::parse(kept) != Some(Kept(theirs)),
            None => letters <= MOST,
        }
    };
    let count = kept.into_iter().filter(|row| differs(row)).count();
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

impl One {
    /// How long it is as text.
    fn letters(&self) -> usize {
        let role = match self.role {
            Named::Builtin(role) => role.key().len(),
            Named::Own(id) => id.to_string().len(),
        };
        let place = match self.scope {
            Scoped::Account => 0,
            Scoped::Group(_) | Scoped::Organization { .. } => 1 + DIGITS,
            Scoped::Project { .. } => 1 + 2 * DIGITS,
        };
        let times = [self.starts_at, self.ends_at].into_iter().flatten();
        role + place + times.map(|time| time.text().len()).sum::<usize>() + 3
    }
}
