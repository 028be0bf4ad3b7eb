//! What the grid's form says: whom it showed, what it showed, and what is ticked.

use super::back::Back;
use crate::access::custom::AccountRoles;
use crate::access::role::Role;
use crate::db::types::UserId;
use crate::error::{Error, Result};
use crate::web::form::Form;

/// More people than a page of the list ever has.
pub const MOST: usize = 200;

/// The form, read but not yet held against anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Whom the form showed, each once.
    pub people: Vec<UserId>,
    /// What they held when it was made.
    pub seen: Vec<(UserId, Role)>,
    /// What is ticked.
    pub ticked: Vec<(UserId, Role)>,
    /// Whether the review was read.
    pub confirmed: bool,
    /// Where the form stood.
    pub back: Back,
}

impl Posted {
    /// Reads the form. Nobody but those that it says it showed is ticked.
    ///
    /// # Errors
    /// An id that is none is not found; a role that is none is refused by the gate "role".
    pub fn read(form: &Form, known: &AccountRoles) -> Result<Self> {
        let mut people = Vec::new();
        for id in form.list("person") {
            people.push(id.parse().map_err(|_| Error::NotFound)?);
        }
        let seen = boxes(form, "seen", known)?;
        let ticked = boxes(form, "role", known)?;
        people.extend(seen.iter().chain(&ticked).map(|(user, _)| *user));
        people.sort_unstable();
        people.dedup();
        if people.len() > MOST {
            return Err(Error::BadRequest(format!(
                "A form changes at most {MOST} people."
            )));
        }
        Ok(Self {
            people,
            seen,
            ticked,
            confirmed: form.has("confirmed"),
            back: Back::read(form)?,
        })
    }

    /// The roles of one person among these.
    pub fn of(boxes: &[(UserId, Role)], user: UserId) -> Vec<Role> {
        let own = boxes.iter().filter(|(whose, _)| *whose == user);
        own.map(|(_, role)| role.clone()).collect()
    }

    /// The same form again, as hidden fields.
    pub fn carried(&self) -> Vec<(&'static str, String)> {
        let people = self.people.iter().map(|id| ("person", id.to_string()));
        let seen = self.seen.iter().map(|one| ("seen", value(one.0, &one.1)));
        let ticked = self.ticked.iter().map(|one| ("role", value(one.0, &one.1)));
        let all = people.chain(seen).chain(ticked);
        all.chain(self.back.field()).collect()
    }
}

/// What a box posts: whose it is, and the role.
pub fn value(user: UserId, role: &Role) -> String {
    format!("{user}.{}", role.as_str())
}

fn boxes(form: &Form, name: &str, known: &AccountRoles) -> Result<Vec<(UserId, Role)>> {
    let mut found = Vec::new();
    for text in form.list(name) {
        let (user, role) = text.split_once('.').ok_or(Error::NotFound)?;
        let user = user.parse().map_err(|_| Error::NotFound)?;
        found.push((user, known.sent(role)?));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
