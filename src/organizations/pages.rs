//! What the pages of organizations show.

use askama::Template;

use crate::web::form::Errors;
use crate::web::list::Frame;
use crate::web::naming::Typed;
use crate::web::shell::Shell;

/// An organization in Account Organizations.
#[derive(Clone, Debug)]
pub struct OrganizationRow {
    /// What is posted.
    pub id: String,
    /// Its name.
    pub name: String,
    /// In addresses.
    pub slug: String,
    /// Its front page.
    pub href: String,
    /// One's roles there; empty where one sees only a part of it.
    pub role: String,
    /// Whether it is the selected one.
    pub selected: bool,
}

/// Account Organizations.
#[derive(Template)]
#[template(path = "organizations/index.html")]
pub struct OrganizationsPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// The organizations.
    pub rows: Vec<OrganizationRow>,
    /// What stands around them.
    pub list: Frame,
    /// What of the account one does not see.
    pub part: Option<String>,
    /// The page that one goes back to, in words.
    pub back_to: Option<String>,
    /// The page that one goes back to.
    pub return_to: String,
    /// Name of the selected organization, wherever it stands in the list.
    pub selected: Option<String>,
    /// Whether one may make organizations.
    pub can_create: bool,
    /// Whether one may have deleted ones back.
    pub can_restore: bool,
}

/// New organization.
#[derive(Template)]
#[template(path = "organizations/new.html")]
pub struct NewOrganizationPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// What was typed.
    pub typed: Typed,
    /// Below which organization it is made; none: at the top.
    pub below: Option<String>,
    /// Where it posts.
    pub action: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// A project on a dashboard.
#[derive(Clone, Debug)]
pub struct ProjectCard {
    /// Its name.
    pub name: String,
    /// Its page; none: one may not open it there.
    pub href: Option<String>,
    /// In addresses.
    pub slug: String,
    /// The organization below in which it lies; none: it lies in the one of the page.
    pub organization: Option<String>,
    /// How many people work on it; none: one may not know.
    pub people: Option<String>,
}

/// An organization's front page.
#[derive(Template)]
#[template(path = "organizations/show.html")]
pub struct OrganizationPage {
    /// The frame.
    pub shell: Shell,
    /// Its projects that one sees, by name.
    pub projects: Vec<ProjectCard>,
    /// Whether those of the organizations below are listed too.
    pub deep: bool,
    /// The list with them, or without; none: one may not see all of it.
    pub below: Option<String>,
    /// Whether they are the archived ones.
    pub archived: bool,
    /// What stands around them.
    pub list: Frame,
    /// Where a project is made; none: one may not.
    pub create: Option<String>,
    /// One's roles here; empty when one sees only a part.
    pub role: String,
}

/// An organization in the switcher.
#[derive(Clone, Debug)]
pub struct SwitchEntry {
    /// Its name.
    pub name: String,
    /// The same page there.
    pub href: String,
    /// One's roles there.
    pub role: String,
    /// Whether it is the selected one.
    pub selected: bool,
}

/// The organization switcher: a page, and its list for the menu.
#[derive(Template)]
#[template(path = "organizations/switcher.html", blocks = ["list"])]
pub struct SwitcherPage {
    /// The frame.
    pub shell: Shell,
    /// The organizations, by name.
    pub entries: Vec<SwitchEntry>,
    /// What stands around them.
    pub list: Frame,
    /// Account Organizations.
    pub all: String,
    /// The words of the link to it, with how many there are.
    pub see_all: String,
}
