//! The help pages, and what robots are told.

use actix_web::{HttpResponse, web};

use super::pages::{Entry, Facts, HelpPage, Topic, TopicPage};
use crate::access::gate::{Open, Reading};
use crate::access::give::can_be_given_by;
use crate::access::role::Builtin;
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::shell::Shell;
use crate::web::view::length;
use crate::web::{html, urls};

/// The list of topics.
pub async fn index(gate: Open<Reading>, app: App) -> Result<HttpResponse> {
    let entry = |topic: Topic| Entry {
        title: topic.title(),
        summary: topic.summary(),
        href: urls::help(topic.slug()),
    };
    let page = HelpPage {
        shell: frame(gate, &app, "Help").await?,
        topics: Topic::ALL.map(entry).to_vec(),
        contact: app.config().support.clone(),
    };
    html::ok(&app, &page.shell, &page)
}

/// One topic.
pub async fn topic(gate: Open<Reading>, slug: web::Path<String>, app: App) -> Result<HttpResponse> {
    let topic = Topic::parse(&slug).ok_or(Error::NotFound)?;
    let shell = frame(gate, &app, topic.title()).await?;
    let limits = &app.config().limits;
    let role = |role: Builtin| {
        (
            role.label(),
            app.roles().paragraph(role).to_owned(),
            can_be_given_by(&role.into()),
        )
    };
    let page = TopicPage {
        shell: shell.crumb("Help", urls::HELP).here(),
        topic,
        roles: Builtin::ALL.map(role).to_vec(),
        facts: Facts {
            welcome: length(limits.welcome_link),
            reset: length(limits.reset_link),
            tries: limits.lock_after,
            lock: length(limits.lock_length),
            password: format!("{} characters", limits.password_min_length),
        },
        contact: app.config().support.clone(),
    };
    html::ok(&app, &page.shell, &page)
}

/// The frame for whoever reads: one's own when signed in. What was to be said on the next page waits for another.
async fn frame(gate: Open<Reading>, app: &App, page: &'static str) -> Result<Shell> {
    let inner = app.clone();
    let mut shell = app
        .read(gate, move |conn, scope| {
            let portal = &inner.config().portal_name;
            let person = scope.person(conn, &inner)?;
            Ok(match person {
                Some((person, _)) => Shell::of_person(portal, page, scope.visit(), &person),
                None => Shell::open(portal, page, scope.visit()),
            })
        })
        .await?;
    shell.flash = None;
    Ok(shell)
}

/// Nothing here is for search engines.
pub async fn robots(_: Open<Reading>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("User-agent: *\nDisallow: /\n")
}
