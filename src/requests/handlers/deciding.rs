//! Approving, refusing and withdrawing.

use actix_web::{HttpRequest, HttpResponse, web};

use super::InUrl;
use super::showing::{errors_at, one};
use crate::access::gate::Gate;
use crate::access::permission::Visible;
use crate::access::place::Whole;
use crate::app::App;
use crate::db::types::{DecisionId, GrantId, RequestId};
use crate::error::Result;
use crate::requests::forms::written;
use crate::requests::pages::RequestPage;
use crate::requests::{Decide, Decided, deciding, making};
use crate::sessions::proving::{self, Brought};
use crate::web::form::Form;
use crate::web::html::{self, Redirect};
use crate::web::urls;

/// A decision as it was sent.
pub(super) fn wish(form: &Form, request: RequestId, brought: &Brought) -> Result<Decide> {
    let approve = match form.text("decision")?.as_str() {
        "approve" => Some(true),
        "refuse" => Some(false),
        _ => None,
    };
    let words = written("reason", &form.text("words")?);
    Ok(Decide {
        request,
        approve: approve.unwrap_or(false),
        words: match approve {
            Some(_) => words,
            None => Err("Approve or refuse with one of the buttons".into()),
        },
        decision: DecisionId::new(),
        grant: GrantId::new(),
        seen: form.text("seen")?,
        presented: brought.presented(),
    })
}

/// The sentence for the next page.
pub(super) fn said(to: String, decided: &Decided) -> Redirect {
    let there = Redirect::to(to);
    match decided {
        Decided::Granted => there.success("Approved. The role holds from now on."),
        Decided::ForOperator => {
            there.success("Approved. An operator of the portal has to confirm it.")
        }
        Decided::Approved => there.success("Approved. Somebody else has to approve it too."),
        Decided::Refused => there.success("Refused. Nothing has changed but that."),
        Decided::Not(why) => there.error(why),
        Decided::PutBack => there.error(
            "Whoever approved this is no longer an Admin or Owner there. The account was asked again.",
        ),
        Decided::Again(..) => there,
    }
}

/// *Approve* or *Refuse*.
pub async fn decide(
    gate: Gate<Whole, Visible>,
    at: web::Path<InUrl>,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let (id, slug) = (at.request()?, gate.account_slug().to_owned());
    let brought = proving::bring(&app, gate.clone(), &form).await?;
    let (wish, typed) = (wish(&form, id, &brought)?, form.text("words")?);
    let inside = app.clone();
    let (decided, proven, page) = app
        .write(gate, move |conn, scope| {
            let (decided, proven) = deciding::decide(conn, &inside, scope, &wish)?;
            let page: Option<Box<RequestPage>> = match &decided {
                Decided::Again(field, why) => {
                    let errors = errors_at(field, why.clone());
                    let page = one(conn, &inside, scope, id, (errors, &typed))?;
                    Some(Box::new(page))
                }
                _ => None,
            };
            Ok((decided, proven, page))
        })
        .await?;
    brought.keep(&request, proven.as_ref())?;
    match page {
        Some(page) => html::again(&app, &page.shell, &*page),
        None => said(urls::request(&slug, id), &decided).respond(&app),
    }
}

/// *Withdraw*.
pub async fn withdraw(
    gate: Gate<Whole, Visible>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let (id, slug, inside) = (at.request()?, gate.account_slug().to_owned(), app.clone());
    let done = app
        .write(gate, move |conn, scope| {
            making::withdraw(conn, &inside, scope, id)
        })
        .await;
    match done {
        Ok(Ok(())) => Redirect::to(urls::request(&slug, id)).success("The request was withdrawn."),
        Ok(Err(why)) => Redirect::to(urls::request(&slug, id)).error(why),
        Err(error) => return Err(error),
    }
    .respond(&app)
}
