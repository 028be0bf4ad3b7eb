//! `/sign-up`: not there unless the operator allows it.

use actix_web::ResponseError;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::model::{self, Confirm, Confirmed, Wanted};
use super::pages::{ConfirmPage, GonePage, SentPage, SignUpPage};
use crate::access::gate::{Open, SigningUp};
use crate::access::visit::Visit;
use crate::app::App;
use crate::auth::{device_cookie, session, strength, token::Token};
use crate::db::types::{AccountId, BrowserId, GrantId, LinkId, SessionId, UserId};
use crate::error::{Error, Result};
use crate::sessions::{self, Attempt, Budget};
use crate::users::NewPerson;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::{countries, field, urls};
use crate::welcome;

/// Sign-up is a setting; where it is off there is no such page.
fn allowed(app: &App) -> Result<()> {
    if app.config().sign_up {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

fn form_page(app: &App, visit: &Visit, form: &Form, errors: Errors) -> Result<SignUpPage> {
    Ok(SignUpPage {
        shell: Shell::open(&app.config().portal_name, "Sign up", visit).with_errors(&errors),
        errors,
        first_name: form.text("first_name")?,
        last_name: form.text("last_name")?,
        email: form.text("email")?,
        company_name: form.text("company_name")?,
        countries: countries::choices(&form.text("country")?),
        minimum: app.config().limits.password_min_length,
    })
}

/// `GET /sign-up`.
pub async fn new(gate: Open<SigningUp>, app: App) -> Result<HttpResponse> {
    allowed(&app)?;
    let page = form_page(&app, gate.visit(), &Form::default(), Errors::new())?;
    html::ok(&app, &page.shell, &page)
}

/// What was typed, checked: who, password, company, country.
fn check(
    app: &App,
    form: &Form,
) -> Result<std::result::Result<(NewPerson, String, String, String), Errors>> {
    let mut errors = Errors::new();
    let text = |name| form.text(name);
    let first_name = errors.take(
        "first_name",
        field::person_name("first name", &text("first_name")?),
    );
    let last_name = errors.take(
        "last_name",
        field::person_name("last name", &text("last_name")?),
    );
    let email = errors.take("email", field::email(&text("email")?));
    let (password, typed, company) = (text("password")?, text("email")?, text("company_name")?);
    let about = [
        typed.as_str(),
        company.as_str(),
        app.config().portal_name.as_str(),
    ];
    let minimum = app.config().limits.password_min_length;
    errors.take("password", strength::check(&password, &about, minimum));
    let company = errors.take("company_name", field::company_name(&company));
    let country = errors.take("country", countries::code(&text("country")?));
    let (Some(first_name), Some(last_name), Some(email), Some(company), Some(country)) =
        (first_name, last_name, email, company, country)
    else {
        return Ok(Err(errors));
    };
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let person = NewPerson {
        first_name,
        last_name,
        email,
    };
    Ok(Ok((person, password, company, country)))
}

/// `POST /sign-up`: one hash and the same rows for every address, and the same answer.
pub async fn create(gate: Open<SigningUp>, form: Form, app: App) -> Result<HttpResponse> {
    allowed(&app)?;
    let visit = gate.visit().clone();
    let (person, password, company, country) = match check(&app, &form)? {
        Ok(checked) => checked,
        Err(errors) => {
            let page = form_page(&app, &visit, &form, errors)?;
            return html::again(&app, &page.shell, &page);
        }
    };
    let wanted = Wanted {
        id: LinkId::new(),
        hash: app.hasher().hash(password).await?,
        person,
        company,
        country,
    };
    let (email, inner) = (wanted.person.email.shown.clone(), app.clone());
    app.write(gate, move |conn, scope| {
        model::want(conn, &inner, scope, &wanted)
    })
    .await?;
    let page = SentPage {
        shell: Shell::open(&app.config().portal_name, "Check your email", &visit),
        email,
        sender: crate::mail::letterhead(app.config()).from.email.to_string(),
    };
    html::ok(&app, &page.shell, &page)
}

fn gone(app: &App, visit: &Visit) -> Result<HttpResponse> {
    let shell = Shell::open(&app.config().portal_name, "This link does not work", visit);
    html::page(app, StatusCode::GONE, &shell.clone(), &GonePage { shell })
}

/// `GET /sign-up/{token}`: the token leaves the address bar at once; nothing is used up.
pub async fn open(gate: Open<SigningUp>, token: Path<String>, app: App) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let open = (token.into_inner(), model::found);
    let clean = |stored: &model::Stored| (stored.id, urls::confirm_sign_up(stored.id));
    match allowed(&app) {
        Ok(()) => welcome::arrive(gate, &app, open, clean, || gone(&app, &visit)).await,
        // Whatever the answer: its address holds a token.
        Err(error) => welcome::quietly(Ok(error.error_response())),
    }
}

fn confirm_page(
    app: &App,
    visit: &Visit,
    (stored, email): (&model::Stored, String),
    errors: Errors,
) -> ConfirmPage {
    ConfirmPage {
        shell: Shell::open(&app.config().portal_name, "Sign in to finish", visit)
            .with_errors(&errors),
        errors,
        company: stored.company.clone(),
        email,
        action: urls::confirm_sign_up(stored.id),
    }
}

/// `GET /sign-up/confirm?link=…`.
pub async fn review(
    gate: Open<SigningUp>,
    request: HttpRequest,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    allowed(&app)?;
    let visit = gate.visit().clone();
    let Some(token) = welcome::token(&request, &query.text("link")?) else {
        return gone(&app, &visit);
    };
    let stored = app
        .read(gate, move |conn, scope| {
            model::found(conn, &token, scope.now())
        })
        .await?;
    let Some(stored) = stored else {
        return gone(&app, &visit);
    };
    let page = confirm_page(&app, &visit, (&stored, stored.email.clone()), Errors::new());
    html::ok(&app, &page.shell, &page)
}

/// `POST /sign-up/confirm?link=…`: address and password once more, and the account is there.
pub async fn confirm(
    gate: Open<SigningUp>,
    request: HttpRequest,
    query: Query,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    allowed(&app)?;
    let visit = gate.visit().clone();
    let Some(token) = welcome::token(&request, &query.text("link")?) else {
        return gone(&app, &visit);
    };
    let (asked, inner) = (token.clone(), app.clone());
    let stored = app
        .read(gate.clone(), move |conn, scope| {
            let from = Budget::Failures(scope.visit().address());
            if sessions::is_over_budget(conn, &inner, from, scope.now())?.is_some() {
                return Err(Error::TooMany { retry_after: 600 });
            }
            model::found(conn, &asked, scope.now())
        })
        .await?;
    let Some(stored) = stored else {
        return gone(&app, &visit);
    };
    let typed = form.text("email")?;
    let right = app
        .hasher()
        .verify(form.text("password")?, Some(stored.password_hash.clone()))
        .await?
        && field::email(&typed).is_ok_and(|email| email.key == stored.email_key);
    let key = Token::new();
    let new = confirmation(&stored, (token, right), &key);
    let inner = app.clone();
    let made = app
        .write(gate, move |conn, scope| {
            model::confirm(conn, &inner, scope, &new)
        })
        .await?;
    match made {
        Confirmed::Gone => gone(&app, &visit),
        Confirmed::Wrong => {
            let mut errors = Errors::new();
            errors.add("email", "The email address or password is not right.");
            let page = confirm_page(&app, &visit, (&stored, typed), errors);
            html::again(&app, &page.shell, &page)
        }
        Confirmed::Made(slug, browser) => {
            session::begin(&request, &key)?;
            let said = "Welcome. Your address is verified, and you are the Owner of your account.";
            let mut response = Redirect::to(urls::account(&slug))
                .success(said)
                .respond(&app)?;
            let known = device_cookie::cookie(browser, app.secret(), &app.config().public_url);
            response
                .add_cookie(&known)
                .map_err(|cause| Error::Internal(Box::new(cause)))?;
            welcome::drop(&app, stored.id, &mut response)?;
            Ok(response)
        }
    }
}

fn confirmation(stored: &model::Stored, (token, right): (String, bool), key: &Token) -> Confirm {
    Confirm {
        token,
        right,
        user: UserId::new(),
        account: AccountId::new(),
        slug: field::slug_from_name(&stored.company, "account"),
        grant: GrantId::new(),
        attempt: Attempt {
            email_key: stored.email_key.clone(),
            email: stored.email.clone(),
            right,
            compared: None,
            rehash: None,
            key_hash: session::hash_of(&key.text()),
            session: SessionId::new(),
            device: BrowserId::new(),
        },
    }
}
