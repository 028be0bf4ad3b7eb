//! `/me/email`: another address for oneself.

use actix_web::{HttpRequest, HttpResponse};

use super::{PAGE, SAME, beside, sent, typed};
use crate::access::gate::{SignedIn, SignedInScope};
use crate::app::App;
use crate::db::Conn;
use crate::email_change::pages::ChangePage;
use crate::email_change::{self as change, Fresh, Started};
use crate::error::Result;
use crate::sessions::proving;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    (email, errors): (String, Errors),
) -> Result<ChangePage> {
    Ok(ChangePage {
        shell: scope
            .shell(PAGE)
            .crumb("Your profile", urls::MY_PROFILE)
            .here()
            .with_errors(&errors),
        errors,
        person: None,
        current: scope.person().email.clone(),
        email,
        waiting: change::waiting(conn, scope.person().id, scope.now())?,
        proof: proving::is_needed(app, scope),
        action: urls::MY_EMAIL.to_owned(),
        cancel: urls::MY_PROFILE.to_owned(),
    })
}

/// The form.
pub async fn edit_own(gate: SignedIn, app: App) -> Result<HttpResponse> {
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            page(conn, &inside, scope, (String::new(), Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// *Send the link*, or *Take it back*.
pub async fn change_own(
    gate: SignedIn,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    if form.has("withdraw") {
        let done = app.write(gate, change::withdraw_own).await?;
        let there = Redirect::to(urls::MY_EMAIL);
        return if done {
            there.success("The change was taken back. Your address stays.")
        } else {
            there.notice("No change was waiting any more.")
        }
        .respond(&app);
    }
    let (raw, email) = typed(&form)?;
    let email = match email {
        Ok(email) => email,
        Err(errors) => {
            let inside = app.clone();
            let page = app
                .read(gate, move |conn, scope| {
                    page(conn, &inside, scope, (raw, errors))
                })
                .await?;
            return html::again(&app, &page.shell, &page);
        }
    };
    let brought = proving::bring(&app, gate.clone(), &form).await?;
    let (presented, fresh) = (brought.presented(), Fresh::new(app.sealer()));
    let (inside, shown) = (app.clone(), email.shown.clone());
    let (again, proof) = app
        .write(gate, move |conn, scope| {
            let wish = (&email, &presented, &fresh);
            let (started, proof) = change::start_own(conn, &inside, scope, wish)?;
            let errors = match started {
                Started::Sent => return Ok((None, proof)),
                Started::Same => beside("email", SAME),
                Started::Ask(why) => beside(proving::FIELD, why),
            };
            let mut page = page(conn, &inside, scope, (raw.clone(), errors))?;
            page.proof &= proof.is_none();
            Ok((Some(Box::new(page)), proof))
        })
        .await?;
    brought.keep(&request, proof.as_ref())?;
    match again {
        Some(page) => html::again(&app, &page.shell, &*page),
        None => Redirect::to(urls::MY_EMAIL)
            .success(sent(&shown))
            .respond(&app),
    }
}
