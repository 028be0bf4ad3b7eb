//! What the links to the new and to the old address lead to. Opening one changes nothing: a button does.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::access::gate::{Open, OpeningLinks};
use crate::access::visit::Visit;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::Ts;
use crate::email_change::pages::LinkPage;
use crate::email_change::{self as change, Answer, Answered, Confirmed, Over, Side, Stored, Told};
use crate::error::{Error, Result};
use crate::web::form::{Form, Query};
use crate::web::html;
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::moment;
use crate::welcome;

fn page(app: &App, visit: &Visit, heading: &str) -> LinkPage {
    LinkPage {
        shell: Shell::open(&app.config().portal_name, heading, visit),
        says: Vec::new(),
        action: String::new(),
        buttons: Vec::new(),
        links: Vec::new(),
    }
}

fn respond(app: &App, status: StatusCode, page: &LinkPage) -> Result<HttpResponse> {
    welcome::quietly(html::page(app, status, &page.shell, page))
}

fn gone(app: &App, visit: &Visit, over: Over) -> Result<HttpResponse> {
    let mut page = page(app, visit, over.heading());
    page.says = vec![over.sentence().to_owned()];
    page.links = vec![("Sign in", urls::SIGN_IN.to_owned())];
    respond(app, StatusCode::GONE, &page)
}

/// How a link of this side is opened.
fn opening(
    side: Side,
) -> impl FnOnce(&mut Conn, &str, Ts) -> Result<Option<Stored>> + Send + 'static {
    move |conn, token, _| change::open(conn, side, token)
}

/// The change behind a token, and the time of the request.
async fn find(
    gate: Open<OpeningLinks>,
    app: &App,
    (side, token): (Side, Option<String>),
) -> Result<Option<(Stored, Ts)>> {
    welcome::find(gate, app, (token, opening(side))).await
}

/// The token leaves the address bar at once; nothing is used up.
async fn opened(
    gate: Open<OpeningLinks>,
    token: String,
    (app, side): (&App, Side),
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let clean = |stored: &Stored| {
        let link = stored.link(side);
        let to = match side {
            Side::New => urls::confirm_email_of(link),
            Side::Old => urls::old_email_of(link),
        };
        (link, to)
    };
    let gone = || gone(app, &visit, Over::Unknown);
    welcome::arrive(gate, app, (token, opening(side)), clean, gone).await
}

/// `GET /confirm-email/{token}`.
pub async fn open_new(
    gate: Open<OpeningLinks>,
    token: Path<String>,
    app: App,
) -> Result<HttpResponse> {
    opened(gate, token.into_inner(), (&app, Side::New)).await
}

/// `GET /old-email/{token}`.
pub async fn open_old(
    gate: Open<OpeningLinks>,
    token: Path<String>,
    app: App,
) -> Result<HttpResponse> {
    opened(gate, token.into_inner(), (&app, Side::Old)).await
}

/// `GET /confirm-email?link=…`: the button.
pub async fn look(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let token = welcome::token(&request, &query.text("link")?);
    let Some((stored, now)) = find(gate, &app, (Side::New, token)).await? else {
        return gone(&app, &visit, Over::Unknown);
    };
    if let Some(over) = stored.over_for(Side::New, now) {
        return gone(&app, &visit, over);
    }
    let mut page = page(&app, &visit, "Confirm your new address");
    page.says = vec![
        format!(
            "You sign in with {} once you confirm it. Your password stays as it is.",
            stored.new_email
        ),
        "The old address was told, and can take the change back for 7 days.".to_owned(),
    ];
    page.action = urls::confirm_email_of(stored.id);
    page.buttons = vec![("yes", "Confirm the address")];
    respond(&app, StatusCode::OK, &page)
}

/// `POST /confirm-email?link=…`.
pub async fn confirm(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let token = welcome::token(&request, &query.text("link")?);
    let (Some(token), Some((stored, now))) = (
        token.clone(),
        find(gate.clone(), &app, (Side::New, token)).await?,
    ) else {
        return gone(&app, &visit, Over::Unknown);
    };
    if let Some(over) = stored.over_for(Side::New, now) {
        return gone(&app, &visit, over);
    }
    let (inside, told) = (app.clone(), Told::new(app.sealer()));
    let confirmed = app
        .write(gate.clone(), move |conn, scope| {
            change::confirm(conn, &inside, scope, (&token, &told))
        })
        .await;
    match confirmed {
        Ok(Confirmed::Yes) => {}
        Ok(Confirmed::Taken) => return gone(&app, &visit, Over::Taken),
        Ok(Confirmed::Gone) => return gone(&app, &visit, Over::Withdrawn),
        Ok(Confirmed::Refused) => return gone(&app, &visit, Over::Refused),
        // Somewhere the person is the last Owner, as a guest: the page says so without naming where.
        Err(Error::Forbidden(_)) => {
            let mut page = page(&app, &visit, "The old address has to agree first");
            page.says = vec![
                "Open the mail that was sent to your old address, and agree to the change there. Then open this link again."
                    .to_owned(),
            ];
            return respond(&app, StatusCode::CONFLICT, &page);
        }
        Err(error) => return Err(error),
    }
    let mut page = page(&app, &visit, "Your address is changed");
    page.says = vec![format!(
        "You sign in with {} from now on.",
        stored.new_email
    )];
    page.links = vec![("Go on", "/".to_owned())];
    let mut response = respond(&app, StatusCode::OK, &page)?;
    welcome::drop(&app, stored.id, &mut response)?;
    Ok(response)
}

fn old_page(app: &App, visit: &Visit, stored: &Stored) -> LinkPage {
    let by_manager = stored.account_name.as_ref();
    let who = by_manager.map_or_else(
        || "The change was asked for by somebody who was signed in as you.".to_owned(),
        |account| format!("A user manager of {account} began the change."),
    );
    if stored.confirmed_at.is_some() {
        let mut page = page(app, visit, "Take the change back");
        page.says = vec![
            who,
            format!(
                "You sign in with {} now. Taken back, you sign in with {} again, and are signed out everywhere.",
                stored.new_email, stored.old_email
            ),
            format!("This works until {}.", moment(stored.undo_until)),
        ];
        page.buttons = vec![("stop", "Take it back")];
        return page;
    }
    let mut page = page(app, visit, "Your address is being changed");
    page.says = vec![
        who,
        format!(
            "You would sign in with {} in place of {}, once that is confirmed there.",
            stored.new_email, stored.old_email
        ),
    ];
    page.buttons = vec![("stop", "Stop the change")];
    if by_manager.is_some() && stored.agreed_at.is_none() {
        page.says.push(
            "If it is right, agree to it: otherwise you are asked again wherever else you were invited, and what was asked for or offered to you ends.".to_owned(),
        );
        page.buttons.push(("agree", "Agree to the change"));
    } else if by_manager.is_some() {
        page.says.push("You agreed to it.".to_owned());
    }
    page
}

/// `GET /old-email?link=…`: the buttons.
pub async fn look_old(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let token = welcome::token(&request, &query.text("link")?);
    let Some((stored, now)) = find(gate, &app, (Side::Old, token)).await? else {
        return gone(&app, &visit, Over::Unknown);
    };
    if let Some(over) = stored.over_for(Side::Old, now) {
        return gone(&app, &visit, over);
    }
    let mut page = old_page(&app, &visit, &stored);
    page.action = urls::old_email_of(stored.undo_id);
    respond(&app, StatusCode::OK, &page)
}

/// `POST /old-email?link=…`.
pub async fn answer(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let token = welcome::token(&request, &query.text("link")?);
    let (Some(token), Some((stored, now))) = (
        token.clone(),
        find(gate.clone(), &app, (Side::Old, token)).await?,
    ) else {
        return gone(&app, &visit, Over::Unknown);
    };
    if let Some(over) = stored.over_for(Side::Old, now) {
        return gone(&app, &visit, over);
    }
    let said = match form.text("answer")?.as_str() {
        "agree" => Answer::Agree,
        "stop" => Answer::Stop,
        _ => return Err(Error::BadRequest("Choose one of the buttons.".into())),
    };
    let answered = app
        .write(gate, move |conn, scope| {
            change::answer(conn, scope, (&token, said))
        })
        .await?;
    let (heading, says, link) = match answered {
        Answered::Gone => return gone(&app, &visit, Over::Withdrawn),
        Answered::Taken => return gone(&app, &visit, Over::Taken),
        Answered::Agreed => (
            "You agreed",
            "The address changes once it is confirmed at the new one.",
            None,
        ),
        Answered::Stopped => (
            "The change is stopped",
            "Your address stays as it is. If you did not expect any of this, choose a new password.",
            Some(("Choose a new password", "/forgot-password".to_owned())),
        ),
        Answered::Undone { .. } => (
            "The change is taken back",
            "You sign in with your old address again. Everybody was signed out, and the password works no more: somebody else may know it. A mail to the old address leads to a new one.",
            Some(("Choose a new password", "/forgot-password".to_owned())),
        ),
    };
    let mut page = page(&app, &visit, heading);
    page.says = vec![says.to_owned()];
    if matches!(answered, Answered::Undone { invitations } if invitations > 0) {
        page.says.push(
            "What somebody was invited to with this address meanwhile has ended. Whoever invited them can invite you."
                .to_owned(),
        );
    }
    page.links = link.into_iter().collect();
    let mut response = respond(&app, StatusCode::OK, &page)?;
    if answered != Answered::Agreed {
        welcome::drop(&app, stored.undo_id, &mut response)?;
    }
    Ok(response)
}
