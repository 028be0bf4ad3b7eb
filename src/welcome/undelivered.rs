//! Mail into an account that came back: whoever added the person is told, with what the mail server said (mail 21).

use diesel::prelude::*;

use crate::access::place::Account;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{accounts, links, memberships, outbox, users};
use crate::db::types::{AccountId, MailId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{INTO_AN_ACCOUNT, Letter, Undelivered};
use crate::mail::{self, outbox as post};
use crate::members::Status;
use crate::web::{field, urls};

/// A mail that came back: on whose behalf, to which address, and why.
type Back = (Option<AccountId>, String, Option<String>);

/// Tells of those of these mails that lead into an account. Who is told and what it says does not depend on whether the
/// address has a login: a mail that carries no link for that reason is told like any other (S16).
pub fn came_back(conn: &mut Conn, app: &App, failed: &[MailId], now: Ts) -> Result<()> {
    if failed.is_empty() {
        return Ok(());
    }
    let all: Vec<Back> = outbox::table
        .filter(outbox::id.eq_any(failed.to_vec()))
        .filter(outbox::template.eq_any(INTO_AN_ACCOUNT))
        .select((outbox::account_id, outbox::recipient, outbox::last_error))
        .load(conn)?;
    for (account, recipient, reply) in all {
        if let Some(account) = account {
            tell(conn, app, account, (&recipient, reply), now)?;
        }
    }
    Ok(())
}

/// Who is invited under this address, by which name, and by whom.
type Invited = (UserId, String, String, Option<UserId>, Account);

fn tell(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    (recipient, reply): (&str, Option<String>),
    now: Ts,
) -> Result<()> {
    let Ok(email) = field::email(recipient) else {
        return Ok(());
    };
    let invited: Option<Invited> = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::email_key.eq(&email.key))
        .filter(memberships::status.eq(Status::Invited.as_str()))
        .select((
            memberships::user_id,
            memberships::first_name,
            memberships::last_name,
            memberships::invited_by,
            Account::columns(),
        ))
        .first(conn)
        .optional()?;
    let Some((user, first, last, invited_by, account)) = invited else {
        return Ok(());
    };
    // Whoever sent a link last stands behind the invitation.
    let sent_by: Option<UserId> = links::table
        .filter(links::account_id.eq(account.id))
        .filter(links::user_id.eq(user))
        .filter(links::sent_by.is_not_null())
        .order((links::created_at.desc(), links::id.desc()))
        .select(links::sent_by)
        .first(conn)
        .optional()?
        .flatten();
    let Some(adder) = sent_by.or(invited_by) else {
        return Ok(());
    };
    let adder: Option<(String, String)> = memberships::table
        .inner_join(users::table)
        .filter(memberships::account_id.eq(account.id))
        .filter(memberships::user_id.eq(adder))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select((users::first_name, users::email))
        .first(conn)
        .optional()?;
    let Some((person, to)) = adder else {
        return Ok(());
    };
    let id = MailId::new();
    let mail = post::NewMail {
        id,
        account: Some(account.id),
        link: None,
        reader: None,
        recipient: to,
        letter: Letter::Undelivered(Undelivered {
            person,
            who: format!("{first} {last}"),
            email: recipient.to_owned(),
            reply,
            path: urls::user(&account.slug, user),
            account: (&account).into(),
        }),
        sealed_token: None,
        message_id: mail::letterhead(app.config()).message_id(id),
        due_at: now,
        created_at: now,
    };
    post::enqueue(conn, mail)?;
    Ok(())
}
