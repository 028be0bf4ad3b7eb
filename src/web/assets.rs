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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::http::header::CONTENT_TYPE;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, web};

    use super::*;

    async fn get(path: &str, encodings: &str) -> (StatusCode, String, String, usize) {
        let app = init_service(App::new().route("/static/{tail:.*}", web::get().to(serve))).await;
        let request = TestRequest::get()
            .uri(path)
            .insert_header((ACCEPT_ENCODING, encodings))
            .to_request();
        let response = call_service(&app, request).await;
        let header = |name| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default()
        };
        let (status, kind, cache) = (
            response.status(),
            header(CONTENT_TYPE),
            header(CACHE_CONTROL),
        );
        (status, kind, cache, read_body(response).await.len())
    }

    #[actix_web::test]
    async fn a_hashed_name_is_served_and_kept_for_ever() {
        for (address, kind) in [
            (APP_CSS, "text/css; charset=utf-8"),
            (APP_JS, "text/javascript; charset=utf-8"),
            (FONT, "font/woff2"),
        ] {
            let (status, found, cache, length) = get(address, "gzip").await;
            assert_eq!(
                (status, found.as_str(), cache.as_str()),
                (StatusCode::OK, kind, "public, max-age=31536000, immutable")
            );
            assert!(length > 100);
        }
    }

    #[actix_web::test]
    async fn any_other_name_is_not_found() {
        for path in [
            "/static/css/app.css",
            "/static/",
            "/static/css/app.0000000000.css",
            "/static/../Cargo.toml",
            "/static/vendor/VENDOR.md",
        ] {
            assert_eq!(get(path, "br").await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn a_stylesheet_names_its_fonts_by_their_hashed_names() {
        let css = ASSETS
            .iter()
            .find(|asset| THEME_CSS.ends_with(asset.hashed))
            .unwrap();
        let font = FONT.strip_prefix("/static/").unwrap();
        assert!(
            std::str::from_utf8(css.bytes)
                .unwrap()
                .contains(&format!("url(\"../{font}\")"))
        );
    }

    #[test]
    fn brotli_is_sent_to_those_who_take_it() {
        for (header, expected) in [
            ("gzip, br", true),
            ("BR;q=0.5", true),
            ("gzip", false),
            ("br;q=0", false),
            ("br; q=0.0, gzip", false),
            ("brx", false),
        ] {
            let request = TestRequest::get()
                .insert_header((ACCEPT_ENCODING, header))
                .to_http_request();
            assert_eq!(takes_brotli(&request), expected, "{header}");
        }
    }

    #[test]
    fn nothing_in_a_stylesheet_or_script_leads_elsewhere() {
        for asset in ASSETS
            .iter()
            .filter(|asset| asset.kind.starts_with("text/"))
        {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            assert!(
                !text.contains("url(http") && !text.contains("@import"),
                "{}",
                asset.hashed
            );
        }
    }
}
