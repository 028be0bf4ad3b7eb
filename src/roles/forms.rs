//! The form of a role: what was typed and ticked, and what of it may be stored.

use super::model::{Composing, Content};
use super::rule;
use crate::access::catalogue::Catalogue;
use crate::access::custom::{CustomRole, is_reserved};
use crate::access::permission::{AnyKey, Key};
use crate::access::role::{Builtin, Role};
use crate::db::types::RoleId;
use crate::error::Result;
use crate::web::clash;
use crate::web::field::{self, fold};
use crate::web::form::{Errors, Form};
use crate::web::view::Choice;

/// Longest name, in characters.
const NAME: usize = 64;
/// Longest description.
const DESCRIPTION: usize = 200;
/// What stands between roles in a file of people.
const BETWEEN: [char; 4] = [',', ';', '|', '/'];

/// The fields, as they came.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What is ticked.
    pub permissions: Vec<String>,
    /// The version that the form showed; none for a new role.
    pub version: i64,
}

impl Typed {
    /// The fields.
    ///
    /// # Errors
    /// A field that came twice.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            name: form.text("name")?,
            description: form.text("description")?,
            permissions: form.list("permission"),
            version: clash::version(form)?,
        })
    }

    /// Of a role that is there: as it is, or as a copy to begin with.
    pub fn of(role: &Role, description: String, table: &[(AnyKey, String)]) -> Self {
        let ticked = table.iter().map(|(_, name)| name.clone());
        Self {
            name: role.label().to_owned(),
            description,
            permissions: ticked.collect(),
            version: 0,
        }
    }

    /// Checks every field, so that every message is there at once. `before` is the role that is edited.
    ///
    /// # Errors
    /// What to correct.
    pub fn check(
        &self,
        scope: &Composing,
        catalogue: &Catalogue,
        before: Option<&CustomRole>,
    ) -> std::result::Result<Content, Errors> {
        let mut errors = Errors::new();
        let name = errors.take("name", name(&self.name));
        let description = field::line("description", DESCRIPTION, &self.description);
        let description = errors.take("description", description);
        if self.permissions.is_empty() {
            errors.add("permission", "Select at least one permission");
        }
        let ticked = self.permissions.as_slice();
        if let Some(why) = rule::may_compose(scope, catalogue, (ticked, before)) {
            errors.add("permission", why);
        }
        match (name, description) {
            (Some(name), Some(description)) if errors.is_empty() => Ok(Content {
                name,
                description,
                permissions: in_order(catalogue, ticked),
            }),
            _ => Err(errors),
        }
    }
}

/// A name that no built-in role has, and that a file of people can hold.
fn name(typed: &str) -> std::result::Result<String, String> {
    let name = field::name_of("name", NAME, typed)?;
    let key = fold(&name);
    let built_in = |role: &Builtin| role.key() == key || fold(role.label()) == key;
    if Builtin::ALL.iter().any(built_in) {
        return Err("A role that every account has is called so. Choose another name".into());
    }
    if key.parse::<RoleId>().is_ok() {
        return Err("This is the id of a role. Choose a name for people".into());
    }
    if name.contains(BETWEEN) {
        return Err(
            "Leave out commas, semicolons, bars and strokes: in a file they stand between roles"
                .into(),
        );
    }
    Ok(name)
}

/// Every permission that a role can hold, with its name, in the order of the matrix.
pub fn all(catalogue: &Catalogue) -> Vec<(AnyKey, String)> {
    let portal = Key::ALL.map(|key| (AnyKey::from(key), key.as_str().to_owned()));
    let products = catalogue.products().iter().filter_map(|product| {
        let key = catalogue.product(&product.key)?;
        Some((key.into(), product.key.clone()))
    });
    let all = portal.into_iter().chain(products);
    all.filter(|(_, name)| !is_reserved(name)).collect()
}

/// What is ticked, each once.
fn in_order(catalogue: &Catalogue, ticked: &[String]) -> Vec<String> {
    let names = all(catalogue).into_iter().map(|(_, name)| name);
    names.filter(|name| ticked.contains(name)).collect()
}

/// The boxes: those of the portal, then those of the products. What the acting person does not hold cannot be ticked.
pub fn boxes(
    scope: &Composing,
    catalogue: &Catalogue,
    ticked: &[String],
) -> [(String, Vec<Choice>); 2] {
    let held = scope.resolution().permissions;
    let choice = |(key, name): (AnyKey, String)| {
        let (label, about) = match key {
            AnyKey::Portal(key) => {
                let account = scope.account();
                (account.says(key.label()), account.says(key.description()))
            }
            AnyKey::Product(key) => catalogue
                .get(key)
                .map(|product| (product.label.clone(), product.description.clone()))
                .unwrap_or_default(),
        };
        let refused = !held.contains(key);
        let chosen = !refused && ticked.contains(&name);
        Choice {
            hint: if refused {
                format!("{about} You do not hold this on the account.")
            } else {
                about
            },
            refused,
            ..Choice::new(name, label, chosen)
        }
    };
    let (portal, products): (Vec<_>, Vec<_>) = all(catalogue)
        .into_iter()
        .partition(|(key, _)| matches!(key, AnyKey::Portal(_)));
    [
        (
            "In this portal".to_owned(),
            portal.into_iter().map(choice).collect(),
        ),
        (
            catalogue.heading(),
            products.into_iter().map(choice).collect(),
        ),
    ]
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_nobody_elses_and_can_stand_in_a_file() {
        for (typed, says) in [
            ("", "Enter a name"),
            ("Owner", "A role that every account has"),
            (" user  MANAGEMENT ", "A role that every account has"),
            ("user_management", "A role that every account has"),
            ("Night, day", "Leave out commas"),
            ("A/B", "Leave out commas"),
            (
                "role_01h455vb4pex5vsknk084sn02q",
                "This is the id of a role",
            ),
            ("Ow\u{200b}ner", "Name has a hidden character"),
        ] {
            let told = name(typed).unwrap_err();
            assert!(told.starts_with(says), "{typed:?}: {told}");
        }
        assert!(name(&"n".repeat(NAME + 1)).is_err());
        assert_eq!(name(" Night  shift ").ok().as_deref(), Some("Night shift"));
    }

    #[test]
    fn what_can_be_in_no_role_has_no_box() {
        let catalogue = Catalogue::builtin();
        let names: Vec<String> = all(&catalogue).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names.len(), Key::ALL.len() + catalogue.products().len() - 7);
        assert!(!names.iter().any(|name| is_reserved(name)));
        let ticked = [
            "orders.write",
            "users.view",
            "users.view",
            "users.manage",
            "x",
        ];
        let ticked = ticked.map(str::to_owned);
        assert_eq!(
            in_order(&catalogue, &ticked),
            ["users.view", "orders.write"]
        );
    }
}
