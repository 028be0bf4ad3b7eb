//! What holds for every page, whatever it is about.

use crate::support::app::TestApp;
use crate::support::routes::{NEAR, fill};
use crate::support::visitor::Answer;
use actix_web::http::Method;
use std::collections::BTreeMap;
use tenantry::routes::{Who, table};

/// What is served as plain text, for machines; it may be kept.
const TEXTS: [&str; 1] = ["/robots.txt"];

/// Headers that no answer goes without.
const HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// A list as a file.
fn is_csv(kind: &str) -> bool {
    kind.starts_with("text/csv;")
}

/// What is wrong with an answer, as against what every one has to be.
fn faults(answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |is: bool, what: &str| {
        if is {
            faults.push(what.to_owned());
        }
    };
    let is_kept = TEXTS.contains(&answer.path.as_str());
    let is_text = is_kept || answer.header("content-type").is_some_and(is_csv);
    for (name, value) in HEADERS {
        if is_kept && name == "cache-control" {
            continue;
        }
        fault(
            answer.header(name) != Some(value),
            &format!("{name} is {:?}", answer.header(name)),
        );
    }
    let policy = answer.header("content-security-policy").unwrap_or_default();
    fault(
        !policy.contains("default-src 'none'") || policy.contains("unsafe"),
        "a content policy with holes",
    );
    let referrer = answer.header("referrer-policy");
    let hides = if answer
        .path
        .split('/')
        .any(|part| part.len() > 40 && !part.contains('_'))
    {
        "no-referrer"
    } else {
        "same-origin"
    };
    fault(
        referrer != Some(hides) && referrer != Some("no-referrer"),
        &format!("referrer-policy is {referrer:?}"),
    );
    if (300..400).contains(&answer.status) || is_text {
        return faults;
    }
    fault(!answer.is_page(), "not a page");
    let page = answer.page();
    fault(
        page.texts("h1").len() != 1,
        &format!("headings: {:?}", page.texts("h1")),
    );
    fault(
        page.texts("title").len() != 1 || page.title().is_empty(),
        "no title",
    );
    fault(!page.has("html[lang=en]"), "no language");
    fault(!page.has("meta[name=viewport]"), "no viewport");
    fault(!page.has("main#main"), "no main part");
    fault(page.has("style") || page.has("[style]"), "inline style");
    fault(page.has("script:not([src])"), "inline script");
    let handlers = handlers(&answer.body);
    fault(
        !handlers.is_empty(),
        &format!("inline handlers {handlers:?}"),
    );
    fault(page.has("img:not([alt])"), "a picture without words");
    fault(
        page.has("[href^='javascript:'], [href^='http:'], [src^='http']"),
        "something from elsewhere",
    );
    fault(
        page.has("form[action^='http'], form[action^='//']"),
        "a form that leaves",
    );
    for id in page.repeated_ids() {
        fault(true, &format!("two elements with the id {id}"));
    }
    faults
}

/// Attributes that would run a script.
fn handlers(html: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(html);
    let elements = page
        .root_element()
        .descendants()
        .filter_map(scraper::ElementRef::wrap);
    let names =
        elements.flat_map(|element| element.value().attrs().map(|(name, _)| name.to_owned()));
    names
        .filter(|name| name.starts_with("on") || name.starts_with("hx-on"))
        .collect()
}

#[actix_web::test]
async fn every_answer_is_as_it_should_be() {
    let app = TestApp::start().await;
    let mut titles: BTreeMap<String, &str> = BTreeMap::new();
    let mut bad = Vec::new();
    for row in table().iter().filter(|row| row.method == Method::GET) {
        let path = fill(row.path, &NEAR);
        let (anonymous, olga) = (app.visitor(), app.signed_in("olga@acme.example"));
        let answers = [
            ("nobody", anonymous.get(&path).await),
            ("Olga", olga.get(&path).await),
            ("nobody, led on,", anonymous.open(&path).await),
            ("Olga, led on,", olga.open(&path).await),
            ("Gil", app.signed_in("gil@globex.example").get(&path).await),
        ];
        for (who, answer) in &answers {
            for fault in faults(answer) {
                bad.push(format!("{path} for {who} ({}): {fault}", answer.status));
            }
        }
        let usual = if matches!(row.who, Who::Anybody(_)) {
            &answers[0].1
        } else {
            &answers[1].1
        };
        // Asked without a place to move to, the preview is the page that asks for one.
        if usual.status == 200
            && usual.is_page()
            && !row.path.ends_with("/move/preview")
            && let Some(other) = titles.insert(usual.page().title(), row.path)
        {
            bad.push(format!(
                "{} and {other} have the title {:?}",
                row.path,
                usual.page().title()
            ));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[actix_web::test]
async fn refusals_are_pages_too() {
    let app = TestApp::start().await;
    let nobody = app.visitor();
    let mut bad = Vec::new();
    let forged = nobody
        .ask(Method::POST, "/sign-in")
        .header("sec-fetch-site", "cross-site")
        .fields(&[]);
    let too_long = format!("email={}", "x".repeat(300_000));
    let long = nobody
        .ask(Method::POST, "/sign-in")
        .body("application/x-www-form-urlencoded", too_long);
    for (status, answer) in [
        (404, nobody.get("/nowhere").await),
        (403, forged.send().await),
        (400, long.send().await),
    ] {
        if answer.status != status {
            bad.push(format!("{} instead of {status}", answer.status));
        }
        bad.extend(
            faults(&answer)
                .into_iter()
                .map(|fault| format!("{status}: {fault}")),
        );
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
