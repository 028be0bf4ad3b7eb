//! Answering an invitation, with its link or without: one verb for both, so that both end the same (rules 9, 10; S1,
//! S14, S16, S22).

use diesel::prelude::*;
use serde_json::json;

use crate::access::place::Account;
use crate::access::refusal::Refusal;
use crate::access::role::{Builtin, Role};
use crate::access::visit::Visit;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Personal, Target};
use crate::db::Conn;
use crate::db::schema::{accounts, grants, links, memberships, organizations, users};
use crate::db::types::{AccountId, MailId, ProjectId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{Declined, Joined, Letter};
use crate::mail::{self, outbox};
use crate::members::{self, Status};
use crate::passwords;
use crate::web::field;
use crate::web::form::{Errors, Form};
use crate::web::html::Redirect;
use crate::web::urls;

/// The answer to an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Join.
    Accept,
    /// Do not, perhaps with a reason for the inviter.
    Decline(Option<String>),
}

/// The answer that a form carries.
///
/// # Errors
/// A field that came twice.
pub fn answer(form: &Form) -> Result<std::result::Result<Answer, Errors>> {
    if form.text("answer")? != "decline" {
        return Ok(Ok(Answer::Accept));
    }
    Ok(match field::line("reason", REASON, &form.text("reason")?) {
        Ok(reason) => Ok(Answer::Decline(
            Some(reason).filter(|reason| !reason.is_empty()),
        )),
        Err(message) => {
            let mut errors = Errors::new();
            errors.add("reason", message);
            Err(errors)
        }
    })
}

/// Longest reason for declining.
const REASON: usize = 300;

/// Why an invitation cannot be answered (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// There is none: withdrawn, declined, or never made.
    Withdrawn,
    /// It was accepted before.
    Accepted,
    /// The person's home keeps its people to itself.
    Exclusive,
    /// No manager has stood behind it for too long.
    Old,
    /// Nobody has proven this address yet: the link in the mail does.
    Unproven,
    /// It was sent to another address than the one of the login now.
    Moved,
}

impl Gone {
    /// What the page says.
    pub fn sentence(self, account: &str) -> String {
        match self {
            Self::Withdrawn => format!(
                "{account} withdrew this invitation, or it was answered before. If you still need access, ask them to invite you again."
            ),
            Self::Accepted => format!("You are in {account} already: this invitation was accepted before."),
            Self::Exclusive => "Your home account does not let its people join other accounts.".to_owned(),
            Self::Old => format!("This invitation is too old. Ask whoever invited you to {account} to send it again."),
            Self::Moved => format!(
                "This invitation was sent to another address than the one you sign in with now. Ask whoever invited you to {account} to send it again."
            ),
            Self::Unproven => "Open the link in the mail that was sent to you: it shows that the address is yours.".to_owned(),
        }
    }
}

/// An account in which the person is invited.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The account.
    pub account: Account,
    /// Whether the person's home is another.
    pub guest: bool,
    /// Who invited.
    pub invited_by: Option<UserId>,
    /// Until when the newest link works.
    pub until: Option<Ts>,
    /// What the account calls the person.
    pub called: String,
}

type Row = (String, Option<UserId>, Option<Ts>, String, String, Account);

/// The invitation, if it can still be answered by the person who is signed in.
pub fn pending(
    conn: &mut Conn,
    (account, user): (AccountId, UserId),
    now: Ts,
) -> Result<std::result::Result<Pending, Gone>> {
    let row: Option<Row> = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select((
            memberships::status,
            memberships::invited_by,
            memberships::link_expires_at,
            memberships::first_name,
            memberships::last_name,
            Account::columns(),
        ))
        .first(conn)
        .optional()?;
    let Some((status, invited_by, until, first, last, account)) = row else {
        return Ok(Err(Gone::Withdrawn));
    };
    match Status::parse(&status)? {
        Status::Invited => {}
        Status::Active => return Ok(Err(Gone::Accepted)),
        Status::Deactivated => return Ok(Err(Gone::Withdrawn)),
    }
    let home = match home(conn, (account.id, user), now)? {
        Ok(home) => home,
        Err(gone) => return Ok(Err(gone)),
    };
    Ok(Ok(Pending {
        guest: home != account.id,
        account,
        invited_by,
        until,
        called: format!("{first} {last}"),
    }))
}

/// The person's home, or what stands in the way of an invitation that still waits.
fn home(
    conn: &mut Conn,
    (account, user): (AccountId, UserId),
    now: Ts,
) -> Result<std::result::Result<AccountId, Gone>> {
    let (verified, home, email): (Option<Ts>, Option<AccountId>, String) = users::table
        .filter(users::id.eq(user))
        .select((users::verified_at, users::home_account_id, users::email_key))
        .first(conn)?;
    let (Some(_), Some(home)) = (verified, home) else {
        return Ok(Err(Gone::Unproven));
    };
    if home != account && members::is_exclusive(conn, Some(home))? {
        return Ok(Err(Gone::Exclusive));
    }
    let Some(newest) = super::newest(conn, account, user)? else {
        // Whoever is a guest was sent one: it is gone with time.
        return Ok(if home == account {
            Ok(home)
        } else {
            Err(Gone::Old)
        });
    };
    // Only the address that it was sent to answers an invitation (rule 10). The address of a login may have been changed
    // by its home, whose word does not count elsewhere (S1).
    if !field::email(&newest.email).is_ok_and(|to| to.key == email) {
        return Ok(Err(Gone::Moved));
    }
    let old = newest.managed_at.plus(passwords::ON_ONES_OWN) <= now;
    Ok(if old { Err(Gone::Old) } else { Ok(home) })
}

/// What became of an answer.
#[derive(Clone, Debug)]
pub enum Settled {
    /// The person is in, and lands on this project if it is the one that they were invited to (ux 7.3).
    Joined(Account, Option<ProjectId>),
    /// The person is out.
    Declined(Account),
    /// There was nothing to answer (any more).
    Gone(Gone),
}

/// What does not go on in a frozen account.
pub(super) const NOBODY_JOINS: &str = "nobody can join";

/// Answers the invitation: of two at once, and of an answer and a withdrawal, one comes first, and the other is told.
/// The account's plan has a word in joining and none in declining (rule 23).
pub fn settle(
    conn: &mut Conn,
    app: &App,
    (visit, now, mails): (&Visit, Ts, &[MailId]),
    (account, user): (AccountId, UserId),
    answer: &Answer,
) -> Result<Settled> {
    let invitation = match pending(conn, (account, user), now)? {
        Ok(invitation) => invitation,
        Err(gone) => return Ok(Settled::Gone(gone)),
    };
    let event = |action, details| {
        let who = Personal {
            target_name: Some(invitation.called.clone()),
            ..Personal::default()
        };
        Event::new(account, action, now)
            .by(Actor::User(user))
            .on(Target::user(user))
            .personal(who)
            .details(details)
            .at_visit(visit)
    };
    use_links(conn, (account, user), now)?;
    match answer {
        Answer::Accept => {
            if invitation.account.is_frozen() {
                let name = &invitation.account.name;
                return Err(Refusal::by_plan(name, NOBODY_JOINS).into());
            }
            let guest = invitation.guest;
            let dropped = members::activate(conn, app, account, user, (guest, &[]), now)?;
            let keys: Vec<&str> = dropped.iter().map(|role| role.as_str()).collect();
            let mut details = json!({ "dropped_roles": keys });
            members::name_own(&mut details, &dropped);
            audit::record(conn, &event(Action::UserInviteAccepted, details))?;
            let told = (&invitation.account, invitation.invited_by);
            tell_joined(conn, app, (told, user, now), &dropped, mails)?;
            let project = members::lands_on(conn, (account, user), now)?;
            Ok(Settled::Joined(invitation.account, project))
        }
        Answer::Decline(reason) => {
            members::leave(conn, (account, user), now)?;
            let details = json!({ "with_reason": reason.is_some() });
            audit::record(conn, &event(Action::UserInviteDeclined, details))?;
            let who = invitation.called.clone();
            let letter = |person: String| {
                Letter::Declined(Declined {
                    account: (&invitation.account).into(),
                    person,
                    who: who.clone(),
                    reason: reason.clone(),
                })
            };
            tell(
                conn,
                app,
                (&invitation.account, now),
                invitation.invited_by.as_slice(),
                &letter,
                mails,
            )?;
            Ok(Settled::Declined(invitation.account))
        }
    }
}

/// To where somebody lands who has accepted.
pub fn landed(account: &Account, project: Option<ProjectId>) -> Redirect {
    let to = project.map_or_else(|| urls::account(&account.slug), urls::go);
    Redirect::to(to).success(format!("You are now in {}.", account.name))
}

/// Every living link into the account has done its work.
fn use_links(conn: &mut Conn, (account, user): (AccountId, UserId), now: Ts) -> Result<()> {
    let alive = links::table
        .filter(links::account_id.eq(account))
        .filter(links::user_id.eq(user))
        .filter(links::used_at.is_null())
        .filter(links::withdrawn_at.is_null())
        .filter(links::superseded_at.is_null());
    diesel::update(alive)
        .set((
            links::used_at.eq(Some(now)),
            links::copy_sealed.eq(None::<Vec<u8>>),
        ))
        .execute(conn)?;
    Ok(())
}

/// The first sign-in after a welcome has made somebody a member: their inviter hears of it, too.
pub(crate) fn welcomed(
    conn: &mut Conn,
    app: &App,
    (account, user, now): (AccountId, UserId, Ts),
    dropped: &[Role],
) -> Result<()> {
    let (account, invited_by): (Account, Option<UserId>) = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select((Account::columns(), memberships::invited_by))
        .first(conn)?;
    // Made inside: a re-run makes others, and nothing outside has seen them.
    tell_joined(
        conn,
        app,
        ((&account, invited_by), user, now),
        dropped,
        &mail_ids(),
    )
}

/// The inviter hears of it; and where roles were dropped, those who can give them anew do as well (S14).
fn tell_joined(
    conn: &mut Conn,
    app: &App,
    ((account, invited_by), user, now): ((&Account, Option<UserId>), UserId, Ts),
    dropped: &[Role],
    mails: &[MailId],
) -> Result<()> {
    let mut told: Vec<UserId> = invited_by.into_iter().collect();
    if !dropped.is_empty() {
        let roles = [Builtin::Owner, Builtin::Admin, Builtin::UserManagement];
        for one in members::holders(conn, account.id, &roles, now)? {
            if !told.contains(&one) && one != user {
                told.push(one);
            }
        }
    }
    let (first, last): (String, String) = users::table
        .filter(users::id.eq(user))
        .select((users::first_name, users::last_name))
        .first(conn)?;
    let organization = the_organization(conn, account.id, user)?;
    let letter = |person: String| {
        Letter::Joined(Joined {
            account: account.into(),
            person,
            who: format!("{first} {last}"),
            organization: organization.clone(),
            dropped: dropped.iter().map(|role| role.label().to_owned()).collect(),
            path: urls::user(&account.slug, user),
        })
    };
    tell(conn, app, (account, now), &told, &letter, mails)?;
    Ok(())
}

/// Name of the organization that all roles of a person are in, if it is one.
fn the_organization(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Option<String>> {
    let mut all: Vec<Option<String>> = grants::table
        .left_join(
            organizations::table.on(organizations::id.nullable().eq(grants::organization_id)),
        )
        .filter(grants::account_id.eq(account))
        .filter(grants::user_id.eq(user))
        .select(organizations::name.nullable())
        .distinct()
        .limit(2)
        .load(conn)?;
    Ok(if all.len() == 1 {
        all.pop().flatten()
    } else {
        None
    })
}

/// At most this many people are told of one answer.
pub const TOLD: usize = 10;

/// A mail to these people of the account, as far as they are still in it: to the first of them, as many as there are ids.
/// Says to whom; of a notice not to those who have turned it off, in whose place the next one is told.
pub(crate) fn tell(
    conn: &mut Conn,
    app: &App,
    (account, now): (&Account, Ts),
    people: &[UserId],
    letter: &dyn Fn(String) -> Letter,
    mails: &[MailId],
) -> Result<Vec<UserId>> {
    let active: Vec<(UserId, String, String)> = memberships::table
        .inner_join(users::table)
        .filter(memberships::account_id.eq(account.id))
        .filter(memberships::user_id.eq_any(people.iter().take(TOLD).copied()))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select((users::id, users::first_name, users::email))
        .load(conn)?;
    let (mut told, mut ids) = (Vec::new(), mails.iter().copied());
    let mut next = ids.next();
    for user in people {
        let found = active.iter().find(|(id, ..)| id == user);
        let (Some(id), Some((_, first_name, email))) = (next, found) else {
            continue;
        };
        let mail = outbox::NewMail {
            id,
            account: Some(account.id),
            link: None,
            reader: Some(*user),
            recipient: email.clone(),
            letter: letter(first_name.clone()),
            sealed_token: None,
            message_id: mail::letterhead(app.config()).message_id(id),
            due_at: now,
            created_at: now,
        };
        if outbox::enqueue(conn, mail)? {
            told.push(*user);
            next = ids.next();
        }
    }
    Ok(told)
}

/// Ids of the mails that one answer may cause, made before the transaction.
pub fn mail_ids() -> Vec<MailId> {
    (0..TOLD).map(|_| MailId::new()).collect()
}
