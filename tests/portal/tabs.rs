//! Two organizations in two tabs of one browser, and switching on every kind of page: in a real browser.

use std::os::unix::fs::PermissionsExt;

use crate::journeys::look;
use crate::support::browser::{Browser, Options};
use crate::support::cast::{self, PASSWORD};
use crate::support::database::Database;
use crate::support::process::{Portal, free_port};

/// A portal with the whole cast, and Olga signed in to it.
async fn olga(options: Options) -> (Browser, String, Kept) {
    olga_with(options, &[]).await
}

/// The same, with more settings.
pub async fn olga_with(options: Options, more: &[(&str, &str)]) -> (Browser, String, Kept) {
    let (browser, url, kept) = at_the_door(options, more).await;
    browser.goto(&format!("{url}/sign-in")).await;
    browser.fill("Email address", "olga@acme.example").await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Sign in").await;
    browser.sees("Reservations").await;
    (browser, url, kept)
}

/// A portal with the whole cast, and a browser in which nobody is signed in yet.
pub async fn at_the_door(options: Options, more: &[(&str, &str)]) -> (Browser, String, Kept) {
    let database = Database::fresh(cast::everybody);
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.key");
    std::fs::write(&secret, cast::SECRET).unwrap();
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
    let port = free_port();
    let url = format!("http://localhost:{port}");
    let mut settings = vec![
        ("DATABASE_URL", database.url()),
        ("TENANTRY_PUBLIC_URL", url.as_str()),
    ];
    settings.extend(more);
    let portal = Portal::start(folder.path(), port, &settings);
    let browser = Browser::open(options).await;
    (browser, url, Kept(portal, database, folder))
}

/// What has to live as long as the journey.
pub struct Kept(Portal, Database, tempfile::TempDir);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = (&self.0, &self.1, &self.2);
    }
}

#[actix_web::test]
async fn browser_rule_2_two_tabs_in_two_organizations_write_where_they_stand() {
    let (olga, url, _kept) = olga(Options::default()).await;
    let form = |place: &str| format!("{url}/accounts/acme/organizations/{place}/devices/new");
    let north = olga.tab().await;
    olga.goto(&form("north")).await;
    let south = olga.new_tab().await;
    olga.goto(&form("south")).await;
    for n in 1..=2 {
        for (tab, place) in [(&north, "North"), (&south, "South")] {
            olga.to_tab(tab).await;
            olga.fill("Identifier", &format!("{place}-{n}")).await;
            olga.fill("Name", &format!("{place} {n}")).await;
        }
        for (tab, place) in [(&north, "North"), (&south, "South")] {
            olga.to_tab(tab).await;
            olga.click(&format!("Add device to {place}")).await;
            olga.sees(&format!("{place} {n} was added.")).await;
            let at = olga.url().await;
            let there = format!("/organizations/{}/devices/", place.to_lowercase());
            assert!(at.contains(&there), "{at}");
            olga.goto(&form(&place.to_lowercase())).await;
        }
    }
}

async fn switching(options: Options) {
    let (olga, url, _kept) = olga(options).await;
    let device = cast::device("scanner-4");
    for (page, leads, says) in [
        ("", "", ""),
        ("/devices?status=active", "/devices?status=active&", ""),
        ("/devices/import", "/devices/import?", ""),
        ("/members", "/members?", ""),
        (
            &format!("/devices/{device}"),
            "/devices?",
            "Scanner 4 belongs to North. These are South's devices.",
        ),
        (
            "/projects/dock-4",
            "?",
            "Dock 4 belongs to North. These are South's reservations.",
        ),
    ] {
        let north = format!("{url}/accounts/acme/organizations/north{page}");
        olga.goto(&north).await;
        look(&olga, options).await;
        olga.click("Organization:North").await;
        olga.click("SouthOwner").await;
        olga.sees("You are now in South (Acme).").await;
        olga.sees(says).await;
        let at = olga.url().await;
        let there = format!("{url}/accounts/acme/organizations/south{leads}");
        assert!(at.starts_with(&there), "{page} leads to {at}");
        look(&olga, options).await;
        olga.click("Back to North").await;
        assert_eq!(olga.url().await, north);
    }
}

#[actix_web::test]
async fn browser_rule_3_switching_keeps_the_place_on_every_kind_of_page() {
    switching(Options::default()).await;
}

#[actix_web::test]
async fn browser_the_place_is_kept_on_a_narrow_dark_screen() {
    switching(Options {
        width: 360,
        dark: true,
        ..Options::default()
    })
    .await;
}
