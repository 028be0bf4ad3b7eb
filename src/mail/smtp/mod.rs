//! SMTP over a few kept connections.
//!
//! The conversation is our own, on lettre's connection: lettre writes a message and its final dot in two pieces, and
//! the second then waits 40 ms for an acknowledgement that the server delays (Nagle's rule). Here the message goes out
//! in one piece, a refused recipient does not cost the connection, and a connection that the server closed
//! between two mails costs nothing but a new one.

mod server;

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

use crate::db::types::MailId;
use crate::mail::message::Packet;
use crate::mail::transport::{Delivery, Leave};

pub use server::{BadUrl, Patience, Server};

/// Connections to the server at most.
const LANES: usize = 4;

/// A lane more for each so many mails, so that two mails do not open two connections.
const MAILS_PER_LANE: usize = 6;

/// A mail server and the connections kept to it.
pub struct Smtp {
    server: Server,
    lanes: [Lane; LANES],
}

#[derive(Default)]
struct Lane {
    open: Option<Open>,
}

struct Open {
    connection: AsyncSmtpConnection,
    /// Mails that it has carried: a connection that has carried some may have been closed since.
    carried: u32,
    /// It is not in a known state any more.
    spoiled: bool,
}

/// A batch that the lanes empty together.
struct Batch<'a> {
    queue: Mutex<VecDeque<Packet>>,
    /// Lanes that still take mails. The last one that gives up answers for what is left.
    alive: AtomicUsize,
    leave: &'a Leave<'a>,
}

impl Batch<'_> {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Packet>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drain(&self, how: &Delivery) -> Vec<(MailId, Delivery)> {
        self.queue()
            .drain(..)
            .map(|packet| (packet.id, how.clone()))
            .collect()
    }
}

/// Why a step of the conversation ended it.
enum Stop {
    /// The server answered with a refusal.
    Reply {
        code: u16,
        permanent: bool,
        text: String,
    },
    /// It broke the connection, or did not answer in time.
    Lost { slow: bool, text: String },
}

/// What a lane does after a mail.
enum Next {
    Answer(Delivery),
    /// The server had closed the kept connection before this mail began: once more on a new one.
    Again,
    /// The connection broke in this mail.
    Broken(String),
}

impl Smtp {
    /// By address, as [`Server::open`] reads it.
    pub fn open(address: &str) -> Result<Self, BadUrl> {
        Ok(Self {
            server: Server::open(address)?,
            lanes: Default::default(),
        })
    }

    /// With other limits than the usual ones.
    #[must_use]
    pub const fn with_patience(mut self, patience: Patience) -> Self {
        self.server.patience = patience;
        self
    }

    /// Tries each mail once.
    pub async fn deliver(
        &mut self,
        packets: Vec<Packet>,
        leave: &Leave<'_>,
    ) -> Vec<(MailId, Delivery)> {
        let lanes = packets.len().div_ceil(MAILS_PER_LANE).clamp(1, LANES);
        let batch = Batch {
            queue: Mutex::new(packets.into()),
            alive: AtomicUsize::new(lanes),
            leave,
        };
        let server = &self.server;
        let [first, second, third, fourth] = &mut self.lanes;
        let ends = tokio::join!(
            Box::pin(first.run(server, &batch)),
            Box::pin(second.run_if(lanes > 1, server, &batch)),
            Box::pin(third.run_if(lanes > 2, server, &batch)),
            Box::pin(fourth.run_if(lanes > 3, server, &batch)),
        );
        let mut all = [ends.0, ends.1, ends.2, ends.3].concat();
        all.extend(batch.drain(&Delivery::Untried));
        all
    }

    /// Says goodbye and closes all connections.
    pub async fn close(&mut self) {
        for lane in &mut self.lanes {
            if let Some(mut open) = lane.open.take() {
                // A server that does not answer the goodbye is left without one.
                let _ = timeout(Duration::from_secs(1), open.connection.quit()).await;
            }
        }
    }
}

impl Lane {
    async fn run_if(
        &mut self,
        wanted: bool,
        server: &Server,
        batch: &Batch<'_>,
    ) -> Vec<(MailId, Delivery)> {
        if wanted {
            self.run(server, batch).await
        } else {
            Vec::new()
        }
    }

    /// Takes mails until none is left, its leave ends, or the server is not to be talked to.
    async fn run(&mut self, server: &Server, batch: &Batch<'_>) -> Vec<(MailId, Delivery)> {
        let mut done = Vec::new();
        let mut broken = 0;
        while batch.leave.allows() && !batch.queue().is_empty() {
            let open = match self.opened(server).await {
                Ok(open) => open,
                Err(why) => return Self::give_up(batch, done, &why),
            };
            let Some(packet) = batch.queue().pop_front() else {
                break;
            };
            match open.carry(server, &packet).await {
                Next::Answer(delivery) => {
                    broken = 0;
                    open.carried += 1;
                    if open.spoiled {
                        self.open = None;
                    }
                    done.push((packet.id, delivery));
                }
                Next::Again => {
                    self.open = None;
                    batch.queue().push_front(packet);
                }
                Next::Broken(why) => {
                    self.open = None;
                    broken += 1;
                    done.push((packet.id, Delivery::Later(why.clone())));
                    // One mail may be what the server chokes on; two in a row say that it is the server.
                    if broken == 2 {
                        return Self::give_up(batch, done, &why);
                    }
                }
            }
        }
        batch.alive.fetch_sub(1, Ordering::AcqRel);
        done
    }

    async fn opened(&mut self, server: &Server) -> Result<&mut Open, String> {
        let open = match self.open.take() {
            Some(open) => open,
            None => Open {
                connection: server.connect().await?,
                carried: 0,
                spoiled: false,
            },
        };
        Ok(self.open.insert(open))
    }

    fn give_up(
        batch: &Batch<'_>,
        mut done: Vec<(MailId, Delivery)>,
        why: &str,
    ) -> Vec<(MailId, Delivery)> {
        if batch.alive.fetch_sub(1, Ordering::AcqRel) == 1 {
            done.extend(batch.drain(&Delivery::Later(why.to_owned())));
        }
        done
    }
}

impl Open {
    async fn carry(&mut self, server: &Server, packet: &Packet) -> Next {
        let (stop, begun) = match self.offer(server, &packet.envelope).await {
            Err(stop) => (stop, false),
            Ok(()) => match self.hand_over(server, &packet.bytes).await {
                Err(stop) => (stop, true),
                Ok(()) => return Next::Answer(Delivery::Sent),
            },
        };
        let kept_and_closed = self.carried > 0 && !begun;
        match stop {
            Stop::Lost { slow: false, .. } if kept_and_closed => Next::Again,
            Stop::Reply { code: 421, .. } if kept_and_closed => Next::Again,
            Stop::Lost { text, .. }
            | Stop::Reply {
                code: 421, text, ..
            } => Next::Broken(text),
            Stop::Reply {
                code,
                permanent,
                text,
            } => {
                if !begun && self.say(server.patience.command, Rset).await.is_err() {
                    self.spoiled = true;
                }
                // 530 to 539 speak of our sign-in and TLS, not of this mail.
                if permanent && !(530..540).contains(&code) {
                    Next::Answer(Delivery::Refused(text))
                } else {
                    Next::Answer(Delivery::Later(text))
                }
            }
        }
    }

    /// Sender, recipients, and the word that the message follows.
    async fn offer(&mut self, server: &Server, envelope: &Envelope) -> Result<(), Stop> {
        let mut parameters = Vec::new();
        if !envelope
            .to()
            .iter()
            .map(Address::to_string)
            .all(|to| to.is_ascii())
        {
            if !self
                .connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                return Err(Stop::Reply {
                    code: 550,
                    permanent: true,
                    text: "the mail server takes no addresses beyond ASCII (SMTPUTF8)".to_owned(),
                });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let limit = server.patience.command;
        self.say(limit, Mail::new(envelope.from().cloned(), parameters))
            .await?;
        for to in envelope.to() {
            self.say(limit, Rcpt::new(to.clone(), Vec::new())).await?;
        }
        self.say(limit, Data).await
    }

    /// The message in one piece.
    async fn hand_over(&mut self, server: &Server, bytes: &[u8]) -> Result<(), Stop> {
        self.say(
            server.patience.message,
            stuffed(&String::from_utf8_lossy(bytes)),
        )
        .await
    }

    async fn say(&mut self, limit: Duration, command: impl fmt::Display) -> Result<(), Stop> {
        match timeout(limit, self.connection.command(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(match error.status() {
                Some(code) => Stop::Reply {
                    code: u16::from(code),
                    permanent: error.is_permanent(),
                    text: error.to_string(),
                },
                None => Stop::Lost {
                    slow: false,
                    text: error.to_string(),
                },
            }),
            Err(_) => Err(Stop::Lost {
                slow: true,
                text: "the mail server did not answer in time".to_owned(),
            }),
        }
    }
}

/// The message as it goes over the wire: dots at the beginning of lines doubled, a lone dot at its end.
fn stuffed(message: &str) -> String {
    let mut out = String::with_capacity(message.len() + 8);
    if message.starts_with('.') {
        out.push('.');
    }
    out.push_str(&message.replace("\n.", "\n.."));
    if !out.ends_with("\r\n") {
        out.push_str("\r\n");
    }
    out.push_str(".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled_and_the_end_is_one_dot() {
        assert_eq!(stuffed("a\r\n.b\r\n..c\r\n"), "a\r\n..b\r\n...c\r\n.\r\n");
        assert_eq!(stuffed(".a"), "..a\r\n.\r\n");
    }
}
