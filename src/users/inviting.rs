//! Links of people who have not come in yet: sent again, withdrawn, shown to copy (rule 9; S14, S18).

use diesel::prelude::*;
use serde_json::json;

use super::ending::not_taken;
use super::model::{Reach, Shown, manageable, reach};
use super::sending::{self, Recipient};
use crate::access::gate::Somewhere;
use crate::access::give::Act;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::schema::{grants, users};
use crate::db::types::{AccountId, GrantId, LinkId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Held, Status};
use crate::welcome::{self, Fresh, Managed};

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Everything that a new link needs, made before the transaction.
#[derive(Clone, Debug)]
pub struct Again {
    /// Whom it is for.
    pub user: UserId,
    /// Tokens of the link.
    pub fresh: Fresh,
    /// How long the link works.
    pub life: chrono::Duration,
    /// The roles that the manager has seen and confirmed; none: nothing was asked.
    pub confirmed: Option<Vec<GrantId>>,
}

/// What became of sending a link again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resent {
    /// It is on its way; to which address, how often one was sent so far, and until when it works.
    Sent {
        /// Where it goes.
        email: String,
        /// How many, this one included.
        sends: i64,
        /// Its last moment.
        until: Ts,
    },
    /// The invitation is old: its roles have to be confirmed first (rule 9).
    Confirm,
}

/// An invitation whose roles are confirmed again.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Who is invited.
    pub shown: Shown,
    /// Roles that stay.
    pub kept: Vec<Held>,
    /// Roles that the manager may not give now: they end with the confirmation.
    pub dropped: Vec<Held>,
    /// Roles that they may neither give nor take away: they open nothing until somebody who may give them confirms them.
    pub waits: Vec<Held>,
}

/// The invited person and the roles that the acting person reaches. Roles outside of that reach are another
/// manager's: they are neither shown nor touched, and checked against their giver at acceptance (S6, S14).
pub fn pending(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Pending> {
    let shown = invited(conn, app, scope, id)?;
    let reach = reach(conn, app.roles(), scope)?;
    let (mut kept, mut dropped, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    for held in inside(conn, scope, &reach, id)? {
        // A role that was approved stays with whoever could approve it.
        if members::may_confirm(conn, app, scope, &held)? {
            kept.push(held);
        } else if members::may(conn, app, scope, (Act::Take, &held))? {
            dropped.push(held);
        } else {
            waits.push(held);
        }
    }
    Ok(Pending {
        shown,
        kept,
        dropped,
        waits,
    })
}

fn inside(conn: &mut Conn, scope: &Manager, reach: &Reach, id: UserId) -> Result<Vec<Held>> {
    let mut held = members::held_by(conn, scope.account().id, id)?;
    held.retain(|held| reach.holds(&held.scope));
    Ok(held)
}

/// The person, if they are still invited and the acting person may manage that.
fn invited(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Shown> {
    let shown = manageable(conn, app.roles(), scope, id)?;
    if Status::parse(&shown.row.status)? == Status::Invited {
        return Ok(shown);
    }
    let (first, last) = (&shown.row.first_name, &shown.row.last_name);
    Err(Error::Conflict(format!(
        "{first} {last} is not waiting for an invitation any more."
    )))
}

/// Whether a manager last stood behind the invitation longer ago than a link lives.
fn is_old(conn: &mut Conn, account: AccountId, again: &Again, now: Ts) -> Result<(bool, i64)> {
    let newest = welcome::newest(conn, account, again.user)?;
    Ok(newest.map_or((true, 0), |link| {
        (link.managed_at.plus(again.life) <= now, link.sends)
    }))
}

/// Sends a new link, which ends the earlier ones. Of an old invitation the roles are confirmed first; those that the
/// acting person may not give now end with it, or wait where taking them away is not theirs either (rules 9 and 17).
/// Nothing is confirmed of an invitation that is not old: its roles are as they were given.
pub fn resend(conn: &mut Conn, app: &App, scope: &Manager, again: &Again) -> Result<Resent> {
    let account = scope.account().id;
    let pending = pending(conn, app, scope, again.user)?;
    let (old, _) = is_old(conn, account, again, scope.now())?;
    match &again.confirmed {
        None if old => return Ok(Resent::Confirm),
        Some(seen) if old => confirm(conn, scope, &pending, seen)?,
        _ => {}
    }
    let shown = &pending.shown;
    let until = mint(conn, app, scope, (again, true), shown)?;
    let event = scope
        .event(Action::UserInviteResent)
        .on(Target::user(again.user))
        .details(json!({ "confirmed": old }))
        .about(
            &shown.row.first_name,
            &shown.row.last_name,
            &shown.row.email,
        );
    audit::record(conn, &event)?;
    let sends = welcome::newest(conn, account, again.user)?.map_or(1, |link| link.sends);
    Ok(Resent::Sent {
        email: shown.row.email.clone(),
        sends,
        until,
    })
}

/// Whoever confirms stands behind the roles from now on; what they may not give goes, or waits.
fn confirm(conn: &mut Conn, scope: &Manager, pending: &Pending, seen: &[GrantId]) -> Result<()> {
    let now_there: Vec<GrantId> = pending.kept.iter().map(|held| held.grant).collect();
    let same = now_there.len() == seen.len() && now_there.iter().all(|id| seen.contains(id));
    if !same {
        return Err(Error::Conflict(
            "The roles of this invitation changed since you opened the page. Open it again.".into(),
        ));
    }
    for held in &pending.dropped {
        members::revoke(conn, scope, held)?;
    }
    for held in &pending.waits {
        members::set_aside(conn, scope, held)?;
    }
    diesel::update(grants::table.filter(grants::id.eq_any(now_there)))
        .set((
            grants::given_by.eq(Some(scope.person().id)),
            grants::given_at.eq(scope.now()),
        ))
        .execute(conn)?;
    Ok(())
}

/// A new link, with its mail or to be handed over; says until when it works.
pub(super) fn mint(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (again, mailed): (&Again, bool),
    shown: &Shown,
) -> Result<Ts> {
    type Row = (String, Option<String>, Option<AccountId>);
    let (email, password, home): Row = users::table
        .filter(users::id.eq(again.user))
        .select((users::email, users::password_hash, users::home_account_id))
        .first(conn)?;
    let to = Recipient {
        user: again.user,
        first_name: shown.row.first_name.clone(),
        email,
        has_password: password.is_some(),
        home,
        mailed,
        note: None,
    };
    let until = scope.now().plus(again.life);
    sending::send(conn, app, scope, (&again.fresh, until), &to, None)?;
    welcome::set_expiry(conn, scope.account().id, again.user, Some(until))?;
    Ok(until)
}

/// A link to hand over by hand.
#[derive(Clone, Debug)]
pub enum Copied {
    /// It.
    Link {
        /// Its token.
        token: String,
        /// Whether it is a new one, and the earlier ones have ended.
        new: bool,
    },
    /// A link that works would end with it: that is agreed to first.
    Ends,
    /// The invitation is old: its roles have to be confirmed first (rule 9).
    Confirm,
}

/// What *Copy link* has to do.
#[derive(Clone, Debug)]
pub enum Copying {
    /// Nothing: the link that one made is still there to be shown, with this token.
    Kept(LinkId, String),
    /// To make a new one, which ends this one, if there is one that works.
    New(Option<Box<Managed>>),
    /// To confirm the roles of an old invitation first.
    Old,
}

/// What *Copy link* has to do for this person, before it is done. Whoever holds the link can come in as the person: only
/// for who could give each of their roles (S15).
pub fn copying(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    again: &Again,
) -> Result<(Shown, Copying)> {
    let shown = invited(conn, app, scope, again.user)?;
    let (account, me) = (scope.account().id, scope.person().id);
    for held in members::held_by(conn, account, again.user)? {
        if !members::could_give(conn, app, account, (me, &held), scope.now())? {
            let sentence = "This invitation carries a role that you cannot give. Whoever holds its link comes in with that role: it is only mailed.";
            let lacks = members::lacks(conn, app, scope, (Act::Give, &held))?;
            return Err(not_taken(conn, scope, &held, (sentence.to_owned(), lacks)));
        }
    }
    let newest = welcome::newest(conn, account, again.user)?;
    let live = newest.filter(|link| link.is_live(scope.now()));
    let kept = live
        .as_ref()
        .and_then(|link| Some((link.id, link.copied(app.sealer(), me)?)));
    let what = match kept {
        Some((link, token)) => Copying::Kept(link, token),
        None if is_old(conn, account, again, scope.now())?.0 => Copying::Old,
        None => Copying::New(live.map(Box::new)),
    };
    Ok((shown, what))
}

/// *Copy link*: the link that one made and that is not out yet, or a new one that ends the earlier ones (S18). That one is
/// shown and not mailed: it is sent when somebody sends it. The link that works is ended only if just that one is `agreed`
/// to.
pub fn copy_link(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (again, agreed): (&Again, Option<LinkId>),
) -> Result<Copied> {
    let (shown, what) = copying(conn, app, scope, again)?;
    let (link, token, new) = match what {
        Copying::Kept(link, token) => (link, token, false),
        Copying::Old => return Ok(Copied::Confirm),
        Copying::New(Some(live)) if agreed != Some(live.id) => return Ok(Copied::Ends),
        Copying::New(_) => {
            mint(conn, app, scope, (again, false), &shown)?;
            let token = again.fresh.copied(app.sealer());
            let token = token.ok_or_else(|| Error::internal("a link without a token to copy"))?;
            (again.fresh.link, token, true)
        }
    };
    welcome::handed(conn, link, scope.now())?;
    let event = scope
        .event(Action::LinkCopied)
        .on(Target::user(again.user))
        .details(json!({ "new": new }))
        .about(
            &shown.row.first_name,
            &shown.row.last_name,
            &shown.row.email,
        );
    audit::record(conn, &event)?;
    Ok(Copied::Link { token, new })
}

/// Withdraws an invitation: its links end, its roles go, and the person is in the account no longer. Needs the right
/// to take every one of the roles. Says whose it was; the login stays, for other accounts and for the audit log.
pub fn cancel(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<String> {
    let shown = invited(conn, app, scope, id)?;
    let account = scope.account().id;
    let roles = members::held_by(conn, account, id)?;
    refuse_foreign(conn, app, scope, id)?;
    welcome::withdraw(conn, account, id, scope.now())?;
    for held in &roles {
        members::revoke(conn, scope, held)?;
    }
    members::discard_all(conn, scope, id)?;
    members::leave(conn, (account, id), scope.now())?;
    let (first, last) = (&shown.row.first_name, &shown.row.last_name);
    let event = scope
        .event(Action::UserInviteRevoked)
        .on(Target::user(id))
        .details(json!({ "roles": roles.len() }))
        .about(first, last, &shown.row.email);
    audit::record(conn, &event)?;
    Ok(format!("{first} {last}"))
}

/// What came back when a withdrawal was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reinvited {
    /// Whose invitation it is.
    pub name: String,
    /// Where its link went.
    pub email: String,
    /// Until when that works; none: the invitation is old, and no link goes out before its roles are confirmed.
    pub until: Option<Ts>,
}

/// The withdrawal of an invitation was taken back: a new link goes out for it, as if it had been sent again. Of an old
/// one none does: taking a withdrawal back confirms nothing (rule 9).
pub fn reinvite(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (again, withdrawn): (&Again, Ts),
) -> Result<Reinvited> {
    let shown = invited(conn, app, scope, again.user)?;
    let (account, now) = (scope.account().id, scope.now());
    let until = if is_old(conn, account, again, now)?.0 {
        let ended = shown.row.link_expires_at.filter(|end| *end < now);
        welcome::set_expiry(conn, account, again.user, Some(ended.unwrap_or(now)))?;
        None
    } else {
        welcome::replaced(conn, (account, again.user), withdrawn, now)?;
        Some(mint(conn, app, scope, (again, true), &shown)?)
    };
    Ok(Reinvited {
        name: format!("{} {}", shown.row.first_name, shown.row.last_name),
        email: shown.row.email,
        until,
    })
}

/// Refuses to end an invitation that carries a role which the acting person does not reach, or cannot take away, also
/// one that waits since they sent the link again.
pub(super) fn refuse_foreign(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    id: UserId,
) -> Result<()> {
    let reach = reach(conn, app.roles(), scope)?;
    for held in members::held_and_waiting(conn, scope.account().id, id, scope.now())? {
        let mine = reach.holds(&held.scope) && members::may(conn, app, scope, (Act::Take, &held))?;
        if !mine {
            let sentence = "This invitation carries a role that you cannot take away.";
            let lacks = members::lacks(conn, app, scope, (Act::Take, &held))?;
            return Err(not_taken(conn, scope, &held, (sentence.to_owned(), lacks)));
        }
    }
    Ok(())
}
