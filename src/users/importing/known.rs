//! The people of a file who are in the account already, and what a row then does.

use diesel::prelude::*;
use std::collections::BTreeMap;

use super::planning::{Verdict, Wanted};
use crate::access::extent::Extent;
use crate::access::gate::Somewhere;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::schema::{grants, memberships, users};
use crate::db::types::{GrantId, Id, Ts, UserId};
use crate::error::Result;
use crate::members::during::last;
use crate::members::{Status, Stays, Target};
use crate::users::model::{Reach, in_reach};
use crate::web::view::relative;

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Addresses asked for in one statement.
pub(super) const AT_ONCE: usize = 500;

/// Somebody who belongs to the account.
struct Person {
    user: UserId,
    status: Status,
    link_expires_at: Option<Ts>,
    seen: bool,
    /// The scope and the name of each role, the grant, and for how long it is held.
    held: Vec<(GrantId, String, GrantId, Extent)>,
}

/// The people of the account whose addresses a file has.
pub(super) struct Known {
    by_key: BTreeMap<String, Person>,
}

/// Whose it is; the scope, the name and the grant of a role; and for how long it is held.
type HeldRow = (
    UserId,
    (GrantId, String, GrantId),
    (bool, Option<Ts>, Option<Ts>),
);

impl Known {
    /// Three statements; of at most [`AT_ONCE`] addresses.
    pub(super) fn load(
        conn: &mut Conn,
        scope: &Manager,
        reach: &Reach,
        keys: &[&str],
    ) -> Result<Self> {
        type Row = (String, UserId, String, Option<Ts>);
        let account = scope.account().id;
        let mut by_key = BTreeMap::new();
        let rows: Vec<Row> = memberships::table
            .inner_join(users::table)
            .filter(memberships::account_id.eq(account))
            .filter(users::email_key.eq_any(keys))
            .select((
                users::email_key,
                users::id,
                memberships::status,
                memberships::link_expires_at,
            ))
            .load(conn)?;
        let ids: Vec<UserId> = rows.iter().map(|(_, id, ..)| *id).collect();
        if ids.is_empty() {
            return Ok(Self { by_key });
        }
        let inside: Vec<UserId> = if *reach == Reach::Account {
            ids.clone()
        } else {
            let rows: Vec<crate::users::Listed> = in_reach(account, reach)
                .filter(memberships::user_id.eq_any(ids.clone()))
                .load(conn)?;
            rows.iter().map(|row| row.id).collect()
        };
        let held: Vec<HeldRow> = grants::table
            .filter(grants::account_id.eq(account))
            .filter(grants::user_id.eq_any(&ids))
            .filter(
                grants::ends_at
                    .is_null()
                    .or(grants::ends_at.gt(scope.now())),
            )
            .select((
                grants::user_id,
                (grants::scope_id, grants::role, grants::id),
                (grants::below, grants::starts_at, grants::ends_at),
            ))
            .load(conn)?;
        for (key, user, status, link_expires_at) in rows {
            let held = held.iter().filter(|(holder, ..)| *holder == user);
            let held = held.map(|(_, (scope, role, grant), (below, starts_at, ends_at))| {
                let extent = Extent {
                    below: *below,
                    starts_at: *starts_at,
                    ends_at: *ends_at,
                };
                (*scope, role.clone(), *grant, extent)
            });
            let person = Person {
                user,
                status: Status::parse(&status)?,
                link_expires_at,
                seen: inside.contains(&user),
                held: held.collect(),
            };
            by_key.insert(key, person);
        }
        Ok(Self { by_key })
    }

    /// What a row does to whom it names.
    pub(super) fn verdict(&self, scope: &Manager, wanted: Wanted) -> Result<Verdict> {
        let account = scope.account();
        let Some(person) = self.by_key.get(&wanted.person.email.key) else {
            return Ok(Verdict::Ready(wanted));
        };
        if person.user == scope.person().id {
            let why = Refusal::new("role", "This is you. You cannot change your own roles.");
            return Ok(Verdict::Problem(why.told()));
        }
        if !person.seen {
            let why = format!(
                "Somebody with this address is in {} already, outside of the places that you manage",
                account.name
            );
            return Ok(Verdict::Problem(why));
        }
        Ok(match person.status {
            Status::Deactivated => Verdict::Inactive(person.user),
            Status::Invited => Verdict::Invited(match person.link_expires_at {
                Some(at) if at > scope.now() => {
                    format!("the link expires {}", relative(at, scope.now()))
                }
                _ => "the link has expired".into(),
            }),
            Status::Active => {
                let place = scope_id(wanted.target);
                let holds = |role: &Role| {
                    let mut held = person.held.iter();
                    held.find(|(scope, name, ..)| *scope == place && name == role.as_str())
                };
                if wanted.roles.iter().all(|role| holds(role).is_some()) {
                    let ends_at = last(&wanted.ends_on, account, scope.now()).unwrap_or_default();
                    let stays = |role: &Role| {
                        let (.., grant, extent) = holds(role)?;
                        let stays = Stays::of(*grant, extent, (None, ends_at), scope.now())?;
                        Some(format!("; {}", stays.words(role, &account.time_zone)))
                    };
                    Verdict::Held(wanted.roles.iter().filter_map(stays).collect())
                } else {
                    let mut held = person.held.iter();
                    let first = !held.any(|(scope, ..)| *scope == place);
                    Verdict::Here(wanted, first)
                }
            }
        })
    }
}

/// What a grant at this place has as the id of its scope.
const fn scope_id(target: Target) -> GrantId {
    let id = match target {
        Target::Account(id) => id.uuid(),
        Target::Group(id) => id.uuid(),
        Target::Organization(id) => id.uuid(),
        Target::Project(id) => id.uuid(),
    };
    Id::from_uuid(id)
}
