//! `/forgot-password`, `/reset-password` and `/unlock`.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::model;
use super::pages::{ForgotPage, ForgotSentPage, PasswordDonePage, ResetPage, UnlockPage};
use super::wishes::{self, Wish};
use crate::access::gate::{Open, OpeningLinks};
use crate::access::visit::Visit;
use crate::app::App;
use crate::auth::strength;
use crate::db::Conn;
use crate::db::types::{MailId, Ts};
use crate::error::Result;
use crate::web::form::{Errors, Form, Query};
use crate::web::html;
use crate::web::shell::Shell;
use crate::web::view::{length, masked};
use crate::web::{field, urls};
use crate::welcome::pages::{DeadLink, DeadLinkPage};
use crate::welcome::{self, Opened, Purpose, quietly};

fn shell(app: &App, visit: &Visit, page: &'static str) -> Shell {
    Shell::open(&app.config().portal_name, page, visit)
}

/// `GET /forgot-password`.
pub async fn forgot(gate: Open<OpeningLinks>, query: Query, app: App) -> Result<HttpResponse> {
    let shell = shell(&app, gate.visit(), "Forgot your password?");
    let page = ForgotPage {
        shell,
        errors: Errors::new(),
        email: query.text("email")?,
    };
    html::ok(&app, &page.shell, &page)
}

/// The folded address that a new link is asked for, and how it is shown: that of the old link, whose token this
/// browser holds, or the one that was typed.
async fn wanted(
    gate: &Open<OpeningLinks>,
    app: &App,
    (request, query, form): (&HttpRequest, &Form, &Form),
    errors: &mut Errors,
) -> Result<(Option<field::Email>, String)> {
    if let Some(token) = welcome::token(request, &query.text("link")?) {
        let link = (Some(token), welcome::open);
        if let Some((link, _)) = welcome::find(gate.clone(), app, link).await? {
            return Ok((field::email(&link.email).ok(), masked(&link.email)));
        }
    }
    let typed = form.text("email")?;
    Ok((errors.take("email", field::email(&typed)), typed))
}

/// `POST /forgot-password`: answers before anybody is looked up, and the same for everybody (rule 13).
pub async fn request(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let mut errors = Errors::new();
    let from = (&request, &*query, &form);
    let (email, shown) = wanted(&gate, &app, from, &mut errors).await?;
    let Some(email) = email else {
        let shell = shell(&app, &visit, "Forgot your password?").with_errors(&errors);
        let page = ForgotPage {
            shell,
            errors,
            email: shown,
        };
        return html::again(&app, &page.shell, &page);
    };
    let inner = app.clone();
    app.write(gate, move |conn, scope| {
        wishes::request(conn, &inner, scope, Wish::Reset, &email.key)
    })
    .await?;
    let page = ForgotSentPage {
        shell: shell(&app, &visit, "Check your email"),
        email: shown,
        again: request.uri().to_string(),
        life: length(app.config().limits.reset_link),
    };
    html::ok(&app, &page.shell, &page)
}

/// A link that was opened, and the time of the request.
type Held = Option<(Opened, Ts)>;

/// The link behind a token, if it is one for this purpose.
async fn find(
    gate: Open<OpeningLinks>,
    app: &App,
    token: Option<String>,
    purpose: Purpose,
) -> Result<Held> {
    welcome::find(gate, app, (token, opening(purpose))).await
}

/// How a link for this purpose is opened.
fn opening(
    purpose: Purpose,
) -> impl FnOnce(&mut Conn, &str, Ts) -> Result<Option<Opened>> + Send + 'static {
    move |conn, token, now| {
        let link = welcome::open(conn, token, now)?;
        Ok(link.filter(|link| link.purpose == purpose))
    }
}

/// The page of a link that does not work; a new one is had where the old one came from.
fn dead(app: &App, visit: &Visit, link: Option<(&Opened, Ts)>) -> Result<HttpResponse> {
    let reason = link
        .and_then(|(link, now)| DeadLink::of(link, now))
        .unwrap_or(DeadLink::Unknown);
    let again = link.map(|(link, _)| match link.purpose {
        Purpose::Unlock => "/unlock",
        _ => "/forgot-password",
    });
    let page = DeadLinkPage {
        shell: Shell::open(&app.config().portal_name, reason.heading(), visit),
        masked: link
            .map(|(link, _)| masked(&link.email))
            .unwrap_or_default(),
        new_link: match (&reason, again) {
            (DeadLink::Expired { .. } | DeadLink::Superseded { .. }, Some(path)) => {
                link.map(|(link, _)| format!("{path}?link={}", link.id))
            }
            _ => None,
        },
        reason,
        ask: None,
    };
    quietly(html::page(app, StatusCode::GONE, &page.shell, &page))
}

/// `GET /reset-password/{token}`: the token leaves the address bar at once.
pub async fn open(gate: Open<OpeningLinks>, token: Path<String>, app: App) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let link = (token.into_inner(), opening(Purpose::Reset));
    let clean = |link: &Opened| (link.id, urls::reset_of(link.id));
    welcome::arrive(gate, &app, link, clean, || dead(&app, &visit, None)).await
}

fn reset_page(app: &App, visit: &Visit, link: &Opened, errors: Errors) -> Result<HttpResponse> {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = ResetPage {
        shell: shell(app, visit, "Choose a new password").with_errors(&errors),
        errors,
        action: urls::reset_of(link.id),
        email: link.email.clone(),
        minimum: app.config().limits.password_min_length,
    };
    quietly(html::page(app, status, &page.shell, &page))
}

/// `GET /reset-password?link=…`.
pub async fn new(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let token = welcome::token(&request, &query.text("link")?);
    match find(gate, &app, token, Purpose::Reset).await? {
        Some((link, now)) if DeadLink::of(&link, now).is_some() => {
            dead(&app, &visit, Some((&link, now)))
        }
        Some((link, _)) => reset_page(&app, &visit, &link, Errors::new()),
        None => dead(&app, &visit, None),
    }
}

/// `POST /reset-password?link=…`: the new password; every other session ends.
pub async fn create(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let token = welcome::token(&request, &query.text("link")?);
    let link = match find(gate.clone(), &app, token, Purpose::Reset).await? {
        Some((link, now)) if DeadLink::of(&link, now).is_some() => {
            return dead(&app, &visit, Some((&link, now)));
        }
        Some((link, _)) => link,
        None => return dead(&app, &visit, None),
    };
    let password = form.text("password")?;
    let about = [
        link.email.as_str(),
        &link.first_name,
        &app.config().portal_name,
    ];
    let mut errors = Errors::new();
    errors.take(
        "password",
        strength::check(&password, &about, app.config().limits.password_min_length),
    );
    if errors.is_empty() {
        let user = link.user;
        let find = move |conn: &mut Conn, _: &_| model::hash_of(conn, user);
        let stored = app.read(gate.clone(), find).await?;
        // It may be known to whoever made the person ask for another one.
        if stored.is_some() && app.hasher().verify(password.clone(), stored).await? {
            errors.add("password", "Choose another password than the one you had");
        }
    }
    if !errors.is_empty() {
        return reset_page(&app, &visit, &link, errors);
    }
    let hash = app.hasher().hash(password).await?;
    let (inner, taken, mail) = (app.clone(), link.clone(), MailId::new());
    let done = app
        .write(gate, move |conn, scope| {
            model::reset(conn, &inner, scope, (&taken, &hash), mail)
        })
        .await?;
    if !done {
        return dead(&app, &visit, None);
    }
    let page = PasswordDonePage {
        shell: shell(&app, &visit, "Your password was changed"),
        email: link.email.clone(),
    };
    let mut response = html::ok(&app, &page.shell, &page)?;
    welcome::drop(&app, link.id, &mut response)?;
    Ok(response)
}

/// `GET /unlock/{token}`.
pub async fn open_unlock(
    gate: Open<OpeningLinks>,
    token: Path<String>,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let link = (token.into_inner(), opening(Purpose::Unlock));
    let clean = |link: &Opened| (link.id, urls::unlock_of(link.id));
    welcome::arrive(gate, &app, link, clean, || dead(&app, &visit, None)).await
}

fn unlock_page(app: &App, visit: &Visit, email: String) -> UnlockPage {
    let shell = shell(app, visit, "Unlock your sign-in");
    UnlockPage {
        shell,
        errors: Errors::new(),
        email,
        action: None,
        sent: false,
        done: false,
    }
}

/// `GET /unlock` and `GET /unlock?link=…`: a button, or the form that sends a link.
pub async fn unlock(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let asked = query.text("link")?;
    if asked.is_empty() {
        let page = unlock_page(&app, &visit, query.text("email")?);
        return html::ok(&app, &page.shell, &page);
    }
    match find(
        gate,
        &app,
        welcome::token(&request, &asked),
        Purpose::Unlock,
    )
    .await?
    {
        Some((link, now)) if DeadLink::of(&link, now).is_some() => {
            dead(&app, &visit, Some((&link, now)))
        }
        Some((link, _)) => {
            let action = Some(urls::unlock_of(link.id));
            let page = UnlockPage {
                action,
                ..unlock_page(&app, &visit, link.email.clone())
            };
            quietly(html::ok(&app, &page.shell, &page))
        }
        None => dead(&app, &visit, None),
    }
}

/// `POST /unlock`: sends a link (the same answer for every address), or with a link ends the lock.
pub async fn end_lock(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let asked = query.text("link")?;
    if asked.is_empty() {
        return ask_unlock(gate, (&request, &query, &form), &app, &visit).await;
    }
    let link = match find(
        gate.clone(),
        &app,
        welcome::token(&request, &asked),
        Purpose::Unlock,
    )
    .await?
    {
        Some((link, now)) => match DeadLink::of(&link, now) {
            None => link,
            Some(DeadLink::Expired { .. } | DeadLink::Superseded { .. }) => {
                return ask_unlock(gate, (&request, &query, &form), &app, &visit).await;
            }
            Some(_) => return dead(&app, &visit, Some((&link, now))),
        },
        None => return dead(&app, &visit, None),
    };
    let taken = link.clone();
    app.write(gate, move |conn, scope| model::unlock(conn, scope, &taken))
        .await?;
    let page = UnlockPage {
        done: true,
        ..unlock_page(&app, &visit, link.email.clone())
    };
    html::ok(&app, &page.shell, &page)
}

async fn ask_unlock(
    gate: Open<OpeningLinks>,
    from: (&HttpRequest, &Form, &Form),
    app: &App,
    visit: &Visit,
) -> Result<HttpResponse> {
    let mut errors = Errors::new();
    let (email, shown) = wanted(&gate, app, from, &mut errors).await?;
    let mut page = unlock_page(app, visit, shown);
    let Some(email) = email else {
        page.shell = page.shell.with_errors(&errors);
        page.errors = errors;
        return html::again(app, &page.shell, &page);
    };
    let inner = app.clone();
    app.write(gate, move |conn, scope| {
        wishes::request(conn, &inner, scope, Wish::Unlock, &email.key)
    })
    .await?;
    page.sent = true;
    html::ok(app, &page.shell, &page)
}
