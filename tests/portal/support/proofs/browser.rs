//! The browser finds what a person finds, and what a person would not see.

use crate::support::browser::{Browser, Key, Options};
use actix_web::{App, HttpResponse, HttpServer, web};

const CLEAN: &str = r#"<!doctype html><html lang="en"><head><title>Clean</title><link rel="icon" href="data:,">
    <meta name="viewport" content="width=device-width"></head><body><main><h1>Rooms</h1>
    <form action="/sent"><label for="n">Guest's name</label> <input id="n" name="name" autocomplete="name">
    <label>Kind <select name="kind"><option>Single<option>Double</select></label>
    <fieldset><legend>Berlin</legend><label><input type="checkbox" name="b"> Manager</label></fieldset>
    <fieldset><legend>Paris</legend><label><input type="checkbox" name="p"> Manager</label></fieldset>
    <label><input type="checkbox" name="all"> Everywhere</label>
    <button>Send</button></form><ul><li><b>One</b> <a href="/first">Open</a></li><li><b>Two</b> <a href="/second">Open</a></li></ul>
    </main></body></html>"#;
const FAULTY: &str = r#"<!doctype html><html lang="en"><head><title>Faulty</title><link rel="icon" href="data:,">
    </head><body><main><h1>Rooms</h1><input name="nameless"><img src="data:,"><p onclick="x()">text</p>
    <div><script>document.title = "ran"</script></div></main></body></html>"#;
const SCRIPT: &str = r#"<!doctype html><html lang="en"><head><title>off</title></head><body><main><h1>Dark</h1>
    <p id="wide"></p><script>document.title = "on " + matchMedia("(prefers-color-scheme: dark)").matches;
    wide.textContent = innerWidth + " wide"</script><noscript>No script here.</noscript></main></body></html>"#;

async fn serve() -> String {
    let page = |text: &'static str, policy: &'static str| {
        web::get().to(move || async move {
            HttpResponse::Ok()
                .content_type("text/html; charset=utf-8")
                .insert_header(("content-security-policy", policy))
                .body(text)
        })
    };
    let server = HttpServer::new(move || {
        App::new()
            .route(
                "/clean",
                page(
                    CLEAN,
                    "default-src 'none'; img-src data:; form-action 'self'",
                ),
            )
            .route("/faulty", page(FAULTY, "default-src 'none'; img-src data:"))
            .route("/script", page(SCRIPT, "script-src 'unsafe-inline'"))
            .default_service(web::to(|request: actix_web::HttpRequest| async move {
                HttpResponse::Ok()
                    .content_type("text/html")
                    .body(format!("<title>Then</title>{}", request.uri()))
            }))
    });
    let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    actix_web::rt::spawn(server.run());
    format!("http://{address}")
}

#[actix_web::test]
async fn a_page_is_used_by_what_it_says() {
    let site = serve().await;
    let browser = Browser::open(Options::default()).await;
    browser.goto(&format!("{site}/clean")).await;
    browser.fill("Guest's name", "Ada").await;
    browser.fill("Guest's name", "Bo").await;
    assert_eq!(
        (
            browser.value("Guest's name").await.as_str(),
            browser.focused().await.as_str()
        ),
        ("Bo", "Guest's name")
    );
    browser.choose("Kind", "Double").await;
    browser.tick_in("Paris", "Manager").await;
    browser.tick("Everywhere").await;
    assert!(browser.ticked("Everywhere").await);
    browser.untick("Everywhere").await;
    assert_eq!(browser.console().await, []);
    browser.click("Send").await;
    browser.sees("/sent?name=Bo&kind=Double&p=on").await;
    assert_eq!(
        (browser.url().await, browser.title().await.as_str()),
        (format!("{site}/sent?name=Bo&kind=Double&p=on"), "Then")
    );
    browser.back().await;
    browser.reload().await;
    browser.click_in("Two", "Open").await;
    browser.sees("/second").await;
    browser.goto(&format!("{site}/clean")).await;
    browser
        .press(&format!(
            "{}Cy{}",
            char::from(Key::Tab),
            char::from(Key::Enter)
        ))
        .await;
    browser.sees("name=Cy").await;
    assert!(browser.words().await.contains("kind=Single"));
}

#[actix_web::test]
async fn faults_are_found_and_a_clean_page_has_none() {
    let site = serve().await;
    let browser = Browser::open(Options::default()).await;
    browser.goto(&format!("{site}/clean")).await;
    assert_eq!(browser.axe().await, []);
    browser.goto(&format!("{site}/faulty")).await;
    let found = browser.axe().await;
    let rules: Vec<&str> = found
        .iter()
        .map(|violation| violation.rule.as_str())
        .collect();
    assert_eq!(rules, ["image-alt", "label"], "{found:#?}");
    assert!(found[1].to_string().contains("nameless"), "{}", found[1]);
    let console = browser.console().await;
    let refused = console
        .iter()
        .filter(|line| line.level == "SEVERE" && line.message.contains("Content Security Policy"));
    assert_eq!(
        (refused.count(), browser.title().await.as_str()),
        (2, "Faulty"),
        "{console:?}"
    );
}

#[actix_web::test]
async fn width_colours_and_scripts_are_as_asked() {
    let site = serve().await;
    let folder = tempfile::tempdir().unwrap();
    let browser = Browser::open(Options {
        width: 320,
        dark: true,
        ..Options::default()
    })
    .await;
    browser.goto(&format!("{site}/script")).await;
    assert_eq!(
        (
            browser.title().await.as_str(),
            browser.text("#wide").await.as_str()
        ),
        ("on true", "320 wide")
    );
    assert_eq!(browser.overflow().await, 0);
    let picture = folder.path().join("page.png");
    browser.screenshot(&picture).await;
    let bytes = std::fs::read(picture).unwrap();
    assert_eq!(
        (
            &bytes[1..4],
            u32::from_be_bytes(bytes[16..20].try_into().unwrap())
        ),
        (&b"PNG"[..], 320)
    );
    browser.resize(800).await;
    browser.reload().await;
    browser.sees("800 wide").await;
    drop(browser);

    let browser = Browser::open(Options {
        javascript: false,
        ..Options::default()
    })
    .await;
    browser.goto(&format!("{site}/script")).await;
    browser.sees("No script here.").await;
    assert_eq!(browser.title().await, "off");
    browser.goto(&format!("{site}/clean")).await;
    browser.fill("Guest's name", "Ada").await;
    browser.tick_in("Berlin", "Manager").await;
    browser.click("Send").await;
    browser.sees("name=Ada&kind=Single&b=on").await;
}
