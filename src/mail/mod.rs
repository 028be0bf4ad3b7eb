//! Mail: a row in the outbox written with its cause, and the worker that sends it.

pub mod message;
pub mod outbox;
pub mod transport;
pub mod worker;
