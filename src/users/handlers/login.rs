//! What a manager does about somebody's login: end sessions, mail a link to choose a new password or to end a lock.
//! All of it goes on in a frozen account: it only takes, or lets somebody sign in (S22).

use actix_web::{HttpResponse, web};

use super::{InUrl, mail_works};
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::app::App;
use crate::audit::{Action, Target};
use crate::error::{Error, Result};
use crate::passwords;
use crate::sessions::{self, Which};
use crate::users::{self, showing};
use crate::web::form::Form;
use crate::web::html::Redirect;
use crate::web::urls;
use crate::web::view::count;
use crate::welcome::Fresh;

type Manager = Gate<Whole, Somewhere<UsersManage>>;

/// *Sign out this*, *Sign out everywhere*.
pub async fn sign_out(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let there = urls::user(gate.account_slug(), user);
    let one = form.text("session")?;
    let which = if one.is_empty() {
        Which::All
    } else {
        Which::One(one.parse().map_err(|_| Error::NotFound)?)
    };
    let (name, ended) = app
        .write_ending(gate, move |conn, scope| {
            let row = users::managed_here(conn, &inside, scope, user)?.row;
            let event = scope
                .event(Action::SessionEnded)
                .on(Target::user(user))
                .about(&row.first_name, &row.last_name, &row.email);
            let ended = sessions::sign_out(conn, user, which, event)?;
            Ok((showing::name(&row), ended))
        })
        .await?;
    let there = Redirect::to(there);
    match ended {
        0 => there.notice(format!("{name} was not signed in there any more.")),
        n => {
            let ended = count(i64::try_from(n).unwrap_or(i64::MAX), "session");
            there.success(format!("{name} was signed out: {ended} ended."))
        }
    }
    .respond(&app)
}

/// *Send password reset mail*.
pub async fn mail_reset(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let there = urls::user(gate.account_slug(), user);
    let fresh = Fresh::mailed(app.sealer());
    let row = app
        .write_ending(gate, move |conn, scope| {
            let shown = passwords::mail_reset(conn, &inside, scope, (user, &fresh))?;
            Ok(shown.row)
        })
        .await?;
    let email = row.email;
    let there = Redirect::to(there);
    if mail_works(&app) {
        there.success(format!(
            "A link to choose a new password is on its way to {email}."
        ))
    } else {
        there.notice(format!(
            "Mail is not set up on this portal: the link to choose a new password does not reach {email}. Ask those who run the portal."
        ))
    }
    .respond(&app)
}

/// *Send unlock mail*.
pub async fn mail_unlock(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let there = urls::user(gate.account_slug(), user);
    let fresh = Fresh::mailed(app.sealer());
    let (row, sent) = app
        .write_ending(gate, move |conn, scope| {
            let (shown, sent) = passwords::mail_unlock(conn, &inside, scope, (user, &fresh))?;
            Ok((shown.row, sent))
        })
        .await?;
    let there = Redirect::to(there);
    if sent && !mail_works(&app) {
        let email = row.email;
        there.notice(format!(
            "Mail is not set up on this portal: the link to end the lock does not reach {email}. Use Unlock."
        ))
    } else if sent {
        there.success(format!(
            "A link to end the lock is on its way to {}.",
            row.email
        ))
    } else {
        let name = showing::name(&row);
        there.notice(format!("The sign-in of {name} was not locked any more."))
    }
    .respond(&app)
}
