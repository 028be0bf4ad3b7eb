//! Rows of organizations, and what may be done with them.

use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::Demand;
use crate::access::grant::{Grant, Scoped};
use crate::access::permission::{OrganizationsManage, Visible};
use crate::access::place::{Organization, Place, Whole};
use crate::access::scope::Scope;
use crate::audit::{Action, Target};
use crate::db::schema::{memberships, organizations};
use crate::db::types::{AccountId, GroupId, OrganizationId, Ts};
use crate::db::{Conn, MultiBackend, violation};
use crate::error::{Error, Result};
use crate::web::field::fold;

/// An organization in a list.
#[derive(Clone, Debug, Queryable)]
pub struct Listed {
    /// Its id.
    pub id: OrganizationId,
    /// In URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is sorted by.
    pub name_key: String,
}

/// Who among an account's organizations a set of grants lets a person see (S5): all, or these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Everything in the account.
    All,
    /// These and nothing else; may be empty.
    These(Vec<OrganizationId>),
}

impl Seen {
    /// Whether this one is among them.
    pub fn holds(&self, id: OrganizationId) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(&id),
        }
    }
}

/// What the grants let a person see of everything below an organization: all of it, where one of them reaches it all,
/// else what [`seen`] finds.
pub fn seen_below(
    conn: &mut Conn,
    grants: &[Grant],
    (here, above): (OrganizationId, &[OrganizationId]),
    now: Ts,
) -> Result<Seen> {
    let all = grants.iter().filter(|grant| grant.in_force(now));
    let mut all = all.map(|grant| match grant.scope {
        Scoped::Account => true,
        Scoped::Organization { id, below } => below && (id == here || above.contains(&id)),
        Scoped::Group(_) | Scoped::Project { .. } => false,
    });
    if all.any(|reaches| reaches) {
        return Ok(Seen::All);
    }
    seen(conn, grants, now)
}

/// The organizations that the grants reach, or that hold something that they reach.
pub fn seen(conn: &mut Conn, grants: &[Grant], now: Ts) -> Result<Seen> {
    let mut these: Vec<OrganizationId> = Vec::new();
    let mut groups: Vec<GroupId> = Vec::new();
    let mut below: Vec<OrganizationId> = Vec::new();
    for grant in grants.iter().filter(|grant| grant.in_force(now)) {
        match grant.scope {
            Scoped::Account => return Ok(Seen::All),
            Scoped::Group(id) => groups.push(id),
            Scoped::Organization {
                id,
                below: with_descendants,
            } => {
                these.push(id);
                if with_descendants {
                    below.push(id);
                }
            }
            Scoped::Project { organization, .. } => these.push(organization),
        }
    }
    if !groups.is_empty() {
        these.extend(crate::groups::inside(conn, &groups)?);
    }
    let above = containers(conn, &these)?;
    these.extend(descendants(conn, below)?);
    these.extend(above);
    these.sort_unstable();
    these.dedup();
    Ok(Seen::These(these))
}

/// One statement a level, for all of them together; no tree is deeper than this many.
pub const DEEPEST: usize = 64;

fn descendants(conn: &mut Conn, mut level: Vec<OrganizationId>) -> Result<Vec<OrganizationId>> {
    let mut all = Vec::new();
    for _ in 0..DEEPEST {
        if level.is_empty() {
            break;
        }
        level = organizations::table
            .filter(organizations::parent_id.eq_any(&level))
            .filter(organizations::status.ne("deleted"))
            .select(organizations::id)
            .load(conn)?;
        all.extend_from_slice(&level);
    }
    Ok(all)
}

/// Everything above these: visible because something inside is.
fn containers(conn: &mut Conn, of: &[OrganizationId]) -> Result<Vec<OrganizationId>> {
    let mut all = Vec::new();
    let mut level = of.to_vec();
    for _ in 0..DEEPEST {
        if level.is_empty() {
            break;
        }
        let parents: Vec<Option<OrganizationId>> = organizations::table
            .filter(organizations::id.eq_any(&level))
            .filter(organizations::parent_id.is_not_null())
            .select(organizations::parent_id)
            .load(conn)?;
        level = parents.into_iter().flatten().collect();
        all.extend_from_slice(&level);
    }
    Ok(all)
}

/// Whether something inside `organization` is reached by one of the grants, so that it is visible itself (S5).
pub fn holds_something_visible(
    conn: &mut Conn,
    organization: &Organization,
    grants: &[Grant],
    now: Ts,
) -> Result<bool> {
    visible_to(conn, grants, organization.id, now)
}

/// Whether an organization of the account is visible to whoever holds these grants (S5).
pub fn visible_to(
    conn: &mut Conn,
    grants: &[Grant],
    organization: OrganizationId,
    now: Ts,
) -> Result<bool> {
    Ok(match seen(conn, grants, now)? {
        Seen::All => true,
        Seen::These(these) => these.contains(&organization),
    })
}

pub(super) type Columns = (
    organizations::id,
    organizations::slug,
    organizations::name,
    organizations::name_key,
);
pub(super) const COLUMNS: Columns = (
    organizations::id,
    organizations::slug,
    organizations::name,
    organizations::name_key,
);

pub(super) type Query<'a> = diesel::helper_types::IntoBoxed<
    'a,
    diesel::helper_types::Select<organizations::table, Columns>,
    MultiBackend,
>;

pub(super) fn in_account(account: AccountId, seen: &Seen) -> Query<'static> {
    with_status(account, seen, "active")
}

pub(super) fn with_status(account: AccountId, seen: &Seen, status: &'static str) -> Query<'static> {
    let query = organizations::table
        .select(COLUMNS)
        .into_boxed::<MultiBackend>()
        .filter(organizations::account_id.eq(account))
        .filter(organizations::status.eq(status));
    match seen {
        Seen::All => query,
        Seen::These(these) => query.filter(organizations::id.eq_any(these.clone())),
    }
}

/// Counting stops here.
pub const MOST_COUNTED: usize = 1000;

/// How many organizations of the account the person may see; none if they are more than [`MOST_COUNTED`].
pub fn counted<A: Demand>(conn: &mut Conn, scope: &Scope<Whole, A>) -> Result<Option<usize>> {
    let seen = seen(conn, scope.grants(), scope.now())?;
    let ids = organizations::table
        .select(organizations::id)
        .into_boxed::<MultiBackend>()
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::status.eq("active"));
    let ids = match seen {
        Seen::All => ids,
        Seen::These(these) => ids.filter(organizations::id.eq_any(these)),
    };
    let most = i64::try_from(MOST_COUNTED).map_or(i64::MAX, |most| most.saturating_add(1));
    let rows: Vec<OrganizationId> = ids.limit(most).load(conn)?;
    Ok((rows.len() <= MOST_COUNTED).then_some(rows.len()))
}

/// The organization with this id, if the person may see it.
pub fn visible_at<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    id: OrganizationId,
) -> Result<Listed> {
    let seen = seen(conn, scope.grants(), scope.now())?;
    Ok(in_account(scope.account().id, &seen)
        .filter(organizations::id.eq(id))
        .first(conn)?)
}

/// The first by name among those that the person may see.
pub fn first_visible(
    conn: &mut Conn,
    account: AccountId,
    grants: &[Grant],
    now: Ts,
) -> Result<Option<Listed>> {
    let seen = seen(conn, grants, now)?;
    let query = in_account(account, &seen);
    Ok(query
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .first(conn)
        .optional()?)
}

/// *Set Organization*: decides the yellow row and where `/` leads, and nothing else (rule 3, S7).
pub fn select(
    conn: &mut Conn,
    scope: &Scope<Whole, Visible>,
    id: OrganizationId,
) -> Result<Listed> {
    let chosen = visible_at(conn, scope, id)?;
    let mine = memberships::table
        .filter(memberships::account_id.eq(scope.account().id))
        .filter(memberships::user_id.eq(scope.person().id));
    diesel::update(mine)
        .set(memberships::selected_organization_id.eq(Some(id)))
        .execute(conn)?;
    let event = scope
        .event(Action::OrganizationSelected)
        .in_organization(id)
        .on(Target::organization(id));
    crate::audit::record(conn, &event)?;
    Ok(chosen)
}

/// What a new organization is made of; checked input.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// In URLs; unique in the account.
    pub slug: String,
    /// What it is for.
    pub description: String,
    /// Directly below which one; none: at the top.
    pub parent: Option<OrganizationId>,
}

/// The slug is taken in this account.
#[derive(Debug, PartialEq, Eq)]
pub struct SlugTaken;

/// Makes an organization: at the top of the account's tree behind a gate before the account, below another behind one
/// before that one with everything below it (S11).
pub fn create<P: Place>(
    conn: &mut Conn,
    scope: &Scope<P, OrganizationsManage>,
    new: &NewOrganization,
) -> Result<std::result::Result<(), SlugTaken>> {
    let inserted = insert(conn, scope.account().id, new, scope.now());
    match inserted {
        Ok(()) => {}
        Err(e)
            if violation::is_unique(
                &e,
                "organizations_slug",
                "organizations",
                &["account_id", "slug"],
            ) =>
        {
            return Ok(Err(SlugTaken));
        }
        Err(e) => return Err(e.into()),
    }
    let event = scope
        .event(Action::OrganizationCreated)
        .in_organization(new.id)
        .on(Target::organization(new.id))
        .details(json!({
            "name": new.name, "slug": new.slug, "parent": new.parent.map(|id| id.to_string()),
        }));
    crate::audit::record(conn, &event)?;
    Ok(Ok(()))
}

/// Inserts under a savepoint: PostgreSQL would give up the whole transaction at a taken slug.
pub(crate) fn insert(
    conn: &mut Conn,
    account: AccountId,
    new: &NewOrganization,
    now: Ts,
) -> std::result::Result<(), diesel::result::Error> {
    conn.transaction(|conn| {
        diesel::insert_into(organizations::table)
            .values((
                organizations::id.eq(new.id),
                organizations::account_id.eq(account),
                organizations::parent_id.eq(new.parent),
                organizations::slug.eq(&new.slug),
                organizations::name.eq(&new.name),
                organizations::name_key.eq(fold(&new.name)),
                organizations::description.eq(&new.description),
                organizations::status.eq("active"),
                organizations::version.eq(1_i64),
                organizations::created_at.eq(now),
            ))
            .execute(conn)
    })?;
    Ok(())
}

impl From<SlugTaken> for Error {
    fn from(_: SlugTaken) -> Self {
        Self::Conflict("Another organization of this account has this address already.".into())
    }
}

/// These organizations and everything below them.
pub fn with_descendants(conn: &mut Conn, of: Vec<OrganizationId>) -> Result<Vec<OrganizationId>> {
    let mut all = of.clone();
    all.extend(descendants(conn, of)?);
    Ok(all)
}
