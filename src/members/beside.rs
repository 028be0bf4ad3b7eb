//! The roles that people hold beside the people, in one statement: for the list that is asked for most. What is read of
//! a role, the joins that bring it along, and how it becomes a [`Held`].

use diesel::sql_types::{Bool, Nullable, Text};

use super::held::Row;
use super::model::{Held, held};
use crate::access::custom;
use crate::db::types::{
    GrantId, GroupId, Guid, Instant, OrganizationId, ProjectId, Ts, UserId, Word,
};
use crate::error::Result;

/// What is read of a role: the grant, and the group, the organization and the project of its place. Of who holds none
/// there is nothing. Each value by itself: the compiler takes minutes over a whole that may be missing.
pub type Beside = (
    Option<GrantId>,
    Option<String>,
    Option<custom::Row>,
    Option<bool>,
    Option<UserId>,
    Option<Ts>,
    Option<Ts>,
    Option<Ts>,
    Option<(GroupId, String)>,
    Option<(OrganizationId, String, Word)>,
    Option<(ProjectId, String, Word)>,
);

/// As the database knows a [`Beside`].
pub type BesideSql = (
    Nullable<Guid>,
    Nullable<Text>,
    Nullable<(Guid, Text, Text, Text)>,
    Nullable<Bool>,
    Nullable<Guid>,
    Nullable<Instant>,
    Nullable<Instant>,
    Nullable<Instant>,
    Nullable<(Guid, Text)>,
    Nullable<(Guid, Text, Text)>,
    Nullable<(Guid, Text, Text)>,
);

/// Its columns.
pub const COLUMNS: &str = "g.id, g.role, c.id, c.name, c.description, c.permissions, g.below, g.given_by, g.given_at, \
     g.starts_at, g.ends_at, s.id, s.name, o.id, o.name, o.status, p.id, p.name, p.status";

/// What joins them to memberships that are called `m`: a row for each role, and one for who holds none. A role lies in
/// its own account with its place, which the keys of the grants see to.
pub const JOINED: &str = " LEFT JOIN grants AS g ON g.user_id = m.user_id AND g.account_id = m.account_id \
     LEFT JOIN custom_roles AS c ON c.id = g.custom_role_id LEFT JOIN groups AS s ON s.id = g.group_id \
     LEFT JOIN organizations AS o ON o.id = g.organization_id LEFT JOIN projects AS p ON p.id = g.project_id";

/// The role that this person holds; none: they hold none.
///
/// # Errors
/// If it is a role that nobody knows.
pub fn beside(user: UserId, read: Beside) -> Result<Option<Held>> {
    let (
        id,
        role,
        own,
        below,
        given_by,
        given_at,
        starts_at,
        ends_at,
        group,
        organization,
        project,
    ) = read;
    let (Some(id), Some(role), Some(below), Some(given_at)) = (id, role, below, given_at) else {
        return Ok(None);
    };
    let role = (role, own);
    let grant = (
        id, user, role, below, given_by, given_at, starts_at, ends_at,
    );
    let row: Row = (grant, group, organization, project);
    held(row).map(Some)
}
