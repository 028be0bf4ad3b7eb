//! The pages about ownership.

use askama::Template;

use crate::web::form::Errors;
use crate::web::shell::Shell;

/// An offer that waits for the person, in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferShown {
    /// The account.
    pub account: String,
    /// The Owner who offers.
    pub by: String,
    /// Until when it stands.
    pub until: String,
    /// Its page.
    pub href: String,
}

/// An offer that an Owner made.
#[derive(Clone, Debug)]
pub struct OfferRow {
    /// What is posted to take it back.
    pub id: String,
    /// To whom.
    pub name: String,
    /// What it says beyond the name.
    pub detail: String,
}

/// Ownership of an account.
#[derive(Template)]
#[template(path = "ownership/index.html")]
pub struct OwnershipPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// The Owners: name, address, their page.
    pub owners: Vec<(String, String, String)>,
    /// Offers that stand.
    pub offers: Vec<OfferRow>,
    /// Address, as typed.
    pub email: String,
    /// Whether one's own ownership is to be laid down.
    pub lay_down: bool,
    /// Whether the password is asked for.
    pub proof: bool,
    /// Where the offer posts.
    pub action: String,
    /// Where taking back posts.
    pub withdraw: String,
    /// Until when an offer made now stands.
    pub until: String,
}

/// An offer, for the person it was made to.
#[derive(Template)]
#[template(path = "ownership/offer.html")]
pub struct OfferPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// Whether the password is asked for.
    pub proof: bool,
    /// What is posted.
    pub id: String,
    /// The account.
    pub account: String,
    /// The Owner who offers.
    pub by: String,
    /// Whether they go.
    pub lays_down: bool,
    /// Until when it stands.
    pub until: String,
}
