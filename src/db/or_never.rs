//! A time that may be missing, as a key to sort by: what never happened comes before everything that did. The index
//! is on the same expression, letter for letter (see the migrations).

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Nullable;

use super::types::{Instant, Ts};

/// What stands for never.
pub fn never() -> Ts {
    Ts::new(chrono::DateTime::UNIX_EPOCH)
}

/// See [`or_never`].
#[derive(Clone, Copy, Debug, QueryId)]
pub struct OrNever<C>(C);

/// The time in `column`, or [`never`].
pub const fn or_never<C>(column: C) -> OrNever<C> {
    OrNever(column)
}

impl<C: Expression<SqlType = Nullable<Instant>>> Expression for OrNever<C> {
    type SqlType = Instant;
}

impl<C: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for OrNever<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("COALESCE(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(", '1970-01-01T00:00:00.000000Z')");
        Ok(())
    }
}

impl<C: ValidGrouping<G>, G> ValidGrouping<G> for OrNever<C> {
    type IsAggregate = C::IsAggregate;
}

impl<C, QS> AppearsOnTable<QS> for OrNever<C> where
    C: AppearsOnTable<QS> + Expression<SqlType = Nullable<Instant>>
{
}

impl<C, QS> SelectableExpression<QS> for OrNever<C> where
    C: SelectableExpression<QS> + Expression<SqlType = Nullable<Instant>>
{
}
