//! `/me/more-time`: whoever holds a role that ends asks for more time, with one button (beyond D). It changes nothing
//! about the role: whoever may decides, on the page that gives it another end.

use actix_web::HttpResponse;
use askama::Template;
use diesel::prelude::*;
use serde_json::json;

use super::expiring::place;
use super::laying_down::{Belonging, belonging, event};
use super::model::{Condition, Held};
use super::naming::name_own;
use super::places::located;
use super::still_allowed;
use super::whole::holders;
use crate::access::gate::{SignedIn, SignedInScope};
use crate::access::refusal::Refusal;
use crate::access::role::Builtin;
use crate::app::App;
use crate::audit::{self, Action};
use crate::db::Conn;
use crate::db::schema::{grants, memberships};
use crate::db::types::{AccountId, GrantId, MailId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{Lasting, Letter};
use crate::web::form::{Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::moment;
use crate::web::zones;
use crate::welcome;

/// How long somebody waits before they ask again for the same role.
const AGAIN: chrono::Duration = chrono::Duration::hours(24);
/// Said where there is nothing to ask for.
const NOT_THERE: &str = "You do not hold that role any more, or it has no end.";

/// Asking for more time with one role.
#[derive(Template)]
#[template(path = "members/more_time.html")]
pub struct MoreTimePage {
    /// The frame.
    pub shell: Shell,
    /// The account.
    pub account: String,
    /// Label of the role.
    pub role: String,
    /// Where it holds.
    pub place: String,
    /// When it ends.
    pub ends: String,
    /// When it was asked already, and how long one waits.
    pub asked: Option<String>,
    /// What is posted for it.
    pub grant: String,
    /// Where one goes instead.
    pub cancel: &'static str,
}

/// A role of one's own that will end.
struct Mine {
    belonging: Belonging,
    held: Held,
    ends_at: Ts,
    asked_at: Option<Ts>,
}

fn mine(conn: &mut Conn, scope: &SignedInScope, grant: GrantId) -> Result<Option<Mine>> {
    let row: Option<(AccountId, Option<Ts>)> = grants::table
        .filter(grants::id.eq(grant))
        .filter(grants::user_id.eq(scope.person().id))
        .select((grants::account_id, grants::more_asked_at))
        .first(conn)
        .optional()?;
    let Some((account, asked_at)) = row else {
        return Ok(None);
    };
    let Some(belonging) = belonging(conn, scope, account)? else {
        return Ok(None);
    };
    let mut held = belonging.held.iter();
    let held = held.find(|held| held.grant == grant && held.condition == Condition::Open);
    let held = held.filter(|held| held.ends_at.is_some_and(|end| scope.now() < end));
    let Some((held, ends_at)) = held.and_then(|held| Some((held.clone(), held.ends_at?))) else {
        return Ok(None);
    };
    Ok(Some(Mine {
        asked_at: asked_at.filter(|at| scope.now() < at.plus(AGAIN)),
        belonging,
        held,
        ends_at,
    }))
}

/// When whoever holds a role of the account last asked for more time.
pub fn asked_at(conn: &mut Conn, account: AccountId, held: &Held) -> Result<Option<Ts>> {
    Ok(grants::table
        .filter(grants::id.eq(held.grant))
        .filter(grants::account_id.eq(account))
        .select(grants::more_asked_at)
        .first(conn)?)
}

/// For which of somebody's roles in the account more time was asked for, and when: one statement.
pub fn asked_for(conn: &mut Conn, account: AccountId, user: UserId) -> Result<Vec<(GrantId, Ts)>> {
    Ok(grants::table
        .filter(grants::account_id.eq(account))
        .filter(grants::user_id.eq(user))
        .filter(grants::more_asked_at.is_not_null())
        .select((grants::id, grants::more_asked_at.assume_not_null()))
        .load(conn)?)
}

fn elsewhere(app: &App) -> Result<HttpResponse> {
    Redirect::to(urls::MY_ACCOUNTS)
        .notice(NOT_THERE)
        .respond(app)
}

/// A role by its grant; what is no id names none.
fn named(form: &Form) -> Result<GrantId> {
    Ok(form.text("role")?.parse().unwrap_or(GrantId::nil()))
}

/// `GET /me/more-time?role=…`.
pub async fn ask(gate: SignedIn, query: Query, app: App) -> Result<HttpResponse> {
    let grant = named(&query)?;
    let page = app
        .read(gate, move |conn, scope| {
            let Some(mine) = mine(conn, scope, grant)? else {
                return Ok(None);
            };
            let account = &mine.belonging.account;
            let there = zones::clock(mine.ends_at, &account.time_zone);
            let there = there.map(|clock| format!(" ({clock})")).unwrap_or_default();
            Ok(Some(MoreTimePage {
                shell: scope.shell("Ask for more time"),
                role: mine.held.role.label().to_owned(),
                place: place(&mine.held, account),
                ends: format!("{}{there}", moment(mine.ends_at)),
                asked: mine.asked_at.map(moment),
                grant: grant.to_string(),
                account: account.name.clone(),
                cancel: urls::MY_ACCOUNTS,
            }))
        })
        .await?;
    match page {
        Some(page) => html::ok(&app, &page.shell, &page),
        None => elsewhere(&app),
    }
}

/// What asking came to.
enum Asked {
    NotThere,
    Before(Ts),
    Now(Vec<String>),
}

/// `POST /me/more-time`.
pub async fn send(gate: SignedIn, form: Form, app: App) -> Result<HttpResponse> {
    let grant = named(&form)?;
    let (inner, mails) = (app.clone(), welcome::mail_ids());
    let asked = app
        .write(gate, move |conn, scope| {
            Ok(match mine(conn, scope, grant)? {
                None => Asked::NotThere,
                Some(Mine {
                    asked_at: Some(at), ..
                }) => Asked::Before(at),
                Some(mine) => Asked::Now(store(conn, &inner, scope, (&mine, &mails))?),
            })
        })
        .await?;
    let there = Redirect::to(urls::MY_ACCOUNTS);
    match asked {
        Asked::NotThere => return elsewhere(&app),
        Asked::Before(at) => there.notice(format!(
            "You asked for this on {}. Ask again a day later.",
            moment(at)
        )),
        Asked::Now(told) if told.is_empty() => there.notice(
            "You have asked. Nobody could be told by mail: speak to those who manage users.",
        ),
        Asked::Now(told) => there.success(format!("You have asked. Told: {}.", told.join(", "))),
    }
    .respond(&app)
}

/// Writes down that somebody asked, and tells whoever gave the role, as long as they may give it, and those who manage
/// the users of the account. Says whom.
fn store(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    (mine, mails): (&Mine, &[MailId]),
) -> Result<Vec<String>> {
    let (account, held, now) = (&mine.belonging.account, &mine.held, scope.now());
    if account.is_frozen() {
        let so = "no role there can be given more time";
        return Err(Refusal::by_plan(&account.name, so).to(scope));
    }
    diesel::update(grants::table.filter(grants::id.eq(held.grant)))
        .set(grants::more_asked_at.eq(Some(now)))
        .execute(conn)?;
    let mut details = json!({
        "role": held.role.as_str(), "scope": held.scope.level().as_str(),
        "place": place(held, account), "ends_at": mine.ends_at,
    });
    name_own(&mut details, [&held.role]);
    let event = event(scope, account.id, Action::RoleTimeAsked).details(details);
    audit::record(conn, &located(event, &held.scope))?;
    let mut told: Vec<UserId> = Vec::new();
    if still_allowed(conn, app, account.id, held, now)? {
        told.extend(held.given_by);
    }
    let roles = [Builtin::Owner, Builtin::Admin, Builtin::UserManagement];
    told.extend(holders(conn, account.id, &roles, now)?);
    let mut once: Vec<UserId> = Vec::new();
    for user in told {
        if user != scope.person().id && !once.contains(&user) {
            once.push(user);
        }
    }
    let letter = |person: String| {
        Letter::MoreTime(Lasting {
            account: account.into(),
            person,
            who: Some(scope.person().name.clone()),
            role: held.role.label().to_owned(),
            place: place(held, account),
            ends_at: mine.ends_at,
            path: urls::role_end(&account.slug, held.user, held.grant),
        })
    };
    let three = mails.get(..3).unwrap_or(mails);
    let told = welcome::tell(conn, app, (account, now), &once, &letter, three)?;
    let told: Vec<(String, String)> = memberships::table
        .filter(memberships::account_id.eq(account.id))
        .filter(memberships::user_id.eq_any(&told))
        .select((memberships::first_name, memberships::last_name))
        .load(conn)?;
    let name = |(first, last): (String, String)| format!("{first} {last}");
    Ok(told.into_iter().map(name).collect())
}
