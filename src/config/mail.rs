//! How mail leaves the portal.

use super::reading::Reader;
use super::table as s;
use lettre::message::Mailbox;
use std::path::{Path, PathBuf};

/// Mail: the way out and the sender.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The way out.
    pub transport: Transport,
    /// Sender of every mail.
    pub from: Mailbox,
}

/// Where a mail goes.
#[derive(Clone, PartialEq, Eq)]
pub enum Transport {
    /// To this server; the address may hold a password.
    Smtp(String),
    /// Into this folder, one `.eml` file each.
    Directory(PathBuf),
    /// Into memory, for tests.
    Memory,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Smtp(url) => f
                .debug_tuple("Smtp")
                .field(&super::reading::masked(url))
                .finish(),
            Self::Directory(path) => f.debug_tuple("Directory").field(path).finish(),
            Self::Memory => f.write_str("Memory"),
        }
    }
}

impl Mail {
    /// The mail server's address without its password; none where mail goes into files or memory.
    pub fn server(&self) -> Option<String> {
        match &self.transport {
            Transport::Smtp(url) => Some(super::reading::masked(url)),
            Transport::Directory(_) | Transport::Memory => None,
        }
    }

    pub(super) fn read(reader: &mut Reader, data_dir: &Path) -> Option<Self> {
        let smtp = reader.read(&s::SMTP_URL, None, smtp);
        let from = reader.read(&s::MAIL_FROM, None, |text| {
            text.parse::<Mailbox>()
                .map_err(|_| "must be an address such as Tenantry <portal@example.com>".to_owned())
        })?;
        let directory = || Transport::Directory(data_dir.join("mail"));
        Some(Self {
            transport: smtp.map_or_else(directory, Transport::Smtp),
            from,
        })
    }
}

/// Reads `SMTP_URL`. What the mail library would take in silence (no encryption for an unknown `tls`) is
/// refused here.
fn smtp(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|_| SHAPE.to_owned())?;
    if !matches!(url.scheme(), "smtp" | "smtps") || url.host_str().is_none_or(str::is_empty) {
        return Err(SHAPE.to_owned());
    }
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err("must end after the port, save for ?tls=…".to_owned());
    }
    let options: Vec<_> = url.query_pairs().collect();
    match (url.scheme(), options.as_slice()) {
        (_, []) => Ok(text.to_owned()),
        ("smtps", _) => {
            Err("must have no options with smtps://, which is encrypted anyway".to_owned())
        }
        (_, [(name, value)])
            if name == "tls" && matches!(&**value, "required" | "opportunistic") =>
        {
            Ok(text.to_owned())
        }
        _ => Err("must have no option but ?tls=required or ?tls=opportunistic".to_owned()),
    }
}

const SHAPE: &str =
    "must look like smtp://user:password@host:port or smtps://user:password@host:port";
