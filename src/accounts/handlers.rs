//! Where `/` leads, the choice of an account, an account's front page, appearance, and the short addresses.

use actix_web::cookie::time::Duration;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::Mine;
use super::pages::{
    AccountChoice, ChooseAccountPage, May, OrganizationCard, OverviewPage, in_words, invitation,
    tasks,
};
use super::shortcuts::Shortcut;
use super::switching::{Landing, landing, to_land_in};
use crate::access::gate::{Gate, Open, Reading, SignedIn, SignedInScope};
use crate::access::permission::{OrganizationsManage, OwnershipTransfer, UsersManage, Visible};
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::access::standing::{self, Standing};
use crate::app::App;
use crate::db::Conn;
use crate::db::types::AccountId;
use crate::error::{Error, Result};
use crate::organizations;
use crate::web::flash::Flash;
use crate::web::form::{Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::list::Asked;
use crate::web::naming::looks_like_slug;
use crate::web::page::Page;
use crate::web::shell::Theme;
use crate::web::view::Pager;
use crate::web::{cookies, last_place, urls};

/// `/`: the last place of this browser, else the selected organization of the home account, else the choice. With
/// `?account=`, the place in that account that is the same as `?return=`: where the choice of an account lands (S7);
/// with `page=members`, the people of the organization.
pub async fn start(
    gate: SignedIn,
    query: Query,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let wanted = query.text("account")?;
    let members = query.text("page")? == "members";
    let page = query.text("return")?;
    let page = html::safe_return(&page).to_owned();
    let last = last_place::read(&request);
    let inner = app.clone();
    let landing = app
        .read(gate, move |conn, scope| {
            let named = |account: &str| {
                let mut known = last.iter().filter(|(known, _)| known == account);
                known.next().map(|(_, organization)| organization.as_str())
            };
            if !wanted.is_empty() {
                return at(conn, (&inner, scope), (&wanted, named(&wanted)), &page);
            }
            if let Some((account, organization)) = last.first()
                && let Some(there) = at(conn, (&inner, scope), (account, Some(organization)), "/")?
            {
                return Ok(Some(there));
            }
            let account = match super::home(conn, scope)? {
                Some(home) => Some(home),
                None => super::only(conn, scope)?,
            };
            match account {
                Some(account) => at(conn, (&inner, scope), (&account, None), "/"),
                None => Ok(None),
            }
        })
        .await?;
    let Some(Landing { mut to, notice }) = landing else {
        return Redirect::to(urls::ACCOUNTS).respond(&app);
    };
    if members && to.contains("/organizations/") {
        to.push_str("/members");
    }
    match notice {
        Some(Flash {
            text,
            link: Some((words, href)),
            ..
        }) => Redirect::to(to)
            .notice(text)
            .link(words, href)
            .respond(&app),
        _ => Redirect::to(to).respond(&app),
    }
}

/// The person's standing in this account; none: to them there is no such account.
pub(super) fn standing_in(
    conn: &mut Conn,
    scope: &SignedInScope,
    app: &App,
    account: &str,
) -> Result<Option<Standing>> {
    if !looks_like_slug(account) {
        return Ok(None);
    }
    let now = scope.now();
    match standing::in_account(conn, app, scope.visit(), account, now) {
        Ok(standing) => {
            let mut grants = standing.grants.iter();
            Ok(grants.any(|grant| grant.in_force(now)).then_some(standing))
        }
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

/// The page in this account to land on, as far as the person sees it: in the organization that was shown last there,
/// or else in the selected one, or else the account itself.
fn at(
    conn: &mut Conn,
    (app, scope): (&App, &SignedInScope),
    (account, last): (&str, Option<&str>),
    page: &str,
) -> Result<Option<Landing>> {
    let Some(there) = standing_in(conn, scope, app, account)? else {
        return Ok(None);
    };
    let here = to_land_in(conn, scope, (&there, last))?;
    landing(conn, (app, scope), (&there, here.as_ref()), page).map(Some)
}

/// Choosing an account; with `?to=`, on the way to the page of a short address.
pub async fn choose(
    gate: SignedIn,
    query: Query,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let to = Shortcut::parse(&query.text("to")?);
    let after = query.text("after")?.parse::<AccountId>().ok();
    let last = last_place::read(&request).into_iter().next();
    let last = last.map(|(account, _)| account);
    let return_to = query.text("return")?;
    let return_to = html::safe_return(&return_to).to_owned();
    let page = app
        .read(gate, move |conn, scope| {
            let is_first = after.is_none();
            let mut found = super::mine(conn, scope, after)?;
            let pager = next_page(&found, (to, &return_to), is_first);
            found.rows.sort_by(|a, b| a.name_key.cmp(&b.name_key));
            let waiting = if is_first {
                super::waiting(conn, scope)?
            } else {
                Vec::new()
            };
            let home = super::home_rules(conn, scope)?;
            let now = scope.now();
            Ok(ChooseAccountPage {
                accounts: choices(conn, scope, &found, (to, &return_to), last.as_deref())?,
                invitations: waiting
                    .into_iter()
                    .map(|row| invitation(row, home, now))
                    .collect(),
                pager,
                shell: scope.shell("Your accounts"),
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn choices(
    conn: &mut Conn,
    scope: &SignedInScope,
    found: &Page<Mine>,
    (to, return_to): (Option<Shortcut>, &str),
    last: Option<&str>,
) -> Result<Vec<AccountChoice>> {
    let ids: Vec<_> = found.rows.iter().map(|row| row.id).collect();
    let roles = super::roles_of(conn, scope, &ids)?;
    let choice = |(row, roles): (&Mine, super::Roles)| {
        let href = match to {
            Some(shortcut) => shortcut.page(&row.slug),
            None if return_to == "/" => format!("/?account={}", row.slug),
            None => format!("/?account={}&return={}", row.slug, urls::query(return_to)),
        };
        AccountChoice {
            name: row.name.clone(),
            detail: if roles.is_empty() {
                "You hold no role here now. Ask somebody who manages its users.".into()
            } else {
                in_words(&roles, &row.word_plural)
            },
            href: (!roles.is_empty()).then_some(href),
            selected: last == Some(row.slug.as_str()),
        }
    };
    Ok(found.rows.iter().zip(roles).map(choice).collect())
}

fn next_page(
    found: &Page<Mine>,
    (to, return_to): (Option<Shortcut>, &str),
    is_first: bool,
) -> Option<Pager> {
    let last = found.rows.last().filter(|_| found.more);
    let next = last.map(|last| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(to) = to {
            query.append_pair("to", to.word());
        }
        if return_to != "/" {
            query.append_pair("return", return_to);
        }
        query.append_pair("after", &last.id.to_string());
        format!("{}?{}", urls::ACCOUNTS, query.finish())
    });
    (next.is_some() || !is_first).then(|| Pager {
        text: if next.is_some() {
            "There are more"
        } else {
            "These are the last"
        }
        .into(),
        previous: None,
        next,
    })
}

/// How many organizations an account's front page shows.
const ORGANIZATIONS: usize = 6;

/// An account's front page.
pub async fn overview(gate: Gate<Whole, Visible>, app: App) -> Result<HttpResponse> {
    let page = app.read(gate, overview_page).await?;
    html::ok(&app, &page.shell, &page)
}

fn overview_page(conn: &mut Conn, scope: &Scope<Whole, Visible>) -> Result<OverviewPage> {
    let account = scope.account();
    let may = May {
        organizations: scope.also(OrganizationsManage),
        users: scope.also(UsersManage),
        own: scope.also(OwnershipTransfer),
    };
    let tasks = if may.organizations || may.users {
        let setup = super::setup(conn, scope)?;
        tasks(setup, may, &account.slug, &account.word_singular)
    } else {
        Vec::new()
    };
    let selected = organizations::selected(conn, scope.standing(), scope.now())?;
    let first = Asked::front(&organizations::LIST, ORGANIZATIONS);
    let found = organizations::page(conn, scope, &first)?;
    let more = found.next.is_some();
    let ids: Vec<_> = found.rows.iter().map(|row| row.id).collect();
    let roles = organizations::roles_in(conn, scope.grants(), &ids, scope.now())?;
    let cards = found
        .rows
        .iter()
        .zip(roles)
        .map(|(row, role)| OrganizationCard {
            name: row.name.clone(),
            href: urls::organization(&account.slug, &row.slug),
            role: if role.is_empty() {
                "On a part of it".into()
            } else {
                role
            },
            selected: selected.as_ref().is_some_and(|chosen| chosen.id == row.id),
        });
    Ok(OverviewPage {
        organizations: cards.collect(),
        shell: scope.shell("Overview").named(&account.name).here(),
        add_user: may.users.then(|| urls::new_user(&account.slug)),
        tasks,
        more,
        all: urls::organizations(&account.slug),
        create: may
            .organizations
            .then(|| urls::new_organization(&account.slug)),
    })
}

/// Light, dark, or as the device says: a cookie of this browser.
pub async fn appearance(_: Open<Reading>, form: Form, app: App) -> Result<HttpResponse> {
    let theme = Theme::parse(&form.text("theme")?);
    let back = form.text("return")?;
    let mut response = Redirect::to(html::safe_return(&back)).respond(&app)?;
    let (value, https) = (
        theme.as_str().to_owned(),
        app.config().public_url.is_https(),
    );
    let cookie = cookies::bake(Theme::COOKIE, value, https, Duration::days(365));
    response
        .add_cookie(&cookie)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    Ok(response)
}

/// `/user-management`.
pub async fn to_user_management(
    gate: SignedIn,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    follow(gate, &request, app, Shortcut::UserManagement).await
}

/// `/account/profile`.
pub async fn to_profile(gate: SignedIn, request: HttpRequest, app: App) -> Result<HttpResponse> {
    follow(gate, &request, app, Shortcut::Profile).await
}

/// `/account/organizations`.
pub async fn to_organizations(
    gate: SignedIn,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    follow(gate, &request, app, Shortcut::Organizations).await
}

/// `/organization/members`.
pub async fn to_members(gate: SignedIn, request: HttpRequest, app: App) -> Result<HttpResponse> {
    follow(gate, &request, app, Shortcut::Members).await
}

/// `/roles`.
pub async fn to_roles(gate: SignedIn, request: HttpRequest, app: App) -> Result<HttpResponse> {
    follow(gate, &request, app, Shortcut::Roles).await
}

/// `/reservation-users`.
pub async fn to_reservation_users(
    gate: SignedIn,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    follow(gate, &request, app, Shortcut::ReservationUsers).await
}

/// To the page in the account of the last place, or in the only one; with several and none of them, to the choice.
async fn follow(
    gate: SignedIn,
    request: &HttpRequest,
    app: App,
    shortcut: Shortcut,
) -> Result<HttpResponse> {
    let last = last_place::read(request).into_iter().next();
    let last = last.map(|(account, _)| account);
    let to = app
        .read(gate, move |conn, scope| {
            let known = match &last {
                Some(last) => super::named(conn, scope, last)?,
                None => None,
            };
            let account = match known {
                Some(known) => Some(known),
                None => super::only(conn, scope)?,
            };
            Ok(account.map_or_else(|| shortcut.chooser(), |slug| shortcut.page(&slug)))
        })
        .await?;
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish())
}
