//! Gates of pages for anybody, each for one errand.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};
use std::marker::PhantomData;

use crate::access::door::Door;
use crate::access::standing::{self, Person, Session};
use crate::access::visit::Visit;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// What a signed-out page may do; a gate of its own for each, so that no page borrows another's rights.
pub trait Errand: 'static {
    /// Its name, for the table of routes.
    const NAME: &'static str;
}

/// Claiming a fresh installation with its one-time link.
pub struct SettingUp;
/// Proving who one is, and stopping to be signed in.
pub struct SigningIn;
/// Making an account for a company of one's own.
pub struct SigningUp;
/// Opening a mailed or copied link, and asking for a new one.
pub struct OpeningLinks;
/// Turning off a kind of notice by the link of one, and nothing else.
pub struct Unsubscribing;
/// Reading what is the same for everybody.
pub struct Reading;

impl Errand for SettingUp {
    const NAME: &'static str = "setting up";
}
impl Errand for SigningIn {
    const NAME: &'static str = "signing in";
}
impl Errand for SigningUp {
    const NAME: &'static str = "signing up";
}
impl Errand for OpeningLinks {
    const NAME: &'static str = "opening links";
}
impl Errand for Unsubscribing {
    const NAME: &'static str = "unsubscribing";
}
impl Errand for Reading {
    const NAME: &'static str = "reading";
}

/// A gate that lets anybody through, for one errand.
pub struct Open<E: Errand> {
    visit: Visit,
    errand: PhantomData<fn() -> E>,
}

/// Anybody, on one errand, in this transaction.
pub struct OpenScope<E: Errand> {
    visit: Visit,
    now: Ts,
    errand: PhantomData<fn() -> E>,
}

impl<E: Errand> Open<E> {
    /// The request.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }
}

impl<E: Errand> OpenScope<E> {
    /// The request.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }
    /// The time of the request.
    pub fn now(&self) -> Ts {
        self.now
    }
    /// Who is signed in, if anybody: read only when a page needs to say so.
    pub fn person(&self, conn: &mut Conn, app: &App) -> Result<Option<(Person, Session)>> {
        standing::signed_in(conn, app, &self.visit, self.now)
    }
}

impl<E: Errand> Clone for Open<E> {
    fn clone(&self) -> Self {
        Self {
            visit: self.visit.clone(),
            errand: PhantomData,
        }
    }
}

impl<E: Errand> FromRequest for Open<E> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(
            Visit::from_request(request, payload)
                .into_inner()
                .map(|visit| Self {
                    visit,
                    errand: PhantomData,
                }),
        )
    }
}

impl<E: Errand> Door for Open<E> {
    type Scope = OpenScope<E>;

    fn enter(&self, _: &mut Conn, _: &App, now: Ts) -> Result<OpenScope<E>> {
        Ok(OpenScope {
            visit: self.visit.clone(),
            now,
            errand: PhantomData,
        })
    }
}
