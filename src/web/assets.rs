//! The files of `static/`, compiled in. Each is served under a name that carries the hash of its bytes, so that a
//! browser asks for it once and keeps it; `build.rs` writes the table. Templates use the constants: a file that is
//! missing fails the build.

use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, VARY};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

/// Bootstrap's stylesheet, as it ships.
pub const BOOTSTRAP_CSS: &str = url("vendor/bootstrap.min.css");
/// Colours, type and the look of Bootstrap's parts.
pub const THEME_CSS: &str = url("css/theme.css");
/// The frame of the page and the portal's own parts.
pub const APP_CSS: &str = url("css/app.css");
/// htmx, for the few fragments.
pub const HTMX_JS: &str = url("vendor/htmx.min.js");
/// Comforts that no task needs.
pub const APP_JS: &str = url("js/app.js");
/// The type face, named here so that pages can ask for it early.
pub const FONT: &str = url("vendor/inter-latin-wght-normal.woff2");
/// The brand mark in a browser's tab.
pub const FAVICON: &str = url("img/favicon.svg");
/// The brand mark on a home screen.
pub const TOUCH_ICON: &str = url("img/touch-icon.png");

/// One static file.
struct Asset {
    hashed: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Answers `/static/{tail:.*}`. Only hashed names exist: what they hold never changes, so they may be kept for ever.
pub async fn serve(request: HttpRequest, tail: Path<String>) -> HttpResponse {
    let Some(asset) = ASSETS.iter().find(|asset| asset.hashed == tail.as_str()) else {
        return HttpResponse::NotFound().finish();
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.kind)
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    let Some(packed) = asset.brotli else {
        return response.body(asset.bytes);
    };
    response.insert_header((VARY, "Accept-Encoding"));
    if takes_brotli(&request) {
        response
            .insert_header((CONTENT_ENCODING, "br"))
            .body(packed)
    } else {
        response.body(asset.bytes)
    }
}

/// Whether the browser names `br` among the encodings it takes (and not with a weight of nothing).
fn takes_brotli(request: &HttpRequest) -> bool {
    request
        .headers()
        .get_all(ACCEPT_ENCODING)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("br"))
                && !parts.any(|part| {
                    part.trim_start_matches("q=")
                        .parse::<f32>()
                        .is_ok_and(|weight| weight == 0.0)
                })
        })
}
