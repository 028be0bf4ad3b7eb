//! What the page of a leaver shows.

use askama::Template;

use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::view::Choice;

/// Handing over what hangs on a leaver.
#[derive(Template)]
#[template(path = "handover/show.html")]
pub struct HandoverPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Who leaves.
    pub name: String,
    /// What is listed, as the form carries it.
    pub seen: String,
    /// Whether something came after the page was opened, so that nothing was done.
    pub overtaken: bool,
    /// What hangs on them and is no role, sentence by sentence.
    pub hangs: Vec<String>,
    /// Whether there is nothing to hand over.
    pub nothing: bool,
    /// Where somebody is searched for, and the form goes.
    pub action: String,
    /// What was searched for.
    pub q: String,
    /// Who can take over.
    pub people: Vec<Choice>,
    /// Whether there are more than are listed, or they were searched.
    pub searched: bool,
    /// What is said of those who are not among them.
    pub rest: &'static str,
    /// Who takes over: what is posted, and the name; none: that is to be chosen yet.
    pub to: Option<(String, String)>,
    /// Roles that can be handed over.
    pub roles: Vec<Choice>,
    /// Roles that cannot: the role and its place, and why.
    pub left: Vec<(String, String)>,
    /// What else is done, sentence by sentence.
    pub means: Vec<String>,
    /// The reason, as typed.
    pub reason: String,
    /// Whether the leaver is told: the label, and whether it is ticked.
    pub tell: (String, bool),
    /// Where one deactivates without handing over.
    pub deactivate: String,
    /// The way out.
    pub cancel: String,
}
