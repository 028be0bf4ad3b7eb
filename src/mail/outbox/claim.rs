//! Taking mail out of the outbox to send it.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use std::collections::HashMap;

use crate::db::schema::{links, outbox};
use crate::db::types::{AccountId, InstanceId, LinkId, MailId, Ts, UserId};
use crate::db::{Conn, among, fixed};
use crate::mail::templates::{Letter, REMINDER};
use crate::on_each;

/// A link of a welcome or an invitation that has less than this left is renewed before it is mailed.
const LEAST_LEFT: chrono::Duration = chrono::Duration::hours(24);

/// Who claims, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The process.
    pub owner: InstanceId,
    /// Now.
    pub now: Ts,
    /// After this long without a mark, others may claim the mails again.
    pub lease: chrono::Duration,
    /// At most so many; usually [`BATCH`].
    pub limit: i64,
}

/// A mail that this process alone may send until its lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The row.
    pub id: MailId,
    /// The account on whose behalf.
    pub account: Option<AccountId>,
    /// The link that it carries.
    pub link: Option<LinkId>,
    /// Who reads it, where it may be a notice.
    pub reader: Option<UserId>,
    /// Address of the person.
    pub recipient: String,
    /// What kind of letter it is.
    pub template: String,
    /// The letter, as stored; read with [`Claimed::letter`].
    pub params: String,
    /// The sealed token.
    pub sealed_token: Option<Vec<u8>>,
    /// Message-ID, the same on every try.
    pub message_id: String,
    /// Which try this is, from 1.
    pub attempts: i64,
    /// When the link ends.
    pub expires_at: Option<Ts>,
}

impl Claimed {
    /// What it says; none if the row is not readable by this version.
    pub fn letter(&self) -> Option<Letter> {
        serde_json::from_str(&self.params).ok()
    }
}

/// A link that has too little time left to be mailed.
#[derive(Clone, Copy, Debug)]
pub struct Stale {
    /// The mail that carries it; the new token is sealed under this id.
    pub mail: MailId,
    /// The link.
    pub link: LinkId,
    /// Now.
    pub now: Ts,
}

/// A link in place of a stale one.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// The link; may be the same row.
    pub link: LinkId,
    /// Its token, sealed under the mail's id.
    pub sealed_token: Vec<u8>,
    /// When it ends.
    pub expires_at: Ts,
}

/// Makes a new link for a stale one, in the claiming transaction; none where that is not allowed any more.
pub type Renew<'a> = dyn Fn(&mut Conn, &Stale) -> QueryResult<Option<Renewed>> + 'a;

/// Claims what is due, oldest first, and drops the mails whose link is dead. Call it in a write transaction.
///
/// Nobody else gets these rows until the lease ends: SQLite has one writer, and on PostgreSQL the rows are locked
/// and those locked by others skipped.
pub fn claim(conn: &mut Conn, want: &Claim, renew: &Renew<'_>) -> QueryResult<Vec<Claimed>> {
    let mut mails = due(conn, want)?;
    if mails.is_empty() {
        return Ok(mails);
    }
    let ids: Vec<MailId> = mails.iter().map(|mail| mail.id).collect();
    let update = diesel::update(outbox::table.filter(among(outbox::id, &ids))).set((
        outbox::leased_by.eq(want.owner),
        outbox::leased_until.eq(want.now.plus(want.lease)),
        outbox::attempts.eq(outbox::attempts + 1),
    ));
    let update = fixed(update.returning(outbox::id));
    let _: Vec<MailId> = on_each!(conn, |c| update.load(c))?;
    let links = links_of(conn, &mails)?;
    let mut dead = Vec::new();
    for mail in &mut mails {
        mail.attempts += 1;
        let Some(state) = mail.link.and_then(|link| links.get(&link)) else {
            continue;
        };
        if !freshen(conn, mail, state, want.now, renew)? {
            dead.push(mail.id);
        }
    }
    if !dead.is_empty() {
        let why =
            "The link was used, replaced, withdrawn or had ended before the mail could be sent.";
        never_send(conn, &dead, why)?;
        mails.retain(|mail| !dead.contains(&mail.id));
    }
    Ok(mails)
}

type DueRow = (
    MailId,
    Option<AccountId>,
    Option<LinkId>,
    Option<UserId>,
    String,
    String,
    String,
    Option<Vec<u8>>,
    String,
    i64,
);

fn due(conn: &mut Conn, want: &Claim) -> QueryResult<Vec<Claimed>> {
    // The state is written out, not bound: only so does the partial index `outbox_due` serve a prepared statement.
    let query = outbox::table
        .filter(sql::<Bool>("outbox.state = 'queued'"))
        .filter(outbox::due_at.le(want.now))
        .filter(
            outbox::leased_until
                .is_null()
                .or(outbox::leased_until.lt(want.now)),
        )
        .order((outbox::due_at, outbox::id))
        .limit(want.limit)
        .select((
            outbox::id,
            outbox::account_id,
            outbox::link_id,
            outbox::reader_id,
            outbox::recipient,
            outbox::template,
            outbox::params,
            outbox::sealed_token,
            outbox::message_id,
            outbox::attempts,
        ));
    let rows: Vec<DueRow> = match conn {
        Conn::Postgres(conn) => query.for_update().skip_locked().load(conn)?,
        Conn::Sqlite(conn) => fixed(query).load(conn)?,
    };
    let claimed = |row: DueRow| {
        let (
            id,
            account,
            link,
            reader,
            recipient,
            template,
            params,
            sealed_token,
            message_id,
            attempts,
        ) = row;
        Claimed {
            id,
            account,
            link,
            reader,
            recipient,
            template,
            params,
            sealed_token,
            message_id,
            attempts,
            expires_at: None,
        }
    };
    Ok(rows.into_iter().map(claimed).collect())
}

struct LinkState {
    purpose: String,
    expires_at: Ts,
    over: bool,
}

fn links_of(conn: &mut Conn, mails: &[Claimed]) -> QueryResult<HashMap<LinkId, LinkState>> {
    let wanted: Vec<LinkId> = mails.iter().filter_map(|mail| mail.link).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    type Row = (LinkId, String, Ts, Option<Ts>, Option<Ts>, Option<Ts>);
    let rows: Vec<Row> = links::table
        .filter(among(links::id, &wanted))
        .select((
            links::id,
            links::purpose,
            links::expires_at,
            links::used_at,
            links::superseded_at,
            links::withdrawn_at,
        ))
        .load(conn)?;
    let state = |(id, purpose, expires_at, used, superseded, withdrawn): Row| {
        let over = used.or(superseded).or(withdrawn).is_some();
        (
            id,
            LinkState {
                purpose,
                expires_at,
                over,
            },
        )
    };
    Ok(rows.into_iter().map(state).collect())
}

/// Whether the mail may go out, after putting a new link in place of one that has too little time left.
fn freshen(
    conn: &mut Conn,
    mail: &mut Claimed,
    state: &LinkState,
    now: Ts,
    renew: &Renew<'_>,
) -> QueryResult<bool> {
    if state.over {
        return Ok(false);
    }
    mail.expires_at = Some(state.expires_at);
    // A reminder is about a link that ends soon: that very one goes on working.
    let renewable =
        matches!(state.purpose.as_str(), "welcome" | "invitation") && mail.template != REMINDER;
    if let Some(link) = mail.link
        && renewable
        && state.expires_at < now.plus(LEAST_LEFT)
        && let Some(new) = renew(
            conn,
            &Stale {
                mail: mail.id,
                link,
                now,
            },
        )?
    {
        diesel::update(outbox::table.filter(outbox::id.eq(mail.id)))
            .set((
                outbox::link_id.eq(new.link),
                outbox::sealed_token.eq(&new.sealed_token),
            ))
            .execute(conn)?;
        mail.link = Some(new.link);
        mail.sealed_token = Some(new.sealed_token);
        mail.expires_at = Some(new.expires_at);
    }
    Ok(mail.expires_at.is_some_and(|end| end > now))
}

/// Writes down that these mails are not sent, and why.
pub(super) fn never_send(conn: &mut Conn, dead: &[MailId], why: &str) -> QueryResult<()> {
    diesel::update(outbox::table.filter(outbox::id.eq_any(dead.to_vec())))
        .set((
            outbox::state.eq("dropped"),
            outbox::sealed_token.eq(None::<Vec<u8>>),
            outbox::params.eq("{}"),
            outbox::leased_by.eq(None::<InstanceId>),
            outbox::leased_until.eq(None::<Ts>),
            outbox::last_error.eq(why),
        ))
        .execute(conn)?;
    Ok(())
}
