//! What is shown before roles are given that let do much, or to several people at once.

use askama::Template;

use crate::web::form::Errors;
use crate::web::shell::Shell;

/// Who gets what, before it is given.
#[derive(Template)]
#[template(path = "users/check_adding.html")]
pub struct CheckAddingPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct: nothing, as nothing is typed here.
    pub errors: Errors,
    /// What would be done.
    pub heading: String,
    /// Where.
    pub place: String,
    /// To whom.
    pub lines: Vec<CheckedLine>,
    /// The roles, and whether each lets its holder do much.
    pub roles: Vec<(String, bool)>,
    /// Those that do, and what each is for.
    pub powerful: Vec<(String, String)>,
    /// From when on, and until when, in words; empty: at once, without an end.
    pub days: String,
    /// Whether they are told by mail.
    pub told: bool,
    /// The button's words.
    pub button: String,
    /// Where it posts.
    pub action: String,
    /// The way out.
    pub cancel: String,
    /// What was chosen, to be sent again.
    pub carried: Vec<(&'static str, String)>,
}

/// Somebody who gets them.
pub struct CheckedLine {
    /// First and last name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether they are shut out, and get nothing.
    pub out: bool,
}
