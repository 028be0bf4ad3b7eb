//! Gates: the extractors that stand first in a handler's signature, and become a [`Scope`] inside the transaction.

mod open;
mod refusing;

pub use open::{
    Errand, Open, OpenScope, OpeningLinks, Reading, SettingUp, SigningIn, SigningUp, Unsubscribing,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};
use std::marker::PhantomData;

use super::door::Door;
use super::grant::Grant;
pub use super::job::{Job, JobScope};
use super::permission::{Key, Permission};
use super::place::Place;
use super::refusal::{self, Refusal};
use super::resolve::{self, Resolution};
use super::role::RoleTable;
use super::scope::{Acting, Scope};
use super::slugs;
use super::standing::{self, Person, Session};
use super::visit::Visit;
use crate::app::{self, App};
use crate::db::types::{SessionId, Ts};
use crate::db::{Conn, Cost};
use crate::error::{Error, Result};
use crate::organizations::{self, Arrival};
use crate::web::shell::Shell;
use crate::web::urls;

/// What a gate asks of the person at its place: a permission there, or [`Somewhere`].
pub trait Demand: 'static {
    /// The permission; none when it is enough that the place is visible.
    const KEY: Option<Key>;
    /// Whether it may be held anywhere in the account instead of at the place.
    const ANYWHERE: bool;
}

impl<A: Permission> Demand for A {
    const KEY: Option<Key> = A::KEY;
    const ANYWHERE: bool = false;
}

/// Asks for `A` anywhere in the account (S6): the page opens, and shows only what lies where `A` is held.
pub struct Somewhere<A: Permission>(PhantomData<fn() -> A>);

impl<A: Permission> Demand for Somewhere<A> {
    const KEY: Option<Key> = A::KEY;
    const ANYWHERE: bool = true;
}

/// A gate before the place `P` of an account that lets through who may `A`. Reads nothing until it is entered.
pub struct Gate<P: Place, A: Demand> {
    account: String,
    path: P::Path,
    visit: Visit,
    cost: Cost,
    demand: PhantomData<fn() -> A>,
}

impl<P: Place, A: Demand> Gate<P, A> {
    /// The request.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }

    /// The same gate before a read that is not bounded, such as a portion of an export: it waits elsewhere than on
    /// the worker's own thread.
    #[must_use]
    pub fn unbounded(mut self) -> Self {
        self.cost = Cost::Unbounded;
        self
    }

    /// The same gate before a read that holds a whole file in memory: one after the other.
    #[must_use]
    pub fn heavy(mut self) -> Self {
        self.cost = Cost::Heavy;
        self
    }

    /// The account's slug, as the URL says.
    pub fn account_slug(&self) -> &str {
        &self.account
    }
}

impl<P: Place, A: Demand> Clone for Gate<P, A> {
    fn clone(&self) -> Self {
        Self {
            account: self.account.clone(),
            path: self.path.clone(),
            visit: self.visit.clone(),
            cost: self.cost,
            demand: PhantomData,
        }
    }
}

impl<P: Place, A: Demand> FromRequest for Gate<P, A> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let gate = |visit| {
            let account = request.match_info().get("account")?.to_owned();
            let path = P::path(request)?;
            Some(Self {
                account,
                path,
                visit,
                cost: app::cost_of(request),
                demand: PhantomData,
            })
        };
        let visit = Visit::from_request(request, payload).into_inner();
        ready(visit.and_then(|visit| gate(visit).ok_or(Error::NotFound)))
    }
}

impl<P: Place, A: Demand> Gate<P, A> {
    /// Person, place and rights, now.
    fn prove(&self, conn: &mut Conn, app: &App, now: Ts) -> Result<Scope<P, A>> {
        let standing = standing::in_account(conn, app, &self.visit, &self.account, now)?;
        let place = P::find(conn, &self.path, &standing.account, &standing.grants, now)?;
        let chain = place.chain();
        let resolution = resolve::resolve(app.roles(), &standing.grants, &chain, now);
        let is_archived = place.project().is_some_and(|project| !project.active);
        let resolution = if is_archived {
            resolution.inert()
        } else {
            resolution
        };
        let visible = match place.organization() {
            // Nothing reached from above or around: perhaps something inside is.
            Some(organization) if resolution.paths.is_empty() && place.project().is_none() => {
                organizations::holds_something_visible(conn, organization, &standing.grants, now)?
            }
            Some(_) => !resolution.paths.is_empty(),
            None if P::IS_ACCOUNT => standing.grants.iter().any(|grant| grant.in_force(now)),
            None => !resolution.paths.is_empty(),
        };
        if !visible {
            return Err(Error::NotFound);
        }
        let portal = app.config().portal_name.clone();
        let roles = app.roles().clone();
        let visit = self.visit.clone();
        let arrived = match place.organization() {
            Some(here) => {
                let (standing, resolution, visit) = (&standing, &resolution, &visit);
                let roles = &roles;
                let arrival = Arrival {
                    standing,
                    here,
                    resolution,
                    visit,
                    roles,
                    now,
                };
                organizations::arrived(conn, &arrival)?
            }
            None => None,
        };
        let scope = Scope {
            standing,
            place,
            resolution,
            visit,
            arrived,
            now,
            portal,
            roles,
            demand: PhantomData,
        };
        match refused::<A>(app.roles(), &scope.resolution, &scope.standing.grants, now) {
            None => Ok(scope),
            Some(key) => Err(refusing::refusal(conn, &scope, key, app)?.into()),
        }
    }

    /// Nothing is called so here. Perhaps it was (S8): then the same page under the names of today, for whoever may see
    /// the place. A form sent to an old address is not sent on.
    fn elsewhere(&self, conn: &mut Conn, app: &App, now: Ts) -> Result<Error> {
        let asked = self.visit.return_to();
        let Some((_, account)) = slugs::account(conn, &self.account)? else {
            return Ok(Error::NotFound);
        };
        let standing = match standing::in_account(conn, app, &self.visit, &account, now) {
            Ok(standing) if asked.starts_with("/accounts/") => standing,
            Ok(_) | Err(Error::NotFound) => return Ok(Error::NotFound),
            Err(other) => return Err(other),
        };
        let Some(path) = P::renamed(conn, &self.path, &standing.account)? else {
            return Ok(Error::NotFound);
        };
        if account == self.account && P::names(&path) == P::names(&self.path) {
            return Ok(Error::NotFound);
        }
        let (organization, project) = P::names(&path);
        let to = urls::renamed(asked, &account, organization, project);
        let today = Self {
            account,
            path: path.clone(),
            visit: self.visit.clone(),
            cost: self.cost,
            demand: PhantomData,
        };
        Ok(match today.prove(conn, app, now) {
            Ok(_) | Err(Error::Forbidden(_)) => Error::renamed(to),
            Err(error) => error,
        })
    }
}

impl<P: Place, A: Demand> Door for Gate<P, A> {
    type Scope = Scope<P, A>;

    fn enter(&self, conn: &mut Conn, app: &App, now: Ts) -> Result<Scope<P, A>> {
        match self.prove(conn, app, now) {
            Err(Error::NotFound) => Err(match self.elsewhere(conn, app, now)? {
                Error::NotFound => refusal::not_found(conn, app, &self.visit, now)?,
                other => other,
            }),
            proven => proven,
        }
    }

    fn cost(&self) -> Cost {
        self.cost
    }

    fn may_read(scope: &Scope<P, A>) -> Result<()> {
        if scope.visit().is_form() {
            scope.refuse_frozen()?;
        }
        Ok(())
    }

    fn may_write(scope: &Scope<P, A>) -> Result<()> {
        scope.refuse_frozen()?;
        Self::may_end(scope)
    }

    fn may_end(scope: &Scope<P, A>) -> Result<()> {
        let archived = scope
            .place()
            .organization()
            .filter(|it| it.archived && !P::RESTING);
        let Some(organization) = archived else {
            return Ok(());
        };
        let why = "is archived: it can be read, and nothing in it changed until it is taken out of the archive.";
        Err(Refusal::new("scope", format!("{} {why}", organization.name)).to(scope))
    }

    fn framed(conn: &mut Conn, scope: &Scope<P, A>, error: Error) -> Error {
        refusal::framed(refusing::explained(conn, scope, error), scope)
    }

    fn stale_session(scope: &Scope<P, A>, now: Ts) -> Option<SessionId> {
        scope.session().stale(now)
    }
}

pub(super) fn refused<A: Demand>(
    roles: &RoleTable,
    here: &Resolution,
    grants: &[Grant],
    now: Ts,
) -> Option<Key> {
    let key = A::KEY?;
    let held = here.permissions.contains_key(key)
        || A::ANYWHERE && resolve::holding(roles, grants, key, now).next().is_some();
    (!held).then_some(key)
}

/// A gate that asks only for somebody to be signed in: choosing an account, one's own pages, signing out.
#[derive(Clone)]
pub struct SignedIn {
    visit: Visit,
    cost: Cost,
}

/// Somebody who is signed in, proven in this transaction.
pub struct SignedInScope {
    person: Person,
    session: Session,
    visit: Visit,
    now: Ts,
    portal: String,
}

impl SignedIn {
    /// The request.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }
}

impl SignedInScope {
    /// Who.
    pub fn person(&self) -> &Person {
        &self.person
    }
    /// In which browser.
    pub fn session(&self) -> &Session {
        &self.session
    }
    /// The request.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }
    /// The time of the request.
    pub fn now(&self) -> Ts {
        self.now
    }
    /// The frame of a page outside of any account.
    pub fn shell(&self, page: &'static str) -> Shell {
        let shell = Shell::of_person(&self.portal, page, &self.visit, &self.person);
        if self.visit.path().split('/').nth(1) == Some("me") {
            shell.with_own_pages()
        } else {
            shell
        }
    }
}

impl Acting for SignedInScope {
    fn person(&self) -> &Person {
        &self.person
    }
    fn session(&self) -> &Session {
        &self.session
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

impl FromRequest for SignedIn {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visit = Visit::from_request(request, payload).into_inner();
        ready(visit.map(|visit| Self {
            visit,
            cost: app::cost_of(request),
        }))
    }
}

impl Door for SignedIn {
    type Scope = SignedInScope;

    fn enter(&self, conn: &mut Conn, app: &App, now: Ts) -> Result<SignedInScope> {
        let (person, session) = standing::signed_in(conn, app, &self.visit, now)?
            .ok_or_else(|| Error::sign_in(self.visit.sign_in_to()))?;
        Ok(SignedInScope {
            person,
            session,
            visit: self.visit.clone(),
            now,
            portal: app.config().portal_name.clone(),
        })
    }

    fn cost(&self) -> Cost {
        self.cost
    }

    fn framed(_: &mut Conn, scope: &SignedInScope, error: Error) -> Error {
        refusal::framed(error, scope)
    }

    fn stale_session(scope: &SignedInScope, now: Ts) -> Option<SessionId> {
        scope.session.stale(now)
    }
}
