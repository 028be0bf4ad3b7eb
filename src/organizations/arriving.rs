//! Arriving from another organization: the sentence that says where one is now, why the page is another one, and the
//! way back (rule 3). The address tells where one came from; nothing is said of what one may not see.

use diesel::prelude::*;

use super::choosing::{held_in, visible_named};
use super::keeping::{FROM, Source, section};
use super::model::Listed;
use crate::access::permission::Key;
use crate::access::place::Organization;
use crate::access::resolve::Resolution;
use crate::access::role::RoleTable;
use crate::access::standing::Standing;
use crate::access::visit::Visit;
use crate::db::Conn;
use crate::db::schema::devices;
use crate::db::types::{DeviceId, Ts};
use crate::error::Result;
use crate::web::flash::{Flash, Kind};
use crate::web::naming::looks_like_slug;
use crate::web::urls;

/// Where somebody arrives: the place, what they hold there, and by which request.
pub struct Arrival<'a> {
    /// Who, in which account.
    pub standing: &'a Standing,
    /// Where.
    pub here: &'a Organization,
    /// What they hold there.
    pub resolution: &'a Resolution,
    /// The request.
    pub visit: &'a Visit,
    /// What roles may do.
    pub roles: &'a RoleTable,
    /// The time of the request.
    pub now: Ts,
}

/// What to say; nothing when nobody switched.
pub fn arrived(conn: &mut Conn, at: &Arrival<'_>) -> Result<Option<Flash>> {
    let Some((path, query)) = at.visit.return_to().split_once('?') else {
        return Ok(None);
    };
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let Some((_, from)) = pairs.find(|(name, _)| name == FROM) else {
        return Ok(None);
    };
    let slug = from.split('/').next().unwrap_or_default();
    if !looks_like_slug(slug) || slug == at.here.slug {
        return Ok(None);
    }
    let Some(left) = visible_named(conn, at.standing, slug, at.now)? else {
        return Ok(None);
    };
    let account = &at.standing.account;
    let page = format!("{}/{from}", urls::organizations(&account.slug));
    let source = Source::read(&account.slug, &page);
    let why = match &source {
        Some(source) => reason(conn, at, (source, &left), path)?,
        None => None,
    };
    let text = format!("You are now in {} ({}).", at.here.name, account.name);
    let back = source.map_or_else(
        || urls::organization(&account.slug, &left.slug),
        |source| source.back(&account.slug, query),
    );
    Ok(Some(Flash {
        kind: Kind::Notice,
        text: why.map_or(text.clone(), |why| format!("{text} {why}")),
        link: Some((format!("Back to {}", left.name), back)),
        undo: None,
        at: None,
    }))
}

/// Why the page is not the one that was left.
fn reason(
    conn: &mut Conn,
    at: &Arrival<'_>,
    (source, left): (&Source<'_>, &Listed),
    path: &str,
) -> Result<Option<String>> {
    let account = &at.standing.account;
    let front = urls::organization(&account.slug, &at.here.slug);
    let shared = source.shared();
    let there = section(shared, &account.word_plural);
    let is_front = path.trim_end_matches('/') == front;
    if is_front && !shared.is_empty() {
        let held = at.resolution.role_labels();
        let role = match held.as_slice() {
            [] => "You see only a part of it.".to_owned(),
            [role] => format!("Your role there is {role}."),
            several => format!("Your roles there are {}.", several.join(", ")),
        };
        // The front page is the list of projects: what lies below it has no name of its own.
        let what = if there == account.word_plural {
            "that page"
        } else {
            &there
        };
        return Ok(Some(format!(
            "You cannot open {what} in {}. {role}",
            at.here.name
        )));
    }
    let Some(object) = source.object() else {
        return Ok(None);
    };
    if object.0 == "user" {
        return Ok(Some(format!(
            "These are {}'s {}.",
            at.here.name,
            there.to_lowercase()
        )));
    }
    let name = name_of(conn, at, left, object)?;
    Ok(Some(format!(
        "{} belongs to {}. These are {}'s {}.",
        name.unwrap_or_else(|| "That page".into()),
        left.name,
        at.here.name,
        there.to_lowercase()
    )))
}

/// The name of what the page that was left is about, if the person may see it there.
fn name_of(
    conn: &mut Conn,
    at: &Arrival<'_>,
    left: &Listed,
    (kind, value): (&str, &str),
) -> Result<Option<String>> {
    match kind {
        "project" => {
            let named = (left.slug.as_str(), value);
            let found = crate::projects::visible_name(conn, at.standing, named, at.now)?;
            Ok(found.map(|(project, _)| project))
        }
        "device" => {
            let Ok(id) = value.parse::<DeviceId>() else {
                return Ok(None);
            };
            let held = held_in(conn, at.roles, &at.standing.grants, &[left.id], at.now)?;
            let sees = held
                .first()
                .is_some_and(|held| held.permissions.contains(Key::DevicesView));
            if !sees {
                return Ok(None);
            }
            Ok(devices::table
                .filter(devices::account_id.eq(at.standing.account.id))
                .filter(devices::organization_id.eq(left.id))
                .filter(devices::id.eq(id))
                .select(devices::name)
                .first(conn)
                .optional()?)
        }
        _ => Ok(None),
    }
}
