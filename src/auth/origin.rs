//! The one rule against forged requests: a request that can change something comes from a page of this portal.
//!
//! Browsers say so in `Sec-Fetch-Site`, which no script can set; older ones say at least `Origin`. A request that
//! says neither is refused. So forms need no tokens, and the rule cannot be forgotten on a route: it stands
//! before all of them, and those that it does not bind are named.

use crate::config::PublicUrl;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{
    AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError};
use futures_util::future::LocalBoxFuture;
use std::future::{Ready, ready};
use std::sync::Arc;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_SITE_VARIES: HeaderValue = HeaderValue::from_static("Sec-Fetch-Site");

/// A request that does not come from a page of this portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForgedRequest;

impl std::fmt::Display for ForgedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("This request did not come from a page of this portal. Open the page again and send the form from there.")
    }
}
impl std::error::Error for ForgedRequest {}

impl ResponseError for ForgedRequest {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }
}

/// A route that the rule does not bind, by its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exempt {
    /// Whoever asks: what the path holds is proof enough (`/unsubscribe/{token}`).
    Always(&'static str),
    /// Requests that authenticate by a bearer key and carry no cookie: no browser sends one by itself.
    BearerOnly(&'static str),
}

/// Draws the page of a refusal.
pub type Page = fn(&HttpRequest) -> HttpResponse;

/// The rule, as a middleware for the whole application.
#[derive(Clone)]
pub struct OriginRule {
    origin: Arc<str>,
    exempt: &'static [Exempt],
    page: Page,
}

impl OriginRule {
    /// The rule for a portal at this address, save for these routes.
    pub fn new(public_url: &PublicUrl, exempt: &'static [Exempt]) -> Self {
        Self {
            origin: public_url.origin().into(),
            exempt,
            page: |_| ForgedRequest.error_response(),
        }
    }

    /// Refuses with this page (its status should be 403) instead of one line of text.
    #[must_use]
    pub fn refusing_with(mut self, page: Page) -> Self {
        self.page = page;
        self
    }

    fn check(&self, request: &ServiceRequest) -> Result<(), ForgedRequest> {
        let refused = same_origin(request.headers(), &self.origin);
        if refused.is_err() && self.exempts(request) {
            Ok(())
        } else {
            refused
        }
    }

    fn exempts(&self, request: &ServiceRequest) -> bool {
        let Some(pattern) = request.match_pattern() else {
            return false;
        };
        self.exempt.iter().any(|exempt| match exempt {
            Exempt::Always(route) => *route == pattern,
            Exempt::BearerOnly(route) => *route == pattern && is_bearer_only(request.headers()),
        })
    }
}

/// `Sec-Fetch-Site` decides where it is sent: `same-origin` and nothing else (`same-site` is another host, `none`
/// is typed or a bookmark, which send no forms). Where it is not, `Origin` must be the portal's own.
fn same_origin(headers: &HeaderMap, origin: &str) -> Result<(), ForgedRequest> {
    let (name, expected) = match headers.contains_key(FETCH_SITE) {
        true => (FETCH_SITE, "same-origin"),
        false => (ORIGIN, origin),
    };
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) if value.as_bytes() == expected.as_bytes() => Ok(()),
        _ => Err(ForgedRequest),
    }
}

fn is_bearer_only(headers: &HeaderMap) -> bool {
    let scheme = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().get(..7));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "))
        && !headers.contains_key(COOKIE)
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

impl<S, B> Transform<S, ServiceRequest> for OriginRule
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Guarded {
            service,
            rule: self.clone(),
        }))
    }
}

/// The application behind the rule.
pub struct Guarded<S> {
    service: S,
    rule: OriginRule,
}

impl<S, B> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if is_safe(request.method()) {
            let answer = self.service.call(request);
            return Box::pin(async move { Ok(answer.await?.map_into_left_body()) });
        }
        if self.rule.check(&request).is_err() {
            let page = (self.rule.page)(request.request());
            let refused = varying(request.into_response(page).map_into_right_body());
            return Box::pin(ready(Ok(refused)));
        }
        let answer = self.service.call(request);
        Box::pin(async move { Ok(varying(answer.await?.map_into_left_body())) })
    }
}

/// Tells caches that the answer depends on where the request came from.
fn varying<B>(mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    response.headers_mut().append(VARY, FETCH_SITE_VARIES);
    response
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, web};

    const EXEMPT: &[Exempt] = &[
        Exempt::Always("/unsubscribe/{token}"),
        Exempt::BearerOnly("/api/{rest}"),
    ];

    fn rule() -> OriginRule {
        let folder = tempfile::tempdir().unwrap();
        let given = [("TENANTRY_PUBLIC_URL", "https://p.example")];
        let config = crate::config::Config::for_tests(folder.path(), &given).unwrap();
        OriginRule::new(&config.public_url, EXEMPT)
    }

    type Sent<'a> = &'a [(&'a str, &'a str)];

    /// Status and `Vary` of a request with these headers.
    async fn ask(method: Method, path: &str, headers: Sent<'_>) -> (u16, Option<String>) {
        let ok = || async { HttpResponse::Ok().finish() };
        let app = App::new()
            .wrap(rule())
            .service(web::resource("/form").to(ok))
            .service(web::resource("/unsubscribe/{token}").to(ok))
            .service(web::resource("/api/{rest}").to(ok));
        let app = init_service(app).await;
        let mut request = TestRequest::default().method(method).uri(path);
        for header in headers {
            request = request.append_header(*header);
        }
        let response = call_service(&app, request.to_request()).await;
        let vary = response
            .headers()
            .get(VARY)
            .map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), vary)
    }

    #[actix_web::test]
    async fn only_a_page_of_this_portal_may_change_something() {
        let site = |value| ("sec-fetch-site", value);
        let origin = |value| ("origin", value);
        let cases: &[(Sent, u16)] = &[
            (&[site("same-origin")], 200),
            (&[site("same-origin"), origin("https://p.example")], 200),
            (&[site("cross-site")], 403),
            (&[site("same-site")], 403),
            (&[site("none")], 403),
            (&[site("")], 403),
            (&[site("Same-Origin")], 403),
            (&[site("same-origin"), site("cross-site")], 403),
            (&[site("cross-site"), origin("https://p.example")], 403),
            (&[site("none"), origin("https://p.example")], 403),
            (&[origin("https://p.example")], 200),
            (&[origin("https://p.example:443")], 403),
            (&[origin("http://p.example")], 403),
            (&[origin("https://p.example.evil.example")], 403),
            (&[origin("https://evil.example")], 403),
            (&[origin("null")], 403),
            (
                &[origin("https://p.example"), origin("https://evil.example")],
                403,
            ),
            (&[], 403),
            (&[("referer", "https://p.example/form")], 403),
        ];
        for (headers, expected) in cases {
            for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                let (status, vary) = ask(method.clone(), "/form", headers).await;
                assert_eq!(status, *expected, "{method} {headers:?}");
                assert_eq!(vary.as_deref(), Some("Sec-Fetch-Site"));
            }
        }
    }

    #[actix_web::test]
    async fn reading_is_free_to_all() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let headers = [
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
            ];
            assert_eq!(ask(method, "/form", &headers).await, (200, None));
        }
        let odd = Method::from_bytes(b"FROB").unwrap();
        assert_eq!(ask(odd, "/form", &[]).await.0, 403);
    }

    #[actix_web::test]
    async fn only_named_routes_are_exempt() {
        let bearer = ("authorization", "Bearer key");
        let cookie = ("cookie", "sid=x");
        let foreign = ("sec-fetch-site", "cross-site");
        let cases: &[(&str, Sent, u16)] = &[
            ("/unsubscribe/abc", &[], 200),
            ("/unsubscribe/abc", &[foreign, cookie], 200),
            ("/unsubscribe/abc/more", &[], 403),
            ("/unsubscribe", &[], 403),
            ("/form/unsubscribe/abc", &[], 403),
            ("/api/x", &[bearer], 200),
            ("/api/x", &[("authorization", "bearer key")], 200),
            ("/api/x", &[bearer, foreign], 200),
            ("/api/x", &[bearer, cookie], 403),
            ("/api/x", &[("authorization", "Basic key")], 403),
            ("/api/x", &[], 403),
            ("/form", &[bearer], 403),
            ("/nowhere", &[], 403),
        ];
        for (path, headers, expected) in cases {
            let (status, _) = ask(Method::POST, path, headers).await;
            assert_eq!(status, *expected, "{path} {headers:?}");
        }
    }

    #[actix_web::test]
    async fn the_refusal_can_be_a_page() {
        let page: Page =
            |request| HttpResponse::Forbidden().body(format!("no: {}", request.path()));
        let app = init_service(App::new().wrap(rule().refusing_with(page))).await;
        let response = call_service(&app, TestRequest::post().uri("/form").to_request()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(read_body(response).await, "no: /form");
        let app = init_service(App::new().wrap(rule())).await;
        let response = call_service(&app, TestRequest::post().uri("/form").to_request()).await;
        assert_eq!(read_body(response).await, ForgedRequest.to_string());
    }
}
