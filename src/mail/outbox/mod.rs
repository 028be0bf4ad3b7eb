//! The outbox: mail on its way, as rows. A row is written in the transaction of its cause, claimed with a lease by
//! one process at a time, and marked with what became of it. The token is sealed in the row and erased on delivery.

mod claim;

use diesel::prelude::*;

use crate::db::schema::outbox;
use crate::db::types::{AccountId, InstanceId, LinkId, MailId, Ts, UserId};
use crate::db::{Conn, fixed};
use crate::mail::name::line;
use crate::mail::templates::{Class, Letter};
use crate::notifications::{self, Stop};
use crate::on_each;

pub use claim::{Claim, Claimed, Renew, Renewed, Stale, claim};

/// How many mails are claimed at once.
pub const BATCH: i64 = 50;

/// Longest stored reason of a failure, in characters.
const REASON: usize = 500;

/// A mail to be sent: one row.
pub struct NewMail {
    /// Id of the row; the token is sealed under it.
    pub id: MailId,
    /// The account on whose behalf; none for mail about the login itself.
    pub account: Option<AccountId>,
    /// The link that the mail carries.
    pub link: Option<LinkId>,
    /// Who reads it, where it may be a notice: that person's choice is obeyed.
    pub reader: Option<UserId>,
    /// Address of the person.
    pub recipient: String,
    /// What to say.
    pub letter: Letter,
    /// The link's token, sealed with the row's id as its subject.
    pub sealed_token: Option<Vec<u8>>,
    /// From [`super::message::Letterhead::message_id`].
    pub message_id: String,
    /// Not before.
    pub due_at: Ts,
    /// Now.
    pub created_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
struct NewRow {
    id: MailId,
    account_id: Option<AccountId>,
    link_id: Option<LinkId>,
    recipient: String,
    template: &'static str,
    params: String,
    sealed_token: Option<Vec<u8>>,
    message_id: String,
    state: &'static str,
    attempts: i64,
    due_at: Ts,
    leased_by: Option<InstanceId>,
    leased_until: Option<Ts>,
    last_error: Option<String>,
    sent_at: Option<Ts>,
    created_at: Ts,
    reader_id: Option<UserId>,
}

/// Stores the mail, in the caller's transaction: no commit, no mail. A notice that the account sends to nobody, or that
/// its reader has turned off, is not stored; false says so. This is the one place where that is asked (rule 24).
///
/// # Errors
/// Those of the database; and a notice that is nobody's or of no account, since nobody could turn it off.
pub fn enqueue(conn: &mut Conn, mail: NewMail) -> QueryResult<bool> {
    if let Class::Notice(kind) = mail.letter.class() {
        let (Some(account), Some(person)) = (mail.account, mail.reader) else {
            let why = "a notice without an account and a reader";
            return Err(diesel::result::Error::QueryBuilderError(why.into()));
        };
        let stop = Stop {
            account,
            person,
            kind,
        };
        if !notifications::goes(conn, &stop)? {
            return Ok(false);
        }
    }
    let params = serde_json::to_string(&mail.letter)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    let row = NewRow {
        id: mail.id,
        account_id: mail.account,
        link_id: mail.link,
        recipient: mail.recipient,
        template: mail.letter.template(),
        params,
        sealed_token: mail.sealed_token,
        message_id: mail.message_id,
        state: "queued",
        attempts: 0,
        due_at: mail.due_at,
        leased_by: None,
        leased_until: None,
        last_error: None,
        sent_at: None,
        created_at: mail.created_at,
        reader_id: mail.reader,
    };
    let insert = diesel::insert_into(outbox::table).values(&row);
    on_each!(conn, |c| insert.execute(c))?;
    Ok(true)
}

/// Takes these mails out before they leave, in the caller's transaction: what they tell of was taken back. Says which;
/// what has left, or is on its way out in this moment, is not among them.
pub fn withdraw(conn: &mut Conn, these: &[MailId]) -> QueryResult<Vec<MailId>> {
    let waiting = unsent(conn, these)?;
    claim::never_send(conn, &waiting, "What it tells of was taken back.")?;
    Ok(waiting)
}

/// Which of these mails have not left, and are not on their way out in this moment.
pub fn unsent(conn: &mut Conn, these: &[MailId]) -> QueryResult<Vec<MailId>> {
    if these.is_empty() {
        return Ok(Vec::new());
    }
    outbox::table
        .filter(outbox::id.eq_any(these.to_vec()))
        .filter(outbox::state.eq("queued"))
        .filter(outbox::leased_by.is_null())
        .select(outbox::id)
        .load(conn)
}

/// What became of a claimed mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The row.
    pub mail: MailId,
    /// What became of it.
    pub end: End,
}

/// The ways in which a try ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The server took it.
    Sent,
    /// Not now: again at `due`.
    Retry {
        /// When; worked out before the transaction, so that a re-run says the same.
        due: Ts,
        /// Why.
        why: String,
    },
    /// Never: shown to the operator, not retried.
    Failed {
        /// Why.
        why: String,
    },
    /// Not tried: the process stops or its lease is nearly over. Anybody may claim it at once.
    Released,
}

/// What was written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// Links whose mail is out; the links' room erases what it keeps of them for copying.
    pub delivered: Vec<LinkId>,
    /// Mails that came back for good, just now.
    pub failed: Vec<MailId>,
}

/// Writes down what became of the mails, all in one go, and tells whom it concerns. Call it in a write transaction.
///
/// "Sent" counts whoever holds the lease by now: the mail is out. The rest counts only for the holder.
pub fn mark(
    conn: &mut Conn,
    owner: InstanceId,
    now: Ts,
    outcomes: &[Outcome],
) -> QueryResult<Marked> {
    let mut sent = Vec::new();
    let mut released = Vec::new();
    let mut failed = Vec::new();
    for outcome in outcomes {
        match &outcome.end {
            End::Sent => sent.push(outcome.mail),
            End::Released => released.push(outcome.mail),
            End::Retry { due, why } => put_back(conn, owner, outcome.mail, *due, why)?,
            End::Failed { why } => {
                if fail(conn, owner, outcome.mail, why)? {
                    failed.push(outcome.mail);
                }
            }
        }
    }
    if !released.is_empty() {
        diesel::update(outbox::table.filter(outbox::id.eq_any(released)))
            .filter(outbox::leased_by.eq(owner))
            .set((
                outbox::leased_by.eq(None::<InstanceId>),
                outbox::leased_until.eq(None::<Ts>),
                outbox::attempts.eq(outbox::attempts - 1),
            ))
            .execute(conn)?;
    }
    let delivered = if sent.is_empty() {
        Vec::new()
    } else {
        deliver(conn, &sent, now)?
    };
    Ok(Marked { delivered, failed })
}

fn deliver(conn: &mut Conn, sent: &[MailId], now: Ts) -> QueryResult<Vec<LinkId>> {
    let links: Vec<Option<LinkId>> = outbox::table
        .filter(outbox::id.eq_any(sent.to_vec()))
        .filter(outbox::link_id.is_not_null())
        .select(outbox::link_id)
        .load(conn)?;
    diesel::update(outbox::table.filter(outbox::id.eq_any(sent.to_vec())))
        .set((
            outbox::state.eq("sent"),
            outbox::sent_at.eq(now),
            outbox::sealed_token.eq(None::<Vec<u8>>),
            outbox::params.eq("{}"),
            outbox::leased_by.eq(None::<InstanceId>),
            outbox::leased_until.eq(None::<Ts>),
            outbox::last_error.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(links.into_iter().flatten().collect())
}

fn put_back(
    conn: &mut Conn,
    owner: InstanceId,
    mail: MailId,
    due: Ts,
    why: &str,
) -> QueryResult<()> {
    let update = diesel::update(outbox::table.filter(outbox::id.eq(mail)))
        .filter(outbox::leased_by.eq(owner))
        .set((
            outbox::due_at.eq(due),
            outbox::leased_by.eq(None::<InstanceId>),
            outbox::leased_until.eq(None::<Ts>),
            outbox::last_error.eq(line(why, REASON)),
        ));
    let update = fixed(update.returning(outbox::id));
    let _: Vec<MailId> = on_each!(conn, |c| update.load(c))?;
    Ok(())
}

fn fail(conn: &mut Conn, owner: InstanceId, mail: MailId, why: &str) -> QueryResult<bool> {
    let changed = diesel::update(outbox::table.filter(outbox::id.eq(mail)))
        .filter(outbox::leased_by.eq(owner))
        .set((
            outbox::state.eq("failed"),
            outbox::leased_by.eq(None::<InstanceId>),
            outbox::leased_until.eq(None::<Ts>),
            outbox::last_error.eq(line(why, REASON)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// How many random values [`pause`] tells apart.
pub const JITTER: u32 = 401;

/// How long to wait after try number `attempts` (from 1) failed: 1 min, 5 min, 15 min, 1 h, then every 3 h until
/// two days have passed; none then. `random` moves it by up to 20 % either way.
pub fn pause(attempts: i64, random: u32) -> Option<chrono::Duration> {
    let minutes = match attempts {
        ..=1 => 1,
        2 => 5,
        3 => 15,
        4 => 60,
        5..=19 => 180,
        _ => return None,
    };
    let permille = 800 + i64::from(random % JITTER);
    Some(chrono::Duration::milliseconds(minutes * 60 * permille))
}
