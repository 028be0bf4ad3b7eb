//! How a mailed link is opened, whatever it is for: its token goes from the address bar to a cookie of its own, named by
//! the link's public id, so that two open links never mix (S17); what it opens is read, and nothing is used up before a
//! button is pressed.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::ResponseError;
use actix_web::cookie::time::Duration;
use actix_web::http::header;

use crate::access::gate::{Errand, Open};
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{LinkId, Ts};
use crate::error::{Error, Result};
use crate::web::cookies;
use crate::web::html::Redirect;

fn name(link: LinkId) -> String {
    format!("link-{link}")
}

/// What a token opens, as it stands at the time of the request.
///
/// # Errors
/// Those of the reading.
pub async fn find<E, T, F>(
    gate: Open<E>,
    app: &App,
    (token, open): (Option<String>, F),
) -> Result<Option<(T, Ts)>>
where
    E: Errand,
    T: Send + 'static,
    F: FnOnce(&mut Conn, &str, Ts) -> Result<Option<T>> + Send + 'static,
{
    let Some(token) = token else { return Ok(None) };
    app.read(gate, move |conn, scope| {
        let now = scope.now();
        Ok(open(conn, &token, now)?.map(|found| (found, now)))
    })
    .await
}

/// A token arrives in the address bar, and leaves it at once. `clean` says the link's public id and its address without a
/// token; `gone` is the page of a token that opens nothing.
///
/// # Errors
/// None: an error is an answer, too, and its address holds the token.
pub async fn arrive<E, T, F>(
    gate: Open<E>,
    app: &App,
    (token, open): (String, F),
    clean: impl FnOnce(&T) -> (LinkId, String),
    gone: impl FnOnce() -> Result<HttpResponse>,
) -> Result<HttpResponse>
where
    E: Errand,
    T: Send + 'static,
    F: FnOnce(&mut Conn, &str, Ts) -> Result<Option<T>> + Send + 'static,
{
    let opened = match find(gate, app, (Some(token.clone()), open)).await {
        Ok(Some((found, _))) => {
            let (link, to) = clean(&found);
            carry(app, link, &token, to)
        }
        Ok(None) => gone(),
        Err(error) => Err(error),
    };
    quietly(Ok(opened.unwrap_or_else(|error| error.error_response())))
}

/// Sends the browser to the clean address, with the token in the cookie.
fn carry(app: &App, link: LinkId, token: &str, to: String) -> Result<HttpResponse> {
    let https = app.config().public_url.is_https();
    let cookie = cookies::bake(&name(link), token.to_owned(), https, Duration::minutes(15));
    let mut response = Redirect::to(to).respond(app)?;
    response
        .add_cookie(&cookie)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    Ok(response)
}

/// The token of the link that the clean address names.
pub fn token(request: &HttpRequest, link: &str) -> Option<String> {
    let link: LinkId = link.parse().ok()?;
    let https = request.app_data::<App>()?.config().public_url.is_https();
    cookies::read(request, &name(link), https)
}

/// The token has done its work.
pub fn drop(app: &App, link: LinkId, response: &mut HttpResponse) -> Result<()> {
    let cookie = cookies::gone(&name(link), app.config().public_url.is_https());
    response
        .add_cookie(&cookie)
        .map_err(|cause| Error::Internal(Box::new(cause)))
}

/// Pages of links tell nobody where one came from.
///
/// # Errors
/// As the answer was one.
pub fn quietly(response: Result<HttpResponse>) -> Result<HttpResponse> {
    response.map(|mut response| {
        no_referrer(&mut response);
        response
    })
}

fn no_referrer(response: &mut HttpResponse) {
    response.headers_mut().insert(
        header::REFERRER_POLICY,
        header::HeaderValue::from_static("no-referrer"),
    );
}
