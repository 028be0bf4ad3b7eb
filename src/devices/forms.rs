//! A device's fields: from what was typed, or stood in a row of a file, to what may be stored.

use crate::error::Result;
use crate::web::field;
use crate::web::form::{Errors, Form};
use crate::web::view::Choice;

/// Longest identifier and model.
const WORDS: usize = 120;
/// Longest metadata.
const METADATA: usize = 4000;

/// How a device is used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In use.
    Active,
    /// Kept, and not in use.
    Inactive,
    /// Being repaired or looked after.
    Maintenance,
    /// Out of service for good.
    Retired,
}

impl State {
    /// All of them, in the order of forms.
    pub const ALL: [Self; 4] = [
        Self::Active,
        Self::Inactive,
        Self::Maintenance,
        Self::Retired,
    ];

    /// As it is stored and posted.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Maintenance => "maintenance",
            Self::Retired => "retired",
        }
    }

    /// As it is read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Maintenance => "In maintenance",
            Self::Retired => "Retired",
        }
    }

    /// By its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// By its word or its label, however it is written.
    pub fn read(text: &str) -> Option<Self> {
        let text = field::fold(text);
        let named = |state: &Self| state.word() == text || field::fold(state.label()) == text;
        Self::ALL.into_iter().find(named)
    }
}

/// What was typed, to be shown again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// What names it in the account.
    pub identifier: String,
    /// What people call it.
    pub name: String,
    /// Make and model.
    pub model: String,
    /// Word of its state.
    pub status: String,
    /// Whatever else is worth keeping: a line each, `name: value`.
    pub metadata: String,
}

/// What may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// What names it in the account.
    pub identifier: String,
    /// What people call it.
    pub name: String,
    /// Make and model; may be empty.
    pub model: String,
    /// Its state.
    pub state: State,
    /// A line each, `name: value`; may be empty.
    pub metadata: String,
}

impl Typed {
    /// As it was sent.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            identifier: form.text("identifier")?,
            name: form.text("name")?,
            model: form.text("model")?,
            status: form.text("status")?,
            metadata: form.text("metadata")?,
        })
    }

    /// What a form for a new device begins with.
    pub fn new() -> Self {
        Self {
            status: State::Active.word().to_owned(),
            ..Self::default()
        }
    }

    /// Checks every field.
    pub fn check(&self) -> std::result::Result<Details, Errors> {
        let mut errors = Errors::new();
        let identifier = errors.take("identifier", identifier(&self.identifier));
        let name = errors.take("name", field::name("name", &self.name));
        let model = errors.take("model", field::line("model", WORDS, &self.model));
        let state = errors.take("status", state(&self.status));
        let metadata = errors.take("metadata", metadata(&self.metadata));
        match (identifier, name, model, state, metadata) {
            (Some(identifier), Some(name), Some(model), Some(state), Some(metadata)) => {
                Ok(Details {
                    identifier,
                    name,
                    model,
                    state,
                    metadata,
                })
            }
            _ => Err(errors),
        }
    }

    /// The states, for a select.
    pub fn states(&self) -> Vec<Choice> {
        let choice =
            |state: State| Choice::new(state.word(), state.label(), state.word() == self.status);
        State::ALL.into_iter().map(choice).collect()
    }
}

impl From<&Details> for Typed {
    fn from(details: &Details) -> Self {
        Self {
            identifier: details.identifier.clone(),
            name: details.name.clone(),
            model: details.model.clone(),
            status: details.state.word().to_owned(),
            metadata: details.metadata.clone(),
        }
    }
}

fn identifier(raw: &str) -> std::result::Result<String, String> {
    field::name_of("identifier", WORDS, raw)
}

fn state(raw: &str) -> std::result::Result<State, String> {
    if raw.trim().is_empty() {
        return Err("Choose a status".into());
    }
    State::read(raw).ok_or_else(|| {
        let labels = State::ALL.map(State::label).join(", ");
        let shown: String = raw.chars().filter(|c| !c.is_control()).take(40).collect();
        format!("“{shown}” is no status. It is one of: {labels}")
    })
}

/// Lines of `name: value`. A semicolon between two does as well as a new line only in a file, where it is a line.
fn metadata(raw: &str) -> std::result::Result<String, String> {
    let text = field::paragraphs("metadata", METADATA, raw)?;
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once(':') {
            Some((name, value)) if !name.trim().is_empty() => {
                lines.push(
                    format!("{}: {}", name.trim(), value.trim())
                        .trim_end()
                        .to_owned(),
                );
            }
            _ => {
                let shown: String = line.chars().take(40).collect();
                return Err(format!(
                    "Write each line of the metadata as name: value, unlike “{shown}”"
                ));
            }
        }
    }
    Ok(lines.join("\n"))
}

/// Metadata as pairs, for a page.
pub(super) fn pairs(metadata: &str) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.trim().to_owned()))
    };
    metadata.lines().filter_map(pair).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed {
            identifier: " SN-1 ".into(),
            name: "Scanner 4".into(),
            model: "TC52".into(),
            status: "in MAINTENANCE".into(),
            metadata: " colour:  red \r\n\r\nshelf: 4: left".into(),
        }
    }

    #[test]
    fn what_is_typed_is_tidied() {
        let details = typed().check().unwrap();
        assert_eq!(details.identifier, "SN-1");
        assert_eq!(details.state, State::Maintenance);
        assert_eq!(details.metadata, "colour: red\nshelf: 4: left");
        let shelf = ("shelf".to_owned(), "4: left".to_owned());
        assert_eq!(pairs(&details.metadata).last(), Some(&shelf));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let wrong = Typed {
            identifier: String::new(),
            name: "\u{202e}x".into(),
            model: "x".repeat(121),
            status: "broken".into(),
            metadata: "no colon".into(),
        };
        let errors = wrong.check().unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            ["identifier", "name", "model", "status", "metadata"]
        );
        assert!(errors.of("status").unwrap().contains("In maintenance"));
    }
}
