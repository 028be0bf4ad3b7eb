//! What people do about their own belonging: laying down roles, leaving as a guest, and passing ownership on (S12).

use diesel::prelude::*;
use serde_json::json;

use super::keep_an_owner;
use super::model::{Condition, Held, Status, held_by};
use super::naming::name_own;
use super::places::located;
use super::storing::{self, Row, insert, remove};
use crate::access::gate::SignedInScope;
use crate::access::place::Account;
use crate::access::role::{Builtin, Role};
use crate::audit::{self, Action, Actor, Event, Personal, Target};
use crate::db::Conn;
use crate::db::schema::{accounts, grants, memberships};
use crate::db::types::{AccountId, GrantId, Id, Ts, UserId};
use crate::error::Result;

/// An account in which the person is active, with their roles there.
#[derive(Clone, Debug)]
pub struct Belonging {
    /// The account.
    pub account: Account,
    /// Whether their home is elsewhere.
    pub guest: bool,
    /// Their roles.
    pub held: Vec<Held>,
}

/// How the person belongs to the account, if they are active there.
pub fn belonging(
    conn: &mut Conn,
    scope: &SignedInScope,
    account: AccountId,
) -> Result<Option<Belonging>> {
    let row: Option<(String, Account)> = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(scope.person().id))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select((memberships::kind, Account::columns()))
        .first(conn)
        .optional()?;
    let Some((kind, account)) = row else {
        return Ok(None);
    };
    // What is deleted is not there for anybody (S23).
    let mut held = held_by(conn, account.id, scope.person().id)?;
    held.retain(|held| held.condition != Condition::Deleted);
    Ok(Some(Belonging {
        guest: kind == "guest",
        account,
        held,
    }))
}

pub(super) fn event(scope: &SignedInScope, account: AccountId, action: Action) -> Event {
    let person = scope.person();
    let name = Personal {
        actor_name: Some(person.name.clone()),
        ..Personal::default()
    };
    Event::new(account, action, scope.now())
        .by(Actor::User(person.id))
        .on(Target::user(person.id))
        .personal(name)
        .at_visit(scope.visit())
}

/// Lays down some of the person's own roles; says which. The last Owner keeps theirs (rule 14). It takes nothing but
/// to hold them, and a frozen account does not stand in the way (S22).
pub fn lay_down(
    conn: &mut Conn,
    scope: &SignedInScope,
    belonging: &Belonging,
    these: &[GrantId],
) -> Result<Vec<Role>> {
    let account = &belonging.account;
    let mine = belonging
        .held
        .iter()
        .filter(|held| these.contains(&held.grant));
    let mut laid = Vec::new();
    for held in mine {
        remove(conn, &[held.grant])?;
        let mut details = json!({
            "role": held.role.as_str(),
            "scope": held.scope.level().as_str(),
            "place": held.place.as_deref().unwrap_or(&account.name),
            "by_themselves": true,
        });
        name_own(&mut details, [&held.role]);
        let event = event(scope, account.id, Action::RoleRevoked).details(details);
        audit::record(conn, &located(event, &held.scope))?;
        laid.push(held.role.clone());
    }
    if laid.contains(&Builtin::Owner.into()) {
        keep_an_owner(conn, account.id, scope.now())?;
    }
    Ok(laid)
}

/// A guest leaves: roles, links and membership end; what they did stays in the log.
pub fn leave(conn: &mut Conn, scope: &SignedInScope, belonging: &Belonging) -> Result<()> {
    let (account, user) = (belonging.account.id, scope.person().id);
    let owned = belonging
        .held
        .iter()
        .any(|held| held.role == Builtin::Owner.into());
    storing::leave(conn, (account, user), scope.now())?;
    if owned {
        keep_an_owner(conn, account, scope.now())?;
    } else {
        crate::ownership::withdraw_void(conn, account, scope.now())?;
    }
    crate::welcome::withdraw(conn, account, user, scope.now())?;
    let roles: Vec<&str> = belonging
        .held
        .iter()
        .map(|held| held.role.as_str())
        .collect();
    let mut details = json!({ "roles": roles });
    name_own(&mut details, belonging.held.iter().map(|held| &held.role));
    audit::record(
        conn,
        &event(scope, account, Action::UserLeft).details(details),
    )?;
    Ok(())
}

/// Makes an active member an Owner, by an offer that they accepted. False: they were one already. An ownership that
/// was to end or has not begun is replaced by one without an end.
pub(crate) fn make_owner(
    conn: &mut Conn,
    (account, user): (AccountId, UserId),
    (grant, given_by): (GrantId, UserId),
    now: Ts,
) -> Result<bool> {
    let owner = Role::from(Builtin::Owner);
    let theirs = || {
        grants::table
            .filter(grants::scope_id.eq(account))
            .filter(grants::user_id.eq(user))
            .filter(grants::role.eq(owner.as_str()))
    };
    let lasting = theirs()
        .filter(grants::ends_at.is_null())
        .filter(grants::starts_at.is_null().or(grants::starts_at.le(now)));
    if diesel::select(diesel::dsl::exists(lasting)).get_result(conn)? {
        return Ok(false);
    }
    let replaced: Vec<GrantId> = theirs().select(grants::id).load(conn)?;
    remove(conn, &replaced)?;
    let sort_key: String = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select(memberships::sort_key)
        .first(conn)?;
    let row = Row {
        id: grant,
        account,
        user,
        role: &owner,
        scope: "account",
        scope_id: Id::from_uuid(account.uuid()),
        group: None,
        organization: None,
        project: None,
        below: false,
        starts_at: None,
        ends_at: None,
        sort_key: &sort_key,
        given_by: Some(given_by),
    };
    insert(conn, &row, now)?;
    Ok(true)
}

/// Ends somebody's ownership; there is another Owner by then. False: they held none.
pub(crate) fn end_ownership(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    now: Ts,
) -> Result<bool> {
    let theirs = grants::table
        .filter(grants::scope_id.eq(account))
        .filter(grants::user_id.eq(user))
        .filter(grants::role.eq(Builtin::Owner.key()));
    let ended: Vec<GrantId> = theirs.select(grants::id).load(conn)?;
    remove(conn, &ended)?;
    if !ended.is_empty() {
        keep_an_owner(conn, account, now)?;
    }
    Ok(!ended.is_empty())
}
