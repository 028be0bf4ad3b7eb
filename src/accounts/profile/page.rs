//! The page of Account Profile: a form for who may change it, facts for who may look.

use askama::Template;

use super::form::{OWN_WORD, Typed, WORDS};
use super::model::Profile;
use crate::web::clash::Clash;
use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::view::Choice;
use crate::web::{countries, zones};

/// What the switch covers, in one sentence.
pub const COVERS: &str = "Turns off notices. Security and sign-in mail is always sent";

/// Account Profile.
#[derive(Template)]
#[template(path = "accounts/profile.html")]
pub struct ProfilePage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// What was typed, or what is stored.
    pub typed: Typed,
    /// Every country.
    pub countries: Vec<Choice>,
    /// Enable, Disable.
    pub notifications: Vec<Choice>,
    /// Every time zone, by continent.
    pub zones: Vec<(String, Vec<Choice>)>,
    /// The words that are offered.
    pub words: Vec<Choice>,
    /// Where it posts; none: it is only looked at.
    pub action: Option<String>,
    /// Why it is only looked at, and whom to ask.
    pub readonly: Option<String>,
    /// The profile in words, for whoever only looks.
    pub facts: Vec<(&'static str, String)>,
}

impl ProfilePage {
    /// The form.
    pub fn form(shell: Shell, typed: Typed, errors: Errors, action: String) -> Self {
        let switch =
            |value: &str, label: &str| Choice::new(value, label, typed.notifications == value);
        let mut words: Vec<Choice> = WORDS
            .iter()
            .map(|(key, one, many)| Choice {
                hint: many.to_string(),
                ..Choice::new(*key, *one, typed.word == *key)
            })
            .collect();
        words.push(Choice {
            hint: "Type it below, for one and for several".into(),
            ..Choice::new(OWN_WORD, "Another word", typed.word == OWN_WORD)
        });
        Self {
            shell: shell.with_errors(&errors),
            countries: countries::choices(&typed.country),
            notifications: vec![switch("on", "Enable"), switch("off", "Disable")],
            zones: zones::choices(&typed.time_zone),
            words,
            action: Some(action),
            readonly: None,
            facts: Vec::new(),
            errors,
            typed,
        }
    }

    /// The facts, for whoever may not change them.
    pub fn facts(shell: Shell, profile: &Profile, ask: &[String]) -> Self {
        let only = "Only Owners and Admins can change the profile.";
        let readonly = if ask.is_empty() {
            only.to_owned()
        } else {
            format!("{only} Ask: {}.", ask.join(", "))
        };
        Self {
            shell,
            errors: Errors::new(),
            typed: Typed::default(),
            countries: Vec::new(),
            notifications: Vec::new(),
            zones: Vec::new(),
            words: Vec::new(),
            action: None,
            readonly: Some(readonly),
            facts: in_words(profile).to_vec(),
        }
    }
}

/// The profile in the words of the page.
pub fn in_words(profile: &Profile) -> [(&'static str, String); 7] {
    let country = countries::name(&profile.country);
    let notifications = if profile.notifications {
        "Enabled"
    } else {
        "Disabled"
    };
    [
        ("Company name", profile.name.clone()),
        ("Short name in addresses", profile.slug.clone()),
        ("Country", country),
        ("Email notifications", notifications.to_owned()),
        ("Time zone", profile.time_zone.replace('_', " ")),
        (
            "Support contact",
            profile.support.clone().unwrap_or_default(),
        ),
        (
            "Word for a project",
            format!("{}, {}", profile.word_singular, profile.word_plural),
        ),
    ]
}

/// Both versions, field by field.
pub fn both(clash: Clash, theirs: &Profile, yours: &Profile) -> Clash {
    let pairs = in_words(theirs).into_iter().zip(in_words(yours));
    pairs.fold(clash, |clash, ((label, theirs), (_, yours))| {
        clash.field(label, theirs, yours)
    })
}
