//! Taking back what was done to one person, wherever their roles are: a change of their roles on an organization or a
//! group, or their removal from the account (beyond H). For ten minutes, by whoever did it, as long as nothing changed
//! since, and with exactly the former rights: the very grants come back, with their ids, givers and times, and what was
//! said about their ends; and of whoever was removed what waited for them.
//!
//! Roles of several people at one place are taken back by `changing.rs`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::dormant::{self, Asleep};
use super::giving::columns;
use super::model::{Held, Status, held_by, is_exclusive};
use super::naming::name_own;
use super::storing::{self, Row, Said};
use super::{keep_an_owner, kept, may};
use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::give::Act;
use crate::access::place::Place;
use crate::access::refusal::Refusal;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::schema::{memberships, users};
use crate::db::types::{
    AccountId, ChangeId, GrantId, Id, OrganizationId, SubmissionId, Ts, UserId,
};
use crate::error::{Error, Result};
use crate::on_each;

/// A membership as it is stored.
#[derive(Clone, Debug, Queryable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = memberships)]
struct Member {
    account_id: AccountId,
    user_id: UserId,
    kind: String,
    status: String,
    sort_key: String,
    last_key: String,
    email_key: String,
    selected_organization_id: Option<OrganizationId>,
    home_organization_id: Option<OrganizationId>,
    invited_by: Option<UserId>,
    submission_id: Option<SubmissionId>,
    link_expires_at: Option<Ts>,
    joined_at: Option<Ts>,
    deactivated_at: Option<Ts>,
    deactivated_by: Option<UserId>,
    deactivation_reason: Option<String>,
    version: i64,
    created_at: Ts,
    last_sign_in_at: Option<Ts>,
    first_name: String,
    last_name: String,
}

/// How somebody stood in the account before something was done to them.
#[derive(Clone, Debug)]
pub struct Former {
    user: UserId,
    held: Vec<Held>,
    said: Vec<(GrantId, Said)>,
    asleep: Vec<Asleep>,
    member: Member,
}

fn member(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Option<Member>> {
    let query = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select(memberships::all_columns);
    Ok(on_each!(conn, |c| query.first(c).optional())?)
}

/// How somebody stands in the account now.
///
/// # Errors
/// Not found, when they do not belong to it.
pub fn former(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Former> {
    let held = held_by(conn, account, user)?;
    Ok(Former {
        user,
        said: storing::said(conn, &ids(&held))?,
        held,
        asleep: dormant::asleep(conn, account, user)?,
        member: member(conn, account, user)?.ok_or(Error::NotFound)?,
    })
}

/// What was done to one person, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// Their membership, if they were removed.
    removed: Option<Member>,
    /// The roles that waited for them, if they were removed.
    #[serde(default)]
    asleep: Vec<Asleep>,
    /// The roles they lost.
    lost: Vec<Lost>,
    /// Every grant that they had afterwards.
    after: Vec<GrantId>,
    /// Those of them that came.
    came: Vec<GrantId>,
}

/// A grant that went, with all that it takes to have it back as it was.
#[derive(Debug, Serialize, Deserialize)]
struct Lost {
    grant: GrantId,
    role: String,
    place: String,
    below: bool,
    given_by: Option<UserId>,
    given_at: Ts,
    starts_at: Option<Ts>,
    ends_at: Option<Ts>,
    #[serde(default)]
    said: Option<Said>,
}

fn lost(account: AccountId, held: &Held, said: &[(GrantId, Said)]) -> Lost {
    let said = said.iter().find(|(grant, _)| *grant == held.grant);
    Lost {
        said: said.map(|(_, said)| *said),
        grant: held.grant,
        role: held.role.as_str().to_owned(),
        place: super::Target::of(account, &held.scope).to_string(),
        below: held.is_below(),
        given_by: held.given_by,
        given_at: held.given_at,
        starts_at: held.starts_at,
        ends_at: held.ends_at,
    }
}

/// What is kept of somebody stands under their own id: a place has none like it.
fn about(user: UserId) -> GrantId {
    Id::from_uuid(user.uuid())
}

/// Keeps how it was, after it was changed: so that it can be taken back.
pub fn keep_former<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    (id, former): (ChangeId, &Former),
) -> Result<()> {
    let account = scope.account().id;
    let after: Vec<GrantId> = ids(&held_by(conn, account, former.user)?);
    let removed = member(conn, account, former.user)?.is_none();
    let gone = former
        .held
        .iter()
        .filter(|held| !after.contains(&held.grant));
    let before = ids(&former.held);
    let came = after.iter().filter(|grant| !before.contains(grant));
    let kept = Kept {
        removed: removed.then(|| former.member.clone()),
        asleep: if removed {
            former.asleep.clone()
        } else {
            Vec::new()
        },
        lost: gone.map(|held| lost(account, held, &former.said)).collect(),
        came: came.copied().collect(),
        after,
    };
    kept::keep(conn, scope, (id, about(former.user)), &kept)
}

fn ids(held: &[Held]) -> Vec<GrantId> {
    let mut ids: Vec<GrantId> = held.iter().map(|held| held.grant).collect();
    ids.sort_unstable();
    ids
}

fn changed() -> Error {
    Error::Conflict(
        "Somebody changed this since. Nothing was taken back: look at it as it is now.".into(),
    )
}

/// Takes back what the acting person did to somebody: exactly the roles that were there before are there again. Says
/// whether they had been removed.
///
/// # Errors
/// Not found: it is not one of the acting person's own. A conflict: it is too late, or something changed since. A
/// refusal: they may not take one of these roles any more.
pub fn restore<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (user, id): (UserId, ChangeId),
) -> Result<bool> {
    let (account, now) = (scope.account().id, scope.now());
    let (at, kept): (Ts, Kept) = kept::kept(conn, scope, (id, about(user)))?;
    let held = held_by(conn, account, user)?;
    let here = member(conn, account, user)?;
    let same = match (&kept.removed, &here) {
        (Some(_), here) => here.is_none(),
        (None, here) => here.as_ref().is_some_and(|here| here.created_at <= at),
    };
    if !same || ids(&held) != kept.after {
        return Err(changed());
    }
    let back = back(conn, scope, user, &kept)?;
    let came: Vec<&Held> = held
        .iter()
        .filter(|held| kept.came.contains(&held.grant))
        .collect();
    for held in back.iter().chain(came.iter().copied()) {
        if !may(conn, app, scope, (Act::Take, held))? {
            let role = held.role.label();
            let sentence = format!("You cannot take the role {role} away or bring it back.");
            return Err(Error::from(Refusal {
                shell: Some(scope.shell("Not allowed")),
                ..Refusal::new("role", sentence)
            }));
        }
    }
    storing::remove(
        conn,
        &came.iter().map(|held| held.grant).collect::<Vec<_>>(),
    )?;
    if let Some(member) = &kept.removed {
        belong(conn, member)?;
        dormant::lay_back(conn, &kept.asleep)?;
    }
    let member = member(conn, account, user)?.ok_or(Error::NotFound)?;
    for held in &back {
        bring_back(conn, (account, &member.sort_key), held)?;
        let lost = kept.lost.iter().find(|lost| lost.grant == held.grant);
        if let Some(said) = lost.and_then(|lost| lost.said) {
            storing::say_again(conn, held.grant, said)?;
        }
    }
    keep_an_owner(conn, account, now)?;
    kept::forget(conn, scope, id)?;
    let keys = |held: &[&Held]| -> Vec<String> {
        let keys = held.iter().map(|held| held.role.as_str().to_owned());
        keys.collect()
    };
    let action = if kept.removed.is_some() {
        Action::UserRestored
    } else {
        Action::RolesChanged
    };
    let mut details = json!({
        "change": id, "undo": true, "back": keys(&back.iter().collect::<Vec<_>>()), "gone": keys(&came),
    });
    let roles = back.iter().chain(came.iter().copied());
    name_own(&mut details, roles.map(|held| &held.role));
    let event = scope.event(action).on(Target::user(user)).details(details);
    audit::record(conn, &event)?;
    Ok(kept.removed.is_some())
}

/// The roles that come back. What would have ended meanwhile has ended.
fn back<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    user: UserId,
    kept: &Kept,
) -> Result<Vec<Held>> {
    let account = scope.account();
    let names = kept.lost.iter().map(|lost| lost.role.as_str());
    let known = AccountRoles::load_for(conn, account.id, names)?;
    let mut back = Vec::new();
    for lost in &kept.lost {
        if lost.ends_at.is_some_and(|end| end <= scope.now()) {
            continue;
        }
        let target = super::Target::parse(&lost.place).ok_or_else(changed)?;
        let found = match super::place_of(conn, account.id, &account.name, target) {
            Ok(found) if lost.below => found.with_below(),
            Ok(found) => found,
            Err(Error::NotFound) => return Err(changed()),
            Err(error) => return Err(error),
        };
        found.refuse_archived()?;
        back.push(Held {
            grant: lost.grant,
            user,
            role: known.parse(&lost.role).ok_or_else(changed)?,
            scope: found.scope,
            place: Some(found.name),
            within: None,
            given_by: lost.given_by,
            given_at: lost.given_at,
            starts_at: lost.starts_at,
            ends_at: lost.ends_at,
        });
    }
    Ok(back)
}

/// Puts a membership back as it was, unless the person's home has become one that keeps its people to itself (rule 10), or
/// they are called otherwise since: what lists show and sort by would be that of another day.
fn belong(conn: &mut Conn, former: &Member) -> Result<()> {
    type Login = (Option<AccountId>, String, String, String);
    let (home, email_key, first, last): Login = users::table
        .filter(users::id.eq(former.user_id))
        .select((
            users::home_account_id,
            users::email_key,
            users::first_name,
            users::last_name,
        ))
        .first(conn)?;
    let elsewhere = home.filter(|home| *home != former.account_id);
    let same =
        (&email_key, &first, &last) == (&former.email_key, &former.first_name, &former.last_name);
    let entered = Status::parse(&former.status)? != Status::Invited;
    if !same || !entered || is_exclusive(conn, elsewhere)? {
        return Err(changed());
    }
    let insert = diesel::insert_into(memberships::table).values(former.clone());
    on_each!(conn, |c| insert.execute(c))?;
    Ok(())
}

fn bring_back(conn: &mut Conn, (account, sort_key): (AccountId, &str), held: &Held) -> Result<()> {
    let (group, organization, project, scope_id) = columns(account, &held.scope);
    let row = Row {
        id: held.grant,
        account,
        user: held.user,
        role: &held.role,
        scope: held.scope.level().as_str(),
        scope_id,
        group,
        organization,
        project,
        below: held.is_below(),
        starts_at: held.starts_at,
        ends_at: held.ends_at,
        sort_key,
        given_by: held.given_by,
    };
    storing::insert(conn, &row, held.given_at)
}
