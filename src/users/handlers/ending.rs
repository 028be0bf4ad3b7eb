//! Deactivating a person and removing a guest: the page that says what it means, and the act.

use actix_web::{HttpResponse, web};

use super::InUrl;
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, MailId, UserId};
use crate::error::Result;
use crate::members::{self, Held};
use crate::users::pages::EndingPage;
use crate::users::{self, Ending, Reach, Shown, showing};
use crate::web::field;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;

type Manager = Gate<Whole, Somewhere<UsersManage>>;
type Managing = Scope<Whole, Somewhere<UsersManage>>;

/// Longest reason, in characters.
const REASON: usize = 500;

/// What was typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    reason: String,
    tell: bool,
}

/// The page before a deactivation.
pub async fn ask_deactivate(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            let ending = users::ending(conn, &inside, scope, user)?;
            let typed = Typed {
                tell: true,
                ..Typed::default()
            };
            let roles = roles_of(conn, &inside, scope, user)?;
            Ok(deactivate_page(
                scope,
                (&ending, roles),
                typed,
                Errors::new(),
            ))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// Roles that are named before they end.
const NAMED: usize = 20;

/// The person's roles in words, as far as whoever acts sees them.
fn roles_of(conn: &mut Conn, app: &App, scope: &Managing, user: UserId) -> Result<Vec<String>> {
    let (account, now) = (scope.account(), scope.now());
    let see = users::reach(conn, app.roles(), scope)?;
    let held = members::held_by(conn, account.id, user)?;
    let seen = |held: &&Held| see.holds(&held.scope) && held.ends_at.is_none_or(|end| now < end);
    let words = |held: &Held| format!("{} · {}", held.role.label(), showing::place(held, account));
    let mut roles: Vec<String> = held.iter().filter(seen).map(words).collect();
    roles.sort_unstable();
    let more = roles.len().saturating_sub(NAMED);
    roles.truncate(NAMED);
    if more > 0 {
        roles.push(format!("{more} more"));
    }
    if see != Reach::Account {
        roles.push("Whatever they hold in places that you do not see".into());
    }
    Ok(roles)
}

fn deactivate_page(
    scope: &Managing,
    (ending, roles): (&Ending, Vec<String>),
    typed: Typed,
    errors: Errors,
) -> EndingPage {
    let (row, account) = (&ending.shown.row, scope.account());
    let name = showing::name(row);
    let mut means = Vec::new();
    if ending.home {
        means.push(format!(
            "{name} is signed out now, everywhere, and cannot sign in to {} any more.",
            account.name
        ));
    } else {
        means.push(format!(
            "{name} cannot open anything of {} any more. Their login and what it opens elsewhere are not touched.",
            account.name
        ));
    }
    means.push("Their roles are kept, so that they can be given back when they return.".into());
    means.push("Their name stays in the audit log.".into());
    let verb = format!("Deactivate {name}");
    EndingPage {
        shell: frame(scope, "Deactivate a person", &ending.shown).with_errors(&errors),
        errors,
        heading: verb,
        means,
        roles: ("These roles open nothing from then on:", roles),
        action: urls::deactivate(&account.slug, row.id),
        button: "Deactivate User",
        cancel: urls::user(&account.slug, row.id),
        tell: Some((format!("Tell {} by email", row.first_name), typed.tell)),
        reason: Some(typed.reason),
        handover: Some(urls::hand_over(&account.slug, row.id)),
    }
}

/// The frame of a page about what ends or returns for one person.
pub(super) fn frame(
    scope: &Managing,
    page: &'static str,
    shown: &Shown,
) -> crate::web::shell::Shell {
    let (slug, name) = (&scope.account().slug, showing::name(&shown.row));
    scope
        .shell(page)
        .crumb("User Management", urls::user_management(slug))
        .crumb(name, urls::user(slug, shown.row.id))
        .here()
}

enum Outcome {
    Done(String),
    Again(Box<EndingPage>),
}

/// Deactivates.
pub async fn deactivate(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = Typed {
        reason: form.text("reason")?,
        tell: form.has("tell"),
    };
    let slug = gate.account_slug().to_owned();
    let (user, inside, mail) = (at.user()?, app.clone(), MailId::new());
    let outcome = app
        .write_ending(gate, move |conn, scope| {
            let mut errors = Errors::new();
            let reason = field::paragraphs("reason", REASON, &typed.reason);
            let Some(reason) = errors.take("reason", reason) else {
                let ending = users::ending(conn, &inside, scope, user)?;
                let roles = roles_of(conn, &inside, scope, user)?;
                let page = deactivate_page(scope, (&ending, roles), typed.clone(), errors);
                return Ok(Outcome::Again(Box::new(page)));
            };
            let reason = (!reason.is_empty()).then_some(reason.as_str());
            let ended = users::deactivate(conn, &inside, scope, (user, reason))?;
            if typed.tell {
                users::tell(conn, &inside, scope, (mail, &ended.shown), false)?;
            }
            Ok(Outcome::Done(showing::name(&ended.shown.row)))
        })
        .await?;
    match outcome {
        Outcome::Again(page) => html::again(&app, &page.shell, &*page),
        Outcome::Done(name) => Redirect::to(urls::user_management(&slug))
            .success(format!("{name} was deactivated."))
            .link("Reactivate", urls::reactivate(&slug, user))
            .respond(&app),
    }
}

/// The page before a guest is removed.
pub async fn ask_remove(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            let shown = users::removable(conn, &inside, scope, user)?;
            let roles = roles_of(conn, &inside, scope, user)?;
            Ok(remove_page(scope, user, (&shown, roles)))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn remove_page(
    scope: &Managing,
    user: UserId,
    (shown, roles): (&Shown, Vec<String>),
) -> EndingPage {
    let (account, name) = (scope.account(), showing::name(&shown.row));
    EndingPage {
        shell: frame(scope, "Remove a guest", shown),
        errors: Errors::new(),
        heading: format!("Remove {name} from {}", account.name),
        means: vec![
            format!("All roles of {name} in {} end now.", account.name),
            "Their login and what it opens elsewhere are not touched.".into(),
            "You can take it back for 10 minutes. After that they have to be invited again, and accept.".into(),
        ],
        roles: ("These roles end:", roles),
        action: urls::remove_guest(&account.slug, user),
        button: "Remove guest",
        cancel: urls::user(&account.slug, user),
        tell: None,
        reason: None,
        handover: None,
    }
}

/// Removes a guest.
pub async fn remove(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    let (user, inside, mail) = (at.user()?, app.clone(), MailId::new());
    let change = ChangeId::new();
    let name = app
        .write_ending(gate, move |conn, scope| {
            let former = members::former(conn, scope.account().id, user)?.told_by(mail);
            let shown = users::remove_guest(conn, &inside, scope, user)?;
            members::keep_former(conn, &inside, scope, (change, &former))?;
            users::tell(conn, &inside, scope, (mail, &shown), false)?;
            Ok(showing::name(&shown.row))
        })
        .await?;
    Redirect::to(urls::user_management(&slug))
        .success(format!("{name} was removed."))
        .undo(
            urls::undo_user(&slug, user),
            &[("change", &change.to_string())],
        )
        .respond(&app)
}
