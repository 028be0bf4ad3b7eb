//! The people of an account, as far as the acting person's permission reaches.

use diesel::prelude::*;

use super::filter::{Filter, Which};
use crate::access::gate::{Demand, Somewhere};
use crate::access::grant::Scoped;
use crate::access::permission::{Key, Permission};
use crate::access::place::{Place, Whole};
use crate::access::resolve;
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::db::schema::{grants, group_organizations, memberships, organizations, users};
use crate::db::types::{AccountId, GroupId, Id, OrganizationId, ProjectId, Ts, UserId, kind};
use crate::db::{Conn, MultiBackend, among};
use crate::error::{Error, Result};
use crate::members::Status;
use crate::on_each;
use crate::web::field::fold;
use crate::web::page::{After, Page};

/// Where in the account a permission is held (S6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everywhere in it.
    Account,
    /// In these places, and nowhere else.
    Places {
        /// Groups, as places of their own.
        groups: Vec<GroupId>,
        /// Organizations with all their projects.
        organizations: Vec<OrganizationId>,
        /// Projects beside those.
        projects: Vec<ProjectId>,
    },
}

impl Reach {
    /// Whether a grant with this scope lies inside.
    pub fn holds(&self, scope: &Scoped) -> bool {
        let Self::Places {
            groups,
            organizations,
            projects,
        } = self
        else {
            return true;
        };
        match scope {
            Scoped::Account => false,
            Scoped::Group(id) => groups.contains(id),
            Scoped::Organization { id, .. } => organizations.contains(id),
            Scoped::Project { id, organization } => {
                projects.contains(id) || organizations.contains(organization)
            }
        }
    }
}

/// Where the acting person holds the permission that the gate asked for.
pub fn reach<A: Permission>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Whole, Somewhere<A>>,
) -> Result<Reach> {
    match A::KEY {
        Some(key) => reach_of(conn, roles, scope, key),
        None => Ok(Reach::Account),
    }
}

/// Where in the account the acting person holds this permission, whatever gate let them in.
pub fn reach_of<P: Place, A: Demand>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<P, A>,
    key: Key,
) -> Result<Reach> {
    let (mut groups, mut these, mut below, mut projects) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for grant in resolve::holding(roles, scope.grants(), key, scope.now()) {
        match grant.scope {
            Scoped::Account => return Ok(Reach::Account),
            Scoped::Group(id) => groups.push(id),
            Scoped::Organization { id, below: true } => below.push(id),
            Scoped::Organization { id, below: false } => these.push(id),
            Scoped::Project { id, .. } => projects.push(id),
        }
    }
    if !groups.is_empty() {
        let found: Vec<OrganizationId> = group_organizations::table
            .filter(group_organizations::group_id.eq_any(&groups))
            .select(group_organizations::organization_id)
            .load(conn)?;
        these.extend(found);
    }
    these.extend(crate::organizations::with_descendants(conn, below)?);
    Ok(Reach::Places {
        groups,
        organizations: these,
        projects,
    })
}

/// A person in a list.
#[derive(Clone, Debug, Queryable)]
pub struct Listed {
    /// Who.
    pub id: UserId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Address.
    pub email: String,
    /// How they stand, as stored.
    pub status: String,
    /// `home` or `guest`.
    pub kind: String,
    /// What they are sorted by.
    pub sort_key: String,
    /// When they came in.
    pub joined_at: Option<Ts>,
    /// Until when their link works.
    pub link_expires_at: Option<Ts>,
    /// When they last signed in, anywhere.
    pub last_sign_in_at: Option<Ts>,
    /// Until when their sign-in is locked.
    pub locked_until: Option<Ts>,
    /// When they were shut out.
    pub deactivated_at: Option<Ts>,
}

pub(super) type Columns = (
    users::id,
    users::first_name,
    users::last_name,
    users::email,
    memberships::status,
    memberships::kind,
    memberships::sort_key,
    memberships::joined_at,
    memberships::link_expires_at,
    users::last_sign_in_at,
    users::locked_until,
    memberships::deactivated_at,
);
const COLUMNS: Columns = (
    users::id,
    users::first_name,
    users::last_name,
    users::email,
    memberships::status,
    memberships::kind,
    memberships::sort_key,
    memberships::joined_at,
    memberships::link_expires_at,
    users::last_sign_in_at,
    users::locked_until,
    memberships::deactivated_at,
);

pub(super) type Query<'a> = diesel::helper_types::IntoBoxed<
    'a,
    diesel::helper_types::Select<
        diesel::helper_types::InnerJoin<memberships::table, users::table>,
        Columns,
    >,
    MultiBackend,
>;

/// Everybody of the account inside the places: the start of every query for people.
pub(super) fn in_reach(account: AccountId, reach: &Reach) -> Query<'static> {
    let query = memberships::table
        .inner_join(users::table)
        .select(COLUMNS)
        .into_boxed::<MultiBackend>()
        .filter(memberships::account_id.eq(account));
    match reach {
        Reach::Account => query,
        Reach::Places {
            groups,
            organizations,
            projects,
        } => {
            // Places are of this account already; asked by the places alone, each is found by an index of its own.
            let places: Vec<Id<kind::Grant>> = (groups.iter().map(Id::uuid))
                .chain(projects.iter().map(Id::uuid))
                .map(Id::from_uuid)
                .collect();
            let held = grants::table
                .filter(
                    (grants::organization_id.eq_any(organizations.clone()))
                        .or(grants::scope_id.eq_any(places)),
                )
                .select(grants::user_id);
            query.filter(memberships::user_id.eq_any(held))
        }
    }
}

/// People whose name, last name or address begins so: three ranges, each in the order of an index of its own, put
/// together by name. Whoever finds more than a page types more.
pub(super) fn beginning(
    conn: &mut Conn,
    query: &dyn Fn() -> Query<'static>,
    key: &str,
    per_page: usize,
) -> Result<Page<Listed>> {
    let end = || format!("{key}\u{10ffff}");
    let most = Page::<Listed>::fetch(per_page);
    let by_name = query()
        .filter(memberships::sort_key.between(key.to_owned(), end()))
        .order((memberships::sort_key.asc(), memberships::user_id.asc()));
    let by_last_name = query()
        .filter(memberships::last_key.between(key.to_owned(), end()))
        .order((memberships::last_key.asc(), memberships::user_id.asc()));
    let by_address = query()
        .filter(memberships::email_key.between(key.to_owned(), end()))
        .order((memberships::email_key.asc(), memberships::user_id.asc()));
    let mut found: Vec<Listed> = Vec::new();
    for range in [
        by_name.limit(most),
        by_last_name.limit(most),
        by_address.limit(most),
    ] {
        found.extend(range.load::<Listed>(conn)?);
    }
    found.sort_by(|one, other| (&one.sort_key, one.id).cmp(&(&other.sort_key, other.id)));
    found.dedup_by_key(|row| row.id);
    Ok(Page::cut(found, per_page))
}

/// A page of everybody in the account, by name: the list that is asked for most, in two statements that stay as they
/// are. The first page is what comes after nothing.
fn everybody(
    conn: &mut Conn,
    account: AccountId,
    which: Which,
    (after, per_page): (Option<After<UserId>>, usize),
) -> Result<Page<Listed>> {
    let (key, id) = after.map_or((String::new(), UserId::nil()), |after| {
        (after.key, after.id)
    });
    let query = memberships::table
        .inner_join(users::table)
        .select(COLUMNS)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::sort_key.ge(key.clone()))
        .filter(
            memberships::sort_key
                .gt(key)
                .or(memberships::user_id.gt(id)),
        )
        .order((memberships::sort_key.asc(), memberships::user_id.asc()))
        .limit(Page::<Listed>::fetch(per_page));
    let status = match which {
        Which::Active => Status::Active,
        Which::Invited => Status::Invited,
        _ => Status::Deactivated,
    };
    let rows: Vec<Listed> = if which == Which::Current {
        let query = query.filter(memberships::status.ne(status.as_str()));
        on_each!(conn, |c| query.load(c))?
    } else {
        let query = query.filter(memberships::status.eq(status.as_str()));
        on_each!(conn, |c| query.load(c))?
    };
    Ok(Page::cut(rows, per_page))
}

/// A page of people, by name.
pub fn list<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    reach: &Reach,
    filter: &Filter,
    (after, per_page): (Option<After<UserId>>, usize),
) -> Result<Page<Listed>> {
    let now = scope.now();
    let narrowed = || {
        let query = in_reach(scope.account().id, reach);
        match filter.which {
            Which::Current => query.filter(memberships::status.ne(Status::Deactivated.as_str())),
            Which::Active => query.filter(memberships::status.eq(Status::Active.as_str())),
            Which::Invited => query.filter(memberships::status.eq(Status::Invited.as_str())),
            Which::Inactive => query.filter(memberships::status.eq(Status::Deactivated.as_str())),
            // A lock belongs to the login, and that to its home: a guest's is not told here (S1).
            Which::Locked => query
                .filter(memberships::status.ne(Status::Deactivated.as_str()))
                .filter(memberships::kind.eq("home"))
                .filter(users::locked_until.gt(now)),
        }
    };
    let key = fold(&filter.q);
    if !key.is_empty() {
        return beginning(conn, &narrowed, &key, per_page);
    }
    if *reach == Reach::Account && filter.which != Which::Locked {
        return everybody(conn, scope.account().id, filter.which, (after, per_page));
    }
    let mut query = narrowed();
    if let Some(After { key, id }) = after {
        query = query.filter(memberships::sort_key.ge(key.clone())).filter(
            memberships::sort_key
                .gt(key)
                .or(memberships::user_id.gt(id)),
        );
    }
    let rows = query
        .order((memberships::sort_key.asc(), memberships::user_id.asc()))
        .limit(Page::<Listed>::fetch(per_page))
        .load(conn)?;
    Ok(Page::cut(rows, per_page))
}

/// These people of the account, by name.
pub fn these(conn: &mut Conn, account: AccountId, ids: &[UserId]) -> Result<Vec<Listed>> {
    let query = memberships::table
        .inner_join(users::table)
        .select(COLUMNS)
        .filter(memberships::account_id.eq(account))
        .filter(among(memberships::user_id, ids));
    let mut rows: Vec<Listed> = on_each!(conn, |c| query.load(c))?;
    rows.sort_unstable_by(|a, b| (&a.sort_key, a.id).cmp(&(&b.sort_key, b.id)));
    Ok(rows)
}

/// One person, as their page shows them.
#[derive(Clone, Debug)]
pub struct Shown {
    /// As in the list.
    pub row: Listed,
    /// Name of the home account, when it is this one or not yet proven; another is never named.
    pub home_here: bool,
    /// Name of the home organization, if the home is one.
    pub home_organization: Option<String>,
    /// Whether the address has been proven.
    pub verified: bool,
}

/// The person with this id, if inside the reach; anybody else is not found.
pub fn find<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    reach: &Reach,
    id: UserId,
) -> Result<Shown> {
    let row: Listed = in_reach(scope.account().id, reach)
        .filter(memberships::user_id.eq(id))
        .first(conn)?;
    let (verified, home, organization): (Option<Ts>, Option<AccountId>, Option<OrganizationId>) =
        users::table
            .filter(users::id.eq(id))
            .select((
                users::verified_at,
                users::home_account_id,
                users::home_organization_id,
            ))
            .first(conn)?;
    let home_here = home.is_none_or(|home| home == scope.account().id);
    let home_organization = match organization.filter(|_| home_here) {
        None => None,
        Some(id) => organizations::table
            .filter(organizations::account_id.eq(scope.account().id))
            .filter(organizations::id.eq(id))
            .select(organizations::name)
            .first(conn)
            .optional()?,
    };
    Ok(Shown {
        row,
        home_here,
        home_organization,
        verified: verified.is_some(),
    })
}

/// Whether the acting person may manage this person's membership: they hold the permission where the person holds a
/// grant, or in the whole account (S6). Not found otherwise.
pub fn manageable<A: Permission>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<Whole, Somewhere<A>>,
    id: UserId,
) -> Result<Shown> {
    if scope.person().id == id {
        return Err(Error::Conflict(
            "This is about yourself: ask somebody else who manages users.".into(),
        ));
    }
    let reach = reach(conn, roles, scope)?;
    find(conn, scope, &reach, id)
}

/// Names of these people.
pub fn names(conn: &mut Conn, ids: Vec<UserId>) -> Result<Vec<(UserId, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(UserId, String, String)> = users::table
        .filter(users::id.eq_any(ids))
        .select((users::id, users::first_name, users::last_name))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, first, last)| (id, format!("{first} {last}")))
        .collect())
}

/// Who added the person to the account, and when.
pub fn added_by(conn: &mut Conn, account: AccountId, id: UserId) -> Result<(Option<UserId>, Ts)> {
    Ok(memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(id))
        .select((memberships::invited_by, memberships::created_at))
        .first(conn)?)
}
