//! `/me/branding`: whose logo and colours one sees.

use actix_web::HttpResponse;
use askama::Template;

use crate::access::gate::{SignedIn, SignedInScope};
use crate::accounts;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::AccountId;
use crate::error::Result;
use crate::users;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;

/// Choosing it.
#[derive(Template)]
#[template(path = "me/branding.html")]
pub struct BrandingPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// The accounts one is in.
    pub accounts: Vec<Choice>,
    /// Where it posts.
    pub action: &'static str,
    /// Where one goes instead.
    pub cancel: &'static str,
}

fn page(conn: &mut Conn, scope: &SignedInScope, errors: Errors) -> Result<BrandingPage> {
    let brand = users::brand_of(conn, scope.person().id)?;
    let mine = accounts::mine(conn, scope, None)?.rows.into_iter();
    let choice = |account: accounts::Mine| {
        let hint = if account.kind == "home" {
            "Your Parent Account"
        } else {
            ""
        };
        Choice {
            hint: hint.into(),
            ..Choice::new(
                account.id.to_string(),
                account.name,
                brand == Some(account.id),
            )
        }
    };
    Ok(BrandingPage {
        shell: scope.shell("Portal Branding Account").with_errors(&errors),
        errors,
        accounts: mine.map(choice).collect(),
        action: urls::MY_BRANDING,
        cancel: urls::MY_PROFILE,
    })
}

/// The page.
pub async fn show(gate: SignedIn, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |conn, scope| page(conn, scope, Errors::new()))
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// *Save changes*. An account that one is not in does not exist.
pub async fn update(gate: SignedIn, form: Form, app: App) -> Result<HttpResponse> {
    let chosen = form.text("branding")?;
    let outcome = app
        .write(gate, move |conn, scope| {
            if chosen.is_empty() {
                let mut errors = Errors::new();
                errors.add("branding", "Choose an account");
                return page(conn, scope, errors).map(|page| Err(Box::new(page)));
            }
            let account: AccountId = chosen.parse().map_err(|_| crate::error::Error::NotFound)?;
            users::brand_by(conn, scope, account).map(Ok)
        })
        .await?;
    match outcome {
        Err(page) => html::again(&app, &page.shell, &*page),
        Ok(true) => Redirect::to(urls::MY_PROFILE)
            .success("Your Portal Branding Account was saved.")
            .respond(&app),
        Ok(false) => Redirect::to(urls::MY_PROFILE)
            .notice("It was so already: nothing changed.")
            .respond(&app),
    }
}
