//! What the page about the end of a role shows.

use askama::Template;

use crate::web::form::Errors;
use crate::web::shell::Shell;

/// Until when somebody holds a role.
#[derive(Template)]
#[template(path = "users/until.html")]
pub struct UntilPage {
    /// Where one asks for the role, where only an approval lets it last longer.
    pub request: Option<String>,
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Who.
    pub name: String,
    /// Label of the role.
    pub role: String,
    /// Where it holds.
    pub place: String,
    /// When it ends now.
    pub ends: Option<String>,
    /// That they asked for more time.
    pub asked: Option<String>,
    /// The last day, as typed.
    pub ends_on: String,
    /// What stands beside it.
    pub hint: String,
    /// Which role, as posted.
    pub grant: String,
    /// The end that was looked at.
    pub seen: String,
    /// Where the form goes.
    pub action: String,
    /// The way out.
    pub cancel: String,
}
