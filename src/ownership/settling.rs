//! The other side of an offer: it waits, and is accepted or declined by the one it was made to, signed in.

use diesel::prelude::*;
use serde_json::json;

use super::model::{OfferRow, end, is_owner};
use super::pages::OfferShown;
use crate::access::gate::SignedInScope;
use crate::access::grant::Scoped;
use crate::access::place::Account;
use crate::access::refusal::Refusal;
use crate::access::role::Builtin;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Personal, Target};
use crate::db::Conn;
use crate::db::schema::{accounts, memberships, ownership_offers, users};
use crate::db::types::{AccountId, GrantId, MailId, OfferId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{Letter, OwnershipSettled, Turn};
use crate::members::{self, Status};
use crate::sessions::proving::{Presented, Proof, Proven, prove};
use crate::web::urls;
use crate::web::view::moment;
use crate::welcome;

/// How many offers are shown.
const MOST: i64 = 20;

/// An offer that waits for the person who is signed in.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its id.
    pub id: OfferId,
    /// The account.
    pub account: Account,
    /// The Owner who offers.
    pub by: UserId,
    /// By name.
    pub by_name: String,
    /// Whether they go.
    pub lay_down: bool,
    /// Until when it stands.
    pub until: Ts,
}

/// Why an offer cannot be answered (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// It was answered, taken back or never made, or its time is over.
    Over,
    /// Whoever made it owns the account no longer.
    NotTheirs,
}

impl Gone {
    /// What the page says.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Over => {
                "This offer does not stand any more: it was answered, taken back, or has expired."
            }
            Self::NotTheirs => {
                "Whoever offered you ownership is not an Owner any more. Ask another Owner to offer it."
            }
        }
    }
}

/// The offers that wait for the person.
pub fn waiting_for(conn: &mut Conn, scope: &SignedInScope) -> Result<Vec<OfferShown>> {
    let rows: Vec<(OfferId, Ts, String, String, String)> = ownership_offers::table
        .inner_join(accounts::table)
        .inner_join(users::table.on(users::id.eq(ownership_offers::offered_by)))
        .filter(ownership_offers::user_id.eq(scope.person().id))
        .filter(ownership_offers::state.eq("open"))
        .filter(ownership_offers::expires_at.gt(scope.now()))
        .order(ownership_offers::id.asc())
        .limit(MOST)
        .select((
            ownership_offers::id,
            ownership_offers::expires_at,
            accounts::name,
            users::first_name,
            users::last_name,
        ))
        .load(conn)?;
    let shown =
        |(id, until, account, first, last): (OfferId, Ts, String, String, String)| OfferShown {
            account,
            by: format!("{first} {last}"),
            until: moment(until),
            href: urls::my_offer(id),
        };
    Ok(rows.into_iter().map(shown).collect())
}

/// One of them, as far as it still stands.
pub fn waiting_offer(
    conn: &mut Conn,
    scope: &SignedInScope,
    id: OfferId,
) -> Result<std::result::Result<Waiting, Gone>> {
    let row: Option<OfferRow> = ownership_offers::table
        .inner_join(accounts::table)
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(ownership_offers::user_id)
                .and(memberships::account_id.eq(ownership_offers::account_id))),
        )
        .filter(ownership_offers::id.eq(id))
        .filter(ownership_offers::user_id.eq(scope.person().id))
        .filter(ownership_offers::state.eq("open"))
        .filter(ownership_offers::expires_at.gt(scope.now()))
        .filter(memberships::status.eq(Status::Active.as_str()))
        .select((
            ownership_offers::id,
            ownership_offers::offered_by,
            ownership_offers::lay_down,
            ownership_offers::expires_at,
            Account::columns(),
        ))
        .first(conn)
        .optional()?;
    let Some((id, by, lay_down, until, account)) = row else {
        return Ok(Err(gone(conn, scope, id)?));
    };
    if !is_owner(conn, account.id, by, scope.now())? {
        return Ok(Err(Gone::NotTheirs));
    }
    let (first, last): (String, String) = users::table
        .filter(users::id.eq(by))
        .select((users::first_name, users::last_name))
        .first(conn)?;
    Ok(Ok(Waiting {
        id,
        account,
        by,
        by_name: format!("{first} {last}"),
        lay_down,
        until,
    }))
}

/// Why an offer does not stand: it was taken back when whoever made it stopped being an Owner, or it is over.
fn gone(conn: &mut Conn, scope: &SignedInScope, id: OfferId) -> Result<Gone> {
    let row: Option<(AccountId, UserId)> = ownership_offers::table
        .filter(ownership_offers::id.eq(id))
        .filter(ownership_offers::user_id.eq(scope.person().id))
        .filter(ownership_offers::state.eq("withdrawn"))
        .select((ownership_offers::account_id, ownership_offers::offered_by))
        .first(conn)
        .optional()?;
    Ok(match row {
        Some((account, by)) if !is_owner(conn, account, by, scope.now())? => Gone::NotTheirs,
        _ => Gone::Over,
    })
}

/// What became of an answer.
#[derive(Clone, Debug)]
pub enum Settled {
    /// The person owns the account now.
    Accepted(Account),
    /// They do not.
    Declined(Account),
    /// There was nothing to answer.
    Gone(Gone),
    /// The password is asked for, with this beside the field.
    Ask(&'static str),
}

/// Answers an offer: once, whoever else answers, withdraws or lets it expire at the same moment. To accept is a dangerous
/// act: it asks for a fresh proof (rule 25).
pub fn settle(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    (id, accepts, presented): (OfferId, bool, &Presented),
    (grant, mails): (GrantId, &[MailId]),
) -> Result<(Settled, Option<Proof>)> {
    let offer = match waiting_offer(conn, scope, id)? {
        Ok(offer) => offer,
        Err(gone) => return Ok((Settled::Gone(gone), None)),
    };
    if accepts && offer.account.is_frozen() {
        return Err(Refusal::frozen(&offer.account.name).to(scope));
    }
    let mut proof = None;
    if accepts {
        match prove(conn, app, scope, presented)? {
            Proven::Ask(why) => return Ok((Settled::Ask(why), None)),
            Proven::Yes(yes) => proof = Some(yes),
        }
    }
    let state = if accepts { "accepted" } else { "declined" };
    if !end(conn, id, state, scope.now())? {
        return Ok((Settled::Gone(Gone::Over), proof));
    }
    let action = if accepts {
        Action::OwnershipAccepted
    } else {
        Action::OwnershipDeclined
    };
    let details = json!({ "offer": id.to_string(), "lay_down": offer.lay_down });
    audit::record(conn, &event(scope, &offer, action).details(details))?;
    if accepts {
        accept(conn, app, scope, (&offer, grant))?;
    }
    tell(conn, app, scope, (&offer, accepts), mails)?;
    let settled = if accepts {
        Settled::Accepted(offer.account)
    } else {
        Settled::Declined(offer.account)
    };
    Ok((settled, proof))
}

fn event(scope: &SignedInScope, offer: &Waiting, action: Action) -> Event {
    let person = scope.person();
    let name = Personal {
        actor_name: Some(person.name.clone()),
        ..Personal::default()
    };
    Event::new(offer.account.id, action, scope.now())
        .by(Actor::User(person.id))
        .on(Target::user(person.id))
        .personal(name)
        .at_visit(scope.visit())
}

/// The new Owner first, then the old one goes: the account has one at every moment (rule 14).
fn accept(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    (offer, grant): (&Waiting, GrantId),
) -> Result<()> {
    let (account, now) = (offer.account.id, scope.now());
    let offered = (&Builtin::Owner.into(), &Scoped::Account, scope.person().id);
    if let Some(why) = members::why_unproven(conn, app, account, offered, now)? {
        return Err(Refusal::new("role", why).to(scope));
    }
    let about = json!({ "role": "owner", "scope": "account", "place": offer.account.name });
    if members::make_owner(conn, (account, scope.person().id), (grant, offer.by), now)? {
        let event = event(scope, offer, Action::RoleGranted);
        audit::record(conn, &event.details(about.clone()))?;
    }
    if offer.lay_down && members::end_ownership(conn, account, offer.by, now)? {
        let event = event(scope, offer, Action::RoleRevoked).on(Target::user(offer.by));
        audit::record(conn, &event.details(about))?;
    }
    Ok(())
}

/// Whoever offered hears of it, and on acceptance every other Owner.
fn tell(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    (offer, accepted): (&Waiting, bool),
    mails: &[MailId],
) -> Result<()> {
    let mut told = vec![offer.by];
    if accepted {
        let owners = members::holders(conn, offer.account.id, &[Builtin::Owner], scope.now())?;
        let others = owners
            .into_iter()
            .filter(|one| *one != scope.person().id && *one != offer.by);
        told.extend(others);
    }
    let letter = |person: String| {
        Letter::OwnershipSettled(OwnershipSettled {
            account: (&offer.account).into(),
            person,
            who: scope.person().name.clone(),
            turn: if accepted {
                Turn::Accepted
            } else {
                Turn::Declined
            },
            laid_down: (accepted && offer.lay_down).then(|| offer.by_name.clone()),
        })
    };
    welcome::tell(
        conn,
        app,
        (&offer.account, scope.now()),
        &told,
        &letter,
        mails,
    )?;
    Ok(())
}
