//! "One of these ids", as a condition whose statement is kept. Diesel's own list has as many places as values and is
//! planned anew at each use, which costs more than the rows; this one comes in a few lengths only.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType};

use super::types::{Guid, Id, Kind};

/// The shortest list.
const LEAST: usize = 8;

/// Whether a column holds one of some ids; see [`among`].
#[derive(Clone, Debug)]
pub struct Among<C, K: Kind> {
    column: C,
    ids: Vec<Id<K>>,
}

/// Whether `column` holds one of `ids`. Meant for the rows of a page, not for thousands.
pub fn among<C, K: Kind>(column: C, ids: &[Id<K>]) -> Among<C, K> {
    let mut ids = ids.to_vec();
    // Filled up with an id again: the list means the same. The all-zero id is nobody's, so no ids find nothing.
    let filler = ids.last().copied().unwrap_or(Id::nil());
    ids.resize(ids.len().next_power_of_two().max(LEAST), filler);
    Among { column, ids }
}

impl<C: Expression<SqlType = Guid>, K: Kind> Expression for Among<C, K> {
    type SqlType = Bool;
}

impl<C, K, DB> QueryFragment<DB> for Among<C, K>
where
    C: QueryFragment<DB>,
    K: Kind,
    DB: Backend + HasSqlType<Guid>,
    Id<K>: ToSql<Guid, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        for (at, id) in self.ids.iter().enumerate() {
            out.push_sql(if at == 0 { " IN (" } else { ", " });
            out.push_bind_param::<Guid, Id<K>>(id)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

/// Known by its text: the lengths differ.
impl<C, K: Kind> QueryId for Among<C, K> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: ValidGrouping<G>, K: Kind, G> ValidGrouping<G> for Among<C, K> {
    type IsAggregate = C::IsAggregate;
}

impl<C, K: Kind, QS> AppearsOnTable<QS> for Among<C, K> where
    C: AppearsOnTable<QS> + Expression<SqlType = Guid>
{
}

impl<C, K: Kind, QS> SelectableExpression<QS> for Among<C, K> where
    C: SelectableExpression<QS> + Expression<SqlType = Guid>
{
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::config::Database;
    use crate::db::connect::{self, Use};
    use crate::db::schema::leases;
    use crate::db::types::{InstanceId, Ts};
    use diesel::prelude::*;

    #[test]
    fn finds_these_and_no_others_however_many_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(folder.path().join("among.db"));
        crate::db::migrate::run(&database).unwrap();
        let mut conn = connect::open(&database, Use::Write).unwrap();
        let owners: Vec<InstanceId> = (0..20).map(|_| InstanceId::new()).collect();
        for owner in &owners {
            diesel::insert_into(leases::table)
                .values((
                    leases::name.eq(owner.to_string()),
                    leases::owner.eq(*owner),
                    leases::until.eq(Ts::new(chrono::Utc::now())),
                ))
                .execute(&mut conn)
                .unwrap();
        }
        for count in [0, 1, 7, 8, 9, 17, 20] {
            let (these, _) = owners.split_at(count);
            let mut found: Vec<InstanceId> = leases::table
                .filter(among(leases::owner, these))
                .filter(leases::name.ne("none"))
                .select(leases::owner)
                .load(&mut conn)
                .unwrap();
            found.sort_unstable();
            assert_eq!(found, these);
        }
    }
}
