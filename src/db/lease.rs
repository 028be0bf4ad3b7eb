//! Leases: of all processes on a database, one at a time does a job.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Conn;
use super::types::{Guid, InstanceId, Instant, Ts};

/// Takes or renews a lease by its name, for so long: one statement, which changes a row exactly if the lease is ours
/// now. Its row stays locked to the end of the transaction.
pub fn hold(
    conn: &mut Conn,
    (name, length): (&str, chrono::Duration),
    owner: InstanceId,
    now: Ts,
) -> QueryResult<bool> {
    let changed = diesel::sql_query(
        "INSERT INTO leases (name, owner, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE \
         SET owner = excluded.owner, until = excluded.until \
         WHERE leases.owner = excluded.owner OR leases.until <= $4",
    )
    .bind::<Text, _>(name)
    .bind::<Guid, _>(owner)
    .bind::<Instant, _>(now.plus(length))
    .bind::<Instant, _>(now)
    .execute(conn)?;
    Ok(changed > 0)
}
