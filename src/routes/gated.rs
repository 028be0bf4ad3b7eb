//! Whom a handler lets through, read from its own signature.

use crate::access::gate::{Demand, Errand, Gate, Open, SignedIn};
use crate::access::operating::Operating;
use crate::access::permission::Key;
use crate::access::place::Place;

/// Whom a route lets through, as its handler's first argument says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody, on this errand.
    Anybody(&'static str),
    /// Whoever is signed in.
    SignedIn,
    /// Whoever runs the platform.
    Operator,
    /// Whoever holds the permission (none: whoever sees the place) at the place of this kind, or anywhere in the
    /// account.
    Holder {
        /// `account`, `group`, `organization` or `project`.
        place: &'static str,
        /// The permission.
        key: Option<Key>,
        /// Whether holding it anywhere in the account is enough (S6).
        anywhere: bool,
    },
}

/// A gate's description.
pub trait Described {
    /// Whom it lets through.
    const WHO: Who;
}

impl<P: Place, A: Demand> Described for Gate<P, A> {
    const WHO: Who = Who::Holder {
        place: P::KIND,
        key: A::KEY,
        anywhere: A::ANYWHERE,
    };
}
impl Described for SignedIn {
    const WHO: Who = Who::SignedIn;
}
impl Described for Operating {
    const WHO: Who = Who::Operator;
}
impl<E: Errand> Described for Open<E> {
    const WHO: Who = Who::Anybody(E::NAME);
}

/// Arguments of a handler: a gate first, then the rest. A handler without a gate has no place in the table.
pub trait Gated {
    /// Whom the first argument lets through.
    const WHO: Who;
}
impl<G: Described> Gated for (G,) {
    const WHO: Who = G::WHO;
}
impl<G: Described, A> Gated for (G, A) {
    const WHO: Who = G::WHO;
}
impl<G: Described, A, B> Gated for (G, A, B) {
    const WHO: Who = G::WHO;
}
impl<G: Described, A, B, C> Gated for (G, A, B, C) {
    const WHO: Who = G::WHO;
}
impl<G: Described, A, B, C, D> Gated for (G, A, B, C, D) {
    const WHO: Who = G::WHO;
}
