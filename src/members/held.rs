//! The roles that people hold with the places by name, as they are read: the roles, and then the names of their places,
//! each once. Many people of a page work in the same few places, and a walk to a place costs as much as the role.

use diesel::backend::Backend;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, Nullable, Text};
use std::collections::BTreeMap;
use std::ops::Range;

use crate::access::custom;
use crate::db::types::{
    AccountId, GrantId, GroupId, Guid, Id, Instant, Kind, OrganizationId, ProjectId, Ts, UserId,
    Word, kind,
};
use crate::db::{Among, Conn, among};
use crate::error::Result;
use crate::on_each;

/// What a role is, and whose.
type Grant = (
    GrantId,
    UserId,
    (String, Option<custom::Row>),
    bool,
    Option<UserId>,
    Ts,
    Option<Ts>,
    Option<Ts>,
);

/// A role that somebody holds: what it is, and the group, the organization and the project of its place.
pub(super) type Row = (
    Grant,
    Option<(GroupId, String)>,
    Option<(OrganizationId, String, Word)>,
    Option<(ProjectId, String, Word)>,
);

/// A role with the ids of its place, as it is read.
type Read = (
    Grant,
    Option<GroupId>,
    Option<OrganizationId>,
    Option<ProjectId>,
);

/// As the database knows a [`Read`].
type ReadSql = (
    (
        Guid,
        Guid,
        (Text, Nullable<(Guid, Text, Text, Text)>),
        Bool,
        Nullable<Guid>,
        Instant,
        Nullable<Instant>,
        Nullable<Instant>,
    ),
    Nullable<Guid>,
    Nullable<Guid>,
    Nullable<Guid>,
);

/// Places of one statement.
const AT_ONCE: usize = 1_000;

/// Every role that these people hold in the account: two statements, of which the second is of their places.
pub(super) fn rows(conn: &mut Conn, account: AccountId, people: &[UserId]) -> Result<Vec<Row>> {
    let query = Roles {
        account,
        people: among(sql("g.user_id"), people),
    };
    let read: Vec<Read> = on_each!(conn, |c| query.load(c))?;
    let names = names(
        conn,
        Places {
            groups: read.iter().filter_map(|row| row.1).collect(),
            organizations: read.iter().filter_map(|row| row.2).collect(),
            projects: read.iter().filter_map(|row| row.3).collect(),
        },
    )?;
    let named = |id: uuid::Uuid| names.get(&id).cloned();
    let row = |(grant, group, organization, project): Read| {
        (
            grant,
            group.and_then(|id| named(id.uuid()).map(|(name, _)| (id, name))),
            organization.and_then(|id| named(id.uuid()).map(|(name, status)| (id, name, status))),
            project.and_then(|id| named(id.uuid()).map(|(name, status)| (id, name, status))),
        )
    };
    Ok(read.into_iter().map(row).collect())
}

/// Places of roles.
#[derive(Default)]
pub(super) struct Places {
    pub groups: Vec<GroupId>,
    pub organizations: Vec<OrganizationId>,
    pub projects: Vec<ProjectId>,
}

/// What these places are called, and how they stand: one statement, unless there are more than a page ever has.
pub(super) fn names(
    conn: &mut Conn,
    places: Places,
) -> Result<BTreeMap<uuid::Uuid, (String, Word)>> {
    let Places {
        mut groups,
        mut organizations,
        mut projects,
    } = places;
    once_each(&mut groups);
    once_each(&mut organizations);
    once_each(&mut projects);
    let mut names = BTreeMap::new();
    let most = groups.len().max(organizations.len()).max(projects.len());
    for from in (0..most).step_by(AT_ONCE) {
        let to = from.saturating_add(AT_ONCE);
        let query = Names {
            groups: some(&groups, from..to),
            organizations: some(&organizations, from..to),
            projects: some(&projects, from..to),
        };
        let found: Vec<(GrantId, String, Word)> = on_each!(conn, |c| query.load(c))?;
        names.extend(
            found
                .into_iter()
                .map(|(id, name, word)| (id.uuid(), (name, word))),
        );
    }
    Ok(names)
}

fn once_each<T: Ord>(all: &mut Vec<T>) {
    all.sort_unstable();
    all.dedup();
}

/// Those of the ids, so many that they come in a few numbers only, 4, 16, 64 and so on: for each combination a connection
/// keeps a statement. The all-zero id is nobody's.
fn some<K: Kind>(all: &[Id<K>], Range { start, end }: Range<usize>) -> Vec<Id<K>> {
    let some = all.get(start..end.min(all.len())).unwrap_or_default();
    let mut some = some.to_vec();
    if !some.is_empty() {
        let fours = some
            .len()
            .next_power_of_two()
            .trailing_zeros()
            .div_ceil(2)
            .max(1);
        some.resize(4_usize.pow(fours), Id::nil());
    }
    some
}

/// The statement, written out: it is known by its text, as the people may be many or few, and diesel puts so long a text
/// together anew at each use, which costs a third of what is read.
struct Roles {
    account: AccountId,
    people: Among<SqlLiteral<Guid>, kind::User>,
}

impl Query for Roles {
    type SqlType = ReadSql;
}

impl QueryId for Roles {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> RunQueryDsl<C> for Roles {}

impl<DB> QueryFragment<DB> for Roles
where
    DB: Backend + HasSqlType<Guid>,
    AccountId: ToSql<Guid, DB>,
    Among<SqlLiteral<Guid>, kind::User>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(
            "SELECT g.id, g.user_id, g.role, c.id, c.name, c.description, c.permissions, g.below, g.given_by, \
             g.given_at, g.starts_at, g.ends_at, g.group_id, g.organization_id, g.project_id \
             FROM grants AS g LEFT JOIN custom_roles AS c ON c.id = g.custom_role_id WHERE g.account_id = ",
        );
        out.push_bind_param::<Guid, AccountId>(&self.account)?;
        out.push_sql(" AND ");
        self.people.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

/// These ids as rows of one column.
fn each<'b, K: Kind, DB>(out: &mut AstPass<'_, 'b, DB>, ids: &'b [Id<K>]) -> QueryResult<()>
where
    DB: Backend + HasSqlType<Guid>,
    Id<K>: ToSql<Guid, DB>,
{
    for (at, id) in ids.iter().enumerate() {
        out.push_sql(if at == 0 { "(VALUES (" } else { "), (" });
        out.push_bind_param::<Guid, Id<K>>(id)?;
    }
    out.push_sql(")) AS v");
    Ok(())
}

/// The names and states of places, which are looked up one by one: a list in a condition SQLite puts into a table first,
/// which costs more than a few names. A role lies in its own account with its place, which the keys of the grants see to; what
/// memberships keep is written from the grants.
struct Names {
    groups: Vec<GroupId>,
    organizations: Vec<OrganizationId>,
    projects: Vec<ProjectId>,
}

impl Query for Names {
    type SqlType = (Guid, Text, Text);
}

impl QueryId for Names {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> RunQueryDsl<C> for Names {}

impl<DB> QueryFragment<DB> for Names
where
    DB: Backend + HasSqlType<Guid>,
    GroupId: ToSql<Guid, DB>,
    OrganizationId: ToSql<Guid, DB>,
    ProjectId: ToSql<Guid, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut and = "";
        if !self.organizations.is_empty() {
            out.push_sql("SELECT p.id, p.name, p.status FROM ");
            each(&mut out, &self.organizations)?;
            out.push_sql(" CROSS JOIN organizations AS p WHERE p.id = v.column1");
            and = " UNION ALL ";
        }
        if !self.projects.is_empty() {
            out.push_sql(and);
            out.push_sql("SELECT p.id, p.name, p.status FROM ");
            each(&mut out, &self.projects)?;
            out.push_sql(" CROSS JOIN projects AS p WHERE p.id = v.column1");
            and = " UNION ALL ";
        }
        if !self.groups.is_empty() {
            out.push_sql(and);
            // A group has no state of its own.
            out.push_sql("SELECT p.id, p.name, 'active' FROM ");
            each(&mut out, &self.groups)?;
            out.push_sql(" CROSS JOIN groups AS p WHERE p.id = v.column1");
        }
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}
