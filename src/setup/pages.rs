//! The pages of the first run.

use askama::Template;

use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::view::Choice;

/// "This portal is waiting to be set up": for whoever comes without the link.
#[derive(Template)]
#[template(path = "setup/waiting.html")]
pub struct WaitingPage {
    /// The frame.
    pub shell: Shell,
}

/// The form that claims the installation.
#[derive(Template)]
#[template(path = "setup/new.html")]
pub struct SetupPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong with the form.
    pub errors: Errors,
    /// First name, as typed.
    pub first_name: String,
    /// Last name, as typed.
    pub last_name: String,
    /// Address, as typed.
    pub email: String,
    /// Company name, as typed.
    pub company_name: String,
    /// Every country.
    pub countries: Vec<Choice>,
    /// Shortest password.
    pub minimum: usize,
    /// The mail server; none when mail is not set up.
    pub mail: Option<String>,
    /// Where links lead.
    pub public_url: String,
    /// The address in the browser, when it differs.
    pub seen_url: Option<String>,
}
