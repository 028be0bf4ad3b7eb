//! Until when somebody holds a role: set, moved, taken away.

use actix_web::{HttpResponse, web};

use super::InUrl;
use super::ending::frame;
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, GrantId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::during::{Typed, last_day};
use crate::members::{self, Held};
use crate::users::pages::UntilPage;
use crate::users::{self, Shown, showing};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::moment;

type Manager = Gate<Whole, Somewhere<UsersManage>>;
type Managing = Scope<Whole, Somewhere<UsersManage>>;

/// The role that is meant; none: none was named.
fn named(form: &Form) -> Result<Option<GrantId>> {
    match form.text("role")?.as_str() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Error::NotFound),
    }
}

/// The person and the role, as far as the acting person manages both.
fn found(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (user, grant): (UserId, Option<GrantId>),
) -> Result<(Shown, Option<Held>)> {
    let shown = users::manageable(conn, app.roles(), scope, user)?;
    let Some(grant) = grant else {
        return Ok((shown, None));
    };
    let reach = users::reach(conn, app.roles(), scope)?;
    let held = members::held_by(conn, scope.account().id, user)?;
    let mut held = held.into_iter().filter(|held| reach.holds(&held.scope));
    let held = held.find(|held| held.grant == grant);
    Ok((shown, Some(held.ok_or(Error::NotFound)?)))
}

/// The form.
pub async fn ask_until(
    gate: Manager,
    at: web::Path<InUrl>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    let (user, grant, inside) = (at.user()?, named(&query)?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            let (shown, held) = found(conn, &inside, scope, (user, grant))?;
            let Some(held) = held else { return Ok(None) };
            let zone = &scope.account().time_zone;
            let typed = Typed {
                ends_on: held
                    .ends_at
                    .map(|end| last_day(end, zone).to_string())
                    .unwrap_or_default(),
                ..Typed::default()
            };
            page(
                conn,
                &inside,
                scope,
                (&shown, &held),
                (typed, Errors::new()),
            )
            .map(Some)
        })
        .await?;
    match page {
        Some(page) => html::ok(&app, &page.shell, &page),
        None => Redirect::to(urls::user(&slug, user)).respond(&app),
    }
}

/// The end as the form carries it, to notice one that changed meanwhile.
fn seen(ends_at: Option<Ts>) -> String {
    ends_at.map(|end| end.text()).unwrap_or_default()
}

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (shown, held): (&Shown, &Held),
    (typed, errors): (Typed, Errors),
) -> Result<UntilPage> {
    let (account, row) = (scope.account(), &shown.row);
    let longer = members::may_last(conn, app, scope, held)?;
    let asked = members::more_time::asked_at(conn, account.id, held)?;
    let zone = account.time_zone.replace('_', " ");
    let name = showing::name(row);
    let admin = held.role == Builtin::Admin.into() && held.ends_at.is_some();
    let request = admin && row.status != "deactivated";
    let place = members::Target::of(account.id, &held.scope);
    Ok(UntilPage {
        request: request
            .then(|| urls::new_request_of(&account.slug, row.id, (&place, held.is_below()))),
        shell: frame(scope, "When a role ends", shown).with_errors(&errors),
        errors,
        name: name.clone(),
        role: held.role.label().to_owned(),
        place: showing::place(held, account),
        ends: held.ends_at.map(moment),
        asked: asked.map(|at| format!("{name} asked for more time on {}.", moment(at))),
        ends_on: typed.ends_on,
        hint: if longer {
            format!("The last day, in {zone}. Empty: no end.")
        } else {
            format!(
                "The last day, in {zone}. You can bring it forward. To last longer, the role has to be given by somebody who may give it."
            )
        },
        grant: held.grant.to_string(),
        seen: seen(held.ends_at),
        action: urls::role_ends(&account.slug, row.id),
        cancel: urls::user(&account.slug, row.id),
    })
}

enum Outcome {
    Again(Box<UntilPage>),
    /// And whether it can be taken back.
    Done(String, bool),
}

/// *Save changes*.
pub async fn until(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    let (user, grant, inside) = (at.user()?, named(&form)?, app.clone());
    let typed = Typed {
        ends_on: form.text("ends_on")?,
        ..Typed::default()
    };
    let (before, change) = (form.text("seen")?, ChangeId::new());
    let outcome = app
        .write_ending(gate, move |conn, scope| {
            let (shown, held) = found(conn, &inside, scope, (user, grant))?;
            let missing = || Error::Conflict("No role was named.".into());
            let held = held.ok_or_else(missing)?;
            let mut errors = Errors::new();
            let account = scope.account();
            let during = typed.check(account, scope.now(), &mut errors);
            let ends_at = during.and_then(|(_, ends_at)| ends_at);
            if ends_at.is_some_and(|end| held.starts_at.is_some_and(|start| end <= start)) {
                errors.add("ends_on", "Enter a day that is not before the first one");
            }
            if !errors.is_empty() {
                let typed = (typed.clone(), errors);
                let page = page(conn, &inside, scope, (&shown, &held), typed)?;
                return Ok(Outcome::Again(Box::new(page)));
            }
            if before != seen(held.ends_at) {
                return Err(Error::Conflict(
                    "Somebody changed the end of this role since you opened the page. Open it again.".into(),
                ));
            }
            let mut can_go_back = false;
            if ends_at != held.ends_at {
                let former = members::former(conn, account.id, user)?;
                can_go_back = members::lasts_until(conn, &inside, scope, (&held, ends_at))?;
                if can_go_back {
                    members::keep_former(conn, &inside, scope, (change, &former))?;
                } else {
                    former.tell(conn, &inside, scope)?;
                }
            }
            let (name, role) = (showing::name(&shown.row), held.role.label());
            let place = showing::place(&held, account);
            let words = match ends_at {
                Some(end) => {
                    let end = members::during::end_in_words(end, &account.time_zone);
                    format!("{name} holds {role} on {place} until {end}.")
                }
                None => format!("{name} holds {role} on {place} without an end."),
            };
            Ok(Outcome::Done(words, can_go_back))
        })
        .await?;
    match outcome {
        Outcome::Again(page) => html::again(&app, &page.shell, &*page),
        Outcome::Done(words, can_go_back) => {
            let mut there = Redirect::to(urls::user(&slug, user)).success(words);
            if can_go_back {
                let (undo, change) = (urls::undo_user(&slug, user), change.to_string());
                there = there.undo(undo, &[("change", &change)]);
            }
            there.respond(&app)
        }
    }
}
