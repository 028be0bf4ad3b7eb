//! Making links: fresh tokens before the transaction, the row and the end of the older ones inside it.

use diesel::prelude::*;

use super::managed::unsealed;
use super::model::Purpose;
use super::reminding::remind_at;
use crate::auth::seal::Sealer;
use crate::auth::token::{Token, TokenHash};
use crate::db::Conn;
use crate::db::schema::links;
use crate::db::types::{AccountId, LinkId, MailId, Ts, UserId};
use crate::error::Result;
use crate::on_each;

/// Two fresh tokens and the ids of their link and mail: made before the transaction, the same when it runs again.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// The link.
    pub link: LinkId,
    /// The mail that will carry it.
    pub mail: MailId,
    token: TokenHash,
    /// The mail's token, sealed under the mail's id.
    pub sealed: Vec<u8>,
    copy: Option<(TokenHash, Vec<u8>)>,
}

impl Fresh {
    /// Tokens for a link that is only mailed.
    pub fn mailed(sealer: &Sealer) -> Self {
        let (link, mail, token) = (LinkId::new(), MailId::new(), Token::new());
        let sealed = sealer.seal(mail.uuid().as_bytes(), token.text().as_bytes());
        Self {
            link,
            mail,
            token: token.hash(),
            sealed,
            copy: None,
        }
    }

    /// Tokens for a link that is mailed and may be copied: the copied one does not prove the address (S15).
    pub fn mailed_and_copied(sealer: &Sealer) -> Self {
        let fresh = Self::mailed(sealer);
        let copy = Token::new();
        let sealed = sealer.seal(fresh.link.uuid().as_bytes(), copy.text().as_bytes());
        Self {
            copy: Some((copy.hash(), sealed)),
            ..fresh
        }
    }

    /// The same link as far as a list shows it, and no token opens it: for an address whose home does not let its
    /// people be guests elsewhere (S16).
    pub fn closed(&self) -> Self {
        Self {
            token: Token::new().hash(),
            copy: self
                .copy
                .as_ref()
                .map(|(_, sealed)| (Token::new().hash(), sealed.clone())),
            ..self.clone()
        }
    }

    /// The token to copy, for whoever has just made it.
    pub fn copied(&self, sealer: &Sealer) -> Option<String> {
        let (_, sealed) = self.copy.as_ref()?;
        unsealed(sealer, self.link, sealed)
    }
}

/// Whose link, where to, how long.
#[derive(Clone, Debug)]
pub struct NewLink<'a> {
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it lets do that.
    pub user: UserId,
    /// In which account, for welcome and invitation.
    pub account: Option<AccountId>,
    /// The address it is mailed to.
    pub email: &'a str,
    /// Its last moment.
    pub expires_at: Ts,
    /// The manager who sent it; none when the person asked.
    pub sent_by: Option<UserId>,
    /// Whether it is mailed: one that is only shown to be handed over does not count as sent.
    pub mailed: bool,
}

/// Stores a link and voids the earlier ones of its kind: newest only.
pub fn mint(conn: &mut Conn, fresh: &Fresh, new: &NewLink<'_>, now: Ts) -> Result<()> {
    let (managed_at, sends) = void(conn, new, now)?;
    let managed_at = if new.sent_by.is_some() || new.account.is_none() {
        now
    } else {
        managed_at.unwrap_or(now)
    };
    let insert = diesel::insert_into(links::table).values((
        links::id.eq(fresh.link),
        links::purpose.eq(new.purpose.as_str()),
        links::user_id.eq(new.user),
        links::account_id.eq(new.account),
        links::email.eq(new.email),
        links::token_hash.eq(fresh.token.to_vec()),
        links::copy_hash.eq(fresh.copy.as_ref().map(|(hash, _)| hash.to_vec())),
        links::copy_sealed.eq(fresh.copy.as_ref().map(|(_, sealed)| sealed.clone())),
        links::created_at.eq(now),
        links::expires_at.eq(new.expires_at),
        links::sent_by.eq(new.sent_by),
        links::managed_at.eq(managed_at),
        links::sends.eq(sends.saturating_add(i64::from(new.mailed))),
        links::remind_at.eq(new.account.and_then(|_| remind_at(new.expires_at, now))),
    ));
    on_each!(conn, |c| insert.execute(c))?;
    Ok(())
}

/// The password is another one: no link to reset it that was asked for before works any more.
pub fn end_resets(conn: &mut Conn, user: UserId, now: Ts) -> Result<()> {
    let alive = links::table
        .filter(links::user_id.eq(user))
        .filter(links::purpose.eq(Purpose::Reset.as_str()))
        .filter(links::used_at.is_null())
        .filter(links::superseded_at.is_null())
        .filter(links::expires_at.gt(now));
    diesel::update(alive)
        .set(links::expires_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Voids what is alive of this kind; says when a manager last sent one, and how many were sent.
fn void(conn: &mut Conn, new: &NewLink<'_>, now: Ts) -> Result<(Option<Ts>, i64)> {
    let mut last = links::table
        .filter(links::user_id.eq(new.user))
        .filter(links::purpose.eq(new.purpose.as_str()))
        .into_boxed::<crate::db::MultiBackend>();
    if let Some(account) = new.account {
        last = last.filter(links::account_id.eq(account));
    }
    let last: Option<(LinkId, Ts, i64)> = last
        .order((links::created_at.desc(), links::id.desc()))
        .select((links::id, links::managed_at, links::sends))
        .first(conn)
        .optional()?;
    let Some((id, managed_at, sends)) = last else {
        return Ok((None, 0));
    };
    // Only the newest can be alive: each was voided by the next.
    diesel::update(
        links::table
            .filter(links::id.eq(id))
            .filter(links::used_at.is_null())
            .filter(links::superseded_at.is_null()),
    )
    .set(links::superseded_at.eq(Some(now)))
    .execute(conn)?;
    Ok((Some(managed_at), sends))
}
