//! Changing what a person is called.

use actix_web::{HttpResponse, web};

use super::InUrl;
use super::ending::frame;
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::error::Result;
use crate::users::pages::NamePage;
use crate::users::{self, Names, Renamed, Shown};
use crate::web::clash::{self, Ways};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;

type Manager = Gate<Whole, Somewhere<UsersManage>>;
type Managing = Scope<Whole, Somewhere<UsersManage>>;

/// The page's name.
const PAGE: &str = "Change name";

fn page(
    scope: &Managing,
    shown: &Shown,
    (names, version): (Names, i64),
    errors: Errors,
) -> NamePage {
    let (slug, id) = (&scope.account().slug, shown.row.id);
    NamePage {
        shell: frame(scope, PAGE, shown).with_errors(&errors),
        errors,
        invited: shown.row.status == "invited",
        names,
        version,
        action: urls::user_name(slug, id),
        cancel: urls::user(slug, id),
    }
}

/// The form. About oneself it is one's profile.
pub async fn edit_name(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            if scope.person().id == user {
                return Ok(None);
            }
            let shown = users::nameable(conn, &inside, scope, user)?;
            let names = Names::from(&shown);
            let version = names.version();
            Ok(Some(page(scope, &shown, (names, version), Errors::new())))
        })
        .await?;
    match page {
        Some(page) => html::ok(&app, &page.shell, &page),
        None => Redirect::to(urls::MY_PROFILE).respond(&app),
    }
}

enum Outcome {
    Again(Box<NamePage>),
    Saved(String, Box<(Shell, Renamed)>),
}

/// *Save changes*.
pub async fn rename(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    let (user, inside) = (at.user()?, app.clone());
    let (typed, version) = (Names::typed(&form)?, clash::version(&form)?);
    let outcome = app
        .write(gate, move |conn, scope| {
            let new = match typed.check() {
                Ok(new) => new,
                Err(errors) => {
                    let shown = users::nameable(conn, &inside, scope, user)?;
                    let again = page(scope, &shown, (typed.clone(), version), errors);
                    return Ok(Outcome::Again(Box::new(again)));
                }
            };
            let (shown, renamed) = users::rename(conn, &inside, scope, (user, &new, version))?;
            let frame = frame(scope, PAGE, &shown);
            Ok(Outcome::Saved(new.full(), Box::new((frame, renamed))))
        })
        .await?;
    let (name, saved) = match outcome {
        Outcome::Again(page) => return html::again(&app, &page.shell, &*page),
        Outcome::Saved(name, saved) => (name, saved),
    };
    let there = urls::user(&slug, user);
    match *saved {
        (_, Renamed::Done(true)) => Redirect::to(there)
            .success(format!("The name was saved: {name}."))
            .respond(&app),
        (_, Renamed::Done(false)) => Redirect::to(there)
            .notice("It was so already: nothing changed.")
            .respond(&app),
        (shell, Renamed::Clash(clash)) => {
            let action = urls::user_name(&slug, user);
            let ways = Ways {
                action,
                theirs: there,
            };
            clash::respond(&app, &shell, &clash, &form, &ways)
        }
    }
}
