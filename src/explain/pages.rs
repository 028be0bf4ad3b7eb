//! What the pages about access show.

use askama::Template;

use super::finding::{People, Places};
use crate::web::form::Errors;
use crate::web::list::Frame;
use crate::web::shell::Shell;
use crate::web::view::{Choice, Pager};

/// A form of this feature: a tab.
pub struct Tab {
    /// Its question.
    pub label: &'static str,
    /// Where it is asked.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
}

/// A role that gives it.
pub struct PathShown {
    /// "User Management on Dock 4".
    pub text: String,
    /// "given by Ravi Patel on 3 May 2026".
    pub given: String,
    /// Why, and the request that says so, where the role was asked for.
    pub because: Option<(String, String)>,
}

/// A role that would give it.
pub struct RemedyShown {
    /// Its name.
    pub role: String,
    /// Its row of About User Roles.
    pub about: String,
    /// Where it would have to be held.
    pub place: String,
    /// Who can give it, as the matrix says it.
    pub given_by: &'static str,
    /// Some of those, by name.
    pub ask: String,
}

/// The answer to the first question.
#[derive(Default)]
pub struct AnswerShown {
    /// `yes`, `no` or `unknown`.
    pub kind: &'static str,
    /// Yes, No, Cannot say.
    pub word: &'static str,
    /// The same as a sentence.
    pub sentence: String,
    /// The roles that give it; or would, were the person active.
    pub paths: Vec<PathShown>,
    /// The smallest change that would end it, and where each part of it is made, for whoever may make it.
    pub change: Vec<(String, Option<String>)>,
    /// What is missing.
    pub missing: Vec<String>,
    /// Which roles would give it.
    pub remedies: Vec<RemedyShown>,
    /// What else to know.
    pub notes: Vec<String>,
    /// Who may be able to say.
    pub ask: Vec<String>,
    /// Where to go on.
    pub links: Vec<(String, String)>,
}

/// Can someone do something?
#[derive(Template)]
#[template(path = "explain/check.html")]
pub struct CheckPage {
    /// The frame.
    pub shell: Shell,
    /// The other questions.
    pub tabs: Vec<Tab>,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Of whom.
    pub people: People,
    /// What.
    pub actions: Vec<(String, Vec<Choice>)>,
    /// Where.
    pub places: Places,
    /// What the asker does not get to see.
    pub note: Option<String>,
    /// The answer.
    pub answer: Option<AnswerShown>,
}

/// A role at a place.
pub struct RoleShown {
    /// Its name.
    pub role: String,
    /// Where it comes from: Direct, From group West.
    pub source: String,
    /// Where its holder asks for more time with it, if it ends.
    pub more_time: Option<String>,
    /// Its row of About User Roles.
    pub about: String,
    /// Who gave it, when.
    pub given: String,
    /// Why, and the request that says so, where the role was asked for.
    pub because: Option<(String, String)>,
}

/// A place, and what one can do there.
pub struct Block {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// The roles that count there.
    pub roles: Vec<RoleShown>,
    /// What they allow together.
    pub may: Vec<String>,
    /// The projects in it where there is more.
    pub inside: Vec<Block>,
}

/// What somebody can do.
#[derive(Default)]
pub struct PersonAccess {
    /// First and last name.
    pub name: String,
    /// Their page.
    pub href: Option<String>,
    /// Why nothing of it counts.
    pub inactive: Option<String>,
    /// The places.
    pub blocks: Vec<Block>,
    /// Roles that do not count now.
    pub later: Vec<String>,
    /// The way on.
    pub pager: Option<Pager>,
}

/// Somebody who can do it here.
pub struct HolderShown {
    /// First and last name.
    pub name: String,
    /// Their page.
    pub href: String,
    /// Their address.
    pub email: String,
    /// The roles that give it, and where they are held.
    pub by: Vec<String>,
    /// The same question of this person alone.
    pub why: Option<String>,
}

/// Who can do this here?
#[derive(Template)]
#[template(path = "explain/who.html")]
pub struct WhoPage {
    /// The frame.
    pub shell: Shell,
    /// The other questions.
    pub tabs: Vec<Tab>,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// What.
    pub actions: Vec<(String, Vec<Choice>)>,
    /// Where.
    pub places: Places,
    /// What the asker does not get to see.
    pub note: Option<String>,
    /// What was asked, as a sentence.
    pub question: Option<String>,
    /// Those who can.
    pub holders: Vec<HolderShown>,
    /// What stands around the rows.
    pub list: Frame,
}

/// What can this person do?
#[derive(Template)]
#[template(path = "explain/person.html")]
pub struct PersonPage {
    /// The frame.
    pub shell: Shell,
    /// The other questions.
    pub tabs: Vec<Tab>,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Of whom.
    pub people: People,
    /// What the asker does not get to see.
    pub note: Option<String>,
    /// The answer.
    pub access: Option<PersonAccess>,
}

/// The roles of two people at one place.
pub struct ComparedPlace {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// The roles of the one.
    pub one: String,
    /// The roles of the other.
    pub other: String,
    /// Whether they are the same.
    pub same: bool,
}

/// What two people may do at one place.
pub struct ComparedRight {
    /// The permission.
    pub label: String,
    /// Whether the one may.
    pub one: bool,
    /// Whether the other may.
    pub other: bool,
}

/// Two people beside each other.
pub struct Compared {
    /// The one.
    pub one: String,
    /// The other.
    pub other: String,
    /// Why roles of one of them do not count.
    pub inactive: Vec<String>,
    /// Their roles, place by place; where they differ first.
    pub places: Vec<ComparedPlace>,
    /// How many places are left out.
    pub more: usize,
    /// Name of the place that was asked about.
    pub spot: Option<String>,
    /// What they may do there; where they differ first.
    pub rights: Vec<ComparedRight>,
}

/// Compare two people.
#[derive(Template)]
#[template(path = "explain/compare.html")]
pub struct ComparePage {
    /// The frame.
    pub shell: Shell,
    /// The other questions.
    pub tabs: Vec<Tab>,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// The one.
    pub people: People,
    /// The other.
    pub others: People,
    /// Where; may be left out.
    pub places: Places,
    /// What the asker does not get to see.
    pub note: Option<String>,
    /// The answer.
    pub compared: Option<Compared>,
}

/// My access.
#[derive(Template)]
#[template(path = "explain/mine.html")]
pub struct MinePage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Where the forms go.
    pub action: String,
    /// The accounts one is in.
    pub accounts: Vec<Choice>,
    /// Whether there are more than are listed.
    pub more_accounts: bool,
    /// The one that is shown.
    pub account: Option<MyAccount>,
}

/// One account, in which one asks about oneself.
pub struct MyAccount {
    /// Its name.
    pub name: String,
    /// In the query.
    pub slug: String,
    /// What.
    pub actions: Vec<(String, Vec<Choice>)>,
    /// Where.
    pub places: Places,
    /// The answer, when something was asked.
    pub answer: Option<AnswerShown>,
    /// What one can do.
    pub access: PersonAccess,
}
