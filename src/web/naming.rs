//! Naming something new: its name and its slug, from what was typed to what may be stored, all messages at once.

use super::field;
use super::form::{Errors, Form};
use crate::error::Result;

/// What was typed, to be shown again.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// Its short name; empty to have one made.
    pub slug: String,
}

/// What may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// Its short name: typed, or made from the name.
    pub slug: String,
    /// Whether the slug was made from the name: then a number is put behind it when it is taken.
    pub made: bool,
}

impl Typed {
    /// As it was sent.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            name: form.text("name")?,
            slug: form.text("slug")?,
        })
    }

    /// Checks every field; `fallback` is the slug of a name without a Latin letter.
    pub fn check(&self, fallback: &str) -> std::result::Result<Checked, Errors> {
        let mut errors = Errors::new();
        let name = errors.take("name", field::name("name", &self.name));
        let made = self.slug.trim().is_empty();
        let slug = if made {
            Some(field::slug_from_name(&self.name, fallback))
        } else {
            errors.take("slug", field::slug("short name", &[], &self.slug))
        };
        match (name, slug) {
            (Some(name), Some(slug)) => Ok(Checked { name, slug, made }),
            _ => Err(errors),
        }
    }

    /// Beside the slug, when it is taken: another that is free.
    pub fn taken(slug: &str, free: &str) -> Errors {
        let mut errors = Errors::new();
        errors.add("slug", taken_message(slug, free));
        errors
    }
}

fn taken_message(slug: &str, free: &str) -> String {
    if slug == free {
        format!("“{slug}” was taken just now. Choose another short name")
    } else {
        format!("“{slug}” is taken. “{free}” is free")
    }
}

/// Whether text from an address could be a slug at all: asked before the database is.
pub fn looks_like_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 48
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// How many numbers are tried behind a slug that is taken.
const TRIES: u32 = 50;

/// The slug, then the same with 2, 3, …
pub fn candidates(slug: &str) -> Vec<String> {
    let counted = (2..=TRIES).map(|number| field::numbered(slug, number));
    std::iter::once(slug.to_owned()).chain(counted).collect()
}

/// The first of the [`candidates`] that is not taken; if all are, the slug itself, which then is refused.
pub fn first_free(wanted: Vec<String>, taken: &[String], slug: &str) -> String {
    wanted
        .into_iter()
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or_else(|| slug.to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn typed(name: &str, slug: &str) -> Typed {
        let (name, slug) = (name.to_owned(), slug.to_owned());
        Typed { name, slug }
    }

    #[test]
    fn a_slug_is_made_from_the_name_when_none_is_typed() {
        for (name, slug, made) in [
            ("Nörth  Dock", "north-dock", true),
            ("New", "new-1", true),
            ("Selected", "selected-1", true),
            ("東京", "organization-1", true),
        ] {
            let checked = typed(name, " ").check("organization").unwrap();
            assert_eq!(
                (checked.slug.as_str(), checked.made),
                (slug, made),
                "{name}"
            );
        }
        let checked = typed("North", "n1").check("organization").unwrap();
        assert_eq!((checked.slug.as_str(), checked.made), ("n1", false));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let errors = typed("", "New!").check("organization").unwrap_err();
        assert_eq!(
            errors.iter().map(|(field, _)| field).collect::<Vec<_>>(),
            ["name", "slug"]
        );
        let reserved = typed("North", "selected")
            .check("organization")
            .unwrap_err();
        assert!(
            reserved
                .of("slug")
                .unwrap()
                .contains("is a page of this portal")
        );
    }

    #[test]
    fn a_taken_slug_gets_the_first_free_number() {
        let all = candidates("north");
        for (taken, free) in [
            (vec![], "north"),
            (vec!["north"], "north-2"),
            (vec!["north", "north-2", "north-4"], "north-3"),
            (all.iter().map(String::as_str).collect(), "north"),
        ] {
            let taken: Vec<String> = taken.into_iter().map(str::to_owned).collect();
            assert_eq!(first_free(candidates("north"), &taken, "north"), free);
        }
    }
}
