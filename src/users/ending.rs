//! Deactivating people and removing guests: who may, what stands in the way, and what it ends (rules 11, 14; S3, S4).

use diesel::prelude::*;
use serde_json::json;

use super::model::{Reach, Shown, manageable, reach, reach_of};
use crate::access::gate::{Demand, Somewhere};
use crate::access::give::Act;
use crate::access::permission::{Key, UsersManage};
use crate::access::place::{Account, Place, Whole};
use crate::access::refusal::Refusal;
use crate::access::resolve;
use crate::access::role::{Builtin, Role, RoleTable};
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::schema::{organizations, projects, users};
use crate::db::types::{AccountId, OrganizationId, ProjectId, UserId};
use crate::db::{Conn, MultiBackend, among};
use crate::error::{Error, Result};
use crate::members::{self, Status};

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Missing projects are named up to so many.
const NAMED: usize = 5;

/// Projects are counted up to so many; with more, the missing ones are named all the same.
const COUNTED: usize = 200;

/// What a deactivation or removal would be about: the person, proven to be one whom the acting person may end.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Who.
    pub shown: Shown,
    /// Whether their login has its home here, so that their sessions end too.
    pub home: bool,
}

/// The person, if the acting person may deactivate them now.
///
/// # Errors
/// Not found outside of the reach; a refusal that names what is missing; a conflict when they are not active.
pub fn ending(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Ending> {
    let shown = may_end(conn, app, scope, id)?;
    if Status::parse(&shown.row.status)? != Status::Active {
        let (first, last) = (&shown.row.first_name, &shown.row.last_name);
        return Err(Error::Conflict(format!(
            "{first} {last} is not active, so there is nothing to deactivate."
        )));
    }
    let home = members::is_home(conn, scope.account().id, id)?;
    Ok(Ending { shown, home })
}

/// The person, if the acting person may end and restore their membership: the whole of S4, and nobody's betters.
pub(super) fn may_end(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Shown> {
    let shown = manageable(conn, app.roles(), scope, id)?;
    if let Some(missing) = missing(conn, app, scope, id)? {
        return Err(not_reached(conn, scope, id, missing));
    }
    let high: [Role; 2] = [Builtin::Owner.into(), Builtin::Admin.into()];
    for held in members::held_by(conn, scope.account().id, id)? {
        if high.contains(&held.role) && !members::may(conn, app, scope, (Act::Take, &held))? {
            let who = only_by(&held.role);
            let lacks = members::lacks(conn, app, scope, (Act::Take, &held))?;
            return Err(not_taken(conn, scope, &held, (who.to_owned(), lacks)));
        }
    }
    Ok(shown)
}

/// Who alone shuts out an Owner or an Admin, in a sentence.
pub fn only_by(role: &Role) -> &'static str {
    if *role == Builtin::Owner.into() {
        "An Owner can be deactivated only by an Owner."
    } else {
        "An Admin can be deactivated only by another Admin or an Owner."
    }
}

/// Whoever manages users in the whole account reaches everybody's home (S4).
fn not_reached(conn: &mut Conn, scope: &Manager, id: UserId, missing: String) -> Error {
    let role = Builtin::Viewer.into();
    let apart = [scope.person().id, id];
    let whom = (scope.account().id, apart.as_slice());
    let ask = members::who_decides(conn, whom, &role, scope.now()).unwrap_or_default();
    let lacks = (Key::UsersManage, scope.account().id.to_string());
    let refusal = Refusal::new("scope", missing).asking(ask);
    refusal.explained(scope.account(), Some(lacks)).to(scope)
}

/// A role of theirs is not the acting person's to take: with those who can, and they alone.
pub(super) fn not_taken(
    conn: &mut Conn,
    scope: &Manager,
    held: &members::Held,
    (sentence, lacks): (String, Option<(Key, String)>),
) -> Error {
    let apart = [scope.person().id, held.user];
    let whom = (scope.account().id, apart.as_slice());
    let ask = members::who_decides(conn, whom, &held.role, scope.now()).unwrap_or_default();
    let refusal = Refusal::new("role", sentence).asking(ask);
    refusal.explained(scope.account(), lacks).to(scope)
}

/// What the acting person lacks of S4, in a sentence: `users.manage` at the person's home itself, or on every active
/// project of it.
fn missing(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Option<String>> {
    let account = scope.account();
    let home = members::home_organization(conn, account.id, id)?;
    let place_of =
        |conn: &mut Conn, target| members::place_of(conn, account.id, &account.name, target);
    let inside = match home {
        Some(home) => match place_of(conn, members::Target::Organization(home)) {
            Ok(found) => Some((home, found)),
            // A home organization that is gone leaves the account as the home (S2).
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let (home, at_home) = match inside {
        Some((home, found)) => (Some(home), found),
        None => (None, place_of(conn, members::Target::Account(account.id))?),
    };
    let here = resolve::resolve(app.roles(), scope.grants(), &at_home.place, scope.now());
    if here.permissions.contains_key(Key::UsersManage) {
        return Ok(None);
    }
    let within = match home {
        Some(home) => Some(crate::organizations::with_descendants(conn, vec![home])?),
        None => None,
    };
    let reach = reach(conn, app.roles(), scope)?;
    let lacking = lacking(conn, account.id, within.as_deref(), &reach)?;
    Ok(lacking.sentence(account, &at_home.name))
}

/// What somebody who manages users in some places lacks to deactivate people.
#[derive(Clone, Debug)]
pub struct Lacks {
    /// In a sentence.
    pub why: String,
    /// The projects that it names.
    pub missing: Vec<(ProjectId, String)>,
}

/// What the reader, who manages users in these places, lacks to deactivate people whose home is the account itself;
/// none: nothing. Said once for a whole list; of one person [`ending`] has the last word.
pub fn lacking_in(conn: &mut Conn, account: &Account, reach: &Reach) -> Result<Option<Lacks>> {
    let lacking = lacking(conn, account.id, None, reach)?;
    let missing = match &lacking {
        Lacking::These { named, .. } => named.clone(),
        Lacking::Nothing | Lacking::NoProjects => Vec::new(),
    };
    let why = lacking.sentence(account, &account.name);
    Ok(why.map(|why| Lacks { why, missing }))
}

/// Whether this project is named to the acting person as one in which they lack User Management ([`lacking_in`]): so
/// they know of it, whether or not they see it.
pub fn is_lacked<P: Place, A: Demand>(
    conn: &mut Conn,
    roles: &RoleTable,
    scope: &Scope<P, A>,
    id: ProjectId,
) -> Result<bool> {
    let mut manages = resolve::holding(roles, scope.grants(), Key::UsersManage, scope.now());
    if manages.next().is_none() {
        return Ok(false);
    }
    let reach = reach_of(conn, roles, scope, Key::UsersManage)?;
    let lacks = lacking_in(conn, scope.account(), &reach)?;
    Ok(lacks.is_some_and(|lacks| lacks.missing.iter().any(|(known, _)| *known == id)))
}

/// Those of these people whose home is one of these organizations: one statement.
pub fn at_home_in(conn: &mut Conn, reach: &Reach, people: &[UserId]) -> Result<Vec<UserId>> {
    let Reach::Places { organizations, .. } = reach else {
        return Ok(Vec::new());
    };
    let homes: Vec<(UserId, Option<OrganizationId>)> = users::table
        .filter(among(users::id, people))
        .select((users::id, users::home_organization_id))
        .load(conn)?;
    let inside = |home: &OrganizationId| organizations.contains(home);
    Ok(homes
        .into_iter()
        .filter(|(_, home)| home.as_ref().is_some_and(inside))
        .map(|(user, _)| user)
        .collect())
}

enum Lacking {
    Nothing,
    NoProjects,
    These {
        named: Vec<(ProjectId, String)>,
        more: bool,
        /// How many active ones there are, and in how many the reader manages users; none: too many to count.
        counted: Option<(usize, usize)>,
    },
}

impl Lacking {
    fn sentence(self, account: &Account, home: &str) -> Option<String> {
        let word = account.word_plural.to_lowercase();
        match self {
            Self::Nothing => None,
            Self::NoProjects => Some(format!(
                "Deactivating needs User Management in the whole of {home}. It has no active {word} in which you could have it instead."
            )),
            Self::These {
                named,
                more,
                counted,
            } => {
                let names: Vec<String> = named.into_iter().map(|(_, name)| name).collect();
                let others = if more { " and others" } else { "" };
                let of = if home == account.name {
                    String::new()
                } else {
                    format!(" of {home}")
                };
                let needs = match counted {
                    Some((1, _)) => {
                        let word = account.word_singular.to_lowercase();
                        format!("the only active {word}{of}.")
                    }
                    Some((all, held)) => {
                        let held = if held == 0 {
                            "none".to_owned()
                        } else {
                            held.to_string()
                        };
                        format!("all {all} active {word}{of}. You have it in {held}.")
                    }
                    None => format!("all active {word}{of}."),
                };
                Some(format!(
                    "Deactivating needs User Management in {needs} Missing: {}{others}.",
                    names.join(", ")
                ))
            }
        }
    }
}

type Active = diesel::helper_types::IntoBoxed<
    'static,
    diesel::helper_types::InnerJoin<projects::table, organizations::table>,
    MultiBackend,
>;

/// The active projects of the home that the reach does not hold.
fn lacking(
    conn: &mut Conn,
    account: AccountId,
    within: Option<&[OrganizationId]>,
    reach: &Reach,
) -> Result<Lacking> {
    let Reach::Places {
        organizations: reached,
        projects: these,
        ..
    } = reach
    else {
        return Ok(Lacking::Nothing);
    };
    let active = || -> Active {
        let query = projects::table
            .inner_join(organizations::table)
            .into_boxed::<MultiBackend>()
            .filter(projects::account_id.eq(account))
            .filter(projects::status.eq("active"))
            .filter(organizations::status.eq("active"));
        match within {
            Some(within) => query.filter(projects::organization_id.eq_any(within.to_vec())),
            None => query,
        }
    };
    let limit = |most: usize| i64::try_from(most).map_or(i64::MAX, |most| most.saturating_add(1));
    let order = (projects::name_key.asc(), projects::id.asc());
    let all: Vec<(ProjectId, OrganizationId, String)> = active()
        .order(order)
        .limit(limit(COUNTED))
        .select((projects::id, projects::organization_id, projects::name))
        .load(conn)?;
    if all.is_empty() {
        return Ok(Lacking::NoProjects);
    }
    let (mut named, counted): (Vec<(ProjectId, String)>, _) = if all.len() > COUNTED {
        let named = active()
            .filter(projects::organization_id.ne_all(reached.clone()))
            .filter(projects::id.ne_all(these.clone()))
            .order(order)
            .limit(limit(NAMED.saturating_add(1)))
            .select((projects::id, projects::name))
            .load(conn)?;
        (named, None)
    } else {
        let number = all.len();
        let missing = all
            .into_iter()
            .filter(|(id, within, _)| !(reached.contains(within) || these.contains(id)));
        let named: Vec<(ProjectId, String)> = missing.map(|(id, _, name)| (id, name)).collect();
        let held = number.saturating_sub(named.len());
        (named, Some((number, held)))
    };
    // "And others" stands for several: one alone takes no more room by its name.
    let more = named.len() > NAMED.saturating_add(1);
    if more {
        named.truncate(NAMED);
    }
    Ok(if named.is_empty() {
        Lacking::Nothing
    } else {
        Lacking::These {
            named,
            more,
            counted,
        }
    })
}

/// Deactivates: every right here ends with the next request; at the home the sessions end at once (S3). Says who.
pub fn deactivate(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (id, reason): (UserId, Option<&str>),
) -> Result<Ending> {
    let ending = ending(conn, app, scope, id)?;
    let account = scope.account().id;
    members::deactivate(
        conn,
        (account, id),
        (scope.person().id, reason),
        scope.now(),
    )?;
    // Whoever has proven no home, and has no other account to be in, has nothing left to be signed in for.
    let sessions = if ending.home || members::is_nowhere(conn, id)? {
        crate::sessions::end_all(conn, id)?
    } else {
        0
    };
    let row = &ending.shown.row;
    let event = scope
        .event(Action::UserDeactivated)
        .on(Target::user(id))
        .details(json!({ "reason": reason, "sessions_ended": sessions }))
        .about(&row.first_name, &row.last_name, &row.email);
    audit::record(conn, &event)?;
    Ok(ending)
}

/// The guest, if the acting person may remove them: every one of their roles must be one that they may take. Of a guest
/// who is shut out it takes what bringing them back takes (S4): once removed they could be invited anew.
pub fn removable(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Shown> {
    let shown = manageable(conn, app.roles(), scope, id)?;
    let (first, last) = (&shown.row.first_name, &shown.row.last_name);
    let status = Status::parse(&shown.row.status)?;
    if shown.row.kind != "guest" || status == Status::Invited {
        return Err(Error::Conflict(format!(
            "{first} {last} is not a guest here: deactivate them, or withdraw their invitation."
        )));
    }
    if status == Status::Deactivated
        && let Some(missing) = missing(conn, app, scope, id)?
    {
        return Err(not_reached(conn, scope, id, missing));
    }
    for held in members::held_and_waiting(conn, scope.account().id, id, scope.now())? {
        if !members::may(conn, app, scope, (Act::Take, &held))? {
            let sentence = format!(
                "{first} {last} holds a role that you cannot take away, or it waits for them."
            );
            let lacks = members::lacks(conn, app, scope, (Act::Take, &held))?;
            return Err(not_taken(conn, scope, &held, (sentence, lacks)));
        }
    }
    Ok(shown)
}

/// Removes a guest: their roles end and they are in the account no longer. Their login, their sessions and their home
/// are not touched (rule 11, S3).
pub fn remove_guest(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Shown> {
    let shown = removable(conn, app, scope, id)?;
    let account = scope.account().id;
    let roles = members::held_by(conn, account, id)?;
    for held in &roles {
        members::revoke(conn, scope, held)?;
    }
    members::discard_all(conn, scope, id)?;
    crate::welcome::withdraw(conn, account, id, scope.now())?;
    members::remove(conn, (account, id), scope.now())?;
    let row = &shown.row;
    let event = scope
        .event(Action::UserRemoved)
        .on(Target::user(id))
        .details(json!({ "roles": roles.len() }))
        .about(&row.first_name, &row.last_name, &row.email);
    audit::record(conn, &event)?;
    Ok(shown)
}
