//! One sentence from the page that did something to the page that follows: in a signed cookie, read once.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, CookieJar, Key, time::Duration};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::cookies;
use crate::auth::secret::Secret;

const NAME: &str = "flash";

/// How the sentence is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It worked.
    Success,
    /// It is good to know.
    Notice,
    /// It did not work.
    Error,
}

/// A button that undoes what was done: the form behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Where it posts.
    pub action: String,
    /// What goes along.
    pub fields: Vec<(String, String)>,
}

/// What happened, to whom, where; with a link to the object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// How it is meant.
    pub kind: Kind,
    /// The sentence, in the past tense.
    pub text: String,
    /// Words and address of a link behind it.
    pub link: Option<(String, String)>,
    /// The way back, where there is one.
    #[serde(default)]
    pub undo: Option<Undo>,
    /// The part of the page at which one arrives, by its id: one scrolls past the top of the page to it.
    #[serde(default)]
    pub at: Option<String>,
}

impl Flash {
    /// The role under which assistive technology announces it.
    pub fn role(&self) -> &'static str {
        if self.kind == Kind::Error {
            "alert"
        } else {
            "status"
        }
    }

    /// The class of its look.
    pub fn class(&self) -> &'static str {
        match self.kind {
            Kind::Success => "success",
            Kind::Notice => "notice",
            Kind::Error => "error",
        }
    }

    /// Name of its icon.
    pub fn icon(&self) -> &'static str {
        match self.kind {
            Kind::Success => "success",
            Kind::Notice => "info",
            Kind::Error => "error",
        }
    }

    /// The flash that the browser brought, if it is ours.
    pub fn read(request: &HttpRequest, secret: &Secret, https: bool) -> Option<Self> {
        // Most requests bring none: look before anything is parsed or verified.
        let brought = request.headers().get_all("cookie").any(|value| {
            value
                .to_str()
                .is_ok_and(|text| text.split(';').any(|pair| pair.contains("flash=")))
        });
        if !brought {
            return None;
        }
        let mut jar = CookieJar::new();
        let brought = cookies::read(request, NAME, https)?;
        jar.add_original(Cookie::new(NAME, brought));
        let opened = jar.signed(&key(secret)).get(NAME)?;
        let text = URL_SAFE_NO_PAD.decode(opened.value()).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The cookie that carries it.
    pub fn cookie(&self, secret: &Secret, secure: bool) -> Option<Cookie<'static>> {
        // A cookie's value takes neither quotes nor letters beyond ASCII; names have both.
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).ok()?);
        let mut jar = CookieJar::new();
        jar.signed_mut(&key(secret)).add(Cookie::new(NAME, text));
        let signed = jar.get(NAME)?.value().to_owned();
        Some(cookies::bake(NAME, signed, secure, Duration::minutes(5)))
    }

    /// The cookie that takes it away again.
    pub fn gone(secure: bool) -> Cookie<'static> {
        cookies::gone(NAME, secure)
    }
}

fn key(secret: &Secret) -> Key {
    Key::derive_from(&secret.key("flash cookie"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn whatever_a_name_has_in_it_the_cookie_carries_it_unharmed() {
        let secret = Secret::for_tests(1);
        for name in ["Süd; Domain=x.example", "a\"b\",\\", "東京 ✓", ""] {
            let flash = Flash {
                kind: Kind::Success,
                text: format!("{name} was created."),
                link: Some((name.to_owned(), "/".into())),
                undo: Some(Undo {
                    action: "/".into(),
                    fields: vec![("name".into(), name.to_owned())],
                }),
                at: Some(name.to_owned()),
            };
            let cookie = flash.cookie(&secret, true).unwrap();
            assert!(
                cookie
                    .value()
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && !b";,\"\\".contains(&b)),
                "{cookie}"
            );
            let request = TestRequest::get()
                .insert_header(("cookie", format!("{}={}", cookie.name(), cookie.value())))
                .to_http_request();
            assert_eq!(Flash::read(&request, &secret, true), Some(flash));
            assert_eq!(Flash::read(&request, &Secret::for_tests(2), true), None);
        }
    }
}
