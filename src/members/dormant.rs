//! Roles that a reactivation could not restore: inert until somebody who may give them does (S4).

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Condition, Held};
use super::naming::name_own;
use super::places::{self, Found, located, place_of};
use super::telling::{held_at, tell};
use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::give::Act;
use crate::access::grant::Scoped;
use crate::access::place::Place as GatePlace;
use crate::access::refusal::Refusal;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::schema::dormant_grants;
use crate::db::types::{AccountId, GrantId, GroupId, OrganizationId, ProjectId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::{Error, Result};
use crate::on_each;

/// A role that waits.
#[derive(Clone, Debug)]
pub struct Dormant {
    /// Its id, which the grant had and will have again.
    pub id: GrantId,
    /// Who held it.
    pub user: UserId,
    /// The role.
    pub role: Role,
    /// Where.
    pub scope: Scoped,
    /// From when on.
    pub starts_at: Option<Ts>,
    /// Until when.
    pub ends_at: Option<Ts>,
    /// Name of the place; none when it is gone or archived.
    pub place: Option<String>,
}

impl Dormant {
    /// As a grant that is held, to ask the rules about it.
    pub fn as_held(&self, now: Ts) -> Held {
        Held {
            grant: self.id,
            user: self.user,
            role: self.role.clone(),
            scope: self.scope,
            place: self.place.clone(),
            within: None,
            given_by: None,
            given_at: now,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            condition: Condition::Open,
        }
    }
}

type Row = (
    GrantId,
    String,
    Option<GroupId>,
    Option<OrganizationId>,
    Option<ProjectId>,
    bool,
    Option<Ts>,
    Option<Ts>,
);

/// What waits for one person in the account.
pub fn dormant_of(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Vec<Dormant>> {
    let rows: Vec<Row> = dormant_grants::table
        .filter(dormant_grants::account_id.eq(account))
        .filter(dormant_grants::user_id.eq(user))
        .order(dormant_grants::id.asc())
        .select((
            dormant_grants::id,
            dormant_grants::role,
            dormant_grants::group_id,
            dormant_grants::organization_id,
            dormant_grants::project_id,
            dormant_grants::below,
            dormant_grants::starts_at,
            dormant_grants::ends_at,
        ))
        .load(conn)?;
    let names = rows.iter().map(|row| row.1.as_str());
    let roles = AccountRoles::load_for(conn, account, names)?;
    let mut all = Vec::new();
    for row in rows {
        all.extend(waiting(conn, (account, user), row, &roles)?);
    }
    Ok(all)
}

/// What somebody holds in the account, and what waits for them there: every role that they have or could have again
/// without being invited. Whoever ends it all, or takes the login over, is asked about each of these.
pub fn held_and_waiting(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    now: Ts,
) -> Result<Vec<Held>> {
    let mut all = super::held_by(conn, account, user)?;
    let waiting = dormant_of(conn, account, user)?;
    all.extend(waiting.iter().map(|one| one.as_held(now)));
    Ok(all)
}

/// Takes every role that waits for somebody off the list and writes it down: they leave the account, or never come in.
/// Who may is asked before.
pub fn discard_all<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    user: UserId,
) -> Result<()> {
    for dormant in dormant_of(conn, scope.account().id, user)? {
        forget(conn, scope, &dormant)?;
    }
    Ok(())
}

/// A role of the account that is gone waits for nobody.
fn waiting(
    conn: &mut Conn,
    (account, user): (AccountId, UserId),
    row: Row,
    roles: &AccountRoles,
) -> Result<Option<Dormant>> {
    let (id, role, group, organization, project, below, starts_at, ends_at) = row;
    let Some(role) = roles.parse(&role) else {
        return Ok(None);
    };
    let scope = match (group, organization, project) {
        (Some(group), _, _) => Scoped::Group(group),
        (None, Some(organization), Some(id)) => Scoped::Project { id, organization },
        (None, Some(id), None) => Scoped::Organization { id, below },
        (None, None, _) => Scoped::Account,
    };
    let place = match place_of(conn, account, "", places::Target::of(account, &scope)) {
        Ok(found) => Some(found.name),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    Ok(Some(Dormant {
        id,
        user,
        role,
        scope,
        starts_at,
        ends_at,
        place,
    }))
}

/// A role that waits, as it is stored.
#[derive(Clone, Debug, Queryable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = dormant_grants)]
pub(super) struct Asleep {
    id: GrantId,
    account_id: AccountId,
    user_id: UserId,
    role: String,
    group_id: Option<GroupId>,
    organization_id: Option<OrganizationId>,
    project_id: Option<ProjectId>,
    below: bool,
    starts_at: Option<Ts>,
    ends_at: Option<Ts>,
    dormant_at: Ts,
}

/// What waits for some people before something is given to them: what of it waits no more afterwards was given anew, and
/// is kept with that, so that it waits again once the giving is taken back.
#[derive(Clone, Debug)]
pub struct Sleeping(Vec<Asleep>);

/// What waits for these people in the account.
pub fn sleeping(conn: &mut Conn, account: AccountId, people: &[UserId]) -> Result<Sleeping> {
    let query = dormant_grants::table
        .filter(dormant_grants::account_id.eq(account))
        .filter(among(dormant_grants::user_id, people))
        .order(dormant_grants::id.asc())
        .select(dormant_grants::all_columns);
    Ok(Sleeping(on_each!(conn, |c| query.load(c))?))
}

impl Sleeping {
    /// What of it waits no more.
    pub(super) fn woken(mut self, now: &Self) -> Vec<(UserId, Asleep)> {
        self.0
            .retain(|one| now.0.iter().all(|now| now.id != one.id));
        self.0.into_iter().map(|one| (one.user_id, one)).collect()
    }
}

/// Lays what was kept back to sleep: it opens as little as before.
pub(super) fn lay_back(conn: &mut Conn, kept: &[Asleep]) -> Result<()> {
    for one in kept {
        let insert = diesel::insert_into(dormant_grants::table).values(one.clone());
        on_each!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

/// Puts a held role to sleep: it is no grant any more, and so opens nothing by construction.
fn put_to_sleep(conn: &mut Conn, account: AccountId, held: &Held, now: Ts) -> Result<()> {
    let (group, organization, project, below) = match held.scope {
        Scoped::Account => (None, None, None, false),
        Scoped::Group(id) => (Some(id), None, None, false),
        Scoped::Organization { id, below } => (None, Some(id), None, below),
        Scoped::Project { id, organization } => (None, Some(organization), Some(id), false),
    };
    super::storing::remove(conn, &[held.grant])?;
    let one = Asleep {
        id: held.grant,
        account_id: account,
        user_id: held.user,
        role: held.role.as_str().to_owned(),
        group_id: group,
        organization_id: organization,
        project_id: project,
        below,
        starts_at: held.starts_at,
        ends_at: held.ends_at,
        dormant_at: now,
    };
    lay_back(conn, &[one])
}

/// Puts a held role to sleep that the acting person may neither give nor take away, and writes it down.
pub fn set_aside<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    held: &Held,
) -> Result<()> {
    let account = scope.account();
    put_to_sleep(conn, account.id, held, scope.now())?;
    let mut details = json!({
        "role": held.role.as_str(), "scope": held.scope.level().as_str(),
        "place": held.place.as_deref().unwrap_or(&account.name), "waits": true,
    });
    name_own(&mut details, [&held.role]);
    let event = scope
        .event(Action::RoleRevoked)
        .on(Target::user(held.user))
        .details(details);
    audit::record(conn, &located(event, &held.scope))?;
    Ok(())
}

/// Takes a waiting role off the list: it was given again, or nobody wants it any more.
fn forget_dormant(conn: &mut Conn, account: AccountId, id: GrantId) -> Result<()> {
    diesel::delete(
        dormant_grants::table
            .filter(dormant_grants::account_id.eq(account))
            .filter(dormant_grants::id.eq(id)),
    )
    .execute(conn)?;
    Ok(())
}

/// An organization has gone for good: no role on it, or on a project of it, can be given again (S23).
pub(super) fn gone_with_organization(conn: &mut Conn, organization: OrganizationId) -> Result<()> {
    let there = dormant_grants::table.filter(dormant_grants::organization_id.eq(organization));
    diesel::delete(there).execute(conn)?;
    Ok(())
}

/// For whom a role on this group waits: at most `most`.
pub fn waiting_on_group(
    conn: &mut Conn,
    (account, group): (AccountId, GroupId),
    most: i64,
) -> Result<Vec<UserId>> {
    Ok(dormant_grants::table
        .filter(dormant_grants::account_id.eq(account))
        .filter(dormant_grants::group_id.eq(group))
        .order(dormant_grants::user_id.asc())
        .select(dormant_grants::user_id)
        .distinct()
        .limit(most)
        .load(conn)?)
}

/// A group is deleted: no role on it can be given again, and what waited is written down for each.
pub fn gone_with_group<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    group: GroupId,
) -> Result<()> {
    let account = scope.account().id;
    for user in waiting_on_group(conn, (account, group), i64::MAX)? {
        for dormant in dormant_of(conn, account, user)? {
            if dormant.scope == Scoped::Group(group) {
                forget(conn, scope, &dormant)?;
            }
        }
    }
    let there = dormant_grants::table
        .filter(dormant_grants::account_id.eq(account))
        .filter(dormant_grants::group_id.eq(group));
    diesel::delete(there).execute(conn)?;
    Ok(())
}

/// The same role is given at the same place: what waited of it waits no more, unless it would reach further.
pub(super) fn given_anew(conn: &mut Conn, found: &Found, new: &super::New) -> Result<()> {
    let query = dormant_grants::table
        .filter(dormant_grants::account_id.eq(new.account))
        .filter(dormant_grants::user_id.eq(new.to))
        .filter(dormant_grants::role.eq(new.role.0.as_str()))
        .select(dormant_grants::all_columns);
    let asleep: Vec<Asleep> = on_each!(conn, |c| query.load(c))?;
    let (group, organization, project, _) = super::giving::columns(new.account, &found.scope);
    for one in asleep {
        let same =
            (one.group_id, one.organization_id, one.project_id) == (group, organization, project);
        if same && (found.scope.is_below() || !one.below) {
            forget_dormant(conn, new.account, one.id)?;
        }
    }
    Ok(())
}

/// Asks rule 17 about a waiting role.
///
/// # Errors
/// The page that says who can help.
fn ask<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (act, dormant): (Act, &Dormant),
) -> Result<()> {
    let held = dormant.as_held(scope.now());
    if super::may(conn, app, scope, (act, &held))? {
        return Ok(());
    }
    let sentence = match act {
        Act::Give => format!("You cannot give the role {} there.", dormant.role),
        Act::Take => format!("You cannot take the role {} away there.", dormant.role),
    };
    let lacks = super::lacks(conn, app, scope, (act, &held))?;
    let apart = [scope.person().id, dormant.user];
    let whom = (scope.account().id, apart.as_slice());
    let ask = super::who_decides(conn, whom, &dormant.role, scope.now())?;
    Err(Refusal::new("role", sentence)
        .asking(ask)
        .explained(scope.account(), lacks)
        .to(scope))
}

/// Takes a waiting role off the list, if the acting person could take it away.
pub fn discard<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    dormant: &Dormant,
) -> Result<()> {
    ask(conn, app, scope, (Act::Take, dormant))?;
    forget(conn, scope, dormant)
}

/// Takes a waiting role off the list, and writes it down.
fn forget<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    dormant: &Dormant,
) -> Result<()> {
    let account = scope.account();
    forget_dormant(conn, account.id, dormant.id)?;
    let place = dormant.place.as_deref().filter(|place| !place.is_empty());
    let mut details = json!({
        "role": dormant.role.as_str(), "scope": dormant.scope.level().as_str(),
        "place": place.unwrap_or(&account.name), "waiting": true,
    });
    name_own(&mut details, [&dormant.role]);
    let event = scope
        .event(Action::RoleRevoked)
        .on(Target::user(dormant.user))
        .details(details);
    audit::record(conn, &located(event, &dormant.scope))?;
    Ok(())
}

/// Gives a waiting role again, with the same id and the same times, if rule 17 lets the acting person give it now, and
/// tells whoever holds it.
pub fn wake<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    dormant: &Dormant,
) -> Result<()> {
    let account = scope.account();
    ask(conn, app, scope, (Act::Give, dormant))?;
    let found = place_of(
        conn,
        account.id,
        &account.name,
        places::Target::of(account.id, &dormant.scope),
    )?;
    forget_dormant(conn, account.id, dormant.id)?;
    let found = Found {
        scope: dormant.scope,
        ..found
    };
    let during = (dormant.starts_at, dormant.ends_at);
    let role = ((dormant.role.clone(), dormant.id), during);
    let at = |conn: &mut Conn| held_at(conn, scope, &found, &[dormant.user]);
    let before = at(conn)?;
    super::give_during(conn, app, scope, &found, role, dormant.user)?;
    let after = at(conn)?;
    tell(conn, app, scope, (&before, &after), &[])?;
    Ok(())
}
