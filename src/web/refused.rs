//! The pages of what cannot be served: each names what happened in plain words and a way on (rule 28).

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};
use askama::Template;

use super::html;
use super::shell::Shell;
use super::urls;
use crate::access::refusal::Refusal;
use crate::error::{Elsewhere, Error};

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
            Error::Forbidden(refusal) => Self::refused(refusal),
            Error::Conflict(why) => {
                Self::new(StatusCode::CONFLICT, "Something changed first", &[why])
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
        if refusal.request.is_some() {
            let asked = "You can ask for the role Admin here: an Admin or Owner then decides.";
            page.paragraphs.push(asked.into());
        }
        if let Some(shell) = &refusal.shell {
            page.shell = shell.clone();
            if let Some(account) = &shell.account {
                let why = refusal.why.clone();
                page.links = vec![
                    (
                        format!("Go to {}", account.name),
                        urls::account(&account.slug),
                    ),
                    (
                        "Why? See what is missing".into(),
                        why.unwrap_or_else(|| urls::my_access(&account.slug)),
                    ),
                ];
            }
        }
        let request = refusal.request.clone();
        page.links
            .extend(request.map(|href| ("Request Admin role".to_owned(), href)));
        page
    }
}

fn in_words(seconds: u32) -> String {
    match seconds {
        0..=1 => "a second".into(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// The page for any path that leads nowhere.
pub async fn nowhere() -> Result<HttpResponse, Error> {
    Err(Error::NotFound)
}

/// The page for a request that did not come from a page of ours.
pub fn forged(_: &HttpRequest) -> HttpResponse {
    let sentence = "This request did not come from a page of this portal. Open the page again and send the form from there.";
    Error::from(Refusal::new("origin", sentence)).error_response()
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Elsewhere(Elsewhere::SignIn { .. }) => StatusCode::SEE_OTHER,
            Self::Elsewhere(Elsewhere::Renamed { .. }) => StatusCode::PERMANENT_REDIRECT,
            Self::Conflict(_) => StatusCode::CONFLICT,
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
