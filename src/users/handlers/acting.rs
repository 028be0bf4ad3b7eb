//! What a manager does with one person: send the link again, withdraw it, copy it, end a lock.

use actix_web::{HttpResponse, web};

use super::show::person;
use super::{InUrl, again, mail_works};
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::{Account, Whole};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::types::ChangeId;
use crate::error::Result;
use crate::members::{self, Held};
use crate::users::pages::{CopyLinkPage, ResendPage};
use crate::users::{self, Copied, Copying, Pending, Resent, Shown, showing};
use crate::web::form::Form;
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::{count, length, moment};
use crate::welcome::Managed;

type Manager = Gate<Whole, Somewhere<UsersManage>>;

/// Sends a new link; of an old invitation the roles are confirmed first.
pub async fn resend(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let account = gate.account_slug().to_owned();
    let seen = form.list("seen");
    let confirmed = form.has("confirmed");
    let confirmed = confirmed.then(|| seen.iter().filter_map(|id| id.parse().ok()).collect());
    let again = again(&app, at.user()?, confirmed);
    let (user, inside) = (again.user, app.clone());
    let resent = app
        .write(gate, move |conn, scope| {
            users::resend(conn, &inside, scope, &again)
        })
        .await?;
    match resent {
        Resent::Confirm => Redirect::to(urls::resend(&account, user)),
        Resent::Sent {
            email,
            sends,
            until,
        } => {
            let until = moment(until);
            let text = if mail_works(&app) {
                let sends = count(sends, "time");
                format!("New link sent to {email}; works until {until}; sent {sends} so far")
            } else {
                format!(
                    "New link made for {email}; works until {until}. Mail is not set up on this portal: use Copy link."
                )
            };
            Redirect::to(urls::user(&account, user)).success(text)
        }
    }
    .respond(&app)
}

/// The roles of an old invitation, to be confirmed.
pub async fn confirm(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            let pending = users::pending(conn, &inside, scope, user)?;
            let account = scope.account();
            let name = showing::name(&pending.shown.row);
            let shell = scope
                .shell("Send a new link")
                .crumb("User Management", urls::user_management(&account.slug))
                .crumb(name, urls::user(&account.slug, user));
            let life = length(inside.config().limits.welcome_link);
            Ok(resend_page(shell, account, &pending, life))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn resend_page(
    shell: crate::web::shell::Shell,
    account: &Account,
    pending: &Pending,
    life: String,
) -> ResendPage {
    let row = &pending.shown.row;
    let place = |held: &Held| showing::place(held, account);
    ResendPage {
        shell,
        name: showing::name(row),
        email: row.email.clone(),
        action: urls::resend(&account.slug, row.id),
        cancel: urls::user(&account.slug, row.id),
        kept: pending
            .kept
            .iter()
            .map(|held| {
                let role = held.role.label().to_owned();
                (held.grant.to_string(), role, place(held))
            })
            .collect(),
        dropped: pending
            .dropped
            .iter()
            .map(|held| (held.role.label().to_owned(), place(held)))
            .collect(),
        waits: pending
            .waits
            .iter()
            .map(|held| (held.role.label().to_owned(), place(held)))
            .collect(),
        life,
    }
}

/// Withdraws an invitation.
pub async fn cancel(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let account = gate.account_slug().to_owned();
    let (user, inside, change) = (at.user()?, app.clone(), ChangeId::new());
    let name = app
        .write_ending(gate, move |conn, scope| {
            let former = members::former(conn, scope.account().id, user)?;
            let name = users::cancel(conn, &inside, scope, user)?;
            members::keep_former(conn, &inside, scope, (change, &former))?;
            Ok(name)
        })
        .await?;
    Redirect::to(urls::user_management(&account))
        .success(format!(
            "The invitation of {name} was withdrawn. Its link stopped working."
        ))
        .undo(
            urls::undo_user(&account, user),
            &[("change", &change.to_string())],
        )
        .respond(&app)
}

/// Shows the link to copy; where another one would end with it, that is agreed to first. The answer to the post is the page
/// itself: a link is never carried in an address or a cookie to the next one.
pub async fn link(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let again = again(&app, at.user()?, None);
    let agreed = form.text("ends")?.parse().ok();
    let (user, inside) = (again.user, app.clone());
    let page = app
        .write(gate, move |conn, scope| {
            match users::copy_link(conn, &inside, scope, (&again, agreed))? {
                Copied::Confirm => Ok(Err(urls::resend(&scope.account().slug, user))),
                Copied::Ends => Ok(Err(urls::copy_link(&scope.account().slug, user))),
                Copied::Link { token, new } => {
                    let shown = Some((token, new));
                    person(conn, &inside, scope, user, shown).map(Ok)
                }
            }
        })
        .await?;
    match page {
        Ok(page) => html::ok(&app, &page.shell, &page),
        Err(there) => Redirect::to(there).respond(&app),
    }
}

/// What *Copy link* ends, before it does.
pub async fn ask_link(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let again = again(&app, at.user()?, None);
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let (shown, what) = users::copying(conn, &inside, scope, &again)?;
            let (account, user) = (scope.account(), again.user);
            Ok(match what {
                Copying::New(Some(live)) => Ok(copy_page(&inside, scope, &shown, &live)),
                Copying::Old => Err(urls::resend(&account.slug, user)),
                // Nothing ends: the button is on their page.
                Copying::Kept(..) | Copying::New(None) => Err(urls::user(&account.slug, user)),
            })
        })
        .await?;
    match page {
        Ok(page) => html::ok(&app, &page.shell, &page),
        Err(there) => Redirect::to(there).respond(&app),
    }
}

fn copy_page(
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    shown: &Shown,
    live: &Managed,
) -> CopyLinkPage {
    let (account, row) = (scope.account(), &shown.row);
    let (name, made) = (showing::name(row), moment(live.created_at));
    let ends = match live.mail_state.as_deref().filter(|_| mail_works(app)) {
        Some("sent") => format!("The link mailed to {} on {made} stops working.", live.email),
        Some("queued") => format!(
            "The link of {made} stops working. Its mail to {} is still on its way, and is not sent if it has not left.",
            live.email
        ),
        _ => format!("The link of {made} stops working, to whomever it was handed over."),
    };
    let life = length(app.config().limits.welcome_link);
    CopyLinkPage {
        shell: scope
            .shell("Copy link")
            .crumb("User Management", urls::user_management(&account.slug))
            .crumb(name.clone(), urls::user(&account.slug, row.id)),
        means: vec![
            ends,
            format!(
                "The new one works for {life}, once. It is shown to you and not mailed: hand it over to {name} yourself."
            ),
        ],
        name,
        ends: live.id.to_string(),
        action: urls::copy_link(&account.slug, row.id),
        cancel: urls::user(&account.slug, row.id),
    }
}

/// Ends a lock: signing in goes on in a frozen account, too (S22).
pub async fn unlock(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let account = gate.account_slug().to_owned();
    let (user, inside) = (at.user()?, app.clone());
    let (name, was_locked) = app
        .write_ending(gate, move |conn, scope| {
            users::unlock(conn, &inside, scope, user)
        })
        .await?;
    let there = Redirect::to(urls::user(&account, user));
    if was_locked {
        there.success(format!("The sign-in of {name} was unlocked."))
    } else {
        there.notice(format!("The sign-in of {name} was not locked any more."))
    }
    .respond(&app)
}
