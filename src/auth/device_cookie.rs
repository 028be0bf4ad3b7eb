//! The cookie by which a browser is known in which the person has signed in before. Such a browser has its own
//! count of wrong passwords, so that strangers who lock an address do not keep its owner out.
//!
//! It proves nothing else: it signs nobody in. The id is signed together with the cookie's name, so that a value
//! meant for the unprefixed name of loopback cannot stand in for the prefixed one, nor the other way round.

use super::secret::Secret;
use crate::config::PublicUrl;
use crate::db::types::BrowserId;
use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest that browsers keep a cookie.
const LIFE: Duration = Duration::days(400);
const SECURE: &str = "__Host-browser";
const LOOPBACK: &str = "browser";
const PURPOSE: &str = "device cookie";

/// The cookie's name; browsers keep the prefixed one from being set by anybody but this very host over TLS.
pub fn name(public_url: &PublicUrl) -> &'static str {
    if public_url.is_https() {
        SECURE
    } else {
        LOOPBACK
    }
}

/// The cookie's value: the id and its signature.
pub fn value(id: BrowserId, secret: &Secret, public_url: &PublicUrl) -> String {
    signed(id, secret, name(public_url))
}

/// The cookie for a browser.
pub fn cookie(id: BrowserId, secret: &Secret, public_url: &PublicUrl) -> Cookie<'static> {
    Cookie::build(name(public_url), value(id, secret, public_url))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(public_url.is_https())
        .max_age(LIFE)
        .finish()
}

/// The cookies of this name that the request holds, the prefixed one first; not checked yet.
pub fn brought(request: &HttpRequest) -> Vec<Cookie<'static>> {
    [SECURE, LOOPBACK]
        .into_iter()
        .filter_map(|name| request.cookie(name))
        .collect()
}

/// The id that one of these cookies holds, if the signature is ours.
pub fn read(cookies: &[Cookie<'_>], secret: &Secret) -> Option<BrowserId> {
    cookies
        .iter()
        .find_map(|cookie| checked(cookie.value(), secret, cookie.name()))
}

fn message(id: &str, name: &str) -> String {
    format!("{name}={id}")
}

fn signed(id: BrowserId, secret: &Secret, name: &str) -> String {
    let id = id.to_string();
    let mac = secret.mac(PURPOSE, message(&id, name).as_bytes());
    format!("{id}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn checked(value: &str, secret: &Secret, name: &str) -> Option<BrowserId> {
    let (id, mac) = value.split_once('.')?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    if !secret.is_mac(PURPOSE, message(id, name).as_bytes(), &mac) {
        return None;
    }
    id.parse().ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn url(text: &str) -> PublicUrl {
        let folder = tempfile::tempdir().unwrap();
        let given = [("TENANTRY_PUBLIC_URL", text)];
        crate::config::Config::for_tests(folder.path(), &given)
            .unwrap()
            .public_url
    }

    fn sent(cookie: Cookie<'static>, secret: &Secret) -> Option<BrowserId> {
        let request = TestRequest::default().cookie(cookie).to_http_request();
        read(&brought(&request), secret)
    }

    #[test]
    fn reads_back_its_own_value_and_no_other() {
        let (secret, id) = (Secret::for_tests(1), BrowserId::new());
        for public_url in [url("https://p.example"), url("http://localhost:8080")] {
            let cookie = cookie(id, &secret, &public_url);
            assert_eq!(sent(cookie.clone(), &secret), Some(id));
            assert_eq!(sent(cookie.clone(), &Secret::for_tests(2)), None);
            let (_, mac) = cookie.value().split_once('.').unwrap();
            for forged in [
                format!("{}.{mac}", BrowserId::new()),
                id.to_string(),
                format!("{id}."),
                String::new(),
            ] {
                let forged = Cookie::new(name(&public_url), forged);
                assert_eq!(sent(forged.clone(), &secret), None, "{forged}");
            }
        }
        assert!(brought(&TestRequest::default().to_http_request()).is_empty());
    }

    #[test]
    fn a_value_of_one_name_is_nothing_under_the_other() {
        let (secret, id) = (Secret::for_tests(1), BrowserId::new());
        let value = value(id, &secret, &url("https://p.example"));
        assert_eq!(sent(Cookie::new(LOOPBACK, value), &secret), None);
    }

    #[test]
    fn is_closed_to_scripts_and_other_sites_and_lasts() {
        let secret = Secret::for_tests(1);
        let shown = cookie(BrowserId::new(), &secret, &url("https://p.example")).to_string();
        assert!(shown.starts_with("__Host-browser=browser_"), "{shown}");
        for part in [
            "HttpOnly",
            "SameSite=Strict",
            "Secure",
            "Path=/",
            "Max-Age=34560000",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        assert!(!shown.contains("Domain"));
        let local = cookie(BrowserId::new(), &secret, &url("http://localhost")).to_string();
        assert!(
            local.starts_with("browser=browser_") && !local.contains("Secure"),
            "{local}"
        );
    }
}
