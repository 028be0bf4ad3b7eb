//! Mail that cannot leave: nothing is lost, nothing is doubled, and no page waits for it.

use chrono::Duration;
use std::sync::Arc;
use std::time::Instant;
use tenantry::mail::transport::Transport;
use tenantry::mail::worker;
use tokio::sync::watch;

use crate::support::app::TestApp;
use crate::support::cast;
use crate::support::smtp::{Mode, Smtp};

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// Adds a person by both pages.
async fn add(app: &TestApp, n: usize) {
    let ravi = app.signed_in("ravi@acme.example");
    let first = ravi.get("/accounts/acme/user-management/new").await;
    let form = first
        .page()
        .form("Add User")
        .fill("first_name", "Pat")
        .fill("last_name", "Person");
    let second = ravi
        .submit(
            &first,
            &form.fill("email", &format!("person{n}@acme.example")),
        )
        .await;
    let form = second.page().form("Submit");
    let dock = cast::project("dock-4").to_string();
    let done = ravi
        .submit(&second, &form.fill("place", &dock).tick("role", "viewer"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
}

/// The portal's own worker, on its way to this server.
fn worker(app: &TestApp, smtp: &Smtp) -> (watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let (stop, stopped) = watch::channel(false);
    let deps =
        tenantry::jobs::mail_deps(app.app(), Transport::smtp(&smtp.url()).unwrap(), &stopped);
    (stop, tokio::spawn(worker::run(deps)))
}

#[actix_web::test]
async fn fifty_people_added_while_the_mail_server_is_down_get_one_mail_each_when_it_is_back() {
    let app = TestApp::start().await;
    let smtp = Smtp::start();
    smtp.switch(Mode::Closed);
    let (stop, running) = worker(&app, &smtp);
    for n in 0..50 {
        add(&app, n).await;
    }
    assert_eq!(smtp.messages().len(), 0);
    smtp.switch(Mode::Accept);
    // The pauses grow; time passes until everything has gone out.
    let began = Instant::now();
    while smtp.messages().len() < 50 && began.elapsed() < PATIENCE {
        app.advance(Duration::minutes(2));
        Arc::clone(app.app().mail_bell()).notify_one();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // Whatever would be sent twice would be sent now.
    app.advance(Duration::hours(1));
    app.app().mail_bell().notify_one();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    stop.send_replace(true);
    running.await.unwrap();
    let mut to: Vec<String> = smtp
        .messages()
        .iter()
        .flat_map(|mail| mail.to.clone())
        .collect();
    to.sort();
    let mut expected: Vec<String> = (0..50).map(|n| format!("person{n}@acme.example")).collect();
    expected.sort();
    assert_eq!(to, expected);
}

#[actix_web::test]
async fn a_mail_server_that_says_nothing_holds_no_page_up() {
    let app = TestApp::start().await;
    let smtp = Smtp::start();
    smtp.switch(Mode::Hang);
    let (stop, running) = worker(&app, &smtp);
    add(&app, 0).await;
    // The worker now waits for the server; the portal does not wait for the worker.
    for n in 1..10 {
        add(&app, n).await;
    }
    assert_eq!(smtp.messages().len(), 0);
    assert!(!running.is_finished());
    smtp.switch(Mode::Closed);
    stop.send_replace(true);
    running.abort();
}
