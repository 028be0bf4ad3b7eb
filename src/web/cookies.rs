//! How every small cookie of the portal is made: for this host alone, out of reach of scripts, sent along when
//! somebody follows a link to us (ASVS 3.3). Over https its name says so; plain http is for loopback only.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};

/// Its full name.
pub fn name(base: &str, https: bool) -> String {
    if https {
        format!("__Host-{base}")
    } else {
        base.to_owned()
    }
}

/// A cookie that lives so long.
pub fn bake(base: &str, value: String, https: bool, life: Duration) -> Cookie<'static> {
    Cookie::build(name(base, https), value)
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .max_age(life)
        .finish()
}

/// The cookie that takes it away again.
pub fn gone(base: &str, https: bool) -> Cookie<'static> {
    let mut cookie = bake(base, String::new(), https, Duration::ZERO);
    cookie.make_removal();
    cookie
}

/// What the browser brought.
pub fn read(request: &HttpRequest, base: &str, https: bool) -> Option<String> {
    let cookie = request.cookie(&name(base, https))?;
    Some(cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_a_cookie_is_bound_to_the_host() {
        let cookie = bake("flash", "x".into(), true, Duration::minutes(5)).to_string();
        assert_eq!(
            cookie,
            "__Host-flash=x; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=300"
        );
        assert!(
            gone("flash", true)
                .to_string()
                .starts_with("__Host-flash=; ")
        );
        assert_eq!(name("flash", false), "flash");
    }
}
