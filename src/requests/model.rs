//! Rows of requests, and who gets to see them.

use diesel::prelude::*;

use crate::access::custom::AccountRoles;
use crate::access::grant::{Level, Scoped};
use crate::access::permission::{Key, Permission};
use crate::access::place::{Account, Place as GatePlace, Whole};
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::app::App;
use crate::config::AdminGrants;
use crate::db::Conn;
use crate::db::schema::{accounts, memberships, requests};
use crate::db::types::{
    AccountId, GrantId, GroupId, OrganizationId, ProjectId, RequestId, Ts, UserId,
};
use crate::error::{Error, Result};
use crate::members::Target;
use crate::users::{self, Reach};

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody of the account has to approve.
    Waiting,
    /// The account has approved; an operator has to confirm.
    Approved,
    /// The role was given.
    Granted,
    /// Somebody said no.
    Refused,
    /// Whoever asked took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

impl State {
    const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Approved,
        Self::Granted,
        Self::Refused,
        Self::Withdrawn,
        Self::Expired,
    ];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// Whether somebody still has to decide.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Approved)
    }

    fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::internal("a request without a known state"))
    }
}

/// A role that is asked for, as it was called then: one of the account's own may be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRole {
    key: String,
    label: String,
}

impl AskedRole {
    /// As it is stored: an account's own with its name. None: no role that anybody could have asked for.
    fn read(key: String, own: Option<String>) -> Option<Self> {
        let built_in = || Builtin::parse(&key).map(|role| role.label().to_owned());
        let label = own.or_else(built_in)?;
        Some(Self { key, label })
    }

    /// As `grants.role` writes it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it was called.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether it is the one that nobody gives directly (rule 18).
    pub fn is_admin(&self) -> bool {
        self.key == Builtin::Admin.key()
    }

    /// Whether it is one of the account's own.
    pub fn is_own(&self) -> bool {
        Builtin::parse(&self.key).is_none()
    }

    /// The role as the account has it now; none: it was deleted.
    pub fn now(&self, conn: &mut Conn, account: AccountId) -> Result<Option<Role>> {
        let roles = AccountRoles::load_for(conn, account, [self.key()])?;
        Ok(roles.parse(&self.key))
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// In which account.
    pub account: AccountId,
    /// In whose name it goes on: who asks, or whoever took it over from them.
    pub requester: UserId,
    /// Who asked, where that one has left and somebody else took it over.
    pub asked_by: Option<UserId>,
    /// For whom.
    pub person: UserId,
    /// What the one it is for is sorted by.
    pub person_key: String,
    /// For which role.
    pub role: AskedRole,
    /// Where.
    pub scope: Scoped,
    /// What the place was called.
    pub place: String,
    /// The organization of a project, as it was called; none of one that whoever asks does not see.
    pub within: Option<String>,
    /// Why.
    pub reason: String,
    /// How the installation granted when it was made; any role but Admin takes one approval and no operator.
    pub policy: AdminGrants,
    /// How it stands.
    pub state: State,
    /// Since when.
    pub created_at: Ts,
    /// Until when somebody can decide.
    pub expires_at: Ts,
    /// How often somebody was reminded.
    pub reminders: i64,
    /// When the last decision was made.
    pub decided_at: Option<Ts>,
    /// By whom.
    pub decided_by: Option<UserId>,
}

impl Request {
    /// The place, as a form names it.
    pub fn target(&self) -> Target {
        Target::of(self.account, &self.scope)
    }

    /// Who asked.
    pub fn asker(&self) -> UserId {
        self.asked_by.unwrap_or(self.requester)
    }

    /// Whether whoever asks knows the place by its name alone: it was named to them as one that they lack (S4).
    pub fn is_hidden(&self) -> bool {
        !self.role.is_admin() && self.scope.level() == Level::Project && self.within.is_none()
    }

    /// When it came to its end, if it has.
    pub fn ended_at(&self) -> Option<Ts> {
        match self.state {
            State::Waiting | State::Approved => None,
            State::Expired => Some(self.expires_at),
            State::Granted | State::Refused | State::Withdrawn => self.decided_at,
        }
    }

    /// "Dock 4 in North", "Acme".
    pub fn place_in_words(&self) -> String {
        match &self.within {
            Some(within) => format!("{} in {within}", self.place),
            None if self.scope.is_below() => format!("{} and everything below it", self.place),
            None => self.place.clone(),
        }
    }
}

pub(super) type Columns = (
    (
        requests::id,
        requests::account_id,
        requests::requester_id,
        requests::user_id,
        requests::role,
        requests::person_key,
        requests::asked_by,
        requests::role_name,
    ),
    (
        requests::scope,
        requests::group_id,
        requests::organization_id,
        requests::project_id,
        requests::below,
        requests::place,
        requests::within,
    ),
    (
        requests::reason,
        requests::policy,
        requests::state,
        requests::created_at,
        requests::expires_at,
        requests::reminders,
        requests::decided_at,
        requests::decided_by,
    ),
);

pub(super) const COLUMNS: Columns = (
    (
        requests::id,
        requests::account_id,
        requests::requester_id,
        requests::user_id,
        requests::role,
        requests::person_key,
        requests::asked_by,
        requests::role_name,
    ),
    (
        requests::scope,
        requests::group_id,
        requests::organization_id,
        requests::project_id,
        requests::below,
        requests::place,
        requests::within,
    ),
    (
        requests::reason,
        requests::policy,
        requests::state,
        requests::created_at,
        requests::expires_at,
        requests::reminders,
        requests::decided_at,
        requests::decided_by,
    ),
);

/// How a request is decided: the setting of the installation is about Admin alone.
pub(super) const fn policy_of(admin: bool, policy: AdminGrants) -> AdminGrants {
    if admin {
        policy
    } else {
        AdminGrants::ExistingAdmin
    }
}

/// A row as the database gives it.
pub(super) type Row = (
    (
        RequestId,
        AccountId,
        UserId,
        UserId,
        String,
        String,
        Option<UserId>,
        Option<String>,
    ),
    (
        String,
        Option<GroupId>,
        Option<OrganizationId>,
        Option<ProjectId>,
        bool,
        String,
        Option<String>,
    ),
    (
        String,
        String,
        String,
        Ts,
        Ts,
        i64,
        Option<Ts>,
        Option<UserId>,
    ),
);

/// A request as it stands now: it is over when its time is, whether or not anybody has written that down.
pub(super) fn read((who, at, how): Row, now: Ts) -> Result<Request> {
    let (id, account, requester, person, role, person_key, asked_by, own) = who;
    let (level, group, organization, project, below, place, within) = at;
    let (reason, policy, state, created_at, expires_at, reminders, decided_at, decided_by) = how;
    let state = match State::parse(&state)? {
        state if state.is_open() && expires_at <= now => State::Expired,
        state => state,
    };
    let broken = |what: &str| Error::internal(format!("request {id} has no {what}"));
    let role = AskedRole::read(role, own).ok_or_else(|| broken("known role"))?;
    let policy = AdminGrants::parse(&policy).map_err(|_| broken("known policy"))?;
    Ok(Request {
        id,
        account,
        requester,
        asked_by,
        person,
        person_key,
        scope: Scoped::from_columns(&level, group, organization, project, below)
            .ok_or_else(|| broken("one scope"))?,
        place,
        within,
        reason,
        policy: policy_of(role.is_admin(), policy),
        role,
        state,
        created_at,
        expires_at,
        reminders,
        decided_at,
        decided_by,
    })
}

/// Where the acting person manages users: of these places they see every request.
pub(super) fn reach<P: GatePlace, A: Permission>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
) -> Result<Reach> {
    users::reach_of(conn, app.roles(), scope, Key::UsersManage)
}

/// The request with this id, as far as the acting person gets to see it: they asked, it is for them, or they manage
/// users where the role would hold. Not found otherwise.
pub fn find<A: Permission>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, A>,
    id: RequestId,
) -> Result<Request> {
    let row: Row = requests::table
        .filter(requests::account_id.eq(scope.account().id))
        .filter(requests::id.eq(id))
        .select(COLUMNS)
        .first(conn)?;
    let request = read(row, scope.now())?;
    let me = scope.person().id;
    if request.requester == me
        || request.person == me
        || reach(conn, app, scope)?.holds(&request.scope)
    {
        Ok(request)
    } else {
        Err(Error::NotFound)
    }
}

/// What a request becomes.
pub(super) struct Turn {
    pub state: State,
    pub by: Option<UserId>,
    pub grant: Option<GrantId>,
}

/// Turns a request that is still open; false when somebody was faster.
pub(super) fn turn(conn: &mut Conn, request: &Request, to: &Turn, now: Ts) -> Result<bool> {
    let open = requests::table
        .filter(requests::id.eq(request.id))
        .filter(requests::due_at.is_not_null());
    let changed = diesel::update(open)
        .set((
            requests::state.eq(to.state.as_str()),
            requests::decided_at.eq((to.by.is_some() || !to.state.is_open()).then_some(now)),
            requests::decided_by.eq(to.by),
            requests::grant_id.eq(to.grant),
            requests::due_at.eq(to.state.is_open().then(|| super::tending::next(request))),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// How somebody of a request stands in its account; none when they no longer belong to it.
pub(super) fn status(conn: &mut Conn, request: &Request, user: UserId) -> Result<Option<String>> {
    Ok(memberships::table
        .filter(memberships::account_id.eq(request.account))
        .filter(memberships::user_id.eq(user))
        .select(memberships::status)
        .first(conn)
        .optional()?)
}

/// What the account of the request calls somebody.
pub(super) fn name(conn: &mut Conn, request: &Request, user: UserId) -> Result<String> {
    let names = users::names(conn, request.account, vec![user])?;
    Ok(super::showing::named(&names, user))
}

/// What an operator is told of the account.
#[derive(Clone, Debug, Queryable)]
pub struct AccountName {
    /// Its name.
    pub name: String,
    /// In URLs.
    pub slug: String,
    /// `trial`, `active`, `past_due` or `frozen`.
    pub plan: String,
}

/// A request of whichever account, under the policy that asks operators.
pub(super) fn of_operators(
    conn: &mut Conn,
    id: RequestId,
    now: Ts,
) -> Result<(Request, AccountName)> {
    let (row, account): (Row, AccountName) = requests::table
        .inner_join(accounts::table)
        .filter(requests::id.eq(id))
        .filter(requests::policy.eq(AdminGrants::Operator.as_str()))
        .select((COLUMNS, (accounts::name, accounts::slug, accounts::plan)))
        .first(conn)?;
    Ok((read(row, now)?, account))
}

/// The account of a request, as its mails speak for it.
pub(super) fn account_of(conn: &mut Conn, id: AccountId) -> Result<Account> {
    Ok(accounts::table
        .filter(accounts::id.eq(id))
        .select(Account::columns())
        .first(conn)?)
}
