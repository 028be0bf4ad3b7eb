//! What is typed into the forms of requests.

use crate::access::role::Builtin;
use crate::error::{Error, Result};
use crate::members::Target;
use crate::web::field;
use crate::web::form::{Errors, Form};

/// Longest reason, and longest decision.
pub const LONGEST: usize = 2000;

/// The form that asks, as it was filled in.
#[derive(Clone, Debug, Default)]
pub struct AskForm {
    /// Address of the person.
    pub person: String,
    /// The role.
    pub role: String,
    /// The place.
    pub place: String,
    /// Whether with everything below it, as a form says it.
    pub below: bool,
    /// Why.
    pub reason: String,
    /// What a place is searched for with.
    pub place_q: String,
}

impl AskForm {
    /// The fields.
    ///
    /// # Errors
    /// A field that came twice.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            person: form.text("person")?,
            role: Self::role(form)?,
            place: form.text("place")?,
            below: form.text("below")? == "yes",
            reason: form.text("reason")?,
            place_q: form.search("place_q")?,
        })
    }

    /// The role that is named; where none is it is Admin, which links and forms before now were about.
    ///
    /// # Errors
    /// A field that came twice.
    pub fn role(form: &Form) -> Result<String> {
        if form.has("role") {
            form.text("role")
        } else {
            Ok(Builtin::Admin.key().to_owned())
        }
    }

    /// Place and reason, if both are there, and a role. A place that no list of ours names does not exist.
    ///
    /// # Errors
    /// "Not found", or what to correct.
    pub fn check(&self) -> Result<std::result::Result<(Target, String), Errors>> {
        let mut errors = Errors::new();
        let target = match self.place.as_str() {
            "" => {
                errors.add("place", "Choose where the role is to hold");
                None
            }
            place => Some(Target::parse(place).ok_or(Error::NotFound)?),
        };
        if self.role.is_empty() {
            errors.add("role", "Choose a role");
        }
        let reason = errors.take("reason", written("reason", &self.reason));
        Ok(match (target, reason) {
            (Some(target), Some(reason)) if errors.is_empty() => Ok((target, reason)),
            _ => Err(errors),
        })
    }
}

/// Text that has to be there.
///
/// # Errors
/// The message beside the field.
pub fn written(label: &str, raw: &str) -> std::result::Result<String, String> {
    let text = field::paragraphs(label, LONGEST, raw)?;
    if text.chars().any(char::is_alphanumeric) {
        Ok(text)
    } else {
        Err(format!("Enter a {label} in words"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_words_and_at_most_two_thousand_characters() {
        assert!(written("reason", " … ").is_err() && written("reason", "").is_err());
        assert_eq!(
            written("reason", &"x".repeat(2001)),
            Err("Reason must be 2000 characters or fewer".into())
        );
        assert_eq!(written("reason", " a\r\nb "), Ok("a\nb".into()));
    }
}
