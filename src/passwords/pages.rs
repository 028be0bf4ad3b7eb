//! The pages of forgotten passwords and locks.

use askama::Template;

use crate::web::form::Errors;
use crate::web::shell::Shell;

/// *Forgot your password?*
#[derive(Template)]
#[template(path = "passwords/forgot.html")]
pub struct ForgotPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong with the address.
    pub errors: Errors,
    /// Address, as typed.
    pub email: String,
}

/// The same answer for every address.
#[derive(Template)]
#[template(path = "passwords/forgot_sent.html")]
pub struct ForgotSentPage {
    /// The frame.
    pub shell: Shell,
    /// Address, as typed.
    pub email: String,
    /// Where *Send it again* posts.
    pub again: String,
    /// How long the link works.
    pub life: String,
}

/// *Choose a new password*.
#[derive(Template)]
#[template(path = "passwords/reset.html")]
pub struct ResetPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong with the password.
    pub errors: Errors,
    /// Where it posts.
    pub action: String,
    /// Whose password.
    pub email: String,
    /// Shortest password.
    pub minimum: usize,
}

/// After a reset.
#[derive(Template)]
#[template(path = "passwords/done.html")]
pub struct PasswordDonePage {
    /// The frame.
    pub shell: Shell,
    /// Where the notice went.
    pub email: String,
}

/// *Unlock your sign-in*.
#[derive(Template)]
#[template(path = "passwords/unlock.html")]
pub struct UnlockPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong with the address.
    pub errors: Errors,
    /// Address, as typed or of the link.
    pub email: String,
    /// Where a mailed link's button posts.
    pub action: Option<String>,
    /// Whether a link was asked for.
    pub sent: bool,
    /// Whether the lock is gone.
    pub done: bool,
}
