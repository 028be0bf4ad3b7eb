//! The page of vouching for a colleague.

use askama::Template;

use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::view::Choice;

/// *Vouch for* somebody whose sign-in is locked.
#[derive(Template)]
#[template(path = "users/vouch.html")]
pub struct VouchPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Their name.
    pub name: String,
    /// Until when the lock would last.
    pub until: String,
    /// How often one vouches, and is vouched for, in a day.
    pub most: i64,
    /// That one is sure.
    pub sure: Vec<Choice>,
    /// Whether the password is asked for.
    pub proof: bool,
    /// Where it posts.
    pub action: String,
    /// The way out.
    pub cancel: String,
}
