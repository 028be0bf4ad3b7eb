//! Logins that nobody has proven: whoever came in by a link that was copied and handed over may be whoever handed it over
//! (S15). They get a role that lets do much only if that would be nothing gained for any of those.

use diesel::prelude::*;

use super::giving::could;
use super::model::{Status, by_grants};
use crate::access::gate::Demand;
use crate::access::give::is_powerful;
use crate::access::grant::Scoped;
use crate::access::impact::{self, Because, Brought, Picture, Refused, Spot};
use crate::access::place::Place;
use crate::access::refusal::Refusal;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::schema::{grants, links, memberships, users};
use crate::db::types::{AccountId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::Result;

/// Whoever may know the password of a login that nobody has proven: a copied link is only ever shown to who sent it, and
/// each that was used, into whichever account, could have set it.
pub fn handed_by(conn: &mut Conn, user: UserId) -> Result<Vec<UserId>> {
    let senders: Vec<Option<UserId>> = links::table
        .filter(links::user_id.eq(user))
        .filter(links::purpose.eq("welcome"))
        .filter(links::used_at.is_not_null())
        .select(links::sent_by)
        .distinct()
        .load(conn)?;
    Ok(senders.into_iter().flatten().collect())
}

/// Why a role that lets do much is not for this person yet, in a sentence; none: it can be. What is given to whoever is
/// still invited is asked about when they come in ([`activate`](super::activate)); whoever is shut out comes back with what
/// they hold by then, and is asked about now.
pub fn why_unproven(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    (role, scope, to): (&Role, &Scoped, UserId),
    now: Ts,
) -> Result<Option<String>> {
    let found = unproven(conn, app, account, (role, scope, &[to]), now)?;
    Ok(found.into_iter().next().map(|(_, why)| why))
}

/// The same of several people, each of them with the sentence: nothing is read for an everyday role, one statement for
/// any other, and more only for those who came in so.
pub fn unproven(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    (role, scope, people): (&Role, &Scoped, &[UserId]),
    now: Ts,
) -> Result<Vec<(UserId, String)>> {
    if people.is_empty() || !is_powerful(app.roles(), role, scope.level()) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (to, first, last) in logins(conn, account, people)? {
        for by in handed_by(conn, to)? {
            if !could(conn, app, account, by, (role, scope, to), now)? {
                let why = format!(
                    "{first} {last} came in by a link that was handed over, and nothing shows yet that the address is theirs. Send them a password reset mail from their page: once they have used it, they can get the role {role}."
                );
                found.push((to, why));
                break;
            }
        }
    }
    Ok(found)
}

/// Those of these people who are in, or are shut out, with an address that nobody has proven: who, and how they are called.
fn logins(
    conn: &mut Conn,
    account: AccountId,
    people: &[UserId],
) -> Result<Vec<(UserId, String, String)>> {
    Ok(memberships::table
        .inner_join(users::table)
        .filter(memberships::account_id.eq(account))
        .filter(among(memberships::user_id, people))
        .filter(memberships::status.ne(Status::Invited.as_str()))
        .filter(users::verified_at.is_null())
        .order(memberships::user_id.asc())
        .select((
            memberships::user_id,
            memberships::first_name,
            memberships::last_name,
        ))
        .load(conn)?)
}

/// Why a change of the tree or of a group may not be: what it brings and the acting person could not give (S11), and
/// what it brings to a login that nobody has proven (S15).
pub fn refused_by<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (before, after): (&Picture, &Picture),
    spots: &[Spot],
) -> Result<Vec<Refused>> {
    let (table, account, now) = (app.roles(), scope.account().id, scope.now());
    let brought = impact::brought(before, after, spots, now);
    let actor = (scope.person().id, scope.grants());
    let mut refused = impact::refused(table, actor, before, &brought, now);
    let powerful = |one: &&Brought| is_powerful(table, &one.role, one.spot.scope().level());
    let mut getting: Vec<UserId> = brought
        .iter()
        .filter(powerful)
        .map(|one| one.user)
        .collect();
    getting.sort_unstable();
    getting.dedup();
    for (user, ..) in logins(conn, account, &getting)? {
        for one in brought.iter().filter(|one| one.user == user) {
            let given = (&one.role, &one.spot.scope(), user);
            if let Some(why) = why_unproven(conn, app, account, given, now)? {
                let brought = one.clone();
                let because = Because::Unproven(why);
                refused.push(Refused { brought, because });
            }
        }
    }
    Ok(refused)
}

/// Who of those that hold a role of the account's own could not get it as it is to be from now on, each in a sentence:
/// what goes into a role reaches its holders like a role that is given.
pub fn unproven_holders(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    role: &Role,
    now: Ts,
) -> Result<Vec<String>> {
    let people: Vec<UserId> = grants::table
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(grants::account_id.eq(account))
        .filter(grants::role.eq(role.as_str()))
        .filter(users::verified_at.is_null())
        .order(grants::user_id.asc())
        .select(grants::user_id)
        .distinct()
        .limit(200)
        .load(conn)?;
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for held in by_grants(conn, account, &people)? {
        if held.role.as_str() == role.as_str() {
            let holder = [held.user];
            let given = (role, &held.scope, holder.as_slice());
            found.extend(unproven(conn, app, account, given, now)?);
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found.into_iter().map(|(_, why)| why).collect())
}

/// The same before a role is stored, on whichever way it comes.
///
/// # Errors
/// The gate "role", with the sentence.
pub(super) fn refuse_unproven(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    given: (&Role, &Scoped, UserId),
    now: Ts,
) -> Result<()> {
    match why_unproven(conn, app, account, given, now)? {
        Some(sentence) => Err(Refusal::new("role", sentence).into()),
        None => Ok(()),
    }
}
