//! A tree of a thousand organizations in a real browser: it renders, is searched, and never pushes the page aside.

use crate::support::browser::{Browser, Options};
use crate::support::cast::{self, PASSWORD};
use crate::support::database::Database;
use crate::support::process::{Portal, free_port};
use tenantry::db::write_in;

/// A thousand organizations in Acme: ten regions, nine sites in each, ten docks at each, with long names.
fn thousand(url: &str) {
    let mut conn = cast::open(url);
    write_in(&mut conn, |conn| {
        for region in 0..10 {
            let slug = format!("region-{region}");
            let name = format!("Region {region} of a company whose names are rather long");
            cast::insert_organization(conn, "acme", &slug, &name);
            for site in 0..9 {
                let below = format!("site-{region}-{site}");
                cast::insert_organization(conn, "acme", &below, &format!("Site {region}.{site}"));
                cast::put_below(conn, &below, &slug);
                for dock in 0..10 {
                    let leaf = format!("leaf-{region}-{site}-{dock}");
                    let name = format!("Dock {region}.{site}.{dock}");
                    cast::insert_organization(conn, "acme", &leaf, &name);
                    cast::put_below(conn, &leaf, &below);
                }
            }
        }
        Ok(())
    })
    .unwrap();
}

async fn look(options: Options) {
    let (database, folder) = (
        Database::fresh(cast::everybody),
        tempfile::tempdir().unwrap(),
    );
    thousand(database.url());
    let secret = folder.path().join("secret.key");
    std::fs::write(&secret, cast::SECRET).unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let port = free_port();
    let url = format!("http://localhost:{port}");
    let settings = [
        ("DATABASE_URL", database.url()),
        ("TENANTRY_PUBLIC_URL", url.as_str()),
    ];
    let _portal = Portal::start(folder.path(), port, &settings);
    let olga = Browser::open(options).await;
    olga.goto(&format!("{url}/sign-in")).await;
    olga.fill("Email address", "olga@acme.example").await;
    olga.fill("Password", PASSWORD).await;
    olga.click("Sign in").await;
    olga.goto(&format!("{url}/accounts/acme/sub-accounts"))
        .await;
    olga.sees("Region 9 of a company").await;
    assert!(
        olga.overflow().await <= 0,
        "the tree is wider than the window"
    );
    olga.click("99 below Region 3 of a company whose names are rather long")
        .await;
    olga.sees("Site 3.4").await;
    assert!(
        olga.overflow().await <= 0,
        "the open tree is wider than the window"
    );
    if options.javascript {
        let found: Vec<String> = olga.axe().await.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
    olga.goto(&format!("{url}/accounts/acme/sub-accounts?q=dock+7.8.9"))
        .await;
    olga.sees("Region 7 of a company whose names are rather long › Site 7.8 › Dock 7.8.9")
        .await;
    assert!(
        olga.overflow().await <= 0,
        "the search is wider than the window"
    );
}

#[actix_web::test]
async fn browser_a_tree_of_a_thousand_is_pleasant_on_a_wide_screen() {
    look(Options::default()).await;
}

#[actix_web::test]
async fn browser_a_tree_of_a_thousand_fits_320_pixels_in_the_dark() {
    look(Options {
        width: 320,
        dark: true,
        ..Options::default()
    })
    .await;
}
