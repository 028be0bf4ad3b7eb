//! Who the people of a request are. Everybody chooses their own name, so that nobody is known by that alone: beside it
//! stands the address that they sign in with, and how they stand in the account where that is out of the ordinary.

use super::model::Request;
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::Result;
use crate::mail::templates::Known;
use crate::users::{self, Listed};

/// Everybody whom a request is about: whom it is for, who asked, and who took it over.
pub(super) fn ids(request: &Request) -> Vec<UserId> {
    let mut all = vec![request.person, request.requester, request.asker()];
    all.sort_unstable();
    all.dedup();
    all
}

/// The same as the account knows them; whoever is there no more is left out.
pub(super) fn concerned(conn: &mut Conn, request: &Request) -> Result<Vec<Listed>> {
    users::these(conn, request.account, &ids(request))
}

/// One of them.
pub(super) fn of(people: &[Listed], id: UserId) -> Option<&Listed> {
    people.iter().find(|one| one.id == id)
}

/// By what a mail tells somebody from others of the same name.
pub(super) fn known(one: &Listed) -> Known {
    let standing = match (one.status.as_str(), one.kind.as_str()) {
        ("invited", _) => Some("invited, not in yet"),
        ("deactivated", _) => Some("inactive"),
        (_, "guest") => Some("guest"),
        _ => None,
    };
    Known {
        email: one.email.clone(),
        standing: standing.map(str::to_owned),
    }
}

/// "lee@globex.example, guest": the same on a page.
pub(super) fn in_words(one: &Listed) -> String {
    let known = known(one);
    match known.standing {
        Some(standing) => format!("{}, {standing}", known.email),
        None => known.email,
    }
}
