//! `/setup`: the link is exchanged for a short cookie and a clean address, then the form.

use actix_web::cookie::{Cookie, time::Duration};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse, http::header};

use super::model::{self, Claim, Claimed};
use super::pages::{SetupPage, WaitingPage};
use crate::access::gate::{Open, SettingUp};
use crate::app::App;
use crate::auth::{device_cookie, session, strength, token::Token};
use crate::db::Cost;
use crate::db::types::{AccountId, BrowserId, GrantId, SessionId, UserId};
use crate::error::{Error, Result};
use crate::sessions::Attempt;
use crate::users::NewPerson;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::{cookies, countries, field, urls};

/// Holds the setup link's token for as long as filling in the form may take.
const COOKIE: &str = "setup";

fn cookie(app: &App, token: &str) -> Cookie<'static> {
    let https = app.config().public_url.is_https();
    cookies::bake(COOKIE, token.to_owned(), https, Duration::minutes(15))
}

/// `GET /setup/{token}`: moves the token out of the address bar.
pub async fn open(_: Open<SettingUp>, token: Path<String>, app: App) -> Result<HttpResponse> {
    let mut response = Redirect::to("/setup").respond(&app)?;
    response
        .add_cookie(&cookie(&app, &token))
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    no_referrer(&mut response);
    Ok(response)
}

fn no_referrer(response: &mut HttpResponse) {
    response.headers_mut().insert(
        header::REFERRER_POLICY,
        header::HeaderValue::from_static("no-referrer"),
    );
}

fn token(app: &App, request: &HttpRequest) -> String {
    let https = app.config().public_url.is_https();
    cookies::read(request, COOKIE, https).unwrap_or_default()
}

/// `GET /setup`: the form for whoever holds the link; 404 once claimed.
pub async fn new(gate: Open<SettingUp>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (visit, held) = (gate.visit().clone(), token(&app, &request));
    let may = app
        .read(gate, move |conn, scope| {
            if model::is_claimed(conn)? {
                return Err(Error::NotFound);
            }
            model::may_claim(conn, &held, scope.now())
        })
        .await?;
    if !may {
        let shell = Shell::open(&app.config().portal_name, "Waiting to be set up", &visit);
        return html::ok(&app, &shell.clone(), &WaitingPage { shell });
    }
    let shell = Shell::open(&app.config().portal_name, "Set up", &visit);
    let page = page(&app, &request, shell, &Form::default(), Errors::new())?;
    html::ok(&app, &page.shell, &page)
}

fn page(
    app: &App,
    request: &HttpRequest,
    shell: Shell,
    form: &Form,
    errors: Errors,
) -> Result<SetupPage> {
    let config = app.config();
    let seen = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let public = config.public_url.origin();
    let differs = public
        .split_once("://")
        .is_some_and(|(_, host)| host != seen);
    Ok(SetupPage {
        shell: shell.with_errors(&errors),
        first_name: form.text("first_name")?,
        last_name: form.text("last_name")?,
        email: form.text("email")?,
        company_name: form.text("company_name")?,
        countries: countries::choices(&form.text("country")?),
        minimum: config.limits.password_min_length,
        mail: config.mail.server(),
        public_url: public.to_owned(),
        seen_url: differs.then(|| seen.to_owned()),
        errors,
    })
}

/// What was typed, checked; the password besides, for it is never kept in a page.
struct Checked {
    person: NewPerson,
    password: String,
    company: String,
    country: String,
}

fn check(app: &App, form: &Form, errors: &mut Errors) -> Result<Option<Checked>> {
    let first_name = errors.take(
        "first_name",
        field::person_name("first name", &form.text("first_name")?),
    );
    let last_name = errors.take(
        "last_name",
        field::person_name("last name", &form.text("last_name")?),
    );
    let email = errors.take("email", field::email(&form.text("email")?));
    let password = form.text("password")?;
    let company = errors.take(
        "company_name",
        field::company_name(&form.text("company_name")?),
    );
    let country = errors.take("country", countries::code(&form.text("country")?));
    let (raw_email, raw_company) = (form.text("email")?, form.text("company_name")?);
    let about = [
        raw_email.as_str(),
        raw_company.as_str(),
        app.config().portal_name.as_str(),
    ];
    errors.take(
        "password",
        strength::check(&password, &about, app.config().limits.password_min_length),
    );
    let (Some(first_name), Some(last_name), Some(email)) = (first_name, last_name, email) else {
        return Ok(None);
    };
    let (Some(company), Some(country), true) = (company, country, errors.is_empty()) else {
        return Ok(None);
    };
    Ok(Some(Checked {
        person: NewPerson {
            first_name,
            last_name,
            email,
        },
        password,
        company,
        country,
    }))
}

/// `POST /setup`: *Create account and sign in*.
pub async fn create(
    gate: Open<SettingUp>,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let (visit, held) = (gate.visit().clone(), token(&app, &request));
    let asked = held.clone();
    let now = app.now();
    let claimable = app.db().read(Cost::Unbounded, move |conn| {
        if model::is_claimed(conn)? {
            Err(Error::NotFound)
        } else {
            model::may_claim(conn, &asked, now)
        }
    });
    let portal = app.config().portal_name.clone();
    if !claimable.await? {
        let shell = Shell::open(&portal, "Waiting to be set up", &visit);
        return html::ok(&app, &shell.clone(), &WaitingPage { shell });
    }
    let mut errors = Errors::new();
    let Some(checked) = check(&app, &form, &mut errors)? else {
        let page = page(
            &app,
            &request,
            Shell::open(&portal, "Set up", &visit),
            &form,
            errors,
        )?;
        return html::again(&app, &page.shell, &page);
    };
    let key = Token::new();
    let slug = field::slug_from_name(&checked.company, "account");
    let claim = Claim {
        token: held,
        hash: app.hasher().hash(checked.password).await?,
        slug: slug.clone(),
        company: checked.company,
        country: checked.country,
        user: UserId::new(),
        account: AccountId::new(),
        grant: GrantId::new(),
        attempt: Attempt {
            email_key: checked.person.email.key.clone(),
            email: checked.person.email.shown.clone(),
            right: true,
            compared: None,
            rehash: None,
            key_hash: session::hash_of(&key.text()),
            session: SessionId::new(),
            device: BrowserId::new(),
        },
        person: checked.person,
    };
    let inner = app.clone();
    match app
        .write(gate, move |conn, scope| {
            model::claim(conn, &inner, scope, &claim)
        })
        .await?
    {
        Claimed::Lost => Err(Error::NotFound),
        Claimed::Won(device) => {
            session::begin(&request, &key)?;
            let welcome =
                "Your portal is set up. You are its operator and the Owner of its first account.";
            let mut response = Redirect::to(urls::account(&slug))
                .success(welcome)
                .respond(&app)?;
            let known = device_cookie::cookie(device, app.secret(), &app.config().public_url);
            let spent = cookies::gone(COOKIE, app.config().public_url.is_https());
            for cookie in [known, spent] {
                response
                    .add_cookie(&cookie)
                    .map_err(|cause| Error::Internal(Box::new(cause)))?;
            }
            Ok(response)
        }
    }
}

/// `GET /readyz`: whether the database answers with the right schema. Says nothing else.
pub async fn readyz(app: App) -> HttpResponse {
    let mut response = match app.db().read(Cost::Unbounded, model::is_ready).await {
        Ok(()) => HttpResponse::Ok(),
        Err(cause) => {
            tracing::warn!(%cause, "not ready");
            let mut busy = HttpResponse::ServiceUnavailable();
            busy.insert_header((header::RETRY_AFTER, "5"));
            busy
        }
    };
    let ready = response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8");
    ready.body("")
}
