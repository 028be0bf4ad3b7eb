//! `/accounts/{account}/security`: whether the account's people may be guests elsewhere (rule 10, S16), for Owners.

use actix_web::HttpResponse;
use askama::Template;
use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::Gate;
use crate::access::permission::OwnershipTransfer;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::schema::accounts;
use crate::error::Result;
use crate::web::clash::{self, Clash, Ways};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;

type Owner = Scope<Whole, OwnershipTransfer>;

/// The page's name.
const PAGE: &str = "Account security";

/// Account security.
#[derive(Template)]
#[template(path = "accounts/security.html")]
pub struct SecurityPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// Allowed, not allowed.
    pub elsewhere: Vec<Choice>,
    /// The version that is shown.
    pub version: i64,
    /// Where it posts.
    pub action: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// The rule in words.
const fn in_words(exclusive: bool) -> &'static str {
    if exclusive { "Not allowed" } else { "Allowed" }
}

/// Whether people are kept to this account, and the version of that.
fn load(conn: &mut Conn, scope: &Owner) -> Result<(bool, i64)> {
    Ok(accounts::table
        .filter(accounts::id.eq(scope.account().id))
        .select((accounts::exclusive, accounts::version))
        .first(conn)?)
}

fn page(scope: &Owner, (chosen, version): (Option<bool>, i64), errors: Errors) -> SecurityPage {
    let slug = &scope.account().slug;
    let choice = |value: &str, exclusive: bool, hint: &str| Choice {
        hint: hint.to_owned(),
        ..Choice::new(value, in_words(exclusive), chosen == Some(exclusive))
    };
    SecurityPage {
        shell: scope.shell(PAGE).here().with_errors(&errors),
        errors,
        elsewhere: vec![
            choice(
                "allowed",
                false,
                "People whose home is this account can accept invitations of other accounts.",
            ),
            choice(
                "closed",
                true,
                "Their addresses belong to this account alone. Whoever is a guest elsewhere now stays there.",
            ),
        ],
        version,
        action: urls::account_security(slug),
        cancel: urls::account(slug),
    }
}

/// The page.
pub async fn show(gate: Gate<Whole, OwnershipTransfer>, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |conn, scope| {
            let (exclusive, version) = load(conn, scope)?;
            Ok(page(scope, (Some(exclusive), version), Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// What became of the form.
enum Saved {
    Again(Box<SecurityPage>),
    Done,
    Clash(Box<(Shell, Clash)>),
}

/// *Save changes*.
pub async fn update(
    gate: Gate<Whole, OwnershipTransfer>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let version = clash::version(&form)?;
    let wanted = match form.text("elsewhere")?.as_str() {
        "allowed" => Some(false),
        "closed" => Some(true),
        _ => None,
    };
    let path = urls::account_security(gate.account_slug());
    let saved = app
        .write(gate, move |conn, scope| {
            save(conn, scope, (wanted, version))
        })
        .await?;
    match saved {
        Saved::Again(page) => html::again(&app, &page.shell, &*page),
        Saved::Done => Redirect::to(path)
            .success("The rule was saved.")
            .respond(&app),
        Saved::Clash(both) => {
            let (shell, clash) = *both;
            let ways = Ways {
                action: path.clone(),
                theirs: path,
            };
            clash::respond(&app, &shell, &clash, &form, &ways)
        }
    }
}

fn save(conn: &mut Conn, scope: &Owner, (wanted, version): (Option<bool>, i64)) -> Result<Saved> {
    let Some(exclusive) = wanted else {
        let mut errors = Errors::new();
        errors.add("elsewhere", "Choose whether it is allowed");
        return Ok(Saved::Again(Box::new(page(scope, (None, version), errors))));
    };
    let (was, current) = load(conn, scope)?;
    let account = scope.account().id;
    if current != version {
        let about = (account, Target::account(account));
        let changes = [Action::AccountChanged, Action::SettingsChanged];
        let clash = Clash::read(conn, about, &changes, (current, scope.now()))?.field(
            "Guests elsewhere",
            in_words(was),
            in_words(exclusive),
        );
        return Ok(Saved::Clash(Box::new((scope.shell(PAGE).here(), clash))));
    }
    if was != exclusive {
        diesel::update(accounts::table.filter(accounts::id.eq(account)))
            .set((
                accounts::exclusive.eq(exclusive),
                accounts::version.eq(accounts::version + 1),
            ))
            .execute(conn)?;
        let event = scope.event(Action::SettingsChanged);
        let (before, after) = (
            json!({ "exclusive": was }),
            json!({ "exclusive": exclusive }),
        );
        audit::record(conn, &event.changed(before, after))?;
    }
    Ok(Saved::Done)
}
