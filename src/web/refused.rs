//! The pages of what cannot be served: each names what happened in plain words and a way on (rule 28).

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};
use askama::Template;

use super::html;
use super::shell::Shell;
use super::urls;
use crate::access::gate::{Open, Reading};
use crate::access::refusal::{self, Refusal};
use crate::access::role::Builtin;
use crate::app::App;
use crate::error::{Elsewhere, Error};

/// What a conflict is called: somebody was faster, or there is nothing of the kind to do.
const STOPPED: &str = "This cannot be done now";

/// The one page of all refusals.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    status: u16,
    heading: String,
    paragraphs: Vec<String>,
    links: Vec<(String, String)>,
    request_id: Option<String>,
}

impl ErrorPage {
    fn new(status: StatusCode, heading: &str, paragraphs: &[&str]) -> Self {
        Self {
            shell: Shell::bare("Tenantry", heading),
            status: status.as_u16(),
            heading: heading.to_owned(),
            paragraphs: paragraphs.iter().map(|text| (*text).to_owned()).collect(),
            links: vec![("Go to the start page".into(), "/".into())],
            request_id: None,
        }
    }

    fn of(error: &Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::Missing { shell } => Self {
                shell: Shell {
                    // There is nothing to come back to.
                    return_path: "/".into(),
                    ..Shell::clone(shell)
                },
                ..Self::not_found()
            },
            Error::Forbidden(refusal) => Self::refused(refusal),
            Error::Conflict(why) => Self::new(StatusCode::CONFLICT, STOPPED, &[why]),
            Error::Stopped { why, shell } => {
                let mut page = Self::new(StatusCode::CONFLICT, STOPPED, &[why]);
                page.framed(shell);
                page
            }
            Error::BadRequest(why) => {
                let go_on = "Go back, reload the page, and send the form again.";
                Self::new(
                    StatusCode::BAD_REQUEST,
                    "This request cannot be read",
                    &[why, go_on],
                )
            }
            Error::TooMany { retry_after } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many tries",
                &[&format!("You can try again in {}.", in_words(*retry_after))],
            ),
            Error::Unavailable { retry_after } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The portal is busy",
                &[&format!(
                    "What you entered was not saved. Try again in {}.",
                    in_words(*retry_after)
                )],
            ),
            Error::Elsewhere(_) | Error::Internal(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Sorry, there is a problem with the service",
                &["What you entered was not saved. Try again later."],
            ),
        }
    }

    fn not_found() -> Self {
        let check = "Check that the address is complete and typed correctly.";
        let who = "If you expected to see something here, you may be signed in as the wrong person or in the wrong account.";
        let mut page = Self::new(StatusCode::NOT_FOUND, "Page not found", &[check, who]);
        page.links
            .push(("Switch account".into(), "/accounts".into()));
        page
    }

    fn refused(refusal: &Refusal) -> Self {
        let mut page = Self::new(
            StatusCode::FORBIDDEN,
            "You cannot do this here",
            &[&refusal.sentence],
        );
        page.paragraphs.extend(refusal.needed.clone());
        if !refusal.ask.is_empty() {
            page.paragraphs
                .push(format!("Ask: {}.", refusal.ask.join(", ")));
        }
        page.paragraphs
            .push(format!("The gate that refused: {}.", refusal.gate));
        if let Some(wish) = &refusal.request {
            let decides = if wish.role == Builtin::Admin.into() {
                "an Admin or Owner"
            } else {
                "somebody who may give it"
            };
            page.paragraphs.push(format!(
                "You can ask for the role {} here: {decides} then decides.",
                wish.role
            ));
        }
        if let Some(shell) = &refusal.shell {
            page.framed(shell);
            if shell.account.is_some() {
                // Where no permission would change it, nothing is missing.
                let why = refusal.why.clone();
                let why = why.map(|href| ("Why? See what is missing".to_owned(), href));
                page.links.extend(why);
            }
        }
        let request = refusal.request.clone();
        page.links
            .extend(request.map(|wish| (wish.label().to_owned(), wish.href)));
        page
    }
}

impl ErrorPage {
    /// In this frame, with ways on inside of its account.
    fn framed(&mut self, shell: &Shell) {
        self.shell = shell.clone();
        let Some(account) = &shell.account else {
            return;
        };
        let to = format!("Go to {}", account.name);
        self.links = vec![(to, urls::account(&account.slug))];
        let back = back_to_person(&shell.path, &account.slug);
        self.links
            .extend(back.map(|href| ("Back to the person".to_owned(), href)));
    }
}

/// The page of the person about whom something was asked below it.
fn back_to_person(path: &str, account: &str) -> Option<String> {
    let below = format!("{}/users/", urls::account(account));
    let (person, _) = path.strip_prefix(&below)?.split_once('/')?;
    let person = person.parse().ok()?;
    Some(urls::user(account, person))
}

fn in_words(seconds: u32) -> String {
    match seconds {
        0..=1 => "a second".into(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// The page for any path that leads nowhere: it says who is signed in.
pub async fn nowhere(gate: Open<Reading>, app: App) -> Result<HttpResponse, Error> {
    if gate.visit().session().is_none() {
        return Err(Error::NotFound);
    }
    let inside = app.clone();
    let missing = app
        .read(gate, move |conn, scope| {
            refusal::not_found(conn, &inside, scope.visit(), scope.now())
        })
        .await?;
    Err(missing)
}

/// The answer of an address that only takes forms, typed, or reloaded after signing in: to the page above it, which has so
/// many segments. That is worked out from the address alone: whether there is anything, that page says, to whom it may.
pub fn only_posted(request: &HttpRequest, above: usize) -> HttpResponse {
    let mut response = if matches!(*request.method(), Method::GET | Method::HEAD) {
        let segments = request.path().split('/').take(above.saturating_add(1));
        let page = segments.collect::<Vec<_>>().join("/");
        let mut response = HttpResponse::SeeOther();
        response.insert_header((header::LOCATION, html::safe_return(&page)));
        response
    } else {
        HttpResponse::MethodNotAllowed()
    };
    response
        .insert_header((header::ALLOW, Method::POST.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// The page for a request that did not come from a page of ours.
pub fn forged(_: &HttpRequest) -> HttpResponse {
    let sentence = "This request did not come from a page of this portal. Open the page again and send the form from there.";
    Error::from(Refusal::new("origin", sentence)).error_response()
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::Missing { .. } => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Elsewhere(Elsewhere::SignIn { .. }) => StatusCode::SEE_OTHER,
            Self::Elsewhere(Elsewhere::Renamed { .. }) => StatusCode::PERMANENT_REDIRECT,
            Self::Conflict(_) | Self::Stopped { .. } => StatusCode::CONFLICT,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status_code());
        if let Self::Elsewhere(way) = self {
            let location = match way {
                Elsewhere::SignIn { return_to } => urls::sign_in(return_to),
                Elsewhere::Renamed { to } => to.clone(),
            };
            return response
                .insert_header((header::LOCATION, location))
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .finish();
        }
        let mut page = ErrorPage::of(self);
        match self {
            Self::TooMany { retry_after } | Self::Unavailable { retry_after } => {
                response.insert_header((header::RETRY_AFTER, retry_after.to_string()));
            }
            Self::Internal(cause) => {
                let reference = crate::db::types::EventId::new();
                tracing::error!(%reference, %cause, "a request failed");
                page.request_id = Some(reference.to_string());
            }
            Self::Forbidden(refusal) => tracing::info!(gate = refusal.gate, "refused"),
            _ => {}
        }
        // A page that cannot be written is still an answer.
        let text = page.render().unwrap_or_else(|_| page.heading.clone());
        html::body(&mut response, text)
    }
}
