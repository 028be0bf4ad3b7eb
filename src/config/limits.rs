//! The numbers that hold people, machines and attackers in bounds.

use super::reading::Reader;
use super::table as s;
use std::time::Duration;

/// Every limit that an operator may move; the bounds stand in the table of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Shortest password, in code points.
    pub password_min_length: usize,
    /// bcrypt's cost.
    pub bcrypt_cost: u32,
    /// Passwords hashed at the same time.
    pub hash_threads: usize,
    /// Longest wait for a hash.
    pub hash_wait: Duration,
    /// Wrong passwords in a row that lock sign-in.
    pub lock_after: u32,
    /// How long a lock lasts.
    pub lock_length: Duration,
    /// Failed sign-ins of one client address within `address_window`.
    pub address_failures: u32,
    /// The time in which failures of a client address are counted.
    pub address_window: Duration,
    /// Life of a welcome link.
    pub welcome_link: Duration,
    /// Life of a link to a new password.
    pub reset_link: Duration,
    /// Life of a link that ends a lock.
    pub unlock_link: Duration,
    /// A session unused for so long ends.
    pub session_idle: Duration,
    /// A session ends after so long in any case.
    pub session_length: Duration,
    /// Sessions of one person; one more ends the oldest.
    pub sessions_per_user: u32,
    /// How long a proof of who one is counts as fresh.
    pub proof_age: Duration,
    /// Mails in an hour that strangers can cause to one address.
    pub mails_per_address: u32,
    /// Mails in an hour that one client address can cause.
    pub mails_per_client: u32,
    /// Largest form, in bytes.
    pub form_bytes: usize,
    /// Largest file of an import, in bytes.
    pub import_bytes: usize,
    /// Most rows of such a file.
    pub import_rows: usize,
    /// A request whose head takes longer to arrive is cut off.
    pub request_timeout: Duration,
    /// How long a connection is kept for the next request.
    pub keep_alive: Duration,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let cores = super::cores();
        let limits = Self {
            password_min_length: size(reader.number(&s::PASSWORD_MIN_LENGTH, None)),
            bcrypt_cost: reader.number(&s::BCRYPT_COST, None),
            hash_threads: size(reader.number(&s::HASH_THREADS, Some(cores))),
            hash_wait: reader.time(&s::HASH_WAIT),
            lock_after: reader.number(&s::LOCK_AFTER, None),
            lock_length: reader.time(&s::LOCK_LENGTH),
            address_failures: reader.number(&s::ADDRESS_FAILURES, None),
            address_window: reader.time(&s::ADDRESS_WINDOW),
            welcome_link: reader.time(&s::WELCOME_LINK),
            reset_link: reader.time(&s::RESET_LINK),
            unlock_link: reader.time(&s::UNLOCK_LINK),
            session_idle: reader.time(&s::SESSION_IDLE),
            session_length: reader.time(&s::SESSION_LENGTH),
            sessions_per_user: reader.number(&s::SESSIONS_PER_USER, None),
            proof_age: reader.time(&s::PROOF_AGE),
            mails_per_address: reader.number(&s::MAILS_PER_ADDRESS, None),
            mails_per_client: reader.number(&s::MAILS_PER_CLIENT, None),
            form_bytes: size(reader.number(&s::FORM_KIB, None)).saturating_mul(1024),
            import_bytes: size(reader.number(&s::IMPORT_KIB, None)).saturating_mul(1024),
            import_rows: size(reader.number(&s::IMPORT_ROWS, None)),
            request_timeout: reader.time(&s::REQUEST_TIMEOUT),
            keep_alive: reader.time(&s::KEEP_ALIVE),
        };
        // Zero stands for a value that has been refused already.
        if limits.session_idle > limits.session_length && !limits.session_length.is_zero() {
            reader.problems.push(format!(
                "{} must not be longer than {}.",
                s::SESSION_IDLE.name,
                s::SESSION_LENGTH.name
            ));
        }
        limits
    }
}

/// A number of a setting as a size; every bound of the table fits.
pub(super) fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
