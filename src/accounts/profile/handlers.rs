//! `/accounts/{account}/profile`.

use actix_web::HttpResponse;

use super::form::{Checked, Typed};
use super::model::{Profile, Saved, load, save};
use super::page::{ProfilePage, both};
use crate::access::gate::Gate;
use crate::access::permission::{AccountEdit, AccountView};
use crate::access::place::Whole;
use crate::access::role::Builtin;
use crate::app::App;
use crate::error::Result;
use crate::members;
use crate::web::clash::{self, Ways};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::naming::Typed as Naming;
use crate::web::urls;

/// The page's name.
const PAGE: &str = "Account Profile";

/// Account Profile, to change or only to look at.
pub async fn show(gate: Gate<Whole, AccountView>, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |conn, scope| {
            let profile = load(conn, scope)?;
            let shell = scope.shell(PAGE).here();
            if scope.also(AccountEdit) {
                let action = urls::account_profile(&scope.account().slug);
                return Ok(ProfilePage::form(
                    shell,
                    Typed::of(&profile),
                    Errors::new(),
                    action,
                ));
            }
            let (account, roles) = (scope.account().id, [Builtin::Owner, Builtin::Admin]);
            let ask = members::who_hold(conn, account, &roles, scope.now())?;
            Ok(ProfilePage::facts(shell, &profile, &ask))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// *Save changes*.
pub async fn update(gate: Gate<Whole, AccountEdit>, form: Form, app: App) -> Result<HttpResponse> {
    let typed = Typed::read(&form)?;
    let path = urls::account_profile(gate.account_slug());
    let new = match typed.check() {
        Ok(new) => new,
        Err(errors) => {
            let page = app
                .read(gate, move |_, scope| {
                    let shell = scope.shell(PAGE).here();
                    Ok(ProfilePage::form(shell, typed, errors, path))
                })
                .await?;
            return html::again(&app, &page.shell, &page);
        }
    };
    let yours = profile_of(&new);
    let (shell, saved) = app
        .write(gate, move |conn, scope| {
            Ok((scope.shell(PAGE).here(), save(conn, scope, &new)?))
        })
        .await?;
    match saved {
        Saved::Done(true) => Redirect::to(urls::account_profile(&yours.slug))
            .success("The profile was saved.")
            .respond(&app),
        Saved::Done(false) => Redirect::to(path)
            .notice("It was so already: nothing changed.")
            .respond(&app),
        Saved::Taken(free) => {
            let errors = Naming::taken(&yours.slug, &free);
            let page = ProfilePage::form(shell, Typed::read(&form)?, errors, path);
            html::again(&app, &page.shell, &page)
        }
        Saved::Clash(now) => {
            let (theirs, clash) = *now;
            let ways = Ways {
                action: path.clone(),
                theirs: path,
            };
            clash::respond(&app, &shell, &both(clash, &theirs, &yours), &form, &ways)
        }
    }
}

/// What was typed, as the page would show it.
fn profile_of(new: &Checked) -> Profile {
    let new = new.clone();
    Profile {
        name: new.name,
        slug: new.slug,
        country: new.country,
        notifications: new.notifications,
        time_zone: new.time_zone,
        support: new.support,
        word_singular: new.word_singular,
        word_plural: new.word_plural,
        version: new.version,
    }
}
