//! The pages about access. All of them only read.

use actix_web::HttpResponse;

use super::asking::{Asked, field};
use super::check;
use super::compare;
use super::finding::{Asker, Subject, people};
use super::mine::{self, About};
use super::pages::{PersonPage, Tab};
use super::person::access;
use super::who;
use crate::access::gate::{Gate, SignedIn, Somewhere};
use crate::access::permission::UsersView;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{OrganizationId, UserId};
use crate::error::Result;
use crate::web::form::{Errors, Query};
use crate::web::list::csv::{self, Style};
use crate::web::list::{self, Found};
use crate::web::page::After;
use crate::web::{html, urls};

type Reader = Gate<Whole, Somewhere<UsersView>>;
type Reading = Scope<Whole, Somewhere<UsersView>>;

/// The questions, the one at this place being asked.
pub fn tabs(account: &str, shown: usize) -> Vec<Tab> {
    let all = [
        ("Can someone do something?", urls::access(account)),
        ("What can this person do?", urls::access_person(account)),
        ("Who can do this here?", urls::access_who(account)),
        ("Compare two people", urls::access_compare(account)),
    ];
    let tab = |(place, (label, href))| Tab {
        label,
        href,
        current: place == shown,
    };
    all.into_iter().enumerate().map(tab).collect()
}

/// Can someone do something?
pub async fn check(gate: Reader, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query)?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let asker = Asker::of(conn, &inside, scope)?;
            check::page(conn, &asker, scope.shell("Explain access").here(), &asked)
        })
        .await?;
    if page.errors.is_empty() {
        html::ok(&app, &page.shell, &page)
    } else {
        html::again(&app, &page.shell, &page)
    }
}

/// What can this person do?
pub async fn person(gate: Reader, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query)?;
    let after = After::read(&query.text("after")?, &query.text("id")?);
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            person_page(conn, &inside, scope, (&asked, after))
        })
        .await?;
    if page.errors.is_empty() {
        html::ok(&app, &page.shell, &page)
    } else {
        html::again(&app, &page.shell, &page)
    }
}

fn person_page(
    conn: &mut Conn,
    app: &App,
    scope: &Reading,
    (asked, after): (&Asked, Option<After<OrganizationId>>),
) -> Result<PersonPage> {
    let asker = Asker::of(conn, app, scope)?;
    let (account, slug) = (&scope.account().name, &scope.account().slug);
    let mut errors = Errors::new();
    let stranger = format!("There is nobody like that in {account}, or you cannot see them");
    let subject = field(
        &mut errors,
        ("person", asked.person.as_ref()),
        (
            asked.person.is_some() && !asked.find,
            "Choose a person",
            &stranger,
        ),
        |id| Subject::find(conn, &asker, id),
    )?;
    let shown = match subject.as_ref().filter(|_| !asked.find) {
        Some(subject) => {
            let here = urls::access_of(slug, subject.id);
            Some(access(conn, &asker, subject, (after, &here))?)
        }
        None => None,
    };
    let shell = scope.shell("What can this person do?");
    Ok(PersonPage {
        shell: shell
            .crumb("Explain access", urls::access(slug))
            .here()
            .with_errors(&errors),
        tabs: tabs(slug, 1),
        errors,
        action: urls::access_person(slug),
        people: people(conn, &asker, (&asked.q, subject.as_ref()))?,
        note: check::note(&asker),
        access: shown,
    })
}

/// Who can do this here?
pub async fn who(gate: Reader, query: Query, app: App) -> Result<HttpResponse> {
    let (asked, list) = (Asked::read(&query)?, list::Asked::read(&query, &who::WHO)?);
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let asker = Asker::of(conn, &inside, scope)?;
            let up = urls::access(&scope.account().slug);
            let shell = scope.shell("Who can do this here?");
            let shell = shell.crumb("Explain access", up).here();
            who::page(conn, &asker, shell, (&asked, &list))
        })
        .await?;
    if page.errors.is_empty() {
        html::ok(&app, &page.shell, &page)
    } else {
        html::again(&app, &page.shell, &page)
    }
}

/// The same as a file.
pub async fn download(gate: Reader, query: Query, app: App) -> Result<HttpResponse> {
    let (asked, list) = (Asked::read(&query)?, list::Asked::read(&query, &who::WHO)?);
    let (style, inside) = (Style::read(&query)?, app.clone());
    let rows = move |conn: &mut Conn, scope: &Reading, list: &list::Asked<UserId>| {
        let asker = Asker::of(conn, &inside, scope)?;
        let understood = who::understand(conn, &asker, &asked)?;
        let found = who::load(conn, &asker, &understood, list)?;
        let found = found.unwrap_or_else(Found::nothing);
        Ok(found.map(|holder| who::cells(&asker, &holder)))
    };
    csv::export(app, gate, (list, style), who::FIELDS, rows).await
}

/// Compare two people.
pub async fn compare(gate: Reader, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query)?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let asker = Asker::of(conn, &inside, scope)?;
            let up = urls::access(&scope.account().slug);
            let shell = scope.shell("Compare two people");
            let shell = shell.crumb("Explain access", up).here();
            compare::page(conn, &asker, shell, &asked)
        })
        .await?;
    if page.errors.is_empty() {
        html::ok(&app, &page.shell, &page)
    } else {
        html::again(&app, &page.shell, &page)
    }
}

/// My access.
pub async fn mine(gate: SignedIn, query: Query, app: App) -> Result<HttpResponse> {
    let about = About {
        account: query.search("account")?,
        asked: Asked::read(&query)?,
        after: After::read(&query.text("after")?, &query.text("id")?),
    };
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            mine::page(conn, &inside, scope, &about)
        })
        .await?;
    if page.errors.is_empty() {
        html::ok(&app, &page.shell, &page)
    } else {
        html::again(&app, &page.shell, &page)
    }
}
