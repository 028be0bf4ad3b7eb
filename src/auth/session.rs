//! Sessions behind a cookie. actix-session carries the key; the row in the database is written by the verbs of
//! `sessions` in the transaction of its cause (sign-in, sign-out, reset), and believed only by `access::standing`.
//! The store here therefore never touches the database: no request writes a session on the side.

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionExt, SessionMiddleware, config::CookieContentSecurity};
use actix_web::HttpRequest;
use actix_web::cookie::{Key, SameSite, time::Duration};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

use super::secret::Secret;
use super::token::Token;
use crate::config::PublicUrl;

/// In the state of a loaded session: the hash of its key, in hexadecimal.
const HASH: &str = "hash";
/// In the state of a new session: the key under which its row was just written.
const NEW_KEY: &str = "key";

/// Turns keys into hashes, and back into nothing.
#[derive(Clone, Copy, Debug)]
pub struct Store;

/// What the database keeps of a session's key.
pub fn hash_of(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

impl SessionStore for Store {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let mut hex = String::with_capacity(66);
        hex.push('"');
        for byte in Sha256::digest(key.as_ref().as_bytes()) {
            for nibble in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        hex.push('"');
        Ok(Some(HashMap::from([(HASH.to_owned(), hex)])))
    }

    async fn save(
        &self,
        state: HashMap<String, String>,
        _: &Duration,
    ) -> Result<SessionKey, SaveError> {
        let key = state
            .get(NEW_KEY)
            .and_then(|json| serde_json::from_str::<String>(json).ok());
        // Nobody has signed in: a key that no row answers to, which is as good as none.
        let key = key.unwrap_or_else(|| Token::new().text().to_owned());
        SessionKey::try_from(key).map_err(|cause| SaveError::Other(cause.into()))
    }

    async fn update(
        &self,
        key: SessionKey,
        _: HashMap<String, String>,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> anyhow::Result<()> {
        Ok(())
    }

    async fn delete(&self, _: &SessionKey) -> anyhow::Result<()> {
        Ok(())
    }
}

/// The hash of the key that the browser brought, if it brought one.
pub fn key_hash(session: &Session) -> Option<Vec<u8>> {
    let hex = session.get::<String>(HASH).ok().flatten()?;
    let nibbles: Vec<u8> = hex
        .bytes()
        .map(|b| {
            char::from(b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        })
        .collect::<Option<_>>()?;
    let (pairs, []) = nibbles.as_chunks::<2>() else {
        return None;
    };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Hands the browser the key of the session that was just written; whatever it had before is void.
pub fn begin(request: &HttpRequest, key: &Token) -> crate::error::Result<()> {
    let session = request.get_session();
    session.renew();
    session.remove(HASH);
    session
        .insert(NEW_KEY, key.text())
        .map_err(|cause| crate::error::Error::internal(cause.to_string()))
}

/// Takes the browser's key away.
pub fn end(request: &HttpRequest) {
    request.get_session().purge();
}

/// Name of the session's cookie.
pub fn cookie_name(url: &PublicUrl) -> &'static str {
    if url.is_https() {
        "__Host-session"
    } else {
        "session"
    }
}

/// The middleware that reads and sets the session's cookie: `HttpOnly`, `SameSite=Lax`, path `/`, ends with the
/// browser; `Secure` and `__Host-` wherever the public address is https.
pub fn middleware(secret: &Secret, url: &PublicUrl) -> SessionMiddleware<Store> {
    SessionMiddleware::builder(Store, Key::derive_from(&secret.key("session cookie")))
        .cookie_name(cookie_name(url).into())
        .cookie_secure(url.is_https())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".into())
        .cookie_content_security(CookieContentSecurity::Signed)
        .build()
}
