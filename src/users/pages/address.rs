//! The pages of another address, and of another link, for somebody who is invited.

use askama::Template;

use super::Known;
use crate::web::form::Errors;
use crate::web::shell::Shell;

/// *Change the address and resend*.
#[derive(Template)]
#[template(path = "users/invited_address.html")]
pub struct InvitedAddressPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Somebody with the new address is here already.
    pub known: Option<Known>,
    /// First and last name.
    pub name: String,
    /// The address now.
    pub current: String,
    /// The new one, as typed.
    pub email: String,
    /// Roles that they will have: the grant, the role, the place.
    pub kept: Vec<(String, String, String)>,
    /// Roles that end: the role, the place.
    pub dropped: Vec<(String, String)>,
    /// How long the link works.
    pub life: String,
    /// Where it posts.
    pub action: String,
    /// The way out.
    pub cancel: String,
}

/// What *Copy link* ends, before it does.
#[derive(Template)]
#[template(path = "users/copy_link.html")]
pub struct CopyLinkPage {
    /// The frame.
    pub shell: Shell,
    /// First and last name.
    pub name: String,
    /// What happens, a sentence each.
    pub means: Vec<String>,
    /// The link that ends.
    pub ends: String,
    /// Where the form goes.
    pub action: String,
    /// The way out.
    pub cancel: String,
}
