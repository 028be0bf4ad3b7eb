//! Rows of an account's own roles (rule 19). Who may is asked by [`rule`](super::rule) before anything here is called.

use diesel::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::access::custom::{self, CustomRole, MOST};
use crate::access::permission::RolesManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::audit::{self, Action, Target};
use crate::db::schema::{custom_roles, dormant_grants};
use crate::db::types::{AccountId, RoleId, Ts, UserId};
use crate::db::{Conn, violation};
use crate::error::{Error, Result};
use crate::web::field::fold;

/// Whoever composes roles.
pub type Composing = Scope<Whole, RolesManage>;

/// A role with what its page needs besides.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The role.
    pub role: Arc<CustomRole>,
    /// Tells one state of it from the next.
    pub version: i64,
    /// When it was last changed.
    pub changed_at: Ts,
}

/// What is in a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The names of its permissions, in the order of the matrix.
    pub permissions: Vec<String>,
}

impl Content {
    /// Of a role that is there.
    pub fn of(role: &CustomRole) -> Self {
        Self {
            name: role.name.clone(),
            description: role.description.clone(),
            permissions: role.permissions().to_vec(),
        }
    }

    fn told(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "permissions": self.permissions,
        })
    }
}

/// Why a role is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Another role of the account has this name.
    NameTaken,
    /// The account has as many as there can be.
    Most,
}

/// The role with this id in the account; another account's is not found.
pub fn find(conn: &mut Conn, account: AccountId, id: RoleId) -> Result<Stored> {
    let (row, version, changed_at): (custom::Row, i64, Ts) = custom_roles::table
        .filter(custom_roles::account_id.eq(account))
        .filter(custom_roles::id.eq(id))
        .select((
            custom::COLUMNS,
            custom_roles::version,
            custom_roles::changed_at,
        ))
        .first(conn)?;
    Ok(Stored {
        role: custom::read(row),
        version,
        changed_at,
    })
}

/// Turns the database's refusal of a second role of the same name into [`Full::NameTaken`].
fn unless_taken(
    done: std::result::Result<usize, diesel::result::Error>,
) -> Result<std::result::Result<(), Full>> {
    let columns = ["account_id", "name_key"];
    match done {
        Ok(_) => Ok(Ok(())),
        Err(e) if violation::is_unique(&e, "custom_roles_name", "custom_roles", &columns) => {
            Ok(Err(Full::NameTaken))
        }
        Err(e) => Err(e.into()),
    }
}

/// Makes a role that nobody holds yet.
pub fn create(
    conn: &mut Conn,
    scope: &Composing,
    (id, content): (RoleId, &Content),
) -> Result<std::result::Result<(), Full>> {
    let account = scope.account().id;
    let there: i64 = custom_roles::table
        .filter(custom_roles::account_id.eq(account))
        .count()
        .get_result(conn)?;
    if there >= MOST {
        return Ok(Err(Full::Most));
    }
    let (by, now) = (scope.person().id, scope.now());
    let done = conn.transaction(|conn| {
        diesel::insert_into(custom_roles::table)
            .values((
                custom_roles::id.eq(id),
                custom_roles::account_id.eq(account),
                custom_roles::name.eq(&content.name),
                custom_roles::name_key.eq(fold(&content.name)),
                custom_roles::description.eq(&content.description),
                custom_roles::permissions.eq(content.permissions.join(" ")),
                custom_roles::version.eq(1_i64),
                custom_roles::created_by.eq(Some(by)),
                custom_roles::created_at.eq(now),
                custom_roles::changed_by.eq(Some(by)),
                custom_roles::changed_at.eq(now),
            ))
            .execute(conn)
    });
    if let Err(full) = unless_taken(done)? {
        return Ok(Err(full));
    }
    let event = scope
        .event(Action::CustomRoleCreated)
        .on(Target::role(id))
        .details(json!({ "after": content.told() }));
    audit::record(conn, &event)?;
    Ok(Ok(()))
}

/// Puts other content into a role: it binds the next request of everybody who holds it.
pub fn change(
    conn: &mut Conn,
    scope: &Composing,
    (before, content): (&Stored, &Content),
) -> Result<std::result::Result<(), Full>> {
    let id = before.role.id;
    let one = custom_roles::table
        .filter(custom_roles::account_id.eq(scope.account().id))
        .filter(custom_roles::id.eq(id))
        .filter(custom_roles::version.eq(before.version));
    let done = conn.transaction(|conn| {
        diesel::update(one)
            .set((
                custom_roles::name.eq(&content.name),
                custom_roles::name_key.eq(fold(&content.name)),
                custom_roles::description.eq(&content.description),
                custom_roles::permissions.eq(content.permissions.join(" ")),
                custom_roles::version.eq(custom_roles::version + 1),
                custom_roles::changed_by.eq(Some(scope.person().id)),
                custom_roles::changed_at.eq(scope.now()),
            ))
            .execute(conn)
    });
    if let Err(full) = unless_taken(done)? {
        return Ok(Err(full));
    }
    let event = scope
        .event(Action::CustomRoleChanged)
        .on(Target::role(id))
        .details(json!({
            "before": Content::of(&before.role).told(), "after": content.told(),
        }));
    audit::record(conn, &event)?;
    Ok(Ok(()))
}

/// For how many people who came back a role waits, until somebody who may give it confirms (S4).
pub fn waiting(conn: &mut Conn, account: AccountId, role: &CustomRole) -> Result<usize> {
    let people: Vec<UserId> = dormant_grants::table
        .filter(dormant_grants::account_id.eq(account))
        .filter(dormant_grants::role.eq(role.key()))
        .select(dormant_grants::user_id)
        .distinct()
        .load(conn)?;
    Ok(people.len())
}

/// Deletes a role that nobody holds any more. Where it waits for somebody who came back (S4), the other one waits in its
/// place, or nothing does. The database refuses to delete one that is held.
pub fn delete(
    conn: &mut Conn,
    scope: &Composing,
    (stored, replacement): (&Stored, Option<&str>),
    people: usize,
) -> Result<()> {
    let (account, role) = (scope.account().id, &stored.role);
    let waiting = dormant_grants::table
        .filter(dormant_grants::account_id.eq(account))
        .filter(dormant_grants::role.eq(role.key()));
    match replacement {
        Some(other) => diesel::update(waiting)
            .set(dormant_grants::role.eq(other))
            .execute(conn)?,
        None => diesel::delete(waiting).execute(conn)?,
    };
    let one = custom_roles::table
        .filter(custom_roles::account_id.eq(account))
        .filter(custom_roles::id.eq(role.id))
        .filter(custom_roles::version.eq(stored.version));
    if diesel::delete(one).execute(conn)? == 0 {
        return Err(Error::NotFound);
    }
    let event = scope
        .event(Action::CustomRoleDeleted)
        .on(Target::role(role.id))
        .details(json!({
            "before": Content::of(role).told(), "replacement": replacement, "people": people,
        }));
    audit::record(conn, &event)?;
    Ok(())
}
