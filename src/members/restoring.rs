//! Taking back what was done to one person, wherever their roles are: a change of their roles on an organization or a
//! group, roles that they got there, another end of a role, their being added to the account, their removal from it, or
//! the withdrawal of their invitation (beyond H). For ten minutes, by whoever did it, as long as nothing changed since, and
//! with exactly the former rights: the very grants come back, with their ids, givers and times, and what was said about
//! their ends; and of whoever was removed what waited for them.
//!
//! Roles of several people at one place are taken back by `changing.rs`.

use diesel::prelude::*;
use serde_json::json;

use super::dormant;
use super::former::{Added, Kept, Member, Moved, about, ids, member};
use super::giving_back::{Return, give_back};
use super::model::{Condition, Held, held_by, is_exclusive};
use super::naming::name_own;
use super::since::{changed, refuse_changed};
use super::storing;
use super::telling::{Told, tell};
use super::{keep_an_owner, kept, lasting, may};
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
use crate::db::types::{AccountId, ChangeId, MailId, Ts, UserId};
use crate::error::{Error, Result};
use crate::mail::outbox;
use crate::on_each;

impl Moved {
    /// Whether the former end is later than the one that the role has now.
    fn gives(&self, held: &[Held]) -> bool {
        let mut held = held.iter().filter(|held| held.grant == self.grant);
        held.any(|held| lasting::is_longer(self.ends_at, held.ends_at))
    }
}

/// Whether somebody was added anew since: that they are not here is their own answer then, or what was done last.
fn came_since<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    (user, at): (UserId, Ts),
) -> Result<bool> {
    let coming = [
        Action::UserInvited,
        Action::UserInviteRestored,
        Action::UserRestored,
    ];
    let last = audit::latest(
        conn,
        (scope.account().id, None),
        Target::user(user),
        &coming,
    )?;
    Ok(last.is_some_and(|last| last.at > at))
}

/// What was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// A change of roles.
    Roles,
    /// Another end of a role.
    End,
    /// A removal from the account: by then they know of it, or its mail had not left.
    Removal {
        /// Whether it has reached them.
        told: bool,
    },
    /// That their invitation was withdrawn, when: their links are still void.
    Invitation(Ts),
    /// That they were added: their invitation is still to be withdrawn, by the one act that does that.
    Adding(Added),
}

impl Kept {
    /// Refuses, where they are not as they were left.
    fn refuse_changed<P: Place, A: Demand>(
        &self,
        conn: &mut Conn,
        scope: &Scope<P, A>,
        (at, held, here): (Ts, &[Held], Option<&Member>),
    ) -> Result<()> {
        let same = match (&self.removed, here) {
            (Some(former), None) => !came_since(conn, scope, (former.user_id, at))?,
            (Some(_), Some(_)) => false,
            (None, here) => here.is_some_and(|here| here.created_at <= at),
        };
        if !same {
            return Err(changed());
        }
        if self.left.len() == self.after.len() {
            return refuse_changed(conn, scope, (&self.left, held));
        }
        if ids(held) == self.after {
            return Ok(());
        }
        Err(changed())
    }

    /// What it was, at this time.
    fn what(&self, at: Ts) -> Restored {
        match (self.added, &self.removed) {
            (Some(added), _) => Restored::Adding(added),
            (None, Some(member)) if member.is_invited() => Restored::Invitation(at),
            (None, Some(_)) => Restored::Removal { told: true },
            (None, None) if self.lost.is_empty() && self.came.is_empty() => Restored::End,
            (None, None) => Restored::Roles,
        }
    }
}

/// Takes back what the acting person did to somebody: exactly the roles that were there before are there again. Says
/// what it was.
///
/// # Errors
/// Not found: it is not one of the acting person's own. A conflict: it is too late, or something changed since. A
/// refusal: they may not take one of these roles any more.
pub fn restore<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (user, id): (UserId, ChangeId),
) -> Result<Restored> {
    let (account, now) = (scope.account().id, scope.now());
    let (at, kept): (Ts, Kept) = kept::kept(conn, scope, (id, about(user)))?;
    let held = held_by(conn, account, user)?;
    let here = member(conn, account, user)?;
    kept.refuse_changed(conn, scope, (at, &held, here.as_ref()))?;
    kept::forget(conn, scope, id)?;
    let what = kept.what(at);
    if let Restored::Adding(_) = what {
        return Ok(what);
    }
    let back = back(conn, scope, user, &kept)?;
    // To take away what was given is let through by a frozen account, to give back is not (S22).
    if kept.removed.is_some() || !back.is_empty() || kept.moved.iter().any(|it| it.gives(&held)) {
        scope.refuse_frozen()?;
    }
    let came: Vec<&Held> = held
        .iter()
        .filter(|held| kept.came.contains(&held.grant))
        .collect();
    ask(conn, app, scope, back.iter().chain(came.iter().copied()))?;
    for moved in &kept.moved {
        end_again(conn, app, scope, (id, moved, &held))?;
    }
    storing::remove(
        conn,
        &came.iter().map(|held| held.grant).collect::<Vec<_>>(),
    )?;
    if let Some(member) = &kept.removed {
        belong(conn, member)?;
    }
    dormant::lay_back(conn, &kept.asleep)?;
    give_back(conn, app, scope, (at, &returns(&back, &kept)))?;
    keep_an_owner(conn, account, now)?;
    if kept.removed.is_none() {
        tell_again(conn, app, scope, (user, &kept, &held))?;
    }
    if what == Restored::End {
        return Ok(what);
    }
    let keys = |held: &[&Held]| -> Vec<String> {
        let keys = held.iter().map(|held| held.role.as_str().to_owned());
        keys.collect()
    };
    let action = match what {
        Restored::Invitation(_) => Action::UserInviteRestored,
        Restored::Removal { .. } => Action::UserRestored,
        _ => Action::RolesChanged,
    };
    let mut details = json!({
        "change": id, "undo": true, "back": keys(&back.iter().collect::<Vec<_>>()), "gone": keys(&came),
    });
    let roles = back.iter().chain(came.iter().copied());
    name_own(&mut details, roles.map(|held| &held.role));
    let event = scope.event(action).on(Target::user(user)).details(details);
    audit::record(conn, &event)?;
    if let Restored::Removal { .. } = what {
        let told = withdrawn(conn, &kept)?.is_empty();
        return Ok(Restored::Removal { told });
    }
    Ok(what)
}

/// Takes the mails out that have not left; they are told of nothing.
fn withdrawn(conn: &mut Conn, kept: &Kept) -> Result<Vec<Told>> {
    let mails: Vec<MailId> = kept.told.iter().map(|told| told.mail).collect();
    let unsent = outbox::withdraw(conn, &mails)?;
    let untold = kept.told.iter().filter(|told| unsent.contains(&told.mail));
    Ok(untold.copied().collect())
}

/// Whoever was told of what is taken back is told that too; where the mail has not left, it never does, and none
/// follows.
fn tell_again<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (user, kept, before): (UserId, &Kept, &[Held]),
) -> Result<()> {
    let untold = withdrawn(conn, kept)?;
    let after = held_by(conn, scope.account().id, user)?;
    tell(conn, app, scope, (before, &after), &untold)?;
    Ok(())
}

/// Whoever takes back must be able to take each of these roles now: what they could not touch, they cannot restore.
fn ask<'a, P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    roles: impl Iterator<Item = &'a Held>,
) -> Result<()> {
    for held in roles {
        if !may(conn, app, scope, (Act::Take, held))? {
            let role = held.role.label();
            let sentence = format!("You cannot take the role {role} away or bring it back.");
            let lacks = super::lacks(conn, app, scope, (Act::Take, held))?;
            return Err(Refusal::new("role", sentence).lacking(lacks).to(scope));
        }
    }
    Ok(())
}

/// Gives a role its former end again, with its event, and says of it what was said. To last longer than now is to give
/// it, whoever shortened it.
fn end_again<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (id, moved, held): (ChangeId, &Moved, &[Held]),
) -> Result<()> {
    let over = "This role has ended meanwhile. Give it again instead.";
    let held = held.iter().find(|held| held.grant == moved.grant);
    let held = held.ok_or_else(|| Error::Conflict(over.into()))?;
    lasting::change(conn, app, scope, (held, moved.ends_at), Some(id))?;
    match moved.said {
        Some(said) => storing::say_again(conn, held.grant, said),
        None => Ok(()),
    }
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
            condition: Condition::Open,
        });
    }
    Ok(back)
}

/// Puts a membership back as it was, unless the person's home has become one that keeps its people to itself (rule 10), or
/// they are called otherwise since: what lists show and sort by would be that of another day. Of an invitation nothing may
/// tell whether a home keeps its people to itself (S16), and it says itself what somebody is called (S1); whoever has found
/// a home elsewhere meanwhile is invited anew, as a guest.
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
    let fits = if former.is_invited() {
        elsewhere.is_none() || former.kind == "guest"
    } else {
        (&first, &last) == (&former.first_name, &former.last_name)
            && !is_exclusive(conn, elsewhere)?
    };
    if email_key != former.email_key || !fits {
        return Err(changed());
    }
    let insert = diesel::insert_into(memberships::table).values(former.clone());
    on_each!(conn, |c| insert.execute(c))?;
    Ok(())
}

/// Each with how far it reached and what was said about its end.
fn returns(back: &[Held], kept: &Kept) -> Vec<Return> {
    let one = |held: &Held| {
        let lost = kept.lost.iter().find(|lost| lost.grant == held.grant);
        Return {
            held: held.clone(),
            reached: lost.and_then(|lost| lost.reached.clone()),
            said: lost.and_then(|lost| lost.said),
        }
    };
    back.iter().map(one).collect()
}
