//! What *Reservation Users* shows.

use askama::Template;

use crate::projects::blocks::Block;
use crate::web::html::Escaped;
use crate::web::list::Frame;
use crate::web::shell::Shell;

/// The projects, each with its people and their roles.
pub struct Section {
    /// The projects of this page.
    pub blocks: Vec<Block>,
    /// What stands around them.
    pub list: Frame,
    /// Where the search goes.
    pub path: String,
    /// This page with a block open: its id comes next, then `#` and the id again.
    pub show: Escaped,
    /// The same in a query, to come back to: there the `#` is `%23`.
    pub back: Escaped,
    /// Where all of them are, in words and as an address, when they are not here.
    pub all: Option<(String, String)>,
}

/// The section alone.
#[derive(Template)]
#[template(path = "users/section.html")]
pub struct ProjectsPage {
    /// The frame.
    pub shell: Shell,
    /// It.
    pub section: Section,
    /// User Management.
    pub all: String,
    /// Who can change what whoever only looks cannot.
    pub readonly: Option<String>,
}
