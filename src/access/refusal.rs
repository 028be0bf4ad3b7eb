//! A gate that refused: which one, and what the person can do about it (rule 28).

use crate::web::shell::Shell;

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
    /// Where the role that would help can be asked for.
    pub request: Option<String>,
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
            request: None,
            shell: None,
        }
    }
}

impl From<Refusal> for crate::error::Error {
    fn from(refusal: Refusal) -> Self {
        Self::Forbidden(Box::new(refusal))
    }
}
