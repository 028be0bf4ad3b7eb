//! One request, as far as every gate and page needs to know it. Reads nothing from the database.

use actix_session::SessionExt;
use actix_web::cookie::Cookie;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use std::future::{Ready, ready};
use std::sync::Arc;

use crate::app::App;
use crate::auth::secret::Secret;
use crate::auth::{client, device_cookie, session};
use crate::db::types::{BrowserId, EventId};
use crate::error::{Error, Result};
use crate::web::flash::Flash;
use crate::web::html::safe_return;
use crate::web::shell::Theme;

/// Who knocks, from where, and what the browser brought along.
#[derive(Clone)]
pub struct Visit {
    inner: Arc<Inner>,
}

struct Inner {
    session: Option<Vec<u8>>,
    device: Device,
    address: String,
    user_agent: String,
    request_id: EventId,
    path: String,
    return_to: String,
    sign_in_to: String,
    flash: Option<Flash>,
    theme: Theme,
    partial: bool,
    form: bool,
}

impl Visit {
    /// Hash of the session's key, when the browser brought one that we signed.
    pub fn session(&self) -> Option<&[u8]> {
        self.inner.session.as_deref()
    }

    /// The known browser that the signed cookie names (S19).
    pub fn device(&self) -> Option<BrowserId> {
        self.inner.device.id()
    }

    /// The client's address as text; at most 64 characters.
    pub fn address(&self) -> &str {
        &self.inner.address
    }

    /// What the browser calls itself; at most 256 characters, no control characters.
    pub fn user_agent(&self) -> &str {
        &self.inner.user_agent
    }

    /// The id under which log, audit and error page speak of this request.
    pub fn request_id(&self) -> EventId {
        self.inner.request_id
    }

    /// The path that was asked for, of a form too.
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// The page that was asked for, or `/` when the request was not a GET.
    pub fn return_to(&self) -> &str {
        &self.inner.return_to
    }

    /// Where signing in leads back to: this page, or for a form the page that it was on.
    pub fn sign_in_to(&self) -> &str {
        &self.inner.sign_in_to
    }

    /// What the page before this one wanted to be said here.
    pub fn flash(&self) -> Option<&Flash> {
        self.inner.flash.as_ref()
    }

    /// The person's choice of light and dark.
    pub fn theme(&self) -> Theme {
        self.inner.theme
    }

    /// Whether only a fragment of the page is wanted.
    pub fn is_partial(&self) -> bool {
        self.inner.partial
    }

    /// Whether a form was sent, as against a page asked for.
    pub fn is_form(&self) -> bool {
        self.inner.form
    }

    /// The visit of work that a person ordered and left: nobody's browser, and the request in which they ordered it.
    pub(super) fn left_behind(request_id: EventId) -> Self {
        Self {
            inner: Arc::new(Inner {
                session: None,
                device: Device::None,
                address: String::new(),
                user_agent: String::new(),
                request_id,
                path: "/".into(),
                return_to: "/".into(),
                sign_in_to: "/".into(),
                flash: None,
                theme: Theme::System,
                partial: false,
                form: false,
            }),
        }
    }

    fn of(request: &HttpRequest, app: &App) -> Self {
        if let Some(known) = request.extensions().get::<Self>() {
            return known.clone();
        }
        let header = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let secret = app.secret();
        let https = app.config().public_url.is_https();
        let asked = request.uri().path_and_query();
        let asked = asked.filter(|_| request.method() == Method::GET);
        let page = asked.map(|page| page.as_str().to_owned());
        let from = || came_from(header("referer"), app.config().public_url.origin());
        let visit = Self {
            inner: Arc::new(Inner {
                session: session::key_hash(&request.get_session()),
                device: Device::brought(request, secret),
                address: client::address(request, &app.config().trusted_proxies).to_string(),
                user_agent: plain(header("user-agent").unwrap_or_default(), 256),
                request_id: EventId::unordered(),
                path: request.path().to_owned(),
                sign_in_to: page.clone().unwrap_or_else(from),
                return_to: page.unwrap_or_else(|| "/".into()),
                flash: Flash::read(request, secret, https),
                theme: Theme::read(request, https),
                partial: header("hx-request").is_some(),
                form: !request.method().is_safe(),
            }),
        };
        request.extensions_mut().insert(visit.clone());
        visit
    }
}

/// The cookie of a known browser; its signature is checked when somebody asks, which is at sign-in only.
enum Device {
    None,
    Brought(Vec<Cookie<'static>>, Secret),
}

impl Device {
    fn brought(request: &HttpRequest, secret: &Secret) -> Self {
        let cookies = device_cookie::brought(request);
        if cookies.is_empty() {
            Self::None
        } else {
            Self::Brought(cookies, secret.clone())
        }
    }

    fn id(&self) -> Option<BrowserId> {
        match self {
            Self::None => None,
            Self::Brought(cookies, secret) => device_cookie::read(cookies, secret),
        }
    }
}

/// The page of ours that a form was on, by what the browser says of it: nothing but a path of this portal is ever followed.
fn came_from(referer: Option<&str>, origin: &str) -> String {
    let path = referer.and_then(|page| page.strip_prefix(origin));
    path.map_or("/", safe_return).to_owned()
}

/// At most `most` characters, without control characters.
fn plain(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect()
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request
            .app_data::<App>()
            .ok_or_else(|| Error::internal("the application is not set up"));
        ready(app.map(|app| Self::of(request, app)))
    }
}
