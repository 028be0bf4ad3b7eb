//! Ending, restoring and inviting several people: verb by verb what the page of one person does. Before it is agreed to,
//! all of it is done and taken back in the same transaction, so that the review says what will happen and not what
//! another piece of code believes.

use diesel::Connection;

use super::{Done, Outcome};
use crate::access::gate::Somewhere;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{GrantId, UserId};
use crate::error::{Error, Result};
use crate::members::{Held, held_by};
use crate::users::showing;
use crate::users::{Again, Chosen, Pending, Resent};
use crate::users::{cancel, deactivate, pending, reactivate, resend, returning};
use crate::web::view::{count, moment};
use crate::welcome::Fresh;

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// What is to be done with each.
#[derive(Clone, Debug)]
pub enum Membership {
    /// Shut out, for this reason.
    Deactivate(Option<String>),
    /// Let in again; with tokens for each who gets a new link, that works so long.
    Reactivate(Vec<Fresh>, chrono::Duration),
    /// A new link, with tokens for each, that works so long.
    Resend(Vec<Fresh>, chrono::Duration),
    /// The invitation ends.
    Withdraw,
}

/// How Admins and Owners are shut out: with a click too many, nobody would be left who could take it back.
pub const APART: &str = "that is done one by one, on their own page";

/// Why the transaction around all of them ended without being kept.
enum Undone {
    OnPurpose,
    Failed(Error),
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<diesel::result::Error> for Undone {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Does it for each of them, one after the other; without `agreed` nothing of it is left. `agreed` are the roles that
/// the review showed: what came since is not agreed to.
///
/// # Errors
/// Somebody outside of the reach is not there.
pub fn each(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (what, agreed): (&Membership, Option<&[GrantId]>),
    people: &[UserId],
) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    let tried = conn.transaction::<(), Undone, _>(|conn| {
        for (number, user) in people.iter().enumerate() {
            outcomes.push(one(conn, app, scope, (what, agreed), (*user, number))?);
        }
        agreed.map(|_| ()).ok_or(Undone::OnPurpose)
    });
    match tried {
        Ok(()) | Err(Undone::OnPurpose) => Ok(outcomes),
        Err(Undone::Failed(error)) => Err(error),
    }
}

/// One of them. Whom a gate refuses, or for whom there is nothing to do, stays as they are.
fn one(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (what, agreed): (&Membership, Option<&[GrantId]>),
    (user, number): (UserId, usize),
) -> Result<Outcome> {
    let done = conn.transaction::<Done, Error, _>(|conn| match what {
        Membership::Deactivate(reason) => out(conn, app, scope, (user, reason.as_deref())),
        Membership::Reactivate(fresh, life) => {
            let again = again(user, (fresh, *life), number)?;
            back(conn, app, scope, (&again, agreed))
        }
        Membership::Withdraw => {
            cancel(conn, app, scope, user)?;
            Ok(said(
                "The invitation is withdrawn, and its link stops working.",
            ))
        }
        Membership::Resend(fresh, life) => {
            let again = again(user, (fresh, *life), number)?;
            link(conn, app, scope, (&again, agreed))
        }
    });
    match done {
        Ok(done) => Ok(Outcome::Done(Box::new(done))),
        Err(Error::Forbidden(refusal)) => Ok(Outcome::Skipped(refusal.told())),
        Err(Error::Conflict(why)) => Ok(Outcome::Skipped(why)),
        Err(error) => Err(error),
    }
}

/// What a new link for this person needs.
fn again(
    user: UserId,
    (fresh, life): (&[Fresh], chrono::Duration),
    number: usize,
) -> Result<Again> {
    let fresh = fresh.get(number).cloned();
    Ok(Again {
        user,
        fresh: fresh.ok_or_else(|| Error::internal("too few tokens were made"))?,
        life,
        confirmed: None,
    })
}

fn said(text: &str) -> Done {
    Done {
        text: text.to_owned(),
        ..Done::default()
    }
}

fn out(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (user, reason): (UserId, Option<&str>),
) -> Result<Done> {
    let ending = deactivate(conn, app, scope, (user, reason))?;
    // Whoever may not do it at all has been told so. What was done is taken back with the refusal.
    let held = held_by(conn, scope.account().id, user)?;
    if showing::is_admin(
        held.iter().map(|held| (&held.role, held.extent())),
        scope.now(),
    ) {
        return Err(Error::Conflict(format!(
            "An Admin or Owner is not deactivated together with others: {APART}."
        )));
    }
    let account = &scope.account().name;
    let text = if ending.home {
        format!(
            "Is signed out everywhere and cannot sign in to {account} any more. Roles are kept."
        )
    } else {
        format!("Cannot open anything of {account} any more. Roles are kept.")
    };
    Ok(Done {
        text,
        tell: Some((ending.shown, false)),
        ..Done::default()
    })
}

/// Of these roles, those that were looked at; all of them where nothing was yet.
fn looked_at(roles: impl Iterator<Item = GrantId>, agreed: Option<&[GrantId]>) -> Vec<GrantId> {
    roles
        .filter(|grant| agreed.is_none_or(|agreed| agreed.contains(grant)))
        .collect()
}

fn back(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (again, agreed): (&Again, Option<&[GrantId]>),
) -> Result<Done> {
    let user = again.user;
    let found = returning(conn, app, scope, user)?;
    let all = found.back.iter().chain(&found.waiting);
    let seen = looked_at(all.map(|held| held.grant), agreed);
    let chosen = Chosen {
        keep: found.back.iter().map(|held| held.grant).collect(),
        seen: seen.clone(),
    };
    let back = reactivate(conn, app, scope, (user, again), &chosen)?;
    let mut text = match found.back.as_slice() {
        [] => "Belongs to the account again, without a role.".to_owned(),
        roles => format!("Comes back with {}.", listed(roles, scope)),
    };
    if back.waiting > 0 {
        let waiting = listed(&found.waiting, scope);
        text.push_str(&format!(
            " Until somebody who may give it confirms, this waits: {waiting}."
        ));
    }
    if back.invited {
        text.push_str(" Is invited, and gets a new link.");
    }
    Ok(Done {
        text,
        names: Vec::new(),
        seen,
        tell: (!back.invited).then_some((back.shown, true)),
    })
}

/// "Viewer on Dock 4, Billing on Dock 9 and 3 more".
fn listed(roles: &[Held], scope: &Manager) -> String {
    let one = |held: &Held| {
        let place = showing::place(held, scope.account());
        format!("{} on {place}", held.role.label())
    };
    showing::listed(&roles.iter().map(one).collect::<Vec<_>>())
}

/// Of an old invitation the review shows the roles, and agreeing to it confirms them (rule 9).
fn link(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (again, agreed): (&Again, Option<&[GrantId]>),
) -> Result<Done> {
    if let Resent::Sent { until, .. } = resend(conn, app, scope, again)? {
        return Ok(said(&sent(until)));
    }
    let Pending {
        kept,
        dropped,
        waits,
        ..
    } = pending(conn, app, scope, again.user)?;
    let seen = looked_at(kept.iter().map(|held| held.grant), agreed);
    let again = Again {
        confirmed: Some(seen.clone()),
        ..again.clone()
    };
    let Resent::Sent { until, .. } = resend(conn, app, scope, &again)? else {
        return Err(Error::internal("a confirmed invitation asks again"));
    };
    let mut text = sent(until);
    if !kept.is_empty() {
        text.push_str(&format!(" You confirm {}.", listed(&kept, scope)));
    }
    if !dropped.is_empty() {
        let number = i64::try_from(dropped.len()).unwrap_or(i64::MAX);
        text.push_str(&format!(
            " {} that you may not give {}: {}.",
            count(number, "role"),
            if number == 1 { "ends" } else { "end" },
            listed(&dropped, scope)
        ));
    }
    if !waits.is_empty() {
        text.push_str(&format!(
            " Until somebody who can give it confirms it, this opens nothing: {}.",
            listed(&waits, scope)
        ));
    }
    Ok(Done {
        text,
        seen,
        ..Done::default()
    })
}

fn sent(until: crate::db::types::Ts) -> String {
    format!("Gets a new link, which works until {}.", moment(until))
}
