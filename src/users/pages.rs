//! What the pages about people show.

mod address;
mod bulk;
mod checking;
mod new;
mod section;
mod until;
mod vouch;
mod waiting;

use askama::Template;
use std::borrow::Cow;

pub use address::{CopyLinkPage, InvitedAddressPage};
pub use bulk::{BulkBar, BulkForm, BulkLine, BulkPage, ChooseBulkPage};
pub use checking::{CheckAddingPage, CheckedLine};
pub use new::{Known, NewUserPage, NewUserRolesPage, PlaceBlock};
pub use section::{ProjectsPage, Section};
pub use until::UntilPage;
pub use vouch::VouchPage;
pub use waiting::WaitingRole;

use super::Listed;
use super::showing::InShort;
use crate::web::form::Errors;
use crate::web::html::{Escaped, Words};
use crate::web::list::Frame;
use crate::web::shell::Shell;
use crate::web::urls::{self, Theirs};
use crate::web::view::{Act, Ago, Choice, Day, Status};

/// What the reader lacks to deactivate people (S4).
pub struct LackingNote {
    /// In a sentence.
    pub text: String,
    /// The projects that it names, each with where User Management there is asked for.
    pub asks: Vec<(String, String)>,
    /// Where the reader learns who can give it.
    pub who: String,
}

/// User Management.
#[derive(Template)]
#[template(path = "users/index.html")]
pub struct UserManagementPage {
    /// The frame.
    pub shell: Shell,
    /// Where people are added, for whoever may.
    pub add: Option<String>,
    /// Where people are imported, for whoever may.
    pub import: Option<String>,
    /// The view as CSV.
    pub csv: Option<String>,
    /// The links that narrow the list.
    pub views: Vec<View>,
    /// What stands around the people.
    pub list: Frame,
    /// Where the filters by place are; none: they are shown, or there is nothing to filter.
    pub more_filters: Option<String>,
    /// What this person does not get to see.
    pub note: Option<String>,
    /// What they lack to deactivate people.
    pub lacking: Option<LackingNote>,
    /// Who can change what whoever only looks cannot.
    pub readonly: Option<String>,
    /// What can be done with several people at once, for whoever may.
    pub bulk: Option<BulkBar>,
    /// Whether the rows come ticked.
    pub picked: bool,
    /// Whether the reader is the only one there.
    pub alone: bool,
    /// What the first section is called.
    pub heading: &'static str,
    /// Where the pages of people are.
    pub people: urls::People,
    /// Active Users.
    pub active: Vec<UserRow>,
    /// Inactive Users.
    pub inactive: Vec<InactiveRow>,
    /// Where all of them are.
    pub inactive_more: Option<String>,
    /// Projects, each with its people and their roles, where they are on the page.
    pub section: Option<Section>,
    /// Whether the section is on the page.
    pub show_active: bool,
    /// Whether the section is on the page.
    pub show_inactive: bool,
}

/// A link that narrows the list.
pub struct View {
    /// Its words.
    pub label: &'static str,
    /// Where it leads.
    pub href: String,
    /// How many there are, where that is known.
    pub number: Option<String>,
    /// Whether it is the one shown.
    pub current: bool,
}

/// A person who is not shut out.
pub struct UserRow {
    /// Who.
    pub person: Listed,
    /// Their id, which stands in every address of theirs.
    pub id: Escaped,
    /// First and last name, which stand beside all that can be done with them.
    pub name: Escaped,
    /// Whether their row can be ticked.
    pub pick: bool,
    /// Roles that the reader may see, in short.
    pub roles: Cow<'static, str>,
    /// Where they hold them, in short.
    pub places: InShort,
    /// On how many projects, where these are several.
    pub spread: Option<String>,
    /// What they hold them by: "Direct", "From group West"; none: they hold none.
    pub source: Option<Cow<'static, str>>,
    /// Whether it is the reader.
    pub you: bool,
    /// Whether they are an Admin or Owner somewhere here.
    pub admin: bool,
    /// How they stand.
    pub status: Status,
    /// What became of their invitation, where that is listed.
    pub delivery: Option<String>,
    /// When they last signed in.
    pub seen: Option<Ago>,
    /// When they came in; none: not yet.
    pub joined: Option<Day>,
    /// What can be done at once.
    pub acts: Vec<RowAct>,
}

/// What can be done with a row at once.
pub enum RowAct {
    /// A link to one of their pages.
    Link(Words, Theirs),
    /// A button that posts there.
    Post(Words, Theirs),
    /// What is done elsewhere.
    Other(Act),
}

/// A person who is shut out.
pub struct InactiveRow {
    /// Who.
    pub person: Listed,
    /// Their id.
    pub id: Escaped,
    /// Whether the reader can reactivate them, and tick their row.
    pub managed: bool,
    /// Since when.
    pub since: Option<Day>,
    /// By whom.
    pub by: Option<String>,
    /// Why, in the words of who did it.
    pub why: Option<String>,
}

/// What a person is called.
#[derive(Template)]
#[template(path = "users/name.html")]
pub struct NamePage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Whether they have not come in yet.
    pub invited: bool,
    /// What was typed, or what is stored.
    pub names: super::Names,
    /// The version that is shown.
    pub version: i64,
    /// Where the form goes.
    pub action: String,
    /// The way out.
    pub cancel: String,
}

/// A line about a person.
pub struct Fact {
    /// What it is called.
    pub label: &'static str,
    /// What it is.
    pub value: String,
    /// What belongs to it.
    pub note: Option<String>,
    /// Where it is changed, by whoever may.
    pub change: Option<String>,
    /// In place of what it is: a list of places.
    pub places: Vec<ManagedPlace>,
}

/// An organization that somebody's roles reach.
pub struct ManagedPlace {
    /// What stands before its name.
    pub before: &'static str,
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: Option<String>,
    /// How much of it, or by what.
    pub after: String,
    /// Where that is changed, by whoever may.
    pub change: Option<String>,
}

impl Fact {
    /// A line that nobody changes here.
    pub fn new(label: &'static str, value: impl Into<String>, note: Option<String>) -> Self {
        Self {
            label,
            value: value.into(),
            note,
            change: None,
            places: Vec::new(),
        }
    }

    /// A line that is changed there.
    pub fn changed_at(mut self, href: Option<String>) -> Self {
        self.change = href;
        self
    }
}

/// One person.
#[derive(Template)]
#[template(path = "users/show.html")]
pub struct UserPage {
    /// The frame.
    pub shell: Shell,
    /// Where their access is explained.
    pub access: String,
    /// First and last name.
    pub name: String,
    /// At most two letters.
    pub initials: String,
    /// Their address.
    pub email: String,
    /// How they stand.
    pub status: Status,
    /// Whether they are an Admin or Owner somewhere here.
    pub admin: bool,
    /// Whether it is the reader.
    pub you: bool,
    /// The link to hand over.
    pub welcome_link: Option<WelcomeLink>,
    /// What there is to know.
    pub facts: Vec<Fact>,
    /// Roles by place.
    pub roles: Vec<RoleGroup>,
    /// Where they are signed in, for whoever may end it.
    pub sessions: Option<Vec<SessionLine>>,
    /// Where a session is ended.
    pub sign_out: String,
    /// The newest invitations, for whoever manages them.
    pub invitations: Vec<InvitationLine>,
    /// What the audit log tells of them, for whoever reads it.
    pub history: Option<Vec<EventLine>>,
    /// Roles that wait for somebody who may give them.
    pub waiting: Vec<WaitingRole>,
    /// Where such a role is confirmed.
    pub confirm: String,
    /// Where it is discarded.
    pub discard: String,
    /// What can be done.
    pub acts: Vec<Act>,
    /// Who can change what the reader cannot.
    pub readonly: Option<String>,
    /// Where what the reader lacks to deactivate them is asked for: the project's name, and the form.
    pub asks: Vec<(String, String)>,
}

/// A session, as a manager sees it: without the network address, and only with the place that it stands for.
pub struct SessionLine {
    /// What is posted to end it.
    pub id: String,
    /// The browser in words.
    pub browser: String,
    /// About where it began, where the operator's file has it.
    pub place: Option<String>,
    /// When it began.
    pub began: String,
    /// When it was last used.
    pub used: String,
}

/// An invitation and what became of its mail.
pub struct InvitationLine {
    /// When it was made.
    pub made: String,
    /// Whether the person asked for it themselves.
    pub by_them: bool,
    /// How its link stands.
    pub link: String,
    /// How its mail stands.
    pub mail: &'static str,
    /// What the mail server said.
    pub reply: Option<String>,
}

/// An event of the audit log.
pub struct EventLine {
    /// When.
    pub at: String,
    /// Who did what.
    pub words: String,
    /// Which role, where.
    pub details: Option<String>,
}

/// A link to hand over.
pub struct WelcomeLink {
    /// It.
    pub url: String,
    /// Until when it works.
    pub until: String,
    /// What to know: the mail is on its way, was not sent, or earlier links ended.
    pub note: String,
}

/// The roles at one place.
pub struct RoleGroup {
    /// Its name.
    pub place: String,
    /// What it is: "Reservation in North".
    pub kind: String,
    /// Where the roles there are changed, by whoever may.
    pub change: Option<String>,
    /// Whether it is a project, which stands under its organization.
    pub under: bool,
    /// The roles; none: an organization with just projects under it.
    pub roles: Vec<RoleLine>,
}

/// One role.
pub struct RoleLine {
    /// Its name.
    pub label: String,
    /// Its row of About User Roles.
    pub about: String,
    /// What it is held by: "Direct", "From group West".
    pub source: String,
    /// Who gave it, where that is known.
    pub by: Option<String>,
    /// When: for machines and for people.
    pub given: (String, String),
    /// From when on and until when it holds; empty: always.
    pub lasts: String,
    /// Where it is given another end, for whoever may: the words and the page.
    pub end: Option<(&'static str, String)>,
}

/// The roles of an old invitation, to be confirmed before it is sent again.
#[derive(Template)]
#[template(path = "users/resend.html")]
pub struct ResendPage {
    /// The frame.
    pub shell: Shell,
    /// First and last name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Where the form goes.
    pub action: String,
    /// The way out.
    pub cancel: String,
    /// Roles that stay: the grant, the role, the place.
    pub kept: Vec<(String, String, String)>,
    /// Roles that end: the role, the place.
    pub dropped: Vec<(String, String)>,
    /// Roles that wait: the role, the place.
    pub waits: Vec<(String, String)>,
    /// How long the link works.
    pub life: String,
}

/// What it means to deactivate a person or to remove a guest, before it is done.
#[derive(Template)]
#[template(path = "users/ending.html")]
pub struct EndingPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// What would be done, to whom.
    pub heading: String,
    /// What it means, sentence by sentence.
    pub means: Vec<String>,
    /// What is said of their roles, and the roles.
    pub roles: (&'static str, Vec<String>),
    /// Where the form goes.
    pub action: String,
    /// The button's words.
    pub button: &'static str,
    /// The way out.
    pub cancel: String,
    /// Whether the person is told, where that can be chosen.
    pub tell: Option<(String, bool)>,
    /// The reason as typed, where one is asked for.
    pub reason: Option<String>,
    /// Where what hangs on the person is handed over first.
    pub handover: Option<String>,
}

/// What comes back when a person is reactivated.
#[derive(Template)]
#[template(path = "users/returning.html")]
pub struct ReturningPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct: nothing, as nothing is typed here.
    pub errors: Errors,
    /// Who.
    pub name: String,
    /// In which account.
    pub account: String,
    /// Where the form goes.
    pub action: String,
    /// The way out.
    pub cancel: String,
    /// Every role that the page shows, by its grant.
    pub seen: Vec<String>,
    /// Roles that come back unless unticked.
    pub back: Vec<Choice>,
    /// Roles whose place is closed: they come back with it, unless unticked.
    pub closed: Vec<Choice>,
    /// Roles that wait for somebody who may give them.
    pub waiting: Vec<String>,
}
