//! A gate that refused: which one, and what the person can do about it (rule 28).

use super::permission::Key;
use super::place::Account;
use super::scope::Acting;
use super::standing;
use super::visit::Visit;
use super::wanting::Wish;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::web::shell::Shell;
use crate::web::urls;

/// What a 403 page says.
#[derive(Debug)]
pub struct Refusal {
    /// The gate's name: sign-in, role, scope, plan, second factor, approval, origin.
    pub gate: &'static str,
    /// One sentence: what was not allowed, where.
    pub sentence: String,
    /// What would be needed, in words.
    pub needed: Option<String>,
    /// Who can help: names of people.
    pub ask: Vec<String>,
    /// Where one sees what is missing.
    pub why: Option<String>,
    /// The permission that was missing, where it was one, and the typed id of the place: whoever shows the refusal finds
    /// out from it whom to ask, and leads to the question that it answers.
    pub lacks: Option<(Key, String)>,
    /// The role that would help, where it can be asked for.
    pub request: Option<Wish>,
    /// The frame of the page, when somebody is signed in.
    pub shell: Option<Shell>,
}

impl Refusal {
    /// A refusal by `gate` with one sentence.
    pub fn new(gate: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            gate,
            sentence: sentence.into(),
            needed: None,
            ask: Vec::new(),
            why: None,
            lacks: None,
            request: None,
            shell: None,
        }
    }

    /// The plan of a frozen account refuses (rule 23).
    pub fn frozen(account: &str) -> Self {
        Self::by_plan(account, "nothing can be changed")
    }

    /// The plan of a frozen account refuses, and so that much cannot be: "nobody can join".
    pub fn by_plan(account: &str, so: &str) -> Self {
        let sentence = format!("{account} is frozen: {so} until its plan is settled.");
        Self::new("plan", sentence)
    }

    /// In one line, for a row among others: the sentence, and the gate by name.
    pub fn told(&self) -> String {
        format!("{} (Refused by: {}.)", self.sentence, self.gate)
    }

    /// With the people who can help.
    pub fn asking(self, ask: Vec<String>) -> Self {
        Self { ask, ..self }
    }

    /// For want of this permission at the place with this typed id.
    pub fn lacking(self, lacks: impl Into<Option<(Key, String)>>) -> Self {
        let lacks = lacks.into();
        Self { lacks, ..self }
    }

    /// The same, where it is known whom to ask, or that there is nobody: with the question what is missing, filled in.
    pub fn explained(self, account: &Account, lacks: Option<(Key, String)>) -> Self {
        let why = lacks.map(|(key, place)| urls::why(&account.slug, key.as_str(), &place));
        Self { why, ..self }
    }

    /// With the role that would help, and the page on which it is asked for.
    pub fn requested(self, request: Option<Wish>) -> Self {
        Self { request, ..self }
    }

    /// The answer to whoever acts: a page in the frame of theirs.
    pub fn to(self, acting: &impl Acting) -> Error {
        let shell = Some(acting.shell("Not allowed"));
        Self { shell, ..self }.into()
    }
}

/// Not there, to this visitor: in their own frame where they are signed in, as the wrong person perhaps. Says nothing of
/// any account.
pub(crate) fn not_found(conn: &mut Conn, app: &App, visit: &Visit, now: Ts) -> Result<Error> {
    let person = standing::signed_in(conn, app, visit, now)?;
    Ok(person.map_or(Error::NotFound, |(person, _)| {
        let portal = &app.config().portal_name;
        let shell = Shell::of_person(portal, "Page not found", visit, &person);
        Error::Missing {
            shell: Box::new(shell),
        }
    }))
}

/// An answer that was made without knowing its reader, in the frame of theirs.
pub(super) fn framed(error: Error, acting: &impl Acting) -> Error {
    match error {
        Error::Forbidden(refusal) if refusal.shell.is_none() => refusal.to(acting),
        Error::NotFound => Error::Missing {
            shell: Box::new(acting.shell("Page not found")),
        },
        Error::Conflict(why) => Error::Stopped {
            why,
            shell: Box::new(acting.shell("Not done")),
        },
        other => other,
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Forbidden(Box::new(refusal))
    }
}
