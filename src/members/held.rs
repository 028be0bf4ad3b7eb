//! The roles that people hold with the places by name, as they are read.

use diesel::backend::Backend;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, Nullable, Text};

use crate::access::custom;
use crate::db::types::{
    AccountId, GrantId, GroupId, Guid, Instant, OrganizationId, ProjectId, Ts, UserId, Word, kind,
};
use crate::db::{Among, Conn, among};
use crate::error::Result;
use crate::on_each;

/// A role that somebody holds: what it is, and the group, the organization and the project of its place.
pub(super) type Row = (
    (
        GrantId,
        UserId,
        (String, Option<custom::Row>),
        bool,
        Option<UserId>,
        Ts,
        Option<Ts>,
        Option<Ts>,
    ),
    Option<(GroupId, String)>,
    Option<(OrganizationId, String, Word)>,
    Option<(ProjectId, String, Word)>,
);

/// As the database knows a [`Row`].
type RowSql = (
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
    Nullable<(Guid, Text)>,
    Nullable<(Guid, Text, Text)>,
    Nullable<(Guid, Text, Text)>,
);

/// Every role that these people hold in the account.
pub(super) fn rows(conn: &mut Conn, account: AccountId, people: &[UserId]) -> Result<Vec<Row>> {
    let query = Roles {
        account,
        people: among(sql("g.user_id"), people),
    };
    Ok(on_each!(conn, |c| query.load(c))?)
}

/// The statement, written out: it is known by its text, as the people may be many or few, and diesel puts so long a text
/// together anew at each use, which costs a third of what is read.
struct Roles {
    account: AccountId,
    people: Among<SqlLiteral<Guid>, kind::User>,
}

impl Query for Roles {
    type SqlType = RowSql;
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
             g.given_at, g.starts_at, g.ends_at, s.id, s.name, o.id, o.name, o.status, p.id, p.name, p.status \
             FROM grants AS g LEFT JOIN custom_roles AS c ON c.id = g.custom_role_id \
             LEFT JOIN groups AS s ON s.id = g.group_id LEFT JOIN organizations AS o ON o.id = g.organization_id \
             LEFT JOIN projects AS p ON p.id = g.project_id WHERE g.account_id = ",
        );
        out.push_bind_param::<Guid, AccountId>(&self.account)?;
        out.push_sql(" AND ");
        self.people.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}
