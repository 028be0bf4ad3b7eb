//! A mail server that does as it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How it behaves.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// Its greeting, when not "220 …".
    pub greeting: Option<&'static str>,
    /// Its answer to RCPT for an address that begins with the first text.
    pub recipient: Option<(&'static str, &'static str)>,
    /// Its answer to the whole message, when not "250 …".
    pub message: Option<&'static str>,
    /// Says nothing at all.
    pub hangs: bool,
    /// Says nothing after the message.
    pub hangs_after_message: bool,
    /// Closes each connection after so many mails.
    pub closes_after: Option<usize>,
    /// Closes in the middle of a mail to an address that begins with this.
    pub chokes_on: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct Received {
    pub to: String,
    pub body: String,
}

#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    pub mails: Arc<Mutex<Vec<Received>>>,
    /// Every message that came in, taken or not.
    pub seen: Arc<Mutex<Vec<String>>>,
    pub connections: Arc<Mutex<usize>>,
    pub manners: Arc<Mutex<Manners>>,
}

impl Sink {
    pub async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self {
            address: listener.local_addr().unwrap(),
            mails: Arc::default(),
            seen: Arc::default(),
            connections: Arc::default(),
            manners: Arc::new(Mutex::new(manners)),
        };
        let told = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *told.connections.lock().unwrap() += 1;
                let told = told.clone();
                tokio::spawn(async move { talk(stream, &told).await });
            }
        });
        sink
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn received(&self) -> Vec<Received> {
        self.mails.lock().unwrap().clone()
    }
}

async fn talk(stream: TcpStream, sink: &Sink) -> Option<()> {
    let manners = sink.manners.lock().unwrap().clone();
    let mut stream = BufReader::new(stream);
    if manners.hangs {
        tokio::time::sleep(Duration::from_secs(600)).await;
    }
    say(&mut stream, manners.greeting.unwrap_or("220 sink")).await?;
    let (mut to, mut taken) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        let manners = sink.manners.lock().unwrap().clone();
        if let Some(rest) = line.strip_prefix("RCPT TO:<") {
            to = rest.trim_end_matches('>').to_owned();
            if manners.chokes_on.is_some_and(|start| to.starts_with(start)) {
                return None;
            }
            match manners.recipient {
                Some((start, answer)) if to.starts_with(start) => say(&mut stream, answer).await?,
                _ => say(&mut stream, "250 ok").await?,
            }
        } else if line == "DATA" {
            say(&mut stream, "354 go on").await?;
            let body = message(&mut stream).await?;
            sink.seen.lock().unwrap().push(body.clone());
            if manners.hangs_after_message {
                tokio::time::sleep(Duration::from_secs(600)).await;
            }
            let answer = manners.message.unwrap_or("250 taken");
            if answer.starts_with('2') {
                sink.mails.lock().unwrap().push(Received {
                    to: to.clone(),
                    body,
                });
            }
            say(&mut stream, answer).await?;
            taken += 1;
            if manners.closes_after == Some(taken) {
                return None;
            }
        } else if line == "QUIT" {
            say(&mut stream, "221 bye").await?;
            return None;
        } else if line.starts_with("EHLO") {
            say(&mut stream, "250-sink\r\n250 8BITMIME").await?;
        } else {
            say(&mut stream, "250 ok").await?;
        }
    }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> Option<()> {
    stream
        .get_mut()
        .write_all(format!("{line}\r\n").as_bytes())
        .await
        .ok()
}

async fn message(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let start = bytes.len();
        if stream
            .take(100_000)
            .read_until(b'\n', &mut bytes)
            .await
            .ok()?
            == 0
        {
            return None;
        }
        if &bytes[start..] == b".\r\n" {
            bytes.truncate(start);
            return Some(String::from_utf8(bytes).unwrap().replace("\r\n..", "\r\n."));
        }
    }
}
