//! Everybody in the account by name, alone or with what a list shows of each: the page that is asked for most.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Nullable, Text};
use std::marker::PhantomData;

use super::Which;
use crate::db::Conn;
use crate::db::types::{AccountId, Guid, UserId};
use crate::error::Result;
use crate::members::brief::{self, Kept};
use crate::on_each;
use crate::users::{Ended, LISTED, Listed, ListedSql};
use crate::web::list::Stretch;

/// People from a place in the list on, by name.
pub(super) fn everybody(
    conn: &mut Conn,
    account: AccountId,
    which: Which,
    stretch: &Stretch<UserId>,
) -> Result<Vec<Listed>> {
    let query: Everybody<ListedSql> = Everybody::new(account, which, stretch);
    Ok(on_each!(conn, |c| query.load(c))?)
}

/// A person, the names of who shut them out, and why.
type EndedRow = (Listed, Option<String>, Option<String>, Option<String>);

/// As the database knows an [`EndedRow`].
type EndedSql = (ListedSql, Nullable<Text>, Nullable<Text>, Nullable<Text>);

/// Those who are shut out, each with how it came to that.
pub(super) fn shut_out(
    conn: &mut Conn,
    account: AccountId,
    stretch: &Stretch<UserId>,
) -> Result<Vec<(Listed, Ended)>> {
    let query: Everybody<EndedSql> = Everybody {
        beside: ", u.first_name, u.last_name, m.deactivation_reason",
        joined: " LEFT JOIN users AS u ON u.id = m.deactivated_by",
        ..Everybody::new(account, Which::Inactive, stretch)
    };
    let rows: Vec<EndedRow> = on_each!(conn, |c| query.load(c))?;
    let ended = |(row, first, last, why): EndedRow| {
        let by = first
            .zip(last)
            .map(|(first, last)| format!("{first} {last}"));
        let ended = Ended {
            user: row.id,
            by,
            why,
        };
        (row, ended)
    };
    Ok(rows.into_iter().map(ended).collect())
}

/// Everybody, each with the roles that they hold anywhere in the account.
pub(super) fn with_roles(
    conn: &mut Conn,
    (account, which): (AccountId, Which),
    stretch: &Stretch<UserId>,
) -> Result<Vec<(Listed, Kept)>> {
    let query: Everybody<(ListedSql, Text)> = Everybody {
        beside: brief::COLUMN,
        ..Everybody::new(account, which, stretch)
    };
    Ok(on_each!(conn, |c| query.load(c))?)
}

/// The statement, written out: diesel would put so long a text together anew at each use.
struct Everybody<S> {
    account: AccountId,
    /// Behind whom it begins; none: at the first, or at the last.
    from: Option<(String, UserId)>,
    is_falling: bool,
    /// How they stand, letter for letter as indexes of just some of them have it.
    status: &'static str,
    limit: i64,
    /// What is read of each beside, with a comma before it; may be nothing.
    beside: &'static str,
    /// What that is read from, if it is no part of the membership.
    joined: &'static str,
    read_as: PhantomData<S>,
}

impl<S> Query for Everybody<S> {
    type SqlType = S;
}

/// Known by its text.
impl<S> QueryId for Everybody<S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S, C> RunQueryDsl<C> for Everybody<S> {}

impl<S> Everybody<S> {
    fn new(account: AccountId, which: Which, stretch: &Stretch<UserId>) -> Self {
        let status = match which {
            Which::Active => "m.status = 'active'",
            Which::Invited => "m.status = 'invited'",
            Which::Inactive => "m.status = 'deactivated'",
            Which::Current | Which::Locked | Which::Anybody => "m.status <> 'deactivated'",
        };
        Self {
            account,
            from: stretch.from_text(),
            is_falling: stretch.is_falling(),
            status,
            limit: stretch.by_text().limit,
            beside: "",
            joined: "",
            read_as: PhantomData,
        }
    }
}

impl<S, DB> QueryFragment<DB> for Everybody<S>
where
    DB: Backend + HasSqlType<Guid>,
    AccountId: ToSql<Guid, DB>,
    UserId: ToSql<Guid, DB>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        out.push_sql(LISTED);
        out.push_sql(self.beside);
        out.push_sql(" FROM memberships AS m");
        out.push_sql(self.joined);
        out.push_sql(" WHERE m.account_id = ");
        out.push_bind_param::<Guid, AccountId>(&self.account)?;
        out.push_sql(" AND ");
        out.push_sql(self.status);
        let [end, key_behind, id_behind, order] = if self.is_falling {
            [
                " AND m.sort_key <= ",
                " AND (m.sort_key < ",
                " OR m.user_id < ",
                " ORDER BY m.sort_key DESC, m.user_id DESC LIMIT ",
            ]
        } else {
            [
                " AND m.sort_key >= ",
                " AND (m.sort_key > ",
                " OR m.user_id > ",
                " ORDER BY m.sort_key, m.user_id LIMIT ",
            ]
        };
        if let Some((key, id)) = &self.from {
            out.push_sql(end);
            out.push_bind_param::<Text, String>(key)?;
            out.push_sql(key_behind);
            out.push_bind_param::<Text, String>(key)?;
            out.push_sql(id_behind);
            out.push_bind_param::<Guid, UserId>(id)?;
            out.push_sql(")");
        }
        out.push_sql(order);
        out.push_bind_param::<BigInt, i64>(&self.limit)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}
