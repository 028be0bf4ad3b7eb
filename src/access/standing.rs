//! Who somebody is in an account: one trip from the session's key to the person, the account, the membership and
//! the grants. The only place where a session is believed.

use diesel::prelude::*;

use super::custom;
use super::grant::{Grant, Scoped};
use super::place::Account;
use super::visit::Visit;
use crate::app::App;
use crate::db::schema::{
    accounts, custom_roles, grants, memberships, organizations, projects, sessions, users,
};
use crate::db::types::{
    BrowserId, GrantId, GroupId, OrganizationId, ProjectId, SessionId, Ts, UserId,
};
use crate::db::{Conn, fixed};
use crate::error::{Error, Result};
use crate::on_each;

/// "Last seen" is written at most this often for one session.
const SEEN_EVERY: chrono::Duration = chrono::Duration::minutes(5);

/// A person who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// First and last name.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// Whether they run the platform; gives no permission in any account (S13).
    pub operator: bool,
}

/// The signed-in browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// Public id.
    pub id: SessionId,
    /// When it was last written to have been used.
    pub last_seen_at: Ts,
    /// The browser it was made in, when known.
    pub device: Option<BrowserId>,
    /// When the person last proved in it who they are.
    pub proven_at: Ts,
}

impl Session {
    /// Its id, when "last seen" is due to be written.
    pub fn stale(&self, now: Ts) -> Option<SessionId> {
        (self.last_seen_at.plus(SEEN_EVERY) <= now).then_some(self.id)
    }

    /// Whether the last proof is young enough for a dangerous act (rule 25).
    pub fn is_fresh(&self, app: &App, now: Ts) -> bool {
        let age = crate::sessions::span(app.config().limits.proof_age);
        self.proven_at.plus(age) >= now
    }
}

/// A person in an account.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Who.
    pub person: Person,
    /// In which browser.
    pub session: Session,
    /// In which account.
    pub account: Account,
    /// What *Set Organization* last stored (S7).
    pub selected: Option<OrganizationId>,
    /// Every grant of theirs in this account, current or not.
    pub grants: Vec<Grant>,
}

type PersonRow = (
    SessionId,
    Ts,
    Ts,
    Ts,
    Option<Ts>,
    Option<BrowserId>,
    UserId,
    String,
    String,
    String,
    bool,
);

fn person(row: PersonRow, app: &App, now: Ts) -> Option<(Person, Session)> {
    let (
        id,
        last_seen_at,
        expires_at,
        created_at,
        proven_at,
        device,
        user,
        first,
        last,
        email,
        operator,
    ) = row;
    let idle = crate::sessions::span(app.config().limits.session_idle);
    if expires_at <= now || last_seen_at.plus(idle) <= now {
        return None;
    }
    let person = Person {
        id: user,
        name: format!("{first} {last}"),
        email,
        operator,
    };
    Some((
        person,
        Session {
            id,
            last_seen_at,
            device,
            proven_at: proven_at.unwrap_or(created_at),
        },
    ))
}

/// The person behind the session, if any is alive.
pub fn signed_in(
    conn: &mut Conn,
    app: &App,
    visit: &Visit,
    now: Ts,
) -> Result<Option<(Person, Session)>> {
    let Some(key) = visit.session() else {
        return Ok(None);
    };
    let row: Option<PersonRow> = sessions::table
        .inner_join(users::table)
        .filter(sessions::key_hash.eq(key))
        .select((
            sessions::id,
            sessions::last_seen_at,
            sessions::expires_at,
            sessions::created_at,
            sessions::proven_at,
            sessions::device_id,
            users::id,
            users::first_name,
            users::last_name,
            users::email,
            users::operator,
        ))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|row| person(row, app, now)))
}

/// Status, and what *Set Organization* last stored.
type MembershipRow = (String, Option<OrganizationId>);

/// The person's standing in the account with this slug. Nobody signed in: to the sign-in page. No active membership:
/// not found, exactly as if there were no such account (S5; only an active membership carries rights).
pub fn in_account(
    conn: &mut Conn,
    app: &App,
    visit: &Visit,
    slug: &str,
    now: Ts,
) -> Result<Standing> {
    let sign_in = || Error::sign_in(visit.sign_in_to());
    let key = visit.session().ok_or_else(sign_in)?;
    // The two statements of every request: asked of the database itself, not through the common type, which writes
    // their text anew each time.
    let query = sessions::table
        .inner_join(users::table)
        .left_join(accounts::table.on(accounts::slug.eq(slug.to_owned())))
        .left_join(
            memberships::table.on(memberships::user_id
                .eq(users::id)
                .and(memberships::account_id.eq(accounts::id))),
        )
        .filter(sessions::key_hash.eq(key))
        .select((
            (
                sessions::id,
                sessions::last_seen_at,
                sessions::expires_at,
                sessions::created_at,
                sessions::proven_at,
                sessions::device_id,
                users::id,
                users::first_name,
                users::last_name,
                users::email,
                users::operator,
            ),
            Account::columns().nullable(),
            (memberships::status, memberships::selected_organization_id).nullable(),
        ));
    let query = fixed(query);
    let row: Option<(PersonRow, Option<Account>, Option<MembershipRow>)> =
        on_each!(conn, |c| query.get_result(c).optional())?;
    let (who, account, membership) = row.ok_or_else(sign_in)?;
    let (person, session) = person(who, app, now).ok_or_else(sign_in)?;
    let (Some(account), Some((status, selected))) = (account, membership) else {
        return Err(Error::NotFound);
    };
    if status != "active" {
        return Err(Error::NotFound);
    }
    let grants = grants_of(conn, account.id, person.id)?;
    Ok(Standing {
        person,
        session,
        account,
        selected,
        grants,
    })
}

/// The standing of somebody whose order is carried out while they may be away: in no browser, and with no proof of who
/// they are. None when they do not belong to the account, or not any more.
pub(super) fn of_member(
    conn: &mut Conn,
    account: crate::db::types::AccountId,
    user: UserId,
    now: Ts,
) -> Result<Option<Standing>> {
    type Row = (
        (UserId, String, String, String, bool),
        Account,
        MembershipRow,
    );
    let query = memberships::table
        .inner_join(users::table)
        .inner_join(accounts::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::status.eq("active"))
        .select((
            (
                users::id,
                users::first_name,
                users::last_name,
                users::email,
                users::operator,
            ),
            Account::columns(),
            (memberships::status, memberships::selected_organization_id),
        ));
    let row: Option<Row> = on_each!(conn, |c| query.first(c).optional())?;
    let Some(((id, first, last, email, operator), account, (_, selected))) = row else {
        return Ok(None);
    };
    let grants = grants_of(conn, account.id, id)?;
    Ok(Some(Standing {
        person: Person {
            id,
            name: format!("{first} {last}"),
            email,
            operator,
        },
        session: Session {
            id: SessionId::nil(),
            last_seen_at: now,
            device: None,
            proven_at: Ts::never(),
        },
        account,
        selected,
        grants,
    }))
}

/// Every grant of a person in an account, but for those on what is deleted: they are inert (S23).
pub fn grants_of(
    conn: &mut Conn,
    account: crate::db::types::AccountId,
    user: UserId,
) -> Result<Vec<Grant>> {
    type Row = (
        (GrantId, String, Option<custom::Row>),
        Option<GroupId>,
        Option<OrganizationId>,
        Option<ProjectId>,
        bool,
        (Option<Ts>, Option<Ts>),
        (Option<String>, Option<String>),
    );
    let query = grants::table
        .left_join(
            organizations::table.on(organizations::id.nullable().eq(grants::organization_id)),
        )
        .left_join(projects::table.on(projects::id.nullable().eq(grants::project_id)))
        .left_join(custom_roles::table.on(custom_roles::id.nullable().eq(grants::custom_role_id)))
        .filter(grants::account_id.eq(account))
        .filter(grants::user_id.eq(user))
        .select((
            (grants::id, grants::role, custom::COLUMNS.nullable()),
            grants::group_id,
            grants::organization_id,
            grants::project_id,
            grants::below,
            (grants::starts_at, grants::ends_at),
            (
                organizations::status.nullable(),
                projects::status.nullable(),
            ),
        ));
    let query = fixed(query);
    let rows: Vec<Row> = on_each!(conn, |c| query.load(c))?;
    let is_deleted = |row: &Row| row.6.0.as_deref() == Some("deleted");
    rows.into_iter()
        .filter(|row| !is_deleted(row))
        .map(
            |((id, role, own), group, organization, project, below, (starts_at, ends_at), of)| {
                let role = custom::of_grant(&role, own)
                    .ok_or_else(|| Error::internal(format!("grant {id} has an unknown role")))?;
                let scope = match (group, organization, project) {
                    (None, None, None) => Scoped::Account,
                    (Some(group), None, None) => Scoped::Group(group),
                    (None, Some(id), None) => Scoped::Organization { id, below },
                    (None, Some(organization), Some(id)) => Scoped::Project { id, organization },
                    _ => return Err(Error::internal(format!("grant {id} has no one scope"))),
                };
                Ok(Grant {
                    id,
                    role,
                    scope,
                    starts_at,
                    ends_at,
                    asleep: of.1.is_some_and(|status| status != "active"),
                })
            },
        )
        .collect()
}
