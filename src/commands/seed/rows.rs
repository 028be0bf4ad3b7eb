//! The rows, as they are stored: many at a time.

use diesel::prelude::*;

use crate::access::role::Builtin;
use crate::db::Conn;
use crate::db::schema;
use crate::db::types::{
    AccountId, GrantId, GroupId, Id, OrganizationId, ProjectId, RoleId, SessionId, Ts, UserId, kind,
};
use crate::error::Result;
use crate::on_each;
use crate::web::field::fold;

/// Rows of one statement: SQLite binds at most 32,766 values, PostgreSQL 65,535.
const AT_ONCE: usize = 500;

#[derive(Insertable)]
#[diesel(table_name = schema::accounts)]
pub(crate) struct Account {
    pub id: AccountId,
    pub slug: String,
    pub name: String,
    pub name_key: String,
    pub country: &'static str,
    pub notifications: bool,
    pub word_singular: &'static str,
    pub word_plural: &'static str,
    pub exclusive: bool,
    pub plan: &'static str,
    pub version: i64,
    pub created_at: Ts,
}

impl Account {
    /// An account that has changed nothing yet.
    pub(crate) fn new(id: AccountId, slug: String, name: String, created_at: Ts) -> Self {
        Self {
            id,
            slug,
            name_key: fold(&name),
            name,
            country: "DE",
            notifications: true,
            word_singular: "Project",
            word_plural: "Projects",
            exclusive: false,
            plan: "active",
            version: 1,
            created_at,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = schema::organizations, treat_none_as_default_value = false)]
pub(crate) struct Organization {
    pub id: OrganizationId,
    pub account_id: AccountId,
    pub parent_id: Option<OrganizationId>,
    pub slug: String,
    pub name: String,
    pub name_key: String,
    pub description: &'static str,
    pub status: &'static str,
    pub version: i64,
    pub created_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = schema::projects)]
pub(crate) struct Project {
    pub id: ProjectId,
    pub account_id: AccountId,
    pub organization_id: OrganizationId,
    pub slug: String,
    pub name: String,
    pub name_key: String,
    pub status: &'static str,
    pub version: i64,
    pub created_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = schema::groups)]
pub(crate) struct Group {
    pub id: GroupId,
    pub account_id: AccountId,
    pub name: &'static str,
    pub name_key: String,
    pub description: &'static str,
    pub created_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = schema::group_organizations)]
pub(crate) struct GroupOrganization {
    pub account_id: AccountId,
    pub group_id: GroupId,
    pub organization_id: OrganizationId,
}

#[derive(Insertable)]
#[diesel(table_name = schema::users, treat_none_as_default_value = false)]
pub(crate) struct User {
    pub id: UserId,
    pub email: String,
    pub email_key: String,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub password_hash: Option<String>,
    pub password_set_at: Option<Ts>,
    pub home_account_id: Option<AccountId>,
    pub verified_at: Option<Ts>,
    pub operator: bool,
    pub locked_until: Option<Ts>,
    pub last_sign_in_at: Option<Ts>,
    pub version: i64,
    pub created_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = schema::memberships, treat_none_as_default_value = false)]
pub(crate) struct Membership {
    pub account_id: AccountId,
    pub user_id: UserId,
    pub kind: &'static str,
    pub status: &'static str,
    pub sort_key: String,
    pub last_key: String,
    pub email_key: String,
    pub link_expires_at: Option<Ts>,
    pub joined_at: Option<Ts>,
    pub deactivated_at: Option<Ts>,
    pub version: i64,
    pub created_at: Ts,
    pub last_sign_in_at: Option<Ts>,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub email: String,
}

#[derive(Insertable)]
#[diesel(table_name = schema::grants, treat_none_as_default_value = false)]
pub(crate) struct Grant<'a> {
    pub id: GrantId,
    pub account_id: AccountId,
    pub user_id: UserId,
    pub role: &'a str,
    /// The same role, where the account made it.
    pub custom_role_id: Option<RoleId>,
    pub scope: &'static str,
    pub scope_id: Id<kind::Grant>,
    pub group_id: Option<GroupId>,
    pub organization_id: Option<OrganizationId>,
    pub project_id: Option<ProjectId>,
    pub below: bool,
    pub sort_key: String,
    pub given_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = schema::sessions)]
pub(crate) struct Session {
    pub key_hash: Vec<u8>,
    pub id: SessionId,
    pub user_id: UserId,
    pub created_at: Ts,
    pub last_seen_at: Ts,
    pub expires_at: Ts,
    pub user_agent: &'static str,
    pub address: &'static str,
}

pub(crate) fn accounts(conn: &mut Conn, rows: impl Iterator<Item = Account>) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(AT_ONCE) {
        let insert = diesel::insert_into(schema::accounts::table).values(some);
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

pub(crate) fn organizations(
    conn: &mut Conn,
    rows: impl Iterator<Item = Organization>,
) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(AT_ONCE) {
        let insert = diesel::insert_into(schema::organizations::table).values(some);
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

pub(crate) fn projects(conn: &mut Conn, rows: impl Iterator<Item = Project>) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(AT_ONCE) {
        let insert = diesel::insert_into(schema::projects::table).values(some);
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

pub(crate) fn groups(conn: &mut Conn, rows: impl Iterator<Item = Group>) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(AT_ONCE) {
        let insert = diesel::insert_into(schema::groups::table).values(some);
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

pub(crate) fn group_organizations(
    conn: &mut Conn,
    rows: impl Iterator<Item = GroupOrganization>,
) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(AT_ONCE) {
        let insert = diesel::insert_into(schema::group_organizations::table).values(some);
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

pub(crate) fn users(conn: &mut Conn, rows: impl Iterator<Item = User>) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(AT_ONCE) {
        let insert = diesel::insert_into(schema::users::table).values(some);
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

pub(crate) fn memberships(conn: &mut Conn, rows: impl Iterator<Item = Membership>) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(AT_ONCE) {
        let insert = diesel::insert_into(schema::memberships::table).values(some);
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

pub(crate) fn grants<'a>(conn: &mut Conn, rows: impl Iterator<Item = Grant<'a>>) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(AT_ONCE) {
        let insert = diesel::insert_into(schema::grants::table).values(some);
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

pub(crate) fn sessions(conn: &mut Conn, rows: impl Iterator<Item = Session>) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(AT_ONCE) {
        let insert = diesel::insert_into(schema::sessions::table).values(some);
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

/// Roles in the proportions of a company: a few who administer, many who work.
pub(super) fn role(u: u64) -> Builtin {
    match u % 20 {
        2 => Builtin::Admin,
        5 => Builtin::UserManagement,
        3 | 13 => Builtin::Manager,
        9 => Builtin::Billing,
        15 => Builtin::Reporting,
        19 => Builtin::Auditor,
        1 | 6 | 8 | 12 | 16 | 18 => Builtin::Operations,
        _ => Builtin::Viewer,
    }
}
