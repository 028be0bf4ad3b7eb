//! `/me/roles` and `/me/leave`: laying down one's own roles, and leaving an account as a guest (S12).

use actix_web::HttpResponse;
use askama::Template;

use super::during;
use super::laying_down::{Belonging, belonging, lay_down, leave as leave_account};
use super::model::Held;
use crate::access::gate::{SignedIn, SignedInScope};
use crate::access::role::{Builtin, RoleTable};
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{AccountId, GrantId};
use crate::error::Result;
use crate::mail::templates::{Left, Letter};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;
use crate::welcome;

/// Said where there is nothing to lay down or to leave.
const NOT_THERE: &str = "You do not belong to that account (any more).";

/// Laying down one's own roles.
#[derive(Template)]
#[template(path = "members/my_roles.html")]
pub struct MyRolesPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// The account.
    pub account: String,
    /// What is posted for it.
    pub account_id: String,
    /// One's roles, each to be ticked.
    pub roles: Vec<Choice>,
    /// Those with an end: which, until when, and where one asks for more time.
    pub ending: Vec<(String, String, String)>,
    /// Where one goes instead.
    pub cancel: &'static str,
}

/// Leaving an account.
#[derive(Template)]
#[template(path = "members/leave.html")]
pub struct LeavePage {
    /// The frame.
    pub shell: Shell,
    /// The account.
    pub account: String,
    /// What is posted for it.
    pub account_id: String,
    /// One's roles there, which end.
    pub roles: Vec<(String, String)>,
    /// Whether it is one's home, which is not left.
    pub home: bool,
    /// Whether one is an Owner: the last one stays.
    pub owner: bool,
    /// Where one goes instead.
    pub cancel: &'static str,
}

fn place(held: &Held, account: &str) -> String {
    match (&held.place, &held.within) {
        (Some(place), Some(within)) => format!("{place} ({within})"),
        (Some(place), None) => place.clone(),
        (None, _) => account.to_owned(),
    }
}

fn roles_page(
    scope: &SignedInScope,
    (table, belonging): (&RoleTable, Belonging),
    errors: Errors,
) -> MyRolesPage {
    let account = belonging.account.name.clone();
    let choice = |held: &Held| Choice {
        hint: belonging.account.says_of(table, &held.role),
        ..Choice::new(
            held.grant.to_string(),
            format!("{} in {}", held.role.label(), place(held, &account)),
            false,
        )
    };
    let now = scope.now();
    let ending = belonging.held.iter().filter_map(|held| {
        let end = held.ends_at.filter(|end| now < *end)?;
        let name = format!("{} in {}", held.role.label(), place(held, &account));
        let end = during::end_in_words(end, &belonging.account.time_zone);
        Some((name, end, urls::more_time(held.grant)))
    });
    MyRolesPage {
        ending: ending.collect(),
        shell: scope.shell("Lay down roles").with_errors(&errors),
        errors,
        roles: belonging.held.iter().map(choice).collect(),
        account_id: belonging.account.id.to_string(),
        account,
        cancel: urls::MY_ACCOUNTS,
    }
}

fn find(
    conn: &mut Conn,
    scope: &SignedInScope,
    account: Option<AccountId>,
) -> Result<Option<Belonging>> {
    match account {
        Some(account) => belonging(conn, scope, account),
        None => Ok(None),
    }
}

fn elsewhere(app: &App) -> Result<HttpResponse> {
    Redirect::to(urls::MY_ACCOUNTS)
        .notice(NOT_THERE)
        .respond(app)
}

/// `GET /me/roles?account=…`.
pub async fn roles(gate: SignedIn, query: Query, app: App) -> Result<HttpResponse> {
    let account = query.text("account")?.parse().ok();
    let table = app.roles().clone();
    let page = app
        .read(gate, move |conn, scope| {
            let found = find(conn, scope, account)?;
            Ok(found.map(|found| roles_page(scope, (&*table, found), Errors::new())))
        })
        .await?;
    match page {
        Some(page) => html::ok(&app, &page.shell, &page),
        None => elsewhere(&app),
    }
}

/// What became of the form.
enum Laid {
    NotThere,
    Again(Box<MyRolesPage>),
    Done(String, usize),
}

/// `POST /me/roles`: *Lay down*.
pub async fn lay(gate: SignedIn, form: Form, app: App) -> Result<HttpResponse> {
    let account = form.text("account")?.parse().ok();
    let these: Vec<GrantId> = form
        .list("grant")
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    let table = app.roles().clone();
    let laid = app
        .write(gate, move |conn, scope| {
            let Some(found) = find(conn, scope, account)? else {
                return Ok(Laid::NotThere);
            };
            let laid = lay_down(conn, scope, &found, &these)?;
            if laid.is_empty() {
                let mut errors = Errors::new();
                errors.add("grant", "Tick at least one role");
                return Ok(Laid::Again(Box::new(roles_page(
                    scope,
                    (&*table, found),
                    errors,
                ))));
            }
            Ok(Laid::Done(found.account.name, laid.len()))
        })
        .await?;
    match laid {
        Laid::NotThere => elsewhere(&app),
        Laid::Again(page) => html::again(&app, &page.shell, &*page),
        Laid::Done(account, 1) => Redirect::to(urls::MY_ACCOUNTS)
            .success(format!("You laid down a role in {account}."))
            .respond(&app),
        Laid::Done(account, count) => Redirect::to(urls::MY_ACCOUNTS)
            .success(format!("You laid down {count} roles in {account}."))
            .respond(&app),
    }
}

/// `GET /me/leave?account=…`: what ends.
pub async fn leaving(gate: SignedIn, query: Query, app: App) -> Result<HttpResponse> {
    let account = query.text("account")?.parse().ok();
    let page = app
        .read(gate, move |conn, scope| {
            let found = find(conn, scope, account)?;
            Ok(found.map(|found| LeavePage {
                shell: scope.shell("Leave an account"),
                roles: found
                    .held
                    .iter()
                    .map(|held| {
                        (
                            held.role.label().to_owned(),
                            place(held, &found.account.name),
                        )
                    })
                    .collect(),
                home: !found.guest,
                owner: found
                    .held
                    .iter()
                    .any(|held| held.role == Builtin::Owner.into()),
                account_id: found.account.id.to_string(),
                account: found.account.name,
                cancel: urls::MY_ACCOUNTS,
            }))
        })
        .await?;
    match page {
        Some(page) => html::ok(&app, &page.shell, &page),
        None => elsewhere(&app),
    }
}

/// `POST /me/leave`: *Leave*. The account's Owners and user managers hear of it.
pub async fn leave(gate: SignedIn, form: Form, app: App) -> Result<HttpResponse> {
    let account = form.text("account")?.parse().ok();
    let (inner, mails) = (app.clone(), welcome::mail_ids());
    let left = app
        .write(gate, move |conn, scope| {
            let Some(found) = find(conn, scope, account)?.filter(|found| found.guest) else {
                return Ok(None);
            };
            leave_account(conn, scope, &found)?;
            let (account, now) = (&found.account, scope.now());
            let roles = [Builtin::Owner, Builtin::Admin, Builtin::UserManagement];
            let told = super::holders(conn, account.id, &roles, now)?;
            let letter = |person: String| {
                Letter::Left(Left {
                    account: account.into(),
                    person,
                    who: scope.person().name.clone(),
                    path: urls::user_management(&account.slug),
                })
            };
            welcome::tell(conn, &inner, (account, now), &told, &letter, &mails)?;
            Ok(Some(found.account.name))
        })
        .await?;
    match left {
        Some(account) => Redirect::to(urls::MY_ACCOUNTS)
            .success(format!("You left {account}."))
            .respond(&app),
        None => elsewhere(&app),
    }
}
