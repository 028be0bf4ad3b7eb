//! Statements whose text is always the same, prepared once.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// See [`fixed`].
#[derive(Clone, Copy, Debug)]
pub struct Fixed<Q>(Q);

/// Diesel prepares every UPDATE anew, because a set of changes can leave columns out and so have any number of texts; and
/// whatever holds a piece of SQL as it is. This one has a single text (or a few), says the caller: it is kept with the
/// connection's other statements, by that text. A query that diesel knows by its type stays known so, and is only spared
/// the search, at each use, for parts that could change its text. To be used under [`on_each!`](crate::on_each), where a
/// connection's own statements are.
///
/// A change has to say what it returns, and to be loaded: `execute` hands diesel a reference, which is asked for its parts
/// instead of this, so that nothing would be kept.
pub const fn fixed<Q>(query: Q) -> Fixed<Q> {
    Fixed(query)
}

/// As the query itself is known.
impl<Q: QueryId> QueryId for Fixed<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q, DB> QueryFragment<DB> for Fixed<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: Query> Query for Fixed<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Fixed<Q> {}

#[cfg(test)]
mod tests {
    use super::fixed;
    use diesel::connection::InstrumentationEvent;
    use diesel::prelude::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    diesel::table! {
        things (id) {
            id -> Integer,
            number -> Integer,
        }
    }

    #[test]
    fn a_change_that_is_loaded_is_prepared_once_and_kept() -> Result<(), Box<dyn std::error::Error>>
    {
        let mut conn = SqliteConnection::establish(":memory:")?;
        diesel::sql_query("CREATE TABLE things (id INTEGER PRIMARY KEY, number INTEGER NOT NULL)")
            .execute(&mut conn)?;
        diesel::insert_into(things::table)
            .values((things::id.eq(1), things::number.eq(1)))
            .execute(&mut conn)?;
        let kept = Arc::new(AtomicUsize::new(0));
        let seen = kept.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::CacheQuery { .. } = event {
                seen.fetch_add(1, Ordering::Relaxed);
            }
        });
        for number in 2..5 {
            let change = diesel::update(things::table.find(1)).set(things::number.eq(number));
            let change = fixed(change.returning(things::number));
            let now: Vec<i32> = change.load(&mut conn)?;
            assert_eq!(now, [number]);
        }
        assert_eq!(kept.load(Ordering::Relaxed), 1);
        Ok(())
    }
}
