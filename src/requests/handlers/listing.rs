//! The lists: those of an account, and what one asked for oneself.

use actix_web::HttpResponse;

use crate::access::gate::{Gate, SignedIn, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::app::App;
use crate::db::types::RequestId;
use crate::error::Result;
use crate::requests::listing::{self, InAccount, LIST};
use crate::requests::model::Request;
use crate::requests::pages::{RequestRow, RequestsPage};
use crate::requests::showing::{self, Names};
use crate::users::{self, Called};
use crate::web::form::Query;
use crate::web::html;
use crate::web::list::csv::{self, Cell, Field, Style};
use crate::web::list::{Asked, Face};
use crate::web::page::Page;
use crate::web::urls;
use crate::web::view::{Pager, count};

const LEAD: &str = "Who asked for a role that somebody has to approve, and what became of it.";

/// Searched for, they come by name unless asked otherwise: an index finds them so.
fn asked(query: &Query) -> Result<Asked<RequestId>> {
    let asked = Asked::read(query, &LIST)?;
    Ok(if asked.q().is_empty() {
        asked
    } else {
        asked.usually_by("person").sorted_here()
    })
}

/// The requests of an account.
pub async fn index(
    gate: Gate<Whole, Somewhere<UsersManage>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = asked(&query)?;
    let inside = app.clone();
    let page = app
        .read(asked.before(gate), move |conn, scope| {
            let found = listing::of_account(conn, &inside, scope, &asked)?;
            let shown: Vec<&Request> = found.rows.iter().collect();
            let names = users::names(conn, scope.account().id, listing::people_of(&shown))?;
            let slug = scope.account().slug.clone();
            let here = urls::requests(&slug);
            let all = asked.filter("status").is_some();
            let waiting = asked.clone().without("status").href(&here);
            let every = asked.clone().with("status", "all").href(&here);
            let rows = (found.rows.iter())
                .map(|one| showing::row(one, urls::request(&slug, one.id), &names, scope.now()))
                .collect();
            let face = Face {
                path: &here,
                noun: "requests",
                find: "Find requests by the name of the person they are for",
                columns: &[
                    ("For", "person"),
                    ("Role and place", ""),
                    ("Asked by", ""),
                    ("Why", ""),
                    ("Asked", "asked"),
                    ("Status", ""),
                ],
                csv: Some(&format!("{here}.csv")),
                options: Vec::new(),
            };
            Ok(RequestsPage {
                shell: scope.shell("Requests").here(),
                lead: LEAD,
                ask: Some(urls::new_request(&slug)),
                access: Some(urls::new_request_for_role(&slug, "")),
                views: vec![("Waiting", waiting, !all), ("All", every, all)],
                list: Some(asked.frame(&found, face)),
                searched: !asked.q().is_empty(),
                pager: None,
                rows,
                empty: if all {
                    ("No requests yet", "The role Admin is given on request, and any other can be asked for: by whoever needs it, or manages users.")
                } else {
                    ("Nothing is waiting", "When somebody asks for a role in a place that you manage, it stands here.")
                },
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The columns of the CSV.
const FIELDS: &[Field] = &[
    ("for", "For"),
    ("role", "Role"),
    ("place", "Place"),
    ("asked_by", "Asked by"),
    ("reason", "Why"),
    ("asked", "Asked"),
    ("status", "Status"),
    ("id", "Id"),
];

/// Requests as CSV.
pub async fn download(
    gate: Gate<Whole, Somewhere<UsersManage>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = (asked(&query)?, Style::read(&query)?);
    let inside = app.clone();
    csv::export(app, gate, asked, FIELDS, move |conn, scope, asked| {
        let found = listing::of_account(conn, &inside, scope, asked)?;
        let shown: Vec<&Request> = found.rows.iter().collect();
        let names = users::names(conn, scope.account().id, listing::people_of(&shown))?;
        let cells = |one: Request| -> Vec<Cell> {
            let status = showing::status(&one, &names).label;
            vec![
                showing::named(&names, one.person).into(),
                one.role.label().into(),
                one.place_in_words().into(),
                showing::named(&names, one.asker()).into(),
                one.reason.clone().into(),
                one.created_at.into(),
                status.into(),
                one.id.to_string().into(),
            ]
        };
        Ok(found.map(cells))
    })
    .await
}

/// The way to what is older, and back to what is newest.
fn pager<T>(page: &Page<T>, base: &str, is_later: bool, last: Option<RequestId>) -> Option<Pager> {
    let shown = i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
    let next = last.filter(|_| page.more);
    (is_later || next.is_some()).then(|| Pager {
        text: count(shown, "request"),
        previous: is_later.then(|| base.trim_end_matches(['&', '?']).to_owned()),
        next: next.map(|id| format!("{base}before={id}")),
    })
}

/// Rows of a list that is not of one account.
fn rows(
    page: &Page<InAccount>,
    names: &Called,
    now: crate::db::types::Ts,
    href: impl Fn(&InAccount) -> String,
) -> Vec<RequestRow> {
    let row = |one: &InAccount| {
        // Each account calls people as it knows them.
        let here = names
            .iter()
            .filter(|((account, _), _)| *account == one.0.account);
        let here: Names = here.map(|((_, id), name)| (*id, name.clone())).collect();
        RequestRow {
            account: Some(one.1.name.clone()),
            ..showing::row(&one.0, href(one), &here, now)
        }
    };
    page.rows.iter().map(row).collect()
}

/// What I asked for, and what was asked for me.
pub async fn mine(gate: SignedIn, query: Query, app: App) -> Result<HttpResponse> {
    let before: Option<RequestId> = query.text("before")?.parse().ok();
    let page = app
        .read(gate, move |conn, scope| {
            let page = listing::of_person(conn, scope.person().id, before, scope.now())?;
            let shown: Vec<&Request> = page.rows.iter().map(|(one, _)| one).collect();
            let names = listing::called(conn, &shown)?;
            let base = format!("{}?", urls::MY_REQUESTS);
            Ok(RequestsPage {
                shell: scope.shell("Your requests").here(),
                lead: "Roles that you asked for, and roles that were asked for you.",
                ask: None,
                access: None,
                views: Vec::new(),
                list: None,
                searched: false,
                rows: rows(&page, &names, scope.now(), |(one, account)| {
                    urls::request(&account.slug, one.id)
                }),
                pager: pager(
                    &page,
                    &base,
                    before.is_some(),
                    page.rows.last().map(|(one, _)| one.id),
                ),
                empty: (
                    "You have asked for nothing",
                    "A page that you may not open offers to request the role that opens it.",
                ),
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The page of what waits for an operator.
pub(super) fn operators_page(
    conn: &mut crate::db::Conn,
    scope: &crate::access::operating::OperatingScope,
    before: Option<RequestId>,
) -> Result<RequestsPage> {
    let page = listing::for_operators(conn, before, scope.now())?;
    let shown: Vec<&Request> = page.rows.iter().map(|(one, _)| one).collect();
    let names = listing::called(conn, &shown)?;
    let base = format!("{}?", urls::OPERATOR_REQUESTS);
    Ok(RequestsPage {
        shell: scope.shell("Requests to confirm").here(),
        lead: "Roles that an account has approved and an operator has to confirm.",
        ask: None,
        access: None,
        views: Vec::new(),
        list: None,
        searched: false,
        rows: rows(&page, &names, scope.now(), |(one, _)| {
            urls::operator_request(one.id)
        }),
        pager: pager(
            &page,
            &base,
            before.is_some(),
            page.rows.last().map(|(one, _)| one.id),
        ),
        empty: (
            "Nothing to confirm",
            "When an account has approved a request for the role Admin, it stands here.",
        ),
    })
}
