//! Where what happens to a login is written down (S21).

use diesel::prelude::*;

use crate::audit::INSTALLATION;
use crate::db::Conn;
use crate::db::schema::users;
use crate::db::types::{AccountId, UserId};
use crate::error::Result;

/// The chain of a person's sign-in events: that of their home, or of the account that they are in `otherwise`; the
/// installation's for whoever has neither, and for whoever runs the platform, wherever their home is: what an account
/// can read says nothing about those who look after all of them. Of an id that is nobody's, the installation's by the same
/// statement: an address that is not known costs what a known one does (rule 12).
pub fn chain(conn: &mut Conn, user: UserId, otherwise: Option<AccountId>) -> Result<AccountId> {
    let login: Option<(Option<AccountId>, bool)> = users::table
        .filter(users::id.eq(user))
        .select((users::home_account_id, users::operator))
        .first(conn)
        .optional()?;
    let account = login.and_then(|(home, operator)| home.or(otherwise).filter(|_| !operator));
    Ok(account.unwrap_or(INSTALLATION))
}
