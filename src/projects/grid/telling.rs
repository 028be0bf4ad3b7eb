//! Who is told of other roles on a project, said before they have them.

use super::handlers::Managing;
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::Result;
use crate::members::{self, Change};
use crate::notifications::Kind;
use crate::users::Listed;

/// Of which kind the notice is: whoever held nothing on the project can now work there; everybody else has other roles.
const fn kind(change: &Change) -> Kind {
    if change.before.is_empty() {
        Kind::Added
    } else {
        Kind::RolesChanged
    }
}

/// Who of these people will be told of their change by mail.
pub(super) fn told_in_words<'a>(
    conn: &mut Conn,
    scope: &Managing,
    changes: impl IntoIterator<Item = &'a Change>,
    person: impl Fn(UserId) -> Option<&'a Listed>,
) -> Result<String> {
    let people = changes.into_iter();
    let people = people.filter_map(|change| Some((person(change.user)?, kind(change))));
    let people: Vec<(&Listed, Kind)> = people.collect();
    members::foretold(conn, scope.account(), &people)
}
