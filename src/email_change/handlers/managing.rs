//! A manager of somebody's home begins a change of the address that they sign in with.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{PAGE, SAME, beside, sent, typed};
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::email_change::pages::ChangePage;
use crate::email_change::{self as change, Fresh, Started};
use crate::error::Result;
use crate::sessions::proving;
use crate::users::handlers::InUrl;
use crate::users::{self, Names, Shown};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;

type Manager = Gate<Whole, Somewhere<UsersManage>>;
type Managing = Scope<Whole, Somewhere<UsersManage>>;

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (shown, email, errors): (&Shown, String, Errors),
) -> Result<ChangePage> {
    let (slug, id) = (&scope.account().slug, shown.row.id);
    let name = Names::from(shown).full();
    Ok(ChangePage {
        shell: scope
            .shell(PAGE)
            .crumb("User Management", urls::user_management(slug))
            .crumb(name.clone(), urls::user(slug, id))
            .here()
            .with_errors(&errors),
        errors,
        person: Some(name),
        current: shown.row.email.clone(),
        email,
        waiting: change::waiting(conn, id, scope.now())?,
        proof: proving::is_needed(app, scope),
        action: urls::user_email(slug, id),
        cancel: urls::user(slug, id),
    })
}

/// The form. About oneself it is one's own.
pub async fn edit(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            if scope.person().id == user {
                return Ok(None);
            }
            let shown = users::readdressable(conn, &inside, scope, user)?;
            let wish = (&shown, String::new(), Errors::new());
            page(conn, &inside, scope, wish).map(Some)
        })
        .await?;
    match page {
        Some(page) => html::ok(&app, &page.shell, &page),
        None => Redirect::to(urls::MY_EMAIL).respond(&app),
    }
}

/// *Send the link*, or *Take it back*.
pub async fn change(
    gate: Manager,
    at: web::Path<InUrl>,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let here = urls::user_email(gate.account_slug(), user);
    if form.has("withdraw") {
        let done = app
            .write(gate, move |conn, scope| {
                change::withdraw(conn, &inside, scope, user)
            })
            .await?;
        let there = Redirect::to(here);
        return if done {
            there.success("The change was taken back. The address stays.")
        } else {
            there.notice("No change was waiting any more.")
        }
        .respond(&app);
    }
    let (raw, email) = typed(&form)?;
    let brought = proving::bring(&app, gate.clone(), &form).await?;
    let (presented, fresh) = (brought.presented(), Fresh::new(app.sealer()));
    let sent_to = email
        .as_ref()
        .map_or_else(|_| String::new(), |email| email.shown.clone());
    let (again, proof) = app
        .write(gate, move |conn, scope| {
            let (errors, proof) = match &email {
                Err(errors) => (errors.clone(), None),
                Ok(email) => {
                    let wish = (user, email, &presented, &fresh);
                    let (started, proof) = change::start(conn, &inside, scope, wish)?;
                    match started {
                        Started::Sent => return Ok((None, proof)),
                        Started::Same => (beside("email", SAME), proof),
                        Started::Ask(why) => (beside(proving::FIELD, why), proof),
                    }
                }
            };
            let shown = users::readdressable(conn, &inside, scope, user)?;
            let mut page = page(conn, &inside, scope, (&shown, raw.clone(), errors))?;
            page.proof &= proof.is_none();
            Ok((Some(Box::new(page)), proof))
        })
        .await?;
    brought.keep(&request, proof.as_ref())?;
    match again {
        Some(page) => html::again(&app, &page.shell, &*page),
        None => Redirect::to(here).success(sent(&sent_to)).respond(&app),
    }
}
