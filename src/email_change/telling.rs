//! The mails of a change, each with a key of its own.

use crate::app::App;
use crate::auth::seal::Sealer;
use crate::auth::token::{Token, TokenHash};
use crate::db::Conn;
use crate::db::types::{AccountId, MailId, Ts};
use crate::error::Result;
use crate::mail::templates::Letter;
use crate::mail::{self, outbox};

/// A token for one mail, made before the transaction.
#[derive(Clone, Debug)]
pub(super) struct Mailed {
    mail: MailId,
    pub hash: TokenHash,
    sealed: Vec<u8>,
}

impl Mailed {
    pub(super) fn new(sealer: &Sealer) -> Self {
        let (mail, token) = (MailId::new(), Token::new());
        let sealed = sealer.seal(mail.uuid().as_bytes(), token.text().as_bytes());
        Self {
            mail,
            hash: token.hash(),
            sealed,
        }
    }
}

/// Puts a mail of a change into the outbox, with its key or without.
pub(super) fn post(
    conn: &mut Conn,
    app: &App,
    ((mailed, with_key), account): ((&Mailed, bool), Option<AccountId>),
    (recipient, letter): (&str, Letter),
    now: Ts,
) -> Result<()> {
    let mail = outbox::NewMail {
        id: mailed.mail,
        account: letter.account().and(account),
        link: None,
        reader: None,
        recipient: recipient.to_owned(),
        letter,
        sealed_token: with_key.then(|| mailed.sealed.clone()),
        message_id: mail::letterhead(app.config()).message_id(mailed.mail),
        due_at: now,
        created_at: now,
    };
    outbox::enqueue(conn, mail)?;
    Ok(())
}
