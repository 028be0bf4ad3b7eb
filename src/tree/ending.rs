//! Archiving, deleting and bringing back (rule 6, S23): the acts.

use diesel::prelude::*;
use serde_json::json;

use super::purging::KEPT_DAYS;
use crate::access::gate::Somewhere;
use crate::access::part::{As, Resting};
use crate::access::permission::OrganizationsManage;
use crate::access::place::Whole;
use crate::access::resolve::{self, Branch, Place};
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::schema::{organizations, projects};
use crate::db::types::{AccountId, OrganizationId, Ts};
use crate::error::{Error, Result};
use crate::members::people;
use crate::organizations::{DEEPEST, branches, depth};

/// How many names of what is in the way are told.
const TOLD: i64 = 10;

/// An organization behind the gate of its ending.
pub type Ending = Scope<As<Resting>, OrganizationsManage>;

/// What keeps an organization from being deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InTheWay {
    /// Organizations directly below it: the first ones by name.
    pub children: Vec<String>,
    /// Active projects in it: the first ones by name.
    pub projects: Vec<String>,
}

impl InTheWay {
    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty() && self.projects.is_empty()
    }
}

/// What is in the way of deleting: two ranges of an index, cut.
pub fn in_the_way(conn: &mut Conn, account: AccountId, id: OrganizationId) -> Result<InTheWay> {
    let children = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::parent_id.eq(id))
        .filter(organizations::status.ne("deleted"))
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(TOLD)
        .select(organizations::name)
        .load(conn)?;
    let projects = projects::table
        .filter(projects::account_id.eq(account))
        .filter(projects::organization_id.eq(id))
        .filter(projects::status.eq("active"))
        .order((projects::name_key.asc(), projects::id.asc()))
        .limit(TOLD)
        .select(projects::name)
        .load(conn)?;
    Ok(InTheWay { children, projects })
}

/// What became of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is done, or was so already.
    Done,
    /// Something is in the way.
    Refused(InTheWay),
    /// The form showed an older version.
    Overtaken,
}

/// The row, as acts need it: its version and status.
fn row(conn: &mut Conn, scope: &Ending) -> Result<(i64, String)> {
    Ok(organizations::table
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::id.eq(scope.organization().id))
        .select((organizations::version, organizations::status))
        .first(conn)?)
}

/// The version that the page shows.
pub fn version(conn: &mut Conn, scope: &Ending) -> Result<i64> {
    Ok(row(conn, scope)?.0)
}

fn set(conn: &mut Conn, id: OrganizationId, status: &str, archived_at: Option<Ts>) -> Result<()> {
    diesel::update(organizations::table.filter(organizations::id.eq(id)))
        .set((
            organizations::status.eq(status),
            organizations::archived_at.eq(archived_at),
            organizations::version.eq(organizations::version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Puts the organization into the archive, or takes it out: in it, everything can be read and nothing changed.
pub fn archive(conn: &mut Conn, scope: &Ending, shown: i64, into: bool) -> Result<Ended> {
    let (version, status) = row(conn, scope)?;
    let wanted = if into { "archived" } else { "active" };
    if status == wanted {
        return Ok(Ended::Done);
    }
    if version != shown {
        return Ok(Ended::Overtaken);
    }
    let id = scope.organization().id;
    set(conn, id, wanted, into.then(|| scope.now()))?;
    let action = if into {
        Action::OrganizationArchived
    } else {
        Action::OrganizationUnarchived
    };
    let event = scope.event(action).in_organization(id);
    audit::record(conn, &event.on(Target::organization(id)))?;
    Ok(Ended::Done)
}

/// Deletes the organization: invisible at once, its slug kept, its grants inert, and for 30 days to be had back.
pub fn delete(conn: &mut Conn, scope: &Ending, shown: i64) -> Result<Ended> {
    let in_the_way = in_the_way(conn, scope.account().id, scope.organization().id)?;
    if !in_the_way.is_empty() {
        return Ok(Ended::Refused(in_the_way));
    }
    if row(conn, scope)?.0 != shown {
        return Ok(Ended::Overtaken);
    }
    let id = scope.organization().id;
    diesel::update(organizations::table.filter(organizations::id.eq(id)))
        .set((
            organizations::status.eq("deleted"),
            organizations::deleted_at.eq(Some(scope.now())),
            organizations::deleted_by.eq(Some(scope.person().id)),
            organizations::version.eq(organizations::version + 1),
        ))
        .execute(conn)?;
    people::hidden(conn, id)?;
    let event = scope
        .event(Action::OrganizationDeleted)
        .in_organization(id)
        .on(Target::organization(id))
        .details(json!({
            "name": scope.organization().name, "slug": scope.organization().slug,
            "kept_days": KEPT_DAYS,
        }));
    audit::record(conn, &event)?;
    Ok(Ended::Done)
}

/// A deleted organization that can be had back.
#[derive(Clone, Debug, Queryable)]
pub struct Deleted {
    /// Its id.
    pub id: OrganizationId,
    /// In addresses: kept.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Directly below which one it stood.
    pub parent: Option<OrganizationId>,
    /// When it was deleted.
    pub deleted_at: Option<Ts>,
    /// When it had been archived before.
    pub archived_at: Option<Ts>,
}

/// What became of a wish to have one back.
#[derive(Clone, Debug)]
pub enum Restored {
    /// It is back.
    Done(Deleted),
    /// It stood below this one, which is deleted too.
    Orphan(String),
    /// It stood too deep in the tree as it is now.
    Deep,
}

/// The deleted ones among these that the actor may have back: by the right that deletes, with the grants that rest on
/// them.
pub fn may_restore(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<OrganizationsManage>>,
    these: Vec<Deleted>,
) -> Result<Vec<Deleted>> {
    let ids: Vec<OrganizationId> = these.iter().map(|row| row.id).collect();
    let branches = branches(conn, scope.grants(), &ids)?;
    let may = |branch: Branch| {
        let place = Place::Organization(branch);
        resolve::permissions(app.roles(), scope.grants(), &place, scope.now())
            .allows::<OrganizationsManage>()
    };
    let mine = these.into_iter().zip(branches);
    Ok(mine
        .filter_map(|(row, branch)| may(branch).then_some(row))
        .collect())
}

/// Brings a deleted organization back, with everything as it was. What the actor could not delete is not found.
pub fn restore(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<OrganizationsManage>>,
    id: OrganizationId,
) -> Result<Restored> {
    let row: Deleted = organizations::table
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::id.eq(id))
        .filter(organizations::status.eq("deleted"))
        .select((
            organizations::id,
            organizations::slug,
            organizations::name,
            organizations::parent_id,
            organizations::deleted_at,
            organizations::archived_at,
        ))
        .first(conn)?;
    let mut mine = may_restore(conn, app, scope, vec![row])?;
    let row = mine.pop().ok_or(Error::NotFound)?;
    if let Some(parent) = row.parent {
        let (name, status): (String, String) = organizations::table
            .filter(organizations::id.eq(parent))
            .select((organizations::name, organizations::status))
            .first(conn)?;
        if status == "deleted" {
            return Ok(Restored::Orphan(name));
        }
        if depth(conn, parent)? >= DEEPEST {
            return Ok(Restored::Deep);
        }
    }
    let status = if row.archived_at.is_some() {
        "archived"
    } else {
        "active"
    };
    diesel::update(organizations::table.filter(organizations::id.eq(id)))
        .set((
            organizations::status.eq(status),
            organizations::deleted_at.eq(None::<Ts>),
            organizations::deleted_by.eq(None::<crate::db::types::UserId>),
            organizations::version.eq(organizations::version + 1),
        ))
        .execute(conn)?;
    people::restored(conn, id)?;
    let event = scope
        .event(Action::OrganizationRestored)
        .in_organization(id)
        .on(Target::organization(id))
        .details(json!({ "name": row.name, "slug": row.slug }));
    audit::record(conn, &event)?;
    Ok(Restored::Done(row))
}
