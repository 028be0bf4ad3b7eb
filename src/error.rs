//! Which error to use where.
//!
//! An [`Error`] is an *answer*, not a cause: it says what the person gets to see. A form with wrong input is not an
//! error but a page (422); an outcome that a rule foresees (a link already used) is an enum of its verb. What is
//! left comes here: it is not there, it is not allowed, go elsewhere (sign in first, or it has another name now), somebody was faster, the request makes no
//! sense, too often, not now, and our own failure. A failure is logged once, where it becomes a response.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use std::fmt;

use crate::access::refusal::Refusal;
use crate::web::shell::Shell;

/// What a request is answered with when it cannot be served.
#[derive(Debug)]
pub enum Error {
    /// 404: does not exist, or must seem so to this person (rule 5).
    NotFound,
    /// The same, in the frame of whoever is signed in.
    Missing {
        /// Their frame.
        shell: Box<Shell>,
    },
    /// 403: a gate refused; it is named (rule 28).
    Forbidden(Box<Refusal>),
    /// Go elsewhere first, or instead.
    Elsewhere(Elsewhere),
    /// 409: changed meanwhile; the sentence says what to do.
    Conflict(String),
    /// The same, in the frame of whoever acts.
    Stopped {
        /// What to do.
        why: String,
        /// Their frame.
        shell: Box<Shell>,
    },
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

    /// Whether the database asks to run the transaction again (PostgreSQL 40001 and 40P01), or noticed by a key that it
    /// raced another: see [`Self::broke_a_key`].
    pub fn asks_for_retry(&self) -> bool {
        let Self::Internal(cause) = self else {
            return false;
        };
        match cause.downcast_ref::<DieselError>() {
            Some(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            Some(DieselError::DatabaseError(_, info)) => {
                self.broke_a_key() || info.message().contains("deadlock detected")
            }
            _ => false,
        }
    }

    /// Whether PostgreSQL noticed by a key (23505, 23503) that two took the same thing at once, or that one used what the
    /// other took away, before it noticed what they had read: run again, the second sees what the first did, and says so.
    /// Only where that changes nothing is it our failure. SQLite names no key here, and knows no such race: it writes one
    /// transaction after the other.
    pub fn broke_a_key(&self) -> bool {
        use DatabaseErrorKind::{ForeignKeyViolation, UniqueViolation};
        let Self::Internal(cause) = self else {
            return false;
        };
        match cause.downcast_ref::<DieselError>() {
            Some(DieselError::DatabaseError(UniqueViolation | ForeignKeyViolation, info)) => {
                info.constraint_name().is_some()
            }
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound | Self::Missing { .. } => f.write_str("not found"),
            Self::Forbidden(refusal) => write!(f, "refused: {}", refusal.gate),
            Self::Elsewhere(Elsewhere::SignIn { .. }) => f.write_str("sign in first"),
            Self::Elsewhere(Elsewhere::Renamed { to }) => write!(f, "renamed: {to}"),
            Self::Conflict(why) | Self::Stopped { why, .. } => write!(f, "conflict: {why}"),
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
