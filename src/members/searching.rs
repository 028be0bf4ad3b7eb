//! People of several places by their last name or address: ranges of the account's own indexes, of each who is found
//! asked whether they are in one of the places. Who is found by an earlier range is left out of the later ones.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::Status;
use super::ranges::{Source, Standing, Wanted};
use crate::db::schema::{grants, memberships, organization_people};
use crate::db::types::{GrantId, OrganizationId, UserId};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::web::list::Stretch;

/// Places by the index that says who is in them.
#[derive(Default)]
struct Places {
    /// The organization, and whether what lies below it counts.
    here: Option<(OrganizationId, bool)>,
    on: Vec<GrantId>,
    below: Vec<GrantId>,
}

impl Places {
    fn of(sources: &[Source]) -> Self {
        let mut all = Self::default();
        for source in sources {
            match *source {
                Source::In(id) => all.here = Some((id, false)),
                Source::Within(id) => all.here = Some((id, true)),
                Source::On(id) => all.on.push(id),
                Source::Below(id) => all.below.push(GrantId::from_uuid(id.uuid())),
            }
        }
        all
    }
}

/// A portion of them: by last name in the second stretch of a search, by address in the third.
pub(super) fn people(
    conn: &mut Conn,
    sources: &[Source],
    wanted: &Wanted,
    stretch: &Stretch<UserId>,
) -> Result<Vec<(String, UserId)>> {
    let Places { here, on, below } = Places::of(sources);
    let (Some((low, high)), Some((here, is_tree))) = (wanted.range.clone(), here) else {
        return Ok(Vec::new());
    };
    let listed = organization_people::table
        .filter(organization_people::ancestor_organization_id.eq(here))
        .filter(organization_people::sort_key.eq(memberships::sort_key))
        .filter(organization_people::user_id.eq(memberships::user_id))
        .filter(
            is_tree
                .into_sql::<Bool>()
                .or(organization_people::organization_id.eq(here)),
        );
    let held = grants::table
        .filter(grants::user_id.eq(memberships::user_id))
        .filter(
            (grants::scope_id.eq_any(on)).or(grants::scope_id.eq_any(below).and(grants::below)),
        );
    let query = memberships::table
        .into_boxed::<MultiBackend>()
        .filter(memberships::account_id.eq(wanted.account))
        .filter(exists(listed).or(exists(held)))
        .filter(not(memberships::sort_key.between(low.clone(), high.clone())));
    let query = match wanted.standing {
        Standing::Current => query.filter(memberships::status.ne(Status::Deactivated.as_str())),
        Standing::Active => query.filter(memberships::status.eq(Status::Active.as_str())),
        Standing::Invited => query.filter(memberships::status.eq(Status::Invited.as_str())),
        Standing::Inactive => query.filter(memberships::status.eq(Status::Deactivated.as_str())),
        Standing::Anyhow => query,
    };
    let walk = stretch.by_text().within(Some((low.clone(), high.clone())));
    let id = memberships::user_id;
    let query = query.limit(walk.limit);
    if stretch.number == 1 {
        let key = memberships::last_key;
        let query = query
            .filter(walk.behind(key, id))
            .order(walk.order(key, id));
        return Ok(query.select((key, id)).load(conn)?);
    }
    let key = memberships::email_key;
    let query = query
        .filter(not(memberships::last_key.between(low, high)))
        .filter(walk.behind(key, id))
        .order(walk.order(key, id));
    Ok(query.select((key, id)).load(conn)?)
}
