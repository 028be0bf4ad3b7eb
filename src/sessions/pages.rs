//! The pages of signing in and out.

use askama::Template;

use crate::web::form::Errors;
use crate::web::shell::Shell;

/// *Sign in*.
#[derive(Template)]
#[template(path = "sessions/sign_in.html")]
pub struct SignInPage {
    /// The frame; its return path is where signing in leads.
    pub shell: Shell,
    /// The one sentence for every reason.
    pub errors: Errors,
    /// Address, as typed.
    pub email: String,
    /// Why one is asked to sign in.
    pub notice: Option<String>,
    /// Whether to say that a mail may have been sent; the same for every address.
    pub many_failures: bool,
}

/// *Sign out*, for whoever arrives by a link.
#[derive(Template)]
#[template(path = "sessions/sign_out.html")]
pub struct SignOutPage {
    /// The frame.
    pub shell: Shell,
}
