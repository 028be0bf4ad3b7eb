//! Whether what memberships keep is what their people hold.

use diesel::prelude::*;

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
    type Column = (
        AccountId,
        UserId,
        String,
        Option<GroupId>,
        Option<OrganizationId>,
        Option<ProjectId>,
        bool,
        Option<Ts>,
        Option<Ts>,
    );
    let given: Vec<Column> = grants::table
        .select((
            grants::account_id,
            grants::user_id,
            grants::role,
            grants::group_id,
            grants::organization_id,
            grants::project_id,
            grants::below,
            grants::starts_at,
            grants::ends_at,
        ))
        .load(conn)?;
    let kept: Vec<(AccountId, UserId, Option<String>)> = memberships::table
        .select((
            memberships::account_id,
            memberships::user_id,
            memberships::held,
        ))
        .load(conn)?;
    let differs = |(account, user, held): &(AccountId, UserId, Option<String>)| {
        let theirs = given
            .iter()
            .filter(|row| (row.0, row.1) == (*account, *user));
        let theirs = theirs.map(|row| {
            let (_, _, role, group, organization, project, below, starts_at, ends_at) = row;
            let scope = match (group, organization, project) {
                (None, None, None) => Scoped::Account,
                (Some(id), None, None) => Scoped::Group(*id),
                (None, Some(id), None) => Scoped::Organization {
                    id: *id,
                    below: *below,
                },
                (None, Some(organization), Some(id)) => Scoped::Project {
                    id: *id,
                    organization: *organization,
                },
                _ => return None,
            };
            Some(One {
                role: Named::parse(role)?,
                scope,
                starts_at: *starts_at,
                ends_at: *ends_at,
            })
        });
        let Some(mut theirs) = theirs.collect::<Option<Vec<One>>>() else {
            return true;
        };
        theirs.sort_unstable();
        let letters: usize = theirs.iter().map(One::letters).sum();
        // One stands between two.
        let letters = letters + theirs.len().saturating_sub(1);
        match held {
            Some(held) => letters > MOST || Kept::parse(held) != Some(Kept(theirs)),
            None => letters <= MOST,
        }
    };
    let count = kept.iter().filter(|row| differs(row)).count();
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
