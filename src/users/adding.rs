//! *Submit*: user, membership, grants, link, mail and audit events in one transaction (rule 7).

use diesel::prelude::*;
use serde_json::json;

use super::sending::{self, Recipient};
use crate::access::gate::Somewhere;
use crate::access::permission::{Key, UsersManage};
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::db::schema::{memberships, users};
use crate::db::types::{AccountId, GrantId, OrganizationId, SubmissionId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::{self, During, Joining, Status, Target};
use crate::on_each;
use crate::web::field::Email;
use crate::welcome::Fresh;

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
    /// The organization that becomes their home, when they are added from its Members page (S2).
    pub home: Option<OrganizationId>,
    /// The id they get if the address is new to the installation.
    pub user: UserId,
    /// Where, with which roles.
    pub places: Vec<(Target, Vec<(Role, GrantId)>)>,
    /// From when on, and until when.
    pub during: During,
    /// Tokens of the link.
    pub fresh: Fresh,
    /// How long the link works.
    pub life: chrono::Duration,
    /// Whether the link is mailed; else it is there to be copied, or sent later.
    pub mailed: bool,
    /// What whoever adds them says to them in that mail; may be empty.
    pub note: String,
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
    /// Since when they are shut out.
    pub inactive_since: Option<Ts>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// Done.
    Done(UserId),
    /// Done at an earlier sending of the same form.
    Before(UserId),
    /// The address belongs to the account already.
    Here(Existing),
}

/// Their id, whether there is a password, and their home: nothing of it is shown.
pub(super) type Known = (UserId, Option<String>, Option<AccountId>);

/// Adds a person with roles.
pub fn add(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    submit: &Submit,
) -> Result<Added> {
    let account = scope.account().id;
    refuse_other(conn, account, submit)?;
    let known = known(conn, &submit.person.email)?;
    if let Some((user, ..)) = &known
        && let Some(here) = already_here(conn, account, *user, submit.submission)?
    {
        return Ok(here.map_or(Added::Before(*user), Added::Here));
    }
    let places = found(conn, app, scope, submit)?;
    if let Some(home) = submit.home {
        managed(conn, app, scope, Target::Organization(home))?;
    }
    let expires_at = scope.now().plus(submit.life);
    let newcomer = Newcomer {
        person: &submit.person,
        user: submit.user,
        home: submit.home,
        submission: Some(submit.submission),
        expires_at,
        formerly: None,
    };
    let recipient = Recipient {
        mailed: submit.mailed,
        note: Some(submit.note.clone()).filter(|note| !note.is_empty()),
        ..enter(conn, scope, known, &newcomer)?
    };
    let user = recipient.user;
    for (found, roles) in &places {
        for role in *roles {
            let role = (role.clone(), submit.during);
            members::give_during(conn, app, scope, found, role, user)?;
        }
    }
    let link = (&submit.fresh, expires_at);
    let first = (&places, submit.during);
    sending::send(conn, app, scope, link, &recipient, Some(first))?;
    Ok(Added::Done(user))
}

/// Somebody who is about to be in the account.
pub(super) struct Newcomer<'a> {
    pub person: &'a NewPerson,
    /// The id they get if the address is new to the installation.
    pub user: UserId,
    /// The organization that becomes their home with the account, if any (S2).
    pub home: Option<OrganizationId>,
    pub submission: Option<SubmissionId>,
    /// Until when their first link works.
    pub expires_at: Ts,
    /// The address that they were invited under before.
    pub formerly: Option<&'a str>,
}

/// Whether the address has a login, and what of it matters here.
pub(super) fn known(conn: &mut Conn, email: &Email) -> Result<Option<Known>> {
    let query = users::table
        .filter(users::email_key.eq(&email.key))
        .select((users::id, users::password_hash, users::home_account_id));
    Ok(on_each!(conn, |c| query.first(c).optional())?)
}

/// The login, where the address has none, and the membership, with its event. Roles and link are the caller's.
pub(super) fn enter(
    conn: &mut Conn,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    known: Option<Known>,
    new: &Newcomer<'_>,
) -> Result<Recipient> {
    let (account, now) = (scope.account().id, scope.now());
    let (user, password, home) = match known {
        Some(known) => known,
        None => (insert_user(conn, (new.user, new.person), now)?, None, None),
    };
    let guest = home.is_some_and(|home| home != account);
    // As it was typed, whether or not the address has a login by another name (S16).
    let NewPerson {
        first_name,
        last_name,
        email,
    } = new.person;
    let joining = Joining {
        account,
        user,
        first_name,
        last_name,
        email: (&email.shown, &email.key),
        guest,
        home: new.home.filter(|_| !guest),
        status: Status::Invited,
        invited_by: Some(scope.person().id),
        submission: new.submission,
        link_expires_at: Some(new.expires_at),
    };
    members::insert_membership(conn, &joining, now)?;
    let event = scope
        .event(Action::UserInvited)
        .on(audit::Target::user(user))
        .details(json!({ "guest": guest }))
        .about(first_name, last_name, &email.shown)
        .personal(audit::Personal {
            formerly: new.formerly.map(str::to_owned),
            ..audit::Personal::default()
        });
    audit::record(conn, &event)?;
    Ok(Recipient {
        user,
        first_name: first_name.clone(),
        email: email.shown.clone(),
        has_password: password.is_some(),
        home,
        mailed: true,
        note: None,
    })
}

/// Whether the address belongs to the account already: the first page of the form says so before roles are chosen.
pub fn existing(conn: &mut Conn, account: AccountId, email: &Email) -> Result<Option<Existing>> {
    let known: Option<UserId> = users::table
        .filter(users::email_key.eq(&email.key))
        .select(users::id)
        .first(conn)
        .optional()?;
    let Some(user) = known else {
        return Ok(None);
    };
    Ok(already_here(conn, account, user, SubmissionId::nil())?.flatten())
}

/// One sending of the form adds one person: the same one with another address is a page that was changed by hand.
fn refuse_other(conn: &mut Conn, account: AccountId, submit: &Submit) -> Result<()> {
    let query = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::submission_id.eq(Some(submit.submission)))
        .select(memberships::email_key);
    let sent: Option<String> = on_each!(conn, |c| query.first(c).optional())?;
    match sent {
        Some(key) if key != submit.person.email.key => Err(Error::Conflict(
            "This form has added somebody already. Open Add New User again for the next person."
                .into(),
        )),
        _ => Ok(()),
    }
}

/// As stored: how they stand; when they were added, until when their link works, since when they are shut out; by which
/// form; and by which name.
type Row = (
    String,
    (Ts, Option<Ts>, Option<Ts>),
    Option<SubmissionId>,
    (String, String),
);

/// None: not here. `Some(None)`: added by this very form. `Some(Some(..))`: here by other means.
fn already_here(
    conn: &mut Conn,
    account: AccountId,
    user: UserId,
    submission: SubmissionId,
) -> Result<Option<Option<Existing>>> {
    let row: Option<Row> = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select((
            memberships::status,
            (
                memberships::created_at,
                memberships::link_expires_at,
                memberships::deactivated_at,
            ),
            memberships::submission_id,
            (memberships::first_name, memberships::last_name),
        ))
        .first(conn)
        .optional()?;
    let Some((status, (since, link_expires_at, inactive_since), by, (first, last))) = row else {
        return Ok(None);
    };
    if by == Some(submission) {
        return Ok(Some(None));
    }
    Ok(Some(Some(Existing {
        user,
        name: format!("{first} {last}"),
        status: Status::parse(&status)?,
        since,
        link_expires_at,
        inactive_since,
    })))
}

pub(super) type Places<'a> = Vec<(members::Found, &'a [(Role, GrantId)])>;

/// The places, each one that the acting person manages users in; a place that they cannot see is not found.
fn found<'a>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    submit: &'a Submit,
) -> Result<Places<'a>> {
    let mut places = Vec::new();
    for (target, roles) in &submit.places {
        places.push((managed(conn, app, scope, *target)?, roles.as_slice()));
    }
    Ok(places)
}

/// A place that the acting person manages users in.
fn managed(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    target: Target,
) -> Result<members::Found> {
    let account = scope.account();
    let found = members::place_of(conn, account.id, &account.name, target)?;
    let here = members::act(app, scope, &found)?;
    if here.permissions.contains_key(Key::UsersManage) {
        return Ok(found);
    }
    let sentence = format!("You cannot manage users in {}.", found.name);
    let lacks = (Key::UsersManage, target.to_string());
    Err(Refusal::new("role", sentence).lacking(lacks).to(scope))
}

fn insert_user(conn: &mut Conn, (id, person): (UserId, &NewPerson), now: Ts) -> Result<UserId> {
    let NewPerson {
        first_name,
        last_name,
        email,
    } = person;
    let insert = diesel::insert_into(users::table).values((
        users::id.eq(id),
        users::email.eq(&email.shown),
        users::email_key.eq(&email.key),
        users::first_name.eq(first_name),
        users::last_name.eq(last_name),
        users::operator.eq(false),
        users::version.eq(1_i64),
        users::created_at.eq(now),
    ));
    on_each!(conn, |c| insert.execute(c))?;
    Ok(id)
}
