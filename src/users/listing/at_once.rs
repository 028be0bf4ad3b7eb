//! Everybody in the account by name, alone or each with their roles: the page that is asked for most, in one statement.

use diesel::backend::Backend;
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text};
use std::marker::PhantomData;

use super::Which;
use crate::db::Conn;
use crate::db::types::{AccountId, Guid, UserId};
use crate::error::Result;
use crate::members::Held;
use crate::members::beside::{self, Beside, BesideSql};
use crate::on_each;
use crate::users::{Listed, ListedSql};
use crate::web::list::Stretch;

/// A person, and a role of theirs.
type Row = (Listed, Beside);

/// As the database knows a [`Row`].
type RowSql = (ListedSql, BesideSql);

/// People from a place in the list on, by name.
pub(super) fn everybody(
    conn: &mut Conn,
    account: AccountId,
    which: Which,
    stretch: &Stretch<UserId>,
) -> Result<Vec<Listed>> {
    let query: Everybody<ListedSql> = Everybody {
        is_alone: true,
        ..Everybody::new(account, which, stretch)
    };
    Ok(on_each!(conn, |c| query.load(c))?)
}

/// The same, and into `held` the roles that they hold anywhere in the account. Of the last one, who only tells that
/// there are more, not every role is read.
pub(super) fn with_roles(
    conn: &mut Conn,
    (account, which): (AccountId, Which),
    stretch: &Stretch<UserId>,
    held: &mut Vec<Held>,
) -> Result<Vec<Listed>> {
    let query: Everybody<RowSql> = Everybody::new(account, which, stretch);
    let most = usize::try_from(query.limit).unwrap_or_default();
    match conn {
        // It walks the index only as far as it is asked on.
        Conn::Sqlite(conn) => {
            let query = Everybody {
                is_stopped: true,
                ..query
            };
            gather(
                query.load_iter::<Row, DefaultLoadingMode>(conn)?,
                most,
                held,
            )
        }
        // It works out the whole answer first.
        Conn::Postgres(conn) => gather(
            query.load_iter::<Row, DefaultLoadingMode>(conn)?,
            most,
            held,
        ),
    }
}

/// The rows put together, a person each, until there are so many people.
fn gather(
    rows: impl Iterator<Item = QueryResult<Row>>,
    most: usize,
    held: &mut Vec<Held>,
) -> Result<Vec<Listed>> {
    let mut found: Vec<Listed> = Vec::with_capacity(most);
    held.reserve(most);
    for row in rows {
        let (person, role) = row?;
        held.extend(beside::beside(person.id, role)?);
        if found.last().is_none_or(|last| last.id != person.id) {
            found.push(person);
        }
        if found.len() >= most {
            break;
        }
    }
    Ok(found)
}

/// The statement, written out: diesel would put so long a text together anew at each use.
struct Everybody<S> {
    account: AccountId,
    /// Behind whom it begins; none: at the first, or at the last.
    from: Option<(String, UserId)>,
    is_falling: bool,
    /// How they stand, letter for letter as indexes of just some of them have it.
    status: &'static str,
    /// People.
    limit: i64,
    /// Whether roles are left out.
    is_alone: bool,
    /// Whether whoever reads it stops at the limit.
    is_stopped: bool,
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

impl<S, DB> QueryFragment<DB> for Everybody<S>
where
    DB: Backend + HasSqlType<Guid>,
    AccountId: ToSql<Guid, DB>,
    UserId: ToSql<Guid, DB>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(
            "SELECT m.user_id, m.first_name, m.last_name, m.email, m.status, m.kind, m.sort_key, m.joined_at, \
             m.link_expires_at, m.last_sign_in_at, m.locked_until, m.deactivated_at",
        );
        if self.is_alone {
            out.push_sql(" FROM memberships AS m");
            return self.walk_range(out);
        }
        out.push_sql(", ");
        out.push_sql(beside::COLUMNS);
        if self.is_stopped {
            out.push_sql(" FROM memberships AS m");
            out.push_sql(beside::JOINED);
            return self.walk_range(out);
        }
        out.push_sql(" FROM (SELECT m.* FROM memberships AS m");
        self.walk_range(out.reborrow())?;
        out.push_sql(") AS m");
        out.push_sql(beside::JOINED);
        out.push_sql(self.order());
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

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
            is_alone: false,
            is_stopped: false,
            read_as: PhantomData,
        }
    }

    const fn order(&self) -> &'static str {
        if self.is_falling {
            " ORDER BY m.sort_key DESC, m.user_id DESC"
        } else {
            " ORDER BY m.sort_key, m.user_id"
        }
    }

    /// Which memberships, in their order.
    fn walk_range<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<Guid>,
        AccountId: ToSql<Guid, DB>,
        UserId: ToSql<Guid, DB>,
        String: ToSql<Text, DB>,
        i64: ToSql<BigInt, DB>,
    {
        out.push_sql(" WHERE m.account_id = ");
        out.push_bind_param::<Guid, AccountId>(&self.account)?;
        out.push_sql(" AND ");
        out.push_sql(self.status);
        if let Some((key, id)) = &self.from {
            let behind = if self.is_falling {
                [
                    " AND m.sort_key <= ",
                    " AND (m.sort_key < ",
                    " OR m.user_id < ",
                ]
            } else {
                [
                    " AND m.sort_key >= ",
                    " AND (m.sort_key > ",
                    " OR m.user_id > ",
                ]
            };
            let [end, key_behind, id_behind] = behind;
            out.push_sql(end);
            out.push_bind_param::<Text, String>(key)?;
            out.push_sql(key_behind);
            out.push_bind_param::<Text, String>(key)?;
            out.push_sql(id_behind);
            out.push_bind_param::<Guid, UserId>(id)?;
            out.push_sql(")");
        }
        out.push_sql(self.order());
        if !self.is_stopped {
            out.push_sql(" LIMIT ");
            out.push_bind_param::<BigInt, i64>(&self.limit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Row, gather};
    use crate::db::types::{GrantId, Ts, UserId, Word};
    use crate::users::Listed;

    fn row(id: UserId, role: &str) -> Row {
        let person = Listed {
            id,
            first_name: "Dana".into(),
            last_name: "Ruiz".into(),
            email: "dana@acme.example".into(),
            status: Word::known("active").unwrap(),
            kind: Word::known("home").unwrap(),
            sort_key: "dana ruiz".into(),
            joined_at: None,
            link_expires_at: None,
            last_sign_in_at: None,
            locked_until: None,
            deactivated_at: None,
        };
        let (grant, role) = (Some(GrantId::new()), Some(role.to_owned()));
        let (below, at) = (Some(false), Some(Ts::never()));
        let role = (
            grant, role, None, below, None, at, None, None, None, None, None,
        );
        (person, role)
    }

    #[test]
    fn everybody_has_all_their_roles_and_nothing_is_read_behind_the_last() {
        let (one, two) = (UserId::new(), UserId::new());
        let rows = [row(one, "viewer"), row(one, "billing"), row(two, "owner")];
        let rows = rows.into_iter().map(Ok);
        let beyond = std::iter::once_with(|| Err(diesel::result::Error::NotFound));
        let mut held = Vec::new();
        let found = gather(rows.chain(beyond), 2, &mut held).unwrap();
        let found: Vec<UserId> = found.iter().map(|person| person.id).collect();
        assert_eq!(found, [one, two]);
        let held: Vec<(UserId, &str)> = held
            .iter()
            .map(|held| (held.user, held.role.as_str()))
            .collect();
        assert_eq!(held, [(one, "viewer"), (one, "billing"), (two, "owner")]);
    }

    #[test]
    fn who_holds_nothing_is_there_without_a_role() {
        let (person, _) = row(UserId::new(), "viewer");
        let none = (
            None, None, None, None, None, None, None, None, None, None, None,
        );
        let mut held = Vec::new();
        let found = gather([Ok((person, none))].into_iter(), 5, &mut held).unwrap();
        assert_eq!((found.len(), held.len()), (1, 0));
    }
}
