//! The real binary as a process of its own, and a plain client to talk to it: for what only a process shows (kills,
//! restarts, exit codes, two of them at once).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Nothing waits so long, on however busy a machine: only what hangs.
const HANGS: Duration = Duration::from_secs(300);

/// A serving `tenantry`; killed when dropped.
pub struct Portal {
    child: Child,
    port: u16,
    setup: Option<String>,
}

/// The command with nothing of this environment that it would take for a setting.
pub fn command(data: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TENANTRY_")) {
        command.env_remove(name);
    }
    command.env_remove("SMTP_URL").env_remove("DATABASE_URL");
    command
        .env("TENANTRY_DATA_DIR", data)
        .envs(settings.iter().copied());
    command
}

/// A port that was free a moment ago, and that this process has not given out before. It lies where the system takes none
/// from for whoever connects to something: many do, between this moment and when the portal listens.
pub fn free_port() -> u16 {
    const FIRST: u16 = 12_000;
    const MANY: u16 = 16_000;
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Test runs beside each other begin apart.
    let begin = std::process::id().wrapping_mul(7_919) % u32::from(MANY);
    let begin = u16::try_from(begin).unwrap();
    loop {
        let next = GIVEN.fetch_add(1, Ordering::Relaxed) % MANY;
        let port = FIRST + (begin + next) % MANY;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Path of the setup link in a greeting, if there is one.
fn setup_link(said: &File) -> Option<String> {
    // From the start of the file, wherever the portal goes on writing.
    let mut text = vec![0; usize::try_from(said.metadata().unwrap().len()).unwrap()];
    said.read_exact_at(&mut text, 0).unwrap();
    let text = String::from_utf8(text).unwrap();
    let link = text
        .lines()
        .find_map(|line| line.strip_prefix("Set up: "))?;
    let (_, token) = link.split_once("/setup/")?;
    Some(format!("/setup/{token}"))
}

impl Portal {
    /// Starts it and waits until it answers.
    pub fn start(data: &Path, port: u16, settings: &[(&str, &str)]) -> Self {
        // A file takes whatever is said, at once: what was printed before it answers stands there by then.
        let said = tempfile::tempfile().unwrap();
        let mut child = command(data, settings)
            .env("TENANTRY_LISTEN", format!("127.0.0.1:{port}"))
            .arg("serve")
            .stdout(Stdio::from(said.try_clone().unwrap()))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + HANGS;
        while Client::new(port).try_get("/healthz").is_none() {
            assert!(
                child.try_wait().unwrap().is_none(),
                "tenantry ended instead of serving"
            );
            assert!(Instant::now() < deadline, "tenantry does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        let setup = setup_link(&said);
        Self { child, port, setup }
    }

    /// Path of the setup link that it printed.
    pub fn setup_link(&self) -> &str {
        self.setup.as_deref().expect("no setup link was printed")
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// SIGKILL, in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; how it ended.
    pub fn terminate(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap()
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Where it leads.
    pub location: String,
    /// The body.
    pub body: String,
}

/// A browser without eyes: keeps cookies, sends forms from its own origin.
#[derive(Clone)]
pub struct Client {
    port: u16,
    cookies: BTreeMap<String, String>,
}

impl Client {
    /// A client that has no cookies yet.
    pub fn new(port: u16) -> Self {
        Self {
            port,
            cookies: BTreeMap::new(),
        }
    }

    /// The same cookies, to another process.
    pub fn at(&self, port: u16) -> Self {
        Self {
            port,
            cookies: self.cookies.clone(),
        }
    }

    /// GET; panics when nobody answers.
    pub fn get(&mut self, path: &str) -> Answer {
        self.try_get(path)
            .unwrap_or_else(|| panic!("no answer to GET {path}"))
    }

    /// GET, unless nobody answers.
    pub fn try_get(&mut self, path: &str) -> Option<Answer> {
        self.send("GET", path, None)
    }

    /// POST of a form; panics when nobody answers.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields)
            .unwrap_or_else(|| panic!("no answer to POST {path}"))
    }

    /// POST of a form, unless nobody answers.
    pub fn try_post(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send("POST", path, Some(body))
    }

    fn send(&mut self, method: &str, path: &str, body: Option<String>) -> Option<Answer> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(HANGS)).unwrap();
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let body = body.unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nCookie: {}\r\n\r\n{body}",
            self.port,
            body.len(),
            cookies.join("; ")
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let header = |name: &str| {
            let line = head
                .lines()
                .find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
            line.and_then(|line| line.split_once(": "))
                .map(|(_, value)| value.to_owned())
        };
        // An answer cut off in the middle is none.
        let length: usize = header("content-length")
            .unwrap_or_default()
            .parse()
            .unwrap_or(0);
        if body.len() < length {
            return None;
        }
        for line in head
            .lines()
            .filter(|line| line.to_lowercase().starts_with("set-cookie:"))
        {
            let pair = line.split_once(": ")?.1.split(';').next()?;
            let (name, value) = pair.split_once('=')?;
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let status = head.split_whitespace().nth(1)?.parse().ok()?;
        Some(Answer {
            status,
            location: header("location").unwrap_or_default(),
            body: body.to_owned(),
        })
    }

    /// Claims a fresh portal as Olga Owens of Acme; the account's slug is `acme`.
    pub fn claim(&mut self, portal: &Portal) {
        self.get(portal.setup_link());
        let fields = [
            ("first_name", "Olga"),
            ("last_name", "Owens"),
            ("email", "olga@acme.example"),
            ("password", "plum violin tractor 42"),
            ("company_name", "Acme"),
            ("country", "DE"),
        ];
        let answer = self.post("/setup", &fields);
        assert_eq!(
            (answer.status, answer.location.as_str()),
            (303, "/accounts/acme"),
            "{}",
            answer.body
        );
    }
}
