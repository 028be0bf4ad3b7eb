//! Who owns an account, and the offers that its Owners make.

use diesel::prelude::*;
use serde_json::json;

use crate::access::grant::Scoped;
use crate::access::permission::OwnershipTransfer;
use crate::access::place::{Account, Whole};
use crate::access::refusal::Refusal;
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Event, Target};
use crate::db::Conn;
use crate::db::schema::{grants, memberships, ownership_offers, users};
use crate::db::types::{AccountId, MailId, OfferId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{Letter, OwnershipOffered, OwnershipSettled, Turn};
use crate::members::{self, Status};
use crate::sessions::proving::{Presented, Proof, Proven, prove};
use crate::web::urls;
use crate::welcome;

/// An offer stands this long.
pub const LIFE: chrono::Duration = chrono::Duration::days(14);

/// How many Owners and how many offers the page shows.
const MOST: i64 = 100;

type Owner = Scope<Whole, OwnershipTransfer>;

/// An offer that stands.
#[derive(Clone, Debug, Queryable)]
pub struct Open {
    /// Its id.
    pub id: OfferId,
    /// To whom.
    pub user: UserId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Whether the Owner who made it goes.
    pub lay_down: bool,
    /// Until when it stands.
    pub expires_at: Ts,
}

/// Who owns the account, and to whom it is offered.
#[derive(Clone, Debug)]
pub struct Owners {
    /// The active Owners, by name: id, first name, last name, address.
    pub owners: Vec<(UserId, String, String, String)>,
    /// The offers that stand.
    pub offers: Vec<Open>,
}

/// Reads both.
pub fn owners(conn: &mut Conn, scope: &Owner) -> Result<Owners> {
    let account = scope.account().id;
    let mut owners: Vec<(UserId, String, String, String)> = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(grants::account_id.eq(account))
        .filter(grants::role.eq(Builtin::Owner.key()))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .limit(MOST)
        .select((
            grants::user_id,
            memberships::first_name,
            memberships::last_name,
            users::email,
        ))
        .load(conn)?;
    // They are few: put in order here, for no index leads there.
    owners.sort_unstable();
    let offers = ownership_offers::table
        .inner_join(users::table.on(users::id.eq(ownership_offers::user_id)))
        .filter(ownership_offers::account_id.eq(account))
        .filter(ownership_offers::state.eq("open"))
        .filter(ownership_offers::expires_at.gt(scope.now()))
        .order(ownership_offers::id.asc())
        .limit(MOST)
        .select((
            ownership_offers::id,
            ownership_offers::user_id,
            users::first_name,
            users::last_name,
            ownership_offers::lay_down,
            ownership_offers::expires_at,
        ))
        .load(conn)?;
    Ok(Owners { owners, offers })
}

/// An offer to be made, with what is made before the transaction.
#[derive(Clone, Debug)]
pub struct NewOffer {
    /// Its id.
    pub id: OfferId,
    /// The folded address of an active member.
    pub email_key: String,
    /// Whether the Owner who makes it goes when it is accepted.
    pub lay_down: bool,
    /// The mail that tells of it.
    pub mail: MailId,
    /// The proof of who offers (rule 25).
    pub presented: Presented,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It stands, for this person, until then.
    Made(String, Ts),
    /// Nobody active in the account has this address.
    Nobody,
    /// It is the Owner's own.
    Oneself,
    /// They are an Owner already.
    Already(String),
    /// An offer to them stands already.
    Waiting(String),
    /// The password is asked for, with this beside the field.
    Ask(&'static str),
}

/// Offers ownership to an active member. A dangerous act: it asks for a fresh proof (rule 25).
pub fn offer(
    conn: &mut Conn,
    app: &App,
    scope: &Owner,
    new: &NewOffer,
) -> Result<(Offered, Option<Proof>)> {
    let (user, name) = match addressee(conn, app, scope, new)? {
        Ok(found) => found,
        Err(why) => return Ok((why, None)),
    };
    let proof = match prove(conn, app, scope, &new.presented)? {
        Proven::Ask(why) => return Ok((Offered::Ask(why), None)),
        Proven::Yes(proof) => proof,
    };
    let until = store(conn, app, scope, (new, user))?;
    Ok((Offered::Made(name, until), Some(proof)))
}

/// Whom the address names, and by which name; or why no offer is made to them.
fn addressee(
    conn: &mut Conn,
    app: &App,
    scope: &Owner,
    new: &NewOffer,
) -> Result<std::result::Result<(UserId, String), Offered>> {
    let (account, now) = (scope.account(), scope.now());
    let person: Option<(UserId, String, String)> = memberships::table
        .filter(memberships::account_id.eq(account.id))
        .filter(memberships::email_key.eq(&new.email_key))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select((
            memberships::user_id,
            memberships::first_name,
            memberships::last_name,
        ))
        .first(conn)
        .optional()?;
    let Some((user, first, last)) = person else {
        return Ok(Err(Offered::Nobody));
    };
    let name = format!("{first} {last}");
    if user == scope.person().id {
        return Ok(Err(Offered::Oneself));
    }
    if is_owner(conn, account.id, user, now)? {
        return Ok(Err(Offered::Already(name)));
    }
    let offered = (&Builtin::Owner.into(), &Scoped::Account, user);
    if let Some(why) = members::why_unproven(conn, app, account.id, offered, now)? {
        return Err(Refusal::new("role", why).to(scope));
    }
    expire(conn, account.id, now)?;
    let open = ownership_offers::table
        .filter(ownership_offers::account_id.eq(account.id))
        .filter(ownership_offers::user_id.eq(user))
        .filter(ownership_offers::state.eq("open"));
    if diesel::select(diesel::dsl::exists(open)).get_result(conn)? {
        return Ok(Err(Offered::Waiting(name)));
    }
    Ok(Ok((user, name)))
}

/// Stores the offer and tells of it; says until when it stands.
fn store(
    conn: &mut Conn,
    app: &App,
    scope: &Owner,
    (new, user): (&NewOffer, UserId),
) -> Result<Ts> {
    let (account, now) = (scope.account(), scope.now());
    let until = now.plus(LIFE);
    diesel::insert_into(ownership_offers::table)
        .values((
            ownership_offers::id.eq(new.id),
            ownership_offers::account_id.eq(account.id),
            ownership_offers::user_id.eq(user),
            ownership_offers::offered_by.eq(scope.person().id),
            ownership_offers::lay_down.eq(new.lay_down),
            ownership_offers::state.eq("open"),
            ownership_offers::created_at.eq(now),
            ownership_offers::expires_at.eq(until),
        ))
        .execute(conn)?;
    let event = scope
        .event(Action::OwnershipOffered)
        .on(Target::user(user))
        .details(json!({ "offer": new.id.to_string(), "lay_down": new.lay_down }));
    audit::record(conn, &event)?;
    let letter = |person: String| {
        Letter::OwnershipOffered(OwnershipOffered {
            account: account.into(),
            person,
            by: scope.person().name.clone(),
            lays_down: new.lay_down,
            until,
            path: urls::my_offer(new.id),
        })
    };
    welcome::tell(conn, app, (account, now), &[user], &letter, &[new.mail])?;
    Ok(until)
}

/// Takes an offer back; says whose it was, if it still stood.
pub fn withdraw(
    conn: &mut Conn,
    app: &App,
    scope: &Owner,
    (id, mail): (OfferId, MailId),
) -> Result<Option<String>> {
    let (account, now) = (scope.account(), scope.now());
    let row: Option<(UserId, String, String)> = ownership_offers::table
        .inner_join(users::table.on(users::id.eq(ownership_offers::user_id)))
        .filter(ownership_offers::id.eq(id))
        .filter(ownership_offers::account_id.eq(account.id))
        .select((users::id, users::first_name, users::last_name))
        .first(conn)
        .optional()?;
    let Some((user, first, last)) = row else {
        return Err(crate::error::Error::NotFound);
    };
    if !end(conn, id, "withdrawn", now)? {
        return Ok(None);
    }
    let event = scope
        .event(Action::OwnershipWithdrawn)
        .on(Target::user(user))
        .details(json!({ "offer": id.to_string() }));
    audit::record(conn, &event)?;
    let letter = |person: String| {
        Letter::OwnershipSettled(OwnershipSettled {
            account: account.into(),
            person,
            who: scope.person().name.clone(),
            turn: Turn::Withdrawn,
            laid_down: None,
        })
    };
    welcome::tell(conn, app, (account, now), &[user], &letter, &[mail])?;
    Ok(Some(format!("{first} {last}")))
}

/// Ends an offer that stands, once: of two that try, one is told `true`.
pub(super) fn end(conn: &mut Conn, id: OfferId, state: &str, now: Ts) -> Result<bool> {
    let open = ownership_offers::table
        .filter(ownership_offers::id.eq(id))
        .filter(ownership_offers::state.eq("open"))
        .filter(ownership_offers::expires_at.gt(now));
    Ok(diesel::update(open)
        .set((
            ownership_offers::state.eq(state),
            ownership_offers::ended_at.eq(Some(now)),
        ))
        .execute(conn)?
        == 1)
}

/// Takes back every offer of the account that cannot stand any more: whom it was made to is no active member, or who
/// made it no Owner. What was offered to somebody who left is not there when they are invited again. Called wherever a
/// membership or an ownership ends, in the same transaction.
pub(crate) fn withdraw_void(conn: &mut Conn, account: AccountId, now: Ts) -> Result<()> {
    let open: Vec<(OfferId, UserId, UserId)> = ownership_offers::table
        .filter(ownership_offers::account_id.eq(account))
        .filter(ownership_offers::state.eq("open"))
        .filter(ownership_offers::expires_at.gt(now))
        .order(ownership_offers::id.asc())
        .select((
            ownership_offers::id,
            ownership_offers::user_id,
            ownership_offers::offered_by,
        ))
        .load(conn)?;
    for (id, user, by) in open {
        let there = memberships::table
            .filter(memberships::account_id.eq(account))
            .filter(memberships::user_id.eq(user))
            .filter(memberships::status.eq(Status::Active.as_str()));
        let there: bool = diesel::select(diesel::dsl::exists(there)).get_result(conn)?;
        if there && is_owner(conn, account, by, now)? {
            continue;
        }
        let because = if there {
            "whoever made it is not an Owner any more"
        } else {
            "whoever it was made to is not active in the account any more"
        };
        void(conn, (id, account, user), because, now)?;
    }
    Ok(())
}

/// Takes back every offer that stands for this person, in whichever account: their login has changed hands, and it was
/// not offered to whoever holds it now.
pub(crate) fn withdraw_for(conn: &mut Conn, user: UserId, because: &str, now: Ts) -> Result<()> {
    let open: Vec<(OfferId, AccountId)> = ownership_offers::table
        .filter(ownership_offers::user_id.eq(user))
        .filter(ownership_offers::state.eq("open"))
        .filter(ownership_offers::expires_at.gt(now))
        .order(ownership_offers::id.asc())
        .select((ownership_offers::id, ownership_offers::account_id))
        .load(conn)?;
    for (id, account) in open {
        void(conn, (id, account, user), because, now)?;
    }
    Ok(())
}

fn void(
    conn: &mut Conn,
    (id, account, user): (OfferId, AccountId, UserId),
    because: &str,
    now: Ts,
) -> Result<()> {
    if end(conn, id, "withdrawn", now)? {
        let event = Event::new(account, Action::OwnershipWithdrawn, now)
            .on(Target::user(user))
            .details(json!({ "offer": id.to_string(), "because": because }));
        audit::record(conn, &event)?;
    }
    Ok(())
}

/// Offers whose time is over make room for new ones.
fn expire(conn: &mut Conn, account: AccountId, now: Ts) -> Result<()> {
    let over = ownership_offers::table
        .filter(ownership_offers::account_id.eq(account))
        .filter(ownership_offers::state.eq("open"))
        .filter(ownership_offers::expires_at.le(now));
    diesel::update(over)
        .set((
            ownership_offers::state.eq("expired"),
            ownership_offers::ended_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether somebody owns the account now.
pub(super) fn is_owner(conn: &mut Conn, account: AccountId, user: UserId, now: Ts) -> Result<bool> {
    let holds = grants::table
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .filter(grants::scope_id.eq(account))
        .filter(grants::user_id.eq(user))
        .filter(grants::role.eq(Builtin::Owner.key()))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .filter(grants::starts_at.is_null().or(grants::starts_at.le(now)))
        .filter(grants::ends_at.is_null().or(grants::ends_at.gt(now)));
    Ok(diesel::select(diesel::dsl::exists(holds)).get_result(conn)?)
}

/// The account of an offer, as mails and pages of the other side need it.
pub(super) type OfferRow = (OfferId, UserId, bool, Ts, Account);
