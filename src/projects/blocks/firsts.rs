//! The first people of several projects, each with the roles that they hold on just it: one statement, however many
//! projects and people there are.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Nullable, Text};

use crate::db::Conn;
use crate::db::types::{AccountId, Guid, Instant, ProjectId, Ts};
use crate::error::Result;
use crate::members::HeldRow;
use crate::on_each;
use crate::users::{LISTED, Listed, ListedSql};

/// A role that somebody holds on a project: the project, the person, the role.
pub(super) type Row = (ProjectId, Listed, HeldRow);

/// The first `most` people by name of each of these projects, one row a role: as many rows as they have roles there.
pub(super) fn firsts(
    conn: &mut Conn,
    account: AccountId,
    projects: &[ProjectId],
    most: usize,
    now: Ts,
) -> Result<Vec<Row>> {
    if projects.is_empty() {
        return Ok(Vec::new());
    }
    let query = Firsts {
        account,
        projects: projects.to_vec(),
        most: i64::try_from(most).unwrap_or(i64::MAX),
        now,
    };
    Ok(on_each!(conn, |c| query.load(c))?)
}

/// The statement: of each project a range of its index with a limit, put together, and then each person's own rows.
#[derive(Clone, Debug)]
struct Firsts {
    account: AccountId,
    projects: Vec<ProjectId>,
    most: i64,
    now: Ts,
}

type HeldSql = (
    Guid,
    Guid,
    Text,
    Nullable<Guid>,
    Instant,
    Nullable<Instant>,
    Nullable<Instant>,
);

impl Query for Firsts {
    type SqlType = (Guid, ListedSql, HeldSql);
}

/// Known by its text, which depends on how many projects there are.
impl QueryId for Firsts {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> RunQueryDsl<C> for Firsts {}

impl<DB> QueryFragment<DB> for Firsts
where
    DB: Backend + HasSqlType<Guid> + HasSqlType<Instant>,
    i64: ToSql<BigInt, DB>,
    Ts: ToSql<Instant, DB>,
    AccountId: ToSql<Guid, DB>,
    ProjectId: ToSql<Guid, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT g.scope_id, ");
        out.push_sql(LISTED);
        out.push_sql(
            ", g.id, g.user_id, g.role, g.given_by, g.given_at, g.starts_at, g.ends_at FROM (",
        );
        for (at, project) in self.projects.iter().enumerate() {
            if at > 0 {
                out.push_sql(" UNION ALL ");
            }
            out.push_sql(
                "SELECT found.scope_id, found.user_id FROM (SELECT DISTINCT p.scope_id, p.sort_key, p.user_id \
                 FROM grants AS p WHERE p.scope_id = ",
            );
            out.push_bind_param::<Guid, ProjectId>(project)?;
            out.push_sql(" AND (p.ends_at IS NULL OR p.ends_at > ");
            out.push_bind_param::<Instant, Ts>(&self.now)?;
            out.push_sql(") ORDER BY p.sort_key, p.user_id LIMIT ");
            out.push_bind_param::<BigInt, i64>(&self.most)?;
            out.push_sql(") AS found");
        }
        out.push_sql(
            ") AS found JOIN grants AS g ON g.scope_id = found.scope_id AND g.user_id = found.user_id \
             JOIN memberships AS m ON m.user_id = found.user_id AND m.account_id = ",
        );
        out.push_bind_param::<Guid, AccountId>(&self.account)?;
        out.push_sql(" WHERE (g.ends_at IS NULL OR g.ends_at > ");
        out.push_bind_param::<Instant, Ts>(&self.now)?;
        out.push_sql(")");
        Ok(())
    }
}
