//! People in the order of their names, out of several places at once: one range of an index for each place, put
//! together by name. A page costs the same wherever it stands and however many people there are.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text};

use crate::db::Conn;
use crate::db::types::{AccountId, GrantId, Guid, OrganizationId, UserId};
use crate::error::Result;
use crate::on_each;
use crate::web::list::Stretch;

/// A place whose people are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Those with a role on this organization or on a project in it.
    In(OrganizationId),
    /// The same, of this organization and of everything below it.
    Within(OrganizationId),
    /// Those with a role on this very account, group or project.
    On(GrantId),
    /// Those with a role on this organization and everything below it.
    Below(OrganizationId),
}

/// Which of them, by how they stand in the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Whoever is not shut out.
    #[default]
    Current,
    /// Whoever has come in.
    Active,
    /// Whoever has not.
    Invited,
    /// Whoever is shut out.
    Inactive,
    /// Everybody, however they stand.
    Anyhow,
}

impl Standing {
    const fn condition(self) -> &'static str {
        match self {
            Self::Current => "<> 'deactivated'",
            Self::Active => "= 'active'",
            Self::Invited => "= 'invited'",
            Self::Inactive => "= 'deactivated'",
            Self::Anyhow => "IS NOT NULL",
        }
    }
}

/// What is asked of the places.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// In which account.
    pub account: AccountId,
    /// Who.
    pub standing: Standing,
    /// Names within this range of folded keys; none: all.
    pub range: Option<(String, String)>,
}

/// Places of one statement: SQLite puts at most 500 together.
const AT_ONCE: usize = 200;

/// A stretch of the people of these places: who, and what they are sorted by.
pub fn people(
    conn: &mut Conn,
    sources: &[Source],
    wanted: &Wanted,
    stretch: &Stretch<UserId>,
) -> Result<Vec<(String, UserId)>> {
    let falling = stretch.is_falling();
    let limit = stretch.by_text().limit;
    let mut found: Vec<(String, UserId)> = Vec::new();
    for some in sources.chunks(AT_ONCE) {
        let ranges = Ranges {
            sources: some.to_vec(),
            wanted: wanted.clone(),
            from: stretch.from_text(),
            falling,
            limit,
        };
        let rows: Vec<(String, UserId)> = on_each!(conn, |c| ranges.load(c))?;
        found.extend(rows);
    }
    found.sort_unstable();
    found.dedup();
    if falling {
        found.reverse();
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// The statement: each range on its own, in the order of its index and with a limit; nothing is sorted.
#[derive(Clone, Debug)]
struct Ranges {
    sources: Vec<Source>,
    wanted: Wanted,
    from: Option<(String, UserId)>,
    falling: bool,
    limit: i64,
}

impl Query for Ranges {
    type SqlType = (Text, Guid);
}

/// Known by its text, which depends on how many places there are, of which kinds.
impl QueryId for Ranges {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> RunQueryDsl<C> for Ranges {}

impl<DB> QueryFragment<DB> for Ranges
where
    DB: Backend + HasSqlType<Guid>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    UserId: ToSql<Guid, DB>,
    AccountId: ToSql<Guid, DB>,
    GrantId: ToSql<Guid, DB>,
    OrganizationId: ToSql<Guid, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for (at, source) in self.sources.iter().enumerate() {
            out.push_sql(if at == 0 {
                "SELECT"
            } else {
                " UNION ALL SELECT"
            });
            out.push_sql(
                " found.sort_key, found.user_id FROM (SELECT DISTINCT p.sort_key, p.user_id FROM ",
            );
            match source {
                Source::In(id) => {
                    out.push_sql("organization_people AS p WHERE p.organization_id = ");
                    out.push_bind_param::<Guid, OrganizationId>(id)?;
                    out.push_sql(" AND p.ancestor_organization_id = ");
                    out.push_bind_param::<Guid, OrganizationId>(id)?;
                }
                Source::Within(id) => {
                    out.push_sql("organization_people AS p WHERE p.ancestor_organization_id = ");
                    out.push_bind_param::<Guid, OrganizationId>(id)?;
                }
                Source::On(id) => {
                    out.push_sql("grants AS p WHERE p.scope_id = ");
                    out.push_bind_param::<Guid, GrantId>(id)?;
                }
                Source::Below(id) => {
                    out.push_sql("grants AS p WHERE p.below AND p.scope_id = ");
                    out.push_bind_param::<Guid, OrganizationId>(id)?;
                }
            }
            self.narrow(&mut out)?;
            out.push_sql(if self.falling {
                " ORDER BY p.sort_key DESC, p.user_id DESC LIMIT "
            } else {
                " ORDER BY p.sort_key, p.user_id LIMIT "
            });
            out.push_bind_param::<BigInt, i64>(&self.limit)?;
            out.push_sql(") AS found");
        }
        Ok(())
    }
}

impl Ranges {
    /// Behind whom, up to which name, and how they stand.
    fn narrow<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<Guid>,
        String: ToSql<Text, DB>,
        UserId: ToSql<Guid, DB>,
        AccountId: ToSql<Guid, DB>,
    {
        if let Some((key, id)) = &self.from {
            let (to, beyond) = if self.falling {
                (" AND p.sort_key <= ", "<")
            } else {
                (" AND p.sort_key >= ", ">")
            };
            out.push_sql(to);
            out.push_bind_param::<Text, String>(key)?;
            out.push_sql(" AND (p.sort_key ");
            out.push_sql(beyond);
            out.push_bind_param::<Text, String>(key)?;
            out.push_sql(" OR p.user_id ");
            out.push_sql(beyond);
            out.push_bind_param::<Guid, UserId>(id)?;
            out.push_sql(")");
        }
        if let Some((begin, end)) = &self.wanted.range {
            out.push_sql(" AND p.sort_key >= ");
            out.push_bind_param::<Text, String>(begin)?;
            out.push_sql(" AND p.sort_key <= ");
            out.push_bind_param::<Text, String>(end)?;
        }
        out.push_sql(" AND EXISTS (SELECT 1 FROM memberships AS m WHERE m.user_id = p.user_id AND m.account_id = ");
        out.push_bind_param::<Guid, AccountId>(&self.wanted.account)?;
        out.push_sql(" AND m.status ");
        out.push_sql(self.wanted.standing.condition());
        out.push_sql(")");
        Ok(())
    }
}
