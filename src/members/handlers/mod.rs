//! The pages of an organization's people: the list, adding somebody, changing somebody's roles.

mod add;
mod index;
mod roles;

pub use add::{create, new};
pub use index::{download, index};
pub use roles::{change, edit};

use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::permission::UsersManage;
use crate::access::place::{Account, Group, Organization, Place, Whole};
use crate::access::resolve::{self, Resolution};
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::types::{GrantId, UserId};
use crate::error::Result;
use crate::members::{Held, Target};
use crate::web::urls;

/// Behind the name of a role in a form: on the organization with everything below it.
const BELOW: &str = ".below";

/// A role as a form names it.
fn key(held: &Held) -> String {
    let below = if held.is_below() { BELOW } else { "" };
    format!("{}{below}", held.role.as_str())
}

/// A role from a form, and whether it is meant with everything below.
fn parse(known: &AccountRoles, key: &str) -> Result<(Role, bool)> {
    Ok(match key.strip_suffix(BELOW) {
        Some(role) => (known.sent(role)?, true),
        None => (known.sent(key)?, false),
    })
}

/// What the acting person holds on the place with everything below it; none where nothing can stand below.
fn with_below<P: HasRoles>(app: &App, scope: &Scope<P, UsersManage>) -> Option<Resolution> {
    let place = scope.place().with_below()?;
    let (roles, grants) = (app.roles(), scope.grants());
    Some(resolve::resolve(roles, grants, &place, scope.now()))
}

/// A place on which roles are given and changed by the same pages.
pub trait HasRoles: Place {
    /// The place, as a grant names it.
    fn target(&self, account: &Account) -> Target;
    /// Its id, as a grant names it.
    fn id(&self, account: &Account) -> GrantId;
    /// The place with everything below it, where roles can be given on that too.
    fn with_below(&self) -> Option<resolve::Place>;
    /// The list of who holds roles there: its name and its page.
    fn list<A: Demand>(scope: &Scope<Self, A>) -> (String, String);
    /// Where somebody is added.
    fn add<A: Demand>(scope: &Scope<Self, A>) -> String;
    /// Where the roles of one person are changed.
    fn person<A: Demand>(scope: &Scope<Self, A>, user: UserId) -> String;
    /// Add New User on the way to this place.
    fn new_user<A: Demand>(scope: &Scope<Self, A>) -> String;
    /// What a role here reaches, in a sentence.
    const REACHES: &'static str;
    /// The button that leads to giving roles here, and the title of that page.
    const ADD: &'static str;
    /// What somebody has been made by it, in front of the place's name.
    const ADDED: &'static str;
}

impl HasRoles for Organization {
    fn target(&self, _: &Account) -> Target {
        Target::Organization(self.id)
    }
    fn id(&self, _: &Account) -> GrantId {
        GrantId::from_uuid(self.id.uuid())
    }
    fn with_below(&self) -> Option<resolve::Place> {
        Some(resolve::Place::Subtree(self.branch()))
    }
    fn list<A: Demand>(scope: &Scope<Self, A>) -> (String, String) {
        let href = urls::members(&scope.account().slug, &scope.place().slug);
        ("Members".into(), href)
    }
    fn add<A: Demand>(scope: &Scope<Self, A>) -> String {
        urls::add_member(&scope.account().slug, &scope.place().slug)
    }
    fn person<A: Demand>(scope: &Scope<Self, A>, user: UserId) -> String {
        urls::member(&scope.account().slug, &scope.place().slug, user)
    }
    fn new_user<A: Demand>(scope: &Scope<Self, A>) -> String {
        urls::new_user_at_home(&scope.account().slug, scope.place().id)
    }
    const REACHES: &'static str = "A role on an organization holds for everything in it.";
    const ADD: &'static str = "Add member";
    const ADDED: &'static str = "is now a member of";
}

impl HasRoles for Group {
    fn target(&self, _: &Account) -> Target {
        Target::Group(self.id)
    }
    fn id(&self, _: &Account) -> GrantId {
        GrantId::from_uuid(self.id.uuid())
    }
    fn with_below(&self) -> Option<resolve::Place> {
        None
    }
    fn list<A: Demand>(scope: &Scope<Self, A>) -> (String, String) {
        let href = urls::group(&scope.account().slug, scope.place().id);
        (scope.place().name.clone(), href)
    }
    fn add<A: Demand>(scope: &Scope<Self, A>) -> String {
        urls::group_access_add(&scope.account().slug, scope.place().id)
    }
    fn person<A: Demand>(scope: &Scope<Self, A>, user: UserId) -> String {
        urls::group_access(&scope.account().slug, scope.place().id, user)
    }
    fn new_user<A: Demand>(scope: &Scope<Self, A>) -> String {
        urls::new_user(&scope.account().slug)
    }
    const REACHES: &'static str =
        "A role on a group holds in every organization in it, now and later.";
    // A group has no members of its own: whoever holds a role on it stands in its organizations.
    const ADD: &'static str = "Give roles";
    const ADDED: &'static str = "has roles on";
}

/// Only the roles of somebody who is there are changed by these pages: adding to the account is Add New User.
impl HasRoles for Whole {
    fn target(&self, account: &Account) -> Target {
        Target::Account(account.id)
    }
    fn id(&self, account: &Account) -> GrantId {
        GrantId::from_uuid(account.id.uuid())
    }
    fn with_below(&self) -> Option<resolve::Place> {
        None
    }
    fn list<A: Demand>(scope: &Scope<Self, A>) -> (String, String) {
        let href = urls::user_management(&scope.account().slug);
        ("User Management".into(), href)
    }
    fn add<A: Demand>(scope: &Scope<Self, A>) -> String {
        urls::new_user(&scope.account().slug)
    }
    fn person<A: Demand>(scope: &Scope<Self, A>, user: UserId) -> String {
        urls::user_roles(&scope.account().slug, user)
    }
    fn new_user<A: Demand>(scope: &Scope<Self, A>) -> String {
        urls::new_user(&scope.account().slug)
    }
    const REACHES: &'static str = "A role on the account holds everywhere in it, now and later.";
    const ADD: &'static str = "Add New User";
    const ADDED: &'static str = "has roles on";
}
