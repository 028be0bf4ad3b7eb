//! The pages of an organization's people, as their templates need them.

use askama::Template;

use crate::access::place::Account;
use crate::access::refusal::Refusal;
use crate::db::types::UserId;
use crate::members::during::Typed;
use crate::web::form::Errors;
use crate::web::list::Frame;
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::{Act, Choice, Status};

/// Where a role comes from.
pub struct SourceShown {
    /// In words.
    pub text: String,
    /// The place, where the reader may open it.
    pub href: Option<String>,
}

/// A person of the organization.
pub struct MemberRow {
    /// First and last name.
    pub name: String,
    /// At most two letters.
    pub initials: String,
    /// Their page, where the reader may open it.
    pub href: Option<String>,
    /// Whether it is the reader.
    pub you: bool,
    /// Whether they are an Admin or Owner of the organization.
    pub admin: bool,
    /// What they hold on the whole organization.
    pub role: String,
    /// Projects of it on which they hold roles, in short.
    pub projects: String,
    /// Where that comes from.
    pub sources: Vec<SourceShown>,
    /// How they stand.
    pub status: Status,
    /// When they last signed in: for machines and for people.
    pub seen: Option<(String, String)>,
    /// What can be done.
    pub acts: Vec<Act>,
}

/// Members.
#[derive(Template)]
#[template(path = "members/index.html")]
pub struct MembersPage {
    /// The frame.
    pub shell: Shell,
    /// The people.
    pub rows: Vec<MemberRow>,
    /// What stands around them.
    pub list: Frame,
    /// Where the people of what lies below are shown too, when they are not.
    pub include: Option<String>,
    /// Whether they are.
    pub below: bool,
    /// Where somebody of the account is added.
    pub add: Option<String>,
    /// Where somebody is added who is not in the account yet.
    pub new_user: Option<String>,
    /// What a project is called here, small.
    pub word: String,
    /// What several are called.
    pub words: String,
}

/// Add member, or Give roles on a group.
#[derive(Template)]
#[template(path = "members/add.html")]
pub struct AddMemberPage {
    /// The frame.
    pub shell: Shell,
    /// Its title, and the button that sends it.
    pub title: &'static str,
    /// The words of the way back to the list.
    pub back: String,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Who can be added.
    pub users: Vec<Choice>,
    /// Whether there are too many for one list, or they have been searched.
    pub searched: bool,
    /// What was searched for.
    pub q: String,
    /// The roles.
    pub roles: Vec<Choice>,
    /// From which day on, and until which, as typed.
    pub during: Typed,
    /// In which time zone.
    pub zone: String,
    /// What they mean.
    pub about_roles: String,
    /// The way out.
    pub cancel: String,
    /// Where somebody is added who is not in the account yet.
    pub new_user: String,
    /// Name of the organization or group.
    pub place: String,
    /// What a role there reaches.
    pub reaches: &'static str,
    /// The box for everything below; none: nothing can stand below.
    pub below: Vec<Choice>,
}

/// The roles of one person on the organization.
#[derive(Template)]
#[template(path = "members/roles.html")]
pub struct MemberRolesPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Whose roles.
    pub name: String,
    /// Name of the organization or group.
    pub place: String,
    /// The roles, those held ticked.
    pub roles: Vec<Choice>,
    /// The same with everything below; none: they can be neither given nor taken here.
    pub below: Vec<Choice>,
    /// The roles held when the page was made.
    pub seen: Vec<String>,
    /// Those of them that the reader cannot take away: their boxes are not sent.
    pub kept: Vec<String>,
    /// What they hold by another way.
    pub otherwise: Vec<String>,
    /// What they mean.
    pub about_roles: String,
    /// The way out.
    pub cancel: String,
}

/// A role that somebody would be refused, so that a review leaves it out (S15).
#[derive(Clone, Debug)]
pub struct NotYet {
    /// Why, and which gate says so.
    pub sentence: String,
    /// Who.
    pub name: String,
    /// Their page, where the next step is.
    pub href: String,
}

impl NotYet {
    /// For want of a proof that the address is theirs.
    pub fn new(account: &Account, (user, name): (UserId, String), why: String) -> Self {
        Self {
            sentence: Refusal::new("role", why).told(),
            name,
            href: urls::user(&account.slug, user),
        }
    }
}

/// A sentence about what happens; a role that lets its holder do much stands out in it (ux 7.10).
pub struct Change {
    /// Up to the role, or all of it.
    pub text: String,
    /// The role that stands out.
    pub strong: Option<String>,
    /// What follows it.
    pub rest: String,
}

impl Change {
    /// Nothing stands out.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            strong: None,
            rest: String::new(),
        }
    }

    /// About a role, which stands out if it does much.
    pub fn of(before: String, (role, much): (&str, bool), rest: String) -> Self {
        if much {
            return Self {
                text: before,
                strong: Some(role.to_owned()),
                rest,
            };
        }
        Self::plain(format!("{before}{role}{rest}"))
    }
}

/// What a change of roles does, before it is done.
#[derive(Template)]
#[template(path = "members/review.html")]
pub struct ReviewRolesPage {
    /// The frame.
    pub shell: Shell,
    /// Where the form goes.
    pub action: String,
    /// Whose roles.
    pub name: String,
    /// Name of the organization or group.
    pub place: String,
    /// The roles ticked.
    pub roles: Vec<String>,
    /// The roles held when the form was made.
    pub seen: Vec<String>,
    /// Those of them that stay because the reader cannot take them away.
    pub kept: Vec<String>,
    /// What happens, a sentence each.
    pub changes: Vec<Change>,
    /// What was ticked and is left out.
    pub not_yet: Vec<NotYet>,
    /// Whether anything is left to be done.
    pub sends: bool,
    /// The way out.
    pub cancel: String,
}
