//! What the pages of an act on several people show.

use askama::Template;

use crate::members::during::Typed;
use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::view::Choice;

/// What stands above the rows of people: what can be done with those that are ticked.
pub struct BulkBar {
    /// Where the form goes.
    pub action: String,
    /// What can be done: as posted, and in words.
    pub deeds: Vec<(&'static str, String)>,
    /// The list as it is asked for.
    pub hidden: Vec<(&'static str, String)>,
    /// A new link for everybody whose link has expired, in the list of who is invited.
    pub expired: Option<BulkForm>,
    /// The link that ticks every row of the page, or none.
    pub turn: (&'static str, String),
    /// The words beside the box for everybody who matches, where there are more pages, and whether it can be ticked.
    pub all: Option<(String, bool)>,
    /// Why some of the rows cannot be selected for everything, where there are such rows.
    pub apart: Option<String>,
}

/// Where, and which roles: an act on several people that needs a place.
#[derive(Template)]
#[template(path = "users/bulk_choose.html")]
pub struct ChooseBulkPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// The act.
    pub heading: String,
    /// Whom it is about.
    pub names: String,
    /// Whether these are several.
    pub several: bool,
    /// Where the form goes.
    pub action: String,
    /// What it carries.
    pub carried: Vec<(&'static str, String)>,
    /// What the places are called.
    pub label: String,
    /// The places.
    pub places: Vec<(String, Vec<Choice>)>,
    /// What a place was searched for with, where not all are listed.
    pub place_q: Option<String>,
    /// What stands beside the places.
    pub places_hint: &'static str,
    /// Why there is none among them, where that is so.
    pub nowhere: Option<String>,
    /// The roles, where they are asked for.
    pub roles: Vec<Choice>,
    /// What they mean.
    pub about_roles: String,
    /// From which day on, and until which, as typed, where roles are given.
    pub during: Option<Typed>,
    /// In which time zone.
    pub zone: String,
    /// The way out.
    pub cancel: String,
}

/// What an act on several people comes to, row by row: before, or after.
#[derive(Template)]
#[template(path = "users/bulk.html")]
pub struct BulkPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// The act, and whether it is done.
    pub heading: String,
    /// How many came to what.
    pub lead: String,
    /// The people.
    pub lines: Vec<BulkLine>,
    /// Who is told by mail, where that is known before.
    pub told: Option<String>,
    /// What can be sent: the agreement; or the way back.
    pub form: Option<BulkForm>,
    /// The reason as typed, where one is asked for.
    pub reason: Option<String>,
    /// Whether the people are told, where that is asked.
    pub tell: bool,
    /// Where it is taken back.
    pub undo: Option<String>,
    /// The list.
    pub back: String,
    /// Whether that is a way out of something not done yet.
    pub cancel: bool,
}

/// A form without fields to fill.
pub struct BulkForm {
    /// Where it goes.
    pub action: String,
    /// What it carries.
    pub carried: Vec<(&'static str, String)>,
    /// The button's words.
    pub button: String,
    /// Whether it is what the page is for.
    pub strong: bool,
}

/// One person of an act on several.
pub struct BulkLine {
    /// Who.
    pub name: String,
    /// Their page.
    pub href: Option<String>,
    /// The look of the tag.
    pub kind: &'static str,
    /// What it comes to, in a word or two.
    pub label: &'static str,
    /// What stands before the roles, where they are shown one by one.
    pub verb: String,
    /// They, and whether each lets its holder do much.
    pub roles: Vec<(String, bool)>,
    /// And in a sentence, or its end.
    pub text: String,
}

impl BulkLine {
    /// Takes the roles that its sentence names behind the verb out of it, to be shown one by one.
    pub fn name_roles(&mut self, roles: &[(String, bool)]) {
        let names: Vec<&str> = roles.iter().map(|(label, _)| label.as_str()).collect();
        let Some((verb, rest)) = self.text.split_once(' ') else {
            return;
        };
        if let Some(end) = rest.strip_prefix(&names.join(", ")) {
            (self.verb, self.roles) = (verb.to_owned(), roles.to_vec());
            self.text = end.to_owned();
        }
    }
}
