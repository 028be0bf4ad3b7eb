//! Switching keeps the place (rule 3): which page of another organization is the same as the one that is shown.

use crate::web::{html, urls};

/// What an address may carry over to the same page elsewhere: filters, never what names an object or a page of a list.
const KEPT: [&str; 6] = ["q", "status", "role", "sort", "per", "below"];

/// The page of the organization `target` that is the same as `page`; none if `page` belongs to no organization. What
/// exists here alone, a project, leads to the projects there; the address then names it, and the page says why.
pub fn there(account: &str, target: &str, page: &str) -> Option<String> {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let list = urls::organizations(account);
    let mut parts = path.strip_prefix(&list)?.strip_prefix('/')?.split('/');
    let here = parts.next().filter(|slug| !slug.is_empty())?;
    if matches!(here, "new" | "selected") {
        return None;
    }
    if here == target {
        return Some(page.to_owned());
    }
    let front = urls::organization(account, target);
    Some(match (parts.next(), parts.next()) {
        (None, _) => with(front, kept(query)),
        (Some("projects"), Some(project)) if project != "new" => with(
            front,
            format!("from={}", urls::query(&format!("{here}/{project}"))),
        ),
        (Some("members"), _) => with(urls::members(account, target), kept(query)),
        _ => front,
    })
}

/// Where the switcher's entry for `target` leads from `page`.
pub fn entry(account: &str, target: &str, page: &str) -> String {
    there(account, target, page).unwrap_or_else(|| urls::organization(account, target))
}

/// Where *Set Organization* leads back to: the same page there, the same page of the account, or the list itself.
pub fn after_setting(account: &str, target: &str, page: &str) -> String {
    let page = html::safe_return(page);
    if !is_of_account(account, page) {
        return urls::organizations(account);
    }
    there(account, target, page).unwrap_or_else(|| page.to_owned())
}

/// The page that one goes back to, in words; none if there is nothing to go back to.
pub fn name_of(account: &str, word_plural: &str, page: &str) -> Option<String> {
    let page = html::safe_return(page);
    let path = page.split('?').next().unwrap_or_default();
    if !is_of_account(account, page) || path == urls::organizations(account) {
        return None;
    }
    Some(if path == urls::account(account) {
        "the overview".into()
    } else if path == urls::user_management(account) {
        "User Management".into()
    } else if path == urls::roles(account) {
        "Roles".into()
    } else if path.split('/').nth(5) == Some("members") {
        "Members".into()
    } else if there(account, "", page).is_some() {
        word_plural.to_owned()
    } else {
        "the page you came from".into()
    })
}

fn is_of_account(account: &str, page: &str) -> bool {
    page.strip_prefix(&urls::account(account))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

fn kept(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| KEPT.contains(&name.as_ref()) && !value.is_empty());
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn with(path: String, query: String) -> String {
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "/accounts/acme";

    #[test]
    fn switching_keeps_the_place_as_far_as_the_page_exists_there() {
        for (page, leads) in [
            ("/organizations/north", Some("/organizations/south")),
            ("/organizations/north/", Some("/organizations/south")),
            (
                "/organizations/north?q=do%20ck&after=x&id=y",
                Some("/organizations/south?q=do+ck"),
            ),
            (
                "/organizations/north/projects/dock-4",
                Some("/organizations/south?from=north%2Fdock-4"),
            ),
            (
                "/organizations/north/projects/dock-4/users",
                Some("/organizations/south?from=north%2Fdock-4"),
            ),
            (
                "/organizations/north/projects/dock-4/users/add?q=x",
                Some("/organizations/south?from=north%2Fdock-4"),
            ),
            (
                "/organizations/north/projects/new",
                Some("/organizations/south"),
            ),
            (
                "/organizations/north/members?q=an&after=x",
                Some("/organizations/south/members?q=an"),
            ),
            ("/organizations/north/billing", Some("/organizations/south")),
            (
                "/organizations/south/projects/a?b=c",
                Some("/organizations/south/projects/a?b=c"),
            ),
            ("", None),
            ("/organizations", None),
            ("/organizations?q=n", None),
            ("/organizations/new", None),
            ("/user-management?status=locked", None),
            ("/roles", None),
            ("-other/organizations/north", None),
        ] {
            let leads = leads.map(|path| format!("{A}{path}"));
            assert_eq!(
                there("acme", "south", &format!("{A}{page}")),
                leads,
                "{page}"
            );
        }
        assert_eq!(
            there("acme", "south", "/accounts/other/organizations/north"),
            None
        );
        assert_eq!(
            entry("acme", "south", &format!("{A}/roles")),
            format!("{A}/organizations/south")
        );
    }

    #[test]
    fn setting_an_organization_leads_back_but_never_out_of_the_account() {
        let list = format!("{A}/organizations");
        for (page, leads) in [
            ("", list.clone()),
            ("/", list.clone()),
            ("https://x.example/accounts/acme", list.clone()),
            ("//x.example/", list.clone()),
            ("/accounts/acme-other/roles", list.clone()),
            ("/accounts/other/organizations/north", list.clone()),
            ("/accounts/acme/roles", format!("{A}/roles")),
            ("/accounts/acme?x=1", format!("{A}?x=1")),
            (
                "/accounts/acme/organizations/north",
                format!("{A}/organizations/south"),
            ),
        ] {
            assert_eq!(after_setting("acme", "south", page), leads, "{page}");
        }
    }

    #[test]
    fn the_page_to_go_back_to_has_a_name() {
        for (page, name) in [
            ("/accounts/acme", Some("the overview")),
            (
                "/accounts/acme/user-management?q=a",
                Some("User Management"),
            ),
            ("/accounts/acme/roles", Some("Roles")),
            (
                "/accounts/acme/organizations/north/projects/dock-4",
                Some("Reservations"),
            ),
            (
                "/accounts/acme/users/user_01",
                Some("the page you came from"),
            ),
            ("/accounts/acme/organizations?q=a", None),
            ("/accounts/other", None),
            ("", None),
        ] {
            assert_eq!(
                name_of("acme", "Reservations", page).as_deref(),
                name,
                "{page}"
            );
        }
    }
}
