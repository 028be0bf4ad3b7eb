use super::*;
use crate::access::permission::Key::{DevicesView, ProjectsManage};

const A: &str = "/accounts/acme";

fn all() -> PermissionSet {
    Key::ALL.into_iter().map(Into::into).collect()
}

#[test]
fn switching_keeps_the_place_as_far_as_the_page_exists_there() {
    for (page, leads) in [
        ("/organizations/north", "?from=north"),
        ("/organizations/north/", "?from=north"),
        (
            "/organizations/north?q=do%20ck&after=x&id=y&device=z",
            "?q=do+ck&from=north",
        ),
        (
            "/organizations/north/projects/dock-4",
            "?from=north%2Fprojects%2Fdock-4",
        ),
        (
            "/organizations/north/projects/dock-4/users?q=x",
            "?from=north%2Fprojects%2Fdock-4%2Fusers",
        ),
        (
            "/organizations/north/projects/new",
            "/projects/new?from=north%2Fprojects%2Fnew",
        ),
        (
            "/organizations/north/devices/import",
            "/devices/import?from=north%2Fdevices%2Fimport",
        ),
    ] {
        let leads = format!("{A}/organizations/south{leads}");
        assert_eq!(
            entry("acme", "south", &format!("{A}{page}"), all()),
            leads,
            "{page}"
        );
    }
    let here = format!("{A}/organizations/south/projects/a?b=c");
    assert_eq!(entry("acme", "south", &here, all()), here);
}

#[test]
fn what_may_not_be_opened_there_leads_to_the_front_page() {
    let page = format!("{A}/organizations/north/projects/new?q=a");
    let front = format!("{A}/organizations/south?from=north%2Fprojects%2Fnew");
    let few: PermissionSet = [DevicesView.into()].into_iter().collect();
    assert_eq!(entry("acme", "south", &page, few), front);
    let enough: PermissionSet = [ProjectsManage.into()].into_iter().collect();
    assert_ne!(entry("acme", "south", &page, enough), front);
}

#[test]
fn what_belongs_to_no_organization_leads_to_the_front_page() {
    for page in [
        "",
        "/organizations",
        "/organizations?q=n",
        "/organizations/new",
        "/user-management?status=locked",
        "/organizations/north/no/such/page",
        "/organizations/north/projects/Dock%204",
        "-other/organizations/north",
    ] {
        let page = format!("{A}{page}");
        assert_eq!(Source::read("acme", &page), None, "{page}");
        assert_eq!(
            entry("acme", "south", &page, all()),
            format!("{A}/organizations/south")
        );
    }
    assert_eq!(
        Source::read("acme", "/accounts/other/organizations/north"),
        None
    );
}

#[test]
fn every_page_of_an_organization_is_kept_or_leads_to_the_list_above_it() {
    for page in pages() {
        let Some(pattern) = page.path.strip_prefix(BELOW) else {
            continue;
        };
        let path = page
            .path
            .replace("{account}", "acme")
            .replace("{organization}", "north")
            .replace(['{', '}'], "");
        let Some(source) = Source::read("acme", &path) else {
            unreachable!("{path} is not known");
        };
        assert!(key(source.shared()).is_some(), "{path} leads to no page");
        assert!(!source.shared().contains('{'), "{path} keeps an object");
        assert!(
            pattern.starts_with(source.shared()),
            "{path} leads sideways"
        );
        if !pattern.contains('{') {
            assert_eq!(source.shared(), pattern, "{path} is not kept");
        }
        assert_eq!(source.object().is_some(), pattern.contains('{'), "{path}");
    }
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
            format!("{A}/organizations/south?from=north"),
        ),
    ] {
        assert_eq!(after_setting("acme", "south", page, all()), leads, "{page}");
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
            "/accounts/acme/organizations/north/devices/new",
            Some("Devices"),
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
    assert_eq!(section("/sub-accounts", "Projects"), "Sub-accounts");
}
