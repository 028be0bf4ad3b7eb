//! How many people of an account stand how: beside the links that narrow the list. Counted no further than is shown, so
//! that it costs the same in an account of a million; of a part of it, as long as it has no more than [`FEW`].

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType};

use super::filter::LIST;
use super::listing::People;
use super::showing;
use crate::db::Conn;
use crate::db::types::{AccountId, Guid, Instant, Ts, UserId};
use crate::error::Result;
use crate::members::ranges::{self, Standing, Wanted};
use crate::on_each;
use crate::web::list::Asked;

/// More than this are not told.
const MOST: i64 = 99;

/// Counted they are as far as one act on several people goes, which says how many it is about.
const FAR: i64 = 200;

/// In a part of an account with more people than this none are counted: there is no index of who stands how in it, so
/// that each of them has to be looked at.
const FEW: usize = 200;

/// How many there are, and one more than [`FAR`] at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Who has come in.
    pub active: i64,
    /// Who has not.
    pub invited: i64,
    /// Who is shut out.
    pub inactive: i64,
    /// Whose sign-in is locked now, of those at home here (S1).
    pub locked: i64,
    /// Requests that wait.
    pub requests: i64,
}

/// "41", "99+".
pub fn shown(number: i64) -> String {
    if number > MOST {
        format!("{MOST}+")
    } else {
        number.to_string()
    }
}

/// Counts them: one statement, each number from a range of an index.
pub fn counts(conn: &mut Conn, account: AccountId, now: Ts) -> Result<Counts> {
    let query = Counting {
        account,
        now,
        most: FAR.saturating_add(1),
    };
    let row: (i64, i64, i64, i64, i64) = on_each!(conn, |c| query.get_result(c))?;
    let (active, invited, inactive, locked, requests) = row;
    Ok(Counts {
        active,
        invited,
        inactive,
        locked,
        requests,
    })
}

/// The same of the part of the account that a reader sees, and no requests: two statements, one range of an index for
/// each of its places and then the people found. None: there are too many to count.
pub fn counts_in(conn: &mut Conn, people: &People<'_>) -> Result<Option<Counts>> {
    let Some(sources) = people.sources() else {
        return Ok(None);
    };
    let wanted = Wanted {
        account: people.account,
        standing: Standing::Anyhow,
        range: None,
    };
    let first: Asked<UserId> = Asked::front(&LIST, FEW);
    let found = first.page(
        1,
        |stretch| ranges::people(conn, &sources, &wanted, stretch),
        |_, (key, id)| (key.clone(), *id),
    )?;
    if found.next.is_some() {
        return Ok(None);
    }
    let ids: Vec<UserId> = found.rows.iter().map(|(_, id)| *id).collect();
    let rows = super::these(conn, people.account, &ids)?;
    let number = |is: &dyn Fn(&super::Listed) -> bool| {
        let found = rows.iter().filter(|row| is(row)).count();
        i64::try_from(found).unwrap_or(i64::MAX)
    };
    Ok(Some(Counts {
        active: number(&|row| row.status == "active"),
        invited: number(&|row| row.status == "invited"),
        inactive: number(&|row| row.status == "deactivated"),
        locked: number(&|row| showing::is_locked(row, people.now)),
        requests: 0,
    }))
}

#[derive(Clone, Copy, Debug, QueryId)]
struct Counting {
    account: AccountId,
    now: Ts,
    most: i64,
}

impl Query for Counting {
    type SqlType = (BigInt, BigInt, BigInt, BigInt, BigInt);
}

impl<C> RunQueryDsl<C> for Counting {}

impl<DB> QueryFragment<DB> for Counting
where
    DB: Backend + HasSqlType<Guid> + HasSqlType<Instant>,
    i64: ToSql<BigInt, DB>,
    Ts: ToSql<Instant, DB>,
    AccountId: ToSql<Guid, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let begin = "(SELECT count(*) FROM (SELECT 1 FROM ";
        out.push_sql("SELECT ");
        for status in ["active", "invited", "deactivated"] {
            out.push_sql(begin);
            out.push_sql("memberships AS m WHERE m.status = '");
            out.push_sql(status);
            out.push_sql("' AND m.account_id = ");
            self.end(&mut out)?;
            out.push_sql(", ");
        }
        out.push_sql(begin);
        out.push_sql(
            "users AS u CROSS JOIN memberships AS m WHERE m.user_id = u.id AND u.locked_until > ",
        );
        out.push_bind_param::<Instant, Ts>(&self.now)?;
        out.push_sql(" AND m.kind = 'home' AND m.status <> 'deactivated' AND m.account_id = ");
        self.end(&mut out)?;
        out.push_sql(", ");
        out.push_sql(begin);
        out.push_sql("requests AS r WHERE r.due_at IS NOT NULL AND r.account_id = ");
        self.end(&mut out)
    }
}

impl Counting {
    /// Of this account, and no further than is asked.
    fn end<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<Guid>,
        i64: ToSql<BigInt, DB>,
        AccountId: ToSql<Guid, DB>,
    {
        out.push_bind_param::<Guid, AccountId>(&self.account)?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, i64>(&self.most)?;
        out.push_sql(") AS found)");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{FAR, shown};

    #[test]
    fn more_than_are_counted_are_told_so() {
        assert_eq!(shown(0), "0");
        assert_eq!(shown(99), "99");
        assert_eq!(shown(100), "99+");
    }

    #[test]
    fn they_are_counted_as_far_as_one_act_goes() {
        assert_eq!(usize::try_from(FAR), Ok(crate::users::bulk::MOST));
    }
}
