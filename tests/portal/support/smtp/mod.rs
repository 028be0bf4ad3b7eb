//! An SMTP server inside the test: says what it is told to say, and keeps what it receives.
//!
//! It runs on a thread of its own, so it answers whatever the test's runtime is doing.

mod server;

use server::Server;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How the server behaves; takes effect at the next command of each conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Takes every message.
    Accept,
    /// Nothing listens, and open conversations are cut.
    Closed,
    /// "421 closing", at the greeting and at every command.
    Refuse,
    /// Answers each recipient with this 4xx code.
    TempFail(u16),
    /// Answers each recipient with this 5xx code.
    PermFail(u16),
    /// Accepts connections and says nothing for as long as this lasts.
    Hang,
    /// Takes the message, and the connection dies before the answer: the sender cannot know.
    Vanish,
}

/// A running server; stops when dropped.
pub struct Smtp {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    mailbox: Mailbox,
    refused: Arc<Mutex<Vec<(String, u16)>>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

type Mailbox = Arc<Mutex<Vec<Message>>>;

/// One message as it came in.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The message itself, with dots unstuffed.
    pub raw: Vec<u8>,
}

impl Message {
    /// The message taken apart.
    pub fn parsed(&self) -> mail_parser::Message<'_> {
        mail_parser::MessageParser::default()
            .parse(&self.raw)
            .expect("a message")
    }

    /// The subject, decoded.
    pub fn subject(&self) -> String {
        self.parsed().subject().unwrap_or_default().to_owned()
    }

    /// The Message-ID without its brackets.
    pub fn id(&self) -> String {
        self.parsed().message_id().unwrap_or_default().to_owned()
    }

    /// A header as it stands in the message.
    pub fn header(&self, name: &str) -> Option<String> {
        self.parsed()
            .header_raw(name)
            .map(|value| value.trim().to_owned())
    }

    /// The text part; none is made up from the HTML.
    pub fn text(&self) -> String {
        let message = self.parsed();
        let mut parts = message.parts.iter();
        let text = parts.find_map(|part| match &part.body {
            mail_parser::PartType::Text(text) => Some(text.to_string()),
            _ => None,
        });
        text.unwrap_or_else(|| panic!("{} has no text part", self.subject()))
    }

    /// The HTML part.
    pub fn html(&self) -> String {
        let message = self.parsed();
        let mut parts = message.parts.iter();
        let html = parts.find_map(|part| match &part.body {
            mail_parser::PartType::Html(html) => Some(html.to_string()),
            _ => None,
        });
        html.unwrap_or_else(|| panic!("{} has no HTML part", self.subject()))
    }
}

/// The first link of the text part that carries a token: `/welcome/…`, `/reset-password/…` and their like.
pub fn link_in(message: &Message) -> String {
    const KINDS: [&str; 8] = [
        "/welcome/",
        "/invitations/",
        "/verify/",
        "/reset-password/",
        "/unlock/",
        "/setup/",
        "/confirm-email/",
        "/old-email/",
    ];
    let text = message.text();
    let mut words = text.split(|c: char| c.is_whitespace() || "<>\"()".contains(c));
    let link =
        words.find(|word| word.starts_with("http") && KINDS.iter().any(|kind| word.contains(kind)));
    let link = link.unwrap_or_else(|| panic!("no link with a token in:\n{text}"));
    link.trim_end_matches(['.', ',', ';']).to_owned()
}

impl Smtp {
    /// Listens on a free port of this machine.
    pub fn start() -> Self {
        let (mode, modes) = watch::channel(Mode::Accept);
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (ready, address) = std::sync::mpsc::channel();
        let mailbox = Mailbox::default();
        let refused = Arc::default();
        let server = Server {
            modes,
            mailbox: Arc::clone(&mailbox),
            refused: Arc::clone(&refused),
        };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
                ready.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = server.serve(listener) => {}
                    _ = stopped => {}
                }
            });
        });
        let address = address.recv().expect("the mail server starts");
        Self {
            address,
            mode,
            mailbox,
            refused,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// What `SMTP_URL` would say.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Behaves differently from now on.
    pub fn switch(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// Answers this one recipient with this code, in every mode.
    pub fn refuse_recipient(&self, address: &str, code: u16) {
        lock(&self.refused).push((address.to_owned(), code));
    }

    /// All messages so far.
    pub fn messages(&self) -> Vec<Message> {
        lock(&self.mailbox).clone()
    }

    /// All messages to one address so far.
    pub fn messages_to(&self, address: &str) -> Vec<Message> {
        self.messages()
            .into_iter()
            .filter(|message| message.to.iter().any(|to| to == address))
            .collect()
    }

    /// Forgets what came.
    pub fn clear(&self) {
        lock(&self.mailbox).clear();
    }

    /// Waits until at least `count` messages have come, and fails the test after `patience`.
    pub async fn wait_for(&self, count: usize, patience: Duration) -> Vec<Message> {
        let deadline = Instant::now() + patience;
        loop {
            let messages = self.messages();
            if messages.len() >= count {
                return messages;
            }
            let subjects: Vec<String> = messages.iter().map(Message::subject).collect();
            assert!(
                Instant::now() < deadline,
                "{} of {count} messages after {patience:?}: {subjects:?}",
                messages.len()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
