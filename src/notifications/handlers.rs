//! `/unsubscribe/{token}`: what the link at the end of a notice leads to, and what mailbox providers send for its
//! one-click button (RFC 8058). Opening it changes nothing, so that scanners of mail turn nothing off; a form sent there
//! does, from anywhere and by anybody who has the mail (S20).

use actix_web::HttpResponse;
use actix_web::ResponseError;
use actix_web::web::Path;
use askama::Template;

use super::model::{self, Choosing};
use super::token::{self, Stop};
use crate::access::gate::{Open, OpenScope, Unsubscribing};
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::web::shell::Shell;
use crate::web::view::masked;
use crate::web::{html, urls};
use crate::welcome::quietly;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// These mails are sent: one button turns them off.
    On,
    /// They are not.
    Off,
}

/// Turning a kind of notice off, and that it is.
#[derive(Template)]
#[template(path = "notifications/unsubscribe.html")]
pub struct UnsubscribePage {
    /// The frame.
    pub shell: Shell,
    /// How it stands.
    pub state: State,
    /// The account.
    pub account: String,
    /// What the mails are about.
    pub about: String,
    /// The address that they go to, so far as its owner knows it again.
    pub masked: String,
    /// Where the button posts.
    pub action: String,
    /// Where they are turned on again, signed in.
    pub mine: String,
}

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<Unsubscribing>,
    (stop, token): (&Stop, &str),
    state: State,
) -> Result<UnsubscribePage> {
    let (account, person) = model::parties(conn, stop)?;
    let name = match state {
        State::On => "Turn off mails",
        State::Off => "These mails are off",
    };
    Ok(UnsubscribePage {
        shell: Shell::open(&app.config().portal_name, name, scope.visit()),
        state,
        about: account.says(stop.kind.about()),
        masked: masked(&person.email),
        action: urls::unsubscribe(token),
        mine: urls::my_notifications_in(&account.slug),
        account: account.name,
    })
}

/// What the link is about.
///
/// # Errors
/// Not found: it was not made here, or is cut off.
fn opened(app: &App, token: &str) -> Result<Stop> {
    token::read(app.secret(), token).ok_or(Error::NotFound)
}

/// The page with the button.
pub async fn ask(gate: Open<Unsubscribing>, token: Path<String>, app: App) -> Result<HttpResponse> {
    let inside = app.clone();
    let read = app.read(gate, move |conn, scope| {
        let stop = opened(&inside, &token)?;
        let off = model::off_in(conn, stop.account, stop.person)?;
        let state = if off.contains(&stop.kind) {
            State::Off
        } else {
            State::On
        };
        page(conn, &inside, scope, (&stop, &token), state)
    });
    answer(&app, read.await)
}

/// Turns the kind off. What the body says is not read: the providers send `List-Unsubscribe=One-Click` in one of two
/// ways, the page's button sends nothing, and it means the same.
pub async fn stop(
    gate: Open<Unsubscribing>,
    token: Path<String>,
    app: App,
) -> Result<HttpResponse> {
    let inside = app.clone();
    let write = app.write(gate, move |conn, scope| {
        let stop = opened(&inside, &token)?;
        let page = page(conn, &inside, scope, (&stop, &token), State::Off)?;
        let mut off = model::off_in(conn, stop.account, stop.person)?;
        off.push(stop.kind);
        let on = Choosing {
            visit: scope.visit(),
            now: scope.now(),
            by_mail: true,
        };
        model::choose(conn, (stop.account, stop.person), &off, &on)?;
        Ok(page)
    });
    answer(&app, write.await)
}

/// Answered at once and not by another address: the providers follow none. An error is an answer, too, and its address
/// holds the key.
fn answer(app: &App, page: Result<UnsubscribePage>) -> Result<HttpResponse> {
    let answer = page.and_then(|page| html::ok(app, &page.shell, &page));
    quietly(Ok(answer.unwrap_or_else(|error| error.error_response())))
}
