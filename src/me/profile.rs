//! `/me`: one's own name, and the address one signs in with.

use actix_web::HttpResponse;
use askama::Template;

use crate::access::gate::{SignedIn, SignedInScope};
use crate::accounts;
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::users::{self, Names, Renamed};
use crate::web::clash::{self, Ways};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;

/// The page's name.
const PAGE: &str = "Your profile";

/// One's own profile.
#[derive(Template)]
#[template(path = "me/profile.html")]
pub struct ProfilePage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// What was typed, or what is stored.
    pub names: Names,
    /// The version that is shown.
    pub version: i64,
    /// Where it posts.
    pub action: &'static str,
    /// The address one signs in with.
    pub email: String,
    /// Name of the account that manages the login.
    pub home: Option<String>,
    /// Name of the account whose logo and colours one sees.
    pub brand: Option<String>,
    /// Where another one is chosen.
    pub branding: &'static str,
}

fn page(
    conn: &mut Conn,
    scope: &SignedInScope,
    (names, version): (Names, i64),
    home: Option<String>,
    errors: Errors,
) -> Result<ProfilePage> {
    let brand = users::brand_of(conn, scope.person().id)?;
    Ok(ProfilePage {
        shell: scope.shell(PAGE).with_errors(&errors),
        errors,
        names,
        version,
        action: urls::MY_PROFILE,
        email: scope.person().email.clone(),
        home,
        brand: brand.map(|id| accounts::name_of(conn, id)).transpose()?,
        branding: urls::MY_BRANDING,
    })
}

/// The page.
pub async fn show(gate: SignedIn, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |conn, scope| {
            let (names, home) = users::own(conn, scope.person().id)?;
            let version = names.version();
            let home = home.map(|(_, name, _)| name);
            page(conn, scope, (names, version), home, Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

enum Outcome {
    Again(Box<ProfilePage>),
    Saved(Box<(Shell, Renamed)>),
}

/// *Save changes*.
pub async fn update(gate: SignedIn, form: Form, app: App) -> Result<HttpResponse> {
    let (typed, version) = (Names::typed(&form)?, clash::version(&form)?);
    let outcome = app
        .write(gate, move |conn, scope| {
            let new = match typed.check() {
                Ok(new) => new,
                Err(errors) => {
                    let (_, home) = users::own(conn, scope.person().id)?;
                    let home = home.map(|(_, name, _)| name);
                    let again = page(conn, scope, (typed.clone(), version), home, errors)?;
                    return Ok(Outcome::Again(Box::new(again)));
                }
            };
            let renamed = users::rename_oneself(conn, scope, (&new, version))?;
            Ok(Outcome::Saved(Box::new((scope.shell(PAGE), renamed))))
        })
        .await?;
    let saved = match outcome {
        Outcome::Again(page) => return html::again(&app, &page.shell, &*page),
        Outcome::Saved(saved) => saved,
    };
    match *saved {
        (_, Renamed::Done(true)) => Redirect::to(urls::MY_PROFILE)
            .success("Your name was saved.")
            .respond(&app),
        (_, Renamed::Done(false)) => Redirect::to(urls::MY_PROFILE)
            .notice("It was so already: nothing changed.")
            .respond(&app),
        (shell, Renamed::Clash(clash)) => {
            let ways = Ways {
                action: urls::MY_PROFILE.to_owned(),
                theirs: urls::MY_PROFILE.to_owned(),
            };
            clash::respond(&app, &shell, &clash, &form, &ways)
        }
    }
}
