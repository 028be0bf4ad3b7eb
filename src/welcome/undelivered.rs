//! Mail into an account that came back: whoever added the person is told, with what the mail server said (mail 21). If
//! they are not active there any more, those who manage its users are.

use diesel::prelude::*;

use super::joining::mail_ids;
use crate::access::place::Account;
use crate::access::role::Builtin;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{accounts, links, memberships, outbox};
use crate::db::types::{AccountId, MailId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{INTO_AN_ACCOUNT, Letter, Undelivered};
use crate::members::{self, Status};
use crate::web::{field, urls};

/// How many of those who manage users are told in place of whoever is gone.
pub(super) const INSTEAD: usize = 3;

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

/// Who is invited under this address, and by which name.
type Invited = (UserId, String, String, Account);

/// Who stands behind an invitation: whoever sent a link last, and then whoever added the person or took the invitation
/// over.
pub(super) fn stands_behind(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
) -> Result<Vec<UserId>> {
    let sent_by: Option<UserId> = links::table
        .filter(links::account_id.eq(account))
        .filter(links::user_id.eq(user))
        .filter(links::sent_by.is_not_null())
        .order((links::created_at.desc(), links::id.desc()))
        .select(links::sent_by)
        .first(conn)
        .optional()?
        .flatten();
    let invited_by: Option<UserId> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select(memberships::invited_by)
        .first(conn)
        .optional()?
        .flatten();
    let mut both: Vec<UserId> = [sent_by, invited_by].into_iter().flatten().collect();
    both.dedup();
    Ok(both)
}

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
            Account::columns(),
        ))
        .first(conn)
        .optional()?;
    let Some((user, first, last, account)) = invited else {
        return Ok(());
    };
    let who = format!("{first} {last}");
    let letter = |person: String, stands_in: bool| {
        Letter::Undelivered(Undelivered {
            person,
            stands_in,
            who: who.clone(),
            email: recipient.to_owned(),
            reply: reply.clone(),
            path: urls::user(&account.slug, user),
            account: (&account).into(),
        })
    };
    // Made inside: a re-run makes others, and nothing outside has seen them.
    let mails = mail_ids();
    let behind = stands_behind(conn, account.id, user)?;
    let (theirs, one) = (|person| letter(person, false), mails.get(..1));
    let one = one.unwrap_or_default();
    if !super::tell(conn, app, (&account, now), &behind, &theirs, one)?.is_empty() {
        return Ok(());
    }
    let roles = [Builtin::Owner, Builtin::Admin, Builtin::UserManagement];
    let managers = members::holders(conn, account.id, &roles, now)?;
    let instead = |person| letter(person, true);
    let few = mails.get(..INSTEAD).unwrap_or(&mails);
    super::tell(conn, app, (&account, now), &managers, &instead, few)?;
    Ok(())
}
