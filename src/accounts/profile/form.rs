//! The form of Account Profile: from what was typed to what may be stored.

use super::model::Profile;
use crate::error::Result;
use crate::web::clash;
use crate::web::field::{self, fold};
use crate::web::form::{Errors, Form};
use crate::web::{countries, zones};

/// The words that are offered for a project: what is posted, one, several. The first is a new account's (S9).
pub const WORDS: [(&str, &str, &str); 4] = [
    ("project", "Project", "Projects"),
    ("reservation", "Reservation", "Reservations"),
    ("site", "Site", "Sites"),
    ("workspace", "Workspace", "Workspaces"),
];

/// What is posted for a word of the account's own.
pub const OWN_WORD: &str = "own";

/// Longest word for a project.
const WORD: usize = 40;

/// The form as it was typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Company name.
    pub company_name: String,
    /// In addresses.
    pub slug: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// `on` or `off`.
    pub notifications: String,
    /// IANA's name of a zone.
    pub time_zone: String,
    /// Whom people write to.
    pub support: String,
    /// One of [`WORDS`], or [`OWN_WORD`].
    pub word: String,
    /// The account's own word for one.
    pub word_singular: String,
    /// And for several.
    pub word_plural: String,
    /// The version that the form showed.
    pub version: i64,
}

/// What may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Company name.
    pub name: String,
    /// In addresses.
    pub slug: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Whether notices are sent.
    pub notifications: bool,
    /// IANA's name of a zone.
    pub time_zone: String,
    /// Whom people write to.
    pub support: Option<String>,
    /// The word for a project.
    pub word_singular: String,
    /// The word for several.
    pub word_plural: String,
    /// The version that the form showed.
    pub version: i64,
}

impl Typed {
    /// The fields as they were sent.
    ///
    /// # Errors
    /// A field that came twice.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            company_name: form.text("company_name")?,
            slug: form.text("slug")?,
            country: form.text("country")?,
            notifications: form.text("notifications")?,
            time_zone: form.text("time_zone")?,
            support: form.text("support")?,
            word: form.text("word")?,
            word_singular: form.text("word_singular")?,
            word_plural: form.text("word_plural")?,
            version: clash::version(form)?,
        })
    }

    /// The form for what is stored.
    pub fn of(profile: &Profile) -> Self {
        let preset = WORDS
            .iter()
            .find(|(_, one, many)| *one == profile.word_singular && *many == profile.word_plural);
        let own = |word: &String| preset.map_or_else(|| word.clone(), |_| String::new());
        Self {
            company_name: profile.name.clone(),
            slug: profile.slug.clone(),
            country: profile.country.clone(),
            notifications: if profile.notifications { "on" } else { "off" }.into(),
            time_zone: profile.time_zone.clone(),
            support: profile.support.clone().unwrap_or_default(),
            word: preset.map_or(OWN_WORD, |(key, ..)| key).into(),
            word_singular: own(&profile.word_singular),
            word_plural: own(&profile.word_plural),
            version: profile.version,
        }
    }

    /// Checks every field, so that every message is there at once.
    ///
    /// # Errors
    /// What to correct.
    pub fn check(&self) -> std::result::Result<Checked, Errors> {
        let mut errors = Errors::new();
        let name = errors.take("company_name", field::company_name(&self.company_name));
        let slug = errors.take("slug", field::slug("short name", &[], &self.slug));
        let country = errors.take("country", countries::code(&self.country));
        let notifications = errors.take("notifications", switch(&self.notifications));
        let time_zone = errors.take("time_zone", zones::code(&self.time_zone));
        let support = errors.take("support", support(&self.support));
        let words = self.words(&mut errors);
        let named = name.zip(slug);
        match (named, country, notifications, time_zone, support, words) {
            (
                Some((name, slug)),
                Some(country),
                Some(notifications),
                Some(zone),
                Some(support),
                Some(words),
            ) => Ok(Checked {
                name,
                slug,
                country,
                notifications,
                time_zone: zone,
                support,
                word_singular: words.0,
                word_plural: words.1,
                version: self.version,
            }),
            _ => Err(errors),
        }
    }

    fn words(&self, errors: &mut Errors) -> Option<(String, String)> {
        if let Some((_, one, many)) = WORDS.iter().find(|(key, ..)| *key == self.word) {
            return Some(((*one).to_owned(), (*many).to_owned()));
        }
        if self.word != OWN_WORD {
            errors.add("word", "Choose a word, or your own");
            return None;
        }
        let one = errors.take("word_singular", word("word for one", &self.word_singular));
        let many = errors.take("word_plural", word("word for several", &self.word_plural));
        one.zip(many)
    }
}

fn switch(text: &str) -> std::result::Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("Choose whether email notifications are sent".into()),
    }
}

fn support(text: &str) -> std::result::Result<Option<String>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    field::email(text).map(|email| Some(email.to))
}

/// A word as it stands in a heading: letters, and what joins them; written large at its beginning.
fn word(label: &str, text: &str) -> std::result::Result<String, String> {
    let text = field::line(label, WORD, text)?;
    let joins = |c: char| matches!(c, ' ' | '-' | '\'' | '’' | '&' | '/') || c.is_alphanumeric();
    if text.is_empty() {
        return Err(format!("Enter a {label}"));
    }
    if !text.starts_with(char::is_alphabetic) || !text.chars().all(joins) || fold(&text).is_empty()
    {
        return Err(format!("The {label} has letters and begins with one"));
    }
    let mut letters = text.chars();
    Ok(letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed {
            company_name: "Acme".into(),
            slug: "acme".into(),
            country: "DE".into(),
            notifications: "on".into(),
            time_zone: "Europe/Berlin".into(),
            word: "site".into(),
            version: 3,
            ..Typed::default()
        }
    }

    #[test]
    fn a_preset_brings_both_words_and_an_own_word_needs_both() {
        let checked = typed().check().unwrap();
        assert_eq!(
            (checked.word_singular.as_str(), checked.word_plural.as_str()),
            ("Site", "Sites")
        );
        let own = Typed {
            word: OWN_WORD.into(),
            word_singular: " oase ".into(),
            word_plural: "Oasen".into(),
            ..typed()
        };
        let checked = own.check().unwrap();
        assert_eq!(
            (checked.word_singular.as_str(), checked.word_plural.as_str()),
            ("Oase", "Oasen")
        );
        for wrong in ["", "4ever", "<b>", "x".repeat(41).as_str()] {
            let wrong = Typed {
                word_plural: wrong.into(),
                ..own.clone()
            };
            assert!(wrong.check().unwrap_err().of("word_plural").is_some());
        }
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let errors = Typed {
            support: "nobody".into(),
            ..Typed::default()
        }
        .check()
        .unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        let all = [
            "company_name",
            "slug",
            "country",
            "notifications",
            "time_zone",
            "support",
            "word",
        ];
        assert_eq!(fields, all);
    }
}
