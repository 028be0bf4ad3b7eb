//! What the settings hold, and their one change.

use diesel::prelude::*;
use serde_json::{Map, Value, json};

use super::metadata;
use crate::access::gate::Demand;
use crate::access::permission::OrganizationEdit;
use crate::access::place::Organization;
use crate::access::scope::Scope;
use crate::access::slugs::{self, Named};
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::schema::organizations;
use crate::db::types::OrganizationId;
use crate::error::Result;
use crate::organizations::free_slug;
use crate::web::clash::{self, Clash};
use crate::web::field::{self, fold};
use crate::web::form::{Errors, Form};

/// The longest description, in characters; as the database's own bound.
const DESCRIPTION: usize = 2_000;

/// The row, as the page shows it.
#[derive(Clone, Debug, Queryable)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// In addresses.
    pub slug: String,
    /// What it is for.
    pub description: String,
    /// A JSON object.
    pub metadata: String,
    /// Counts its changes.
    pub version: i64,
    /// Directly below which one it stands.
    pub parent: Option<OrganizationId>,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// In addresses.
    pub slug: String,
    /// What it is for.
    pub description: String,
    /// Lines, or a JSON object.
    pub metadata: String,
    /// The version that the form showed.
    pub version: i64,
}

/// What may be stored.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// In addresses.
    pub slug: String,
    /// What it is for.
    pub description: String,
    /// A JSON object.
    pub metadata: String,
    /// The version that the form showed.
    pub version: i64,
}

impl Typed {
    /// As it was sent.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            name: form.text("name")?,
            slug: form.text("slug")?,
            description: form.text("description")?,
            metadata: form.text("metadata")?,
            version: clash::version(form)?,
        })
    }

    /// As it is stored.
    pub fn of(row: &Settings) -> Self {
        Self {
            name: row.name.clone(),
            slug: row.slug.clone(),
            description: row.description.clone(),
            metadata: metadata::shown(&row.metadata),
            version: row.version,
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// All messages.
    pub fn check(&self) -> std::result::Result<Checked, Errors> {
        let mut errors = Errors::new();
        let name = errors.take("name", field::name("name", &self.name));
        let slug = errors.take("slug", field::slug("short name", &[], &self.slug));
        let description = field::paragraphs("description", DESCRIPTION, &self.description);
        let description = errors.take("description", description);
        let metadata = errors.take("metadata", metadata::parse(&self.metadata));
        match (name, slug, description, metadata) {
            (Some(name), Some(slug), Some(description), Some(metadata)) => Ok(Checked {
                name,
                slug,
                description,
                metadata,
                version: self.version,
            }),
            _ => Err(errors),
        }
    }
}

/// The settings of the organization.
pub fn load<A: Demand>(conn: &mut Conn, scope: &Scope<Organization, A>) -> Result<Settings> {
    Ok(organizations::table
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::id.eq(scope.organization().id))
        .select((
            organizations::name,
            organizations::slug,
            organizations::description,
            organizations::metadata,
            organizations::version,
            organizations::parent_id,
        ))
        .first(conn)?)
}

/// What became of the form.
#[derive(Clone, Debug)]
pub enum Saved {
    /// Stored; false: it was so already.
    Done(bool),
    /// The short name is another's, or was; this one is free.
    Taken(String),
    /// Somebody was faster: both versions, and who did it.
    Clash(Box<Clash>),
}

/// Stores the settings, unless somebody changed them since the form was opened. A short name that is given up stays
/// with the organization, and leads to it (S8).
pub fn save(
    conn: &mut Conn,
    scope: &Scope<Organization, OrganizationEdit>,
    new: &Checked,
) -> Result<Saved> {
    let (account, id) = (scope.account().id, scope.organization().id);
    let old = load(conn, scope)?;
    if old.version != new.version {
        return Ok(Saved::Clash(Box::new(clash(conn, scope, &old, new)?)));
    }
    let (before, after) = difference(&old, new);
    if after.is_empty() {
        return Ok(Saved::Done(false));
    }
    if old.slug != new.slug {
        let free = free_slug(conn, account, id, &new.slug)?;
        if free != new.slug {
            return Ok(Saved::Taken(free));
        }
        let named = Named::Organization(account, id);
        slugs::give_up(conn, named, &old.slug, &new.slug, scope.now())?;
    }
    diesel::update(organizations::table.filter(organizations::id.eq(id)))
        .set((
            organizations::name.eq(&new.name),
            organizations::name_key.eq(fold(&new.name)),
            organizations::slug.eq(&new.slug),
            organizations::description.eq(&new.description),
            organizations::metadata.eq(&new.metadata),
            organizations::version.eq(organizations::version + 1),
        ))
        .execute(conn)?;
    let event = scope
        .event(Action::OrganizationChanged)
        .in_organization(id)
        .on(Target::organization(id))
        .changed(Value::Object(before), Value::Object(after));
    audit::record(conn, &event)?;
    Ok(Saved::Done(true))
}

/// Both versions, field by field.
fn clash(
    conn: &mut Conn,
    scope: &Scope<Organization, OrganizationEdit>,
    old: &Settings,
    new: &Checked,
) -> Result<Clash> {
    let about = (
        scope.account().id,
        Target::organization(scope.organization().id),
    );
    let changes = [
        Action::OrganizationChanged,
        Action::OrganizationMoved,
        Action::OrganizationArchived,
        Action::OrganizationUnarchived,
        Action::OrganizationRestored,
    ];
    let clash = Clash::read(conn, about, &changes, (old.version, scope.now()))?;
    Ok(clash
        .field("Name", &old.name, &new.name)
        .field("Short name in addresses", &old.slug, &new.slug)
        .field("Description", &old.description, &new.description)
        .field(
            "Metadata",
            metadata::shown(&old.metadata),
            metadata::shown(&new.metadata),
        ))
}

/// The fields that change, before and after.
fn difference(old: &Settings, new: &Checked) -> (Map<String, Value>, Map<String, Value>) {
    let (mut before, mut after) = (Map::new(), Map::new());
    let mut text = |name: &str, was: &str, is: &str| {
        if was != is {
            before.insert(name.into(), json!(was));
            after.insert(name.into(), json!(is));
        }
    };
    text("name", &old.name, &new.name);
    text("slug", &old.slug, &new.slug);
    text("description", &old.description, &new.description);
    text("metadata", &old.metadata, &new.metadata);
    (before, after)
}
