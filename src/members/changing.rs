//! Changing the roles of several people at one place in one go: all of it or nothing, one event a person, and to be
//! taken back within ten minutes (ux 7.10, beyond H).
//!
//! Taking back brings nothing new: it restores the very grants that were there, with their ids, givers and times, and
//! ends those that came. Who did it may, for as long as nothing changed since and they may still take these roles.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::dormant::{Asleep, Sleeping, sleeping};
use super::giving::{During, New, act, columns, refused, store};
use super::giving_back::reached;
use super::handed::unproven;
use super::kept::keep;
use super::model::Held;
use super::naming::name_own;
use super::places::{Found, located};
use super::storing;
use super::telling::{held_at, tell};
use crate::access::gate::Demand;
use crate::access::give::Actor;
use crate::access::place::Place;
use crate::access::refusal::Refusal;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::schema::grants;
use crate::db::types::{AccountId, ChangeId, GrantId, MailId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::{Error, Result};

mod undoing;

pub use undoing::{Undoing, undo, undoing};

/// What one person gets and loses at one place.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who.
    pub user: UserId,
    /// What they hold there before it.
    pub before: Vec<Role>,
    /// Roles that they get, each with the id of its grant.
    pub gets: Vec<(Role, GrantId)>,
    /// From when on, and until when, they hold what they get.
    pub during: During,
    /// Roles that they lose.
    pub loses: Vec<Held>,
}

impl Change {
    /// What they hold there after it.
    pub fn after(&self) -> Vec<Role> {
        let kept = self.before.iter();
        let kept = kept.filter(|role| !self.loses.iter().any(|held| held.role == **role));
        kept.chain(self.gets.iter().map(|(role, _)| role))
            .cloned()
            .collect()
    }
}

impl Change {
    /// Asks rule 17 about each of these roles, before any is touched.
    ///
    /// # Errors
    /// The page that names the gate which refuses.
    pub fn ask<P: Place, A: Demand>(
        app: &App,
        scope: &Scope<P, A>,
        found: &Found,
        changes: &[Self],
    ) -> Result<()> {
        if changes.iter().any(|change| !change.gets.is_empty()) {
            scope.refuse_frozen()?;
        }
        let here = act(app, scope, found)?;
        let actor = Actor {
            user: scope.person().id,
            here: &here,
            roles: app.roles(),
        };
        for change in changes {
            for (role, _) in &change.gets {
                let may = actor.may_give(role, change.user);
                may.map_err(|refusal| refused(scope, found, &refusal))?;
            }
            for held in &change.loses {
                if held.scope != found.scope || held.user != change.user {
                    return Err(Error::internal("a role of another place or person"));
                }
                let may = actor.may_take(&held.role, change.user);
                may.map_err(|refusal| refused(scope, found, &refusal))?;
            }
            let lost = change.loses.iter().map(|held| &held.role);
            let mut all = change.gets.iter().map(|(role, _)| role).chain(lost);
            if all.any(|role| *role == Builtin::Owner.into()) {
                return Err(Error::internal("ownership is passed on elsewhere"));
            }
        }
        Ok(())
    }

    /// Asks of each of these roles whether its person, whose login nobody may have proven, can have it (S15).
    ///
    /// # Errors
    /// The page that names the gate which refuses.
    pub fn ask_proven<P: Place, A: Demand>(
        conn: &mut Conn,
        app: &App,
        scope: &Scope<P, A>,
        found: &Found,
        changes: &[Self],
    ) -> Result<()> {
        let unproven = Self::unproven(conn, app, scope, found, changes)?;
        match unproven.into_iter().next() {
            Some((.., why)) => Err(Refusal::new("role", why).to(scope)),
            None => Ok(()),
        }
    }

    /// Which of these roles their person cannot have for that, each with the sentence that says why: a review leaves them
    /// out and says so, the act asks once more.
    pub fn unproven<P: Place, A: Demand>(
        conn: &mut Conn,
        app: &App,
        scope: &Scope<P, A>,
        found: &Found,
        changes: &[Self],
    ) -> Result<Vec<(UserId, Role, String)>> {
        let gets = |change: &Self, role: &Role| change.gets.iter().any(|(got, _)| got == role);
        let all = changes.iter().flat_map(|change| &change.gets);
        let mut roles: Vec<&Role> = all.map(|(role, _)| role).collect();
        roles.sort_unstable();
        roles.dedup();
        let mut all = Vec::new();
        for role in roles {
            let getting = changes.iter().filter(|change| gets(change, role));
            let people: Vec<UserId> = getting.map(|change| change.user).collect();
            let given = (role, &found.scope, people.as_slice());
            let these = unproven(conn, app, scope.account().id, given, scope.now())?;
            all.extend(
                these
                    .into_iter()
                    .map(|(user, why)| (user, role.clone(), why)),
            );
        }
        Ok(all)
    }
}

/// A change as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    user: UserId,
    got: Vec<GrantId>,
    lost: Vec<Lost>,
    /// Every grant that the person had on the place afterwards.
    after: Vec<GrantId>,
    /// And until when each of them held then. Kept by an earlier version: none.
    #[serde(default)]
    ends: Vec<(GrantId, Option<Ts>)>,
    /// What waited for the person until they got the same by this.
    #[serde(default)]
    woken: Vec<Asleep>,
    /// The mail that tells the person of it, where that is not sent once it is taken back.
    #[serde(default)]
    mail: Option<MailId>,
}

/// Roles that somebody got at a place by themselves, not by a [`Change`].
#[derive(Clone, Debug)]
pub struct Got {
    /// Who.
    pub user: UserId,
    /// The grants that are new.
    pub grants: Vec<GrantId>,
    /// The mail that tells them, if one does.
    pub mail: Option<MailId>,
}

impl Line {
    /// Whether the person holds on the place what they held after the change: the same grants, until the same days.
    /// What has ended by itself meanwhile is no change.
    fn is_as_left(&self, held: &[(UserId, GrantId, Option<Ts>)], now: Ts) -> bool {
        let over = |end: &Option<Ts>| end.is_some_and(|end| end <= now);
        if self.ends.len() != self.after.len() {
            return ids_of(held, self.user) == self.after;
        }
        let own = held.iter().filter(|(holder, ..)| *holder == self.user);
        let own = own.filter(|(.., end)| !over(end));
        let own: Vec<(GrantId, Option<Ts>)> = own.map(|(_, grant, end)| (*grant, *end)).collect();
        let left = self.ends.iter().filter(|(_, end)| !over(end));
        left.eq(own.iter())
    }
}

/// A grant that went, with all that it takes to have it back as it was.
#[derive(Debug, Serialize, Deserialize)]
struct Lost {
    grant: GrantId,
    role: String,
    given_by: Option<UserId>,
    given_at: Ts,
    starts_at: Option<Ts>,
    ends_at: Option<Ts>,
    #[serde(default)]
    reached: Option<String>,
}

/// Changes the roles of these people at the place, in the name of whoever acts: everything is asked first, and one
/// role that is refused refuses the whole. Each is told by a notice. Owner is none of these roles: nobody becomes or
/// stops being one here.
pub fn change<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
    (id, changes): (ChangeId, &[Change]),
) -> Result<()> {
    Change::ask(app, scope, found, changes)?;
    Change::ask_proven(conn, app, scope, found, changes)?;
    let (account, now) = (scope.account().id, scope.now());
    let people: Vec<UserId> = changes.iter().map(|change| change.user).collect();
    let before = held_at(conn, scope, found, &people)?;
    let asleep = sleeping(conn, account, &people)?;
    for change in changes {
        for role in &change.gets {
            let new = New {
                account,
                role: role.clone(),
                to: change.user,
                by: scope.person().id,
                during: change.during,
            };
            store(conn, app, found, &new, now)?;
        }
        let gone: Vec<GrantId> = change.loses.iter().map(|held| held.grant).collect();
        storing::remove(conn, &gone)?;
        write_down(conn, scope, found, (id, change), false)?;
    }
    let after = held_at(conn, scope, found, &people)?;
    let told = tell(conn, app, scope, (&before, &after), &[])?;
    let mut lost = |change: &Change| -> Result<Vec<Lost>> {
        let lost = change.loses.iter();
        lost.map(|held| Lost::of(conn, account, held)).collect()
    };
    let line = |change: &Change| {
        let told = told.iter().find(|told| told.user == change.user);
        let got = Got {
            user: change.user,
            grants: change.gets.iter().map(|(_, grant)| *grant).collect(),
            mail: told.map(|told| told.mail),
        };
        Ok((got, lost(change)?))
    };
    let lines = changes.iter().map(line).collect::<Result<_>>()?;
    keep_lines(conn, scope, found, (id, lines, asleep))
}

/// Keeps what these people got at the place just now, so that it can be taken back like a change. `asleep` is what waited
/// for them before.
pub fn keep_given<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    found: &Found,
    (id, given, asleep): (ChangeId, Vec<Got>, Sleeping),
) -> Result<()> {
    let lines = given.into_iter().map(|got| (got, Vec::new())).collect();
    keep_lines(conn, scope, found, (id, lines, asleep))
}

/// Keeps who got and lost what, and how each of them was left.
fn keep_lines<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    found: &Found,
    (id, lines, asleep): (ChangeId, Vec<(Got, Vec<Lost>)>, Sleeping),
) -> Result<()> {
    let account = scope.account().id;
    let people: Vec<UserId> = lines.iter().map(|(got, _)| got.user).collect();
    let after = grants_of(conn, account, found, &people)?;
    let woken = asleep.woken(&sleeping(conn, account, &people)?);
    let line = |(got, lost): (Got, Vec<Lost>)| Line {
        user: got.user,
        lost,
        woken: woken
            .iter()
            .filter(|(user, _)| *user == got.user)
            .map(|(_, asleep)| asleep.clone())
            .collect(),
        after: ids_of(&after, got.user),
        ends: after
            .iter()
            .filter(|(holder, ..)| *holder == got.user)
            .map(|(_, grant, end)| (*grant, *end))
            .collect(),
        got: got.grants,
        mail: got.mail,
    };
    let lines: Vec<Line> = lines.into_iter().map(line).collect();
    let (.., scope_id) = columns(account, &found.scope);
    keep(conn, scope, (id, scope_id), &lines)
}

impl Lost {
    fn of(conn: &mut Conn, account: AccountId, held: &Held) -> Result<Self> {
        Ok(Self {
            grant: held.grant,
            role: held.role.as_str().to_owned(),
            given_by: held.given_by,
            given_at: held.given_at,
            starts_at: held.starts_at,
            ends_at: held.ends_at,
            reached: reached(conn, account, (&held.role, &held.scope))?,
        })
    }
}

/// One event a person: what they held there before and after, and which change it belongs to.
pub(super) fn write_down<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    found: &Found,
    (id, change): (ChangeId, &Change),
    undone: bool,
) -> Result<()> {
    let (mut before, mut after) = (change.before.clone(), change.after());
    before.sort_unstable();
    after.sort_unstable();
    let keys = |roles: &[Role]| -> Vec<String> {
        roles.iter().map(|role| role.as_str().to_owned()).collect()
    };
    let mut details = json!({
        "scope": found.scope.level().as_str(), "place": found.name, "change": id, "undo": undone,
        "before": keys(&before), "after": keys(&after),
    });
    name_own(&mut details, before.iter().chain(&after));
    let (starts_at, ends_at) = change.during;
    for (name, at) in [("starts_at", starts_at), ("ends_at", ends_at)] {
        if let (Some(at), Some(details)) = (at, details.as_object_mut()) {
            details.insert(name.to_owned(), json!(at));
        }
    }
    let event = scope
        .event(Action::RolesChanged)
        .on(Target::user(change.user))
        .details(details);
    audit::record(conn, &located(event, &found.scope))?;
    Ok(())
}

/// Every grant of these people on the place, also what has ended, and until when.
fn grants_of(
    conn: &mut Conn,
    account: AccountId,
    found: &Found,
    people: &[UserId],
) -> Result<Vec<(UserId, GrantId, Option<Ts>)>> {
    let (.., scope_id) = columns(account, &found.scope);
    Ok(grants::table
        .filter(grants::account_id.eq(account))
        .filter(grants::scope_id.eq(scope_id))
        .filter(among(grants::user_id, people))
        .order(grants::id.asc())
        .select((grants::user_id, grants::id, grants::ends_at))
        .load(conn)?)
}

/// The ids among them that are this person's.
fn ids_of(all: &[(UserId, GrantId, Option<Ts>)], user: UserId) -> Vec<GrantId> {
    let own = all.iter().filter(|(holder, ..)| *holder == user);
    own.map(|(_, grant, _)| *grant).collect()
}
