//! Rows of links: made, opened, used, voided. Only hashes of tokens are stored (ASVS 11.5.1).

use diesel::prelude::*;

use super::reminding::remind_at;
use crate::auth::token::TokenHash;
use crate::db::schema::{accounts, links, memberships, users};
use crate::db::types::{AccountId, LinkId, Ts, UserId};
use crate::db::{Conn, fixed};
use crate::error::{Error, Result};
use crate::members;
use crate::on_each;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Set a password and come in for the first time.
    Welcome,
    /// Join another account, with the login one has.
    Invitation,
    /// Set a new password.
    Reset,
    /// End a lock.
    Unlock,
}

impl Purpose {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::Unlock => "unlock",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Welcome, Self::Invitation, Self::Reset, Self::Unlock]
            .into_iter()
            .find(|p| p.as_str() == text)
    }
}

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It works.
    Live,
    /// Its time is over.
    Expired,
    /// It has done its work.
    Used,
    /// A newer one was sent.
    Superseded,
    /// The account withdrew it.
    Withdrawn,
}

/// A link that somebody holds a token of.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its id.
    pub id: LinkId,
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it lets do that.
    pub user: UserId,
    /// First name of theirs.
    pub first_name: String,
    /// Whether they have a password already that counts: with a mailed link, only one of a proven login.
    pub has_password: bool,
    /// In which account.
    pub account: Option<(AccountId, String)>,
    /// The address it was mailed to.
    pub email: String,
    /// How it stands now.
    pub state: State,
    /// When it was made.
    pub created_at: Ts,
    /// Its last moment.
    pub expires_at: Ts,
    /// When it was used, voided or withdrawn.
    pub ended_at: Option<Ts>,
    /// When a manager last sent one.
    pub managed_at: Ts,
    /// The manager who sent it.
    pub sent_by: Option<UserId>,
    /// Whether the token left in a mail: only that proves the address.
    pub proves_address: bool,
    /// Whether the person's home lies elsewhere and keeps its people to itself: then no link works (S16).
    pub closed: bool,
}

type Row = (
    (
        LinkId,
        String,
        String,
        Ts,
        Ts,
        Option<Ts>,
        Option<Ts>,
        Option<Ts>,
        Ts,
        Option<UserId>,
        Vec<u8>,
        Option<Vec<u8>>,
    ),
    (
        UserId,
        String,
        Option<String>,
        Option<Ts>,
        Option<AccountId>,
    ),
    Option<(AccountId, String)>,
    Option<String>,
);

/// The link that this token belongs to, however it stands; none if there never was one. Opening consumes nothing.
pub fn open(conn: &mut Conn, token: &str, now: Ts) -> Result<Option<Opened>> {
    let hash = TokenHash::of(token).to_vec();
    let row: Option<Row> = links::table
        .inner_join(users::table)
        .left_join(accounts::table)
        .left_join(
            memberships::table.on(memberships::user_id
                .eq(links::user_id)
                .and(memberships::account_id.nullable().eq(links::account_id))),
        )
        .filter(
            (links::token_hash.eq(&hash))
                .or(links::copy_hash.eq(&hash))
                .or(links::reminder_hash.eq(&hash)),
        )
        .select((
            (
                links::id,
                links::purpose,
                links::email,
                links::created_at,
                links::expires_at,
                links::used_at,
                links::superseded_at,
                links::withdrawn_at,
                links::managed_at,
                links::sent_by,
                links::token_hash,
                links::reminder_hash,
            ),
            (
                users::id,
                users::first_name,
                users::password_hash,
                users::verified_at,
                users::home_account_id,
            ),
            (accounts::id, accounts::name).nullable(),
            memberships::first_name.nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some((link, who, account, called)) = row else {
        return Ok(None);
    };
    let (user, first_name, password, verified_at, home) = who;
    let (
        id,
        purpose,
        email,
        created_at,
        expires_at,
        used,
        superseded,
        withdrawn,
        managed_at,
        sent_by,
        mailed,
        reminder,
    ) = link;
    let state = match (withdrawn, used, superseded) {
        (Some(_), _, _) => State::Withdrawn,
        (None, Some(_), _) => State::Used,
        (None, None, Some(_)) => State::Superseded,
        (None, None, None) if expires_at <= now => State::Expired,
        (None, None, None) => State::Live,
    };
    let proves_address = mailed == hash || reminder.is_some_and(|reminder| reminder == hash);
    let purpose = Purpose::parse(&purpose)
        .ok_or_else(|| Error::internal("a link without a known purpose"))?;
    let elsewhere = match (&account, home) {
        (Some((here, _)), Some(home)) => *here != home,
        _ => false,
    };
    let closed = elsewhere && members::is_exclusive(conn, home)?;
    Ok(Some(Opened {
        id,
        // Whoever has found a home meanwhile accepts, and is not welcomed anew (S1).
        purpose: if elsewhere && purpose == Purpose::Welcome {
            Purpose::Invitation
        } else {
            purpose
        },
        closed,
        user,
        first_name: called.unwrap_or(first_name),
        has_password: has_password(password.is_some(), verified_at, proves_address),
        account,
        email,
        state,
        created_at,
        expires_at,
        ended_at: withdrawn.or(used).or(superseded),
        managed_at,
        sent_by,
        proves_address,
    }))
}

/// Whether the person still has a login, or none, as when the link was opened, and no home elsewhere since.
pub fn is_as_opened(conn: &mut Conn, link: &Opened) -> Result<bool> {
    type Row = (Option<String>, Option<Ts>, Option<AccountId>);
    let (password, verified_at, home): Row = users::table
        .filter(users::id.eq(link.user))
        .select((
            users::password_hash,
            users::verified_at,
            users::home_account_id,
        ))
        .first(conn)?;
    let here = link.account.as_ref().map(|(id, _)| *id);
    let welcomed = home.is_none() || home == here;
    let has_password = has_password(password.is_some(), verified_at, link.proves_address);
    Ok(welcomed && has_password == link.has_password)
}

/// Whoever proves the address first chooses the password: one that was set before the proof is not theirs.
const fn has_password(set: bool, verified_at: Option<Ts>, proves_address: bool) -> bool {
    set && (verified_at.is_some() || !proves_address)
}

/// Takes a living link, once: of fifty that try at the same moment, one is told `true`.
pub fn consume(conn: &mut Conn, id: LinkId, now: Ts) -> Result<bool> {
    let alive = links::table
        .filter(links::id.eq(id))
        .filter(links::used_at.is_null())
        .filter(links::superseded_at.is_null())
        .filter(links::withdrawn_at.is_null())
        .filter(links::expires_at.gt(now));
    Ok(diesel::update(alive)
        .set((
            links::used_at.eq(Some(now)),
            links::copy_sealed.eq(None::<Vec<u8>>),
        ))
        .execute(conn)?
        == 1)
}

/// Whether the link still works, asked in the transaction that uses it.
pub fn is_live(conn: &mut Conn, id: LinkId, now: Ts) -> Result<bool> {
    let alive = links::table
        .filter(links::id.eq(id))
        .filter(links::used_at.is_null())
        .filter(links::superseded_at.is_null())
        .filter(links::withdrawn_at.is_null())
        .filter(links::expires_at.gt(now));
    Ok(diesel::select(diesel::dsl::exists(alive)).get_result(conn)?)
}

/// Withdraws what is alive of a person's links into an account; how many there were. Those that were used end, too:
/// whoever is invited again later does not come in by having used an earlier one.
pub fn withdraw(conn: &mut Conn, account: AccountId, user: UserId, now: Ts) -> Result<usize> {
    let used = links::table
        .filter(links::account_id.eq(account))
        .filter(links::user_id.eq(user))
        .filter(links::used_at.is_not_null())
        .filter(links::withdrawn_at.is_null());
    diesel::update(used)
        .set(links::withdrawn_at.eq(Some(now)))
        .execute(conn)?;
    let alive = links::table
        .filter(links::account_id.eq(account))
        .filter(links::user_id.eq(user))
        .filter(links::used_at.is_null())
        .filter(links::withdrawn_at.is_null())
        .filter(links::superseded_at.is_null());
    Ok(diesel::update(alive)
        .set((
            links::withdrawn_at.eq(Some(now)),
            links::copy_sealed.eq(None::<Vec<u8>>),
        ))
        .execute(conn)?)
}

/// The withdrawal of that time was taken back: the links that it voided count from now on as ended by the newer one that
/// is made next, and say so. One that was used stays withdrawn: the newer one leads in.
pub fn replaced(
    conn: &mut Conn,
    (account, user): (AccountId, UserId),
    withdrawn: Ts,
    now: Ts,
) -> Result<()> {
    let voided = links::table
        .filter(links::account_id.eq(account))
        .filter(links::user_id.eq(user))
        .filter(links::used_at.is_null())
        .filter(links::superseded_at.is_null())
        .filter(links::withdrawn_at.ge(withdrawn));
    let update = diesel::update(voided).set((
        links::withdrawn_at.eq(None::<Ts>),
        links::superseded_at.eq(Some(now)),
    ));
    on_each!(conn, |c| update.execute(c))?;
    Ok(())
}

/// A newer link into the account is on its way: whatever is alive of the person's earlier ones ends, of either kind,
/// for a welcome may have become an invitation meanwhile (S1).
pub fn supersede(conn: &mut Conn, account: AccountId, user: UserId, now: Ts) -> Result<()> {
    let alive = links::table
        .filter(links::account_id.eq(account))
        .filter(links::user_id.eq(user))
        .filter(links::used_at.is_null())
        .filter(links::withdrawn_at.is_null())
        .filter(links::superseded_at.is_null());
    let update = diesel::update(alive).set((
        links::superseded_at.eq(Some(now)),
        links::copy_sealed.eq(None::<Vec<u8>>),
    ));
    let update = fixed(update.returning(links::id));
    let _: Vec<LinkId> = on_each!(conn, |c| update.load(c))?;
    Ok(())
}

/// The person has another address: no link that was mailed to the one before works any more. Where they are invited,
/// the list says so, and a new link goes to the new address.
pub fn end_all(conn: &mut Conn, user: UserId, now: Ts) -> Result<()> {
    let alive = links::table
        .filter(links::user_id.eq(user))
        .filter(links::used_at.is_null())
        .filter(links::withdrawn_at.is_null())
        .filter(links::superseded_at.is_null())
        .filter(links::expires_at.gt(now));
    diesel::update(alive)
        .set((
            links::superseded_at.eq(Some(now)),
            links::expires_at.eq(now),
            links::copy_sealed.eq(None::<Vec<u8>>),
        ))
        .execute(conn)?;
    let invited = memberships::table
        .filter(memberships::user_id.eq(user))
        .filter(memberships::link_expires_at.gt(now));
    diesel::update(invited)
        .set(memberships::link_expires_at.eq(Some(now)))
        .execute(conn)?;
    Ok(())
}

/// Forgets the copied tokens of links whose mail has been delivered (S18).
pub fn delivered(conn: &mut Conn, ids: &[LinkId]) -> QueryResult<()> {
    if !ids.is_empty() {
        diesel::update(links::table.filter(links::id.eq_any(ids)))
            .set(links::copy_sealed.eq(None::<Vec<u8>>))
            .execute(conn)?;
    }
    Ok(())
}

/// Notes on the membership until when its newest link works: lists show it without a join.
pub fn set_expiry(conn: &mut Conn, account: AccountId, user: UserId, at: Option<Ts>) -> Result<()> {
    let one = memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::user_id.eq(user));
    diesel::update(one)
        .set(memberships::link_expires_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Gives a link that still waits a fresh token and a fresh life, with a reminder before its end. False where it is used, voided or withdrawn.
pub fn renew(
    conn: &mut Conn,
    id: LinkId,
    token: &TokenHash,
    (expires_at, now): (Ts, Ts),
) -> QueryResult<bool> {
    let waiting = links::table
        .filter(links::id.eq(id))
        .filter(links::used_at.is_null())
        .filter(links::superseded_at.is_null())
        .filter(links::withdrawn_at.is_null());
    let changed = diesel::update(waiting)
        .set((
            links::token_hash.eq(token.to_vec()),
            links::expires_at.eq(expires_at),
            links::remind_at.eq(remind_at(expires_at, now)),
        ))
        .execute(conn)?;
    let of: Option<(Option<AccountId>, UserId)> = links::table
        .filter(links::id.eq(id))
        .select((links::account_id, links::user_id))
        .first(conn)
        .optional()?;
    if let (1, Some((Some(account), user))) = (changed, of) {
        let one = memberships::table
            .filter(memberships::account_id.eq(account))
            .filter(memberships::user_id.eq(user));
        diesel::update(one)
            .set(memberships::link_expires_at.eq(Some(expires_at)))
            .execute(conn)?;
    }
    Ok(changed == 1)
}
