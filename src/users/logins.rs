//! Whose login a manager may act on: it belongs to its home (S1), and nobody comes to more rights by it.

use diesel::prelude::*;

use super::ending::{may_end, not_taken};
use super::model::{Reach, Shown, manageable, reach};
use crate::access::gate::Somewhere;
use crate::access::give::Act;
use crate::access::permission::{Permission, UsersManage};
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::users;
use crate::db::types::{AccountId, UserId};
use crate::error::{Error, Result};
use crate::members;

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// The person, if the acting person may do what opens nothing to themselves: unlock, mail a link, end sessions (S6).
///
/// # Errors
/// Not found outside of the reach; a conflict about oneself, and where another account manages the login.
pub fn managed_here<A: Permission>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<A>>,
    id: UserId,
) -> Result<Shown> {
    let shown = manageable(conn, app.roles(), scope, id)?;
    if shown.row.status != "invited" && shown.row.kind == "home" && shown.home_here {
        return Ok(shown);
    }
    let (first, last) = (&shown.row.first_name, &shown.row.last_name);
    Err(Error::Conflict(if shown.row.status == "invited" {
        format!("{first} {last} has not come in yet: there is no login that this account manages.")
    } else {
        format!("The login of {first} {last} is managed by another account.")
    }))
}

/// The person, if the acting person may begin a change of the address they sign in with. Whoever reads the new mailbox
/// can sign in: so it takes what deactivating takes (S4), and the right to take away each of the person's roles here.
///
/// # Errors
/// As [`managed_here`]; a refusal that names what is missing.
pub fn readdressable(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Shown> {
    may_end(conn, app, scope, id)?;
    let shown = managed_here(conn, app, scope, id)?;
    let (home, operator): (Option<AccountId>, bool) = users::table
        .filter(users::id.eq(id))
        .select((users::home_account_id, users::operator))
        .first(conn)?;
    let (first, last) = (&shown.row.first_name, &shown.row.last_name);
    if home != Some(scope.account().id) || shown.row.status != "active" {
        return Err(Error::Conflict(format!(
            "The address of {first} {last} cannot be changed now: they have not proven it, or are not active."
        )));
    }
    if operator && !scope.person().operator {
        let sentence =
            format!("Only {first} {last} can change the address of this login, on their profile.");
        return Err(Refusal::new("role", sentence).to(scope));
    }
    let everywhere = reach(conn, app.roles(), scope)? == Reach::Account;
    // What waits for them comes to the login, too, with the word of somebody who does not know who reads its mail.
    for held in members::held_and_waiting(conn, scope.account().id, id, scope.now())? {
        // What any manager of everybody can take is not asked grant by grant.
        if everywhere && !is_high(&held.role) {
            continue;
        }
        if !members::may(conn, app, scope, (Act::Take, &held))? {
            let sentence = format!(
                "{first} {last} holds a role that you cannot take away ({}), or it waits for them, so you cannot change \
                 the address they sign in with: whoever reads the new mailbox would hold it.",
                held.role.label()
            );
            let lacks = members::lacks(conn, app, scope, (Act::Take, &held))?;
            return Err(not_taken(conn, scope, &held, (sentence, lacks)));
        }
    }
    Ok(shown)
}

/// Whether taking the role takes more than `users.manage` there. One of the account's own takes all that is in it.
fn is_high(role: &Role) -> bool {
    crate::access::give::key_to_give(role) != Some(crate::access::permission::Key::UsersManage)
        || role.custom_id().is_some()
        || *role == Builtin::Owner.into()
}
