//! How somebody stood before something was done to them, and what that was: kept, so that it can be taken back
//! (`restoring.rs`).

use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};

use super::dormant::{Asleep, Sleeping, sleeping};
use super::giving_back::reached;
use super::kept;
use super::model::{Held, Status, held_by};
use super::since::{Left, left};
use super::storing::{self, Said};
use super::telling::{self, Told};
use crate::access::gate::Demand;
use crate::access::place::Place;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::memberships;
use crate::db::types::{
    AccountId, ChangeId, GrantId, Id, MailId, OrganizationId, SubmissionId, Ts, UserId,
};
use crate::error::{Error, Result};
use crate::on_each;

/// A membership as it is stored.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = memberships)]
pub(super) struct Member {
    pub(super) account_id: AccountId,
    pub(super) user_id: UserId,
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) sort_key: String,
    pub(super) last_key: String,
    pub(super) email_key: String,
    pub(super) selected_organization_id: Option<OrganizationId>,
    pub(super) home_organization_id: Option<OrganizationId>,
    pub(super) invited_by: Option<UserId>,
    pub(super) submission_id: Option<SubmissionId>,
    pub(super) link_expires_at: Option<Ts>,
    pub(super) joined_at: Option<Ts>,
    pub(super) deactivated_at: Option<Ts>,
    pub(super) deactivated_by: Option<UserId>,
    pub(super) deactivation_reason: Option<String>,
    pub(super) version: i64,
    pub(super) created_at: Ts,
    pub(super) last_sign_in_at: Option<Ts>,
    pub(super) first_name: String,
    pub(super) last_name: String,
    // What follows is the login's, and the database's to fill in when the membership comes back: it is not kept. Nor is
    // what the database writes down of its roles, which come back one by one.
    #[serde(skip)]
    pub(super) email: String,
    #[serde(skip)]
    pub(super) locked_until: Option<Ts>,
}

impl Member {
    /// Whether they were invited, and had not come in.
    pub(super) fn is_invited(&self) -> bool {
        self.status == Status::Invited.as_str()
    }
}

/// How somebody stood in the account before something was done to them.
#[derive(Clone, Debug)]
pub struct Former {
    user: UserId,
    held: Vec<Held>,
    said: Vec<(GrantId, Said)>,
    asleep: Sleeping,
    member: Member,
    mail: Option<MailId>,
}

pub(super) fn member(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Option<Member>> {
    let query = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .select(<Member as Selectable<Sqlite>>::construct_selection());
    Ok(on_each!(conn, |c| query.first(c).optional())?)
}

/// How somebody stands in the account now.
///
/// # Errors
/// Not found, when they do not belong to it.
pub fn former(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Former> {
    let held = held_by(conn, account, user)?;
    Ok(Former {
        user,
        said: storing::said(conn, &ids(&held))?,
        held,
        asleep: sleeping(conn, account, &[user])?,
        member: member(conn, account, user)?.ok_or(Error::NotFound)?,
        mail: None,
    })
}

/// How somebody was added to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// By which sending of the form.
    pub submission: SubmissionId,
    /// The mail with their link.
    pub mail: MailId,
}

/// What was done to one person, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Their membership, if they were removed.
    pub(super) removed: Option<Member>,
    /// The roles that waited for them and do not any more: they were removed, or got the same anew.
    #[serde(default)]
    pub(super) asleep: Vec<Asleep>,
    /// The roles they lost.
    pub(super) lost: Vec<Lost>,
    /// Every grant that they had afterwards.
    pub(super) after: Vec<GrantId>,
    /// Those of them that came.
    pub(super) came: Vec<GrantId>,
    /// And from when on and until when they held each. Kept by an earlier version: none.
    #[serde(default)]
    pub(super) left: Vec<Left>,
    /// The roles that got another end.
    #[serde(default)]
    pub(super) moved: Vec<Moved>,
    /// How they were added, if they were.
    #[serde(default)]
    pub(super) added: Option<Added>,
    /// The mails that tell them.
    #[serde(default)]
    pub(super) told: Vec<Told>,
}

/// A role that got another end, with the one before it and what was said about that.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Moved {
    pub(super) grant: GrantId,
    pub(super) ends_at: Option<Ts>,
    pub(super) said: Option<Said>,
}

/// A grant that went, with all that it takes to have it back as it was.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Lost {
    pub(super) grant: GrantId,
    pub(super) role: String,
    pub(super) place: String,
    pub(super) below: bool,
    pub(super) given_by: Option<UserId>,
    pub(super) given_at: Ts,
    pub(super) starts_at: Option<Ts>,
    pub(super) ends_at: Option<Ts>,
    #[serde(default)]
    pub(super) said: Option<Said>,
    #[serde(default)]
    pub(super) reached: Option<String>,
}

fn lost(
    conn: &mut Conn,
    account: AccountId,
    held: &Held,
    said: &[(GrantId, Said)],
) -> Result<Lost> {
    let said = said.iter().find(|(grant, _)| *grant == held.grant);
    Ok(Lost {
        said: said.map(|(_, said)| *said),
        reached: reached(conn, account, (&held.role, &held.scope))?,
        grant: held.grant,
        role: held.role.as_str().to_owned(),
        place: super::Target::of(account, &held.scope).to_string(),
        below: held.is_below(),
        given_by: held.given_by,
        given_at: held.given_at,
        starts_at: held.starts_at,
        ends_at: held.ends_at,
    })
}

/// What is kept of somebody stands under their own id: a place has none like it.
pub(super) fn about(user: UserId) -> GrantId {
    Id::from_uuid(user.uuid())
}

impl Former {
    /// The mail that tells them that they were removed.
    #[must_use]
    pub const fn told_by(mut self, mail: MailId) -> Self {
        self.mail = Some(mail);
        self
    }

    /// That mail, as it is kept.
    fn told(&self) -> Option<Told> {
        self.mail.map(|mail| Told {
            user: self.user,
            place: about(self.user),
            mail,
        })
    }

    /// Tells them what they hold now instead, if anything: after an act that cannot be taken back.
    pub fn tell<P: Place, A: Demand>(
        &self,
        conn: &mut Conn,
        app: &App,
        scope: &Scope<P, A>,
    ) -> Result<()> {
        let held = held_by(conn, scope.account().id, self.user)?;
        telling::tell(conn, app, scope, (&self.held, &held), &[])?;
        Ok(())
    }
}

/// Keeps how it was, after it was changed: so that it can be taken back. Tells them what they hold now instead, unless
/// they were removed: that has a mail of its own.
pub fn keep_former<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (id, former): (ChangeId, &Former),
) -> Result<()> {
    let account = scope.account().id;
    let held = held_by(conn, account, former.user)?;
    let after: Vec<GrantId> = ids(&held);
    let removed = member(conn, account, former.user)?.is_none();
    let asleep = sleeping(conn, account, &[former.user])?;
    let woken = former.asleep.clone().woken(&asleep);
    let gone = former
        .held
        .iter()
        .filter(|held| !after.contains(&held.grant));
    let before = ids(&former.held);
    let came = after.iter().filter(|grant| !before.contains(grant));
    let kept = Kept {
        removed: removed.then(|| former.member.clone()),
        asleep: woken.into_iter().map(|(_, asleep)| asleep).collect(),
        lost: gone
            .map(|held| lost(conn, account, held, &former.said))
            .collect::<Result<_>>()?,
        came: came.copied().collect(),
        left: left(conn, scope, &held)?,
        moved: moved(former, &held),
        added: None,
        told: if removed {
            former.told().into_iter().collect()
        } else {
            telling::tell(conn, app, scope, (&former.held, &held), &[])?
        },
        after,
    };
    kept::keep(conn, scope, (id, about(former.user)), &kept)
}

/// The roles that are still held, until another day.
fn moved(former: &Former, held: &[Held]) -> Vec<Moved> {
    let ends_otherwise = |before: &&Held| {
        let mut now = held.iter().filter(|held| held.grant == before.grant);
        now.any(|held| held.ends_at != before.ends_at)
    };
    let one = |before: &Held| {
        let said = former.said.iter().find(|(id, _)| *id == before.grant);
        Moved {
            grant: before.grant,
            ends_at: before.ends_at,
            said: said.map(|(_, said)| *said),
        }
    };
    let moved = former.held.iter().filter(ends_otherwise);
    moved.map(one).collect()
}

/// Keeps that somebody was added to the account with these roles, all that they hold, so that it can be taken back.
pub fn keep_added<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    (id, user): (ChangeId, UserId),
    (added, held): (Added, &[Held]),
) -> Result<()> {
    let kept = Kept {
        removed: None,
        asleep: Vec::new(),
        lost: Vec::new(),
        came: ids(held),
        left: left(conn, scope, held)?,
        moved: Vec::new(),
        added: Some(added),
        told: Vec::new(),
        after: ids(held),
    };
    kept::keep(conn, scope, (id, about(user)), &kept)
}

/// Under which id it is kept that the acting person added somebody by this sending of the form: for one that is sent
/// twice. None: it was taken back, or is no longer known.
pub fn kept_added<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    (user, submission): (UserId, SubmissionId),
) -> Result<Option<ChangeId>> {
    let last: Option<(ChangeId, Kept)> = kept::last(conn, scope, about(user))?;
    let is_it = |kept: &Kept| {
        let added = kept.added.as_ref();
        added.is_some_and(|added| added.submission == submission)
    };
    Ok(last.filter(|(_, kept)| is_it(kept)).map(|(id, _)| id))
}

pub(super) fn ids(held: &[Held]) -> Vec<GrantId> {
    let mut ids: Vec<GrantId> = held.iter().map(|held| held.grant).collect();
    ids.sort_unstable();
    ids
}
