//! The gate of what somebody has ordered and left to be done: an import goes on after its page was closed.

use std::marker::PhantomData;

use super::door::Door;
use super::gate::{Demand, Gate, refused};
use super::place::{Place, Whole};
use super::refusal::Refusal;
use super::resolve;
use super::scope::Scope;
use super::standing;
use super::visit::Visit;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{AccountId, EventId, Ts, UserId};
use crate::error::{Error, Result};

/// A gate before an account, for work that a person ordered there and that a job carries out. The person's membership
/// and grants are those of this very transaction, as if they did it themself now: what they may not do any more is
/// refused. Not an extractor, so no request can hold one; and it proves no browser, so that nothing which asks for a
/// fresh proof can be done through it.
pub struct OnBehalf<A: Demand> {
    person: UserId,
    account: AccountId,
    request: EventId,
    demand: PhantomData<fn() -> A>,
}

impl<A: Demand> OnBehalf<A> {
    /// Of this person, in this account; `request` is the one in which they ordered it.
    pub fn of(person: UserId, account: AccountId, request: EventId) -> Self {
        Self {
            person,
            account,
            request,
            demand: PhantomData,
        }
    }
}

impl<A: Demand> Door for OnBehalf<A> {
    type Scope = Scope<Whole, A>;

    fn enter(&self, conn: &mut Conn, app: &App, now: Ts) -> Result<Self::Scope> {
        let standing = standing::of_member(conn, self.account, self.person, now)?;
        let Some(standing) = standing else {
            let sentence = "Whoever started this is not active in the account any more.";
            return Err(Error::from(Refusal::new("role", sentence)));
        };
        let roles = app.roles().clone();
        let resolution = resolve::resolve(&roles, &standing.grants, &Whole.chain(), now);
        if let Some(key) = refused::<A>(&roles, &resolution, &standing.grants, now) {
            let sentence = format!(
                "The role of whoever started this does not include “{}” any more.",
                standing.account.says(key.label())
            );
            return Err(Error::from(Refusal::new("role", sentence)));
        }
        Ok(Scope {
            standing,
            place: Whole,
            resolution,
            visit: Visit::left_behind(self.request),
            arrived: None,
            now,
            portal: app.config().portal_name.clone(),
            roles,
            demand: PhantomData,
        })
    }

    fn may_write(scope: &Self::Scope) -> Result<()> {
        Gate::<Whole, A>::may_write(scope)
    }

    fn may_end(scope: &Self::Scope) -> Result<()> {
        Gate::<Whole, A>::may_end(scope)
    }
}
