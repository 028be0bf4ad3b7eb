//! Another account as the home of a login: for whoever went to another company, or is in several. No page does it, since a
//! home never changes there (rule 7); it is an operator's command, behind the door of the machine (ux 9.1 and 9.16).

use diesel::prelude::*;
use serde_json::json;

use crate::access::place::Account;
use crate::app::App;
use crate::audit::{self, Action, Event, Target};
use crate::db::Conn;
use crate::db::schema::{accounts, memberships, users};
use crate::db::types::{AccountId, MailId, OrganizationId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{HomeMoved, Letter};
use crate::mail::{self, outbox};
use crate::members::Status;
use crate::{email_change, welcome};

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rehomed {
    /// The account is their home.
    Done {
        /// What the account is called.
        account: String,
        /// Whether they have still to come in there, with a new link.
        invited: bool,
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
    /// They run the platform: whoever is shut out at home does so no more, and another home would give it back (S3).
    Operator,
}

/// Makes the account with this slug the home of the login with this address, given by its key. The login stays as it is,
/// with its password and sessions; the account that was its home keeps the person as a guest, as they stood there, and
/// cannot change their address, name or lock any more: an address that it wanted for them is forgotten, and so are the
/// links into it. Whoever has not come into the new home yet comes in by a new link: never by one of before (rule 10).
/// Written down in both accounts, neither of which is named to the other (S3), and told to the person.
pub fn move_home(
    conn: &mut Conn,
    app: &App,
    (key, slug): (&str, &str),
    mail: MailId,
    now: Ts,
) -> Result<Rehomed> {
    type Login = (UserId, String, String, String, Option<AccountId>, bool);
    let login: Option<Login> = users::table
        .filter(users::email_key.eq(key))
        .select((
            users::id,
            users::first_name,
            users::last_name,
            users::email,
            users::home_account_id,
            users::operator,
        ))
        .first(conn)
        .optional()?;
    let Some((user, first, last, email, home, operator)) = login else {
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
    let status: Option<String> = memberships::table
        .filter(memberships::account_id.eq(account.id))
        .filter(memberships::user_id.eq(user))
        .select(memberships::status)
        .first(conn)
        .optional()?;
    let status = status.as_deref().map(Status::parse).transpose()?;
    let invited = match status {
        Some(Status::Active) => false,
        Some(Status::Invited) => true,
        Some(Status::Deactivated) | None => return Ok(Rehomed::NotThere),
    };
    email_change::end(conn, user, now)?;
    for account in [old, account.id] {
        welcome::withdraw(conn, account, user, now)?;
    }
    store(conn, user, (old, account.id), now)?;
    for (chain, is_home) in [(old, false), (account.id, true)] {
        let event = Event::new(chain, Action::UserHomeChanged, now)
            .on(Target::user(user))
            .details(json!({ "by": "command", "home": is_home }))
            .about(&first, &last, &email);
        audit::record(conn, &event)?;
    }
    tell(conn, app, (mail, &account, first, email), now)?;
    Ok(Rehomed::Done {
        account: account.name,
        invited,
    })
}

/// The home, and as what the person is in both accounts (S1, S2).
fn store(conn: &mut Conn, user: UserId, (old, new): (AccountId, AccountId), now: Ts) -> Result<()> {
    for (account, kind) in [(old, "guest"), (new, "home")] {
        let one = memberships::table
            .filter(memberships::account_id.eq(account))
            .filter(memberships::user_id.eq(user));
        diesel::update(one.filter(memberships::link_expires_at.gt(now)))
            .set(memberships::link_expires_at.eq(Some(now)))
            .execute(conn)?;
        diesel::update(one)
            .set((
                memberships::kind.eq(kind),
                memberships::home_organization_id.eq(None::<OrganizationId>),
                memberships::version.eq(memberships::version + 1),
            ))
            .execute(conn)?;
    }
    diesel::update(users::table.filter(users::id.eq(user)))
        .set((
            users::home_account_id.eq(Some(new)),
            users::home_organization_id.eq(None::<OrganizationId>),
            users::version.eq(users::version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

fn tell(
    conn: &mut Conn,
    app: &App,
    (id, account, person, recipient): (MailId, &Account, String, String),
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
