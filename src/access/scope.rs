//! The proof of access: what a door hands to the closure behind it.

use std::marker::PhantomData;

use super::gate::Demand;
use super::grant::Grant;
use super::part::{As, Part};
use super::permission::{Key, Permission, PermissionSet};
use super::place::{Account, Organization, Place};
use super::refusal::Refusal;
use super::resolve::{self, Resolution, Way};
use super::role::RoleTable;
use super::standing::{Person, Session, Standing};
use super::visit::Visit;
use crate::audit::{Action, Actor, Event};
use crate::db::types::Ts;
use crate::error::Result;
use crate::web::flash::Flash;
use crate::web::shell::Shell;

/// A person who may `A` at the place `P`, proven in this very transaction. Private fields, no `Clone`, made only by
/// a gate: lent by reference to a closure with a `'static` result it cannot escape.
pub struct Scope<P: Place, A: Demand> {
    pub(super) standing: Standing,
    pub(super) place: P,
    pub(super) resolution: Resolution,
    pub(super) visit: Visit,
    pub(super) arrived: Option<Flash>,
    pub(super) now: Ts,
    pub(super) portal: String,
    pub(super) roles: std::sync::Arc<RoleTable>,
    pub(super) demand: PhantomData<fn() -> A>,
}

/// Somebody who is signed in and acts, whatever the gate was: what a fresh proof and a verb for several gates need.
pub trait Acting {
    /// Who is acting.
    fn person(&self) -> &Person;
    /// In which browser.
    fn session(&self) -> &Session;
    /// The request.
    fn visit(&self) -> &Visit;
    /// The time of the request.
    fn now(&self) -> Ts;
    /// The frame of a page.
    fn shell(&self, page: &'static str) -> Shell;
}

impl<P: Place, A: Demand> Acting for Scope<P, A> {
    fn person(&self) -> &Person {
        &self.standing.person
    }
    fn session(&self) -> &Session {
        &self.standing.session
    }
    fn visit(&self) -> &Visit {
        &self.visit
    }
    fn now(&self) -> Ts {
        self.now
    }
    fn shell(&self, page: &'static str) -> Shell {
        self.shell(page)
    }
}

impl<P: Place, A: Demand> Scope<P, A> {
    /// Who is acting.
    pub fn person(&self) -> &Person {
        &self.standing.person
    }

    /// In which browser.
    pub fn session(&self) -> &Session {
        &self.standing.session
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.standing.account
    }

    /// The place that the gate stands before.
    pub fn place(&self) -> &P {
        &self.place
    }

    /// What the acting person holds here, and through which grants.
    pub fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    /// Whether the acting person also holds `B` here: for what a page shows or leaves out.
    pub fn also<B: Permission>(&self, _: B) -> bool {
        B::KEY.is_none_or(|key| self.resolution.permissions.contains_key(key))
    }

    /// Whether a page offers acts that need `B`: it is held here, and the organization can be changed at all.
    pub fn offers<B: Permission>(&self, permission: B) -> bool {
        let organization = self.place.organization();
        self.also(permission) && !organization.is_some_and(|organization| organization.archived)
    }

    /// Whether the acting person holds `B` anywhere in the account.
    pub fn somewhere<B: Permission>(&self, _: B) -> bool {
        let held = |key| resolve::holding(&self.roles, &self.standing.grants, key, self.now).next();
        B::KEY.is_none_or(|key| held(key).is_some())
    }

    /// Whether the acting person holds `B` at another place of the account.
    pub fn holds_at<B: Permission>(&self, _: B, place: &resolve::Place) -> bool {
        resolve::permissions(&self.roles, &self.standing.grants, place, self.now).allows::<B>()
    }

    /// What each role may do.
    pub fn role_table(&self) -> &RoleTable {
        &self.roles
    }

    /// Every grant of the acting person in the account.
    pub fn grants(&self) -> &[Grant] {
        &self.standing.grants
    }

    /// The organization that *Set Organization* last stored for this person here.
    pub fn selected(&self) -> Option<crate::db::types::OrganizationId> {
        self.standing.selected
    }

    /// The person's whole standing in the account.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The request.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }

    /// The time of the request.
    pub fn now(&self) -> Ts {
        self.now
    }

    /// An event in the account's chain: by the acting person, now, from this request.
    pub fn event(&self, action: Action) -> Event {
        let person = self.person();
        let name = crate::audit::Personal {
            actor_name: Some(person.name.clone()),
            ..Default::default()
        };
        Event::new(self.account().id, action, self.now)
            .by(Actor::User(person.id))
            .personal(name)
            .at_visit(&self.visit)
    }

    /// Whether the devices of the organization here are open to the person: by what reaches the organization, not by
    /// what reaches one project in it.
    fn sees_devices(&self) -> bool {
        self.resolution
            .why(Key::DevicesView)
            .any(|path| self.place.project().is_none() || path.way != Way::Direct)
    }

    /// Refuses where the account is frozen (rule 23): asked before every write, but for those that only take access away
    /// (S22).
    ///
    /// # Errors
    /// The page that names the plan.
    pub fn refuse_frozen(&self) -> Result<()> {
        if !self.account().is_frozen() {
            return Ok(());
        }
        Err(Refusal::frozen(&self.account().name).to(self))
    }

    /// The frame of the page.
    pub fn shell(&self, page: &'static str) -> Shell {
        let mut shell = Shell::signed_in(
            (&self.portal, page),
            &self.visit,
            &self.standing,
            &self.roles,
            self.now,
        );
        shell.sees_devices = self.sees_devices();
        shell
            .at(self.place.organization(), self.place.project())
            .with_menu(self.in_organization())
            .arriving(self.arrived.as_ref())
    }

    /// What the acting person holds on the organization of the place: on its own, not through one of its projects.
    fn in_organization(&self) -> PermissionSet {
        let organization = self.place.organization();
        let held = |it: &Organization| {
            let place = resolve::Place::Organization(it.branch());
            resolve::permissions(&self.roles, &self.standing.grants, &place, self.now)
        };
        organization.map_or(PermissionSet::EMPTY, held)
    }
}

impl<A: Demand> Scope<Organization, A> {
    /// The organization.
    pub fn organization(&self) -> &Organization {
        &self.place
    }
}

impl<R: Part, A: Demand> Scope<As<R>, A> {
    /// The organization.
    pub fn organization(&self) -> &Organization {
        &self.place.organization
    }
}
