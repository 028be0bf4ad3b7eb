//! The mails about requests: to whom, and with which facts. None of them can be switched off, since they are about
//! who holds the keys; none carries a link that decides anything.

use diesel::prelude::*;

use super::decisions::{Decision, decisions};
use super::model::{Request, account_of};
use super::rule::{Approver, Case};
use super::{people, place};
use crate::access::role::Role;
use crate::access::standing::Person;
use crate::app::App;
use crate::db::schema::{memberships, users};
use crate::db::types::{MailId, Ts, UserId};
use crate::db::{Conn, among};
use crate::error::Result;
use crate::mail::outbox::{NewMail, enqueue};
use crate::mail::templates::{
    Approval, Known, Letter, NewAdmin, RequestDecided, RequestWanted, Verdict,
};
use crate::mail::{self};
use crate::members::Status;
use crate::users::showing;
use crate::web::urls;

fn send(
    conn: &mut Conn,
    app: &App,
    request: &Request,
    (to, letter): (&str, Letter),
    now: Ts,
) -> Result<()> {
    // A re-run makes another id: the row of the earlier run was rolled back, and nothing has seen it.
    let id = MailId::new();
    enqueue(
        conn,
        NewMail {
            id,
            account: Some(request.account),
            link: None,
            reader: None,
            recipient: to.to_owned(),
            letter,
            sealed_token: None,
            message_id: mail::letterhead(app.config()).message_id(id),
            due_at: now,
            created_at: now,
        },
    )?;
    Ok(())
}

/// In whose name it goes on and whom it is for; the same one where somebody asks for themself.
fn both(conn: &mut Conn, request: &Request) -> Result<(Contact, Contact)> {
    let found = contacts(conn, request, &[request.requester, request.person])?;
    let one = |id: UserId| {
        found
            .iter()
            .find(|contact| contact.user == id)
            .cloned()
            .ok_or(crate::error::Error::NotFound)
    };
    Ok((one(request.requester)?, one(request.person)?))
}

/// Somebody by name, and by what they are told from others of that name.
type Somebody = (String, Option<Known>);

/// Whom a request is for, who asked, and who took it over from them.
fn everybody(conn: &mut Conn, request: &Request) -> Result<(Somebody, Somebody, Option<Somebody>)> {
    let all = people::concerned(conn, request)?;
    let mut one = |id: UserId| -> Result<Somebody> {
        Ok(match people::of(&all, id) {
            Some(one) => (showing::name(one), Some(people::known(one))),
            None => (super::model::name(conn, request, id)?, None),
        })
    };
    let taken_over = request.asked_by.map(|_| one(request.requester));
    Ok((
        one(request.person)?,
        one(request.asker())?,
        taken_over.transpose()?,
    ))
}

/// What the role is called now, or was before it was deleted.
fn label(request: &Request, role: Option<&Role>) -> String {
    let now = role.map(Role::label);
    now.unwrap_or_else(|| request.role.label()).to_owned()
}

/// What every letter to those who decide has in common.
fn question(conn: &mut Conn, app: &App, request: &Request, path: String) -> Result<RequestWanted> {
    let account = account_of(conn, request.account)?;
    let (person, requester, taken_over) = everybody(conn, request)?;
    let (taken_over, taken_over_known) = taken_over.unzip();
    let role = request.role.now(conn, request.account)?;
    let says = role.as_ref().map(|role| account.says_of(app.roles(), role));
    Ok(RequestWanted {
        account: (&account).into(),
        recipient: String::new(),
        requester: requester.0,
        requester_known: requester.1,
        taken_over,
        taken_over_known: taken_over_known.flatten(),
        person: person.0,
        person_known: person.1,
        // Of Admin the letter says itself what it is for.
        about: (!request.role.is_admin()).then(|| says.unwrap_or_default()),
        role: label(request, role.as_ref()),
        place: place::for_deciders(conn, request, &account.name)?,
        reason: request.reason.clone(),
        reminder: request.reminders > 0,
        until: request.expires_at,
        path,
        as_operator: false,
        sensitive: app.roles().sensitive().map(str::to_owned),
    })
}

/// Asks those who can approve.
pub(super) fn wanted(
    conn: &mut Conn,
    app: &App,
    request: &Request,
    to: &[&Approver],
    now: Ts,
) -> Result<()> {
    let slug = account_of(conn, request.account)?.slug;
    let question = question(conn, app, request, urls::request(&slug, request.id))?;
    for one in to {
        let letter = Letter::RequestWanted(RequestWanted {
            recipient: one.first_name.clone(),
            ..question.clone()
        });
        send(conn, app, request, (&one.email, letter), now)?;
    }
    Ok(())
}

/// Asks the operators to confirm what an account has approved.
pub(super) fn to_operators(conn: &mut Conn, app: &App, request: &Request, now: Ts) -> Result<()> {
    let question = question(conn, app, request, urls::operator_request(request.id))?;
    for one in super::approvers::operators(conn)? {
        let letter = Letter::RequestWanted(RequestWanted {
            recipient: one.first_name,
            as_operator: true,
            ..question.clone()
        });
        send(conn, app, request, (&one.email, letter), now)?;
    }
    Ok(())
}

/// Whether the one it is for has not come in yet.
fn is_invited(conn: &mut Conn, request: &Request) -> Result<bool> {
    let status = super::model::status(conn, request, request.person)?;
    Ok(status.as_deref() == Some(Status::Invited.as_str()))
}

/// How a request ended, by whom, and what was written.
struct End<'a> {
    verdict: Verdict,
    by: Option<&'a str>,
    words: Option<&'a str>,
    approvals: Vec<Approval>,
}

/// Which of these two are told: whoever asked while they are active in the account, and whom it is for also while they are
/// invited, of a role that they get: what others asked for in vain is nothing to somebody who is not there. Who is shut
/// out, or gone, is told of nothing (S3).
fn still_here<'a>(
    conn: &mut Conn,
    (request, verdict): (&Request, Verdict),
    told: &[&'a Contact],
) -> Result<Vec<&'a Contact>> {
    let ids: Vec<UserId> = told.iter().map(|one| one.user).collect();
    let here: Vec<(UserId, String)> = memberships::table
        .filter(memberships::account_id.eq(request.account))
        .filter(among(memberships::user_id, &ids))
        .select((memberships::user_id, memberships::status))
        .load(conn)?;
    let is_told = |one: &&&Contact| {
        let status = here.iter().find(|(user, _)| *user == one.user);
        status.is_some_and(|(_, status)| match Status::parse(status) {
            Ok(Status::Active) => true,
            Ok(Status::Invited) => one.user != request.requester && verdict == Verdict::Granted,
            _ => false,
        })
    };
    Ok(told.iter().filter(is_told).copied().collect())
}

/// Tells who asked and whom it is for, as far as they are here still.
fn decided(conn: &mut Conn, app: &App, request: &Request, end: &End<'_>, now: Ts) -> Result<()> {
    let account = account_of(conn, request.account)?;
    let (requester, person) = both(conn, request)?;
    let invited = is_invited(conn, request)?;
    let both = [&requester, &person];
    let told = if requester.user == person.user {
        &both[..1]
    } else {
        &both[..]
    };
    let role = request.role.now(conn, request.account)?;
    let found = place::found(conn, request, &account.name)?;
    for one in still_here(conn, (request, end.verdict), told)? {
        let (at, told) = ((request, found.as_ref()), (one.user, now));
        let letter = Letter::RequestDecided(RequestDecided {
            account: (&account).into(),
            recipient: one.first_name.clone(),
            person: person.name.clone(),
            invited,
            is_own: one.user == person.user,
            role: label(request, role.as_ref()),
            place: place::for_concerned(conn, app, at, told)?,
            verdict: end.verdict,
            by: end.by.map(str::to_owned),
            words: end.words.map(str::to_owned),
            approvals: end.approvals.clone(),
            path: urls::request(&account.slug, request.id),
        });
        send(conn, app, request, (&one.email, letter), now)?;
    }
    Ok(())
}

/// Tells that somebody said no.
pub(super) fn refused(
    conn: &mut Conn,
    app: &App,
    request: &Request,
    (by, words): (&Person, &str),
    now: Ts,
) -> Result<()> {
    let end = End {
        verdict: Verdict::Refused,
        by: Some(&by.name),
        words: Some(words),
        approvals: Vec::new(),
    };
    decided(conn, app, request, &end, now)
}

/// Tells that nobody decided in time.
pub(super) fn expired(conn: &mut Conn, app: &App, request: &Request, now: Ts) -> Result<()> {
    let end = End {
        verdict: Verdict::Expired,
        by: None,
        words: None,
        approvals: Vec::new(),
    };
    decided(conn, app, request, &end, now)
}

/// The approvals that made the grant, in order, with what was written: of the account, as far as they count still, and of
/// the operator who confirmed them.
fn approvals(conn: &mut Conn, request: &Request, case: &Case<'_>) -> Result<Vec<Approval>> {
    let counts = |one: &Decision| match one.part.as_str() {
        "account" => case.others().any(|other| other.user == one.decider),
        "request" => case.request_counts() && case.by_asking == Some(one.decider),
        _ => true,
    };
    let mut found: Vec<(UserId, Approval)> = Vec::new();
    for one in decisions(conn, request.id)? {
        if one.verdict != "approved" || !counts(&one) {
            continue;
        }
        let approval = Approval {
            by: super::model::name(conn, request, one.decider)?,
            words: (one.part != "request").then_some(one.words),
            confirms: one.part == "operator",
        };
        // Whoever said so anew is told once, by what they wrote last.
        found.retain(|(by, had)| *by != one.decider || had.confirms != approval.confirms);
        found.push((one.decider, approval));
    }
    Ok(found.into_iter().map(|(_, approval)| approval).collect())
}

/// Tells that the role was given: who asked and whom it is for. Of a new Admin also every Admin of the place (the Owners, where there
/// is none), whoever approved included, so that nobody approves unnoticed in another's name.
pub(super) fn granted(
    conn: &mut Conn,
    app: &App,
    request: &Request,
    case: &Case<'_>,
    (by, now): (&Person, Ts),
) -> Result<()> {
    let end = End {
        verdict: Verdict::Granted,
        by: Some(&by.name),
        words: None,
        approvals: approvals(conn, request, case)?,
    };
    decided(conn, app, request, &end, now)?;
    if !request.role.is_admin() {
        return Ok(());
    }
    let account = account_of(conn, request.account)?;
    let (person, requester, taken_over) = everybody(conn, request)?;
    let (taken_over, taken_over_known) = taken_over.unzip();
    let taken_over_known = taken_over_known.flatten();
    let place = place::for_deciders(conn, request, &account.name)?;
    let counted = |user: UserId| {
        case.approved.contains(&user) || (case.request_counts() && user == case.requester)
    };
    let approvers: Vec<String> = (case.approvers.iter())
        .filter(|one| one.user != case.person && counted(one.user))
        .map(|one| one.name.clone())
        .collect();
    let invited = is_invited(conn, request)?;
    let has_admin = case.approvers.iter().any(|one| one.admin);
    let told = (case.approvers.iter())
        .filter(|one| one.user != request.person && (one.admin || !has_admin));
    for one in told {
        let letter = Letter::NewAdmin(NewAdmin {
            account: (&account).into(),
            recipient: one.first_name.clone(),
            person: person.0.clone(),
            person_known: person.1.clone(),
            invited,
            role: request.role.label().to_owned(),
            place: place.clone(),
            requester: requester.0.clone(),
            requester_known: requester.1.clone(),
            taken_over: taken_over.clone(),
            taken_over_known: taken_over_known.clone(),
            approvers: approvers.clone(),
            confirmed_by: by.name.clone(),
            at: now,
            path: urls::user(&account.slug, request.person),
        });
        send(conn, app, request, (&one.email, letter), now)?;
    }
    Ok(())
}

/// First name, full name and address of a person.
#[derive(Clone, Debug)]
struct Contact {
    user: UserId,
    first_name: String,
    name: String,
    email: String,
}

/// How to reach these people, and what the account of the request calls them.
fn contacts(conn: &mut Conn, request: &Request, people: &[UserId]) -> Result<Vec<Contact>> {
    type Row = (UserId, String, Option<(String, String)>);
    let here = memberships::user_id
        .eq(users::id)
        .and(memberships::account_id.eq(request.account));
    let rows: Vec<Row> = users::table
        .left_join(memberships::table.on(here))
        .filter(among(users::id, people))
        .select((
            users::id,
            users::email,
            (memberships::first_name, memberships::last_name).nullable(),
        ))
        .load(conn)?;
    let mut all = Vec::new();
    for (user, email, called) in rows {
        let (first_name, name) = match called {
            Some((first, last)) => (first.clone(), format!("{first} {last}")),
            None => {
                let name = super::model::name(conn, request, user)?;
                (name.clone(), name)
            }
        };
        all.push(Contact {
            user,
            first_name,
            name,
            email,
        });
    }
    Ok(all)
}
