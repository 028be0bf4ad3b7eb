//! *Submit*: user, membership, grants, link, mail and audit events in one transaction (rule 7).

use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::Somewhere;
use crate::access::permission::{Key, UsersManage};
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::db::schema::{accounts, memberships, users};
use crate::db::types::{AccountId, GrantId, SubmissionId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{Account, Exclusive, Joining as JoiningFacts, Letter, Project};
use crate::mail::{self, outbox};
use crate::members::{self, Joining, Status, Target};
use crate::web::field::Email;
use crate::welcome::{self, Fresh, Purpose};

/// The first page's fields, checked.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Address.
    pub email: Email,
}

/// Everything that *Submit* needs, made before the transaction: a re-run does the same again.
#[derive(Clone, Debug)]
pub struct Submit {
    /// Which sending of the form this is: the same one twice adds once.
    pub submission: SubmissionId,
    /// Who.
    pub person: NewPerson,
    /// The id they get if the address is new to the installation.
    pub user: UserId,
    /// Where, with which roles.
    pub places: Vec<(Target, Vec<(Role, GrantId)>)>,
    /// Tokens of the link.
    pub fresh: Fresh,
    /// How long the link works.
    pub life: chrono::Duration,
}

/// Somebody is here already: the form says what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// How they stand.
    pub status: Status,
    /// When they were added.
    pub since: Ts,
    /// Until when their link works.
    pub link_expires_at: Option<Ts>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// Done, now or at an earlier sending of the same form.
    Done(UserId),
    /// The address belongs to the account already.
    Here(Existing),
}

type Known = (UserId, String, String, Option<String>, Option<AccountId>);

/// Adds a person with roles.
pub fn add(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    submit: &Submit,
) -> Result<Added> {
    let account = scope.account().id;
    let known: Option<Known> = users::table
        .filter(users::email_key.eq(&submit.person.email.key))
        .select((
            users::id,
            users::first_name,
            users::last_name,
            users::password_hash,
            users::home_account_id,
        ))
        .first(conn)
        .optional()?;
    if let Some((user, first, last, ..)) = &known
        && let Some(here) = already_here(conn, account, *user, submit.submission)?
    {
        return Ok(
            here.map_or(Added::Done(*user), |(status, since, link_expires_at)| {
                Added::Here(Existing {
                    user: *user,
                    name: format!("{first} {last}"),
                    status,
                    since,
                    link_expires_at,
                })
            }),
        );
    }
    let places = found(conn, app, scope, submit)?;
    let user = match &known {
        Some((user, ..)) => *user,
        None => insert_user(conn, submit, scope.now())?,
    };
    let home = known.as_ref().and_then(|(.., home)| *home);
    let guest = home.is_some_and(|home| home != account);
    let expires_at = scope.now().plus(submit.life);
    let (first_name, last_name) = match &known {
        Some((_, first, last, ..)) => (first.as_str(), last.as_str()),
        None => (
            submit.person.first_name.as_str(),
            submit.person.last_name.as_str(),
        ),
    };
    let joining = Joining {
        account,
        user,
        first_name,
        last_name,
        email_key: &submit.person.email.key,
        guest,
        status: Status::Invited,
        invited_by: Some(scope.person().id),
        submission: Some(submit.submission),
        link_expires_at: Some(expires_at),
    };
    members::insert_membership(conn, &joining, scope.now())?;
    let event = scope
        .event(Action::UserInvited)
        .on(audit::Target::user(user))
        .details(json!({ "guest": guest }))
        .about(first_name, last_name, &submit.person.email.shown);
    audit::record(conn, &event)?;
    for (found, roles) in &places {
        for role in *roles {
            members::give(conn, app, scope, found, *role, user)?;
        }
    }
    let has_login = known
        .as_ref()
        .is_some_and(|(_, _, _, password, home)| password.is_some() && home.is_some());
    invite(
        conn,
        app,
        scope,
        submit,
        (user, first_name),
        &places,
        (has_login, home, expires_at),
    )?;
    Ok(Added::Done(user))
}

type Standing = Option<(Status, Ts, Option<Ts>)>;

/// None: not here. `Some(None)`: added by this very form. `Some(Some(..))`: here by other means.
fn already_here(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    submission: SubmissionId,
) -> Result<Option<Standing>> {
    let row: Option<(String, Ts, Option<Ts>, Option<SubmissionId>)> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select((
            memberships::status,
            memberships::created_at,
            memberships::link_expires_at,
            memberships::submission_id,
        ))
        .first(conn)
        .optional()?;
    let Some((status, since, expires, by)) = row else {
        return Ok(None);
    };
    if by == Some(submission) {
        return Ok(Some(None));
    }
    Ok(Some(Some((Status::parse(&status)?, since, expires))))
}

type Places<'a> = Vec<(members::Found, &'a [(Role, GrantId)])>;

/// The places, each one that the acting person manages users in; a place that they cannot see is not found.
fn found<'a>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    submit: &'a Submit,
) -> Result<Places<'a>> {
    let account = scope.account();
    let mut places = Vec::new();
    for (target, roles) in &submit.places {
        let found = members::place_of(conn, account.id, &account.name, *target)?;
        let here = members::act(app, scope, &found)?;
        if !here.permissions.contains_key(Key::UsersManage) {
            let sentence = format!("You cannot manage users in {}.", found.name);
            return Err(Refusal {
                shell: Some(scope.shell("Not allowed")),
                ..Refusal::new("role", sentence)
            }
            .into());
        }
        places.push((found, roles.as_slice()));
    }
    Ok(places)
}

fn insert_user(conn: &mut Conn, submit: &Submit, now: Ts) -> Result<UserId> {
    let NewPerson {
        first_name,
        last_name,
        email,
    } = &submit.person;
    diesel::insert_into(users::table)
        .values((
            users::id.eq(submit.user),
            users::email.eq(&email.shown),
            users::email_key.eq(&email.key),
            users::first_name.eq(first_name),
            users::last_name.eq(last_name),
            users::operator.eq(false),
            users::version.eq(1_i64),
            users::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(submit.user)
}

/// The link and the mail that carries it. Whose home is elsewhere and exclusive gets a mail that says so, and a link
/// that no token opens: the list shows an invitation like any other (S16).
fn invite(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    submit: &Submit,
    (user, first_name): (UserId, &str),
    places: &Places<'_>,
    (has_login, home, expires_at): (bool, Option<AccountId>, Ts),
) -> Result<()> {
    let account = scope.account();
    let closed = match home.filter(|home| *home != account.id) {
        None => false,
        Some(home) => accounts::table
            .filter(accounts::id.eq(home))
            .select(accounts::exclusive)
            .first(conn)?,
    };
    let purpose = if has_login {
        Purpose::Invitation
    } else {
        Purpose::Welcome
    };
    let email = &submit.person.email.shown;
    if !closed {
        let new = welcome::NewLink {
            purpose,
            user,
            account: Some(account.id),
            email,
            expires_at,
            sent_by: Some(scope.person().id),
        };
        welcome::mint(conn, &submit.fresh, &new, scope.now())?;
    }
    let sender = Account {
        name: account.name.clone(),
        support: None,
    };
    let (person, inviter) = (first_name.to_owned(), scope.person().name.clone());
    let letter = if closed {
        Letter::HomeExclusive(Exclusive {
            account: sender,
            person,
            inviter,
        })
    } else {
        let facts = joining(account, sender, (person, inviter), places);
        if has_login {
            Letter::Invitation(facts)
        } else {
            Letter::Welcome(facts)
        }
    };
    let mail = outbox::NewMail {
        id: submit.fresh.mail,
        account: Some(account.id),
        link: (!closed).then_some(submit.fresh.link),
        recipient: email.clone(),
        letter,
        sealed_token: (!closed).then(|| submit.fresh.sealed.clone()),
        message_id: mail::letterhead(app.config()).message_id(submit.fresh.mail),
        due_at: scope.now(),
        created_at: scope.now(),
    };
    outbox::enqueue(conn, mail)?;
    Ok(())
}

fn joining(
    account: &crate::access::place::Account,
    sender: Account,
    (person, inviter): (String, String),
    places: &Places<'_>,
) -> JoiningFacts {
    let first = places.first();
    let project = first.and_then(|(found, _)| match found.place {
        crate::access::resolve::Place::Project { .. } => Some(Project {
            word: account.word_singular.clone(),
            name: found.name.clone(),
        }),
        _ => None,
    });
    JoiningFacts {
        account: sender,
        person,
        inviter,
        organization: first.and_then(|(found, _)| found.organization.clone()),
        project,
        roles: first
            .map(|(_, roles)| {
                roles
                    .iter()
                    .map(|(role, _)| role.label().to_owned())
                    .collect()
            })
            .unwrap_or_default(),
    }
}
