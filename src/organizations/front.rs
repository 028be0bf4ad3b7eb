//! Where the list of organizations begins: what is asked for most.

use diesel::prelude::*;

use super::model::{COLUMNS, Listed};
use crate::db::schema::organizations;
use crate::db::types::{AccountId, OrganizationId};
use crate::db::{Conn, fixed};
use crate::error::Result;
use crate::on_each;
use crate::web::list::Stretch;

/// The first by name, for who sees all of them: a statement that stays as it is.
pub(super) fn first(
    conn: &mut Conn,
    (account, status): (AccountId, &str),
    stretch: &Stretch<OrganizationId>,
) -> Result<Vec<Listed>> {
    let query = organizations::table
        .select(COLUMNS)
        .filter(organizations::account_id.eq(account))
        .filter(organizations::status.eq(status))
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(stretch.by_text().limit);
    let query = fixed(query);
    Ok(on_each!(conn, |c| query.load(c))?)
}
