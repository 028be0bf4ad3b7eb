//! *Reservation Users*: the projects of the account, each with its people and their roles; below the people on User
//! Management, and a page of its own with search, filter and pages.

use actix_web::HttpResponse;

use super::reading::{few_organizations, organization, organizations_of, search};
use crate::access::custom::AccountRoles;
use crate::access::gate::{Demand, Gate, Somewhere};
use crate::access::permission::{Key, UsersView};
use crate::access::place::Whole;
use crate::access::resolve;
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::ProjectId;
use crate::error::Result;
use crate::members;
use crate::projects::blocks::{self, Block, LIST, PER_PAGE, Wanted, file};
use crate::users::pages::{ProjectsPage, Section};
use crate::users::{Reach, reach_of, showing};
use crate::web::form::{Form, Query};
use crate::web::html::{self, Escaped};
use crate::web::list::csv::{self, Style};
use crate::web::list::{Asked, Face, Found};
use crate::web::shell::Shell;
use crate::web::urls;

/// The block that was opened; what is no id opens none.
pub(super) fn opened(query: &Form) -> Result<Option<ProjectId>> {
    Ok(query.text("open")?.parse().ok())
}

/// The first projects, for User Management.
pub(super) fn first<A: Demand>(
    conn: &mut Conn,
    (roles, known): (&RoleTable, &AccountRoles),
    scope: &Scope<Whole, A>,
    see: &Reach,
    open: Option<ProjectId>,
) -> Result<Section> {
    let slug = &scope.account().slug;
    let path = urls::managed_projects(slug);
    let asked = Asked::front(&LIST, PER_PAGE);
    let wanted = Wanted {
        known,
        see,
        organization: None,
        asked: &asked,
        open,
        page: &urls::user_management(slug),
    };
    let found = blocks::read(conn, roles, scope, &wanted)?;
    let options = few_organizations(conn, scope, see)?;
    let words = if options.is_some() {
        format!("See all {} Users", scope.account().word_singular)
    } else {
        "See all, or filter by organization".to_owned()
    };
    let mut section = section(scope, &wanted, found, options.into_iter().collect());
    section.list.csv = None;
    section.all = section.list.searchable.then_some((words, path));
    section.list.pager = None;
    Ok(section)
}

/// The frame of a page with the section: a block that was sent in, and to which one is led back, says what became of it.
pub(super) fn arrived(shell: Shell, section: Option<&Section>) -> Shell {
    let blocks = section.map_or(&[][..], |section| section.blocks.as_slice());
    let open = blocks.iter().filter(|block| block.open);
    shell.saying_at(open.map(|block| block.id.to_string()))
}

/// All of them, page by page.
pub async fn projects(
    gate: Gate<Whole, Somewhere<UsersView>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let mut asked = Asked::read(&query, &LIST)?.always(PER_PAGE);
    let (open, place_q) = (opened(&query)?, query.search("place_q")?);
    let roles = app.roles().clone();
    let page = app
        .read(gate.unbounded(), move |conn, scope| {
            let account = scope.account();
            let see = reach_of(conn, &roles, scope, Key::UsersView)?;
            let chosen = organization(conn, scope, &mut asked)?;
            let sought = (chosen.as_ref(), place_q.as_str());
            let (choices, more) = organizations_of(conn, scope, sought)?;
            let page = asked.href(&urls::managed_projects(&account.slug));
            let wanted = Wanted {
                known: &AccountRoles::load(conn, account.id)?,
                see: &see,
                organization: chosen.map(|chosen| chosen.id),
                asked: &asked,
                open,
                page: &page,
            };
            let found = blocks::read(conn, &roles, scope, &wanted)?;
            let all = urls::user_management(&account.slug);
            let mut manages =
                resolve::holding(&roles, scope.grants(), Key::UsersManage, scope.now());
            let readonly = if manages.next().is_some() {
                None
            } else {
                let ask = members::who_can_help(conn, account.id, scope.now())?;
                Some(showing::only_managers(&ask))
            };
            let mut section = section(scope, &wanted, found, vec![choices]);
            section.list.places = search(&place_q, more);
            let shell = scope
                .shell("User Management")
                .crumb("User Management", all.clone())
                .named(format!("{} Users", account.word_singular))
                .here();
            Ok(ProjectsPage {
                shell: arrived(shell, Some(&section)),
                section,
                all,
                readonly,
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The same as CSV: every role on each of them.
pub async fn projects_download(
    gate: Gate<Whole, Somewhere<UsersView>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = (Asked::read(&query, &LIST)?, Style::read(&query)?);
    let roles = app.roles().clone();
    csv::export(app, gate, asked, file::FIELDS, move |conn, scope, asked| {
        let mut asked = asked.clone();
        let see = reach_of(conn, &roles, scope, Key::UsersView)?;
        let chosen = organization(conn, scope, &mut asked)?;
        file::rows(conn, scope, (&see, chosen.map(|chosen| chosen.id)), &asked)
    })
    .await
}

fn section<A: Demand>(
    scope: &Scope<Whole, A>,
    wanted: &Wanted<'_>,
    found: Found<Block, ProjectId>,
    options: Vec<super::reading::Options>,
) -> Section {
    let account = scope.account();
    let path = urls::managed_projects(&account.slug);
    let face = Face {
        path: &path,
        noun: &account.word_plural.to_lowercase(),
        find: &account.says("Find a project by name"),
        columns: &[],
        csv: Some(&format!("{path}.csv")),
        options,
    };
    let show = blocks::opening(wanted.page);
    Section {
        list: wanted.asked.frame(&found, face),
        blocks: found.rows,
        all: None,
        back: Escaped::new(&urls::query(&show)),
        show: Escaped::new(&show),
        path,
    }
}
