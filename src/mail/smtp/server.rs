//! The server by its address, and a connection to it.

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// How long the server may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To answer a connection (with TLS and sign-in) or a command.
    pub command: Duration,
    /// To take the message after its last byte. Longer: to give up here may send the mail twice (RFC 5321 4.5.3.2.6).
    pub message: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            command: Duration::from_secs(15),
            message: Duration::from_secs(60),
        }
    }
}

/// The address of the mail server cannot be used; the text says why and never holds the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadUrl(pub &'static str);

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl std::error::Error for BadUrl {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    Plain,
    IfOffered,
    StartTls,
    FromTheStart,
}

/// A mail server and how to talk to it.
pub struct Server {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
    pub(super) patience: Patience,
    /// Made at the first connection: reading the machine's root certificates takes its time.
    tls: Mutex<Option<TlsParameters>>,
}

impl Server {
    /// By address: `smtp://host[:25]` plain, `smtp://host[:587]?tls=required` (STARTTLS), `?tls=opportunistic`
    /// (STARTTLS where offered), `smtps://host[:465]` (TLS from the start); `user:password@` to sign in.
    pub fn open(address: &str) -> Result<Self, BadUrl> {
        let url = Url::parse(address).map_err(|_| BadUrl("it is not a URL"))?;
        let mut tls = None;
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "tls" => tls = Some(value.into_owned()),
                _ => {
                    return Err(BadUrl(
                        "the only option behind the ? is tls=required or tls=opportunistic",
                    ));
                }
            }
        }
        let (security, port) = match (url.scheme(), tls.as_deref()) {
            ("smtp", None) => (Security::Plain, 25),
            ("smtp", Some("required")) => (Security::StartTls, 587),
            ("smtp", Some("opportunistic")) => (Security::IfOffered, 587),
            ("smtps", None | Some("required")) => (Security::FromTheStart, 465),
            ("smtp" | "smtps", _) => return Err(BadUrl("tls= must be required or opportunistic")),
            _ => return Err(BadUrl("it must begin with smtp:// or smtps://")),
        };
        let host = url.host_str().unwrap_or_default();
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        if host.is_empty() {
            return Err(BadUrl("it names no host"));
        }
        Ok(Self {
            host,
            port: url.port().unwrap_or(port),
            security,
            credentials: credentials(&url)?,
            hello: ClientId::default(),
            patience: Patience::default(),
            tls: Mutex::new(None),
        })
    }

    fn tls(&self) -> Result<TlsParameters, String> {
        let mut kept = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(parameters) = kept.as_ref() {
            return Ok(parameters.clone());
        }
        let made =
            TlsParameters::new_rustls(self.host.clone()).map_err(|error| error.to_string())?;
        Ok(kept.insert(made).clone())
    }

    /// A connection that is greeted, encrypted and signed in as the address asks.
    pub async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        match timeout(self.patience.command, Box::pin(self.greet())).await {
            Ok(greeted) => greeted,
            Err(_) => Err("the mail server did not answer in time".to_owned()),
        }
    }

    async fn greet(&self) -> Result<AsyncSmtpConnection, String> {
        let say = |error: lettre::transport::smtp::Error| error.to_string();
        let wrapper = match self.security {
            Security::FromTheStart => Some(self.tls()?),
            _ => None,
        };
        let address = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            address,
            Some(self.patience.command),
            &self.hello,
            wrapper,
            None,
        )
        .await
        .map_err(say)?;
        let upgrade = match self.security {
            Security::StartTls => true,
            Security::IfOffered => connection.can_starttls(),
            Security::Plain | Security::FromTheStart => false,
        };
        if upgrade {
            connection
                .starttls(self.tls()?, &self.hello)
                .await
                .map_err(say)?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(DEFAULT_MECHANISMS, credentials)
                .await
                .map_err(say)?;
        }
        Ok(connection)
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, BadUrl> {
    let Some(password) = url.password() else {
        return Ok(None);
    };
    let plain = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| BadUrl("user and password must be percent-encoded UTF-8"))
    };
    Ok(Some(Credentials::new(
        plain(url.username())?,
        plain(password)?,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_how_to_talk() {
        let security = |url: &str| Server::open(url).map(|server| (server.security, server.port));
        assert_eq!(security("smtp://localhost"), Ok((Security::Plain, 25)));
        assert_eq!(security("smtp://[::1]:2525"), Ok((Security::Plain, 2525)));
        assert_eq!(
            security("smtp://u:p%40@m.example?tls=required"),
            Ok((Security::StartTls, 587))
        );
        assert_eq!(
            security("smtp://m.example?tls=opportunistic"),
            Ok((Security::IfOffered, 587))
        );
        assert_eq!(
            security("smtps://m.example"),
            Ok((Security::FromTheStart, 465))
        );
        for bad in [
            "m.example",
            "http://m.example",
            "smtp://",
            "smtp://m.example?tls=no",
            "smtp://m.example?x=1",
        ] {
            assert!(security(bad).is_err(), "{bad}");
        }
    }
}
