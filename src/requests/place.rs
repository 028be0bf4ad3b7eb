//! The place of a request: what it was called when somebody asked is stored, what it is called now is shown to whoever may
//! see it (S5). A name can be changed to get an approval, and changed back.

use super::model::Request;
use crate::access::grant::{Grant, Level};
use crate::access::place::Organization;
use crate::access::resolve::{self, Branch, Place};
use crate::access::standing::grants_of;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{Ts, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Found};
use crate::organizations;

/// The place as it is now, in the account of this name; none when it is deleted, or an archived project.
pub(super) fn found(conn: &mut Conn, request: &Request, account: &str) -> Result<Option<Found>> {
    match members::place_of(conn, request.account, account, request.target()) {
        Ok(found) if request.scope.is_below() => Ok(Some(found.with_below())),
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// "Dock 4 in North" by the names of now; without the organization where whoever asks knows the project by its name alone.
pub(super) fn called(request: &Request, found: &Found) -> String {
    match &found.organization {
        Some(within) if found.scope.level() == Level::Project && !request.is_hidden() => {
            format!("{} in {within}", found.name)
        }
        _ => found.name.clone(),
    }
}

/// Whether the place is visible by these grants: one of them reaches it or something inside it (S5).
pub(super) fn is_visible(
    conn: &mut Conn,
    app: &App,
    grants: &[Grant],
    (found, now): (&Found, Ts),
) -> Result<bool> {
    let here = resolve::resolve(app.roles(), grants, &found.place, now);
    if !here.paths.is_empty() {
        return Ok(true);
    }
    match &found.place {
        Place::Account => Ok(true),
        Place::Organization(branch) => {
            let place = named(branch, &found.name);
            organizations::holds_something_visible(conn, &place, grants, now)
        }
        Place::Group(_) | Place::Subtree(_) | Place::Project { .. } => Ok(false),
    }
}

fn named(branch: &Branch, name: &str) -> Organization {
    Organization {
        id: branch.organization,
        slug: String::new(),
        name: name.to_owned(),
        ancestors: branch.ancestors.clone(),
        groups: branch.groups.clone(),
        archived: false,
    }
}

/// What the place is called to those who decide: its name of now, and where it is gone, that of then.
pub(super) fn for_deciders(conn: &mut Conn, request: &Request, account: &str) -> Result<String> {
    let found = found(conn, request, account)?;
    Ok(found.map_or_else(|| request.place_in_words(), |found| called(request, &found)))
}

/// What it is called to somebody whom the request is about: its name of now only where they see it.
pub(super) fn for_concerned(
    conn: &mut Conn,
    app: &App,
    (request, found): (&Request, Option<&Found>),
    (who, now): (UserId, Ts),
) -> Result<String> {
    if let Some(found) = found {
        let grants = grants_of(conn, request.account, who)?;
        if is_visible(conn, app, &grants, (found, now))? {
            return Ok(called(request, found));
        }
    }
    Ok(request.place_in_words())
}
