//! A browser without a screen: it keeps cookies, says where its requests come from, and follows redirects when told.

use actix_web::HttpResponse;
use actix_web::body::to_bytes;
use actix_web::cookie::Cookie;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, LOCATION, SET_COOKIE};
use actix_web::test::TestRequest;
use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};

use super::app::TestApp;
use super::cast::PASSWORD;
use super::html::{Form, Page};

/// Redirects are followed so often and no further.
const MOST_REDIRECTS: usize = 8;

/// Somebody with a browser.
pub struct Visitor<'a> {
    app: &'a TestApp,
    cookies: RefCell<Vec<Cookie<'static>>>,
    address: Cell<IpAddr>,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            cookies: RefCell::default(),
            address: Cell::new([192, 0, 2, 1].into()),
        }
    }

    /// Comes from this address from now on.
    pub fn at_address(&self, address: &str) {
        self.address.set(address.parse().unwrap());
    }

    /// Asks for a page and takes the answer as it is.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).send().await
    }

    /// Asks for a page and follows redirects to where they end.
    pub async fn open(&self, path: &str) -> Answer {
        let answer = self.get(path).await;
        self.follow(answer).await
    }

    /// Sends a form from a page of the portal and takes the answer as it is.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(Method::POST, path).fields(fields).send().await
    }

    /// Sends a form that was on this page, as it was filled in.
    pub async fn submit(&self, page: &Answer, form: &Form) -> Answer {
        let at = url::Url::parse("http://portal.example").unwrap();
        let target = at.join(&page.path).unwrap().join(&form.action).unwrap();
        let query = target.query().map(|query| format!("?{query}"));
        let mut path = format!("{}{}", target.path(), query.unwrap_or_default());
        if form.method == "get" {
            path = format!("{}?{}", target.path(), form.encoded());
            return self.get(&path).await;
        }
        let request = self.ask(Method::POST, &path);
        request
            .body("application/x-www-form-urlencoded", form.encoded())
            .send()
            .await
    }

    /// Goes where a redirect leads, to the end; any other answer is given back.
    pub async fn follow(&self, answer: Answer) -> Answer {
        let mut answer = answer;
        for _ in 0..MOST_REDIRECTS {
            match answer.location() {
                Some(path) if (300..400).contains(&answer.status) => {
                    answer = self.get(&path).await;
                }
                _ => return answer,
            }
        }
        panic!("redirected in circles, last to {}", answer.path);
    }

    /// Signs in through the sign-in page with the cast's password.
    pub async fn sign_in(&self, email: &str) -> Answer {
        let fields = [("email", email), ("password", PASSWORD)];
        let answer = self.post("/sign-in", &fields).await;
        assert_eq!(
            answer.status,
            303,
            "{email} cannot sign in: {}",
            answer.words()
        );
        answer
    }

    /// A request to be made by hand. One that is not a GET comes from a page of the portal unless told otherwise.
    pub fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        let headers = if method == Method::GET {
            Vec::new()
        } else {
            vec![("sec-fetch-site".to_owned(), "same-origin".to_owned())]
        };
        Ask {
            visitor: self,
            method,
            path: path.to_owned(),
            headers,
            body: None,
        }
    }

    /// *Copy link*, pressed on this page; that a link which works ends by it is agreed to.
    pub async fn copy_link(&self, page: &Answer) -> Answer {
        let asked = self.submit(page, &page.page().form("Copy link")).await;
        if asked.status != 303 {
            return asked;
        }
        let asked = self.follow(asked).await;
        let again = asked.page().form("Show a new link");
        self.submit(&asked, &again).await
    }

    /// The value of a cookie that this browser keeps.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.cookies.borrow();
        let found = cookies.iter().find(|cookie| cookie.name() == name);
        found.map(|cookie| cookie.value().to_owned())
    }

    /// Keeps a cookie in place of any of its name and path, or throws it away when it says so.
    pub fn keep(&self, cookie: Cookie<'static>) {
        let mut cookies = self.cookies.borrow_mut();
        let same = |kept: &Cookie<'_>| kept.name() == cookie.name() && kept.path() == cookie.path();
        cookies.retain(|kept| !same(kept));
        let gone = cookie
            .max_age()
            .is_some_and(|age| age.is_zero() || age.is_negative());
        if !gone {
            cookies.push(cookie);
        }
    }

    /// Throws a cookie away.
    pub fn forget(&self, name: &str) {
        self.cookies
            .borrow_mut()
            .retain(|cookie| cookie.name() != name);
    }

    fn cookies_for(&self, path: &str) -> String {
        let path = path.split('?').next().unwrap_or_default();
        let sent = |cookie: &&Cookie<'_>| match cookie.path() {
            None | Some("/") => true,
            Some(below) => {
                path == below || path.starts_with(&format!("{}/", below.trim_end_matches('/')))
            }
        };
        let cookies = self.cookies.borrow();
        let pairs = cookies
            .iter()
            .filter(sent)
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()));
        pairs.collect::<Vec<_>>().join("; ")
    }
}

/// A request in the making.
pub struct Ask<'a> {
    visitor: &'a Visitor<'a>,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Ask<'_> {
    /// Sets a header in place of what was there.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        let mut request = self.without(name);
        request
            .headers
            .push((name.to_ascii_lowercase(), value.to_owned()));
        request
    }

    /// Takes a header out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self
    }

    /// The fields of a form.
    #[must_use]
    pub fn fields(self, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// Any body.
    #[must_use]
    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self = self.header("content-type", kind);
        self.body = Some(body.into());
        self
    }

    /// A form with one file in it, as a browser sends it.
    #[must_use]
    pub fn file(self, name: &str, bytes: &[u8]) -> Self {
        let mut body = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        self.body("multipart/form-data; boundary=edge", body)
    }

    /// Sends it; cookies that come back are kept.
    pub async fn send(self) -> Answer {
        let mut request = TestRequest::with_uri(&self.path)
            .method(self.method)
            .peer_addr(SocketAddr::new(self.visitor.address.get(), 40_000));
        let cookies = self.visitor.cookies_for(&self.path);
        if !cookies.is_empty() {
            request = request.insert_header(("cookie", cookies));
        }
        for (name, value) in self.headers {
            request = request.append_header((name, value));
        }
        if let Some(body) = self.body {
            request = request.set_payload(body);
        }
        let mut answer = self.visitor.app.call(request).await;
        answer.path = self.path;
        for value in answer.headers.get_all(SET_COOKIE) {
            let cookie = Cookie::parse(value.to_str().unwrap().to_owned()).unwrap();
            self.visitor.keep(cookie.into_owned());
        }
        answer
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
    /// Path and query that were asked for.
    pub path: String,
}

impl Answer {
    pub(super) async fn read(response: HttpResponse) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = to_bytes(response.into_body()).await.unwrap_or_default();
        Self {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            path: String::new(),
        }
    }

    /// The parsed page.
    pub fn page(&self) -> Page {
        Page::parse(&self.body)
    }

    /// Its words, for messages of failed tests.
    pub fn words(&self) -> String {
        format!("{} {}", self.status, self.page().words())
    }

    /// A header's one value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Where a redirect leads.
    pub fn location(&self) -> Option<String> {
        let to = self.headers.get(LOCATION)?.to_str().ok()?;
        Some(to.to_owned())
    }

    /// Is it a page, as against a file or a bare redirect?
    pub fn is_page(&self) -> bool {
        self.header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    }

    /// Does it send the person to the sign-in page?
    pub fn asks_to_sign_in(&self) -> bool {
        self.status == 303 && self.location().is_some_and(|to| to.starts_with("/sign-in"))
    }
}
