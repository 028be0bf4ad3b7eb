//! The conversation, as far as senders of mail need it.

use super::{Mailbox, Message, Mode, lock};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone)]
pub(super) struct Server {
    pub(super) modes: watch::Receiver<Mode>,
    pub(super) mailbox: Mailbox,
    pub(super) refused: Arc<Mutex<Vec<(String, u16)>>>,
}

impl Server {
    pub(super) async fn serve(self, listener: TcpListener) {
        let mut modes = self.modes.clone();
        let address = listener.local_addr().unwrap();
        let mut listener = Some(listener);
        loop {
            match &listener {
                Some(open) => tokio::select! {
                    connection = open.accept() => {
                        let (stream, _) = connection.unwrap();
                        tokio::spawn(self.clone().converse(stream));
                    }
                    _ = modes.wait_for(|mode| *mode == Mode::Closed) => listener = None,
                },
                None => {
                    let _ = modes.wait_for(|mode| *mode != Mode::Closed).await;
                    listener = Some(reopen(address).await);
                }
            }
        }
    }

    async fn converse(mut self, stream: TcpStream) {
        let mut closed = self.modes.clone();
        tokio::select! {
            _ = self.answer(BufReader::new(stream)) => {}
            _ = closed.wait_for(|mode| *mode == Mode::Closed) => {}
        }
    }

    /// The conversation. An error is the sender's going away.
    async fn answer(&mut self, mut stream: BufReader<TcpStream>) -> std::io::Result<()> {
        let mut letter = Message::default();
        if !self.awake().await {
            return say(&mut stream, "421 closing").await;
        }
        say(&mut stream, "220 test").await?;
        loop {
            let Some(line) = line(&mut stream).await? else {
                return Ok(());
            };
            if !self.awake().await {
                return say(&mut stream, "421 closing").await;
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let (verb, rest) = line.split_once([' ', ':']).unwrap_or((line.as_str(), ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => say(&mut stream, "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8").await?,
                "HELO" | "NOOP" => say(&mut stream, "250 ok").await?,
                "MAIL" => {
                    letter = Message {
                        from: address(rest),
                        ..Message::default()
                    };
                    say(&mut stream, "250 ok").await?;
                }
                "RCPT" => {
                    let to = address(rest);
                    match self.refusal(&to) {
                        Some(code) => say(&mut stream, &format!("{code} no")).await?,
                        None => {
                            letter.to.push(to);
                            say(&mut stream, "250 ok").await?;
                        }
                    }
                }
                "DATA" if letter.to.is_empty() => say(&mut stream, "503 no recipient").await?,
                "DATA" => {
                    say(&mut stream, "354 go on").await?;
                    letter.raw = body(&mut stream).await?;
                    let awake = self.awake().await;
                    let mode = *self.modes.borrow();
                    if !awake {
                        return say(&mut stream, "421 closing").await;
                    }
                    lock(&self.mailbox).push(std::mem::take(&mut letter));
                    if mode == Mode::Vanish {
                        return Ok(());
                    }
                    say(&mut stream, "250 taken").await?;
                }
                "RSET" => {
                    letter = Message::default();
                    say(&mut stream, "250 ok").await?;
                }
                "QUIT" => return say(&mut stream, "221 bye").await,
                _ => say(&mut stream, "502 unknown").await?,
            }
        }
    }

    /// Waits while the server hangs; false if it is closing.
    async fn awake(&mut self) -> bool {
        match self.modes.wait_for(|mode| *mode != Mode::Hang).await {
            Ok(mode) => !matches!(*mode, Mode::Refuse | Mode::Closed),
            Err(_) => false,
        }
    }

    fn refusal(&self, to: &str) -> Option<u16> {
        let refused = lock(&self.refused);
        let by_name = refused
            .iter()
            .find(|(address, _)| address == to)
            .map(|(_, code)| *code);
        by_name.or(match *self.modes.borrow() {
            Mode::TempFail(code) | Mode::PermFail(code) => Some(code),
            _ => None,
        })
    }
}

/// The same port again; another program may hold it for a moment.
async fn reopen(address: SocketAddr) -> TcpListener {
    for _ in 0..100 {
        if let Ok(listener) = TcpListener::bind(address).await {
            return listener;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{address} was taken by somebody else");
}

async fn say(stream: &mut BufReader<TcpStream>, words: &str) -> std::io::Result<()> {
    stream.write_all(format!("{words}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn line(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    // A sender without end must not fill the memory of the test.
    let read = (&mut *stream)
        .take(1_000_000)
        .read_until(b'\n', &mut line)
        .await?;
    Ok((read > 0).then_some(line))
}

/// Everything up to the lone dot, with the dots that the sender doubled made single again.
async fn body(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(line) = line(stream).await? {
        match line.as_slice() {
            b".\r\n" => return Ok(body),
            [b'.', rest @ ..] => body.extend_from_slice(rest),
            whole => body.extend_from_slice(whole),
        }
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}

/// The address in `FROM:<ada@example.com> SIZE=1`.
fn address(rest: &str) -> String {
    let inside = rest
        .split_once('<')
        .and_then(|(_, after)| after.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}
