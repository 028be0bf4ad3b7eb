//! What the pages of requests show.

use askama::Template;

use crate::web::form::Errors;
use crate::web::list::Frame;
use crate::web::shell::Shell;
use crate::web::view::{Choice, Pager, Status};

/// Request Admin role, or access.
#[derive(Template)]
#[template(path = "requests/new.html")]
pub struct AskPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Whether the reader can ask for others too.
    pub for_others: bool,
    /// What it is about: the name of the page.
    pub heading: &'static str,
    /// What happens to such a request.
    pub lead: &'static str,
    /// Address of the person.
    pub person: String,
    /// Which roles can be asked for.
    pub roles: Vec<Choice>,
    /// Where the reader gives the role themself, in place of asking for it: words, and where.
    pub give: Option<(String, String)>,
    /// Where the role can be asked for.
    pub places: Vec<(String, Vec<Choice>)>,
    /// What a place was searched for with, where not all are listed.
    pub place_q: Option<String>,
    /// What stands beside the list of places.
    pub places_hint: &'static str,
    /// The box for everything below an organization.
    pub below: Vec<Choice>,
    /// Why.
    pub reason: String,
    /// What the roles mean.
    pub about_roles: String,
    /// The way out.
    pub cancel: String,
}

/// The request as it would be, before it is sent.
#[derive(Template)]
#[template(path = "requests/check.html")]
pub struct CheckPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct: only the password.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Where it goes to be changed.
    pub change: String,
    /// Whom it is for.
    pub name: String,
    /// Whether that is the reader.
    pub is_own: bool,
    /// Address of the person, to be posted.
    pub person: String,
    /// The role, to be posted.
    pub role: String,
    /// The role, to be read.
    pub role_name: String,
    /// The place, to be posted.
    pub place: String,
    /// Whether with everything below it, to be posted.
    pub below: bool,
    /// The place, to be read.
    pub place_name: String,
    /// Why.
    pub reason: String,
    /// Who will be asked.
    pub asked: Vec<String>,
    /// What happens next, step by step.
    pub next: Vec<String>,
    /// Whether the password is asked for.
    pub proof: bool,
}

/// A request in a list.
pub struct RequestRow {
    /// Its page.
    pub href: String,
    /// Whom it is for.
    pub person: String,
    /// Who asks.
    pub requester: String,
    /// Which role.
    pub role: String,
    /// Where.
    pub place: String,
    /// The account, where the list is not of one.
    pub account: Option<String>,
    /// Why, shortened.
    pub reason: String,
    /// How old it is: for machines and for people.
    pub age: (String, String),
    /// How it stands.
    pub status: Status,
}

/// Requests of an account, of a person, or of the operators.
#[derive(Template)]
#[template(path = "requests/index.html")]
pub struct RequestsPage {
    /// The frame.
    pub shell: Shell,
    /// What the page is for.
    pub lead: &'static str,
    /// Where one asks for Admin, if one can here.
    pub ask: Option<String>,
    /// Where one asks for another role.
    pub access: Option<String>,
    /// Links that narrow the list: words, address, whether it is the one shown.
    pub views: Vec<(&'static str, String, bool)>,
    /// Search, order and pages, in an account; none: only the newest first.
    pub list: Option<Frame>,
    /// Whether something was searched for.
    pub searched: bool,
    /// The rows.
    pub rows: Vec<RequestRow>,
    /// The older ones.
    pub pager: Option<Pager>,
    /// What an empty list says.
    pub empty: (&'static str, &'static str),
}

/// What was decided, by whom.
pub struct Said {
    /// "Approved by Anna Admin".
    pub heading: String,
    /// What they wrote; none where it is the request's own reason.
    pub words: Option<String>,
    /// When, and how they had proven who they are.
    pub when: String,
}

/// The form of a decision.
pub struct DecideForm {
    /// Where it goes.
    pub action: String,
    /// What was written.
    pub words: String,
    /// Whether the password is asked for.
    pub proof: bool,
    /// What is looked at, in short: what has changed by the time of the decision is not approved.
    pub seen: String,
    /// The word on the button that says yes; none where it can only be refused.
    pub approve: Option<&'static str>,
}

/// A fact of a request.
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// What is said.
    pub value: String,
    /// Where that leads, for whoever may go there.
    pub href: Option<String>,
    /// What belongs to it.
    pub note: Option<String>,
}

/// One request.
#[derive(Template)]
#[template(path = "requests/show.html")]
pub struct RequestPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// How it stands.
    pub status: Status,
    /// What is asked for, by whom and where.
    pub facts: Vec<Fact>,
    /// Why.
    pub reason: String,
    /// What was decided.
    pub said: Vec<Said>,
    /// What the person would gain: parts of the matrix, each with its permissions.
    pub gains: Vec<(String, Vec<String>)>,
    /// What happens next.
    pub next: Option<String>,
    /// The decision, for whoever can make it.
    pub decide: Option<DecideForm>,
    /// Why the reader cannot decide, or can only refuse, or what their decision does.
    pub barred: Option<String>,
    /// Where it is withdrawn, for whoever made it.
    pub withdraw: Option<String>,
}
