//! What is asked, read from the query, and the fields to ask with.

use crate::access::catalogue::Catalogue;
use crate::access::permission::{AnyKey, Key};
use crate::access::place::Account;
use crate::error::Result;
use crate::web::form::{Errors, Form};
use crate::web::view::Choice;

/// What is asked, as it stands in the query. A field that is not there was not asked for; one that is empty was left
/// out.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The person.
    pub person: Option<String>,
    /// The one to compare them with.
    pub other: Option<String>,
    /// The permission.
    pub action: Option<String>,
    /// The place.
    pub place: Option<String>,
    /// Which people are looked for.
    pub q: String,
    /// And for the other one.
    pub other_q: String,
    /// Which places are looked for.
    pub place_q: String,
    /// Whether a button that looks for something was pressed: then nothing is answered yet.
    pub find: bool,
}

impl Asked {
    /// From the query.
    pub fn read(query: &Form) -> Result<Self> {
        let of = |name: &str| query.has(name).then(|| query.text(name)).transpose();
        Ok(Self {
            person: of("person")?,
            other: of("other")?,
            action: of("action")?,
            place: of("where")?,
            q: query.search("q")?,
            other_q: query.search("other_q")?,
            place_q: query.search("place_q")?,
            find: query.has("find"),
        })
    }
}

/// What stands in a field: a value looked up, or a message beside it. A field that was left out gets one only when
/// the whole form was sent in, so that a link can fill in the rest.
pub fn field<T>(
    errors: &mut Errors,
    (name, raw): (&'static str, Option<&String>),
    (sent, empty, unknown): (bool, &str, &str),
    look_up: impl FnOnce(&str) -> Result<Option<T>>,
) -> Result<Option<T>> {
    let text = raw.map(|text| text.trim()).unwrap_or_default();
    if text.is_empty() {
        if sent {
            errors.add(name, empty);
        }
        return Ok(None);
    }
    let found = look_up(text)?;
    if found.is_none() {
        errors.add(name, unknown);
    }
    Ok(found)
}

/// Every permission, to choose from: the portal's, then the products'.
pub fn actions(
    account: &Account,
    catalogue: &Catalogue,
    chosen: Option<AnyKey>,
) -> Vec<(String, Vec<Choice>)> {
    let choice =
        |key: AnyKey, name: &str, label: &str| Choice::new(name, label, chosen == Some(key));
    let portal = Key::ALL.map(|key| choice(key.into(), key.as_str(), &account.says(key.label())));
    let products = catalogue.products().iter().filter_map(|product| {
        let key = catalogue.product(&product.key)?;
        Some(choice(key.into(), &product.key, &product.label))
    });
    let mut all = vec![
        ("In this portal".to_owned(), portal.to_vec()),
        (catalogue.heading(), products.collect()),
    ];
    all.retain(|(_, choices)| !choices.is_empty());
    all
}

/// The name of a permission for people, and in code.
pub fn named(account: &Account, catalogue: &Catalogue, key: AnyKey) -> (String, String) {
    match key {
        AnyKey::Portal(key) => (account.says(key.label()), key.as_str().to_owned()),
        AnyKey::Product(key) => catalogue
            .get(key)
            .map(|product| (product.label.clone(), product.key.clone()))
            .unwrap_or_default(),
    }
}
