//! "What comes behind this row", as a condition and an order that SQLite serves from an index of key and id: `key >= ?
//! and (key > ? or id > ?)`. For any query, on both databases.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType};

/// A walk along an index: from where, within what, which way, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk<K, I> {
    from: Option<(K, I)>,
    within: Option<(K, K)>,
    falling: bool,
    /// How many rows.
    pub limit: i64,
}

impl<K: Clone + Ord, I: Clone> Walk<K, I> {
    /// From behind the row with this key and id, or from the end of the index.
    pub const fn new(from: Option<(K, I)>, falling: bool, limit: i64) -> Self {
        Self {
            from,
            within: None,
            falling,
            limit,
        }
    }

    /// Only between these keys: what begins so. A place outside is none.
    #[must_use]
    pub fn within(mut self, range: Option<(K, K)>) -> Self {
        if let Some((low, high)) = range {
            let falling = self.falling;
            let is_inside = |(key, _): &(K, I)| if falling { *key <= high } else { *key >= low };
            self.from = self.from.filter(is_inside);
            self.within = Some((low, high));
        }
        self
    }

    /// Whether it goes from the last to the first.
    pub const fn falls(&self) -> bool {
        self.falling
    }

    /// Only what comes behind where the walk begins.
    pub fn behind<C, D>(&self, key: C, id: D) -> Behind<C, D, K, I> {
        let range = self.within.clone();
        let (low, high) = range.map_or((None, None), |(low, high)| (Some(low), Some(high)));
        // One bound from each side: with two, SQLite may begin at the one that is further away.
        let (near, far) = if self.falling {
            (high, low)
        } else {
            (low, high)
        };
        let (near, id_from) = match self.from.clone() {
            Some((key, id)) => (Some(key), Some(id)),
            None => (near, None),
        };
        Behind {
            key,
            id,
            near,
            far,
            from: id_from,
            falling: self.falling,
        }
    }

    /// By key, then by id.
    pub const fn order<C, D>(&self, key: C, id: D) -> Along<C, D> {
        Along {
            key,
            id,
            falling: self.falling,
        }
    }
}

/// See [`Walk::behind`].
#[derive(Clone, Debug)]
pub struct Behind<C, D, K, I> {
    key: C,
    id: D,
    near: Option<K>,
    far: Option<K>,
    from: Option<I>,
    falling: bool,
}

/// See [`Walk::order`].
#[derive(Clone, Debug)]
pub struct Along<C, D> {
    key: C,
    id: D,
    falling: bool,
}

impl<C: Expression, D: Expression, K, I> Expression for Behind<C, D, K, I> {
    type SqlType = Bool;
}

impl<C: Expression, D: Expression> Expression for Along<C, D> {
    type SqlType = Bool;
}

impl<C, D, K, I, DB> QueryFragment<DB> for Behind<C, D, K, I>
where
    C: Expression + QueryFragment<DB>,
    D: Expression + QueryFragment<DB>,
    DB: Backend + HasSqlType<C::SqlType> + HasSqlType<D::SqlType>,
    K: ToSql<C::SqlType, DB>,
    I: ToSql<D::SqlType, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let (on, back) = if self.falling {
            (" < ", " > ")
        } else {
            (" > ", " < ")
        };
        let (mut joint, bounds) = ("(", [(on, &self.near), (back, &self.far)]);
        for (sign, bound) in bounds {
            if let Some(key) = bound {
                out.push_sql(joint);
                self.key.walk_ast(out.reborrow())?;
                out.push_sql(sign.trim_end());
                out.push_sql("= ");
                out.push_bind_param::<C::SqlType, K>(key)?;
                joint = " AND ";
            }
        }
        if let (Some(key), Some(id)) = (&self.near, &self.from) {
            out.push_sql(" AND (");
            self.key.walk_ast(out.reborrow())?;
            out.push_sql(on);
            out.push_bind_param::<C::SqlType, K>(key)?;
            out.push_sql(" OR ");
            self.id.walk_ast(out.reborrow())?;
            out.push_sql(on);
            out.push_bind_param::<D::SqlType, I>(id)?;
            out.push_sql(")");
        }
        out.push_sql(if joint == "(" { "1 = 1" } else { ")" });
        Ok(())
    }
}

impl<C, D, DB> QueryFragment<DB> for Along<C, D>
where
    C: QueryFragment<DB>,
    D: QueryFragment<DB>,
    DB: Backend,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let way = if self.falling { " DESC" } else { " ASC" };
        self.key.walk_ast(out.reborrow())?;
        out.push_sql(way);
        out.push_sql(", ");
        self.id.walk_ast(out.reborrow())?;
        out.push_sql(way);
        Ok(())
    }
}

/// Known by its text: it differs by the way of the walk.
impl<C, D, K, I> QueryId for Behind<C, D, K, I> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Known by its text: it differs by the way of the walk.
impl<C, D> QueryId for Along<C, D> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: ValidGrouping<G>, D, K, I, G> ValidGrouping<G> for Behind<C, D, K, I> {
    type IsAggregate = C::IsAggregate;
}

impl<C: ValidGrouping<G>, D, G> ValidGrouping<G> for Along<C, D> {
    type IsAggregate = C::IsAggregate;
}

impl<C, D, K, I, QS> AppearsOnTable<QS> for Behind<C, D, K, I>
where
    C: AppearsOnTable<QS>,
    D: AppearsOnTable<QS>,
{
}

impl<C: AppearsOnTable<QS>, D: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Along<C, D> {}

impl<C, D, K, I, QS> SelectableExpression<QS> for Behind<C, D, K, I>
where
    C: SelectableExpression<QS>,
    D: SelectableExpression<QS>,
{
}

impl<C, D, QS> SelectableExpression<QS> for Along<C, D>
where
    C: SelectableExpression<QS>,
    D: SelectableExpression<QS>,
{
}
