//! What waits for an operator, and confirming it.

use actix_web::{HttpRequest, HttpResponse, web};

use super::InUrl;
use super::deciding::{said, wish};
use super::listing::operators_page;
use super::showing::{Told, errors_at, only_refused, page};
use crate::access::operating::{Operating, OperatingScope};
use crate::app::App;
use crate::db::Conn;
use crate::db::types::RequestId;
use crate::error::Result;
use crate::requests::Decided;
use crate::requests::confirming::{self, confirms, for_operator};
use crate::requests::hindering::in_the_way;
use crate::requests::pages::{DecideForm, RequestPage};
use crate::requests::{people, seeing};
use crate::sessions::proving;
use crate::web::form::{Errors, Form, Query};
use crate::web::html;
use crate::web::urls;
use crate::web::word;

/// What waits for an operator.
pub async fn waiting(gate: Operating, query: Query, app: App) -> Result<HttpResponse> {
    let before: Option<RequestId> = query.text("before")?.parse().ok();
    let page = app
        .read(gate, move |conn, scope| operators_page(conn, scope, before))
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// One of them.
pub async fn one(gate: Operating, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (id, inside) = (at.request()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            shown(conn, &inside, scope, id, (Errors::new(), ""))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn shown(
    conn: &mut Conn,
    app: &App,
    scope: &OperatingScope,
    id: RequestId,
    (errors, words): (Errors, &str),
) -> Result<RequestPage> {
    let (file, account) = for_operator(conn, app, id, scope.now())?;
    let (one, many) = confirming::words_of(conn, file.request.account)?;
    let shell = scope
        .shell("Request to confirm")
        .crumb("Requests to confirm", urls::OPERATOR_REQUESTS)
        .with_errors(&errors);
    // What tells one person from another who calls themself the same; to pages of the account no operator gets.
    let told = Told {
        account: Some(account.name),
        people: people::concerned(conn, &file.request)?,
        pages: Vec::new(),
        place: true,
        leads: false,
    };
    let seen = seeing::seen(app, &file, &told.people);
    let mut page = page(conn, app, (&file, scope.now()), shell, (errors, told))?;
    // In the words of the account: the page is in no account's frame.
    for label in page.gains.iter_mut().flat_map(|(_, labels)| labels) {
        *label = word::put(label, &one, &many);
    }
    if !file.request.state.is_open() {
        return Ok(page);
    }
    if let Some(why) = confirms(conn, &file, scope.person().id)?.barred() {
        page.barred = Some(why.to_owned());
        return Ok(page);
    }
    let stuck = in_the_way(conn, app, &file, scope.now())?;
    page.decide = Some(DecideForm {
        action: urls::decide_operator_request(id),
        words: words.to_owned(),
        seen,
        proof: proving::is_needed(app, scope),
        approve: stuck.is_none().then_some("Confirm"),
    });
    page.barred = stuck.map(only_refused);
    Ok(page)
}

/// *Confirm* or *Refuse*.
pub async fn confirm(
    gate: Operating,
    at: web::Path<InUrl>,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let id = at.request()?;
    let brought = proving::bring(&app, gate.clone(), &form).await?;
    let (wish, typed) = (wish(&form, id, &brought)?, form.text("words")?);
    let inside = app.clone();
    let (decided, proven, page) = app
        .write(gate, move |conn, scope| {
            let (decided, proven) = confirming::confirm(conn, &inside, scope, &wish)?;
            let page = match &decided {
                Decided::Again(field, why) => {
                    let errors = errors_at(field, why.clone());
                    let page = shown(conn, &inside, scope, id, (errors, &typed))?;
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
        // Put back to the account, it is nothing for an operator any more.
        None if matches!(decided, Decided::PutBack) => {
            said(urls::OPERATOR_REQUESTS.to_owned(), &decided).respond(&app)
        }
        None => said(urls::operator_request(id), &decided).respond(&app),
    }
}
