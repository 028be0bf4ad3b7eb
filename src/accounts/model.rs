//! The accounts of one person, and how far an account is set up.

use diesel::prelude::*;

use crate::access::custom;
use crate::access::gate::{Demand, SignedInScope};
use crate::access::grant::Level;
use crate::access::place::Whole;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::access::slugs::{self, Named};
use crate::db::schema::{
    accounts, custom_roles, grants, memberships, organizations, projects, users,
};
use crate::db::types::{AccountId, Ts, UserId};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::members::Status;
use crate::web::naming::{candidates, first_free};
use crate::web::page::Page;

/// How many accounts a page shows.
pub const PER_PAGE: usize = 100;

/// An account in which the person is active.
#[derive(Clone, Debug, Queryable)]
pub struct Mine {
    /// Its id.
    pub id: AccountId,
    /// In URLs.
    pub slug: String,
    /// Company name.
    pub name: String,
    /// What it is sorted by.
    pub name_key: String,
    /// What several projects are called there.
    pub word_plural: String,
    /// `home` or `guest`.
    pub kind: String,
}

type Columns = (
    accounts::id,
    accounts::slug,
    accounts::name,
    accounts::name_key,
    accounts::word_plural,
    memberships::kind,
);
type Query<'a> = diesel::helper_types::IntoBoxed<
    'a,
    diesel::helper_types::Select<
        diesel::helper_types::InnerJoin<memberships::table, accounts::table>,
        Columns,
    >,
    MultiBackend,
>;

fn active(scope: &SignedInScope) -> Query<'static> {
    memberships::table
        .inner_join(accounts::table)
        .select((
            accounts::id,
            accounts::slug,
            accounts::name,
            accounts::name_key,
            accounts::word_plural,
            memberships::kind,
        ))
        .into_boxed::<MultiBackend>()
        .filter(memberships::user_id.eq(scope.person().id))
        .filter(memberships::status.eq(Status::Active.as_str()))
}

/// A page of the accounts in which the person is active, in the order in which they were made: that of an index.
/// Nearly everybody has all of theirs on one page, which is shown by name.
pub fn mine(
    conn: &mut Conn,
    scope: &SignedInScope,
    after: Option<AccountId>,
) -> Result<Page<Mine>> {
    let mut query = active(scope);
    if let Some(id) = after {
        query = query.filter(memberships::account_id.gt(id));
    }
    let rows = query
        .order(memberships::account_id.asc())
        .limit(Page::<Mine>::fetch(PER_PAGE))
        .load(conn)?;
    Ok(Page::cut(rows, PER_PAGE))
}

/// The slug of the account with this slug, if the person is active there.
pub fn named(conn: &mut Conn, scope: &SignedInScope, slug: &str) -> Result<Option<String>> {
    let found = active(scope).filter(accounts::slug.eq(slug.to_owned()));
    let row: Option<Mine> = found.first(conn).optional()?;
    Ok(row.map(|row| row.slug))
}

/// The slug of the home account, while the person is active there.
pub fn home(conn: &mut Conn, scope: &SignedInScope) -> Result<Option<String>> {
    let row: Option<Mine> = active(scope)
        .filter(memberships::kind.eq("home"))
        .first(conn)
        .optional()?;
    Ok(row.map(|row| row.slug))
}

/// The slug of the only account in which the person is active; none when there are several, or none.
pub fn only(conn: &mut Conn, scope: &SignedInScope) -> Result<Option<String>> {
    let rows: Vec<Mine> = active(scope).limit(2).load(conn)?;
    Ok(match rows.as_slice() {
        [row] => Some(row.slug.clone()),
        _ => None,
    })
}

/// The different roles of a person in an account, and at which kind of place each is held.
pub type Roles = Vec<(Role, Level)>;

/// The different roles that the person holds now in each of these accounts: one statement over their own grants. It
/// does not ask for distinct rows, for which SQLite would walk everybody's.
pub fn roles_of(conn: &mut Conn, scope: &SignedInScope, these: &[AccountId]) -> Result<Vec<Roles>> {
    let now = scope.now();
    let rows: Vec<(AccountId, String, Option<custom::Row>, String)> = grants::table
        .left_join(custom_roles::table.on(custom_roles::id.nullable().eq(grants::custom_role_id)))
        .filter(grants::user_id.eq(scope.person().id))
        .filter(grants::account_id.eq_any(these))
        .filter(grants::starts_at.is_null().or(grants::starts_at.le(now)))
        .filter(grants::ends_at.is_null().or(grants::ends_at.gt(now)))
        .select((
            grants::account_id,
            grants::role,
            custom::COLUMNS.nullable(),
            grants::scope,
        ))
        .load(conn)?;
    let in_account = |id: &AccountId| {
        let mut roles: Roles = rows
            .iter()
            .filter(|(account, ..)| account == id)
            .filter_map(|(_, role, own, level)| {
                Some((custom::of_grant(role, own.clone())?, Level::parse(level)?))
            })
            .filter(|(role, level)| role.levels().contains(level))
            .collect();
        roles.sort_unstable_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
        roles.dedup();
        roles
    };
    Ok(these.iter().map(in_account).collect())
}

/// An invitation that the person has not accepted yet.
#[derive(Clone, Debug, Queryable)]
pub struct Waiting {
    /// The account that invites.
    pub account_id: AccountId,
    /// Its name.
    pub account: String,
    /// Until when its link works.
    pub link_expires_at: Option<Ts>,
    /// Who invited, if they are still there.
    pub inviter: Option<(String, String)>,
}

/// How many invitations are shown: who has more accepts some first.
const INVITATIONS: i64 = 20;

/// The name of an account that the person is known to be in.
pub fn name_of(conn: &mut Conn, id: AccountId) -> Result<String> {
    let named = accounts::table.filter(accounts::id.eq(id));
    Ok(named.select(accounts::name).first(conn)?)
}

/// Invitations that wait for the person.
pub fn waiting(conn: &mut Conn, scope: &SignedInScope) -> Result<Vec<Waiting>> {
    Ok(memberships::table
        .inner_join(accounts::table)
        .left_join(users::table.on(users::id.nullable().eq(memberships::invited_by)))
        .filter(memberships::user_id.eq(scope.person().id))
        .filter(memberships::status.eq(Status::Invited.as_str()))
        .order(memberships::account_id.asc())
        .limit(INVITATIONS)
        .select((
            accounts::id,
            accounts::name,
            memberships::link_expires_at,
            (users::first_name, users::last_name).nullable(),
        ))
        .load(conn)?)
}

/// What a person's home means for invitations elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HomeRules {
    /// They have proven their address and so have a home: they may answer without the mail.
    pub proven: bool,
    /// It keeps its people to itself (rule 10): then no invitation elsewhere can be accepted.
    pub exclusive: bool,
}

/// The rules of the person's home.
pub fn home_rules(conn: &mut Conn, scope: &SignedInScope) -> Result<HomeRules> {
    let home: Option<(Option<Ts>, bool)> = users::table
        .inner_join(accounts::table.on(accounts::id.nullable().eq(users::home_account_id)))
        .filter(users::id.eq(scope.person().id))
        .select((users::verified_at, accounts::exclusive))
        .first(conn)
        .optional()?;
    Ok(HomeRules {
        proven: home.is_some_and(|(verified, _)| verified.is_some()),
        exclusive: home.is_some_and(|(_, exclusive)| exclusive),
    })
}

/// How far an account is set up: each answer is one look into an index, not a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// There is an organization.
    pub organization: bool,
    /// There is a project.
    pub project: bool,
    /// There is somebody beside the one who made it.
    pub people: bool,
    /// There is a second active Owner.
    pub second_owner: bool,
}

/// How far the account is set up.
pub fn setup<A: Demand>(conn: &mut Conn, scope: &Scope<Whole, A>) -> Result<Setup> {
    let account = scope.account().id;
    let organization = diesel::select(diesel::dsl::exists(
        organizations::table
            .filter(organizations::account_id.eq(account))
            .filter(organizations::status.eq("active")),
    ))
    .get_result(conn)?;
    let project = diesel::select(diesel::dsl::exists(
        projects::table
            .filter(projects::account_id.eq(account))
            .filter(projects::status.eq("active")),
    ))
    .get_result(conn)?;
    let people: Vec<UserId> = memberships::table
        .filter(memberships::account_id.eq(account))
        .select(memberships::user_id)
        .limit(2)
        .load(conn)?;
    let owners: Vec<UserId> = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .filter(grants::account_id.eq(account))
        .filter(grants::role.eq(Builtin::Owner.key()))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .filter(
            grants::ends_at
                .is_null()
                .or(grants::ends_at.gt(scope.now())),
        )
        .select(grants::user_id)
        .limit(2)
        .load(conn)?;
    Ok(Setup {
        organization,
        project,
        people: people.len() > 1,
        second_owner: owners.len() > 1,
    })
}

/// The slug itself or, if another account has or had it, the same with the first number that is free.
pub fn free_slug(conn: &mut Conn, this: AccountId, slug: &str) -> Result<String> {
    let wanted = candidates(slug);
    let mut taken: Vec<String> = accounts::table
        .filter(accounts::slug.eq_any(&wanted))
        .filter(accounts::id.ne(this))
        .select(accounts::slug)
        .load(conn)?;
    taken.extend(slugs::taken(conn, Named::Account(this), &wanted)?);
    Ok(first_free(wanted, &taken, slug))
}
