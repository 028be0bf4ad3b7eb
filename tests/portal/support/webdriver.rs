//! The process behind the browser: chromedriver, Chromium, and the commands that fantoccini has no method for.

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use http::Method;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A chromedriver of our own on a free port, with a profile that nobody used before. Dropping it ends it and its
/// browser.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    port: u16,
    profile: Option<TempDir>,
}

impl Driver {
    /// Starts the process and reads from it which port it took. It takes one for each kind of address and wants the same
    /// number for both; when another test has just got the second, it gives up, and is started again.
    pub fn start() -> Self {
        let started = (0..3).find_map(|_| Self::try_start());
        started.expect("chromedriver is installed (bin/test does it) and tells its port")
    }

    fn try_start() -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        // `setpriv` becomes chromedriver and has it killed when the test's thread ends, however that ends.
        let mut child = Command::new("setpriv")
            .args([
                "--pdeathsig",
                "KILL",
                "--",
                "chromedriver",
                "--port=0",
                "--log-level=SEVERE",
            ])
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("setpriv starts");
        let said = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let port = said
            .filter_map(|line| {
                line.split_once("successfully on port ")?
                    .1
                    .trim_end_matches('.')
                    .parse()
                    .ok()
            })
            .next();
        let Some(port) = port else {
            // Its output is at its end: it is gone, or about to be.
            child.wait().unwrap();
            return None;
        };
        Some(Self {
            child,
            port,
            profile: Some(profile),
        })
    }

    /// Opens a browser window.
    pub async fn connect(&self, javascript: bool) -> Client {
        let folder = self.profile.as_ref().map(TempDir::path).unwrap();
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-breakpad", "--disable-dev-shm-usage", "--lang=en-US", "--hide-scrollbars",
                    // Through the pipe the browser notices that its driver is gone, and goes too.
                    "--remote-debugging-pipe",
                    format!("--user-data-dir={}", folder.join("profile").display()),
                ],
                "prefs": {
                    "profile.managed_default_content_settings.javascript": if javascript { 1 } else { 2 },
                    "credentials_enable_service": false,
                    "profile.password_manager_leak_detection": false,
                },
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            panic!("an object was written")
        };
        let capabilities: Capabilities = capabilities;
        ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("Chromium starts")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
        // The browser's own children may write for a moment longer.
        if let Some(folder) = self.profile.take().map(TempDir::keep) {
            for _ in 0..50 {
                if std::fs::remove_dir_all(&folder).is_ok() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            eprintln!("{} stays behind", folder.display());
        }
    }
}

/// A POST to a path below the session.
#[derive(Debug)]
pub struct Post {
    path: &'static str,
    body: Value,
}

impl Post {
    /// A command of the browser's own protocol.
    pub fn devtools(command: &str, parameters: &Value) -> Self {
        Self {
            path: "goog/cdp/execute",
            body: json!({ "cmd": command, "params": parameters }),
        }
    }

    /// What the page's console said since the last time.
    pub fn console() -> Self {
        Self {
            path: "se/log",
            body: json!({ "type": "browser" }),
        }
    }
}

impl WebDriverCompatibleCommand for Post {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
