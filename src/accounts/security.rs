//! `/accounts/{account}/security`: whether the account's people may be guests elsewhere (rule 10, S16), and who sends a new
//! link in place of an old one (S14), for Owners.

use actix_web::HttpResponse;
use askama::Template;
use diesel::prelude::*;
use serde_json::{Map, Value, json};

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
    /// Had by oneself, sent by a manager.
    pub new_links: Vec<Choice>,
    /// The version that is shown.
    pub version: i64,
    /// Where it posts.
    pub action: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rules {
    /// Whether people are kept to this account.
    exclusive: bool,
    /// Whether a new link is a manager's to send.
    by_manager: bool,
}

/// Whether guests elsewhere are allowed, in words.
const fn in_words(exclusive: bool) -> &'static str {
    if exclusive { "Not allowed" } else { "Allowed" }
}

/// Who sends a new link, in words.
const fn sender(by_manager: bool) -> &'static str {
    if by_manager {
        "A manager sends it"
    } else {
        "People get one by themselves"
    }
}

/// The rules, and the version of them.
fn load(conn: &mut Conn, scope: &Owner) -> Result<(Rules, i64)> {
    let (exclusive, by_manager, version) = accounts::table
        .filter(accounts::id.eq(scope.account().id))
        .select((
            accounts::exclusive,
            accounts::links_by_manager,
            accounts::version,
        ))
        .first(conn)?;
    let rules = Rules {
        exclusive,
        by_manager,
    };
    Ok((rules, version))
}

/// What is chosen: guests elsewhere, and who sends a new link.
type Chosen = (Option<bool>, Option<bool>);

fn page(scope: &Owner, (chosen, version): (Chosen, i64), errors: Errors) -> SecurityPage {
    let slug = &scope.account().slug;
    let choice = |value: &str, label: &str, is_chosen: bool, hint: &str| Choice {
        hint: hint.to_owned(),
        ..Choice::new(value, label, is_chosen)
    };
    SecurityPage {
        shell: scope.shell(PAGE).here().with_errors(&errors),
        errors,
        elsewhere: vec![
            choice(
                "allowed",
                in_words(false),
                chosen.0 == Some(false),
                "People whose home is this account can accept invitations of other accounts.",
            ),
            choice(
                "closed",
                in_words(true),
                chosen.0 == Some(true),
                "Their addresses belong to this account alone. Whoever is a guest elsewhere now stays there.",
            ),
        ],
        new_links: vec![
            choice(
                "themselves",
                sender(false),
                chosen.1 == Some(false),
                "The page of a link that has expired sends a new one to the same address, for 30 days after a manager last sent one.",
            ),
            choice(
                "manager",
                sender(true),
                chosen.1 == Some(true),
                "The page asks whoever invited them, by mail, to send it.",
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
            let (rules, version) = load(conn, scope)?;
            let chosen = (Some(rules.exclusive), Some(rules.by_manager));
            Ok(page(scope, (chosen, version), Errors::new()))
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
    let elsewhere = match form.text("elsewhere")?.as_str() {
        "allowed" => Some(false),
        "closed" => Some(true),
        _ => None,
    };
    let by_manager = match form.text("new_links")?.as_str() {
        "themselves" => Some(false),
        "manager" => Some(true),
        _ => None,
    };
    let wanted = (elsewhere, by_manager);
    let path = urls::account_security(gate.account_slug());
    let saved = app
        .write(gate, move |conn, scope| {
            save(conn, scope, (wanted, version))
        })
        .await?;
    match saved {
        Saved::Again(page) => html::again(&app, &page.shell, &*page),
        Saved::Done => Redirect::to(path)
            .success("The rules were saved.")
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

fn save(conn: &mut Conn, scope: &Owner, (wanted, version): (Chosen, i64)) -> Result<Saved> {
    let (Some(exclusive), Some(by_manager)) = wanted else {
        let mut errors = Errors::new();
        if wanted.0.is_none() {
            errors.add("elsewhere", "Choose whether it is allowed");
        }
        if wanted.1.is_none() {
            errors.add("new_links", "Choose who sends a new link");
        }
        let page = page(scope, (wanted, version), errors);
        return Ok(Saved::Again(Box::new(page)));
    };
    let rules = Rules {
        exclusive,
        by_manager,
    };
    let (was, current) = load(conn, scope)?;
    let account = scope.account().id;
    if current != version {
        let about = (account, Target::account(account));
        let changes = [Action::AccountChanged, Action::SettingsChanged];
        let clash = Clash::read(conn, about, &changes, (current, scope.now()))?
            .field(
                "Guests elsewhere",
                in_words(was.exclusive),
                in_words(exclusive),
            )
            .field("New links", sender(was.by_manager), sender(by_manager));
        return Ok(Saved::Clash(Box::new((scope.shell(PAGE).here(), clash))));
    }
    if was != rules {
        diesel::update(accounts::table.filter(accounts::id.eq(account)))
            .set((
                accounts::exclusive.eq(exclusive),
                accounts::links_by_manager.eq(by_manager),
                accounts::version.eq(accounts::version + 1),
            ))
            .execute(conn)?;
        let (before, after) = changed(was, rules);
        let event = scope.event(Action::SettingsChanged);
        audit::record(conn, &event.changed(before, after))?;
    }
    Ok(Saved::Done)
}

/// What has changed, as the log keeps it: before and after.
fn changed(was: Rules, rules: Rules) -> (Value, Value) {
    let (mut before, mut after) = (Map::new(), Map::new());
    for (name, old, new) in [
        ("exclusive", was.exclusive, rules.exclusive),
        ("links_by_manager", was.by_manager, rules.by_manager),
    ] {
        if old != new {
            before.insert(name.to_owned(), json!(old));
            after.insert(name.to_owned(), json!(new));
        }
    }
    (before.into(), after.into())
}
