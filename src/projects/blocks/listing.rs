//! Which projects: by name, with how many people each has.

use diesel::prelude::*;

use crate::db::schema::{organizations, people_counts, projects};
use crate::db::types::{AccountId, OrganizationId, ProjectId};
use crate::db::{Conn, MultiBackend, fixed};
use crate::error::Result;
use crate::on_each;
use crate::projects::Listed;
use crate::projects::model::COLUMNS;
use crate::users::Reach;
use crate::web::list::{Asked, Filter, Found, List, Sort, Stretch, Values};

/// The projects of an account with their people, as a list.
pub static LIST: List = List {
    name: "projects-with-people",
    filters: &[Filter {
        name: "organization",
        label: "Organization",
        values: Values::Named,
        select: true,
    }],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[],
};

/// How many of them a page has.
pub const PER_PAGE: usize = 20;

/// A project, and how many people have a role on just it.
pub(super) type Counted = (Listed, i64);

/// A page of the active projects in these places, or of those in one organization. A search finds names that begin so.
pub(super) fn page(
    conn: &mut Conn,
    account: AccountId,
    (reach, organization): (&Reach, Option<OrganizationId>),
    asked: &Asked<ProjectId>,
) -> Result<Found<Counted, ProjectId>> {
    let plain = asked.is_whole() && asked.is_first() && *reach == Reach::Account;
    let load = |stretch: &Stretch<ProjectId>| {
        if plain {
            first(conn, account, stretch)
        } else {
            narrowed(conn, account, (reach, organization), (asked, stretch))
        }
    };
    let found = asked.page(1, load, |_, (row, _)| (row.name_key.clone(), row.id))?;
    Ok(found.map(|(row, people)| (row, people.unwrap_or(0))))
}

type Row = (Listed, Option<i64>);

/// On the page that is asked for most: a statement that stays as it is.
fn first(conn: &mut Conn, account: AccountId, stretch: &Stretch<ProjectId>) -> Result<Vec<Row>> {
    let query = projects::table
        .inner_join(organizations::table)
        .left_join(people_counts::table.on(people_counts::scope_id.eq(projects::id)))
        .select((COLUMNS, people_counts::people.nullable()))
        .filter(projects::account_id.eq(account))
        .filter(projects::status.eq("active"))
        .filter(organizations::status.eq("active"))
        .order((projects::name_key.asc(), projects::id.asc()))
        .limit(stretch.by_text().limit);
    let query = fixed(query);
    Ok(on_each!(conn, |c| query.load(c))?)
}

fn narrowed(
    conn: &mut Conn,
    account: AccountId,
    (reach, organization): (&Reach, Option<OrganizationId>),
    (asked, stretch): (&Asked<ProjectId>, &Stretch<ProjectId>),
) -> Result<Vec<Row>> {
    let mut query = projects::table
        .inner_join(organizations::table)
        .left_join(people_counts::table.on(people_counts::scope_id.eq(projects::id)))
        .select((COLUMNS, people_counts::people.nullable()))
        .into_boxed::<MultiBackend>()
        .filter(projects::account_id.eq(account))
        .filter(projects::status.eq("active"))
        .filter(organizations::status.eq("active"));
    if let Reach::Places {
        organizations,
        projects: these,
        ..
    } = reach
    {
        query = query.filter(
            projects::organization_id
                .eq_any(organizations.clone())
                .or(projects::id.eq_any(these.clone())),
        );
    }
    if let Some(organization) = organization {
        query = query.filter(projects::organization_id.eq(organization));
    }
    let walk = stretch.by_text().within(asked.prefix());
    let (key, id) = (projects::name_key, projects::id);
    let query = query
        .filter(walk.behind(key, id))
        .order(walk.order(key, id));
    Ok(query.limit(walk.limit).load(conn)?)
}
