//! What the grid and its review show.

use askama::Template;

use crate::members::pages::NotYet;
use crate::projects::pages::ProjectPerson;
use crate::web::shell::Shell;

/// The head of a column: a role.
#[derive(Clone, Debug)]
pub struct RoleHead {
    /// Its name.
    pub label: String,
    /// Its name in code, and of its row of About User Roles.
    pub key: String,
    /// Why it is not simply ticked: "by request"; empty: it is.
    pub note: &'static str,
    /// Whether it is asked for.
    pub asks: bool,
}

/// A box.
#[derive(Clone, Debug)]
pub struct Cell {
    /// What is posted when it is ticked.
    pub value: String,
    /// The role.
    pub label: String,
    /// Whether it is ticked.
    pub ticked: bool,
    /// Whether it cannot be changed by whoever looks.
    pub locked: bool,
    /// From when, or until when, the role holds; empty: always.
    pub note: String,
}

/// A person with their boxes.
#[derive(Clone, Debug)]
pub struct GridRow {
    /// Who.
    pub person: ProjectPerson,
    /// What names them in the form; none: it is the one who looks, and their roles are changed by others.
    pub id: Option<String>,
    /// The roles as they were when the page was made.
    pub seen: Vec<String>,
    /// A box a role.
    pub cells: Vec<Cell>,
}

/// What changes for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewLine {
    /// Who.
    pub name: String,
    /// Roles that they get, and whether each is one to look at twice.
    pub gets: Vec<(String, bool)>,
    /// Roles that they lose, likewise.
    pub loses: Vec<(String, bool)>,
    /// Whether nothing is left that they hold there.
    pub leaves: bool,
}

/// What changes, before it is changed, or taken back.
#[derive(Template)]
#[template(path = "projects/review.html")]
pub struct GridReviewPage {
    /// The frame.
    pub shell: Shell,
    /// What is about to be done, as a question.
    pub heading: String,
    /// Name of the project.
    pub place: String,
    /// Where the form goes.
    pub action: String,
    /// What it carries.
    pub carried: Vec<(&'static str, String)>,
    /// Person by person.
    pub lines: Vec<ReviewLine>,
    /// Who is told by mail, in a sentence.
    pub told: String,
    /// What was ticked and is left out.
    pub not_yet: Vec<NotYet>,
    /// The way out.
    pub cancel: String,
}
