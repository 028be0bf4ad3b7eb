//! What the two doors of the database ask of whoever wants to pass.

use crate::app::App;
use crate::db::types::{SessionId, Ts};
use crate::db::{Conn, Cost};
use crate::error::{Error, Result};

/// A proof in the making: cheap to build, reads nothing, and turned into a scope inside the transaction in which
/// the scope is used. No check is older than the effect that it allows.
pub trait Door: Send + 'static {
    /// The proof; made nowhere else.
    type Scope: 'static;

    /// Resolves place and rights on this connection, now; or says how the request is to be answered.
    fn enter(&self, conn: &mut Conn, app: &App, now: Ts) -> Result<Self::Scope>;

    /// Whether reads behind this door are bounded, as `routes.rs` says of the route.
    fn cost(&self) -> Cost {
        Cost::Unbounded
    }

    /// Asked before a read. A form that is only looked at first leads to a write, and is refused like that in a frozen
    /// account: nobody fills it in for nothing.
    fn may_read(_: &Self::Scope) -> Result<()> {
        Ok(())
    }

    /// Asked before a write: a frozen account refuses (rule 23).
    fn may_write(_: &Self::Scope) -> Result<()> {
        Ok(())
    }

    /// Asked before an act that only takes access away: a frozen account lets it through (S22). Whatever gives in the
    /// same transaction asks for itself.
    fn may_end(scope: &Self::Scope) -> Result<()> {
        Self::may_write(scope)
    }

    /// The answer to an act that was refused behind this door: whoever refused need not know who reads it.
    fn framed(_: &mut Conn, _: &Self::Scope, error: Error) -> Error {
        error
    }

    /// The session whose "last seen" has become old enough to be written again.
    fn stale_session(_: &Self::Scope, _: Ts) -> Option<SessionId> {
        None
    }
}
