//! Lists of requests, newest first, cut by id: ids are made in the order of time.

use diesel::prelude::*;

use super::asking::Asking;
use super::model::{AccountName, COLUMNS, Request, Row, read};
use crate::access::gate::Somewhere;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::schema::{accounts, memberships, requests};
use crate::db::types::{Id, RequestId, Ts, UserId, kind};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::members::Status;
use crate::users::{self, Called, Reach};
use crate::web::list::{Asked, Filter, Found, List, Sort, Stretch, Values};
use crate::web::page::Page;

/// How many a page shows.
pub(super) const PER_PAGE: usize = 25;

/// The requests of an account: those that somebody still has to decide, or all of them.
pub static LIST: List = List {
    name: "requests",
    filters: &[Filter {
        name: "status",
        label: "Status",
        values: Values::These(&[("all", "All")]),
        select: false,
    }],
    sort: Sort {
        name: "asked",
        falling: true,
    },
    sorts: &[Sort {
        name: "person",
        falling: false,
    }],
};

/// A request with the account that it is in.
pub(super) type InAccount = (Request, AccountName);

/// The largest id there is: what the first page comes before.
fn last() -> RequestId {
    Id::from_uuid(uuid::Uuid::max())
}

/// A page of the requests about places where the acting person manages users. A search finds those for people whose name
/// begins so, by name, or the one with this id.
pub(super) fn of_account(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    asked: &Asked<RequestId>,
) -> Result<Found<Request, RequestId>> {
    let reach = crate::users::reach(conn, app.roles(), scope)?;
    asked.sorted(
        |asked| carried(conn, scope, &reach, asked),
        |row| (key(asked, row), row.id),
    )
}

/// What a request is sorted by, and found again.
fn key(asked: &Asked<RequestId>, row: &Request) -> String {
    if asked.is_by("person") {
        row.person_key.clone()
    } else {
        row.created_at.text()
    }
}

/// The page in an order that an index carries.
fn carried(
    conn: &mut Conn,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    reach: &Reach,
    asked: &Asked<RequestId>,
) -> Result<Found<Request, RequestId>> {
    let one = asked.q().parse::<RequestId>().ok();
    let prefix = asked.prefix().filter(|_| one.is_none());
    let by_person = asked.is_by("person");
    let load = |stretch: &Stretch<RequestId>| {
        let mut query = within(reach, requests::table.select(COLUMNS).into_boxed())
            .filter(requests::account_id.eq(scope.account().id));
        if asked.filter("status").is_none() {
            query = query.filter(requests::due_at.is_not_null());
        }
        if let Some(one) = one {
            query = query.filter(requests::id.eq(one));
        }
        let rows: Vec<Row> = if by_person {
            let walk = stretch.by_text().within(prefix.clone());
            let (key, id) = (requests::person_key, requests::id);
            let query = query.filter(walk.behind(key, id)).limit(walk.limit);
            query.order(walk.order(key, id)).load(conn)?
        } else {
            let walk = stretch.by_time();
            let (key, id) = (requests::created_at, requests::id);
            let query = query.filter(walk.behind(key, id)).limit(walk.limit);
            query.order(walk.order(key, id)).load(conn)?
        };
        rows.into_iter().map(|row| read(row, scope.now())).collect()
    };
    asked.page(1, load, |_, row: &Request| (key(asked, row), row.id))
}

type Query<'a> = diesel::helper_types::IntoBoxed<
    'a,
    diesel::helper_types::Select<requests::table, super::model::Columns>,
    MultiBackend,
>;

/// Only what is about these places.
fn within<'a>(reach: &Reach, query: Query<'a>) -> Query<'a> {
    let Reach::Places {
        groups,
        organizations,
        projects,
        ..
    } = reach
    else {
        return query;
    };
    let places: Vec<Id<kind::Grant>> = (groups.iter().map(Id::uuid))
        .chain(projects.iter().map(Id::uuid))
        .map(Id::from_uuid)
        .collect();
    let inside = requests::organization_id.eq_any(organizations.clone());
    query.filter(
        inside
            .assume_not_null()
            .or(requests::scope_id.eq_any(places)),
    )
}

/// A page of what one person asked for, or what was asked for them, in every account that they are in: two ranges,
/// each in the order of an index of its own.
pub(super) fn of_person(
    conn: &mut Conn,
    me: UserId,
    before: Option<RequestId>,
    now: Ts,
) -> Result<Page<InAccount>> {
    let before = before.unwrap_or_else(last);
    let query = || {
        requests::table
            .inner_join(accounts::table)
            .inner_join(
                memberships::table.on(memberships::account_id
                    .eq(requests::account_id)
                    .and(memberships::user_id.eq(me))),
            )
            .filter(memberships::status.eq(Status::Active.as_str()))
            .filter(requests::id.lt(before))
            .order(requests::id.desc())
            .limit(Page::<InAccount>::fetch(PER_PAGE))
            .select((COLUMNS, (accounts::name, accounts::slug, accounts::plan)))
    };
    let mut rows: Vec<(Row, AccountName)> =
        query().filter(requests::requester_id.eq(me)).load(conn)?;
    rows.extend(
        query()
            .filter(requests::user_id.eq(me))
            .load::<(Row, AccountName)>(conn)?,
    );
    let all: Result<Vec<InAccount>> = rows
        .into_iter()
        .map(|(row, account)| Ok((read(row, now)?, account)))
        .collect();
    let mut all = all?;
    all.sort_by_key(|(request, _)| std::cmp::Reverse(request.id));
    all.dedup_by_key(|(request, _)| request.id);
    Ok(Page::cut(all, PER_PAGE))
}

/// A page of what waits for an operator.
pub(super) fn for_operators(
    conn: &mut Conn,
    before: Option<RequestId>,
    now: Ts,
) -> Result<Page<InAccount>> {
    let rows: Vec<(Row, AccountName)> = requests::table
        .inner_join(accounts::table)
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "requests.state = 'approved'",
        ))
        .filter(requests::expires_at.gt(now))
        .filter(requests::id.lt(before.unwrap_or_else(last)))
        .order(requests::id.desc())
        .limit(Page::<InAccount>::fetch(PER_PAGE))
        .select((COLUMNS, (accounts::name, accounts::slug, accounts::plan)))
        .load(conn)?;
    let all: Result<Vec<InAccount>> = rows
        .into_iter()
        .map(|(row, account)| Ok((read(row, now)?, account)))
        .collect();
    Ok(Page::cut(all?, PER_PAGE))
}

/// The state of each request, and who decided: what a list shows.
pub(super) fn called(conn: &mut Conn, requests: &[&Request]) -> Result<Called> {
    let of = |one: &&Request| {
        people_of(&[*one])
            .into_iter()
            .map(|id| (one.account, id))
            .collect::<Vec<_>>()
    };
    users::names_in(conn, requests.iter().flat_map(of).collect())
}

/// Everybody that these requests name.
pub(super) fn people_of(requests: &[&Request]) -> Vec<UserId> {
    let mut all: Vec<UserId> = requests
        .iter()
        .flat_map(|one| {
            [
                Some(one.requester),
                one.asked_by,
                Some(one.person),
                one.decided_by,
            ]
        })
        .flatten()
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether the acting person sees the account's list, and not only their own requests.
pub(super) fn sees_list(app: &App, scope: &Asking) -> bool {
    super::asking::asks_for_others(app, scope)
}
