//! Mail: a row in the outbox written with its cause, and the worker that sends it.
//!
//! The way of a mail: a verb calls [`outbox::enqueue`] in its own transaction with a [`templates::Letter`] (what to
//! say, never the token) and the sealed token; the [`worker`] claims rows, writes the text ([`templates`]), wraps it
//! ([`message`]), hands it to the [`transport`] and marks what became of it.

pub mod message;
pub mod name;
pub mod outbox;
pub mod smtp;
pub mod templates;
pub mod transport;
pub mod worker;

/// Who sends, as configured.
pub fn letterhead(config: &crate::config::Config) -> message::Letterhead {
    message::Letterhead {
        portal: config.portal_name.clone(),
        url: config.public_url.origin().to_owned(),
        from: config.mail.from.clone(),
        support: config.support.clone(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
