//! Which error to use where.
//!
//! An [`Error`] is an *answer*, not a cause: it says what the person gets to see. A form with wrong input is not an
//! error but a page (422); an outcome that a rule foresees (a link already used) is an enum of its verb. What is
//! left comes here: it is not there, it is not allowed, go elsewhere (sign in first, or it has another name now), somebody was faster, the request makes no
//! sense, too often, not now, and our own failure. A failure is logged once, where it becomes a response.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use std::fmt;

use crate::access::refusal::Refusal;

/// What a request is answered with when it cannot be served.
#[derive(Debug)]
pub enum Error {
    /// 404: does not exist, or must seem so to this person (rule 5).
    NotFound,
    /// 403: a gate refused; it is named (rule 28).
    Forbidden(Box<Refusal>),
    /// Go elsewhere first, or instead.
    Elsewhere(Elsewhere),
    /// 409: changed meanwhile; the sentence says what to do.
    Conflict(String),
    /// 400: no browser showing our pages would send this.
    BadRequest(String),
    /// 429: too many tries; seconds until the next is welcome.
    TooMany {
        /// Seconds.
        retry_after: u32,
    },
    /// 503: for the moment; seconds until it is worth trying again.
    Unavailable {
        /// Seconds.
        retry_after: u32,
    },
    /// 500: our failure. Never shown, logged once.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// Where to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// 303 to the sign-in page, which leads back here.
    SignIn {
        /// Path and query to come back to.
        return_to: String,
    },
    /// 308: the same page under the names of today (S8).
    Renamed {
        /// Path and query.
        to: String,
    },
}

/// A result whose error is an answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of ours, told in words for the log.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::Internal(what.into().into())
    }

    /// Sign in, and come back to this path.
    pub fn sign_in(return_to: impl Into<String>) -> Self {
        let return_to = return_to.into();
        Self::Elsewhere(Elsewhere::SignIn { return_to })
    }

    /// The same page has this path now.
    pub fn renamed(to: impl Into<String>) -> Self {
        Self::Elsewhere(Elsewhere::Renamed { to: to.into() })
    }

    /// Whether the database asks to run the transaction again (PostgreSQL 40001 and 40P01). It also notices two that
    /// give the same role, or take the same address, at once by the key of the second (23505), before it notices what
    /// they have read: run again, the second finds the role held, or the address taken.
    pub fn asks_for_retry(&self) -> bool {
        let Self::Internal(cause) = self else {
            return false;
        };
        match cause.downcast_ref::<DieselError>() {
            Some(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            Some(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info)) => {
                matches!(info.constraint_name(), Some("grants_once" | "users_email"))
            }
            // A role given in the moment in which it is deleted: run again, one of the two sees the other.
            Some(DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, info)) => {
                info.constraint_name() == Some("grants_custom_role")
            }
            Some(DieselError::DatabaseError(_, info)) => {
                info.message().contains("deadlock detected")
            }
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Forbidden(refusal) => write!(f, "refused: {}", refusal.gate),
            Self::Elsewhere(Elsewhere::SignIn { .. }) => f.write_str("sign in first"),
            Self::Elsewhere(Elsewhere::Renamed { to }) => write!(f, "renamed: {to}"),
            Self::Conflict(why) => write!(f, "conflict: {why}"),
            Self::BadRequest(why) => write!(f, "bad request: {why}"),
            Self::TooMany { .. } => f.write_str("too many tries"),
            Self::Unavailable { .. } => f.write_str("not available for the moment"),
            Self::Internal(cause) => write!(f, "{cause}"),
        }
    }
}

impl From<DieselError> for Error {
    fn from(cause: DieselError) -> Self {
        match &cause {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(_, info)
                if info.message().contains("database or disk is full") =>
            {
                Self::Unavailable { retry_after: 30 }
            }
            _ => Self::Internal(Box::new(cause)),
        }
    }
}

impl From<askama::Error> for Error {
    fn from(cause: askama::Error) -> Self {
        Self::Internal(Box::new(cause))
    }
}

impl From<serde_json::Error> for Error {
    fn from(cause: serde_json::Error) -> Self {
        Self::Internal(Box::new(cause))
    }
}

impl From<crate::auth::password::Busy> for Error {
    fn from(busy: crate::auth::password::Busy) -> Self {
        Self::Unavailable {
            retry_after: busy.retry_after,
        }
    }
}
