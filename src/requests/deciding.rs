//! Approving and refusing: the last approval that the policy requires makes the grant, in the same transaction (rule
//! 18; S13).

use serde_json::json;
use sha2::{Digest, Sha256};

use super::approvers::{Gift, approvers, giver, givers};
use super::asking::Asking;
use super::decisions::{Decision, Written, approved, by_asking, decisions, write_down};
use super::hindering::in_the_way;
use super::late::already;
use super::mailing;
use super::making::about;
use super::model::{Request, State, Turn, find, turn};
use super::rule::{Approver, Case};
use super::{place, seeing};
use crate::access::give::key_to_give;
use crate::access::permission::Key;
use crate::access::refusal::Refusal;
use crate::access::resolve::Place;
use crate::access::role::{Builtin, Role};
use crate::access::standing::Person;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::config::AdminGrants;
use crate::db::Conn;
use crate::db::types::{DecisionId, GrantId, RequestId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Found};
use crate::sessions::proving::{Presented, Proof, Proven, prove};

/// A decision to be made; its ids are made before the transaction.
#[derive(Clone, Debug)]
pub struct Decide {
    /// Which request.
    pub request: RequestId,
    /// Yes or no.
    pub approve: bool,
    /// What was written; none when the form has to come back, with `why` beside the field.
    pub words: std::result::Result<String, String>,
    /// Of the decision.
    pub decision: DecisionId,
    /// Of the grant, where this decision is the last.
    pub grant: GrantId,
    /// What the form said of what was looked at.
    pub seen: String,
    /// The proof of who decides.
    pub presented: Presented,
}

/// What a decision came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The role is given.
    Granted,
    /// Approved, and somebody else of the account has to say yes too.
    Approved,
    /// Approved as far as the account goes: an operator has to confirm it.
    ForOperator,
    /// Refused.
    Refused,
    /// Nothing was decided, for this reason.
    Not(String),
    /// Nothing was decided: whoever approved can no longer approve, and the account was asked again.
    PutBack,
    /// The form comes back: the field, or none, and what stands beside it.
    Again(&'static str, String),
}

/// Everything that a decision looks at.
pub(super) struct File {
    pub request: Request,
    pub decisions: Vec<Decision>,
    pub approved: Vec<UserId>,
    /// None when the place is deleted, or an archived project.
    pub found: Option<Found>,
    /// None when it was one of the account's own and is deleted.
    pub role: Option<Role>,
    pub approvers: Vec<Approver>,
}

impl File {
    /// What the rule looks at.
    pub fn case(&self) -> Case<'_> {
        Case {
            direct: !self.request.role.is_admin(),
            policy: self.request.policy,
            requester: self.request.requester,
            asker: self.request.asker(),
            by_asking: by_asking(&self.decisions),
            person: self.request.person,
            approvers: &self.approvers,
            approved: &self.approved,
        }
    }

    /// What the role is called now, or was before it was deleted.
    pub fn role_label(&self) -> &str {
        let now = self.role.as_ref().map(Role::label);
        now.unwrap_or_else(|| self.request.role.label())
    }

    /// What the place is called now, or was before it was gone: for whoever decides.
    pub fn place_label(&self) -> String {
        let now = self.found.as_ref();
        now.map_or_else(
            || self.request.place_in_words(),
            |found| place::called(&self.request, found),
        )
    }
}

/// Reads what belongs to a request, in the account of this name. Of those who may give a role directly some are read, and
/// whoever acts if they are one of them.
pub(super) fn file(
    conn: &mut Conn,
    app: &App,
    request: Request,
    (name, acting): (&str, Option<UserId>),
    now: Ts,
) -> Result<File> {
    let found = place::found(conn, &request, name)?;
    let there = match &found {
        Some(found) => found.standing(),
        None => left_of(conn, &request)?,
    };
    let role = request.role.now(conn, request.account)?;
    let there = if request.role.is_admin() {
        approvers(conn, request.account, &there, now)?
    } else {
        // Whoever manages users there says no to a role that is gone.
        let everyday = Builtin::Viewer.into();
        let gift = Gift {
            account: request.account,
            place: &there,
            role: role.as_ref().unwrap_or(&everyday),
            person: request.person,
        };
        let apart = [request.requester, request.asker()];
        let mut all = givers(conn, app, &gift, &apart, now)?;
        let acting =
            acting.filter(|me| !apart.contains(me) && all.iter().all(|one| one.user != *me));
        if let Some(me) = acting {
            all.extend(giver(conn, app, &gift, me, now)?);
        }
        all
    };
    let decisions = decisions(conn, request.id)?;
    Ok(File {
        approved: approved(&decisions),
        approvers: there,
        decisions,
        found,
        role,
        request,
    })
}

/// Where those stand who can refuse a request whose place was archived or deleted: what is given on an archived project
/// alone opens nothing, and of a place that is gone the account is left.
fn left_of(conn: &mut Conn, request: &Request) -> Result<Place> {
    Ok(
        match members::standing_of(conn, request.account, &request.scope)? {
            Some(Place::Project { within, .. }) => Place::Organization(within),
            Some(place) => place,
            None => Place::Account,
        },
    )
}

/// Why the acting person cannot decide about this request in the account's name, if they cannot.
pub(super) fn barred(file: &File, me: UserId) -> Option<String> {
    let request = &file.request;
    let (other, only) = if request.role.is_admin() {
        (
            "Another Admin or Owner",
            "Only an Admin or Owner of this place",
        )
    } else {
        (
            "Somebody else who may give the role",
            "Only somebody who may give this role in this place",
        )
    };
    if request.asker() == me {
        Some(format!(
            "You asked for this yourself. {other} has to decide."
        ))
    } else if request.requester == me {
        Some(format!(
            "You took this request over. {other} has to decide."
        ))
    } else if request.person == me {
        Some(format!(
            "This is about your own role. {other} has to decide."
        ))
    } else if !file.approvers.iter().any(|one| one.user == me) {
        Some(format!("{only} can decide about this request."))
    } else {
        None
    }
}

fn refused(scope: &Asking, file: &File, sentence: &str) -> Error {
    let approves = |one: &Approver| one.user == scope.person().id;
    let place = || members::Target::of(file.request.account, &file.request.scope);
    // Whoever reaches the place as Admin or Owner holds this there, and nobody else. What it takes to give another role
    // is a permission, but for what is in one of the account's own.
    let key = if file.request.role.is_admin() {
        Some(Key::UserManagementAssign)
    } else {
        let built_in = file.role.as_ref().filter(|role| role.custom_id().is_none());
        built_in.and_then(key_to_give)
    };
    let lacking = !file.approvers.iter().any(approves);
    let lacks = key
        .filter(|_| lacking)
        .map(|key| (key, place().to_string()));
    Refusal::new("approval", sentence).lacking(lacks).to(scope)
}

/// Decides in the account's name.
pub(super) fn decide(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    wish: &Decide,
) -> Result<(Decided, Option<Proof>)> {
    let (me, now) = (scope.person(), scope.now());
    let request = find(conn, app, scope, wish.request)?;
    let named = (scope.account().name.as_str(), Some(me.id));
    let mut file = file(conn, app, request, named, now)?;
    if let Some(sentence) = barred(&file, me.id) {
        return Err(refused(scope, &file, &sentence));
    }
    let waits_for_operator = file.request.state == State::Approved && wish.approve;
    // An approval that is not enough by itself is given once. Where it has become enough, or came to count again, the
    // one who gave it says so anew.
    let mine = wish.approve && file.approved.contains(&me.id) && !file.case().is_complete();
    if !file.request.state.is_open() || waits_for_operator || mine {
        return Ok((Decided::Not(already(conn, &file, me.id, now)?), None));
    }
    let (words, proof) = match ready(conn, app, scope, &file, wish)? {
        Ok(ready) => ready,
        Err(not) => return Ok((not, None)),
    };
    if let (true, Some(found), Some(role)) = (wish.approve, &file.found, &file.role)
        && !file.request.role.is_admin()
    {
        // The rule that decides whoever gives it directly, once more and with its own words (rule 17).
        members::may_give(app, scope, found, role, file.request.person)?;
    }
    let written = Written {
        id: wish.decision,
        decider: me.id,
        part: "account",
        approved: wish.approve,
        words: &words,
        proof,
    };
    write_down(conn, &file.request, &written, now)?;
    let action = if wish.approve {
        Action::RequestApproved
    } else {
        Action::RequestRefused
    };
    audit::record(
        conn,
        &worded(scope.event(action), &file.request, &words, &[]),
    )?;
    if !wish.approve {
        refuse(conn, app, &file.request, (me, &words), now)?;
        return Ok((Decided::Refused, Some(proof)));
    }
    file.approved.push(me.id);
    let mover = Mover {
        person: me,
        now,
        grant: wish.grant,
        event: scope.event(Action::RoleGranted),
    };
    let (Some(found), Some(role)) = (&file.found, &file.role) else {
        return Err(Error::NotFound);
    };
    let case = file.case();
    if !case.is_complete() {
        let to = Turn {
            state: State::Waiting,
            by: Some(me.id),
            grant: None,
        };
        turn(conn, &file.request, &to, now)?;
        return Ok((Decided::Approved, Some(proof)));
    }
    let given = (&file.request, found, role);
    let granted = account_approved(conn, app, given, &case, &mover)?;
    let decided = if granted {
        Decided::Granted
    } else {
        Decided::ForOperator
    };
    Ok((decided, Some(proof)))
}

/// What has to be right before anything is written: the person and the place are still there, what is approved is what was
/// looked at, something was written, and whoever decides has proven who they are.
pub(super) fn ready(
    conn: &mut Conn,
    app: &App,
    scope: &impl crate::access::scope::Acting,
    file: &File,
    wish: &Decide,
) -> Result<std::result::Result<(String, Proof), Decided>> {
    if wish.approve {
        if let Some(why) = in_the_way(conn, app, file, scope.now())? {
            let why = format!("{why} Nothing was approved.");
            return Ok(Err(Decided::Not(why)));
        }
        if let Some(why) = seeing::changed(conn, app, file, &wish.seen)? {
            return Ok(Err(Decided::Again("", why)));
        }
    }
    let words = match &wish.words {
        Ok(words) => words.clone(),
        Err(why) => return Ok(Err(Decided::Again("words", why.clone()))),
    };
    Ok(match prove(conn, app, scope, &wish.presented)? {
        Proven::Yes(proof) => Ok((words, proof)),
        Proven::Ask(why) => Err(Decided::Again("password", why.to_owned())),
    })
}

/// Who makes the move that ends it.
pub(super) struct Mover<'a> {
    pub person: &'a Person,
    pub now: Ts,
    pub grant: GrantId,
    pub event: Event,
}

/// The account has approved: the role is given, or the request goes on to the operators. True when it was given.
pub(super) fn account_approved(
    conn: &mut Conn,
    app: &App,
    (request, found, role): (&Request, &Found, &Role),
    case: &Case<'_>,
    mover: &Mover<'_>,
) -> Result<bool> {
    if request.policy == AdminGrants::Operator {
        let to = Turn {
            state: State::Approved,
            by: Some(mover.person.id),
            grant: None,
        };
        turn(conn, request, &to, mover.now)?;
        mailing::to_operators(conn, app, request, mover.now)?;
        return Ok(false);
    }
    let given = (request, found, role);
    give(conn, app, given, (case, mover.person.id), mover)?;
    Ok(true)
}

/// The grant, made by the approval itself, and everybody told.
pub(super) fn give(
    conn: &mut Conn,
    app: &App,
    (request, found, role): (&Request, &Found, &Role),
    (case, by): (&Case<'_>, UserId),
    mover: &Mover<'_>,
) -> Result<()> {
    let to = Turn {
        state: State::Granted,
        by: Some(mover.person.id),
        grant: Some(mover.grant),
    };
    turn(conn, request, &to, mover.now)?;
    let new = members::New {
        account: request.account,
        role: (role.clone(), mover.grant),
        to: request.person,
        by,
        during: (None, None),
    };
    members::give_approved(conn, app, found, &new, mover.event.clone(), mover.now)?;
    mailing::granted(conn, app, request, case, (mover.person, mover.now))
}

pub(super) fn refuse(
    conn: &mut Conn,
    app: &App,
    request: &Request,
    (by, words): (&Person, &str),
    now: Ts,
) -> Result<()> {
    let to = Turn {
        state: State::Refused,
        by: Some(by.id),
        grant: None,
    };
    turn(conn, request, &to, now)?;
    mailing::refused(conn, app, request, (by, words), now)
}

/// The event of a decision. What was written stays beside the chain; under its seal stands a digest of it.
pub(super) fn worded(event: Event, request: &Request, words: &str, more: &[(&str, bool)]) -> Event {
    let digest = format!("{:x}", Sha256::digest(words));
    let mut event = about(event, request);
    if let Some(details) = event.details.as_object_mut() {
        details.insert("words_sha256".into(), json!(digest));
        details.extend(more.iter().map(|(key, is)| ((*key).to_owned(), json!(is))));
    }
    event
}
