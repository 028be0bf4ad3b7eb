//! The row of an account's profile, and its one change.

use diesel::prelude::*;
use serde_json::{Map, Value, json};

use super::form::Checked;
use crate::access::gate::Demand;
use crate::access::permission::AccountEdit;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::access::slugs::{self, Named};
use crate::accounts::free_slug;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::schema::accounts;
use crate::error::Result;
use crate::web::clash::Clash;
use crate::web::field::fold;

/// What the profile shows.
#[derive(Clone, Debug, Queryable)]
pub struct Profile {
    /// Company name.
    pub name: String,
    /// In addresses.
    pub slug: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Whether notices are sent (rule 24).
    pub notifications: bool,
    /// The time zone of its people.
    pub time_zone: String,
    /// Whom they write to.
    pub support: Option<String>,
    /// The word for a project (S9).
    pub word_singular: String,
    /// The word for several.
    pub word_plural: String,
    /// Counts its changes.
    pub version: i64,
}

/// The profile of the account.
pub fn load<A: Demand>(conn: &mut Conn, scope: &Scope<Whole, A>) -> Result<Profile> {
    Ok(accounts::table
        .filter(accounts::id.eq(scope.account().id))
        .select((
            accounts::name,
            accounts::slug,
            accounts::country,
            accounts::notifications,
            accounts::time_zone,
            accounts::support,
            accounts::word_singular,
            accounts::word_plural,
            accounts::version,
        ))
        .first(conn)?)
}

/// What became of the form.
#[derive(Clone, Debug)]
pub enum Saved {
    /// Stored; false: it was so already.
    Done(bool),
    /// The short name is another account's, or was; this one is free.
    Taken(String),
    /// Somebody was faster: how it stands now, and who did it.
    Clash(Box<(Profile, Clash)>),
}

/// Stores the profile, unless somebody changed it since the form was opened. A short name that is given up stays with
/// the account, and leads to it (S8).
pub fn save(conn: &mut Conn, scope: &Scope<Whole, AccountEdit>, new: &Checked) -> Result<Saved> {
    let account = scope.account().id;
    let old = load(conn, scope)?;
    if old.version != new.version {
        let about = (account, Target::account(account));
        let clash = Clash::read(
            conn,
            about,
            &[Action::AccountChanged],
            (old.version, scope.now()),
        )?;
        return Ok(Saved::Clash(Box::new((old, clash))));
    }
    let (before, after) = difference(&old, new);
    if after.is_empty() {
        return Ok(Saved::Done(false));
    }
    if old.slug != new.slug {
        let free = free_slug(conn, account, &new.slug)?;
        if free != new.slug {
            return Ok(Saved::Taken(free));
        }
        let named = Named::Account(account);
        slugs::give_up(conn, named, &old.slug, &new.slug, scope.now())?;
    }
    diesel::update(accounts::table.filter(accounts::id.eq(account)))
        .set((
            accounts::name.eq(&new.name),
            accounts::slug.eq(&new.slug),
            accounts::name_key.eq(fold(&new.name)),
            accounts::country.eq(&new.country),
            accounts::notifications.eq(new.notifications),
            accounts::time_zone.eq(&new.time_zone),
            accounts::support.eq(&new.support),
            accounts::word_singular.eq(&new.word_singular),
            accounts::word_plural.eq(&new.word_plural),
            accounts::version.eq(accounts::version + 1),
        ))
        .execute(conn)?;
    let event = scope.event(Action::AccountChanged);
    audit::record(
        conn,
        &event.changed(Value::Object(before), Value::Object(after)),
    )?;
    Ok(Saved::Done(true))
}

/// The fields that change, before and after. An address is somebody's: only whether there is one stands there.
fn difference(old: &Profile, new: &Checked) -> (Map<String, Value>, Map<String, Value>) {
    let (mut before, mut after) = (Map::new(), Map::new());
    let mut field = |name: &str, was: Value, is: Value, differs: bool| {
        if differs {
            before.insert(name.into(), was);
            after.insert(name.into(), is);
        }
    };
    let mut text = |name: &str, was: &str, is: &str| {
        field(name, json!(was), json!(is), was != is);
    };
    text("name", &old.name, &new.name);
    text("slug", &old.slug, &new.slug);
    text("country", &old.country, &new.country);
    text("time_zone", &old.time_zone, &new.time_zone);
    text("word_singular", &old.word_singular, &new.word_singular);
    text("word_plural", &old.word_plural, &new.word_plural);
    let differs = old.notifications != new.notifications;
    field(
        "notifications",
        json!(old.notifications),
        json!(new.notifications),
        differs,
    );
    let (was, is) = (old.support.is_some(), new.support.is_some());
    field("support", json!(was), json!(is), old.support != new.support);
    (before, after)
}
