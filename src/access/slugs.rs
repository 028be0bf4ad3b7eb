//! Slugs that were given up (S8): each stays with its object until that is purged, and an old address still leads to
//! it. One table for accounts, organizations and projects.
//!
//! Whoever names something asks [`taken`] beside its own table; whoever renames it calls [`give_up`]; whoever purges it
//! calls [`forget`]. Old addresses are followed in one place, the gate, when it finds nothing by the names in the path,
//! and only for whoever may see what they lead to.

use diesel::prelude::*;
use uuid::Uuid;

use super::place::Account;
use crate::db::Conn;
use crate::db::schema::{accounts, former_slugs, organizations, projects};
use crate::db::types::{AccountId, Id, OrganizationId, ProjectId, Ts, kind};
use crate::error::Result;

/// What a slug names, and among what it is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// An account: in the whole installation.
    Account(AccountId),
    /// An organization: in its account.
    Organization(AccountId, OrganizationId),
    /// A project: in its organization.
    Project(AccountId, OrganizationId, ProjectId),
}

/// Any id, in a column that holds several kinds.
type Any = Id<kind::Grant>;

impl Named {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Organization(..) => "organization",
            Self::Project(..) => "project",
        }
    }

    const fn scope(&self) -> Any {
        match self {
            Self::Account(_) => Any::nil(),
            Self::Organization(account, _) => Any::from_uuid(account.uuid()),
            Self::Project(_, organization, _) => Any::from_uuid(organization.uuid()),
        }
    }

    const fn account(&self) -> AccountId {
        match self {
            Self::Account(account)
            | Self::Organization(account, _)
            | Self::Project(account, ..) => *account,
        }
    }

    const fn object(&self) -> Any {
        match self {
            Self::Account(id) => Any::from_uuid(id.uuid()),
            Self::Organization(_, id) => Any::from_uuid(id.uuid()),
            Self::Project(_, _, id) => Any::from_uuid(id.uuid()),
        }
    }
}

/// Which of these slugs another object of the same kind and place gave up: they are not free for this one. For a new
/// object its id is one that nothing has yet.
pub fn taken(conn: &mut Conn, named: Named, wanted: &[String]) -> Result<Vec<String>> {
    Ok(former_slugs::table
        .filter(former_slugs::kind.eq(named.kind()))
        .filter(former_slugs::scope_id.eq(named.scope()))
        .filter(former_slugs::slug.eq_any(wanted))
        .filter(former_slugs::object_id.ne(named.object()))
        .select(former_slugs::slug)
        .load(conn)?)
}

/// The object is called `new` from now on, and `old` stays with it. What it was called before it may be called again.
pub fn give_up(conn: &mut Conn, named: Named, old: &str, new: &str, now: Ts) -> Result<()> {
    let of_this = former_slugs::table
        .filter(former_slugs::kind.eq(named.kind()))
        .filter(former_slugs::scope_id.eq(named.scope()))
        .filter(former_slugs::object_id.eq(named.object()));
    diesel::delete(of_this.filter(former_slugs::slug.eq(new))).execute(conn)?;
    diesel::insert_into(former_slugs::table)
        .values((
            former_slugs::kind.eq(named.kind()),
            former_slugs::scope_id.eq(named.scope()),
            former_slugs::slug.eq(old),
            former_slugs::account_id.eq(named.account()),
            former_slugs::object_id.eq(named.object()),
            former_slugs::given_up_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// A purged object, and what lay in it, keep no slug.
pub fn forget(conn: &mut Conn, named: Named) -> Result<()> {
    let gone = former_slugs::table.filter(
        former_slugs::object_id
            .eq(named.object())
            .or(former_slugs::scope_id.eq(named.object())),
    );
    diesel::delete(gone).execute(conn)?;
    Ok(())
}

fn former(conn: &mut Conn, kind: &'static str, scope: Any, slug: &str) -> Result<Option<Uuid>> {
    let object: Option<Any> = former_slugs::table
        .filter(former_slugs::kind.eq(kind))
        .filter(former_slugs::scope_id.eq(scope))
        .filter(former_slugs::slug.eq(slug))
        .select(former_slugs::object_id)
        .first(conn)
        .optional()?;
    Ok(object.map(|id| id.uuid()))
}

/// The account that is or was called so: its id, and what it is called now.
pub fn account(conn: &mut Conn, slug: &str) -> Result<Option<(AccountId, String)>> {
    let columns = (accounts::id, accounts::slug);
    let by_name = accounts::table.filter(accounts::slug.eq(slug));
    let found = by_name.select(columns).first(conn).optional()?;
    if found.is_some() {
        return Ok(found);
    }
    let Some(id) = former(conn, "account", Any::nil(), slug)? else {
        return Ok(None);
    };
    let by_id = accounts::table.filter(accounts::id.eq(AccountId::from_uuid(id)));
    Ok(by_id.select(columns).first(conn).optional()?)
}

/// The organization of the account that is or was called so.
pub fn organization(
    conn: &mut Conn,
    account: AccountId,
    slug: &str,
) -> Result<Option<(OrganizationId, String)>> {
    let columns = (organizations::id, organizations::slug);
    let by_name = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::slug.eq(slug));
    let found = by_name.select(columns).first(conn).optional()?;
    if found.is_some() {
        return Ok(found);
    }
    let scope = Any::from_uuid(account.uuid());
    let Some(id) = former(conn, "organization", scope, slug)? else {
        return Ok(None);
    };
    let by_id = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::id.eq(OrganizationId::from_uuid(id)));
    Ok(by_id.select(columns).first(conn).optional()?)
}

/// What the project of the organization is called now that is or was called so.
pub fn project(
    conn: &mut Conn,
    account: &Account,
    organization: OrganizationId,
    slug: &str,
) -> Result<Option<String>> {
    let in_it = projects::table
        .filter(projects::account_id.eq(account.id))
        .filter(projects::organization_id.eq(organization));
    let by_name = in_it.filter(projects::slug.eq(slug));
    let found = by_name.select(projects::slug).first(conn).optional()?;
    if found.is_some() {
        return Ok(found);
    }
    let scope = Any::from_uuid(organization.uuid());
    let Some(id) = former(conn, "project", scope, slug)? else {
        return Ok(None);
    };
    let by_id = in_it.filter(projects::id.eq(ProjectId::from_uuid(id)));
    Ok(by_id.select(projects::slug).first(conn).optional()?)
}
