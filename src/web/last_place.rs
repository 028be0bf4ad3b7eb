//! The organizations that this browser showed last, one an account: a cookie without authority, which only says where
//! `/` and a switch of the account lead (S7).

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, time::Duration};

use super::cookies;
use super::naming::looks_like_slug;
use crate::app::App;

const NAME: &str = "place";

/// How many accounts are remembered.
const MOST: usize = 8;

/// Slugs of an account and of an organization in it.
pub type Place = (String, String);

/// The places that the cookie names, the last one first.
pub fn read(request: &HttpRequest) -> Vec<Place> {
    let https = request
        .app_data::<App>()
        .is_some_and(|app| app.config().public_url.is_https());
    let kept = cookies::read(request, NAME, https);
    kept.map(|kept| parse(&kept)).unwrap_or_default()
}

fn parse(kept: &str) -> Vec<Place> {
    let place = |place: &str| {
        let (account, organization) = place.split_once('.')?;
        let is_named = looks_like_slug(account) && looks_like_slug(organization);
        is_named.then(|| (account.to_owned(), organization.to_owned()))
    };
    kept.split('/').take(MOST).filter_map(place).collect()
}

/// The cookie that names this place before the others.
pub fn cookie(
    request: &HttpRequest,
    (account, organization): (&str, &str),
    secure: bool,
) -> Cookie<'static> {
    let mut value = format!("{account}.{organization}");
    let others = read(request).into_iter();
    for (other, there) in others
        .filter(|(other, _)| other != account)
        .take(MOST.saturating_sub(1))
    {
        value.push_str(&format!("/{other}.{there}"));
    }
    cookies::bake(NAME, value, secure, Duration::days(180))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slugs_are_places() {
        let place = |account: &str, there: &str| (account.to_owned(), there.to_owned());
        let two = vec![place("acme", "north"), place("globex", "hub")];
        assert_eq!(parse("acme.north/globex.hub"), two);
        for other in [
            "",
            "/",
            "acme",
            "acme.",
            ".north",
            "acme.nor th",
            "//x/..",
            "a.b.c",
        ] {
            assert_eq!(parse(other), [], "{other}");
        }
        assert_eq!(parse(&"a.b/".repeat(50)).len(), MOST);
    }
}
