//! Another address for somebody who has not come in yet: mistyped, or its mail came back (ux §7.12; S1, S14, S16).
//!
//! No login gets another address by it. The invitation moves: the one to the old address is withdrawn, and whoever has the
//! new one is invited with the same name and the same roles, given anew by whoever does it. So it is the same act, with the
//! same answer, whether either address has a login elsewhere or not.

use serde_json::json;

use super::adding::{self, Existing, NewPerson, Newcomer};
use super::inviting::{Pending, pending, refuse_foreign};
use super::model::Shown;
use super::sending;
use crate::access::gate::Somewhere;
use crate::access::give::Act;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::types::{GrantId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::{self, During, Found, Held};
use crate::web::field::Email;
use crate::welcome::{self, Fresh};

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Everything that the act needs, made before the transaction.
#[derive(Clone, Debug)]
pub struct Readdress {
    /// Who is invited under the old address.
    pub user: UserId,
    /// The new one.
    pub email: Email,
    /// The id they get if it is new to the installation.
    pub fresh_user: UserId,
    /// Tokens of the new link.
    pub fresh: Fresh,
    /// How long it works.
    pub life: chrono::Duration,
    /// The roles that the page showed.
    pub seen: Vec<GrantId>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readdressed {
    /// The invitation has moved; whose page it is now, and until when the link works.
    Done(UserId, Ts),
    /// It is the address already.
    Same,
    /// The address belongs to the account already.
    Here(Existing),
}

/// The invited person and their roles, if the acting person may move the invitation to another address.
///
/// # Errors
/// As those of sending it again and of withdrawing it; a conflict when the password is set already.
pub fn movable(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Pending> {
    let mut pending = pending(conn, app, scope, id)?;
    let account = scope.account().id;
    let newest = welcome::newest(conn, account, id)?;
    if newest.is_some_and(|link| link.used_at.is_some()) {
        let (first, last) = (&pending.shown.row.first_name, &pending.shown.row.last_name);
        return Err(Error::Conflict(format!(
            "{first} {last} has used the link and set a password, so the address is theirs. Is it somebody else? Withdraw \
             the invitation, and add the right person."
        )));
    }
    refuse_foreign(conn, app, scope, id)?;
    // What was approved was approved for whom it was asked for, and not for another address.
    let mut kept = Vec::new();
    for held in std::mem::take(&mut pending.kept) {
        if members::may(conn, app, scope, (Act::Give, &held))? {
            kept.push(held);
        } else {
            pending.dropped.push(held);
        }
    }
    pending.kept = kept;
    Ok(pending)
}

/// Moves the invitation: links to the old address die, and a new one goes to the new address.
///
/// # Errors
/// As [`movable`]; a conflict when the roles are others than those that were shown, or a place takes none.
pub fn readdress(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    wish: &Readdress,
) -> Result<Readdressed> {
    let Pending {
        shown,
        kept,
        dropped,
        ..
    } = movable(conn, app, scope, wish.user)?;
    let there: Vec<GrantId> = kept.iter().map(|held| held.grant).collect();
    if there.len() != wish.seen.len() || !there.iter().all(|id| wish.seen.contains(id)) {
        return Err(Error::Conflict(
            "The roles of this invitation changed since you opened the page. Open it again.".into(),
        ));
    }
    let account = scope.account();
    if let Some(here) = adding::existing(conn, account.id, &wish.email)? {
        return Ok(if here.user == wish.user {
            Readdressed::Same
        } else {
            Readdressed::Here(here)
        });
    }
    let home = members::home_organization(conn, account.id, wish.user)?;
    withdraw(conn, scope, &shown, (&kept, &dropped))?;
    let person = NewPerson {
        first_name: shown.row.first_name.clone(),
        last_name: shown.row.last_name.clone(),
        email: wish.email.clone(),
    };
    let expires_at = scope.now().plus(wish.life);
    let newcomer = Newcomer {
        person: &person,
        user: wish.fresh_user,
        home,
        submission: None,
        expires_at,
        formerly: Some(&shown.row.email),
    };
    let known = adding::known(conn, &wish.email)?;
    let recipient = adding::enter(conn, scope, known, &newcomer)?;
    let given = give_again(conn, app, scope, (recipient.user, &kept))?;
    let places: adding::Places<'_> = given
        .iter()
        .map(|(found, roles)| (found.clone(), roles.as_slice()))
        .collect();
    let link = (&wish.fresh, expires_at);
    // The mail tells the days where they are those of every role.
    let mut days = kept.iter().map(|held| (held.starts_at, held.ends_at));
    let first = days.next().unwrap_or_default();
    let during = if days.all(|other| other == first) {
        first
    } else {
        (None, None)
    };
    sending::send(conn, app, scope, link, &recipient, Some((&places, during)))?;
    Ok(Readdressed::Done(recipient.user, expires_at))
}

/// The invitation to the old address ends, with its links and roles.
fn withdraw(
    conn: &mut Conn,
    scope: &Manager,
    shown: &Shown,
    (kept, dropped): (&[Held], &[Held]),
) -> Result<()> {
    let (account, row) = (scope.account().id, &shown.row);
    welcome::withdraw(conn, account, row.id, scope.now())?;
    for held in kept.iter().chain(dropped) {
        members::revoke(conn, scope, held)?;
    }
    members::discard_all(conn, scope, row.id)?;
    members::leave(conn, (account, row.id), scope.now())?;
    let event = scope
        .event(Action::UserInviteRevoked)
        .on(Target::user(row.id))
        .details(json!({ "roles": kept.len() + dropped.len(), "readdressed": true }))
        .about(&row.first_name, &row.last_name, &row.email);
    audit::record(conn, &event)?;
    Ok(())
}

/// Roles by their places.
type ByPlace = Vec<(Found, Vec<(Role, GrantId)>)>;

/// Gives the same roles at the same places, for as long as before; who may is asked of each (rule 17). What has ended
/// meanwhile is not given again.
fn give_again(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (to, kept): (UserId, &[Held]),
) -> Result<ByPlace> {
    let account = scope.account();
    let mut given: ByPlace = Vec::new();
    for held in kept {
        if held.ends_at.is_some_and(|end| end <= scope.now()) {
            continue;
        }
        let target = members::Target::of(account.id, &held.scope);
        let mut found = members::place_of(conn, account.id, &account.name, target)?;
        if held.is_below() {
            found = found.with_below();
        }
        let (role, during): ((Role, GrantId), During) = (
            (held.role.clone(), GrantId::new()),
            (held.starts_at, held.ends_at),
        );
        members::give_during(conn, app, scope, &found, (role.clone(), during), to)?;
        match given.iter_mut().find(|(one, _)| one.scope == found.scope) {
            Some((_, roles)) => roles.push(role),
            None => given.push((found, vec![role])),
        }
    }
    Ok(given)
}
