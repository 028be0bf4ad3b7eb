//! `/me/invitation`: an invitation reviewed and answered without its mail, by whoever is signed in as its address.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::accepting::facts_of;
use super::joining::{self, Gone, Settled};
use super::pages::InvitationPage;
use crate::access::gate::{SignedIn, SignedInScope};
use crate::access::role::RoleTable;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::AccountId;
use crate::error::Result;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::moment;

/// Where the answer goes.
const ACTION: &str = "/me/invitation";

/// The page, or why there is none.
type Shown = std::result::Result<InvitationPage, Gone>;

fn page(
    conn: &mut Conn,
    (table, scope): (&RoleTable, &SignedInScope),
    account: Option<AccountId>,
    (errors, reason): (Errors, String),
) -> Result<Shown> {
    let Some(account) = account else {
        return Ok(Err(Gone::Withdrawn));
    };
    let person = scope.person();
    let pending = match joining::pending(conn, (account, person.id), scope.now())? {
        Ok(pending) => pending,
        Err(gone) => return Ok(Err(gone)),
    };
    let facts = facts_of(conn, table, (account, &pending.account.name), person.id)?;
    Ok(Ok(InvitationPage {
        shell: scope.shell("Invitation").with_errors(&errors),
        action: ACTION.into(),
        account_id: account.to_string(),
        errors,
        reason,
        inviter: facts.inviter,
        place: facts.place,
        account: pending.account.name,
        email: person.email.clone(),
        roles: facts.roles,
        signed_in_as: None,
        until: pending
            .until
            .filter(|until| *until > scope.now())
            .map(moment),
    }))
}

fn respond(app: &App, shown: &Shown, status: StatusCode) -> Result<HttpResponse> {
    match shown {
        Ok(page) => html::page(app, status, &page.shell, page),
        Err(gone) => Redirect::to(urls::MY_ACCOUNTS)
            .notice(gone.sentence("The account"))
            .respond(app),
    }
}

/// `GET /me/invitation?account=…`.
pub async fn show(gate: SignedIn, query: Query, app: App) -> Result<HttpResponse> {
    let account = query.text("account")?.parse().ok();
    let table = app.roles().clone();
    let shown = app
        .read(gate, move |conn, scope| {
            page(
                conn,
                (&*table, scope),
                account,
                (Errors::new(), String::new()),
            )
        })
        .await?;
    respond(&app, &shown, StatusCode::OK)
}

/// `POST /me/invitation`: *Accept* or *Decline*.
pub async fn answer(gate: SignedIn, form: Form, app: App) -> Result<HttpResponse> {
    let account: Option<AccountId> = form.text("account")?.parse().ok();
    let reason = form.text("reason")?;
    let answer = match joining::answer(&form)? {
        Ok(answer) => answer,
        Err(errors) => {
            let table = app.roles().clone();
            let shown = app
                .read(gate, move |conn, scope| {
                    page(conn, (&*table, scope), account, (errors, reason))
                })
                .await?;
            return respond(&app, &shown, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let account = account.unwrap_or(AccountId::nil());
    let (inner, mails) = (app.clone(), joining::mail_ids());
    let settled = app
        .write(gate, move |conn, scope| {
            let request = (scope.visit(), scope.now(), mails.as_slice());
            joining::settle(conn, &inner, request, (account, scope.person().id), &answer)
        })
        .await?;
    match settled {
        Settled::Joined(account, project) => joining::landed(&account, project).respond(&app),
        Settled::Declined(account) => Redirect::to(urls::MY_ACCOUNTS)
            .notice(format!("You declined to join {}.", account.name))
            .respond(&app),
        Settled::Gone(gone) => respond(&app, &Err(gone), StatusCode::OK),
    }
}
