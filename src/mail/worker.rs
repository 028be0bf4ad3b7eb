//! The worker: claims mails, writes and sends them, marks them. One runs in every process; the database decides who
//! sends what. No request ever waits for it.

use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};

use super::message::{Letterhead, Outgoing, Packet, compose};
use super::name::{line, masked};
use super::outbox::{BATCH, Claimed, End, JITTER, Outcome, pause};
use super::templates::{Class, Letter, Occasion};
use super::transport::{Delivery, LONGEST, Leave, Transport};
use crate::db::types::{MailId, Ts};
use crate::notifications::Stop;

/// A lease on a batch: twice the longest that its last mail may take.
pub const LEASE: Duration = Duration::from_secs(300);

/// How often the outbox is looked at when nobody calls.
pub const LOOK: Duration = Duration::from_secs(5);

/// How often an unreachable database is tried once the process is told to stop.
const LAST_TRIES: u32 = 5;

/// An answer of the database that is still to come; the error is a reason for the log.
pub type Later<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;

/// The worker's two ways to the database. Each is one write transaction behind the mail job's gate.
pub struct Store {
    /// Claims at most so many mails: [`super::outbox::claim`].
    pub claim: Box<dyn Fn(i64) -> Later<Vec<Claimed>> + Send + Sync>,
    /// Writes down what became of them: [`super::outbox::mark`].
    pub mark: Box<dyn Fn(Vec<Outcome>) -> Later<()> + Send + Sync>,
}

/// Opens what is sealed: about what, sealed, and out comes the plain text.
pub type Unseal = Box<dyn Fn(&[u8], &[u8]) -> Option<Vec<u8>> + Send + Sync>;

/// Makes the path of the page that turns notices off, beginning with `/`.
pub type Stopping = Box<dyn Fn(&Stop) -> String + Send + Sync>;

/// What the worker works with.
pub struct Deps {
    /// The database.
    pub store: Store,
    /// The way out.
    pub transport: Transport,
    /// Who sends.
    pub head: Letterhead,
    /// Makes the address at which a notice's reader turns its kind off.
    pub stop_notices: Stopping,
    /// Opens a mail's token, sealed about [`MailId`]'s 16 bytes; the plain text is the token as it stands in a link.
    pub unseal: Unseal,
    /// The clock.
    pub now: Box<dyn Fn() -> Ts + Send + Sync>,
    /// Called (`notify_one`) after a commit that put mail into the outbox.
    pub signal: Arc<Notify>,
    /// True once the process stops.
    pub stop: watch::Receiver<bool>,
}

/// Sends mail until the process is told to stop; what is in flight then is finished and marked, the rest released.
pub async fn run(mut deps: Deps) {
    while !is_over(&deps.stop) {
        match (deps.store.claim)(BATCH).await {
            Ok(mails) => {
                let full = i64::try_from(mails.len()).is_ok_and(|count| count >= BATCH);
                if !mails.is_empty() {
                    turn(&mut deps, mails).await;
                }
                if !full {
                    wait(&mut deps).await;
                }
            }
            Err(why) => {
                tracing::warn!(why = %line(&why, 200), "the outbox cannot be read; trying again");
                pause_or_stop(&mut deps.stop, LOOK).await;
            }
        }
    }
    deps.transport.rest().await;
}

/// Waits for a call; when none comes for a while, hangs up and looks anyway.
async fn wait(deps: &mut Deps) {
    let signal = Arc::clone(&deps.signal);
    tokio::select! {
        () = signal.notified() => {}
        () = stopped(&mut deps.stop) => {}
        () = sleep(LOOK) => deps.transport.rest().await,
    }
}

async fn pause_or_stop(stop: &mut watch::Receiver<bool>, length: Duration) {
    tokio::select! {
        () = stopped(stop) => {}
        () = sleep(length) => {}
    }
}

/// Whoever could stop us being gone means the same as being stopped.
fn is_over(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

/// Waits for that.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// One batch: write, send, mark.
async fn turn(deps: &mut Deps, mails: Vec<Claimed>) {
    let until = Instant::now() + LEASE.saturating_sub(LONGEST);
    let known: HashMap<MailId, Slip> = mails.iter().map(|mail| (mail.id, Slip::of(mail))).collect();
    let mut outcomes = Vec::with_capacity(mails.len());
    let mut packets = Vec::with_capacity(mails.len());
    for mail in mails {
        match prepare(deps, &mail) {
            Ok(packet) => packets.push(packet),
            Err(why) => {
                tracing::warn!(mail = %mail.id, to = %masked(&mail.recipient), why, "a mail cannot be written");
                outcomes.push(Outcome {
                    mail: mail.id,
                    end: End::Failed { why },
                });
            }
        }
        // Requests on this thread go on between two mails.
        tokio::task::yield_now().await;
    }
    let stop = deps.stop.clone();
    let leave = Leave {
        until,
        going: &|| !is_over(&stop),
    };
    let deliveries = Box::pin(deps.transport.deliver(packets, &leave)).await;
    let now = (deps.now)();
    for (mail, delivery) in deliveries {
        let end = known
            .get(&mail)
            .map_or(End::Released, |slip| slip.end(mail, delivery, now));
        outcomes.push(Outcome { mail, end });
    }
    settle(deps, outcomes).await;
}

/// What is remembered of a mail while it is out.
struct Slip {
    to: String,
    template: String,
    attempts: i64,
}

impl Slip {
    fn of(mail: &Claimed) -> Self {
        let template = mail.letter().map_or("unknown", |letter| letter.template());
        Self {
            to: masked(&mail.recipient),
            template: template.to_owned(),
            attempts: mail.attempts,
        }
    }

    fn end(&self, mail: MailId, delivery: Delivery, now: Ts) -> End {
        let Self {
            to,
            template,
            attempts,
        } = self;
        match delivery {
            Delivery::Sent => {
                tracing::debug!(%mail, to, template, attempts, "mail sent");
                End::Sent
            }
            Delivery::Untried => End::Released,
            Delivery::Refused(why) => {
                tracing::warn!(%mail, to, template, attempts, "mail refused for good");
                End::Failed { why }
            }
            Delivery::Later(why) => match pause(*attempts, random()) {
                Some(length) => {
                    tracing::info!(%mail, to, template, attempts, minutes = length.num_minutes(), "mail waits");
                    End::Retry {
                        due: now.plus(length),
                        why,
                    }
                }
                None => {
                    tracing::warn!(%mail, to, template, attempts, "mail given up after two days");
                    End::Failed {
                        why: format!("Given up after {attempts} tries. Last: {why}"),
                    }
                }
            },
        }
    }
}

/// Spreads retries; without randomness they are merely not spread.
fn random() -> u32 {
    getrandom::u32().unwrap_or(JITTER / 2)
}

/// Writes the mail. Whatever goes wrong in it, a panic included, concerns this mail alone.
fn prepare(deps: &Deps, mail: &Claimed) -> Result<Packet, String> {
    catch_unwind(AssertUnwindSafe(|| write(deps, mail)))
        .unwrap_or_else(|_| Err("an error of the program while writing the mail".to_owned()))
}

fn write(deps: &Deps, mail: &Claimed) -> Result<Packet, String> {
    let letter = mail
        .letter()
        .ok_or("the stored mail is not one that this version knows")?;
    let token = match &mail.sealed_token {
        Some(sealed) => {
            let plain = (deps.unseal)(mail.id.uuid().as_bytes(), sealed)
                .ok_or("the link's token cannot be unsealed: another secret is in use")?;
            Some(String::from_utf8(plain).map_err(|_| "the link's token is not text")?)
        }
        None => None,
    };
    let stop = stop(mail, &letter).map(|stop| (deps.stop_notices)(&stop));
    let outgoing = Outgoing {
        id: mail.id,
        message_id: &mail.message_id,
        account: mail.account,
        letter: &letter,
        occasion: Occasion {
            recipient: &mail.recipient,
            token: token.as_deref(),
            expires_at: mail.expires_at,
            stop: stop.as_deref(),
            now: (deps.now)(),
        },
    };
    compose(&deps.head, &outgoing).map_err(|unsendable| unsendable.0)
}

/// What its reader turns off with it, where it is a notice. One that a former version has stored names no reader.
fn stop(mail: &Claimed, letter: &Letter) -> Option<Stop> {
    let Class::Notice(kind) = letter.class() else {
        return None;
    };
    Some(Stop {
        account: mail.account?,
        person: mail.reader?,
        kind,
    })
}

/// Marks until it is marked: a mail that is out and not marked would go out again. While the database is away nothing
/// new is claimed; a process that stops gives up after a few tries.
async fn settle(deps: &mut Deps, outcomes: Vec<Outcome>) {
    let mut left = LAST_TRIES;
    while let Err(why) = (deps.store.mark)(outcomes.clone()).await {
        tracing::warn!(why = %line(&why, 200), mails = outcomes.len(), "sent mail cannot be marked; trying again");
        if is_over(&deps.stop) {
            left = left.saturating_sub(1);
            if left == 0 {
                return;
            }
        }
        sleep(Duration::from_secs(1)).await;
    }
}
