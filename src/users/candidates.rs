//! Whom *Add Users to Reservation* and *Add member* offer.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::filter::LIST;
use super::listing::beginning;
use super::model::{Listed, Reach, in_reach};
use crate::access::gate::Demand;
use crate::access::permission::UsersManage;
use crate::access::place::Place;
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::schema::{grants, memberships};
use crate::db::types::{AccountId, GrantId, UserId};
use crate::error::Result;
use crate::members::Status;
use crate::web::list::Asked;
use crate::web::page::Page;

/// How many people the list of those to add shows before it becomes a search.
pub const CANDIDATES: usize = 50;

/// People inside the reach who have no role on just this place (the id of a project or an organization), by name: whom
/// *Add Users to Reservation* and *Add member* offer.
pub fn candidates<P: Place>(
    conn: &mut Conn,
    scope: &Scope<P, UsersManage>,
    (here, reach): (GrantId, &Reach),
    q: &str,
) -> Result<Page<Listed>> {
    let narrowed = || {
        let on_it = grants::table
            .filter(grants::scope_id.eq(here))
            .filter(grants::user_id.eq(memberships::user_id));
        in_reach(scope.account().id, reach)
            .filter(memberships::status.ne(Status::Deactivated.as_str()))
            .filter(memberships::user_id.ne(scope.person().id))
            .filter(not(exists(on_it)))
    };
    let asked = Asked::front(&LIST, CANDIDATES).searching(q);
    if let Some(range) = asked.prefix() {
        let found = beginning(conn, &asked, &range, &narrowed)?;
        return Ok(Page {
            more: found.next.is_some(),
            rows: found.rows,
        });
    }
    let rows = narrowed()
        .order((memberships::sort_key.asc(), memberships::user_id.asc()))
        .limit(Page::<Listed>::fetch(CANDIDATES))
        .load(conn)?;
    Ok(Page::cut(rows, CANDIDATES))
}

/// People inside the reach, however they stand, whose names or addresses begin so: whom one may ask about.
pub fn askable(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    (q, most): (&str, usize),
) -> Result<Page<Listed>> {
    let asked = Asked::front(&LIST, most).searching(q);
    if let Some(range) = asked.prefix() {
        let found = beginning(conn, &asked, &range, &|| in_reach(account, reach))?;
        return Ok(Page {
            more: found.next.is_some(),
            rows: found.rows,
        });
    }
    let rows = in_reach(account, reach)
        .order((memberships::sort_key.asc(), memberships::user_id.asc()))
        .limit(Page::<Listed>::fetch(most))
        .load(conn)?;
    Ok(Page::cut(rows, most))
}

/// What stands beside a list that ends before everybody is on it.
pub const fn rest(more: bool) -> &'static str {
    if more {
        "Not everybody is listed. Search by name or email address for whoever is missing."
    } else {
        ""
    }
}

/// One of those; none if they are outside the reach.
pub fn one_of(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    id: UserId,
) -> Result<Option<Listed>> {
    let one = in_reach(account, reach).filter(memberships::user_id.eq(id));
    Ok(one.first(conn).optional()?)
}

/// One of them; whoever is outside the reach, or shut out, is not found.
pub fn candidate<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    reach: &Reach,
    id: UserId,
) -> Result<Listed> {
    Ok(in_reach(scope.account().id, reach)
        .filter(memberships::status.ne(Status::Deactivated.as_str()))
        .filter(memberships::user_id.eq(id))
        .first(conn)?)
}
