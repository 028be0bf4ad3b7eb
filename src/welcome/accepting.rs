//! What a link tells, and what using a welcome does: a password set.

use diesel::prelude::*;
use serde_json::json;

use super::model::{self, Opened};
use crate::access::gate::{OpenScope, OpeningLinks};
use crate::access::role::{Role, RoleTable};
use crate::audit::{self, Action, Actor, Event};
use crate::db::Conn;
use crate::db::schema::{accounts, memberships, users};
use crate::db::types::{AccountId, UserId};
use crate::error::Result;
use crate::members::{self, Held};
use crate::web::view::GivenRole;
use crate::web::word;
use crate::{passwords, sessions};

/// What the page of a link tells.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Who added them.
    pub inviter: String,
    /// The first place that roles were given on; empty for the account itself.
    pub place: String,
    /// The roles that wait.
    pub roles: Vec<GivenRole>,
}

/// Reads who invited whom to what.
pub fn facts(conn: &mut Conn, roles: &RoleTable, link: &Opened) -> Result<Facts> {
    match &link.account {
        Some((account, name)) => facts_of(conn, roles, (*account, name), link.user),
        None => Ok(Facts::default()),
    }
}

/// The same, without a link.
pub(super) fn facts_of(
    conn: &mut Conn,
    table: &RoleTable,
    (account, account_name): (AccountId, &str),
    user: UserId,
) -> Result<Facts> {
    let inviter: Option<(String, String)> = memberships::table
        .inner_join(users::table.on(memberships::invited_by.eq(users::id.nullable())))
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select((users::first_name, users::last_name))
        .first(conn)
        .optional()?;
    let held = members::held_by(conn, account, user)?;
    let place = held
        .first()
        .and_then(|held| held.place.clone())
        .unwrap_or_default();
    let words: (String, String) = accounts::table
        .filter(accounts::id.eq(account))
        .select((accounts::word_singular, accounts::word_plural))
        .first(conn)?;
    let roles = held
        .into_iter()
        .map(|held| given(held, table, (account_name, &words)))
        .collect();
    let inviter = inviter.map_or_else(
        || account_name.to_owned(),
        |(first, last)| format!("{first} {last}"),
    );
    Ok(Facts {
        inviter,
        place,
        roles,
    })
}

fn given(
    held: Held,
    table: &RoleTable,
    (account, (one, many)): (&str, &(String, String)),
) -> GivenRole {
    let place = match (held.place, held.within) {
        (Some(place), Some(within)) => format!("{place} ({within})"),
        (Some(place), None) => place,
        (None, _) => account.to_owned(),
    };
    GivenRole {
        label: held.role.label().to_owned(),
        place,
        description: match &held.role {
            role @ Role::Builtin(_) => word::put(table.sentence(role), one, many),
            Role::Custom(role) => role.description.clone(),
        },
    }
}

/// Uses a welcome link: stores the password where none was set. A mailed token proves the address, a copied one
/// does not (S15). False when the link was taken meanwhile.
pub fn set_password(
    conn: &mut Conn,
    scope: &OpenScope<OpeningLinks>,
    link: &Opened,
    hash: Option<&str>,
) -> Result<bool> {
    let now = scope.now();
    // What the page went by may have changed while the password was hashed: whoever proved the address meanwhile has
    // chosen a password, and found a home (S1).
    if !model::is_as_opened(conn, link)? || !model::consume(conn, link.id, now)? {
        return Ok(false);
    }
    let Some((account, _)) = &link.account else {
        return Ok(false);
    };
    if let Some(hash) = hash {
        // What somebody else may have opened before the address was proven ends here.
        passwords::set(conn, link.user, hash, now)?;
        sessions::end_all(conn, link.user)?;
    }
    if link.proves_address {
        passwords::verified(conn, link.user, now)?;
    }
    // In, but not come in yet: stays invited without an end (S15).
    model::set_expiry(conn, *account, link.user, None)?;
    let event = Event::new(*account, Action::PasswordChanged, now)
        .by(Actor::User(link.user))
        .on(audit::Target::user(link.user))
        .details(json!({ "link": link.id.to_string(), "by_mail": link.proves_address, "set": hash.is_some() }))
        .at_visit(scope.visit());
    audit::record(conn, &event)?;
    Ok(true)
}
