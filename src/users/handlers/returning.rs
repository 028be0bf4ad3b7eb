//! Reactivating a person, and confirming the roles that had to wait.

use actix_web::{HttpResponse, web};

use super::ending::frame;
use super::{InUrl, again, mail_works};
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::{Permission, UsersManage};
use crate::access::place::{Account, Whole};
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{GrantId, MailId, UserId};
use crate::error::Result;
use crate::members::{self, Held};
use crate::users::pages::{ReturningPage, WaitingRole};
use crate::users::{self, Chosen, showing};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::{Choice, count};

type Manager = Gate<Whole, Somewhere<UsersManage>>;

/// The page before a reactivation: which roles come back.
pub async fn ask_reactivate(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            let found = users::returning(conn, &inside, scope, user)?;
            let account = scope.account();
            let all = found.back.iter().chain(&found.waiting);
            let closed = |held: &Held| found.closed.contains(&held.grant);
            let waits = |held: &Held| {
                let note = if closed(held) { " (closed)" } else { "" };
                format!("{}{note}", in_words(held, account))
            };
            Ok(ReturningPage {
                shell: frame(scope, "Reactivate a person", &found.shown),
                errors: Errors::new(),
                name: showing::name(&found.shown.row),
                account: account.name.clone(),
                action: urls::reactivate(&account.slug, user),
                cancel: urls::user(&account.slug, user),
                seen: all.map(|held| held.grant.to_string()).collect(),
                back: found
                    .back
                    .iter()
                    .filter(|held| !closed(held))
                    .map(|held| choice(held, account))
                    .collect(),
                closed: found
                    .back
                    .iter()
                    .filter(|held| closed(held))
                    .map(|held| choice(held, account))
                    .collect(),
                waiting: found.waiting.iter().map(waits).collect(),
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn choice(held: &Held, account: &Account) -> Choice {
    Choice::new(held.grant.to_string(), in_words(held, account), true)
}

fn in_words(held: &Held, account: &Account) -> String {
    format!("{} · {}", held.role.label(), showing::place(held, account))
}

fn ids(list: &[String]) -> Vec<GrantId> {
    list.iter().filter_map(|id| id.parse().ok()).collect()
}

/// Reactivates.
pub async fn reactivate(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    let chosen = Chosen {
        seen: ids(&form.list("seen")),
        keep: [form.list("keep"), form.list("closed")]
            .iter()
            .flat_map(|list| ids(list))
            .collect(),
    };
    let (user, inside, mail) = (at.user()?, app.clone(), MailId::new());
    let again = again(&app, user, None);
    let back = app
        .write(gate, move |conn, scope| {
            let back = users::reactivate(conn, &inside, scope, (user, &again), &chosen)?;
            if !back.invited {
                users::tell(conn, &inside, scope, (mail, &back.shown), true)?;
            }
            Ok(back)
        })
        .await?;
    let name = showing::name(&back.shown.row);
    let mut text = format!("{name} was reactivated.");
    if back.waiting > 0 {
        let waiting = i64::try_from(back.waiting).unwrap_or(i64::MAX);
        text.push_str(&format!(
            " {} until somebody who may give them confirms.",
            if waiting == 1 {
                "1 role waits".to_owned()
            } else {
                format!("{} wait", count(waiting, "role"))
            }
        ));
    }
    if back.invited {
        text.push_str(if mail_works(&app) {
            " They are invited: a new link is on its way to them."
        } else {
            " They are invited: a new link was made. Mail is not set up on this portal: use Copy link."
        });
    }
    Redirect::to(urls::user(&slug, user))
        .success(text)
        .respond(&app)
}

/// Gives a waiting role back.
pub async fn confirm_role(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    // What is no id is the id of nothing.
    let grant: GrantId = form.text("role")?.parse().unwrap_or(GrantId::nil());
    let (user, inside) = (at.user()?, app.clone());
    let (shown, dormant) = app
        .write(gate, move |conn, scope| {
            users::confirm_waiting(conn, &inside, scope, (user, grant))
        })
        .await?;
    let place = dormant
        .place
        .map_or_else(String::new, |place| format!(" on {place}"));
    Redirect::to(urls::user(&slug, user))
        .success(format!(
            "{} has {}{place} again.",
            showing::name(&shown.row),
            dormant.role.label()
        ))
        .respond(&app)
}

/// Takes a waiting role off the list: nobody gets anything by it, so that a frozen account lets it through (S22).
pub async fn discard_role(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    let grant: GrantId = form.text("role")?.parse().unwrap_or(GrantId::nil());
    let (user, inside) = (at.user()?, app.clone());
    let (shown, dormant) = app
        .write_ending(gate, move |conn, scope| {
            users::discard_waiting(conn, &inside, scope, (user, grant))
        })
        .await?;
    let (name, role) = (showing::name(&shown.row), dormant.role.label());
    Redirect::to(urls::user(&slug, user))
        .success(format!("{role} waits for {name} no more."))
        .respond(&app)
}

/// Roles that wait, for whoever reads the whole account; a part of it is told nothing about the rest.
pub(super) fn waiting<A: Permission>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<A>>,
    id: UserId,
) -> Result<Vec<WaitingRole>> {
    let all = users::waiting(conn, app, scope, id)?;
    let account = scope.account();
    let ask = |role: &members::Dormant| {
        let place = members::Target::of(account.id, &role.scope);
        urls::new_request_of(&account.slug, id, (&place, role.scope.is_below()))
    };
    let one = |(role, confirms, discards): (members::Dormant, bool, bool)| WaitingRole {
        id: role.id.to_string(),
        confirms,
        discards,
        request: (role.role == Builtin::Admin.into() && role.place.is_some()).then(|| ask(&role)),
        label: role.role.label().to_owned(),
        place: role
            .place
            .map(|place| {
                if place.is_empty() {
                    account.name.clone()
                } else {
                    place
                }
            })
            .unwrap_or_else(|| "its place is archived or gone".to_owned()),
    };
    Ok(all.into_iter().map(one).collect())
}
