//! `/links/new`: *Send me a new link*, and the question to a manager where they send it (S14).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::carried;
use super::handlers::unknown;
use super::model::{self, Opened};
use super::pages::NewLinkPage;
use super::renewing::{self, Offer};
use crate::access::gate::{Open, OpenScope, OpeningLinks};
use crate::access::visit::Visit;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::Result;
use crate::passwords::{self, Wait};
use crate::sessions::LINKS;
use crate::web::form::{Errors, Form, Query};
use crate::web::html;
use crate::web::shell::Shell;
use crate::web::view::{count, length, masked, moment};
use crate::web::{field, urls};

/// What the page says of what was asked for.
enum Said {
    /// Nothing was asked yet, or not so that it can be read.
    Nothing,
    /// By an address: a link is on its way to whoever is invited, or their manager was asked.
    Perhaps,
    /// By the link itself: a new one is on its way.
    Sent,
    /// By the link itself: this manager, or account, was asked.
    Asked(String),
    /// By the link itself, too often.
    Wait(Waiting),
}

/// When to ask again, and for what.
struct Waiting {
    words: String,
    action: String,
    whom: Option<String>,
}

/// Why no link is sent now, and when it can be asked for again.
fn in_words(wait: Wait, now: Ts) -> String {
    match wait {
        Wait::Minute(until) => {
            let left = (until.utc() - now.utc()).num_seconds().max(1);
            let ago = count((60 - left).max(1), "second");
            let left = count(left, "second");
            format!("A new link was asked for {ago} ago. You can ask again in {left}.")
        }
        Wait::Day(until) => format!(
            "{LINKS} new links were asked for within a day, and there are no more. You can ask again on {}.",
            moment(until)
        ),
        Wait::Network(until) => format!(
            "Too many mails were asked for from your network. You can ask again on {}.",
            moment(until)
        ),
    }
}

fn page(
    app: &App,
    visit: &Visit,
    (email, errors): (String, Errors),
    said: Said,
) -> Result<HttpResponse> {
    let status = match said {
        Said::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
        _ if errors.is_empty() => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let title = match said {
        Said::Asked(_) => "A new link was asked for",
        _ => "Send me a new link",
    };
    let shell = Shell::open(&app.config().portal_name, title, visit).with_errors(&errors);
    let is_sure = matches!(said, Said::Sent);
    let is_sent = is_sure || matches!(said, Said::Perhaps);
    let (whom, wait) = match said {
        Said::Asked(whom) => (Some(whom), None),
        Said::Wait(waiting) => (waiting.whom, Some((waiting.words, waiting.action))),
        Said::Nothing | Said::Perhaps | Said::Sent => (None, None),
    };
    let page = NewLinkPage {
        shell,
        errors,
        email,
        sent: is_sent.then(|| length(app.config().limits.welcome_link)),
        sure: is_sure,
        most: LINKS,
        whom,
        wait,
    };
    html::page(app, status, &page.shell, &page)
}

/// `GET /links/new`: for whoever has lost the mail.
pub async fn ask(gate: Open<OpeningLinks>, app: App) -> Result<HttpResponse> {
    let nothing = (String::new(), Errors::new());
    page(&app, gate.visit(), nothing, Said::Nothing)
}

/// `POST /links/new`: by the old link, which goes to its own address only, or asks its manager; or by an address, with
/// the same answer for every one.
pub async fn request(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let named = query.text("link")?;
    let inner = app.clone();
    if let Some(token) = carried::token(&request, &named) {
        let done = app
            .write(gate, move |conn, scope| {
                by_link(conn, &inner, scope, &token)
            })
            .await?;
        return match done {
            Some((email, said)) => page(&app, &visit, (masked(&email), Errors::new()), said),
            None => unknown(&app, &visit),
        };
    }
    let (typed, mut errors) = (form.text("email")?, Errors::new());
    let Some(email) = errors.take("email", field::email(&typed)) else {
        return page(&app, &visit, (typed, errors), Said::Nothing);
    };
    // Whoever only types an address learns nothing of what others asked for it.
    app.write(gate, move |conn, scope| {
        passwords::request_link(conn, &inner, scope, &email.key)
    })
    .await?;
    page(&app, &visit, (typed, Errors::new()), Said::Perhaps)
}

/// What somebody gets who holds the token of a link, and at which address; none: it opens nothing.
fn by_link(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<OpeningLinks>,
    token: &str,
) -> Result<Option<(String, Said)>> {
    let Some(link) = model::open(conn, token, scope.now())? else {
        return Ok(None);
    };
    let Ok(email) = field::email(&link.email) else {
        return Ok(None);
    };
    let offer = renewing::offer(conn, app, &link, scope.now())?;
    let wait = match &offer {
        Offer::Ask(_) => passwords::spend_link(conn, app, scope, &email.key)?,
        Offer::Nothing | Offer::Link => passwords::request_link(conn, app, scope, &email.key)?,
    };
    let said = match (wait, offer) {
        (Some(wait), offer) => Said::Wait(Waiting {
            words: in_words(wait, scope.now()),
            action: urls::new_link_for(link.id),
            whom: offer.whom().map(str::to_owned),
        }),
        (None, Offer::Ask(whom)) => {
            ask_for(conn, app, scope, &link)?;
            Said::Asked(whom)
        }
        (None, Offer::Link) if !link.closed => Said::Sent,
        // Whose home keeps its people to itself gets none (S16).
        (None, Offer::Link | Offer::Nothing) => Said::Perhaps,
    };
    Ok(Some((link.email, said)))
}

fn ask_for(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<OpeningLinks>,
    link: &Opened,
) -> Result<()> {
    let Some((account, _)) = link.account else {
        return Ok(());
    };
    let from = Some(scope.visit());
    renewing::ask(conn, app, (account, link.user), (from, scope.now()))
}
