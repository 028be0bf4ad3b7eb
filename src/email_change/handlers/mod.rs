//! The pages of a new address: one's own, a manager's, and those that the mailed links lead to.

mod links;
mod managing;
mod own;

pub use links::{answer, confirm, look, look_old, open_new, open_old};
pub use managing::{change, edit};
pub use own::{change_own, edit_own};

use crate::web::field::{self, Email};
use crate::web::form::{Errors, Form};

/// Title of both forms.
const PAGE: &str = "Change email address";

/// Said once both mails are on their way; it says nothing about the new address.
fn sent(email: &str) -> String {
    format!(
        "A link was sent to {email}. The address changes once it is confirmed there, within 24 hours. The old address was told."
    )
}

/// What was typed, or what is wrong with it.
fn typed(form: &Form) -> crate::error::Result<(String, Result<Email, Errors>)> {
    let raw = form.text("email")?;
    let mut errors = Errors::new();
    let email = errors.take("email", field::email(&raw));
    Ok((raw, email.ok_or(errors)))
}

/// A message beside one field.
fn beside(field: &'static str, message: &str) -> Errors {
    let mut errors = Errors::new();
    errors.add(field, message);
    errors
}

/// Beside the field when the address is the one that stands.
const SAME: &str = "This is the address already";
