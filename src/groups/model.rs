//! Rows of groups, and what may be done with them.

use diesel::helper_types;
use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::Demand;
use crate::access::permission::OrganizationsManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::audit::{Action, Event, Target};
use crate::db::schema::{grants, group_organizations, groups, organizations};
use crate::db::types::{AccountId, GroupId, OrganizationId, UserId};
use crate::db::{Conn, MultiBackend, violation};
use crate::error::Result;
use crate::members::people;
use crate::web::field::fold;
use crate::web::list::{Asked, Found, List, Sort, Stretch};
use crate::web::page::Page;

/// How many organizations that are not in it a group's page offers before it becomes a search.
const OFFERED: usize = 1000;

/// A group.
#[derive(Clone, Debug, Queryable)]
pub struct Listed {
    /// Its id.
    pub id: GroupId,
    /// Its name, unique in the account.
    pub name: String,
    /// What it is sorted by.
    pub name_key: String,
    /// What it is for.
    pub description: String,
}

/// The groups of an account, as a list.
pub static LIST: List = List {
    name: "groups",
    filters: &[],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[],
};

/// A page of the account's groups. A search finds names that begin so, or the one with this id.
pub fn page<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    asked: &Asked<GroupId>,
) -> Result<Found<Listed, GroupId>> {
    let one = asked.q().parse::<GroupId>().ok();
    let prefix = asked.prefix().filter(|_| one.is_none());
    let load = |stretch: &Stretch<GroupId>| {
        let walk = stretch.by_text().within(prefix.clone());
        let (key, id) = (groups::name_key, groups::id);
        let mut query = groups::table
            .select((
                groups::id,
                groups::name,
                groups::name_key,
                groups::description,
            ))
            .into_boxed::<MultiBackend>()
            .filter(groups::account_id.eq(scope.account().id));
        if let Some(one) = one {
            query = query.filter(groups::id.eq(one));
        }
        let query = query
            .filter(walk.behind(key, id))
            .order(walk.order(key, id));
        Ok(query.limit(walk.limit).load(conn)?)
    };
    asked.page(1, load, |_, row: &Listed| (row.name_key.clone(), row.id))
}

/// The group with this id in the account; another's is not found.
pub fn find(conn: &mut Conn, account: AccountId, id: GroupId) -> Result<Listed> {
    Ok(groups::table
        .filter(groups::account_id.eq(account))
        .filter(groups::id.eq(id))
        .select((
            groups::id,
            groups::name,
            groups::name_key,
            groups::description,
        ))
        .first(conn)?)
}

/// An organization that can be in the group.
#[derive(Clone, Debug, Queryable)]
pub struct Tickable {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// In URLs.
    pub slug: String,
}

/// The ids of the organizations in any of these groups, which are those of somebody's grants: the grants are the proof of
/// access to what is in them. One that is deleted keeps its place in the group, for the case
/// that it comes back, and nothing reaches it until then (S23).
pub fn inside(conn: &mut Conn, groups: &[GroupId]) -> Result<Vec<OrganizationId>> {
    Ok(group_organizations::table
        .inner_join(
            organizations::table.on(organizations::id.eq(group_organizations::organization_id)),
        )
        .filter(group_organizations::group_id.eq_any(groups))
        .filter(organizations::status.ne("deleted"))
        .select(group_organizations::organization_id)
        .load(conn)?)
}

/// The organizations in the group, by name.
pub fn organizations_in(conn: &mut Conn, group: GroupId) -> Result<Vec<Tickable>> {
    let ids: Vec<OrganizationId> = group_organizations::table
        .filter(group_organizations::group_id.eq(group))
        .select(group_organizations::organization_id)
        .load(conn)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<(String, OrganizationId, String, String)> = organizations::table
        .filter(organizations::id.eq_any(ids))
        .filter(organizations::status.ne("deleted"))
        .select((
            organizations::name_key,
            organizations::id,
            organizations::name,
            organizations::slug,
        ))
        .load(conn)?;
    rows.sort_unstable();
    let row = |(_, id, name, slug)| Tickable { id, name, slug };
    Ok(rows.into_iter().map(row).collect())
}

type Columns = (organizations::id, organizations::name, organizations::slug);
type Active = helper_types::IntoBoxed<
    'static,
    helper_types::Select<organizations::table, Columns>,
    MultiBackend,
>;

fn active(account: AccountId) -> Active {
    organizations::table
        .select((organizations::id, organizations::name, organizations::slug))
        .into_boxed::<MultiBackend>()
        .filter(organizations::account_id.eq(account))
        .filter(organizations::status.eq("active"))
}

/// The organizations of the account that are not in the group, by name: those whose names begin so, or the one with this
/// id.
pub fn tickable(
    conn: &mut Conn,
    account: AccountId,
    (group, q): (GroupId, &str),
) -> Result<Page<Tickable>> {
    let ins = group_organizations::table
        .filter(group_organizations::group_id.eq(group))
        .select(group_organizations::organization_id);
    let mut query = active(account).filter(organizations::id.ne_all(ins));
    let asked = Asked::<OrganizationId>::front(&LIST, OFFERED).searching(q);
    if let Ok(id) = q.parse::<OrganizationId>() {
        query = query.filter(organizations::id.eq(id));
    } else if let Some((from, to)) = asked.prefix() {
        query = query.filter(organizations::name_key.between(from, to));
    }
    let rows = query
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(Page::<Tickable>::fetch(OFFERED))
        .load(conn)?;
    Ok(Page::cut(rows, OFFERED))
}

/// Those of these organizations of the account in which anything can be changed.
pub fn changeable(
    conn: &mut Conn,
    account: AccountId,
    these: &[OrganizationId],
) -> Result<Vec<Tickable>> {
    if these.is_empty() {
        return Ok(Vec::new());
    }
    Ok(active(account)
        .filter(organizations::id.eq_any(these.to_vec()))
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .load(conn)?)
}

/// Another group of the account has this name.
#[derive(Debug, PartialEq, Eq)]
pub struct NameTaken;

/// Turns the database's refusal of a second group of the same name into [`NameTaken`].
fn unless_taken(
    done: std::result::Result<usize, diesel::result::Error>,
) -> Result<std::result::Result<(), NameTaken>> {
    match done {
        Ok(_) => Ok(Ok(())),
        Err(e)
            if violation::is_unique(&e, "groups_name", "groups", &["account_id", "name_key"]) =>
        {
            Ok(Err(NameTaken))
        }
        Err(e) => Err(e.into()),
    }
}

/// Makes a group without organizations.
pub fn create(
    conn: &mut Conn,
    scope: &Scope<Whole, OrganizationsManage>,
    id: GroupId,
    (name, description): (&str, &str),
) -> Result<std::result::Result<(), NameTaken>> {
    let done = conn.transaction(|conn| {
        diesel::insert_into(groups::table)
            .values((
                groups::id.eq(id),
                groups::account_id.eq(scope.account().id),
                groups::name.eq(name),
                groups::name_key.eq(fold(name)),
                groups::description.eq(description),
                groups::created_at.eq(scope.now()),
            ))
            .execute(conn)
    });
    if unless_taken(done)?.is_err() {
        return Ok(Err(NameTaken));
    }
    let event = scope.event(Action::GroupCreated).on(Target::group(id));
    crate::audit::record(conn, &event.details(json!({ "name": name })))?;
    Ok(Ok(()))
}

fn changed(scope: &Scope<Whole, OrganizationsManage>, id: GroupId) -> Event {
    scope.event(Action::GroupChanged).on(Target::group(id))
}

/// Names a group otherwise, and says otherwise what it is for.
pub fn rename(
    conn: &mut Conn,
    scope: &Scope<Whole, OrganizationsManage>,
    before: &Listed,
    (name, description): (&str, &str),
) -> Result<std::result::Result<(), NameTaken>> {
    let done = conn.transaction(|conn| {
        diesel::update(groups::table.filter(groups::id.eq(before.id)))
            .set((
                groups::name.eq(name),
                groups::name_key.eq(fold(name)),
                groups::description.eq(description),
            ))
            .execute(conn)
    });
    if unless_taken(done)?.is_err() {
        return Ok(Err(NameTaken));
    }
    let event = changed(scope, before.id).details(json!({
        "before": { "name": before.name, "description": before.description },
        "after": { "name": name, "description": description },
    }));
    crate::audit::record(conn, &event)?;
    Ok(Ok(()))
}

/// Puts organizations into the group and takes others out. Who may, and what it does, is asked before (S11).
pub fn tick(
    conn: &mut Conn,
    scope: &Scope<Whole, OrganizationsManage>,
    group: &Listed,
    (ins, outs): (&[Tickable], &[Tickable]),
) -> Result<()> {
    for one in ins {
        diesel::insert_into(group_organizations::table)
            .values((
                group_organizations::account_id.eq(scope.account().id),
                group_organizations::group_id.eq(group.id),
                group_organizations::organization_id.eq(one.id),
            ))
            .execute(conn)?;
        people::grouped(conn, group.id, one.id)?;
    }
    for one in outs {
        let row = group_organizations::table
            .filter(group_organizations::group_id.eq(group.id))
            .filter(group_organizations::organization_id.eq(one.id));
        diesel::delete(row).execute(conn)?;
        people::grouped(conn, group.id, one.id)?;
    }
    let names = |some: &[Tickable]| some.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    let event = changed(scope, group.id).details(json!({
        "group": group.name, "put_in": names(ins), "taken_out": names(outs),
    }));
    crate::audit::record(conn, &event)?;
    Ok(())
}

/// Deletes a group on which nobody holds a role any more.
pub fn delete(
    conn: &mut Conn,
    scope: &Scope<Whole, OrganizationsManage>,
    group: &Listed,
) -> Result<()> {
    let ins = group_organizations::table
        .filter(group_organizations::group_id.eq(group.id))
        .select(group_organizations::organization_id);
    let ids: Vec<OrganizationId> = ins.load(conn)?;
    diesel::delete(group_organizations::table.filter(group_organizations::group_id.eq(group.id)))
        .execute(conn)?;
    for id in ids {
        people::grouped(conn, group.id, id)?;
    }
    crate::members::gone_with_group(conn, scope, group.id)?;
    diesel::delete(groups::table.filter(groups::id.eq(group.id))).execute(conn)?;
    let event = changed(scope, group.id).details(json!({ "deleted": group.name }));
    crate::audit::record(conn, &event)?;
    Ok(())
}

/// Takes a purged organization out of every group.
pub fn organization_purged(conn: &mut Conn, organization: OrganizationId) -> Result<()> {
    let rows =
        group_organizations::table.filter(group_organizations::organization_id.eq(organization));
    diesel::delete(rows).execute(conn)?;
    Ok(())
}

/// Those who hold a role on the group, by name, each once; at most `most`.
pub fn holders(conn: &mut Conn, group: GroupId, most: i64) -> Result<Vec<UserId>> {
    let rows: Vec<(String, UserId)> = grants::table
        .filter(grants::scope_id.eq(GroupId::from_uuid(group.uuid())))
        .order((grants::sort_key.asc(), grants::user_id.asc()))
        .select((grants::sort_key, grants::user_id))
        .distinct()
        .limit(most)
        .load(conn)?;
    Ok(rows.into_iter().map(|(_, id)| id).collect())
}
