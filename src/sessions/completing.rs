//! The first sign-in after a welcome: it makes somebody a member (S1, S14, S15).

use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::{OpenScope, SigningIn};
use crate::app::App;
use crate::audit::{self, Action, Actor, Event};
use crate::db::Conn;
use crate::db::schema::{accounts, links, memberships, users};
use crate::db::types::{AccountId, LinkId, ProjectId, Ts, UserId};
use crate::error::Result;
use crate::members::{self, Status};

/// What somebody has joined by signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The account.
    pub account: AccountId,
    /// The project that they were added to, if it is one: there they land (ux 7.3).
    pub project: Option<ProjectId>,
    /// Whether their address is proven: a link that was copied lets in without that (S15).
    pub verified: bool,
}

/// The first sign-in after a welcome completes it: the account becomes the home if there was none, and the
/// membership comes alive (S1, S14, S15).
pub(super) fn complete(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<SigningIn>,
    user: UserId,
    home: Option<AccountId>,
) -> Result<Option<Joined>> {
    let now = scope.now();
    let used: Option<(LinkId, Option<AccountId>)> = links::table
        .inner_join(memberships::table.on(memberships::user_id.eq(links::user_id)))
        .filter(links::user_id.eq(user))
        .filter(links::purpose.eq("welcome"))
        .filter(links::used_at.is_not_null())
        .filter(links::withdrawn_at.is_null())
        .filter(links::account_id.eq(memberships::account_id.nullable()))
        .filter(memberships::status.eq(Status::Invited.as_str()))
        .order((links::used_at.desc(), links::id.desc()))
        .select((links::id, links::account_id))
        .first(conn)
        .optional()?;
    let Some((link, Some(account))) = used else {
        if home.is_none() {
            members::settle_home(conn, user, now)?;
        }
        return Ok(None);
    };
    if home.is_some_and(|home| home != account) {
        // Became a guest invitation meanwhile: to be accepted, not slipped into.
        return Ok(None);
    }
    let plan: String = accounts::table
        .filter(accounts::id.eq(account))
        .select(accounts::plan)
        .first(conn)?;
    if plan == "frozen" {
        // Signing in works; joining waits until the plan is settled (S22).
        return Ok(None);
    }
    let verified: Option<Ts> = users::table
        .filter(users::id.eq(user))
        .select(users::verified_at)
        .first(conn)?;
    // An address has a home once it is proven; a copied link lets in without that (S1, S15).
    let became = verified.is_some() && members::home_of(conn, user, account, now)?;
    let handed_by = match verified {
        Some(_) => Vec::new(),
        None => members::handed_by(conn, user)?,
    };
    let dropped = members::activate(conn, app, account, user, (false, &handed_by), now)?;
    crate::welcome::welcomed(conn, app, (account, user, now), &dropped)?;
    let dropped: Vec<&str> = dropped.iter().map(|role| role.as_str()).collect();
    let event = Event::new(account, Action::UserActivated, now)
        .by(Actor::User(user))
        .on(audit::Target::user(user))
        .details(json!({ "link": link.to_string(), "home": became, "dropped_roles": dropped }))
        .at_visit(scope.visit());
    audit::record(conn, &event)?;
    let project = members::lands_on(conn, (account, user), now)?;
    Ok(Some(Joined {
        account,
        project,
        verified: verified.is_some(),
    }))
}
