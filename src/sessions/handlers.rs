//! `/sign-in` and `/sign-out`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::model::{self, Attempt, Outcome};
use super::pages::{SignInPage, SignOutPage};
use crate::access::gate::{Open, SigningIn};
use crate::access::visit::Visit;
use crate::app::App;
use crate::auth::{device_cookie, password, session, token::Token};
use crate::db::types::{BrowserId, SessionId};
use crate::error::{Error, Result};
use crate::web::field::{self, Email};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect, safe_return};
use crate::web::shell::Shell;
use crate::web::urls;

/// The one sentence for an unknown address, a wrong password, a lock, and everything else.
const NO: &str = "The email address or password is not right.";

fn page(app: &App, visit: &Visit, return_to: &str, email: String, errors: Errors) -> SignInPage {
    let mut shell = Shell::open(&app.config().portal_name, "Sign in", visit).with_errors(&errors);
    shell.return_path = safe_return(return_to).to_owned();
    let many_failures = !errors.is_empty();
    SignInPage {
        shell,
        errors,
        email,
        notice: None,
        many_failures,
    }
}

/// `GET /sign-in`.
pub async fn new(gate: Open<SigningIn>, query: Query, app: App) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let inner = app.clone();
    let brought = visit.session().is_some();
    let person = app
        .read(gate, move |conn, scope| scope.person(conn, &inner))
        .await?;
    let return_to = query.text("return_to")?;
    if person.is_some() {
        return Redirect::to(safe_return(&return_to)).respond(&app);
    }
    let mut page = page(
        &app,
        &visit,
        &return_to,
        query.text("email")?,
        Errors::new(),
    );
    if brought && !return_to.is_empty() {
        page.notice = Some("You have been signed out. Sign in to go on.".to_owned());
    }
    html::ok(&app, &page.shell, &page)
}

/// What was typed: an address that cannot be one is looked up all the same, and found by nobody.
fn typed(form: &Form) -> Result<(Email, String)> {
    let raw: String = form
        .text("email")?
        .chars()
        .filter(|c| !c.is_control())
        .take(254)
        .collect();
    let email = field::email(&raw).unwrap_or_else(|_| {
        let key = format!("{}@nowhere.invalid", field::fold(&raw).replace('@', "."));
        Email {
            shown: raw.clone(),
            key: key.chars().take(254).collect(),
            to: String::new(),
        }
    });
    Ok((email, form.text("password")?))
}

/// `POST /sign-in`.
pub async fn create(
    gate: Open<SigningIn>,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let return_to = form.text("return")?;
    let (email, password) = typed(&form)?;
    let key = Token::new();
    let typed = (&email, password.as_str());
    let mut outcome = tried(&app, gate.clone(), typed, &key).await?;
    if outcome == Outcome::Overtaken {
        // The stored hash changed meanwhile: by a new password, which this one is not, or by a renewal of the same.
        outcome = tried(&app, gate, typed, &key).await?;
    }
    match outcome {
        Outcome::In { device, joined, .. } => {
            session::begin(&request, &key)?;
            let to = match joined.map(|it| it.project) {
                Some(Some(project)) => urls::go(project),
                Some(None) => "/".to_owned(),
                None => safe_return(&return_to).to_owned(),
            };
            let mut redirect = Redirect::to(to);
            if let Some(joined) = joined {
                redirect = redirect.success(if joined.verified {
                    "Welcome. Your address is verified and you are in."
                } else {
                    "Welcome. You are in."
                });
            }
            let mut response = redirect.respond(&app)?;
            let known = device_cookie::cookie(device, app.secret(), &app.config().public_url);
            response
                .add_cookie(&known)
                .map_err(|cause| Error::Internal(Box::new(cause)))?;
            Ok(response)
        }
        outcome => {
            let mut errors = Errors::new();
            errors.add("email", no(&outcome));
            let page = page(&app, &visit, &return_to, form.text("email")?, errors);
            html::page(&app, StatusCode::UNPROCESSABLE_ENTITY, &page.shell, &page)
        }
    }
}

/// One attempt, and what became of it.
async fn tried(
    app: &App,
    gate: Open<SigningIn>,
    (email, password): (&Email, &str),
    key: &Token,
) -> Result<Outcome> {
    let attempt = attempt(app, gate.clone(), email, password.to_owned()).await?;
    let attempt = Attempt {
        key_hash: session::hash_of(&key.text()),
        ..attempt
    };
    let inner = app.clone();
    app.write(gate, move |conn, scope| {
        model::decide(conn, &inner, scope, &attempt)
    })
    .await
}

fn no(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ended(accounts) => format!("Your access to {} has ended.", accounts.join(" and ")),
        _ => NO.to_owned(),
    }
}

/// One read and one hash, whatever the address is.
async fn attempt(
    app: &App,
    gate: Open<SigningIn>,
    email: &Email,
    password: String,
) -> Result<Attempt> {
    let inner = app.clone();
    let key = email.key.clone();
    let presented = app
        .read(gate, move |conn, scope| {
            model::present(conn, &inner, scope, &key)
        })
        .await?;
    let readable = password.len() <= password::MAX_BYTES;
    let tried = if readable {
        password.clone()
    } else {
        String::new()
    };
    let right = app.hasher().verify(tried, presented.hash.clone()).await? && readable;
    let old = presented
        .hash
        .as_ref()
        .is_some_and(|hash| app.hasher().needs_rehash(hash));
    let rehash = if right && old {
        Some(app.hasher().hash(password).await?)
    } else {
        None
    };
    Ok(Attempt {
        email_key: email.key.clone(),
        email: email.shown.clone(),
        right,
        compared: presented.hash,
        rehash,
        key_hash: Vec::new(),
        session: SessionId::new(),
        device: BrowserId::new(),
    })
}

/// `GET /sign-out`: a button, for nothing changes by opening a page.
pub async fn leave(gate: Open<SigningIn>, app: App) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let inner = app.clone();
    let Some((person, _)) = app
        .read(gate, move |conn, scope| scope.person(conn, &inner))
        .await?
    else {
        return Redirect::to(crate::web::urls::SIGN_IN).respond(&app);
    };
    let shell = Shell::of_person(&app.config().portal_name, "Sign out", &visit, &person);
    html::ok(&app, &shell.clone(), &SignOutPage { shell })
}

/// `POST /sign-out`: the session is gone on the server, and the browser forgets what it kept (ASVS 14.3.1).
pub async fn delete(gate: Open<SigningIn>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let inner = app.clone();
    app.write(gate, move |conn, scope| model::end(conn, &inner, scope))
        .await?;
    session::end(&request);
    let mut response = Redirect::to(crate::web::urls::SIGN_IN)
        .notice("You are signed out.")
        .respond(&app)?;
    let clear = actix_web::http::header::HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(
        actix_web::http::header::HeaderName::from_static("clear-site-data"),
        clear,
    );
    Ok(response)
}
