//! Where mail goes: an SMTP server, a folder of `.eml` files, or (in tests) a list in memory.

use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

use super::message::Packet;
use super::smtp::{BadUrl, Smtp};
use crate::db::types::MailId;

/// The longest that one mail may take; a batch starts no mail when less than this is left of its lease.
pub const LONGEST: Duration = Duration::from_secs(150);

/// The mails in memory.
pub type Mailbox = Arc<Mutex<Vec<Vec<u8>>>>;

/// A way out for mail.
pub enum Transport {
    /// To a server.
    Smtp(Box<Smtp>),
    /// Each mail a file in this folder.
    Directory(PathBuf),
    /// Each mail an entry of this list.
    Memory(Mailbox),
}

/// What the other side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It has the mail now.
    Sent,
    /// Not now.
    Later(String),
    /// Never this mail.
    Refused(String),
    /// Not tried.
    Untried,
}

/// How long a batch may go on.
pub struct Leave<'a> {
    /// No mail is begun after this.
    pub until: Instant,
    /// No mail is begun once this says no.
    pub going: &'a (dyn Fn() -> bool + Sync),
}

impl Leave<'_> {
    /// Whether one more mail may be begun.
    pub fn allows(&self) -> bool {
        (self.going)() && Instant::now() < self.until
    }
}

impl Transport {
    /// By `SMTP_URL`.
    pub fn smtp(url: &str) -> Result<Self, BadUrl> {
        Ok(Self::Smtp(Box::new(Smtp::open(url)?)))
    }

    /// Files in a folder, made if it is missing, readable by its owner alone: they hold live links.
    pub fn directory(path: PathBuf) -> io::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)?;
        Ok(Self::Directory(path))
    }

    /// A list in memory, and the list.
    pub fn memory() -> (Self, Mailbox) {
        let mailbox = Mailbox::default();
        (Self::Memory(Arc::clone(&mailbox)), mailbox)
    }

    /// Tries each mail once and says what became of each.
    pub async fn deliver(
        &mut self,
        packets: Vec<Packet>,
        leave: &Leave<'_>,
    ) -> Vec<(MailId, Delivery)> {
        match self {
            Self::Smtp(smtp) => Box::pin(smtp.deliver(packets, leave)).await,
            Self::Directory(folder) => {
                let folder = folder.clone();
                let ids: Vec<MailId> = packets.iter().map(|packet| packet.id).collect();
                let written =
                    tokio::task::spawn_blocking(move || file_all(&folder, &packets)).await;
                written.unwrap_or_else(|error| {
                    let later = Delivery::Later(error.to_string());
                    ids.into_iter().map(|id| (id, later.clone())).collect()
                })
            }
            Self::Memory(mailbox) => {
                let mut mails = mailbox.lock().unwrap_or_else(PoisonError::into_inner);
                packets
                    .into_iter()
                    .map(|packet| {
                        mails.push(packet.bytes);
                        (packet.id, Delivery::Sent)
                    })
                    .collect()
            }
        }
    }

    /// Nothing to do for a while: connections are closed.
    pub async fn rest(&mut self) {
        if let Self::Smtp(smtp) = self {
            smtp.close().await;
        }
    }
}

fn file_all(folder: &Path, packets: &[Packet]) -> Vec<(MailId, Delivery)> {
    packets
        .iter()
        .map(|packet| match file(folder, packet) {
            Ok(()) => (packet.id, Delivery::Sent),
            Err(error) => (packet.id, Delivery::Later(error.to_string())),
        })
        .collect()
}

/// Writes `<id>.eml` under another name first: whoever watches the folder never sees half a mail, and a second try
/// replaces the first.
fn file(folder: &Path, packet: &Packet) -> io::Result<()> {
    let unfinished = folder.join(format!(".{}.part", packet.id));
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    out.write_all(&packet.bytes)?;
    out.sync_data()?;
    std::fs::rename(&unfinished, folder.join(format!("{}.eml", packet.id)))
}
