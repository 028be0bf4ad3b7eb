//! Rows of memberships, and the roles that people hold.

use diesel::prelude::*;

use super::held;
use crate::access::custom;
use crate::access::extent::Extent;
use crate::access::role::Role;
use crate::db::schema::{accounts, memberships, users};
use crate::db::types::{AccountId, GrantId, OrganizationId, SubmissionId, Ts, UserId};
use crate::db::{Conn, fixed};
use crate::error::{Error, Result};
use crate::on_each;
use crate::web::field::fold;

/// How a person stands in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Added, and has not come in yet.
    Invited,
    /// In.
    Active,
    /// Shut out; their history stays.
    Deactivated,
}

impl Status {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Deactivated => "deactivated",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Result<Self> {
        [Self::Invited, Self::Active, Self::Deactivated]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Error::internal("a membership without a known status"))
    }
}

/// What people are sorted by: first name, last name, folded.
pub fn sort_key(first: &str, last: &str) -> String {
    fold(&format!("{first} {last}"))
}

/// A new membership.
#[derive(Clone, Debug)]
pub struct Joining<'a> {
    /// In which account.
    pub account: AccountId,
    /// Who.
    pub user: UserId,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// The address of their login, and as it is compared.
    pub email: (&'a str, &'a str),
    /// Whether their home is elsewhere.
    pub guest: bool,
    /// The organization that becomes their home with the account, if any (S2).
    pub home: Option<OrganizationId>,
    /// How they stand at first.
    pub status: Status,
    /// Who added them.
    pub invited_by: Option<UserId>,
    /// The sending of the form that added them.
    pub submission: Option<SubmissionId>,
    /// Until when their first link works.
    pub link_expires_at: Option<Ts>,
}

/// Stores a membership.
pub fn insert_membership(conn: &mut Conn, new: &Joining<'_>, now: Ts) -> Result<()> {
    let insert = diesel::insert_into(memberships::table).values((
        memberships::account_id.eq(new.account),
        memberships::user_id.eq(new.user),
        memberships::kind.eq(if new.guest { "guest" } else { "home" }),
        memberships::status.eq(new.status.as_str()),
        memberships::sort_key.eq(sort_key(new.first_name, new.last_name)),
        memberships::last_key.eq(fold(new.last_name)),
        memberships::email_key.eq(new.email.1),
        memberships::home_organization_id.eq(new.home),
        memberships::invited_by.eq(new.invited_by),
        memberships::submission_id.eq(new.submission),
        memberships::link_expires_at.eq(new.link_expires_at),
        memberships::joined_at.eq((new.status == Status::Active).then_some(now)),
        memberships::version.eq(1_i64),
        memberships::created_at.eq(now),
        memberships::first_name.eq(new.first_name),
        memberships::last_name.eq(new.last_name),
        memberships::email.eq(new.email.0),
    ));
    on_each!(conn, |c| insert.execute(c))?;
    Ok(())
}

/// Makes a membership active; `guest` says whether it turned out to be a visit.
pub fn join(conn: &mut Conn, account: AccountId, user: UserId, guest: bool, now: Ts) -> Result<()> {
    let one = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user));
    diesel::update(one)
        .set((
            memberships::status.eq(Status::Active.as_str()),
            memberships::kind.eq(if guest { "guest" } else { "home" }),
            memberships::joined_at.eq(Some(now)),
            // Who was signed in elsewhere when they accepted has been here since then, as far as a list tells.
            memberships::last_sign_in_at.eq(users::table
                .filter(users::id.eq(user))
                .select(users::last_sign_in_at)
                .single_value()),
            memberships::link_expires_at.eq(None::<Ts>),
            memberships::version.eq(memberships::version + 1),
        ))
        .execute(conn)?;
    if guest {
        own_name(conn, account, user)?;
    }
    Ok(())
}

/// Keeps when somebody last signed in where lists of people are sorted by it: in the accounts that they are in.
pub fn signed_in(conn: &mut Conn, user: UserId, now: Ts) -> Result<()> {
    let mine = memberships::table
        .filter(memberships::user_id.eq(user))
        .filter(memberships::status.eq(Status::Active.as_str()));
    let update = diesel::update(mine).set(memberships::last_sign_in_at.eq(Some(now)));
    let update = fixed(update.returning(memberships::account_id));
    let _: Vec<AccountId> = on_each!(conn, |c| update.load(c))?;
    Ok(())
}

/// Whoever joins as a guest is called by their own name from then on: until then the account saw what was typed
/// there, and nothing told whether the address had a login (S16).
fn own_name(conn: &mut Conn, account: AccountId, user: UserId) -> Result<()> {
    let (first, last): (String, String) = users::table
        .filter(users::id.eq(user))
        .select((users::first_name, users::last_name))
        .first(conn)?;
    super::storing::called(conn, (account, user), (&first, &last))
}

/// Whether somebody is an active member at home.
pub fn is_at_home(conn: &mut Conn, user: UserId) -> Result<bool> {
    let active = memberships::table
        .inner_join(users::table)
        .filter(memberships::user_id.eq(user))
        .filter(users::home_account_id.eq(memberships::account_id.nullable()))
        .filter(memberships::status.eq(Status::Active.as_str()));
    Ok(diesel::select(diesel::dsl::exists(active)).get_result(conn)?)
}

/// Whether this account, somebody's home, keeps its people to itself: then they are guests nowhere else (rule 10).
pub fn is_exclusive(conn: &mut Conn, home: Option<AccountId>) -> Result<bool> {
    let Some(home) = home else { return Ok(false) };
    Ok(accounts::table
        .filter(accounts::id.eq(home))
        .select(accounts::exclusive)
        .first(conn)?)
}

/// A membership comes alive: joined, and the grants that their giver could not give now are dropped (S14). So are, of
/// whoever comes in by links that were handed over, those that one of the senders could not give: nothing else shows that
/// it is not they who come in (S15). Says which roles were dropped.
pub fn activate(
    conn: &mut Conn,
    app: &crate::app::App,
    account: AccountId,
    user: UserId,
    (guest, handed_by): (bool, &[UserId]),
    now: Ts,
) -> Result<Vec<Role>> {
    join(conn, account, user, guest, now)?;
    let mut dropped = Vec::new();
    for held in by_grants(conn, account, &[user])? {
        let mut stays = super::still_allowed(conn, app, account, &held, now)?;
        for by in handed_by {
            stays = stays && super::could_give(conn, app, account, (*by, &held), now)?;
        }
        if !stays {
            super::storing::remove(conn, &[held.grant])?;
            dropped.push(held.role.clone());
        }
    }
    Ok(dropped)
}

/// What became of the place that a role is held on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing: the role counts.
    #[default]
    Open,
    /// Its organization is archived: the role lets one read, and nobody gets it there.
    ReadOnly,
    /// The project is archived: the role is asleep.
    Asleep,
    /// Its organization is deleted: the role is there for the case that it comes back, and counts for nothing (S23).
    Deleted,
}

impl Condition {
    /// By the states of the organization and of the project, as stored.
    fn of(organization: Option<&str>, project: Option<&str>) -> Self {
        match (organization, project) {
            (Some("deleted"), _) => Self::Deleted,
            (_, Some(status)) if status != "active" => Self::Asleep,
            (Some("archived"), _) => Self::ReadOnly,
            _ => Self::Open,
        }
    }
}

/// A role that somebody holds somewhere.
#[derive(Clone, Debug)]
pub struct Held {
    /// The grant.
    pub grant: GrantId,
    /// Who holds it.
    pub user: UserId,
    /// The role.
    pub role: Role,
    /// Where, as a grant says it.
    pub scope: crate::access::grant::Scoped,
    /// Name of the place; the account's own name is left to the page.
    pub place: Option<String>,
    /// The organization of a project.
    pub within: Option<String>,
    /// Who gave it.
    pub given_by: Option<UserId>,
    /// When.
    pub given_at: Ts,
    /// From when on.
    pub starts_at: Option<Ts>,
    /// Until when.
    pub ends_at: Option<Ts>,
    /// What became of the place, where that was read with the role.
    pub condition: Condition,
}

impl Held {
    /// How far below its place it reaches, and for how long.
    pub const fn extent(&self) -> Extent {
        Extent {
            below: self.is_below(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
    }

    /// Whether it is on an organization with everything below it.
    pub const fn is_below(&self) -> bool {
        matches!(
            self.scope,
            crate::access::grant::Scoped::Organization { below: true, .. }
        )
    }
}

/// Every role that these people hold in the account, with the places by name: two statements.
pub fn by_grants(conn: &mut Conn, account: AccountId, people: &[UserId]) -> Result<Vec<Held>> {
    let rows = held::rows(conn, account, people)?;
    rows.into_iter().map(held).collect()
}

/// A role from its row.
pub(super) fn held((grant, group, organization, project): held::Row) -> Result<Held> {
    use crate::access::grant::Scoped;
    let (id, user, role, below, given_by, given_at, starts_at, ends_at) = grant;
    let role = custom::of_grant(&role.0, role.1)
        .ok_or_else(|| Error::internal(format!("grant {id} has an unknown role")))?;
    let condition = Condition::of(
        organization.as_ref().map(|(.., status)| status.as_str()),
        project.as_ref().map(|(.., status)| status.as_str()),
    );
    let (scope, place, within) = match (group, organization, project) {
        (Some((group, name)), _, _) => (Scoped::Group(group), Some(name), None),
        (None, Some((organization, home, _)), Some((project, name, _))) => (
            Scoped::Project {
                id: project,
                organization,
            },
            Some(name),
            Some(home),
        ),
        (None, Some((organization, name, _)), None) => (
            Scoped::Organization {
                id: organization,
                below,
            },
            Some(name),
            None,
        ),
        (None, None, _) => (Scoped::Account, None, None),
    };
    Ok(Held {
        grant: id,
        user,
        role,
        scope,
        place,
        within,
        given_by,
        given_at,
        starts_at,
        ends_at,
        condition,
    })
}

/// Every role that one person holds in the account.
pub fn held_by(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Vec<Held>> {
    by_grants(conn, account, &[user])
}

/// Those of them that count or can count, as the gates read them: what is held on a deleted organization does nothing
/// (S23).
pub fn counting_of(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Vec<Held>> {
    let mut held = held_by(conn, account, user)?;
    held.retain(|held| held.condition != Condition::Deleted);
    Ok(held)
}
