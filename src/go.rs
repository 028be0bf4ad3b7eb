//! `/go/{id}`: an address that stays, whatever things are called. Mails, the audit log and the API may name it. It leads
//! to where the thing is now, for whoever may see it there; for everybody else it is not found.

use actix_web::{HttpResponse, web};
use diesel::prelude::*;

use crate::access::gate::{SignedIn, SignedInScope};
use crate::access::permission::{DevicesView, Key, OrganizationsView, UsersView};
use crate::access::resolve;
use crate::access::standing::{self, Standing, grants_of};
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{accounts, devices, groups, memberships, organizations, projects as rows};
use crate::db::types::{AccountId, DeviceId, GroupId, OrganizationId, ProjectId, UserId};
use crate::error::{Error, Result};
use crate::members::{Target, place_of};
use crate::organizations::{Seen, seen};
use crate::projects;
use crate::web::html::Redirect;
use crate::web::urls;

/// How many accounts of a person are looked into for another person.
const ACCOUNTS: i64 = 50;

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Account(AccountId),
    Organization(OrganizationId),
    Project(ProjectId),
    User(UserId),
    Group(GroupId),
    Device(DeviceId),
}

fn parse(text: &str) -> Option<Named> {
    (text.parse().map(Named::Account))
        .or_else(|_| text.parse().map(Named::Organization))
        .or_else(|_| text.parse().map(Named::Project))
        .or_else(|_| text.parse().map(Named::User))
        .or_else(|_| text.parse().map(Named::Group))
        .or_else(|_| text.parse().map(Named::Device))
        .ok()
}

/// Leads to the thing with this id.
pub async fn to(gate: SignedIn, id: web::Path<String>, app: App) -> Result<HttpResponse> {
    let named = parse(&id).ok_or(Error::NotFound)?;
    let inner = app.clone();
    let to = app
        .read(gate, move |conn, scope| {
            let found = match named {
                Named::Account(id) => account(conn, &inner, scope, id),
                Named::Organization(id) => organization(conn, &inner, scope, id),
                Named::Project(id) => project(conn, &inner, scope, id),
                Named::User(id) => user(conn, &inner, scope, id),
                Named::Group(id) => group(conn, &inner, scope, id),
                Named::Device(id) => device(conn, &inner, scope, id),
            }?;
            found.ok_or(Error::NotFound)
        })
        .await?;
    Redirect::to(to).respond(&app)
}

/// The person's standing in the account with this slug, if it gives them anything to see there.
fn standing(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    slug: &str,
) -> Result<Option<Standing>> {
    let now = scope.now();
    match standing::in_account(conn, app, scope.visit(), slug, now) {
        Ok(standing) => {
            let any = standing.grants.iter().any(|grant| grant.in_force(now));
            Ok(any.then_some(standing))
        }
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

type Found = Result<Option<String>>;

fn account(conn: &mut Conn, app: &App, scope: &SignedInScope, id: AccountId) -> Found {
    let slug: String = accounts::table
        .filter(accounts::id.eq(id))
        .select(accounts::slug)
        .first(conn)?;
    let standing = standing(conn, app, scope, &slug)?;
    Ok(standing.map(|_| urls::account(&slug)))
}

fn organization(conn: &mut Conn, app: &App, scope: &SignedInScope, id: OrganizationId) -> Found {
    let (account, slug): (String, String) = organizations::table
        .inner_join(accounts::table)
        .filter(organizations::id.eq(id))
        .filter(organizations::status.ne("deleted"))
        .select((accounts::slug, organizations::slug))
        .first(conn)?;
    let Some(standing) = standing(conn, app, scope, &account)? else {
        return Ok(None);
    };
    let visible = match seen(conn, &standing.grants, scope.now())? {
        Seen::All => true,
        Seen::These(these) => these.contains(&id),
    };
    Ok(visible.then(|| urls::organization(&account, &slug)))
}

fn project(conn: &mut Conn, app: &App, scope: &SignedInScope, id: ProjectId) -> Found {
    let (account, organization, slug): (String, String, String) = rows::table
        .inner_join(organizations::table.inner_join(accounts::table))
        .filter(rows::id.eq(id))
        .filter(organizations::status.ne("deleted"))
        .select((accounts::slug, organizations::slug, rows::slug))
        .first(conn)?;
    let Some(standing) = standing(conn, app, scope, &account)? else {
        return Ok(None);
    };
    let path = (organization.as_str(), slug.as_str());
    let visible = projects::visible_name(conn, &standing, path, scope.now())?.is_some();
    Ok(visible.then(|| urls::project(&account, &organization, &slug)))
}

/// A group is seen by whoever may see organizations in all of it.
fn group(conn: &mut Conn, app: &App, scope: &SignedInScope, id: GroupId) -> Found {
    let slug: String = groups::table
        .inner_join(accounts::table.on(accounts::id.eq(groups::account_id)))
        .filter(groups::id.eq(id))
        .select(accounts::slug)
        .first(conn)?;
    let Some(standing) = standing(conn, app, scope, &slug)? else {
        return Ok(None);
    };
    let place = resolve::Place::Group(id);
    let held = resolve::permissions(app.roles(), &standing.grants, &place, scope.now());
    Ok(held
        .allows::<OrganizationsView>()
        .then(|| urls::group(&slug, id)))
}

/// A device is seen by whoever may see those of its organization.
fn device(conn: &mut Conn, app: &App, scope: &SignedInScope, id: DeviceId) -> Found {
    let (account, organization, here): (String, String, OrganizationId) = devices::table
        .inner_join(organizations::table.inner_join(accounts::table))
        .filter(devices::id.eq(id))
        .filter(organizations::status.ne("deleted"))
        .select((accounts::slug, organizations::slug, organizations::id))
        .first(conn)?;
    let Some(standing) = standing(conn, app, scope, &account)? else {
        return Ok(None);
    };
    let target = Target::Organization(here);
    let found = place_of(conn, standing.account.id, "", target)?;
    let held = resolve::permissions(app.roles(), &standing.grants, &found.place, scope.now());
    Ok(held
        .allows::<DevicesView>()
        .then(|| urls::device(&account, &organization, id)))
}

/// Another person: in the first account in which one may see them, their home before others.
fn user(conn: &mut Conn, app: &App, scope: &SignedInScope, id: UserId) -> Found {
    let mine: Vec<AccountId> = memberships::table
        .filter(memberships::user_id.eq(scope.person().id))
        .filter(memberships::status.eq("active"))
        .limit(ACCOUNTS)
        .select(memberships::account_id)
        .load(conn)?;
    let shared: Vec<(String, String)> = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::user_id.eq(id))
        .filter(memberships::account_id.eq_any(mine))
        .limit(ACCOUNTS)
        .select((memberships::kind, accounts::slug))
        .load(conn)?;
    let (home, away): (Vec<_>, Vec<_>) = shared.into_iter().partition(|(kind, _)| kind == "home");
    for (_, slug) in home.into_iter().chain(away) {
        let Some(standing) = standing(conn, app, scope, &slug)? else {
            continue;
        };
        if sees(conn, app, scope, &standing, id)? {
            return Ok(Some(urls::user(&slug, id)));
        }
    }
    Ok(None)
}

/// Whether one may see the other's page in the account: as User Management lists people (S6).
fn sees(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    standing: &Standing,
    other: UserId,
) -> Result<bool> {
    let (roles, now) = (app.roles(), scope.now());
    let mine = &standing.grants;
    if resolve::holding(roles, mine, Key::UsersView, now)
        .next()
        .is_none()
    {
        return Ok(false);
    }
    let whole = resolve::permissions(roles, mine, &resolve::Place::Account, now);
    if whole.allows::<UsersView>() {
        return Ok(true);
    }
    let account = standing.account.id;
    for grant in grants_of(conn, account, other)? {
        let found = match place_of(conn, account, "", Target::of(account, &grant.scope)) {
            Ok(found) => found,
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        if resolve::permissions(roles, mine, &found.place, now).allows::<UsersView>() {
            return Ok(true);
        }
    }
    Ok(false)
}
