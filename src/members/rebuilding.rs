//! The index of people, and the counts, made anew from the grants, and held against what it should be. Migrations fill it for what is
//! there; this is for who stores grants in bulk (`tenantry seed`, `tenantry demo`) and for tests.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::Conn;
use crate::db::schema::{organization_groups, organization_people, people_counts};
use crate::error::Result;
use crate::on_each;

/// Every organization that is not deleted, with itself and with each one above it; and the rows that follow.
macro_rules! wanted {
    ($($then:literal)+) => {
        concat!(
            "WITH RECURSIVE above (organization_id, ancestor_id) AS (
                SELECT id, id FROM organizations WHERE status <> 'deleted'
                UNION ALL
                SELECT above.organization_id, organizations.parent_id
                FROM above JOIN organizations ON organizations.id = above.ancestor_id
                WHERE organizations.parent_id IS NOT NULL
            ), people (ancestor_id, sort_key, user_id, organization_id) AS (
                SELECT DISTINCT above.ancestor_id, grants.sort_key, grants.user_id, above.organization_id
                FROM grants JOIN above ON above.organization_id = grants.organization_id
            ), grouped (ancestor_id, group_id, organization_id) AS (
                SELECT above.ancestor_id, group_organizations.group_id, above.organization_id
                FROM group_organizations JOIN above ON above.organization_id = group_organizations.organization_id
            ), counted (scope_id, people) AS (
                SELECT organization_id, count(*) FROM people WHERE ancestor_id = organization_id GROUP BY organization_id
                UNION ALL
                SELECT project_id, count(DISTINCT user_id) FROM grants WHERE project_id IS NOT NULL GROUP BY project_id
            ), standing (account_id, status, members) AS (
                SELECT account_id, status, count(*) FROM memberships GROUP BY account_id, status
            ), kept (account_id, status, members) AS (
                SELECT account_id, status, CAST(sum(members) AS BIGINT) FROM member_counts GROUP BY account_id, status
            ) ",
            $($then),+
        )
    };
}

/// Throws the index away and makes it anew.
pub fn rebuild(conn: &mut Conn) -> Result<()> {
    diesel::delete(organization_people::table).execute(conn)?;
    diesel::delete(organization_groups::table).execute(conn)?;
    diesel::delete(people_counts::table).execute(conn)?;
    // The order of the key: on SQLite the table is its own index, and grows at its end.
    let people = diesel::sql_query(concat!(
        "INSERT INTO organization_people (ancestor_organization_id, sort_key, user_id, organization_id) ",
        wanted!(
            "SELECT ancestor_id, sort_key, user_id, organization_id FROM people ORDER BY 1, 2, 3, 4"
        )
    ));
    on_each!(conn, |c| people.execute(c))?;
    let groups = diesel::sql_query(concat!(
        "INSERT INTO organization_groups (ancestor_organization_id, group_id, organization_id) ",
        wanted!("SELECT ancestor_id, group_id, organization_id FROM grouped ORDER BY 1, 2, 3")
    ));
    on_each!(conn, |c| groups.execute(c))?;
    let counts = diesel::sql_query(concat!(
        "INSERT INTO people_counts (scope_id, people) ",
        wanted!("SELECT scope_id, people FROM counted ORDER BY 1")
    ));
    on_each!(conn, |c| counts.execute(c))?;
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many rows of the index and of the counts are missing or too many, and how many memberships say other than their
/// login or other roles than their person holds: none, unless something wrote past the door.
pub fn differences(conn: &mut Conn) -> Result<i64> {
    let query = diesel::sql_query(wanted!(
        "SELECT (SELECT count(*) FROM (
            SELECT ancestor_id, sort_key, user_id, organization_id FROM people
            EXCEPT SELECT ancestor_organization_id, sort_key, user_id, organization_id FROM organization_people
        ) AS a) + (SELECT count(*) FROM (
            SELECT ancestor_organization_id, sort_key, user_id, organization_id FROM organization_people
            EXCEPT SELECT ancestor_id, sort_key, user_id, organization_id FROM people
        ) AS b) + (SELECT count(*) FROM (
            SELECT ancestor_id, group_id, organization_id FROM grouped
            EXCEPT SELECT ancestor_organization_id, group_id, organization_id FROM organization_groups
        ) AS c) + (SELECT count(*) FROM (
            SELECT ancestor_organization_id, group_id, organization_id FROM organization_groups
            EXCEPT SELECT ancestor_id, group_id, organization_id FROM grouped
        ) AS d) + (SELECT count(*) FROM (
            SELECT scope_id, people FROM counted
            EXCEPT SELECT scope_id, people FROM people_counts
        ) AS e) + (SELECT count(*) FROM (
            SELECT scope_id, people FROM people_counts WHERE people <> 0
            EXCEPT SELECT scope_id, people FROM counted
        ) AS f) + (SELECT count(*) FROM (
            SELECT account_id, status, members FROM standing
            EXCEPT SELECT account_id, status, members FROM kept
        ) AS g) + (SELECT count(*) FROM (
            SELECT account_id, status, members FROM kept WHERE members <> 0
            EXCEPT SELECT account_id, status, members FROM standing
        ) AS h) + (SELECT count(*) FROM memberships JOIN users ON users.id = memberships.user_id
            WHERE memberships.email <> users.email OR memberships.email_key <> users.email_key
            OR memberships.locked_until IS DISTINCT FROM users.locked_until
        ) AS count"
    ));
    let found: Count = on_each!(conn, |c| query.get_result(c))?;
    Ok(found.count + super::brief::differences(conn)?)
}
