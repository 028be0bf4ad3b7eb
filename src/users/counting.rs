//! How many people of an account stand how: beside the links that narrow the list. Kept by the database as people come,
//! turn and go (`member_counts`), so that it costs the same in an account of a million; of a part of it counted, as long as
//! it has no more than [`FEW`].

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType};
use indicatif::HumanCount;

use super::filter::LIST;
use super::listing::People;
use super::showing;
use crate::db::Conn;
use crate::db::types::{AccountId, Guid, Instant, Ts, UserId};
use crate::error::Result;
use crate::members::ranges::{self, Standing, Wanted};
use crate::on_each;
use crate::web::list::Asked;

/// More than this are not told of what is counted: who is locked now, and requests that wait.
const MOST: i64 = 99;

/// In a part of an account with more people than this none are counted: there is no index of who stands how in it, so
/// that each of them has to be looked at.
const FEW: usize = 200;

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Who has come in.
    pub active: i64,
    /// Who has not.
    pub invited: i64,
    /// Who is shut out.
    pub inactive: i64,
    /// Whose sign-in is locked now, of those at home here (S1); one more than [`MOST`] at most.
    pub locked: i64,
    /// Requests that wait; one more than [`MOST`] at most.
    pub requests: i64,
}

/// "41", "1,204".
pub fn shown(number: i64) -> String {
    HumanCount(u64::try_from(number).unwrap_or_default()).to_string()
}

/// "41", "99+": of what is counted no further.
pub fn at_least(number: i64) -> String {
    if number > MOST {
        format!("{MOST}+")
    } else {
        number.to_string()
    }
}

/// How many there are: one statement, of few rows.
pub fn counts(conn: &mut Conn, account: AccountId, now: Ts) -> Result<Counts> {
    let query = Counting {
        account,
        now,
        most: MOST.saturating_add(1),
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
        out.push_sql("SELECT ");
        for status in ["active", "invited", "deactivated"] {
            out.push_sql("(SELECT CAST(coalesce(sum(c.members), 0) AS BIGINT) FROM member_counts AS c WHERE c.status = '");
            out.push_sql(status);
            out.push_sql("' AND c.account_id = ");
            out.push_bind_param::<Guid, AccountId>(&self.account)?;
            out.push_sql("), ");
        }
        let begin = "(SELECT count(*) FROM (SELECT 1 FROM ";
        out.push_sql(begin);
        out.push_sql("memberships AS m WHERE m.locked_until > ");
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
    use super::{at_least, shown};

    #[test]
    fn people_are_told_to_the_last() {
        assert_eq!(shown(0), "0");
        assert_eq!(shown(1_204), "1,204");
    }

    #[test]
    fn more_than_are_counted_are_told_so() {
        assert_eq!(at_least(0), "0");
        assert_eq!(at_least(99), "99");
        assert_eq!(at_least(100), "99+");
    }
}
