//! A link's token on its way from the address bar to the form: in a cookie of its own, named by the link's public
//! id, so that two open links never mix (S17).

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::cookie::time::Duration;
use actix_web::http::header;

use crate::app::App;
use crate::db::types::LinkId;
use crate::error::{Error, Result};
use crate::web::cookies;
use crate::web::html::Redirect;

fn name(link: LinkId) -> String {
    format!("link-{link}")
}

/// Sends the browser to the clean address, with the token in the cookie. Nothing leaves by `Referer`.
pub fn carry(app: &App, link: LinkId, token: &str, to: String) -> Result<HttpResponse> {
    let https = app.config().public_url.is_https();
    let cookie = cookies::bake(&name(link), token.to_owned(), https, Duration::minutes(15));
    let mut response = Redirect::to(to).respond(app)?;
    response
        .add_cookie(&cookie)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    no_referrer(&mut response);
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
pub fn no_referrer(response: &mut HttpResponse) {
    response.headers_mut().insert(
        header::REFERRER_POLICY,
        header::HeaderValue::from_static("no-referrer"),
    );
}
