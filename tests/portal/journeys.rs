//! The main job in a real browser, with a real mail conversation: from the setup link to a person who stands in
//! their project. With and without scripts, wide and narrow; axe and the console find nothing on the way.

use std::time::Duration;

use crate::support::browser::{Browser, Options};
use crate::support::database::Database;
use crate::support::process::{Portal, free_port};
use crate::support::smtp::{Smtp, link_in};

const PATIENCE: Duration = Duration::from_secs(30);
const OLGA: &str = "plum violin tractor 42";
const DANA: &str = "copper ladder seven mist";

/// Looks at the page as axe, the console and a ruler do.
pub async fn look(browser: &Browser, options: Options) {
    let at = browser.url().await;
    assert!(
        browser.overflow().await <= 0,
        "{at} is wider than the window"
    );
    if options.javascript {
        let found: Vec<String> = browser
            .axe()
            .await
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(found.is_empty(), "{at}: {}", found.join("\n"));
    }
    let said: Vec<String> = browser
        .console()
        .await
        .into_iter()
        // A form that comes back with mistakes is a 422, which the console tells as a failed resource.
        .filter(|line| line.level == "SEVERE" && !line.message.contains("422"))
        .map(|line| line.message)
        .collect();
    assert!(said.is_empty(), "{at}: {said:?}");
}

async fn journey(options: Options) {
    let (database, folder, smtp) = (
        Database::empty(),
        tempfile::tempdir().unwrap(),
        Smtp::start(),
    );
    let port = free_port();
    let url = format!("http://localhost:{port}");
    let server = smtp.url();
    let settings = [
        ("DATABASE_URL", database.url()),
        ("SMTP_URL", server.as_str()),
        ("TENANTRY_PUBLIC_URL", url.as_str()),
        ("TENANTRY_BCRYPT_COST", "10"),
    ];
    let portal = Portal::start(folder.path(), port, &settings);

    let olga = Browser::open(options).await;
    olga.goto(&format!("{url}{}", portal.setup_link())).await;
    set_up(&olga, &url, options).await;
    add_dana(&olga, &url, options).await;
    let mail = smtp.wait_for(1, PATIENCE).await.remove(0);
    assert_eq!(mail.to, ["dana@acme.example"]);
    assert!(
        mail.subject().starts_with("Welcome to Acme"),
        "{}",
        mail.subject()
    );
    olga.goto(&format!("{url}/accounts/acme/user-management"))
        .await;
    olga.sees("expires in").await;
    look(&olga, options).await;
    // One browser at a time: two journeys that each hold one and want another would wait for ever.
    drop(olga);
    come_in(&url, &link_in(&mail), options).await;
}

/// Sets the portal up, and makes an organization and a project.
async fn set_up(olga: &Browser, url: &str, options: Options) {
    look(olga, options).await;
    olga.click("Create account and sign in").await;
    olga.sees("There is a problem").await;
    look(olga, options).await;
    for (label, text) in [
        ("First name", "Olga"),
        ("Last name", "Owens"),
        ("Email address", "olga@acme.example"),
        ("Create a password", OLGA),
        ("Company name", "Acme"),
    ] {
        olga.fill(label, text).await;
    }
    olga.choose("Country", "Germany").await;
    olga.click("Create account and sign in").await;
    olga.sees("Your portal is set up.").await;
    look(olga, options).await;

    // An organization and a project.
    olga.goto(&format!("{url}/accounts/acme/organizations"))
        .await;
    look(olga, options).await;
    olga.click("New organization").await;
    olga.fill("Name", "North").await;
    look(olga, options).await;
    olga.click("Create organization").await;
    olga.sees("North").await;
    look(olga, options).await;
    olga.click("New project").await;
    olga.fill("Name", "Dock 4").await;
    look(olga, options).await;
    olga.click("Create project").await;
    olga.sees("Dock 4").await;
    look(olga, options).await;
}

/// Adds a person with two roles, by the words of the help page.
async fn add_dana(olga: &Browser, url: &str, options: Options) {
    olga.goto(&format!("{url}/accounts/acme/user-management"))
        .await;
    look(olga, options).await;
    olga.click("Add New User").await;
    olga.click("Add User").await;
    olga.sees("There is a problem").await;
    look(olga, options).await;
    olga.fill("First name", "Dana").await;
    olga.fill("Last name", "Ruiz").await;
    olga.fill("Email address", "dana@acme.example").await;
    olga.click("Add User").await;
    olga.sees("Choose roles for Dana Ruiz").await;
    look(olga, options).await;
    olga.choose("Project", "Dock 4").await;
    olga.tick("Manager").await;
    olga.tick("Billing").await;
    olga.click("Submit").await;
    olga.sees("Dana Ruiz added to Dock 4. Welcome mail queued to dana@acme.example.")
        .await;
    look(olga, options).await;
}

/// The link leads in: a password, signing in, and there she stands.
async fn come_in(url: &str, link: &str, options: Options) {
    assert!(link.starts_with(&format!("{url}/welcome/")), "{link}");
    let dana = Browser::open(options).await;
    dana.goto(link).await;
    dana.sees("Welcome, Dana").await;
    assert!(
        !dana.url().await.contains(link.rsplit('/').next().unwrap()),
        "the token left the address bar"
    );
    look(&dana, options).await;
    dana.fill("Create a password", DANA).await;
    dana.click("Set password and sign in").await;
    dana.sees("Your password is set.").await;
    assert_eq!(dana.value("Email address").await, "dana@acme.example");
    look(&dana, options).await;
    dana.fill("Password", DANA).await;
    dana.click("Sign in").await;
    dana.sees("you are in").await;
    look(&dana, options).await;
    dana.goto(&format!(
        "{url}/accounts/acme/organizations/north/projects/dock-4"
    ))
    .await;
    dana.sees("Manager").await;
    look(&dana, options).await;
    dana.goto(&format!("{url}/accounts/acme/user-management"))
        .await;
    dana.sees("Dana Ruiz").await;
    look(&dana, options).await;
    dana.goto(&format!("{url}/accounts/acme/roles")).await;
    look(&dana, options).await;
    dana.goto(&format!("{url}/sign-out")).await;
    look(&dana, options).await;
}

#[actix_web::test]
async fn browser_a_person_is_added_welcomed_and_let_in() {
    journey(Options::default()).await;
}

#[actix_web::test]
async fn browser_the_same_without_scripts() {
    journey(Options {
        javascript: false,
        ..Options::default()
    })
    .await;
}

#[actix_web::test]
async fn browser_the_same_on_a_narrow_dark_screen() {
    journey(Options {
        width: 360,
        dark: true,
        ..Options::default()
    })
    .await;
}
