//! The headers that every answer carries, pages, files and errors alike. Wrap it around everything else.

use crate::config::PublicUrl;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CROSS_ORIGIN_OPENER_POLICY, CROSS_ORIGIN_RESOURCE_POLICY, HeaderMap,
    HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use futures_util::future::LocalBoxFuture;
use std::fmt;
use std::future::{Ready, ready};

/// Nothing from elsewhere, nothing inline, no framing, forms to ourselves.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of a request, for the log and for whoever asks for help. What handles the request puts it into the
/// request's extensions, and it goes out as `X-Request-Id`.
#[derive(Debug, Clone)]
pub struct RequestId(pub HeaderValue);

/// The middleware.
#[derive(Debug, Clone, Copy)]
pub struct Headers {
    https: bool,
}

impl Headers {
    /// The headers of a portal at this address; over plain loopback `http` there is no promise of TLS.
    pub fn new(public_url: &PublicUrl) -> Self {
        Self {
            https: public_url.is_https(),
        }
    }

    fn add(self, headers: &mut HeaderMap) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(
            CROSS_ORIGIN_OPENER_POLICY,
            HeaderValue::from_static("same-origin"),
        );
        headers.insert(
            CROSS_ORIGIN_RESOURCE_POLICY,
            HeaderValue::from_static("same-origin"),
        );
        // Pages whose address holds a token say `no-referrer` themselves.
        if !headers.contains_key(REFERRER_POLICY) {
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        }
        if self.https {
            let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            headers.insert(STRICT_TRANSPORT_SECURITY, year);
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Headers
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = WithHeaders<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(WithHeaders {
            service,
            headers: *self,
        }))
    }
}

/// The application, with headers on all that it answers.
pub struct WithHeaders<S> {
    service: S,
    headers: Headers,
}

impl<S, B> Service<ServiceRequest> for WithHeaders<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let headers = self.headers;
        let answer = self.service.call(request);
        Box::pin(async move {
            let mut response = match answer.await {
                Ok(response) => response,
                Err(cause) => return Err(Dressed { cause, headers }.into()),
            };
            let id = response
                .request()
                .extensions()
                .get::<RequestId>()
                .map(|id| id.0.clone());
            headers.add(response.headers_mut());
            if let Some(id) = id {
                response.headers_mut().insert(X_REQUEST_ID, id);
            }
            Ok(response)
        })
    }
}

/// An error of an inner middleware, which becomes a response only outside of this one. It looks as before, with
/// the headers on.
#[derive(Debug)]
struct Dressed {
    cause: Error,
    headers: Headers,
}

impl fmt::Display for Dressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl ResponseError for Dressed {
    fn status_code(&self) -> StatusCode {
        self.cause.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self.cause.error_response();
        self.headers.add(response.headers_mut());
        response
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, HttpRequest, error, web};

    async fn headers_of(public_url: &str, path: &str) -> (u16, HeaderMap) {
        let folder = tempfile::tempdir().unwrap();
        let given = [("TENANTRY_PUBLIC_URL", public_url)];
        let config = crate::config::Config::for_tests(folder.path(), &given).unwrap();
        let page = |request: HttpRequest| async move {
            request
                .extensions_mut()
                .insert(RequestId(HeaderValue::from_static("req-1")));
            HttpResponse::Ok()
                .insert_header((REFERRER_POLICY, "no-referrer"))
                .finish()
        };
        let broken = || async { Err::<&str, _>(error::ErrorInternalServerError("x")) };
        let app = App::new()
            .wrap(from_fn(
                |request: ServiceRequest, next: actix_web::middleware::Next<_>| async move {
                    match request.path() {
                        "/inner" => Err(error::ErrorServiceUnavailable("inner")),
                        _ => next.call(request).await,
                    }
                },
            ))
            .wrap(Headers::new(&config.public_url))
            .service(web::resource("/page").to(page))
            .service(web::resource("/broken").to(broken));
        let app = init_service(app).await;
        match app.call(TestRequest::get().uri(path).to_request()).await {
            Ok(response) => (response.status().as_u16(), response.headers().clone()),
            Err(error) => {
                let response = error.error_response();
                (response.status().as_u16(), response.headers().clone())
            }
        }
    }

    #[actix_web::test]
    async fn every_answer_carries_them_errors_too() {
        for (path, expected) in [
            ("/page", 200),
            ("/broken", 500),
            ("/nowhere", 404),
            ("/inner", 503),
        ] {
            let (status, headers) = headers_of("https://p.example", path).await;
            assert_eq!(status, expected, "{path}");
            let value = |name: &str| {
                headers
                    .get(name)
                    .map(|value| value.to_str().unwrap())
                    .unwrap_or_default()
            };
            assert_eq!(value("content-security-policy"), POLICY, "{path}");
            assert_eq!(value("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(value("cross-origin-opener-policy"), "same-origin", "{path}");
            assert_eq!(
                value("cross-origin-resource-policy"),
                "same-origin",
                "{path}"
            );
            assert_eq!(
                value("strict-transport-security"),
                "max-age=31536000; includeSubDomains"
            );
            let referrer = if path == "/page" {
                "no-referrer"
            } else {
                "same-origin"
            };
            assert_eq!(value("referrer-policy"), referrer, "{path}");
            assert_eq!(
                value("x-request-id"),
                if path == "/page" { "req-1" } else { "" }
            );
            assert_eq!(headers.get_all("content-security-policy").count(), 1);
        }
        assert!(
            !POLICY.contains("unsafe") && !POLICY.contains("  "),
            "{POLICY}"
        );
    }

    #[actix_web::test]
    async fn plain_http_promises_no_tls() {
        let (_, headers) = headers_of("http://localhost:8080", "/page").await;
        assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
    }
}
