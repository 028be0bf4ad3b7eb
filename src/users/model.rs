//! The people of an account, as far as the acting person's permission reaches.

use diesel::prelude::*;

use super::branding::brand_of;
use crate::access::gate::{Demand, Somewhere};
use crate::access::grant::{Grant, Scoped};
use crate::access::permission::{Key, Permission};
use crate::access::place::{Place, Whole};
use crate::access::refusal::Refusal;
use crate::access::resolve;
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::db::schema::{grants, memberships, organizations, users};
use crate::db::types::{
    AccountId, GrantId, GroupId, Id, OrganizationId, ProjectId, Ts, UserId, Word,
};
use crate::db::{self, Conn, MultiBackend, fixed};
use crate::error::Result;
use crate::on_each;
use crate::web::view::Initials;

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
        /// Of the organizations: those that stand for themselves.
        alone: Vec<OrganizationId>,
        /// Of the organizations: those that stand for everything below them too.
        trees: Vec<OrganizationId>,
    },
}

impl Reach {
    /// Nowhere at all.
    pub const fn nowhere() -> Self {
        Self::Places {
            groups: Vec::new(),
            organizations: Vec::new(),
            projects: Vec::new(),
            alone: Vec::new(),
            trees: Vec::new(),
        }
    }

    /// The organizations, and the scopes beside them, that grants inside have; none: all.
    pub(super) fn scopes(&self) -> Option<(Vec<OrganizationId>, Vec<GrantId>)> {
        match self {
            Self::Account => None,
            Self::Places {
                groups,
                organizations,
                projects,
                ..
            } => Some((organizations.clone(), scopes(groups, projects))),
        }
    }

    /// Whether a grant with this scope lies inside.
    pub fn holds(&self, scope: &Scoped) -> bool {
        let Self::Places {
            groups,
            organizations,
            projects,
            ..
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

/// Groups and projects as the scopes of grants.
fn scopes(groups: &[GroupId], projects: &[ProjectId]) -> Vec<GrantId> {
    let all = groups.iter().map(Id::uuid);
    let all = all.chain(projects.iter().map(Id::uuid));
    all.map(Id::from_uuid).collect()
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
    reach_by(conn, roles, scope.grants(), (key, scope.now()))
}

/// Where in the account these grants give this permission.
pub fn reach_by(
    conn: &mut Conn,
    roles: &RoleTable,
    grants: &[Grant],
    (key, now): (Key, Ts),
) -> Result<Reach> {
    let (mut groups, mut these, mut below, mut projects) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for grant in resolve::holding(roles, grants, key, now) {
        match grant.scope {
            Scoped::Account => return Ok(Reach::Account),
            Scoped::Group(id) => groups.push(id),
            Scoped::Organization { id, below: true } => below.push(id),
            Scoped::Organization { id, below: false } => these.push(id),
            Scoped::Project { id, .. } => projects.push(id),
        }
    }
    if !groups.is_empty() {
        these.extend(crate::groups::inside(conn, &groups)?);
    }
    let alone = these.clone();
    these.extend(crate::organizations::with_descendants(conn, below.clone())?);
    Ok(Reach::Places {
        groups,
        organizations: these,
        projects,
        alone,
        trees: below,
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
    pub status: Word,
    /// `home` or `guest`.
    pub kind: Word,
    /// What they are sorted by.
    pub sort_key: String,
    /// When they came in.
    pub joined_at: Option<Ts>,
    /// Until when their link works.
    pub link_expires_at: Option<Ts>,
    /// When they last signed in while they belonged to the account.
    pub last_sign_in_at: Option<Ts>,
    /// Until when their sign-in is locked.
    pub locked_until: Option<Ts>,
    /// When they were shut out.
    pub deactivated_at: Option<Ts>,
}

impl Listed {
    /// At most two letters.
    pub fn initials(&self) -> Initials<'_> {
        Initials(&self.first_name, &self.last_name)
    }
}

pub(super) type Columns = (
    memberships::user_id,
    memberships::first_name,
    memberships::last_name,
    memberships::email,
    memberships::status,
    memberships::kind,
    memberships::sort_key,
    memberships::joined_at,
    memberships::link_expires_at,
    memberships::last_sign_in_at,
    memberships::locked_until,
    memberships::deactivated_at,
);
/// What a [`Listed`] is read from, as the database knows it.
pub type ListedSql = diesel::dsl::SqlTypeOf<Columns>;
pub(super) const COLUMNS: Columns = (
    memberships::user_id,
    memberships::first_name,
    memberships::last_name,
    memberships::email,
    memberships::status,
    memberships::kind,
    memberships::sort_key,
    memberships::joined_at,
    memberships::link_expires_at,
    memberships::last_sign_in_at,
    memberships::locked_until,
    memberships::deactivated_at,
);

/// The same in a statement that is written out, of memberships that are called `m`.
pub const LISTED: &str = "m.user_id, m.first_name, m.last_name, m.email, m.status, m.kind, m.sort_key, m.joined_at, \
     m.link_expires_at, m.last_sign_in_at, m.locked_until, m.deactivated_at";

pub(super) type Query<'a> = diesel::helper_types::IntoBoxed<
    'a,
    diesel::helper_types::Select<memberships::table, Columns>,
    MultiBackend,
>;

/// Everybody of the account inside the places: the start of every query for people.
pub(super) fn in_reach(account: AccountId, reach: &Reach) -> Query<'static> {
    let query = memberships::table
        .select(COLUMNS)
        .into_boxed::<MultiBackend>()
        .filter(memberships::account_id.eq(account));
    match reach {
        Reach::Account => query,
        Reach::Places {
            groups,
            organizations,
            projects,
            ..
        } => {
            // Places are of this account already; asked by the places alone, each is found by an index of its own.
            let places = scopes(groups, projects);
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

/// These people of the account, by name.
pub fn these(conn: &mut Conn, account: AccountId, ids: &[UserId]) -> Result<Vec<Listed>> {
    let query = memberships::table
        .select(COLUMNS)
        .filter(memberships::account_id.eq(account))
        .filter(db::among(memberships::user_id, ids));
    Ok(by_name(on_each!(conn, |c| query.load(c))?))
}

/// Put in order here: asked for in that order, SQLite walks the whole account along the index that has it.
fn by_name(mut rows: Vec<Listed>) -> Vec<Listed> {
    rows.sort_unstable_by(|a, b| (&a.sort_key, a.id).cmp(&(&b.sort_key, b.id)));
    rows
}

/// Those of these people who are inside the reach, by name.
pub fn among(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    ids: &[UserId],
) -> Result<Vec<Listed>> {
    let query = in_reach(account, reach).filter(memberships::user_id.eq_any(ids.to_vec()));
    Ok(by_name(query.load(conn)?))
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
    /// Whether they chose another account's logo and colours; which one is not told (S1).
    pub branded_elsewhere: bool,
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
    type Home = (Option<Ts>, Option<AccountId>, Option<OrganizationId>);
    let (verified, home, organization): Home = users::table
        .filter(users::id.eq(id))
        .select((
            users::verified_at,
            users::home_account_id,
            users::home_organization_id,
        ))
        .first(conn)?;
    let brand = brand_of(conn, id)?;
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
        branded_elsewhere: brand.is_some_and(|brand| brand != scope.account().id),
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
        let sentence = "This is about yourself: ask somebody else who manages users.";
        let me = (scope.account().id, scope.person().id);
        let ask = crate::members::who_else_can_help(conn, me, scope.now())?;
        return Err(Refusal::new("role", sentence).asking(ask).to(scope));
    }
    let reach = reach(conn, roles, scope)?;
    find(conn, scope, &reach, id)
}

/// How somebody was shut out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Who.
    pub user: UserId,
    /// By whom.
    pub by: Option<String>,
    /// Why, as it was typed.
    pub why: Option<String>,
}

/// Who shut these people out, and why: one statement.
pub fn ended(conn: &mut Conn, account: AccountId, people: &[UserId]) -> Result<Vec<Ended>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    type Row = (UserId, Option<(String, String)>, Option<String>);
    let query = memberships::table
        .left_join(users::table.on(users::id.nullable().eq(memberships::deactivated_by)))
        .filter(memberships::account_id.eq(account))
        .filter(db::among(memberships::user_id, people))
        .select((
            memberships::user_id,
            (users::first_name, users::last_name).nullable(),
            memberships::deactivation_reason,
        ));
    let query = fixed(query);
    let rows: Vec<Row> = on_each!(conn, |c| query.load(c))?;
    let ended = |(user, by, why): Row| Ended {
        user,
        by: by.map(|(first, last)| format!("{first} {last}")),
        why,
    };
    Ok(rows.into_iter().map(ended).collect())
}

/// Who added the person to the account, and when.
pub fn added_by(conn: &mut Conn, account: AccountId, id: UserId) -> Result<(Option<UserId>, Ts)> {
    Ok(memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(id))
        .select((memberships::invited_by, memberships::created_at))
        .first(conn)?)
}
