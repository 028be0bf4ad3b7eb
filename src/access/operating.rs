//! The gate of those who run the platform. For everybody else there is nothing behind it (404), and behind it there is
//! no account: being operator gives no permission in any (S13).

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

use super::door::Door;
use super::refusal;
use super::scope::Acting;
use super::standing::{self, Person, Session};
use super::visit::Visit;
use crate::app::{self, App};
use crate::audit::{Action, Actor, Event, Personal};
use crate::db::types::{AccountId, SessionId, Ts};
use crate::db::{Conn, Cost};
use crate::error::{Error, Result};
use crate::members;
use crate::web::shell::Shell;

/// Asks for an operator of the platform.
#[derive(Clone)]
pub struct Operating {
    visit: Visit,
    cost: Cost,
}

/// An operator, proven in this transaction.
pub struct OperatingScope {
    person: Person,
    session: Session,
    visit: Visit,
    now: Ts,
    portal: String,
}

impl Operating {
    /// The request.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }
}

impl OperatingScope {
    /// Who.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// The time of the request.
    pub fn now(&self) -> Ts {
        self.now
    }

    /// The frame of an operator's page.
    pub fn shell(&self, page: &'static str) -> Shell {
        Shell::of_operator(&self.portal, page, &self.visit, &self.person)
    }

    /// An event in an account's chain: by this operator, now, from this request.
    pub fn event(&self, account: AccountId, action: Action) -> Event {
        let name = Personal {
            actor_name: Some(self.person.name.clone()),
            ..Default::default()
        };
        Event::new(account, action, self.now)
            .by(Actor::Operator(self.person.id))
            .personal(name)
            .at_visit(&self.visit)
    }
}

impl Acting for OperatingScope {
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

impl FromRequest for Operating {
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

impl Door for Operating {
    type Scope = OperatingScope;

    fn enter(&self, conn: &mut Conn, app: &App, now: Ts) -> Result<OperatingScope> {
        let (person, session) = standing::signed_in(conn, app, &self.visit, now)?
            .ok_or_else(|| Error::sign_in(self.visit.sign_in_to()))?;
        // Whoever has left is no operator any more, wherever else they still come in (S3).
        if !person.operator || !members::is_at_home(conn, person.id)? {
            return Err(Error::NotFound);
        }
        Ok(OperatingScope {
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

    fn framed(_: &mut Conn, scope: &OperatingScope, error: Error) -> Error {
        refusal::framed(error, scope)
    }

    fn stale_session(scope: &OperatingScope, now: Ts) -> Option<SessionId> {
        scope.session.stale(now)
    }
}
