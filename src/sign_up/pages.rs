//! The pages of a sign-up.

use askama::Template;

use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::view::Choice;

/// *Sign up*.
#[derive(Template)]
#[template(path = "sign_up/new.html")]
pub struct SignUpPage {
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
}

/// *Check your email*: the same for every address.
#[derive(Template)]
#[template(path = "sign_up/sent.html")]
pub struct SentPage {
    /// The frame.
    pub shell: Shell,
    /// Address, as typed.
    pub email: String,
    /// Who the mail comes from.
    pub sender: String,
}

/// What the mailed link leads to: sign in to finish.
#[derive(Template)]
#[template(path = "sign_up/confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// The company.
    pub company: String,
    /// Address, as typed.
    pub email: String,
    /// Where it posts.
    pub action: String,
}

/// A link that does not work (410).
#[derive(Template)]
#[template(path = "sign_up/gone.html")]
pub struct GonePage {
    /// The frame.
    pub shell: Shell,
}
