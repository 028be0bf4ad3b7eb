//! Taking a change of roles at one place back.

use diesel::prelude::*;

use super::{Change, Line, Lost, grants_of, write_down};
use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::give::Actor;
use crate::access::place::Place;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::schema::memberships;
use crate::db::types::{ChangeId, GrantId, MailId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::{Error, Result};
use crate::mail::outbox;
use crate::members::dormant::{Asleep, lay_back};
use crate::members::giving::{act, columns, refused};
use crate::members::giving_back::{Return, give_back};
use crate::members::held_on;
use crate::members::kept::{forget, kept};
use crate::members::model::{Condition, Held};
use crate::members::places::Found;
use crate::members::storing;
use crate::members::telling::{Told, held_at, tell};

/// What taking a change back would do.
#[derive(Debug)]
pub struct Undoing {
    /// The change.
    pub id: ChangeId,
    /// Person by person: who loses what they got, and gets back what they lost.
    pub changes: Vec<Change>,
    at: Ts,
    back: Vec<Return>,
    woken: Vec<Asleep>,
    mails: Vec<(UserId, MailId)>,
}

/// What taking a change of roles at this place back would do now.
///
/// # Errors
/// Not found: it is not one of the acting person's own at this place. A conflict: it is too late, or somebody changed
/// one of these roles since. A refusal: they may not take one of these roles any more.
pub fn undoing<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
    id: ChangeId,
) -> Result<Undoing> {
    let (account, now) = (scope.account().id, scope.now());
    let (.., scope_id) = columns(account, &found.scope);
    let (at, lines): (Ts, Vec<Line>) = kept(conn, scope, (id, scope_id))?;
    let people: Vec<UserId> = lines.iter().map(|line| line.user).collect();
    let held = held_on(conn, account, (found.scope, &found.name), &people, now)?;
    let now_held = grants_of(conn, account, found, &people)?;
    let joined: Vec<(UserId, Ts)> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(among(memberships::user_id, &people))
        .select((memberships::user_id, memberships::created_at))
        .load(conn)?;
    let names = lines.iter().flat_map(|line| &line.lost);
    let names = names.map(|lost| lost.role.as_str());
    let roles = AccountRoles::load_for(conn, account, names)?;
    let mail = |line: &Line| Some((line.user, line.mail?));
    let mails = lines.iter().filter_map(mail).collect();
    let woken = lines.iter().flat_map(|line| line.woken.clone()).collect();
    let mut changes = Vec::new();
    let mut back = Vec::new();
    for line in lines {
        let joined = joined.iter().find(|(user, _)| *user == line.user);
        if !line.is_as_left(&now_held, now) || joined.is_none_or(|(_, joined)| *joined > at) {
            return Err(Error::Conflict(
                "Somebody changed these roles since. Nothing was taken back: look at them as they are now.".into(),
            ));
        }
        let own = held.iter().filter(|held| held.user == line.user);
        let (loses, before): (Vec<Held>, Vec<Role>) = (
            own.clone()
                .filter(|held| line.got.contains(&held.grant))
                .cloned()
                .collect(),
            own.map(|held| held.role.clone()).collect(),
        );
        let mut gets = Vec::new();
        for lost in line.lost {
            let Some(role) = roles.parse(&lost.role) else {
                return Err(Error::Conflict(
                    "One of these roles is gone since. Nothing was taken back: look at them as they are now.".into(),
                ));
            };
            // What would have ended meanwhile has ended.
            if lost.ends_at.is_none_or(|end| now < end) {
                gets.push((role.clone(), lost.grant));
                back.push(lost.back(line.user, role, found));
            }
        }
        changes.push(Change {
            user: line.user,
            before,
            gets,
            during: (None, None),
            loses,
        });
    }
    // To take away what was given is let through by a frozen account, to give back is not (S22).
    if changes.iter().any(|change| !change.gets.is_empty()) {
        scope.refuse_frozen()?;
    }
    may_undo(app, scope, found, &changes)?;
    Ok(Undoing {
        id,
        changes,
        at,
        back,
        woken,
        mails,
    })
}

/// Whoever takes back must be able to take each of these roles now: what they could not touch, they cannot restore.
fn may_undo<P: Place, A: Demand>(
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
    changes: &[Change],
) -> Result<()> {
    let here = act(app, scope, found)?;
    let actor = Actor {
        user: scope.person().id,
        here: &here,
        roles: app.roles(),
    };
    for change in changes {
        let lost = change.gets.iter().map(|(role, _)| role);
        for role in lost.chain(change.loses.iter().map(|held| &held.role)) {
            let may = actor.may_take(role, change.user);
            may.map_err(|refusal| refused(scope, found, &refusal))?;
        }
    }
    Ok(())
}

impl Lost {
    /// The role at this place, as it comes back.
    fn back(self, user: UserId, role: Role, found: &Found) -> Return {
        Return {
            held: Held {
                grant: self.grant,
                user,
                role,
                scope: found.scope,
                place: Some(found.name.clone()),
                within: None,
                given_by: self.given_by,
                given_at: self.given_at,
                starts_at: self.starts_at,
                ends_at: self.ends_at,
                condition: Condition::Open,
            },
            reached: self.reached,
            said: None,
        }
    }
}

impl Undoing {
    /// Whom nothing will be told, neither of the change nor that it was taken back: their mail has not left.
    pub fn untold(&self, conn: &mut Conn) -> Result<Vec<UserId>> {
        let mails: Vec<MailId> = self.mails.iter().map(|(_, mail)| *mail).collect();
        let unsent = outbox::unsent(conn, &mails)?;
        let untold = self.mails.iter();
        let untold = untold.filter(|(_, mail)| unsent.contains(mail));
        Ok(untold.map(|(user, _)| *user).collect())
    }
}

/// Takes a change back: exactly the grants that were there before it are there again. Whoever was told of it is told
/// that too; where the mail has not left, it never does, and none follows.
pub fn undo<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
    id: ChangeId,
) -> Result<Undoing> {
    let undoing = undoing(conn, app, scope, found, id)?;
    found.refuse_archived()?;
    let account = scope.account().id;
    let people: Vec<UserId> = undoing.changes.iter().map(|change| change.user).collect();
    let before = held_at(conn, scope, found, &people)?;
    for change in &undoing.changes {
        let gone: Vec<GrantId> = change.loses.iter().map(|held| held.grant).collect();
        storing::remove(conn, &gone)?;
        write_down(conn, scope, found, (id, change), true)?;
    }
    give_back(conn, app, scope, (undoing.at, &undoing.back))?;
    lay_back(conn, &undoing.woken)?;
    let mails: Vec<MailId> = undoing.mails.iter().map(|(_, mail)| *mail).collect();
    let unsent = outbox::withdraw(conn, &mails)?;
    let place = found.scope.id(account);
    let untold = undoing.mails.iter();
    let untold = untold.filter(|(_, mail)| unsent.contains(mail));
    let untold = untold.map(|(user, mail)| Told {
        user: *user,
        place,
        mail: *mail,
    });
    let untold: Vec<Told> = untold.collect();
    let after = held_at(conn, scope, found, &people)?;
    tell(conn, app, scope, (&before, &after), &untold)?;
    forget(conn, scope, id)?;
    Ok(undoing)
}
