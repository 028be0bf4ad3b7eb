//! Account Organizations: the list of those that one may see, page by page.

use diesel::dsl::not;
use diesel::prelude::*;

use super::front;
use super::model::{Listed, Seen, seen, with_status};
use crate::access::gate::Demand;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::schema::organizations;
use crate::db::types::{AccountId, OrganizationId};
use crate::error::Result;
use crate::web::list::{Asked, Found, List, Sort, Stretch};

/// Account Organizations, as a list.
pub static LIST: List = List {
    name: "organizations",
    filters: &[],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[Sort {
        name: "slug",
        falling: false,
    }],
};

/// A page of the account's organizations that the person may see. A search finds names that begin so, then slugs that
/// begin so, or the one with this id. Each statement is a range of one index.
pub fn page<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    asked: &Asked<OrganizationId>,
) -> Result<Found<Listed, OrganizationId>> {
    let seen = seen(conn, scope.grants(), scope.now())?;
    page_of(conn, scope.account().id, (&seen, "active"), asked)
}

/// The same of these organizations with this status.
pub fn page_of(
    conn: &mut Conn,
    account: AccountId,
    (seen, status): (&Seen, &'static str),
    asked: &Asked<OrganizationId>,
) -> Result<Found<Listed, OrganizationId>> {
    if matches!(seen, Seen::These(these) if these.is_empty()) {
        return Ok(Found::nothing());
    }
    let key = |row: &Listed| {
        let key = if asked.is_by("slug") {
            &row.slug
        } else {
            &row.name_key
        };
        (key.clone(), row.id)
    };
    asked.sorted(|asked| carried(conn, account, (seen, status), asked), key)
}

/// The page in an order that an index carries.
fn carried(
    conn: &mut Conn,
    account: AccountId,
    (seen, status): (&Seen, &'static str),
    asked: &Asked<OrganizationId>,
) -> Result<Found<Listed, OrganizationId>> {
    let one = asked.q().parse::<OrganizationId>().ok();
    let prefix = asked.prefix().filter(|_| one.is_none());
    let searching = prefix.is_some();
    let by_slug = |stretch| {
        if searching {
            stretch == 1
        } else {
            asked.is_by("slug")
        }
    };
    let plain = asked.is_whole() && asked.is_first() && asked.is_by("name");
    let plain = plain && matches!(seen, Seen::All);
    let load = |stretch: &Stretch<OrganizationId>| {
        if plain && !stretch.is_falling() {
            return front::first(conn, (account, status), stretch);
        }
        let walk = stretch.by_text().within(prefix.clone());
        let mut query = with_status(account, seen, status).limit(walk.limit);
        if let Some(id) = one {
            query = query.filter(organizations::id.eq(id));
        }
        if !by_slug(stretch.number) {
            let (key, id) = (organizations::name_key, organizations::id);
            let query = query
                .filter(walk.behind(key, id))
                .order(walk.order(key, id));
            return Ok(query.load::<Listed>(conn)?);
        }
        if let Some((low, high)) = prefix.clone() {
            query = query.filter(not(organizations::name_key.between(low, high)));
        }
        let (key, id) = (organizations::slug, organizations::id);
        let query = query
            .filter(walk.behind(key, id))
            .order(walk.order(key, id));
        Ok(query.load(conn)?)
    };
    asked.page(if searching { 2 } else { 1 }, load, |stretch, row| {
        let key = if by_slug(stretch) {
            &row.slug
        } else {
            &row.name_key
        };
        (key.clone(), row.id)
    })
}
