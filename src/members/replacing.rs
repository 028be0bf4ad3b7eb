//! Another role in the place of one, wherever that is held: for a role of the account that is to be deleted (rule 19).
//! It is taken and given by rule 17 at each of the places, as far below it and for as long as it was held for. Whoever
//! holds the other one there already holds afterwards what both were together, and nothing is done where no one grant
//! can say that.

use diesel::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

use super::changing::{Change, write_down};
use super::giving::{columns, refused};
use super::handed::{refuse_unproven, why_unproven};
use super::model::{Held, by_grants};
use super::naming::name_own;
use super::places::{Found, located, standing_of};
use super::storing::{self, Row};
use super::telling::tell;
use crate::access::extent::Extent;
use crate::access::gate::Demand;
use crate::access::give::{self, Actor};
use crate::access::place::Place as GatePlace;
use crate::access::refusal::Refusal;
use crate::access::resolve;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::schema::{grants, memberships};
use crate::db::types::{AccountId, ChangeId, GrantId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::{Error, Result};

/// The most grants that are replaced at once: it is one transaction, and everybody else waits for its end.
pub const MOST_REPLACED: usize = 500;

/// Everything that the holders of a role hold, and which of it is that role.
#[derive(Clone, Debug)]
pub struct Holding {
    /// All of their roles.
    pub all: Vec<Held>,
    /// The role in question.
    pub role: Role,
}

/// What comes in the place of the role where it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    /// Nothing: it has ended by itself.
    Ended,
    /// Nothing: they hold the other one there already, as widely and as long.
    Covered,
    /// The other one, so far and for so long: what they hold of it there already is in it.
    Given(Extent),
    /// One of the two reaches further and the other lasts longer, or there is a time between them: no one grant says
    /// both.
    Torn,
}

/// One of the places where the role is held.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The role there.
    pub held: &'a Held,
    /// The other one, if they hold that there too and it has not ended.
    pub there: Option<&'a Held>,
    /// What comes.
    pub comes: Comes,
}

impl Holding {
    /// Reads it; none: it is held more often than can be replaced at once.
    pub fn load(conn: &mut Conn, account: AccountId, role: &Role) -> Result<Option<Self>> {
        let most = i64::try_from(MOST_REPLACED).unwrap_or(i64::MAX);
        let mut people: Vec<UserId> = grants::table
            .filter(grants::account_id.eq(account))
            .filter(grants::role.eq(role.as_str()))
            .limit(most.saturating_add(1))
            .select(grants::user_id)
            .load(conn)?;
        if people.len() > MOST_REPLACED {
            return Ok(None);
        }
        people.sort_unstable();
        people.dedup();
        let mut all = if people.is_empty() {
            Vec::new()
        } else {
            by_grants(conn, account, &people)?
        };
        all.sort_by_key(|held| held.grant);
        let role = role.clone();
        Ok(Some(Self { all, role }))
    }

    /// The role, wherever it is held.
    pub fn own(&self) -> impl Iterator<Item = &Held> {
        self.all.iter().filter(|held| held.role == self.role)
    }

    /// Whether nobody holds it.
    pub fn is_nobodys(&self) -> bool {
        self.own().next().is_none()
    }

    /// What the person of this grant holds on its place, this included.
    fn at<'a>(&'a self, held: &'a Held) -> impl Iterator<Item = &'a Held> {
        let here = move |one: &&Held| one.user == held.user && one.scope.is_at(&held.scope);
        self.all.iter().filter(here)
    }

    /// What another role in its place comes to, wherever it is held.
    pub fn steps(&self, new: &Role, now: Ts) -> Vec<Step<'_>> {
        let step = |held| {
            let mut others = self.at(held).filter(|one| one.role == *new);
            let there = others.find(|one| !one.extent().is_over(now));
            let own = held.extent();
            let both = match there {
                None => Some(own),
                Some(there) => there.extent().with(&own, now),
            };
            let is_covered = there.is_some_and(|there| there.extent().covers(&own, now));
            let comes = match both {
                _ if own.is_over(now) => Comes::Ended,
                _ if is_covered => Comes::Covered,
                Some(both) => Comes::Given(both),
                None => Comes::Torn,
            };
            Step { held, there, comes }
        };
        self.own().map(step).collect()
    }

    /// Asks rule 17 about each of them, before any is touched: whether the acting person may take the one and give the
    /// other where it is held.
    ///
    /// # Errors
    /// The page that names the gate which refuses.
    pub fn ask<P: GatePlace, A: Demand>(
        &self,
        conn: &mut Conn,
        app: &App,
        scope: &Scope<P, A>,
        new: &Role,
    ) -> Result<()> {
        if *new == Builtin::Owner.into() {
            let sentence = "Ownership is passed on by itself: open Ownership in the account.";
            return Err(Refusal::new("role", sentence).to(scope));
        }
        let mut known: BTreeMap<GrantId, resolve::Resolution> = BTreeMap::new();
        for held in self.own() {
            let found = self.found(scope, held);
            let at = held.scope.id(scope.account().id);
            // With everything below it is another place than the organization alone.
            let key = if held.is_below() { held.grant } else { at };
            let here = match known.remove(&key) {
                Some(here) => here,
                None => {
                    let place = standing_of(conn, scope.account().id, &held.scope)?;
                    let place = place.ok_or(Error::NotFound)?;
                    resolve::resolve(app.roles(), scope.grants(), &place, scope.now())
                }
            };
            let actor = Actor {
                user: scope.person().id,
                here: &here,
                roles: app.roles(),
            };
            let asked = actor.may_take(&held.role, held.user);
            let asked = asked.and_then(|()| actor.may_give(new, held.user));
            asked.map_err(|refusal: give::Refusal| refused(scope, &found, &refusal))?;
            known.insert(key, here);
            let given = (new, &held.scope, held.user);
            let unproven = why_unproven(conn, app, scope.account().id, given, scope.now())?;
            if let Some(why) = unproven {
                return Err(Refusal::new("role", why).to(scope));
            }
        }
        Ok(())
    }

    fn found<P: GatePlace, A: Demand>(&self, scope: &Scope<P, A>, held: &Held) -> Found {
        let name = held.place.clone();
        Found {
            scope: held.scope,
            place: resolve::Place::Account,
            name: name.unwrap_or_else(|| scope.account().name.clone()),
            organization: held.within.clone(),
            archived: false,
        }
    }

    /// Puts the other role in the place of each: all of it or nothing, one event and one notice a person and place.
    pub fn replace<P: GatePlace, A: Demand>(
        &self,
        conn: &mut Conn,
        app: &App,
        scope: &Scope<P, A>,
        (new, id, ids): (&Role, ChangeId, &[GrantId]),
    ) -> Result<()> {
        self.ask(conn, app, scope, new)?;
        let (account, now) = (scope.account().id, scope.now());
        let people: Vec<UserId> = self.own().map(|held| held.user).collect();
        let keys: Vec<(UserId, String)> = memberships::table
            .filter(memberships::account_id.eq(account))
            .filter(among(memberships::user_id, &people))
            .select((memberships::user_id, memberships::sort_key))
            .load(conn)?;
        let keys: BTreeMap<UserId, String> = keys.into_iter().collect();
        for (step, grant) in self.steps(new, now).into_iter().zip(ids) {
            let held = step.held;
            let extent = match step.comes {
                Comes::Ended => {
                    super::expiring::expire(conn, &[held.grant], now)?;
                    continue;
                }
                Comes::Covered => None,
                Comes::Given(extent) => Some(extent),
                Comes::Torn => {
                    return Err(Error::Conflict(format!(
                        "Nothing was changed: somebody holds {new} in one of these places already, and no one role says both."
                    )));
                }
            };
            let found = self.found(scope, held);
            let others: Vec<&Held> = self.at(held).filter(|one| one.role == *new).collect();
            let before = self.at(held).filter(|one| !one.extent().is_over(now));
            let change = Change {
                user: held.user,
                before: before.map(|one| one.role.clone()).collect(),
                gets: if step.there.is_none() {
                    vec![(new.clone(), *grant)]
                } else {
                    Vec::new()
                },
                during: (None, None),
                loses: vec![held.clone()],
            };
            storing::remove(conn, &[held.grant])?;
            if let Some(extent) = extent {
                let others: Vec<GrantId> = others.iter().map(|one| one.grant).collect();
                super::expiring::expire(conn, &others, now)?;
                storing::remove(conn, &others)?;
                let (group, organization, project, scope_id) = columns(account, &held.scope);
                let row = Row {
                    id: *grant,
                    account,
                    user: held.user,
                    role: new,
                    scope: held.scope.level().as_str(),
                    scope_id,
                    group,
                    organization,
                    project,
                    below: extent.below,
                    starts_at: extent.starts_at,
                    ends_at: extent.ends_at,
                    sort_key: keys.get(&held.user).map_or("", String::as_str),
                    given_by: Some(scope.person().id),
                };
                refuse_unproven(conn, app, account, (new, &held.scope, held.user), now)?;
                storing::insert(conn, &row, now)?;
                if let Some(there) = step.there {
                    grown(conn, scope, &found, (there, &extent))?;
                }
            }
            write_down(conn, scope, &found, (id, &change), false)?;
        }
        let mut people = people;
        people.sort_unstable();
        people.dedup();
        let after = if people.is_empty() {
            Vec::new()
        } else {
            by_grants(conn, account, &people)?
        };
        tell(conn, app, scope, (&self.all, &after), &[])?;
        Ok(())
    }
}

/// Writes down that a role which was held already reaches further or lasts longer.
fn grown<P: GatePlace, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    found: &Found,
    (there, extent): (&Held, &Extent),
) -> Result<()> {
    let mut details = json!({
        "role": there.role.as_str(), "scope": there.scope.level().as_str(), "place": found.name,
        "below_before": there.is_below(), "below": extent.below,
        "starts_at": extent.starts_at,
        "ended_at_before": there.ends_at, "ends_at": extent.ends_at,
    });
    name_own(&mut details, [&there.role]);
    let event = scope
        .event(Action::RolesChanged)
        .on(Target::user(there.user))
        .details(details);
    audit::record(conn, &located(event, &there.scope))?;
    Ok(())
}
