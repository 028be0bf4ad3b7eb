//! Another account as the home of a login: for whoever went to another company, or is in several. No page does it, since a
//! home never changes there (rule 7); it is an operator's command, behind the door of the machine (ux 9.1 and 9.16).

use diesel::prelude::*;
use serde_json::json;

use crate::access::place::Account;
use crate::app::App;
use crate::audit::{self, Action, Event, Target};
use crate::db::Conn;
use crate::db::schema::{accounts, memberships, users};
use crate::db::types::{AccountId, MailId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{HomeMoved, Letter};
use crate::mail::{self, outbox};
use crate::members::{self, Status};
use crate::{email_change, welcome};

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rehomed {
    /// The account is their home.
    Done {
        /// What the account is called.
        account: String,
        /// Whether they are still in the account that was their home, as a guest.
        guest: bool,
    },
    /// Nobody signs in with this address.
    Nobody,
    /// There is no such account.
    NoAccount,
    /// The account is frozen: nothing is changed in it.
    Frozen,
    /// No account is their home yet.
    Homeless,
    /// It is their home already.
    Already,
    /// They are not in that account, or are shut out of it.
    NotThere,
    /// They are invited there, and have not said yes: nobody gets a home by being asked (rule 10).
    Invited,
    /// Their address is another one since lately, and whoever has the one before can take it back until then.
    Readdressed(Ts),
    /// They run the platform: whoever is shut out at home does so no more, and another home would give it back (S3).
    Operator,
}

/// Makes the account with this slug the home of the login with this address, given by its key. The login stays as it is,
/// with its password and sessions; the account that was its home keeps the person as a guest, as they stood there, and
/// cannot change their address, name or lock any more: an address that it wanted for them is forgotten, and so are its links.
/// Written down in both accounts, neither of which is named to the other (S3), and told to the person.
pub fn move_home(
    conn: &mut Conn,
    app: &App,
    (key, slug): (&str, &str),
    mail: MailId,
    now: Ts,
) -> Result<Rehomed> {
    type Row = (UserId, String, String, Option<AccountId>, bool);
    let row: Option<Row> = users::table
        .filter(users::email_key.eq(key))
        .select((
            users::id,
            users::first_name,
            users::email,
            users::home_account_id,
            users::operator,
        ))
        .first(conn)
        .optional()?;
    let Some((id, first_name, email, home, operator)) = row else {
        return Ok(Rehomed::Nobody);
    };
    let account: Option<Account> = accounts::table
        .filter(accounts::slug.eq(slug))
        .select(Account::columns())
        .first(conn)
        .optional()?;
    let Some(account) = account else {
        return Ok(Rehomed::NoAccount);
    };
    let old = match home {
        None => return Ok(Rehomed::Homeless),
        Some(home) if home == account.id => return Ok(Rehomed::Already),
        Some(_) if operator => return Ok(Rehomed::Operator),
        Some(_) if account.is_frozen() => return Ok(Rehomed::Frozen),
        Some(home) => home,
    };
    match members::status_of(conn, account.id, id)? {
        Some(Status::Active) => {}
        Some(Status::Invited) => return Ok(Rehomed::Invited),
        Some(Status::Deactivated) | None => return Ok(Rehomed::NotThere),
    }
    if let Some(until) = email_change::taken_back_until(conn, id, now)? {
        return Ok(Rehomed::Readdressed(until));
    }
    email_change::end_of(conn, (id, old), now)?;
    welcome::withdraw(conn, old, id, now)?;
    members::move_home(conn, id, (old, account.id))?;
    for (chain, is_home) in [(old, false), (account.id, true)] {
        record(conn, (chain, is_home), (id, &email), now)?;
    }
    let guest = members::status_of(conn, old, id)? == Some(Status::Active);
    tell(conn, app, (mail, &account, guest), (first_name, email), now)?;
    Ok(Rehomed::Done {
        account: account.name,
        guest,
    })
}

/// In the audit log of an account, by what the person is called there.
fn record(
    conn: &mut Conn,
    (chain, is_home): (AccountId, bool),
    (user, email): (UserId, &str),
    now: Ts,
) -> Result<()> {
    let (first, last): (String, String) = memberships::table
        .filter(memberships::account_id.eq(chain))
        .filter(memberships::user_id.eq(user))
        .select((memberships::first_name, memberships::last_name))
        .first(conn)?;
    let event = Event::new(chain, Action::UserHomeChanged, now)
        .on(Target::user(user))
        .details(json!({ "by": "command", "home": is_home }))
        .about(&first, &last, email);
    audit::record(conn, &event)?;
    Ok(())
}

fn tell(
    conn: &mut Conn,
    app: &App,
    (id, account, guest): (MailId, &Account, bool),
    (person, recipient): (String, String),
    now: Ts,
) -> Result<()> {
    let new = outbox::NewMail {
        id,
        account: Some(account.id),
        link: None,
        reader: None,
        recipient,
        letter: Letter::HomeMoved(HomeMoved {
            account: account.into(),
            person,
            guest,
            at: now,
        }),
        sealed_token: None,
        message_id: mail::letterhead(app.config()).message_id(id),
        due_at: now,
        created_at: now,
    };
    outbox::enqueue(conn, new)?;
    Ok(())
}
