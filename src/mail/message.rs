//! The envelope and the headers around a letter.

use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use std::error::Error;

use super::name::name;
use super::templates::{Class, Letter, Occasion, support};
use crate::db::types::{AccountId, MailId, Ts};

/// Who sends: the same for every mail of the installation.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// Name of the portal.
    pub portal: String,
    /// Public address of the portal; every link begins with it.
    pub url: String,
    /// Configured sender. Only its address is used where an account sends.
    pub from: Mailbox,
    /// The operator's contact.
    pub support: Option<String>,
}

impl Letterhead {
    /// The public address without a slash at its end.
    pub fn home(&self) -> &str {
        self.url.trim_end_matches('/')
    }

    /// A page of the portal by its path.
    pub fn page(&self, path: &str) -> String {
        format!("{}/{}", self.home(), path.trim_start_matches('/'))
    }

    /// The Message-ID of a mail: made once, stored in its row, the same on every retry.
    pub fn message_id(&self, mail: MailId) -> String {
        format!("<{mail}@{}>", self.from.email.domain())
    }
}

/// A mail of the outbox, with what is known at sending.
pub struct Outgoing<'a> {
    /// The row.
    pub id: MailId,
    /// Message-ID of the row.
    pub message_id: &'a str,
    /// The account on whose behalf.
    pub account: Option<AccountId>,
    /// What it says.
    pub letter: &'a Letter,
    /// To whom, the link's token, and when.
    pub occasion: Occasion<'a>,
}

/// A mail ready for the transport: whom it concerns and every byte of it.
#[derive(Clone, Debug)]
pub struct Packet {
    /// The row.
    pub id: MailId,
    /// Sender and recipient as the servers see them.
    pub envelope: Envelope,
    /// Headers and parts, ASCII with CRLF.
    pub bytes: Vec<u8>,
}

/// Why a mail cannot be sent by anybody, ever: to be shown, not retried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsendable(pub String);

/// `Auto-Submitted: auto-generated` (RFC 3834): no holiday answers, no loops.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The headers of a notice (RFC 2369, 2919, 8058). All of their words are ours: a kind's key, an account's id, and
/// addresses that the configuration begins.
struct Listed {
    /// `List-Id`: which notices these are, for whoever files mail by it. An id stays when the account is renamed.
    id: String,
    /// `List-Unsubscribe`: the page only. There is no `mailto:` beside it, since nobody reads the mail that comes to the
    /// sender's address, and a way out that leads nowhere is worse than none.
    unsubscribe: String,
}

impl Listed {
    fn of(head: &Letterhead, mail: &Outgoing<'_>) -> Option<Self> {
        let (Class::Notice(kind), Some(path)) = (mail.letter.class(), mail.occasion.stop) else {
            return None;
        };
        let account = mail.account?;
        let domain = head.from.email.domain();
        Some(Self {
            id: format!("<{}.{account}.{domain}>", kind.key()),
            unsubscribe: format!("<{}>", head.page(path)),
        })
    }

    fn headers(self) -> [HeaderValue; 3] {
        let value = |name, value| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        [
            value("List-Id", self.id),
            value("List-Unsubscribe", self.unsubscribe),
            value(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".to_owned(),
            ),
        ]
    }
}

/// Writes the letter and puts it into its envelope.
pub fn compose(head: &Letterhead, mail: &Outgoing<'_>) -> Result<Packet, Unsendable> {
    let failed = |error: &dyn std::fmt::Display| Unsendable(error.to_string());
    let to: Address = mail
        .occasion
        .recipient
        .parse()
        .map_err(|error| failed(&error))?;
    let written = mail
        .letter
        .write(head, &mail.occasion)
        .map_err(|missing| Unsendable(missing.0))?;
    let mut builder = Message::builder()
        .from(sender(head, mail.letter))
        .to(Mailbox::new(None, to))
        .subject(written.subject)
        .date(system_time(mail.occasion.now))
        .message_id(Some(mail.message_id.to_owned()))
        .header(AutoSubmitted);
    if let Some(address) = reply_to(head, mail.letter) {
        builder = builder.reply_to(Mailbox::new(None, address));
    }
    let listed = Listed::of(head, mail).map(Listed::headers);
    for header in listed.into_iter().flatten() {
        builder = builder.raw_header(header);
    }
    let parts = MultiPart::alternative_plain_html(written.text, written.html);
    let message = builder.multipart(parts).map_err(|error| failed(&error))?;
    Ok(Packet {
        id: mail.id,
        envelope: message.envelope().clone(),
        bytes: message.formatted(),
    })
}

/// "{Account} via {Portal}" at the configured address, never at the inviter's.
fn sender(head: &Letterhead, letter: &Letter) -> Mailbox {
    let portal = name(&head.portal, "Portal");
    let shown = match letter.account() {
        Some(account) => format!("{} via {portal}", name(&account.name, "An account")),
        None => portal,
    };
    Mailbox::new(Some(shown), head.from.email.clone())
}

/// The account's support address, or else the operator's: nobody reads what comes to the sender's. One that is not an
/// address is left out rather than stopping the mail.
fn reply_to(head: &Letterhead, letter: &Letter) -> Option<Address> {
    support(letter.account(), head)?.parse().ok()
}

fn system_time(at: Ts) -> std::time::SystemTime {
    at.utc().into()
}
