//! Addresses by which one looks for a page that stands under another (ux 4): each leads there, for whoever may open it.

use actix_web::{HttpResponse, web};

use super::InUrl;
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersView;
use crate::access::place::Whole;
use crate::app::App;
use crate::error::Result;
use crate::users;
use crate::web::html::Redirect;
use crate::web::urls;

type Reader = Gate<Whole, Somewhere<UsersView>>;

/// Who is invited: a part of the list of everybody.
pub async fn invitations(gate: Reader, app: App) -> Result<HttpResponse> {
    let to = app
        .read(gate, |_, scope| Ok(urls::invited(&scope.account().slug)))
        .await?;
    Redirect::to(to).respond(&app)
}

/// What a person can do, and why. Whom the reader does not see is not there.
pub async fn access(gate: Reader, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let to = app
        .read(gate, move |conn, scope| {
            let reach = users::reach(conn, inside.roles(), scope)?;
            users::find(conn, scope, &reach, user)?;
            Ok(urls::access_of(&scope.account().slug, user))
        })
        .await?;
    Redirect::to(to).respond(&app)
}
