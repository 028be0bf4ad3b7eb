//! What the pages of Add New User show.

use askama::Template;

use crate::members::during::Typed;
use crate::users::NoProjects;
use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::view::Choice;

/// Somebody is in the account already: what is said of them, and the ways that are open instead.
pub struct Known {
    /// What is said.
    pub text: String,
    /// The ways, one or another: words, and where.
    pub ways: Vec<(&'static str, String)>,
}

impl Known {
    /// With these ways.
    pub fn new<const N: usize>(text: String, ways: [(&'static str, String); N]) -> Self {
        Self {
            text,
            ways: ways.into(),
        }
    }
}

/// Add New User, first page.
#[derive(Template)]
#[template(path = "users/new.html")]
pub struct NewUserPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Address.
    pub email: String,
    /// What they are told besides.
    pub note: String,
    /// Where both pages are one.
    pub single: String,
    /// Where several are added at once.
    pub several: String,
    /// Somebody is here already.
    pub known: Option<Known>,
    /// What was chosen on the second page.
    pub carried: Vec<(&'static str, String)>,
    /// The way out.
    pub cancel: String,
}

impl NewUserPage {
    /// What is beside the address: what is wrong with it, or whose it is already.
    pub fn wrong_email(&self) -> Option<&str> {
        let known = self.known.as_ref().map(|known| known.text.as_str());
        self.errors.of("email").or(known)
    }
}

/// Add New User, second page.
#[derive(Template)]
#[template(path = "users/new_roles.html")]
pub struct NewUserRolesPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Where it goes to change the first page.
    pub change: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Address.
    pub email: String,
    /// What they are told besides.
    pub note: String,
    /// Whether this page is the first one, too.
    pub single: bool,
    /// Which sending of the form this is.
    pub submission: String,
    /// The organization that becomes the home, if any.
    pub home: String,
    /// The places, each with the roles there; at least one.
    pub blocks: Vec<PlaceBlock>,
    /// Whether there can be one more.
    pub more: bool,
    /// What a place was searched for with, where not all are listed.
    pub place_q: Option<String>,
    /// Whether the last of them was just asked for: there one goes on.
    pub another: bool,
    /// What stands beside the list of places.
    pub places_hint: &'static str,
    /// What to do where there is no project among them.
    pub no_projects: Option<NoProjects>,
    /// From which day on, and until which, as typed.
    pub during: Typed,
    /// In which time zone.
    pub zone: String,
    /// What they mean.
    pub about_roles: String,
    /// How long the link works.
    pub life: String,
    /// Whether a mail server is set up.
    pub mail_works: bool,
}

/// A place with the roles there, on the second page of Add New User.
pub struct PlaceBlock {
    /// Which one it is, from 1.
    pub number: usize,
    /// The name of its field.
    pub place: &'static str,
    /// The name of the field of its roles.
    pub role: &'static str,
    /// Where roles can be given.
    pub places: Vec<(String, Vec<Choice>)>,
    /// The roles.
    pub roles: Vec<Choice>,
}
