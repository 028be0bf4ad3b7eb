//! What the mail job makes of a sign-up: one of two letters, with equal work for a known and an unknown address.

use diesel::prelude::*;

use crate::access::gate::JobScope;
use crate::app::App;
use crate::auth::token::Token;
use crate::db::Conn;
use crate::db::schema::{sign_ups, users};
use crate::db::types::{AccountId, LinkId, MailId, Ts};
use crate::error::Result;
use crate::mail::templates::{ConfirmAddress, HasLogin, Letter};
use crate::mail::{self, outbox};

/// Id, address, folded address, first name, company, and until when the link works.
type Wished = (LinkId, String, String, String, String, Ts);

/// Whether a sign-up waits for its letter.
pub fn is_waiting(conn: &mut Conn) -> QueryResult<bool> {
    let first: Option<LinkId> = sign_ups::table
        .filter(sign_ups::state.eq("wished"))
        .select(sign_ups::id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// Answers some sign-ups, and forgets those whose link has ended. Tokens made here may differ when the transaction
/// runs again: nothing outside of it has seen them.
pub fn answer_some(conn: &mut Conn, app: &App, job: &JobScope, most: i64) -> Result<()> {
    let wished: Vec<Wished> = sign_ups::table
        .filter(sign_ups::state.eq("wished"))
        .order(sign_ups::id.asc())
        .limit(most)
        .select((
            sign_ups::id,
            sign_ups::email,
            sign_ups::email_key,
            sign_ups::first_name,
            sign_ups::company,
            sign_ups::expires_at,
        ))
        .load(conn)?;
    if wished.is_empty() {
        return Ok(());
    }
    diesel::delete(sign_ups::table.filter(sign_ups::expires_at.le(job.now()))).execute(conn)?;
    for one in &wished {
        answer(conn, app, one, job.now())?;
    }
    Ok(())
}

fn answer(conn: &mut Conn, app: &App, wished: &Wished, now: Ts) -> Result<()> {
    let (id, typed, email_key, first_name, company, until) = wished;
    let known: Option<(String, String, Option<AccountId>)> = users::table
        .filter(users::email_key.eq(email_key))
        .select((users::first_name, users::email, users::home_account_id))
        .first(conn)
        .optional()?;
    let (mail, token) = (MailId::new(), Token::new());
    let sealed = app
        .sealer()
        .seal(mail.uuid().as_bytes(), token.text().as_bytes());
    // A login is one that somebody has proven: a welcome that nobody followed yet is none (S1).
    let login = known.filter(|(.., home)| home.is_some());
    let (recipient, letter, sealed_token) = match login {
        Some((person, email, _)) => {
            diesel::delete(sign_ups::table.filter(sign_ups::id.eq(id))).execute(conn)?;
            (email, Letter::HasLogin(HasLogin { person }), None)
        }
        None => {
            // Only the newest link of an address works.
            let older = sign_ups::table
                .filter(sign_ups::email_key.eq(email_key))
                .filter(sign_ups::state.eq("mailed"));
            diesel::delete(older).execute(conn)?;
            diesel::update(sign_ups::table.filter(sign_ups::id.eq(id)))
                .set((
                    sign_ups::state.eq("mailed"),
                    sign_ups::token_hash.eq(Some(token.hash().to_vec())),
                ))
                .execute(conn)?;
            let facts = ConfirmAddress {
                person: first_name.clone(),
                company: company.clone(),
                until: *until,
            };
            (typed.clone(), Letter::ConfirmAddress(facts), Some(sealed))
        }
    };
    let mail = outbox::NewMail {
        id: mail,
        account: None,
        link: None,
        reader: None,
        recipient,
        letter,
        sealed_token,
        message_id: mail::letterhead(app.config()).message_id(mail),
        due_at: now,
        created_at: now,
    };
    outbox::enqueue(conn, mail)?;
    Ok(())
}
