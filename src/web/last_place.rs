//! The organization that this browser showed last: a cookie without authority, which only says where `/` leads (S7).

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, time::Duration};

use super::naming::looks_like_slug;
use super::{cookies, html, urls};
use crate::app::App;

const NAME: &str = "place";

/// The account's and the organization's slug that the cookie names, if it has the form of such a page.
pub fn read(request: &HttpRequest) -> Option<(String, String)> {
    let https = request.app_data::<App>()?.config().public_url.is_https();
    parse(&cookies::read(request, NAME, https)?)
}

fn parse(path: &str) -> Option<(String, String)> {
    let mut parts = html::safe_return(path)
        .strip_prefix("/accounts/")?
        .split('/');
    let (account, list, organization) = (parts.next()?, parts.next()?, parts.next()?);
    let is_front = list == "organizations" && parts.next().is_none();
    let is_named = looks_like_slug(account) && looks_like_slug(organization);
    (is_front && is_named).then(|| (account.to_owned(), organization.to_owned()))
}

/// The cookie that names this organization.
pub fn cookie(account: &str, organization: &str, secure: bool) -> Cookie<'static> {
    let value = urls::organization(account, organization);
    cookies::bake(NAME, value, secure, Duration::days(180))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_front_page_of_an_organization_is_a_place() {
        let north = Some(("acme".into(), "north".into()));
        assert_eq!(parse("/accounts/acme/organizations/north"), north);
        assert_eq!(parse(cookie("acme", "north", true).value()), north);
        for other in [
            "",
            "/",
            "//x.example/accounts/acme/organizations/north",
            "/accounts/acme",
            "/accounts/acme/organizations/",
            "/accounts//organizations/north",
            "/accounts/acme/organizations/north?q=a",
            "/accounts/acme/organizations/north/projects",
            "/accounts/../organizations/north",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
