//! The pages of groups, as their templates need them.

use askama::Template;
use sha2::{Digest, Sha256};

use crate::access::impact::shown::Shown;
use crate::web::form::Errors;
use crate::web::list::Frame;
use crate::web::shell::Shell;
use crate::web::view::Choice;

/// A group in the list: name, page, what it is for.
pub type GroupRow = (String, String, String);

/// Groups.
#[derive(Template)]
#[template(path = "groups/index.html")]
pub struct GroupsPage {
    /// The frame.
    pub shell: Shell,
    /// The groups.
    pub rows: Vec<GroupRow>,
    /// What stands around them.
    pub list: Frame,
    /// Where a group is made, for whoever may.
    pub new: Option<String>,
}

/// New group, and the same form for one that is there.
#[derive(Template)]
#[template(path = "groups/form.html")]
pub struct GroupFormPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What was there when the form was made: name and description; empty for a new one.
    pub seen: Option<(String, String)>,
    /// The way out.
    pub cancel: String,
}

/// Who has which role through the group.
pub struct AccessRow {
    /// Who.
    pub name: String,
    /// Which roles.
    pub roles: String,
    /// Where they are changed, for whoever may.
    pub href: Option<String>,
}

/// A group.
#[derive(Template)]
#[template(path = "groups/show.html")]
pub struct GroupPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The organizations in it, for who may only look: name and page, where it may be opened.
    pub organizations: Vec<(String, String)>,
    /// The organizations of the account, those in the group ticked, for who may change it.
    pub choices: Vec<Choice>,
    /// Ids and names of those in it that have no box, since nothing is changed in them: they are archived.
    pub fixed: Vec<(String, String)>,
    /// Whether one looks for those that are not in it.
    pub searched: bool,
    /// Whether there are more of these than boxes.
    pub more: bool,
    /// Which are looked for.
    pub q: String,
    /// What is said where none was found.
    pub none: Option<String>,
    /// Those in it when the page was made.
    pub seen: Vec<String>,
    /// Where the ticks go, for who may change them.
    pub tick: Option<String>,
    /// Who has which role through it; none for who may not see people.
    pub access: Option<Vec<AccessRow>>,
    /// Where roles are given on it, for who may.
    pub give: Option<String>,
    /// Where it is renamed.
    pub edit: Option<String>,
    /// Where it is deleted.
    pub delete: Option<String>,
}

/// What a change does, before it is done.
#[derive(Template)]
#[template(path = "groups/review.html")]
pub struct GroupReviewPage {
    /// The frame.
    pub shell: Shell,
    /// Where the form goes.
    pub action: String,
    /// The heading.
    pub heading: String,
    /// Whether it was agreed to as it stood before.
    pub overtaken: bool,
    /// What happens, a sentence each.
    pub changes: Vec<String>,
    /// Who gains and loses what.
    pub impact: Option<Shown>,
    /// Why it cannot be done; then there is no button.
    pub refused: Vec<String>,
    /// Fields that go along.
    pub carried: Vec<(&'static str, String)>,
    /// The words on the button.
    pub button: &'static str,
    /// The way out.
    pub cancel: String,
}

impl GroupReviewPage {
    /// Its form carries what it shows, and `agreed` is what came with the form: whether both are the same.
    pub fn is_agreed(&mut self, agreed: &str) -> bool {
        let text = format!("{:?}|{:?}|{:?}", self.changes, self.impact, self.refused);
        let shown = format!("{:x}", Sha256::digest(text));
        let same = agreed == shown;
        self.overtaken = !agreed.is_empty() && !same;
        self.carried.push(("agreed", shown));
        same
    }
}
