//! The one door to the table of grants: rows come, go and are renamed here and nowhere else, and the index of people
//! (`people.rs`) and the counts (`counts.rs`) follow in the same breath.

use diesel::prelude::*;

use super::model::sort_key;
use super::{counts, people};
use crate::access::role::Role;
use crate::db::Conn;
use crate::db::schema::{dormant_grants, grants, memberships, requests};
use crate::db::types::{
    AccountId, GrantId, GroupId, Id, OrganizationId, ProjectId, Ts, UserId, kind,
};
use crate::error::Result;
use crate::on_each;
use crate::web::field::fold;

/// One row of grants.
pub(crate) struct Row<'a> {
    pub id: GrantId,
    pub account: AccountId,
    pub user: UserId,
    pub role: &'a Role,
    pub scope: &'static str,
    pub scope_id: Id<kind::Grant>,
    pub group: Option<GroupId>,
    pub organization: Option<OrganizationId>,
    pub project: Option<ProjectId>,
    pub below: bool,
    pub starts_at: Option<Ts>,
    pub ends_at: Option<Ts>,
    pub sort_key: &'a str,
    pub given_by: Option<UserId>,
}

/// Stores a grant. Who may is asked before; the first Owner of an account is the one grant that nobody gives.
pub(crate) fn insert(conn: &mut Conn, row: &Row<'_>, now: Ts) -> Result<()> {
    let insert = diesel::insert_into(grants::table).values((
        grants::id.eq(row.id),
        grants::account_id.eq(row.account),
        grants::user_id.eq(row.user),
        grants::role.eq(row.role.as_str()),
        grants::custom_role_id.eq(row.role.custom_id()),
        grants::scope.eq(row.scope),
        grants::scope_id.eq(row.scope_id),
        grants::group_id.eq(row.group),
        grants::organization_id.eq(row.organization),
        grants::project_id.eq(row.project),
        grants::below.eq(row.below),
        grants::starts_at.eq(row.starts_at),
        grants::ends_at.eq(row.ends_at),
        grants::sort_key.eq(row.sort_key),
        grants::given_by.eq(row.given_by),
        grants::given_at.eq(now),
        grants::notice_at.eq(row.ends_at.and_then(|end| notice_at(end, now))),
    ));
    on_each!(conn, |c| insert.execute(c))?;
    if let Some(project) = row.project {
        counts::came(conn, project, row.user)?;
    }
    match row.organization {
        Some(organization) => people::keep(conn, organization, row.user, row.sort_key),
        None => Ok(()),
    }
}

/// When whoever holds a role is told that it will end: a week before, or a day before where it is given for less; for a
/// day or less they know it already.
pub(super) fn notice_at(ends_at: Ts, now: Ts) -> Option<Ts> {
    let before = |days| ends_at.plus(-chrono::Duration::days(days));
    [before(7), before(1)].into_iter().find(|at| *at > now)
}

/// Gives a role another end, or none. Who may is asked before, and the event written beside.
pub(super) fn lasts_until(
    conn: &mut Conn,
    grant: GrantId,
    ends_at: Option<Ts>,
    now: Ts,
) -> Result<()> {
    diesel::update(grants::table.filter(grants::id.eq(grant)))
        .set((
            grants::ends_at.eq(ends_at),
            grants::notice_at.eq(ends_at.and_then(|end| notice_at(end, now))),
            grants::more_asked_at.eq(None::<Ts>),
        ))
        .execute(conn)?;
    Ok(())
}

/// What has been said about the end of a role: when its holder is to be told of it, and when they asked for more time.
pub(super) type Said = (Option<Ts>, Option<Ts>);

/// What has been said about the ends of these roles.
pub(super) fn said(conn: &mut Conn, these: &[GrantId]) -> Result<Vec<(GrantId, Said)>> {
    Ok(grants::table
        .filter(grants::id.eq_any(these))
        .filter(grants::ends_at.is_not_null())
        .select((grants::id, (grants::notice_at, grants::more_asked_at)))
        .load(conn)?)
}

/// Says it again of a role that comes back, so that nobody is told twice, nor asks twice a day.
pub(super) fn say_again(conn: &mut Conn, grant: GrantId, (notice, asked): Said) -> Result<()> {
    diesel::update(grants::table.filter(grants::id.eq(grant)))
        .set((
            grants::notice_at.eq(notice),
            grants::more_asked_at.eq(asked),
        ))
        .execute(conn)?;
    Ok(())
}

/// Where a grant stands in the index of people: whose it is, what they are sorted by, on which organization.
type Indexed = (UserId, String, Option<OrganizationId>);

/// Takes these grants away. Who may is asked before, and the event written beside.
pub(crate) fn remove(conn: &mut Conn, these: &[GrantId]) -> Result<()> {
    let mut gone: Vec<Indexed> = grants::table
        .filter(grants::id.eq_any(these))
        .select((grants::user_id, grants::sort_key, grants::organization_id))
        .load(conn)?;
    let mut left: Vec<(Option<ProjectId>, UserId)> = grants::table
        .filter(grants::id.eq_any(these))
        .select((grants::project_id, grants::user_id))
        .load(conn)?;
    diesel::delete(grants::table.filter(grants::id.eq_any(these))).execute(conn)?;
    left.sort_unstable();
    left.dedup();
    for (project, user) in left {
        if let Some(project) = project {
            counts::went(conn, project, user)?;
        }
    }
    gone.sort_unstable();
    gone.dedup();
    for (user, key, organization) in gone {
        if let Some(organization) = organization {
            people::keep(conn, organization, user, &key)?;
        }
    }
    Ok(())
}

/// Takes a person out of an account, with every role that they hold in it, and with what was asked for them: an approval
/// is not there when they are invited again.
pub(crate) fn leave(conn: &mut Conn, (account, user): (AccountId, UserId), now: Ts) -> Result<()> {
    let because = "they are in the account no longer";
    crate::requests::withdraw_void(conn, (user, Some(account)), because, now)?;
    let theirs: Vec<GrantId> = grants::table
        .filter(grants::account_id.eq(account))
        .filter(grants::user_id.eq(user))
        .select(grants::id)
        .load(conn)?;
    remove(conn, &theirs)?;
    let membership = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user));
    diesel::delete(membership).execute(conn)?;
    // What waited for them waits for nobody: a later invitation begins with what it says.
    let waiting = dormant_grants::table
        .filter(dormant_grants::account_id.eq(account))
        .filter(dormant_grants::user_id.eq(user));
    diesel::delete(waiting).execute(conn)?;
    Ok(())
}

/// A person has got another name: everything that shows it or sorts by it follows, in every account that they have come
/// into. Where they are only invited, what was typed there stays (S16). To be called by whoever writes the names of
/// `users`, in the same transaction.
pub fn renamed(conn: &mut Conn, user: UserId, first: &str, last: &str) -> Result<()> {
    let entered: Vec<AccountId> = memberships::table
        .filter(memberships::user_id.eq(user))
        .filter(memberships::status.ne("invited"))
        .select(memberships::account_id)
        .load(conn)?;
    for account in entered {
        called(conn, (account, user), (first, last))?;
    }
    Ok(())
}

/// What a person is called in one account: in its lists, and in their order.
pub(crate) fn called(
    conn: &mut Conn,
    (account, user): (AccountId, UserId),
    (first, last): (&str, &str),
) -> Result<()> {
    let new = sort_key(first, last);
    let theirs = || {
        grants::table
            .filter(grants::account_id.eq(account))
            .filter(grants::user_id.eq(user))
    };
    let mut held: Vec<Indexed> = theirs()
        .select((grants::user_id, grants::sort_key, grants::organization_id))
        .load(conn)?;
    held.sort_unstable();
    held.dedup();
    diesel::update(theirs())
        .set(grants::sort_key.eq(&new))
        .execute(conn)?;
    let one = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user));
    diesel::update(one)
        .set((
            memberships::first_name.eq(first),
            memberships::last_name.eq(last),
            memberships::sort_key.eq(&new),
            memberships::last_key.eq(fold(last)),
        ))
        .execute(conn)?;
    let asked_for = requests::table
        .filter(requests::account_id.eq(account))
        .filter(requests::user_id.eq(user));
    diesel::update(asked_for)
        .set(requests::person_key.eq(&new))
        .execute(conn)?;
    for (user, old, organization) in held {
        if let Some(organization) = organization {
            people::forget(conn, organization, user, &old)?;
            people::keep(conn, organization, user, &new)?;
        }
    }
    Ok(())
}
